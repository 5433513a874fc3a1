"""aiohttp: a path out, a `Response` in. Every error of aiohttp becomes one of ours here, and none of them is kept.

One call of `send` is one request on the wire: aiohttp's own silent resend is turned off.
"""

import asyncio
import os
from collections.abc import Mapping
from ssl import SSLContext
from typing import Any
from weakref import WeakSet

import aiohttp
import attrs
from aiohttp.http import HttpProcessingError
from yarl import URL

from aiopinecone._version import __version__
from aiopinecone.engine import clock
from aiopinecone.engine.deadlines import Deadlines
from aiopinecone.engine.exchange import LostError, Response, SessionWay, StraightWay, Way
from aiopinecone.errors import (
    CertificateError,
    ClientClosedError,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
)
from aiopinecone.settings import Secret, merge_headers


class ConnectionLostError(PineconeConnectionError):
    """The connection ended before an answer began.

    Attributes:
        was_reused: whether it had served an earlier request; None where nobody can tell.
    """

    def __init__(self, message: str, *, was_reused: bool | None = None) -> None:
        super().__init__(message)
        self.was_reused = was_reused


@attrs.frozen(kw_only=True, eq=False)
class Connection:
    """Where requests go and how, all of it checked.

    Attributes:
        host: the base URL.
        key: the API key.
        api_version: for the version header.
        headers: extra ones.
        attempt_timeout: seconds for one attempt; infinity for no bound.
        concurrency: connections at most.
        session: a borrowed one, or None.
        ssl: as aiohttp takes it; True for the default checks.
        proxy: a URL, or None.
    """

    host: str
    key: Secret
    api_version: str
    headers: Secret
    attempt_timeout: float
    concurrency: int
    session: aiohttp.ClientSession | None
    ssl: SSLContext | bool
    proxy: Secret

    def all_headers(self) -> dict[str, str]:
        return merge_headers(
            {"Accept": "application/json", "User-Agent": f"aiopinecone/{__version__}"},
            self.headers.reveal(),
            {"Api-Key": self.key.reveal(), "X-Pinecone-Api-Version": self.api_version},
        )


class _Connector(aiohttp.TCPConnector):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._pid = os.getpid()

    def __del__(self, *args: Any) -> None:
        # A forked child shares the loop's epoll with its parent: to close what it inherited would deafen the parent.
        if os.getpid() == self._pid:
            super().__del__(*args)


class Transport:
    """Sends over a session of its own, made at the first request and closed with it, or over a borrowed one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._deadlines = Deadlines[asyncio.Task[Any]](asyncio.Task.cancel)
        self._session = connection.session
        _TRANSPORTS.add(self)
        self._straight: StraightWay | None = None
        self._through: SessionWay | None = None

    async def send(self, path: str, query: Mapping[str, str], bound_at: float, max_bytes: int) -> Response:
        """GET the path. Ends by `bound_at` or the attempt's timeout, whichever comes first.

        The running task must be one of our own, and is cancelled to end what it waits for.

        Raises `PineconeConnectionError`, `PineconeTimeoutError`, or `ResponseParsingError` for a body too large.
        """
        way = self._way()
        now = clock.now()
        length = min(bound_at - now, self._connection.attempt_timeout)
        if length <= 0:
            raise PineconeTimeoutError("no time was left to send the request")
        task = asyncio.current_task()
        assert task is not None
        self._deadlines.watch(task, now + length)
        is_over = False
        try:
            try:
                return await way.get(path, query, max_bytes)
            finally:
                is_over = self._deadlines.settle(task) and task.uncancel() == 0  # nobody else cancelled it
        except asyncio.CancelledError:
            if not is_over:
                raise
            failure: PineconeError = PineconeTimeoutError(f"no answer to the request within {length:.3g} s")
        except (aiohttp.ClientError, HttpProcessingError, OSError, LostError) as error:
            failure = self._translate(error)
        raise failure

    async def close(self) -> None:
        """Close the session, unless it is borrowed."""
        self._deadlines.close()
        if self._session is not None and self._session is not self._connection.session:
            await self._session.close()

    def abandon(self) -> None:
        """Let go of a session that the parent process goes on with."""
        if self._session is not None and self._session is not self._connection.session:
            self._session.detach()

    def _way(self) -> Way:
        if self._straight is not None and self._straight.is_open:
            return self._straight
        if self._through is None:
            self._open()
            return self._way()
        if self._connection.session is not None and self._connection.session.closed:
            raise ClientClosedError("the session passed in was closed")
        return self._through

    def _open(self) -> None:
        it = self._connection
        base, headers, proxy = URL(it.host), it.all_headers(), it.proxy.reveal()
        if self._session is None:
            connector = _Connector(limit=it.concurrency)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
            if proxy is None and StraightWay.is_known():
                self._straight = StraightWay(self._session, base, headers, it.ssl)
        self._through = SessionWay(self._session, base, headers=headers, ssl=it.ssl, proxy=proxy)

    def _translate(self, error: Exception) -> PineconeError:
        """The one of ours that says the same. Nothing of the original is kept: it may hold the request's headers."""
        if isinstance(error, LostError):
            return ConnectionLostError(f"the connection was lost: {self._words(error)}", was_reused=error.was_reused)
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return CertificateError("the server's certificate failed its check")
        if isinstance(error, aiohttp.ClientHttpProxyError):
            return PineconeConnectionError(f"the proxy answered with {error.status}", hint="Check `proxy=`.")
        if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):  # its status is made up
            return PineconeConnectionError("the reply isn't HTTP that can be read")
        if isinstance(error, aiohttp.ClientPayloadError):
            return PineconeConnectionError("the answer was cut short or garbled")  # aiohttp's words quote it
        return PineconeConnectionError(f"can't reach the server: {self._words(error)}")

    def _words(self, error: Exception) -> str:
        return self._connection.key.redact(str(error)) or type(error).__name__


_TRANSPORTS = WeakSet[Transport]()


def _abandon_all() -> None:
    """In a forked child: what it inherited is the parent's to close, and nothing that it forgot."""
    for transport in list(_TRANSPORTS):
        transport.abandon()


getattr(os, "register_at_fork", lambda **_: None)(after_in_child=_abandon_all)  # Windows has no fork
