"""Whether a failed attempt is worth another, and when. Pure: the dice and the time left are arguments.

Exponential backoff with full jitter: before attempt n + 1 the wait is drawn evenly from 0 to
`first_delay * 2 ** (n - 1)`, at most `max_delay`. Where the answer asked for a wait (Retry-After), that wait is kept,
and the drawn one comes on top, so that callers don't come back all together.
"""

from collections.abc import Callable

import attrs

from aiopinecone.errors import ApiError, CertificateError, PineconeConnectionError, PineconeError
from aiopinecone.policy.quantities import check_count, check_length, to_seconds

RETRYABLE_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

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
        asked = getattr(error, "retry_after", None) or 0.0
        delay = asked + dice() * self._longest_wait(attempt)
        if delay >= time_left:
            return GiveUp("no time is left")
        return Retry(delay)

    def _longest_wait(self, attempt: int) -> float:
        doublings = min(attempt - 1, 64)  # 2.0 ** 1024 overflows
        return min(self.max_delay, self.first_delay * 2.0**doublings)


def is_retryable(error: PineconeError) -> bool:
    """Whether another attempt may end better."""
    if isinstance(error, ApiError):
        return error.status_code in RETRYABLE_STATUSES
    return isinstance(error, PineconeConnectionError) and not isinstance(error, CertificateError)
