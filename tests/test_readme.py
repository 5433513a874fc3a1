"""What the README shows, works."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aiopinecone.emulator import Emulator

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.real_time
async def test_the_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first example of the README, as a program of its own, against the emulator."""
    async with Emulator(fleet="demo") as emulator:
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", emulator.url)
        program = BLOCKS[0].replace("YOUR_API_KEY", emulator.api_key)
        run = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
        )
    assert run.stderr == ""
    assert set(run.stdout.splitlines()) == {
        "example-backup Ready 2025-05-15 00:52:10.809354+00:00",
        "8c85e612-ed1c-4f97-9f8c-8194e07bcf71 Ready",
        "no-such-backup 404 NOT_FOUND: Backup no-such-backup not found. "
        + run.stdout.split("not found. ")[1].split("\n")[0],
        "8c85e612-ed1c-4f97-9f8c-8194e07bcf71 98",
    }


def test_the_other_blocks_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client of the README can be made as it is written there."""
    monkeypatch.setenv("PINECONE_API_KEY", "pcsk_made-up")
    for block in BLOCKS[1:]:
        exec(compile(block, "README.md", "exec"), {})


@pytest.mark.real_time
def test_the_demo_shows_what_it_did() -> None:
    """A thousand backups in every status, a second pass of hits, requests and wall time."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "aiopinecone.demo"], capture_output=True, text=True, check=True
    )
    for line in (
        "name='example-backup'",
        "first pass",
        "By status",
        "InitializationFailed",
        "By index",
        "docs-example",
    ):
        assert line in run.stdout
    # 1,011; a few more on a machine so busy that what is moving, held for 2 s, is asked for again
    assert re.search(r"Requests sent: 1,0[1-4]\d \(describe_backup 1,0[0-3]\d, list_backups 10\)", run.stdout)
    assert re.search(r"Second pass: (\d+|1,000) cache hits, \d+ asked again", run.stdout)
    assert float(re.findall(r"Wall time: ([\d.]+) s", run.stdout)[0]) < 5


@pytest.mark.real_time
def test_the_demo_without_rich_says_what_to_install(tmp_path: Path) -> None:
    """One line with the command, and no traceback."""
    (tmp_path / "rich.py").write_text("raise ImportError")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import aiopinecone.demo"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == "The demo needs rich: pip install 'aiopinecone-backups[cli]'\n"
