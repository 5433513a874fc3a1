"""What the client keeps, for how long, and who shares a request."""

import asyncio
import gc
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

from aiopinecone import (
    ApiError,
    CacheInfo,
    CachePolicy,
    ClientClosedError,
    ForbiddenError,
    NotFoundError,
    Pinecone,
    PineconeConnectionError,
    PineconeTimeoutError,
    RateLimitError,
    RetryPolicy,
    ServiceError,
    UnauthorizedError,
)
from raw_server import Exchange, RawServer, backup_body, error_body

KEY = "pcsk_made-up"
ONCE = RetryPolicy(attempts=1)


class Upstream:
    """A reply whose status, or failure, a test sets as it goes.

    Attributes:
        status: of the backup.
        http: the HTTP status, or 0 to reset the connection.
        latency: seconds before it answers.
    """

    def __init__(self) -> None:
        self.status = "Ready"
        self.http = 200
        self.latency = 0.0

    async def __call__(self, exchange: Exchange) -> None:
        status, http = self.status, self.http  # as of the moment of the request
        await asyncio.sleep(self.latency)
        if http == 200:
            exchange.answer(backup_body(exchange.backup_id, status=status, record_count=exchange.number))
        elif http:
            exchange.answer(error_body("X", "out of order", http), f"{http} X")
        else:
            exchange.reset()


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    ("status", "length"), [("Ready", 60), ("Failed", 60), ("Initializing", 2), ("Pending", 2), ("Terminating", 2)]
)
async def test_an_answer_lives_as_long_as_its_status_allows(status: str, length: float) -> None:
    """Settled backups live `ttl`, moving ones and unknown ones `pending_ttl`; jitter takes at most a tenth."""
    upstream = Upstream()
    upstream.status = status
    async with RawServer(upstream) as server, Pinecone(KEY, host=server.url) as pc:
        first = await pc.describe_backup("bkp_1")
        await asyncio.sleep(length * 0.89)
        assert await pc.describe_backup("bkp_1") is first
        assert len(server.exchanges) == 1
        await asyncio.sleep(length * 0.11)
        assert await pc.describe_backup("bkp_1") != first
        assert pc.cache_info() == CacheInfo(hits=1, misses=2, joined=0, stale=0, size=1)


async def test_how_long_an_answer_is_still_good() -> None:
    """`fresh_for`: what is left of its TTL; nothing where nothing is held, and nothing past the TTL."""
    upstream = Upstream()
    policy = CachePolicy(ttl=60, ttl_jitter=0, missing_ttl=5, stale_while_revalidate=100)
    async with RawServer(upstream) as server, Pinecone(KEY, host=server.url, cache=policy) as pc:
        assert pc.fresh_for("bkp_1") == 0
        await pc.describe_backup("bkp_1")
        await asyncio.sleep(20)
        assert pc.fresh_for("bkp_1") == pytest.approx(40, abs=0.1)
        assert pc.cache_info().hits == 0  # to ask is no use of it
        await asyncio.sleep(50)
        assert pc.fresh_for("bkp_1") == 0  # stale: it may be given, and it isn't fresh
        upstream.http = 404
        with pytest.raises(NotFoundError):
            await pc.describe_backup("bkp_2")
        assert pc.fresh_for("bkp_2") == pytest.approx(5, abs=0.1)
        await pc.clear_cache()
        assert pc.fresh_for("bkp_2") == 0


