"""What the exit status says. Of several that hold, the first in the order below is it."""

from collections.abc import Iterable
from enum import IntEnum

from aiopinecone import BackupFailedError, NotFoundError, PineconeError, PineconeTimeoutError, PineconeValueError


class Exit(IntEnum):
    """The exit statuses, in the order in which they are looked for."""

    INTERRUPTED = 130
    USAGE = 2
    FINDING = 1
    UNKNOWN = 3
    TIMED_OUT = 4
    FINE = 0


class Failure(Exception):  # noqa: N818 -- it is shown to people, who don't read its name
    """What ends a command: one sentence, what to do about it, and the exit status."""

    def __init__(self, message: str, hint: str | None = None, *, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


def first(codes: Iterable[Exit]) -> Exit:
    """The first that holds; fine, where none does."""
    found = set(codes)
    return next((code for code in Exit if code in found), Exit.FINE)


def status_of(error: PineconeError) -> Exit:
    """What an error of the library means for the exit status."""
    if isinstance(error, NotFoundError | BackupFailedError):
        return Exit.FINDING
    if isinstance(error, PineconeTimeoutError):
        return Exit.TIMED_OUT
    return Exit.USAGE if isinstance(error, PineconeValueError) else Exit.UNKNOWN
