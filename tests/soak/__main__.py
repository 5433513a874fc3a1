"""One client, hours of trouble in minutes: `make soak`, or `make soak-quick` for half a minute.

The client runs here and a misbehaving server in another process, on loopback only. Many callers describe backups, a
fifth of them is cancelled at a random moment. About once a second all come to rest, and it is measured what is left.
Prints a table, and exits with 1 and the reasons if memory, descriptors or tasks grow, if the p99 doubles, or if a
request is unaccounted for. Ends by itself.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import resource
import sys
import time
import urllib.request
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from aiopinecone import CachePolicy, Pinecone, PineconeError, RetryPolicy
from soak.account import Account, Latencies
from soak.judge import Checkpoint, Totals, judge

IDS = 1_000
CALLERS = 100
CONNECTIONS = 32
ROUND_SECONDS = 1.0
CANCELLED = 0.2
CANCELLED_WITHIN = 0.02  # seconds
REST_SECONDS = 2.0  # that what is ending has for it
ROWS = 15
COLUMNS = "time s  requests   RSS MB  descriptors  tasks  p50 ms  p99 ms  unaccounted"
CACHE = CachePolicy(ttl=0.02, stale_while_revalidate=0.02, stale_if_error=1.0)  # short: most calls shall be requests
RETRY = RetryPolicy(first_delay=0.05)


class Soak:
    """A run of rounds, with a checkpoint after each."""

    def __init__(self, pc: Pinecone, account: Account, options: argparse.Namespace) -> None:
        self._pc = pc
        self._account = account
        self._dice = random.Random(options.seed)
        self._requests = options.requests
        self._began_at = time.monotonic()
        self._ends_at = self._began_at + options.seconds
        self._latencies = Latencies()
        self.checkpoints: list[Checkpoint] = []
        self.cancelled = 0

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at or bool(self._account.requests >= self._requests)

    async def turn(self, before: Checkpoint) -> Checkpoint:
        """One round, to its rest."""
        self._latencies = Latencies()
        ends_at = min(time.monotonic() + ROUND_SECONDS, self._ends_at)
        await asyncio.gather(*(self._caller(ends_at) for _ in range(CALLERS)))
        await rest(before.tasks)
        self.checkpoints.append(measure(self._account, self._began_at, self._latencies))
        return self.checkpoints[-1]

    async def _caller(self, ends_at: float) -> None:
        while time.monotonic() < ends_at:
            if self._dice.random() < CANCELLED:
                await self._cancelled_call()
            else:
                began_at = time.monotonic()
                await self._call()
                self._latencies.add((time.monotonic() - began_at) * 1000)

    async def _cancelled_call(self) -> None:
        self.cancelled += 1
        call = asyncio.ensure_future(self._call())
        timer = asyncio.get_running_loop().call_later(self._dice.random() * CANCELLED_WITHIN, call.cancel)
        await asyncio.wait([call])
        timer.cancel()

    async def _call(self) -> None:
        account = self._account
        backup_id = f"bkp_{int(self._dice.random() ** 2 * IDS)}"  # some ids are asked for more often
        account.calls += 1
        how = "failed"
        try:
            backup = await self._pc.describe_backup(backup_id)
            how = "answered"
            account.wrong += backup.backup_id != backup_id
        except asyncio.CancelledError:
            how = "cancelled"
        except PineconeError:
            pass
        except Exception as error:  # noqa: BLE001 -- nothing else may ever come out
            account.wrong += 1
            print(f"a call ended with {error!r}")
        finally:
            account.ended[how] += 1


async def rest(tasks: int) -> None:
    """Wait until nothing more than these many tasks is alive, or until what is left must be a leak."""
    ends_at = time.monotonic() + REST_SECONDS
    while len(asyncio.all_tasks()) > tasks and time.monotonic() < ends_at:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0)  # transports close in the next turn of the loop
    gc.collect()


def measure(account: Account, began_at: float, latencies: Latencies) -> Checkpoint:
    return Checkpoint(
        seconds=time.monotonic() - began_at,
        requests=account.requests,
        rss=resident_memory(),
        descriptors=len(os.listdir("/dev/fd")),  # noqa: PTH208 -- a Path for each would be garbage to measure
        tasks=len(asyncio.all_tasks()),
        p50=latencies.percentile(0.5),
        p99=latencies.percentile(0.99),
        unaccounted=account.unaccounted,
    )


def resident_memory() -> float:
    """In MB; where there is no /proc, the most there ever was."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def row(checkpoint: Checkpoint) -> str:
    c = checkpoint
    return (
        f"{c.seconds:6.1f} {c.requests:9,} {c.rss:8.2f} {c.descriptors:12} {c.tasks:6} "
        f"{c.p50:7.2f} {c.p99:7.1f} {c.unaccounted:12}"
    )


async def run(options: argparse.Namespace, server: Process) -> list[str]:
    """Everything that was wrong, in words."""
    assert server.stdout is not None
    url = f"http://127.0.0.1:{int(await server.stdout.readline())}"
    account = Account(IDS)
    account.watch()
    before = measure(account, time.monotonic(), Latencies())
    print(COLUMNS)
    async with Pinecone("made-up", host=url, cache=CACHE, retry=RETRY, concurrency=CONNECTIONS) as pc:
        soak = Soak(pc, account, options)
        shown_at = 0.0
        while not soak.is_over:
            checkpoint = await soak.turn(before)
            if checkpoint.seconds >= shown_at or soak.is_over:
                print(row(checkpoint), flush=True)
                shown_at += options.seconds / ROWS
    await rest(before.tasks)
    after = measure(account, time.monotonic(), Latencies())
    seen, faults = json.loads(await asyncio.to_thread(lambda: urllib.request.urlopen(f"{url}/counts").read()))
    totals = Totals(
        before=before,
        after=after,
        connections=CONNECTIONS,
        calls=account.calls,
        cancelled=soak.cancelled,
        faults=faults,
        unaccounted=account.against(seen),
    )
    print(f"\n{account.calls:,} calls: {said(account.ended)}. The server saw {sum(seen):,} requests of")
    print(f"{account.requests:,} sent, {sum(account.unsure):,} of which got no answer. Its faults: {said(faults)}.")
    print(f"Unaccounted for: {totals.unaccounted}.")
    return judge(soak.checkpoints, totals)


def said(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


async def main(options: argparse.Namespace) -> int:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "soak.server", str(IDS), stdin=PIPE, stdout=PIPE, cwd=Path(__file__).parents[1]
    )
    try:
        complaints = await run(options, server)
    finally:
        assert server.stdin is not None
        server.stdin.close()
        await server.wait()
    for complaint in complaints:
        print(f"FAILED: {complaint}")
    if not complaints:
        print("Passed: nothing grew, nothing got lost.")
    return bool(complaints)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=300, help="the longest it runs (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=1_000_000, help="the most it sends (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the callers' dice (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(options())))
