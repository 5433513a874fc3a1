"""What a project holds: indexes, backups, schedules and restore jobs, as plain records."""

from datetime import datetime, timedelta
from typing import Any

from attrs import define, field

PENDING = frozenset({"Initializing", "Pending", "Scheduled"})
COUNTS = ("record_count", "namespace_count", "size_bytes")

_SHORT = timedelta(minutes=10)
_LONG = timedelta(hours=5)
_SMALL, _LARGE = 1_000_000, 100_000_000


@define(eq=False)
class Index:
    """An index. `metadata` maps a filterable field to its type; `model` is that of an integrated index.

    `dimension` is 0 for a sparse index. `deployment` is "managed" or "pod".
    """

    name: str
    index_id: str
    created_at: datetime
    cloud: str = "aws"
    region: str = "us-east-1"
    dimension: int = 1024
    metric: str = "cosine"
    model: str | None = None
    metadata: dict[str, str] = field(factory=dict)
    record_count: int = 1_000
    deployment: str = "managed"
    deletion_protection: str = "disabled"
    tags: dict[str, str] | None = None
    read_capacity: dict[str, Any] | None = None
    source_backup_id: str | None = None
    backups_fail: bool = False
    ready_at: datetime | None = None
    deleted_at: datetime | None = None

    def ready(self, now: datetime) -> bool:
        """Whether the index serves requests: a restored one does not at first."""
        return self.ready_at is None or self.ready_at <= now


@define(eq=False)
class Backup:
    """A backup. `values` are wire fields sent as they stand; those in `absent` are left out.

    While it moves it shows `moving_as`, from `settles_at` on `status`; `gone_at` is when it stops to exist.
    `digits`, `zone` and `separator` say how its `created_at` is written.
    """

    backup_id: str
    index: Index
    created_at: datetime
    status: str = "Ready"
    moving_as: str = "Initializing"
    settles_at: datetime | None = None
    values: dict[str, Any] = field(factory=dict)
    absent: frozenset[str] = frozenset()
    digits: int = 6
    zone: str = "Z"
    separator: str = "T"
    schedule_id: str | None = None
    deleting: bool = False
    gone_at: datetime | None = None

    def status_at(self, now: datetime) -> str:
        """The status that the API shows at this moment."""
        if self.deleting:
            return "Terminating"
        if self.settles_at is not None and now < self.settles_at:
            return self.moving_as
        return self.status

    def pending(self, now: datetime) -> bool:
        """Whether it is still being made, so that its counts are not known yet."""
        return self.status_at(now) in PENDING


@define(eq=False)
class Schedule:
    """A backup schedule of one index; `next_run` is None while it is disabled."""

    schedule_id: str
    name: str
    index: Index
    frequency: str
    expire_after: timedelta
    created_at: datetime
    enabled: bool
    next_run: datetime | None


@define(eq=False)
class RestoreJob:
    """One restore: Pending until `completes_at`, then Completed."""

    restore_job_id: str
    backup_id: str
    target: Index
    created_at: datetime
    completes_at: datetime

    def pending(self, now: datetime) -> bool:
        """Whether it is still running."""
        return now < self.completes_at


@define(eq=False)
class Project:
    """All that one API key can see. `backups` and `restore_jobs` stand newest first."""

    name: str
    project_id: str
    api_key: str
    indexes: list[Index] = field(factory=list)
    backups: list[Backup] = field(factory=list)
    by_id: dict[str, Backup] = field(factory=dict)
    leaving: list[Backup] = field(factory=list)
    schedules: list[Schedule] = field(factory=list)
    restore_jobs: list[RestoreJob] = field(factory=list)


def duration(record_count: int) -> timedelta:
    """How long a backup or a restore of so many records takes: 10 minutes below a million, then
    in proportion up to 5 hours at 100 million, and never longer.
    """
    beyond = min(max(record_count, _SMALL), _LARGE) - _SMALL
    return _SHORT + (_LONG - _SHORT) * (beyond / (_LARGE - _SMALL))
