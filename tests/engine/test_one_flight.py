"""One flight: who is told what, how long it is wanted, and what is left of it."""

import asyncio
import gc
import math
from collections.abc import Awaitable, Callable

import pytest

from aiopinecone import ClientClosedError, PineconeConnectionError, PineconeTimeoutError
from aiopinecone.engine.deadlines import Deadlines
from aiopinecone.engine.flight import Flight, SingleFlight, end_wait


def fetching(answer: str | Exception, seconds: float = 1.0) -> Callable[[Flight[str]], Awaitable[str]]:
    """A fetch that takes its time and ends so."""

    async def fetch(_: Flight[str]) -> str:
        await asyncio.sleep(seconds)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return fetch


def wait(flight: Flight[str], deadline_at: float) -> "asyncio.Future[tuple[str] | None]":
    return asyncio.ensure_future(flight.wait(deadline_at, Deadlines(end_wait)))


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("attempts", "last", "said"),
    [
        (0, None, "no answer within 2.5 s (0 requests sent)"),
        (1, None, "no answer within 2.5 s (1 request sent)"),
        (2, "reset", "no answer within 2.5 s (2 requests sent, the last failed with: reset)"),
    ],
)
async def test_a_timeout_says_what_was_tried(attempts: int, last: str | None, said: str) -> None:
    """The length, the number of requests and the last error."""
    flight = Flight[str]()
    flight.attempts = attempts
    flight.last_error = last and PineconeConnectionError(last)  # type: ignore[assignment]  # None, never ""
    error = flight.timeout_error(2.5)
    assert str(error) == said
    assert error.attempts == attempts


async def test_a_timeout_names_the_callers_own_length() -> None:
    """Not the moment, nor the age of the flight."""
    await asyncio.sleep(5)
    with pytest.raises(PineconeTimeoutError, match=r"within 3 s \(0 requests sent\)"):
        await SingleFlight[str]().join("key", fetching("late", 10), 8.0)


async def test_the_deadline_is_the_latest_of_those_who_wait() -> None:
    """Who leaves takes its deadline along; without anybody there is no time at all."""
    flight = Flight[str]()
    assert (flight.deadline_at, flight.recalled, flight.last_error, flight.task) == (-math.inf, False, None, None)
    late, soon = (wait(flight, deadline_at) for deadline_at in (10.0, 5.0))
    await turn()
    assert flight.deadline_at == 10
    late.cancel()
    await turn()
    assert flight.deadline_at == 5
    soon.cancel()
    await turn()
    assert flight.deadline_at == -math.inf
    assert not flight.is_wanted


async def test_an_independent_flight_keeps_its_own_bound() -> None:
    """Whoever joins it and leaves it."""
    flight = Flight[str](7.0)
    waiting = wait(flight, 20.0)
    await turn()
    assert flight.deadline_at == flight.bound_at == 7
    waiting.cancel()
    await turn()
    assert flight.deadline_at == 7
    assert flight.is_wanted


async def test_who_has_no_time_for_the_next_attempt_is_told_now() -> None:
    """The moment of the next attempt included; the others go on waiting."""
    flight = Flight[str]()
    waiting = [wait(flight, deadline_at) for deadline_at in (4.0, 5.0, 6.0)]
    await turn()
    flight.fail(PineconeConnectionError("reset"), before=5.0)
    await turn()
    assert [each.done() for each in waiting] == [True, True, False]
    flight.land("answer")
    assert await waiting.pop() == ("answer",)
    assert all(isinstance(each.exception(), PineconeConnectionError) for each in waiting)


async def test_an_error_and_a_cancellation_in_one_turn_leave_no_noise() -> None:
    """An error that nobody is left to hear of is not reported by the loop."""
    flight = Flight[str]()
    waiting = wait(flight, 4.0)
    await turn()
    flight.fail(PineconeConnectionError("reset"))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    del waiting
    gc.collect()


async def test_a_key_is_free_as_soon_as_nobody_waits() -> None:
    """At once, although the old fetch hasn't ended yet; the next caller starts anew."""
    flights = SingleFlight[str]()
    waiting = asyncio.ensure_future(flights.join("key", fetching("old"), math.inf))
    await turn()
    assert "key" in flights
    waiting.cancel()
    free = asyncio.get_running_loop().create_future()
    waiting.add_done_callback(lambda _: free.set_result("key" not in flights))
    assert await free
    assert await flights.join("key", fetching("new"), math.inf) == "new"


async def test_who_joined_a_leader_that_is_cancelled_fetches_in_its_stead() -> None:
    """With a fetch of its own."""
    flights = SingleFlight[str]()
    leader = asyncio.ensure_future(flights.lead("key", fetching("first"), math.inf))
    await turn()
    second = asyncio.ensure_future(flights.lead("key", fetching("second"), math.inf))
    await turn()
    leader.cancel()
    assert await second == "second"


@pytest.mark.parametrize("error", [ValueError("a defect"), PineconeTimeoutError("late"), PineconeConnectionError("?")])
async def test_callers_get_the_error_and_the_loop_does_not(error: Exception) -> None:
    """Each a copy of its own; nothing is reported a second time."""
    flights = SingleFlight[str]()
    calls = [flights.join("key", fetching(error), math.inf) for _ in range(2)]
    first, second = await asyncio.gather(*calls, return_exceptions=True)
    assert type(first) is type(second) is type(error)
    assert str(first) == str(second) == str(error)
    assert first is not second
    gc.collect()


async def test_closing_tells_those_who_wait() -> None:
    """In these words."""
    flights = SingleFlight[str]()
    waiting = asyncio.ensure_future(flights.join("key", fetching("never"), math.inf))
    await turn()
    await flights.close()
    with pytest.raises(ClientClosedError, match=r"^the client was closed during the call\n"):
        await waiting


async def test_a_wait_that_is_over_leaves_no_deadline_behind() -> None:
    """However it ended; else each would be held until its deadline."""
    deadlines, flight = Deadlines(end_wait), Flight[str]()
    waiting = [asyncio.ensure_future(flight.wait(at, deadlines)) for at in (1.0, 30.0, 30.0)]
    await asyncio.sleep(2)
    waiting[1].cancel()
    await turn()
    flight.land("answer")
    await asyncio.gather(*waiting, return_exceptions=True)
    assert not deadlines._due


async def test_a_wait_that_has_its_answer_is_not_ended() -> None:
    """Its time may be over in the turn of the loop in which the answer came."""
    waiter: asyncio.Future[tuple[str]] = asyncio.get_running_loop().create_future()
    waiter.set_result(("answer",))
    end_wait(waiter)
    assert waiter.result() == ("answer",)


@pytest.mark.parametrize(("kind", "told"), [(ZeroDivisionError, [ZeroDivisionError]), (PineconeConnectionError, [])])
async def test_a_defect_that_nobody_waits_for_is_told_to_the_loop(kind: type[Exception], told: list[type]) -> None:
    """An error of ours isn't: a refresh behind a caller's back may fail."""
    heard: list[type] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(type(context["exception"])))
    SingleFlight[str]().start("key", fetching(kind("it failed")), math.inf)
    await asyncio.sleep(2)
    gc.collect()
    assert heard == told
