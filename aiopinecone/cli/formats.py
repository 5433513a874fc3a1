"""Rows in text: JSON, YAML, CSV and names. Whatever can't be seen is written as an escape, in each of them."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import yaml

from aiopinecone.cli import words

_WIDE = 1 << 30  # columns: a text is never folded


def to_json(value: Any, *, indent: int | None = 2) -> str:
    """JSON with an end of line."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "\n".join(map(_json_line, text.split("\n"))) + "\n"


def _json_line(line: str) -> str:
    return line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # whichever there is
    """Texts with something that can't be seen stand in double quotes, where they can be escaped."""


def _text(dumper: Any, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if value.isprintable() else '"')


_Dumper.add_representer(str, _text)


def to_yaml(value: Any) -> str:
    """One YAML document, which any loader of safe YAML reads."""
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDE)
    return "\n".join(map(_yaml_line, text.split("\n")))


def _yaml_line(line: str) -> str:
    return line if line.isprintable() else "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in line)


def to_csv(values: Iterable[Any]) -> str:
    """One line of CSV: numbers raw, moments as ISO 8601 in UTC, objects as JSON, nothing for None."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(_field, values))
    return line.getvalue()


def _field(value: Any) -> Any:
    if isinstance(value, datetime):
        return words.stamp(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | list | tuple):
        return to_json(value, indent=None).rstrip("\n")
    return words.literal(str(value)) if isinstance(value, str) else value
