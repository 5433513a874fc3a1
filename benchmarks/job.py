"""One run of one contender: what a child process is told, and what it says. Also how answers are checked."""

import math
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import attrs

Answer = tuple[str, Any]  # the id and the size that a backup came with
Describe = Callable[[str], Awaitable[Answer]]

WRONG = 3  # what a process exits with that got a wrong answer
KEY = "pcsk_made-up"


@attrs.frozen(kw_only=True)
class Job:
    """What to run.

    Attributes:
        count: how many ids, hits, decodings.
        concurrency: requests in flight.
        url: of the server.
        authority: the file with the certificate of the server's authority; None for plain HTTP.
    """

    count: int
    concurrency: int
    url: str = ""
    authority: str | None = None

    def tls(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.authority) if self.authority else None

    def ids(self) -> list[str]:
        return list(numbered(self.count))


class WrongAnswerError(Exception):
    """The run doesn't count."""


def numbered(count: float = math.inf, *, start: int = 0) -> Iterator[str]:
    """Ids that look as Pinecone's do; none is like another."""
    number = start
    while number < start + count:
        yield f"{number:08d}-ed1c-4f97-9f8c-8194e07bcf71"
        number += 1


def check(backup_id: str, answer: Answer) -> None:
    """The answer is about this id, and is the one that the server gave."""
    if answer != (backup_id, int(backup_id[:8])):
        raise WrongAnswerError(f"{backup_id}: got {answer}")


def check_count(found: int, expected: int) -> None:
    if found != expected:
        raise WrongAnswerError(f"{found} answers instead of {expected}")


def check_absent(modules: Iterable[str]) -> None:
    """None of them was imported."""
    if loaded := sorted(set(modules) & set(sys.modules)):
        raise WrongAnswerError(f"loads {', '.join(loaded)}")
