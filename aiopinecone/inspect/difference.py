"""What changed between two inventories. Pure."""

import attrs

from aiopinecone.inspect.inventory import Inventory, newest_ready
from aiopinecone.models import Backup

Pair = tuple[Backup, Backup]


@attrs.frozen(kw_only=True)
class InventoryDiff:
    """What changed; false where nothing did. Of each pair the first is the earlier.

    Attributes:
        new: backups that came.
        gone: backups that went.
        status_changed: a backup before and after its status changed.
        shrunk: the newest ready backups of one `source_index_id`, the later with less than half of the records.
    """

    new: tuple[Backup, ...] = ()
    gone: tuple[Backup, ...] = ()
    status_changed: tuple[Pair, ...] = ()
    shrunk: tuple[Pair, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.status_changed or self.shrunk)


def diff(before: Inventory, after: Inventory) -> InventoryDiff:
    """What changed from one inventory to a later one."""
    former = {backup.backup_id: backup for backup in before.backups}
    later = {backup.backup_id: backup for backup in after.backups}
    both = [(former[backup_id], backup) for backup_id, backup in later.items() if backup_id in former]
    return InventoryDiff(
        new=tuple(backup for backup_id, backup in later.items() if backup_id not in former),
        gone=tuple(backup for backup_id, backup in former.items() if backup_id not in later),
        status_changed=tuple((old, new) for old, new in both if old.status != new.status),
        shrunk=tuple(pair for pair in _newest_pairs(before, after) if _is_shrunk(*pair)),
    )


def _newest_pairs(before: Inventory, after: Inventory) -> list[Pair]:
    former, later = _newest_by_index(before), _newest_by_index(after)
    return [(former[index_id], backup) for index_id, backup in later.items() if index_id in former]


def _newest_by_index(inventory: Inventory) -> dict[str, Backup]:
    groups: dict[str, list[Backup]] = {}
    for backup in inventory.backups:
        groups.setdefault(backup.source_index_id, []).append(backup)
    newest = {index_id: newest_ready(backups) for index_id, backups in groups.items()}
    return {index_id: backup for index_id, backup in newest.items() if backup is not None}


def _is_shrunk(before: Backup, after: Backup) -> bool:
    if before.record_count is None or after.record_count is None:
        return False
    return 2 * after.record_count < before.record_count
