"""Who may send now: concurrency, rate, and the slowing down that Pinecone asks for. First come, first served."""

import asyncio
import copy
import math
from collections import OrderedDict

from aiopinecone.engine import clock
from aiopinecone.errors import ApiError, PineconeTimeoutError
from aiopinecone.policy.retry import SPREAD, retry_after

LONGEST_PAUSE = 60.0  # seconds, whatever a Retry-After says
SHORTEST_WAIT = 0.001  # seconds, where the time has come by one sum of floats and not quite by another
RECOVERY = 12.0  # seconds in which the concurrency grows back from nothing


class Limiter:
    """At most `concurrency` places taken at once, and one given each `1 / requests_per_second` seconds at most.

    Nobody holds a place while it sleeps: a place is for one attempt. Where Pinecone throttles, the concurrency is
    halved and grows back steadily (AIMD), and a wait that it asks for is everybody's; those who waited go one by one,
    over at least a quarter of that wait.
    """

    def __init__(self, concurrency: int, requests_per_second: float | None) -> None:
        self._concurrency = concurrency
        self._interval = 1.0 / requests_per_second if requests_per_second else 0.0
        self._taken = 0
        self._opens_at = -math.inf  # the next place isn't given before
        self._paused_until = -math.inf  # because Pinecone asked for it, not for the rate
        self._spread_until = -math.inf  # those who waited for a pause to end go one by one until then
        self._cut_to = math.inf  # the concurrency at the last throttling
        self._cut_at = -math.inf  # when it grew from there on
        self._queue: OrderedDict[asyncio.Future[None], None] = OrderedDict()
        self._paused_by: ApiError | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = math.inf  # uvloop's timers don't all tell
        self._is_plain = not self._interval  # neither rate nor throttling: only places are counted

    def try_enter(self) -> bool:
        """Take a place at once, if one is free and nobody waits for it."""
        if self._queue or self._taken >= self._concurrency or not (self._is_plain or self._may_go(clock.now())):
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
                self.leave()  # the place came in the same turn of the loop
            raise
        finally:
            self._queue.pop(place, None)
            if timer is not None:
                timer.cancel()

    def leave(self) -> None:
        """Give the place back."""
        self._taken -= 1
        if self._queue:
            self._admit()

    def throttle(self, error: ApiError) -> None:
        """Slow down: halve the concurrency, and give no place for as long as the error asks, at most 60 s."""
        now = clock.now()
        pause = min(retry_after(error), LONGEST_PAUSE)
        if now >= self._cut_at:  # answers to requests that were sent before a cut say nothing against it
            self._cut_to = max(1.0, self._limit(now) / 2)
            self._cut_at = now + max(pause, 1.0)
        if pause and now + pause > self._opens_at:
            self._opens_at = self._paused_until = now + pause
            self._paused_by = error
            self._spread_until = max(self._spread_until, now + pause * (1 + SPREAD))
        self._is_plain = False

    def refusal(self, deadline_at: float) -> ApiError | None:
        """The error that asked for a pause, with the rest of the wait, for one whose time ends before that."""
        left = self._paused_until - clock.now()
        if self._paused_by is None or left <= 0 or deadline_at > self._paused_until:
            return None
        refusal = copy.copy(self._paused_by)
        refusal.retry_after = left
        return refusal

    def _limit(self, now: float) -> float:
        """Places there are now."""
        grown = self._cut_to + max(0.0, now - self._cut_at) / RECOVERY * self._concurrency
        return min(grown, self._concurrency)

    def _may_go(self, now: float) -> bool:
        limit = self._limit(now)
        if not self._interval and limit == self._concurrency and now >= self._spread_until:
            self._is_plain = True
        return now >= self._opens_at and self._taken < int(limit)

    def _take(self) -> None:
        self._taken += 1
        if self._is_plain:
            return
        now = clock.now()
        gap = self._interval
        if self._queue and now < self._spread_until:
            gap = max(gap, (self._spread_until - now) / (len(self._queue) + 1))
        self._opens_at = max(self._opens_at, now) + gap

    def _admit(self) -> None:
        """Let in whoever may go now; if only the time forbids it, come back when it doesn't."""
        while self._queue and self._taken < self._concurrency:
            now = clock.now()
            if not (self._is_plain or self._may_go(now)):
                self._come_back(now)
                return
            place, _ = self._queue.popitem(last=False)
            if not place.done():
                self._take()
                place.set_result(None)

    def _come_back(self, now: float) -> None:
        """When the time for it has come, and the concurrency has grown by a place; perhaps nobody leaves until then."""
        grown_at = self._cut_at + (self._taken + 1 - self._cut_to) / self._concurrency * RECOVERY
        at = max(self._opens_at, grown_at)
        if at <= now:
            at = now + SHORTEST_WAIT
        if self._rings_at <= at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = at
        self._timer = asyncio.get_running_loop().call_at(at, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._rings_at = math.inf
        self._admit()

    def _turn_away(self, place: "asyncio.Future[None]") -> None:
        if not place.done():
            place.set_exception(PineconeTimeoutError("no place among the concurrent requests came free in time"))
