"""`wait` and `watch`: backups that are not settled yet, all side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aiopinecone import Backup, BackupFailedError, Pinecone, PineconeError, PineconeValueError
from aiopinecone.cli import ids, shapes
from aiopinecone.cli.exits import Exit
from aiopinecone.cli.printing import Printer
from aiopinecone.cli.progress import bar
from aiopinecone.cli.projects import Choice
from aiopinecone.cli.style import Style
from aiopinecone.cli.terminal import Terminal

NONE = "none"


async def wait(
    terminal: Terminal, given: Sequence[str], timeout: str, poll_interval: str | None, choice: Choice, style: Style
) -> None:
    """Each backup once it is ready; those that won't be, a line each."""
    length = None if timeout == NONE else timeout
    total = None if ids.STDIN in given else len(given)
    async with choice.one().client(terminal) as pc:
        pc.watch_backup("any", timeout=length, poll_interval=poll_interval)  # raises for times that can't be used
        with (
            Printer(terminal, style, shapes.backups()) as printer,
            bar(terminal, "Waiting", total, beside_rows=printer.streams) as progress,
        ):

            async def wait_for(backup_id: str) -> None:
                try:
                    backup = await pc.wait_for_backup(backup_id, timeout=length, poll_interval=poll_interval)
                except PineconeError as error:
                    progress.advance(ok=False)
                    _complain(terminal, error, backup_id)
                else:
                    progress.advance()
                    printer.add(backup)

            await _for_each(given, wait_for)


async def watch(
    terminal: Terminal, given: Sequence[str], timeout: str, poll_interval: str | None, choice: Choice, style: Style
) -> None:
    """Each backup as it is, and a row more whenever one has changed, until all are settled."""
    length = None if timeout == NONE else timeout
    async with choice.one().client(terminal) as pc:
        pc.watch_backup("any", timeout=length, poll_interval=poll_interval)  # as above
        with Printer(terminal, style, shapes.changes(), live=True) as printer:

            async def watch_one(backup_id: str) -> None:
                try:
                    await _follow(pc, backup_id, length, poll_interval, printer)
                except PineconeError as error:
                    _complain(terminal, error, backup_id)

            await _for_each(given, watch_one)


async def _follow(
    pc: Pinecone, backup_id: str, timeout: str | None, poll_interval: str | None, printer: Printer[Backup]
) -> None:
    """Raises `BackupFailedError` where that is how it ends."""
    async for backup in pc.watch_backup(backup_id, timeout=timeout, poll_interval=poll_interval):
        printer.add(backup)
        if backup.status.is_failed:
            raise BackupFailedError(backup)


def _complain(terminal: Terminal, error: PineconeError, backup_id: str) -> None:
    # The times were checked, so what can't be used is the id: that of no backup.
    terminal.complain(error, backup_id, Exit.FINDING if isinstance(error, PineconeValueError) else None)


async def _for_each(given: Sequence[str], work: Callable[[str], Awaitable[None]]) -> None:
    """Begin with each id as it comes, and end with the last. What one raises ends them all."""
    begun: set[asyncio.Future[None]] = set()
    try:
        async for backup_id in ids.stream(given):
            begun.add(asyncio.ensure_future(work(backup_id)))
        await asyncio.gather(*begun)
    finally:
        for future in begun:
            future.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
