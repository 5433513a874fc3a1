"""Files that people write: TOML, read whole or refused by one sentence that quotes no value."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from aiopinecone.cli.exits import Failure


def load(path: Path) -> dict[str, Any]:
    """The tables of the file. Raises `Failure`."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Failure(f"can't read {path}: {reason}") from None
    except UnicodeDecodeError:
        raise Failure(f"{path} isn't UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise Failure(f"{path} isn't TOML: {error}") from None
    except RecursionError:
        raise Failure(f"{path} isn't TOML: nested too deeply") from None


def table(value: Any, where: str) -> Mapping[str, Any]:
    """The value, if it is a table. Raises `Failure`."""
    if not isinstance(value, Mapping):
        raise Failure(f"{where} must be a table, not {type(value).__name__}")
    return value


def check_keys(value: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Raises `Failure` for a key that means nothing, and names those that do."""
    if unknown := sorted(value.keys() - set(known)):
        raise Failure(f"{where} has an unknown key {unknown[0]!r}", f"Known are: {', '.join(sorted(known))}.")
