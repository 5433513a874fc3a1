"""The official SDK, pointed at the emulator by its own environment variables."""

import asyncio
from collections.abc import AsyncIterator

import pinecone
import pytest
from pinecone import AsyncPinecone

from aiopinecone.emulator import Emulator

DAY = 86_400


@pytest.fixture
async def sdk(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncPinecone]:
    """It finds key and host in the environment, as the emulator's process prints them."""
    monkeypatch.setenv("PINECONE_API_KEY", emulator.api_key)
    monkeypatch.setenv("PINECONE_CONTROLLER_HOST", emulator.url)
    async with AsyncPinecone() as client:
        yield client


async def test_it_creates_describes_and_deletes(emulator: Emulator, sdk: AsyncPinecone) -> None:
    """A backup is made, watched until Ready, deleted, and gone."""
    emulator.add_index("docs", dimension=384, metadata={"genre": "string"}, tags={"team": "search"})
    made = await sdk.backups.create(index_name="docs", name="first", description="by hand")
    assert (made.status, made.name, made.record_count) == ("Initializing", "first", None)
    emulator.advance(600)
    ready = await sdk.backups.describe(backup_id=made.backup_id)
    assert (ready.status, ready.record_count, ready.dense_dimension) == ("Ready", 1_000, 384)
    assert (ready.tags, ready.description) == ({"team": "search"}, "by hand")
    await sdk.backups.delete(backup_id=made.backup_id)
    emulator.advance(60)
    with pytest.raises(pinecone.NotFoundError):
        await sdk.backups.describe(backup_id=made.backup_id)


async def test_it_reads_a_list_page_by_page(emulator: Emulator, sdk: AsyncPinecone) -> None:
    """25 backups are three pages of ten, of the project as of the index."""
    for number in range(25):
        emulator.add_backup(backup_id=f"bkp_{number}", source_index_name="docs")
    for index_name in (None, "docs"):
        page = await sdk.backups.list(index_name=index_name, limit=10)
        sizes, found = [len(page)], {backup.backup_id for backup in page}
        while page.pagination is not None and page.pagination.next is not None:
            page = await sdk.backups.list(index_name=index_name, pagination_token=page.pagination.next)
            sizes.append(len(page))
            found |= {backup.backup_id for backup in page}
        assert (sizes, len(found)) == ([10, 10, 5], 25)


async def test_it_restores_and_waits_for_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own waiting loop sees the restored index become ready; the job is listed and described."""
    async with Emulator(speed=1_000_000) as emulator:
        monkeypatch.setenv("PINECONE_API_KEY", emulator.api_key)
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", emulator.url)
        backup_id = emulator.add_backup(tags={"team": "search"})
        async with AsyncPinecone() as sdk:
            index = await sdk.create_index_from_backup(name="restored", backup_id=backup_id, timeout=30)
            jobs = list(await sdk.restore_jobs.list())
            job = await sdk.restore_jobs.describe(job_id=jobs[0].restore_job_id)
    assert isinstance(index, pinecone.IndexModel)
    assert (index.name, index.status.ready, index.source_backup_id) == ("restored", True, backup_id)
    assert index.tags == {"team": "search"}
    assert emulator.requests["describe_index"] >= 1
    assert [(each.restore_job_id, each.status) for each in jobs] == [(job.restore_job_id, "Completed")]


async def test_it_lists_indexes(emulator: Emulator, sdk: AsyncPinecone) -> None:
    """Dense, sparse and pod-based indexes decode into its models."""
    emulator.add_index("dense")
    emulator.add_index("sparse", dimension=0)
    emulator.add_index("pods", deployment="pod")
    assert {index.name async for index in sdk.indexes.list()} == {"dense", "sparse", "pods"}


async def test_it_schedules(emulator: Emulator, sdk: AsyncPinecone) -> None:
    """A schedule is made, fires, shows its history, is changed and deleted; a second one is a conflict."""
    emulator.add_index("docs")
    made = await sdk.backup_schedules.create(index_name="docs", name="nightly", frequency="daily", retention_days=3)
    with pytest.raises(pinecone.ConflictError):
        await sdk.backup_schedules.create(index_name="docs", name="second", frequency="daily", retention_days=3)
    emulator.advance(2 * DAY + 600)
    history = await sdk.backup_schedules.history(schedule_id=made.schedule_id)
    assert [item.status for item in history] == ["Initializing", "Ready", "Ready"]
    changed = await sdk.backup_schedules.update(schedule_id=made.schedule_id, enabled=False)
    assert (changed.enabled, changed.next_scheduled_run) == (False, None)
    listed = await sdk.backup_schedules.list(index_name="docs")
    assert [each.schedule_id for each in listed] == [made.schedule_id]
    await sdk.backup_schedules.delete(schedule_id=made.schedule_id)
    with pytest.raises(pinecone.NotFoundError):
        await sdk.backup_schedules.describe(schedule_id=made.schedule_id)


async def test_its_errors_are_its_own(emulator: Emulator, sdk: AsyncPinecone) -> None:
    """403 on a plan without backups, 412 for a backup in the making, 401 for a wrong key."""
    backup_id = emulator.add_backup(status="Initializing")
    with pytest.raises(pinecone.FailedPreconditionError):
        await sdk.backups.delete(backup_id=backup_id)
    async with AsyncPinecone(api_key="pcsk_wrong") as stranger:
        with pytest.raises(pinecone.UnauthorizedError):
            await stranger.backups.list()
    async with Emulator(plan="starter") as free, AsyncPinecone(host=free.url) as client:
        free.add_index("docs")
        with pytest.raises(pinecone.ForbiddenError, match="plan"):
            await client.backup_schedules.list(index_name="docs")


@pytest.mark.real_time
async def test_the_synchronous_one_works_too(emulator: Emulator, sdk: AsyncPinecone) -> None:
    """`Pinecone()` of the SDK, in a thread, under the same two variables."""
    emulator.add_backup(backup_id="bkp_1")

    def describe() -> str:
        with pinecone.Pinecone() as client:
            return client.backups.describe(backup_id="bkp_1").status

    assert await asyncio.to_thread(describe) == "Ready"


@pytest.mark.parametrize("legacy_shape", [False, True])
async def test_it_decodes_every_row_of_a_fleet(monkeypatch: pytest.MonkeyPatch, legacy_shape: bool) -> None:
    """All 1,000 backups of the demo fleet, in either shape of 2026-07."""
    async with Emulator(fleet="demo", speed=0, legacy_shape=legacy_shape) as emulator:
        monkeypatch.setenv("PINECONE_API_KEY", emulator.api_key)
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", emulator.url)
        async with AsyncPinecone() as sdk:
            page = await sdk.backups.list(limit=100)
            count = len(page)
            while page.pagination is not None and page.pagination.next is not None:
                page = await sdk.backups.list(pagination_token=page.pagination.next)
                count += len(page)
            indexes = [index async for index in sdk.indexes.list()]
    assert (count, len(indexes)) == (1_000, 40)
