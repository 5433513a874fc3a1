"""The house: imports run one way, each library has one owner, and no room is too large."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "aiopinecone"
MODULES = {".".join(path.relative_to(ROOT.parent).with_suffix("").parts): path for path in sorted(ROOT.rglob("*.py"))}
FLOORS = [  # from the ground up: a module imports from its own floor, or from one below
    {"errors", "_version"},
    {"models", "settings"},
    {"policy", "api"},
    {"engine", "inspect"},
    {"client", "inspection"},
    {"__init__"},
    {"emulator", "demo", "fastapi", "cli", "__main__"},
]
APART = [("policy", "api"), ("api", "policy"), ("inspect", "engine"), ("engine", "inspect")]
# A class is asked by pydantic how it is read: only then, and so only where pydantic is, it looks up to the decoder.
ASKED = {("aiopinecone.models", "aiopinecone.api.schema")}
OWNERS = {
    # The client names its session as a type; the doctor lends it one of its own, to see the headers of answers;
    # `serve` is an aiohttp server.
    "aiohttp": {"engine.transport", "engine.exchange", "client", "emulator", "cli.doctor", "cli.serving"},
    "yarl": {"engine.transport", "engine.exchange", "emulator"},
    "multidict": {"emulator"},
    "tenacity": {"engine.retrying"},
    "aiocache": {"engine.memory_store", "engine.shared_store", "engine.redis_store", "engine.opening"},
    "cattrs": {"api.wire"},
    "orjson": {"api.wire", "emulator"},
    "redis": {"engine.redis_store"},
    "pydantic": {"fastapi"},
    "pydantic_core": {"api.schema"},
    "fastapi": {"fastapi"},
    "starlette": {"fastapi"},
    "rich": {"demo", "cli"},
    "cyclopts": {"cli"},
    "prometheus_client": {"cli.metrics", "cli.serving"},
    "jmespath": {"cli.printing"},
    "yaml": {"cli.formats"},
    "pytest": {"emulator"},
    "random": {"engine.clock", "emulator"},
    "time": {"engine.clock", "emulator", "demo"},
}


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Stands in for that of conftest: plain functions have no event loop that anything could be left in."""


def imports(module: str) -> set[str]:
    """What the module imports, anywhere, not for type checkers; `from a import b` is the module b, if it is one."""
    found: set[str] = set()
    tree = ast.parse(MODULES[module].read_text())
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in inner if name in MODULES or f"{name}.__init__" in MODULES} or {str(node.module)}
    return found


def room(module: str) -> str:
    """`api` of `aiopinecone.api.wire`, `errors` of `aiopinecone.errors`, `__init__` of the package itself."""
    return [*module.removeprefix("aiopinecone").strip(".").split("."), ""][0] or "__init__"


def floor(module: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room(module) in rooms)


OURS = {
    module: {name for name in imports(module) if name.split(".")[0] == "aiopinecone" and (module, name) not in ASKED}
    for module in MODULES
}


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module: str) -> None:
    """No module imports from a floor above its own; rooms on one floor that have no business together have none."""
    assert {name for name in OURS[module] if floor(name) > floor(module)} == set()
    assert {name for name in OURS[module] if (room(module), room(name)) in APART} <= {"aiopinecone.api.wire"}
    if floor(module) < len(FLOORS) - 1:
        assert "aiopinecone" not in OURS[module]


def test_there_is_no_circle() -> None:
    """The modules can be put in an order in which each imports only from those before it."""
    graph = {module.removesuffix(".__init__"): names for module, names in OURS.items()}
    assert tuple(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("library", OWNERS)
def test_each_library_has_one_owner(library: str) -> None:
    """Only the modules of the table import it."""
    users = {module for module in MODULES if library in {name.split(".")[0] for name in imports(module)}}
    names = {module.removeprefix("aiopinecone.") for module in users}
    assert {name for name in names if name not in OWNERS[library] and room(f".{name}") not in OWNERS[library]} == set()


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_long(module: str) -> None:
    """300 lines are the most."""
    assert len(MODULES[module].read_text().splitlines()) <= 300


def test_the_ground_floor_is_pure() -> None:
    """What decides never waits, never asks for the time, and never touches the network."""
    worldly = {"asyncio", "socket", "time", "random", "ssl", "threading", "logging"}
    for module in MODULES:
        if floor(module) <= 2:
            assert not {name.split(".")[0] for name in imports(module)} & worldly, module


def test_importing_it_loads_nothing_optional() -> None:
    """`import aiopinecone` in a fresh interpreter brings in no library that it could do without."""
    program = "import aiopinecone, sys; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "aiopinecone.client" in loaded
    optional = [
        "aiopinecone.inspect.audit",
        "cattrs",
        "redis",
        "pydantic",
        "pydantic_core",
        "fastapi",
        "starlette",
        "rich",
        "cyclopts",
        "aiocache",
        "tenacity",
        "pytest",
        "aiopinecone.cli",
        "aiopinecone.emulator",
    ]
    assert [name for name in optional if name in loaded] == []


def test_it_is_typed() -> None:
    """`py.typed` is there, so that type checkers believe the annotations."""
    assert (ROOT / "py.typed").is_file()
