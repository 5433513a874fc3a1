"""When to look again, and what a shared look may cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone.policy import polling, rounds
from aiopinecone.policy.rounds import Step


@pytest.mark.parametrize(
    ("looks", "seconds"),
    [(1, 2), (2, 3), (3, 4.5), (4, 6.75), (9, 51.2578125), (10, 60), (11, 60), (10**9, 60)],
)
def test_the_delay_grows_by_half_up_to_a_minute(looks: int, seconds: float) -> None:
    """From two seconds on; an interval that was asked for never changes."""
    assert polling.delay(looks, None) == seconds
    assert polling.delay(looks, 7.5) == 7.5


@pytest.mark.parametrize(("dice", "at"), [(0.0, 108.0), (0.5, 110.0), (0.999999, 112.0)])
def test_a_look_is_due_within_a_fifth_of_its_delay(dice: float, at: float) -> None:
    """To either side, and may be shared from the earlier end on."""
    due = polling.due(100.0, 10.0, dice)
    assert due.earliest == 108.0
    assert due.at == pytest.approx(at, abs=1e-4)


@pytest.mark.parametrize(
    ("due", "pages", "reads"), [(1, 1, False), (2, 1, False), (3, 1, True), (11, 10, False), (12, 10, True)]
)
def test_which_rounds_read_the_list(due: int, pages: int, reads: bool) -> None:
    """Those that may be cheaper for it: describing each costs no more than a round may."""
    assert rounds.reads_list(due, pages) is reads


@pytest.mark.parametrize(
    ("due", "read", "left", "has_more", "step"),
    [
        (200, 1, 200, True, Step.READ),
        (200, 1, 3, True, Step.READ),
        (200, 1, 2, True, Step.DESCRIBE),  # two describes cost no more than the next page and one
        (200, 1, 0, True, Step.DESCRIBE),
        (200, 10, 5, False, Step.DESCRIBE),
        (3, 1, 2, True, Step.DESCRIBE),
        (3, 1, 3, True, Step.READ),
        (3, 2, 2, True, Step.READ),
        (3, 3, 3, True, Step.DESCRIBE),
    ],
)
def test_the_steps_of_a_round(due: int, read: int, left: int, has_more: bool, step: Step) -> None:
    """The list is read as long as that may pay, and no more pages than there are backups."""
    assert rounds.next_step(due, read, left, has_more=has_more) is step


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 50), st.data())
def test_no_round_costs_more_than_it_may(due: int, pages: int, known: int, data: st.DataObject) -> None:
    """Wherever the backups stand on the pages: at most one request for each, nor more than the pages and one."""
    known = min(known, pages)
    if not rounds.reads_list(due, known):
        assert min(due, known + 1) <= min(due, pages + 1)
        return
    places = data.draw(st.lists(st.integers(1, pages + 1), min_size=due, max_size=due))  # pages + 1: unlisted
    read = 0
    step = Step.READ
    while step is Step.READ:
        read += 1
        left = sum(place > read for place in places)
        step = rounds.next_step(due, read, left, has_more=read < pages)
    described = min(left, max(0, rounds.allowed(due, read + 1 if read < pages else read) - read))
    assert read + described <= min(due, pages + 1)
