"""The memory store: aiocache's contract, held against aiocache's own store, and the rules of our own on top."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiocache import SimpleMemoryCache
from aiocache.base import BaseCache
from aiocache.lock import OptimisticLock, OptimisticLockError, RedLock
from aiocache.serializers import JsonSerializer

from aiopinecone.engine.memory_store import MemoryStore

Make = Callable[..., BaseCache]


def ours(**options: Any) -> BaseCache:
    return MemoryStore(1_000, **options)


def theirs(**options: Any) -> BaseCache:
    # Its dictionary belongs to the class: without one of its own, each test would see the others' keys.
    store = SimpleMemoryCache(**{"timeout": None, **options})
    store._cache, store._handlers = {}, {}
    return store


@pytest.fixture(params=[ours, theirs], ids=["ours", "aiocache's"])
def make(request: pytest.FixtureRequest) -> Make:
    """A store of either kind: each test that asks for it runs over both."""
    kind: Make = request.param
    return kind


@pytest.fixture
def store(make: Make) -> BaseCache:
    return make()


def loop_time() -> float:
    return asyncio.get_running_loop().time()


# aiocache's contract.


async def test_set_and_get(store: BaseCache) -> None:
    """What is set is there, as the very object; what isn't is the default."""
    value = object()
    assert await store.set("a", value) is True
    assert await store.get("a") is value
    assert await store.get("b") is None
    assert await store.get("b", default=5) == 5


async def test_a_ttl_ends_a_value(store: BaseCache) -> None:
    """A value is gone once its TTL is over, and was there until then."""
    await store.set("a", 1, ttl=10)
    await asyncio.sleep(9.9)
    assert await store.get("a") == 1
    await asyncio.sleep(0.2)
    assert await store.get("a") is None
    assert await store.exists("a") is False


@pytest.mark.parametrize("ttl", [None, 0])
async def test_no_ttl_is_for_ever(store: BaseCache, ttl: float | None) -> None:
    """None and 0 mean no deadline."""
    await store.set("a", 1, ttl=ttl)
    await asyncio.sleep(80_000)
    assert await store.get("a") == 1


async def test_a_later_set_has_its_own_ttl(store: BaseCache) -> None:
    """A value set again lives by its new TTL, shorter, longer or none."""
    await store.set("a", 1, ttl=10)
    await store.set("a", 2, ttl=20)
    await store.set("b", 1, ttl=20)
    await store.set("b", 2, ttl=10)
    await asyncio.sleep(15)
    assert await store.multi_get(["a", "b"]) == [2, None]


async def test_the_ttl_of_the_store(make: Make) -> None:
    """A store's own TTL holds where a call gives none."""
    store = make(ttl=5)
    await store.set("a", 1)
    await store.set("b", 1, ttl=50)
    await store.set("c", 1, ttl=None)
    await asyncio.sleep(6)
    assert await store.multi_get(["a", "b", "c"]) == [None, 1, 1]


async def test_add(store: BaseCache) -> None:
    """Only a key that isn't there, or not any more, can be added."""
    assert await store.add("a", 1, ttl=5) is True
    with pytest.raises(ValueError, match="Key a already exists"):
        await store.add("a", 2)
    assert await store.get("a") == 1
    await asyncio.sleep(6)
    assert await store.add("a", 3) is True
    assert await store.get("a") == 3


async def test_exists(store: BaseCache) -> None:
    """True for a key that is there, also with a value that counts as false."""
    await store.set("a", 0)
    assert await store.exists("a") is True
    assert await store.exists("b") is False


async def test_many_at_once(store: BaseCache) -> None:
    """`multi_get` keeps the order of the keys and has None for those missing; `multi_set` gives one TTL to all."""
    assert await store.multi_set([("a", 1), ("b", 2)], ttl=5) is True
    assert await store.multi_get(["b", "x", "a", "b"]) == [2, None, 1, 2]
    assert await store.multi_get([]) == []
    await asyncio.sleep(6)
    assert await store.multi_get(["a", "b"]) == [None, None]


async def test_increment(store: BaseCache) -> None:
    """It counts from 0, by any whole number, keeps the TTL, and refuses what isn't an integer."""
    assert await store.increment("a") == 1
    assert await store.increment("a", delta=5) == 6
    assert await store.increment("a", delta=-10) == -4
    await store.set("b", 1, ttl=5)
    assert await store.increment("b") == 2
    await asyncio.sleep(6)
    assert await store.exists("b") is False
    await store.set("c", "text")
    with pytest.raises(TypeError, match="Value is not an integer"):
        await store.increment("c")
    assert await store.get("c") == "text"


@pytest.mark.parametrize(("ttl", "there"), [(20, True), (5, False), (0, True)])
async def test_expire(store: BaseCache, ttl: float, there: bool) -> None:
    """It sets the TTL of a key anew, and 0 takes it off; False where there is no such key."""
    await store.set("a", 1, ttl=10)
    assert await store.expire("a", ttl) is True
    assert await store.expire("b", ttl) is False
    await asyncio.sleep(15)
    assert await store.exists("a") is there


async def test_delete(store: BaseCache) -> None:
    """The number of keys that went: 1 or 0."""
    await store.set("a", 1, ttl=10)
    assert await store.delete("a") == 1
    assert await store.delete("a") == 0
    assert await store.get("a") is None


async def test_clear(store: BaseCache) -> None:
    """Everything goes, and what comes later stays."""
    await store.multi_set([("a", 1), ("b", 2)])
    assert await store.clear() is True
    assert await store.multi_get(["a", "b"]) == [None, None]
    await store.set("a", 3)
    assert await store.get("a") == 3


