"""Answers in, answers out. How long each is good is the policy's to say; here it is only kept, found and counted."""

import copy
import math
from collections.abc import Callable, Iterable

import attrs

from aiopinecone.engine import clock
from aiopinecone.models import Backup, CacheInfo
from aiopinecone.policy.freshness import Answer, CachePolicy, Entry


@attrs.define(eq=False)
class Counters:
    """What `CacheInfo` shows, counted as it happens."""

    hits: int = 0
    misses: int = 0
    joined: int = 0
    stale: int = 0
    shared_hits: int = 0


class Cache:
    """The client's answers about backups, by backup id.

    Attributes:
        get: what is held for an id, fresh or not.
        counters: what was done so far.
        invalidated_at: when something was last forgotten on purpose.
    """

    def __init__(self, policy: CachePolicy) -> None:
        from aiopinecone.engine.memory_store import MemoryStore  # noqa: PLC0415 -- aiocache imports redis where it is installed, 40 ms that `import aiopinecone` shall not cost

        self._policy = policy
        self._store = MemoryStore(policy.max_entries)
        self.get: Callable[[str], Entry | None] = self._store.find
        self.counters = Counters()
        self.invalidated_at = -math.inf

    def fresh(self, backup_id: str) -> Answer | None:
        """What is held for the id, if it is fresh: a hit, counted as such."""
        held = self._store.held
        entry: Entry | None = held.get(backup_id)
        if entry is None or clock.now() >= entry.fresh_until:
            return None
        held.move_to_end(backup_id)
        self.counters.hits += 1
        return entry.answer

    def keep(self, backup_id: str, answer: Answer, asked_at: float, *, since: float | None = None) -> None:
        """Take in an answer, unless one that was asked for later is held already. It is as old as `since`, or new."""
        if type(answer) is Backup:
            backup_id = answer.backup_id  # the same, and held already
        held = self.get(backup_id)
        if held is not None and held.asked_at > asked_at:
            return
        entry = self._policy.entry(answer, asked_at, clock.now() if since is None else since, clock.dice)
        if entry is None:
            self._store.drop(backup_id)
        else:
            self._store.hold(backup_id, entry)

    def keep_rows(self, backups: Iterable[Backup], asked_at: float) -> None:
        """Take in the rows of a list, unless anything was invalidated since it was asked for."""
        if asked_at > self.invalidated_at:
            for backup in backups:
                self.keep(backup.backup_id, backup, asked_at)

    def invalidate(self, backup_id: str) -> None:
        self.invalidated_at = clock.now()
        self._store.drop(backup_id)

    def clear(self) -> None:
        self.invalidated_at = clock.now()
        self._store.wipe()

    def info(self) -> CacheInfo:
        return CacheInfo(**attrs.asdict(self.counters), size=self._store.purge())


def give(answer: Answer) -> Backup:
    """The backup; a 404 is raised, as an error of the caller's own."""
    if isinstance(answer, Backup):
        return answer
    raise copy.copy(answer)
