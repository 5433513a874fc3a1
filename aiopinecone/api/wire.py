"""The cattrs converter: bytes to models, and an error's body to its code and message.

The hooks are strict: they coerce only where nothing is lost ("98" or 98.0 for 98), and refuse all else. Decoding is
tried without bookkeeping first; only an answer that fails is read again, in cattrs' detailed mode, to say where.

cattrs is imported, and its hooks are made, when the first client is (`prepare`): a tenth of `import aiopinecone`.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import orjson

from aiopinecone.api.plain import SHARED, plain_backup, shallow
from aiopinecone.errors import ResponseParsingError
from aiopinecone.models import WIRE_NAMES, Backup, BackupSchedule, _to_status

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")
_Hook = Callable[[Any, Any], Any]  # a value and its class in, what it becomes out

_BOM = b"\xef\xbb\xbf"
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")
_ESCAPED_CONTROL = re.compile(r'(\\["\\])|\\(?:[bfnrt]|u00[0-9a-f]{2})')
_EXACT_FLOAT = 2.0**53  # from it on a float no longer tells neighboring integers apart


@attrs.frozen
class _Pagination:
    next: str | None = None


@attrs.frozen
class Page:
    """One page of a list as the wire has it; both fields may be absent or null."""

    data: list[Backup] | None = None
    pagination: _Pagination | None = None

    @property
    def next_token(self) -> str | None:
        """The token that fetches the next page; None on the last."""
        return (self.pagination.next or None) if self.pagination else None


def prepare() -> None:
    """Make the hooks now, so that the first answer doesn't wait for them."""
    _hooks()


def decode(body: bytes, cls: type[T]) -> T:
    """The one door from bytes to a model. Raises `ResponseParsingError`, and nothing else, whatever the bytes are."""
    try:
        model: T = _hooks()[cls](orjson.loads(body), cls)
    except (KeyError, TypeError, ValueError):
        pass  # said properly below, outside of the handler, so that no half-read answer hangs on the error
    else:
        return model
    value, problem = _load(body)
    if problem is not None:
        raise ResponseParsingError(problem)
    return _structure_or_explain(value, cls)


def structure(value: Any, cls: type[T]) -> T:
    """The same for JSON that is read already. Raises `ResponseParsingError`."""
    try:
        model: T = _hooks()[cls](value, cls)
    except (KeyError, TypeError, ValueError):
        pass  # as above
    else:
        return model
    return _structure_or_explain(value, cls)


def error_body(body: bytes) -> tuple[str | None, str | None]:
    """The code and message of Pinecone's error envelope; None for what isn't there."""
    value, _ = _load(body)
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return None, error if isinstance(error, str) else None
    code, message = error.get("code"), error.get("message")
    return code if isinstance(code, str) else None, message if isinstance(message, str) else None


def readable(body: bytes) -> str:
    """A body as text for people: JSON without its escapes, so that nothing hides in them; anything else as it came.

    Two escapes stay, of the quote and the backslash; control characters, the only others to need one, are left out.
    """
    value, problem = _load(body)
    if problem is None:
        with suppress(orjson.JSONEncodeError):  # it writes fewer levels than it reads
            return _ESCAPED_CONTROL.sub(r"\1", orjson.dumps(value).decode())
    return body.decode(errors="replace")


def _load(body: bytes) -> tuple[Any, str | None]:
    """The JSON value in these bytes, or what keeps them from being JSON."""
    try:
        return orjson.loads(body.removeprefix(_BOM)), None
    except orjson.JSONDecodeError as error:
        return None, f"the answer isn't JSON: {error.msg}" if body else "the answer is empty"


def _structure_or_explain(value: Any, cls: type[T]) -> T:
    """The model; raises why this value can't be one, and where in the answer."""
    from cattrs import BaseValidationError, transform_error

    try:
        return _explaining_converter().structure(value, cls)
    except (BaseValidationError, TypeError) as error:
        found = transform_error(error, "$", _describe)
    problem, _, path = found[0].rpartition(" @ ")
    path = path.replace("._", ".")  # an attribute may be private, its name on the wire is not
    raise ResponseParsingError(f"{problem} at {path}", path)


def _describe(error: BaseException, _: type | None) -> str:
    return "a required field is missing" if isinstance(error, KeyError) else str(error)


def _text(value: Any, _: object = None) -> str:
    if type(value) is not str:
        raise TypeError(f"expected a string, not {_kind(value)}")
    return value


def _name(value: Any, _: object = None) -> str:
    """A string that many backups share: held once in memory, however many backups have it."""
    return SHARED[_text(value)]


def _optional_text(value: Any, _: object = None) -> str | None:
    return value if value is None or type(value) is str else _text(value)


def _optional_integer(value: Any, _: object = None) -> int | None:
    return value if value is None or type(value) is int else _integer(value)


def _integer(value: Any) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        return int(value)
    raise TypeError(f"expected an integer, not {_kind(value)}")


