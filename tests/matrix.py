"""The suite on every Python it is meant for: `make matrix`.

Looks for Python 3.11 to 3.14 on the PATH and among the versions of pyenv and uv. Each that is found gets an environment
of its own below .venv-matrix/ and runs all tests. Says which weren't found; exits with 1 if a suite fails, or if there
is nothing to run it on.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
ROOT = Path(__file__).parents[1]
HOME = Path.home()
SUITE = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--numprocesses", "auto", "--maxprocesses", "4")


def candidates(version: str) -> Iterator[Path]:
    """Where this version may stand, the likeliest first."""
    for directory in os.get_exec_path():
        yield Path(directory, f"python{version}")
    yield from sorted(HOME.glob(f".pyenv/versions/{version}.*/bin/python"), reverse=True)
    yield from sorted(HOME.glob(f".local/share/uv/python/cpython-{version}.*/bin/python{version}"), reverse=True)


def runs(python: Path, version: str) -> bool:
    """Whether it is there, starts (pyenv's shims may not) and is what its name says."""
    program = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        found = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return found.returncode == 0 and found.stdout.strip() == version


def environment(python: Path, version: str) -> Path:
    """The interpreter of an environment with the package and all that its tests need."""
    home = ROOT / ".venv-matrix" / version
    inner, stamp, needs = home / "bin/python", home / "installed", (ROOT / "pyproject.toml").read_text()
    if not (stamp.exists() and stamp.read_text() == needs and runs(inner, version)):
        subprocess.run([python, "-m", "venv", "--clear", home], check=True)
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", ".[dev]")
        subprocess.run([inner, *install], cwd=ROOT, check=True)
        stamp.write_text(needs)
    return inner


def outcome(version: str) -> str:
    python = next((python for python in candidates(version) if runs(python, version)), None)
    if python is None:
        return "not found"
    print(f"Python {version}", flush=True)
    try:
        inner = environment(python, version)
    except subprocess.CalledProcessError:
        return "FAILED to install"
    return "FAILED" if subprocess.run([inner, *SUITE], cwd=ROOT, check=False).returncode else "passed"


def main() -> int:
    outcomes = {version: outcome(version) for version in VERSIONS}
    for version, what in outcomes.items():
        print(f"Python {version}: {what}")
    return "passed" not in outcomes.values() or any(what.startswith("FAILED") for what in outcomes.values())


if __name__ == "__main__":
    sys.exit(main())