async def test_namespaces(store: BaseCache) -> None:
    """The same key in two namespaces is two keys, and clearing one namespace leaves the other."""
    for namespace in ("n:", "m:"):
        await store.set("a", namespace, namespace=namespace)
    assert await store.get("a", namespace="n:") == "n:"
    assert await store.get("a") is None
    assert await store.clear(namespace="n:") is True
    assert await store.get("a", namespace="n:") is None
    assert await store.get("a", namespace="m:") == "m:"


async def test_a_namespace_of_the_store(make: Make) -> None:
    """A store's own namespace stands before every key."""
    store = make(namespace="n:")
    await store.set("a", 1)
    assert await store.get("a") == 1
    assert await store.get("n:a", namespace="") == 1


async def test_raw(store: BaseCache) -> None:
    """A command of the mapping beneath, by its name."""
    await store.set("a", 1)
    assert list(await store.raw("keys")) == ["a"]
    assert await store.raw("get", "b", 7) == 7


async def test_a_serializer(make: Make) -> None:
    """Values pass through the serializer both ways."""
    store = make(serializer=JsonSerializer())
    await store.set("a", {"b": [1]})
    assert await store.get("a") == {"b": [1]}
    assert await store.raw("get", "a") in {'{"b": [1]}', '{"b":[1]}'} or isinstance(store, MemoryStore)


async def test_an_optimistic_lock(store: BaseCache) -> None:
    """A value that changed since it was read isn't overwritten."""
    await store.set("a", 1)
    async with OptimisticLock(store, "a") as lock:
        await lock.cas(2)
    assert await store.get("a") == 2
    async with OptimisticLock(store, "a") as lock:
        await store.set("a", 5)
        with pytest.raises(OptimisticLockError):
            await lock.cas(3)
    assert await store.get("a") == 5


async def test_a_red_lock(store: BaseCache) -> None:
    """One at a time is inside, the next enters when it leaves, and a lease that ran out isn't released twice."""
    inside: list[float] = []

    async def enter() -> None:
        async with RedLock(store, "a", lease=10):
            inside.append(loop_time())
            await asyncio.sleep(1)

    start = loop_time()
    await asyncio.gather(enter(), enter())
    assert [moment - start for moment in inside] == pytest.approx([0, 1])
    async with RedLock(store, "b", lease=1):
        await asyncio.sleep(2)
        await store.set("b-lock", "another's")
    assert await store.get("b-lock") == "another's"


# Our own rules.


async def test_no_more_than_the_bound() -> None:
    """At `max_entries` the next new key makes the one unused for longest go."""
    store = MemoryStore(3)
    for key in "abc":
        store.put(key, key.upper(), 1e9)
    assert store.peek("a") == "A"  # used: now b is the oldest
    store.put("c", "C2", 1e9)  # an old key takes no new place
    store.put("d", "D", 1e9)
    assert [store.peek(key) for key in "abcd"] == ["A", None, "C2", "D"]
    assert store.purge() == 3


async def test_a_thousand_keys_in_one_place() -> None:
    """The bound holds for every way in, and each value is kept until the next comes."""
    store = MemoryStore(1)
    for number in range(1_000):
        store.put(str(number), number, 1e9)
        assert store.peek(str(number)) == number
    await store.multi_set([("a", 1), ("b", 2)])
    await store.add("c", 3)
    await store.increment("d")
    assert store.purge() == 1
    assert store.peek("d") == 1


async def test_deadlines_are_read_on_access() -> None:
    """A value is given before its moment, and is gone at it, without any timer."""
    store = MemoryStore(3)
    dead_at = loop_time() + 5
    store.put("a", 1, dead_at)
    await asyncio.sleep(4.9)
    assert store.peek("a") == 1
    await asyncio.sleep(dead_at - loop_time())
    assert store.peek("a") is None
    assert store.purge() == 0


async def test_purge_counts_the_living() -> None:
    """It forgets what is past its deadline, says how many are left, and touches nothing else."""
    store = MemoryStore(10)
    now = loop_time()
    for seconds in range(1, 5):
        store.put(str(seconds), seconds, now + seconds)
    assert store.purge() == 4
    await asyncio.sleep(2)
    assert store.purge() == 2
    assert [store.peek(str(seconds)) for seconds in range(1, 5)] == [None, None, 3, 4]


async def test_drop_and_wipe() -> None:
    """`drop` forgets one key and tells whether it was there; `wipe` forgets all."""
    store = MemoryStore(10)
    store.put("a", 1, 1e9)
    store.put("b", 2, 1e9)
    assert (store.drop("a"), store.drop("a")) == (True, False)
    assert store.peek("b") == 2
    store.wipe()
    assert store.purge() == 0


async def test_both_doors_lead_to_one_room() -> None:
    """What aiocache's methods set, the synchronous ones see, and the other way round."""
    store = MemoryStore(10)
    await store.set("a", 1, ttl=5)
    assert store.peek("a") == 1
    store.put("b", 2, loop_time() + 5)
    assert await store.get("b") == 2
    assert store.drop("a") is True
    assert await store.exists("a") is False
    await asyncio.sleep(5)
    assert await store.get("b") is None


async def test_an_entry_outlives_no_loop_s_timer() -> None:
    """Nothing is scheduled: a value cleared and set anew is not taken by what the old one left behind."""
    store = MemoryStore(10)
    await store.set("a", 1, ttl=5)
    await store.clear()
    await store.set("a", 2)
    await asyncio.sleep(10)
    assert await store.get("a") == 2
