"""What stands in a shared store: sealed records, under names that give nothing away. Pure.

A record is `1 <HMAC> <asked at> <kind>`, a line end, and the body as the wire had it. The HMAC-SHA256 covers the name
that the record stands under, too, so one that was planted, changed, or moved to another name isn't read. All of it is
made with keys derived from the API key: who has another key finds nothing, and can make nothing.
"""

import hmac
import re
from enum import Enum

import attrs

from aiopinecone.settings import Secret

LARGEST = (1 << 20) + 256  # bytes of a record; a body counts 1 MiB at most
SKEW = 1.0  # seconds that the clock of another machine may be ahead

_RECORD = re.compile(rb"1 ([0-9a-f]{64}) (([0-9]{1,11}\.[0-9]{6}) ([a-z]+)\n(.*))", re.DOTALL)


class Kind(Enum):
    """What a record says."""

    BACKUP = b"backup"  # the body of the answer
    MISSING = b"missing"  # a 404: what its error is made of, as JSON
    FORGOTTEN = b"forgotten"  # whatever was asked for earlier doesn't count


_KINDS = {kind.value: kind for kind in Kind}


@attrs.frozen
class Record:
    """An answer as it crosses from one process to another.

    Attributes:
        kind: what it says.
        asked_at: when Pinecone was asked, in seconds since 1970.
        body: bytes, as the kind has them.
    """

    kind: Kind
    asked_at: float
    body: bytes = attrs.field(default=b"", repr=False)


class Seal:
    """Names and values of one API key at one host, in one version of the API.

    Attributes:
        mark: the name of the record that says when all was forgotten.
        bucket: the name of what counts requests, which all versions share.
    """

    def __init__(self, key: Secret, host: str, api_version: str) -> None:
        secret = key.reveal().encode()
        self._names = Secret(hmac.digest(secret, b"aiopinecone shared cache 1: names", "sha256"))
        self._values = Secret(hmac.digest(secret, b"aiopinecone shared cache 1: values", "sha256"))
        self._prefix = f"aiopinecone:1:{self._digest(host, api_version)}"
        self.mark = f"{self._prefix}:mark"
        self.bucket = f"aiopinecone:1:{self._digest(host)}:rate"

    def name(self, backup_id: str) -> str:
        """Where the record of this backup stands: visible ASCII, whatever the id is."""
        return f"{self._prefix}:{self._digest(self._prefix, backup_id)}"

    def close(self, name: str, record: Record) -> bytes:
        """The value to be kept under this name."""
        rest = b"%.6f %s\n%s" % (record.asked_at, record.kind.value, record.body)
        return b"1 %s %s" % (self._mac(name, rest), rest)

    def open(self, name: str, value: object, wall: float) -> Record | None:
        """The record that was kept under this name, whatever a store gives back; None for all that isn't one.

        `wall` is the time now, in seconds since 1970: a record of the future isn't one.
        """
        if isinstance(value, str):  # a store that decodes
            value = value.encode(errors="replace")
        if not isinstance(value, bytes) or len(value) > LARGEST or (match := _RECORD.fullmatch(value)) is None:
            return None
        mac, rest, asked_at, kind, body = match.groups()
        if not hmac.compare_digest(mac, self._mac(name, rest)) or float(asked_at) > wall + SKEW:
            return None
        return Record(_KINDS[kind], float(asked_at), body)

    def _mac(self, name: str, rest: bytes) -> bytes:
        message = b"%s\n%s" % (name.encode(), rest)
        return hmac.digest(self._values.reveal(), message, "sha256").hex().encode()

    def _digest(self, *texts: str) -> str:
        message = "\0".join(texts).encode(errors="surrogatepass")
        return hmac.digest(self._names.reveal(), message, "sha256").hex()[:32]
