"""Create, delete, restore, on the virtual clock, over HTTP."""

from typing import Any

import pytest

from aiopinecone.emulator import Emulator
from emulator.calling import Reply, call


async def create(emulator: Emulator, index: str = "docs", **fields: Any) -> Any:
    reply = await call(emulator, "POST", f"/indexes/{index}/backups", body=fields)
    assert reply.status == 201
    return reply.json


async def describe(emulator: Emulator, backup_id: str) -> Reply:
    return await call(emulator, "GET", f"/backups/{backup_id}")


async def restore(emulator: Emulator, backup_id: str, **fields: Any) -> Reply:
    return await call(emulator, "POST", f"/backups/{backup_id}/create-index", body=fields)


async def test_a_created_backup_is_listed_and_becomes_ready(emulator: Emulator) -> None:
    """It is Initializing without counts for ten minutes, then Ready with them."""
    emulator.add_index("docs", record_count=1_000, tags={"team": "search"})
    made = await create(emulator, name="first", description="by hand")
    assert (made["status"], made["record_count"], made["name"]) == ("Initializing", None, "first")
    assert (made["description"], made["tags"]) == ("by hand", {"team": "search"})
    emulator.advance(599)
    before = (await describe(emulator, made["backup_id"])).json
    emulator.advance(1)
    after = (await describe(emulator, made["backup_id"])).json
    assert [before["status"], after["status"]] == ["Initializing", "Ready"]
    assert (after["record_count"], after["namespace_count"], after["size_bytes"]) == (1_000, 1, 4_096_000)
    assert (await call(emulator, "GET", "/indexes/docs/backups")).json["data"] == [after]


async def test_create_writes_nanoseconds_and_describe_microseconds(emulator: Emulator) -> None:
    """The same moment has nine digits from create and six from describe."""
    emulator.add_index("docs")
    made = await create(emulator)
    described = (await describe(emulator, made["backup_id"])).json
    assert made["created_at"] == "2026-11-01T12:00:00.000000000Z"
    assert described["created_at"] == "2026-11-01T12:00:00.000000Z"


async def test_a_large_backup_takes_hours(emulator: Emulator) -> None:
    """100 million records take five hours."""
    emulator.add_index("docs", record_count=100_000_000)
    made = await create(emulator)
    emulator.advance(5 * 3600 - 1)
    assert (await describe(emulator, made["backup_id"])).json["status"] == "Initializing"
    emulator.advance(1)
    assert (await describe(emulator, made["backup_id"])).json["status"] == "Ready"


async def test_a_failed_backup_ends_as_initialization_failed(emulator: Emulator) -> None:
    """Of an index whose backups fail, and of a backup added as failing."""
    emulator.add_index("docs", backups_fail=True)
    created = (await create(emulator))["backup_id"]
    added = emulator.add_backup(source_index_name="docs", fails=True)
    assert (await describe(emulator, added)).json["status"] == "Initializing"
    emulator.advance(600)
    for backup_id in (created, added):
        assert (await describe(emulator, backup_id)).json["status"] == "InitializationFailed"


async def test_an_empty_body_creates_too(emulator: Emulator) -> None:
    """Name and description are optional, and so is the body."""
    emulator.add_index("docs")
    reply = await call(emulator, "POST", "/indexes/docs/backups")
    assert (reply.status, reply.json["name"], reply.json["description"]) == (201, None, None)


@pytest.mark.parametrize("data", [b"{", b"[]", b"null", b'"x"', b"\xff", b'{"name": 5}', b"[" * 100_000])
async def test_a_malformed_body_is_a_400(emulator: Emulator, data: bytes) -> None:
    """What is no JSON object, or has a field of another type, is refused in the envelope."""
    emulator.add_index("docs")
    reply = await call(emulator, "POST", "/indexes/docs/backups", data=data)
    assert (reply.status, reply.code) == (400, "INVALID_ARGUMENT")


async def test_create_needs_an_active_serverless_index(emulator: Emulator) -> None:
    """404 without the index, 400 for a pod-based one."""
    emulator.add_index("pods", deployment="pod")
    assert (await call(emulator, "POST", "/indexes/none/backups")).status == 404
    reply = await call(emulator, "POST", "/indexes/pods/backups")
    assert (reply.status, reply.code) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(("plan", "quota"), [("standard", 500), ("enterprise", 1_000)])
async def test_the_plan_sets_the_quota(plan: str, quota: int) -> None:
    """The backup beyond the quota of a project is a 403; added ones may go beyond it."""
    async with Emulator(speed=0, plan=plan) as emulator:
        for _ in range(quota - 1):
            emulator.add_backup(source_index_name="docs")
        await create(emulator)
        reply = await call(emulator, "POST", "/indexes/docs/backups")
        assert (reply.status, reply.code) == (403, "QUOTA_EXCEEDED")
        emulator.add_backup(source_index_name="docs")


async def test_the_starter_plan_has_no_backups() -> None:
    """Create, restore and schedules are a 403 that speaks of the plan."""
    async with Emulator(speed=0, plan="starter") as emulator:
        backup_id = emulator.add_backup(source_index_name="docs")
        for reply in (
            await call(emulator, "POST", "/indexes/docs/backups"),
            await restore(emulator, backup_id, name="docs-2"),
            await call(emulator, "GET", "/indexes/docs/backup-schedules"),
            await call(emulator, "POST", "/indexes/docs/backup-schedules"),
            await call(emulator, "GET", "/backup-schedules/none"),
        ):
            assert (reply.status, reply.code) == (403, "FORBIDDEN")
            assert "plan" in reply.json["error"]["message"]


