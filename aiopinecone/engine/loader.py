"""Many look-ups, one read: what is asked for in one turn of the event loop is read together."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from aiopinecone.engine import clock

T = TypeVar("T")

BATCH = 100  # names in one read at most


class Loader(Generic[T]):
    """Collects names until a turn of the loop brings no more, and reads them all at once.

    A turn is enough where many callers come together. Workers that start one another come one in each turn.
    """

    def __init__(self, read: Callable[[Sequence[str]], Awaitable[Sequence[T | None]]]) -> None:
        self._read = read
        self._asked: dict[str, asyncio.Future[T | None]] = {}
        self._reads: set[asyncio.Task[None]] = set()

    async def load(self, name: str, until: float = math.inf) -> T | None:
        """What is held under this name; None where that isn't known by `until`."""
        found = self._asked.get(name)
        if found is None:
            loop = asyncio.get_running_loop()
            if not self._asked:
                loop.call_soon(self._gather, 0)
            found = self._asked[name] = loop.create_future()
        timeout = None if until == math.inf else max(until - clock.now(), 0.0)
        await asyncio.wait({found}, timeout=timeout)
        return found.result() if found.done() else None

    async def close(self) -> None:
        """End every read; whoever waits for one gets None."""
        asked, self._asked = self._asked, {}
        for found in asked.values():
            found.set_result(None)
        for task in self._reads:
            task.cancel()
        if self._reads:
            await asyncio.wait(self._reads)

    def _gather(self, count: int) -> None:
        if count < len(self._asked) < BATCH:
            asyncio.get_running_loop().call_soon(self._gather, len(self._asked))
            return
        asked, self._asked = list(self._asked.items()), {}
        for start in range(0, len(asked), BATCH):
            task = asyncio.get_running_loop().create_task(
                self._load(dict(asked[start : start + BATCH])), context=Context()
            )
            self._reads.add(task)
            task.add_done_callback(self._reads.discard)

    async def _load(self, asked: "dict[str, asyncio.Future[T | None]]") -> None:
        try:
            for found, value in zip(asked.values(), await self._read(list(asked)), strict=True):
                found.set_result(value)
        finally:
            for found in asked.values():
                if not found.done():
                    found.set_result(None)
