"""The shared tier over any aiocache backend: what crosses from one client to another, and for how long."""

import asyncio
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from aiocache import SimpleMemoryCache
from aiocache.base import BaseCache
from aiocache.serializers import PickleSerializer

from aiopinecone import CacheInfo, CachePolicy, ClientClosedError, NotFoundError, Pinecone, PineconeTimeoutError
from raw_server import Exchange, RawServer, backup_body, error_body

KEY = "pcsk_made-up"
STEADY = CachePolicy(ttl_jitter=0)


class Upstream:
    """Answers with a status that a test sets as it goes, after some seconds."""

    def __init__(self) -> None:
        self.status, self.latency = "Ready", 0.0

    async def __call__(self, exchange: Exchange) -> None:
        await asyncio.sleep(self.latency)
        if self.status == "gone":
            exchange.answer(error_body("NOT_FOUND", f"Backup {exchange.backup_id} not found.", 404), "404 X")
        elif self.status == "down":
            exchange.answer(error_body("INTERNAL", "out of order", 500), "500 X")
        else:
            exchange.answer(backup_body(exchange.backup_id, status=self.status, record_count=exchange.number))


class Failing(SimpleMemoryCache):  # type: ignore[misc]  # aiocache has no annotations
    """A backend that fails, or never answers, as long as it is told to."""

    failure: Exception | None = None
    hangs = False
    calls = 0

    async def _multi_get(self, *args: Any, **options: Any) -> Any:
        await self._trouble()
        return await super()._multi_get(*args, **options)

    async def _set(self, *args: Any, **options: Any) -> Any:
        await self._trouble()
        return await super()._set(*args, **options)

    async def _trouble(self) -> None:
        self.calls += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure


def client(server: RawServer, cache: BaseCache, policy: CachePolicy = STEADY, **options: Any) -> Pinecone:
    return Pinecone(options.pop("key", KEY), host=server.url, cache=policy, shared_cache=cache, **options)


async def test_an_answer_crosses_from_one_client_to_another() -> None:
    """The second finds what the first was told, has it in memory from then on, and asks nobody."""
    cache = SimpleMemoryCache()
    async with RawServer(Upstream()) as server, client(server, cache) as a, client(server, cache) as b:
        first = await a.describe_backup("bkp_1")
        assert await b.describe_backup("bkp_1") == first
        assert await b.describe_backup("bkp_1") == first
        assert len(server.exchanges) == 1
        assert a.cache_info() == CacheInfo(hits=0, misses=1, joined=0, stale=0, size=1, shared_hits=0)
        assert b.cache_info() == CacheInfo(hits=1, misses=0, joined=0, stale=0, size=1, shared_hits=1)


async def test_the_bytes_of_the_wire_are_what_is_shared() -> None:
    """Unknown fields and odd spacing cross as they came, and one decoder reads them."""
    body = b'{ "more": [1, 2],' + backup_body("bkp_1")[1:]
    cache = SimpleMemoryCache()

    async def reply(exchange: Exchange) -> None:
        exchange.answer(body)

    async with RawServer(reply) as server, client(server, cache) as a, client(server, cache) as b:
        await a.describe_backup("bkp_1")
        assert (await b.describe_backup("bkp_1")).extra == {"more": [1, 2]}
    assert [value.endswith(b" backup\n" + body) for value in cache._cache.values()] == [True]


@pytest.mark.parametrize(("status", "length"), [("Ready", 60), ("Failed", 60), ("Initializing", 2)])
async def test_an_answers_age_crosses_with_it(status: str, length: float) -> None:
    """One who finds it late keeps it only for what is left of its time, as its status allows."""
    upstream, cache = Upstream(), SimpleMemoryCache()
    upstream.status = status
    async with RawServer(upstream) as server, client(server, cache) as a, client(server, cache) as b:
        await a.describe_backup("bkp_1")
        await asyncio.sleep(length * 2 / 3)
        await b.describe_backup("bkp_1")
        assert len(server.exchanges) == 1
        await asyncio.sleep(length / 3 - 0.01)
        await b.describe_backup("bkp_1")
        assert len(server.exchanges) == 1
        await asyncio.sleep(0.02)
        await b.describe_backup("bkp_1")
        assert len(server.exchanges) == 2


