"""The asyncio client for Pinecone's backups: describe one, describe many, list all."""

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
from aiopinecone.inspect.audit import AuditReport, audit_projects
from aiopinecone.inspect.bulk import BackupResults
from aiopinecone.inspect.difference import InventoryDiff, diff
from aiopinecone.inspect.inventory import IndexInventory, Inventory
from aiopinecone.inspect.listing import BackupList, BackupPage
from aiopinecone.inspect.watch import BackupWatch
from aiopinecone.models import Backup, BackupResult, BackupSchedule, BackupStatus, CacheInfo
from aiopinecone.policy.facts import IndexState
from aiopinecone.policy.freshness import CachePolicy
from aiopinecone.policy.judging import Finding, judge
from aiopinecone.policy.protection import AuditPolicy, Override
from aiopinecone.policy.retry import RetryPolicy
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
