"""Attempts and time: what a call costs upstream, and that it ends when it should, whatever happens."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from aiopinecone import (
    CachePolicy,
    Pinecone,
    PineconeError,
    PineconeTimeoutError,
    RateLimitError,
    RetryPolicy,
    ServiceError,
)
from raw_server import Exchange, RawServer, backup_body

KEY = "pcsk_made-up"
Reply = Callable[[Exchange], Awaitable[None]]


def now() -> float:
    return asyncio.get_running_loop().time()


async def answer(exchange: Exchange) -> None:
    exchange.answer(backup_body(exchange.backup_id))


async def silence(exchange: Exchange) -> None:
    await exchange.hang_up()


async def drip(exchange: Exchange, data: bytes) -> None:
    for byte in data:
        if exchange.writer.is_closing():
            return
        exchange.send(bytes([byte]))
        await asyncio.sleep(0.1)


async def dripping_head(exchange: Exchange) -> None:
    await drip(exchange, b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000)


async def dripping_body(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    await drip(exchange, b"{" + b" " * 1000)


async def unavailable(exchange: Exchange) -> None:
    exchange.answer(b"", "503 X")


async def come_back_later(exchange: Exchange) -> None:
    exchange.answer(b"", "503 X", "Retry-After: 1")


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def describe(pc: Pinecone, **options: Any) -> None:
    await pc.describe_backup("bkp_1", **options)


async def describe_in_bulk(pc: Pinecone) -> None:
    (result,) = [result async for result in pc.describe_backups(["bkp_1"])]
    result.unwrap()


async def read_list(pc: Pinecone) -> None:
    await pc.list_backups().to_list()


@pytest.mark.parametrize("reply", [silence, dripping_head, dripping_body, unavailable, come_back_later])
@pytest.mark.parametrize("call", [describe, describe_in_bulk, read_list])
@pytest.mark.parametrize("attempt_timeout", [2.0, 10.0])
async def test_a_timeout_holds_however_the_server_drags(
    reply: Reply, call: Callable[[Pinecone], Awaitable[None]], attempt_timeout: float
) -> None:
    """At most 0.3 s late, also where the deadline falls together with that of an attempt."""
    async with RawServer(reply) as server:
        async with Pinecone(KEY, host=server.url, timeout=2, attempt_timeout=attempt_timeout) as pc:
            for _ in range(3):
                began = now()
                with pytest.raises((PineconeTimeoutError, ServiceError)):
                    await call(pc)
                assert now() - began <= 2.3


async def test_a_timeout_holds_in_the_queue_for_a_place() -> None:
    """Those who wait for a connection that others hold end in time, too."""
    async with RawServer(silence) as server, Pinecone(KEY, host=server.url, concurrency=2) as pc:
        began = now()
        calls = [pc.describe_backup(f"bkp_{number}", timeout=1 + number % 3) for number in range(50)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {PineconeTimeoutError}
        assert now() - began <= 3.3


@pytest.mark.real_time
async def test_a_timeout_holds_against_a_full_backlog() -> None:
    """A server that doesn't even accept is given up in time."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(3)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            await asyncio.sleep(0.05)
            async with Pinecone(KEY, host=f"http://127.0.0.1:{port}") as pc:
                began = now()
                with pytest.raises(PineconeTimeoutError):
                    await pc.describe_backup("bkp_1", timeout=0.4)
                assert now() - began <= 0.7
        finally:
            for filler in fillers:
                filler.close()


@pytest.mark.real_time
async def test_a_timeout_holds_against_a_stopped_process() -> None:
    """A server that was stopped in its tracks (SIGSTOP) is given up in time."""
    command = [sys.executable, "-m", "aiopinecone.emulator", "--port", "0", "--fleet", "demo"]
    process = await asyncio.to_thread(subprocess.Popen, command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        lines = [await asyncio.to_thread(process.stdout.readline) for _ in range(3)]
        host, key = (line.strip().partition("=")[2] for line in lines[:2])
        async with Pinecone(key, host=host, cache=None) as pc:
            await pc.list_backups().pages().__anext__()
            process.send_signal(signal.SIGSTOP)
            began = now()
            with pytest.raises(PineconeTimeoutError):
                await pc.describe_backup("bkp_1", timeout=0.4)
            assert now() - began <= 0.7
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        await asyncio.to_thread(process.wait)
        process.stdout.close()


@pytest.mark.parametrize(
    ("reply", "borrowed"), [(unavailable, False), (reset, False), (reset, True), (come_back_later, False)]
)
async def test_a_total_outage_costs_little_more_than_a_request_a_call(reply: Reply, borrowed: bool) -> None:
    """500 calls at a time: a request a call, and 100 retries; well below 1.2 a call and 100."""
    calls = 500 if reply is come_back_later else 1000
    async with RawServer(reply) as server, aiohttp.ClientSession() as session:
        options: dict[str, Any] = {"session": session} if borrowed else {}
        async with Pinecone(KEY, host=server.url, concurrency=500, timeout=600, **options) as pc:
            for start in range(0, calls, 500):
                wave = [pc.describe_backup(f"bkp_{number}") for number in range(start, start + 500)]
                outcomes = await asyncio.gather(*wave, return_exceptions=True)
                assert all(isinstance(outcome, PineconeError) for outcome in outcomes)
    assert calls <= len(server.exchanges) <= calls + 100


async def test_after_an_outage_retries_come_back() -> None:
    """A client that spent its budget retries again after a few successes."""
    upstream = {"status": "503 X"}

    async def reply(exchange: Exchange) -> None:
        exchange.answer(backup_body(exchange.backup_id), upstream["status"])

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, cache=None) as pc:
        for number in range(60):
            with pytest.raises(ServiceError):
                await pc.describe_backup(f"bkp_{number}")
        sent = len(server.exchanges)
        with pytest.raises(ServiceError) as caught:
            await pc.describe_backup("bkp_1")
        assert caught.value.attempts == len(server.exchanges) - sent == 1
        upstream["status"] = "200 OK"
        for number in range(5):
            await pc.describe_backup(f"bkp_{number}")
        upstream["status"] = "503 X"
        with pytest.raises(ServiceError) as caught:
            await pc.describe_backup("bkp_1")
        assert caught.value.attempts == 2


