"""The limiter under any schedule: never too many places, never too soon, and everybody is served in the end."""

import asyncio
import math

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import virtual_time
from aiopinecone import PineconeTimeoutError, RateLimitError
from aiopinecone.engine import clock
from aiopinecone.engine.limiter import LONGEST_PAUSE, RECOVERY, Limiter

SOON = 1e-6  # two moments of floats that are meant to be the same
STEPS = st.sampled_from([0.0, 0.1, 0.5, 1.0, 5.0])
LONG = 100_000.0  # seconds


class Limiting(RuleBasedStateMachine):
    """Callers come, leave, give up and are told to slow down, in virtual time."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(virtual_time, "GRACE", 0.0)  # there are no sockets to wait for
        self.loop = virtual_time.VirtualTimeLoop()
        self.patch.setattr(clock, "now", self.loop.time)
        self.inside = 0
        self.served: list[int] = []
        self.gone: set[int] = set()
        self.entered_at: list[float] = []
        self.paused_until = -math.inf
        self.callers: list[asyncio.Task[None]] = []
        self.doors: list[asyncio.Event] = []
        self.met: int | None = None  # to be cancelled just as a place is given

    def teardown(self) -> None:
        if hasattr(self, "limiter"):
            self.everybody_is_served()
            self.it_recovers()
        self.loop.close()
        self.patch.undo()

    @initialize(concurrency=st.integers(1, 8), rate=st.none() | st.sampled_from([1.0, 4.0, 10.0]))
    def begin(self, concurrency: int, rate: float | None) -> None:
        self.concurrency, self.rate = concurrency, rate
        self.limiter = Limiter(concurrency, rate)

    @rule(number=st.integers(1, 5), patience=st.sampled_from([math.inf, math.inf, 0.3, 2.0]))
    def come(self, number: int, patience: float) -> None:
        """Each stays until it is let go."""
        for _ in range(number):
            caller = self.visit(len(self.callers), self.loop.time() + patience)
            self.doors.append(asyncio.Event())
            self.callers.append(self.loop.create_task(caller))
        self.turn()

    @precondition(lambda self: self.inside)
    @rule(which=st.integers(0, 7))
    def leave(self, which: int) -> None:
        staying = [number for number in self.served if not self.callers[number].done()]
        self.doors[staying[which % len(staying)]].set()
        self.turn()

    @precondition(lambda self: self.callers)
    @rule(which=st.integers(0, 1000), turns=st.none() | st.integers(0, 3))
    def cancel(self, which: int, turns: int | None) -> None:
        """In the queue or inside; perhaps some turns of the loop after another began to leave."""
        waiting = [number for number, caller in enumerate(self.callers) if not caller.done()]
        if waiting:
            number = waiting[which % len(waiting)]
            self.gone.add(number)
            self.loop.run_until_complete(self.leave_and_cancel(number, turns))
            self.turn()

    async def leave_and_cancel(self, number: int, turns: int | None) -> None:
        if turns is not None and self.inside:
            next(self.doors[inside] for inside in self.served if not self.callers[inside].done()).set()
            await self.turns(turns)
        self.callers[number].cancel()

    @precondition(lambda self: self.inside and self.limiter._queue)
    @rule()
    def cancel_as_the_place_comes(self) -> None:
        """The first in the queue, in the very turn of the loop in which somebody leaves."""
        self.met = next(
            number for number, each in enumerate(self.callers) if not each.done() and number not in self.served
        )
        self.gone.add(self.met)
        next(self.doors[number] for number in self.served if not self.callers[number].done()).set()
        self.turn()

    @rule(asked=st.none() | st.sampled_from([0.5, 2.0, 1e6]))
    def slow_down(self, asked: float | None) -> None:
        self.limiter.throttle(RateLimitError(429, "slow down", retry_after=asked))
        if asked:
            self.paused_until = max(self.paused_until, self.loop.time() + min(asked, LONGEST_PAUSE))

    @rule(seconds=STEPS)
    def time_passes(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @invariant()
    def there_are_never_too_many(self) -> None:
        """Places taken are those of who is inside, and no more than the concurrency."""
        if hasattr(self, "limiter"):
            assert self.limiter._taken == self.inside <= self.concurrency

    @invariant()
    def nobody_overtakes(self) -> None:
        """First come, first served."""
        assert self.served == sorted(self.served)

    async def visit(self, number: int, bound_at: float) -> None:
        if not self.limiter.try_enter():
            try:
                await self.limiter.enter(bound_at)
            except PineconeTimeoutError:
                self.gone.add(number)
                assert self.loop.time() >= bound_at - SOON
                return
        self.check_entrance()
        self.served.append(number)
        self.inside += 1
        try:
            await self.doors[number].wait()
        finally:
            self.inside -= 1
            self.limiter.leave()
            if self.met is not None:
                self.callers[self.met].cancel()
                self.met = None

    def check_entrance(self) -> None:
        """Not in a pause, and not sooner after the last than the rate allows."""
        now = self.loop.time()
        assert now >= self.paused_until - SOON
        if self.rate and self.entered_at:
            assert now - self.entered_at[-1] >= 1 / self.rate - SOON
        self.entered_at.append(now)

    def turn(self) -> None:
        self.loop.run_until_complete(self.turns(4))

    async def turns(self, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(0)

    def everybody_is_served(self) -> None:
        """Once everybody inside leaves, nobody waits for ever."""
        for door in self.doors:
            door.set()
        if self.callers:
            _, waiting = self.loop.run_until_complete(asyncio.wait(self.callers, timeout=LONG))
            assert not waiting
        assert {*self.served} | self.gone == {*range(len(self.callers))}
        assert self.inside == self.limiter._taken == 0

    def it_recovers(self) -> None:
        """Some time after the last throttling all places are there again."""
        self.loop.run_until_complete(asyncio.sleep(LONGEST_PAUSE + RECOVERY + 1))
        limiter = self.limiter
        assert limiter._limit(clock.now()) == self.concurrency
        if not self.rate:
            assert [limiter.try_enter() for _ in range(self.concurrency + 1)] == [True] * self.concurrency + [False]


TestLimiting = Limiting.TestCase
TestLimiting.settings = settings(
    derandomize=True, database=None, max_examples=150, stateful_step_count=40, deadline=None
)
