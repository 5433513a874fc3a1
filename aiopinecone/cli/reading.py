"""`describe`, `list` and `inventory`: what is there now."""

from collections.abc import Sequence
from contextlib import aclosing

from aiopinecone import Inventory, PineconeValueError
from aiopinecone.cli import ids, shapes, words
from aiopinecone.cli.exits import Exit
from aiopinecone.cli.printing import Printer
from aiopinecone.cli.progress import bar, reading
from aiopinecone.cli.projects import Choice
from aiopinecone.cli.style import Style
from aiopinecone.cli.terminal import Terminal

PAGE = 100  # rows a page has at most


async def describe(terminal: Terminal, given: Sequence[str], choice: Choice, style: Style) -> None:
    """Each backup of these ids; those that can't be had, a line each."""
    total = None if ids.STDIN in given else len(given)
    async with choice.one().client(terminal) as pc:
        with (
            Printer(terminal, style, shapes.backups()) as printer,
            bar(terminal, "Describing", total, beside_rows=printer.streams) as progress,
        ):
            async with aclosing(pc.describe_backups(ids.stream(given), plan="auto")) as results:
                async for result in results:
                    progress.advance(ok=result.ok)
                    if result.backup is not None:
                        printer.add(result.backup)
                    else:
                        assert result.error is not None
                        # A text that can't be an id is that of no backup.
                        code = Exit.FINDING if isinstance(result.error, PineconeValueError) else None
                        terminal.complain(result.error, result.backup_id, code)


async def list_backups(
    terminal: Terminal, index_name: str | None, limit: int | None, choice: Choice, style: Style
) -> None:
    """The backups of the project or of one index. The limit counts what is left after sorting."""
    most = None if style.sort_by else limit
    async with choice.one().client(terminal) as pc:
        with (
            Printer(terminal, style, shapes.backups(), limit=limit) as printer,
            bar(terminal, "Listing", most, beside_rows=printer.streams) as progress,
        ):
            async for backup in pc.list_backups(index_name=index_name, page_size=min(most or PAGE, PAGE)):
                printer.add(backup)
                progress.advance()
                if printer.count == most:
                    break


async def inventory(terminal: Terminal, choice: Choice, style: Style) -> None:
    """Every backup of the project: by index for people, one by one for machines."""
    if not style.is_table:
        with Printer(terminal, style, shapes.backups()) as printer:
            taken = await _take(terminal, choice)
            printer.head["taken_at"] = words.stamp(taken.taken_at)
            for backup in taken.backups:
                printer.add(backup)
        return
    with Printer(terminal, style, shapes.indexes()) as by_index:
        taken = await _take(terminal, choice)
        for name, numbers in taken.by_index.items():
            by_index.add(shapes.IndexRow(name, numbers))
    terminal.say(_in_all(taken))


async def _take(terminal: Terminal, choice: Choice) -> Inventory:
    async with choice.one().client(terminal) as pc:
        with reading(terminal, "Reading", pc):
            return await pc.inventory()


def _in_all(taken: Inventory) -> str:
    return (
        f"In all {words.number(len(taken.backups))} backups with {words.number(taken.total_records)} records, "
        f"{words.size(taken.total_bytes)}."
    )
