"""`describe_backups`: any number of ids in, a result for each out, in bounded memory."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Any

import aiohttp
import pytest

from aiopinecone import (
    Backup,
    BackupResult,
    ClientClosedError,
    NotFoundError,
    Pinecone,
    PineconeError,
    PineconeTimeoutError,
    PineconeValueError,
    RetryPolicy,
)
from aiopinecone.emulator import Emulator
from raw_server import Exchange, RawServer, backup_body, error_body

KEY = "pcsk_made-up"


async def answer(exchange: Exchange) -> None:
    exchange.answer(backup_body(exchange.backup_id))


async def take_a_while(exchange: Exchange) -> None:
    await asyncio.sleep(0.01)
    await answer(exchange)


async def silence(exchange: Exchange) -> None:
    await exchange.hang_up()


async def missing(exchange: Exchange) -> None:
    exchange.answer(error_body("NOT_FOUND", "no such backup", 404), "404 X")


def numbered(count: int) -> list[str]:
    return [f"bkp_{number}" for number in range(count)]


async def as_they_come(ids: list[str]) -> AsyncIterator[str]:
    for backup_id in ids:
        yield backup_id


@pytest.mark.parametrize("source", [list, tuple, iter, as_they_come, set, dict.fromkeys])
async def test_any_iterable_of_ids_gives_a_result_each(source: Any) -> None:
    """A list, a generator, a set, an async iterator: each id has its result."""
    async with RawServer(take_a_while) as server, Pinecone(KEY, host=server.url) as pc:
        results = [result async for result in pc.describe_backups(source(numbered(100)))]
    assert sorted(result.backup_id for result in results) == sorted(numbered(100))
    assert all(result.ok and result.unwrap().backup_id == result.backup_id for result in results)
    assert server.most_at_once == 32


async def test_no_ids_give_no_results() -> None:
    """An empty run ends at once."""
    async with Pinecone(KEY) as pc:
        assert [result async for result in pc.describe_backups([])] == []
        assert [result async for result in pc.describe_backups(as_they_come([]))] == []


async def test_results_come_as_they_complete() -> None:
    """A slow one doesn't keep the others back; with `ordered` it does."""

    async def reply(exchange: Exchange) -> None:
        await asyncio.sleep(5 if exchange.backup_id == "bkp_0" else 0)
        await answer(exchange)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, cache=None) as pc:
        as_completed = [result.backup_id async for result in pc.describe_backups(numbered(50))]
        in_order = [result.backup_id async for result in pc.describe_backups(numbered(50), ordered=True)]
    assert as_completed[-1] == "bkp_0"
    assert sorted(as_completed) == sorted(in_order)
    assert in_order == numbered(50)


async def test_one_bad_id_never_ends_the_run() -> None:
    """Ids that are missing, empty or no text are results with their error; `unwrap` raises it."""

    async def reply(exchange: Exchange) -> None:
        await (missing(exchange) if exchange.backup_id == "gone" else answer(exchange))

    ids: Any = ["bkp_1", "gone", "", 5, ["x"], None, "bkp_2"]
    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        results = [result async for result in pc.describe_backups(ids, ordered=True)]
    assert [result.backup_id for result in results] == ids
    errors = [type(result.error) for result in results]
    value_error = PineconeValueError
    assert errors == [type(None), NotFoundError, value_error, value_error, value_error, value_error, type(None)]
    with pytest.raises(NotFoundError, match="no such backup"):
        results[1].unwrap()


@pytest.mark.parametrize("options", [{}, {"cache": None}])
@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("found", [True, False])
async def test_repeated_ids_cost_one_request(options: dict[str, Any], fresh: bool, found: bool) -> None:
    """Each repetition has its result, and its error is an instance of its own."""
    async with RawServer(answer if found else missing) as server, Pinecone(KEY, host=server.url, **options) as pc:
        results = [result async for result in pc.describe_backups(["a", "b", "a"] * 50 + ["b"], fresh=fresh)]
    assert len(server.exchanges) == 2
    assert len(results) == 151
    assert {result.ok for result in results} == {found}
    errors = [id(result.error) for result in results if not result.ok]
    assert len(set(errors)) == len(errors)


