"""What only a mutant ever got wrong: local time zones, exact words, answers that callers rarely look at."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from aiopinecone import Backup, CachePolicy, NotFoundError, PineconeValueError, ResponseParsingError
from aiopinecone.api import answer, operations, wire
from aiopinecone.engine.cache import Cache
from aiopinecone.engine.memory_store import MemoryStore
from aiopinecone.policy.outage import Breaker

FIELDS = {
    "backup_id": "bkp_1",
    "source_index_name": "index",
    "source_index_id": "index-id",
    "status": "Ready",
    "cloud": "aws",
    "region": "us-east-1",
}


@pytest.fixture
def far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Etc/GMT-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_from_greenwich")
def test_moments_without_a_zone_are_utc() -> None:
    """In records and in headers (where -0000 means so), whatever zone the machine is in."""
    backup = wire.decode(orjson.dumps(FIELDS | {"created_at": "2025-05-15T00:52:10"}), Backup)
    assert backup.created_at == datetime(2025, 5, 15, 0, 52, 10, tzinfo=UTC)
    wall = datetime(2025, 5, 15, 0, 52, 10, tzinfo=UTC).timestamp()
    assert answer.retry_after({"Retry-After": "Thu, 15 May 2025 00:52:30 -0000"}, wall) == 20


def test_a_short_ttl_keeps() -> None:
    """Any length above 0 does."""
    entry = CachePolicy(ttl=0.5, ttl_jitter=0).entry(wire.decode(orjson.dumps(FIELDS), Backup), 0, 1.0, lambda: 0)
    assert entry is not None
    assert entry.fresh_until == 1.5


def test_words() -> None:
    """Of refusals, from their first to their last."""
    with pytest.raises(PineconeValueError, match=r"^include_deleted needs .* has those backups anyway$"):
        operations.check_listing(None, include_deleted=True, page_size=1)
    with pytest.raises(ResponseParsingError, match=r"^the answer is about another backup than the one asked for$"):
        operations.describe_backup("bkp_2").decode(orjson.dumps(FIELDS))


@pytest.mark.parametrize(
    ("arguments", "argument", "words"),
    [
        (
            {"include_deleted": True},
            "include_deleted",
            "include_deleted needs an index_name: the project's list has those backups anyway",
        ),
        ({"page_size": 101}, "page_size", "page_size must be a whole number from 1 to 100, not 101"),
        ({"page_size": True}, "page_size", "page_size must be a whole number from 1 to 100, not True"),
        *(
            (
                {"token": token},
                "pagination_token",
                "pagination_token must be the next_token of a page; None begins at the first",
            )
            for token in ("", "a\n", 5, b"a")
        ),
        ({"index_name": ""}, "index_name", "an index name can't be '': it would ask for something else"),
    ],
)
def test_a_refused_listing(arguments: dict[str, Any], argument: str, words: str) -> None:
    """Says which argument it was, and what is wanted; `token` makes no difference where it is good."""
    good: dict[str, Any] = {"index_name": None, "include_deleted": False, "page_size": 1, "token": "dG9rZW4="}
    operations.check_listing(**good)
    with pytest.raises(PineconeValueError) as caught:
        operations.check_listing(**good | arguments)
    assert (str(caught.value), caught.value.argument) == (words, argument)


@pytest.mark.parametrize(
    ("lengths", "settled", "moving", "missing"),
    [
        ({}, 60, 2, 3),
        ({"stale_if_error": 30, "stale_while_revalidate": 10}, 90, 32, 3),
        ({"stale_if_error": 10, "stale_while_revalidate": 40}, 100, 42, 3),
        ({"ttl": 0, "pending_ttl": 0, "missing_ttl": 0, "stale_if_error": 10}, 0, 0, 0),
    ],
)
def test_how_long_an_answer_may_last(lengths: dict[str, float], settled: float, moving: float, missing: float) -> None:
    """Its TTL and the longer of its windows; a 404 has none, and what isn't kept lasts for nothing."""
    defaults: dict[str, Any] = {"ttl": 60.0, "pending_ttl": 2.0, "missing_ttl": 3.0}
    policy = CachePolicy(**defaults | lengths)
    ready = wire.decode(orjson.dumps(FIELDS), Backup)
    pending = wire.decode(orjson.dumps(FIELDS | {"status": "Pending"}), Backup)
    assert policy.lasts(ready) == settled
    assert policy.lasts(pending) == moving
    assert policy.lasts(NotFoundError(404, "Backup bkp_1 not found.")) == missing


def test_a_call_that_begins_as_another_fails_is_no_part_of_it() -> None:
    """Failures of calls that overlapped count once; these only touch."""
    breaker = Breaker()
    assert [breaker.failed(float(second), second + 1.0) for second in range(3)] == [False, False, True]


async def test_an_answer_from_elsewhere_is_as_old_as_it_is() -> None:
    """Its TTL began when it came there."""
    cache = Cache(CachePolicy(ttl=60, ttl_jitter=0))
    await asyncio.sleep(100)
    cache.keep("bkp_1", wire.decode(orjson.dumps(FIELDS), Backup), 50.0, since=50.0)
    assert cache.fresh("bkp_1") is not None
    await asyncio.sleep(10)
    assert cache.fresh("bkp_1") is None


def test_answers_of_the_store() -> None:
    """As aiocache's own store gives them."""

    async def ask() -> None:
        store = MemoryStore(10)
        assert await store.multi_set([("a", 1), ("b", "text")])
        with pytest.raises(TypeError, match=r"^Value is not an integer$"):
            await store.increment("b")
        await store.raw("move_to_end", "a", last=False)
        assert list(await store.raw("keys")) == ["a", "b"]
        await store.raw("move_to_end", key="a", last=True)
        assert list(await store.raw("keys")) == ["b", "a"]

    asyncio.run(ask())
