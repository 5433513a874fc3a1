"""The cache: which answer is held, when two of them, or an invalidation, compete for one id."""

import asyncio

import pytest

from aiopinecone import Backup, CacheInfo, CachePolicy, NotFoundError
from aiopinecone.engine.cache import Cache

POLICY = CachePolicy(ttl=60, pending_ttl=2, ttl_jitter=0, stale_if_error=30, stale_while_revalidate=10)


def backup(status: str = "Ready", backup_id: str = "bkp_1") -> Backup:
    return Backup(
        backup_id=backup_id,
        source_index_name="index",
        source_index_id="index-id",
        status=status,
        cloud="aws",
        region="us-east-1",
    )


def held(cache: Cache, backup_id: str = "bkp_1") -> object:
    entry = cache.get(backup_id)
    return None if entry is None else entry.answer


async def test_an_answer_is_held_as_long_as_it_is_good_for_anything() -> None:
    """Past its TTL it is kept for the longer of its two windows, and is gone then."""
    cache, answer = Cache(POLICY), backup()
    cache.keep("bkp_1", answer, 0.0)
    await asyncio.sleep(89.9)
    assert held(cache) is answer
    await asyncio.sleep(0.2)
    assert held(cache) is None


@pytest.mark.parametrize(("asked_at", "wins"), [(4.9, False), (5.0, True), (5.1, True)])
async def test_of_two_answers_the_later_question_counts(asked_at: float, wins: bool) -> None:
    """An answer that comes late, but was asked for earlier, doesn't replace what is held."""
    cache, first, second = Cache(POLICY), backup("Initializing"), backup("Ready")
    cache.keep("bkp_1", first, 5.0)
    cache.keep("bkp_1", second, asked_at)
    assert held(cache) is (second if wins else first)


async def test_news_that_is_not_kept_drops_what_was() -> None:
    """A 404 that isn't to be remembered still ends an older entry."""
    cache = Cache(POLICY)
    cache.keep("bkp_1", backup(), 1.0)
    cache.keep("bkp_1", NotFoundError(404, "gone"), 2.0)
    assert held(cache) is None


@pytest.mark.parametrize("forget", [Cache.clear, lambda cache: cache.invalidate("bkp_1")])
async def test_rows_of_an_older_list_are_not_kept(forget: object) -> None:
    """After an invalidation only rows of a list that was asked for later are."""
    assert callable(forget)
    cache = Cache(POLICY)
    await asyncio.sleep(5)
    cache.keep_rows([backup()], asked_at=1.0)
    assert held(cache) is not None
    forget(cache)
    assert held(cache) is None
    cache.keep_rows([backup()], asked_at=5.0)
    assert held(cache) is None
    cache.keep_rows([backup(), backup(backup_id="bkp_2")], asked_at=5.1)
    assert held(cache) is not None
    assert held(cache, "bkp_2") is not None


async def test_what_the_cache_tells() -> None:
    """The counters as they are, and the number of answers that are still good for something."""
    cache = Cache(POLICY)
    cache.counters.hits = 3
    cache.keep("bkp_1", backup(), 0.0)
    cache.keep("bkp_2", backup("Pending", "bkp_2"), 0.0)
    assert cache.info() == CacheInfo(hits=3, misses=0, joined=0, stale=0, size=2)
    await asyncio.sleep(40)
    assert cache.info().size == 1
