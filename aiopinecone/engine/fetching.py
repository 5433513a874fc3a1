"""One fetch: retry > limit > send, and what the answer means."""

from collections.abc import Callable
from logging import getLogger
from typing import TypeVar

from aiopinecone.api import answer
from aiopinecone.api.operations import Operation
from aiopinecone.engine import clock
from aiopinecone.engine.flight import Flight
from aiopinecone.engine.limiter import Limiter
from aiopinecone.engine.retrying import keep_trying
from aiopinecone.engine.transport import ConnectionLostError, Response, Transport
from aiopinecone.errors import PineconeError
from aiopinecone.policy.retry import GiveUp, Retry, RetryPolicy

T = TypeVar("T")

logger = getLogger("aiopinecone")


class Fetcher:
    """Brings the value of an operation, or raises the error of its last attempt."""

    def __init__(
        self, transport: Transport, limiter: Limiter, policy: RetryPolicy, redact: Callable[[str], str]
    ) -> None:
        self._transport = transport
        self._limiter = limiter
        self._policy = policy
        self._redact = redact

    async def fetch(self, operation: Operation[T], flight: Flight[T]) -> T:
        try:
            return await self._attempt(operation, flight)
        except PineconeError as error:
            first_error = error
        # Outside of the handler: else the first error would hang on every later one.
        return await keep_trying(
            lambda: self._attempt(operation, flight),
            lambda error, attempt: self._decide(error, attempt, flight),
            first_error=first_error,
        )

    async def _attempt(self, operation: Operation[T], flight: Flight[T]) -> T:
        limiter = self._limiter
        if not limiter.try_enter():
            await limiter.enter(flight.bound_at)
        try:
            response = await self._send(operation, flight)
        finally:
            limiter.leave()
        return answer.read(operation, response, redact=self._redact, wall=clock.wall)

    async def _send(self, operation: Operation[T], flight: Flight[T]) -> Response:
        resent = False
        while True:
            flight.attempts += 1
            try:
                return await self._transport.send(operation.path, operation.query, flight.bound_at)
            except ConnectionLostError as error:
                # A kept-alive connection that was dead before a byte came says nothing of the server: ask again at
                # once. Where the session is borrowed nobody can tell, and one such resend must do.
                if not (error.was_reused or (error.was_reused is None and not resent)) or not flight.is_wanted:
                    raise
            resent = True

    def _decide(self, error: PineconeError, attempt: int, flight: Flight[T]) -> Retry | GiveUp:
        error.attempts = flight.attempts
        flight.last_error = error
        now = clock.now()
        decision = self._policy.decide(error, attempt, flight.deadline_at - now, clock.dice)
        if isinstance(decision, Retry):
            logger.debug("attempt %d failed (%s); next in %.3g s", attempt, error, decision.delay)
            flight.fail(error, before=now + decision.delay)
        elif attempt > 1:
            logger.debug("attempt %d failed (%s); %s", attempt, error, decision.why)
        return decision
