"""Our client and the official SDK, side by side over the same fleets: they must find the same backups."""

from datetime import datetime
from typing import Any

import pytest
from pinecone import AsyncPinecone
from pinecone.models.backups.model import BackupModel

from aiopinecone import Backup, Pinecone
from aiopinecone.emulator import Emulator

Seen = dict[str, Any]


def ours(backup: Backup) -> Seen:
    return {
        "name": backup.name,
        "status": backup.status,
        "created_at": backup.created_at,
        "record_count": backup.record_count,
        "size_bytes": backup.size_bytes,
        "tags": backup.tags or {},
    }


def theirs(backup: BackupModel) -> Seen:
    assert backup.created_at is not None
    return {
        "name": backup.name,
        "status": backup.status,
        "created_at": datetime.fromisoformat(backup.created_at),
        "record_count": backup.record_count,
        "size_bytes": backup.size_bytes,
        "tags": backup.tags or {},
    }


async def listed_by_theirs(sdk: AsyncPinecone, index_name: str | None) -> dict[str, Seen]:
    page = await sdk.backups.list(index_name=index_name, limit=100)
    found = {backup.backup_id: theirs(backup) for backup in page}
    while page.pagination is not None and page.pagination.next is not None:
        page = await sdk.backups.list(index_name=index_name, pagination_token=page.pagination.next)
        found |= {backup.backup_id: theirs(backup) for backup in page}
    return found


@pytest.mark.parametrize("legacy_shape", [False, True])
@pytest.mark.parametrize(("fleet", "count"), [("demo", 1_000), ("saas", 1_500)])
async def test_both_clients_list_the_same_backups(fleet: str, count: int, legacy_shape: bool) -> None:
    """Every project of a fleet, whole: the same ids with the same fields."""
    total = 0
    async with Emulator(fleet=fleet, seed=11, speed=0, legacy_shape=legacy_shape) as emulator:
        for key in emulator.api_keys.values():
            async with (
                AsyncPinecone(api_key=key, host=emulator.url) as sdk,
                Pinecone(api_key=key, host=emulator.url) as client,
            ):
                expected = await listed_by_theirs(sdk, None)
                found = {backup.backup_id: ours(backup) async for backup in client.list_backups()}
            assert found == expected
            total += len(found)
    assert total == count


async def test_both_clients_list_the_same_backups_of_an_index() -> None:
    """Each active index of a project, those with a dead namesake too."""
    async with (
        Emulator(fleet="saas", seed=12, speed=0) as emulator,
        AsyncPinecone(api_key=emulator.api_key, host=emulator.url) as sdk,
        Pinecone(api_key=emulator.api_key, host=emulator.url) as client,
    ):
        names = [index.name async for index in sdk.indexes.list()]
        for name in names:
            expected = await listed_by_theirs(sdk, name)
            rows = client.list_backups(index_name=name, page_size=7)
            assert {backup.backup_id: ours(backup) async for backup in rows} == expected
    assert len(names) == 40


async def test_both_clients_describe_the_same_backups() -> None:
    """One by one, in every status of the demo fleet."""
    async with (
        Emulator(fleet="demo", seed=13, speed=0) as emulator,
        AsyncPinecone(api_key=emulator.api_key, host=emulator.url) as sdk,
        Pinecone(api_key=emulator.api_key, host=emulator.url) as client,
    ):
        listed = await listed_by_theirs(sdk, None)
        statuses = set()
        for backup_id in list(listed)[:150]:
            backup = await client.describe_backup(backup_id=backup_id)
            assert ours(backup) == theirs(await sdk.backups.describe(backup_id=backup_id))
            statuses.add(backup.status)
    assert len(statuses) >= 5
