"""aiohttp: a path out, a `Response` in. Every error of aiohttp becomes one of ours here, and none of them is kept.

One call of `send` is one request on the wire: aiohttp's own silent resend is turned off.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from ssl import SSLContext
from typing import Any, cast
from weakref import WeakKeyDictionary

import aiohttp
import attrs
from aiohttp import ClientRequest, ClientResponse, ClientTimeout
from yarl import URL

from aiopinecone._version import __version__
from aiopinecone.engine import clock
from aiopinecone.engine.deadlines import Deadlines
from aiopinecone.errors import (
    CertificateError,
    ClientClosedError,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
    ResponseParsingError,
)
from aiopinecone.settings import Secret, merge_headers

MAX_BODY_BYTES = 1 << 20


class ConnectionLostError(PineconeConnectionError):
    """The connection ended before an answer began.

    Attributes:
        was_reused: whether it had served an earlier request; None where nobody can tell.
    """

    def __init__(self, message: str, *, was_reused: bool | None = None) -> None:
        super().__init__(message)
        self.was_reused = was_reused


@attrs.define
class Response:
    """What came back, read to its end and decompressed. It may echo the key, so a traceback's variables show none."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
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


class _Lost(Exception):  # noqa: N818 -- never leaves this module
    """Carries a lost connection past aiohttp, which would silently send the request again."""


_LOST = (_Lost, aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)


class _Connector(aiohttp.TCPConnector):
    """Knows who opened a connection last, so that one lost in reuse can be told from one lost when it was new.

    Attributes:
        sent: requests so far.
        opened: for each task, how many requests had been sent when it last opened a connection.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sent = 0
        self._pid = os.getpid()
        self.opened: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()

    async def _create_connection(self, req: ClientRequest, *args: Any, **kwargs: Any) -> Any:
        task = asyncio.current_task()
        assert task is not None
        self.opened[task] = self.sent
        return await super()._create_connection(req, *args, **kwargs)

    def __del__(self, *args: Any) -> None:
        # A forked child shares the loop's epoll with its parent: to close what it inherited would deafen the parent.
        if os.getpid() == self._pid:
            super().__del__(*args)

    def has_opened_since(self, number: int) -> bool:
        """Whether the running task opened a connection since it sent the request of this number."""
        return self.opened.get(cast("asyncio.Task[Any]", asyncio.current_task()), 0) >= number


class Transport:
    """Sends over a session of its own, made at the first request and closed with it, or over a borrowed one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = connection.session
        self._base = URL(connection.host)
        self._prefix = self._base.raw_path.rstrip("/")
        self._deadlines = Deadlines()
        self._connector: _Connector | None = None
        self._options: dict[str, Any] = {
            "allow_redirects": False,
            "raise_for_status": False,
            "timeout": ClientTimeout(),
            "ssl": connection.ssl,
            "proxy": connection.proxy.reveal(),
        }
        if connection.session is not None:
            self._options |= {"headers": connection.all_headers(), "middlewares": (_send_once,)}

    async def send(self, path: str, query: Mapping[str, str], bound_at: float) -> Response:
        """GET the path. Ends by `bound_at` or the attempt's timeout, whichever comes first.

        The running task must be one of our own, and is cancelled to end what it waits for.

        Raises `PineconeConnectionError`, `PineconeTimeoutError`, or `ResponseParsingError` for a body too large.
        """
        url = self._base.with_path(self._prefix + path, encoded=True)
        if query:
            url = url.with_query(query)
        session = self._session or self._open()
        if session.closed:
            raise ClientClosedError("the session passed in was closed")
        now = clock.now()
        length = min(bound_at - now, self._connection.attempt_timeout)
        if length <= 0:
            raise PineconeTimeoutError("no time was left to send the request")
        number = 0
        if (connector := self._connector) is not None:
            number = connector.sent = connector.sent + 1
        task = self._deadlines.watch(now + length)
        is_over = False
        try:
            try:
                response = await session.get(url, **self._options)
                try:
                    return Response(response.status, response.headers, await _read(response))
                except BaseException:
                    response.close()
                    raise
            finally:
                is_over = self._deadlines.settle(task)
        except asyncio.CancelledError:
            if not is_over:
                raise
            failure: PineconeError = PineconeTimeoutError(f"no answer to the request within {length:.3g} s")
        except (aiohttp.ClientError, OSError, _Lost) as error:
            failure = self._translate(error, number)
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

    def _open(self) -> aiohttp.ClientSession:
        self._connector = _Connector(limit=self._connection.concurrency)
        session = self._session = aiohttp.ClientSession(
            connector=self._connector, cookie_jar=aiohttp.DummyCookieJar(), headers=self._connection.all_headers()
        )
        # aiohttp would silently resend. Turned off by its own switch, which has no public name: a middleware, which a
        # borrowed session gets, takes 8 us of a request's 90. A test counts the requests on the wire.
        session._retry_connection = False  # noqa: SLF001 -- see above
        return session

    def _translate(self, error: Exception, number: int) -> PineconeError:
        """The one of ours that says the same. Nothing of the original is kept: it may hold the request's headers."""
        if isinstance(error, _LOST) and not isinstance(error, aiohttp.ClientConnectorError):
            was_reused = None if self._connector is None else not self._connector.has_opened_since(number)
            return ConnectionLostError(f"the connection was lost: {self._words(error)}", was_reused=was_reused)
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return CertificateError("the server's certificate failed its check")
        if isinstance(error, aiohttp.ClientHttpProxyError):
            return PineconeConnectionError(f"the proxy answered with {error.status}", hint="Check `proxy=`.")
        if isinstance(error, aiohttp.ClientResponseError):  # its status is made up
            return PineconeConnectionError("the reply isn't HTTP that can be read")
        if isinstance(error, aiohttp.ClientPayloadError):
            return PineconeConnectionError(f"the answer was cut short or garbled: {self._words(error)}")
        return PineconeConnectionError(f"can't reach the server: {self._words(error)}")

    def _words(self, error: Exception) -> str:
        return self._connection.key.redact(str(error)) or type(error).__name__


async def _send_once(
    request: ClientRequest, handler: Callable[[ClientRequest], Awaitable[ClientResponse]]
) -> ClientResponse:
    """A middleware that keeps aiohttp from sending a request again."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        lost = _Lost(str(error))
    raise lost


async def _read(response: ClientResponse) -> bytes:
    """The body, never more than the cap of it in memory."""
    content = response.content
    if content.is_eof() and content.total_bytes <= MAX_BODY_BYTES:
        return content.read_nowait()  # all of it came with the headers, as it mostly does
    chunks = []
    size = 0
    while chunk := await content.readany():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise ResponseParsingError(f"the answer is larger than {MAX_BODY_BYTES} bytes")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
