"""`list_backups`: every page, lazily."""

import asyncio
import pickle
from copy import copy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from aiopinecone import (
    ApiError,
    Backup,
    BackupPage,
    ClientClosedError,
    NotFoundError,
    Pinecone,
    PineconeValueError,
    ResponseParsingError,
)
from aiopinecone.emulator import Emulator
from raw_server import Exchange, RawServer, backup_body

KEY = "pcsk_made-up"


def page(ids: list[str], token: str | None) -> bytes:
    rows = [orjson.loads(backup_body(backup_id)) for backup_id in ids]
    return orjson.dumps({"data": rows, "pagination": {"next": token} if token else None})


def pages(*answers: bytes) -> Any:
    async def reply(exchange: Exchange) -> None:
        exchange.answer(answers[exchange.number - 1])

    return reply


async def test_a_listing_gives_every_backup_of_every_page() -> None:
    """A project of 1,000 backups is read in ten requests, and can be walked again."""
    async with Emulator(fleet="demo") as emulator, Pinecone(emulator.api_key, host=emulator.url) as pc:
        listing = pc.list_backups()
        assert emulator.requests.total() == 0
        backups = [backup async for backup in listing]
        assert emulator.requests["list_backups"] == 10
        assert len({backup.backup_id for backup in backups}) == 1000
        assert await listing.to_list() == backups
        assert emulator.requests["list_backups"] == 20


async def test_a_listing_is_lazy() -> None:
    """A page is asked for when it is reached."""
    async with Emulator(fleet="demo") as emulator, Pinecone(emulator.api_key, host=emulator.url) as pc:
        walk = aiter(pc.list_backups(page_size=10))
        for _ in range(10):
            await anext(walk)
        assert emulator.requests["list_backups"] == 1
        await anext(walk)
        assert emulator.requests["list_backups"] == 2


async def test_a_listing_of_one_index_has_that_index_only() -> None:
    """`index_name` asks the index's own list."""
    async with Emulator(fleet="demo") as emulator, Pinecone(emulator.api_key, host=emulator.url) as pc:
        backups = await pc.list_backups(index_name="docs-example").to_list()
        assert [backup.name for backup in backups] == ["example-backup"]
        assert emulator.requests["list_index_backups"] == 1
        with pytest.raises(NotFoundError):
            await pc.list_backups(index_name="no-such-index").to_list()


async def test_every_page_asks_for_the_same_limit_with_the_token() -> None:
    """Limit and `include_deleted` go with every page; the token is quoted."""
    async with RawServer(pages(page(["a"], "YQ=="), page(["b"], None))) as server, Pinecone(KEY, host=server.url) as pc:
        listing = pc.list_backups(index_name="my index/1", include_deleted=True, page_size=7)
        assert [[backup.backup_id for backup in rows] async for rows in listing.pages()] == [["a"], ["b"]]
    path = "/indexes/my%20index%2F1/backups?limit=7&include_deleted=true"
    assert [exchange.path for exchange in server.exchanges] == [path, f"{path}&paginationToken=YQ%3D%3D"]


async def test_rows_that_repeat_come_once() -> None:
    """Rows shift between pages while backups come and go; an empty last page is fine."""
    answers = pages(page(["a", "b"], "1"), page(["b", "c"], "2"), page([], None))
    async with RawServer(answers) as server, Pinecone(KEY, host=server.url) as pc:
        assert [backup.backup_id for backup in await pc.list_backups().to_list()] == ["a", "b", "c"]
    async with RawServer(answers) as server, Pinecone(KEY, host=server.url) as pc:
        assert [len(rows) async for rows in pc.list_backups().pages()] == [2, 1, 0]


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"data": null, "pagination": null}', b'{"data": [], "pagination": {}}', b'{"pagination": {"next": ""}}'],
)
async def test_an_empty_project_is_an_empty_list(body: bytes) -> None:
    """Data and pagination may be absent, null or empty."""
    async with RawServer(pages(body)) as server, Pinecone(KEY, host=server.url) as pc:
        assert await pc.list_backups().to_list() == []


async def test_a_token_that_comes_twice_is_an_error_not_an_endless_walk() -> None:
    """A list that goes in circles is never walked for ever."""
    answers = pages(page(["a"], "1"), page(["b"], "2"), page(["c"], "1"))
    async with RawServer(answers) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(ResponseParsingError, match="token came twice"):
            await pc.list_backups().to_list()


async def test_a_page_names_the_next_and_a_token_resumes() -> None:
    """`pages()` yields lists with a `next_token`, which is None on the last; a list that begins there has the rest."""
    async with Emulator(fleet="demo") as emulator, Pinecone(emulator.api_key, host=emulator.url) as pc:
        whole = [backup.backup_id for backup in await pc.list_backups(page_size=30).to_list()]
        pages = [each async for each in pc.list_backups(page_size=30).pages()]
        assert all(type(each) is BackupPage for each in pages)
        assert [len(each) for each in pages] == [30] * 33 + [10]
        assert [each.next_token is None for each in pages] == [False] * 33 + [True]
        listing = pc.list_backups(page_size=30, pagination_token=pages[1].next_token)
        assert [backup.backup_id for backup in await listing.to_list()] == whole[60:]
        assert [backup.backup_id for backup in await listing.to_list()] == whole[60:]  # it can be walked again


