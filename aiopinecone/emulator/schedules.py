"""Backup schedules: when they run, and what a call may change about them."""

import calendar
from collections.abc import Iterator
from datetime import datetime, timedelta

from aiopinecone.emulator.records import Backup, Index, Project, Schedule
from aiopinecone.emulator.refusal import Refusal, not_found

FREQUENCIES = ("daily", "weekly", "monthly")
MAX_RETENTION_DAYS = 3_650


def next_run(frequency: str, moment: datetime) -> datetime:
    """The run after `moment`: a day, a week or a calendar month (its last day, where it is shorter) later."""
    if frequency == "monthly":
        year, month = moment.year + moment.month // 12, moment.month % 12 + 1
        day = min(moment.day, calendar.monthrange(year, month)[1])
        return moment.replace(year=year, month=month, day=day)
    return moment + timedelta(days=1 if frequency == "daily" else 7)


def run_name(schedule: Schedule, moment: datetime) -> str:
    """The name of the backup that a run makes."""
    return f"{schedule.name}-{moment:%Y%m%d%H%M%S}"


def due(schedules: list[Schedule], now: datetime) -> Iterator[tuple[Schedule, datetime]]:
    """Each (schedule, moment) whose run is due by now; the schedule's next run moves on with it."""
    for schedule in schedules:
        while schedule.next_run is not None and schedule.next_run <= now:
            moment = schedule.next_run
            schedule.next_run = next_run(schedule.frequency, moment)
            yield schedule, moment


def find(project: Project, schedule_id: str) -> Schedule:
    """The schedule with this id.

    Raises:
        Refusal: 404 when there is none.
    """
    for schedule in project.schedules:
        if schedule.schedule_id == schedule_id:
            return schedule
    raise not_found(f"Backup schedule {schedule_id} not found.")


def create(project: Project, schedule: Schedule) -> None:
    """Add an enabled schedule.

    Raises:
        Refusal: 409 when its index has an enabled one already.
    """
    _check_alone(project, schedule.index)
    project.schedules.append(schedule)


def update(
    project: Project,
    schedule: Schedule,
    now: datetime,
    *,
    frequency: str | None,
    expire_after: timedelta | None,
    enabled: bool | None,
) -> None:
    """Change what is not None. A new frequency, or enabling, plans the next run from now; a new retention
    holds for the backups already made too.

    Raises:
        Refusal: 409 when enabling it while its index has another enabled one.
    """
    if enabled and not schedule.enabled:
        _check_alone(project, schedule.index)
    replan = (enabled and not schedule.enabled) or (frequency is not None and frequency != schedule.frequency)
    schedule.frequency = frequency or schedule.frequency
    schedule.enabled = schedule.enabled if enabled is None else enabled
    if not schedule.enabled:
        schedule.next_run = None
    elif replan:
        schedule.next_run = next_run(schedule.frequency, now)
    if expire_after is not None:
        schedule.expire_after = expire_after
        for backup in history(project, schedule):
            if not backup.deleting:
                backup.gone_at = backup.created_at + expire_after


def history(project: Project, schedule: Schedule) -> list[Backup]:
    """The backups that the schedule made and that still exist, newest first."""
    return [backup for backup in project.backups if backup.schedule_id == schedule.schedule_id]


def planned(schedule: Schedule) -> list[Backup]:
    """The next run as a row of the history: one backup that has not begun, or none while disabled."""
    if schedule.next_run is None:
        return []
    name = run_name(schedule, schedule.next_run)
    values = {"name": name, "record_count": None, "namespace_count": None, "size_bytes": None}
    planned_id = f"{schedule.schedule_id}-{schedule.next_run:%Y%m%d%H%M%S}"
    return [Backup(planned_id, schedule.index, schedule.created_at, "Initializing", values=values)]


def _check_alone(project: Project, index: Index) -> None:
    if any(other.index is index and other.enabled for other in project.schedules):
        raise Refusal(409, "ALREADY_EXISTS", f"Index {index.name} has an enabled backup schedule already.")
