"""Describe, the lists, keys and versions, over HTTP."""

from io import BytesIO

import pytest

from aiopinecone.emulator import Emulator
from aiopinecone.emulator.shapes import VERSIONS
from emulator.calling import call, pages


async def test_describe_gives_the_backup(emulator: Emulator) -> None:
    """An added backup is described, any id percent-encoded."""
    emulator.add_backup(backup_id="../a b/ü", name="nightly", record_count=7)
    reply = await call(emulator, "GET", "/backups/..%2Fa%20b%2F%C3%BC")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert (reply.json["backup_id"], reply.json["name"], reply.json["record_count"]) == (
        "../a b/ü", "nightly", 7,
    )  # fmt: skip


@pytest.mark.parametrize(("version", "content_type"), [("2026-07", "text/plain"), ("2026-04", "application/json")])
async def test_an_unknown_id_is_a_404(emulator: Emulator, version: str, content_type: str) -> None:
    """JSON under text/plain in 2026-07, under its own type before; no request id, a trace id."""
    reply = await call(emulator, "GET", "/backups/bkp_none", version=version)
    assert (reply.status, reply.code, reply.headers["Content-Type"]) == (404, "NOT_FOUND", content_type)
    assert reply.json["error"]["message"] == "Backup bkp_none not found."
    assert "x-cloud-trace-context" in reply.headers
    assert "x-pinecone-request-id" not in reply.headers


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_version_is_echoed(emulator: Emulator, version: str) -> None:
    """The answer carries the version it is in."""
    reply = await call(emulator, "GET", "/backups", version=version)
    assert (reply.status, reply.headers["X-Pinecone-Api-Version"]) == (200, version)


async def test_without_a_version_the_oldest_answers(emulator: Emulator) -> None:
    """No version header means 2025-04: its shape, its page size."""
    for number in range(11):
        emulator.add_backup(backup_id=f"bkp_{number}")
    reply = await call(emulator, "GET", "/backups", version=None)
    assert reply.headers["X-Pinecone-Api-Version"] == "2025-04"
    assert len(reply.json["data"]) == 10
    assert "dimension" in reply.json["data"][0]


async def test_an_unknown_version_is_refused(emulator: Emulator) -> None:
    """A version that does not exist is a 400 that names those that do, and is not echoed."""
    reply = await call(emulator, "GET", "/backups", version="1999-01")
    assert (reply.status, reply.code) == (400, "INVALID_ARGUMENT")
    assert "2026-07" in reply.json["error"]["message"]
    assert "X-Pinecone-Api-Version" not in reply.headers


async def test_a_wrong_key_is_a_401(emulator: Emulator) -> None:
    """Plain words in 2026-07, an envelope before; the reason stands in a header."""
    newest = await call(emulator, "GET", "/backups", api_key="pcsk_wrong")
    older = await call(emulator, "GET", "/backups", api_key="", version="2025-10")
    assert (newest.status, newest.text, newest.headers["Content-Type"]) == (
        401, "Invalid API key", "text/plain",
    )  # fmt: skip
    assert (older.status, older.code) == (401, "UNAUTHENTICATED")
    assert newest.headers["x-pinecone-auth-rejected-reason"] == "invalid-api-key"


async def test_a_key_opens_its_own_project() -> None:
    """A backup of one project is a 404 with the key of another."""
    async with Emulator(fleet="saas", speed=0) as emulator:
        assert list(emulator.api_keys) == ["acme", "globex", "initech"]
        assert emulator.api_key == emulator.api_keys["acme"]
        first = (await call(emulator, "GET", "/backups")).json["data"][0]["backup_id"]
        assert (await call(emulator, "GET", f"/backups/{first}")).status == 200
        other = emulator.api_keys["globex"]
        assert (await call(emulator, "GET", f"/backups/{first}", api_key=other)).status == 404


async def test_the_project_list_is_read_page_by_page() -> None:
    """500 backups are 5 pages of 100 or 8 of 64, each backup once."""
    async with Emulator(fleet="saas", speed=0) as emulator:
        for limit, count in ((100, 5), (64, 8)):
            found = await pages(emulator, "/backups", limit=limit)
            assert len(found) == count
            assert len({row["backup_id"] for page in found for row in page}) == 500


async def test_rows_of_a_list_are_whole_backups(emulator: Emulator) -> None:
    """A row equals what describe gives."""
    emulator.add_backup(backup_id="bkp_1", tags={"a": "b"})
    row = (await call(emulator, "GET", "/backups")).json["data"][0]
    assert row == (await call(emulator, "GET", "/backups/bkp_1")).json


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"paginationToken": "nonsense"}])
async def test_a_bad_limit_or_token_is_a_400(emulator: Emulator, query: dict[str, str]) -> None:
    """Every list refuses them."""
    emulator.add_index("docs")
    for path in ("/backups", "/indexes/docs/backups", "/restore-jobs", "/indexes/docs/backup-schedules"):
        reply = await call(emulator, "GET", path, query=query)
        assert (reply.status, reply.code) == (400, "INVALID_ARGUMENT")


