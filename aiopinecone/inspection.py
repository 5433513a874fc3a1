"""What a client says of a whole project: composes the pieces of `inspect`, and holds no rule of its own."""

from datetime import datetime

from aiopinecone.api import operations
from aiopinecone.engine.reading import Reader
from aiopinecone.inspect.audit import AuditReport, ProjectReader, audit_project, check_policy
from aiopinecone.inspect.inventory import Inventory, take_inventory
from aiopinecone.inspect.listing import BackupList
from aiopinecone.policy.protection import AuditPolicy


class Inspection:
    """The half of `Pinecone` that looks at many backups at once, or at one for long."""

    _reader: Reader
    _concurrency: int

    async def inventory(self, index_name: str | None = None, include_deleted: bool = False) -> Inventory:  # noqa: FBT001, FBT002 -- as it is documented
        """All backups at one time, counted: whole, or an error. The arguments and errors are those of `list_backups`.

        A hundred backups cost a request, and one more may be needed to see the end.
        """
        return await take_inventory(self._list(index_name, include_deleted=include_deleted))

    async def audit(
        self,
        policy: AuditPolicy = AuditPolicy(),  # noqa: B008 -- frozen, and the signature shows the default
        now: datetime | None = None,
    ) -> AuditReport:
        """Whether every index can be restored, to a moment that is recent enough: a `Finding` for each.

        Costs a request for the indexes, one for each hundred backups of the project, and one for each hundred backups
        of each index. What can't be read of an index is a finding, too: UNKNOWN.

        Args:
            policy: what is asked of the backups.
            now: the moment that ages are counted to, aware; None takes the present.

        Raises what `describe_backup` does, where the list of indexes can't be read; `PineconeValueError` for an
        argument that can't be used.
        """
        self._reader.check_open()
        check_policy(policy)
        reader = ProjectReader(
            indexes=lambda: self._reader.read(operations.list_indexes()),
            backups=self._list,
            schedules=lambda index_name: self._reader.read(operations.list_schedules(index_name)),
            concurrency=self._concurrency,
        )
        return await audit_project(reader, policy, now)

    def _list(
        self, index_name: str | None, *, include_deleted: bool = False, page_size: int = 100, token: str | None = None
    ) -> BackupList:
        self._reader.check_open()
        operations.check_listing(index_name, include_deleted=include_deleted, page_size=page_size, token=token)
        return BackupList(
            lambda token: self._reader.page(
                operations.list_backups(index_name, include_deleted=include_deleted, page_size=page_size, token=token)
            ),
            token,
        )
