"""The policy of an audit, as a file and options have it, and how often it is asked for.

The file is TOML: the fields of `AuditPolicy` as keys, `[[overrides]]` with those of `Override`. As TOML has no null,
"none" stands for None.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs

from aiopinecone import AuditPolicy, Override, PineconeValueError
from aiopinecone.cli import toml
from aiopinecone.cli.exits import Failure
from aiopinecone.policy.quantities import seconds

T = TypeVar("T")

NONE = "none"
_POLICY = [field.name for field in attrs.fields(AuditPolicy)]
_OVERRIDE = [field.name for field in attrs.fields(Override)]


def load(path: Path | None, *, max_age: str | None, warn_age: str | None) -> AuditPolicy:
    """The policy of the file, in which the ages given win. Raises `Failure`."""
    fields = {} if path is None else _read(path)
    given = {"max_age": max_age, "warn_age": warn_age}
    for name, value in given.items():
        if value is not None:
            _make(AuditPolicy, f"--{name.replace('_', '-')}", {name: value})
            fields[name] = value
    return _make(AuditPolicy, str(path), fields)


def interval(text: str) -> float:
    """The length in seconds. Raises `Failure` where it is none, or so short that it would be a flood."""
    try:
        length = seconds(text, "--interval")
    except PineconeValueError as error:
        raise Failure(error.message, error.hint) from None
    if length < 1:
        raise Failure("--interval must be 1s or more")
    return length


def _read(path: Path) -> dict[str, Any]:
    content = toml.load(path)
    toml.check_keys(content, _POLICY, str(path))
    rows = content.get("overrides", [])
    if not isinstance(rows, list):
        raise Failure(f"{path}: overrides must be tables, each under [[overrides]]")
    places = enumerate(rows, 1)
    content["overrides"] = [_override(row, f"{path}: number {place} of [[overrides]]") for place, row in places]
    return content


def _override(row: Any, where: str) -> Override:
    toml.check_keys(toml.table(row, where), _OVERRIDE, where)
    return _make(Override, where, row)


def _make(cls: type[T], where: str, fields: Mapping[str, Any]) -> T:
    try:
        return cls(**{name: None if value == NONE else value for name, value in fields.items()})
    except PineconeValueError as error:
        raise Failure(f"{where}: {error.message}", error.hint) from None