async def test_a_reused_name_hides_its_dead_namesake(emulator: Emulator) -> None:
    """The list of an index holds the backups of the active one; the project list holds both."""
    old = emulator.add_index("docs")
    emulator.add_backup(backup_id="bkp_old", source_index_name="docs")
    emulator.delete_index("docs")
    assert (await call(emulator, "GET", "/indexes/docs/backups")).status == 404
    new = emulator.add_index("docs")
    emulator.add_backup(backup_id="bkp_new", source_index_name="docs")
    ours = (await call(emulator, "GET", "/indexes/docs/backups")).json["data"]
    everyone = (await call(emulator, "GET", "/backups")).json["data"]
    assert [(row["backup_id"], row["source_index_id"]) for row in ours] == [("bkp_new", new)]
    assert {(row["backup_id"], row["source_index_id"]) for row in everyone} == {
        ("bkp_new", new), ("bkp_old", old),
    }  # fmt: skip


async def test_include_deleted_shows_the_namesakes(emulator: Emulator) -> None:
    """In 2026-07 the list of a name reaches its deleted indexes, and tells when they were deleted."""
    emulator.add_backup(backup_id="bkp_1", source_index_name="docs")
    emulator.add_backup(backup_id="bkp_2", source_index_name="docs", source_index_id="another")
    emulator.add_backup(backup_id="bkp_3", source_index_name="docs", source_index_id="another")
    path = "/indexes/docs/backups"
    with_dead = await call(emulator, "GET", path, query={"include_deleted": "true"})
    deleted = {row["backup_id"]: row["source_index_deleted_at"] for row in with_dead.json["data"]}
    assert deleted == {
        "bkp_1": None, "bkp_2": "2026-11-01T12:00:00.000000Z", "bkp_3": "2026-11-01T12:00:00.000000Z",
    }  # fmt: skip
    for version, asked in (("2026-07", "false"), ("2026-04", "true")):
        rows = (await call(emulator, "GET", path, version=version, query={"include_deleted": asked})).json["data"]
        assert [row["backup_id"] for row in rows] == ["bkp_1"]
        assert "source_index_deleted_at" not in rows[0]


async def test_include_deleted_needs_the_name_once(emulator: Emulator) -> None:
    """A name never used is a 404 even so, and a value that is no boolean a 400."""
    emulator.add_index("docs")
    assert (await call(emulator, "GET", "/indexes/none/backups", query={"include_deleted": "true"})).status == 404
    assert (await call(emulator, "GET", "/indexes/docs/backups", query={"include_deleted": "maybe"})).status == 400


async def test_indexes_are_listed_and_described(emulator: Emulator) -> None:
    """Active indexes only, each with what a client needs to see."""
    emulator.add_index("docs", tags={"team": "search"})
    emulator.add_index("gone")
    emulator.delete_index("gone")
    listed = (await call(emulator, "GET", "/indexes")).json["indexes"]
    described = (await call(emulator, "GET", "/indexes/docs")).json
    assert listed == [described]
    assert described["status"] == {"ready": True, "state": "Ready"}
    assert (described["deletion_protection"], described["tags"]) == ("disabled", {"team": "search"})
    assert (await call(emulator, "GET", "/indexes/gone")).status == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "NOT_FOUND"),
        ("GET", "/backups/", 404, "NOT_FOUND"),
        ("GET", "/nonsense/%00/../x", 404, "NOT_FOUND"),
        ("PUT", "/backups", 405, "UNKNOWN"),
        ("DELETE", "/indexes", 405, "UNKNOWN"),
    ],
)
async def test_what_is_no_route_gets_the_envelope(
    emulator: Emulator, method: str, path: str, status: int, code: str
) -> None:
    """An unknown path or method is told in Pinecone's envelope, and counted as unknown."""
    reply = await call(emulator, method, path)
    assert (reply.status, reply.code) == (status, code)
    assert ("Allow" in reply.headers) == (status == 405)
    assert emulator.requests == {"unknown": 1}


async def test_a_body_too_large_gets_the_envelope(emulator: Emulator) -> None:
    """A body beyond 1 MiB is a 413 in the envelope."""
    emulator.add_index("docs")
    reply = await call(emulator, "POST", "/indexes/docs/backups", data=BytesIO(b" " * (1024**2 + 1)))
    assert (reply.status, reply.code) == (413, "UNKNOWN")
    assert emulator.requests == {"create_backup": 1}


async def test_a_failure_of_the_emulator_is_no_traceback(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be written as JSON ends as a 500 in the envelope; the log has the traceback."""
    emulator.add_backup(backup_id="bkp_1", tags=object())
    reply = await call(emulator, "GET", "/backups/bkp_1")
    assert (reply.status, reply.code) == (500, "INTERNAL")
    assert "Traceback" not in reply.text
    assert "not JSON serializable" in caplog.text


async def test_requests_are_counted_by_route(emulator: Emulator) -> None:
    """`requests` counts the hits of each route, refused ones too; one never hit counts 0."""
    emulator.add_backup(backup_id="bkp_1")
    for _ in range(3):
        await call(emulator, "GET", "/backups/bkp_1")
    await call(emulator, "GET", "/backups", api_key="pcsk_wrong")
    assert emulator.requests == {"describe_backup": 3, "list_backups": 1}
    assert emulator.requests["list_indexes"] == 0
