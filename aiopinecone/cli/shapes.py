"""How backups look in each format."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from aiopinecone import Backup, BackupStatus, IndexInventory, Inventory
from aiopinecone.cli import words
from aiopinecone.cli.printing import Shape
from aiopinecone.cli.tables import Column

_ANY_TIME = datetime.min.replace(tzinfo=UTC)
_SOME_BACKUP = Backup(
    backup_id="", source_index_name="", source_index_id="", status=BackupStatus.READY, cloud="", region=""
)
KEYS = tuple(Inventory([_SOME_BACKUP], _ANY_TIME).to_records()[0])


def backups() -> Shape[Backup]:
    """Backups, whose ages count to the time at which they are shown."""
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
        Column[Backup]("AGE", lambda row: words.since(row.created_at, datetime.now(UTC)), right=True),
        Column[Backup]("DESCRIPTION", lambda row: words.or_dash(row.description), wide=True),
    ]
    return _shape(columns)


def changes() -> Shape[Backup]:
    """Backups as they change, with the time of day at which that was seen."""
    columns = [
        Column[Backup]("SEEN AT", lambda _: f"{datetime.now(UTC):%H:%M:%SZ}", least=9),
        Column[Backup]("ID", lambda row: words.literal(row.backup_id), least=36),
        Column[Backup]("INDEX", lambda row: words.literal(row.source_index_name), least=16),
        Column[Backup]("STATUS", lambda row: words.literal(row.status), least=20, style=status_style),
        Column[Backup]("RECORDS", lambda row: words.number(row.record_count), least=11, right=True),
        Column[Backup]("SIZE", lambda row: words.size(row.size_bytes), least=9, right=True),
    ]
    return _shape(columns)


def _shape(columns: list[Column[Backup]]) -> Shape[Backup]:
    return Shape(
        columns=columns,
        keys=KEYS,
        record=record,
        wire=Backup.to_dict,
        name=lambda row: row.backup_id,
        document=lambda rows: {"backups": [row.to_dict() for row in rows]},
        nothing="There are no backups.",
    )


@attrs.frozen
class IndexRow:
    """The backups under one name of an index, in numbers."""

    name: str
    numbers: IndexInventory

    def record(self) -> dict[str, Any]:
        """By keys that mean the same as those of a backup, but sums, and the time of the newest that is ready."""
        newest = self.numbers.newest_ready
        return {
            "source_index_name": self.name,
            "count": self.numbers.count,
            "record_count": self.numbers.total_records,
            "size_bytes": self.numbers.total_bytes,
            "created_at": newest and newest.created_at,
        }


def indexes() -> Shape[IndexRow]:
    """An inventory by index, for people; machines get its backups."""
    columns = [
        Column[IndexRow]("INDEX", lambda row: words.literal(row.name), fold=True),
        Column[IndexRow]("BACKUPS", lambda row: words.number(row.numbers.count), right=True),
        Column[IndexRow]("RECORDS", lambda row: words.number(row.numbers.total_records), right=True),
        Column[IndexRow]("SIZE", lambda row: words.size(row.numbers.total_bytes), right=True),
        Column[IndexRow]("NEWEST READY", lambda row: _newest(row.numbers), right=True),
        Column[IndexRow]("BY STATUS", lambda row: _statuses(row.numbers.by_status), fold=True),
        Column[IndexRow]("INDEX IDS", lambda row: words.literal(" ".join(row.numbers.index_ids)), wide=True),
    ]
    return Shape(
        columns=columns,
        keys=("source_index_name", "count", "record_count", "size_bytes", "created_at"),
        record=IndexRow.record,
        wire=IndexRow.record,
        name=lambda row: row.name,
        document=lambda rows: {"indexes": [row.record() for row in rows]},
        nothing="There are no backups.",
    )


def _newest(numbers: IndexInventory) -> str:
    newest = numbers.newest_ready
    return words.since(None if newest is None else newest.created_at, datetime.now(UTC))


def _statuses(by_status: Mapping[str, int]) -> str:
    return words.literal(", ".join(f"{count} {status}" for status, count in by_status.items()))


def record(row: Backup) -> dict[str, Any]:
    """The backup by its keys, as an inventory has it."""
    return Inventory([row], _ANY_TIME).to_records()[0]


def status_style(row: Backup) -> str:
    """How rich shows the status of this backup."""
    return style_of(row.status)


def style_of(status: BackupStatus) -> str:
    """How rich shows a status: what needs somebody is red."""
    if status.is_ready:
        return "green"
    return "red" if status.is_failed else "yellow" if status.is_pending else ""
