"""`doctor`: what is wrong, if something is; a line for each check, with what to do."""

import asyncio
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import attrs

from aiopinecone import Backup, ForbiddenError, Pinecone, PineconeError, RetryPolicy, UnauthorizedError, __version__
from aiopinecone.cli import words
from aiopinecone.cli.exits import Exit, Failure, status_of
from aiopinecone.cli.printing import Printer, Shape
from aiopinecone.cli.projects import Choice, Project
from aiopinecone.cli.style import Style
from aiopinecone.cli.tables import Column
from aiopinecone.cli.terminal import Terminal

TIMEOUT = 10.0  # seconds
SKEW = 60.0  # seconds that a clock may be off: no age is told more exactly


@attrs.frozen
class Check:
    """What one check found.

    Attributes:
        check: its name.
        status: ok, failed, or skipped where another failed first.
        detail: what was seen.
        next_step: what to do; None where there is nothing.
        code: what it means for the exit status.
    """

    check: str
    status: str
    detail: str
    next_step: str | None = None
    code: Exit = attrs.field(default=Exit.FINE, kw_only=True)

    def record(self) -> dict[str, Any]:
        """By the keys of `SHAPE`."""
        return {"check": self.check, "status": self.status, "detail": self.detail, "next_step": self.next_step}


_STYLES = {"ok": "green", "failed": "red", "skipped": "yellow"}
SHAPE = Shape[Check](
    columns=[
        Column("CHECK", lambda row: row.check),
        Column("STATUS", lambda row: row.status, style=lambda row: _STYLES[row.status]),
        Column("DETAIL", lambda row: words.literal(row.detail), fold=True),
        Column("WHAT TO DO", lambda row: words.or_dash(row.next_step), fold=True),
    ],
    keys=("check", "status", "detail", "next_step"),
    record=Check.record,
    wire=Check.record,
    name=lambda row: row.check,
    document=lambda rows: {"checks": [row.record() for row in rows]},
    nothing="",
)


@attrs.define
class Look:
    """What one look at the project brought.

    Attributes:
        failure: why the host (a usage failure) or the key couldn't be used, so that nothing was sent.
        error: of the library, where Pinecone didn't answer as wished.
        headers: of the last answer, with small letters; empty where none came.
        received_at: when it came.
        seconds: that the list took, with connecting.
        backup: the first of the list, if there is one.
        hits: of the cache, as this backup was described next.
    """

    failure: Failure | None = None
    error: PineconeError | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)
    received_at: datetime | None = None
    seconds: float = 0.0
    backup: Backup | None = None
    hits: int = 0


async def doctor(terminal: Terminal, choice: Choice, style: Style) -> None:
    """Check everything that a command needs."""
    project = choice.one()
    with Printer(terminal, style, SHAPE) as printer:
        look = await _look(project, terminal)
        for check in (
            _key(project, look), _host(project, look), _version(look), _clock(look), _reachability(look), _cache(look)
        ):  # fmt: skip
            printer.add(check)
            terminal.codes.add(check.code)


async def _look(project: Project, terminal: Terminal) -> Look:
    look = Look()

    async def keep(_: Any, __: Any, params: aiohttp.TraceRequestEndParams) -> None:
        look.headers = {name.lower(): value for name, value in params.response.headers.items()}
        look.received_at = datetime.now(UTC)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(keep)
    async with aiohttp.ClientSession(trace_configs=[trace], cookie_jar=aiohttp.DummyCookieJar()) as session:
        try:
            project.check_host()
            async with project.client(
                terminal, session=session, timeout=TIMEOUT, attempt_timeout=TIMEOUT, retry=RetryPolicy(attempts=1)
            ) as pc:
                await _ask(pc, look)
        except Failure as failure:
            look.failure = failure
        except PineconeError as error:
            look.error = error
    return look


async def _ask(pc: Pinecone, look: Look) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    page = await anext(pc.list_backups(page_size=1).pages())
    look.seconds = clock() - began
    if page:
        look.backup = page[0]
        await pc.describe_backup(page[0].backup_id)
        look.hits = pc.cache_info().hits


def _key(project: Project, look: Look) -> Check:
    if look.failure is not None and look.failure.code is Exit.UNKNOWN:
        return Check("key", "failed", look.failure.message, look.failure.hint, code=Exit.UNKNOWN)
    where = f"read from {project.api_key_env}"
    if isinstance(look.error, UnauthorizedError | ForbiddenError):
        return Check("key", "failed", f"{where}, and refused: {look.error}", look.error.hint, code=Exit.UNKNOWN)
    if look.error is None and look.failure is None:
        return Check("key", "ok", f"{where}, and accepted")
    return Check("key", "skipped", f"{where}, but nobody has looked at it", "See below.")


def _host(project: Project, look: Look) -> Check:
    if look.failure is not None and look.failure.code is Exit.USAGE:
        return Check("host", "failed", look.failure.message, look.failure.hint, code=Exit.USAGE)
    if project.host is not None:
        return Check("host", "ok", f"{project.host}, of the configuration")
    if given := os.environ.get("PINECONE_CONTROLLER_HOST"):
        return Check("host", "ok", f"{given}, of PINECONE_CONTROLLER_HOST")
    return Check("host", "ok", "Pinecone's own, as none is set")


def _version(look: Look) -> Check:
    ours = f"aiopinecone {__version__}, Python {platform.python_version()}, aiohttp {aiohttp.__version__}"
    theirs = look.headers.get("x-pinecone-api-version")
    return Check("version", "ok", f"{ours}; " + (f"API {theirs}" if theirs else "the API told no version"))


def _clock(look: Look) -> Check:
    try:
        told = parsedate_to_datetime(look.headers.get("date", ""))
    except ValueError:
        return Check("clock", "skipped", "no answer told the time", "See reachability.")
    assert look.received_at is not None  # it comes with the headers
    ahead = (look.received_at - told).total_seconds()
    if abs(ahead) <= SKEW:
        return Check("clock", "ok", f"within {SKEW:.0f} s of the server's")
    direction = "ahead of" if ahead > 0 else "behind"
    detail = f"{words.age(abs(ahead))} {direction} the server's, and every age is wrong by as much"
    return Check("clock", "failed", detail, "Set this machine's clock, best by NTP.", code=Exit.FINDING)


def _reachability(look: Look) -> Check:
    if look.failure is not None:
        return Check("reachability", "skipped", "nothing was sent", "Mend the key and the host first.")
    if look.error is None:
        return Check("reachability", "ok", f"the list of backups came in {1000 * look.seconds:.0f} ms")
    if isinstance(look.error, UnauthorizedError | ForbiddenError):
        return Check("reachability", "ok", "it answers, though it refuses the key")
    return Check("reachability", "failed", str(look.error), look.error.hint, code=status_of(look.error))


def _cache(look: Look) -> Check:
    if look.failure is not None or look.error is not None:
        return Check("cache", "skipped", "there was nothing to keep", "See above.")
    if look.backup is None:
        return Check("cache", "skipped", "the project has no backup to try it with", "Nothing, unless there should be.")
    if look.hits:
        return Check("cache", "ok", "a backup that was listed was described from memory")
    detail = "a backup that was listed was asked for again"
    return Check("cache", "failed", detail, "Report this with the output of --debug.", code=Exit.FINDING)
