"""What every test of the program stands on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.running import Lab


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Stands in for that of the suite's conftest: a command has an event loop of its own."""


@pytest.fixture(scope="session")
def shared_lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    lab.stop()


@pytest.fixture
def lab(shared_lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lab:
    """An empty project, to which the environment points."""
    shared_lab.do(lambda emulator: emulator.reset())
    monkeypatch.setenv("PINECONE_API_KEY", shared_lab.emulator.api_key)
    monkeypatch.setenv("PINECONE_CONTROLLER_HOST", shared_lab.emulator.url)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    return shared_lab


@pytest.fixture(autouse=True)
def no_terminal_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test sees nothing of the terminal it runs in."""
    for variable in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "LINES", "COLORTERM"):
        monkeypatch.delenv(variable, raising=False)
