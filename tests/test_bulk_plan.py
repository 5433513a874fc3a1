"""`describe_backups(plan=...)`: fewer requests, the same results."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import pytest

from aiopinecone import (
    BackupResult,
    CachePolicy,
    ClientClosedError,
    NotFoundError,
    Pinecone,
    PineconeValueError,
    RetryPolicy,
)
from aiopinecone.emulator import Emulator
from raw_server import Exchange, RawServer, backup_body

KEY = "pcsk_made-up"
ONCE = RetryPolicy(attempts=1)


def client(emulator: Emulator, **options: Any) -> Pinecone:
    return Pinecone(emulator.api_key, host=emulator.url, **options)


async def all_ids(emulator: Emulator) -> list[str]:
    async with client(emulator) as pc:
        ids = [backup.backup_id async for backup in pc.list_backups()]
    emulator.requests.clear()
    Random(5).shuffle(ids)
    return ids


async def run(pc: Pinecone, ids: Any, **options: Any) -> list[BackupResult]:
    return [result async for result in pc.describe_backups(ids, **options)]


async def later(ids: list[str]) -> AsyncIterator[str]:
    for backup_id in ids:
        yield backup_id


@pytest.mark.parametrize("cache", [None, CachePolicy(max_entries=1), CachePolicy()])
@pytest.mark.parametrize("fresh", [False, True])
async def test_each_plan_gives_the_same(cache: CachePolicy | None, fresh: bool) -> None:
    """A thousand backups, some ids unknown, some repeated: equal results, from 1,002 requests or from 12."""
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator:
        ids = await all_ids(emulator)
        ids += ["nothing-1", "nothing-2", ids[0], ids[500]]
        found = {}
        for plan, requests in (("each", 1_002), ("list", 12), ("auto", 12)):
            async with client(emulator, cache=cache) as pc:
                results = await run(pc, ids, ordered=True, plan=plan, fresh=fresh)
                assert emulator.requests.total() == requests
                emulator.requests.clear()
            assert [result.backup_id for result in results] == ids
            assert [type(result.error) for result in results if not result.ok] == [NotFoundError] * 2
            found[plan] = [result.backup for result in results]
        assert found["each"] == found["list"] == found["auto"]


@pytest.mark.parametrize("source", [list, tuple, set, dict.fromkeys, iter, later])
@pytest.mark.parametrize("plan", ["list", "auto"])
async def test_any_iterable_has_its_plan(source: Any, plan: Any) -> None:
    """A collection, a generator, an async iterator; those without length cost a hundred requests more at most."""
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator:
        ids = await all_ids(emulator)
        async with client(emulator) as pc:
            results = await run(pc, source(ids), plan=plan)
        assert {result.backup_id for result in results} == set(ids)
        assert all(result.unwrap().backup_id == result.backup_id for result in results)
        at_most = 110 if plan == "auto" and source in {iter, later} else 10
        assert emulator.requests.total() <= at_most


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (1, 1), (3, 3), (4, 7), (8, 12)])
async def test_a_few_ids_are_no_reason_to_list(count: int, requests: int) -> None:
    """No list up to three; then never more than 1.25 k + 2 requests, though none is found."""
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator, client(emulator) as pc:
        async with client(emulator) as other:
            last = [backup.backup_id async for backup in other.list_backups()][-8:]  # on the last page of ten
        emulator.requests.clear()
        assert all(result.ok for result in await run(pc, last[:count], plan="auto"))
        assert emulator.requests.total() == requests <= 1.25 * count + 2
        assert (emulator.requests["list_backups"] > 0) is (count > 3)


async def test_what_is_held_needs_no_list() -> None:
    """Only ids that aren't in the cache count, unless they are asked for afresh."""
    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        ids = [emulator.add_backup() for _ in range(50)]
        await run(pc, ids)
        emulator.requests.clear()
        assert len(await run(pc, ids, plan="list")) == 50
        assert emulator.requests.total() == 0
        await pc.invalidate(ids[0])
        await run(pc, ids, plan="auto")
        assert dict(emulator.requests) == {"describe_backup": 1}
        emulator.requests.clear()
        await run(pc, ids, plan="auto", fresh=True)
        assert dict(emulator.requests) == {"list_backups": 1}


async def test_the_list_is_read_until_all_are_found() -> None:
    """What stands on the first page needs no second."""
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator, client(emulator, cache=None) as pc:
        ids = [backup.backup_id async for backup in pc.list_backups()][:90]
        for source in (list, iter):
            emulator.requests.clear()
            assert all(result.ok for result in await run(pc, source(ids), plan="list"))
            assert emulator.requests.total() == 1


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 403}, {"kind": "not_json"}, {"kind": "cut"}])
@pytest.mark.parametrize("plan", ["list", "auto"])
async def test_without_the_list_it_is_each(fault: dict[str, Any], plan: Any) -> None:
    """Whatever is wrong with it: every backup is described."""
    async with Emulator(speed=0) as emulator, client(emulator, retry=ONCE) as pc:
        ids = [emulator.add_backup() for _ in range(150)]
        emulator.add_fault(route="list_backups", **fault)
        assert all(result.ok for result in await run(pc, ids, plan=plan))
        assert emulator.requests["list_backups"] == 1
        assert emulator.requests["describe_backup"] == 150