async def test_each_client_has_its_own_idea_of_how_long_an_answer_is_good() -> None:
    """An answer that is older than the reader's TTL is no answer."""
    cache = SimpleMemoryCache()
    async with (
        RawServer(Upstream()) as server,
        client(server, cache) as a,
        client(server, cache, CachePolicy(ttl=5, ttl_jitter=0)) as b,
    ):
        await a.describe_backup("bkp_1")
        await asyncio.sleep(5)
        await b.describe_backup("bkp_1")
        assert len(server.exchanges) == 2


async def test_a_404_crosses_where_the_policy_remembers_it() -> None:
    """Each caller has an error of its own, which says the same; where it isn't remembered, each client asks."""
    upstream = Upstream()
    upstream.status = "gone"
    for missing_ttl, requests in ((5.0, 1), (0.0, 2)):
        cache, policy = SimpleMemoryCache(), CachePolicy(missing_ttl=missing_ttl, ttl_jitter=0)
        async with (
            RawServer(upstream) as server,
            client(server, cache, policy) as a,
            client(server, cache, policy) as b,
        ):
            errors = []
            for pc in (a, b):
                with pytest.raises(NotFoundError) as caught:
                    await pc.describe_backup("bkp_1")
                errors.append(caught.value)
            assert len(server.exchanges) == requests
            assert errors[0] is not errors[1]
            assert errors[0].args == errors[1].args


async def test_news_that_is_not_kept_ends_what_was_shared() -> None:
    """A backup that is gone, or moves where moving ones aren't kept, is no longer given to anybody as it was."""
    policy = CachePolicy(pending_ttl=0, ttl_jitter=0)
    for status in ("gone", "Initializing"):
        upstream, cache = Upstream(), SimpleMemoryCache()
        async with (
            RawServer(upstream) as server,
            client(server, cache, policy) as a,
            client(server, cache, policy) as b,
        ):
            await a.describe_backup("bkp_1")
            upstream.status = status
            results = [await pc.describe_backups(["bkp_1"], fresh=pc is a).__anext__() for pc in (a, b)]
            assert [result.backup and str(result.backup.status) for result in results] == [
                None if status == "gone" else status
            ] * 2
            assert len(server.exchanges) == 3


async def test_fresh_passes_the_shared_tier_by_and_renews_it() -> None:
    """It asks whatever is held, and what it is told is everybody's."""
    cache = SimpleMemoryCache()
    async with RawServer(Upstream()) as server, client(server, cache) as a, client(server, cache) as b:
        await a.describe_backup("bkp_1")
        assert (await b.describe_backup("bkp_1", fresh=True)).record_count == 2
        async with client(server, cache) as c:
            assert (await c.describe_backup("bkp_1")).record_count == 2


async def test_invalidate_reaches_the_shared_tier() -> None:
    """Of that backup only; an id that is none is nobody's."""
    cache = SimpleMemoryCache()
    async with RawServer(Upstream()) as server, client(server, cache) as a:
        await a.describe_backup("bkp_1")
        await a.describe_backup("bkp_2")
        await a.invalidate("bkp_1")
        await a.invalidate(None)  # type: ignore[arg-type]
        async with client(server, cache) as b:
            await b.describe_backup("bkp_2")
            assert len(server.exchanges) == 2
            await b.describe_backup("bkp_1")
            assert len(server.exchanges) == 3
        await a.describe_backup("bkp_1")
        assert len(server.exchanges) == 3


