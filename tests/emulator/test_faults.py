"""Faults: what may be asked for, whom they strike, and what they do on a real socket."""

import asyncio
import json
from typing import Any

import pytest

from aiopinecone.emulator import Emulator
from aiopinecone.emulator.faults import KINDS, Faults
from emulator.calling import call, pages

ROUTES = frozenset({"describe_backup", "list_backups"})


async def raw(emulator: Emulator, path: str = "/backups/bkp_1") -> bytes:
    """All bytes that come back over a bare socket, before the end or the reset of the connection.

    Raises ConnectionResetError when the reset comes before a byte.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", int(emulator.url.rpartition(":")[2]))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nApi-Key: {emulator.api_key}\r\nConnection: close\r\n\r\n".encode())
    got = b""
    try:
        while chunk := await reader.read(65_536):
            got += chunk
    except ConnectionResetError:
        if not got:
            raise
        got += b"<reset>"
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    return got


def strikes(faults: Faults, count: int, route: str = "describe_backup") -> list[bool]:
    return [faults.strike(route)[1] is not None for _ in range(count)]


def test_a_fault_strikes_the_next_n() -> None:
    """`times` requests suffer it, those after them do not."""
    faults = Faults(ROUTES, seed=0)
    faults.add(faults.make("reset", None, 2, None, {}))
    assert strikes(faults, 4) == [True, True, False, False]


def test_a_fault_strikes_its_route_only() -> None:
    """Requests of another route neither suffer it nor use it up."""
    faults = Faults(ROUTES, seed=0)
    faults.add(faults.make("reset", "list_backups", 1, None, {}))
    assert strikes(faults, 2) == [False, False]
    assert strikes(faults, 2, "list_backups") == [True, False]


def test_a_share_is_thrown_with_seeded_dice() -> None:
    """A fifth of many requests, the same ones for the same seed; 0 is none, 1 is all."""

    def struck(share: float, seed: int) -> list[bool]:
        faults = Faults(ROUTES, seed)
        faults.add(faults.make("reset", None, None, share, {}))
        return strikes(faults, 1_000)

    assert struck(0.2, 7) == struck(0.2, 7) != struck(0.2, 8)
    assert 150 < sum(struck(0.2, 7)) < 250
    assert not any(struck(0, 7))
    assert all(struck(1, 7))


def test_times_counts_the_struck_ones_of_a_share() -> None:
    """With both, the fault ends after so many strikes."""
    faults = Faults(ROUTES, seed=1)
    faults.add(faults.make("reset", None, 3, 0.5, {}))
    assert sum(strikes(faults, 100)) == 3


def test_latencies_add_to_the_first_other_fault() -> None:
    """A request suffers every latency due, and one other fault; the next one stays for the next request."""
    faults = Faults(ROUTES, seed=0)
    for kind in ("latency", "reset", "cut", "latency"):
        faults.add(faults.make(kind, None, 1, None, {}))
    latencies, other = faults.strike("describe_backup")
    assert (len(latencies), other and other.kind) == (2, "reset")
    latencies, other = faults.strike("describe_backup")
    assert (latencies, other and other.kind) == ([], "cut")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"kind": "nonsense"}, "kind must be one of latency, status"),
        ({"kind": "reset", "route": "describe"}, "route must be one of create_backup, "),
        ({"kind": "reset", "times": 0}, "times must be a whole number from 1, not 0"),
        ({"kind": "reset", "times": True}, "times must be a whole number"),
        ({"kind": "reset", "share": 1.1}, "share must be from 0 to 1, not 1.1"),
        ({"kind": "reset", "share": "all"}, "share must be from 0 to 1"),
        ({"kind": "reset", "seconds": 1}, "reset has no option 'seconds'; it has: none"),
        ({"kind": "latency", "status": 500}, "latency has no option 'status'; it has: seconds"),
        ({"kind": "latency", "seconds": -1}, "seconds cannot be -1"),
        ({"kind": "latency", "seconds": float("nan")}, "seconds cannot be nan"),
        ({"kind": "drip", "seconds": 10**400}, "seconds cannot be 1000"),
        ({"kind": "status", "status": 200}, "status cannot be 200"),
        ({"kind": "status", "retry_after": -1}, "retry_after cannot be -1"),
        ({"kind": "status", "retry_after": 10**30}, "retry_after cannot be 1000"),
        ({"kind": "status", "retry_after": "a\r\nb: c"}, "retry_after cannot be"),
        ({"kind": "content_type", "content_type": ""}, "content_type cannot be ''"),
        ({"kind": "refused", "times": 1}, "refused strikes connections, not requests"),
    ],
)
async def test_a_bad_fault_is_refused(emulator: Emulator, asked: dict[str, Any], says: str) -> None:
    """The error tells what is wrong, in the program as over HTTP; nothing is struck."""
    with pytest.raises(ValueError, match=says):
        emulator.add_fault(**asked)
    reply = await call(emulator, "POST", "/_emulator/faults", body=asked)
    assert (reply.status, reply.code) == (400, "INVALID_ARGUMENT")
    assert says.partition("(")[0] in reply.json["error"]["message"]
    assert (await call(emulator, "GET", "/backups")).status == 200


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"refused", "latency", "drip"}))
async def test_every_kind_can_be_had_bare(emulator: Emulator, kind: str) -> None:
    """Each option has a default; cleared, the answer is right again."""
    emulator.add_backup(backup_id="bkp_1")
    right = (await call(emulator, "GET", "/backups/bkp_1", version="2025-04")).text.encode()
    emulator.add_fault(kind)
    path = "/backups" if kind == "trailing_token" else "/backups/bkp_1"
    try:
        assert right not in await raw(emulator, path) or kind in {"content_type", "trailing_token"}
    except ConnectionResetError:
        assert kind == "reset"
    emulator.clear_faults()
    assert right in await raw(emulator)


async def test_latency_delays_the_answer(emulator: Emulator) -> None:
    """The right answer, so many seconds later."""
    emulator.add_backup(backup_id="bkp_1")
    emulator.add_fault("latency", seconds=5, times=1)
    began = asyncio.get_running_loop().time()
    assert b"bkp_1" in await raw(emulator)
    assert asyncio.get_running_loop().time() - began >= 5


@pytest.mark.parametrize("retry_after", [None, 3, "Sun, 01 Nov 2026 12:00:05 GMT"])
async def test_429_comes_with_or_without_retry_after(emulator: Emulator, retry_after: int | str | None) -> None:
    """Seconds, an HTTP date or none at all, in the envelope of the API."""
    emulator.add_fault("status", status=429, retry_after=retry_after)
    reply = await call(emulator, "GET", "/backups")
    assert (reply.status, reply.code) == (429, "RESOURCE_EXHAUSTED")
    assert reply.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
async def test_5xx_of_gateways_are_html(emulator: Emulator, status: int) -> None:
    """502, 503 and 504 are HTML, other errors an envelope."""
    emulator.add_fault("status", status=status)
    reply = await call(emulator, "GET", "/backups")
    assert reply.status == status
    if status in {502, 503, 504}:
        assert (reply.headers["Content-Type"], reply.text[:6]) == ("text/html", "<html>")
    else:
        assert reply.code in {"INTERNAL", "UNKNOWN"}


async def test_reset_comes_before_the_answer(emulator: Emulator) -> None:
    """Not one byte, and a reset instead of an end."""
    emulator.add_fault("reset")
    with pytest.raises(ConnectionResetError):
        await raw(emulator)


async def test_reset_after_headers_comes_within_the_answer(emulator: Emulator) -> None:
    """The headers promise a body of which one byte comes, then a reset."""
    emulator.add_backup(backup_id="bkp_1")
    emulator.add_fault("reset_after_headers")
    headers, _, body = (await raw(emulator)).partition(b"\r\n\r\n")
    assert headers.startswith(b"HTTP/1.1 200")
    assert body == b"{<reset>"


async def test_a_cut_body_ends_at_its_half(emulator: Emulator) -> None:
    """The headers promise the whole body, half of it comes, and the connection ends."""
    emulator.add_backup(backup_id="bkp_1")
    emulator.add_fault("cut", times=1)
    headers, _, body = (await raw(emulator)).partition(b"\r\n\r\n")
    whole = (await raw(emulator)).partition(b"\r\n\r\n")[2]
    assert f"Content-Length: {len(whole)}".encode() in headers
    assert body == whole[: len(whole) // 2]


async def test_a_drip_sends_all_slowly(emulator: Emulator) -> None:
    """The whole body, spread over the time asked for."""
    emulator.add_backup(backup_id="bkp_1")
    whole = (await raw(emulator)).partition(b"\r\n\r\n")[2]
    emulator.add_fault("drip", seconds=5)
    began = asyncio.get_running_loop().time()
    assert (await raw(emulator)).partition(b"\r\n\r\n")[2] == whole
    assert asyncio.get_running_loop().time() - began >= 5


async def test_a_peer_that_leaves_is_no_failure(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """A client that hangs up amid a drip or before a reset ends its request, and nothing is logged."""
    emulator.add_backup(backup_id="bkp_1")
    emulator.add_fault("drip", seconds=10, times=1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(raw(emulator), 2)
    await asyncio.sleep(10)
    emulator.add_fault("latency", seconds=10, times=1)
    emulator.add_fault("reset", times=1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(raw(emulator), 2)
    await asyncio.sleep(10)
    assert (await call(emulator, "GET", "/backups/bkp_1")).status == 200
    assert caplog.text == ""


async def test_the_content_type_can_be_wrong(emulator: Emulator) -> None:
    """The right body under another type."""
    emulator.add_backup(backup_id="bkp_1")
    emulator.add_fault("content_type", content_type="image/png")
    reply = await call(emulator, "GET", "/backups/bkp_1")
    assert (reply.headers["Content-Type"], reply.json["backup_id"]) == ("image/png", "bkp_1")


async def test_the_body_can_be_no_json(emulator: Emulator) -> None:
    """HTML under status 200."""
    emulator.add_backup(backup_id="bkp_1")
    emulator.add_fault("not_json")
    reply = await call(emulator, "GET", "/backups/bkp_1")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html")
    with pytest.raises(json.JSONDecodeError):
        _ = reply.json


async def test_extra_fields_come_beside_the_known_ones(emulator: Emulator) -> None:
    """In a described backup, and in a list in each row and beside the rows."""
    emulator.add_backup(backup_id="bkp_1")
    right = (await call(emulator, "GET", "/backups/bkp_1")).json
    emulator.add_fault("extra_fields")
    news = {"x_new_field": {"nested": [1, None, "two"]}, "x_new_number": 7}
    assert (await call(emulator, "GET", "/backups/bkp_1")).json == right | news
    listed = (await call(emulator, "GET", "/backups")).json
    assert listed == {"data": [right | news], "pagination": None} | news


async def test_the_answer_can_be_of_another_id(emulator: Emulator) -> None:
    """A described backup comes under an id nobody asked for; what has no id is left alone."""
    emulator.add_backup(backup_id="bkp_1")
    emulator.add_fault("other_id")
    assert (await call(emulator, "GET", "/backups/bkp_1")).json["backup_id"] == "bkp_another"
    assert (await call(emulator, "GET", "/backups")).json["data"][0]["backup_id"] == "bkp_1"


async def test_the_last_page_can_carry_a_token(emulator: Emulator) -> None:
    """It leads to one empty page, which is the last."""
    for number in range(3):
        emulator.add_backup(backup_id=f"bkp_{number}")
    emulator.add_fault("trailing_token")
    assert [len(page) for page in await pages(emulator, "/backups", limit=3)] == [3, 0]
    assert [len(page) for page in await pages(emulator, "/backups", limit=2)] == [2, 1, 0]


async def test_a_body_fault_leaves_an_answer_without_body_alone(emulator: Emulator) -> None:
    """A 202 without a body has nothing to cut or to add to."""
    emulator.add_fault("cut", times=1)
    emulator.add_fault("extra_fields", times=1)
    for backup_id in (emulator.add_backup(), emulator.add_backup()):
        reply = await call(emulator, "DELETE", f"/backups/{backup_id}")
        assert (reply.status, reply.text) == (202, "")


async def test_refused_comes_and_goes(emulator: Emulator) -> None:
    """Connections are refused for a while, then accepted on the same port; idle ones are closed."""
    emulator.add_backup(backup_id="bkp_1")
    url, port = emulator.url, int(emulator.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(0.01)
    began = asyncio.get_running_loop().time()
    emulator.add_fault("refused", seconds=5)
    with pytest.raises(RuntimeError, match="cannot begin to refuse"):
        emulator.add_fault("refused")
    with pytest.raises(ConnectionRefusedError):
        await raw(emulator)
    assert await reader.read() == b""
    assert asyncio.get_running_loop().time() - began < 5
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(5.1)
    assert emulator.url == url
    assert b"bkp_1" in await raw(emulator)


async def test_refused_over_http_is_answered_first(emulator: Emulator) -> None:
    """The request that asks for it gets its answer, and the next is refused."""
    reply = await call(emulator, "POST", "/_emulator/faults", body={"kind": "refused", "seconds": 60})
    assert reply.status == 200
    with pytest.raises(ConnectionRefusedError):
        await raw(emulator)


async def test_an_emulator_that_does_not_run_cannot_refuse() -> None:
    """Refusing needs a port."""
    with pytest.raises(RuntimeError, match="cannot begin to refuse"):
        Emulator().add_fault("refused")
