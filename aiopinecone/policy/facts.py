"""What is known of one index, and what follows from it. Pure.

A backup holds what was written 15 minutes before it was begun, and nothing younger (Pinecone's documentation): that
moment is its recovery point. What can't be dated counts against the index, never for it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from aiopinecone.models import Backup, BackupSchedule
from aiopinecone.policy.protection import AuditPolicy
from aiopinecone.policy.quantities import spelled

RECOVERY_LAG = timedelta(minutes=15)
INTERVALS = {"daily": 86_400.0, "weekly": 7 * 86_400.0, "monthly": 31 * 86_400.0}  # of schedules, in seconds
GRACE = 2 * 3_600.0  # seconds, on top of a schedule's interval
WITHOUT_SCHEDULE = 26 * 3_600.0  # seconds
WARN_SHARE = 0.95  # of the age that is allowed

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _to_tuple(value: Iterable[Any] | None) -> Any:
    return None if value is None else tuple(value)


def _to_ids(value: Iterable[str]) -> frozenset[str]:
    return frozenset(value)


def _to_tags(value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return value or {}


@attrs.frozen(kw_only=True)
class IndexState:
    """What was read of one index.

    Attributes:
        name: of the index.
        backups: the rows of its own list, in any order; None where they weren't read whole.
        tags: of the index.
        pod_based: such an index can't be backed up.
        schedules: its backup schedules; none where they couldn't be read.
        index_ids: every `source_index_id` that the project's list has under this name.
        problem: why the backups weren't read.
    """

    name: str
    backups: tuple[Backup, ...] | None = attrs.field(converter=_to_tuple)
    tags: Mapping[str, Any] = attrs.field(factory=dict, converter=_to_tags)
    pod_based: bool = False
    schedules: tuple[BackupSchedule, ...] = attrs.field(default=(), converter=_to_tuple)
    index_ids: frozenset[str] = attrs.field(default=frozenset(), converter=_to_ids)
    problem: str | None = None


class Facts:
    """What follows from the state of an index, under these rules and at this moment.

    Attributes:
        is_read: its backups were read whole.
        attempts: the backups that count, the newest first: of the index that bears the name now.
        ready: those that are ready.
        last_ready: the newest of these that is dated: its recovery point isn't in the future.
        ready_before: the one before that.
        recovery_point: of `last_ready`.
        age: of the recovery point, in seconds.
        max_age: the age that is allowed, in seconds.
        warn_age: the age from which on it is worth a warning, in seconds.
        index_ids: every `source_index_id` under this name.
    """

    def __init__(self, state: IndexState, rules: AuditPolicy, now: datetime) -> None:
        self.state, self.rules, self.now = state, rules, now
        self.is_read = state.backups is not None and not state.pod_based
        rows = _newest_first(state.backups or ()) if self.is_read else []
        self.index_ids = state.index_ids | {row.source_index_id for row in rows}
        self.attempts = of_one_index(rows)
        self.ready = [backup for backup in self.attempts if backup.status.is_ready]
        dated = [(backup, point) for backup in self.ready if (point := recovery_point(backup)) and point <= now]
        self.last_ready = dated[0][0] if dated else None
        self.recovery_point = dated[0][1] if dated else None
        self.ready_before = dated[1][0] if len(dated) > 1 else None
        self.age = None if self.recovery_point is None else (now - self.recovery_point).total_seconds()
        self.max_age = self._max_age()
        self.warn_age = WARN_SHARE * self.max_age if rules.warn_age is None else rules.warn_age

    @property
    def last_attempt(self) -> Backup | None:
        """The newest backup of any status."""
        return self.attempts[0] if self.attempts else None

    @property
    def failed_since(self) -> Backup | None:
        """The newest backup since `last_ready` that failed, or takes too long."""
        if self.last_ready is None:
            return None
        since = self.last_ready.created_at
        assert since is not None  # it is dated
        newer = [each for each in self.attempts if each.created_at is None or each.created_at > since]
        return next((each for each in newer if each.status.is_failed or self._is_overdue(each)), None)

    @property
    def beginning(self) -> str | None:
        """Why it is too early to miss a backup, where it is: the first is on its way, or a schedule is young."""
        if not self.is_read or self.ready or any(each.status.is_failed for each in self.attempts):
            return None
        for backup in self.attempts:
            if backup.status.is_pending and not self._is_overdue(backup):
                begun = spelled(max(0.0, self.since(backup) or 0.0))
                return f"The first backup, {backup.backup_id!r}, was begun {begun} ago and is {str(backup.status)!r}."
        made_at = max((each.created_at for each in self._enabled() if each.created_at), default=None)
        if self.attempts or made_at is None or (age := (self.now - made_at).total_seconds()) > self.max_age:
            return None
        return f"There is no backup yet, but a schedule was made {spelled(max(0.0, age))} ago."

    def since(self, backup: Backup) -> float | None:
        """Seconds since the backup was begun."""
        return None if backup.created_at is None else (self.now - backup.created_at).total_seconds()

    def _is_overdue(self, backup: Backup) -> bool:
        if not backup.status.is_pending:
            return False
        pending_for = self.since(backup)
        return pending_for is None or pending_for > self.rules.pending_limit

    def _enabled(self) -> list[BackupSchedule]:
        return [schedule for schedule in self.state.schedules if schedule.enabled]

    def _max_age(self) -> float:
        if self.rules.max_age is not None:
            return self.rules.max_age
        intervals = [INTERVALS[each.frequency] for each in self._enabled() if each.frequency in INTERVALS]
        return min(intervals) + GRACE if intervals else WITHOUT_SCHEDULE


def of_one_index(rows: list[Backup]) -> list[Backup]:
    """The rows, newest first, that are of the index which bears the name now.

    Those of a deleted one are left out. Where still two indexes bore the name, the one with the newest backup counts.
    """
    rows = [row for row in rows if row.source_index_deleted_at is None]
    return [row for row in rows if row.source_index_id == rows[0].source_index_id]


def recovery_point(backup: Backup) -> datetime | None:
    """The moment that a restore of this backup brings back; None where it isn't dated."""
    if backup.created_at is None:
        return None
    return max(backup.created_at, _LONG_AGO + RECOVERY_LAG) - RECOVERY_LAG


def _newest_first(rows: Iterable[Backup]) -> list[Backup]:
    """Each backup once, in an order that doesn't depend on theirs. Of two rows of one, a settled one is the later."""
    once = {row.backup_id: row for row in sorted(rows, key=_progress)}.values()
    return sorted(once, key=lambda row: (row.created_at or _LONG_AGO, row.backup_id), reverse=True)


def _progress(row: Backup) -> tuple[Any, ...]:
    """Rows of one backup in the order in which they came to be, as far as they tell."""
    status, records = row.status, row.record_count or 0
    return status.is_settled, str(status), records, row.created_at or _LONG_AGO, row.source_index_id