async def test_clear_cache_reaches_the_shared_tier_for_this_key_only() -> None:
    """Entries of another API key, and of other applications, stay; `clear` of the backend is never called."""
    cache = SimpleMemoryCache()
    await cache.set("theirs", "precious")
    async with (
        RawServer(Upstream()) as server,
        client(server, cache) as a,
        client(server, cache, key="pcsk_another") as other,
    ):
        await a.describe_backup("bkp_1")
        await other.describe_backup("bkp_1")
        await a.clear_cache()
        await asyncio.sleep(0.01)  # an answer counts that was asked for later
        async with client(server, cache) as b, client(server, cache, key="pcsk_another") as others:
            await others.describe_backup("bkp_1")
            assert len(server.exchanges) == 2
            await b.describe_backup("bkp_1")
            assert len(server.exchanges) == 3
            await a.describe_backup("bkp_1")
            assert len(server.exchanges) == 3
    assert await cache.get("theirs") == "precious"


@pytest.mark.parametrize("forget", [lambda pc: pc.invalidate("bkp_1"), lambda pc: pc.clear_cache()])
async def test_an_answer_in_the_air_is_not_shared_after_an_invalidation(forget: Callable[[Pinecone], Any]) -> None:
    """It serves those who wait for it, and nobody else."""
    upstream, cache = Upstream(), SimpleMemoryCache()
    upstream.latency = 1.0
    async with RawServer(upstream) as server, client(server, cache) as a, client(server, cache) as b:
        call = asyncio.create_task(a.describe_backup("bkp_1"))
        await asyncio.sleep(0.5)
        await forget(a)
        assert (await call).record_count == 1
        assert (await b.describe_backup("bkp_1")).record_count == 2


@pytest.mark.parametrize("forget", [lambda pc: pc.invalidate("bkp_1"), lambda pc: pc.clear_cache()])
async def test_what_was_read_before_an_invalidation_is_not_given_after_it(forget: Callable[[Pinecone], Any]) -> None:
    """A look-up that was on its way is a miss."""

    class Slow(SimpleMemoryCache):  # type: ignore[misc]  # as above
        async def _multi_get(self, *args: Any, **options: Any) -> Any:
            values = await super()._multi_get(*args, **options)
            await asyncio.sleep(0.05)
            return values

    cache = Slow()
    async with RawServer(Upstream()) as server, client(server, cache) as a, client(server, cache) as b:
        await a.describe_backup("bkp_1")
        call = asyncio.create_task(b.describe_backup("bkp_1"))
        await asyncio.sleep(0.02)
        await forget(b)
        assert (await call).record_count == 2


@pytest.mark.parametrize("forget", [lambda pc: pc.invalidate("bkp_1"), lambda pc: pc.clear_cache()])
async def test_an_invalidation_in_an_outage_holds_for_the_client_itself(forget: Callable[[Pinecone], Any]) -> None:
    """When the store is back, what it held before isn't given to the client that wanted it forgotten."""
    cache = Failing()
    async with RawServer(Upstream()) as server, client(server, cache) as a:
        await a.describe_backup("bkp_1")
        cache.failure = OSError("gone")
        await asyncio.sleep(1)
        await forget(a)
        cache.failure = None
        assert (await a.describe_backup("bkp_1")).record_count == 2
        async with client(server, cache) as b:
            assert (await b.describe_backup("bkp_1")).record_count == 2


