"""Options that several commands have."""

from pathlib import Path
from typing import Annotated, Literal

import attrs
from cyclopts import Group, Parameter

from aiopinecone.cli.exits import Failure
from aiopinecone.cli.projects import Choice
from aiopinecone.cli.style import Style

Format = Literal["table", "wide", "json", "jsonl", "yaml", "csv", "name"]
AuditFormat = Literal["table", "wide", "json", "jsonl", "yaml", "csv", "name", "nagios"]

OUTPUT = Group("Output", sort_key=1)
PROJECT = Group("Project", sort_key=2)

Ids = Annotated[str, Parameter(name="ID", help="Ids of backups. `-` reads them from stdin, one a line.")]
MoreIds = Annotated[
    tuple[str, ...], Parameter(name=["--id", "-i"], metavar="ID", help="The same as ID, as the official `pc` has it.")
]

EPILOGUE = """\
Data goes to stdout, all else to stderr. The key is read from `PINECONE_API_KEY`, or from the variable that the
configuration names; no option takes one. `--debug` shows the traceback of an error.

Exit status, the first that holds: 130 interrupted; 2 usage; 1 a finding: no such backup, a failed one, an index that
isn't protected, a difference; 3 could not tell: the key, the network; 4 timed out; 0 fine.
"""

Timeout = Annotated[str, Parameter(metavar="LENGTH", help="How long, such as 90m; `none`: as long as it takes.")]
PollInterval = Annotated[
    str | None,
    Parameter(metavar="LENGTH", show_default="2s, growing to 60s", help="The time from one look to the next, +-20 %."),
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


@Parameter(name="*", group=OUTPUT)
@attrs.frozen(kw_only=True)
class AuditPrinting(Printing):
    """How to print an audit."""

    output: Annotated[AuditFormat | None, _OUTPUT] = None  # type: ignore[assignment]  # one more than the others

    def style(self) -> Style:
        """How to print. Raises `Failure` for what contradicts itself."""
        style = super().style()
        if style.format == "nagios" and self.query is not None:
            raise Failure("--query and --output nagios don't go together", "Give one of them.")
        return style


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


@Parameter(name="*", group=PROJECT)
@attrs.frozen(kw_only=True)
class SomeProjects:
    """Which projects to speak to."""

    config: Annotated[Path | None, _CONFIG] = None
    project: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="NAME",
            consume_multiple=True,
            help="Projects of that file. By default that of `PINECONE_API_KEY`, else every one of the file.",
        ),
    ] = ()

    def choice(self) -> Choice:
        """What was chosen."""
        return Choice(config=self.config, names=self.project)


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Rules:
    """What an audit asks for."""

    max_age: Annotated[
        str | None,
        Parameter(
            metavar="AGE",
            show_default="26h",
            help="How old a recovery point may be, such as 26h or 1d12h; `none`: as the schedule of each index asks.",
        ),
    ] = None
    warn_age: Annotated[
        str | None,
        Parameter(metavar="AGE", show_default="0.95 of it", help="From which age on an index is AGEING."),
    ] = None
    policy: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="TOML with the fields of `AuditPolicy` as keys, and `[[overrides]]`."),
    ] = None
