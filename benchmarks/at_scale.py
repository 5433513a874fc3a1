"""A whole project beside describing each backup of it: `python benchmarks/at_scale.py`.

The project has 5,000 indexes with 20 backups each, served by a process of its own, from prepared answers. Each scenario
runs in a process of its own, too. Prints requests, the most in flight, seconds, and the memory that it added at its
peak; what it found is checked.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import orjson

from aiopinecone import Pinecone

PORT = 5098
INDEXES, EACH = 5_000, 20
COUNT = INDEXES * EACH
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
LIFETIME = 900


def backup(number: int) -> bytes:
    """One of the index `number % INDEXES`; the lower the number, the newer."""
    index, age = number % INDEXES, number // INDEXES
    created_at = NOW - timedelta(days=age, hours=1, seconds=index)
    return orjson.dumps({
        "backup_id": f"{number:08d}-ed1c-4f97-9f8c-8194e07bcf71",
        "source_index_name": f"tenant-{index:04d}",
        "source_index_id": f"{index:08d}-faf5-4a2c-b1d6-4013d8b1cc74",
        "name": f"nightly-{number}", "description": None, "status": "Ready", "cloud": "aws", "region": "us-east-1",
        "created_at": created_at.isoformat().replace("+00:00", "Z"), "tags": {},
        "schema": {"fields": {"embedding": {"type": "dense_vector", "dimension": 1024, "metric": "cosine"}}},
        "record_count": 1_000 + index, "namespace_count": 3, "size_bytes": 4_096_000 + index,
    })  # fmt: skip


class Project(asyncio.Protocol):
    """Answers from what was prepared, and counts; `GET /counts` tells the counts and begins anew."""

    rows: tuple[bytes, ...] = ()
    requests = at_once = most_at_once = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            path = head.split(b" ", 2)[1].decode()
            if path == "/counts":
                self._write(json.dumps([Project.requests, Project.most_at_once]).encode())
                Project.requests = Project.most_at_once = 0
            else:
                Project.requests += 1
                Project.at_once += 1
                Project.most_at_once = max(Project.most_at_once, Project.at_once)
                # After others that came by now, so that those at once can be counted.
                asyncio.get_running_loop().call_soon(self._answer, path)

    def _answer(self, path: str) -> None:
        Project.at_once -= 1
        path, _, query = path.partition("?")
        parts = path.strip("/").split("/")
        if parts == ["indexes"]:
            names = [{"name": f"tenant-{index:04d}", "spec": {"serverless": {}}} for index in range(INDEXES)]
            self._write(orjson.dumps({"indexes": names}))
        elif parts == ["backups"]:
            start = int(query.partition("paginationToken=")[2] or 0)
            self._write(page(Project.rows[start : start + 100], start + 100))
        elif parts[0] == "indexes":
            self._write(page(Project.rows[int(parts[1][-4:]) :: INDEXES], COUNT))
        else:
            self._write(Project.rows[int(parts[1][:8])])

    def _write(self, body: bytes) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def page(rows: tuple[bytes, ...], end: int) -> bytes:
    after = b'{"next": "%d"}' % end if end < COUNT else b"null"
    return b'{"data": [%s], "pagination": %s}' % (b",".join(rows), after)


async def serve() -> None:
    Project.rows = tuple(map(backup, range(COUNT)))
    server = await asyncio.get_running_loop().create_server(Project, "127.0.0.1", PORT, backlog=1_000)
    async with server:
        print("Ready.", flush=True)
        await asyncio.sleep(LIFETIME)


async def inventory(pc: Pinecone) -> None:
    taken = await pc.inventory()
    assert len(taken.backups) == COUNT
    assert len(taken.by_index) == INDEXES


async def audit(pc: Pinecone) -> None:
    report = await pc.audit(now=NOW)
    assert len(report.findings) == INDEXES
    assert report.ok


async def describe_each(pc: Pinecone) -> None:
    ids = (f"{number:08d}-ed1c-4f97-9f8c-8194e07bcf71" for number in range(COUNT))
    held = [result.unwrap() async for result in pc.describe_backups(ids)]
    assert len(held) == COUNT


async def plan_auto(pc: Pinecone) -> None:
    ids = [f"{number:08d}-ed1c-4f97-9f8c-8194e07bcf71" for number in range(COUNT)]
    held = [result.unwrap() async for result in pc.describe_backups(ids, plan="auto")]
    assert len(held) == COUNT


SCENARIOS: dict[str, Callable[[Pinecone], Awaitable[None]]] = {
    "describe each of 100,000": describe_each,
    "the same with plan='auto'": plan_auto,
    "inventory of 100,000": inventory,
    "audit of 5,000 indexes": audit,
}


async def measure(scenario: str) -> None:
    """What a child process does: seconds, and MB at the peak beyond what a first request takes."""
    async with Pinecone("made-up", host=f"http://127.0.0.1:{PORT}", timeout=None) as pc:
        await pc.describe_backup(f"{0:08d}-ed1c-4f97-9f8c-8194e07bcf71")
        await pc.clear_cache()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        await SCENARIOS[scenario](pc)
        length = time.perf_counter() - began
        print(length, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


async def counts() -> list[int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(b"GET /counts HTTP/1.1\r\n\r\n")
    answer = await reader.readuntil(b"]")
    writer.close()
    found: list[int] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return found


def main() -> None:
    with subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        try:
            print("| scenario | requests | most in flight | seconds | MB added |\n|---|---|---|---|---|")
            for scenario in SCENARIOS:
                asyncio.run(counts())
                child = subprocess.run(
                    [sys.executable, Path(__file__), scenario], capture_output=True, text=True, check=True
                )
                length, memory = map(float, child.stdout.split())
                requests, most = asyncio.run(counts())
                print(f"| {scenario} | {requests - 1:,} | {most} | {length:.1f} | {memory:.0f} |", flush=True)
        finally:
            server.terminate()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    elif sys.argv[1:]:
        asyncio.run(measure(sys.argv[1]))
    else:
        main()