@pytest.mark.parametrize("ids", ["bkp_1", b"bkp_1", None, 5])
async def test_what_is_no_iterable_of_ids_is_refused(ids: Any) -> None:
    """A plain str is not taken for its letters."""
    async with Pinecone(KEY) as pc:
        with pytest.raises(PineconeValueError, match="backup_ids must be an iterable"):
            pc.describe_backups(ids)


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True, "3"])
async def test_a_concurrency_that_is_no_count_is_refused(concurrency: Any) -> None:
    """It must be a whole number of 1 or more."""
    async with Pinecone(KEY) as pc:
        with pytest.raises(PineconeValueError, match="concurrency"):
            pc.describe_backups([], concurrency=concurrency)


@pytest.mark.parametrize(("own", "most"), [(None, 4), (2, 2), (1, 1), (100, 4)])
async def test_concurrency_can_only_be_lowered(own: int | None, most: int) -> None:
    """The client's limit holds whatever a run asks for."""
    async with RawServer(take_a_while) as server, Pinecone(KEY, host=server.url, concurrency=4) as pc:
        assert len([None async for _ in pc.describe_backups(numbered(40), concurrency=own)]) == 40
    assert server.most_at_once == most
    assert server.connections <= 4


async def test_concurrency_is_over_all_calls_of_the_client() -> None:
    """Two runs and single calls together keep to the one limit."""
    async with RawServer(take_a_while) as server, Pinecone(KEY, host=server.url, concurrency=3) as pc:

        async def walk(prefix: str) -> None:
            async for result in pc.describe_backups(prefix + backup_id for backup_id in numbered(10)):
                assert result.ok

        await asyncio.gather(walk("a"), walk("b"), *(pc.describe_backup(f"c{number}") for number in range(10)))
    assert server.most_at_once == 3


async def test_nothing_is_pulled_before_the_first_step() -> None:
    """Making the iterator costs nothing, not even one id."""
    pulled: list[str] = []

    def ids() -> Iterator[str]:
        for backup_id in numbered(3):
            pulled.append(backup_id)
            yield backup_id

    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        results = pc.describe_backups(ids())
        await asyncio.sleep(1)
        assert not pulled
        await anext(results)
        assert pulled


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_slow_consumer_slows_the_fetching(ordered: bool, asynchronous: bool) -> None:
    """No more ids are pulled than twice the concurrency ahead of the consumer."""
    pulled = 0

    def ids() -> Iterator[str]:
        nonlocal pulled
        for backup_id in numbered(10_000):
            pulled += 1
            yield backup_id

    async def later() -> AsyncIterator[str]:
        for backup_id in ids():
            yield backup_id

    async with RawServer(answer) as server, Pinecone(KEY, host=server.url, concurrency=4) as pc:
        source = later() if asynchronous else ids()
        with_results = pc.describe_backups(source, ordered=ordered)
        for taken in range(1, 20):
            await anext(with_results)
            await asyncio.sleep(1)
            assert pulled <= taken + 2 * 4
        await with_results.aclose()


async def test_a_result_never_waits_for_the_next_id() -> None:
    """What is done is given while the source of ids takes its time."""

    async def ids() -> AsyncIterator[str]:
        yield "bkp_1"
        await asyncio.sleep(1000)
        yield "bkp_2"

    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        results = pc.describe_backups(ids())
        began = asyncio.get_running_loop().time()
        assert (await anext(results)).backup_id == "bkp_1"
        assert asyncio.get_running_loop().time() == began
        assert (await anext(results)).backup_id == "bkp_2"
        with pytest.raises(StopAsyncIteration):
            await anext(results)


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_an_exception_of_the_source_comes_through(asynchronous: bool) -> None:
    """After the results of the ids before it; then the iterator is at its end."""

    def ids() -> Iterator[str]:
        yield from numbered(5)
        raise LookupError("the database is gone")

    async def later() -> AsyncIterator[str]:
        for backup_id in ids():
            yield backup_id

    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        results = pc.describe_backups(later() if asynchronous else ids())
        seen: list[str] = []
        with pytest.raises(LookupError, match="the database is gone"):  # noqa: PT012 -- it comes after some steps
            async for result in results:
                seen.append(result.backup_id)  # noqa: PERF401 -- what came before the exception is kept
        assert sorted(seen) == numbered(5)
        with pytest.raises(StopAsyncIteration):
            await anext(results)


