"""Lengths of time and numbers as people give them: checked once, refused by name, turned into plain values."""

import math
import re
import sys
from datetime import timedelta
from typing import Any

import attrs  # noqa: TC002 -- its Attribute is part of the signature of a validator

from aiopinecone.errors import PineconeValueError, shown

Duration = float | timedelta | str

_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_LENGTH = re.compile("(?=[0-9])" + "".join(rf"(?:{_NUMBER}{unit}\s*)?" for unit in "wdhms"))
_SECONDS = (604_800.0, 86_400.0, 3_600.0, 60.0, 1.0)  # of each of these units
_WHAT = "a number of seconds, a timedelta, or text with units, such as '90s' or '1d12h'"


def to_seconds(value: Duration) -> Any:
    """A timedelta, or text such as "26h", "1d12h" or "1.5m", as seconds; anything else as it is, for a check to judge.

    The units are w, d, h, m and s, the larger ones first.
    """
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str) and (found := _LENGTH.fullmatch(value.strip())) is not None:
        return sum(float(number or 0) * unit for number, unit in zip(found.groups(), _SECONDS, strict=True))
    return value


def seconds(value: Duration, name: str) -> float:
    """The length in seconds: finite and more than 0. Raises `PineconeValueError`."""
    length = _finite(to_seconds(value), name, _WHAT)
    if length <= 0:
        raise PineconeValueError(f"{name} must be more than 0 seconds, not {shown(value)}")
    return length


def spelled(length: float) -> str:
    """So many seconds for people, in the two largest units that matter: "45 s", "26 h", "3 d 4 h"."""
    minutes, secs = divmod(round(length), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(minutes, "min"), (secs, "s")]
    if hours >= 48:  # noqa: PLR2004 -- 26 h are easier to compare with a limit than 1 d 2 h
        parts = [(hours // 24, "d"), (hours % 24, "h")]
    elif hours:
        parts = [(hours, "h"), (minutes, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def optional_seconds(value: Duration | None, name: str) -> float:
    """As `seconds`; None, no bound, is infinity."""
    return math.inf if value is None else seconds(value, name)


def positive_number(value: float, name: str) -> float:
    """A finite number above 0. Raises `PineconeValueError`."""
    if _finite(value, name, "a number") <= 0:
        raise PineconeValueError(f"{name} must be more than 0, not {shown(value)}")
    return float(value)


def positive_integer(value: int, name: str) -> int:
    """A whole number from 1 up, no larger than what anything can have. Raises `PineconeValueError`."""
    if type(value) is not int or not 1 <= value <= sys.maxsize:
        raise PineconeValueError(f"{name} must be a whole number of 1 or more, not {shown(value)}")
    return value


def check_length(_: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    """An attrs validator: a finite length of 0 or more."""
    if _finite(value, attribute.name, _WHAT) < 0:
        raise PineconeValueError(f"{attribute.name} must be 0 seconds or more, not {shown(value)}")


def check_share(_: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    """An attrs validator: a number from 0 to 1."""
    if not 0 <= _finite(value, attribute.name, "a number") <= 1:
        raise PineconeValueError(f"{attribute.name} must be from 0 to 1, not {shown(value)}")


def check_whole(_: object, attribute: "attrs.Attribute[Any]", value: int) -> None:
    """An attrs validator: a whole number from 0 up."""
    if type(value) is not int or value < 0:
        raise PineconeValueError(f"{attribute.name} must be a whole number of 0 or more, not {shown(value)}")


def check_count(_: object, attribute: "attrs.Attribute[Any]", value: int) -> None:
    """An attrs validator: a whole number from 1 up."""
    positive_integer(value, attribute.name)


def _finite(value: object, name: str, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        given = shown(value) if isinstance(value, str) else type(value).__name__
        raise PineconeValueError(f"{name} must be {what}, not {given}")
    try:
        if math.isfinite(value):
            return float(value)
    except OverflowError:  # an int that no float can hold
        pass
    raise PineconeValueError(f"{name} must be a finite number")
