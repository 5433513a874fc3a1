"""What belongs to one event loop: the session, the places for requests, and whoever waits for them."""

import asyncio
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from aiopinecone.engine.fetching import Fetcher
from aiopinecone.engine.flight import SingleFlight
from aiopinecone.engine.limiter import Limiter
from aiopinecone.engine.transport import Connection, Transport
from aiopinecone.models import Backup
from aiopinecone.policy.retry import RetryPolicy

if TYPE_CHECKING:  # it needs what most clients don't
    from aiopinecone.engine.shared_cache import SharedCache, Sharing


class Channel:
    """The way upstream in one event loop.

    Attributes:
        loop: the event loop.
        fetcher: brings the value of an operation.
        backups: the fetches of single backups in the air, by backup id.
        lists: the fetches of pages and other lists in the air; none is shared.
        shared: the answers of other processes, or None where none are to be had.
        closing: of channels of loops that are no more, in whose place this one came.
    """

    def __init__(
        self,
        connection: Connection,
        retry: RetryPolicy,
        requests_per_second: float | None,
        sharing: "Sharing | None" = None,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._pid = os.getpid()
        self._transport = Transport(connection)
        self._sharing = None if sharing is None else sharing.open(connection.concurrency)
        self.shared: SharedCache | None = self._sharing if sharing is not None and sharing.has_answers else None
        self.fetcher = Fetcher(
            self._transport,
            Limiter(connection.concurrency, requests_per_second),
            retry,
            connection.key.redact,
            None if self._sharing is None else self._sharing.rate,
        )
        self.backups = SingleFlight[Backup]()
        self.lists = SingleFlight[Any]()
        self.closing: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        """Open a connection to what is shared, so that the first call needn't wait for it."""
        if self._sharing is not None:
            await self._sharing.connect()

    @property
    def is_of_this_process(self) -> bool:
        """False in a forked child, which must leave alone what it inherited."""
        return self._pid == os.getpid()

    def abandon(self) -> None:
        """Let go of what the parent process goes on with."""
        self._transport.abandon()
        if self._sharing is not None:
            self._sharing.abandon()

    async def close(self) -> None:
        """End everything in the air, and close the session unless it is borrowed."""
        async with AsyncExitStack() as closing:  # the sessions are closed though this is cancelled meanwhile
            closing.push_async_callback(self._transport.close)
            if self._sharing is not None:
                closing.push_async_callback(self._sharing.close)
            if not self.loop.is_closed():  # a loop that is closed ended its tasks
                await self.backups.close()
                await self.lists.close()
                if self._sharing is not None:
                    await self._sharing.end_calls()
