"""A server on loopback that says exactly the bytes it is told to, and remembers what it was asked."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import orjson

Reply = Callable[["Exchange"], Awaitable[None]]


class Exchange:
    """One request as it came, and the means to answer it."""

    def __init__(self, number: int, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.head = head.decode("latin-1")
        self.writer = writer
        self.was_hung_up = False
        self._reader = reader

    @property
    def path(self) -> str:
        return self.head.split(" ", 2)[1]

    @property
    def backup_id(self) -> str:
        return self.path.partition("?")[0].rpartition("/")[2]

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def answer(self, body: bytes, status: str = "200 OK", *headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        self.send("\r\n".join(lines).encode() + body)

    def reset(self) -> None:
        self.writer.transport.abort()

    async def hang_up(self) -> None:
        """Say nothing until the client hangs up."""
        while await self._reader.read(1024):
            pass
        self.was_hung_up = True


class RawServer:
    """`async with RawServer(reply) as server`: `reply(exchange)` is awaited for each request.

    Attributes:
        url: to be used as host.
        exchanges: every request so far.
        connections: opened so far.
        most_at_once: the most requests that were being answered at one time.
    """

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.exchanges: list[Exchange] = []
        self.connections = 0
        self.most_at_once = 0
        self._at_once = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for writer in self._writers:
            writer.transport.abort()
        # What a connection ended with is looked at here: else the loop would tell of it some day.
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                exchange = Exchange(len(self.exchanges) + 1, head, reader, writer)
                self.exchanges.append(exchange)
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                try:
                    await self._reply(exchange)
                finally:
                    self._at_once -= 1
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client went away, or the test is over
        finally:
            self._tasks.discard(task)
            writer.close()


def backup_body(backup_id: str, **fields: object) -> bytes:
    """A small valid backup as JSON."""
    required = {
        "backup_id": backup_id,
        "source_index_name": "index",
        "source_index_id": "index-id",
        "status": "Ready",
        "cloud": "aws",
        "region": "us-east-1",
    }
    return orjson.dumps(required | fields)


def error_body(code: str, message: str, status: int) -> bytes:
    """Pinecone's error envelope as JSON."""
    return orjson.dumps({"error": {"code": code, "message": message}, "status": status})
