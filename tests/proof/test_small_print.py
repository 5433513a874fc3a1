"""What only a mutant ever got wrong: local time zones, exact words, answers that callers rarely look at."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
import pytest

from aiopinecone import Backup, CachePolicy, PineconeValueError, ResponseParsingError
from aiopinecone.api import answer, operations, wire
from aiopinecone.engine.memory_store import MemoryStore

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
