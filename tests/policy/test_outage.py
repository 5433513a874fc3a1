"""When a helper that fails is left alone."""

from aiopinecone.policy.outage import Breaker


def fail(breaker: Breaker, *moments: float) -> list[bool]:
    return [breaker.failed(began_at=moment - 0.1, now=moment) for moment in moments]


def test_three_failures_in_a_row_are_an_outage() -> None:
    """It begins once, with the third, and ends with the first success."""
    breaker = Breaker()
    assert fail(breaker, 1.0, 1.2) == [False, False]
    assert not breaker.is_out
    assert fail(breaker, 1.4, 1.6) == [True, False]
    assert breaker.is_out
    assert breaker.succeeded()
    assert not breaker.is_out
    assert not breaker.succeeded()


def test_a_success_between_them_is_no_outage() -> None:
    """Failures count in a row."""
    breaker = Breaker()
    fail(breaker, 1.0, 1.2)
    assert not breaker.succeeded()
    assert fail(breaker, 1.4, 1.6) == [False, False]
    assert not breaker.is_out


def test_failures_that_overlap_count_once() -> None:
    """A hundred calls that wait for one hiccup fail together, and say no more than one of them."""
    breaker = Breaker()
    assert [breaker.failed(began_at=1.0 + number / 1000, now=1.1 + number / 1000) for number in range(100)] == [
        False
    ] * 100
    assert not breaker.is_out


def test_in_an_outage_one_call_a_second_finds_out_whether_it_is_over() -> None:
    """The others are told at once to do without."""
    breaker = Breaker()
    assert [breaker.allows(0.5), breaker.allows(0.6)] == [True, True]
    fail(breaker, 1.0, 1.2, 1.4)
    assert [breaker.allows(now) for now in (1.4, 2.3, 2.4, 2.41, 3.3, 3.41)] == [False, False, True, False, False, True]
    breaker.failed(began_at=3.41, now=3.5)
    assert [breaker.allows(now) for now in (4.41, 4.51)] == [False, True]
    breaker.succeeded()
    assert [breaker.allows(4.52), breaker.allows(4.52)] == [True, True]
