"""Quantities: lengths of time and numbers, as people give them."""

import math
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone import CachePolicy, PineconeValueError, RetryPolicy
from aiopinecone.policy import quantities

Check = Callable[[Any], float]
ABSURD = pytest.param(10**5_000, id="absurd")  # Python itself refuses to write it, and pytest would


def seconds(value: Any) -> float:
    return quantities.seconds(value, "n")


def optional_seconds(value: Any) -> float:
    return quantities.optional_seconds(value, "n")


def positive_number(value: Any) -> float:
    return quantities.positive_number(value, "n")


def positive_integer(value: Any) -> int:
    return quantities.positive_integer(value, "n")


def length(value: Any) -> float:
    return CachePolicy(ttl=value).ttl


def share(value: Any) -> float:
    return CachePolicy(ttl_jitter=value).ttl_jitter


def count(value: Any) -> int:
    return CachePolicy(max_entries=value).max_entries


@pytest.mark.parametrize(
    ("check", "value", "result"),
    [
        (seconds, 1, 1.0),
        (seconds, 0.25, 0.25),
        (seconds, 5e-324, 5e-324),
        (seconds, 10**300, 1e300),
        (seconds, timedelta(minutes=1, milliseconds=500), 60.5),
        (seconds, timedelta.max, timedelta.max.total_seconds()),
        (optional_seconds, None, math.inf),
        (optional_seconds, timedelta(seconds=2), 2.0),
        (positive_number, 3, 3.0),
        (positive_number, 0.5, 0.5),
        (positive_integer, 1, 1),
        (positive_integer, sys.maxsize, sys.maxsize),
        (seconds, "26h", 93_600.0),
        (seconds, "1d12h", 129_600.0),
        (seconds, " 1d 12h ", 129_600.0),
        (seconds, "1w2d3h4m5s", 788_645.0),
        (seconds, "1.5m", 90.0),
        (seconds, "0.25s", 0.25),
        (optional_seconds, "90s", 90.0),
        (length, "0s", 0.0),
        (length, "2m", 120.0),
        (length, 0, 0),
        (length, 0.0, 0.0),
        (length, timedelta(0), 0.0),
        (length, timedelta(hours=1), 3600.0),
        (share, 0, 0),
        (share, 1, 1),
        (share, 0.5, 0.5),
        (count, 1, 1),
    ],
)
def test_what_is_taken(check: Check, value: Any, result: float) -> None:
    """Seconds or a timedelta for a length, plain numbers for the rest, with both ends of each range."""
    assert check(value) == result
    assert not isinstance(check(value), timedelta)


@pytest.mark.parametrize("check", [seconds, optional_seconds, positive_number, length, share])
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (math.nan, "must be a finite number"),
        (math.inf, "must be a finite number"),
        (-math.inf, "must be a finite number"),
        (10**400, "must be a finite number"),
        pytest.param(10**5_000, "must be a finite number", id="absurd"),
        (-(10**400), "must be a finite number"),
        (-1, "must be "),
        (-5e-324, "must be "),
        (True, "not bool"),
        (False, "not bool"),
        ("1", "not '1'"),
        (b"1", "not bytes"),
        ([], "not list"),
        (1j, "not complex"),
        (Decimal(1), "not Decimal"),
    ],
)
def test_what_is_no_number(check: Check, value: Any, problem: str) -> None:
    """NaN, infinity, a bool, a text and all else is refused, by the name of the argument."""
    with pytest.raises(PineconeValueError) as raised:
        check(value)
    assert problem in str(raised.value)
    assert str(raised.value).startswith(("n ", "ttl ", "ttl_jitter "))
    assert raised.value.__cause__ is raised.value.__context__ is None


@pytest.mark.parametrize(
    ("check", "value", "problem"),
    [
        (seconds, 0, "n must be more than 0 seconds, not 0"),
        (seconds, -0.0, "n must be more than 0 seconds, not -0.0"),
        (seconds, timedelta(0), "n must be more than 0 seconds, not datetime.timedelta(0)"),
        (seconds, -timedelta(1), "n must be more than 0 seconds, not datetime.timedelta(days=-1)"),
        (
            seconds,
            None,
            "n must be a number of seconds, a timedelta, or text with units, such as '90s' or '1d12h', not NoneType",
        ),
        (optional_seconds, 0, "n must be more than 0 seconds, not 0"),
        (positive_number, 0, "n must be more than 0, not 0"),
        (positive_number, timedelta(1), "n must be a number, not timedelta"),
        (positive_number, None, "n must be a number, not NoneType"),
        (length, -timedelta(1), "ttl must be 0 seconds or more, not -86400.0"),
        (
            length,
            None,
            "ttl must be a number of seconds, a timedelta, or text with units, such as '90s' or '1d12h', not NoneType",
        ),
        (share, 1.0000001, "ttl_jitter must be from 0 to 1, not 1.0000001"),
        (share, -0.1, "ttl_jitter must be from 0 to 1, not -0.1"),
        (share, timedelta(0), "ttl_jitter must be a number, not timedelta"),
    ],
)
def test_what_is_out_of_range(check: Check, value: Any, problem: str) -> None:
    """The refusal says what is wanted and what was given."""
    with pytest.raises(PineconeValueError) as raised:
        check(value)
    assert str(raised.value) == problem


