"""Single flight: one fetch for a key, however many wait for it.

A fetch runs in a task of its own, so that a caller who is cancelled or out of time ends only its own wait; the last one
to leave cancels the fetch. A long-lived worker may lead the fetch itself instead, which spares the task, 7 % of a
request; should the worker be cancelled, whoever joined it starts again.
"""

import asyncio
import contextlib
import copy
import math
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from contextvars import Context
from typing import Any, Generic, TypeVar

from aiopinecone.engine import clock
from aiopinecone.engine.deadlines import Deadlines
from aiopinecone.errors import ClientClosedError, PineconeError, PineconeTimeoutError

T = TypeVar("T")


Waiter = asyncio.Future[Any]  # of an answer in a tuple; of None, to start again; or of _TOO_LATE

_TOO_LATE = object()


def end_wait(waiter: Waiter) -> None:
    """The waiter's time is over."""
    if not waiter.done():
        waiter.set_result(_TOO_LATE)


class Flight(Generic[T]):
    """One fetch in the air, and those who wait for it.

    Attributes:
        asked_at: when it began.
        bound_at: by when it must end by itself; infinity where the waits of those who joined bound it.
        attempts: requests sent so far.
        last_error: what the last attempt failed with.
        is_independent: it flies whether or not anybody waits.
        recalled: an invalidation came since it began, so its answer must not be kept.
        task: what flies it, if that is a task of its own.
    """

    __slots__ = (
        "_waiters",
        "asked_at",
        "attempts",
        "bound_at",
        "is_independent",
        "last_error",
        "recalled",
        "task",
    )

    def __init__(self, bound_at: float | None = None) -> None:
        """With a bound of its own it is independent."""
        self.asked_at = clock.now()
        self.bound_at = math.inf if bound_at is None else bound_at
        self.attempts = 0
        self.last_error: PineconeError | None = None
        self.recalled = False
        self.task: asyncio.Task[None] | None = None
        self.is_independent = bound_at is not None
        self._waiters: dict[Waiter, float] = {}  # each with the moment until which it waits

    @property
    def deadline_at(self) -> float:
        """The latest moment that anybody waits until."""
        return self.bound_at if self.is_independent else max(self._waiters.values(), default=-math.inf)

    @property
    def is_wanted(self) -> bool:
        return self.is_independent or bool(self._waiters)

    @property
    def first_deadline_at(self) -> float:
        """The first moment at which somebody stops waiting."""
        return min(self._waiters.values(), default=self.bound_at)

    def timeout_error(self, length: float) -> PineconeTimeoutError:
        """The error for one whose time, `length` seconds, is over."""
        sent = f"{self.attempts} request{'s' if self.attempts != 1 else ''} sent"
        last = f", the last failed with: {self.last_error}" if self.last_error else ""
        error = PineconeTimeoutError(f"no answer within {length:.3g} s ({sent}{last})")
        error.attempts = self.attempts
        return error

    async def wait(self, deadline_at: float, deadlines: Deadlines[Waiter]) -> tuple[T] | None:
        """The answer in a tuple; None where the fetch was given up, so that it must be started again.

        Raises the error of the fetch, as a copy of one's own, or `PineconeTimeoutError` at the deadline.
        """
        began = clock.now()
        waiter: Waiter = asyncio.get_running_loop().create_future()
        deadlines.watch(waiter, deadline_at)
        self._waiters[waiter] = deadline_at
        try:
            landed = await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                waiter.exception()  # seen, even where a cancellation came in the same turn of the loop
            raise
        finally:
            deadlines.settle(waiter)
            self._waiters.pop(waiter, None)
        if landed is _TOO_LATE:
            raise self.timeout_error(max(deadline_at - began, 0.0))
        answer: tuple[T] | None = landed
        return answer

    def land(self, answer: T) -> None:
        """Everybody gets the answer."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result((answer,))
        self._waiters.clear()

    def fail(self, error: Exception, *, before: float = math.inf) -> None:
        """Those whose time ends by `before` get a copy of the error, and are waited for no longer."""
        told = [waiter for waiter, deadline_at in self._waiters.items() if deadline_at <= before]
        for waiter in told:
            del self._waiters[waiter]
            if not waiter.done():
                waiter.set_exception(_copied(error))

    def give_up(self) -> None:
        """Whoever still waits must start again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()


Fetch = Callable[[Flight[T]], Awaitable[T]]


