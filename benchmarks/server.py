"""A server that is many times faster than any client: one prepared backup for whatever id is asked for.

python benchmarks/server.py PORT: listens on loopback, pinned to the second core, and ends after ten minutes.
"""

import asyncio
import os
import sys

BODY = (
    b'{"backup_id":"%s","cloud":"aws","created_at":"2025-05-15T00:52:10.809354Z","description":"Monthly backup of '
    b'production index","dimension":1024,"name":"example-backup","namespace_count":3,"record_count":98,"region":'
    b'"us-east-1","size_bytes":1069169,"source_index_id":"f73b36c9-faf5-4a2c-b1d6-4013d8b1cc74","source_index_name":'
    b'"docs-example","status":"Ready","tags":{}}'
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
PATH = len(b"GET /backups/")
LIFETIME = 600


class Answering(asyncio.Protocol):
    def __init__(self) -> None:
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            body = BODY % head[PATH : head.index(b" ", PATH)]
            self._transport.write(HEAD % len(body) + body)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", port)
    async with server:
        print("Ready.", flush=True)
        await asyncio.sleep(LIFETIME)


if __name__ == "__main__":
    os.sched_setaffinity(0, {1})
    asyncio.run(main(int(sys.argv[1])))
