"""Every page of a list, lazily. Knows no client: it takes any `fetch_page(token)` coroutine function."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable

from aiopinecone.api.wire import Page
from aiopinecone.errors import ResponseParsingError
from aiopinecone.models import Backup

FetchPage = Callable[[str | None], Awaitable[Page]]


class BackupPage(list[Backup]):
    """One page of a list: a list of `Backup`.

    Attributes:
        next_token: opaque; `list_backups(pagination_token=...)` goes on with the page that it names. None on the last.
    """

    def __init__(self, backups: Iterable[Backup] = (), next_token: str | None = None) -> None:
        super().__init__(backups)
        self.next_token = next_token

    def __repr__(self) -> str:
        return f"BackupPage({super().__repr__()}, next_token={self.next_token!r})"


class BackupList:
    """What `Pinecone.list_backups` returns: a lazy async iterable of `Backup`, which can be walked again and again.

    Each walk asks anew, page by page, as it gets there. Rows that come twice, because backups came or went between two
    pages, are given once.
    """

    def __init__(self, fetch_page: FetchPage, first_token: str | None = None) -> None:
        self._fetch_page = fetch_page
        self._first_token = first_token

    async def __aiter__(self) -> AsyncIterator[Backup]:
        async for page in self.pages():
            for backup in page:
                yield backup

    async def pages(self) -> AsyncGenerator[BackupPage, None]:
        """The backups page by page, in the order of the API."""
        token = self._first_token
        tokens = {token}
        seen: set[str] = set()
        while True:
            page = await self._fetch_page(token)
            new = {backup.backup_id: backup for backup in page.data or () if backup.backup_id not in seen}
            seen.update(new)
            token = page.next_token
            yield BackupPage(new.values(), token)
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
