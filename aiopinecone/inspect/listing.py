"""Every page of a list, lazily. Knows no client: it takes any `fetch_page(token)` coroutine function."""

from collections.abc import AsyncIterator, Awaitable, Callable

from aiopinecone.api.wire import Page
from aiopinecone.errors import ResponseParsingError
from aiopinecone.models import Backup

FetchPage = Callable[[str | None], Awaitable[Page]]


class BackupList:
    """What `Pinecone.list_backups` returns: a lazy async iterable of `Backup`, which can be walked again and again.

    Each walk asks anew, page by page, as it gets there. Rows that come twice, because backups came or went between two
    pages, are given once.
    """

    def __init__(self, fetch_page: FetchPage) -> None:
        self._fetch_page = fetch_page

    async def __aiter__(self) -> AsyncIterator[Backup]:
        async for page in self.pages():
            for backup in page:
                yield backup

    async def pages(self) -> AsyncIterator[list[Backup]]:
        """The backups in lists, one for each page, in the order of the API."""
        token: str | None = None
        tokens: set[str] = set()
        seen: set[str] = set()
        while True:
            page = await self._fetch_page(token)
            new = {backup.backup_id: backup for backup in page.data or () if backup.backup_id not in seen}
            seen.update(new)
            yield list(new.values())
            token = page.next_token
            if token is None:
                return
            if token in tokens:
                raise ResponseParsingError(
                    "the same page token came twice, so the list would never end", "$.pagination.next"
                )
            tokens.add(token)

    async def to_list(self) -> list[Backup]:
        """All backups at once."""
        return [backup async for backup in self]