async def test_jitter_only_shortens(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the highest dice and a jitter of one half, a TTL of 60 s is 30 s."""
    monkeypatch.setattr("aiopinecone.engine.clock.dice", lambda: 1.0)
    async with RawServer(Upstream()) as server:
        async with Pinecone(KEY, host=server.url, cache=CachePolicy(ttl_jitter=0.5)) as pc:
            await pc.describe_backup("bkp_1")
            await asyncio.sleep(29.9)
            await pc.describe_backup("bkp_1")
            assert len(server.exchanges) == 1
            await asyncio.sleep(0.1)
            await pc.describe_backup("bkp_1")
            assert len(server.exchanges) == 2


@pytest.mark.parametrize("cache", [None, CachePolicy(ttl=0), CachePolicy(ttl=0, stale_if_error=9)])
async def test_no_cache_keeps_nothing_and_still_shares_requests(cache: CachePolicy | None) -> None:
    """With `cache=None`, or a TTL of 0, each call asks; calls at one time still share one request."""
    async with RawServer(Upstream()) as server, Pinecone(KEY, host=server.url, cache=cache) as pc:
        await pc.describe_backup("bkp_1")
        await pc.describe_backup("bkp_1")
        assert len(server.exchanges) == 2
        await asyncio.gather(*(pc.describe_backup("bkp_1") for _ in range(10)))
        assert len(server.exchanges) == 3
        assert pc.cache_info() == CacheInfo(hits=0, misses=3, joined=9, stale=0, size=0)


async def test_a_404_is_remembered_only_if_asked_for() -> None:
    """`missing_ttl` is 0 by default; with it, each caller gets an error of its own without a request."""
    upstream = Upstream()
    upstream.http = 404
    async with RawServer(upstream) as server:
        async with Pinecone(KEY, host=server.url) as pc:
            for requests in (1, 2):
                with pytest.raises(NotFoundError):
                    await pc.describe_backup("bkp_1")
                assert len(server.exchanges) == requests
        server.exchanges.clear()
        async with Pinecone(KEY, host=server.url, cache=CachePolicy(missing_ttl=5)) as pc:
            errors = await asyncio.gather(*(pc.describe_backup("bkp_1") for _ in range(3)), return_exceptions=True)
            with pytest.raises(NotFoundError) as caught:
                await pc.describe_backup("bkp_1")
            assert len(server.exchanges) == 1
            assert len({*map(id, errors), id(caught.value)}) == 4
            assert (caught.value.message, caught.value.attempts) == ("out of order", 1)
            upstream.http = 200
            await asyncio.sleep(5)
            await pc.describe_backup("bkp_1")


async def test_a_404_drops_an_older_entry() -> None:
    """Once Pinecone says that there is no such backup, an older answer isn't given again."""
    upstream = Upstream()
    async with RawServer(upstream) as server:
        async with Pinecone(KEY, host=server.url, cache=CachePolicy(stale_if_error=9999)) as pc:
            await pc.describe_backup("bkp_1")
            upstream.http = 404
            with pytest.raises(NotFoundError):
                await pc.describe_backup("bkp_1", fresh=True)
            assert pc.cache_info().size == 0
            upstream.http = 503
            with pytest.raises(ServiceError):
                await pc.describe_backup("bkp_1")


async def test_fresh_asks_and_renews() -> None:
    """`fresh=True` asks upstream, and what comes is what later calls get."""
    async with RawServer(Upstream()) as server, Pinecone(KEY, host=server.url) as pc:
        old = await pc.describe_backup("bkp_1")
        new = await pc.describe_backup("bkp_1", fresh=True)
        assert new != old
        assert await pc.describe_backup("bkp_1") is new
        assert pc.cache_info() == CacheInfo(hits=1, misses=2, joined=0, stale=0, size=1)


async def test_the_cache_is_bounded() -> None:
    """The entry unused for longest makes room."""
    async with RawServer(Upstream()) as server:
        async with Pinecone(KEY, host=server.url, cache=CachePolicy(max_entries=2)) as pc:
            for backup_id in ("a", "b", "a", "c", "a", "b"):
                await pc.describe_backup(backup_id)
            assert pc.cache_info() == CacheInfo(hits=2, misses=4, joined=0, stale=0, size=2)
            await asyncio.sleep(61)
            assert pc.cache_info().size == 0


async def test_ten_callers_at_once_are_one_request() -> None:
    """One misses, nine join, all have the same answer."""
    async with RawServer(Upstream()) as server, Pinecone(KEY, host=server.url) as pc:
        backups = await asyncio.gather(*(pc.describe_backup("bkp_1") for _ in range(10)))
        assert len(server.exchanges) == 1
        assert len(set(backups)) == 1
        assert pc.cache_info() == CacheInfo(hits=0, misses=1, joined=9, stale=0, size=1)


async def test_callers_who_share_a_failure_get_an_error_each() -> None:
    """No exception object is shared, and they share the retries too."""
    upstream = Upstream()
    upstream.http = 503
    async with RawServer(upstream) as server, Pinecone(KEY, host=server.url) as pc:
        errors: list[Any] = await asyncio.gather(
            *(pc.describe_backup("bkp_1") for _ in range(10)), return_exceptions=True
        )
        assert len(server.exchanges) == 4
        assert {type(error) for error in errors} == {ServiceError}
        assert len({id(error) for error in errors}) == 10
        assert {error.attempts for error in errors} == {4}


@pytest.mark.parametrize("leaver", [0, 4, 9])
async def test_a_caller_who_is_canceled_never_disturbs_the_others(leaver: int) -> None:
    """Whoever leaves, first or last, the rest have the answer of the one request."""
    upstream = Upstream()
    upstream.latency = 5
    async with RawServer(upstream) as server, Pinecone(KEY, host=server.url) as pc:
        tasks = [asyncio.ensure_future(pc.describe_backup("bkp_1")) for _ in range(10)]
        await asyncio.sleep(1)
        tasks[leaver].cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [index for index, outcome in enumerate(outcomes) if isinstance(outcome, BaseException)] == [leaver]
        assert len(server.exchanges) == 1


async def test_when_all_callers_are_gone_the_request_is_aborted() -> None:
    """Nobody waits, nothing runs; the next call begins anew."""

    async def reply(exchange: Exchange) -> None:
        await (exchange.hang_up() if exchange.number == 1 else Upstream()(exchange))

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        tasks = [asyncio.ensure_future(pc.describe_backup("bkp_1")) for _ in range(10)]
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0.2)
        assert server.exchanges[0].was_hung_up
        assert (await pc.describe_backup("bkp_1")).backup_id == "bkp_1"