@pytest.mark.parametrize("check", [seconds, optional_seconds, length])
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "26",
        "h",
        "26 h",
        "26H",
        "1M",
        "12h1d",
        "1d1d",
        "-1h",
        "+1h",
        "1e3s",
        "1h30",
        ".5h",
        "1.h",
        "½h",
        "\u0661h",
        "1h,",
    ],
)
def test_text_without_units_is_no_length(check: Check, text: str) -> None:
    """Each number needs its unit, the larger ones come first, and the refusal shows the text and an example."""
    with pytest.raises(PineconeValueError, match="text with units, such as '90s' or '1d12h', not ") as raised:
        check(text)
    assert str(raised.value).endswith(repr(text))


def test_text_may_be_too_long_a_time() -> None:
    """A text that no float can hold is refused like any number that isn't finite, and not shown whole."""
    with pytest.raises(PineconeValueError, match="n must be a finite number"):
        seconds("9" * 400 + "h")
    with pytest.raises(PineconeValueError, match=r"'x{59}\.\.\.$"):
        seconds("x" * 10_000)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (600, "10 min"),
        (3_600, "1 h"),
        (5_400, "1 h 30 min"),
        (93_600, "26 h"),
        (172_799, "47 h 59 min"),
        (172_800, "2 d"),
        (273_600, "3 d 4 h"),
        (1e9, "11574 d 1 h"),
    ],
)
def test_how_a_length_is_spelled_for_people(length: float, text: str) -> None:
    """The two largest units that matter; days from two of them up."""
    assert quantities.spelled(length) == text


@pytest.mark.parametrize("check", [positive_integer, count])
@pytest.mark.parametrize("value", [0, -1, 1.0, math.nan, True, "1", None, timedelta(1), sys.maxsize + 1, ABSURD])
def test_what_is_no_count(check: Check, value: Any) -> None:
    """A count is a whole number from 1 up, and no float that looks like one."""
    with pytest.raises(PineconeValueError, match="must be a whole number of 1 or more, not "):
        check(value)


LENGTHS = ["ttl", "pending_ttl", "missing_ttl", "stale_while_revalidate", "stale_if_error"]


@pytest.mark.parametrize(
    ("policy", "name", "good"),
    [
        *((CachePolicy, name, timedelta(seconds=1)) for name in LENGTHS),
        (CachePolicy, "ttl_jitter", 1),
        (CachePolicy, "max_entries", 1),
        *((RetryPolicy, name, timedelta(seconds=1)) for name in ("first_delay", "max_delay")),
        (RetryPolicy, "attempts", 1),
    ],
)
def test_every_field_of_a_policy_is_checked(policy: Any, name: str, good: Any) -> None:
    """No field of a policy takes a value that it can't work with, and each refusal names the field."""
    assert getattr(policy(**{name: good}), name) == 1
    for bad in (-1, math.nan, "1", None, True):
        with pytest.raises(PineconeValueError, match=f"^{name} must be"):
            policy(**{name: bad})


NUMBERS = st.floats() | st.integers() | st.timedeltas() | st.none() | st.booleans() | st.text(max_size=3)


@given(NUMBERS)
def test_a_length_is_finite_or_refused(value: Any) -> None:
    """Whatever is given: a finite float above 0, or a PineconeValueError."""
    try:
        taken = seconds(value)
    except PineconeValueError:
        return
    assert type(taken) is float
    assert 0 < taken < math.inf


@given(NUMBERS)
def test_a_share_is_within_0_and_1_or_refused(value: Any) -> None:
    """Whatever is given: a number from 0 to 1, or a PineconeValueError."""
    try:
        taken = share(value)
    except PineconeValueError:
        return
    assert type(taken) in {int, float}
    assert 0 <= taken <= 1
