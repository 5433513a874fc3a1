"""The answers that several processes share: memory in front, the shared store behind it, and then Pinecone.

A cold backup is asked for by one process, which has the lease; the others watch the store. Whatever goes wrong with the
store, the answer comes from Pinecone, as if there were no store.
"""

import copy
import json
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, cast

import attrs

from aiopinecone.api.operations import Operation
from aiopinecone.engine import clock
from aiopinecone.engine.cache import Cache, give
from aiopinecone.engine.fetching import Fetcher
from aiopinecone.engine.flight import Flight
from aiopinecone.engine.guard import Guard
from aiopinecone.engine.limiter import Limiter
from aiopinecone.engine.loader import Loader
from aiopinecone.engine.opening import opener
from aiopinecone.engine.seal import Kind, Record, Seal
from aiopinecone.engine.shared_rate import Bucket, SharedRate
from aiopinecone.engine.shared_store import Lease, SharedStore
from aiopinecone.engine.transport import Connection
from aiopinecone.errors import NotFoundError, PineconeValueError, ResponseParsingError
from aiopinecone.models import Backup
from aiopinecone.policy.freshness import Answer, CachePolicy, Freshness, judge
from aiopinecone.policy.quantities import positive_number
from aiopinecone.settings import Secret

LEASE = 5.0  # seconds; who holds it and is killed keeps the others waiting as long
PATIENCE = 2 * LEASE  # so that the next one to hold it has its time, too
RESERVE = 2.0  # seconds of a call that are left for asking Pinecone oneself, or half of it
DOUBTFUL = 100  # leases remembered that may have been taken, although nobody said so
NAPS = 0.025, 0.1  # seconds between two looks at the store, at first and at last
LONGEST = 86_400.0  # seconds that a record is kept at most
FORGETTING = 60.0  # seconds in which an answer that was asked for before an invalidation may still come in


@attrs.define
class Sharing:
    """What is shared and how, all of it checked.

    Attributes:
        open_store: opens the store in a running event loop.
        seal: makes its names and values.
        memory: the tier in front.
        policy: how long answers are good.
        rate: requests per second of all who have the API key, or None.
        unreached_at: when something was last forgotten that the store couldn't be told of, in seconds since 1970.
    """

    open_store: Callable[[], SharedStore]
    seal: Seal
    memory: Cache
    policy: CachePolicy
    rate: float | None
    unreached_at: float = -math.inf

    @classmethod
    def of(
        cls, given: Secret, rate: float | None, connection: Connection, memory: Cache, policy: CachePolicy
    ) -> "Sharing":
        """What is shared through this URL or cache. Raises what `opening.opener` does."""
        if given.reveal() is None:
            raise PineconeValueError("shared_rate_limit needs shared_cache, the Redis in which requests are counted")
        return cls(
            open_store=opener(given, for_rate=rate is not None),
            seal=Seal(connection.key, connection.host, connection.api_version),
            memory=memory,
            policy=policy,
            rate=None if rate is None else positive_number(rate, "shared_rate_limit"),
        )

    @property
    def has_answers(self) -> bool:
        """Whether the policy lets anything be kept."""
        return not self.policy.keeps_nothing

    def open(self, concurrency: int) -> "SharedCache":
        """What is shared, in the running event loop."""
        return SharedCache(self, concurrency)


