"""Ours beside the floor, bare aiohttp with orjson: `python benchmarks/compare.py`.

Each contender runs in a process of its own, pinned to the first core, in turn, five rounds; the server is pinned to the
second. Every answer is checked. Prints the medians and the ratio to the floor of the same round: machines differ.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import orjson

from aiopinecone import CachePolicy, Pinecone

PORT = 5099
URL = f"http://127.0.0.1:{PORT}"
ROUNDS = 5
BULK = 5_000
SEQUENTIAL = 3_000
CONCURRENCY = 100
HEADERS = {"Api-Key": "made-up", "X-Pinecone-Api-Version": "2026-07", "Accept": "application/json"}
CONTENDERS = ("floor", "ours", "ours without cache")
# glibc maps and unmaps each of asyncio's read buffers, or doesn't, by luck of what was imported before.
ENVIRONMENT = os.environ | {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "33554432"}


def numbered(count: int) -> list[str]:
    return [f"{number:08d}-ed1c-4f97-9f8c-8194e07bcf71" for number in range(count)]


async def floor(scenario: str) -> float:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY), headers=HEADERS) as session:

        async def describe(backup_id: str) -> None:
            async with session.get(f"{URL}/backups/{backup_id}") as response:
                assert orjson.loads(await response.read())["backup_id"] == backup_id

        async def bulk() -> None:
            ids = iter(numbered(BULK))

            async def work() -> None:
                for backup_id in ids:
                    await describe(backup_id)

            await asyncio.gather(*(work() for _ in range(CONCURRENCY)))

        return await measure(scenario, describe, bulk)


async def ours(scenario: str, cache: CachePolicy | None) -> float:
    async with Pinecone("made-up", host=URL, concurrency=CONCURRENCY, cache=cache) as pc:

        async def describe(backup_id: str) -> None:
            assert (await pc.describe_backup(backup_id)).backup_id == backup_id

        async def bulk() -> None:
            right = 0
            async for result in pc.describe_backups(numbered(BULK)):
                right += result.unwrap().backup_id == result.backup_id
            assert right == BULK

        return await measure(scenario, describe, bulk)


async def measure(
    scenario: str, describe: Callable[[str], Awaitable[None]], bulk: Callable[[], Awaitable[None]]
) -> float:
    """Microseconds for each backup: the mean in bulk, the median one after another."""
    await describe("warm-up")
    if scenario == "bulk":
        began = time.perf_counter()
        await bulk()
        return (time.perf_counter() - began) / BULK * 1e6
    lengths = []
    for backup_id in numbered(SEQUENTIAL):
        began = time.perf_counter()
        await describe(backup_id)
        lengths.append(time.perf_counter() - began)
    return statistics.median(lengths) * 1e6


def contend(contender: str, scenario: str) -> None:
    """What a child process does."""
    os.sched_setaffinity(0, {0})
    if contender == "floor":
        print(asyncio.run(floor(scenario)))
    else:
        print(asyncio.run(ours(scenario, CachePolicy() if contender == "ours" else None)))


def compare(scenario: str) -> None:
    lengths: dict[str, list[float]] = {contender: [] for contender in CONTENDERS}
    for _ in range(ROUNDS):
        for contender, measured in lengths.items():
            command = [sys.executable, __file__, contender, scenario]
            child = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
            measured.append(float(child.stdout))
    for contender, measured in lengths.items():
        ratio = statistics.median(base / own for base, own in zip(lengths["floor"], measured, strict=True))
        spread = f"{min(measured):.0f} to {max(measured):.0f}"
        print(f"| {scenario} | {contender} | {statistics.median(measured):.0f} | {spread} | {ratio:.2f} |", flush=True)


def main() -> None:
    command = [sys.executable, Path(__file__).with_name("server.py"), str(PORT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        try:
            print("| scenario | contender | us a backup | spread | speed, floor = 1 |\n|---|---|---|---|---|")
            compare("bulk")
            compare("one after another")
        finally:
            server.terminate()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        contend(*sys.argv[1:])
    else:
        main()
