"""What a program holds: the Emulator's own methods, and the same over /_emulator."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aiopinecone.emulator import Emulator
from aiopinecone.emulator.clock import START
from emulator.calling import call


async def test_it_listens_on_loopback_only_while_entered() -> None:
    """The URL is of loopback and dies with the block; the same emulator can be entered again."""
    emulator = Emulator()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="does not run"):
            _ = emulator.url
        async with emulator:
            assert emulator.url.startswith("http://127.0.0.1:")
            assert (await call(emulator, "GET", "/backups")).status == 200


async def test_it_cannot_be_entered_twice(emulator: Emulator) -> None:
    """A second entry is refused, and the first goes on."""
    with pytest.raises(RuntimeError, match="runs already"):
        await emulator.__aenter__()
    assert (await call(emulator, "GET", "/backups")).status == 200


async def test_a_port_can_be_chosen(emulator: Emulator) -> None:
    """A port that is taken is an OSError; once free it can be had at once."""
    port = int(emulator.url.rpartition(":")[2])
    other = Emulator(port=port)
    with pytest.raises(OSError, match=r"[Aa]ddress already in use"):
        await other.__aenter__()
    await emulator.__aexit__(None, None, None)
    async with other:
        assert other.url == f"http://127.0.0.1:{port}"
    await emulator.__aenter__()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"port": -1}, "port must be from 0 to 65535, not -1"),
        ({"port": 65_536}, "port must be from 0 to 65535"),
        ({"plan": "free"}, "plan must be one of starter, standard, enterprise, not 'free'"),
        ({"speed": -1}, "speed must be from 0"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], says: str) -> None:
    """The error tells the range."""
    with pytest.raises(ValueError, match=says):
        Emulator(**arguments)


def test_now_moves_with_speed_and_advance() -> None:
    """The virtual now starts at one moment; only `advance` moves it at speed 0."""
    frozen = Emulator(speed=0)
    assert frozen.now == START
    frozen.advance(timedelta(hours=1))
    frozen.advance(0.5)
    assert frozen.now == START + timedelta(hours=1, seconds=0.5)
    fast = Emulator(speed=1_000)
    time.sleep(0.01)
    assert fast.now >= START + timedelta(seconds=10)


async def test_reset_goes_back_to_the_start() -> None:
    """Fleet, clock, faults and counts are as at the start."""
    async with Emulator(fleet="demo", seed=5, speed=0) as emulator:
        before = (await call(emulator, "GET", "/backups")).text
        emulator.add_backup()
        emulator.add_fault("reset")
        emulator.advance(86_400)
        emulator.reset()
        assert emulator.requests == {}
        assert emulator.now == START
        assert (await call(emulator, "GET", "/backups")).text == before


async def test_equal_seeds_give_equal_ids_and_timestamps() -> None:
    """What is created has its id and its moment from the seed and the virtual clock."""

    async def created(seed: int) -> str:
        async with Emulator(seed=seed, speed=0) as emulator:
            emulator.add_index("docs")
            return (await call(emulator, "POST", "/indexes/docs/backups")).text

    assert await created(1) == await created(1) != await created(2)


async def test_an_added_backup_has_a_whole_shape(emulator: Emulator) -> None:
    """Without a word about it, it is a Ready backup of docs-example, made now."""
    backup_id = emulator.add_backup()
    body = (await call(emulator, "GET", f"/backups/{backup_id}", version="2025-04")).json
    assert body | {"source_index_id": ""} == {
        "backup_id": backup_id, "source_index_name": "docs-example", "source_index_id": "",
        "status": "Ready", "cloud": "aws", "region": "us-east-1", "dimension": 1024,
        "created_at": "2026-11-01T12:00:00.000000Z", "name": None, "description": None, "tags": {},
        "record_count": 1_000, "namespace_count": 1, "size_bytes": 4_096_000,
    }  # fmt: skip


@pytest.mark.parametrize("status", ["Initializing", "Pending", "Scheduled"])
async def test_an_added_pending_backup_moves_on(emulator: Emulator, status: str) -> None:
    """It shows its status until its time has passed, then it is Ready; odd counts do not stop it."""
    backup_id = emulator.add_backup(status=status, record_count=None)
    assert (await call(emulator, "GET", f"/backups/{backup_id}")).json["status"] == status
    emulator.advance(600)
    assert (await call(emulator, "GET", f"/backups/{backup_id}")).json["status"] == "Ready"


async def test_an_added_odd_status_stays(emulator: Emulator) -> None:
    """A status that is not pending is sent for ever."""
    backup_id = emulator.add_backup(status="Hibernating")
    emulator.advance(timedelta(days=300))
    assert (await call(emulator, "GET", f"/backups/{backup_id}")).json["status"] == "Hibernating"


async def test_an_added_backup_can_be_old(emulator: Emulator) -> None:
    """`created_at` orders it; text is sent as it stands, a datetime as UTC with six digits."""
    emulator.add_backup(backup_id="bkp_text", created_at="2025-01-01 00:00:00+00:00", absent=["tags"])
    emulator.add_backup(backup_id="bkp_moment", created_at=datetime(2025, 1, 2, tzinfo=UTC))
    rows = (await call(emulator, "GET", "/backups")).json["data"]
    assert [(row["backup_id"], row["created_at"], "tags" in row) for row in rows] == [
        ("bkp_moment", "2025-01-02T00:00:00.000000Z", True),
        ("bkp_text", "2025-01-01 00:00:00+00:00", False),
    ]


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"backup_id": "bkp_1"}, ValueError, "there is a backup 'bkp_1' already"),
        ({"colour": "red", "size": 1}, TypeError, "a backup has no field colour, size"),
        ({"fails": True, "status": "Ready"}, ValueError, "begins pending, not 'Ready'"),
        ({"created_at": "yesterday"}, ValueError, "Invalid isoformat"),
        ({"created_at": "2025-01-01"}, ValueError, "created_at must tell its time zone"),
    ],
)
def test_a_bad_backup_is_refused(fields: dict[str, Any], error: type[Exception], says: str) -> None:
    """The error tells what is wrong."""
    emulator = Emulator()
    emulator.add_backup(backup_id="bkp_1")
    with pytest.raises(error, match=says):
        emulator.add_backup(**fields)


def test_a_bad_index_is_refused() -> None:
    """A name in use, a deployment that does not exist, the deletion of what is not there."""
    emulator = Emulator()
    emulator.add_index("docs")
    with pytest.raises(ValueError, match="there is an index 'docs' already"):
        emulator.add_index("docs")
    with pytest.raises(ValueError, match="deployment must be managed or pod, not 'byoc'"):
        emulator.add_index("byoc", deployment="byoc")
    with pytest.raises(ValueError, match="Resource none not found"):
        emulator.delete_index("none")


async def test_faults_are_set_and_cleared_over_http(emulator: Emulator) -> None:
    """POST takes the names of `add_fault`, DELETE forgets them all; neither needs a key or counts."""
    fault = {"kind": "status", "status": 503, "route": "list_backups", "times": 5, "share": 1}
    assert (await call(emulator, "POST", "/_emulator/faults", body=fault, api_key="")).json == {}
    assert (await call(emulator, "GET", "/backups")).status == 503
    assert (await call(emulator, "DELETE", "/_emulator/faults", api_key="")).json == {}
    assert (await call(emulator, "GET", "/backups")).status == 200
    assert emulator.requests == {"list_backups": 2}


async def test_time_and_counts_are_told_over_http(emulator: Emulator) -> None:
    """`advance` answers with the new now, `requests` with the hits, `reset` undoes both."""
    await call(emulator, "GET", "/backups")
    advanced = await call(emulator, "POST", "/_emulator/advance", body={"seconds": 90})
    assert advanced.json == {"now": "2026-11-01T12:01:30.000000Z"}
    assert (await call(emulator, "GET", "/_emulator/requests")).json == {"list_backups": 1}
    assert (await call(emulator, "POST", "/_emulator/reset")).json == {}
    assert (await call(emulator, "GET", "/_emulator/requests")).json == {}
    assert emulator.now == START


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("advance", b""),
        ("advance", b'{"seconds": "1"}'),
        ("advance", b'{"seconds": true}'),
        ("advance", b'{"seconds": -1}'),
        ("advance", b"[]"),
        ("advance", b"{"),
        ("reset", b"\xff"),
        ("faults", b"{}"),
        ("faults", b"[" * 100_000),
        ("faults", b'{"kind": []}'),
        ("faults", b'{"kind": "reset", "self": 1}'),
        ("faults", b'{"kind": "reset", "route": {}}'),
    ],
)
async def test_bad_orders_over_http_get_the_envelope(emulator: Emulator, path: str, data: bytes) -> None:
    """A malformed or senseless order is a 400 and changes nothing."""
    reply = await call(emulator, "POST", f"/_emulator/{path}", data=data)
    assert (reply.status, reply.code) == (400, "INVALID_ARGUMENT")
    assert emulator.now == START
    assert (await call(emulator, "GET", "/backups")).status == 200
