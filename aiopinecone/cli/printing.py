"""What `-o`, `--query`, `--sort-by` and `--no-headers` ask for, done to the rows of any command."""

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import attrs
import jmespath
from jmespath.exceptions import JMESPathError

from aiopinecone.cli import formats, tables, words
from aiopinecone.cli.exits import Failure
from aiopinecone.cli.style import Style
from aiopinecone.cli.tables import Column
from aiopinecone.cli.terminal import ReaderGoneError, Terminal

Row = TypeVar("Row")

SCHEMA_VERSION = 1
_STREAMED = frozenset({"jsonl", "csv", "name"})


@attrs.frozen(kw_only=True)
class Shape(Generic[Row]):
    """How rows of one kind look in each format.

    Attributes:
        columns: of a table.
        keys: of `record`: the header of csv, and what rows can be sorted by.
        record: a row by these keys.
        wire: a row as JSON has it.
        name: its id, or the name of its index; None has no line.
        document: the rows as members of the one object of json and yaml.
        nothing: what to tell a person where a table would have no row.
    """

    columns: Sequence[Column[Row]]
    keys: Sequence[str]
    record: Callable[[Row], Mapping[str, Any]]
    wire: Callable[[Row], Mapping[str, Any]]
    name: Callable[[Row], str | None]
    document: Callable[[Sequence[Row]], Mapping[str, Any]]
    nothing: str


class Printer(Generic[Row]):
    """Takes rows as they come, and prints them as they come, or all at the end of the `with` block.

    What there is, is printed also when the block ends by an exception. Raises `Failure` when the style can't be had.

    Attributes:
        head: members of the document beside its rows.
        count: rows so far.
    """

    def __init__(
        self, terminal: Terminal, style: Style, shape: Shape[Row], *, live: bool = False, limit: int | None = None
    ) -> None:
        """Make one.

        Args:
            terminal: where to print.
            style: how to.
            shape: of the rows.
            live: a table is written row by row, too, in columns of a fixed width.
            limit: rows at most, where they are all held until the end.
        """
        self.head: dict[str, Any] = {}
        self.count = 0
        self._terminal = terminal
        self._out = terminal.out
        self._limit = limit
        self._style = style
        self._shape = shape
        self._query = _compiled(style.query)
        self._rows: list[Row] = []
        self._is_live = style.query is None and (style.format in _STREAMED or (live and style.is_table))
        self._is_live &= style.sort_by is None
        self._has_begun = False
        self._columns = [column for column in shape.columns if style.format == "wide" or not column.wide]
        if style.sort_by is not None and style.sort_by.removeprefix("-") not in shape.keys:
            raise Failure(f"rows can't be sorted by {style.sort_by!r}", f"Keys are {', '.join(shape.keys)}.")

    @property
    def streams(self) -> bool:
        """Whether rows are written as they come."""
        return self._is_live

    def add(self, row: Row) -> None:
        """One more row. Raises `ReaderGoneError`."""
        self.count += 1
        if not self._is_live:
            self._rows.append(row)
            return
        self._write_line(row)
        if self._out.is_closed:
            raise ReaderGoneError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if kind is None or self._rows:
            self._finish()

    def _finish(self) -> None:
        rows = self._sorted()[: self._limit]
        if self._query is not None:
            self._out.write(formats.to_json(_search(self._query, self._document(rows))))
        elif self._style.format == "json":
            self._out.write(formats.to_json(self._document(rows)))
        elif self._style.format == "yaml":
            self._out.write(formats.to_yaml(self._document(rows)))
        elif self._style.format in _STREAMED:
            self._begin()
            for row in rows:
                self._write_line(row)
        elif rows:
            whole = self._style.format == "wide"
            tables.draw(rows, self._columns, self._out, headers=self._style.headers, whole=whole)
        elif not self._terminal.codes and not self.count:
            self._terminal.say(self._shape.nothing)

    def _sorted(self) -> list[Row]:
        """Rows without a value come last in both directions; equal ones keep their order."""
        if self._style.sort_by is None:
            return self._rows
        key = self._style.sort_by.removeprefix("-")
        values = [(_comparable(self._shape.record(row).get(key)), row) for row in self._rows]
        known = [pair for pair in values if pair[0] is not None]
        known.sort(key=_value, reverse=self._style.sort_by.startswith("-"))
        return [row for _, row in known] + [row for value, row in values if value is None]

    def _document(self, rows: Sequence[Row]) -> dict[str, Any]:
        return {"schema_version": SCHEMA_VERSION, **self.head, **self._shape.document(rows)}

    def _begin(self) -> None:
        """The line of names, where the format has one."""
        if self._has_begun or not self._style.headers:
            return
        self._has_begun = True
        if self._style.format == "csv":
            self._out.write(formats.to_csv(self._shape.keys))
        elif self._style.is_table:
            self._out.write(tables.line(self._columns, [column.header for column in self._columns]))

    def _write_line(self, row: Row) -> None:
        self._begin()
        if self._style.format == "csv":
            record = self._shape.record(row)
            self._out.write(formats.to_csv(record.get(key) for key in self._shape.keys))
        elif self._style.format == "jsonl":
            self._out.write(formats.to_json(self._shape.wire(row), indent=None))
        elif self._style.is_table:
            self._out.write(tables.line(self._columns, [column.text(row) for column in self._columns]))
        elif (name := self._shape.name(row)) is not None:
            self._out.write(words.literal(name) + "\n")


def _compiled(query: str | None) -> Any:
    if query is None:
        return None
    try:
        return jmespath.compile(query)
    except JMESPathError as error:
        raise Failure(f"--query isn't JMESPath: {_first_line(error)}", "See https://jmespath.org.") from None


def _search(query: Any, document: Any) -> Any:
    try:
        return query.search(document)
    except JMESPathError as error:
        raise Failure(f"--query can't be answered: {_first_line(error)}", "See https://jmespath.org.") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(":")


def _comparable(value: Any) -> Any:
    """Objects have no order of their own: they are put in that of their text."""
    return formats.to_json(value) if isinstance(value, Mapping | list) else value


def _value(pair: tuple[Any, Any]) -> Any:
    return pair[0]
