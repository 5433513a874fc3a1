"""The virtual clock."""

from datetime import UTC, datetime, timedelta

import pytest

from aiopinecone.emulator.clock import START, Clock


class Real:
    """A real clock that the test moves."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_it_starts_at_a_fixed_moment() -> None:
    """Two clocks begin at one moment, whenever they are made."""
    assert Clock(0).now == Clock(0).now == START


@pytest.mark.parametrize("start", ["2025-01-02T03:00:00+01:00", datetime(2025, 1, 2, 2, tzinfo=UTC)])
def test_it_may_start_elsewhere(start: str | datetime) -> None:
    """At a moment of its own, as text or not, where it also restarts; now is the real clock's."""
    clock = Clock(0, start=start)
    clock.advance(5)
    clock.restart()
    assert clock.now == datetime(2025, 1, 2, 2, tzinfo=UTC)
    before = datetime.now(UTC)
    assert before <= Clock(0, start="now").now <= datetime.now(UTC)


@pytest.mark.parametrize(
    "start",
    [
        "today",
        "2025-01-02",
        datetime(2025, 1, 2, tzinfo=UTC).replace(tzinfo=None),
        "0001-01-01T00:00Z",
        "9999-01-01T00:00Z",
    ],
)
def test_a_start_is_a_moment(start: str | datetime) -> None:
    """With its offset, and with room for what happens before and after it."""
    with pytest.raises(ValueError, match="start must be now, or a moment like 2026-11-01T12:00:00Z, not '"):
        Clock(start=start)


def test_speed_multiplies_real_time() -> None:
    """At speed 600 one real second is ten virtual minutes."""
    real = Real()
    clock = Clock(600, real)
    real.seconds += 2
    assert clock.now == START + timedelta(minutes=20)


def test_advance_adds_to_what_ran() -> None:
    """Jumps in seconds and in timedeltas add to the time that ran, and restart undoes both."""
    real = Real()
    clock = Clock(1, real)
    real.seconds += 1
    clock.advance(10)
    clock.advance(timedelta(minutes=1))
    assert clock.now == START + timedelta(seconds=71)
    clock.restart()
    assert clock.now == START


def test_it_stands_still_at_the_end_of_time() -> None:
    """No number of jumps, and no speed, runs into the end of datetime."""
    real = Real()
    clock = Clock(1_000_000, real)
    for _ in range(7_000):
        clock.advance(timedelta(days=366))
    real.seconds += 1_000_000
    assert clock.now == datetime(9000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("by", [-1, float("nan"), float("inf"), timedelta(days=367), 10**400])
def test_advance_refuses_what_is_no_jump_ahead(by: float | timedelta) -> None:
    """A jump is 0 to 366 days ahead."""
    clock = Clock(0)
    with pytest.raises(ValueError, match="advance by 0 to 31622400 seconds"):
        clock.advance(by)
    assert clock.now == START


@pytest.mark.parametrize("speed", [-0.1, float("nan"), float("inf"), 1_000_001])
def test_speed_has_a_range(speed: float) -> None:
    """A speed is 0 to a million."""
    with pytest.raises(ValueError, match="speed must be from 0 to 1,000,000"):
        Clock(speed)
