"""A backup and an index in the shape of each API version."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from aiopinecone.emulator.records import Backup, Index, duration
from aiopinecone.emulator.shapes import VERSIONS, backup_json, index_json, timestamp

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 120_034, tzinfo=UTC)


def make_index(**fields: Any) -> Index:
    return Index("docs", "f73b36c9", NOW, metadata={"genre": "string"}, **fields)


def make_backup(index: Index | None = None, **values: Any) -> Backup:
    values = {"record_count": 5, "tags": {}, **values}
    return Backup("bkp_1", index or make_index(), MOMENT, values=values)


@pytest.mark.parametrize(
    ("digits", "zone", "separator", "text"),
    [
        (0, "Z", "T", "2026-01-02T03:04:05Z"),
        (3, "Z", "T", "2026-01-02T03:04:05.120Z"),
        (6, "+00:00", " ", "2026-01-02 03:04:05.120034+00:00"),
        (9, "Z", "T", "2026-01-02T03:04:05.120034238Z"),
    ],
)
def test_timestamps_are_written_in_every_way_seen(digits: int, zone: str, separator: str, text: str) -> None:
    """0, 3, 6 or 9 digits, Z or +00:00, T or a space; always UTC."""
    there = MOMENT.astimezone(timezone(timedelta(hours=5)))
    assert timestamp(there, digits, zone, separator) == text


@pytest.mark.parametrize(
    ("version", "dimension", "schema"),
    [
        ("2025-04", True, "none"),
        ("2025-10", True, "untyped"),
        ("2026-01.alpha", False, "typed"),
        ("2026-04", True, "untyped"),
        ("2026-07", False, "typed"),
    ],
)
def test_each_version_has_its_shape(version: str, dimension: bool, schema: str) -> None:
    """The dimension or the schema, untyped or typed, as the version has it."""
    body = backup_json(make_backup(), version, NOW)
    dense = {"type": "dense_vector", "dimension": 1024, "metric": "cosine"}
    schemas: dict[str, Any] = {
        "none": None,
        "untyped": {"fields": {"genre": {"filterable": True}}},
        "typed": {"fields": {"embedding": dense, "genre": {"type": "string", "filterable": True}}},
    }
    assert body.get("schema") == schemas[schema]
    assert ("dimension" in body) == dimension
    assert body["tags"] == {}


def test_the_legacy_shape_is_an_older_one_under_2026_07() -> None:
    """Dimension on the wire, an untyped schema, null tags; other versions are left alone."""
    body = backup_json(make_backup(), "2026-07", NOW, legacy_shape=True)
    assert body["dimension"] == 1024
    assert body["schema"] == {"fields": {"genre": {"filterable": True}}}
    assert body["tags"] is None
    older = backup_json(make_backup(), "2025-10", NOW, legacy_shape=True)
    assert older["tags"] == {}


def test_an_index_without_metadata_has_no_untyped_schema() -> None:
    """The untyped schema is null when there is nothing to filter by."""
    bare = Index("docs", "f73b36c9", NOW)
    assert backup_json(make_backup(bare), "2025-10", NOW)["schema"] is None


@pytest.mark.parametrize(
    ("index", "vector"),
    [
        (make_index(dimension=0), {"type": "sparse_vector"}),
        (
            make_index(model="multilingual-e5-large"),
            {
                "type": "semantic_text",
                "model": "multilingual-e5-large",
                "dimension": 1024,
                "metric": "cosine",
            },
        ),
    ],
)
def test_the_vector_field_tells_what_it_is(index: Index, vector: dict[str, Any]) -> None:
    """A sparse index and one with a model have their own types of field."""
    assert backup_json(make_backup(index), "2026-07", NOW)["schema"]["fields"]["embedding"] == vector


@pytest.mark.parametrize("version", VERSIONS)
def test_counts_are_null_while_it_is_made(version: str) -> None:
    """A pending backup has no counts yet; they come with its settling."""
    backup = make_backup()
    backup.settles_at = NOW + timedelta(seconds=1)
    before = backup_json(backup, version, NOW)
    after = backup_json(backup, version, NOW + timedelta(seconds=1))
    assert (before["status"], before["record_count"]) == ("Initializing", None)
    assert (after["status"], after["record_count"]) == ("Ready", 5)


def test_absent_fields_are_left_out() -> None:
    """A field named absent is not on the wire, required or not."""
    backup = make_backup()
    backup.absent = frozenset({"tags", "region"})
    assert not {"tags", "region"} & backup_json(backup, "2026-07", NOW).keys()


def test_given_values_are_sent_as_they_stand() -> None:
    """A wrong type, put in on purpose, comes out."""
    body = backup_json(make_backup(size_bytes="12", cloud=None, tags={"n": 3}), "2025-04", NOW)
    assert (body["size_bytes"], body["cloud"], body["tags"]) == ("12", None, {"n": 3})


@pytest.mark.parametrize(
    ("deployment", "newest", "older"),
    [
        (
            "managed",
            {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1", "environment": "us-east-1-aws"},
            {"serverless": {"cloud": "aws", "region": "us-east-1"}},
        ),
        (
            "pod",
            {"deployment_type": "pod", "environment": "us-east-1-aws", "pod_type": "p1.x1", "replicas": 1, "shards": 1},
            {"pod": {"environment": "us-east-1-aws", "pod_type": "p1.x1", "replicas": 1, "shards": 1, "pods": 1}},
        ),
    ],
)  # fmt: skip
def test_an_index_tells_where_it_runs(deployment: str, newest: object, older: object) -> None:
    """`deployment` in 2026-07, `spec` before."""
    index = make_index(deployment=deployment)
    assert index_json(index, "2026-07", NOW)["deployment"] == newest
    body = index_json(index, "2025-04", NOW)
    assert (body["spec"], body["dimension"], body["vector_type"]) == (older, 1024, "dense")


def test_a_sparse_index_has_no_dimension() -> None:
    """Before 2026-07 a sparse index shows a null dimension and its vector type."""
    body = index_json(make_index(dimension=0), "2025-10", NOW)
    assert (body["dimension"], body["vector_type"]) == (None, "sparse")


@pytest.mark.parametrize(
    ("records", "minutes"),
    [(0, 10), (999_999, 10), (1_000_000, 10), (50_500_000, 155), (100_000_000, 300), (10**400, 300)],
)
def test_a_backup_takes_its_time_by_its_size(records: int, minutes: int) -> None:
    """Ten minutes below a million records, five hours from 100 million on, in proportion between."""
    assert duration(records) == timedelta(minutes=minutes)
