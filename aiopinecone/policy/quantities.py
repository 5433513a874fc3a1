"""Lengths of time and numbers as people give them: checked once, refused by name, turned into plain values."""

import math
import sys
from datetime import timedelta

import attrs  # noqa: TC002 -- its Attribute is part of the signature of a validator

from aiopinecone.errors import PineconeValueError, shown

Duration = float | timedelta


def to_seconds(value: Duration) -> float:
    """A timedelta as seconds; anything else as it is, for a check to judge."""
    return value.total_seconds() if isinstance(value, timedelta) else value


def seconds(value: Duration, name: str) -> float:
    """The length in seconds: finite and more than 0. Raises `PineconeValueError`."""
    length = _finite(to_seconds(value), name, "seconds or a timedelta")
    if length <= 0:
        raise PineconeValueError(f"{name} must be more than 0 seconds, not {shown(value)}")
    return length


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


def check_length(_: object, attribute: "attrs.Attribute[float]", value: float) -> None:
    """An attrs validator: a finite length of 0 or more."""
    if _finite(value, attribute.name, "seconds or a timedelta") < 0:
        raise PineconeValueError(f"{attribute.name} must be 0 seconds or more, not {shown(value)}")


def check_share(_: object, attribute: "attrs.Attribute[float]", value: float) -> None:
    """An attrs validator: a number from 0 to 1."""
    if not 0 <= _finite(value, attribute.name, "a number") <= 1:
        raise PineconeValueError(f"{attribute.name} must be from 0 to 1, not {shown(value)}")


def check_count(_: object, attribute: "attrs.Attribute[int]", value: int) -> None:
    """An attrs validator: a whole number from 1 up."""
    positive_integer(value, attribute.name)


def _finite(value: object, name: str, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PineconeValueError(f"{name} must be {what}, not {type(value).__name__}")
    try:
        if math.isfinite(value):
            return float(value)
    except OverflowError:  # an int that no float can hold
        pass
    raise PineconeValueError(f"{name} must be a finite number")
