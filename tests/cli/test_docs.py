"""docs/cli.md says what the code does."""

import re
import tomllib
from pathlib import Path

from aiopinecone import AuditPolicy
from aiopinecone.cli import policies, projects
from cli import documentation


def test_it_is_current() -> None:
    """After a change of the commands: `make docs`."""
    assert documentation.PATH.read_text() == documentation.text()


def test_its_files_can_be_used(tmp_path: Path) -> None:
    """The configuration and the policy that it shows are good ones."""
    config, policy = re.findall(r"```toml\n(.*?)```", documentation.text(), re.DOTALL)
    path = tmp_path / "file.toml"
    path.write_text(config)
    assert list(projects.load(path)) == ["prod", "staging"]
    path.write_text(policy)
    loaded = policies.load(path, max_age=None, warn_age=None)
    assert isinstance(loaded, AuditPolicy)
    assert len(loaded.overrides) == len(tomllib.loads(policy)["overrides"]) == 2
