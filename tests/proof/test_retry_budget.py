"""Retries against a model: what a client may spend on them, and how long each call waits, in any order of events."""

import math
from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aiopinecone import PineconeConnectionError, PineconeError, RateLimitError, RetryPolicy, ServiceError
from aiopinecone.policy.retry import GiveUp, RetryBudget

BROKEN = PineconeConnectionError("reset")
SHARES = st.floats(0, 1, exclude_max=True)
LENGTHS = st.floats(0, 20)
FIFTH = Fraction(1, 5)


class Retrying(RuleBasedStateMachine):
    """One client's calls, one after the other; the model counts tokens exactly and sums up what a call waited."""

    @initialize(
        capacity=st.integers(1, 20), attempts=st.integers(1, 8), first=LENGTHS, most=LENGTHS, timeout=st.floats(0.1, 60)
    )
    def begin(self, capacity: int, attempts: int, first: float, most: float, timeout: float) -> None:
        self.budget = RetryBudget(capacity)
        self.policy = RetryPolicy(attempts=attempts, first_delay=first, max_delay=most)
        self.capacity, self.tokens, self.timeout = capacity, Fraction(capacity), timeout
        self.spent = self.successes = 0
        self.new_call()

    def new_call(self) -> None:
        self.attempt, self.waited = 1, 0.0

    @rule()
    def succeed(self) -> None:
        retried = self.attempt > 1
        self.budget.earn(retried=retried)
        self.tokens = min(Fraction(self.capacity), self.tokens + (1 if retried else FIFTH))
        self.successes += 1
        self.new_call()

    @rule(dice=SHARES, asked=st.none() | LENGTHS, status=st.sampled_from([429, 503, 0]))
    def fail(self, dice: float, asked: float | None, status: int) -> None:
        error: PineconeError = BROKEN
        if status:
            error = {429: RateLimitError, 503: ServiceError}[status](status, "busy", retry_after=asked)
        wait = (asked or 0.0) if status else 0.0
        asks_to_slow_down = status == 429 or wait > 0
        assert self.budget.allows(error) == (self.tokens >= 1 or asks_to_slow_down)
        decision = self.policy.decide(error, self.attempt, self.timeout - self.waited, lambda: dice)
        longest = min(self.policy.max_delay, self.policy.first_delay * 2 ** (self.attempt - 1))
        delay = wait + dice * max(wait / 4, longest)
        if isinstance(decision, GiveUp):
            assert self.attempt >= self.policy.attempts or delay >= self.timeout - self.waited
            self.new_call()
            return
        assert math.isclose(decision.delay, delay)
        assert wait <= decision.delay < self.timeout - self.waited
        may = self.tokens >= 1
        assert self.budget.spend() == may
        if not may:
            self.new_call()
            return
        self.tokens -= 1
        self.spent += 1
        self.waited += decision.delay
        self.attempt += 1

    @invariant()
    def the_budget_is_the_models(self) -> None:
        """Never below nothing nor above its capacity; in all no more retries than were there or earned."""
        if hasattr(self, "budget"):
            assert math.isclose(self.budget.tokens, self.tokens, abs_tol=1e-9)
            assert 0 <= self.tokens <= self.capacity
            assert self.spent <= self.capacity + self.successes

    @invariant()
    def no_call_outstays_its_time(self) -> None:
        """Nor has it more attempts than it may."""
        if hasattr(self, "budget"):
            assert self.waited < self.timeout
            assert self.attempt <= self.policy.attempts


TestRetrying = Retrying.TestCase
TestRetrying.settings = settings(
    derandomize=True, database=None, max_examples=150, stateful_step_count=40, deadline=None
)
