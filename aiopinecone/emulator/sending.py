"""Ways to send an answer badly: reset, cut short, in drips."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

from aiohttp import web

from aiopinecone.emulator.shapes import Json

_DRIPS = 20
# Long enough that the peer reads the headers before it sees the reset.
_HEADERS_ARRIVE = 0.02
# With a linger time of 0 the system closes a connection with a reset.
_LINGER_0 = struct.pack("ii", 1, 0)


def reset(request: web.Request) -> web.Response:
    """Reset the connection before a byte of the answer."""
    _reset(request)
    return web.Response()


async def _reset_after_headers(
    request: web.Request, response: web.Response, body: bytes, _: Json
) -> web.StreamResponse:
    stream = await _begin(request, response, body)
    # The headers leave with the first byte of the body.
    await stream.write(body[:1])
    await asyncio.sleep(_HEADERS_ARRIVE)
    _reset(request)
    return stream


async def _cut(request: web.Request, response: web.Response, body: bytes, _: Json) -> web.StreamResponse:
    stream = await _begin(request, response, body)
    await stream.write(body[: len(body) // 2])
    request.protocol.force_close()
    return stream


async def _drip(request: web.Request, response: web.Response, body: bytes, options: Json) -> web.StreamResponse:
    stream = await _begin(request, response, body)
    size = -(-len(body) // _DRIPS)
    for start in range(0, len(body), size):
        await stream.write(body[start : start + size])
        await asyncio.sleep(options["seconds"] / _DRIPS)
    return stream


async def _begin(request: web.Request, response: web.Response, body: bytes) -> web.StreamResponse:
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.content_length = len(body)
    await stream.prepare(request)
    return stream


def _reset(request: web.Request) -> None:
    transport = request.transport
    if transport is not None:  # the peer may have left already
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
        transport.abort()


Way = Callable[[web.Request, web.Response, bytes, Json], Awaitable[web.StreamResponse]]

WAYS: dict[str, Way] = {"reset_after_headers": _reset_after_headers, "cut": _cut, "drip": _drip}