async def test_a_callers_timeout_bounds_nobody_else() -> None:
    """The first one's short timeout ends its own wait; who joined with more time has the answer of the same request."""
    upstream = Upstream()
    upstream.latency = 5
    async with RawServer(upstream) as server, Pinecone(KEY, host=server.url) as pc:
        hasty = asyncio.ensure_future(pc.describe_backup("bkp_1", timeout=2))
        patient = asyncio.ensure_future(pc.describe_backup("bkp_1", timeout=20))
        with pytest.raises(PineconeTimeoutError, match=r"within 2 s \(1 request sent\)"):
            await hasty
        assert now() == pytest.approx(2)
        assert (await patient).backup_id == "bkp_1"
        assert now() == pytest.approx(5)
        assert len(server.exchanges) == 1


async def test_who_cant_wait_for_the_next_attempt_is_told_at_once() -> None:
    """Of two who share a fetch that must wait 10 s, one has 5 s left and fails at once, the other gets the answer."""

    async def reply(exchange: Exchange) -> None:
        if exchange.number == 1:
            exchange.answer(b"", "429 X", "Retry-After: 10")
        else:
            await Upstream()(exchange)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        hasty = asyncio.ensure_future(pc.describe_backup("bkp_1", timeout=5))
        patient = asyncio.ensure_future(pc.describe_backup("bkp_1", timeout=25))
        with pytest.raises(RateLimitError):
            await hasty
        assert now() == 0
        assert (await patient).backup_id == "bkp_1"
        assert len(server.exchanges) == 2


async def test_who_joins_the_fetch_of_a_run_survives_the_run() -> None:
    """A run that is left early, or out of time, takes nobody with it."""
    upstream = Upstream()
    upstream.latency = 8
    async with RawServer(upstream) as server, Pinecone(KEY, host=server.url, timeout=5) as pc:
        results = pc.describe_backups(["bkp_1"])
        step = asyncio.ensure_future(anext(results))
        await asyncio.sleep(1)
        joined = asyncio.ensure_future(pc.describe_backup("bkp_1", timeout=60))
        await asyncio.sleep(1)
        await results.aclose()
        with pytest.raises(StopAsyncIteration):
            await step
        assert (await joined).backup_id == "bkp_1"

        step = asyncio.ensure_future(anext(pc.describe_backups(["bkp_2"])))
        await asyncio.sleep(1)
        joined = asyncio.ensure_future(pc.describe_backup("bkp_2", timeout=60))
        assert isinstance((await step).error, PineconeTimeoutError)
        assert (await joined).backup_id == "bkp_2"


