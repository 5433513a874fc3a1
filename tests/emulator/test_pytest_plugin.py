"""The fixtures, in a pytest of their own: ours must not load the plugin before coverage counts."""

import subprocess
import sys
from pathlib import Path

import pytest

ASKS_FOR_THE_EMULATOR = """
import pytest

@pytest.mark.asyncio
async def test_it_runs(pinecone_emulator):
    assert pinecone_emulator.url.startswith("http://127.0.0.1:")
"""

ASKS_FOR_THE_CLIENT = """
import pytest

@pytest.mark.asyncio
async def test_it_speaks(pinecone_emulator, pinecone_client):
    pinecone_emulator.add_backup(backup_id="bkp_1")
    assert (await pinecone_client.describe_backup(backup_id="bkp_1")).backup_id == "bkp_1"
    assert pinecone_emulator.requests["describe_backup"] == 1
"""


def run(directory: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    (directory / "test_of_a_user.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("code", [ASKS_FOR_THE_EMULATOR, ASKS_FOR_THE_CLIENT])
def test_the_fixtures_come_with_the_package(tmp_path: Path, code: str) -> None:
    """An installed package is enough: a test asks for the fixtures by name."""
    done = run(tmp_path, code)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_loads_without_pytest_asyncio() -> None:
    """Pytest loads it in every run of a user, so it must not need what only its fixtures need."""
    program = (
        "import sys; sys.modules['pytest_asyncio'] = None\n"
        "from aiopinecone.emulator import pytest_plugin; print(pytest_plugin._fixture.__module__)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "_pytest.fixtures\n"
