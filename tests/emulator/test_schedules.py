"""Backup schedules on the virtual clock."""

from datetime import UTC, datetime
from typing import Any

import pytest

from aiopinecone.emulator import Emulator
from aiopinecone.emulator.schedules import next_run
from emulator.calling import Reply, call

DAY = 86_400


def wanted(frequency: str = "daily", days: int = 3) -> dict[str, Any]:
    return {
        "name": "nightly",
        "schedule": {"type": "time-based", "frequency": frequency},
        "retention": {"expire_after_days": days},
    }


async def schedule(emulator: Emulator, body: dict[str, Any] | None = None) -> Reply:
    return await call(emulator, "POST", "/indexes/docs/backup-schedules", body=body or wanted())


async def history(emulator: Emulator, schedule_id: str) -> list[Any]:
    rows: list[Any] = (await call(emulator, "GET", f"/backup-schedules/{schedule_id}/history")).json["data"]
    return rows


@pytest.mark.parametrize(
    ("frequency", "begin", "end"),
    [
        ("daily", "2026-12-31T05:00", "2027-01-01T05:00"),
        ("weekly", "2026-12-31T05:00", "2027-01-07T05:00"),
        ("monthly", "2026-12-31T05:00", "2027-01-31T05:00"),
        ("monthly", "2027-01-31T05:00", "2027-02-28T05:00"),
    ],
)
def test_the_next_run_is_a_period_later(frequency: str, begin: str, end: str) -> None:
    """A day, a week or a calendar month, which may be shorter."""
    begins = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    assert next_run(frequency, begins) == datetime.fromisoformat(end).replace(tzinfo=UTC)


async def test_a_created_schedule_is_described_and_listed(emulator: Emulator) -> None:
    """It is enabled, and its first run is a period away."""
    index_id = emulator.add_index("docs")
    made = await schedule(emulator)
    assert made.status == 201
    assert made.json | {"schedule_id": "", "project_id": ""} == {
        "schedule_id": "", "name": "nightly", "index_id": index_id, "project_id": "",
        "schedule_type": "time-based", "frequency": "daily", "retention_expire_after_days": 3,
        "enabled": True, "created_at": "2026-11-01T12:00:00.000000Z",
        "next_scheduled_run": "2026-11-02T12:00:00.000000Z",
    }  # fmt: skip
    described = await call(emulator, "GET", f"/backup-schedules/{made.json['schedule_id']}")
    listed = await call(emulator, "GET", "/indexes/docs/backup-schedules")
    assert described.json == made.json
    assert listed.json["data"] == [made.json]


async def test_schedules_fire_and_expire(emulator: Emulator) -> None:
    """After five days a daily schedule that keeps three holds the runs of the last three days."""
    emulator.add_index("docs")
    schedule_id = (await schedule(emulator)).json["schedule_id"]
    emulator.advance(5 * DAY + 60)
    planned, *made = await history(emulator, schedule_id)
    assert [row["created_at"] for row in made] == [f"2026-11-0{day}T12:00:00.000000Z" for day in (6, 5, 4)]
    assert [row["status"] for row in made] == ["Initializing", "Ready", "Ready"]
    assert made[0]["name"] == "nightly-20261106120000"
    assert (planned["status"], planned["name"]) == ("Initializing", "nightly-20261107120000")
    listed = (await call(emulator, "GET", "/indexes/docs/backups")).json["data"]
    assert listed == made


async def test_one_enabled_schedule_an_index(emulator: Emulator) -> None:
    """A second one, or enabling another, is a 409 until the first is disabled."""
    emulator.add_index("docs")
    first = (await schedule(emulator)).json["schedule_id"]
    second = await schedule(emulator)
    assert (second.status, second.code) == (409, "ALREADY_EXISTS")
    off = await call(emulator, "PATCH", f"/backup-schedules/{first}", body={"enabled": False})
    assert (off.json["enabled"], off.json["next_scheduled_run"]) == (False, None)
    assert (await schedule(emulator)).status == 201
    on = await call(emulator, "PATCH", f"/backup-schedules/{first}", body={"enabled": True})
    assert (on.status, on.code) == (409, "ALREADY_EXISTS")
    emulator.advance(DAY)
    assert await history(emulator, first) == []


async def test_enabling_and_a_new_frequency_plan_from_now(emulator: Emulator) -> None:
    """The next run is a period after the update, not at the old slot."""
    emulator.add_index("docs")
    path = f"/backup-schedules/{(await schedule(emulator)).json['schedule_id']}"
    emulator.advance(3600)
    weekly = await call(emulator, "PATCH", path, body={"frequency": "weekly"})
    assert weekly.json["next_scheduled_run"] == "2026-11-08T13:00:00.000000Z"
    await call(emulator, "PATCH", path, body={"enabled": False})
    emulator.advance(3600)
    enabled = await call(emulator, "PATCH", path, body={"enabled": True})
    assert enabled.json["next_scheduled_run"] == "2026-11-08T14:00:00.000000Z"
    unchanged = await call(emulator, "PATCH", path, body={"enabled": True, "frequency": "weekly"})
    assert unchanged.json == enabled.json