async def test_a_source_that_was_canceled_ends_the_run_with_that() -> None:
    """A cancellation inside of the source isn't taken for its end."""

    async def ids() -> AsyncIterator[str]:
        yield "bkp_1"
        raise asyncio.CancelledError

    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        results = pc.describe_backups(ids())
        assert (await anext(results)).ok
        with pytest.raises(asyncio.CancelledError):
            await anext(results)


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_leaving_the_loop_early_cancels_what_is_in_flight(asynchronous: bool) -> None:
    """`break` is enough: requests are aborted, and no task is left (a fixture looks for that)."""

    async def reply(exchange: Exchange) -> None:
        await (answer(exchange) if exchange.backup_id == "bkp_0" else silence(exchange))

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        async for result in pc.describe_backups(as_they_come(numbered(9)) if asynchronous else numbered(9)):
            assert result.backup_id == "bkp_0"
            break
        gc.collect()
        await asyncio.sleep(0.2)
        assert len(server.exchanges) > 1
        assert all(exchange.was_hung_up for exchange in server.exchanges if exchange.backup_id != "bkp_0")


async def test_aclose_ends_the_run() -> None:
    """Once, or twice; whoever steps on is at the end."""
    async with RawServer(silence) as server, Pinecone(KEY, host=server.url) as pc:
        results = pc.describe_backups(numbered(9))
        step = asyncio.ensure_future(anext(results))
        while len(server.exchanges) < 9:
            await asyncio.sleep(0)
        await results.aclose()
        await results.aclose()
        with pytest.raises(StopAsyncIteration):
            await step
        with pytest.raises(StopAsyncIteration):
            await anext(results)
        never_begun = pc.describe_backups(numbered(9))
        await never_begun.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(never_begun)


async def test_a_closed_client_ends_its_runs() -> None:
    """A run that is in the middle, or not begun yet, ends with `ClientClosedError`."""
    async with RawServer(answer) as server:
        pc = Pinecone(KEY, host=server.url)
        begun, waiting = pc.describe_backups(numbered(99)), pc.describe_backups(numbered(9))
        await anext(begun)
        await pc.aclose()
        for results in (begun, waiting):
            with pytest.raises(ClientClosedError):
                await anext(results)


async def test_a_borrowed_session_that_was_closed_ends_a_run() -> None:
    """It is no failure of one id: no other could be described either."""
    async with aiohttp.ClientSession() as session, Pinecone(KEY, session=session) as pc:
        await session.close()
        with pytest.raises(ClientClosedError, match="session passed in"):
            await anext(pc.describe_backups(numbered(9)))


async def test_a_defect_of_the_client_is_raised_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What isn't one of our errors ends the run with itself."""

    def defect(*_: object) -> Backup:
        raise ZeroDivisionError

    monkeypatch.setattr("orjson.loads", defect)
    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(ZeroDivisionError):
            async for _ in pc.describe_backups(numbered(9)):
                pass
        with pytest.raises(ZeroDivisionError):
            await pc.describe_backup("bkp_1")


async def test_a_run_retries_and_each_id_has_its_own_deadline() -> None:
    """The client's timeout holds for each id, in the wait for a place as in a request."""

    async def reply(exchange: Exchange) -> None:
        await asyncio.sleep(4)
        await answer(exchange)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, timeout=7, attempt_timeout=3) as pc:
        began = asyncio.get_running_loop().time()
        results = [result async for result in pc.describe_backups(numbered(3))]
        assert asyncio.get_running_loop().time() - began <= 7.3
    assert {type(result.error) for result in results} == {PineconeTimeoutError}
    assert {result.error.attempts for result in results if result.error} <= {2, 3}


