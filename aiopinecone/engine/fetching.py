"""One fetch: retry > limit > send, and what the answer means."""

from collections.abc import Callable
from logging import getLogger
from typing import TYPE_CHECKING, TypeVar

from aiopinecone.api import answer
from aiopinecone.api.operations import Operation
from aiopinecone.engine import clock
from aiopinecone.engine.exchange import Response
from aiopinecone.engine.flight import Flight
from aiopinecone.engine.limiter import Limiter
from aiopinecone.engine.retrying import keep_trying
from aiopinecone.engine.transport import ConnectionLostError, Transport
from aiopinecone.errors import PineconeError
from aiopinecone.policy.retry import GiveUp, Retry, RetryBudget, RetryPolicy, is_throttling

if TYPE_CHECKING:  # it needs what most clients don't
    from aiopinecone.engine.shared_rate import SharedRate

T = TypeVar("T")

logger = getLogger("aiopinecone")


class Fetcher:
    """Brings the value of an operation, or raises the error of its last attempt."""

    def __init__(
        self,
        transport: Transport,
        limiter: Limiter,
        policy: RetryPolicy,
        redact: Callable[[str], str],
        shared_rate: "SharedRate | None" = None,
    ) -> None:
        self._transport = transport
        self._limiter = limiter
        self._policy = policy
        self._redact = redact
        self._shared_rate = shared_rate
        self._budget = RetryBudget()

    async def fetch(self, operation: Operation[T], flight: Flight[T]) -> T:
        try:
            value = await self._attempt(operation, flight)
        except PineconeError as error:
            first_error = error
        else:
            self._budget.earn(retried=flight.attempts > 1)  # it may have been resent
            return value
        # Outside of the handler: else the first error would hang on every later one.
        value = await keep_trying(
            lambda: self._retry(operation, flight),
            lambda error, attempt: self._decide(error, attempt, flight),
            first_error=first_error,
        )
        self._budget.earn(retried=True)
        return value

    async def _retry(self, operation: Operation[T], flight: Flight[T]) -> T:
        if not self._budget.spend():
            assert flight.last_error is not None
            raise flight.last_error
        return await self._attempt(operation, flight)

    async def _attempt(self, operation: Operation[T], flight: Flight[T]) -> T:
        if self._shared_rate is not None:  # before a place is taken: nobody holds one while it sleeps
            await self._shared_rate.wait(flight)
        limiter = self._limiter
        if not limiter.try_enter():
            if (refusal := limiter.refusal(flight.deadline_at)) is not None:
                raise refusal
            await limiter.enter(flight.bound_at)
        response, lost = None, None
        try:
            flight.attempts += 1
            try:
                response = await self._transport.send(
                    operation.path, operation.query, flight.bound_at, operation.max_bytes
                )
            except ConnectionLostError as error:
                lost = error
            if lost is not None:
                response = await self._resend(operation, flight, lost)
        finally:
            limiter.leave()
        assert response is not None
        try:
            return answer.read(operation, response, redact=self._redact, wall=clock.wall)
        except PineconeError as error:
            if is_throttling(error):
                limiter.throttle(error)
            raise

    async def _resend(self, operation: Operation[T], flight: Flight[T], lost: ConnectionLostError) -> Response:
        """Ask again at once: a kept-alive connection that was dead before a byte came says nothing of the server.

        Where the session is borrowed nobody can tell: one such resend must do, and it costs a retry.
        """
        resent = False
        while lost.was_reused or (lost.was_reused is None and not resent and self._budget.spend()):
            resent = True
            if self._shared_rate is not None:
                await self._shared_rate.wait(flight)
            flight.attempts += 1
            try:
                return await self._transport.send(operation.path, operation.query, flight.bound_at, operation.max_bytes)
            except ConnectionLostError as error:
                lost = error
        raise lost

    def _decide(self, error: PineconeError, attempt: int, flight: Flight[T]) -> Retry | GiveUp:
        error.attempts = flight.attempts
        now = clock.now()
        if error is flight.last_error or not self._budget.allows(error):  # the same again: nothing more was sent
            decision: Retry | GiveUp = GiveUp("the retry budget is spent")
        else:
            decision = self._policy.decide(error, attempt, flight.deadline_at - now, clock.dice)
        flight.last_error = error
        if isinstance(decision, Retry):
            logger.debug("attempt %d failed (%s); next in %.3g s", attempt, error, decision.delay)
            flight.fail(error, before=now + decision.delay)
        else:
            logger.debug("attempt %d failed (%s); %s", attempt, error, decision.why)
        return decision
