"""aiohttp: a path out, a `Response` in. Every error of aiohttp becomes one of ours here, and none of them is kept.

One call of `send` is one request on the wire: aiohttp's own silent resend is turned off.
"""

import math
from collections.abc import Awaitable, Callable, Mapping
from ssl import SSLContext
from typing import Any
from weakref import WeakSet

import aiohttp
import attrs
from aiohttp import ClientRequest, ClientResponse, ClientTimeout
from yarl import URL

from aiopinecone._version import __version__
from aiopinecone.engine import clock
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

    def __init__(self, message: str, *, was_reused: bool | None) -> None:
        super().__init__(message)
        self.was_reused = was_reused


class _Connector(aiohttp.TCPConnector):
    """Knows which requests opened a connection of their own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.openers: WeakSet[ClientRequest] = WeakSet()

    async def _create_connection(self, req: ClientRequest, *args: Any, **kwargs: Any) -> Any:
        self.openers.add(req)
        return await super()._create_connection(req, *args, **kwargs)


class Transport:
    """Sends over a session of its own, made at the first request and closed with it, or over a borrowed one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = connection.session
        self._base = URL(connection.host)
        self._prefix = self._base.raw_path.rstrip("/")
        self._timeout = _client_timeout(connection.attempt_timeout)
        self._openers: WeakSet[ClientRequest] | None = None
        self._options: dict[str, Any] = {
            "allow_redirects": False,
            "raise_for_status": False,
            "ssl": connection.ssl,
            "proxy": connection.proxy.reveal(),
            "middlewares": (self._send_once,),
            "headers": connection.all_headers() if connection.session is not None else None,
        }

    async def send(self, path: str, query: Mapping[str, str], bound_at: float) -> Response:
        """GET the path. Ends by `bound_at` or the attempt's timeout, whichever comes first.

        Raises `PineconeConnectionError`, `PineconeTimeoutError`, or `ResponseParsingError` for a body too large.
        """
        url = self._base.with_path(self._prefix + path, encoded=True)
        if query:
            url = url.with_query(query)
        session = self._session or self._open()
        if session.closed:
            raise ClientClosedError("the session passed in was closed")
        timeout = self._timeout
        if bound_at < math.inf and (left := bound_at - clock.now()) < self._connection.attempt_timeout:
            if left <= 0:
                raise PineconeTimeoutError("no time was left to send the request")
            timeout = _client_timeout(left)
        try:
            response = await session.get(url, timeout=timeout, **self._options)
            try:
                return Response(response.status, response.headers, await _read(response))
            except BaseException:
                response.close()
                raise
        except (aiohttp.ClientError, OSError, _Lost) as error:
            failure = self._translate(error, timeout)
        raise failure

    async def close(self) -> None:
        """Close the session, unless it is borrowed."""
        if self._session is not None and self._session is not self._connection.session:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        connector = _Connector(limit=self._connection.concurrency)
        self._openers = connector.openers
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers=self._connection.all_headers()
        )
        return self._session

    async def _send_once(
        self, request: ClientRequest, handler: Callable[[ClientRequest], Awaitable[ClientResponse]]
    ) -> ClientResponse:
        try:
            return await handler(request)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            reused = None if self._openers is None else request not in self._openers
            lost = _Lost(str(error), was_reused=reused)
        raise lost

    def _translate(self, error: Exception, timeout: ClientTimeout) -> PineconeError:
        """The one of ours that says the same. Nothing of the original is kept: it may hold the request's headers."""
        if isinstance(error, _Lost):
            return ConnectionLostError(f"the connection was lost: {self._words(error)}", was_reused=error.was_reused)
        if isinstance(error, TimeoutError):
            return PineconeTimeoutError(f"no answer to the request within {timeout.total:.3g} s")
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


def _client_timeout(length: float) -> ClientTimeout:
    """Exact: aiohttp rounds timeouts above its threshold up to whole seconds."""
    return ClientTimeout(total=None if length == math.inf else length, ceil_threshold=math.inf)
