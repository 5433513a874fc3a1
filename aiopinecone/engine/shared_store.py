"""A store that several processes share, through aiocache: names and bytes in, bytes out, whatever they mean.

Any `BaseCache` will do. Its own serializer is passed by, so that nothing is ever unpickled. What only Redis can do
(leases, a rate, keeping the later of two records) is in `redis_store`.
"""

import math
from collections.abc import Sequence
from enum import Enum, auto
from typing import Any, Protocol

from aiocache.base import BaseCache

NO_TIMEOUT = 0  # in aiocache's words; the waiting is bounded by the caller


class Trouble(Enum):
    """What the error of one call says of the store."""

    NONE = auto()  # of this entry at most: it holds what it shouldn't
    REFUSED = auto()  # the store is well, and said no
    LOST = auto()  # the store can't be reached


class Lease(Protocol):
    """A lock that ends by itself.

    Attributes:
        may_be_held: it was taken, or asked for without an answer.
    """

    may_be_held: bool

    async def acquire(self) -> bool:
        """Take it, unless somebody else has it; whether it is ours."""
        ...

    async def release(self) -> None:
        """End it, if it is ours."""
        ...


class SharedStore:
    """Any aiocache backend. It was made elsewhere, and is never closed here."""

    def __init__(self, cache: BaseCache) -> None:
        self._cache: Any = cache

    async def read(self, names: Sequence[str]) -> Sequence[Any]:
        """What is held under each name, or None."""
        return list(await self._cache.multi_get(list(names), loads_fn=_as_it_is, timeout=NO_TIMEOUT))

    async def keep(self, name: str, value: bytes, ttl: float, asked_at: float) -> bool:  # noqa: ARG002 -- for Redis
        """Hold a record, asked for at this moment, for whole seconds: not every backend has less."""
        await self._cache.set(name, value, ttl=math.ceil(ttl), dumps_fn=_as_it_is, timeout=NO_TIMEOUT)
        return True

    def lease(self, name: str, length: float) -> Lease | None:  # noqa: ARG002 -- Redis has them
        """A lock under this name, for so many seconds; None where the backend has none: everybody asks at once."""
        return None

    def trouble(self, error: BaseException) -> Trouble:
        """What this error says of the store."""
        return Trouble.NONE if isinstance(error, ValueError) or "WRONGTYPE" in str(error) else Trouble.LOST

    def redact(self, text: str) -> str:
        """The text without the store's password."""
        return text

    async def close(self) -> None:
        """Close what was opened here."""

    def abandon(self) -> None:
        """Let go of what the parent process goes on with."""


def _as_it_is(value: Any) -> Any:
    return value
