"""What an audit asks of the backups of each index."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from types import EllipsisType
from typing import Any

import attrs
from attrs.validators import optional

from aiopinecone.errors import PineconeValueError, shown
from aiopinecone.policy.quantities import (
    Duration,
    check_length,
    check_share,
    check_whole,
    to_seconds,
)

AS_POLICY = ...  # of a field of an override: as the policy has it

_length_or_none: Any = optional(check_length)
_share_or_none: Any = optional(check_share)


def _optional_seconds(value: Duration | None) -> Any:
    return None if value is None else to_seconds(value)


def _overriding(value: Duration | EllipsisType | None) -> Any:
    return value if value is None or isinstance(value, EllipsisType) else to_seconds(value)


def _unless_as_policy(check: Any) -> Any:
    return lambda instance, attribute, value: value is AS_POLICY or check(instance, attribute, value)


def _check_pattern(_: object, attribute: "attrs.Attribute[str]", value: object) -> None:
    if not isinstance(value, str) or not value:
        raise PineconeValueError(f"{attribute.name} must be the name of an index, or a pattern such as 'prod-*'")


def _check_tag(_: object, attribute: "attrs.Attribute[str | None]", value: object) -> None:
    if value is not None and not (isinstance(value, str) and value.partition("=")[0] and "=" in value):
        raise PineconeValueError(f"{attribute.name} must be 'key=value', such as 'tier=gold', not {shown(value)}")


def _check_flag(_: object, attribute: "attrs.Attribute[bool]", value: object) -> None:
    if not isinstance(value, bool):
        raise PineconeValueError(f"{attribute.name} must be True or False, not {shown(value)}")


@attrs.frozen(kw_only=True)
class Override:
    """Other rules for the indexes that match both `index` and `tag`. A field left out, or `...`, is as in the policy.

    Attributes:
        index: a name, or a pattern with `*`, `?` and `[...]`, in which case matters.
        tag: "key=value", a tag of the index; None matches all.
        exempt: the index isn't audited at all.
        max_age: as in `AuditPolicy`, and so are the others.

    Raises:
        PineconeValueError: a value can't be used.
    """

    index: str = attrs.field(default="*", validator=_check_pattern)
    tag: str | None = attrs.field(default=None, validator=_check_tag)
    exempt: bool = attrs.field(default=False, validator=_check_flag)
    max_age: float | EllipsisType | None = attrs.field(
        default=AS_POLICY, converter=_overriding, validator=_unless_as_policy(_length_or_none)
    )
    warn_age: float | EllipsisType | None = attrs.field(
        default=AS_POLICY, converter=_overriding, validator=_unless_as_policy(_length_or_none)
    )
    pending_limit: float | EllipsisType = attrs.field(
        default=AS_POLICY, converter=_overriding, validator=_unless_as_policy(check_length)
    )
    max_shrink: float | EllipsisType | None = attrs.field(
        default=AS_POLICY, validator=_unless_as_policy(_share_or_none)
    )
    min_records: int | EllipsisType = attrs.field(default=AS_POLICY, validator=_unless_as_policy(check_whole))

    def matches(self, index_name: str, tags: Mapping[str, Any]) -> bool:
        """Whether these rules are for an index of this name and these tags."""
        if not fnmatchcase(index_name, self.index):
            return False
        if self.tag is None:
            return True
        key, _, value = self.tag.partition("=")
        return key in tags and str(tags[key]) == value


def _to_overrides(value: Iterable[Override]) -> Any:
    return tuple(value) if isinstance(value, Iterable) else value


def _check_overrides(_: object, attribute: "attrs.Attribute[tuple[Override, ...]]", value: object) -> None:
    if not isinstance(value, tuple) or not all(isinstance(item, Override) for item in value):
        raise PineconeValueError(f"{attribute.name} must be a list of Override")


@attrs.frozen(kw_only=True)
class AuditPolicy:
    """What an audit asks of the backups of each index. Lengths of time are seconds, timedeltas, or text such as "26h".

    Attributes:
        max_age: the recovery point may be so old. None: the interval of the index's schedule (daily 24 h, weekly 7 d,
            monthly 31 d) and 2 h more; 26 h where it has none.
        warn_age: from this age on it is worth a warning; None: 0.95 of the age that is allowed.
        pending_limit: a backup that takes longer counts as failed. (One of 100 million vectors takes 5 h.)
        max_shrink: the share of records, from 0 to 1, that the newest backup may have fewer than the one before; None:
            any.
        min_records: the newest backup must hold so many.
        overrides: other rules for some indexes; the first that matches is the one.

    Raises:
        PineconeValueError: a value can't be used.
    """

    max_age: float | None = attrs.field(default=93_600.0, converter=_optional_seconds, validator=_length_or_none)
    warn_age: float | None = attrs.field(default=None, converter=_optional_seconds, validator=_length_or_none)
    pending_limit: float = attrs.field(default=21_600.0, converter=to_seconds, validator=check_length)
    max_shrink: float | None = attrs.field(default=0.5, validator=_share_or_none)
    min_records: int = attrs.field(default=1, validator=check_whole)
    overrides: tuple[Override, ...] = attrs.field(default=(), converter=_to_overrides, validator=_check_overrides)

    def rules_for(self, index_name: str, tags: Mapping[str, Any]) -> "AuditPolicy | None":
        """The policy without overrides that holds for this index; None where it is exempt."""
        override = next((each for each in self.overrides if each.matches(index_name, tags)), None)
        if override is None:
            return attrs.evolve(self, overrides=()) if self.overrides else self
        if override.exempt:
            return None
        changed = {name: getattr(override, name) for name in _RULES}
        changed = {name: value for name, value in changed.items() if value is not AS_POLICY}
        return attrs.evolve(self, overrides=(), **changed)


_RULES = ("max_age", "warn_age", "pending_limit", "max_shrink", "min_records")
