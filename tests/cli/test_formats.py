"""JSON, YAML and CSV of whatever Pinecone may send."""

import csv
import io
import json
from datetime import UTC, datetime

import yaml
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone.cli import formats, words

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def is_seen(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


@given(VALUES)
def test_json_is_lossless_and_seen(value: object) -> None:
    """It reads back equal, and holds no character that can't be seen."""
    for indent in (None, 2):
        text = formats.to_json(value, indent=indent)
        assert json.loads(text) == value
        assert is_seen(text)


@given(VALUES)
def test_yaml_is_lossless_and_seen(value: object) -> None:
    """The same for `yaml.safe_load`."""
    text = formats.to_yaml({"value": value})
    assert yaml.safe_load(text) == {"value": value}
    assert is_seen(text)


def test_yaml_leaves_no_text_to_guess() -> None:
    """What looks like a number, a date or a truth stays text."""
    texts = ["12", "2026-11-01T00:00:00Z", "yes", "null", "1e3", "", "~", "- a", "a: b", "#", "0x1f", "1:30"]
    assert yaml.safe_load(formats.to_yaml(texts)) == texts


@given(st.lists(TEXT, min_size=1))
def test_csv_has_one_line_a_row(values: list[str]) -> None:
    """It reads back, and no value can begin a line of its own."""
    text = formats.to_csv(values)
    assert text.count("\n") == 1
    assert is_seen(text)
    assert next(csv.reader(io.StringIO(text))) == [words.literal(value) for value in values]


def test_csv_is_raw() -> None:
    """Numbers as they are, moments in ISO 8601, objects as JSON, None as nothing."""
    moment = datetime(2026, 11, 1, 12, 0, 0, 5, tzinfo=UTC)
    text = formats.to_csv([1_069_169, None, moment, {"a": "b,\n"}, True, 'say "hi"', "=1+1"])
    assert text == '1069169,,2026-11-01T12:00:00.000005Z,"{""a"": ""b,\\n""}",true,"say ""hi""",=1+1\n'
