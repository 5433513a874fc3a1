"""One timer for the deadlines of many."""

import asyncio

import pytest

from aiopinecone.engine.deadlines import Deadlines


def loop_time() -> float:
    return asyncio.get_running_loop().time()


Tasks = Deadlines[asyncio.Task[object]]


def deadlines_of_tasks() -> Tasks:
    return Deadlines(asyncio.Task.cancel)


async def ended(deadlines: Tasks, at: float, work: float) -> tuple[object, object]:
    """How a task that is watched until `at` ends, and when: it works for so many seconds."""
    how = "worked"
    task = asyncio.current_task()
    assert task is not None
    deadlines.watch(task, at)
    is_over = False
    try:
        try:
            await asyncio.sleep(work)
        finally:
            is_over = deadlines.settle(task) and task.uncancel() == 0
    except asyncio.CancelledError:
        if not is_over:
            raise
        how = "over"
    assert task.cancelling() == 0
    return how, loop_time()


@pytest.mark.parametrize("order", [(1.0, 2.0, 3.0), (3.0, 2.0, 1.0), (2.0, 2.0, 1.0), (2.0, 3.0, 2.0)])
async def test_each_task_ends_at_its_own_moment(order: tuple[float, ...]) -> None:
    """In whatever order the moments are set; tasks that are done in time never hear of it."""
    deadlines, now = deadlines_of_tasks(), loop_time()
    late = await asyncio.gather(*(ended(deadlines, now + length, 9.0) for length in order))
    assert late == [("over", pytest.approx(now + length)) for length in order]
    now = loop_time()
    early = await asyncio.gather(*(ended(deadlines, now + length, length - 0.5) for length in order))
    assert early == [("worked", pytest.approx(now + length - 0.5)) for length in order]


async def test_a_cancellation_is_no_deadline() -> None:
    """One that comes from outside goes through, before the moment and in the same turn of the loop as the moment."""
    for after in (0.5, 1.0):
        deadlines, loop = deadlines_of_tasks(), asyncio.get_running_loop()
        task = asyncio.create_task(ended(deadlines, loop_time() + 1.0, 9.0))
        loop.call_at(loop_time() + after, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_moment_that_is_over_when_it_is_set() -> None:
    """It ends the task at its next wait."""
    how, when = await ended(deadlines_of_tasks(), loop_time() - 1.0, 9.0)
    assert (how, when) == ("over", pytest.approx(loop_time()))


async def test_nothing_rings_after_the_close() -> None:
    """The timer is gone, so that a loop has nothing left to wait for."""
    deadlines = deadlines_of_tasks()
    deadlines.close()
    watched = asyncio.create_task(ended(deadlines, loop_time() + 1.0, 2.0))
    await asyncio.sleep(0)
    deadlines.close()
    assert (await watched)[0] == "worked"
