"""The contenders that speak HTTP. Each is opened for a job, and gives a function that describes one backup."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import orjson

from aiopinecone import CachePolicy, Pinecone
from benchmarks.job import KEY, Answer, Describe, Job

HEADERS = {"Api-Key": KEY, "X-Pinecone-Api-Version": "2026-07", "Accept": "application/json"}
RETRYABLE = {408, 429, 500, 502, 503, 504}


def named(contender: str) -> Callable[[Job], AbstractAsyncContextManager[Describe]]:
    """The contender of this name; `official:20` is the official SDK with a pool of 20 connections."""
    name, _, pool = contender.partition(":")
    opened: Callable[..., AbstractAsyncContextManager[Describe]] = globals()[name]
    return partial(opened, pool=int(pool)) if pool else opened


@asynccontextmanager
async def session_of(job: Job) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=job.concurrency, ssl=job.tls() or True)
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as session:
        yield session


@asynccontextmanager
async def bare(job: Job, loads: Callable[[bytes], Any] = orjson.loads) -> AsyncIterator[Describe]:
    """The floor: aiohttp as its documentation shows it, orjson, and no model."""
    async with session_of(job) as session:

        async def describe(backup_id: str) -> Answer:
            async with session.get(f"{job.url}/backups/{backup_id}") as response:
                backup = loads(await response.read())
                return backup["backup_id"], backup["size_bytes"]

        yield describe


def bare_json(job: Job) -> Any:
    return bare(job, json.loads)


@asynccontextmanager
async def retrying_by_hand(job: Job) -> AsyncIterator[Describe]:
    """Bare aiohttp in the loop that one writes by hand: exponential backoff with full jitter, as ours has it."""
    async with session_of(job) as session:

        async def describe(backup_id: str) -> Answer:
            for attempt in range(4):
                async with session.get(f"{job.url}/backups/{backup_id}") as response:
                    if response.status not in RETRYABLE:
                        backup = orjson.loads(await response.read())
                        return backup["backup_id"], backup["size_bytes"]
                await asyncio.sleep(random.random() * 0.25 * 2**attempt)
            raise TimeoutError

        yield describe


@asynccontextmanager
async def naive(job: Job) -> AsyncIterator[Describe]:
    """What one puts together from the same libraries as they come: `@cached`, `@retry`, `Converter()`."""
    from aiocache import cached  # noqa: PLC0415 -- what only one contender needs is imported by it
    from tenacity import retry, stop_after_attempt, wait_random_exponential  # noqa: PLC0415 -- as above

    from benchmarks.decoding import cattrs_converter  # noqa: PLC0415 -- as above

    decode = cattrs_converter()
    async with session_of(job) as session:

        @cached(ttl=60)  # type: ignore[untyped-decorator]  # aiocache has no annotations
        @retry(stop=stop_after_attempt(4), wait=wait_random_exponential(0.25))
        async def fetch(backup_id: str) -> Any:
            async with session.get(f"{job.url}/backups/{backup_id}") as response:
                response.raise_for_status()
                return decode(await response.read())

        async def describe(backup_id: str) -> Answer:
            backup = await fetch(backup_id)
            return backup.backup_id, backup.size_bytes

        yield describe


@asynccontextmanager
async def plain_httpx(job: Job, pool: int) -> AsyncIterator[Describe]:
    import httpx  # noqa: PLC0415 -- as above

    limits = httpx.Limits(max_connections=pool, max_keepalive_connections=pool)
    async with httpx.AsyncClient(headers=HEADERS, limits=limits, verify=job.tls() or True, timeout=60) as client:

        async def describe(backup_id: str) -> Answer:
            backup = orjson.loads((await client.get(f"{job.url}/backups/{backup_id}")).content)
            return backup["backup_id"], backup["size_bytes"]

        yield describe


@asynccontextmanager
async def official(job: Job, pool: int | None = None) -> AsyncIterator[Describe]:
    """Without a pool of a given size it opens a connection for each request."""
    from pinecone import AsyncPinecone  # noqa: PLC0415 -- as above

    sized: dict[str, Any] = {} if pool is None else {"connection_pool_maxsize": pool}
    async with AsyncPinecone(KEY, host=job.url, ssl_ca_certs=job.authority, timeout=60, **sized) as pc:

        async def describe(backup_id: str) -> Answer:
            backup = await pc.backups.describe(backup_id=backup_id)
            return backup.backup_id, backup.size_bytes

        yield describe


@asynccontextmanager
async def client_of(job: Job, cache: CachePolicy | None = CachePolicy()) -> AsyncIterator[Pinecone]:  # noqa: B008 -- frozen
    async with Pinecone(KEY, host=job.url, concurrency=job.concurrency, cache=cache, ssl=job.tls()) as pc:
        yield pc


@asynccontextmanager
async def ours(job: Job) -> AsyncIterator[Describe]:
    async with client_of(job) as pc:

        async def describe(backup_id: str) -> Answer:
            backup = await pc.describe_backup(backup_id)
            return backup.backup_id, backup.size_bytes

        yield describe
