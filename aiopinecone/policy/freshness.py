"""How long an answer is good. Pure: times are arguments, in seconds of one monotonic clock."""

from collections.abc import Callable
from enum import Enum, auto

import attrs

from aiopinecone.errors import (
    ApiError,
    NotFoundError,
    PineconeConnectionError,
    PineconeError,
    RateLimitError,
    ServiceError,
)
from aiopinecone.models import Backup
from aiopinecone.policy.quantities import check_count, check_length, check_share, to_seconds

# A backup, or the news that there is none. The latter is a value here: whoever is told gets a copy of its own.
Answer = Backup | NotFoundError


class Freshness(Enum):
    """What a held answer is good for without asking Pinecone first."""

    FRESH = auto()
    STALE = auto()  # may be given once more, while a new one is fetched behind it
    EXPIRED = auto()


@attrs.define(weakref_slot=False)
class Entry:
    """A held answer, and until when it is good for what: moments of the monotonic clock. (Frozen, it costs double.)

    Attributes:
        answer: what Pinecone said.
        asked_at: when the request was made: of two answers, the one asked for later knows more.
        fresh_until: given as it is.
        stale_until: given, while a new one is fetched behind it.
        fallback_until: given where fetching a new one fails.
    """

    answer: Answer
    asked_at: float
    fresh_until: float
    stale_until: float
    fallback_until: float

    @property
    def dead_at(self) -> float:
        """From when on it is good for nothing."""
        return max(self.stale_until, self.fallback_until)


@attrs.frozen(kw_only=True)
class CachePolicy:
    """What the client keeps in memory, and for how long. Lengths of time are seconds or timedeltas.

    Attributes:
        ttl: how long a settled backup (ready or failed) is fresh. 0 keeps none.
        pending_ttl: the same for one that is still moving, or whose status is unknown.
        missing_ttl: how long a 404 is remembered.
        ttl_jitter: the share of a TTL, from 0 to 1, that may be taken off it at random, so that answers that came
            together don't expire together.
        max_entries: answers held at most; the one unused for longest makes room.
        stale_while_revalidate: how long past its TTL a backup is still given while a new one is fetched (RFC 5861).
        stale_if_error: how long past its TTL a backup is still given when asking fails with a connection error, a
            timeout, 429 or 5xx (RFC 5861); never for a call with `fresh=True`.

    Raises:
        PineconeValueError: a value is out of range.
    """

    ttl: float = attrs.field(default=60.0, converter=to_seconds, validator=check_length)
    pending_ttl: float = attrs.field(default=2.0, converter=to_seconds, validator=check_length)
    missing_ttl: float = attrs.field(default=0.0, converter=to_seconds, validator=check_length)
    ttl_jitter: float = attrs.field(default=0.1, validator=check_share)
    max_entries: int = attrs.field(default=10_000, validator=check_count)
    stale_while_revalidate: float = attrs.field(default=0.0, converter=to_seconds, validator=check_length)
    stale_if_error: float = attrs.field(default=0.0, converter=to_seconds, validator=check_length)

    def entry(self, answer: Answer, asked_at: float, now: float, dice: Callable[[], float]) -> Entry | None:
        """The answer with its lifetime from `now` on, or None where it isn't to be kept. Jitter only shortens."""
        ttl = self._ttl(answer) * (1.0 - self.ttl_jitter * dice())
        if ttl <= 0.0:
            return None
        fresh_until = now + ttl
        if isinstance(answer, NotFoundError):  # only a backup is worth being told late
            return Entry(answer, asked_at, fresh_until, fresh_until, fresh_until)
        # A sum would be a number of its own, which every entry would hold.
        stale_until = fresh_until + self.stale_while_revalidate if self.stale_while_revalidate else fresh_until
        fallback_until = fresh_until + self.stale_if_error if self.stale_if_error else fresh_until
        return Entry(answer, asked_at, fresh_until, stale_until, fallback_until)

    def lasts(self, answer: Answer) -> float:
        """Seconds for which the answer may be good for anything; 0 where it isn't to be kept."""
        ttl = self._ttl(answer)
        windows = max(self.stale_while_revalidate, self.stale_if_error) if isinstance(answer, Backup) else 0.0
        return ttl and ttl + windows

    @property
    def keeps_nothing(self) -> bool:
        """Whether no answer has a lifetime."""
        return not (self.ttl or self.pending_ttl or self.missing_ttl)

    def _ttl(self, answer: Answer) -> float:
        if isinstance(answer, NotFoundError):
            return self.missing_ttl
        return self.ttl if answer.status.is_settled else self.pending_ttl


def judge(entry: Entry, now: float) -> Freshness:
    """What the entry is good for now."""
    if now < entry.fresh_until:
        return Freshness.FRESH
    return Freshness.STALE if now < entry.stale_until else Freshness.EXPIRED


def is_fallback(entry: Entry, error: PineconeError, now: float) -> bool:
    """Whether the entry may stand in for the answer that this error kept from coming."""
    if now >= entry.fallback_until or not isinstance(entry.answer, Backup):
        return False
    if isinstance(error, ApiError):
        return isinstance(error, RateLimitError | ServiceError)
    return isinstance(error, PineconeConnectionError)
