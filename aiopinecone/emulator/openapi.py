"""The OpenAPI document of what the emulator answers, in the shapes of 2026-07."""

from typing import Any

from aiopinecone.emulator.calls import ROUTES, Route
from aiopinecone.emulator.pages import MAX_LIMIT
from aiopinecone.emulator.schedules import FREQUENCIES, MAX_RETENTION_DAYS
from aiopinecone.emulator.shapes import VERSIONS, Json

_STRING: Json = {"type": "string"}
_COUNT: Json = {"type": ["integer", "null"], "minimum": 0}
_MAYBE: Json = {"type": ["string", "null"]}
_TAGS: Json = {"type": ["object", "null"]}
_TIME: Json = {"type": "string", "minLength": 20}
_MAYBE_TIME: Json = {"type": ["string", "null"]}


def _object(required: Json, **optional: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _page_of(name: str) -> Json:
    pagination = {"anyOf": [_object({"next": _STRING}), {"type": "null"}]}
    return _object({"data": {"type": "array", "items": _ref(name)}}, pagination=pagination)


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


_FREQUENCY: Json = {"type": "string", "enum": list(FREQUENCIES)}
_DAYS: Json = {"type": "integer", "minimum": 1, "maximum": MAX_RETENTION_DAYS}

SCHEMAS: Json = {
    "Error": _object(
        {"error": _object({"code": _STRING, "message": _STRING}), "status": {"type": "integer"}}
    ),
    "Backup": _object(
        {
            "backup_id": _STRING, "source_index_name": _STRING, "source_index_id": _STRING,
            "status": _STRING, "cloud": _STRING, "region": _STRING,
        },
        created_at=_STRING, source_index_deleted_at=_MAYBE_TIME, name=_MAYBE, description=_MAYBE,
        schema={"type": ["object", "null"]}, tags=_TAGS,
        record_count=_COUNT, namespace_count=_COUNT, size_bytes=_COUNT,
    ),
    "BackupPage": _page_of("Backup"),
    "Index": _object(
        {
            "name": _STRING, "host": _STRING, "deletion_protection": _STRING,
            "status": _object({"ready": {"type": "boolean"}, "state": _STRING}),
        },
        tags=_TAGS, schema={"type": "object"}, deployment={"type": "object"},
    ),
    "IndexList": _object({"indexes": {"type": "array", "items": _ref("Index")}}),
    "RestoreJob": _object(
        {
            "restore_job_id": _STRING, "backup_id": _STRING, "target_index_name": _STRING,
            "target_index_id": _STRING, "status": {"enum": ["Pending", "Completed"]}, "created_at": _TIME,
        },
        completed_at=_MAYBE_TIME, percent_complete={"type": ["number", "null"]},
    ),
    "RestoreJobPage": _page_of("RestoreJob"),
    "RestoreStarted": _object({"restore_job_id": _STRING, "index_id": _STRING}),
    "Schedule": _object(
        {
            "schedule_id": _STRING, "name": _STRING, "index_id": _STRING, "project_id": _STRING,
            "schedule_type": _STRING, "frequency": _FREQUENCY, "retention_expire_after_days": _DAYS,
            "enabled": {"type": "boolean"}, "created_at": _TIME,
        },
        next_scheduled_run=_MAYBE_TIME,
    ),
    "SchedulePage": _page_of("Schedule"),
    "NewBackup": _object({}, name=_MAYBE, description=_MAYBE),
    "NewIndex": _object(
        {"name": {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$"}},
        tags={"type": "object", "additionalProperties": _STRING},
        deletion_protection={"type": "string", "enum": ["enabled", "disabled"]},
        read_capacity={"type": "object"},
    ),
    "NewSchedule": _object(
        {
            "name": _STRING,
            "schedule": _object({"type": {"const": "time-based"}, "frequency": _FREQUENCY}),
            "retention": _object({"expire_after_days": _DAYS}),
        },
    ),
    "ScheduleChange": _object(
        {}, frequency=_FREQUENCY, retention=_object({}, expire_after_days=_DAYS), enabled={"type": "boolean"}
    ),
}  # fmt: skip

# Route -> (success, its schema or None, schema of the body or None, the errors beside 400, 401 and 500).
_ANSWERS: dict[str, tuple[int, str | None, str | None, tuple[int, ...]]] = {
    "describe_backup": (200, "Backup", None, (404,)),
    "list_backups": (200, "BackupPage", None, ()),
    "list_index_backups": (200, "BackupPage", None, (404,)),
    "create_backup": (201, "Backup", "NewBackup", (403, 404)),
    "delete_backup": (202, None, None, (404, 412)),
    "restore_backup": (202, "RestoreStarted", "NewIndex", (403, 404, 409, 412, 422)),
    "list_restore_jobs": (200, "RestoreJobPage", None, ()),
    "describe_restore_job": (200, "RestoreJob", None, (404,)),
    "list_indexes": (200, "IndexList", None, ()),
    "describe_index": (200, "Index", None, (404,)),
    "create_schedule": (201, "Schedule", "NewSchedule", (403, 404, 409)),
    "list_schedules": (200, "SchedulePage", None, (403, 404)),
    "describe_schedule": (200, "Schedule", None, (403, 404)),
    "update_schedule": (200, "Schedule", "ScheduleChange", (403, 404, 409)),
    "delete_schedule": (204, None, None, (403, 404)),
    "list_schedule_history": (200, "BackupPage", None, (403, 404)),
}

_PAGING: list[Json] = [
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}},
    {"name": "paginationToken", "in": "query", "schema": _STRING},
]
_INCLUDE_DELETED: Json = {"name": "include_deleted", "in": "query", "schema": {"type": "boolean"}}


def document() -> dict[str, Any]:
    """The document, OpenAPI 3.1."""
    paths: dict[str, Json] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pinecone's backups, as aiopinecone's emulator answers them",
            "version": VERSIONS[-1],
        },
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"ApiKey": {"type": "apiKey", "in": "header", "name": "Api-Key"}},
        },
        "security": [{"ApiKey": []}],
    }


def _operation(route: Route) -> Json:
    success, schema, body, errors = _ANSWERS[route.name]
    parts = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    path = [{"name": part, "in": "path", "required": True, "schema": _STRING} for part in parts]
    paging = _PAGING if schema is not None and schema.endswith("Page") else []
    deleted = [_INCLUDE_DELETED] if route.name == "list_index_backups" else []
    operation: Json = {
        "operationId": route.name,
        "parameters": [_version(route), *path, *paging, *deleted],
        "responses": {
            str(success): {"description": "Done", **(_content(schema) if schema else {})},
            **{str(status): _error(status) for status in sorted({400, 401, 500, *errors, *_version_gate(route)})},
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": body not in {"NewBackup", "ScheduleChange"}, **_content(body)}
    return operation


def _version(route: Route) -> Json:
    return {
        "name": "X-Pinecone-Api-Version",
        "in": "header",
        "description": "Without it, the oldest stable version answers.",
        "schema": {"type": "string", "enum": list(route.versions)},
    }


def _version_gate(route: Route) -> tuple[int, ...]:
    """Versions without the route answer 404."""
    return () if route.versions == VERSIONS else (404,)


def _content(schema: str) -> Json:
    return {"content": {"application/json": {"schema": _ref(schema)}}}


def _error(status: int) -> Json:
    # Under 2026-07 a 404 is JSON under text/plain, and a 401 is plain words.
    plain = {"text/plain": {"schema": _STRING}} if status in {401, 404} else {}
    return {"description": "Refused", "content": _content("Error")["content"] | plain}