async def test_a_token_goes_back_as_it_came() -> None:
    """It is opaque: quoted, and not looked into."""
    async with RawServer(pages(page(["a"], None))) as server, Pinecone(KEY, host=server.url) as pc:
        await pc.list_backups(pagination_token="a b/=+&é").to_list()
    assert parse_qs(urlsplit(server.exchanges[0].path).query) == {"limit": ["100"], "paginationToken": ["a b/=+&é"]}


async def test_a_page_that_holds_only_repeats_still_names_the_next() -> None:
    """It is empty, and not the last."""
    answers = pages(page(["a"], "1"), page(["a"], "2"), page(["b"], None))
    async with RawServer(answers) as server, Pinecone(KEY, host=server.url) as pc:
        got = [(list(each), each.next_token) async for each in pc.list_backups().pages()]
    assert [(len(rows), token) for rows, token in got] == [(1, "1"), (0, "2"), (1, None)]


async def test_a_list_that_comes_back_to_its_first_token_is_an_error() -> None:
    """Wherever it began."""
    answers = pages(page(["a"], "1"), page(["b"], "0"))
    async with RawServer(answers) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(ResponseParsingError, match="token came twice"):
            await pc.list_backups(pagination_token="0").to_list()
    assert len(server.exchanges) == 2


async def test_a_token_that_never_was_is_pinecones_to_refuse() -> None:
    """By a 400, when the first page is asked for."""
    async with Emulator() as emulator, Pinecone(emulator.api_key, host=emulator.url) as pc:
        with pytest.raises(ApiError, match="400 INVALID_ARGUMENT: Invalid pagination token") as caught:
            await pc.list_backups(pagination_token="nonsense").to_list()
    assert caught.value.status_code == 400


def test_a_page_is_a_list() -> None:
    """It compares as one, shows its token, and survives a pickle."""
    held = BackupPage([], "t")
    assert held == BackupPage() == []
    assert repr(held) == "BackupPage([], next_token='t')"
    assert [each.next_token for each in (BackupPage(), pickle.loads(pickle.dumps(held)), copy(held))] == [
        None,
        "t",
        "t",
    ]


async def test_a_bad_row_is_named() -> None:
    """The error says which row of the page, and which field."""
    bad = page(["a", "b"], None).replace(b'"cloud":"aws"', b'"cloud":5', 2).replace(b'"cloud":5', b'"cloud":"aws"', 1)
    async with RawServer(pages(bad)) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(ResponseParsingError) as caught:
            await pc.list_backups().to_list()
    assert caught.value.path == "$.data[1].cloud"


async def test_what_a_list_returns_is_a_hit() -> None:
    """A describe that follows a listing sends nothing."""
    async with RawServer(pages(page(["a"], None))) as server, Pinecone(KEY, host=server.url) as pc:
        (listed,) = await pc.list_backups().to_list()
        assert await pc.describe_backup("a") is listed
        assert len(server.exchanges) == 1


async def test_a_page_that_was_asked_for_before_an_invalidation_fills_nothing() -> None:
    """Its rows may be older than what the invalidation was about."""

    async def reply(exchange: Exchange) -> None:
        await asyncio.sleep(2)
        exchange.answer(page(["a"], None))

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        listing = asyncio.ensure_future(pc.list_backups().to_list())
        await asyncio.sleep(1)
        await pc.invalidate("a")
        assert [backup.backup_id for backup in await listing] == ["a"]
        assert pc.cache_info().size == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"index_name": ""}, "an index name"),
        ({"index_name": "."}, "an index name"),
        ({"index_name": ".."}, "an index name"),
        ({"index_name": 5}, "an index name"),
        ({"include_deleted": True}, "include_deleted needs an index_name"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 101}, "page_size"),
        ({"page_size": True}, "page_size"),
        ({"page_size": 10.0}, "page_size"),
        ({"page_size": 10**5_000}, "page_size"),
        ({"pagination_token": ""}, "pagination_token"),
        ({"pagination_token": b"dG9rZW4="}, "pagination_token"),
        ({"pagination_token": "a\r\nb"}, "pagination_token"),
        ({"pagination_token": "\ud800"}, "pagination_token"),
    ],
)
async def test_a_listing_that_cant_be_is_refused_at_once(arguments: dict[str, Any], message: str) -> None:
    """Before any request, and by name."""
    async with Pinecone(KEY) as pc:
        with pytest.raises(PineconeValueError, match=message) as caught:
            pc.list_backups(**arguments)
    assert caught.value.argument == next(iter(arguments))


async def test_a_closed_client_ends_a_listing() -> None:
    """The next page isn't asked for."""
    async with RawServer(pages(page(["a"], "1"))) as server:
        async with Pinecone(KEY, host=server.url) as pc:
            walk = pc.list_backups().pages()
            rows: list[Backup] = await anext(walk)
            assert len(rows) == 1
        with pytest.raises(ClientClosedError):
            await anext(walk)
