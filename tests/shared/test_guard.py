"""Calls to a store that may be slow or gone, and a rate that one silence doesn't lift."""

import asyncio
import logging

import pytest
from aiocache import SimpleMemoryCache

from aiopinecone.engine.flight import Flight
from aiopinecone.engine.guard import Guard
from aiopinecone.engine.shared_rate import SharedRate
from aiopinecone.engine.shared_store import SharedStore, Trouble


def make_guard() -> Guard:
    return Guard(SharedStore(SimpleMemoryCache()))


async def answer() -> str:
    return "answer"


async def fail() -> str:
    raise OSError("gone")


def after(seconds: float) -> "asyncio.Task[str]":
    return asyncio.create_task(asyncio.sleep(seconds, "late"))


async def test_an_answer_comes_through_and_an_error_does_not() -> None:
    """The one is the call's, the other is nobody's."""
    guard = make_guard()
    assert await guard.call(answer) == "answer"
    assert await guard.call(fail) is None


async def test_a_caller_waits_a_tenth_of_a_second() -> None:
    """Or until its own time is over; the call has as long again to come to its end."""
    guard, loop = make_guard(), asyncio.get_running_loop()
    for until, length in ((float("inf"), 0.1), (0.05, 0.05), (0.0, 0.0), (-1.0, 0.0)):
        began_at = loop.time()
        assert await guard.call(lambda: after(9), began_at + until) is None
        assert loop.time() - began_at == pytest.approx(length)
    await asyncio.sleep(0.2)
    assert not guard._tasks


async def test_whoever_leaves_early_doesnt_cut_a_call_off() -> None:
    """It ends in the background, so that no connection is left in the middle of an answer."""
    guard, loop = make_guard(), asyncio.get_running_loop()
    done = after(0.15)
    call = asyncio.create_task(guard.call(lambda: done))
    await asyncio.sleep(0.02)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.sleep(0.2)
    assert done.result() == "late"
    assert loop.time() < 1


async def test_a_busy_loop_is_not_the_stores_fault() -> None:
    """A call's time is stretched where its process doesn't get to look; a tenth of a second in the clock isn't all."""
    guard = make_guard()
    for _ in range(3):
        call = asyncio.create_task(guard.call(lambda: after(0.05)))
        await asyncio.sleep(0.01)
        asyncio.get_running_loop()._virtual.now += 5  # type: ignore[attr-defined]  # as if something had blocked it
        assert await call == "late"
    assert not guard.is_out


async def test_a_late_answer_is_a_failure_all_the_same() -> None:
    """Three of them in a row are an outage, although each came in the end."""
    guard = make_guard()
    for _ in range(3):
        assert await guard.call(lambda: after(0.12)) is None
    assert guard.is_out
    await asyncio.sleep(0.2)
    assert guard.is_out


async def test_a_late_error_is_nobodys_either() -> None:
    """It isn't counted twice, and the loop has nothing to say of it."""
    guard = make_guard()

    async def fail_late() -> str:
        await asyncio.sleep(0.15)
        return await fail()

    for _ in range(2):
        assert await guard.call(fail_late) is None
        await asyncio.sleep(0.1)
    assert not guard.is_out


async def test_closing_ends_every_call() -> None:
    """Whoever waits for one gets no answer."""
    guard = make_guard()
    call = asyncio.create_task(guard.call(lambda: after(9)))
    await asyncio.sleep(0.02)
    await guard.close()
    assert await call is None


async def test_an_outage_of_writing_leaves_reading_alone(caplog: pytest.LogCaptureFixture) -> None:
    """And ends by itself with the first write that is taken in."""

    class Store(SharedStore):
        def trouble(self, error: BaseException) -> Trouble:
            return Trouble.REFUSED if isinstance(error, PermissionError) else super().trouble(error)

    async def refuse() -> bool:
        raise PermissionError("full")

    guard = Guard(Store(SimpleMemoryCache()))
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            assert await guard.call(refuse, writes=True) is None
        assert guard.is_out
        assert await guard.call(answer) == "answer"
        assert await guard.call(answer, writes=True) is None
        await asyncio.sleep(1)
        assert await guard.call(answer, writes=True) == "answer"
        assert not guard.is_out
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO] == [
        "the shared cache takes in nothing new (PermissionError: full); Pinecone is asked instead, until it is back",
        "the shared cache is back",
    ]


class Bucket:
    """Gives turns without end, after so many silences."""

    def __init__(self, silences: int) -> None:
        self.silences = silences
        self.asked = 0

    async def reserve(self, name: str, interval: float, longest: float) -> float:  # noqa: ARG002 -- a rate's own
        self.asked += 1
        if self.asked <= self.silences:
            await asyncio.sleep(9)
        return 5.0


@pytest.mark.parametrize(("silences", "length"), [(0, 5.0), (1, 5.1), (2, 5.2), (3, 0.3), (9, 0.3)])
async def test_a_rate_holds_until_there_is_an_outage(silences: int, length: float) -> None:
    """One silence doesn't lift it; three do, and then only the local limits hold."""
    guard, bucket = make_guard(), Bucket(silences)
    rate = SharedRate(guard, bucket, "name", 1.0)
    await rate.wait(Flight(bound_at=100.0))
    assert asyncio.get_running_loop().time() == pytest.approx(length)
    await guard.close()
