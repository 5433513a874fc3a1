"""What imports what: the emulator stands apart from the client, and its rules apart from HTTP."""

import ast
from pathlib import Path

from aiopinecone import emulator

MODULES = sorted(Path(emulator.__file__).parent.glob("*.py"))
SERVES = {"server", "sending", "control", "listener", "emulator", "__init__", "__main__", "pytest_plugin"}


def imports(module: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_the_emulator_knows_nothing_of_the_client() -> None:
    """It is a second reading of the API's facts; only the client's fixture imports the client."""
    for module in MODULES:
        ours = {name for name in imports(module) if name.startswith("aiopinecone")}
        foreign = {name for name in ours if not name.startswith("aiopinecone.emulator")}
        assert foreign == ({"aiopinecone"} if module.stem == "pytest_plugin" else set())


def test_the_rules_know_nothing_of_http() -> None:
    """Only the modules that serve import aiohttp or asyncio."""
    for module in MODULES:
        if module.stem not in SERVES:
            assert not imports(module) & {"aiohttp", "asyncio", "socket"}


def test_no_module_is_long() -> None:
    """About 300 lines are the most that a module may have."""
    assert max(len(module.read_text().splitlines()) for module in MODULES) <= 300
