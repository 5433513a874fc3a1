"""Whether a failed attempt is worth another, and when. Pure: the dice and the time left are arguments.

Exponential backoff with full jitter: before attempt n + 1 the wait is drawn evenly from 0 to
`first_delay * 2 ** (n - 1)`, at most `max_delay`. Where the answer asked for a wait (Retry-After), that wait is kept,
and one drawn from at least a quarter of it comes on top, so that callers don't come back all together.
"""

from collections.abc import Callable
from typing import TypeGuard

import attrs

from aiopinecone.errors import (
    ApiError,
    CertificateError,
    PineconeConnectionError,
    PineconeError,
    RateLimitError,
    ServiceError,
)
from aiopinecone.policy.quantities import check_count, check_length, to_seconds

RETRYABLE_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

SPREAD = 0.25  # of a wait that was asked for: those who waited come back spread over as much
BUDGET = 100.0  # retries that a client can spend before any success pays for more
EARNED_BY_SUCCESS = 0.2  # of a retry; 1.0 where the success was a retry itself

Dice = Callable[[], float]


@attrs.frozen
class Retry:
    """Try again after so many seconds."""

    delay: float


@attrs.frozen
class GiveUp:
    """Raise the error. `why` says what ended it, for the log."""

    why: str


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often and how patiently a failed request is sent again.

    Connection errors, timeouts of an attempt, bodies cut short, and the statuses 408, 429, 500, 502, 503 and 504 are
    tried again; other statuses, failed certificate checks and undecodable answers never are.

    Attributes:
        attempts: requests per call at most, the first included. 1 turns retrying off.
        first_delay: seconds, or a timedelta; the longest wait before the second attempt.
        max_delay: seconds, or a timedelta; no drawn wait is longer. (A Retry-After may be.)

    Raises:
        PineconeValueError: a value is out of range.
    """

    attempts: int = attrs.field(default=4, validator=check_count)
    first_delay: float = attrs.field(default=0.25, converter=to_seconds, validator=check_length)
    max_delay: float = attrs.field(default=8.0, converter=to_seconds, validator=check_length)

    def decide(self, error: PineconeError, attempt: int, time_left: float, dice: Dice) -> Retry | GiveUp:
        """What to do after attempt number `attempt` (1-based) failed with `error`.

        `time_left` is in seconds until the deadline; `dice` returns a float in [0, 1).
        """
        if not is_retryable(error):
            return GiveUp("this error stays")
        if attempt >= self.attempts:
            return GiveUp("no attempts are left")
        asked = retry_after(error)
        delay = asked + dice() * max(asked * SPREAD, self._longest_wait(attempt))
        if delay >= time_left:
            return GiveUp("no time is left")
        return Retry(delay)

    def _longest_wait(self, attempt: int) -> float:
        doublings = min(attempt - 1, 64)  # 2.0 ** 1024 overflows
        return min(self.max_delay, self.first_delay * 2.0**doublings)


class RetryBudget:
    """How many retries a client may still send: a token bucket, after botocore's retry quota.

    A retry takes a token, a success puts back what it took, and a success at the first attempt puts back a fifth of
    one. So in a total outage a client sends each call once, and 100 requests more; passing failures are always retried;
    and a client that asks seldom is back to normal after a few successes. (gRPC's A6 stops all retries until half of
    its bucket is earned back at a tenth of a token per success: hundreds of calls, which take such a client hours.)
    """

    def __init__(self, capacity: float = BUDGET) -> None:
        self._capacity = capacity
        self.tokens = capacity

    def spend(self) -> bool:
        """Take a token for a retry; False where there is none left."""
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True

    def allows(self, error: PineconeError) -> bool:
        """Whether to wait for a retry at all. After a Retry-After it may: until then, others may earn what it takes."""
        return self.tokens >= 1.0 or is_throttling(error)

    def earn(self, *, retried: bool) -> None:
        """A call succeeded, at its first attempt or at a retry."""
        earned = 1.0 if retried else EARNED_BY_SUCCESS
        self.tokens = min(self._capacity, round(self.tokens + earned, 6))  # else five fifths may fall short of one


def retry_after(error: PineconeError) -> float:
    """Seconds that the answer asked to wait; 0 where it didn't."""
    return (error.retry_after or 0.0) if isinstance(error, ApiError) else 0.0


def is_throttling(error: PineconeError) -> TypeGuard[ApiError]:
    """Whether Pinecone asks the whole client to slow down: 429, or 503 with a Retry-After."""
    return isinstance(error, RateLimitError) or (isinstance(error, ServiceError) and retry_after(error) > 0)


def is_retryable(error: PineconeError) -> bool:
    """Whether another attempt may end better."""
    if isinstance(error, ApiError):
        return error.status_code in RETRYABLE_STATUSES
    return isinstance(error, PineconeConnectionError) and not isinstance(error, CertificateError)
