"""A virtual clock: it starts at a moment, runs at a chosen speed and jumps when told."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

DEFAULT_START = "2026-11-01T12:00:00Z"
START = datetime.fromisoformat(DEFAULT_START)
MAX_SPEED = 1_000_000.0
MAX_ADVANCE = timedelta(days=366)
# Far enough from datetime.max that no duration added to a moment overflows.
_LAST = datetime(9000, 1, 1, tzinfo=UTC)


class Clock:
    """Virtual time. It begins at `START` by default, so that equal seeds give equal timestamps.

    Args:
        speed: virtual seconds in one real second, 0 (frozen) to 1,000,000.
        monotonic: the real clock, in seconds.
        start: when it begins: an aware datetime, one as text in ISO 8601, or "now".

    Raises:
        ValueError: the speed is out of its range, or the start is no moment of an offset.
    """

    def __init__(
        self,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
        start: datetime | str = START,
    ) -> None:
        if not 0 <= speed <= MAX_SPEED:
            raise ValueError(f"speed must be from 0 to {MAX_SPEED:,.0f}, not {speed!r}")
        self._speed = speed
        self._monotonic = monotonic
        self._start = _moment(start)
        self.restart()

    def restart(self) -> None:
        """Back to where it began."""
        self._began = self._monotonic()
        self._jumped = timedelta()

    @property
    def now(self) -> datetime:
        """The virtual moment, in UTC; it stands still at the year 9000."""
        ran = (self._monotonic() - self._began) * self._speed
        return self._start + min(self._jumped + timedelta(seconds=ran), _LAST - self._start)

    def advance(self, by: timedelta | float) -> None:
        """Jump ahead by a timedelta or a number of seconds, 366 days at most in one jump.

        Raises:
            ValueError: the jump is negative, too long or not a number.
        """
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        if not 0 <= seconds <= MAX_ADVANCE.total_seconds():
            raise ValueError(f"advance by 0 to {MAX_ADVANCE.total_seconds():.0f} seconds, not {by!r}")
        self._jumped = min(self._jumped + timedelta(seconds=seconds), _LAST - self._start)


def _moment(start: datetime | str) -> datetime:
    """The moment in UTC. Years that leave no room for a fleet's past, or for jumps ahead, are refused."""
    if start == "now":
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(start) if isinstance(start, str) else start
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not START.year - 100 < moment.year < _LAST.year:
        raise ValueError(f"start must be now, or a moment like 2026-11-01T12:00:00Z, not {str(start)!r}")
    return moment.astimezone(UTC)