class SharedCache:
    """The shared tier in one event loop.

    Attributes:
        rate: the limit that is shared, or None.
    """

    def __init__(self, sharing: Sharing, concurrency: int) -> None:
        self._sharing = sharing
        self._seal = sharing.seal
        self._memory = sharing.memory
        self._store = sharing.open_store()
        self._guard = Guard(self._store)
        self._loader = Loader(self._read)
        self._doubtful: deque[Lease] = deque(maxlen=DOUBTFUL)
        self._places = Limiter(concurrency, None)  # a lease is taken only with a place to make use of it
        self.rate = None
        if sharing.rate is not None:
            bucket = cast("Bucket", self._store)  # a rate is refused where it isn't Redis
            self.rate = SharedRate(self._guard, bucket, self._seal.bucket, sharing.rate)

    async def connect(self) -> None:
        """Open the first connection, so that no call has to wait for it."""
        await self._guard.call(lambda: self._store.read([self._seal.mark]))

    async def look(self, operation: Operation[Backup], backup_id: str, until: float = math.inf) -> Answer | None:
        """The fresh answer that some process has left here. It is in memory then, for as long as is left of it."""
        forgotten_at = self._memory.invalidated_at
        record = await self._loader.load(self._seal.name(backup_id), until)
        if self._memory.invalidated_at != forgotten_at:
            return None
        held = self._held(backup_id)  # of many who looked for one backup, the first one read it
        if held is None and record is not None and (answer := _answer(operation, record)) is not None:
            asked_at = clock.now() - max(clock.wall() - record.asked_at, 0.0)
            self._memory.keep(backup_id, answer, asked_at, since=asked_at)
            held = self._held(backup_id)
        if held is not None:
            self._memory.counters.shared_hits += 1
        return held

    def _held(self, backup_id: str) -> Answer | None:
        """What memory has that is fresh."""
        entry = self._memory.get(backup_id)
        return None if entry is None or judge(entry, clock.now()) is not Freshness.FRESH else entry.answer

    async def fetch(
        self, fetcher: Fetcher, operation: Operation[Backup], backup_id: str, flight: Flight[Backup], *, fresh: bool
    ) -> Backup:
        """Pinecone's answer, asked for by this process, or by another one at this time."""
        ask = partial(self._ask, fetcher, operation, backup_id, flight)
        if fresh:
            return await ask()
        look = partial(self.look, operation, backup_id, flight.bound_at)
        lease = self._store.lease(f"{self._seal.name(backup_id)}:lease", LEASE)
        try:
            answer = await self._watch(lease, look, ask, flight)
        finally:
            if lease is not None and lease.may_be_held:
                await self._end(lease)
        return give(answer)

    async def _watch(
        self,
        lease: Lease | None,
        look: Callable[[], Awaitable[Answer | None]],
        ask: Callable[[], Awaitable[Backup]],
        flight: Flight[Backup],
    ) -> Answer:
        """Ask Pinecone as soon as the lease is ours; until then watch the store for what its holder leaves there."""
        began_at = clock.now()
        length = flight.deadline_at - began_at
        give_up_at = began_at + min(PATIENCE, length - min(RESERVE, length / 2))
        nap, longest_nap = NAPS
        while True:
            if not self._places.try_enter():
                await self._places.enter(flight.bound_at)
            try:
                is_ours = lease is None or await self._guard.call(lease.acquire, flight.bound_at, writes=True)
                if is_ours is None and self._guard.is_out:
                    return await ask()  # nobody has a lease now, and nobody leaves anything
                if (answer := await look()) is not None:
                    self._memory.counters.misses -= 1  # it was counted when the flight began
                    return answer
                if is_ours or clock.now() >= give_up_at:
                    return await ask()
            finally:
                self._places.leave()
            await clock.sleep(nap)
            nap = min(nap * 1.5, longest_nap)

    async def _end(self, lease: Lease) -> None:
        """Let another process have its turn; where the store is silent, as soon as it speaks again."""
        await self._guard.call(lease.release, writes=True)
        if lease.may_be_held:
            self._doubtful.append(lease)

    async def forget(self, backup_id: str) -> None:
        """No answer about this backup that was asked for before now counts, also if it comes in later."""
        await self._forget(self._seal.name(backup_id), FORGETTING)

    async def clear(self) -> None:
        """No answer to this API key that was asked for before now counts."""
        await self._forget(self._seal.mark, LONGEST)

    async def end_calls(self) -> None:
        """End every call to the store that is in the air."""
        await self._loader.close()
        await self._guard.close()

    async def close(self) -> None:
        """Close the store, if it was opened here."""
        await self._store.close()

    def abandon(self) -> None:
        """Let go of what the parent process goes on with."""
        self._store.abandon()

    async def _ask(
        self, fetcher: Fetcher, operation: Operation[Backup], backup_id: str, flight: Flight[Backup]
    ) -> Backup:
        flight.asked_at = clock.now()
        both = attrs.evolve(cast("Operation[Any]", operation), decode=lambda body: (operation.decode(body), body))
        asking = cast("Operation[tuple[Backup, bytes]]", both)
        try:
            backup, body = await fetcher.fetch(asking, cast("Flight[tuple[Backup, bytes]]", flight))
        except NotFoundError as error:
            await self._keep(backup_id, copy.copy(error), json.dumps(error.args).encode(), flight)
            raise
        await self._keep(backup_id, backup, body, flight)
        return backup

    async def _keep(self, backup_id: str, answer: Answer, body: bytes, flight: Flight[Backup]) -> None:
        """Keep the answer in both tiers, where it is to be kept; where not, end what they held."""
        if flight.recalled:
            return
        self._memory.keep(backup_id, answer, flight.asked_at)
        kind = Kind.BACKUP if isinstance(answer, Backup) else Kind.MISSING
        asked_at = clock.wall() - (clock.now() - flight.asked_at)
        ttl = min(self._sharing.policy.lasts(answer), LONGEST)
        record = Record(kind, asked_at, body) if ttl else Record(Kind.FORGOTTEN, asked_at)
        now = clock.now()
        until = now + (flight.first_deadline_at - now) / 2  # the answer is here: no caller's time may be over meanwhile
        await self._write(self._seal.name(backup_id), record, ttl or FORGETTING, until)

    async def _forget(self, name: str, ttl: float) -> None:
        now = clock.wall()
        if not await self._write(name, Record(Kind.FORGOTTEN, now), ttl):
            self._sharing.unreached_at = now

    async def _write(self, name: str, record: Record, ttl: float, until: float = math.inf) -> bool | None:
        value = self._seal.close(name, record)
        return await self._guard.call(lambda: self._store.keep(name, value, ttl, record.asked_at), until, writes=True)

    async def _read(self, names: Sequence[str]) -> list[Record | None]:
        """The record under each name, unless it was asked for before all was forgotten."""
        every = [*names, self._seal.mark]
        values = await self._guard.call(lambda: self._store.read(every))
        if values is None or len(values) != len(every):  # aiocache gives none where its environment turns it off
            return [None] * len(names)
        while self._doubtful:
            self._guard.start(self._doubtful.popleft().release, writes=True)
        wall = clock.wall()
        *records, mark = (self._seal.open(name, value, wall) for name, value in zip(every, values, strict=True))
        since = max(self._sharing.unreached_at, -math.inf if mark is None else mark.asked_at)
        return [None if record is None or record.asked_at <= since else record for record in records]


def _answer(operation: Operation[Backup], record: Record) -> Answer | None:
    """What the record says; None where there is nothing to be read in it."""
    if record.kind is Kind.FORGOTTEN:
        return None
    try:
        if record.kind is Kind.MISSING:
            return NotFoundError(*json.loads(record.body))
        return operation.decode(record.body)
    except (ResponseParsingError, TypeError, ValueError):  # another version of this library reads something in it
        return None