async def test_a_new_retention_holds_for_the_backups_made(emulator: Emulator) -> None:
    """Shortening it to a day lets older backups go at once; one being deleted keeps its end."""
    emulator.add_index("docs")
    schedule_id = (await schedule(emulator)).json["schedule_id"]
    emulator.advance(2 * DAY + 3600)
    _, newest, _ = await history(emulator, schedule_id)
    await call(emulator, "DELETE", f"/backups/{newest['backup_id']}")
    path = f"/backup-schedules/{schedule_id}"
    changed = await call(emulator, "PATCH", path, body={"retention": {"expire_after_days": 1}})
    assert changed.json["retention_expire_after_days"] == 1
    assert [row["backup_id"] for row in (await history(emulator, schedule_id))[1:]] == [newest["backup_id"]]
    emulator.advance(60)
    assert len(await history(emulator, schedule_id)) == 1


async def test_a_deleted_schedule_leaves_its_backups(emulator: Emulator) -> None:
    """204, then 404; what it made stays, and no more is made."""
    emulator.add_index("docs")
    path = f"/backup-schedules/{(await schedule(emulator)).json['schedule_id']}"
    emulator.advance(DAY)
    assert (await call(emulator, "DELETE", path)).status == 204
    emulator.advance(DAY)
    for gone in (path, f"{path}/history"):
        reply = await call(emulator, "GET", gone)
        assert (reply.status, reply.code) == (404, "NOT_FOUND")
    assert len((await call(emulator, "GET", "/indexes/docs/backups")).json["data"]) == 1


async def test_a_schedule_dies_with_its_index(emulator: Emulator) -> None:
    """A new index under the old name does not inherit it."""
    emulator.add_index("docs")
    await schedule(emulator)
    emulator.delete_index("docs")
    emulator.add_index("docs")
    emulator.advance(2 * DAY)
    assert (await call(emulator, "GET", "/indexes/docs/backup-schedules")).json["data"] == []
    assert (await call(emulator, "GET", "/backups")).json["data"] == []


async def test_schedules_are_of_2026_07(emulator: Emulator) -> None:
    """Older versions have no such route."""
    emulator.add_index("docs")
    reply = await call(emulator, "GET", "/indexes/docs/backup-schedules", version="2026-04")
    assert (reply.status, reply.code) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"schedule": None},
        {"schedule": []},
        {"schedule": {"type": "cron", "frequency": "daily"}},
        {"schedule": {"type": "time-based", "frequency": "hourly"}},
        {"retention": {}},
        {"retention": {"expire_after_days": 0}},
        {"retention": {"expire_after_days": 10**9}},
        {"retention": {"expire_after_days": True}},
        {"retention": {"expire_after_days": 1.5}},
    ],
)
async def test_a_bad_schedule_is_a_400(emulator: Emulator, wrong: dict[str, Any]) -> None:
    """Every field is required, and checked."""
    emulator.add_index("docs")
    reply = await schedule(emulator, wanted() | wrong)
    assert (reply.status, reply.code) == (400, "INVALID_ARGUMENT")


async def test_an_integer_may_be_written_as_a_float(emulator: Emulator) -> None:
    """3.0 is an integer in JSON."""
    emulator.add_index("docs")
    reply = await schedule(emulator, wanted() | {"retention": {"expire_after_days": 3.0}})
    assert reply.json["retention_expire_after_days"] == 3


async def test_a_schedule_needs_its_index(emulator: Emulator) -> None:
    """404 when no active index has the name."""
    assert (await schedule(emulator)).status == 404


async def test_a_program_can_add_a_schedule(emulator: Emulator) -> None:
    """It is like one made over the wire; what can't be is a ValueError."""
    emulator.add_index("docs")
    schedule_id = emulator.add_schedule("docs", frequency="weekly")
    disabled_id = emulator.add_schedule("docs", enabled=False)
    listed = (await call(emulator, "GET", "/indexes/docs/backup-schedules")).json["data"]
    assert [(row["schedule_id"], row["frequency"], row["enabled"]) for row in listed] == [
        (schedule_id, "weekly", True),
        (disabled_id, "daily", False),
    ]
    assert listed[1]["next_scheduled_run"] is None
    emulator.advance(7 * DAY)
    assert len(await history(emulator, schedule_id)) == 2
    with pytest.raises(ValueError, match="has an enabled backup schedule already"):
        emulator.add_schedule("docs")
    with pytest.raises(ValueError, match="not found"):
        emulator.add_schedule("nothing")
    with pytest.raises(ValueError, match="frequency must be one of daily, weekly, monthly"):
        emulator.add_schedule("docs", frequency="hourly")
