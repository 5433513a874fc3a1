"""What docs/inspection.md and the README show of inspecting a project, works."""

import re
from pathlib import Path
from typing import Any

import pytest

from aiopinecone import AuditPolicy, Inventory, Pinecone, Verdict
from aiopinecone.emulator import Emulator

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "inspection.md").read_text()


def blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


async def test_the_programs_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each function of them, against the emulator."""
    monkeypatch.chdir(tmp_path)
    readme = [block for block in blocks((ROOT / "README.md").read_text()) if "async def nightly" in block]
    names: dict[str, Any] = {}
    for block in blocks(PAGE) + readme:
        exec(compile(block, "docs", "exec"), names)
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator:
        async with Pinecone(emulator.api_key, host=emulator.url) as pc:
            await names["report"](pc)
            await names["compare"](pc)
            await names["nightly"](pc, "8c85e612-ed1c-4f97-9f8c-8194e07bcf71")
    assert Inventory.load(tmp_path / "today.json").by_index["docs-example"].count == 1


def test_the_page_has_every_verdict_in_order() -> None:
    """The best first."""
    assert re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE) == list(Verdict)


def test_the_page_has_every_field_of_a_policy() -> None:
    """In the order of the class."""
    section = PAGE.partition("| `AuditPolicy` |")[2]
    fields = re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE)
    assert fields == list(AuditPolicy.__annotations__)