async def test_a_run_joins_the_fetch_of_a_caller() -> None:
    """An id that somebody already asks for costs the run no request."""
    upstream = Upstream()
    upstream.latency = 1
    async with RawServer(upstream) as server, Pinecone(KEY, host=server.url) as pc:
        caller = asyncio.ensure_future(pc.describe_backup("bkp_1"))
        await asyncio.sleep(0)
        (result,) = [result async for result in pc.describe_backups(["bkp_1"])]
        assert result.backup is await caller
        assert len(server.exchanges) == 1


async def test_who_joins_the_failed_fetch_of_a_run_gets_its_error() -> None:
    """A lasting failure is everybody's."""
    upstream = Upstream()
    upstream.latency, upstream.http = 1, 403
    async with RawServer(upstream) as server, Pinecone(KEY, host=server.url) as pc:
        step = asyncio.ensure_future(anext(pc.describe_backups(["bkp_1"])))
        await asyncio.sleep(0.5)
        with pytest.raises(ForbiddenError):
            await pc.describe_backup("bkp_1")
        assert isinstance((await step).error, ForbiddenError)
        assert len(server.exchanges) == 1


async def test_an_invalidation_while_a_fetch_is_in_the_air() -> None:
    """Who waits gets the old answer; it isn't kept, and who comes later asks anew."""
    upstream = Upstream()
    upstream.latency = 5
    async with RawServer(upstream) as server, Pinecone(KEY, host=server.url) as pc:
        for forget in (partial(Pinecone.invalidate, backup_id="bkp_1"), Pinecone.clear_cache):
            server.exchanges.clear()
            early = asyncio.ensure_future(pc.describe_backup("bkp_1"))
            await asyncio.sleep(1)
            await forget(pc)
            late = asyncio.ensure_future(pc.describe_backup("bkp_1"))
            assert (await early).record_count == 1
            assert pc.cache_info().size == 0
            assert (await late).record_count == 2
            assert pc.cache_info().size == 1
            await pc.invalidate("bkp_1")
            assert pc.cache_info().size == 0


async def test_closing_ends_a_recalled_fetch_for_good() -> None:
    """Who waited for it gets `ClientClosedError`; it isn't begun again on a client that is closed."""
    upstream = Upstream()
    upstream.latency = 5
    async with RawServer(upstream) as server:
        pc = Pinecone(KEY, host=server.url)
        early = asyncio.ensure_future(pc.describe_backup("bkp_1"))
        await asyncio.sleep(1)
        await pc.invalidate("bkp_1")
        await pc.aclose()
        with pytest.raises(ClientClosedError, match=r"^the client was closed during the call\n"):
            await early
        assert len(server.exchanges) == 1


async def test_the_404_of_a_recalled_fetch_drops_nothing() -> None:
    """It was asked for before the invalidation, so it says nothing of what came after."""
    upstream = Upstream()
    upstream.latency, upstream.http = 5, 404
    async with RawServer(upstream) as server, Pinecone(KEY, host=server.url) as pc:
        early = asyncio.ensure_future(pc.describe_backup("bkp_1"))
        await asyncio.sleep(1)
        await pc.invalidate("bkp_1")
        upstream.latency, upstream.http = 1, 200
        late = await pc.describe_backup("bkp_1")
        with pytest.raises(NotFoundError):
            await early
        assert await pc.describe_backup("bkp_1") is late


