"""An inventory: counted, written to a file, read back, compared with another."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone import Backup, BackupStatus, Inventory, PineconeValueError, diff

TAKEN_AT = datetime(2026, 11, 24, 3, tzinfo=UTC)


def backup(backup_id: str, status: str = "Ready", hours: float | None = 1, **fields: Any) -> Backup:
    created_at = None if hours is None else TAKEN_AT - timedelta(hours=hours)
    values: dict[str, Any] = {"source_index_name": "docs", "source_index_id": "id-1", "cloud": "aws", **fields}
    return Backup(backup_id=backup_id, status=BackupStatus(status), region="us-east-1", created_at=created_at, **values)


def inventory(*backups: Backup) -> Inventory:
    return Inventory(backups, TAKEN_AT)


SOME = inventory(
    backup("a", size_bytes=10, record_count=1, tags={"retries": 3}, extra={"new_field": [1, {"deep": None}]}),
    backup("b", hours=2, size_bytes=20, record_count=2, source_index_id="id-0", name="ümläut\n"),
    backup("c", "InitializationFailed", hours=0.5, source_index_deleted_at=TAKEN_AT),
    backup("d", "Initializing", source_index_name="support"),
    backup("e", hours=None, source_index_name="support", source_index_id="id-2", record_count=5),
)


def test_the_numbers() -> None:
    """Sums over what is told, counts by status, and the same by the index's name."""
    assert (SOME.total_bytes, SOME.total_records) == (30, 8)
    assert SOME.by_status == {"Ready": 3, "InitializationFailed": 1, "Initializing": 1}
    assert list(SOME.by_status) == ["Ready", "InitializationFailed", "Initializing"]
    assert list(SOME.by_index) == ["docs", "support"]
    docs, support = SOME.by_index.values()
    assert (docs.count, docs.total_bytes, docs.total_records) == (3, 30, 3)
    assert docs.by_status == {"Ready": 2, "InitializationFailed": 1}
    assert docs.index_ids == ("id-0", "id-1")
    assert docs.newest_ready is SOME.backups[0]
    assert support.index_ids == ("id-1", "id-2")
    assert support.newest_ready is SOME.backups[4]
    assert inventory(backup("x", "Failed")).by_index["docs"].newest_ready is None
    assert (inventory().by_index, inventory().by_status, inventory().total_bytes) == ({}, {}, 0)


def test_a_backup_counts_once() -> None:
    """Of rows that repeat the last one stands."""
    twice = inventory(backup("a", "Initializing"), backup("b"), backup("a", "Ready"))
    assert [(each.backup_id, str(each.status)) for each in twice.backups] == [("a", "Ready"), ("b", "Ready")]
    assert "backups=<2>" in repr(twice)


def test_the_records_are_ready_for_a_data_frame() -> None:
    """The same keys in each, the names on the wire; datetimes, plain text, and None for what is unknown."""
    records = SOME.to_records()
    assert len({tuple(record) for record in records}) == 1
    assert records[0]["created_at"] == TAKEN_AT - timedelta(hours=1)
    assert type(records[0]["status"]) is str
    assert records[4]["created_at"] is None
    assert records[2]["source_index_deleted_at"] == TAKEN_AT
    assert set(records[0]) == {
        "backup_id", "source_index_name", "source_index_id", "status", "cloud", "region", "name", "description",
        "dimension", "metric", "schema", "record_count", "namespace_count", "size_bytes", "tags", "created_at",
        "source_index_deleted_at",
    }  # fmt: skip


def test_the_dict_is_json_and_comes_back() -> None:
    """Wire form below `backups`, the time with a Z, and nothing is lost on the way back."""
    value = SOME.to_dict()
    assert list(value) == ["schema_version", "taken_at", "backups"]
    assert (value["schema_version"], value["taken_at"]) == (1, "2026-11-24T03:00:00Z")
    assert value["backups"] == [each.to_dict() for each in SOME.backups]
    assert Inventory.from_dict(json.loads(json.dumps(value))) == SOME
    elsewhere = Inventory((), TAKEN_AT.astimezone(timezone(timedelta(hours=2))))
    assert elsewhere.to_dict()["taken_at"] == "2026-11-24T03:00:00Z"
    assert Inventory.from_dict(elsewhere.to_dict()) == elsewhere


