"""What an audit asks for: values are checked, and overrides are for the indexes that match."""

from datetime import timedelta
from typing import Any

import pytest

from aiopinecone import AuditPolicy, Override, PineconeValueError


def test_lengths_are_given_as_people_write_them() -> None:
    """Seconds, a timedelta or text; the defaults are 26 h and 6 h."""
    policy = AuditPolicy()
    assert (policy.max_age, policy.warn_age, policy.pending_limit) == (26 * 3_600, None, 6 * 3_600)
    assert (policy.max_shrink, policy.min_records, policy.overrides) == (0.5, 1, ())
    policy = AuditPolicy(max_age="1d2h", warn_age=timedelta(days=1), pending_limit=60)
    assert (policy.max_age, policy.warn_age, policy.pending_limit) == (26 * 3_600, 86_400, 60)
    override = Override(max_age="1h", warn_age=None, pending_limit=timedelta(minutes=1))
    assert (override.max_age, override.warn_age, override.pending_limit) == (3_600, None, 60)


@pytest.mark.parametrize("cls", [AuditPolicy, Override])
@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("max_age", "26", "max_age must be a number of seconds, a timedelta, or text with units"),
        ("max_age", -1, "max_age must be 0 seconds or more"),
        ("max_age", [], "max_age must be a number of seconds, a timedelta, or text with units"),
        ("warn_age", "soon", "warn_age must be a number of seconds, a timedelta, or text with units"),
        ("pending_limit", None, "pending_limit must be a number of seconds, a timedelta, or text with units"),
        ("pending_limit", float("nan"), "pending_limit must be a finite number"),
        ("max_shrink", 1.5, "max_shrink must be from 0 to 1, not 1.5"),
        ("max_shrink", "half", "max_shrink must be a number, not 'half'"),
        ("min_records", -1, "min_records must be a whole number of 0 or more, not -1"),
        ("min_records", 1.0, "min_records must be a whole number of 0 or more, not 1.0"),
        ("min_records", True, "min_records must be a whole number of 0 or more, not True"),
        ("min_records", None, "min_records must be a whole number of 0 or more, not None"),
    ],
)
def test_a_value_out_of_range_is_refused(cls: Any, field: str, value: Any, problem: str) -> None:
    """By the name of the field, in the policy and in an override."""
    with pytest.raises(PineconeValueError) as raised:
        cls(**{field: value})
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"index": ""}, "index must be the name of an index, or a pattern"),
        ({"index": None}, "index must be the name of an index, or a pattern"),
        ({"tag": "gold"}, "tag must be 'key=value', such as 'tier=gold', not 'gold'"),
        ({"tag": "=gold"}, "tag must be 'key=value'"),
        ({"tag": 5}, "tag must be 'key=value'"),
        ({"exempt": 1}, "exempt must be True or False, not 1"),
    ],
)
def test_an_override_must_be_understood(fields: Any, problem: str) -> None:
    """What it is for, and what it says."""
    with pytest.raises(PineconeValueError) as raised:
        Override(**fields)
    assert problem in str(raised.value)


@pytest.mark.parametrize("overrides", [None, 5, [1], "prod-*", [Override(), {"index": "a"}]])
def test_overrides_are_a_list_of_them(overrides: Any) -> None:
    """Anything else is refused."""
    with pytest.raises(PineconeValueError, match="overrides must be a list of Override"):
        AuditPolicy(overrides=overrides)


@pytest.mark.parametrize(
    ("override", "name", "tags", "is_match"),
    [
        (Override(), "any", {}, True),
        (Override(index="prod-*"), "prod-1", {}, True),
        (Override(index="prod-*"), "Prod-1", {}, False),
        (Override(index="prod-?"), "prod-12", {}, False),
        (Override(index="prod-[12]"), "prod-2", {}, True),
        (Override(tag="tier=gold"), "any", {"tier": "gold"}, True),
        (Override(tag="tier=gold"), "any", {"tier": "lead"}, False),
        (Override(tag="tier=gold"), "any", {}, False),
        (Override(tag="retries=3"), "any", {"retries": 3}, True),
        (Override(tag="formula=a=b"), "any", {"formula": "a=b"}, True),
        (Override(tag="empty="), "any", {"empty": ""}, True),
        (Override(tag="empty="), "any", {}, False),
        (Override(index="a", tag="tier=gold"), "a", {"tier": "gold"}, True),
        (Override(index="a", tag="tier=gold"), "b", {"tier": "gold"}, False),
        (Override(index="a", tag="tier=gold"), "a", {"tier": "lead"}, False),
    ],
)
def test_what_an_override_is_for(override: Override, name: str, tags: dict[str, Any], is_match: bool) -> None:
    """Both the pattern, in which case matters, and the tag must match."""
    assert override.matches(name, tags) is is_match


def test_the_first_override_that_matches_is_the_one() -> None:
    """It changes what it names; None is a value, and `...` leaves the policy's."""
    policy = AuditPolicy(
        max_age="5h",
        max_shrink=0.1,
        overrides=[
            Override(index="a", exempt=True),
            Override(index="b", max_age=None, max_shrink=...),
            Override(index="b", max_age="1h"),
            Override(tag="x=y", min_records=7, warn_age="1m", pending_limit="2m"),
        ],
    )
    assert policy.rules_for("a", {}) is None
    assert policy.rules_for("b", {"x": "y"}) == AuditPolicy(max_age=None, max_shrink=0.1)
    assert policy.rules_for("c", {"x": "y"}) == AuditPolicy(
        max_age="5h", max_shrink=0.1, min_records=7, warn_age="1m", pending_limit="2m"
    )
    assert policy.rules_for("c", {}) == AuditPolicy(max_age="5h", max_shrink=0.1)
    assert AuditPolicy().rules_for("c", {}) == AuditPolicy()
