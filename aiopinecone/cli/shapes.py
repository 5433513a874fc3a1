"""How backups look in each format."""

from datetime import datetime
from typing import Any

from aiopinecone import Backup, BackupStatus
from aiopinecone.cli import words
from aiopinecone.cli.printing import Shape
from aiopinecone.cli.tables import Column

# The keys of `Inventory.to_records()`.
KEYS = (
    "backup_id",
    "source_index_name",
    "source_index_id",
    "status",
    "cloud",
    "region",
    "name",
    "description",
    "dimension",
    "metric",
    "schema",
    "record_count",
    "namespace_count",
    "size_bytes",
    "tags",
    "created_at",
    "source_index_deleted_at",
)


def backups(now: datetime) -> Shape[Backup]:
    """Backups, whose ages count from this moment."""
    columns = [
        Column[Backup]("ID", lambda row: words.literal(row.backup_id)),
        Column[Backup]("NAME", lambda row: words.or_dash(row.name), fold=True, wide=True),
        Column[Backup]("INDEX", lambda row: words.literal(row.source_index_name), fold=True),
        Column[Backup]("INDEX ID", lambda row: words.literal(row.source_index_id), wide=True),
        Column[Backup]("STATUS", lambda row: words.literal(row.status), style=status_style),
        Column[Backup]("CLOUD", lambda row: words.literal(row.cloud), wide=True),
        Column[Backup]("REGION", lambda row: words.literal(row.region), wide=True),
        Column[Backup]("DIMENSION", lambda row: words.number(row.dimension), right=True, wide=True),
        Column[Backup]("METRIC", lambda row: words.or_dash(row.metric), wide=True),
        Column[Backup]("NAMESPACES", lambda row: words.number(row.namespace_count), right=True, wide=True),
        Column[Backup]("RECORDS", lambda row: words.number(row.record_count), right=True),
        Column[Backup]("SIZE", lambda row: words.size(row.size_bytes), right=True),
        Column[Backup]("CREATED", lambda row: words.stamp(row.created_at), wide=True),
        Column[Backup]("AGE", lambda row: words.since(row.created_at, now), right=True),
        Column[Backup]("DESCRIPTION", lambda row: words.or_dash(row.description), wide=True),
    ]
    return Shape(
        columns=columns,
        keys=KEYS,
        record=record,
        wire=Backup.to_dict,
        name=lambda row: row.backup_id,
        document=lambda rows: {"backups": [row.to_dict() for row in rows]},
        nothing="There are no backups.",
    )


def record(row: Backup) -> dict[str, Any]:
    """The backup by its keys, None where the answer didn't tell; moments are datetimes."""
    return {key: getattr(row, key) for key in KEYS}


def status_style(row: Backup) -> str:
    """How rich shows the status of this backup."""
    return style_of(row.status)


def style_of(status: BackupStatus) -> str:
    """How rich shows a status: what needs somebody is red."""
    if status.is_ready:
        return "green"
    return "red" if status.is_failed else "yellow" if status.is_pending else ""
