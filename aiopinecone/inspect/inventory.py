"""All backups of a project, or of one index, at one time: counted, written to a file, read back."""

import json
import os
from collections import Counter
from collections.abc import AsyncIterable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Self

import attrs

from aiopinecone.api import wire
from aiopinecone.errors import PineconeValueError, ResponseParsingError, shown
from aiopinecone.models import WIRE_NAMES, Backup

SCHEMA_VERSION = 1

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_COLUMNS = tuple(field.name.lstrip("_") for field in attrs.fields(Backup) if field.name.lstrip("_") in WIRE_NAMES)


def newest_ready(backups: Iterable[Backup]) -> Backup | None:
    """The newest of those that are ready, by `created_at`; one without counts as the oldest."""
    ready = (backup for backup in backups if backup.status.is_ready)
    return max(ready, key=lambda backup: (backup.created_at or _LONG_AGO, backup.backup_id), default=None)


@attrs.frozen(kw_only=True)
class IndexInventory:
    """The backups under one name of an index, in numbers.

    Attributes:
        count: of the backups.
        total_bytes: of those that tell their size.
        total_records: of those that tell their records.
        by_status: status -> how many.
        index_ids: each `source_index_id` that bore the name, sorted.
        newest_ready: the newest backup that is ready, or None.
    """

    count: int
    total_bytes: int
    total_records: int
    by_status: Mapping[str, int]
    index_ids: tuple[str, ...]
    newest_ready: Backup | None

    @classmethod
    def of(cls, backups: list[Backup]) -> Self:
        """The numbers of these backups."""
        return cls(
            count=len(backups),
            total_bytes=_total_bytes(backups),
            total_records=_total_records(backups),
            by_status=_by_status(backups),
            index_ids=tuple(sorted({backup.source_index_id for backup in backups})),
            newest_ready=newest_ready(backups),
        )


def _once(backups: Iterable[Backup]) -> tuple[Backup, ...]:
    return tuple({backup.backup_id: backup for backup in backups}.values())


def _check_taken_at(_: object, __: object, value: Any) -> None:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise PineconeValueError(f"taken_at must be a datetime with a time zone, not {shown(value)}")


