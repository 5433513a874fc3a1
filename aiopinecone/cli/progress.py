"""A bar on stderr for bulk work: how far, how fast, how many errors. None where stderr is no terminal."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from aiopinecone import Pinecone
from aiopinecone.cli import tables
from aiopinecone.cli.terminal import Terminal

TICK = 0.1  # seconds


class Bar:
    """Counts, and shows the count where there is something to show it on."""

    def __init__(self, progress: Progress | None, title: str, total: int | None) -> None:
        self._progress = progress
        self._errors = 0
        self._task = None if progress is None else progress.add_task(title, total=total, errors=0)

    def advance(self, *, ok: bool = True) -> None:
        """One more is done."""
        self._errors += not ok
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1, errors=self._errors)

    def reach(self, count: int) -> None:
        """So many are done by now."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=count)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("-/s" if speed is None else f"{speed:,.0f}/s", style="progress.data.speed")


@contextmanager
def bar(terminal: Terminal, title: str, total: int | None = None, *, beside_rows: bool = False) -> Iterator[Bar]:
    """A bar while the block runs, gone after it.

    Args:
        terminal: where to.
        title: what is being done.
        total: of how many, where that is known.
        beside_rows: whether rows are written meanwhile; where those go to a terminal, they show enough.
    """
    is_dumb = os.environ.get("TERM", "").lower() in {"dumb", "unknown"}
    if not terminal.err.isatty() or is_dumb or (beside_rows and terminal.out.isatty()):
        yield Bar(None, title, total)
        return
    console = tables.console(terminal.err)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TextColumn("{task.fields[errors]} errors"),
        TimeElapsedColumn(),
    )
    live = Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    with live, terminal.showing(console):
        yield Bar(live, title, total)


@contextmanager
def reading(terminal: Terminal, title: str, *clients: Pinecone) -> Iterator[None]:
    """A bar that counts the backups which the clients have read so far, as their caches tell."""
    with bar(terminal, title) as shown:
        task = asyncio.get_running_loop().create_task(_count(shown, clients))
        try:
            yield
        finally:
            task.cancel()


async def _count(shown: Bar, clients: Sequence[Pinecone]) -> None:
    while True:
        shown.reach(sum(pc.cache_info().size for pc in clients))
        await asyncio.sleep(TICK)
