"""The models: values that compare, hash, pickle and show themselves, and give the wire's form back."""

import copy
import json
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone import Backup, BackupResult, BackupStatus, CacheInfo, NotFoundError
from aiopinecone.api import wire

REQUIRED = {
    "backup_id": "bkp_1",
    "source_index_name": "index",
    "source_index_id": "index-id",
    "status": "Ready",
    "cloud": "aws",
    "region": "us-east-1",
}
# Every other field of every API version, with a value as the wire has it, and what the attribute holds.
OPTIONAL: dict[str, tuple[Any, Any]] = {
    "name": ("nightly", "nightly"),
    "description": ("of the night", "of the night"),
    "dimension": (1024, 1024),
    "metric": ("cosine", "cosine"),
    "schema": ({"fields": {"genre": {"filterable": True}}}, {"fields": {"genre": {"filterable": True}}}),
    "record_count": (98, 98),
    "namespace_count": (3, 3),
    "size_bytes": (300 * 2**40, 300 * 2**40),
    "tags": ({"team": "search"}, {"team": "search"}),
    "created_at": ("2025-05-15T00:52:10.809354Z", datetime(2025, 5, 15, 0, 52, 10, 809354, UTC)),
    "source_index_deleted_at": ("2025-05-16T00:00:00Z", datetime(2025, 5, 16, tzinfo=UTC)),
}
DENSE = {"type": "dense_vector", "dimension": 768, "metric": "dotproduct"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Stands in for that of conftest: plain functions have no event loop that anything could be left in."""


def backup(**fields: Any) -> Backup:
    return wire.decode(json.dumps(REQUIRED | fields).encode(), Backup)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_required_field_is_an_attribute(field: str) -> None:
    """The six fields that every spec requires are there as the wire has them."""
    assert getattr(backup(), field) == REQUIRED[field]


@pytest.mark.parametrize("field", OPTIONAL)
def test_an_optional_field_is_an_attribute(field: str) -> None:
    """Each field of each API version is an attribute under its name on the wire, and goes back as it came."""
    on_the_wire, value = OPTIONAL[field]
    held = backup(**{field: on_the_wire})
    assert getattr(held, field) == value
    assert held.extra == {}
    assert held.to_dict() == REQUIRED | {field: on_the_wire}


@pytest.mark.parametrize("field", OPTIONAL)
def test_absent_and_null_are_the_same(field: str) -> None:
    """What an answer leaves out, or has as null, is None, and isn't shown."""
    assert getattr(backup(), field) is None
    assert backup(**{field: None}) == backup()
    assert backup(**{field: None}).to_dict() == REQUIRED


def test_the_sample_comes_back(sample: dict[str, Any]) -> None:
    """`to_dict()` of the documented sample equals it, and JSON can write it."""
    held = wire.decode(json.dumps(sample).encode(), Backup)
    assert held.to_dict() == sample
    assert json.loads(json.dumps(held.to_dict())) == sample


def test_the_repr_of_the_sample(sample: dict[str, Any]) -> None:
    """The repr begins with what a person looks for, and leaves out what says nothing."""
    shown = repr(wire.decode(json.dumps(sample).encode(), Backup))
    assert shown.startswith(
        "Backup(backup_id='8c85e612-ed1c-4f97-9f8c-8194e07bcf71', name='example-backup', status='Ready', "
    )
    assert "dimension=1024" in shown
    assert "schema" not in shown
    assert "extra" not in shown


def test_the_repr_shows_every_field_that_says_something() -> None:
    """Each attribute stands in the repr once it has a value, what was derived and what is unknown too."""
    held = backup(**{name: on_the_wire for name, (on_the_wire, _) in OPTIONAL.items()}, novel=1)
    assert all(f"{field}=" in repr(held) for field in [*REQUIRED, *OPTIONAL])
    assert repr(held).endswith("extra={'novel': 1})")
    assert "dimension=768" in repr(backup(schema={"fields": {"vector": DENSE}}))


def test_odd_tags_schemas_and_extras_are_kept() -> None:
    """Tags that aren't strings, schemas of no known form and unknown fields go back as they came."""
    odd = {
        "tags": {"n": 1, "list": [1, {"a": None}], "null": None},
        "schema": {"fields": ["?"], "version": 3},
        "novel": {"a": [None]},
        "extra": 1,
        "self": None,
        "_dimension": 7,
    }
    held = backup(**odd)
    assert held.to_dict() == REQUIRED | odd
    assert held.dimension is None
    assert held.extra == {name: odd[name] for name in ("novel", "extra", "self", "_dimension")}


def test_to_dict_is_the_callers_own() -> None:
    """Whoever changes the result of `to_dict()` changes nothing for others: the cache shares its backups."""
    held = backup(tags={"a": {"b": [1, {}]}}, schema={"fields": {}}, novel=[[1]])
    changed = held.to_dict()
    changed["tags"]["a"]["b"][1]["c"] = 1
    changed["schema"]["fields"]["d"] = {}
    changed["novel"][0].append(2)
    assert held.to_dict() == REQUIRED | {"tags": {"a": {"b": [1, {}]}}, "schema": {"fields": {}}, "novel": [[1]]}


def test_any_mapping_will_do() -> None:
    """A backup made by hand may hold read-only mappings; `to_dict()` is plain JSON all the same."""
    held = Backup(**REQUIRED, tags=MappingProxyType({"a": MappingProxyType({"b": 1})}))  # type: ignore[arg-type]
    assert json.loads(json.dumps(held.to_dict())) == REQUIRED | {"tags": {"a": {"b": 1}}}


@pytest.mark.parametrize(
    ("fields", "dimension", "metric"),
    [
        ({}, None, None),
        ({"dimension": 5, "metric": "cosine"}, 5, "cosine"),
        ({"dimension": 0}, 0, None),  # sparse
        ({"schema": {"fields": {"v": DENSE}}}, 768, "dotproduct"),
        (
            {"schema": {"fields": {"v": DENSE, "s": {"type": "sparse_vector"}, "t": {"type": "string"}}}},
            768,
            "dotproduct",
        ),
        ({"dimension": 5, "schema": {"fields": {"v": DENSE}}}, 5, "dotproduct"),
        ({"metric": "cosine", "schema": {"fields": {"v": DENSE}}}, 768, "cosine"),
        ({"dimension": 0, "schema": {"fields": {"v": DENSE}}}, 0, "dotproduct"),
        ({"dimension": None, "metric": None, "schema": {"fields": {"v": DENSE}}}, 768, "dotproduct"),
        ({"schema": {"fields": {"v": DENSE, "w": DENSE}}}, None, None),
        ({"schema": {"fields": {"v": {"type": "dense_vector"}}}}, None, None),
        ({"schema": {"fields": {"v": {"type": "semantic_text", "dimension": 5, "metric": "cosine"}}}}, None, None),
        ({"schema": {"fields": {"v": {"filterable": True}}}}, None, None),
        ({"schema": {"fields": {"v": DENSE | {"dimension": True, "metric": 1}}}}, None, None),
        ({"schema": {"fields": {"v": DENSE | {"dimension": "768", "metric": None}}}}, None, None),
        ({"schema": {"fields": {"v": DENSE | {"dimension": 768.0}}}}, None, "dotproduct"),
        ({"schema": {"fields": {"v": DENSE, "w": None, "x": [], "y": {"type": ["dense_vector"]}}}}, 768, "dotproduct"),
        ({"schema": {"fields": [DENSE]}}, None, None),
        ({"schema": {"fields": None}}, None, None),
        ({"schema": {"v": DENSE}}, None, None),
        ({"schema": {}}, None, None),
    ],
)
def test_dimension_and_metric(fields: dict[str, Any], dimension: int | None, metric: str | None) -> None:
    """The wire's own come first, then those of the only dense vector field; what is derived isn't given back."""
    held = backup(**fields)
    assert (held.dimension, held.metric) == (dimension, metric)
    assert held.to_dict() == REQUIRED | {name: value for name, value in fields.items() if value is not None}


@given(schema=st.dictionaries(st.sampled_from(["fields", "type"]), JSON), tags=st.dictionaries(st.text(), JSON))
def test_a_weird_schema_never_crashes(schema: dict[str, Any], tags: dict[str, Any]) -> None:
    """Whatever stands in a schema or in tags, each attribute answers, and all of it goes back as it came."""
    held = Backup(**REQUIRED, schema=schema, tags=tags)  # type: ignore[arg-type]
    assert held.dimension is None or type(held.dimension) is int
    assert held.metric is None or type(held.metric) is str
    assert held.to_dict() == REQUIRED | {"schema": schema, "tags": tags}
    assert repr(held)
    assert held._repr_html_()


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda held: pickle.loads(pickle.dumps(held))])
def test_a_backup_is_a_value(duplicate: Any) -> None:
    """A copy, shallow, deep or pickled, is equal, has an equal hash, and is whole."""
    held = backup(**{name: on_the_wire for name, (on_the_wire, _) in OPTIONAL.items()}, novel=[1])
    twin = duplicate(held)
    assert twin is not held
    assert twin == held
    assert len({twin, held}) == 1
    assert twin.to_dict() == held.to_dict()
    assert type(twin.status) is BackupStatus