def _optional_moment(value: Any, _: object = None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(_text(value))
        if moment.tzinfo is UTC:
            return moment
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("expected a timestamp") from None


def _object(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise TypeError(f"expected an object, not {_kind(value)}")
    return value


def _array(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError(f"expected an array, not {_kind(value)}")
    return value


def _optional_object(value: Any, _: object = None) -> dict[str, Any] | None:
    return value if value is None else shallow(_object(value))


def _kind(value: Any) -> str:
    """What a person calls this JSON value, never the value itself, which may be long or private."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, float):
        return "a number that isn't whole" if not value.is_integer() else "a number too large to be exact"
    names = {str: "a string", int: "an integer", list: "an array", dict: "an object", type(None): "null"}
    return names[type(value)]


def _if_usable(hook: _Hook) -> _Hook:
    """The same, but None for what it refuses: nothing here hangs on the field."""

    def structure_if_usable(value: Any, cls: Any) -> Any:
        try:
            return hook(value, cls)
        except (TypeError, ValueError):
            return None

    return structure_if_usable


_INDEX_HOOKS: dict[str, _Hook] = {name: _if_usable(_optional_object) for name in ("tags", "spec", "deployment")}
_SCHEDULE_HOOKS: dict[str, _Hook] = {
    "schedule_id": _if_usable(_optional_text),
    "name": _if_usable(_optional_text),
    "frequency": _if_usable(_optional_text),
    "enabled": lambda value, _: value if isinstance(value, bool) else None,
    "created_at": _if_usable(_optional_moment),
    "next_scheduled_run": _if_usable(_optional_moment),
    "retention_expire_after_days": _if_usable(_optional_integer),
}
_HOOKS: dict[str, _Hook] = {
    "backup_id": _text,
    "source_index_name": _name,
    "source_index_id": _name,
    "status": lambda value, _: _to_status(_text(value)),
    "cloud": _name,
    "region": _name,
    "name": _optional_text,
    "description": _optional_text,
    "_dimension": _optional_integer,
    "_metric": _optional_text,
    "schema": _optional_object,
    "record_count": _optional_integer,
    "namespace_count": _optional_integer,
    "size_bytes": _optional_integer,
    "tags": _optional_object,
    "created_at": _optional_moment,
    "source_index_deleted_at": _optional_moment,
}


def _make_converter(*, detailed: bool) -> "Converter":
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn, override

    from aiopinecone.api.indexes import Index, IndexList, SchedulePage

    converter = Converter(detailed_validation=detailed, use_alias=True)
    overrides: Any = {name: override(struct_hook=hook) for name, hook in _HOOKS.items()}
    structure_fields = make_dict_structure_fn(
        Backup,
        converter,
        _cattrs_detailed_validation=detailed,
        _cattrs_use_alias=True,
        _extra=override(omit=True),
        **overrides,
    )

    def structure_any_backup(value: Any, cls: type[Backup]) -> Backup:
        backup = structure_fields(_object(value), cls)
        if WIRE_NAMES.issuperset(value):
            return backup
        return attrs.evolve(backup, extra=shallow({name: value[name] for name in value if name not in WIRE_NAMES}))

    def structure_backup(value: Any, cls: type[Backup]) -> Backup:
        plain = plain_backup(value) if type(value) is dict else None
        return structure_any_backup(value, cls) if plain is None else plain

    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(Backup, structure_any_backup if detailed else structure_backup)
    _register(converter, Index, detailed=detailed, **_INDEX_HOOKS)
    _register(converter, BackupSchedule, detailed=detailed, **_SCHEDULE_HOOKS)
    _register(converter, _Pagination, detailed=detailed)
    _register(converter, Page, detailed=detailed, data=_rows(converter, Backup))
    _register(converter, IndexList, detailed=detailed, indexes=_rows(converter, Index))
    _register(converter, SchedulePage, detailed=detailed, data=_rows(converter, BackupSchedule))
    converter.register_unstructure_hook(Backup, Backup.to_dict)
    return converter


def _rows(converter: "Converter", cls: Any) -> _Hook:
    """For an array of these, or null."""
    structure = converter.get_structure_hook(list[cls])
    return lambda value, _: value if value is None else structure(_array(value), list[cls])


def _register(converter: "Converter", cls: type[Any], *, detailed: bool, **hooks: _Hook) -> None:
    """Cattrs' own hook for this class, but for objects only: it would read a string as if it were one."""
    from cattrs.gen import make_dict_structure_fn, override

    overrides: Any = {name: override(struct_hook=hook) for name, hook in hooks.items()}
    structure = make_dict_structure_fn(cls, converter, _cattrs_detailed_validation=detailed, **overrides)
    converter.register_structure_hook(cls, lambda value, cls: structure(_object(value), cls))


@cache
def _hooks() -> dict[type[Any], _Hook]:
    from aiopinecone.api.indexes import IndexList, SchedulePage

    converter = _make_converter(detailed=False)
    return {cls: converter.get_structure_hook(cls) for cls in (Backup, Page, IndexList, SchedulePage)}


_explaining_converter = cache(partial(_make_converter, detailed=True))
