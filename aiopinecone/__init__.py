"""The asyncio client for Pinecone's backups: describe one, describe many, list all."""

from aiopinecone._version import __version__
from aiopinecone.client import Pinecone
from aiopinecone.errors import (
    ApiError,
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
from aiopinecone.models import Backup, BackupResult, BackupStatus, CacheInfo
from aiopinecone.policy.freshness import CachePolicy
from aiopinecone.policy.retry import RetryPolicy

__all__ = [
    "ApiError",
    "Backup",
    "BackupList",
    "BackupPage",
    "BackupResult",
    "BackupResults",
    "BackupStatus",
    "CacheInfo",
    "CachePolicy",
    "CertificateError",
    "ClientClosedError",
    "ConflictError",
    "FailedPreconditionError",
    "ForbiddenError",
    "NotFoundError",
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
    "__version__",
]
