"""Caches: a hit, a thousand callers of one id, and the memory for what is held."""

import asyncio
import gc
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from aiopinecone import CachePolicy, Pinecone
from benchmarks import clients
from benchmarks.describing import WARM, resident
from benchmarks.job import KEY, Answer, Job, WrongAnswerError, check, numbered

Held = Callable[[str], Awaitable[Any]]  # an id in, whatever the contender makes of the backup out
ONE_REQUEST = {"ours", "async_lru"}
LASTS = 3600  # seconds; nothing goes stale during a run


def of_dict(backup: Any) -> Answer:
    return backup["backup_id"], backup["size_bytes"]


def of_object(backup: Any) -> Answer:
    return backup.backup_id, backup.size_bytes


@asynccontextmanager
async def fetching(job: Job) -> AsyncIterator[Held]:
    """Bare aiohttp, for the caches to stand in front of."""
    async with clients.session_of(job) as session:

        async def fetch(backup_id: str) -> Any:
            async with session.get(f"{job.url}/backups/{backup_id}") as response:
                return orjson.loads(await response.read())

        yield fetch


@asynccontextmanager
async def bare(job: Job) -> AsyncIterator[Held]:
    async with fetching(job) as fetch:
        yield fetch


@asynccontextmanager
async def ours(job: Job) -> AsyncIterator[Held]:
    policy = CachePolicy(ttl=LASTS, max_entries=job.count + 2_000)
    async with Pinecone(KEY, host=job.url, concurrency=job.concurrency, cache=policy) as pc:
        yield pc.describe_backup


@asynccontextmanager
async def async_lru(job: Job) -> AsyncIterator[Held]:
    from async_lru import alru_cache  # noqa: PLC0415 -- what only one contender needs is imported by it

    async with fetching(job) as fetch:
        cached: Any = alru_cache(maxsize=job.count + 2_000, ttl=LASTS)(fetch)  # type: ignore[arg-type]  # it asks for a coroutine function of its own kind
        yield cached
        await cached.cache_close()


@asynccontextmanager
async def aiocache_cached(job: Job) -> AsyncIterator[Held]:
    from aiocache import cached  # noqa: PLC0415 -- as above

    async with fetching(job) as fetch:
        yield cached(ttl=LASTS)(fetch)


@asynccontextmanager
async def aiocache_stampede(job: Job) -> AsyncIterator[Held]:
    from aiocache import cached_stampede  # noqa: PLC0415 -- as above

    async with fetching(job) as fetch:
        yield cached_stampede(ttl=LASTS)(fetch)


@asynccontextmanager
async def cashews(job: Job) -> AsyncIterator[Held]:
    from cashews import Cache  # noqa: PLC0415 -- as above

    cache = Cache()
    cache.setup("mem://", size=job.count + 2_000)
    async with fetching(job) as fetch:

        @cache(ttl=LASTS, key="backup:{backup_id}")
        async def held(backup_id: str) -> Any:
            return await fetch(backup_id)

        yield held
    await cache.close()


def answer_of(contender: str, backup: Any) -> Answer:
    return of_object(backup) if contender == "ours" else of_dict(backup)


def hit(contender: str, job: Job) -> dict[str, float]:
    """Microseconds for `await describe(id)` of what is held, a thousand ids in turn."""
    return asyncio.run(_hit(contender, job))


async def _hit(contender: str, job: Job) -> dict[str, float]:
    ids = list(numbered(1_000))
    before = await asked(job)
    async with globals()[contender](job) as describe:
        for backup_id in ids:
            check(backup_id, answer_of(contender, await describe(backup_id)))
        rounds = max(job.count // len(ids), 1)
        began = time.process_time()  # others on the same core don't count
        for _ in range(rounds):
            for backup_id in ids:
                await describe(backup_id)
        seconds = time.process_time() - began
        for backup_id in ids:
            check(backup_id, answer_of(contender, await describe(backup_id)))
        if await asked(job) - before != len(ids):
            raise WrongAnswerError("not all of them were hits")
    return {"figure": seconds / rounds / len(ids) * 1e6}


def one_id(contender: str, job: Job) -> dict[str, float]:
    """Milliseconds until all of a thousand concurrent callers of one id have their answer."""
    return asyncio.run(_one_id(contender, job))


async def _one_id(contender: str, job: Job) -> dict[str, float]:
    lengths = []
    async with globals()[contender](job) as describe:
        await describe(next(numbered(start=WARM)))
        before = await asked(job)
        until = time.perf_counter() + 0.5  # seconds, for the slow ones
        for backup_id in numbered(20):
            began = time.perf_counter()
            backups = await asyncio.gather(*(describe(backup_id) for _ in range(job.count)))
            lengths.append(time.perf_counter() - began)
            for backup in backups:
                check(backup_id, answer_of(contender, backup))
            if time.perf_counter() > until:
                break
        requests = (await asked(job) - before) / len(lengths)
    if contender in ONE_REQUEST and requests != 1:
        raise WrongAnswerError(f"{requests} requests instead of one")
    return {"figure": statistics.median(lengths) * 1e3, "requests": requests}


def memory(contender: str, job: Job) -> dict[str, float]:
    """Bytes of resident memory for each backup held."""
    return asyncio.run(_memory(contender, job))


async def _memory(contender: str, job: Job) -> dict[str, float]:
    asked_before = await asked(job)
    async with globals()[contender](job) as describe:

        async def fill(ids: Iterable[str]) -> None:
            for backup_id in ids:
                check(backup_id, answer_of(contender, await describe(backup_id)))

        warming = numbered(1_000, start=WARM)
        await asyncio.gather(*(fill(warming) for _ in range(job.concurrency)))
        gc.collect()
        before = resident()
        waiting = numbered(job.count)
        await asyncio.gather(*(fill(waiting) for _ in range(job.concurrency)))
        gc.collect()
        grown = resident() - before
        await fill(numbered(min(1_000, job.count)))
        if await asked(job) - asked_before != job.count + 1_000:
            raise WrongAnswerError("not all of them were fetched once and held")
    return {"figure": grown / job.count}


async def asked(job: Job) -> int:
    """How many backups the server was asked for so far."""
    async with aiohttp.ClientSession() as session, session.get(f"{job.url}/count") as response:
        return int(await response.text())
