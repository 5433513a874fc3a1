"""The listening socket: on loopback, and able to refuse connections for a while."""

import asyncio
import socket
from collections.abc import Collection

from aiohttp import web

HOST = "127.0.0.1"


class Listener:
    """Serves an application on one port of loopback.

    Raises:
        ValueError: the port is out of its range.
    """

    def __init__(self, port: int) -> None:
        if not 0 <= port <= 65535:  # noqa: PLR2004 - the range of ports
            raise ValueError(f"port must be from 0 to 65535, not {port!r}")
        self._wanted = port
        self.port: int | None = None
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self._refusal: asyncio.Task[None] | None = None

    async def start(self, app: web.Application) -> None:
        """Begin to listen.

        Raises:
            OSError: the port is taken.
            RuntimeError: it listens already.
        """
        if self.port is not None:
            raise RuntimeError("the emulator runs already")
        bound = _bound(self._wanted)
        self.port = bound.getsockname()[1]
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await self._listen(bound)

    async def stop(self) -> None:
        """Stop listening and close every connection; `start` came before."""
        if self._refusal is not None:
            self._refusal.cancel()
            await asyncio.gather(self._refusal, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        assert self._runner is not None
        await self._runner.cleanup()
        self.port = self._runner = self._server = self._refusal = None

    def refuse(self, seconds: float, busy: Collection[object]) -> None:
        """Have connections refused for so many seconds, then listen on the same port again.

        Open connections close: those in `busy` once they have answered, the others now.

        Raises:
            RuntimeError: it does not listen now.
        """
        if self._runner is None or self._runner.server is None or self._server is None:
            raise RuntimeError("the emulator does not listen, so it cannot begin to refuse")
        self._server.close()
        self._server = None
        # Bound but not listening, this socket has connections refused and keeps the port ours.
        placeholder = _bound(self.port or 0)
        for connection in self._runner.server.connections:
            if connection in busy:
                connection.close()
            else:
                connection.force_close()
        self._refusal = asyncio.get_running_loop().create_task(self._listen_after(seconds, placeholder))

    async def _listen_after(self, seconds: float, placeholder: socket.socket) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            placeholder.close()
            raise
        await self._listen(placeholder)

    async def _listen(self, bound: socket.socket) -> None:
        assert self._runner is not None
        assert self._runner.server is not None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._runner.server, sock=bound)


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # A port that was closed a moment ago may be had again at once.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound
