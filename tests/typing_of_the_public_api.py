"""Never run: type checkers read it. What stands here must check for whoever uses the public API."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, assert_type

from aiocache import SimpleMemoryCache

from aiopinecone import (
    AuditPolicy,
    AuditReport,
    Backup,
    BackupList,
    BackupPage,
    BackupResult,
    BackupResults,
    BackupStatus,
    CacheInfo,
    CachePolicy,
    Finding,
    IndexState,
    Inventory,
    Override,
    Pinecone,
    PineconeError,
    RetryPolicy,
    Verdict,
    audit_projects,
    diff,
    judge,
)


async def ids() -> AsyncIterator[str]:
    yield "bkp_1"


async def everything() -> None:
    policy = CachePolicy(ttl=timedelta(minutes=1), pending_ttl=2, max_entries=5)
    retry = RetryPolicy(attempts=2, first_delay=timedelta(seconds=1), max_delay=4.5)
    Pinecone("key", cache=None, timeout=timedelta(seconds=3), ssl=ssl.create_default_context())
    Pinecone("key", shared_cache="redis://localhost", shared_rate_limit=20)
    Pinecone("key", shared_cache=SimpleMemoryCache())
    async with Pinecone(api_key="key", cache=policy, retry=retry, additional_headers={"a": "b"}) as pc:
        assert_type(pc, Pinecone)
        backup = await pc.describe_backup(backup_id="bkp_1", timeout=timedelta(seconds=5), fresh=True)
        assert_type(backup, Backup)
        assert_type(backup.status, BackupStatus)
        assert_type(backup.status.is_ready, bool)
        assert_type(backup.dimension, int | None)
        assert_type(backup.created_at, datetime | None)
        assert_type(backup.to_dict(), dict[str, Any])

        results = pc.describe_backups(ids(), concurrency=3, ordered=True)
        assert_type(results, BackupResults)
        async for result in results:
            assert_type(result, BackupResult)
            assert_type(result.error, PineconeError | None)
            assert_type(result.unwrap(), Backup)
        await results.aclose()
        pc.describe_backups(str(number) for number in range(3))

        listing = pc.list_backups(index_name="index", include_deleted=True, page_size=10)
        assert_type(listing, BackupList)
        async for listed in listing:
            assert_type(listed, Backup)
        async for page in listing.pages():
            assert_type(page, BackupPage)
            assert_type(page[0], Backup)
            assert_type(page.next_token, str | None)
            pc.list_backups(pagination_token=page.next_token)
        assert_type(await listing.to_list(), list[Backup])

        assert_type(pc.fresh_for("bkp_1"), float)
        await pc.invalidate("bkp_1")
        await pc.clear_cache()
        assert_type(pc.cache_info(), CacheInfo)


async def inspection(pc: Pinecone, backup: Backup) -> None:
    pc.describe_backups(["bkp_1"], plan="auto")
    inventory = await pc.inventory("index", include_deleted=True)
    assert_type(inventory, Inventory)
    assert_type(inventory.backups, tuple[Backup, ...])
    assert_type(inventory.by_index["index"].newest_ready, Backup | None)
    assert_type(inventory.to_records(), list[dict[str, Any]])
    assert_type(Inventory.load("inventory.json"), Inventory)
    assert_type(diff(inventory, inventory).status_changed, tuple[tuple[Backup, Backup], ...])

    assert_type(await pc.wait_for_backup("bkp_1", timeout="6h", poll_interval=timedelta(seconds=5)), Backup)
    async for state in pc.watch_backup("bkp_1", timeout=None):
        assert_type(state, Backup)

    override = Override(index="prod-*", tag="tier=gold", exempt=False, max_age="4h", warn_age=None)
    rules = AuditPolicy(max_age=None, warn_age=timedelta(hours=3), max_shrink=0.2, overrides=[override])
    report = await pc.audit(rules, datetime.now(UTC))
    assert_type(report, AuditReport)
    assert_type(report.worst, Verdict | None)
    assert_type(report.findings, tuple[Finding, ...])
    assert_type(report.findings[0].last_ready, Backup | None)
    assert_type(await audit_projects({"prod": pc}, rules), AuditReport)
    state_of_index = IndexState(name="index", backups=[backup], tags={"tier": "gold"})
    assert_type(judge(state_of_index, rules, datetime.now(UTC)).verdict, Verdict)
