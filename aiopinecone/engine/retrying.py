"""tenacity turns the loop; `policy.retry` decides.

Entered only after a first failure: a call that succeeds pays nothing, where `@retry` would cost it 62 us.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiopinecone.engine import clock
from aiopinecone.errors import PineconeError
from aiopinecone.policy.retry import GiveUp, Retry

T = TypeVar("T")


async def keep_trying(
    attempt: Callable[[], Awaitable[T]],
    decide: Callable[[PineconeError, int], Retry | GiveUp],
    *,
    first_error: PineconeError,
) -> T:
    """Attempts from the second on, as long as `decide(error, attempt number)` says so; then raises the last error."""
    from tenacity import AsyncRetrying, RetryCallState  # noqa: PLC0415 -- needed only once something failed

    decision: Retry | GiveUp = GiveUp("nothing failed yet")

    def wants_another(state: RetryCallState) -> bool:
        nonlocal decision
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, PineconeError):  # an answer, or a cancellation
            return False
        decision = decide(error, state.attempt_number)
        return isinstance(decision, Retry)

    def delay(_: RetryCallState) -> float:
        assert isinstance(decision, Retry)
        return decision.delay

    failed = [first_error]

    async def turn() -> T:
        if failed:
            raise failed.pop()
        return await attempt()

    return await AsyncRetrying(retry=wants_another, wait=delay, sleep=clock.sleep, reraise=True)(turn)