@pytest.mark.parametrize("field", [*REQUIRED, *OPTIONAL, "extra"])
def test_each_field_counts(field: str) -> None:
    """Two backups that differ in any one field are not equal."""
    other: Any = {"status": "Failed", "extra": {"a": 1}, "dimension": 1, "record_count": 1, "tags": {}, "schema": {}}
    assert attrs.evolve(backup(), **{field: other.get(field, "other")}) != backup()


def test_a_backup_is_frozen() -> None:
    """No attribute can be set, deleted or added."""
    held = backup()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        held.name = "other"  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del held.status
    with pytest.raises((AttributeError, TypeError)):
        held.novel = 1  # type: ignore[attr-defined]
    assert not hasattr(held, "__dict__")


def test_evolve_keeps_what_was_derived_out() -> None:
    """A changed copy still derives its dimension, and takes one by its plain name."""
    held = backup(schema={"fields": {"v": DENSE}})
    assert attrs.evolve(held, name="new").to_dict() == held.to_dict() | {"name": "new"}
    assert attrs.evolve(held, dimension=3).dimension == 3


def test_html_escapes_everything() -> None:
    """Nothing that Pinecone sends becomes markup in a notebook."""
    evil = "<script>alert('&\"')</script>"
    html = backup(name=evil, status=evil, tags={evil: evil}, **{evil: evil})._repr_html_()
    assert html.startswith("<table>")
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#x27;&amp;&quot;" in html
    assert html.count("<tr>") == html.count("</tr>") == 9


