"""Indexes and backups as a program asks for them, made into records."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from aiopinecone.emulator import schedules
from aiopinecone.emulator.records import PENDING, Backup, Index, Project, Schedule, duration
from aiopinecone.emulator.refusal import Refusal
from aiopinecone.emulator.state import BYTES_PER_RECORD, State

_FIELDS = frozenset(
    {"name", "description", "cloud", "region", "dimension", "metric", "schema", "record_count",
     "namespace_count", "size_bytes", "tags"}
)  # fmt: skip


def make_index(state: State, name: str, **fields: Any) -> Index:
    """Add an active index to the first project; the arguments are those of `Emulator.add_index`."""
    project = state.projects[0]
    if _active(project, name) is not None:
        raise ValueError(f"there is an index {name!r} already")
    index = Index(name, state.new_id(), state.clock.now, **fields)
    if index.deployment not in {"managed", "pod"}:
        raise ValueError(f"deployment must be managed or pod, not {index.deployment!r}")
    project.indexes.append(index)
    return index


def make_backup(
    state: State,
    *,
    backup_id: str | None,
    source_index_name: str,
    source_index_id: str | None,
    status: str | None,
    created_at: datetime | str | None,
    fails: bool,
    absent: Iterable[str],
    fields: dict[str, Any],
) -> Backup:
    """Add a backup to the first project; the arguments are those of `Emulator.add_backup`."""
    unknown = sorted(fields.keys() - _FIELDS)
    if unknown:
        raise TypeError(f"a backup has no field {', '.join(unknown)}")
    status = status or ("Initializing" if fails else "Ready")
    if fails and status not in PENDING:
        raise ValueError(f"a backup that fails begins pending, not {status!r}")
    moment, sent = _moment(created_at, state.clock.now)
    index = _source(state, source_index_name, source_index_id)
    backup = Backup(backup_id or state.new_id(), index, moment, status, absent=frozenset(absent))
    backup.values = {
        "name": None, "description": None, "tags": {}, "record_count": index.record_count,
        "namespace_count": 1, "size_bytes": index.record_count * BYTES_PER_RECORD,
    } | fields | sent  # fmt: skip
    if status in PENDING:
        count = backup.values["record_count"]
        backup.settles_at = moment + duration(count if isinstance(count, int) else index.record_count)
        backup.moving_as, backup.status = status, "InitializationFailed" if fails else "Ready"
    state.put(state.projects[0], backup)
    return backup


def make_schedule(state: State, index_name: str, *, frequency: str, enabled: bool) -> Schedule:
    """Add a schedule to an index of the first project; the arguments are those of `Emulator.add_schedule`."""
    if frequency not in schedules.FREQUENCIES:
        raise ValueError(f"frequency must be one of {', '.join(schedules.FREQUENCIES)}, not {frequency!r}")
    project, now = state.projects[0], state.clock.now
    try:
        index = state.active_index(project, index_name)
        next_run = schedules.next_run(frequency, now) if enabled else None
        schedule = Schedule(
            state.new_id(), f"{frequency}-backups", index, frequency, timedelta(days=30), now, enabled, next_run
        )
        if enabled:
            schedules.create(project, schedule)
        else:
            project.schedules.append(schedule)
    except Refusal as refusal:
        raise ValueError(refusal.message) from None
    return schedule


def _moment(created_at: datetime | str | None, now: datetime) -> tuple[datetime, dict[str, str]]:
    """The moment, and the `created_at` to send where it was given as text."""
    if isinstance(created_at, str):
        moment, sent = datetime.fromisoformat(created_at), {"created_at": created_at}
    else:
        moment, sent = created_at or now, {}
    if moment.tzinfo is None:
        raise ValueError(f"created_at must tell its time zone: {created_at!r}")
    return moment, sent


def _source(state: State, name: str, index_id: str | None) -> Index:
    project = state.projects[0]
    active = _active(project, name)
    if index_id is None and active is not None:
        return active
    for index in project.indexes:
        if (index.name, index.index_id) == (name, index_id):
            return index
    now = state.clock.now
    index = Index(name, index_id or state.new_id(), now, deleted_at=now if active else None)
    project.indexes.append(index)
    return index


def _active(project: Project, name: str) -> Index | None:
    return next((index for index in project.indexes if index.name == name and index.deleted_at is None), None)
