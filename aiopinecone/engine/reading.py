"""Cache > flight > fetch: what is asked for, from wherever it is best had."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from functools import partial
from logging import getLogger
from typing import TypeVar

from aiopinecone.api import operations
from aiopinecone.api.operations import Operation
from aiopinecone.api.wire import Page
from aiopinecone.engine import clock
from aiopinecone.engine.cache import Cache, give
from aiopinecone.engine.channel import Channel
from aiopinecone.engine.flight import Flight
from aiopinecone.errors import ClientClosedError, NotFoundError, PineconeError
from aiopinecone.models import Backup
from aiopinecone.policy.freshness import Answer, Freshness, is_fallback, judge

T = TypeVar("T")

logger = getLogger("aiopinecone")


class Reader:
    """Answers from the cache, else from the channel of the running event loop.

    Attributes:
        cache: what is held; it outlives any event loop.
    """

    def __init__(self, cache: Cache, open_channel: Callable[[], Channel], timeout: float) -> None:
        self.cache = cache
        self._open_channel = open_channel
        self._timeout = timeout
        self._channel: Channel | None = None
        self._closed = False

    def check_loop(self) -> None:
        """Raises `PineconeError` where the client is in use in the event loop of another thread."""
        channel = self._channel
        if channel is None or not channel.is_of_this_process or channel.loop.is_closed():
            return
        if channel.loop is not asyncio.get_running_loop():
            raise PineconeError(
                "the client is in use in another event loop",
                hint="Make one client for each event loop, and close it where it was used.",
            )

    def check_open(self) -> None:
        if self._closed:
            raise ClientClosedError("the client is closed")

    def held(self, backup_id: str) -> Backup | None:
        """The cache's answer, if there is one to be given now; a remembered 404 is raised."""
        if self._closed:
            self.check_open()
        if not isinstance(backup_id, str):
            return None
        answer = self.cache.fresh(backup_id) or self._stale(backup_id)
        return None if answer is None else give(answer)

    def _stale(self, backup_id: str) -> Answer | None:
        """The cache's answer where it is past its time, but may be given while a new one is fetched behind it."""
        entry = self.cache.get(backup_id)
        if entry is None or judge(entry, clock.now()) is not Freshness.STALE:
            return None
        self.cache.counters.stale += 1
        self._refresh(backup_id)
        return entry.answer

    def is_held(self, backup_id: str) -> bool:
        """Whether an answer is held that would be given now."""
        entry = self.cache.get(backup_id)
        return entry is not None and judge(entry, clock.now()) is not Freshness.EXPIRED

    def fresh_for(self, backup_id: str) -> float:
        """Seconds for which the held answer is still fresh, at least 0."""
        entry = self.cache.get(backup_id)
        return 0.0 if entry is None else max(entry.fresh_until - clock.now(), 0.0)

    async def look(self, backup_id: str) -> Backup:
        """The backup if it is held and settled, which won't change any more; else Pinecone's answer."""
        entry = self.cache.get(backup_id)
        if entry is not None and judge(entry, clock.now()) is Freshness.FRESH:
            answer = entry.answer
            if isinstance(answer, Backup) and answer.status.is_settled:
                self.cache.counters.hits += 1
                return answer
        return await self.ask(backup_id, fresh=True)

    def describe(self, backup_id: str, *, fresh: bool) -> Awaitable[Backup]:
        """The backup, for a caller that nobody cancels singly: no task is made for a fetch."""
        held = None if fresh else self.held(backup_id)
        return self.ask(backup_id, fresh=fresh, lead=True) if held is None else _given(held)

    async def ask(
        self, backup_id: str, timeout: float | None = None, *, fresh: bool = False, lead: bool = False
    ) -> Backup:
        """Pinecone's answer, or a held one that may stand in for it. With `lead` the fetch has no task of its own."""
        self.check_open()
        operation = operations.describe_backup(backup_id)
        channel = self._running_channel()
        flights = channel.backups
        deadline_at = clock.now() + (self._timeout if timeout is None else timeout)
        if channel.shared is not None and not fresh and backup_id not in flights:
            answer = await channel.shared.look(operation, backup_id, deadline_at)
            self.check_open()
            if answer is not None:
                return give(answer)
        if backup_id in flights:
            self.cache.counters.joined += 1
        else:
            self.cache.counters.misses += 1
        fly = flights.lead if lead else flights.join
        try:
            return await fly(backup_id, partial(self._fetch, channel, operation, backup_id, fresh=fresh), deadline_at)
        except PineconeError as error:
            fallback = None if fresh else self._fallback(backup_id, error)
            if fallback is None:
                raise
        return fallback

    async def read(self, operation: Operation[T]) -> T:
        """The answer to anything but a describe: neither held nor shared."""
        self.check_open()
        channel = self._running_channel()
        fetch = partial(channel.fetcher.fetch, operation)
        value: T = await channel.lists.join(object(), fetch, clock.now() + self._timeout)
        return value

    async def page(self, operation: Operation[Page]) -> Page:
        """One page of a list; its rows fill the cache."""
        asked_at = clock.now()
        page = await self.read(operation)
        self.cache.keep_rows(page.data or (), asked_at)
        return page

    async def connect(self) -> None:
        """Connect to what is shared, if anything is."""
        await self._running_channel().connect()

    async def invalidate(self, backup_id: str) -> None:
        """Forget what is held for this id, and don't keep the answer that may be in the air."""
        self.cache.invalidate(backup_id)
        channel = self._running_channel()
        channel.backups.recall(backup_id)
        if channel.shared is not None and isinstance(backup_id, str):
            await channel.shared.forget(backup_id)

    async def clear(self) -> None:
        """Forget all that is held, and don't keep the answers that are in the air."""
        self.cache.clear()
        channel = self._running_channel()
        channel.backups.recall_all()
        if channel.shared is not None:
            await channel.shared.clear()

    async def close(self) -> None:
        """End what is in the air; every later call raises `ClientClosedError`."""
        channel = self._let_go()
        self._closed = True
        if channel is not None:
            await channel.close()

    async def _fetch(
        self, channel: Channel, operation: Operation[Backup], backup_id: str, flight: Flight[Backup], *, fresh: bool
    ) -> Backup:
        if channel.shared is not None:
            return await channel.shared.fetch(channel.fetcher, operation, backup_id, flight, fresh=fresh)
        try:
            backup = await channel.fetcher.fetch(operation, flight)
        except NotFoundError as error:
            if not flight.recalled:
                self.cache.keep(backup_id, copy.copy(error), flight.asked_at)
            raise
        if not flight.recalled:
            self.cache.keep(backup_id, backup, flight.asked_at)
        return backup

    def _fallback(self, backup_id: str, error: PineconeError) -> Backup | None:
        entry = self.cache.get(backup_id)
        if entry is None or not is_fallback(entry, error, clock.now()):
            return None
        assert isinstance(entry.answer, Backup)  # nothing else ever is a fallback
        self.cache.counters.stale += 1
        return entry.answer

    def _refresh(self, backup_id: str) -> None:
        """Fetch the backup behind the caller's back, unless somebody does already."""
        channel = self._running_channel()
        if backup_id in channel.backups:
            return
        self.cache.counters.misses += 1
        fetch = partial(self._fetch_behind, channel, operations.describe_backup(backup_id), backup_id)
        channel.backups.start(backup_id, fetch, clock.now() + self._timeout)

    async def _fetch_behind(
        self, channel: Channel, operation: Operation[Backup], backup_id: str, flight: Flight[Backup]
    ) -> Backup:
        try:
            return await self._fetch(channel, operation, backup_id, flight, fresh=False)
        except PineconeError as error:
            logger.debug("a refresh failed: %s", error)
            raise

    def _running_channel(self) -> Channel:
        if self._channel is None or self._channel.loop is not asyncio.get_running_loop():
            former = self._let_go()
            self._channel = self._open_channel()
            if former is not None:  # its sockets outlived its loop
                task = self._channel.loop.create_task(former.close())
                self._channel.closing.add(task)
                task.add_done_callback(self._channel.closing.discard)
        return self._channel

    def _let_go(self) -> Channel | None:
        """The channel, if it is to be closed here; a forked child leaves its parent's alone."""
        self.check_loop()
        channel, self._channel = self._channel, None
        if channel is None or channel.is_of_this_process:
            return channel
        channel.abandon()
        return None


async def _given(backup: Backup) -> Backup:
    return backup
