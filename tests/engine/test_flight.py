"""Single flight, driven by thousands of seeded random schedules: joins, leaders, cancels, timeouts and failures."""

import asyncio
import gc
from collections import Counter
from random import Random
from typing import Any

import pytest

from aiopinecone import ClientClosedError, NotFoundError, PineconeError, PineconeTimeoutError, ServiceError
from aiopinecone.engine.flight import Flight, SingleFlight

SCHEDULES = 3_000


class Upstream:
    """A fetch that takes a random while and ends at random; counts what is in the air for each key."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self.in_air: Counter[str] = Counter()
        self.recalled = False
        self.most = 0

    async def fetch(self, key: str) -> str:
        self.in_air[key] += 1
        if not self.recalled:
            self.most = max(self.most, self.in_air[key])
        try:
            await asyncio.sleep(self._dice.choice([0, 0, 1, 2, 3]))
            kind = self._dice.random()
            if kind < 0.2:
                raise ServiceError(503, "out of order")
            if kind < 0.3:
                raise NotFoundError(404, "gone")
            if kind < 0.35:
                raise PineconeTimeoutError("an attempt took too long")
            return key
        finally:
            self.in_air[key] -= 1


async def run_schedule(seed: int) -> None:
    dice = Random(seed)
    upstream = Upstream(dice)
    flights = SingleFlight[str]()
    canceled: set[asyncio.Task[str]] = set()
    callers: list[asyncio.Task[str]] = []
    for _ in range(dice.randint(2, 12)):
        key = dice.choice("ab")
        way = dice.choice([flights.join, flights.join, flights.join, flights.lead])
        deadline_at = asyncio.get_running_loop().time() + dice.choice([0.5, 1, 2, 3, 100])

        async def call(way: Any = way, key: str = key, deadline_at: float = deadline_at) -> str:
            answer: str = await way(key, lambda _: upstream.fetch(key), deadline_at)
            assert answer == key
            return answer

        callers.append(asyncio.ensure_future(call()))
        for _ in range(dice.randint(0, 3)):
            await asyncio.sleep(dice.choice([0, 0, 0, 0.5, 1]))
            if dice.random() < 0.3:
                victim = dice.choice(callers)
                if not victim.done():
                    victim.cancel()
                    canceled.add(victim)
        if dice.random() < 0.05:
            upstream.recalled = True  # from here on two may be in the air: one for who came before
            flights.recall(key)
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    for caller, outcome in zip(callers, outcomes, strict=True):
        assert caller in canceled or not isinstance(outcome, asyncio.CancelledError)
        assert isinstance(outcome, str | PineconeError | asyncio.CancelledError)
    errors = [id(outcome) for outcome in outcomes if isinstance(outcome, PineconeError)]
    assert len(set(errors)) == len(errors)
    assert upstream.most <= 1
    for _ in range(3):
        await asyncio.sleep(0)
    assert upstream.in_air.total() == 0
    assert "a" not in flights
    assert "b" not in flights


@pytest.mark.parametrize("part", range(10))
async def test_single_flight_survives_any_schedule(part: int) -> None:
    """No innocent caller is canceled, one fetch per key is in the air, no error object is shared, no task is left."""
    tasks = asyncio.all_tasks()
    size = SCHEDULES // 10
    for seed in range(part * size, (part + 1) * size):
        await run_schedule(seed)
        assert asyncio.all_tasks() == tasks
    gc.collect()


async def test_an_answer_and_a_cancellation_in_one_turn() -> None:
    """Whoever is canceled in the very turn of the answer is canceled, and the others have it."""
    loop = asyncio.get_running_loop()
    for how in ("land", "fail", "give up"):
        flights = SingleFlight[str]()
        done = loop.create_future()

        async def fetch(_: Flight[str], how: str = how, done: Any = done) -> str:
            if done.done():
                return "again"
            await done
            if how == "fail":
                raise ServiceError(503, "out of order")
            if how == "give up":
                raise PineconeTimeoutError("the leader is out of time")
            return "answer"

        leader = asyncio.ensure_future(flights.lead("key", fetch, 1.0))
        await asyncio.sleep(0)
        callers = [asyncio.ensure_future(flights.join("key", fetch, 50.0)) for _ in range(3)]
        await asyncio.sleep(0)
        done.set_result(None)
        callers[1].cancel()
        outcomes = await asyncio.gather(leader, *callers, return_exceptions=True)
        assert isinstance(outcomes[2], asyncio.CancelledError)
        if how == "land":
            assert outcomes[0] == outcomes[1] == outcomes[3] == "answer"
        elif how == "fail":
            assert {type(outcomes[index]) for index in (0, 1, 3)} == {ServiceError}
        else:
            assert isinstance(outcomes[0], PineconeTimeoutError)
            assert outcomes[1] == outcomes[3] == "again"


async def test_closing_ends_every_wait() -> None:
    """Whoever waits is told, and no task is left."""
    flights = SingleFlight[str]()

    async def fetch(_: Flight[str]) -> str:
        await asyncio.Event().wait()
        return "never"

    callers = [asyncio.ensure_future(flights.join(key, fetch, float("inf"))) for key in "aabb"]
    await asyncio.sleep(1)
    await flights.close()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {ClientClosedError}


async def test_a_fetch_that_runs_before_anybody_waits() -> None:
    """An eager task factory (3.12) steps it at once; whoever started it is told all the same."""

    def eager(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> "asyncio.Task[Any]":
        options["context"].run(work.send, None)  # to its first wait, which must be one for nothing
        return asyncio.Task(work, loop=loop, **options)

    async def fail(_: Flight[str]) -> str:
        raise ServiceError(503, "out of order")

    loop = asyncio.get_running_loop()
    loop.set_task_factory(eager)
    try:
        with pytest.raises(ServiceError, match="out of order"):
            await SingleFlight[str]().join("a", fail, loop.time() + 5)
    finally:
        loop.set_task_factory(None)
    assert loop.time() == 0


async def test_an_error_without_copies_is_told_as_it_is() -> None:
    """A foreign error whose constructor wants more than its text reaches whoever waits, and at once."""

    class BlockedError(Exception):
        def __init__(self, host: str, reason: str) -> None:
            super().__init__(f"{host}: {reason}")

    async def fail(_: Flight[str]) -> str:
        raise BlockedError("a", "b")

    loop = asyncio.get_running_loop()
    flights = SingleFlight[str]()
    told = await asyncio.gather(*(flights.join("a", fail, loop.time() + 5) for _ in range(2)), return_exceptions=True)
    assert [str(error) for error in told] == ["a: b", "a: b"]
    assert loop.time() == 0