@pytest.mark.parametrize("trouble", ["failure", "hangs"])
async def test_an_outage_is_nobodys_error(trouble: str, caplog: pytest.LogCaptureFixture) -> None:
    """Three calls fail; then the store is left alone but for one call a second, with one warning, until it is back."""
    cache = Failing()
    async with RawServer(Upstream()) as server, client(server, cache) as a:
        setattr(cache, trouble, OSError("no route") if trouble == "failure" else True)
        began_at = asyncio.get_running_loop().time()
        for number in range(100):
            await a.describe_backup(f"bkp_{number}")
        took = asyncio.get_running_loop().time() - began_at
        assert took < 0.7
        assert cache.calls < 8
        assert len(server.exchanges) == 100
        (warning,) = [record.message for record in caplog.records if record.levelno == logging.WARNING]
        reason = "OSError: no route" if trouble == "failure" else "no answer in time"
        assert warning == f"the shared cache can't be reached ({reason}); Pinecone is asked instead, until it is back"
        setattr(cache, trouble, None)
        await asyncio.sleep(1)
        await a.describe_backup("bkp_back")
        async with client(server, cache) as b:
            await b.describe_backup("bkp_back")
            assert b.cache_info().shared_hits == 1
    assert [record.levelname for record in caplog.records if record.levelno >= logging.WARNING] == ["WARNING"]


