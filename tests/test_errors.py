"""The errors: one tree, attributes that say what happened, and nothing in them that can't be pickled."""

import copy
import inspect
import pickle
import traceback
from typing import Any

import pytest

import aiopinecone
from aiopinecone import (
    ApiError,
    Backup,
    BackupFailedError,
    BackupStatus,
    CertificateError,
    ClientClosedError,
    ConflictError,
    FailedPreconditionError,
    ForbiddenError,
    NotFoundError,
    PaymentRequiredError,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
    PineconeValueError,
    RateLimitError,
    ResponseParsingError,
    ServiceError,
    UnauthorizedError,
    errors,
)
from aiopinecone.engine.transport import ConnectionLostError

TREE: dict[type[PineconeError], tuple[type[Exception], ...]] = {
    PineconeError: (Exception,),
    PineconeValueError: (PineconeError, ValueError),
    PineconeConnectionError: (PineconeError,),
    PineconeTimeoutError: (PineconeConnectionError, TimeoutError),
    CertificateError: (PineconeConnectionError,),
    ResponseParsingError: (PineconeError,),
    ClientClosedError: (PineconeError,),
    BackupFailedError: (PineconeError,),
    ApiError: (PineconeError,),
    UnauthorizedError: (ApiError,),
    PaymentRequiredError: (ApiError,),
    ForbiddenError: (ApiError,),
    NotFoundError: (ApiError,),
    ConflictError: (ApiError,),
    FailedPreconditionError: (ApiError,),
    RateLimitError: (ApiError,),
    ServiceError: (ApiError,),
}
HINTED = {
    PineconeConnectionError,
    PineconeTimeoutError,
    CertificateError,
    ClientClosedError,
    BackupFailedError,
    UnauthorizedError,
    PaymentRequiredError,
    ForbiddenError,
    NotFoundError,
    RateLimitError,
    ServiceError,
}
FAILED = Backup(
    backup_id="bkp_1",
    source_index_name="docs",
    source_index_id="1",
    status=BackupStatus("Failed"),
    cloud="aws",
    region="us-east-1",
)
API_FIELDS = {
    "status_code": 418,
    "message": "short and stout",
    "error_code": "TEAPOT",
    "request_id": "r-1",
    "trace_id": "t-1",
    "retry_after": 2.5,
    "body": "tea",
}


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Stands in for that of conftest: plain functions have no event loop that anything could be left in."""


def make(cls: type[PineconeError]) -> PineconeError:
    """One with every attribute set."""
    if issubclass(cls, ApiError):
        return cls(*API_FIELDS.values())  # type: ignore[arg-type]
    if issubclass(cls, BackupFailedError):
        return cls(FAILED)
    return cls("it broke", "$.x") if issubclass(cls, ResponseParsingError) else cls("it broke")


def by_keywords(cls: type[PineconeError]) -> PineconeError:
    if issubclass(cls, ApiError):
        return cls(**API_FIELDS)  # type: ignore[arg-type]
    return cls(backup=FAILED) if issubclass(cls, BackupFailedError) else cls(message="it broke")


EVERY_ERROR = pytest.mark.parametrize("cls", TREE)
DUPLICATES = pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)


@EVERY_ERROR
def test_the_tree(cls: type[PineconeError]) -> None:
    """Each class has exactly the bases of the table."""
    assert cls.__bases__ == TREE[cls]


def test_the_tree_is_whole() -> None:
    """The module holds no error that the table doesn't, and draws each of them with its parent's indent."""
    found = {value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, Exception)}
    assert found == TREE.keys()
    drawn = inspect.getdoc(errors) or ""
    assert all(cls.__name__ in drawn for cls in TREE)


@EVERY_ERROR
def test_the_hint(cls: type[PineconeError]) -> None:
    """Where there is a next step, one sentence says it, and a traceback shows it once."""
    error = make(cls)
    assert (error.hint is not None) == (cls in HINTED)
    shown = "".join(traceback.format_exception(error))
    if error.hint is None:
        assert not hasattr(error, "__notes__")
    else:
        assert error.hint.endswith(".")
        assert "\n" not in error.hint
        assert shown.count(error.hint) == 1


def test_a_hint_of_ones_own() -> None:
    """A hint that is given stands in for the class's, for this error only."""
    error = PineconeConnectionError("no proxy", hint="Check `proxy=`.")
    assert (error.hint, error.__notes__) == ("Check `proxy=`.", ["Check `proxy=`."])
    assert PineconeConnectionError("x").hint != error.hint


@EVERY_ERROR
def test_no_requests_were_sent_until_somebody_counts(cls: type[PineconeError]) -> None:
    """`attempts` is 0 on a new error, and is set on one error alone."""
    error = make(cls)
    assert error.attempts == 0
    error.attempts = 3
    assert make(cls).attempts == 0


@EVERY_ERROR
@DUPLICATES
@pytest.mark.parametrize("origin", [make, by_keywords])
def test_a_copy_is_whole(cls: type[PineconeError], duplicate: Any, origin: Any) -> None:
    """A copied or unpickled error has the class, the args, the text and every attribute; the note isn't doubled."""
    error = origin(cls)
    error.attempts = 4
    error.add_note("seen by the caller")
    twin = duplicate(error)
    assert twin is not error
    assert type(twin) is cls
    assert (twin.args, str(twin), repr(twin)) == (error.args, str(error), repr(error))
    assert vars(twin) == vars(error)
    assert twin.__notes__ == ([error.hint] if error.hint else []) + ["seen by the caller"]


