"""Can every index be restored tonight? Knows no client: it takes coroutine functions that read a project."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any, Protocol, TypeVar

import attrs

from aiopinecone.api.indexes import Index
from aiopinecone.errors import ClientClosedError, PineconeError, PineconeValueError
from aiopinecone.inspect.listing import BackupList
from aiopinecone.models import BackupSchedule
from aiopinecone.policy.facts import IndexState
from aiopinecone.policy.judging import Finding, check_moment, judge, wants_schedules
from aiopinecone.policy.protection import AuditPolicy
from aiopinecone.policy.verdict import Verdict

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class AuditReport:
    """What an audit found.

    Attributes:
        findings: one for each index that isn't exempt, the worst first.
        exempt: names of the indexes that an override exempts, sorted.
        taken_at: the moment that ages are counted to.
    """

    findings: tuple[Finding, ...]
    exempt: tuple[str, ...] = ()
    taken_at: datetime

    @property
    def ok(self) -> bool:
        """Whether every finding is."""
        return all(finding.ok for finding in self.findings)

    @property
    def worst(self) -> Verdict | None:
        """The worst verdict; None where every index is exempt."""
        return self.findings[0].verdict if self.findings else None

    def to_records(self) -> list[dict[str, Any]]:
        """A dict for each finding, ready for `pandas.DataFrame`: its names, with text, numbers and datetimes."""
        return [finding.to_record() for finding in self.findings]

    def _repr_html_(self) -> str:
        names = ("project", "index_name", "verdict", "reason", "next_step", "warnings")
        head = "".join(f"<th>{name}</th>" for name in names)
        rows = "".join(f"<tr>{''.join(_cell(getattr(each, name)) for name in names)}</tr>" for each in self.findings)
        caption = escape(f"Audit of {self.taken_at:%Y-%m-%d %H:%M} UTC: {self.worst or 'nothing to judge'}")
        return f"<table><caption>{caption}</caption><tr>{head}</tr>{rows}</table>"


def _cell(value: object) -> str:
    text = " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return f"<td>{escape(text)}</td>"


def make_report(findings: Iterable[Finding], exempt: Iterable[str], now: datetime) -> AuditReport:
    """The findings in their order: the worst first, then by project and index."""
    ordered = sorted(findings, key=lambda each: (-each.verdict.rank, each.project or "", each.index_name or ""))
    return AuditReport(findings=tuple(ordered), exempt=tuple(sorted(exempt)), taken_at=now)


@attrs.frozen(kw_only=True)
class ProjectReader:
    """What an audit reads a project with.

    Attributes:
        indexes: all indexes of the project.
        backups: the list of one index, or with None of the project.
        schedules: the schedules of one index.
        concurrency: indexes read at one time at most.
    """

    indexes: Callable[[], Awaitable[list[Index]]]
    backups: Callable[[str | None], BackupList]
    schedules: Callable[[str], Awaitable[list[BackupSchedule]]]
    concurrency: int


async def audit_project(reader: ProjectReader, policy: AuditPolicy, now: datetime | None) -> AuditReport:
    """Judge each index of the project. Raises what the list of indexes does; all else that fails is a finding."""
    now = _moment(now)
    indexes = {index.name: index for index in await reader.indexes()}
    if not indexes:
        return make_report([_of_project("The project has no index.", _CHECK_KEY)], (), now)
    exempt = {name for name, index in indexes.items() if policy.rules_for(name, index.tags or {}) is None}
    run = _Audit(reader, policy, now, [index for name, index in indexes.items() if name not in exempt])
    await _side_by_side(run.workers())
    return make_report(run.findings, exempt, now)


_CHECK_KEY = "Check that the API key is of the right project: one key sees one project."


def _of_project(reason: str, next_step: str) -> Finding:
    return Finding(index_name=None, verdict=Verdict.UNKNOWN, reason=reason, next_step=next_step)


class _Audit:
    """One run over the indexes of a project: workers read and judge them, a list of the project is read beside."""

    def __init__(self, reader: ProjectReader, policy: AuditPolicy, now: datetime, indexes: list[Index]) -> None:
        self._reader, self._policy, self._now = reader, policy, now
        self._waiting = iter(indexes)
        self._count = len(indexes)
        self._index_ids: dict[str, set[str]] = {}  # of each name that a backup of the project shows
        self._warnings: tuple[str, ...] = ()
        self._is_listed = asyncio.Event()
        self.findings: list[Finding] = []

    def workers(self) -> list[Coroutine[Any, Any, None]]:
        if not self._count:
            return []
        count = min(self._reader.concurrency, self._count)
        return [self._list_project(), *(self._work() for _ in range(count))]

    async def _work(self) -> None:
        for index in self._waiting:
            state = await self._read(index)
            await self._is_listed.wait()
            state = attrs.evolve(state, index_ids=self._index_ids.get(index.name, ()))
            finding = judge(state, self._policy, self._now)
            self.findings.append(attrs.evolve(finding, warnings=finding.warnings + self._warnings))

    async def _read(self, index: Index) -> IndexState:
        state = IndexState(name=index.name, backups=None, tags=index.tags, pod_based=index.is_pod_based)
        if state.pod_based:
            return state
        try:
            state = attrs.evolve(state, backups=await self._reader.backups(index.name).to_list())
            if wants_schedules(state, self._policy):
                state = attrs.evolve(state, schedules=await self._schedules(index.name))
        except ClientClosedError:
            raise
        except PineconeError as error:
            return attrs.evolve(state, problem=str(error))
        return state

    async def _schedules(self, index_name: str) -> list[BackupSchedule]:
        try:
            return await self._reader.schedules(index_name)
        except ClientClosedError:
            raise
        except PineconeError:  # plans and API versions without schedules refuse; to have none is the same
            return []

    async def _list_project(self) -> None:
        """Which indexes bore each name: the project's list holds the backups of deleted ones, too."""
        try:
            async for page in self._reader.backups(None).pages():
                for backup in page:
                    self._index_ids.setdefault(backup.source_index_name, set()).add(backup.source_index_id)
        except ClientClosedError:
            raise
        except PineconeError as error:
            self._warnings = (f"The project's list wasn't read, so a name that was used before may go unseen: {error}",)
        self._is_listed.set()


