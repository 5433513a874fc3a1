"""Visitors who hang up, on a real server: what nobody waits for ends, and what others wait for goes on."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from httpx import AsyncClient

from raw_server import Exchange, RawServer, backup_body
from services.visiting import app_of, serving

pytestmark = pytest.mark.real_time


class Upstream:
    """Answers for an id once it is let to; until then it notices who hangs up.

    Attributes:
        asked: requests, by id.
        hung_up: the ids whose requests were hung up on.
    """

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.hung_up: set[str] = set()
        self._open: set[str] = set()
        self._opened = asyncio.Condition()

    async def let(self, *ids: str) -> None:
        async with self._opened:
            self._open.update(ids)
            self._opened.notify_all()

    async def __call__(self, exchange: Exchange) -> None:
        backup_id = exchange.backup_id
        self.asked[backup_id] += 1
        leaving = asyncio.ensure_future(exchange.hang_up())
        waiting = asyncio.ensure_future(self._wait(backup_id))
        done, pending = await asyncio.wait({leaving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.wait({leaving, waiting})
        if waiting in done:
            exchange.answer(backup_body(backup_id))
        else:
            self.hung_up.add(backup_id)
            exchange.writer.close()

    async def _wait(self, backup_id: str) -> None:
        async with self._opened:
            await self._opened.wait_for(lambda: backup_id in self._open)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def hang_up(call: "asyncio.Task[object]") -> None:
    call.cancel()
    await asyncio.wait({call})


async def test_a_visitor_who_hangs_up_takes_no_fetch_along() -> None:
    """Another waits for it: one request, which is answered."""
    upstream = Upstream()
    async with RawServer(upstream) as server, serving(app_of(server.url)) as url, AsyncClient(base_url=url) as visitor:
        first = asyncio.ensure_future(visitor.get("/backups/a"))
        await until(lambda: upstream.asked["a"] == 1)
        second = asyncio.ensure_future(visitor.get("/backups/a"))
        await asyncio.sleep(0.1)
        await hang_up(first)
        await asyncio.sleep(0.1)
        await upstream.let("a")
        assert (await second).json()["backup_id"] == "a"
    assert upstream.asked == {"a": 1}
    assert not upstream.hung_up


async def test_many_ids_end_with_their_visitor_but_for_what_others_wait_for() -> None:
    """What nobody else has joined is hung up on at once, and what hasn't begun never begins."""
    upstream = Upstream()
    ids = [f"id-{number}" for number in range(1000)]
    async with RawServer(upstream) as server, serving(app_of(server.url)) as url, AsyncClient(base_url=url) as visitor:
        many = asyncio.ensure_future(visitor.post("/backups/describe", json={"backup_ids": ids}))
        await until(lambda: upstream.asked.total() == 16)
        one = asyncio.ensure_future(visitor.get("/backups/id-3"))
        again = asyncio.ensure_future(visitor.post("/backups/describe", json={"backup_ids": ["id-5"]}))
        await asyncio.sleep(0.1)
        await hang_up(many)
        await until(lambda: len(upstream.hung_up) == 14)
        await upstream.let("id-3", "id-5")
        assert (await one).json()["backup_id"] == "id-3"
        assert json.loads((await again).text)["backup"]["backup_id"] == "id-5"
    assert upstream.asked.total() == 16
    assert not upstream.hung_up & {"id-3", "id-5"}


async def test_a_line_is_sent_as_soon_as_it_is_known() -> None:
    """The slowest id keeps no other waiting."""
    upstream = Upstream()
    body = {"backup_ids": ["slow", "fast"]}
    async with RawServer(upstream) as server, serving(app_of(server.url)) as url, AsyncClient(base_url=url) as visitor:
        async with visitor.stream("POST", "/backups/describe", json=body) as answer:
            await upstream.let("fast")
            came = []
            async for line in answer.aiter_lines():
                came.append(json.loads(line)["backup_id"])
                await upstream.let("slow")
    assert came == ["fast", "slow"]


async def test_a_visitor_who_leaves_in_the_middle_of_the_lines() -> None:
    """The rest is hung up on."""
    upstream = Upstream()
    body = {"backup_ids": ["fast", "slow"]}
    async with RawServer(upstream) as server, serving(app_of(server.url)) as url, AsyncClient(base_url=url) as visitor:
        async with visitor.stream("POST", "/backups/describe", json=body) as answer:
            await upstream.let("fast")
            pieces: Any = answer.aiter_bytes()
            async with aclosing(pieces):
                await anext(pieces)
        await until(lambda: upstream.hung_up == {"slow"})


async def test_a_visitor_who_takes_nothing_holds_back_what_is_yet_to_be_asked_for() -> None:
    """Answers don't pile up for one who never reads them; and when he leaves, the rest is never asked for."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(backup_body(exchange.backup_id, tags={"long": "x" * 100_000}))

    async with RawServer(reply) as server, serving(app_of(server.url)) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]), limit=1024)
        body = json.dumps({"backup_ids": [str(number) for number in range(1000)]}).encode()
        head = f"POST /backups/describe HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        assert await reader.read(15) == b"HTTP/1.1 200 OK"
        asked = -1
        while asked != (asked := len(server.exchanges)):
            await asyncio.sleep(0.3)
        assert asked < 300
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.3)
        assert len(server.exchanges) <= asked + 16
