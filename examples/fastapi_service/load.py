"""Visitors of the service: 2,000 requests for 50 backups, and then for all, while Valkey is killed and comes back.

python examples/fastapi_service/load.py [--port 8000], while `serve.py` runs. The exit status is 0 where no visitor saw
an error, and Pinecone was asked at most once for each of the 50.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing
from itertools import count
from random import Random
from time import perf_counter

from aiohttp import ClientError, ClientSession
from redis.asyncio import Redis
from redis.exceptions import RedisError

from aiopinecone import Pinecone, PineconeConnectionError

REQUESTS, IDS, VISITORS = 2_000, 50, 50


class Load:
    """What the visitors saw: status (or the name of an error) -> requests, and the seconds that each took."""

    def __init__(self) -> None:
        self.statuses: Counter[object] = Counter()
        self.seconds: list[float] = []

    async def run(self, url: str, ids: Sequence[str], goes_on: Callable[[int], bool]) -> None:
        """Requests by 50 visitors, each one after the other, as long as it goes on for the number of the next."""
        dice, numbers = Random(1), count()

        async def visit(session: ClientSession) -> None:
            while goes_on(next(numbers)):
                await self._get(session, dice.choice(ids), url)

        async with ClientSession() as session:
            await asyncio.gather(*(visit(session) for _ in range(VISITORS)))

    async def _get(self, session: ClientSession, backup_id: str, url: str) -> None:
        began = perf_counter()
        try:
            async with session.get(f"{url}/backups/{backup_id}") as answer:
                found = await answer.json(content_type=None)
                right = found.get("backup_id") == backup_id
                self.statuses[answer.status if right or answer.status != 200 else "another backup"] += 1
        except (ClientError, OSError) as error:
            self.statuses[type(error).__name__] += 1
        self.seconds.append(perf_counter() - began)

    def __str__(self) -> str:
        seconds = sorted(self.seconds)
        p50, p99 = (1e3 * seconds[len(seconds) * share // 100] for share in (50, 99))
        seen = ", ".join(f"{times:,} x {status}" for status, times in self.statuses.most_common())
        return f"{len(seconds):,} requests: {seen}; p50 {p50:.0f} ms, p99 {p99:.0f} ms"


async def main(port: int) -> bool:
    service, pinecone = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    async with (
        Pinecone("pcsk_emulator_default", host=pinecone) as pc,
        aclosing(Redis(port=port + 2)) as valkey,
        ClientSession() as session,
    ):

        async def times_asked() -> int:
            async with session.get(f"{pinecone}/_emulator/requests") as answer:
                return int((await answer.json()).get("describe_backup", 0))

        backups = await pc.list_backups().to_list()
        everything = [backup.backup_id for backup in backups]
        settled = [backup.backup_id for backup in backups if backup.status.is_settled]  # others are kept for 2 s only

        before = await times_asked()
        calm = Load()
        await calm.run(service, settled[:IDS], lambda number: number < REQUESTS)
        asked = await times_asked() - before
        print(f"{calm}; Pinecone was asked {asked} times for {IDS} backups")

        outage = Load()
        drill = asyncio.ensure_future(kill(valkey, outage))
        await outage.run(service, everything, lambda _: not drill.done())
        print(f"{outage}; {await drill}")
    return set(calm.statuses) == set(outage.statuses) == {200} and asked <= IDS


async def kill(valkey: Redis, load: Load) -> str:
    """Kill Valkey once the load is on; what it did, once it is back and holds answers again."""
    while load.statuses.total() < 200:
        await asyncio.sleep(0.01)
    os.kill((await valkey.info("server"))["process_id"], signal.SIGKILL)
    killed_at = perf_counter()
    while perf_counter() < killed_at + 30:
        await asyncio.sleep(0.1)
        try:
            if held := await valkey.dbsize():
                return f"Valkey was killed, and {perf_counter() - killed_at:.1f} s later held {held} answers again"
        except (RedisError, OSError):
            pass  # it isn't back yet
    raise TimeoutError("Valkey holds nothing 30 s after it was killed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Visits the example service, and kills its Valkey.")
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    try:
        sys.exit(not asyncio.run(main(port)))
    except PineconeConnectionError:
        sys.exit(f"Nothing answers on port {port + 1}: start the service first, by serve.py --port {port}.")
