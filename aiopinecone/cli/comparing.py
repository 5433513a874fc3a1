"""`diff`: what changed between two inventories, or since one."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from aiopinecone import Backup, Inventory, InventoryDiff, PineconeValueError
from aiopinecone import diff as compare
from aiopinecone.cli import ids, shapes, words
from aiopinecone.cli.exits import Exit, Failure
from aiopinecone.cli.printing import Printer, Shape
from aiopinecone.cli.progress import reading
from aiopinecone.cli.projects import Choice
from aiopinecone.cli.style import Style
from aiopinecone.cli.tables import Column
from aiopinecone.cli.terminal import Terminal

PAIRED = ("status_changed", "shrunk")
KINDS = ("new", "gone", *PAIRED)


@attrs.frozen
class Change:
    """One row of a difference.

    Attributes:
        kind: one of `KINDS`.
        backup: the later of a pair.
        before: the earlier; None where there is no pair.
    """

    kind: str
    backup: Backup
    before: Backup | None = None

    def record(self) -> dict[str, Any]:
        """By the keys of `SHAPE`."""
        before = {
            "status_before": self.before and str(self.before.status),
            "record_count_before": self.before and self.before.record_count,
        }
        return {"change": self.kind, **shapes.record(self.backup), **before}

    def wire(self) -> Mapping[str, Any]:
        """The backup, or both of the pair, as JSON has them."""
        if self.before is None:
            return self.backup.to_dict()
        return {"before": self.before.to_dict(), "after": self.backup.to_dict()}


def _was(row: Change, was: str, now: str) -> str:
    return now if row.before is None or was == now else f"{was} -> {now}"


def _document(rows: Sequence[Change]) -> dict[str, Any]:
    return {kind: [row.wire() for row in rows if row.kind == kind] for kind in KINDS}


SHAPE = Shape[Change](
    columns=[
        Column("CHANGE", lambda row: row.kind, style=lambda row: "green" if row.kind == "new" else "yellow"),
        Column("ID", lambda row: words.literal(row.backup.backup_id)),
        Column("NAME", lambda row: words.or_dash(row.backup.name), wide=True),
        Column("INDEX", lambda row: words.literal(row.backup.source_index_name), fold=True),
        Column("INDEX ID", lambda row: words.literal(row.backup.source_index_id), wide=True),
        Column(
            "STATUS",
            lambda row: words.literal(_was(row, (row.before or row.backup).status, row.backup.status)),
            fold=True,
        ),
        Column(
            "RECORDS",
            lambda row: _was(
                row, words.number((row.before or row.backup).record_count), words.number(row.backup.record_count)
            ),
            right=True,
        ),
        Column("CREATED", lambda row: words.stamp(row.backup.created_at), wide=True),
    ],
    keys=("change", *shapes.KEYS, "status_before", "record_count_before"),
    record=Change.record,
    wire=Change.wire,
    name=lambda row: row.backup.backup_id,
    document=_document,
    nothing="Nothing changed.",
)


async def diff(terminal: Terminal, before: Path, after: Path | None, choice: Choice, style: Style) -> None:
    """What changed from the one to the other, or to the project as it is now."""
    printer = Printer(terminal, style, SHAPE)
    earlier = _load(before)
    if after is not None:
        later = _load(after)
    else:
        async with choice.one().client(terminal) as pc:
            with reading(terminal, "Reading", pc):
                later = await pc.inventory()
    found = compare(earlier, later)
    if found:
        terminal.codes.add(Exit.FINDING)
    with printer:
        for change in _changes(found):
            printer.add(change)


def _changes(found: InventoryDiff) -> Iterator[Change]:
    yield from (Change("new", backup) for backup in found.new)
    yield from (Change("gone", backup) for backup in found.gone)
    for kind in PAIRED:
        yield from (Change(kind, after, before) for before, after in getattr(found, kind))


def _load(path: Path) -> Inventory:
    """The inventory of a file, or of stdin. Raises `Failure`."""
    name = "stdin" if str(path) == ids.STDIN else str(path)
    try:
        return Inventory.load("/dev/stdin" if name == "stdin" else path)
    except OSError as error:
        raise Failure(f"can't read {name}: {(error.strerror or type(error).__name__).lower()}") from None
    except PineconeValueError as error:
        raise Failure(error.message, error.hint) from None
