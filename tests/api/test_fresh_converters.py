"""The converters, made anew: they are made at import, before any test begins, so nothing else tests their making."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
import pytest

from aiopinecone import Backup, ResponseParsingError
from aiopinecone.api import wire
from aiopinecone.api.plain import plain_backup

FULL = {
    "backup_id": "bkp_1",
    "source_index_name": "index",
    "source_index_id": "index-id",
    "status": "Ready",
    "cloud": "aws",
    "region": "us-east-1",
    "name": "nightly",
    "description": "of the index",
    "dimension": 8,
    "metric": "cosine",
    "schema": {"fields": {}},
    "record_count": 3,
    "namespace_count": 2,
    "size_bytes": 1,
    "tags": {"a": "b"},
    "created_at": "2025-05-15T00:52:10Z",
    "source_index_deleted_at": "2025-05-16T00:52:10Z",
}
REQUIRED = ("backup_id", "source_index_name", "source_index_id", "status", "cloud", "region")


@pytest.fixture(params=[False, True], ids=["short", "detailed"])
def structure(request: pytest.FixtureRequest) -> Callable[[Any, Any], Any]:
    """A fresh converter's opinion, in each of its modes."""
    return wire._make_converter(detailed=request.param).structure


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door opens onto fresh converters."""
    converter = wire._make_converter(detailed=False)
    hooks = {cls: converter.get_structure_hook(cls) for cls in (Backup, wire.Page)}
    monkeypatch.setattr(wire, "_hooks", lambda: hooks)
    monkeypatch.setattr(wire, "_explaining_converter", partial(wire._make_converter, detailed=True))


def test_every_field_comes_through(structure: Callable[[Any, Any], Any]) -> None:
    """Under its own name, and what is unknown as it is."""
    backup = structure(FULL | {"size_bytes": "1", "color": "red"}, Backup)
    assert backup.to_dict() | {"created_at": ..., "source_index_deleted_at": ...} == {
        **FULL,
        "color": "red",
        "created_at": ...,
        "source_index_deleted_at": ...,
    }
    assert backup.extra == {"color": "red"}
    assert (backup.dimension, backup.metric) == (8, "cosine")
    assert backup.created_at == datetime(2025, 5, 15, 0, 52, 10, tzinfo=UTC)
    assert structure(FULL, Backup).extra == {}


def test_a_page_comes_through(structure: Callable[[Any, Any], Any]) -> None:
    """Its rows and its token; each may be absent or null."""
    page = structure({"data": [FULL], "pagination": {"next": "token"}}, wire.Page)
    assert [backup.backup_id for backup in page.data] == ["bkp_1"]
    assert page.next_token == "token"
    for empty in ({}, {"data": None, "pagination": None}, {"pagination": {"next": None}}):
        page = structure(empty, wire.Page)
        assert page.data is None
        assert page.next_token is None


def test_there_and_back(structure: Callable[[Any, Any], Any]) -> None:
    """Unstructuring is `Backup.to_dict`."""
    converter = wire._make_converter(detailed=False)
    backup = structure(FULL, Backup)
    assert converter.unstructure(backup) == backup.to_dict()


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        *(({name: 1}, f"expected a string, not an integer at $.{name}") for name in REQUIRED),
        *(({name: 1}, f"expected a string, not an integer at $.{name}") for name in ("name", "description", "metric")),
        *(
            ({name: "x"}, f"expected an integer, not a string at $.{name}")
            for name in ("dimension", "record_count", "namespace_count", "size_bytes")
        ),
        *(({name: []}, f"expected an object, not an array at $.{name}") for name in ("schema", "tags")),
        *(({name: "x"}, f"expected a timestamp at $.{name}") for name in ("created_at", "source_index_deleted_at")),
    ],
)
def test_what_is_wrong_is_said_with_its_place(change: dict[str, Any], said: str) -> None:
    """Also in the row of a list."""
    with pytest.raises(ResponseParsingError) as caught:
        wire.decode(orjson.dumps(FULL | change), Backup)
    assert str(caught.value) == said
    problem, _, path = said.rpartition(" at ")
    with pytest.raises(ResponseParsingError) as caught:
        wire.decode(orjson.dumps({"data": [FULL, FULL | change]}), wire.Page)
    assert str(caught.value) == f"{problem} at $.data[1]{path[1:]}"


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("name", REQUIRED)
def test_what_is_missing_is_named(name: str) -> None:
    """A required field, by its name on the wire."""
    with pytest.raises(ResponseParsingError) as caught:
        wire.decode(orjson.dumps({key: value for key, value in FULL.items() if key != name}), Backup)
    assert str(caught.value) == f"a required field is missing at $.{name}"


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("body", "cls", "said"),
    [
        ([], Backup, "expected an object, not an array at $"),
        ("data", wire.Page, "expected an object, not a string at $"),
        ({"data": {}}, wire.Page, "expected an array, not an object at $.data"),
        ({"data": ["x"]}, wire.Page, "expected an object, not a string at $.data[0]"),
        ({"pagination": "next"}, wire.Page, "expected an object, not a string at $.pagination"),
        ({"pagination": {"next": 5}}, wire.Page, "expected a string, not an integer at $.pagination.next"),
    ],
)
def test_a_wrong_shape_is_said_with_its_place(body: Any, cls: type[Any], said: str) -> None:
    """Wherever an object or an array should be."""
    with pytest.raises(ResponseParsingError) as caught:
        wire.decode(orjson.dumps(body), cls)
    assert str(caught.value) == said


def test_the_short_way_takes_every_plain_backup() -> None:
    """With each optional field given, and with none."""
    plain = {**FULL, "source_index_deleted_at": None}
    assert plain_backup(plain) is not None
    for name in plain.keys() - {*REQUIRED, "created_at"}:
        assert plain_backup({**plain, name: None}) is not None
