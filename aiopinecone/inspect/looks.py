"""Looks at backups that many wait for, shared: who is due about now is looked at in one round.

Each look has its own time and may be made 20 % earlier: that is how those who wait meet. A round tells each of them its
backup, as a page of the project's list has it, or that it is its turn to describe it. Knows no client: it takes the
project's list.
"""

import asyncio
import copy
import math
from collections.abc import Callable, Iterable
from contextlib import aclosing
from contextvars import Context

import attrs

from aiopinecone.errors import ClientClosedError, PineconeConnectionError, PineconeError, RateLimitError, ServiceError
from aiopinecone.inspect.listing import BackupList
from aiopinecone.models import Backup
from aiopinecone.policy import polling, rounds
from aiopinecone.policy.polling import Due
from aiopinecone.policy.rounds import Step

AT_ONCE = Due(-math.inf, -math.inf)


@attrs.define(eq=False)
class Wait:
    """One who waits for a backup.

    Attributes:
        backup_id: the backup.
        due: the next look.
        is_unlisted: the list was read to its end, and hadn't it.
    """

    backup_id: str
    due: Due = AT_ONCE
    is_unlisted: bool = False


class SharedLooks:
    """Those who wait for their next look, in one event loop at a time."""

    def __init__(self, listing: BackupList, dice: Callable[[], float]) -> None:
        self._listing = listing
        self._dice = dice
        self._loop: asyncio.AbstractEventLoop | None = None
        self._start_anew()

    def _start_anew(self) -> None:
        self._waiting: dict[Wait, asyncio.Future[Backup | None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._sweep: asyncio.Task[None] | None = None  # reads the list
        self._swept: list[Wait] = []  # for these
        self._pages = 1  # the project has at least so many

    async def turn(self, wait: Wait) -> Backup | None:
        """When its look is due: the backup; None where the caller is to describe it.

        Raises what kept the list from being read, or `ClientClosedError`.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # whoever waited in the former one is no more
            self._loop = loop
            self._start_anew()
        answer = self._waiting[wait] = loop.create_future()
        # Seen, even where a cancellation comes in the same turn of the loop.
        answer.add_done_callback(lambda answer: answer.cancelled() or answer.exception())
        self._arm(wait.due.at)
        try:
            backup: Backup | None = await answer
        finally:
            self._waiting.pop(wait, None)
            if self._sweep is not None and not self._still_waiting(self._swept):
                self._sweep.cancel()
            if self._timer is not None and not self._waiting:
                self._timer.cancel()
                self._timer = None
        return backup

    async def close(self) -> None:
        """Whoever waits gets `ClientClosedError`."""
        if asyncio.get_running_loop() is self._loop:
            self._fail(list(self._waiting), ClientClosedError("the client was closed during the call"))
            if self._sweep is not None:
                self._sweep.cancel()
                await asyncio.wait([self._sweep])

    def _arm(self, at: float) -> None:
        if self._sweep is not None or (self._timer is not None and self._timer.when() <= at):
            return
        if self._timer is not None:
            self._timer.cancel()
        assert self._loop is not None
        self._timer = self._loop.call_at(at, self._begin_round)

    def _arm_for_all(self) -> None:
        if self._waiting:
            self._arm(min(wait.due.at for wait in self._waiting))

    def _begin_round(self) -> None:
        assert self._loop is not None
        self._timer = None
        now = self._loop.time()
        due = sorted((wait for wait in self._waiting if wait.due.earliest <= now), key=lambda wait: wait.due.at)
        listed = {wait.backup_id for wait in due if not wait.is_unlisted}
        if rounds.reads_list(len(listed), self._pages):
            self._swept = due
            self._sweep = self._loop.create_task(self._read_list(due), context=Context())
            self._sweep.add_done_callback(self._end_sweep)
        else:
            due.sort(key=lambda wait: wait.is_unlisted)
            self._let_describe(due, self._pages + 1)
            self._arm_for_all()

    def _end_sweep(self, sweep: "asyncio.Task[None]") -> None:
        if not sweep.cancelled() and (failure := sweep.exception()) is not None:
            self._fail(self._swept, failure)
        self._sweep, self._swept = None, []
        self._arm_for_all()

    async def _read_list(self, due: list[Wait]) -> None:
        sought = len({wait.backup_id for wait in due})
        read, has_more = 0, True
        pages_at_least = self._pages
        try:
            async with aclosing(self._listing.pages()) as pages:
                async for page in pages:
                    read, has_more = read + 1, page.next_token is not None
                    if has_more:
                        self._pages = max(pages_at_least, read + 1)
                    else:
                        self._pages = max(1, read if page else read - 1)
                    due = self._tell(due, page)
                    left = len({wait.backup_id for wait in due})
                    if rounds.next_step(sought, read, left, has_more=has_more) is Step.DESCRIBE:
                        break
        except (PineconeConnectionError, RateLimitError, ServiceError, ClientClosedError):
            raise
        except PineconeError:  # the list can't be read, but each backup perhaps can
            self._let_describe(due, sought)
            return
        for wait in due:
            wait.is_unlisted = not has_more
        self._let_describe(due, rounds.allowed(sought, self._pages) - read)

    def _tell(self, due: list[Wait], backups: Iterable[Backup]) -> list[Wait]:
        """Whoever waits for one of these gets it; the others are returned."""
        found = {backup.backup_id: backup for backup in backups}
        for wait in self._still_waiting(due):
            if wait.backup_id in found:
                wait.is_unlisted = False
                self._waiting[wait].set_result(found[wait.backup_id])
        return self._still_waiting(due)

    def _let_describe(self, due: list[Wait], most: int) -> None:
        """The first of them describe their backups, so many at most; the others' turn comes a little later."""
        described: set[str] = set()
        for wait in self._still_waiting(due):
            if wait.backup_id in described or len(described) < most:
                described.add(wait.backup_id)
                self._waiting[wait].set_result(None)
            else:
                assert self._loop is not None
                wait.due = polling.due(self._loop.time(), polling.FIRST_DELAY, self._dice())

    def _still_waiting(self, waits: list[Wait]) -> list[Wait]:
        return [wait for wait in waits if (answer := self._waiting.get(wait)) is not None and not answer.done()]

    def _fail(self, waits: list[Wait], failure: BaseException) -> None:
        for wait in self._still_waiting(waits):
            self._waiting[wait].set_exception(copy.copy(failure))
