"""What the API's answers become: frozen attrs classes that hold values and no behavior of the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import attrs

from aiopinecone.errors import PineconeError


class BackupStatus(str):
    """The state of a backup: the wire's own string, which also knows what it means.

    It compares equal to that string, so `backup.status == "Ready"` holds. A status that this version doesn't know is
    kept as it is, and is neither ready, pending, failed nor settled.
    """

    __slots__ = ()

    INITIALIZING: ClassVar["BackupStatus"]
    PENDING: ClassVar["BackupStatus"]
    SCHEDULED: ClassVar["BackupStatus"]
    READY: ClassVar["BackupStatus"]
    INITIALIZATION_FAILED: ClassVar["BackupStatus"]
    FAILED: ClassVar["BackupStatus"]

    @property
    def is_ready(self) -> bool:
        """The backup is complete and can be restored."""
        return self in _READY

    @property
    def is_pending(self) -> bool:
        """The backup is on its way."""
        return self in _PENDING

    @property
    def is_failed(self) -> bool:
        """The backup failed and will never be ready."""
        return self in _FAILED

    @property
    def is_settled(self) -> bool:
        """The status will not change any more: ready or failed."""
        return self in _READY or self in _FAILED

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from aiopinecone.api import schema  # noqa: PLC0415 -- for pydantic, which then is there

        return schema.of_status()


BackupStatus.INITIALIZING = BackupStatus("Initializing")
BackupStatus.PENDING = BackupStatus("Pending")
BackupStatus.SCHEDULED = BackupStatus("Scheduled")
BackupStatus.READY = BackupStatus("Ready")
BackupStatus.INITIALIZATION_FAILED = BackupStatus("InitializationFailed")
BackupStatus.FAILED = BackupStatus("Failed")

_READY = frozenset({BackupStatus.READY})
_PENDING = frozenset({BackupStatus.INITIALIZING, BackupStatus.PENDING, BackupStatus.SCHEDULED})
_FAILED = frozenset({BackupStatus.INITIALIZATION_FAILED, BackupStatus.FAILED})
KNOWN_STATUSES: dict[str, BackupStatus] = {str(status): status for status in _READY | _PENDING | _FAILED}


def _none_if_empty(value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return value or None


def _to_status(value: str) -> BackupStatus:
    return KNOWN_STATUSES.get(value) or BackupStatus(value)


@attrs.frozen(kw_only=True, repr=False, weakref_slot=False)
class Backup:
    """A point-in-time copy of an index, as Pinecone describes it. Hashable and picklable.

    Only the first six fields are in every answer; any other is None where the answer left it out or had null.

    Attributes:
        backup_id: opaque; often a UUID, and not to be relied on as one.
        source_index_name: the index that was backed up. A name can be used again by a later index.
        source_index_id: tells two indexes of one name apart.
        status: see `BackupStatus`.
        cloud: aws, gcp or azure.
        region: the cloud's own name, such as us-east-1.
        name: as given at creation.
        description: as given at creation.
        dimension: of the dense vectors; 0 for a sparse index. From the answer, else from the schema where that has
            exactly one dense vector field.
        metric: cosine, euclidean or dotproduct; found like `dimension`.
        schema: the index's schema, as the answer had it.
        record_count: records in the copy; None while it is made.
        namespace_count: namespaces in the copy; None while it is made.
        size_bytes: bytes of the copy; None while it is made.
        tags: the index's tags, as the answer had them. Here, in `schema` and in `extra` a whole number of 2**64 or more
            is a float, as in most readers of JSON.
        created_at: aware, UTC, to the microsecond.
        source_index_deleted_at: aware, UTC; filled only by `list_backups(index_name=..., include_deleted=True)`.
        extra: fields that this version doesn't know, by their names on the wire.
    """

    backup_id: str
    source_index_name: str
    source_index_id: str
    status: BackupStatus = attrs.field(converter=_to_status)
    cloud: str
    region: str
    name: str | None = None
    description: str | None = None
    _dimension: int | None = None
    _metric: str | None = None
    schema: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    record_count: int | None = None
    namespace_count: int | None = None
    size_bytes: int | None = None
    tags: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    created_at: datetime | None = None
    source_index_deleted_at: datetime | None = None
    _extra: Mapping[str, Any] | None = attrs.field(default=None, hash=False, converter=_none_if_empty)

    @property
    def extra(self) -> Mapping[str, Any]:
        """Fields that this version doesn't know, by their names on the wire."""
        return {} if self._extra is None else self._extra

    @property
    def dimension(self) -> int | None:
        """Of the dense vectors; 0 for a sparse index, None where the answer doesn't tell."""
        if self._dimension is not None:
            return self._dimension
        value = _dense_vector(self.schema).get("dimension")
        return value if type(value) is int else None

    @property
    def metric(self) -> str | None:
        """Of the dense vectors: cosine, euclidean or dotproduct; None where the answer doesn't tell."""
        if self._metric is not None:
            return self._metric
        value = _dense_vector(self.schema).get("metric")
        return value if isinstance(value, str) else None

    def to_dict(self) -> dict[str, Any]:
        """The backup as the wire has it, ready for JSON.

        What was absent or null is left out, and nothing derived is shown. Unknown fields stand at top level.
        Timestamps are in UTC, to the microsecond, with a `Z`. What is returned is the caller's own, to change at will.
        """
        wire = {name: getattr(self, attribute) for name, attribute in _WIRE}
        for name in ("created_at", "source_index_deleted_at"):
            if (moment := wire[name]) is not None:
                wire[name] = moment.isoformat().replace("+00:00", "Z")
        wire["status"] = str(self.status)
        said = {name: value for name, value in wire.items() if value is not None} | dict(self.extra)
        return {name: _copied(value) for name, value in said.items()}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from aiopinecone.api import schema  # noqa: PLC0415 -- for pydantic, which then is there

        return schema.of_backup()

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        from aiopinecone.api import schema  # noqa: PLC0415 -- as above

        return schema.json_of_backup()

    def __repr__(self) -> str:
        return f"Backup({', '.join(f'{name}={value!r}' for name, value in self._shown())})"

    def _repr_html_(self) -> str:
        from html import escape  # noqa: PLC0415 -- for notebooks only, and a hundredth of the import

        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in self._shown()
        )
        return f"<table><caption>Backup</caption>{rows}</table>"

    def _shown(self) -> list[tuple[str, object]]:
        """What a person wants to see: the fields that say something, with the status as plain text."""
        values = [(name, getattr(self, name)) for name in _SHOWN]
        shown = [(name, str(value) if name == "status" else value) for name, value in values]
        return [(name, value) for name, value in shown if value is not None and (name, value) != ("extra", {})]