def test_a_file_comes_back(tmp_path: Path) -> None:
    """Saved and loaded it is the same; the file is the JSON of `to_dict`, and no draft is left."""
    path = tmp_path / "inventory.json"
    for some in (SOME, inventory()):
        some.save(path)
        assert Inventory.load(str(path)) == some
        assert json.loads(path.read_bytes()) == some.to_dict()
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_save_leaves_what_was_there(tmp_path: Path) -> None:
    """All or nothing: the former file stays whole, and no draft is left."""
    path = tmp_path / "inventory.json"
    SOME.save(path)
    broken = inventory(backup("a"), backup("b", tags={"a": object()}))
    with pytest.raises(TypeError):
        broken.save(path)
    assert Inventory.load(path) == SOME
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(FileNotFoundError):
        SOME.save(tmp_path / "no" / "such" / "folder")
    with pytest.raises(FileNotFoundError):
        Inventory.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "isn't JSON"),
        ("\x00\xff", "isn't JSON"),
        ('{"schema_version": 1, "backups": [', "isn't JSON"),
        ("[" * 100_000, "isn't JSON"),
        ("[]", "it has no schema_version"),
        ("null", "it has no schema_version"),
        ('"text"', "it has no schema_version"),
        ("{}", "it has no schema_version"),
        ('{"schema_version": 2}', "schema_version 2, and only 1"),
        ('{"schema_version": true}', "schema_version True, and only 1"),
        ('{"schema_version": "1"}', "schema_version '1', and only 1"),
        ('{"schema_version": null}', "schema_version None, and only 1"),
        ('{"schema_version": 1}', "no list of backups"),
        ('{"schema_version": 1, "backups": {}}', "no list of backups"),
        ('{"schema_version": 1, "backups": []}', "taken_at isn't a timestamp: None"),
        ('{"schema_version": 1, "backups": [], "taken_at": 5}', "taken_at isn't a timestamp: 5"),
        ('{"schema_version": 1, "backups": [], "taken_at": "now"}', "taken_at isn't a timestamp: 'now'"),
        ('{"schema_version": 1, "backups": [], "taken_at": "2026-11-24"}', "with a time zone"),
        ('{"schema_version": 1, "backups": [5], "taken_at": "2026-11-24T03:00:00Z"}', "backup number 1"),
        ('{"schema_version": 1, "backups": [{}], "taken_at": "2026-11-24T03:00:00Z"}', "missing at $.backup_id"),
    ],
)  # fmt: skip
def test_what_is_no_inventory(tmp_path: Path, text: str, problem: str) -> None:
    """Garbage, a cut file, another version: each is refused by the name of the file and of what is wrong with it."""
    path = tmp_path / "inventory.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(PineconeValueError) as raised:
        Inventory.load(path)
    assert problem in str(raised.value)
    assert repr(str(path)) in str(raised.value)
    assert raised.value.__context__ is None


@pytest.mark.parametrize("taken_at", [None, TAKEN_AT.replace(tzinfo=None), "2026-11-24"])
def test_an_inventory_knows_its_time(taken_at: Any) -> None:
    """`taken_at` is aware."""
    with pytest.raises(PineconeValueError, match="taken_at must be a datetime with a time zone"):
        Inventory((), taken_at)


def test_the_difference() -> None:
    """What came, what went, whose status changed, and whose newest good backup holds less than half."""
    before = inventory(
        backup("a", record_count=100),
        backup("b", "Initializing"),
        backup("c", hours=2),
        backup("x", source_index_id="id-2", record_count=100),
        backup("y", source_index_id="id-3", record_count=None),
        backup("z", "Failed", source_index_id="id-4", record_count=100),
    )
    after = inventory(
        backup("a", record_count=100),
        backup("b", "Ready", hours=0.5, record_count=49),
        backup("d"),
        backup("x", source_index_id="id-2", record_count=50),
        backup("y", source_index_id="id-3", record_count=1),
        backup("z", "Failed", source_index_id="id-4", record_count=1),
    )
    found = diff(before, after)
    assert [each.backup_id for each in found.new] == ["d"]
    assert [each.backup_id for each in found.gone] == ["c"]
    assert found.status_changed == ((before.backups[1], after.backups[1]),)
    assert found.shrunk == ((before.backups[0], after.backups[1]),)
    assert found


BACKUPS = st.builds(
    backup,
    st.sampled_from("abcdef"),
    st.sampled_from(["Ready", "Failed", "Odd"]),
    st.sampled_from([None, 1, 2.5]),
    record_count=st.sampled_from([None, 0, 7, 100]),
    source_index_id=st.sampled_from(["id-1", "id-2"]),
)
INVENTORIES = st.lists(BACKUPS, max_size=6).map(lambda backups: inventory(*backups))


@given(INVENTORIES, INVENTORIES)
def test_a_difference_is_false_only_where_nothing_changed(before: Inventory, after: Inventory) -> None:
    """Equal inventories don't differ; what is new one way is gone the other."""
    assert not diff(before, before)
    there, back = diff(before, after), diff(after, before)
    assert set(there.new) == set(back.gone)
    assert {(new, old) for old, new in there.status_changed} == set(back.status_changed)
    assert not set(there.shrunk) & {(new, old) for old, new in back.shrunk}
    if not there:
        assert {(each.backup_id, each.status) for each in before.backups} == {
            (each.backup_id, each.status) for each in after.backups
        }


@given(INVENTORIES)
def test_every_inventory_comes_back(some: Inventory) -> None:
    """Whatever is in it."""
    assert Inventory.from_dict(some.to_dict()) == some