async def test_stale_while_revalidate_answers_at_once_and_asks_behind() -> None:
    """Past its TTL an answer is given once more at once, and one request renews it for those who come later."""
    upstream = Upstream()
    async with RawServer(upstream) as server:
        policy = CachePolicy(ttl_jitter=0, stale_while_revalidate=30)
        async with Pinecone(KEY, host=server.url, cache=policy) as pc:
            old = await pc.describe_backup("bkp_1")
            await asyncio.sleep(61)
            upstream.latency = 1
            assert [await pc.describe_backup("bkp_1") for _ in range(3)] == [old] * 3
            await asyncio.sleep(2)
            assert (await pc.describe_backup("bkp_1")).record_count == 2
            assert len(server.exchanges) == 2
            assert pc.cache_info() == CacheInfo(hits=1, misses=2, joined=0, stale=3, size=1)
            await asyncio.sleep(91)
            assert (await pc.describe_backup("bkp_1")).record_count == 3


async def test_a_refresh_that_fails_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """It is told to the log; the stale answer is still given."""
    upstream = Upstream()
    async with RawServer(upstream) as server:
        policy = CachePolicy(ttl_jitter=0, stale_while_revalidate=30)
        async with Pinecone(KEY, host=server.url, cache=policy) as pc:
            old = await pc.describe_backup("bkp_1")
            await asyncio.sleep(61)
            upstream.http = 403
            with caplog.at_level("DEBUG", logger="aiopinecone"):
                assert await pc.describe_backup("bkp_1") is old
                await asyncio.sleep(1)
            assert "a refresh failed: 403 X: out of order" in caplog.text
            assert await pc.describe_backup("bkp_1") is old


async def test_a_refresh_in_the_air_ends_with_the_client() -> None:
    """Closing doesn't wait for it, and leaves nothing running."""
    upstream = Upstream()
    async with RawServer(upstream) as server:
        policy = CachePolicy(ttl_jitter=0, stale_while_revalidate=30)
        async with Pinecone(KEY, host=server.url, cache=policy) as pc:
            await pc.describe_backup("bkp_1")
            await asyncio.sleep(61)
            upstream.latency = 1000
            await pc.describe_backup("bkp_1")
            await asyncio.sleep(1)
        assert now() == pytest.approx(62)


async def test_a_defect_in_a_refresh_is_told_to_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """What isn't one of our errors isn't hidden in a log."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    async with RawServer(Upstream()) as server:
        policy = CachePolicy(ttl_jitter=0, stale_while_revalidate=30)
        async with Pinecone(KEY, host=server.url, cache=policy) as pc:
            await pc.describe_backup("bkp_1")
            await asyncio.sleep(61)

            def defect(*_: object) -> None:
                raise ZeroDivisionError

            monkeypatch.setattr("orjson.loads", defect)
            await pc.describe_backup("bkp_1")
            await asyncio.sleep(1)
            gc.collect()
    assert [type(context["exception"]) for context in told] == [ZeroDivisionError]


@pytest.mark.parametrize(
    ("http", "error"),
    [(0, PineconeConnectionError), (429, RateLimitError), (500, ServiceError), (503, ServiceError)],
)
async def test_stale_if_error_stands_in_for_a_failure_that_may_pass(http: int, error: type[Exception]) -> None:
    """Past its TTL an answer is given if asking fails; never for `fresh`, and not for ever."""
    upstream = Upstream()
    async with RawServer(upstream) as server:
        policy = CachePolicy(ttl_jitter=0, stale_if_error=300)
        async with Pinecone(KEY, host=server.url, cache=policy, retry=ONCE) as pc:
            old = await pc.describe_backup("bkp_1")
            await asyncio.sleep(61)
            upstream.http = http
            assert await pc.describe_backup("bkp_1") is old
            assert pc.cache_info() == CacheInfo(hits=0, misses=2, joined=0, stale=1, size=1)
            with pytest.raises(error):
                await pc.describe_backup("bkp_1", fresh=True)
            await asyncio.sleep(300)
            with pytest.raises(error):
                await pc.describe_backup("bkp_1")


async def test_stale_if_error_stands_in_for_a_timeout() -> None:
    """A call out of time is given the old answer at its deadline."""
    upstream = Upstream()
    async with RawServer(upstream) as server:
        policy = CachePolicy(ttl_jitter=0, stale_if_error=300)
        async with Pinecone(KEY, host=server.url, cache=policy) as pc:
            old = await pc.describe_backup("bkp_1")
            await asyncio.sleep(61)
            upstream.latency = 1000
            began = now()
            assert await pc.describe_backup("bkp_1", timeout=3) is old
            assert now() - began == pytest.approx(3)


@pytest.mark.parametrize(("http", "error"), [(401, UnauthorizedError), (403, ForbiddenError), (404, NotFoundError)])
async def test_stale_if_error_never_hides_a_refusal(http: int, error: type[ApiError]) -> None:
    """401, 403 and 404 are news, not failures."""
    upstream = Upstream()
    async with RawServer(upstream) as server:
        policy = CachePolicy(ttl_jitter=0, stale_if_error=300)
        async with Pinecone(KEY, host=server.url, cache=policy) as pc:
            await pc.describe_backup("bkp_1")
            await asyncio.sleep(61)
            upstream.http = http
            with pytest.raises(error):
                await pc.describe_backup("bkp_1")


async def test_two_clients_share_nothing() -> None:
    """Each client has a cache of its own, so keys, hosts and versions can't mix."""
    async with RawServer(Upstream()) as server:
        async with Pinecone(KEY, host=server.url) as one, Pinecone("other", host=server.url) as two:
            await one.describe_backup("bkp_1")
            await two.describe_backup("bkp_1")
    assert len(server.exchanges) == 2


