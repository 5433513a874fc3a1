"""Pagination: limits, and tokens that are base64 offsets."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from aiopinecone.emulator.refusal import invalid
from aiopinecone.emulator.shapes import NEWEST

MAX_LIMIT = 100

_LIMIT = re.compile(r"[0-9]{1,3}", re.ASCII)
_TOKEN = re.compile(rb"([0-9]{1,12}):([0-9]{1,3})")

Row = TypeVar("Row")


def token(offset: int, limit: int) -> str:
    """The token of the page that begins at this offset: it carries the page size too."""
    return base64.b64encode(b"%d:%d" % (offset, limit)).decode()


def window(query: Mapping[str, str], version: str) -> tuple[int, int]:
    """(offset, limit) as `limit` and `paginationToken` ask for them.

    A limit sent with a token wins over the size that the token carries.

    Raises:
        Refusal: 400 for a limit outside 1..100 or a token that is not ours.
    """
    offset, limit = 0, MAX_LIMIT if version == NEWEST else 10
    if "paginationToken" in query:
        offset, limit = _read_token(query["paginationToken"])
    if "limit" in query:
        limit = _read_limit(query["limit"])
    return offset, limit


def page(rows: Sequence[Row], query: Mapping[str, str], version: str) -> tuple[Sequence[Row], dict[str, Any]]:
    """The rows of the asked page, and the `pagination` member to send with them.

    After the last page it is null in 2026-07 and absent before.
    """
    offset, limit = window(query, version)
    end = offset + limit
    if end < len(rows):
        return rows[offset:end], {"pagination": {"next": token(end, limit)}}
    return rows[offset:end], {"pagination": None} if version == NEWEST else {}


def _read_limit(text: str) -> int:
    if _LIMIT.fullmatch(text) is None or not 1 <= int(text) <= MAX_LIMIT:
        raise invalid(f"limit must be an integer from 1 to {MAX_LIMIT}.")
    return int(text)


def _read_token(text: str) -> tuple[int, int]:
    try:
        found = _TOKEN.fullmatch(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        found = None
    if found is None or not 1 <= int(found[2]) <= MAX_LIMIT:
        raise invalid("Invalid pagination token.")
    return int(found[1]), int(found[2])
