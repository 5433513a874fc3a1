"""What each call of the API does: a `Call` in, a status and a JSON body (or None) out. Pure."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from aiopinecone.emulator import schedules, shapes
from aiopinecone.emulator.pages import page
from aiopinecone.emulator.records import Backup, Project, Schedule
from aiopinecone.emulator.refusal import invalid
from aiopinecone.emulator.shapes import VERSIONS, Json
from aiopinecone.emulator.state import State

Reply = tuple[int, Json | None]


@frozen
class Call:
    """One authenticated call: `path` and `query` are decoded, `body` is as it came."""

    state: State
    project: Project
    version: str
    now: datetime
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    legacy_shape: bool

    def backup_json(self, backup: Backup) -> Json:
        """The backup in the shape of this call's version."""
        return shapes.backup_json(backup, self.version, self.now, legacy_shape=self.legacy_shape)

    def page(self, rows: list[Any], to_json: Callable[[Any], Json]) -> Reply:
        """One page of the rows."""
        asked, pagination = page(rows, self.query, self.version)
        return 200, {"data": [to_json(row) for row in asked], **pagination}

    def fields(self) -> "Fields":
        """The JSON object of the body; an empty body is an empty object.

        Raises:
            Refusal: 400 when it is not a JSON object.
        """
        try:
            value = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            raise invalid("The body is not JSON.") from None
        return Fields(value, "The body")


_JSON_TYPES: dict[type, str] = {str: "a string", int: "an integer", bool: "a boolean", dict: "an object"}


class Fields:
    """A JSON object whose fields are asked for with their types.

    Raises:
        Refusal: 400 when it is not an object, or a field is missing or of another type.
    """

    def __init__(self, value: object, name: str) -> None:
        if not isinstance(value, dict):
            raise invalid(f"{name} must be a JSON object.")
        self._fields: Json = value

    def get(self, name: str, kind: type, default: Any = None) -> Any:
        """The field, or `default` where it is absent or null."""
        value = self._fields.get(name)
        if value is None:
            return default
        # To JSON 3.0 is an integer and true is none; to Python it is the other way round.
        if kind is int and isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise invalid(f"{name} must be {_JSON_TYPES[kind]}.")
        return value

    def require(self, name: str, kind: type) -> Any:
        """The field, which must be there."""
        value = self.get(name, kind)
        if value is None:
            raise invalid(f"{name} is required.")
        return value

    def within(self, name: str, *, required: bool = False) -> "Fields":
        """The object inside this one, or an empty one."""
        return Fields(self.require(name, dict) if required else self.get(name, dict, {}), name)


def describe_backup(call: Call) -> Reply:
    return 200, call.backup_json(call.state.backup(call.project, call.path["backup_id"]))


def list_backups(call: Call) -> Reply:
    return call.page(call.project.backups, call.backup_json)


def list_index_backups(call: Call) -> Reply:
    asked = call.query.get("include_deleted", "false")
    if asked not in {"true", "false"}:
        raise invalid("include_deleted must be true or false.")
    include_deleted = asked == "true" and call.version == shapes.NEWEST
    rows = call.state.backups_of(call.project, call.path["index_name"], include_deleted=include_deleted)

    def to_json(backup: Backup) -> Json:
        deleted_at = backup.index.deleted_at
        told = {"source_index_deleted_at": deleted_at and shapes.timestamp(deleted_at)}
        return call.backup_json(backup) | (told if include_deleted else {})

    return call.page(rows, to_json)


def create_backup(call: Call) -> Reply:
    fields = call.fields()
    values = {"name": fields.get("name", str), "description": fields.get("description", str)}
    backup = call.state.create_backup(call.project, call.path["index_name"], values)
    # The backend writes nanoseconds in this one answer.
    created_at = shapes.timestamp(backup.created_at, digits=9)
    return 201, call.backup_json(backup) | {"created_at": created_at}


def delete_backup(call: Call) -> Reply:
    call.state.delete_backup(call.project, call.path["backup_id"])
    return 202, None


def restore_backup(call: Call) -> Reply:
    fields = call.fields()
    name = fields.require("name", str)
    protection = fields.get("deletion_protection", str, "disabled")
    if protection not in {"enabled", "disabled"}:
        raise invalid("deletion_protection must be enabled or disabled.")
    options = {"deletion_protection": protection, "read_capacity": fields.get("read_capacity", dict)}
    tags = fields.get("tags", dict)
    if tags is not None:
        if not all(isinstance(value, str) for value in tags.values()):
            raise invalid("tags must be strings.")
        options["tags"] = tags
    job = call.state.restore(call.project, call.path["backup_id"], name, options)
    return 202, {"restore_job_id": job.restore_job_id, "index_id": job.target.index_id}


def list_restore_jobs(call: Call) -> Reply:
    return call.page(call.project.restore_jobs, lambda job: shapes.restore_job_json(job, call.now))