async def test_a_list_that_breaks_off_was_worth_its_first_pages() -> None:
    """What they had is given, and the rest is described: here the same token comes twice."""

    async def reply(exchange: Exchange) -> None:
        if not exchange.path.startswith("/backups?"):
            exchange.answer(backup_body(exchange.backup_id))
            return
        number = exchange.number
        rows = b",".join(backup_body(f"bkp_{number}_{row}") for row in range(10))
        token = b"next" if number == 1 else b"same"
        exchange.answer(b'{"data": [%s], "pagination": {"next": "%s"}}' % (rows, token))

    ids = [f"bkp_{page}_{row}" for page in range(1, 6) for row in range(10)]
    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        assert all(result.ok for result in await run(pc, ids, plan="list"))
        listed = [exchange for exchange in server.exchanges if exchange.path.startswith("/backups?")]
        assert len(listed) == 3
        assert len(server.exchanges) == 3 + 20


async def test_bad_ids_need_no_list() -> None:
    """They have their error, and nothing is read for them."""
    ids: Any = ["", ".", 5, ["x"], None]
    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        for source in (list, iter):
            results = await run(pc, source(ids), plan="list", ordered=True)
            assert [type(result.error) for result in results] == [PineconeValueError] * 5
        assert emulator.requests.total() == 0


async def test_a_source_is_served_as_its_ids_come() -> None:
    """Each id has its result before the next one is there, however the plan is to get it."""
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator:
        ids = (await all_ids(emulator))[:200]
        for plan in ("auto", "list"):
            taken = 0

            async def slowly() -> AsyncIterator[str]:
                for number, backup_id in enumerate(ids):
                    await asyncio.sleep(5)
                    assert taken == number  # noqa: B023 -- read while it runs
                    yield backup_id

            async with client(emulator) as pc:
                async for result in pc.describe_backups(slowly(), plan=plan):
                    assert result.ok
                    taken += 1
            assert taken == 200
            assert emulator.requests["list_backups"] <= 10
            assert emulator.requests["describe_backup"] == (50 if plan == "auto" else 0)
            emulator.requests.clear()


async def test_nothing_is_pulled_before_the_first_step() -> None:
    """And nothing is asked for, whatever the plan."""
    pulled: list[str] = []

    def ids() -> Iterator[str]:
        pulled.append("a")
        yield "a"

    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        pc.describe_backups(ids(), plan="list")
        results = pc.describe_backups(["a"], plan="auto")
        await asyncio.sleep(1)
        assert not pulled
        assert emulator.requests.total() == 0
        await results.aclose()


@pytest.mark.parametrize("how", ["leave", "aclose", "close the client"])
async def test_a_run_that_is_left_while_the_list_is_read(how: str) -> None:
    """The request is aborted, and nothing is left running."""

    async def reply(exchange: Exchange) -> None:
        if exchange.path.startswith("/backups?") and "paginationToken" in exchange.path:
            await exchange.hang_up()
        exchange.answer(b'{"data": [%s], "pagination": {"next": "x"}}' % backup_body("bkp_0"))

    async with RawServer(reply) as server:
        pc = Pinecone(KEY, host=server.url)
        results = pc.describe_backups([f"bkp_{number}" for number in range(40)], plan="list")
        assert (await anext(results)).backup_id == "bkp_0"
        await asyncio.sleep(1)
        if how == "leave":
            del results
        elif how == "aclose":
            await results.aclose()
        else:
            await pc.aclose()
            with pytest.raises(ClientClosedError):
                await anext(results)
        await asyncio.sleep(1)
        assert server.exchanges[-1].was_hung_up
        await pc.aclose()


async def test_a_client_that_is_closed_in_the_middle_ends_the_run() -> None:
    """It isn't taken for a list that can't be read."""

    async def reply(exchange: Exchange) -> None:
        await exchange.hang_up()

    async with RawServer(reply) as server:
        pc = Pinecone(KEY, host=server.url)
        results = pc.describe_backups(iter(["a", "b"]), plan="list")
        step = asyncio.ensure_future(anext(results))
        await asyncio.sleep(1)
        await pc._reader.close()
        with pytest.raises(ClientClosedError):
            await step
        await pc.aclose()


async def test_what_is_no_plan_is_refused() -> None:
    """At the call."""
    async with Pinecone(KEY) as pc:
        with pytest.raises(PineconeValueError, match="plan must be 'each', 'list' or 'auto', not 'all'"):
            pc.describe_backups([], plan="all")  # type: ignore[arg-type]


async def test_an_outage_in_the_middle_of_the_list() -> None:
    """The server dies after a page: its backups are there, and the others have their errors."""
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator, client(emulator, retry=ONCE, cache=None) as pc:
        ids = [backup.backup_id async for backup in pc.list_backups()]
        emulator.add_fault("latency", seconds=0.01, route="list_backups")
        emulator.requests.clear()
        reading = asyncio.create_task(run(pc, ids, plan="auto", ordered=True))
        while emulator.requests["list_backups"] < 2:
            await asyncio.sleep(0.001)
        emulator.add_fault("reset")
        results = await reading
    assert [result.backup_id for result in results] == ids
    assert 100 <= sum(result.ok for result in results) <= 300
    assert all(result.ok for result in results[:100])
