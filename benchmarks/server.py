"""A server many times faster than any client: a backup made up for whatever id is asked for.

python -m benchmarks.server OPTIONS: listens on loopback, prints its port, and ends when its standard input does, or
after a quarter of an hour. The size of a backup is the number that its id begins with, so that an answer can be checked
beyond its id. GET /count answers with how many backups were asked for so far.
"""

import argparse
import asyncio
import ssl
import sys
from contextlib import suppress

BODY = (
    b'{"backup_id":"%s","cloud":"aws","created_at":"2025-05-15T00:52:10.809354Z","description":"Monthly backup of '
    b'production index","dimension":1024,"name":"example-backup","namespace_count":3,"record_count":98,"region":'
    b'"us-east-1","size_bytes":%d,"source_index_id":"f73b36c9-faf5-4a2c-b1d6-4013d8b1cc74","source_index_name":'
    b'"docs-example","status":"Ready","tags":{}}'
)
HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
UNAVAILABLE = HEAD % (b"503 Service Unavailable", 0)
PATH = len(b"GET /backups/")
LIFETIME = 900.0  # seconds


class Answers:
    """What is answered to each request in turn."""

    def __init__(self, *, unavailable_each: int = 0, wrong_each: int = 0) -> None:
        self.count = 0
        self._unavailable_each = unavailable_each
        self._turned_away: set[int] = set()  # by number
        self._wrong_each = wrong_each

    def to(self, head: bytes) -> bytes:
        if head.startswith(b"GET /count"):
            body = b"%d" % self.count
            return HEAD % (b"200 OK", len(body)) + body
        self.count += 1
        backup_id = head[PATH : head.index(b" ", PATH)]
        size = int(backup_id[:8])
        if self._unavailable_each and self._is_turned_away(size):
            return UNAVAILABLE
        if self._wrong_each and not self.count % self._wrong_each:
            size += 1
        body = BODY % (backup_id, size)
        return HEAD % (b"200 OK", len(body)) + body

    def _is_turned_away(self, number: int) -> bool:
        """Of each so many ids one, and that only every other time: nobody fails for long."""
        if number % self._unavailable_each or number in self._turned_away:
            self._turned_away.discard(number)
            return False
        self._turned_away.add(number)
        return True


class Answering(asyncio.Protocol):
    def __init__(self, answers: Answers, delay: float) -> None:
        self._answers = answers
        self._delay = delay
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._write = transport.write

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._write, self._answers.to(head))
            else:
                self._write(self._answers.to(head))


async def serve(options: argparse.Namespace) -> None:
    context = None
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate)
    answers = Answers(unavailable_each=options.unavailable_each, wrong_each=options.wrong_each)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(answers, options.delay), "127.0.0.1", ssl=context, backlog=1000)
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        parent_is_gone = asyncio.Event()
        loop.add_reader(sys.stdin, parent_is_gone.set)
        with suppress(TimeoutError):
            await asyncio.wait_for(parent_is_gone.wait(), LIFETIME)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0, help="seconds until an answer")
    parser.add_argument("--certificate", help="speak TLS with this key and certificate")
    parser.add_argument("--unavailable-each", type=int, default=0, help="each so many ids, at first 503")
    parser.add_argument("--wrong-each", type=int, default=0, help="each so many requests, a wrong answer")
    asyncio.run(serve(parser.parse_args()))
