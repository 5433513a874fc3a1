"""One rate of requests for all processes that share an API key: a token bucket in the shared store."""

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any, Protocol

from aiopinecone.engine import clock
from aiopinecone.engine.flight import Flight
from aiopinecone.engine.guard import Guard
from aiopinecone.errors import PineconeTimeoutError

SILENCES = 3  # calls without an answer, after which a request goes without a turn; one alone is no outage
LONGEST_NAP = 1.0  # seconds after which one for whom no turn comes in time looks again


class Bucket(Protocol):
    """Where turns are given."""

    async def reserve(self, name: str, interval: float, longest: float) -> float:
        """Take the next turn, all of which are `interval` seconds apart; how many seconds it is off.

        Where that is more than `longest` none is taken, and the number is negative.
        """
        ...


class SharedRate:
    """Gives each request its turn. While the store is out each process has only its own limits."""

    def __init__(self, guard: Guard, bucket: Bucket, name: str, rate: float) -> None:
        self._guard = guard
        self._bucket = bucket
        self._name = name
        self._interval = 1.0 / rate
        self._asking = asyncio.Lock()  # one asks at a time: a thousand at once would be slow enough for an outage

    async def wait(self, flight: Flight[Any]) -> None:
        """Sleep until it is the flight's turn. Raises `PineconeTimeoutError` where it must end before that."""
        silences = 0
        while (now := clock.now()) < flight.bound_at:
            longest = max(flight.deadline_at - now, 0.0)
            async with self._asking:
                off = await self._guard.call(partial(self._reserve, longest), flight.bound_at, writes=True)
            if off is None:
                silences += 1
                if self._guard.is_out or silences == SILENCES:
                    return
            elif off >= 0:
                await clock.sleep(off)
                return
            else:  # it would come too late; but somebody who has more time may join
                await clock.sleep(min(-off, max(longest, 0.01), LONGEST_NAP))
        raise PineconeTimeoutError("no turn within the shared rate came in time")

    def _reserve(self, longest: float) -> Awaitable[float]:
        return self._bucket.reserve(self._name, self._interval, longest)