@pytest.mark.parametrize("failure", [OSError("Redis said WRONGTYPE"), UnicodeDecodeError("utf-8", b"", 0, 1, "no")])
async def test_an_entry_that_cant_be_read_is_no_outage(failure: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """It is a miss, however often it is met."""
    cache = Failing()
    cache.failure = failure
    async with RawServer(Upstream()) as server, client(server, cache) as a:
        for number in range(10):
            await a.describe_backup(f"bkp_{number}")
        assert cache.calls >= 20
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_one_slow_call_is_no_outage(caplog: pytest.LogCaptureFixture) -> None:
    """Nor are a hundred that wait for the same hiccup."""
    cache = Failing()
    async with RawServer(Upstream()) as server, client(server, cache) as a:
        cache.hangs = True
        calls = [asyncio.create_task(a.describe_backup(f"bkp_{number}")) for number in range(100)]
        await asyncio.sleep(0.05)
        cache.hangs = False
        await asyncio.gather(*calls)
        async with client(server, cache) as b:
            await b.describe_backup("bkp_99")
            assert b.cache_info().shared_hits == 1
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("timeout", [0.05, 0.15, 0.25])
async def test_a_slow_store_never_pushes_a_call_over_its_timeout(timeout: float) -> None:
    """The answer of Pinecone comes in time, or the timeout does."""
    cache, upstream = Failing(), Upstream()
    cache.hangs = True
    async with RawServer(upstream) as server, client(server, cache) as a:
        loop = asyncio.get_running_loop()
        for lead in (False, True):
            began_at = loop.time()
            try:
                if lead:
                    async with asyncio.timeout(30):
                        assert (await a.describe_backups(["bkp_1"]).__anext__()).ok
                else:
                    await a.describe_backup("bkp_1", timeout=timeout)
            except PineconeTimeoutError:
                assert loop.time() - began_at == pytest.approx(timeout, abs=0.02)
            assert loop.time() - began_at <= (0.4 if lead else timeout + 0.02)


async def test_an_answer_that_came_in_time_is_given_in_time() -> None:
    """However long the store takes to take it in."""

    class Slow(SimpleMemoryCache):  # type: ignore[misc]  # as above
        async def _set(self, *_: Any, **__: Any) -> None:
            await asyncio.Event().wait()

    upstream = Upstream()
    upstream.latency = 0.45
    async with RawServer(upstream) as server, client(server, Slow()) as a:
        assert (await a.describe_backup("bkp_1", timeout=0.5)).record_count == 1
        assert 0.45 < asyncio.get_running_loop().time() < 0.49


async def test_a_cache_that_was_passed_in_is_left_open() -> None:
    """It is neither closed nor cleared, and can be used on."""

    class Closing(SimpleMemoryCache):  # type: ignore[misc]  # as above
        async def _close(self, *_: Any, **__: Any) -> None:
            raise AssertionError("closed")

    cache = Closing(namespace="mine")
    async with RawServer(Upstream()) as server:
        async with client(server, cache) as a:
            await a.describe_backup("bkp_1")
        assert all(name.startswith("mine") for name in cache._cache)
        async with client(server, cache) as b:
            await b.describe_backup("bkp_1")
        assert len(server.exchanges) == 1


class Bomb:
    """What blows up when it is unpickled."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("unpickled",))


async def test_nothing_is_ever_unpickled() -> None:
    """Whatever serializer the cache has, it is passed by: a planted pickle is a miss."""
    cache = SimpleMemoryCache(serializer=PickleSerializer())
    async with RawServer(Upstream()) as server, client(server, cache) as a:
        await a.describe_backup("bkp_1")
        for name in list(cache._cache):
            assert not cache._cache[name].startswith(b"\x80")
            cache._cache[name] = pickle.dumps(Bomb())
        async with client(server, cache) as b:
            assert (await b.describe_backup("bkp_1")).record_count == 2


async def test_a_stale_answer_stands_in_where_asking_fails() -> None:
    """`stale_if_error` holds across clients, too."""
    upstream, cache = Upstream(), SimpleMemoryCache()
    policy = CachePolicy(ttl=5, ttl_jitter=0, stale_if_error=100)
    async with RawServer(upstream) as server, client(server, cache, policy) as a, client(server, cache, policy) as b:
        await a.describe_backup("bkp_1")
        await asyncio.sleep(50)
        upstream.status = "down"
        assert (await b.describe_backup("bkp_1")).record_count == 1
        assert b.cache_info().stale == 1


async def test_bulk_reads_go_in_one_read_per_batch() -> None:
    """A hundred ids by thirty-two workers are a handful of reads."""
    cache = Failing()
    ids = [f"bkp_{number}" for number in range(96)]
    async with RawServer(Upstream()) as server, client(server, cache) as a, client(server, cache) as b:
        assert all([result.ok async for result in a.describe_backups(ids)])
        before = cache.calls
        assert all([result.ok async for result in b.describe_backups(ids)])
        assert cache.calls - before <= 4
        assert len(server.exchanges) == 96
        assert b.cache_info().shared_hits == 96


async def test_more_than_a_batch_at_once_is_more_than_one_read() -> None:
    """A read asks for a hundred at most."""
    cache = Failing()
    async with RawServer(Upstream()) as server, client(server, cache) as a:
        before = cache.calls
        await asyncio.gather(*(a.describe_backup(f"bkp_{number % 250}") for number in range(500)))
        assert len(server.exchanges) == 250
        assert 3 <= cache.calls - before <= 250 + 20


async def test_a_client_that_is_closed_during_a_look_up_says_so() -> None:
    """The call that waits for the store ends with the client."""
    cache = Failing()
    async with RawServer(Upstream()) as server:
        a = client(server, cache)
        cache.hangs = True
        calls = []
        for turns in range(6):
            calls.append(asyncio.create_task(a.describe_backup("bkp_1")))
            for _ in range(turns):
                await asyncio.sleep(0)
        await a.aclose()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [ClientClosedError] * 6
        assert server.exchanges == []


async def test_with_no_cache_policy_nothing_is_shared() -> None:
    """`cache=None` keeps no answer anywhere, and so looks for none."""
    cache = Failing()
    async with RawServer(Upstream()) as server:
        async with Pinecone(KEY, host=server.url, cache=None, shared_cache=cache) as pc:
            before = cache.calls
            for _ in range(2):
                await pc.describe_backup("bkp_1")
                await pc.invalidate("bkp_1")
                await pc.clear_cache()
        assert len(server.exchanges) == 2
        assert cache.calls == before


async def test_a_backend_that_is_turned_off_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    """AIOCACHE_DISABLE makes aiocache answer with nothing at all."""
    monkeypatch.setenv("AIOCACHE_DISABLE", "1")
    cache = SimpleMemoryCache()
    async with RawServer(Upstream()) as server, client(server, cache) as a, client(server, cache) as b:
        await a.describe_backup("bkp_1")
        await b.describe_backup("bkp_1")
        assert len(server.exchanges) == 2
