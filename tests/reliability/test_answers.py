"""Answers: bounded, whatever was packed into them; and cancellation at any moment."""

import asyncio
import gzip
import re
import resource
import socket
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from aiopinecone import Pinecone, PineconeConnectionError, PineconeError, ResponseParsingError, RetryPolicy
from raw_server import Exchange, RawServer, backup_body

KEY = "pcsk_made-up"
GIBIBYTE = 1 << 30


def bomb(window_bits: int) -> bytes:
    """A gibibyte of nothing, packed into a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    mebibyte = bytes(1 << 20)
    first, next_one = (packer.compress(mebibyte) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + next_one * ((GIBIBYTE >> 20) - 1)  # after a full flush each block stands by itself


def serve(listener: socket.socket, head: bytes, body: bytes) -> None:
    """Answer each connection once, until the listener is closed."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(head % len(body) + body)
            except OSError:
                pass  # the client had enough of it


def most_memory(*, anew: bool = False) -> int:
    """Bytes of memory that this process had at most; with `anew` from now on, where the system can count so."""
    status, counter = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not counter.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    if anew:
        counter.write_text("5")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) * 1024


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("encoding", "window_bits", "status"), [("gzip", 31, "200 OK"), ("deflate", 15, "200 OK"), ("gzip", 31, "502 X")]
)
async def test_a_bomb_costs_little_memory_and_time(encoding: str, window_bits: int, status: str) -> None:
    """A gibibyte in an answer, or in an error's body: less than 32 MB, and no stall of 100 ms.

    A stall is counted in the time of the loop's thread: other programs may be busy too.
    """
    head = f"HTTP/1.1 {status}\r\nContent-Encoding: {encoding}\r\nContent-Length: %d\r\n\r\n".encode()
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listener, head, bomb(window_bits)))
    thread.start()
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            began = time.thread_time()
            await asyncio.sleep(0.005)
            worst = max(worst, time.thread_time() - began)

    try:
        async with Pinecone(KEY, host=f"http://127.0.0.1:{listener.getsockname()[1]}") as pc:
            watching = asyncio.ensure_future(watch())
            before = most_memory(anew=True)
            for call in (pc.describe_backup("bkp_1"), pc.list_backups().to_list(), pc.describe_backup("bkp_1")):
                with pytest.raises(ResponseParsingError, match="larger than"):
                    await call
            grown = most_memory() - before
            watching.cancel()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        await asyncio.to_thread(thread.join)
    assert grown < 32e6
    assert worst < 0.1


async def test_what_was_packed_honestly_is_unpacked() -> None:
    """gzip, in one member or two, is an answer like any other."""

    async def reply(exchange: Exchange) -> None:
        body = backup_body(exchange.backup_id)
        packed = gzip.compress(body)
        if exchange.backup_id == "two":
            packed = gzip.compress(body[:40]) + gzip.compress(body[40:])
        exchange.answer(packed, "200 OK", "Content-Encoding: gzip")

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        for backup_id in ("one", "two"):
            assert (await pc.describe_backup(backup_id)).backup_id == backup_id


@pytest.mark.parametrize("borrowed", [False, True])
@pytest.mark.parametrize("later", [b"zz\r\n", b"-1\r\n", b"f" * 17 + b"\r\n", b"5\r\nab", b""])
async def test_an_answer_that_goes_wrong_after_its_beginning_ends_at_once(later: bytes, borrowed: bool) -> None:
    """Also where aiohttp, which reads the rest, forgets to tell whoever waits for it; so does a lost connection."""

    async def reply(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n" + b" " * 8 + b"\r\n")
        await asyncio.sleep(0.1)
        exchange.send(later)
        await asyncio.sleep(0.1)
        exchange.writer.close()

    policy = RetryPolicy(attempts=1)
    async with RawServer(reply) as server, aiohttp.ClientSession() as session:
        options: dict[str, Any] = {"session": session} if borrowed else {}
        async with Pinecone(KEY, host=server.url, timeout=None, attempt_timeout=None, retry=policy, **options) as pc:
            with pytest.raises(PineconeConnectionError, match="cut short or garbled"):
                await asyncio.wait_for(pc.describe_backup("bkp_1"), 5)


async def test_a_long_answer_in_pieces_is_put_together() -> None:
    """Again and again over one connection, which may then be reset: nobody waits for it, and no noise comes of it."""

    async def in_pieces(exchange: Exchange) -> None:
        body = backup_body(exchange.backup_id, description="x" * 300_000)
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 100_000):
            exchange.send(body[start : start + 100_000])
            await asyncio.sleep(0.1)
        if exchange.backup_id == "last":
            await asyncio.sleep(0.1)
            exchange.reset()

    async with RawServer(in_pieces) as server, Pinecone(KEY, host=server.url) as pc:
        for backup_id in ("one", "two", "last"):
            assert len((await pc.describe_backup(backup_id)).description or "") == 300_000
        await asyncio.sleep(1)
    assert server.connections == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "nonsense"])
