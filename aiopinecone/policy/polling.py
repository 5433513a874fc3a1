"""When to look again at a backup that is still moving. Pure: the dice are an argument, lengths are seconds."""

import attrs

FIRST_DELAY = 2.0  # after the first look
GROWTH = 1.5
LONGEST_DELAY = 60.0
SPREAD = 0.2  # of a delay, to either side, so that those who wait don't come all together


@attrs.frozen
class Due:
    """The next look: from `earliest` on it may be shared with another's, and at `at` it is made.

    Both are moments of the monotonic clock.
    """

    earliest: float
    at: float


def delay(looks: int, poll_interval: float | None) -> float:
    """Seconds from look number `looks` (1-based) to the next: 2 s growing by half to 60 s, or the interval."""
    if poll_interval is not None:
        return poll_interval
    growths = min(looks - 1, 64)  # 1.5 ** 2000 overflows
    return float(min(LONGEST_DELAY, FIRST_DELAY * GROWTH**growths))


def due(now: float, length: float, dice: float) -> Due:
    """The look that is due `length` seconds from now, +-20 %; `dice` is a number in [0, 1)."""
    earliest = now + length * (1.0 - SPREAD)
    return Due(earliest, earliest + length * 2.0 * SPREAD * dice)