STATUSES = [
    # wire, ready, pending, failed, settled
    ("Ready", True, False, False, True),
    ("Initializing", False, True, False, False),
    ("Pending", False, True, False, False),
    ("Scheduled", False, True, False, False),
    ("InitializationFailed", False, False, True, True),
    ("Failed", False, False, True, True),
    ("Terminating", False, False, False, False),
    ("ready", False, False, False, False),
    ("Ready ", False, False, False, False),
    ("", False, False, False, False),
]


@pytest.mark.parametrize(("text", "ready", "pending", "failed", "settled"), STATUSES)
def test_what_a_status_means(text: str, ready: bool, pending: bool, failed: bool, settled: bool) -> None:
    """Ready, pending, failed and settled are as the table says; a status that isn't known is none of them."""
    status = backup(status=text).status
    assert (status.is_ready, status.is_pending, status.is_failed, status.is_settled) == (
        ready,
        pending,
        failed,
        settled,
    )


@pytest.mark.parametrize("text", [text for text, *_ in STATUSES])
def test_a_status_is_the_string_of_the_wire(text: str) -> None:
    """It equals the wire's string, hashes, prints, formats, sorts, pickles and goes to JSON like it."""
    status = backup(status=text).status
    assert status == text
    assert {text: 1}[status] == 1
    assert str(status) == f"{status}" == text
    assert type(str(status)) is str
    assert repr(status) == repr(text)
    assert json.dumps(status) == json.dumps(text)
    twin = pickle.loads(pickle.dumps(status))
    assert twin == status
    assert type(twin) is BackupStatus
    assert type(backup(status=text).to_dict()["status"]) is str


def test_known_statuses_have_names() -> None:
    """Each status of the facts stands as a constant of the class."""
    names = {"INITIALIZING", "PENDING", "SCHEDULED", "READY", "INITIALIZATION_FAILED", "FAILED"}
    constants = {name: value for name, value in vars(BackupStatus).items() if isinstance(value, BackupStatus)}
    assert constants.keys() == names
    assert {str(value) for value in constants.values()} == {text for text, _, *means in STATUSES if any([_, *means])}
    assert backup(status="Ready").status is BackupStatus.READY


def test_a_status_given_as_a_plain_string() -> None:
    """A backup made by hand, as in a test, takes the status as a str."""
    held = Backup(**REQUIRED)  # type: ignore[arg-type]
    assert held.status.is_ready
    assert attrs.evolve(held, status="Odd").status.is_settled is False


def test_a_result_is_a_backup_or_an_error() -> None:
    """`ok` tells which; `unwrap()` returns the one or raises the other, that very error."""
    held, error = backup(), NotFoundError(404, "gone")
    found, missing = BackupResult("bkp_1", backup=held), BackupResult("bkp_1", error=error)
    assert (found.ok, found.unwrap(), found.error) == (True, held, None)
    assert (missing.ok, missing.backup) == (False, None)
    with pytest.raises(NotFoundError) as raised:
        missing.unwrap()
    assert raised.value is error


def test_results_and_cache_info_are_values() -> None:
    """They are frozen, compare by their fields, and pickle."""
    info = CacheInfo(hits=1, misses=2, joined=3, stale=4, size=5)
    result = BackupResult("bkp_1", backup=backup())
    values: list[Any] = [info, result]
    for value in values:
        assert pickle.loads(pickle.dumps(value)) == value
        assert hash(value) == hash(copy.copy(value))
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, attrs.fields(type(value))[0].name, 0)
    assert repr(info) == "CacheInfo(hits=1, misses=2, joined=3, stale=4, size=5, shared_hits=0)"


def test_what_is_unknown_is_a_mapping() -> None:
    """`extra` is there, and empty, where an answer has known fields only."""
    assert isinstance(backup().extra, Mapping)
    assert not backup().extra
