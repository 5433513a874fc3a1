"""The demo's tables, by their parts."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from aiopinecone import Backup, BackupStatus, Pinecone
from aiopinecone.demo import SAMPLE_ID, index_table, inspect, restorable
from aiopinecone.emulator import Emulator


@pytest.mark.parametrize(
    ("status", "text"), [("Ready", "yes"), ("Pending", "not yet"), ("Failed", "no"), ("Terminating", "unknown")]
)
def test_only_what_is_ready_can_be_restored(status: str, text: str) -> None:
    """A status that nobody knows is not taken for an answer."""
    assert restorable(BackupStatus(status)) == text


async def test_what_fails_is_counted_not_shown_as_a_backup() -> None:
    """The bar says how many failed; the tables have the rest."""
    async with Emulator(fleet="demo") as emulator, Pinecone(emulator.api_key, host=emulator.url) as pc:
        console = Console(file=StringIO(), width=120)
        backups = await inspect(pc, [SAMPLE_ID, "no-such-backup"], console, "a pass")
    assert [backup.backup_id for backup in backups] == [SAMPLE_ID]
    assert "2/2 1 failed" in console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above


def test_an_index_without_a_ready_backup_has_none() -> None:
    """A failed backup is no newest Ready one."""
    failed = Backup(
        backup_id="1",
        source_index_name="i",
        source_index_id="i",
        status=BackupStatus.FAILED,
        cloud="aws",
        region="r",
    )
    table = index_table([failed], datetime.now(UTC))
    assert [list(column.cells) for column in table.columns] == [["i"], ["1"], ["0"], ["0 B"], ["none"]]
