"""`aiopinecone demo`: a made-up project of 1,000 backups, inspected over real HTTP on loopback.

Whatever it prints comes from the run: the emulator serves the backups, and the public client reads them.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from time import perf_counter

from aiopinecone import Backup, BackupStatus, CacheInfo, Pinecone
from aiopinecone.cli import words
from aiopinecone.emulator import Emulator

try:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table
except ImportError:
    sys.exit("The demo needs rich: pip install 'aiopinecone-backups[cli]'")

SAMPLE_ID = "8c85e612-ed1c-4f97-9f8c-8194e07bcf71"


async def main() -> None:
    console = Console()
    async with Emulator(fleet="demo") as emulator:
        console.print(f"A made-up Pinecone project answers at {emulator.url}\n")
        began = perf_counter()
        async with Pinecone(emulator.api_key, host=emulator.url) as pc:
            console.print("[bold]await pc.describe_backup(backup_id=...)[/]")
            console.print(f"{await pc.describe_backup(backup_id=SAMPLE_ID)}\n", markup=False)

            ids = [backup.backup_id async for backup in pc.list_backups()]
            await pc.clear_cache()  # the list filled it, and the first pass below is to ask for each
            backups = await inspect(pc, ids, console, "first pass, over HTTP")
            first = pc.cache_info()
            await inspect(pc, ids, console, "second pass, from the cache")
            second = pc.cache_info()
        took = perf_counter() - began
        console.print(status_table(backups))
        console.print(index_table(backups, emulator.now))
        console.print(totals(emulator.requests, first, second, took))


async def inspect(pc: Pinecone, ids: list[str], console: Console, title: str) -> list[Backup]:
    """Describe every id, with a bar that shows how far it is and how many failed."""
    backups: list[Backup] = []
    failed = 0
    columns = (
        TextColumn("{task.description:<27}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(title, total=len(ids), failed=0)
        async for result in pc.describe_backups(ids):
            if result.ok:
                backups.append(result.unwrap())
            else:
                failed += 1
            progress.update(bar, advance=1, failed=failed)
    return backups


def status_table(backups: Iterable[Backup]) -> Table:
    table = Table("status", "backups", "restorable", title="By status", title_justify="left")
    table.columns[1].justify = "right"
    for status, count in Counter(backup.status for backup in backups).most_common():
        table.add_row(str(status), f"{count:,}", restorable(status))
    return table


def restorable(status: BackupStatus) -> str:
    if status.is_ready:
        return "yes"
    if status.is_pending:
        return "not yet"
    return "no" if status.is_failed else "unknown"


def index_table(backups: Iterable[Backup], now: datetime) -> Table:
    table = Table("index", "backups", "records", "size", "newest Ready", title="By index", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    by_name = sorted(backups, key=index_name)
    for name, group in groupby(by_name, index_name):
        rows = list(group)
        records = sum(backup.record_count or 0 for backup in rows)
        size = sum(backup.size_bytes or 0 for backup in rows)
        ready = [backup.created_at for backup in rows if backup.status.is_ready and backup.created_at]
        newest = f"{words.since(max(ready), now)} old" if ready else "none"
        table.add_row(name, f"{len(rows):,}", f"{records:,}", words.size(size), newest)
    return table


def index_name(backup: Backup) -> str:
    return backup.source_index_name


def totals(requests: Counter[str], first: CacheInfo, second: CacheInfo, took: float) -> str:
    hits = second.hits - first.hits
    asked_again = second.misses - first.misses
    routes = ", ".join(f"{route} {count:,}" for route, count in requests.most_common() if count)
    return (
        f"Requests sent: {requests.total():,} ({routes})\n"
        f"Second pass: {hits:,} cache hits, {asked_again:,} asked again\n"
        f"Wall time: {took:.2f} s"
    )


if __name__ == "__main__":
    asyncio.run(main())