async def test_what_was_packed_badly_is_an_error(encoding: str) -> None:
    """Bytes that aren't what their header says, or end too early, are never a value."""

    async def reply(exchange: Exchange) -> None:
        packed = gzip.compress(backup_body(exchange.backup_id))
        body = packed[: len(packed) // 2] if encoding == "gzip" else b"not packed at all"
        exchange.answer(body, "200 OK", f"Content-Encoding: {encoding}")

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, retry=RetryPolicy(attempts=2)) as pc:
        with pytest.raises((ResponseParsingError, PineconeConnectionError)):
            await pc.describe_backup("bkp_1")


BODIES: list[bytes] = [
    b"<html><body>Bad gateway</body></html>",
    b"",
    b"null",
    b"[]",
    b"[" * 100_000,
    b'{"backup_id":' * 100_000,
    b'{"size_bytes": ' + b"9" * 5_000 + b"}",
    b'{"size_bytes": NaN}',
    b'{"backup_id": "\\ud800"}',
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", ["200 OK", "404 X", "418 X"])
async def test_a_body_of_any_content_is_one_of_our_errors(body: bytes, status: str) -> None:
    """Never anything else, and never a second request."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(body, status)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(PineconeError):
            await pc.describe_backup("bkp_1")
    assert len(server.exchanges) == 1


async def test_a_bom_and_a_repeated_field_are_survived() -> None:
    """A byte order mark is skipped; of a field that comes twice the last counts, also for whose answer it is."""

    async def reply(exchange: Exchange) -> None:
        body = b"\xef\xbb\xbf" + backup_body("other")[:-1] + b', "backup_id": "' + exchange.backup_id.encode() + b'"}'
        exchange.answer(body)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        assert (await pc.describe_backup("bkp_1")).backup_id == "bkp_1"


@pytest.mark.parametrize("way", ["describe", "bulk", "list"])
async def test_a_cancellation_at_any_moment_leaks_nothing(way: str) -> None:
    """After each possible number of turns of the loop; the next call works, on a sound connection."""

    async def reply(exchange: Exchange) -> None:
        if exchange.path.startswith("/backups?"):
            exchange.answer(b'{"data": []}')
        elif exchange.number % 5 == 4:
            exchange.answer(b"", "503 X")
        else:
            exchange.answer(backup_body(exchange.backup_id))

    async def call(pc: Pinecone, backup_id: str) -> Any:
        if way == "describe":
            return await pc.describe_backup(backup_id)
        if way == "list":
            return await pc.list_backups().to_list()
        return [result async for result in pc.describe_backups([backup_id])]

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, concurrency=1) as pc:
        for turns in range(60):
            task = asyncio.ensure_future(call(pc, f"bkp_{turns}"))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            outcome = (await asyncio.gather(task, return_exceptions=True))[0]
            assert isinstance(outcome, asyncio.CancelledError) or not isinstance(outcome, BaseException)
            assert (await pc.describe_backup(f"next_{turns}")).backup_id == f"next_{turns}"


async def test_a_close_at_any_moment_ends_every_call() -> None:
    """Whoever waits gets its answer or `ClientClosedError`, and nothing hangs."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(backup_body(exchange.backup_id))

    async with RawServer(reply) as server:
        for turns in range(40):
            pc = Pinecone(KEY, host=server.url, concurrency=3)
            tasks = [asyncio.ensure_future(pc.describe_backup(f"bkp_{number}")) for number in range(10)]
            for _ in range(turns):
                await asyncio.sleep(0)
            await pc.aclose()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            errors = {type(outcome).__name__ for outcome in outcomes if isinstance(outcome, BaseException)}
            assert errors <= {"ClientClosedError"}
