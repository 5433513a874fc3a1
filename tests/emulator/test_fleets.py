"""The made-up fleets."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from aiopinecone.emulator import Emulator
from aiopinecone.emulator.clock import START
from aiopinecone.emulator.fleets import make
from aiopinecone.emulator.records import Project
from aiopinecone.emulator.shapes import backup_json
from emulator.calling import call, pages

SAMPLE = {
    "backup_id": "8c85e612-ed1c-4f97-9f8c-8194e07bcf71",
    "cloud": "aws",
    "created_at": "2025-05-15T00:52:10.809354Z",
    "description": "Monthly backup of production index",
    "dimension": 1024,
    "name": "example-backup",
    "namespace_count": 3,
    "record_count": 98,
    "region": "us-east-1",
    "size_bytes": 1069169,
    "source_index_id": "f73b36c9-faf5-4a2c-b1d6-4013d8b1cc74",
    "source_index_name": "docs-example",
    "status": "Ready",
    "tags": {},
}


def wire(project: Project) -> list[object]:
    return [backup_json(backup, "2026-07", START) for backup in project.backups]


@pytest.mark.parametrize("fleet", ["demo", "saas"])
def test_a_seed_decides_a_fleet(fleet: str) -> None:
    """The same seed gives the same rows to the last timestamp; another gives others."""
    once, again, other = make(fleet, 7, START), make(fleet, 7, START), make(fleet, 8, START)
    assert [wire(project) for project in once] == [wire(project) for project in again]
    assert [wire(project) for project in once] != [wire(project) for project in other]


def test_an_unknown_fleet_is_refused() -> None:
    """The error names the fleets there are."""
    with pytest.raises(ValueError, match="fleet must be one of empty, demo, saas, huge, not 'big'"):
        Emulator(fleet="big")


@pytest.mark.parametrize("fleet", ["demo", "saas"])
def test_backups_stand_newest_first_under_ids_of_their_own(fleet: str) -> None:
    """No id is given twice, and no backup is younger than the one before it."""
    for project in make(fleet, 3, START):
        moments = [backup.created_at for backup in project.backups]
        assert moments == sorted(moments, reverse=True)
        assert len(project.by_id) == len(project.backups)
        assert all(moment <= START for moment in moments)
        assert all(backup.created_at >= backup.index.created_at for backup in project.backups)


def test_saas_is_as_large_as_promised() -> None:
    """3 projects with a key each, 120 active indexes, 1,500 backups."""
    projects = make("saas", 0, START)
    active = [index for project in projects for index in project.indexes if index.deleted_at is None]
    assert len({project.api_key for project in projects}) == 3
    assert len(active) == 120
    assert sum(len(project.backups) for project in projects) == 1_500


def test_saas_holds_every_kind_of_trouble() -> None:
    """Each project has moving, failed, stale, empty, unprotected and reused indexes."""
    for project in make("saas", 0, START):
        newest = {}
        for backup in reversed(project.backups):
            newest[backup.index] = backup
        active = [index for index in project.indexes if index.deleted_at is None]
        statuses = Counter(newest[index].status_at(START) for index in active if index in newest)
        assert statuses["Initializing"]
        assert statuses["InitializationFailed"]
        assert any(START - backup.created_at > timedelta(days=9) for backup in newest.values())
        assert any(index.record_count == 0 for index in newest)
        assert any(index not in newest for index in active)
        dead = {index.name: index for index in project.indexes if index.deleted_at is not None}
        reused = [index for index in active if index.name in dead]
        assert reused
        assert all(index in newest and dead[index.name] in newest for index in reused)


async def test_demo_holds_every_status_and_looks() -> None:
    """1,000 backups over 40 indexes, in all statuses, with null, absent and odd fields."""
    async with Emulator(fleet="demo", speed=0) as emulator:
        rows = [row for page in await pages(emulator, "/backups") for row in page]
        indexes = (await call(emulator, "GET", "/indexes")).json["indexes"]
    assert (len(rows), len(indexes)) == (1_000, 40)
    assert {row["status"] for row in rows} == {
        "Ready", "Initializing", "InitializationFailed", "Failed", "Pending", "Terminating",
    }  # fmt: skip
    tags = ["absent" if "tags" not in row else str(row["tags"]) for row in rows]
    assert {"absent", "None", "{}", "{'retries': 3, 'manual': True}"} <= set(tags)
    assert {len(row["created_at"]) for row in rows} >= {20, 24, 27, 30, 32}
    assert any(" " in row["created_at"] for row in rows)
    assert any(row["record_count"] is None for row in rows)


async def test_demo_holds_the_documented_sample() -> None:
    """The sample backup is exactly as documented under 2025-04, and typed under 2026-07."""
    path = f"/backups/{SAMPLE['backup_id']}"
    async with Emulator(fleet="demo", speed=0) as emulator:
        older = await call(emulator, "GET", path, version="2025-04")
        newest = await call(emulator, "GET", path, version="2026-07")
    async with Emulator(fleet="demo", speed=0, legacy_shape=True) as emulator:
        legacy = await call(emulator, "GET", path, version="2026-07")
    dense = {"type": "dense_vector", "dimension": 1024, "metric": "cosine"}
    assert older.json == SAMPLE
    plain = {name: value for name, value in SAMPLE.items() if name != "dimension"}
    assert newest.json == plain | {"schema": {"fields": {"embedding": dense}}}
    assert legacy.json == SAMPLE | {"schema": None, "tags": None}


def test_huge_starts_in_under_five_seconds() -> None:
    """100,000 backups in one project, soon enough for a test."""
    began = time.thread_time()  # a busy machine says nothing of it
    (project,) = make("huge", 0, START)
    assert len(project.backups) == len(project.by_id) == 100_000
    assert time.thread_time() - began < 5
