"""Places: a limit on concurrency, one on the rate, first come first served."""

import asyncio
from itertools import count

import pytest

from aiopinecone import Pinecone, PineconeTimeoutError, RateLimitError, RetryPolicy
from aiopinecone.engine import clock
from aiopinecone.engine.limiter import RECOVERY, SHORTEST_WAIT, Limiter
from raw_server import Exchange, RawServer, backup_body


async def use(limiter: Limiter, times: list[float], length: float = 0.0) -> None:
    if not limiter.try_enter():
        await limiter.enter(1e9)
    times.append(asyncio.get_running_loop().time())
    await asyncio.sleep(length)
    limiter.leave()


async def test_no_more_places_than_the_concurrency() -> None:
    """The third of three waits until one of two places is free, in the order of asking."""
    limiter, times = Limiter(2, None), list[float]()
    await asyncio.gather(*(use(limiter, times, 1.0) for _ in range(5)))
    assert times == pytest.approx([0, 0, 1, 1, 2])


async def test_places_are_given_at_the_rate() -> None:
    """Four a second: one each quarter of a second, without a burst, also after a pause."""
    limiter, times = Limiter(100, 4.0), list[float]()
    await asyncio.gather(*(use(limiter, times) for _ in range(4)))
    await asyncio.sleep(10)
    await asyncio.gather(*(use(limiter, times) for _ in range(2)))
    assert times == pytest.approx([0, 0.25, 0.5, 0.75, 10.75, 11.0])


async def test_who_leaves_the_queue_takes_no_place() -> None:
    """A cancellation in the queue, or in the very turn that gave the place, leaves the place to others."""
    limiter, times = Limiter(1, None), list[float]()
    assert limiter.try_enter()
    waiting = [asyncio.ensure_future(use(limiter, times)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.sleep(0)
    limiter.leave()
    waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert times == [0]
    assert limiter.try_enter()
    assert not limiter.try_enter()


async def test_a_wait_for_a_place_is_bounded() -> None:
    """At its bound the wait ends with a timeout, and takes no place."""
    limiter = Limiter(1, None)
    assert limiter.try_enter()
    with pytest.raises(PineconeTimeoutError, match="no place"):
        await limiter.enter(3.0)
    assert asyncio.get_running_loop().time() == 3.0
    limiter.leave()
    assert limiter.try_enter()


async def test_a_timeout_and_a_cancellation_in_one_turn_take_no_place() -> None:
    """Nor do they give back one that was never taken."""
    limiter = Limiter(1, None)
    assert limiter.try_enter()
    waiting = asyncio.ensure_future(limiter.enter(3.0))
    asyncio.get_running_loop().call_at(3.0, waiting.cancel)
    with pytest.raises((PineconeTimeoutError, asyncio.CancelledError)):
        await waiting
    assert not limiter.try_enter()
    limiter.leave()


async def test_a_place_and_the_bound_in_one_turn() -> None:
    """Who was given a place in the turn of its bound has it."""
    limiter = Limiter(1, None)
    assert limiter.try_enter()
    asyncio.get_running_loop().call_at(3.0, limiter.leave)
    await limiter.enter(3.0)
    assert not limiter.try_enter()


async def test_the_client_keeps_to_its_rate() -> None:
    """`requests_per_second` holds over all calls."""
    times: list[float] = []

    async def reply(exchange: Exchange) -> None:
        times.append(asyncio.get_running_loop().time())
        exchange.answer(backup_body(exchange.backup_id))

    async with RawServer(reply) as server, Pinecone("key", host=server.url, requests_per_second=2) as pc:
        await asyncio.gather(*(pc.describe_backup(f"bkp_{number}") for number in range(4)))
    assert times == pytest.approx([0, 0.5, 1, 1.5])


async def test_nobody_holds_a_place_while_it_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one place, a call that waits for its next attempt lets the other one through."""

    async def reply(exchange: Exchange) -> None:
        if exchange.number == 1:
            exchange.answer(b"", "503 X")
        else:
            exchange.answer(backup_body(exchange.backup_id))

    policy = RetryPolicy(first_delay=29, max_delay=29)
    monkeypatch.setattr("aiopinecone.engine.clock.dice", lambda: 1.0)
    async with RawServer(reply) as server, Pinecone("key", host=server.url, concurrency=1, retry=policy) as pc:
        slow = asyncio.ensure_future(pc.describe_backup("slow"))
        await asyncio.sleep(1)
        await pc.describe_backup("quick")
        assert asyncio.get_running_loop().time() == pytest.approx(1)
        await slow


async def test_a_clock_that_moves_while_it_is_read_loses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is too early by one look at the clock, and late by the next, still has a turn."""
    limiter, times, loop = Limiter(1, 10.0), list[float](), asyncio.get_running_loop()
    await use(limiter, times)
    looks = count()
    monkeypatch.setattr(clock, "now", lambda: max(loop.time(), 0.0999 if next(looks) < 2 else 0.1001))
    await asyncio.wait_for(use(limiter, times), 5)
    assert times == pytest.approx([0, 0.1])


async def test_concurrency_that_grows_back_is_used_although_nobody_leaves() -> None:
    """A slow request holds nobody back once there is more than one place again."""
    limiter, times = Limiter(8, None), list[float]()
    for _ in range(4):
        limiter.throttle(RateLimitError(429, "slower"))
        await asyncio.sleep(1.0)
    slow = asyncio.ensure_future(use(limiter, [], 100.0))
    await asyncio.sleep(0)
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(use(limiter, times, 100.0) for _ in range(3)))
    await slow
    assert times[0] < began + 2.0
    assert times[2] < began + RECOVERY


async def test_a_place_that_only_rounding_denies_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the time for a place has come by one sum of floats, and not quite by another."""
    limiter, times = Limiter(1, 10.0), list[float]()
    answers = iter([False, False, True])
    monkeypatch.setattr(limiter, "_may_go", lambda _: next(answers))
    await use(limiter, times)
    assert times == pytest.approx([SHORTEST_WAIT])
