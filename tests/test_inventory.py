"""`inventory`: every backup at one time, whole or an error."""

import asyncio
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aiopinecone import (
    Backup,
    ClientClosedError,
    NotFoundError,
    Pinecone,
    PineconeConnectionError,
    PineconeValueError,
    ResponseParsingError,
    RetryPolicy,
    ServiceError,
)
from aiopinecone.api import wire
from aiopinecone.api.wire import Page
from aiopinecone.emulator import Emulator
from aiopinecone.inspect.inventory import take_inventory
from aiopinecone.inspect.listing import BackupList
from raw_server import Exchange, RawServer, backup_body

KEY = "pcsk_made-up"
ONCE = RetryPolicy(attempts=1)


def client(emulator: Emulator, **options: Any) -> Pinecone:
    return Pinecone(emulator.api_key, host=emulator.url, **options)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 250])
@pytest.mark.parametrize("trailing", [False, True])
async def test_an_inventory_costs_a_request_for_a_hundred(count: int, trailing: bool) -> None:
    """And one more where the API has a token on its last page, whatever it is good for."""
    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        ids = {emulator.add_backup() for _ in range(count)}
        if trailing:
            emulator.add_fault("trailing_token", times=max(1, -(-count // 100)))
        inventory = await pc.inventory()
        assert {backup.backup_id for backup in inventory.backups} == ids
        assert emulator.requests.total() <= -(-count // 100) + 1
        assert datetime.now(UTC) - inventory.taken_at < timedelta(minutes=1)


async def test_an_inventory_is_what_is_described() -> None:
    """Each row of it is the backup that `describe_backup` gives."""
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator, client(emulator, cache=None) as pc:
        inventory = await pc.inventory()
        assert len(inventory.backups) == 1_000
        assert sum(inventory.by_status.values()) == sum(index.count for index in inventory.by_index.values()) == 1_000
        described = await asyncio.gather(*(pc.describe_backup(each.backup_id) for each in inventory.backups[:40]))
        assert tuple(described) == inventory.backups[:40]


async def test_an_inventory_may_be_of_one_index() -> None:
    """By its name, with the backups of deleted indexes where they are asked for."""
    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        emulator.add_backup(source_index_name="a", backup_id="older")
        emulator.delete_index("a")
        emulator.add_backup(source_index_name="a", source_index_id="new", backup_id="newer")
        emulator.add_backup(source_index_name="b")
        assert [each.backup_id for each in (await pc.inventory("a")).backups] == ["newer"]
        both = await pc.inventory(index_name="a", include_deleted=True)
        assert {each.backup_id for each in both.backups} == {"newer", "older"}
        assert len(both.by_index["a"].index_ids) == 2
        with pytest.raises(NotFoundError):
            await pc.inventory("nothing")
        with pytest.raises(PineconeValueError, match="include_deleted needs an index_name"):
            await pc.inventory(include_deleted=True)


async def test_rows_that_shift_between_pages_come_once() -> None:
    """Backups are created while the pages are read: none is missed, none comes twice."""
    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        first = {emulator.add_backup(created_at=emulator.now - timedelta(hours=number)) for number in range(250)}
        emulator.add_fault("latency", seconds=0.001)
        reading = asyncio.create_task(pc.inventory())
        while not reading.done():
            emulator.add_backup()
            await asyncio.sleep(0.001)
        ids = [each.backup_id for each in (await reading).backups]
        assert len(ids) == len(set(ids))
        assert set(ids) >= first


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 500}, ServiceError),
        ({"kind": "cut"}, PineconeConnectionError),
        ({"kind": "not_json"}, ResponseParsingError),
    ],
)
async def test_an_inventory_is_whole_or_an_error(fault: dict[str, Any], error: type[Exception]) -> None:
    """The server fails in the middle: no part is taken for the whole."""
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator, client(emulator, retry=ONCE) as pc:
        emulator.add_fault("latency", seconds=0.001)
        reading = asyncio.create_task(pc.inventory())
        while emulator.requests["list_backups"] < 5:
            await asyncio.sleep(0.0005)
        emulator.add_fault(**fault)
        with pytest.raises(error):
            await reading


async def test_closing_the_client_ends_an_inventory() -> None:
    """It raises `ClientClosedError`."""

    async def reply(exchange: Exchange) -> None:
        await exchange.hang_up()

    async with RawServer(reply) as server:
        pc = Pinecone(KEY, host=server.url)
        reading = asyncio.create_task(pc.inventory())
        await asyncio.sleep(1)
        await pc.aclose()
        with pytest.raises(ClientClosedError):
            await reading


async def test_an_inventory_outlives_its_client() -> None:
    """It holds backups, and nothing of the client."""
    async with Emulator(fleet="demo", speed=0) as emulator, client(emulator) as pc:
        inventory = await pc.inventory("docs-example")
    assert isinstance(inventory.backups[0], Backup)
    assert inventory.total_records == 98


async def test_an_inventory_of_many_is_small() -> None:
    """Ten thousand backups take less than a tenth of what 100,000 may: equal schemas are held once."""

    async def page(token: str | None) -> Page:
        start = int(token or 0)
        rows = b",".join(
            backup_body(
                f"{number:08d}-ed1c-4f97-9f8c-8194e07bcf71",
                name=f"nightly-{number}",
                record_count=10**6 + number,
                size_bytes=10**9 + number,
                created_at=f"2026-11-24T03:00:00.{number:06d}Z",
                source_index_id=f"index-{number % 250}",
                tags={"team": "search"},
                schema={"fields": {f"field-{field}": {"type": "string", "filterable": True} for field in range(3)}},
            )
            for number in range(start, start + 100)
        )
        after = b'{"next": "%d"}' % (start + 100) if start < 9_900 else b"null"
        return wire.decode(b'{"data": [%s], "pagination": %s}' % (rows, after), Page)

    tracemalloc.start()
    try:
        inventory = await take_inventory(BackupList(page))
        assert len(inventory.backups) == 10_000
        assert tracemalloc.get_traced_memory()[1] < 12e6
    finally:
        tracemalloc.stop()
