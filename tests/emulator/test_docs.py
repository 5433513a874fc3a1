"""The page about the emulator says what is so."""

import ast
import inspect
import re
from pathlib import Path
from typing import Any

from aiopinecone.emulator import Emulator
from aiopinecone.emulator.faults import KINDS
from aiopinecone.emulator.fleets import FLEETS
from aiopinecone.emulator.server import ROUTE_NAMES

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text()


async def test_the_first_program_runs() -> None:
    """The example is run as it stands, assertions and all."""
    program = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    code = compile(program, "docs/emulator.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    names: dict[str, Any] = {}
    await eval(code, names)
    assert names["emulator"].requests["describe_backup"] == 2


def test_the_page_has_every_fault_with_its_defaults() -> None:
    """A row for each kind, with its options and their defaults, and none besides."""
    section = PAGE.partition("## Faults")[2].partition("##")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \|([^|]*)\|", section, re.MULTILINE))
    assert rows.keys() == KINDS.keys()
    for kind, options in KINDS.items():
        written = ", ".join(
            f"`{name}` ({'none' if default is None else repr(default)})".replace("'", '"')
            for name, (default, _) in options.items()
        )
        assert rows[kind].strip() == written


def test_the_page_has_every_fleet_with_its_size() -> None:
    """Projects and backups as they are made."""
    section = PAGE.partition("## Fleets")[2].partition("##")[0]
    rows = {
        row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| (\d+)[^|]*\| (\d+) \| ([\d,]+)", section, re.MULTILINE)
    }
    assert rows.keys() == FLEETS.keys()
    for fleet, projects in FLEETS.items():
        sample = int(fleet == "demo")
        indexes = sum(size[0] for size in projects.values()) + sample
        backups = sum(size[1] for size in projects.values()) + sample
        assert rows[fleet] == (str(len(projects)), str(indexes), f"{backups:,}")


def test_the_docstring_names_every_route() -> None:
    """`Emulator.requests` lists the routes that it counts."""
    assert set(re.findall(r"\w+", inspect.getdoc(Emulator.requests) or "")) >= ROUTE_NAMES


def test_the_docstring_names_every_fault() -> None:
    """`Emulator.add_fault` lists the kinds there are."""
    told = set(re.findall(r'"(\w+)"', inspect.getdoc(Emulator.add_fault) or ""))
    assert KINDS.keys() <= told