@attrs.frozen(slots=False)
class Inventory:
    """Backups as they stood at one time.

    Attributes:
        backups: each once, in the order of the API.
        taken_at: when the reading began; aware.

    Raises:
        PineconeValueError: `taken_at` has no time zone.
    """

    backups: tuple[Backup, ...] = attrs.field(converter=_once, repr=lambda backups: f"<{len(backups)}>")
    taken_at: datetime = attrs.field(validator=_check_taken_at)

    @cached_property
    def total_bytes(self) -> int:
        """Of all backups that tell their size."""
        return _total_bytes(self.backups)

    @cached_property
    def total_records(self) -> int:
        """Of all backups that tell their records."""
        return _total_records(self.backups)

    @cached_property
    def by_status(self) -> Mapping[str, int]:
        """Status -> how many backups have it, the most frequent first."""
        return _by_status(self.backups)

    @cached_property
    def by_index(self) -> Mapping[str, IndexInventory]:
        """Name of the index -> its backups in numbers, sorted by name."""
        groups: dict[str, list[Backup]] = {}
        for backup in self.backups:
            groups.setdefault(backup.source_index_name, []).append(backup)
        return {name: IndexInventory.of(groups[name]) for name in sorted(groups)}

    def to_records(self) -> list[dict[str, Any]]:
        """A dict for each backup, ready for `pandas.DataFrame` or `polars.DataFrame`.

        All have the same keys, the names on the wire; what is unknown is None. Times are aware datetimes, `dimension`
        and `metric` are found as `Backup` does. Fields that this version doesn't know are left to `to_dict`.
        """
        return [
            {name: str(backup.status) if name == "status" else getattr(backup, name) for name in _COLUMNS}
            for backup in self.backups
        ]

    def to_dict(self) -> dict[str, Any]:
        """`{"schema_version": 1, "taken_at": ..., "backups": [...]}`, ready for JSON, each backup in its wire form."""
        return {**self._head(), "backups": [backup.to_dict() for backup in self.backups]}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Self:
        """What `to_dict` gave, back. Raises `PineconeValueError` that names what is wrong with it."""
        if not isinstance(value, Mapping) or "schema_version" not in value:
            raise PineconeValueError("this is no inventory: it has no schema_version")
        if (version := value["schema_version"]) != SCHEMA_VERSION or isinstance(version, bool):
            raise PineconeValueError(
                f"the inventory has schema_version {shown(version)}, and only {SCHEMA_VERSION} can be read here",
                hint="Read it with the version of aiopinecone that wrote it, or a newer one.",
            )
        rows = value.get("backups")
        if not isinstance(rows, list):
            raise PineconeValueError("the inventory has no list of backups")
        return cls([_row(row, number) for number, row in enumerate(rows)], _moment(value.get("taken_at")))

    def save(self, path: str | PathLike[str]) -> None:
        """Write it to a file as JSON, a line for each backup, all or nothing: no half of it is ever at this path.

        Raises:
            OSError: the file can't be written.
        """
        target = Path(path)
        draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
        try:
            with draft.open("w", encoding="utf-8") as file:
                head = json.dumps(self._head())
                file.write(f'{head[:-1]}, "backups": [')
                for number, backup in enumerate(self.backups):
                    file.write((",\n" if number else "\n") + json.dumps(backup.to_dict()))
                file.write("\n]}\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """What `save` wrote, back.

        Raises:
            PineconeValueError: the file holds no inventory, a cut one, or one of another `schema_version`.
            OSError: the file can't be read.
        """
        try:
            value = json.loads(Path(path).read_bytes())
        except (ValueError, RecursionError) as error:
            problem = f"{os.fspath(path)!r} holds no inventory: it isn't JSON ({error})"
        else:
            return cls._from_file(value, os.fspath(path))
        raise PineconeValueError(problem)

    @classmethod
    def _from_file(cls, value: Any, path: str) -> Self:
        try:
            return cls.from_dict(value)
        except PineconeValueError as error:
            problem, hint = f"{path!r} can't be read: {error}", error.hint
        raise PineconeValueError(problem, hint=hint)

    def _head(self) -> dict[str, Any]:
        taken_at = self.taken_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return {"schema_version": SCHEMA_VERSION, "taken_at": taken_at}


async def take_inventory(backups: AsyncIterable[Backup]) -> Inventory:
    """All of them, or the error that kept one from coming."""
    taken_at, shared = datetime.now(UTC), _Shared()
    return Inventory([shared.lean(backup) async for backup in backups], taken_at)


class _Shared:
    """Equal schemas and tags, held once for the backups of an index: most of what a backup takes."""

    def __init__(self) -> None:
        self._of_index: dict[str, tuple[Any, Any]] = {}

    def lean(self, backup: Backup) -> Backup:
        """The same backup, with its schema and tags shared with another of its index, if that has equal ones."""
        own = backup.schema, backup.tags
        shared = self._of_index.setdefault(backup.source_index_id, own)
        if shared == own:
            return backup if shared is own else attrs.evolve(backup, schema=shared[0], tags=shared[1])
        self._of_index[backup.source_index_id] = own
        return backup


def _row(value: Any, number: int) -> Backup:
    try:
        return wire.structure(value, Backup)
    except ResponseParsingError as error:
        problem = f"backup number {number + 1} of the inventory can't be read: {error}"
    raise PineconeValueError(problem)


def _moment(value: Any) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        problem = f"the inventory's taken_at isn't a timestamp: {shown(value)}"
    raise PineconeValueError(problem)


def _total_bytes(backups: Iterable[Backup]) -> int:
    return sum(backup.size_bytes or 0 for backup in backups)


def _total_records(backups: Iterable[Backup]) -> int:
    return sum(backup.record_count or 0 for backup in backups)


def _by_status(backups: Iterable[Backup]) -> dict[str, int]:
    counts = Counter(str(backup.status) for backup in backups)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
