"""The FastAPI app of the README, as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest

from aiopinecone.emulator import Emulator
from conftest import SAMPLE_ID
from services.visiting import visiting

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
(BLOCK,) = (block for block in BLOCKS if "FastAPI(" in block)


@pytest.mark.parametrize("first_line", ["", "from __future__ import annotations\n"])
async def test_it_serves_backups(first_line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own handler and the ready-made routes, also where annotations are only read late."""
    names: dict[str, Any] = {}
    exec(compile(first_line + BLOCK, "README.md", "exec", dont_inherit=True), names)
    async with Emulator(fleet="demo") as emulator:
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", emulator.url)
        monkeypatch.setenv("PINECONE_API_KEY", emulator.api_key)
        async with visiting(names["app"]) as visitor:
            for path in (f"/mine/{SAMPLE_ID}", f"/backups/{SAMPLE_ID}"):
                assert (await visitor.get(path)).json()["name"] == "example-backup"
            assert (await visitor.get("/mine/none")).headers["content-type"] == "application/problem+json"
            document = (await visitor.get("/openapi.json")).json()
    mine = document["paths"]["/mine/{backup_id}"]["get"]
    assert mine["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Backup"}
    assert [parameter["name"] for parameter in mine["parameters"]] == ["backup_id"]
