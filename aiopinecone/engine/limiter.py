"""Who may send now: a limit on concurrency and one on the rate, over all calls of a client, first come first served."""

import asyncio
import math
from collections import OrderedDict

from aiopinecone.engine import clock
from aiopinecone.errors import PineconeTimeoutError


class Limiter:
    """At most `concurrency` places taken at once, and at most one place given each `1 / requests_per_second` seconds.

    Nobody holds a place while it sleeps: a place is for one attempt.
    """

    def __init__(self, concurrency: int, requests_per_second: float | None) -> None:
        self._free = concurrency
        self._interval = 1.0 / requests_per_second if requests_per_second else 0.0
        self._opens_at = -math.inf
        self._queue: OrderedDict[asyncio.Future[None], None] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def try_enter(self) -> bool:
        """Take a place at once, if one is free and nobody waits for it."""
        if self._queue or not self._free or (self._interval and clock.now() < self._opens_at):
            return False
        self._take()
        return True

    async def enter(self, bound_at: float) -> None:
        """Queue for a place. Raises `PineconeTimeoutError` when none came by `bound_at`."""
        loop = asyncio.get_running_loop()
        place = loop.create_future()
        self._queue[place] = None
        timer = None if bound_at == math.inf else loop.call_at(bound_at, self._turn_away, place)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                # the place came in the same turn of the loop
                self.leave()
            raise
        finally:
            self._queue.pop(place, None)
            if timer is not None:
                timer.cancel()

    def leave(self) -> None:
        """Give the place back."""
        self._free += 1
        if self._queue:
            self._admit()

    def _take(self) -> None:
        self._free -= 1
        if self._interval:
            self._opens_at = max(self._opens_at, clock.now()) + self._interval

    def _admit(self) -> None:
        """Let in whoever may go now; if only the time forbids it, come back when it doesn't."""
        while self._queue and self._free:
            if clock.now() < self._opens_at:
                self._come_back()
                return
            place, _ = self._queue.popitem(last=False)
            if not place.done():
                self._take()
                place.set_result(None)

    def _come_back(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self._opens_at, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._admit()

    def _turn_away(self, place: "asyncio.Future[None]") -> None:
        if not place.done():
            place.set_exception(PineconeTimeoutError("no place among the concurrent requests came free in time"))
