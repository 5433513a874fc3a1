"""Many moments, one timer: a timer for each attempt and each wait would take 6 us of a request's 90."""

import asyncio
import math
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from aiopinecone.engine import clock

T = TypeVar("T", bound=Hashable)


class Deadlines(Generic[T]):
    """Calls `on_over` with each one that is watched when its moment comes.

    The moments mostly come in the order in which they are set, so that the timer is hardly ever set again.
    """

    def __init__(self, on_over: Callable[[T], object]) -> None:
        self._on_over = on_over
        self._due: dict[T, float] = {}
        self._rings_at = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, who: T, at: float) -> None:
        """Its moment comes at `at` of the monotonic clock, unless it is settled by then."""
        self._due[who] = at
        if at < self._rings_at:
            self._set_timer(at)

    def settle(self, who: T) -> bool:
        """Watch it no longer. Whether its moment had come."""
        return self._due.pop(who, None) is None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self, at: float) -> None:
        self.close()
        self._rings_at = at
        self._timer = asyncio.get_running_loop().call_at(at, self._on_timer)

    def _on_timer(self) -> None:
        self._rings_at = math.inf
        now = clock.now()
        for who in [who for who, at in self._due.items() if at <= now]:
            del self._due[who]
            self._on_over(who)
        if (soonest := min(self._due.values(), default=math.inf)) < math.inf:
            self._set_timer(soonest)
