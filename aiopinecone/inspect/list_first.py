"""Describe backups by reading the project's list, as far as that pays. Knows no client: it takes its functions."""

import asyncio
from collections.abc import AsyncIterable, Callable, Collection, Iterable
from logging import getLogger

from aiopinecone.api import operations
from aiopinecone.errors import ClientClosedError, PineconeError, PineconeValueError
from aiopinecone.inspect.bulk import Describe
from aiopinecone.inspect.listing import FetchPage
from aiopinecone.models import Backup
from aiopinecone.policy import plan

logger = getLogger("aiopinecone")


class ListFirst:
    """Stands between a bulk run and its `describe`: a backup that the list has needn't be described.

    The list is read page by page, while an id is asked for that none of them had yet, and the plan is for it. Rows are
    held to the end of the run: of the ids that are known to be wanted, else all of them. So the memory is bounded by
    the project, not by the number of ids.
    """

    def __init__(
        self,
        backup_ids: Iterable[str] | AsyncIterable[str],
        describe: Describe,
        fetch_page: FetchPage,
        is_held: Callable[[str], bool],
        *,
        always: bool,
    ) -> None:
        """With `always` the list is read, whatever it costs, until all are found."""
        self._ids = backup_ids if isinstance(backup_ids, Collection) else None
        self._describe_one, self._fetch_page, self._is_held = describe, fetch_page, is_held
        self._always = always
        self._wanted: set[str] | None = None
        self._rows: dict[str, Backup] = {}
        self._given: set[str] = set()  # of the rows
        self._described = 0
        self._pages = 0
        self._token: str | None = None
        self._tokens: set[str] = set()
        self._is_over = False  # the list: read to its end, or not to be read
        self._page_read: asyncio.Event | None = None  # set when the page that is being read is there

    async def describe(self, backup_id: str) -> Backup:
        """The backup: from the list, where it has it and the plan is for it. Raises what the run's `describe` does."""
        if self._ids is not None and self._wanted is None:
            self._wanted = {each for each in self._ids if self._is_sought(each)}
        if not (self._is_sought(backup_id) if self._wanted is None else _is_among(backup_id, self._wanted)):
            return await self._describe_one(backup_id)
        while backup_id not in self._rows and not self._is_over and (self._page_read or self._reads_on()):
            await self._read_page()
        if (row := self._rows.get(backup_id)) is not None:
            self._given.add(backup_id)
            return row
        self._described += 1
        return await self._describe_one(backup_id)

    def _is_sought(self, backup_id: str) -> bool:
        """Whether the list may help: it has no answer for what is held already, or is no id at all."""
        try:
            operations.describe_backup(backup_id)
        except PineconeValueError:
            return False
        return backup_id in self._rows or not self._is_held(backup_id)

    def _reads_on(self) -> bool:
        if self._always:
            return True
        if self._wanted is not None:
            return plan.reads_on(len(self._wanted), self._pages, len(self._rows))
        return plan.reads_on_for_more(self._described, self._pages, len(self._given))

    async def _read_page(self) -> None:
        """Read the next page, or wait for it where another worker reads it already."""
        if self._page_read is not None:
            await self._page_read.wait()
            return
        self._page_read = asyncio.Event()
        try:
            page = await self._fetch_page(self._token)
        except ClientClosedError:
            raise
        except PineconeError as error:
            logger.debug("the list can't be read, so each backup is described: %s", error)
            self._is_over = True
        else:
            self._pages += 1
            self._keep(page.data or ())
            self._token = page.next_token
            self._is_over = self._token is None or self._token in self._tokens
            self._tokens.add(self._token or "")
        finally:
            self._page_read.set()
            self._page_read = None

    def _keep(self, rows: Iterable[Backup]) -> None:
        for row in rows:
            if self._wanted is None or row.backup_id in self._wanted:
                self._rows[row.backup_id] = row


def _is_among(backup_id: object, wanted: set[str]) -> bool:
    return isinstance(backup_id, str) and backup_id in wanted