_SHOWN = (
    "backup_id",
    "name",
    "status",
    "source_index_name",
    "source_index_id",
    "cloud",
    "region",
    "description",
    "dimension",
    "metric",
    "record_count",
    "namespace_count",
    "size_bytes",
    "tags",
    "schema",
    "created_at",
    "source_index_deleted_at",
    "extra",
)
# The wire's name of each field, and the attribute that holds what the wire said.
_WIRE = tuple((field.name.lstrip("_"), field.name) for field in attrs.fields(Backup) if field.name != "_extra")
WIRE_NAMES = frozenset(name for name, _ in _WIRE)


def _copied(value: Any) -> Any:
    """The same JSON value in objects and arrays of its own: the backup may be shared by many callers."""
    if isinstance(value, Mapping):
        return {name: _copied(item) for name, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _dense_vector(schema: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The only dense vector field of a typed schema; empty where there is none, or more than one."""
    fields = schema.get("fields") if schema else None
    if not isinstance(fields, dict):
        return {}
    dense = [field for field in fields.values() if isinstance(field, dict) and field.get("type") == "dense_vector"]
    return dense[0] if len(dense) == 1 else {}


@attrs.frozen(kw_only=True)
class BackupSchedule:
    """What makes backups of an index by itself, as Pinecone describes it; any field may be None, as it isn't told.

    Attributes:
        schedule_id: opaque.
        name: as given at creation.
        frequency: daily, weekly or monthly.
        enabled: whether it runs.
        created_at: aware, UTC.
        next_scheduled_run: aware, UTC; None while it is disabled.
        retention_expire_after_days: how long its backups are kept.
    """

    schedule_id: str | None = None
    name: str | None = None
    frequency: str | None = None
    enabled: bool | None = None
    created_at: datetime | None = None
    next_scheduled_run: datetime | None = None
    retention_expire_after_days: int | None = None


@attrs.frozen
class BackupResult:
    """What came of one id of `describe_backups`: a backup or an error, never both.

    Attributes:
        backup_id: the id as it was given.
        backup: the backup, or None.
        error: why there is none, or None.
    """

    backup_id: str
    backup: Backup | None = None
    error: PineconeError | None = None

    @property
    def ok(self) -> bool:
        """Whether there is a backup."""
        return self.backup is not None

    def unwrap(self) -> Backup:
        """The backup; raises `error` where there is none."""
        if self.backup is None:
            assert self.error is not None
            raise self.error
        return self.backup


@attrs.frozen
class CacheInfo:
    """What the cache did since the client was made.

    Attributes:
        hits: calls answered from memory.
        misses: calls that asked Pinecone, `fresh=True` included.
        joined: calls that waited for a request that another call had sent.
        stale: of the hits, those whose answer was past its TTL.
        size: answers held now.
        shared_hits: calls answered from the shared cache; they count neither as hits nor as misses.
    """

    hits: int
    misses: int
    joined: int
    stale: int
    size: int
    shared_hits: int = 0