def _copied(error: Exception) -> Exception:
    """One of one's own: raised by several, an error collects their tracebacks. Not every foreign one can be copied."""
    try:
        return copy.copy(error)
    except Exception:  # noqa: BLE001 -- whatever its constructor says
        return error


class SingleFlight(Generic[T]):
    """The flights in the air, by key: at most one for each."""

    def __init__(self) -> None:
        self._in_air: dict[Hashable, Flight[T]] = {}
        self._ending: dict[Hashable, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._deadlines = Deadlines[Waiter](end_wait)
        self._is_closed = False

    def __contains__(self, key: Hashable) -> bool:
        return key in self._in_air

    async def join(self, key: Hashable, fetch: Fetch[T], deadline_at: float) -> T:
        """The answer of the fetch in the air for this key, or of a new one. Raises what `Flight.wait` does."""
        while True:
            flight = self._in_air.get(key) or self._take_off(key, fetch)
            try:
                landed = await flight.wait(deadline_at, self._deadlines)
            finally:
                if not flight.is_wanted:
                    self._abandon(key, flight)
            if landed is not None:
                return landed[0]
            if self._is_closed:  # nothing starts again
                raise ClientClosedError("the client was closed during the call")

    def lead(self, key: Hashable, fetch: Fetch[T], deadline_at: float) -> Coroutine[Any, Any, T]:
        """As `join`, but where nothing is in the air yet the fetch runs in the caller's own task."""
        if key in self._in_air:
            return self.join(key, fetch, deadline_at)
        flight = self._in_air[key] = Flight(deadline_at)
        return self._fly(key, fetch, flight)

    def start(self, key: Hashable, fetch: Fetch[T], deadline_at: float) -> None:
        """Fetch although nobody waits for it yet."""
        self._take_off(key, fetch, deadline_at)

    def recall(self, key: Hashable) -> None:
        """Callers from now on start anew; the fetch in the air only serves those who wait for it already."""
        flight = self._in_air.pop(key, None)
        if flight is not None:
            flight.recalled = True

    def recall_all(self) -> None:
        for key in list(self._in_air):
            self.recall(key)

    async def close(self) -> None:
        """End every fetch; whoever waits for one gets `ClientClosedError`."""
        self._is_closed = True
        self._deadlines.close()
        for flight in self._in_air.values():
            flight.fail(ClientClosedError("the client was closed during the call"))
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _take_off(self, key: Hashable, fetch: Fetch[T], bound_at: float | None = None) -> Flight[T]:
        flight = self._in_air[key] = Flight(bound_at)
        # An empty context: what the first caller's holds (a trace, a user) isn't meant for those who join.
        flight.task = asyncio.get_running_loop().create_task(self._run(key, fetch, flight), context=Context())
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._tasks.discard)
        return flight

    async def _run(self, key: Hashable, fetch: Fetch[T], flight: Flight[T]) -> None:
        if flight.task is None:  # an eager task factory runs this before whoever started it has joined
            await asyncio.sleep(0)
        # Whoever waits was told. Where perhaps nobody does, a defect is left to the loop's exception handler.
        with contextlib.suppress(PineconeError if flight.is_independent else Exception):
            await self._fly(key, fetch, flight)

    async def _fly(self, key: Hashable, fetch: Fetch[T], flight: Flight[T]) -> T:
        try:
            while (ending := self._ending.get(key)) is not None:
                await asyncio.wait({ending})
            answer = await fetch(flight)
        except PineconeTimeoutError as error:
            flight.fail(error, before=flight.bound_at)  # whoever has more time starts again, below
            raise
        except Exception as error:
            flight.fail(error)
            raise
        else:
            flight.land(answer)
            return answer
        finally:
            self._leave(key, flight)
            flight.give_up()

    def _leave(self, key: Hashable, flight: Flight[T]) -> None:
        if self._in_air.get(key) is flight:
            del self._in_air[key]

    def _abandon(self, key: Hashable, flight: Flight[T]) -> None:
        """Nobody waits any more: this fetch ends, and the next caller's begins when it has."""
        self._leave(key, flight)
        task = flight.task
        assert task is not None  # a flight without a task is led, and wanted until it ends
        task.cancel()
        if not task.done() and key not in self._ending:
            self._ending[key] = task
            task.add_done_callback(lambda _: self._ending.pop(key))
