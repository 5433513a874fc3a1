"""Across processes: what a cold key costs upstream, whoever asks for it, and whoever is killed meanwhile."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from raw_server import Exchange, RawServer, backup_body
from shared.processes import Caller

pytestmark = [pytest.mark.real_time, pytest.mark.usefixtures("valkey")]


async def slowly(exchange: Exchange) -> None:
    await asyncio.sleep(0.2)
    exchange.answer(backup_body(exchange.backup_id))


async def test_a_cold_key_costs_one_request(url: str) -> None:
    """Six processes with ten callers each, all at once, for each of five ids: one request for each id."""
    ids = [f"bkp_{number}" for number in range(5)]
    async with RawServer(slowly) as server, AsyncExitStack() as stack:
        opening = [stack.enter_async_context(Caller(server.url, url)) for _ in range(6)]
        callers = await asyncio.gather(*opening)
        answers = await asyncio.gather(*(caller.describe(*ids, callers=10) for caller in callers))
        assert [answer["answered"] for answer in answers] == [50] * 6
        assert [answer["warnings"] for answer in answers] == [[]] * 6
        assert Counter(exchange.backup_id for exchange in server.exchanges) == dict.fromkeys(ids, 1)


async def test_a_killed_holder_of_the_lease_costs_one_more(url: str) -> None:
    """The others wait for its lease to end; then one of them asks, and all have its answer, short-lived as it is."""
    asked = asyncio.Event()

    async def reply(exchange: Exchange) -> None:
        asked.set()
        if exchange.number == 1:
            await exchange.hang_up()
        else:
            await asyncio.sleep(0.2)
            exchange.answer(backup_body(exchange.backup_id, status="Initializing"))

    async with RawServer(reply) as server, AsyncExitStack() as stack:
        opening = [stack.enter_async_context(Caller(server.url, url)) for _ in range(4)]
        holder, *others = await asyncio.gather(*opening)
        call = asyncio.create_task(holder.describe("bkp_1", callers=10))
        await asked.wait()
        waiting = [asyncio.create_task(caller.describe("bkp_1", callers=10)) for caller in others]
        await asyncio.sleep(0.3)
        holder.kill()
        assert await call == {}
        answers = await asyncio.gather(*waiting)
        assert [answer["answered"] for answer in answers] == [10] * 3
        assert len(server.exchanges) == 2


async def test_who_cant_get_the_lease_in_time_asks_anyway(url: str) -> None:
    """Two seconds of a call, or half of it, are left for that."""
    asked = asyncio.Event()

    async def reply(exchange: Exchange) -> None:
        asked.set()
        if exchange.number == 1:
            await exchange.hang_up()
        else:
            exchange.answer(backup_body(exchange.backup_id))

    async with (
        RawServer(reply) as server,
        Caller(server.url, url, timeout=3) as holder,
        Caller(server.url, url, timeout=1) as other,
    ):
        call = asyncio.create_task(holder.describe("bkp_1"))
        await asked.wait()
        began_at = asyncio.get_running_loop().time()
        answer = await other.describe("bkp_1")
        assert answer["answered"] == 1
        assert 0.4 < asyncio.get_running_loop().time() - began_at < 1
        assert len(server.exchanges) == 2
        assert len((await call)["errors"]) == 1
