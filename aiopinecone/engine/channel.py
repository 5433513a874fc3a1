"""What belongs to one event loop: the session, the places for requests, and whoever waits for them."""

import asyncio
import os

from aiopinecone.api.wire import Page
from aiopinecone.engine.fetching import Fetcher
from aiopinecone.engine.flight import SingleFlight
from aiopinecone.engine.limiter import Limiter
from aiopinecone.engine.transport import Connection, Transport
from aiopinecone.models import Backup
from aiopinecone.policy.retry import RetryPolicy


class Channel:
    """The way upstream in one event loop.

    Attributes:
        loop: the event loop.
        fetcher: brings the value of an operation.
        backups: the fetches of single backups in the air, by backup id.
        pages: the fetches of pages in the air; none is shared.
        closing: of channels of loops that are no more, in whose place this one came.
    """

    def __init__(self, connection: Connection, retry: RetryPolicy, requests_per_second: float | None) -> None:
        self.loop = asyncio.get_running_loop()
        self._pid = os.getpid()
        self._transport = Transport(connection)
        self.fetcher = Fetcher(
            self._transport,
            Limiter(connection.concurrency, requests_per_second),
            retry,
            connection.key.redact,
        )
        self.backups = SingleFlight[Backup]()
        self.pages = SingleFlight[Page]()
        self.closing: set[asyncio.Task[None]] = set()

    @property
    def is_of_this_process(self) -> bool:
        """False in a forked child, which must leave alone what it inherited."""
        return self._pid == os.getpid()

    def abandon(self) -> None:
        """Let go of what the parent process goes on with."""
        self._transport.abandon()

    async def close(self) -> None:
        """End everything in the air, and close the session unless it is borrowed."""
        if not self.loop.is_closed():  # a loop that is closed ended its tasks
            await self.backups.close()
            await self.pages.close()
        await self._transport.close()