async def test_the_fetch_runs_in_nobodys_context() -> None:
    """What the first caller's context holds isn't seen by work that others join."""
    seen: list[str] = []
    user: ContextVar[str] = ContextVar("user", default="nobody")
    loop = asyncio.get_running_loop()
    make_task = loop.create_task

    def watch(coroutine: Any, **options: Any) -> Any:
        seen.append(options["context"].get(user, "nobody") if options.get("context") is not None else user.get())
        return make_task(coroutine, **options)

    async with RawServer(Upstream()) as server, Pinecone(KEY, host=server.url) as pc:
        user.set("the first caller")
        loop.create_task = watch  # type: ignore[method-assign, assignment]  # to see each task that is made
        await pc.describe_backup("bkp_1")
        loop.create_task = make_task  # type: ignore[method-assign]  # as it was
    assert seen[0] == "nobody"


async def test_an_answer_that_was_asked_for_later_wins() -> None:
    """A page that was asked for before a describe doesn't overwrite what that describe learned."""

    async def reply(exchange: Exchange) -> None:
        if exchange.path.startswith("/backups?"):
            await asyncio.sleep(5)
            exchange.answer(b'{"data": [' + backup_body("bkp_1", status="Initializing") + b"]}")
        else:
            exchange.answer(backup_body("bkp_1"))

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        listing = asyncio.ensure_future(pc.list_backups().to_list())
        await asyncio.sleep(1)
        assert (await pc.describe_backup("bkp_1")).status == "Ready"
        assert (await listing)[0].status == "Initializing"
        assert (await pc.describe_backup("bkp_1")).status == "Ready"
        gc.collect()


@pytest.mark.parametrize(
    "ask", [lambda pc: pc.describe_backup("a"), lambda pc: anext(pc.describe_backups(["a", "b"]))], ids=["call", "run"]
)
async def test_a_close_that_is_cancelled_again_and_again_closes_the_session(ask: Callable[[Pinecone], Any]) -> None:
    """As anyio cancels: at every wait, whatever it waits for. No socket is left, as every test sees to."""

    async def silence(exchange: Exchange) -> None:
        await exchange.hang_up()

    async with RawServer(silence) as server:
        pc = Pinecone(KEY, host=server.url)
        call = asyncio.ensure_future(ask(pc))
        while not server.exchanges:
            await asyncio.sleep(0.01)
        session = pc._reader._running_channel()._transport._session
        closing = asyncio.ensure_future(pc.aclose())
        while not closing.done():
            await asyncio.sleep(0)
            closing.cancel()
        assert session is not None
        assert session.closed
        with pytest.raises(ClientClosedError):
            await call
