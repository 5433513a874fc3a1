"""Retrying: which failures are worth another attempt, when it comes, and what a client may spend on them."""

import math
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aiopinecone import (
    ApiError,
    CertificateError,
    ClientClosedError,
    ForbiddenError,
    NotFoundError,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
    PineconeValueError,
    RateLimitError,
    ResponseParsingError,
    RetryPolicy,
    ServiceError,
    UnauthorizedError,
)
from aiopinecone.engine.transport import ConnectionLostError
from aiopinecone.policy import retry
from aiopinecone.policy.retry import GiveUp, Retry, RetryBudget

PASSING: list[PineconeError] = [
    PineconeConnectionError("reset"),
    PineconeTimeoutError("too late"),
    ConnectionLostError("gone", was_reused=True),
    ApiError(408, "timeout"),
    RateLimitError(429, "slow down"),
    *(ServiceError(status, "out of order") for status in (500, 502, 503, 504)),
]
LASTING: list[PineconeError] = [
    PineconeError("?"),
    PineconeValueError("bad"),
    CertificateError("expired"),
    ResponseParsingError("HTML"),
    ClientClosedError("closed"),
    UnauthorizedError(401, "key"),
    ForbiddenError(403, "plan"),
    NotFoundError(404, "gone"),
    *(ApiError(status, "no") for status in (301, 400, 405, 409, 412, 418, 422, 425, 499)),
    *(ServiceError(status, "no") for status in (501, 505, 507, 599)),
]
BROKEN = PineconeConnectionError("reset")


def busy(seconds: float | None) -> ServiceError:
    return ServiceError(503, "busy", retry_after=seconds)


def always(share: float) -> Any:
    """Dice that always fall so."""
    return lambda: share


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_may_pass_is_tried_again(error: PineconeError) -> None:
    """Connection errors, timeouts, 408, 429, 500, 502, 503 and 504 are worth another attempt."""
    assert retry.is_retryable(error)
    assert RetryPolicy().decide(error, 1, 10.0, always(0.0)) == Retry(0.0)


@pytest.mark.parametrize("error", LASTING, ids=repr)
def test_what_lasts_is_not(error: PineconeError) -> None:
    """Other statuses, certificates and undecodable answers would be the same again."""
    assert not retry.is_retryable(error)
    assert RetryPolicy().decide(error, 1, 10.0, always(0.0)) == GiveUp("this error stays")


@pytest.mark.parametrize(
    ("attempts", "attempt", "again"),
    [(1, 1, False), (2, 1, True), (2, 2, False), (4, 3, True), (4, 4, False), (4, 5, False)],
)
def test_attempts_are_counted_from_1(attempts: int, attempt: int, again: bool) -> None:
    """`attempts` counts requests, the first included."""
    decision = RetryPolicy(attempts=attempts).decide(BROKEN, attempt, 10.0, always(0.0))
    assert decision == (Retry(0.0) if again else GiveUp("no attempts are left"))


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 0.25), (2, 0.5), (3, 1.0), (4, 2.0), (5, 4.0), (6, 8.0), (7, 8.0), (5_000, 8.0)]
)
def test_waits_double_up_to_the_longest(attempt: int, longest: float) -> None:
    """Full jitter: from 0 to `first_delay * 2 ** (attempt - 1)`, and never more than `max_delay`."""
    policy = RetryPolicy(attempts=10_000)
    for share in (0.0, 0.5, 1.0):
        assert policy.decide(BROKEN, attempt, math.inf, always(share)) == Retry(longest * share)


@pytest.mark.parametrize(
    ("first", "most", "attempt", "longest"),
    [(0, 8, 9, 0.0), (1, 0, 9, 0.0), (10, 3, 1, 3.0), (1e308, 1e308, 5_000, 1e308), (1, 1e300, 5_000, 2.0**64)],
)
def test_odd_delays_of_a_policy(first: float, most: float, attempt: int, longest: float) -> None:
    """Delays of 0, a first one above the longest, and ones that would overflow, still make a wait."""
    policy = RetryPolicy(attempts=10_000, first_delay=first, max_delay=most)
    assert policy.decide(BROKEN, attempt, math.inf, always(1.0)) == Retry(longest)


@pytest.mark.parametrize(
    ("asked", "attempt", "shortest", "longest"),
    [
        (None, 1, 0.0, 0.25),
        (0.0, 1, 0.0, 0.25),
        (0.1, 1, 0.1, 0.35),
        (1.0, 1, 1.0, 1.25),
        (2.0, 1, 2.0, 2.5),
        (60.0, 1, 60.0, 75.0),
        (2.0, 3, 2.0, 3.0),
    ],
)
def test_a_wait_that_was_asked_for_is_kept(asked: float | None, attempt: int, shortest: float, longest: float) -> None:
    """Never earlier than Retry-After says, and spread over a quarter of it at least, so that not all wake together."""
    for share, delay in ((0.0, shortest), (1.0, longest)):
        assert RetryPolicy().decide(busy(asked), attempt, math.inf, always(share)) == Retry(delay)