async def test_a_run_that_waits_for_a_place_gives_up_in_time() -> None:
    """The deadline counts while others hold every place."""
    async with RawServer(silence) as server, Pinecone(KEY, host=server.url, concurrency=1, timeout=100) as pc:
        hog = asyncio.ensure_future(pc.describe_backup("hog"))
        policy = RetryPolicy(attempts=1)
        assert policy.attempts == 1
        while not server.exchanges:
            await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        results = [result async for result in pc.describe_backups(["bkp_1"])]
        assert asyncio.get_running_loop().time() - began <= 100.3
        assert isinstance(results[0].error, PineconeTimeoutError)
        with pytest.raises(PineconeTimeoutError):
            await hog


async def test_ids_are_pulled_in_the_context_of_whoever_iterates() -> None:
    """A source that reads context variables sees those of the loop it feeds; the requests see none."""
    tenant: ContextVar[str] = ContextVar("tenant", default="nobody")

    def ids() -> Iterator[str]:
        yield tenant.get()

    async def later() -> AsyncIterator[str]:
        yield tenant.get()

    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        tenant.set("acme")
        assert [result.backup_id async for result in pc.describe_backups(ids())] == ["acme"]
        assert [result.backup_id async for result in pc.describe_backups(later())] == ["acme"]


async def test_what_was_listed_is_not_asked_for_again() -> None:
    """A run over a listed project is all hits, but for what moves."""
    async with Emulator(fleet="demo") as emulator, Pinecone(emulator.api_key, host=emulator.url) as pc:
        ids = [backup.backup_id async for backup in pc.list_backups()]
        results = [result async for result in pc.describe_backups(ids)]
        assert len(results) == len(ids) == 1000
        assert emulator.requests["describe_backup"] == 0
        assert pc.cache_info().hits == 1000


async def test_a_hundred_thousand_ids_run_flat() -> None:
    """Ids from a generator aren't collected anywhere: what is alive doesn't grow with their number."""
    backup = Backup(
        backup_id="x",
        source_index_name="i",
        source_index_id="i",
        status="Ready",
        cloud="aws",
        region="r",
    )

    async def describe(_: str) -> Backup:
        await asyncio.sleep(0)
        return backup

    from aiopinecone.inspect.bulk import BackupResults, BulkRun  # noqa: PLC0415 -- below the public door

    run = BulkRun((f"bkp_{number}" for number in range(100_000)), describe, concurrency=8, ordered=False)
    results = BackupResults(run)
    alive = 0
    async for result in results:
        assert isinstance(result, BackupResult)
        number = int(result.backup_id.removeprefix("bkp_"))
        if number == 10_000:
            alive = sum(isinstance(each, BackupResult) for each in gc.get_objects())
    assert sum(isinstance(each, BackupResult) for each in gc.get_objects()) <= alive + 100 <= 1_200


async def test_errors_of_results_hold_no_frames() -> None:
    """An error that is kept doesn't keep the run's frames alive."""
    async with RawServer(missing) as server, Pinecone(KEY, host=server.url) as pc:
        (result,) = [result async for result in pc.describe_backups(["gone"])]
    assert isinstance(result.error, PineconeError)
    assert result.error.__traceback__ is None


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("was", ["Initializing", "503 X"])
async def test_an_id_that_comes_again_much_later_is_asked_for_again(was: str, fresh: bool) -> None:
    """A source may go on for hours: only what is settled is still true then."""

    async def reply(exchange: Exchange) -> None:
        is_early = asyncio.get_running_loop().time() < 1
        if is_early and was == "503 X":
            exchange.answer(b"", was)
        else:
            exchange.answer(backup_body(exchange.backup_id, status=was if is_early else "Ready"))

    async def ids() -> AsyncIterator[str]:
        for _ in range(4):
            yield "a"
            await asyncio.sleep(1.5)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, retry=RetryPolicy(attempts=1)) as pc:
        results = [result async for result in pc.describe_backups(ids(), fresh=fresh)]
    assert [result.ok for result in results] == [was != "503 X"] * 2 + [True, True]
    assert [result.unwrap().status for result in results[2:]] == ["Ready"] * 2
    assert len(server.exchanges) == 2
