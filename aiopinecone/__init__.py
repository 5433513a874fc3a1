"""The asyncio client for Pinecone's backups: describe one, describe many, list all."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aiopinecone._version import __version__
from aiopinecone.client import Pinecone
from aiopinecone.errors import (
    ApiError,
    BackupFailedError,
    CertificateError,
    ClientClosedError,
    ConflictError,
    FailedPreconditionError,
    ForbiddenError,
    NotFoundError,
    PaymentRequiredError,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
    PineconeValueError,
    RateLimitError,
    ResponseParsingError,
    ServiceError,
    UnauthorizedError,
)
from aiopinecone.inspect.bulk import BackupResults
from aiopinecone.inspect.listing import BackupList, BackupPage
from aiopinecone.models import Backup, BackupResult, BackupSchedule, BackupStatus, CacheInfo
from aiopinecone.policy.freshness import CachePolicy
from aiopinecone.policy.retry import RetryPolicy

if TYPE_CHECKING:
    from aiopinecone.inspect.audit import AuditReport, audit_projects
    from aiopinecone.inspect.difference import InventoryDiff, diff
    from aiopinecone.inspect.inventory import IndexInventory, Inventory
    from aiopinecone.inspect.watch import BackupWatch
    from aiopinecone.policy.facts import IndexState
    from aiopinecone.policy.judging import Finding, judge
    from aiopinecone.policy.protection import AuditPolicy, Override
    from aiopinecone.policy.verdict import Verdict

__all__ = [
    "ApiError",
    "AuditPolicy",
    "AuditReport",
    "Backup",
    "BackupFailedError",
    "BackupList",
    "BackupPage",
    "BackupResult",
    "BackupResults",
    "BackupSchedule",
    "BackupStatus",
    "BackupWatch",
    "CacheInfo",
    "CachePolicy",
    "CertificateError",
    "ClientClosedError",
    "ConflictError",
    "FailedPreconditionError",
    "Finding",
    "ForbiddenError",
    "IndexInventory",
    "IndexState",
    "Inventory",
    "InventoryDiff",
    "NotFoundError",
    "Override",
    "PaymentRequiredError",
    "Pinecone",
    "PineconeConnectionError",
    "PineconeError",
    "PineconeTimeoutError",
    "PineconeValueError",
    "RateLimitError",
    "ResponseParsingError",
    "RetryPolicy",
    "ServiceError",
    "UnauthorizedError",
    "Verdict",
    "__version__",
    "audit_projects",
    "diff",
    "judge",
]

_LATER = {
    "AuditPolicy": "aiopinecone.policy.protection",
    "AuditReport": "aiopinecone.inspect.audit",
    "BackupWatch": "aiopinecone.inspect.watch",
    "Finding": "aiopinecone.policy.judging",
    "IndexInventory": "aiopinecone.inspect.inventory",
    "IndexState": "aiopinecone.policy.facts",
    "Inventory": "aiopinecone.inspect.inventory",
    "InventoryDiff": "aiopinecone.inspect.difference",
    "Override": "aiopinecone.policy.protection",
    "Verdict": "aiopinecone.policy.verdict",
    "audit_projects": "aiopinecone.inspect.audit",
    "diff": "aiopinecone.inspect.difference",
    "judge": "aiopinecone.policy.judging",
}


if not TYPE_CHECKING:  # with it, a type checker would believe in any name

    def __getattr__(name: str) -> Any:
        """What only the inspection of a whole project needs is imported when it is first asked for.

        It takes a fifth of `import aiopinecone` otherwise.
        """
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_LATER[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
