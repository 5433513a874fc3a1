"""What belongs to one event loop: the session, the places for requests, and whoever waits for them."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from logging import getLogger
from typing import Any

from aiopinecone.api.wire import Page
from aiopinecone.engine.fetching import Fetcher
from aiopinecone.engine.flight import SingleFlight
from aiopinecone.engine.limiter import Limiter
from aiopinecone.engine.transport import Connection, Transport
from aiopinecone.errors import PineconeError
from aiopinecone.models import Backup
from aiopinecone.policy.retry import RetryPolicy

logger = getLogger("aiopinecone")


class Channel:
    """The way upstream in one event loop.

    Attributes:
        loop: the event loop.
        fetcher: brings the value of an operation.
        backups: the fetches of single backups in the air, by backup id.
        pages: the fetches of pages in the air; none is shared.
    """

    def __init__(self, connection: Connection, retry: RetryPolicy, requests_per_second: float | None) -> None:
        self.loop = asyncio.get_running_loop()
        self._transport = Transport(connection)
        self.fetcher = Fetcher(
            self._transport,
            Limiter(connection.concurrency, requests_per_second),
            retry,
            connection.key.redact,
        )
        self.backups = SingleFlight[Backup]()
        self.pages = SingleFlight[Page]()
        self._background: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run this behind the callers' backs. An error of it is logged: nobody waits for it."""
        task = self.loop.create_task(work, context=Context())
        self._background.add(task)
        task.add_done_callback(self._leave)

    async def close(self) -> None:
        """End everything in the air, and close the session unless it is borrowed."""
        for task in self._background:
            task.cancel()
        await self.backups.close()
        await self.pages.close()
        if self._background:
            await asyncio.wait(self._background)
        await self._transport.close()

    def _leave(self, task: "asyncio.Task[Any]") -> None:
        self._background.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if not isinstance(error, PineconeError):
            raise error  # to the loop's exception handler: it is a defect
        logger.debug("a refresh failed: %s", error)
