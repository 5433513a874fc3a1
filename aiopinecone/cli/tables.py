"""Rows as a table for people: no lines, names literal, nothing ever cut off."""

from collections.abc import Callable, Iterable, Sequence
from typing import IO, Generic, TypeVar, cast

import attrs
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aiopinecone.cli.terminal import Out

Row = TypeVar("Row")

FOLDED = 10  # cells that a column which may be folded has at least
GAP = 2


def no_style(_: object) -> str:
    """As it is."""
    return ""


@attrs.frozen
class Column(Generic[Row]):
    """One column.

    Attributes:
        header: its name.
        text: the cell of a row, free of control characters.
        right: aligned there, as numbers are.
        fold: whether a narrow terminal may break its cells over lines; others are kept whole.
        wide: whether only `-o wide` has it.
        least: cells it has where rows are written one by one, and nobody knows yet how long the next will be.
        style: how rich shows the cell.
    """

    header: str
    text: Callable[[Row], str]
    right: bool = False
    fold: bool = False
    wide: bool = False
    least: int = 0
    style: Callable[[Row], str] = no_style


def console(out: Out, width: int | None = None) -> Console:
    """The library's way to the stream; plain where there is no terminal, a dumb one, or NO_COLOR."""
    file = cast("IO[str]", out)
    found = Console(file=file, width=width, highlight=False, markup=False, emoji=False)
    if found.color_system and not found.no_color:
        return found
    # Without a height the width of a dumb terminal is taken for 80.
    width = width or out.width or found.width
    return Console(file=file, width=width, height=25, highlight=False, markup=False, emoji=False, color_system=None)


def draw(rows: Sequence[Row], columns: Sequence[Column[Row]], out: Out, *, headers: bool, whole: bool) -> None:
    """Write the table; as blocks of lines where a terminal is too narrow for it, and `whole` doesn't forbid that."""
    cells = [[column.text(row) for column in columns] for row in rows]
    widths = [
        max([cell_len(column.header) if headers else 0, *(cell_len(line[place]) for line in cells)])
        for place, column in enumerate(columns)
    ]
    room = None if whole else out.width
    if room is not None and _least(columns, widths) > room:
        _draw_blocks(rows, columns, out)
        return
    natural = sum(widths) + GAP * len(columns)
    table = Table(box=None, show_header=headers, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            column.header,
            justify="right" if column.right else "left",
            no_wrap=not column.fold,
            overflow="fold",
            min_width=min(width, FOLDED) if column.fold else width,
        )
    for row, line in zip(rows, cells, strict=True):
        table.add_row(*(Text(text, column.style(row)) for column, text in zip(columns, line, strict=True)))
    target = console(out, min(natural, room or natural))
    with target.capture() as captured:
        target.print(table, crop=False)
    out.write(_without_margin(captured.get()))


def _least(columns: Iterable[Column[Row]], widths: Iterable[int]) -> int:
    """The width of the table with all folded that may be."""
    pairs = zip(columns, widths, strict=True)
    return sum(GAP + (min(width, FOLDED) if column.fold else width) for column, width in pairs) - GAP


def _draw_blocks(rows: Sequence[Row], columns: Sequence[Column[Row]], out: Out) -> None:
    """Each row as lines of a name and a value, with an empty line between two."""
    margin = max(cell_len(column.header) for column in columns)
    target = console(out)
    for number, row in enumerate(rows):
        lines = [
            Text.assemble((f"{column.header:<{margin}}  ", "bold"), (column.text(row), column.style(row)))
            for column in columns
        ]
        target.print(*([Text()] if number else []), *lines, sep="\n", soft_wrap=True)


def _without_margin(text: str) -> str:
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def line(columns: Sequence[Column[Row]], cells: Sequence[str]) -> str:
    """One row by itself, which lines up with others where no cell is longer than foreseen."""
    padded = []
    for column, text in zip(columns, cells, strict=True):
        margin = " " * (column.least - cell_len(text))
        padded.append(margin + text if column.right else text + margin)
    return (" " * GAP).join(padded).rstrip() + "\n"
