"""A record as the JSON of each API version."""

from datetime import UTC, datetime
from typing import Any

from aiopinecone.emulator.records import COUNTS, Backup, Index, RestoreJob, Schedule

VERSIONS = ("2025-04", "2025-10", "2026-01.alpha", "2026-04", "2026-07")
NEWEST = "2026-07"
OLDEST = "2025-04"

_TYPED = frozenset({"2026-01.alpha", "2026-07"})
_MICROSECONDS = 6

Json = dict[str, Any]


def timestamp(moment: datetime, digits: int = 6, zone: str = "Z", separator: str = "T") -> str:
    """An RFC 3339 timestamp with so many fractional digits (0 to 9)."""
    moment = moment.astimezone(UTC)
    whole = moment.strftime(f"%Y-%m-%d{separator}%H:%M:%S")
    # A datetime has no nanoseconds: three more digits are made up from those it has.
    fraction = f"{moment.microsecond:06d}{moment.microsecond * 7 % 1000:03d}"[:digits]
    return f"{whole}.{fraction}{zone}" if digits else f"{whole}{zone}"


def typed_schema(index: Index) -> Json:
    """The schema as 2026-07 tells it: the vector field and each metadata field with its type."""
    vector: Json = {"type": "dense_vector", "dimension": index.dimension, "metric": index.metric}
    if index.model is not None:
        vector |= {"type": "semantic_text", "model": index.model}
    elif index.dimension == 0:
        vector = {"type": "sparse_vector"}
    metadata = {name: {"type": kind, "filterable": True} for name, kind in index.metadata.items()}
    return {"fields": {"embedding": vector, **metadata}}


def untyped_schema(index: Index) -> Json | None:
    """The schema as older versions tell it: metadata fields only, none of them typed."""
    fields = {name: {"filterable": True} for name in index.metadata}
    return {"fields": fields} if fields else None


def backup_json(backup: Backup, version: str, now: datetime, *, legacy_shape: bool = False) -> Json:
    """A Backup object in the shape of a version; `legacy_shape` gives 2026-07 the shape of 2025-10."""
    index = backup.index
    body: Json = {
        "backup_id": backup.backup_id,
        "source_index_name": index.name,
        "source_index_id": index.index_id,
        "cloud": index.cloud,
        "region": index.region,
        "created_at": timestamp(backup.created_at, backup.digits, backup.zone, backup.separator),
        "dimension": index.dimension,
        **_schema(index, version, legacy_shape=legacy_shape),
        **backup.values,
        "status": backup.status_at(now),
    }
    if backup.pending(now):
        body |= {count: None for count in COUNTS if count in body}
    if legacy_shape and version == NEWEST:
        body["tags"] = body.get("tags") or None
    elif version in _TYPED:
        body = {name: value for name, value in body.items() if name not in {"dimension", "metric"}}
    elif version == OLDEST:
        body.pop("schema", None)
    return {name: value for name, value in body.items() if name not in backup.absent}


def _schema(index: Index, version: str, *, legacy_shape: bool) -> Json:
    if version in _TYPED and not (legacy_shape and version == NEWEST):
        return {"schema": typed_schema(index)}
    return {"schema": untyped_schema(index)}


def index_json(index: Index, version: str, now: datetime) -> Json:
    """An Index object in the shape of a version. Its host is made up: there is no data plane here."""
    ready = index.ready(now)
    body: Json = {
        "name": index.name,
        "host": f"{index.name}-{index.index_id[:7]}.svc.emulator.invalid",
        "status": {"ready": ready, "state": "Ready" if ready else "Initializing"},
        "deletion_protection": index.deletion_protection,
        "tags": index.tags,
    }
    if version == NEWEST:
        capacity = index.read_capacity or {"mode": "OnDemand"}
        return body | {
            "schema": typed_schema(index),
            "deployment": _deployment(index),
            "read_capacity": {**capacity, "status": {"state": "Ready"}},
            "source_backup_id": index.source_backup_id,
        }
    where = {"cloud": index.cloud, "region": index.region}
    pod = {"environment": _environment(index), "pod_type": "p1.x1", "replicas": 1, "shards": 1, "pods": 1}
    return body | {
        "dimension": index.dimension or None,
        "metric": index.metric,
        "vector_type": "dense" if index.dimension else "sparse",
        "spec": {"pod": pod} if index.deployment == "pod" else {"serverless": where},
    }


def _deployment(index: Index) -> Json:
    if index.deployment == "pod":
        size = {"pod_type": "p1.x1", "replicas": 1, "shards": 1}
        return {"deployment_type": "pod", "environment": _environment(index), **size}
    where = {"cloud": index.cloud, "region": index.region, "environment": _environment(index)}
    return {"deployment_type": "managed", **where}


def _environment(index: Index) -> str:
    return f"{index.region}-{index.cloud}"


def schedule_json(schedule: Schedule, project_id: str) -> Json:
    """A BackupSchedule object."""
    return {
        "schedule_id": schedule.schedule_id,
        "name": schedule.name,
        "index_id": schedule.index.index_id,
        "project_id": project_id,
        "schedule_type": "time-based",
        "frequency": schedule.frequency,
        "retention_expire_after_days": schedule.expire_after.days,
        "enabled": schedule.enabled,
        "next_scheduled_run": None if schedule.next_run is None else timestamp(schedule.next_run),
        "created_at": timestamp(schedule.created_at),
    }


def restore_job_json(job: RestoreJob, now: datetime) -> Json:
    """A RestoreJob object: `completed_at` and `percent_complete` are null until it is done."""
    pending = job.pending(now)
    return {
        "restore_job_id": job.restore_job_id,
        "backup_id": job.backup_id,
        "target_index_name": job.target.name,
        "target_index_id": job.target.index_id,
        "status": "Pending" if pending else "Completed",
        "created_at": timestamp(job.created_at),
        "completed_at": None if pending else timestamp(job.completes_at),
        "percent_complete": None if pending else 100.0,
    }
