"""A server on loopback that misbehaves at random: of a hundred requests one each is reset, 503, 429, slow, cut.

`python -m soak.server IDS` prints its port, and ends when its standard input does. GET /counts tells what it saw.
"""

import asyncio
import json
import random
import socket
import struct
import sys

SHARE = 0.01  # of each fault
RETRY_AFTER_SHARE = 0.01  # of the 429s: such a wait stops the whole client
KINDS = ("reset", "503", "429", "slow", "cut")
PIECES = 5  # of a slow body
PIECE_SECONDS = 0.004
LINGER_RESET = struct.pack("ii", 1, 0)  # close by RST

Counts = tuple[list[int], dict[str, int]]


class Misbehaving(asyncio.Protocol):
    """One connection."""

    def __init__(self, counts: Counts, dice: random.Random) -> None:
        self._requests, self._faults = counts
        self._dice = dice
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._head += data
        while b"\r\n\r\n" in self._head:
            head, _, self._head = self._head.partition(b"\r\n\r\n")
            self._answer(head.split(b" ", 2)[1].decode())

    def _answer(self, path: str) -> None:
        if path == "/counts":
            self._transport.write(reply("200 OK", json.dumps([self._requests, self._faults]).encode()))
            return
        backup_id = path.rpartition("/")[2]
        self._requests[int(backup_id.removeprefix("bkp_"))] += 1
        fate = int(self._dice.random() / SHARE)
        if fate >= len(KINDS):
            self._transport.write(good(backup_id))
            return
        self._faults[KINDS[fate]] += 1
        self._misbehave(KINDS[fate], good(backup_id))

    def _misbehave(self, kind: str, whole: bytes) -> None:
        if kind == "reset":
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            self._transport.abort()
        elif kind == "503":
            self._transport.write(reply("503 Service Unavailable", b"try again"))
        elif kind == "429":
            asks = self._dice.random() < RETRY_AFTER_SHARE
            self._transport.write(reply("429 Too Many Requests", b"", *(["Retry-After: 0.05"] if asks else [])))
        elif kind == "slow":
            self._drip(whole)
        else:
            self._transport.write(whole[:-20])
            self._transport.close()

    def _drip(self, rest: bytes, left: int = PIECES) -> None:
        if self._transport.is_closing():
            return
        size = -(-len(rest) // left)
        self._transport.write(rest[:size])
        if left > 1:
            asyncio.get_running_loop().call_later(PIECE_SECONDS, self._drip, rest[size:], left - 1)


def reply(status: str, body: bytes, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


def good(backup_id: str) -> bytes:
    fields = {"backup_id": backup_id, "source_index_name": "index", "source_index_id": "index-id", "status": "Ready"}
    return reply("200 OK", json.dumps(fields | {"cloud": "aws", "region": "us-east-1"}).encode())


async def serve(ids: int) -> None:
    counts: Counts = [0] * ids, dict.fromkeys(KINDS, 0)
    dice = random.Random(4)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Misbehaving(counts, dice), "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
