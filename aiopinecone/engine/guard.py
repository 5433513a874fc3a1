"""Calls to a helper that may be slow, or gone: whatever goes wrong is no answer, and none holds anybody up for long."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextvars import Context
from functools import partial
from logging import getLogger
from typing import Any, Generic, TypeVar

from aiopinecone.engine import clock
from aiopinecone.engine.shared_store import SharedStore, Trouble
from aiopinecone.policy.outage import Breaker

T = TypeVar("T")

TICK = 0.02  # seconds
TICKS = 5  # that a caller waits for one call, which has as many again to come to its end

logger = getLogger("aiopinecone")


class Call(Generic[T]):
    """One call, in a task of its own: whoever leaves early doesn't cut it off in the middle of an answer.

    Its time is counted in ticks, each from the end of the one before. So it is a tenth of a second, and longer where
    this process doesn't get to run, or its loop is busy: that isn't the store's fault.

    Attributes:
        task: what makes it.
        began_at: when.
        is_late: its time is over.
        over: done when nobody need wait any longer.
    """

    def __init__(self, command: Callable[[], Awaitable[T]], on_end: "Callable[[Call[T]], None]") -> None:
        self._loop = asyncio.get_running_loop()
        self._on_end = on_end
        self._ticks = 0
        self.began_at = clock.now()
        self.is_late = False
        self.over: asyncio.Future[None] = self._loop.create_future()
        self.task = self._loop.create_task(self._run(command), context=Context())
        self.task.add_done_callback(self._end)
        self._timer = self._loop.call_later(TICK, self._tick)

    async def _run(self, command: Callable[[], Awaitable[T]]) -> T:
        return await command()

    def _tick(self) -> None:
        self._ticks += 1
        if self._ticks == 2 * TICKS:
            self.task.cancel()
            return
        if self._ticks == TICKS:
            self.is_late = True
            self.over.set_result(None)
            self._on_end(self)
        self._timer = self._loop.call_later(TICK, self._tick)

    def _end(self, task: "asyncio.Task[T]") -> None:
        self._timer.cancel()
        if not task.cancelled():
            task.exception()  # seen, also where it came too late to count
        if not self.is_late:
            self.over.set_result(None)
            self._on_end(self)


class Guard:
    """Makes the calls to one store, and leaves it alone while there is an outage.

    A store that refuses what is written (no memory left, a replica) is still read.
    """

    def __init__(self, store: SharedStore) -> None:
        self._store = store
        self._link = Breaker()
        self._writing = Breaker()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def call(
        self, command: Callable[[], Awaitable[T]], until: float = math.inf, *, writes: bool = False
    ) -> T | None:
        """The answer of the command; None where there is none within 0.1 s, or by `until`, or in an outage."""
        now = clock.now()
        if until <= now or not self._link.allows(now) or (writes and not self._writing.allows(now)):
            return None
        call = self.start(command, writes=writes)
        await asyncio.wait({call.over}, timeout=None if until == math.inf else until - now)
        task = call.task
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

    def start(self, command: Callable[[], Awaitable[T]], *, writes: bool) -> Call[T]:
        """Make the call whether or not anybody waits for it."""
        call = Call(command, partial(self._judge, writes=writes))
        self._tasks.add(call.task)
        call.task.add_done_callback(self._tasks.discard)
        return call

    def _judge(self, call: Call[Any], *, writes: bool) -> None:
        """What the end of a call says of the store."""
        if call.is_late:
            self._fail(self._link, call, "no answer in time")
            return
        if call.task.cancelled():
            return
        error = call.task.exception()
        if error is None:
            self._succeed(self._link)
            if writes:
                self._succeed(self._writing)
            return
        trouble = self._store.trouble(error)
        logger.debug("the shared cache failed: %s", type(error).__name__)
        if trouble is not Trouble.NONE:
            is_refused = writes and trouble is Trouble.REFUSED
            self._fail(self._writing if is_refused else self._link, call, self._words(error))

    def _succeed(self, breaker: Breaker) -> None:
        if breaker.succeeded():
            logger.info("the shared cache is back")

    def _fail(self, breaker: Breaker, call: Call[Any], why: str) -> None:
        if not breaker.failed(call.began_at, clock.now()):
            return
        what = "can't be reached" if breaker is self._link else "takes in nothing new"
        logger.warning("the shared cache %s (%s); Pinecone is asked instead, until it is back", what, why)

    def _words(self, error: BaseException) -> str:
        return self._store.redact(f"{type(error).__name__}: {error}")[:200]