@EVERY_ERROR
@DUPLICATES
def test_a_copy_is_ones_own(cls: type[PineconeError], duplicate: Any) -> None:
    """What is done to a copy shows on no other: each of many waiters gets one."""
    error = make(cls)
    before = dict(vars(error), __notes__=list(getattr(error, "__notes__", [])))
    twin = duplicate(error)
    twin.add_note("mine")
    twin.attempts = 9
    assert dict(vars(error), __notes__=list(getattr(error, "__notes__", []))) == before


@DUPLICATES
def test_a_lost_connection_keeps_what_it_knows(duplicate: Any) -> None:
    """The engine's own subclass copies like the rest."""
    assert duplicate(ConnectionLostError("gone", was_reused=True)).was_reused is True


@pytest.mark.parametrize("cls", [cls for cls in TREE if issubclass(cls, ApiError)])
def test_the_attributes_of_an_api_error(cls: type[ApiError]) -> None:
    """All that the answer said is there under its name."""
    error = make(cls)
    assert {name: getattr(error, name) for name in API_FIELDS} == API_FIELDS
    assert vars(cls(404, "gone")) | {"hint": None, "__notes__": None} == {
        "status_code": 404,
        "message": "gone",
        "error_code": None,
        "request_id": None,
        "trace_id": None,
        "retry_after": None,
        "body": "",
        "hint": None,
        "__notes__": None,
    }


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ApiError(418, "no"), "418: no"),
        (ApiError(418, "no", "TEAPOT"), "418 TEAPOT: no"),
        (ApiError(418, "no", None, "r-1"), "418: no (request id r-1)"),
        (ApiError(418, "no", None, None, "t-1"), "418: no (trace id t-1)"),
        (ApiError(418, "no", "TEAPOT", "r-1", "t-1"), "418 TEAPOT: no (request id r-1, trace id t-1)"),
        (ApiError(418, "no", "", "", ""), "418: no"),
        (ResponseParsingError("a field is missing at $.a", "$.a"), "a field is missing at $.a"),
        (PineconeTimeoutError("too late"), "too late"),
        (BackupFailedError(FAILED), "the backup 'bkp_1' failed: its status is 'Failed'"),
        (PineconeValueError("it's odd"), "it's odd"),
    ],
)
def test_the_text_of_an_error(error: PineconeError, text: str) -> None:
    """One sentence; an answer's has the status, the code and the ids that Pinecone's support asks for."""
    assert str(error) == text


def test_which_argument_it_was() -> None:
    """A value error names the argument of what was asked; others name none. A copy names it too."""
    error = PineconeValueError("no", hint="yes", argument="backup_id")
    for each in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (each.argument, each.message, each.hint) == ("backup_id", "no", "yes")
    assert PineconeValueError("no").argument is None


def test_where_in_the_answer() -> None:
    """A parsing error names its path; `$` is the whole answer."""
    assert ResponseParsingError("x").path == "$"
    assert ResponseParsingError("x", "$.data[3].status").path == "$.data[3].status"


def test_a_timeout_is_python_s_own_too() -> None:
    """Whoever catches TimeoutError or OSError catches it, and no number or file name is made up."""
    with pytest.raises(TimeoutError) as raised:
        raise PineconeTimeoutError("too late")
    assert (raised.value.errno, raised.value.filename, raised.value.args) == (None, None, ("too late",))


def test_every_error_is_public() -> None:
    """Each class of the tree can be imported from `aiopinecone`."""
    assert {cls.__name__ for cls in TREE} <= set(aiopinecone.__all__)


def test_all_is_sorted_and_complete() -> None:
    """`__all__` has every public name of the package once, in order, and no name that isn't there."""
    names = aiopinecone.__all__
    assert names == sorted(set(names))
    assert all(hasattr(aiopinecone, name) for name in names)  # some are imported by this
    there = {name for name, value in vars(aiopinecone).items() if is_ours(value) and not name.startswith("_")}
    assert set(names) == there | {"__version__"}
    assert set(names) <= set(dir(aiopinecone))


def is_ours(value: object) -> bool:
    return str(getattr(value, "__module__", "")).startswith("aiopinecone")


def test_what_is_not_there() -> None:
    """A name that the package doesn't have is the usual AttributeError."""
    with pytest.raises(AttributeError, match=r"^module 'aiopinecone' has no attribute 'Backups'$"):
        _ = aiopinecone.Backups  # type: ignore[attr-defined]  # this is what is tested


def public_members() -> list[tuple[str, Any]]:
    """Every public class, and every method and property that one of them defines."""
    named = [(name, getattr(aiopinecone, name)) for name in aiopinecone.__all__]
    classes = [(name, value) for name, value in named if inspect.isclass(value)]
    return classes + [
        (f"{name}.{attribute}", member)
        for name, cls in classes
        for attribute, member in vars(cls).items()
        if not attribute.startswith("_") and (inspect.isroutine(member) or isinstance(member, property))
    ]


@pytest.mark.parametrize(("name", "member"), public_members())
def test_everything_public_says_what_it_is(name: str, member: Any) -> None:
    """Each public class, method and property has a docstring of its own."""
    assert vars(member).get("__doc__") if inspect.isclass(member) else member.__doc__, name


class Shy:
    def __repr__(self) -> str:
        raise RuntimeError("mine alone")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        ("x\n" * 20, repr("x\n" * 20)[:60] + "..."),
        ("x" * 58, repr("x" * 58)),
        pytest.param(10**5_000, "a value of type int", id="absurd"),
        ([-(10**5_000)], "a value of type list"),
        (Shy(), "a value of type Shy"),
    ],
)
def test_how_a_refused_value_is_shown(value: object, text: str) -> None:
    """In one short line, also where Python or its own class refuses to write it."""
    assert errors.shown(value) == text