@pytest.mark.parametrize(
    ("error", "time_left", "again"),
    [
        (BROKEN, 0.26, True),
        (BROKEN, 0.25, False),
        (BROKEN, 0.0, False),
        (BROKEN, -1.0, False),
        (busy(30.0), 37.6, True),
        (busy(30.0), 37.5, False),
        (busy(366 * 86_400.0), 30.0, False),
        (busy(366 * 86_400.0), math.inf, True),
    ],
)
def test_no_wait_ends_after_the_deadline(error: PineconeError, time_left: float, again: bool) -> None:
    """Where the next attempt would come too late, the call fails at once."""
    decision = RetryPolicy().decide(error, 1, time_left, always(1.0))
    assert isinstance(decision, Retry) == again
    if not again:
        assert decision == GiveUp("no time is left")


LENGTHS = st.floats(0, 1e308)


@given(
    policy=st.builds(RetryPolicy, attempts=st.integers(1, 50), first_delay=LENGTHS, max_delay=LENGTHS),
    error=st.sampled_from(PASSING + LASTING) | st.builds(busy, st.floats(0, 366 * 86_400.0)),
    attempt=st.integers(1, 60),
    time_left=st.floats(-10, 1e6) | st.just(math.inf),
    share=st.floats(0, 1, exclude_max=True),
)
def test_any_decision(policy: RetryPolicy, error: PineconeError, attempt: int, time_left: float, share: float) -> None:
    """A retry comes in time, after what was asked for, for an error that may pass, and within the attempts."""
    decision = policy.decide(error, attempt, time_left, always(share))
    if isinstance(decision, Retry):
        asked = retry.retry_after(error)
        assert asked <= decision.delay < time_left
        assert decision.delay <= asked + max(policy.max_delay, asked / 4)
        assert attempt < policy.attempts
        assert retry.is_retryable(error)
    else:
        assert decision.why


def test_a_policy_is_a_value() -> None:
    """The documented defaults; frozen, comparable, and given by keywords only."""
    assert RetryPolicy() == RetryPolicy(attempts=4, first_delay=0.25, max_delay=8.0)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        RetryPolicy().attempts = 5  # type: ignore[misc]
    with pytest.raises(TypeError):
        RetryPolicy(5)  # type: ignore[call-arg]


# What slows the whole client down.


@pytest.mark.parametrize(
    ("error", "asked", "throttling"),
    [
        (RateLimitError(429, "slow"), 0.0, True),
        (RateLimitError(429, "slow", retry_after=3.0), 3.0, True),
        (busy(2.0), 2.0, True),
        (busy(0.0), 0.0, False),
        (busy(None), 0.0, False),
        (ApiError(408, "late", retry_after=2.0), 2.0, False),
        (NotFoundError(404, "gone", retry_after=2.0), 2.0, False),
        (PineconeTimeoutError("too late"), 0.0, False),
    ],
)
def test_what_asks_the_client_to_slow_down(error: PineconeError, asked: float, throttling: bool) -> None:
    """A 429 does, and a failing service that asks for a wait."""
    assert retry.retry_after(error) == asked
    assert retry.is_throttling(error) == throttling


# The budget.


def test_an_outage_costs_the_burst_and_no_more() -> None:
    """Without any success a hundred retries are sent, and not one more."""
    budget = RetryBudget()
    assert sum(budget.spend() for _ in range(10_000)) == 100
    assert not budget.allows(BROKEN)


def test_an_empty_budget_still_waits_where_it_was_asked_to() -> None:
    """By the end of a Retry-After others may have earned the token that the retry then takes."""
    budget = RetryBudget(0.0)
    assert not budget.spend()
    assert budget.allows(RateLimitError(429, "slow"))
    assert budget.allows(busy(1.0))
    assert not budget.allows(busy(None))


@pytest.mark.parametrize(("retried", "successes"), [(True, 1), (False, 5)])
def test_success_earns_retries(retried: bool, successes: int) -> None:
    """A retry that succeeds gives its token back; of successes at the first attempt five pay for a retry."""
    budget = RetryBudget(1.0)
    assert budget.spend()
    for _ in range(successes):
        assert not budget.allows(BROKEN)
        budget.earn(retried=retried)
    assert budget.tokens == pytest.approx(1.0)
    budget.tokens = round(budget.tokens, 9)
    assert budget.allows(BROKEN)
    assert budget.spend()


class BudgetMachine(RuleBasedStateMachine):
    """Any order of successes and failures: what is sent stays within what was earned."""

    def __init__(self) -> None:
        super().__init__()
        self.budget = RetryBudget(3.0)
        self.earned = self.spent = 0.0

    @rule(retried=st.booleans())
    def succeed(self, retried: bool) -> None:
        self.budget.earn(retried=retried)
        self.earned += 1.0 if retried else 0.2

    @rule()
    def fail(self) -> None:
        allowed = self.budget.allows(BROKEN)
        assert self.budget.spend() == allowed
        self.spent += allowed

    @invariant()
    def stays_within(self) -> None:
        assert 0.0 <= self.budget.tokens <= 3.0
        assert self.spent <= 3.0 + self.earned + 1e-6


TestBudget = BudgetMachine.TestCase
