"""Values as a person reads them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone.cli import words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (3_599, "59m"),
        (3_600, "1h"),
        (10_800, "3h"),
        (93_600, "26h"),
        (172_799, "47h"),
        (172_800, "2d"),
        (558 * 86_400 + 5, "558d"),
        (-10_800, "in 3h"),
    ],
)
def test_an_age_has_one_unit(seconds: float, text: str) -> None:
    """Nobody needs the seconds of a day; hours go on to two days, since audits count in them."""
    assert words.age(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "-"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (9_961_472, "9.5 MiB"),
        (3 << 30, "3.0 GiB"),
        (5 << 50, "5120.0 TiB"),
    ],
)
def test_a_size_has_a_unit(size: float | None, text: str) -> None:
    """From bytes to tebibytes."""
    assert words.size(size) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docs-example", "docs-example"),
        ("[red]x[/]", "[red]x[/]"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202eab", r"\u202eab"),
        ("\udc80", r"\udc80"),
        ("漢字 🎉", "漢字 🎉"),
    ],
)
def test_a_name_is_literal(name: str, text: str) -> None:
    """What can't be seen, or moves the cursor, is an escape; all else is as it is."""
    assert words.literal(name) == text


@given(st.text())
def test_a_literal_text_is_printable(text: str) -> None:
    """Whatever the name, a line stays a line."""
    assert words.literal(text).isprintable()


def test_what_is_unknown_is_a_dash() -> None:
    """In every kind of cell."""
    now = datetime(2026, 11, 1, tzinfo=UTC)
    cells = {words.size(None), words.number(None), words.or_dash(None), words.stamp(None), words.since(None, now)}
    assert cells == {"-"}
    assert words.number(1_234_567) == "1,234,567"
    assert words.stamp(now) == "2026-11-01T00:00:00Z"
    assert words.since(now, now) == "0s"
