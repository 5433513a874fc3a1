"""Watch a backup until it is settled. Knows no client: it takes a `describe` coroutine function."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from logging import getLogger

from aiopinecone.errors import (
    ApiError,
    BackupFailedError,
    ForbiddenError,
    NotFoundError,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
    ResponseParsingError,
    UnauthorizedError,
)
from aiopinecone.inspect.looks import SharedLooks, Wait
from aiopinecone.models import Backup
from aiopinecone.policy import polling
from aiopinecone.policy.quantities import spelled

logger = getLogger("aiopinecone")

Look = Callable[[str], Awaitable[Backup]]

_PASSING = (ApiError, PineconeConnectionError, ResponseParsingError)  # another look may end better
_LASTING = (UnauthorizedError, ForbiddenError, NotFoundError)  # though it is one of those


class BackupWatch(AsyncIterator[Backup]):
    """What `Pinecone.watch_backup` returns: an async iterator over the states of a backup, walked once.

    Between two steps nothing is running, and nothing is asked.
    """

    def __init__(
        self,
        backup_id: str,
        first_look: Look,
        look: Look,
        shared: SharedLooks,
        dice: Callable[[], float],
        *,
        timeout: float,
        poll_interval: float | None,
    ) -> None:
        self._wait = Wait(backup_id)
        self._first_look, self._look = first_look, look
        self._shared, self._dice = shared, dice
        self._timeout, self._poll_interval = timeout, poll_interval
        self._deadline_at: float | None = None  # set by the first step
        self._looks = 0
        self._last: Backup | None = None
        self._last_error: PineconeError | None = None
        self._is_over = False

    async def __anext__(self) -> Backup:
        """The first state, or the next that differs; ends after one that is settled."""
        if self._is_over:
            raise StopAsyncIteration
        if self._deadline_at is None and self._timeout < math.inf:
            self._deadline_at = asyncio.get_running_loop().time() + self._timeout
        bound = asyncio.timeout_at(self._deadline_at)
        try:
            async with bound:
                backup = await self._next_state()
        except PineconeError:
            self._is_over = True
            raise
        except TimeoutError:
            self._is_over = True
        else:
            self._last, self._is_over = backup, backup.status.is_settled
            return backup
        raise self._timeout_error()

    async def _next_state(self) -> Backup:
        while True:
            try:
                backup = await self._next_look()
            except _LASTING:
                raise
            except _PASSING as error:
                logger.debug("a look at a backup failed: %s", error)
                self._last_error = error
            else:
                self._last_error = None
                if backup != self._last:
                    return backup

    async def _next_look(self) -> Backup:
        """A look when it is due. One that is cancelled is still to come: the next step doesn't wait anew for it."""
        backup_id = self._wait.backup_id
        try:
            if self._looks == 0:
                backup = await self._first_look(backup_id)
            else:
                backup = await self._shared.turn(self._wait) or await self._look(backup_id)
        except PineconeError:
            self._set_next_look()
            raise
        self._set_next_look()
        return backup

    def _set_next_look(self) -> None:
        self._looks += 1
        length = polling.delay(self._looks, self._poll_interval)
        self._wait.due = polling.due(asyncio.get_running_loop().time(), length, self._dice())

    def _timeout_error(self) -> PineconeTimeoutError:
        backup_id, length = self._wait.backup_id, spelled(self._timeout)
        status = "was not seen" if self._last is None else f"is still {str(self._last.status)!r}"
        last = f" (the last look failed with: {self._last_error})" if self._last_error else ""
        return PineconeTimeoutError(
            f"the backup {backup_id!r} {status} after {length}{last}",
            hint="Allow a longer timeout; a backup of 100 million vectors takes up to 5 h.",
        )


async def wait_until_ready(watch: BackupWatch) -> Backup:
    """The backup when it is ready. Raises `BackupFailedError` where it will never be, and what a step does."""
    last = [backup async for backup in watch][-1]
    if last.status.is_failed:
        raise BackupFailedError(last)
    return last
