"""A virtual clock: it starts at a fixed moment, runs at a chosen speed and jumps when told."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
MAX_SPEED = 1_000_000.0
MAX_ADVANCE = timedelta(days=366)
# Far enough from datetime.max that no duration added to a moment overflows.
_LAST = datetime(9000, 1, 1, tzinfo=UTC)


class Clock:
    """Virtual time. It begins at `START`, so that equal seeds give equal timestamps.

    Args:
        speed: virtual seconds in one real second, 0 (frozen) to 1,000,000.
        monotonic: the real clock, in seconds.

    Raises:
        ValueError: the speed is out of its range.
    """

    def __init__(self, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        if not 0 <= speed <= MAX_SPEED:
            raise ValueError(f"speed must be from 0 to {MAX_SPEED:,.0f}, not {speed!r}")
        self._speed = speed
        self._monotonic = monotonic
        self.restart()

    def restart(self) -> None:
        """Back to `START`."""
        self._began = self._monotonic()
        self._jumped = timedelta()

    @property
    def now(self) -> datetime:
        """The virtual moment, in UTC; it stands still at the year 9000."""
        ran = (self._monotonic() - self._began) * self._speed
        return START + min(self._jumped + timedelta(seconds=ran), _LAST - START)

    def advance(self, by: timedelta | float) -> None:
        """Jump ahead by a timedelta or a number of seconds, 366 days at most in one jump.

        Raises:
            ValueError: the jump is negative, too long or not a number.
        """
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        if not 0 <= seconds <= MAX_ADVANCE.total_seconds():
            raise ValueError(f"advance by 0 to {MAX_ADVANCE.total_seconds():.0f} seconds, not {by!r}")
        self._jumped = min(self._jumped + timedelta(seconds=seconds), _LAST - START)
