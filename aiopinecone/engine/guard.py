"""Calls to a helper that may be slow, or gone: whatever goes wrong is no answer, and none holds anybody up for long."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from functools import partial
from logging import getLogger
from typing import Any, TypeVar

from aiopinecone.engine import clock
from aiopinecone.engine.shared_store import SharedStore, Trouble
from aiopinecone.policy.outage import Breaker

T = TypeVar("T")

SILENCES = 3  # calls of one caller without an answer, after which it does without; one alone is no outage
LIMIT = 0.1  # seconds that a caller waits for one call, which has as many again to come to its end

logger = getLogger("aiopinecone")


class Guard:
    """Makes the calls to one store, and leaves it alone while there is an outage.

    A call runs in a task of its own: a caller who leaves early doesn't cut it off in the middle of a connection. A
    store that refuses what is written (no memory left, a replica) is still read.
    """

    def __init__(self, store: SharedStore) -> None:
        self._store = store
        self._link = Breaker()
        self._writing = Breaker()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def call(
        self, command: Callable[[], Awaitable[T]], until: float = float("inf"), *, writes: bool = False
    ) -> T | None:
        """The answer of the command; None where there is none within 0.1 s, or by `until`, or in an outage."""
        now = clock.now()
        length = min(LIMIT, until - now)
        if length <= 0 or not self._link.allows(now) or (writes and not self._writing.allows(now)):
            return None
        task = self.start(command, writes=writes)
        await asyncio.wait({task}, timeout=length)
        if not task.done() or task.cancelled() or task.exception() is not None:
            return None
        return task.result()

    @property
    def is_out(self) -> bool:
        """Whether the store can't be reached, or takes in nothing new."""
        return self._link.is_out or self._writing.is_out

    async def close(self) -> None:
        """End every call."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def start(self, command: Callable[[], Awaitable[T]], *, writes: bool) -> "asyncio.Task[T]":
        """Make the call whether or not anybody waits for it."""
        now = clock.now()
        loop = asyncio.get_running_loop()

        async def run() -> T:
            return await command()

        task = loop.create_task(run(), context=Context())
        timer = loop.call_later(LIMIT, self._is_late, task, now)
        self._tasks.add(task)
        task.add_done_callback(partial(self._settle, timer, now, writes=writes))
        return task

    def _is_late(self, task: "asyncio.Task[Any]", began_at: float) -> None:
        self._fail(self._link, began_at, "no answer in time")
        asyncio.get_running_loop().call_later(LIMIT, task.cancel)

    def _settle(self, timer: asyncio.TimerHandle, began_at: float, task: "asyncio.Task[Any]", *, writes: bool) -> None:
        self._tasks.discard(task)
        timer.cancel()
        if task.cancelled():
            return
        error = task.exception()
        if clock.now() - began_at >= LIMIT:  # counted already
            return
        if error is None:
            self._succeed(self._link)
            if writes:
                self._succeed(self._writing)
            return
        trouble = self._store.trouble(error)
        logger.debug("the shared cache failed: %s", type(error).__name__)
        if trouble is not Trouble.NONE:
            is_refused = writes and trouble is Trouble.REFUSED
            self._fail(self._writing if is_refused else self._link, began_at, self._words(error))

    def _succeed(self, breaker: Breaker) -> None:
        if breaker.succeeded():
            logger.info("the shared cache is back")

    def _fail(self, breaker: Breaker, began_at: float, why: str) -> None:
        if not breaker.failed(began_at, clock.now()):
            return
        what = "can't be reached" if breaker is self._link else "takes in nothing new"
        logger.warning("the shared cache %s (%s); Pinecone is asked instead, until it is back", what, why)

    def _words(self, error: BaseException) -> str:
        return self._store.redact(f"{type(error).__name__}: {error}")[:200]
