"""What can be asked of the API: each function here makes an `Operation`, a value, and nothing has happened yet.

Ids and names are opaque text. They are checked and quoted here, so that each is exactly one segment of the path: an
empty one or a `.` would ask for the list instead, and `..` for something else altogether.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

import attrs

from aiopinecone.api import wire
from aiopinecone.errors import PineconeValueError, ResponseParsingError, shown
from aiopinecone.models import Backup, BackupSchedule

if TYPE_CHECKING:
    from aiopinecone.api.indexes import Index

T = TypeVar("T")

_NO_QUERY: Mapping[str, str] = {}
_PLAIN = re.compile(r"[A-Za-z0-9_-]+").fullmatch  # what is no different when it is quoted
PAGE_SIZES = range(1, 101)
LISTS = 8 << 20  # bytes of a list at most; more would cost more than a bomb may, 32 MB, once it is put together


@attrs.define(eq=False)
class Operation(Generic[T]):
    """One question to the API.

    Attributes:
        path: quoted, to be appended to the host as it is.
        decode: the body of a successful answer -> its value; raises `ResponseParsingError`.
        query: parameters of the query, not quoted.
        max_bytes: of the body; an answer with more is refused.
    """

    path: str
    decode: Callable[[bytes], T]
    query: Mapping[str, str] = _NO_QUERY
    max_bytes: int = 1 << 20


def describe_backup(backup_id: str) -> Operation[Backup]:
    """GET /backups/{backup_id}. An answer about another backup is refused."""
    path = "/backups/" + _segment(backup_id, "a backup id", "backup_id")
    return Operation(path, partial(_decode_backup, backup_id))


def list_backups(
    index_name: str | None, *, include_deleted: bool, page_size: int, token: str | None
) -> Operation[wire.Page]:
    """GET /backups, or GET /indexes/{index_name}/backups: one page, the first or the one that `token` names."""
    path = "/backups" if index_name is None else f"/indexes/{_index_segment(index_name)}/backups"
    query = {"limit": str(page_size)}
    if include_deleted:
        query["include_deleted"] = "true"
    if token is not None:
        query["paginationToken"] = token
    return Operation(path, _decode_page, query, max_bytes=LISTS)


def list_indexes() -> "Operation[list[Index]]":
    """GET /indexes: all of them in one answer, since this list has no pages."""
    return Operation("/indexes", _decode_indexes, max_bytes=LISTS)


def list_schedules(index_name: str) -> Operation[list[BackupSchedule]]:
    """GET /indexes/{index_name}/backup-schedules: the first hundred; an index has at most one that is enabled."""
    path = f"/indexes/{_index_segment(index_name)}/backup-schedules"
    return Operation(path, _decode_schedules, {"limit": "100"})


def check_listing(index_name: str | None, *, include_deleted: bool, page_size: int, token: str | None = None) -> None:
    """Raises `PineconeValueError` for what no listing can be made of."""
    if index_name is not None:
        _index_segment(index_name)
    elif include_deleted:
        problem = "include_deleted needs an index_name: the project's list has those backups anyway"
        raise PineconeValueError(problem, argument="include_deleted")
    if type(page_size) is not int or page_size not in PAGE_SIZES:
        problem = f"page_size must be a whole number from 1 to 100, not {shown(page_size)}"
        raise PineconeValueError(problem, argument="page_size")
    if token is not None and not (isinstance(token, str) and token.isprintable() and token):
        problem = "pagination_token must be the next_token of a page; None begins at the first"
        raise PineconeValueError(problem, argument="pagination_token")


def _decode_backup(backup_id: str, body: bytes) -> Backup:
    backup = wire.decode(body, Backup)
    if backup.backup_id != backup_id:
        raise ResponseParsingError("the answer is about another backup than the one asked for", "$.backup_id")
    return backup


def _decode_indexes(body: bytes) -> "list[Index]":
    from aiopinecone.api.indexes import IndexList  # noqa: PLC0415 -- what only an audit asks for

    return wire.decode(body, IndexList).indexes or []


def _decode_schedules(body: bytes) -> list[BackupSchedule]:
    from aiopinecone.api.indexes import SchedulePage  # noqa: PLC0415 -- as above

    return wire.decode(body, SchedulePage).data or []


def _decode_page(body: bytes) -> wire.Page:
    return wire.decode(body, wire.Page)


def _index_segment(index_name: Any) -> str:
    return _segment(index_name, "an index name", "index_name")


def _segment(text: Any, what: str, argument: str) -> str:
    """The text as one segment of a path. Raises `PineconeValueError` where it can't be one."""
    if not isinstance(text, str):
        raise PineconeValueError(f"{what} must be a str, not {type(text).__name__}", argument=argument)
    if _PLAIN(text):  # as ids mostly are; quote() alone takes three times as long
        return text
    if text in ("", ".", ".."):
        raise PineconeValueError(f"{what} can't be {text!r}: it would ask for something else", argument=argument)
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        pass  # raised below, outside of the handler: its text would hang on the error otherwise
    raise PineconeValueError(f"{what} holds half of a surrogate pair, which has no UTF-8 form", argument=argument)