def describe_restore_job(call: Call) -> Reply:
    return 200, shapes.restore_job_json(call.state.restore_job(call.project, call.path["job_id"]), call.now)


def list_indexes(call: Call) -> Reply:
    active = [index for index in call.project.indexes if index.deleted_at is None]
    return 200, {"indexes": [shapes.index_json(index, call.version, call.now) for index in active]}


def describe_index(call: Call) -> Reply:
    index = call.state.active_index(call.project, call.path["index_name"])
    return 200, shapes.index_json(index, call.version, call.now)


def create_schedule(call: Call) -> Reply:
    call.state.check_plan()
    fields = call.fields()
    name, timing = fields.require("name", str), fields.within("schedule", required=True)
    if timing.require("type", str) != "time-based":
        raise invalid("schedule.type must be time-based.")
    frequency = _frequency(timing.require("frequency", str))
    expire_after = _retention(fields.within("retention", required=True).require("expire_after_days", int))
    index = call.state.active_index(call.project, call.path["index_name"])
    first = schedules.next_run(frequency, call.now)
    schedule = Schedule(
        call.state.new_id(), name, index, frequency, expire_after, call.now, enabled=True, next_run=first
    )
    schedules.create(call.project, schedule)
    return 201, shapes.schedule_json(schedule, call.project.project_id)


def list_schedules(call: Call) -> Reply:
    call.state.check_plan()
    index = call.state.active_index(call.project, call.path["index_name"])
    rows = [schedule for schedule in call.project.schedules if schedule.index is index]
    return call.page(rows, lambda row: shapes.schedule_json(row, call.project.project_id))


def describe_schedule(call: Call) -> Reply:
    return 200, shapes.schedule_json(_schedule(call), call.project.project_id)


def update_schedule(call: Call) -> Reply:
    schedule, fields = _schedule(call), call.fields()
    frequency = fields.get("frequency", str)
    days = fields.within("retention").get("expire_after_days", int)
    schedules.update(
        call.project, schedule, call.now,
        frequency=None if frequency is None else _frequency(frequency),
        expire_after=None if days is None else _retention(days),
        enabled=fields.get("enabled", bool),
    )  # fmt: skip
    return 200, shapes.schedule_json(schedule, call.project.project_id)


def delete_schedule(call: Call) -> Reply:
    call.project.schedules.remove(_schedule(call))
    return 204, None


def list_schedule_history(call: Call) -> Reply:
    schedule = _schedule(call)
    rows = schedules.planned(schedule) + schedules.history(call.project, schedule)
    return call.page(rows, call.backup_json)


def _schedule(call: Call) -> Schedule:
    call.state.check_plan()
    return schedules.find(call.project, call.path["schedule_id"])


def _frequency(value: str) -> str:
    if value not in schedules.FREQUENCIES:
        raise invalid(f"frequency must be one of {', '.join(schedules.FREQUENCIES)}.")
    return value


def _retention(days: int) -> timedelta:
    if not 1 <= days <= schedules.MAX_RETENTION_DAYS:
        raise invalid(f"expire_after_days must be from 1 to {schedules.MAX_RETENTION_DAYS}.")
    return timedelta(days=days)


@frozen
class Route:
    """One route of the API. Its name is that of its handler; it exists in `versions` only."""

    method: str
    path: str
    handler: Callable[[Call], Reply]
    versions: tuple[str, ...] = VERSIONS

    @property
    def name(self) -> str:
        """As `Emulator.requests` and `Emulator.add_fault` spell it."""
        return self.handler.__name__


_NEWEST_ONLY = (shapes.NEWEST,)

ROUTES = (
    Route("GET", "/backups", list_backups),
    Route("GET", "/backups/{backup_id}", describe_backup),
    Route("DELETE", "/backups/{backup_id}", delete_backup),
    Route("POST", "/backups/{backup_id}/create-index", restore_backup),
    Route("GET", "/indexes", list_indexes),
    Route("GET", "/indexes/{index_name}", describe_index),
    Route("GET", "/indexes/{index_name}/backups", list_index_backups),
    Route("POST", "/indexes/{index_name}/backups", create_backup),
    Route("GET", "/restore-jobs", list_restore_jobs),
    Route("GET", "/restore-jobs/{job_id}", describe_restore_job),
    Route("GET", "/indexes/{index_name}/backup-schedules", list_schedules, _NEWEST_ONLY),
    Route("POST", "/indexes/{index_name}/backup-schedules", create_schedule, _NEWEST_ONLY),
    Route("GET", "/backup-schedules/{schedule_id}", describe_schedule, _NEWEST_ONLY),
    Route("PATCH", "/backup-schedules/{schedule_id}", update_schedule, _NEWEST_ONLY),
    Route("DELETE", "/backup-schedules/{schedule_id}", delete_schedule, _NEWEST_ONLY),
    Route("GET", "/backup-schedules/{schedule_id}/history", list_schedule_history, _NEWEST_ONLY),
)
