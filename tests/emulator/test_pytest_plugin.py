"""The fixtures, in a pytest of their own: ours must not load the plugin before coverage counts."""

import subprocess
import sys
from pathlib import Path

TESTS_OF_A_USER = """
import pytest

@pytest.mark.asyncio
async def test_it_runs(pinecone_emulator):
    assert pinecone_emulator.url.startswith("http://127.0.0.1:")

@pytest.mark.asyncio
async def test_it_speaks(pinecone_emulator, pinecone_client):
    pinecone_emulator.add_backup(backup_id="bkp_1")
    assert (await pinecone_client.describe_backup(backup_id="bkp_1")).backup_id == "bkp_1"
    assert pinecone_emulator.requests["describe_backup"] == 1
"""


def test_the_fixtures_come_with_the_package(tmp_path: Path) -> None:
    """An installed package is enough: a test asks for the fixtures by name."""
    (tmp_path / "test_of_a_user.py").write_text(TESTS_OF_A_USER)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_loads_without_pytest_asyncio() -> None:
    """Pytest loads it in every run of a user, so it must not need what only its fixtures need."""
    program = (
        "import sys; sys.modules['pytest_asyncio'] = None\n"
        "from aiopinecone.emulator import pytest_plugin; print(pytest_plugin._fixture.__module__)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "_pytest.fixtures\n"
