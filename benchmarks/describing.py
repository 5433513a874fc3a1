"""Describing over HTTP: many at once, one after another, a million."""

import asyncio
import gc
import resource
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from aiopinecone import BackupResult, CachePolicy, Pinecone
from benchmarks import clients
from benchmarks.job import Answer, Job, check, check_count, numbered

Run = Callable[[Iterable[str]], Awaitable[int]]  # ids in, how many were answered
WARM = 90_000_000  # ids from here on are asked for before the clock runs
SHORT = 1_000  # ids of a run that the endless one is compared with


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
    gc.collect()  # what was imported and connected isn't this run's garbage; a look through it takes 40 ms
    began, cpu = time.perf_counter(), time.process_time()
    answered = await run(ids)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    check_count(answered, job.count)
    return {"figure": seconds / job.count * 1e6, "cpu": cpu / job.count * 1e6}


async def _described_by_ours(pc: Pinecone, ids: Iterable[str]) -> int:
    return await _taken(pc.describe_backups(ids))


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
        gc.collect()  # as above
        cpu = time.process_time()
        for backup_id in job.ids():
            began = time.perf_counter()
            answer = await describe(backup_id)
            lengths.append(time.perf_counter() - began)
            check(backup_id, answer)
        cpu = time.process_time() - cpu
        return {"figure": statistics.median(lengths) * 1e6, "cpu": cpu / job.count * 1e6}


def endless(_: str, job: Job) -> dict[str, float]:
    """Microseconds of CPU for each id of one long run; beside them, those of short runs in between, and its growth."""
    return asyncio.run(_endless(job))


async def _endless(job: Job) -> dict[str, float]:
    costs, ratios, memory = [], [], []
    fresh = numbered(start=WARM)
    async with clients.client_of(job) as pc:
        # Fills the cache, and several at a time do to the heap what short runs beside a long one will.
        warming = [islice(fresh, min(10_000, job.count // 4)) for _ in range(3)]
        await asyncio.gather(*(_described_by_ours(pc, ids) for ids in warming))
        results = pc.describe_backups(numbered(job.count))
        segment = max(job.count // 50, 2 * SHORT)
        for _ in range(job.count // segment):
            check_count(await _taken(results, SHORT), SHORT)  # until it runs as before it was halted
            long = await _cost(_taken(results, segment - SHORT), segment - SHORT)
            await asyncio.sleep(0.05)  # it fetches what it may ahead of its consumer, and halts
            short = await _cost(_described_by_ours(pc, islice(fresh, SHORT)), SHORT)
            costs.append(long)
            ratios.append(long / short)
            memory.append(resident())
        check_count(await _taken(results), job.count % segment)
    settled = memory[len(memory) // 10 :]
    return {
        "figure": statistics.median(costs),
        "times_a_short_run": statistics.median(ratios),
        "grown": (max(settled) - settled[0]) / 1e6,
    }


async def _cost(work: Coroutine[Any, Any, int], expected: int) -> float:
    """Microseconds of CPU for each of so many backups."""
    cpu = time.process_time()
    check_count(await work, expected)
    return (time.process_time() - cpu) / expected * 1e6


async def _taken(results: AsyncIterator[BackupResult], count: int | None = None) -> int:
    """The next so many results, or all that are left; how many there were."""
    taken = 0
    while taken != count and (result := await anext(results, None)) is not None:
        backup = result.unwrap()
        check(result.backup_id, (backup.backup_id, backup.size_bytes))
        taken += 1
    return taken


def resident() -> int:
    """Bytes of memory that the process has now; where only its highest is known, that."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