class Auditable(Protocol):
    """What `audit_projects` asks of a client."""

    async def audit(self, policy: AuditPolicy, now: datetime | None) -> AuditReport: ...


async def audit_projects(
    projects: Mapping[str, Auditable],
    policy: AuditPolicy = AuditPolicy(),  # noqa: B008 -- frozen, and the signature shows the default
    now: datetime | None = None,
) -> AuditReport:
    """Audit several projects side by side. A project that can't be read is one finding, UNKNOWN.

    Args:
        projects: a name of yours for each project -> its client.
        policy: what is asked of all of them.
        now: the moment that ages are counted to, aware; None takes the present.

    Raises:
        PineconeValueError: an argument can't be used; nothing was sent.
    """
    check_policy(policy)
    if not isinstance(projects, Mapping):
        raise PineconeValueError(f"projects must be a mapping of names to clients, not {type(projects).__name__}")
    if strangers := [name for name, pc in projects.items() if not hasattr(pc, "audit")]:
        raise PineconeValueError(
            f"projects[{strangers[0]!r}] must be a client, not {type(projects[strangers[0]]).__name__}"
        )
    now = _moment(now)
    reports = await _side_by_side([_audit_one(name, pc, policy, now) for name, pc in projects.items()])
    findings = [finding for report in reports for finding in report.findings]
    return make_report(findings, [name for report in reports for name in report.exempt], now)


async def _audit_one(name: str, pc: Auditable, policy: AuditPolicy, now: datetime) -> AuditReport:
    try:
        report = await pc.audit(policy, now)
    except PineconeError as error:
        finding = _of_project(f"The project wasn't read: {error}", error.hint or "Audit again.")
        report = make_report([finding], (), now)
    return attrs.evolve(report, findings=tuple(attrs.evolve(each, project=name) for each in report.findings))


async def _side_by_side(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What each came to; where one fails, the others are cancelled, and its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as failures:
        failure = failures.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise failure


def check_policy(policy: Any) -> None:
    """Raises `PineconeValueError` where it isn't an `AuditPolicy`."""
    if not isinstance(policy, AuditPolicy):
        raise PineconeValueError(f"policy must be an AuditPolicy, not {type(policy).__name__}")


def _moment(now: datetime | None) -> datetime:
    return datetime.now(UTC) if now is None else check_moment(now)
