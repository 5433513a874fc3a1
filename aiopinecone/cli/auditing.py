"""`audit`: can every index be restored?"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

import attrs

from aiopinecone import (
    AuditPolicy,
    AuditReport,
    Finding,
    Pinecone,
    PineconeError,
    PineconeValueError,
    Verdict,
    audit_projects,
)
from aiopinecone.cli import nagios, words
from aiopinecone.cli.exits import Exit, Failure
from aiopinecone.cli.printing import Printer, Shape
from aiopinecone.cli.progress import Bar, bar
from aiopinecone.cli.projects import Choice, Project
from aiopinecone.cli.style import Style
from aiopinecone.cli.tables import Column
from aiopinecone.cli.terminal import Terminal

_NAMED = 5  # findings that the line for Nagios tells of by name


@attrs.frozen
class Unreadable:
    """A project that has no client, and why: to an audit it is one more that can't be read."""

    problem: Failure

    async def audit(self, policy: AuditPolicy, now: datetime | None) -> AuditReport:  # noqa: ARG002 -- a client's signature
        """Raises the problem."""
        raise PineconeValueError(self.problem.message, hint=self.problem.hint)


@attrs.frozen
class Counted:
    """A client whose audit is counted by a bar."""

    pc: Pinecone | Unreadable
    bar: Bar

    async def audit(self, policy: AuditPolicy, now: datetime | None) -> AuditReport:
        """As the client's."""
        try:
            report = await self.pc.audit(policy, now)
        except PineconeError:
            self.bar.advance(ok=False)
            raise
        self.bar.advance()
        return report


async def audit(terminal: Terminal, policy: AuditPolicy, choice: Choice, style: Style) -> None:
    """Judge every index of the projects."""
    projects = choice.all()
    printer = None if style.format == "nagios" else Printer(terminal, style, shape(several=len(projects) > 1))
    async with AsyncExitStack() as stack:
        clients = {project.name: await open_client(project, terminal, stack) for project in projects}
        with bar(terminal, "Auditing", len(clients)) as progress:
            report = await audit_projects({name: Counted(pc, progress) for name, pc in clients.items()}, policy)
    terminal.codes |= {code_of(finding) for finding in report.findings}
    if printer is None:
        terminal.conclude(*nagios_line(report))
        return
    printer.head["taken_at"] = words.stamp(report.taken_at)
    printer.head |= {"ok": report.ok, "worst": report.worst and str(report.worst)}
    with printer:
        for finding in report.findings:
            printer.add(finding)
    if report.exempt and style.is_table:
        terminal.say(f"Exempt: {', '.join(report.exempt)}.")


async def open_client(project: Project, terminal: Terminal, stack: AsyncExitStack) -> Pinecone | Unreadable:
    """A client of the project, closed with the stack. Raises `Failure` where the configuration can't be used."""
    try:
        return await stack.enter_async_context(project.client(terminal))
    except Failure as failure:
        if failure.code is not Exit.UNKNOWN:
            raise
        return Unreadable(failure)


def code_of(finding: Finding) -> Exit:
    """What the verdict means for the exit status."""
    if finding.ok:
        return Exit.FINE
    return Exit.UNKNOWN if finding.verdict is Verdict.UNKNOWN else Exit.FINDING


def wire(row: Finding) -> Mapping[str, Any]:
    """The finding as JSON has it."""
    record = row.to_record()
    return {name: words.stamp(value) if isinstance(value, datetime) else value for name, value in record.items()}


KEYS = tuple(Finding(index_name=None, verdict=Verdict.UNKNOWN, reason="", next_step="").to_record())


def shape(*, several: bool) -> Shape[Finding]:
    """Findings, with their project where there are several."""
    columns = [
        Column[Finding]("PROJECT", lambda row: words.or_dash(row.project), wide=not several),
        Column[Finding]("INDEX", lambda row: words.or_dash(row.index_name), fold=True),
        Column[Finding]("VERDICT", lambda row: str(row.verdict), style=_style),
        Column[Finding]("AGE", lambda row: words.age_or_dash(row.age), right=True),
        Column[Finding]("MAX AGE", lambda row: words.age_or_dash(row.max_age), right=True, wide=True),
        Column[Finding]("RECOVERY POINT", lambda row: words.stamp(row.recovery_point), wide=True),
        Column[Finding]("LAST READY", lambda row: words.or_dash(row.to_record()["last_ready"]), wide=True),
        Column[Finding]("REASON", lambda row: words.literal(row.reason), fold=True),
        Column[Finding]("NEXT STEP", lambda row: words.literal(row.next_step), wide=True),
        Column[Finding]("WARNINGS", lambda row: words.or_dash(" ".join(row.warnings)), wide=True),
    ]
    return Shape(
        columns=columns,
        keys=KEYS,
        record=Finding.to_record,
        wire=wire,
        name=lambda row: row.index_name,
        document=lambda rows: {"findings": [wire(row) for row in rows]},
        nothing="There is no index to judge.",
    )


def _style(row: Finding) -> str:
    if row.verdict is Verdict.PROTECTED:
        return "green"
    return "yellow" if row.ok or row.verdict is Verdict.UNKNOWN else "red"


def nagios_line(report: AuditReport) -> tuple[int, str]:
    """The exit status and the line."""
    codes = {code_of(finding) for finding in report.findings}
    bad = [finding for finding in report.findings if finding.verdict is not Verdict.PROTECTED]
    if Exit.FINDING in codes:
        status = nagios.CRITICAL
    elif Exit.UNKNOWN in codes:
        status = nagios.UNKNOWN
    else:
        status = nagios.WARNING if bad else nagios.OK
    ages = [finding.age for finding in report.findings if finding.age is not None]
    indexes = sum(finding.index_name is not None for finding in report.findings)
    compliant = sum(finding.ok for finding in report.findings)
    oldest = f"{max(ages):.0f}s" if ages else "U"
    figures = f"indexes={indexes} compliant={compliant} oldest_age={oldest}"
    return status, nagios.line(status, _told(report, bad), figures)


def _told(report: AuditReport, bad: list[Finding]) -> str:
    if not bad:
        return f"{len(report.findings)} of {len(report.findings)} indexes PROTECTED"
    told = [_named(finding) for finding in bad[:_NAMED]]
    if more := len(bad) - len(told):
        told.append(f"{more} more")
    return f"{len(bad)} of {len(report.findings)} not PROTECTED: {', '.join(told)}"


def _named(finding: Finding) -> str:
    if finding.index_name is None:
        return f"project {finding.project} {finding.verdict} ({finding.reason.rstrip('.')})"
    return f"{finding.index_name} {finding.verdict}"
