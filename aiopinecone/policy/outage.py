"""When to leave a helper alone that fails, and when to look whether it is back. Pure: times are arguments, in s."""

import math

FAILURES = 3  # in a row make an outage
BYPASS = 1.0  # seconds between two looks at whether it is over


class Breaker:
    """Counts the failures in a row of one helper; after the third it is left alone, but for one call each second.

    Failures of calls that overlapped count once: they say no more than one of them.

    Attributes:
        is_out: an outage goes on.
    """

    def __init__(self) -> None:
        self.is_out = False
        self._failures = 0
        self._failed_at = -math.inf
        self._looks_at = -math.inf

    def allows(self, now: float) -> bool:
        """Whether a call may be made; in an outage its caller finds out whether it is over."""
        if not self.is_out:
            return True
        if now < self._looks_at:
            return False
        self._looks_at = now + BYPASS
        return True

    def succeeded(self) -> bool:
        """A call was answered; whether that ended an outage."""
        was_out, self.is_out = self.is_out, False
        self._failures = 0
        return was_out

    def failed(self, began_at: float, now: float) -> bool:
        """A call that began then wasn't answered; whether an outage begins with it."""
        if began_at < self._failed_at:
            return False
        self._failed_at = now
        self._failures += 1
        if self._failures < FAILURES:
            return False
        begins, self.is_out = not self.is_out, True
        self._looks_at = now + BYPASS
        return begins