@pytest.mark.parametrize(("status", "concurrency"), [("429 X", 32), ("503 X", 500)])
async def test_a_retry_after_pauses_the_whole_client(status: str, concurrency: int) -> None:
    """Nobody sends while it lasts; then 500 calls come back over a quarter of it or more, and all succeed."""
    times: list[float] = []

    async def reply(exchange: Exchange) -> None:
        times.append(now())
        if now() < 1:
            exchange.answer(b"", status, "Retry-After: 8")
        else:
            await answer(exchange)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, concurrency=concurrency) as pc:
        await asyncio.gather(*(pc.describe_backup(f"bkp_{number}") for number in range(500)))
    later = sorted(time for time in times if time >= 1)
    assert later[0] >= 8
    assert later[-1] - later[0] >= 1.8
    tenths = Counter(int(time * 10) for time in later)
    assert max(tenths.values()) <= 80


async def test_a_pause_is_a_minute_at_most() -> None:
    """Whatever a Retry-After says, the client asks again after 60 s; until then, who can't wait is told at once."""

    async def reply(exchange: Exchange) -> None:
        if exchange.number == 1:
            exchange.answer(b"", "429 X", "Retry-After: 86400")
        else:
            await answer(exchange)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(RateLimitError) as caught:
            await pc.describe_backup("bkp_1")
        assert caught.value.retry_after == 86400
        await asyncio.sleep(10)
        with pytest.raises(RateLimitError) as caught:
            await pc.describe_backup("bkp_2")
        assert now() == pytest.approx(10)
        assert caught.value.retry_after == pytest.approx(50)
        assert caught.value.attempts == 0
        await pc.describe_backup("bkp_2", timeout=100)
        assert 60 <= now() <= 76
        assert len(server.exchanges) == 2


async def test_concurrency_falls_on_throttling_and_grows_back() -> None:
    """After a 429 fewer requests are in flight, and 15 s later nearly as many as before."""
    throttled = {"until": 0.0}

    async def reply(exchange: Exchange) -> None:
        if now() < throttled["until"]:
            exchange.answer(b"", "429 X")
        else:
            await asyncio.sleep(0.5)
            await answer(exchange)

    async def most_at_once(pc: Pinecone, server: RawServer, prefix: str) -> int:
        server.most_at_once = 0
        await asyncio.gather(*(pc.describe_backup(f"{prefix}_{number}") for number in range(40)))
        return server.most_at_once

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, concurrency=40, cache=None) as pc:
        assert await most_at_once(pc, server, "a") == 40
        throttled["until"] = now() + 0.1
        assert await most_at_once(pc, server, "b") <= 30
        await asyncio.sleep(15)
        assert await most_at_once(pc, server, "c") >= 38


RETRY_AFTERS = [
    "nan",
    "inf",
    "-inf",
    "1e9",
    "-5",
    "",
    "soon",
    "0",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Thu, 01 Jan 2099 00:00:00 GMT",
    "Sun Nov  6 08:49:37 1994",
    "9" * 400,
    "\u0663".encode().decode("latin-1"),
]


@pytest.mark.parametrize("text", RETRY_AFTERS)
async def test_a_retry_after_of_any_content_is_survived(text: str) -> None:
    """It never crashes, and never sleeps past the deadline."""

    async def reply(exchange: Exchange) -> None:
        exchange.send(f"HTTP/1.1 429 X\r\nContent-Length: 0\r\nRetry-After: {text}\r\n\r\n".encode("latin-1"))

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        began = now()
        with pytest.raises(RateLimitError):
            await pc.describe_backup("bkp_1", timeout=30)
        assert now() - began <= 30.3


async def test_ten_thousand_calls_queue_for_four_connections() -> None:
    """Fan-out queues instead of failing."""
    async with RawServer(answer) as server:
        async with Pinecone(KEY, host=server.url, concurrency=4, cache=CachePolicy(max_entries=1)) as pc:
            await asyncio.gather(*(pc.describe_backup(f"bkp_{number}") for number in range(10_000)))
        assert server.connections == 4
        assert len(server.exchanges) == 10_000


async def test_two_hundred_calls_at_once_survive_a_server_that_closes_after_each_reply() -> None:
    """Dead connections cost resends, not errors."""

    async def reply(exchange: Exchange) -> None:
        await answer(exchange)
        exchange.writer.close()

    policy = RetryPolicy(attempts=1)
    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, concurrency=8, retry=policy) as pc:
        await asyncio.gather(*(pc.describe_backup(f"bkp_{number}") for number in range(200)))


async def test_a_turn_that_comes_too_late_is_no_answer_of_pinecone() -> None:
    """Once a pause is over, a rate that has no turn in time is a timeout, and slows nobody down."""

    async def reply(exchange: Exchange) -> None:
        if exchange.number == 1:
            exchange.answer(b"", "429 X", "Retry-After: 6")
        else:
            await answer(exchange)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, requests_per_second=0.25) as pc:
        await pc.describe_backup("bkp_1")
        await pc.describe_backup("bkp_2")
        with pytest.raises(PineconeTimeoutError, match="no answer within 1 s"):
            await pc.describe_backup("bkp_3", timeout=1)
    assert len(server.exchanges) == 3
