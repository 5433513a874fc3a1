"""Options that several commands have."""

from pathlib import Path
from typing import Annotated, Literal

import attrs
from cyclopts import Group, Parameter

from aiopinecone.cli.exits import Failure
from aiopinecone.cli.projects import Choice
from aiopinecone.cli.style import Style

Format = Literal["table", "wide", "json", "jsonl", "yaml", "csv", "name"]

OUTPUT = Group("Output", sort_key=1)
PROJECT = Group("Project", sort_key=2)

Ids = Annotated[str, Parameter(name="ID", help="Ids of backups. `-` reads them from stdin, one a line.")]
MoreIds = Annotated[
    tuple[str, ...], Parameter(name=["--id", "-i"], metavar="ID", help="The same as ID, as the official `pc` has it.")
]

_OUTPUT = Parameter(
    name=["--output", "-o"],
    metavar="FORMAT",
    show_default="table",
    help="table and wide are for people. json and yaml are one object with schema_version 1; jsonl is one row a line, "
    "csv has the keys of `Inventory.to_records()`, name has ids or index names only.",
)


def several(given: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of both ways to give them. Raises `Failure` where there is none."""
    if not given and not more:
        raise Failure("no id was given", "Give one or more, or - to read them from stdin.")
    return given + more


@Parameter(name="*", group=OUTPUT)
@attrs.frozen(kw_only=True)
class Printing:
    """How to print rows."""

    output: Annotated[Format | None, _OUTPUT] = None
    json: Annotated[bool, Parameter(name=["--json", "-j"], help="The same as `-o json`.")] = False
    query: Annotated[
        str | None, Parameter(allow_leading_hyphen=True, metavar="EXPR", help="JMESPath over the json; prints JSON.")
    ] = None
    sort_by: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            metavar="KEY",
            help="Sort by a key of the rows; by `-KEY` the other way round. Rows without a value come last.",
        ),
    ] = None
    no_headers: Annotated[bool, Parameter(help="Print table and csv without the line of names.")] = False

    def style(self) -> Style:
        """How to print. Raises `Failure` for what contradicts itself."""
        if self.json and self.output not in {None, "json"}:
            raise Failure(f"--json and --output {self.output} don't go together", "Give one of them.")
        chosen = "json" if self.json else self.output or "table"
        return Style(format=chosen, query=self.query, sort_by=self.sort_by, headers=not self.no_headers)


_CONFIG = Parameter(
    metavar="FILE",
    help="TOML: `[projects.NAME]` with `api_key_env`, the name of the variable that holds the key, and `host`. "
    "By default `$XDG_CONFIG_HOME/aiopinecone/config.toml`, if there is one.",
)


@Parameter(name="*", group=PROJECT)
@attrs.frozen(kw_only=True)
class OneProject:
    """Which project to speak to."""

    config: Annotated[Path | None, _CONFIG] = None
    project: Annotated[
        str | None,
        Parameter(
            metavar="NAME",
            help="A project of that file. By default that of `PINECONE_API_KEY`, else the only one of the file.",
        ),
    ] = None

    def choice(self) -> Choice:
        """What was chosen."""
        return Choice(config=self.config, names=() if self.project is None else (self.project,))
