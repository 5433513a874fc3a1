"""The pages that promise something name tests that there are."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ["docs/reliability.md", "SECURITY.md", "docs/shared-cache.md"]
NAMED = re.compile(r"`((?:tests/)?[\w/]*\.py)?(?:::)?(test_[\w*]+)?`")


def claims(page: str) -> Iterator[tuple[Path, str]]:
    """The files and the patterns of test names in a page; a name without a file is of the file named before it."""
    file: Path | None = None
    for path, name in NAMED.findall((ROOT / page).read_text()):
        if path:
            found = [ROOT / path] if path.startswith("tests/") else sorted((ROOT / "tests").rglob(path))
            assert len(found) == 1, f"{page} names {path}, which is {len(found)} files"
            (file,) = found
        if path or name:
            assert file is not None, f"{page} names {name} and no file"
            yield file, name or "test_*"


def names(file: Path) -> list[str]:
    tree = ast.parse(file.read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node.name for node in ast.walk(tree) if isinstance(node, functions) and node.name.startswith("test_")]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_tests_that_exist(page: str) -> None:
    """Each promise is shown by a test that can be found under its name."""
    made = list(claims(page))
    assert len(made) >= 5
    for file, pattern in made:
        assert file.is_file(), f"{page} names {file}"
        assert any(fnmatchcase(name, pattern) for name in names(file)), f"{page} names {pattern} in {file.name}"


def test_each_promise_names_its_test() -> None:
    """No row of a table on reliability stands without one."""
    rows = re.findall(r"^\| (?!promise|---)(.+) \| (.+) \|$", (ROOT / PAGES[0]).read_text(), re.MULTILINE)
    assert len(rows) >= 14
    assert [promise for promise, shown in rows if "test_" not in shown] == []
