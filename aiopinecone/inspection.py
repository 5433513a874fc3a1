"""What a client says of a whole project: composes the pieces of `inspect`, and holds no rule of its own.

These are imported when they are first needed: a fifth of `import aiopinecone`, which many never need.
"""

from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from aiopinecone.api import operations
from aiopinecone.engine import clock
from aiopinecone.engine.reading import Reader
from aiopinecone.inspect.listing import BackupList, FetchPage
from aiopinecone.models import Backup
from aiopinecone.policy.quantities import Duration, optional_seconds, seconds

if TYPE_CHECKING:
    from aiopinecone.inspect.audit import AuditReport
    from aiopinecone.inspect.inventory import Inventory
    from aiopinecone.inspect.looks import SharedLooks
    from aiopinecone.inspect.watch import BackupWatch
    from aiopinecone.policy.protection import AuditPolicy


class Inspection:
    """The half of `Pinecone` that looks at many backups at once, or at one for long."""

    _reader: Reader
    _concurrency: int

    @cached_property
    def _looks(self) -> "SharedLooks":
        from aiopinecone.inspect.looks import SharedLooks

        return SharedLooks(self._list(None), clock.dice)

    async def inventory(self, index_name: str | None = None, include_deleted: bool = False) -> "Inventory":  # noqa: FBT001, FBT002 -- as it is documented
        """All backups at one time, counted: whole, or an error. The arguments and errors are those of `list_backups`.

        A hundred backups cost a request, and one more may be needed to see the end.
        """
        from aiopinecone.inspect.inventory import take_inventory

        return await take_inventory(self._list(index_name, include_deleted=include_deleted))

    async def audit(self, policy: "AuditPolicy | None" = None, now: datetime | None = None) -> "AuditReport":
        """Whether every index can be restored, to a moment that is recent enough: a `Finding` for each.

        Costs a request for the indexes, one for each hundred backups of the project, and one for each hundred backups
        of each index. What can't be read of an index is a finding, too: UNKNOWN.

        Args:
            policy: what is asked of the backups; None takes `AuditPolicy()`.
            now: the moment that ages are counted to, aware; None takes the present.

        Raises what `describe_backup` does, where the list of indexes can't be read; `PineconeValueError` for an
        argument that can't be used.
        """
        from aiopinecone.inspect.audit import ProjectReader, audit_project, check_policy
        from aiopinecone.policy.protection import AuditPolicy

        self._reader.check_open()
        policy = AuditPolicy() if policy is None else policy
        check_policy(policy)
        reader = ProjectReader(
            indexes=lambda: self._reader.read(operations.list_indexes()),
            backups=self._list,
            schedules=lambda index_name: self._reader.read(operations.list_schedules(index_name)),
            concurrency=self._concurrency,
        )
        return await audit_project(reader, policy, now)

    async def wait_for_backup(
        self, backup_id: str, *, timeout: Duration | None = "6h", poll_interval: Duration | None = None
    ) -> Backup:
        """The backup when it is ready, however long that takes.

        It is looked at immediately, then 2 s later, and so on, each wait half as long again, up to 60 s; all these
        times +-20 %, so that many who wait share their looks. Passing failures and unknown statuses are outlived.

        Args:
            backup_id: opaque text.
            timeout: for all of it; None for no bound.
            poll_interval: the time from one look to the next, where it shall always be the same.

        Raises:
            PineconeValueError: an argument can't be used; nothing was sent.
            BackupFailedError: the backup failed; it is `error.backup`.
            PineconeTimeoutError: it wasn't settled in time; the text has its last status.
            UnauthorizedError, ForbiddenError, NotFoundError: Pinecone said so.
            ClientClosedError: the client is closed, or was closed meanwhile.
        """
        from aiopinecone.inspect.watch import wait_until_ready

        return await wait_until_ready(self.watch_backup(backup_id, timeout=timeout, poll_interval=poll_interval))

    def watch_backup(
        self, backup_id: str, *, timeout: Duration | None = None, poll_interval: Duration | None = None
    ) -> "BackupWatch":
        """The backup as it is, and each time that it changed, until it is settled: ready or failed.

        Looks, arguments and errors are those of `wait_for_backup`, but a backup that failed is no error. The time
        begins with the first step. Leaving the `async for` leaves nothing running.
        """
        from aiopinecone.inspect.watch import BackupWatch

        self._reader.check_open()
        operations.describe_backup(backup_id)  # raises for what is no id
        return BackupWatch(
            backup_id,
            self._reader.look,
            partial(self._reader.ask, fresh=True),
            self._looks,
            clock.dice,
            timeout=optional_seconds(timeout, "timeout"),
            poll_interval=None if poll_interval is None else seconds(poll_interval, "poll_interval"),
        )

    async def _end_watches(self) -> None:
        if "_looks" in vars(self):  # somebody has watched
            await self._looks.close()

    def _list(
        self, index_name: str | None, *, include_deleted: bool = False, page_size: int = 100, token: str | None = None
    ) -> BackupList:
        self._reader.check_open()
        operations.check_listing(index_name, include_deleted=include_deleted, page_size=page_size, token=token)
        return BackupList(self._fetch_page(index_name, include_deleted=include_deleted, page_size=page_size), token)

    def _fetch_page(self, index_name: str | None, *, include_deleted: bool, page_size: int) -> FetchPage:
        return lambda token: self._reader.page(
            operations.list_backups(index_name, include_deleted=include_deleted, page_size=page_size, token=token)
        )