async def test_a_delete_is_eventual(emulator: Emulator) -> None:
    """202 without a body; it answers on, as Terminating, and is a 404 within a minute."""
    backup_id = emulator.add_backup()
    emulator.add_backup(backup_id="bkp_stays")
    for _ in range(2):
        reply = await call(emulator, "DELETE", f"/backups/{backup_id}")
        assert (reply.status, reply.text) == (202, "")
    assert (await describe(emulator, backup_id)).json["status"] == "Terminating"
    emulator.advance(60)
    assert (await describe(emulator, backup_id)).status == 404
    listed = (await call(emulator, "GET", "/backups")).json["data"]
    assert [row["backup_id"] for row in listed] == ["bkp_stays"]
    assert (await call(emulator, "DELETE", f"/backups/{backup_id}")).status == 404


async def test_deleting_again_does_not_put_it_off(emulator: Emulator) -> None:
    """Deleted every second, the backup is gone within the minute all the same."""
    backup_id = emulator.add_backup()
    for _ in range(60):
        await call(emulator, "DELETE", f"/backups/{backup_id}")
        emulator.advance(1)
    assert (await describe(emulator, backup_id)).status == 404


async def test_a_backup_in_use_cannot_be_deleted(emulator: Emulator) -> None:
    """412 while it is being made, and while an index is restored from it."""
    backup_id = emulator.add_backup(status="Initializing")
    made = await call(emulator, "DELETE", f"/backups/{backup_id}")
    emulator.advance(600)
    await restore(emulator, backup_id, name="restored")
    restored = await call(emulator, "DELETE", f"/backups/{backup_id}")
    for reply in (made, restored):
        assert (reply.status, reply.code) == (412, "FAILED_PRECONDITION")
    emulator.advance(600)
    assert (await call(emulator, "DELETE", f"/backups/{backup_id}")).status == 202


async def test_a_restore_makes_an_index(emulator: Emulator) -> None:
    """The job is Pending and the index not ready for ten minutes; then both are done."""
    backup_id = emulator.add_backup(tags={"team": "search"})
    started = await restore(emulator, backup_id, name="restored", deletion_protection="enabled")
    assert started.status == 202
    job_path = f"/restore-jobs/{started.json['restore_job_id']}"
    before = (await call(emulator, "GET", job_path)).json
    index = (await call(emulator, "GET", "/indexes/restored")).json
    assert before == {
        "restore_job_id": started.json["restore_job_id"], "backup_id": backup_id, "status": "Pending",
        "target_index_name": "restored", "target_index_id": started.json["index_id"],
        "created_at": "2026-11-01T12:00:00.000000Z", "completed_at": None, "percent_complete": None,
    }  # fmt: skip
    assert index["status"] == {"ready": False, "state": "Initializing"}
    assert (index["source_backup_id"], index["deletion_protection"]) == (backup_id, "enabled")
    assert index["tags"] == {"team": "search"}
    emulator.advance(600)
    after = (await call(emulator, "GET", job_path)).json
    assert (after["status"], after["percent_complete"]) == ("Completed", 100.0)
    assert after["completed_at"] == "2026-11-01T12:10:00.000000Z"
    assert (await call(emulator, "GET", "/indexes/restored")).json["status"]["ready"]
    assert (await call(emulator, "GET", "/restore-jobs")).json["data"] == [after]


async def test_a_restore_takes_tags_and_read_capacity(emulator: Emulator) -> None:
    """Those given win over the backup's tags and the on-demand default."""
    capacity = {"mode": "Dedicated", "dedicated": {"node_type": "t1", "scaling": "Manual"}}
    await restore(emulator, emulator.add_backup(), name="restored", tags={"a": "b"}, read_capacity=capacity)
    index = (await call(emulator, "GET", "/indexes/restored")).json
    assert index["tags"] == {"a": "b"}
    assert index["read_capacity"] == capacity | {"status": {"state": "Ready"}}


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 400, "INVALID_ARGUMENT"),
        ({"name": 5}, 400, "INVALID_ARGUMENT"),
        ({"name": "new", "tags": {"a": 1}}, 400, "INVALID_ARGUMENT"),
        ({"name": "new", "deletion_protection": "on"}, 400, "INVALID_ARGUMENT"),
        ({"name": "Bad_Name"}, 422, "UNPROCESSABLE_ENTITY"),
        ({"name": "a" * 46}, 422, "UNPROCESSABLE_ENTITY"),
        ({"name": "docs-example"}, 409, "ALREADY_EXISTS"),
    ],
)
async def test_a_bad_restore_is_refused(emulator: Emulator, fields: dict[str, Any], status: int, code: str) -> None:
    """A bad body is a 400, a bad name a 422, a name in use a 409; no job is begun."""
    reply = await restore(emulator, emulator.add_backup(), **fields)
    assert (reply.status, reply.code) == (status, code)
    assert (await call(emulator, "GET", "/restore-jobs")).json["data"] == []


async def test_only_a_ready_backup_can_be_restored(emulator: Emulator) -> None:
    """412 for one that is being made or has failed, 404 for none; an unknown job is a 404."""
    for status in ("Initializing", "InitializationFailed"):
        reply = await restore(emulator, emulator.add_backup(status=status), name="new")
        assert (reply.status, reply.code) == (412, "FAILED_PRECONDITION")
    assert (await restore(emulator, "none", name="new")).status == 404
    assert (await call(emulator, "GET", "/restore-jobs/none")).status == 404
