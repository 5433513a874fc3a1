"""What the client says it sent, id by id, and what became of each call, to be held against the server's own count."""

import math
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from aiopinecone.api.operations import Operation
from aiopinecone.engine import channel
from aiopinecone.engine.exchange import Response
from aiopinecone.engine.fetching import Fetcher
from aiopinecone.engine.flight import Flight
from aiopinecone.engine.transport import Transport

T = TypeVar("T")

BUCKETS_PER_DOUBLING = 16  # of a latency: 4 % wide
LOWEST = 0.001  # ms


class Account:
    """Of fixed size, so that it never looks like a leak.

    Attributes:
        sent: for each id, requests handed to the transport.
        unsure: of them, those that ended without an answer (cancelled, lost, cut, out of time): the server may have
            seen them or not.
        attempts: as the flights count them, over all ids.
        calls: started.
        ended: how many ended how.
        wrong: calls that ended in a way that no call may end.
    """

    def __init__(self, ids: int) -> None:
        self.sent = [0] * ids
        self.unsure = [0] * ids
        self.requests = 0
        self.attempts = 0
        self.calls = 0
        self.ended = {"answered": 0, "cancelled": 0, "failed": 0}
        self.wrong = 0

    @property
    def unaccounted(self) -> int:
        """What doesn't add up at rest, without the server's help."""
        return abs(self.requests - self.attempts) + abs(self.calls - sum(self.ended.values())) + self.wrong

    def against(self, seen: list[int]) -> int:
        """The same, held against what the server saw for each id."""
        return self.unaccounted + sum(map(unexplained, self.sent, self.unsure, seen))

    def watch(self) -> None:
        """Count what every client made from now on in this process sends."""
        account = self

        class CountedTransport(Transport):
            async def send(self, path: str, query: Mapping[str, str], bound_at: float, max_bytes: int) -> Response:
                return await account.count(super().send(path, query, bound_at, max_bytes), path)

        class CountedFetcher(Fetcher):
            async def fetch(self, operation: Operation[T], flight: Flight[T]) -> T:
                try:
                    return await super().fetch(operation, flight)
                finally:
                    account.attempts += flight.attempts

        vars(channel).update(Transport=CountedTransport, Fetcher=CountedFetcher)

    async def count(self, sending: Awaitable[T], path: str) -> T:
        number = int(path.rpartition("_")[2])
        self.requests += 1
        self.sent[number] += 1
        try:
            return await sending
        except BaseException:
            self.unsure[number] += 1
            raise


def unexplained(sent: int, unsure: int, seen: int) -> int:
    """How far what the server saw is from what the client may have sent."""
    return max(0, seen - sent) + max(0, sent - unsure - seen)


class Latencies:
    """Percentiles of any number of lengths, in a fixed number of buckets."""

    def __init__(self) -> None:
        self._counts = [0] * (BUCKETS_PER_DOUBLING * 32)

    def add(self, milliseconds: float) -> None:
        self._counts[_bucket(milliseconds)] += 1

    def percentile(self, share: float) -> float:
        """The upper edge of the bucket that this share of the lengths doesn't exceed, in ms; 0 where there is none."""
        left = share * sum(self._counts)
        for bucket, count in enumerate(self._counts):
            left -= count
            if count and left <= 0:
                return float(LOWEST * 2 ** ((bucket + 1) / BUCKETS_PER_DOUBLING))
        return 0.0


def _bucket(milliseconds: float) -> int:
    doublings = math.log2(max(milliseconds, LOWEST) / LOWEST)
    return min(int(doublings * BUCKETS_PER_DOUBLING), BUCKETS_PER_DOUBLING * 32 - 1)
