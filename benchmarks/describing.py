"""Describing over HTTP: many at once, one after another, a million."""

import asyncio
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from aiopinecone import CachePolicy, Pinecone
from benchmarks import clients
from benchmarks.job import Answer, Job, check, check_count, numbered

Run = Callable[[Iterable[str]], Awaitable[int]]  # ids in, how many were answered
WARM = 90_000_000  # ids from here on are asked for before the clock runs


def bulk(contender: str, job: Job) -> dict[str, float]:
    """Microseconds for each of many backups; ours by `describe_backups`, the others by as many workers."""
    return asyncio.run(_bulk(contender, job))


async def _bulk(contender: str, job: Job) -> dict[str, float]:
    if contender.startswith("ours"):
        cache = None if contender == "ours_without_cache" else CachePolicy()
        async with clients.client_of(job, cache) as pc:
            return await _timed(job, lambda ids: _described_by_ours(pc, ids))
    async with clients.named(contender)(job) as describe:
        return await _timed(job, lambda ids: _described_by_workers(describe, ids, job.concurrency))


async def _timed(job: Job, run: Run) -> dict[str, float]:
    await run(numbered(job.concurrency, start=WARM))  # opens the connections
    ids = job.ids()
    began, cpu = time.perf_counter(), time.process_time()
    answered = await run(ids)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    check_count(answered, job.count)
    return {"figure": seconds / job.count * 1e6, "cpu": cpu / job.count * 1e6}


async def _described_by_ours(pc: Pinecone, ids: Iterable[str]) -> int:
    answered = 0
    async for result in pc.describe_backups(ids):
        backup = result.unwrap()
        check(result.backup_id, (backup.backup_id, backup.size_bytes))
        answered += 1
    return answered


async def _described_by_workers(
    describe: Callable[[str], Awaitable[Answer]], ids: Iterable[str], concurrency: int
) -> int:
    answered = 0
    waiting = iter(ids)

    async def work() -> None:
        nonlocal answered
        for backup_id in waiting:
            check(backup_id, await describe(backup_id))
            answered += 1

    await asyncio.gather(*(work() for _ in range(concurrency)))
    return answered


def one_after_another(contender: str, job: Job) -> dict[str, float]:
    """The median of single calls, in microseconds."""
    return asyncio.run(_one_after_another(contender, job))


async def _one_after_another(contender: str, job: Job) -> dict[str, float]:
    async with clients.named(contender)(job) as describe:
        for backup_id in numbered(200, start=WARM):
            await describe(backup_id)
        lengths = []
        cpu = time.process_time()
        for backup_id in job.ids():
            began = time.perf_counter()
            answer = await describe(backup_id)
            lengths.append(time.perf_counter() - began)
            check(backup_id, answer)
        cpu = time.process_time() - cpu
        return {"figure": statistics.median(lengths) * 1e6, "cpu": cpu / job.count * 1e6}


def endless(contender: str, job: Job) -> dict[str, float]:
    """Microseconds of CPU for each id of a generator, in runs of 1,000 or in a single long one; its growth in MB."""
    return asyncio.run(_endless(job, 1_000 if contender == "thousand" else job.count))


async def _endless(job: Job, length: int) -> dict[str, float]:
    costs = []
    memory: dict[int, int] = {}
    async with clients.client_of(job) as pc:
        await _described_by_ours(pc, numbered(min(12_000, job.count), start=WARM))  # fills the cache
        for start in range(0, min(job.count, 20 * length), length):
            cpu = time.process_time()
            answered = 0
            async for result in pc.describe_backups(numbered(length, start=start)):
                backup = result.unwrap()
                check(result.backup_id, (backup.backup_id, backup.size_bytes))
                answered += 1
                if not answered % 1_000:
                    memory[start + answered] = resident()
            costs.append((time.process_time() - cpu) / length * 1e6)
            check_count(answered, length)
    figures = {"figure": statistics.median(costs)}
    if settled := [size for count, size in memory.items() if count >= job.count / 10]:
        figures["grown"] = (max(settled) - settled[0]) / 1e6
    return figures


def resident() -> int:
    """Bytes of memory that the process has now; where only its highest is known, that."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
