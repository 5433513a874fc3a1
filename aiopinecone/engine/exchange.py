"""One request and its answer over aiohttp: through a session, or straight over a session's connections.

For each call a session makes headers, cookies, a request and a response anew, and is ready to follow redirects and to
send again: two thirds of what a request costs, and none of it is of use here. The straight way takes a connection from
the session's connector, writes the request, and has aiohttp's own protocol on that connection read the answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from inspect import signature
from types import FunctionType
from typing import Any, Protocol
from weakref import WeakSet

import aiohttp
import attrs
from aiohttp import BaseConnector, ClientRequest, ClientResponse, ClientSession, ClientTimeout, StreamReader
from yarl import URL

from aiopinecone.errors import ResponseParsingError

_INFORMATIONAL = {100, *range(102, 200)}  # the answer comes after these; 101 is one
_NO_TIMEOUT = ClientTimeout()  # the transport keeps the time


@attrs.define(eq=False)
class Response:
    """What came back, read to its end and decompressed. It may echo the key, so a traceback's variables show none."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


class LostError(Exception):
    """The connection ended before an answer began; never leaves the engine.

    Attributes:
        was_reused: whether it had brought an earlier answer; None where nobody can tell.
    """

    def __init__(self, error: Exception, *, was_reused: bool | None = None) -> None:
        # What aiohttp says of a server that hung up in the head of its answer is that half head.
        words = "" if isinstance(error, aiohttp.ServerDisconnectedError) else str(error)
        super().__init__(words or "the server hung up")
        self.was_reused = was_reused


class Way(Protocol):
    """Sends a request, once. Raises `LostError`, aiohttp's errors, or `ResponseParsingError` for a body too large."""

    async def get(self, path: str, query: Mapping[str, str], max_bytes: int) -> Response: ...


class SessionWay:
    """Through a session, as anybody's request."""

    def __init__(self, session: ClientSession, base: URL, **options: Any) -> None:
        self._session = session
        self._base = base
        self._options = {
            "allow_redirects": False,
            "raise_for_status": False,
            "timeout": _NO_TIMEOUT,
            "middlewares": (_send_once,),
            **options,
        }

    async def get(self, path: str, query: Mapping[str, str], max_bytes: int) -> Response:
        response = await self._session.get(_url(self._base, path, query), **self._options)
        try:
            protocol = response.connection and response.connection.protocol  # no more where all of it has come
            return Response(response.status, response.headers, await _read(response.content, protocol, max_bytes))
        except BaseException:
            response.close()
            raise


class StraightWay:
    """Straight over the connections of a session, to one host and always with the same headers."""

    def __init__(self, session: ClientSession, base: URL, headers: Mapping[str, str], ssl: Any) -> None:
        assert session.connector is not None
        self._session = session
        self._connector = session.connector
        self._base = base
        self._prefix = base.raw_path.rstrip("/")
        # Tells the connector where to, and says what aiohttp would send; it is never sent itself.
        self._request = ClientRequest(
            "GET", base, headers=headers, loop=asyncio.get_running_loop(), session=session, ssl=ssl
        )
        lines = [f"{name}: {value}\r\n" for name, value in self._request.headers.items()]
        self._head = f" HTTP/1.1\r\n{''.join(lines)}\r\n".encode()
        self._served = WeakSet[Any]()  # the protocols of connections that brought an answer

    @staticmethod
    def is_known() -> bool:
        """Whether this aiohttp takes what is given to it here: not all of that is documented."""
        try:
            from aiohttp.client_proto import ResponseHandler  # noqa: PLC0415 -- it may have gone elsewhere

            signature(ClientRequest).bind("GET", None, headers=None, loop=None, session=None, ssl=None)
            signature(BaseConnector.connect).bind(None, None, traces=None, timeout=None)
            signature(ResponseHandler.set_response_params).bind(None, read_until_eof=None)
            signature(ResponseHandler.read).bind(None)
        except (ImportError, AttributeError, TypeError):
            return False
        return True

    @property
    def is_open(self) -> bool:
        """Not while sessions are traced, or faked, as aioresponses does it: who looks at them shall see everything."""
        if self._session.trace_configs:
            return False
        return _is_original(ClientSession.get) and _is_original(ClientSession._request)  # noqa: SLF001 -- see above

    async def get(self, path: str, query: Mapping[str, str], max_bytes: int) -> Response:
        target = _url(self._base, path, query).raw_path_qs if query else self._prefix + path
        connection = await self._connector.connect(self._request, traces=[], timeout=_NO_TIMEOUT)
        protocol: Any = connection.protocol
        try:
            protocol.set_response_params(read_until_eof=True)
            if (transport := connection.transport) is not None:  # else it is gone, as reading will tell
                transport.write(b"GET " + target.encode() + self._head)
            message, content = await protocol.read()
            while message.code in _INFORMATIONAL:
                message, content = await protocol.read()
            response = Response(message.code, message.headers, await _read(content, protocol, max_bytes))
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            connection.close()
            lost = LostError(error, was_reused=protocol in self._served)
        except BaseException:
            connection.close()
            raise
        else:
            connection.release()
            self._served.add(protocol)
            return response
        raise lost


def _url(base: URL, path: str, query: Mapping[str, str]) -> URL:
    url = base.with_path(base.raw_path.rstrip("/") + path, encoded=True)
    return url.with_query(query) if query else url


def _is_original(method: object) -> bool:
    """Whether the method is aiohttp's own, and not what a library put in its place."""
    return type(method) is FunctionType and method.__globals__ is vars(aiohttp.client)


async def _send_once(
    request: ClientRequest, handler: Callable[[ClientRequest], Awaitable[ClientResponse]]
) -> ClientResponse:
    """A middleware that carries a lost connection past aiohttp, which would silently send the request again."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        lost = LostError(error)
    raise lost


async def _read(content: StreamReader, protocol: Any, max_bytes: int) -> bytes:
    """The body, never more than the cap of it in memory."""
    if content.is_eof() and content.total_bytes <= max_bytes:
        return content.read_nowait()  # all of it came with the headers, as it mostly does
    chunks = []
    size = 0
    with _woken_by_the_end(content, protocol):
        while chunk := await content.readany():
            chunks.append(chunk)
            size += len(chunk)
            if size > max_bytes:
                raise ResponseParsingError(f"the answer is larger than {max_bytes} bytes")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


@contextmanager
def _woken_by_the_end(content: StreamReader, protocol: Any) -> Iterator[None]:
    """Whoever reads the body is told when its connection ends: aiohttp forgets to where a later part is garbled."""

    def tell(_: object) -> None:
        if not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError())

    closed = None if protocol is None else protocol.closed
    if closed is None:
        yield
        return
    closed.remove_done_callback(_look_at)
    closed.add_done_callback(_look_at)
    closed.add_done_callback(tell)
    try:
        yield
    finally:
        closed.remove_done_callback(tell)


def _look_at(closed: "asyncio.Future[None]") -> None:
    """An error that nobody has looked at would be noise in the loop's exception handler."""
    if not closed.cancelled():
        closed.exception()
