"""Is this index protected? Pure: what was read and the time are arguments.

Each rule says whether its verdict holds, why, and what to do next. They stand in the order of the verdicts, the worst
first, and the first that holds is the one.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs

from aiopinecone.errors import PineconeValueError, shown
from aiopinecone.models import Backup
from aiopinecone.policy.facts import Facts, IndexState, of_one_index
from aiopinecone.policy.protection import AuditPolicy
from aiopinecone.policy.quantities import spelled
from aiopinecone.policy.verdict import Verdict


@attrs.frozen(kw_only=True)
class Finding:
    """What is said of one index, or of a whole project that couldn't be read.

    Attributes:
        project: its name in `audit_projects`; None in the audit of one client.
        index_name: None where the finding is about the whole project.
        verdict: see `Verdict`.
        reason: why, in one sentence.
        next_step: what to do, in one sentence.
        warnings: what else should be known.
        recovery_point: the moment that a restore would bring back; None where there is none, or it can't be told.
        age: of the recovery point, in seconds.
        max_age: the age that is allowed, in seconds.
        last_ready: the newest backup that is ready and dated.
        last_attempt: the newest backup of any status.
    """

    project: str | None = None
    index_name: str | None
    verdict: Verdict
    reason: str
    next_step: str
    warnings: tuple[str, ...] = ()
    recovery_point: datetime | None = None
    age: float | None = None
    max_age: float | None = None
    last_ready: Backup | None = None
    last_attempt: Backup | None = None

    @property
    def ok(self) -> bool:
        """Whether nobody has to get up for it: the verdict is one of the first four."""
        return self.verdict.is_ok

    def to_record(self) -> dict[str, Any]:
        """The same names, `ok` too, with plain values: text, numbers, datetimes, and backups as their ids."""
        return {
            "project": self.project,
            "index_name": self.index_name,
            "verdict": str(self.verdict),
            "ok": self.ok,
            "reason": self.reason,
            "next_step": self.next_step,
            "warnings": list(self.warnings),
            "recovery_point": self.recovery_point,
            "age": self.age,
            "max_age": self.max_age,
            "last_ready": self.last_ready and self.last_ready.backup_id,
            "last_attempt": self.last_attempt and self.last_attempt.backup_id,
        }


def check_moment(now: Any) -> datetime:
    """The moment in UTC. Raises `PineconeValueError` where it isn't an aware datetime."""
    if not isinstance(now, datetime) or now.utcoffset() is None:
        raise PineconeValueError(
            f"now must be a datetime with a time zone, such as datetime.now(UTC), not {shown(now)}"
        )
    return now.astimezone(UTC)


def judge(state: IndexState, policy: AuditPolicy, now: datetime) -> Finding:
    """What is to be said of the index at this moment. The override that matches it holds, but for its `exempt`.

    Raises:
        PineconeValueError: `now` isn't an aware datetime.
    """
    rules = policy.rules_for(state.name, state.tags) or attrs.evolve(policy, overrides=())
    facts = Facts(state, rules, check_moment(now))
    verdict, (reason, next_step) = next((verdict, words) for verdict, rule in _RULES if (words := rule(facts)))
    return Finding(
        index_name=state.name,
        verdict=verdict,
        reason=reason,
        next_step=next_step,
        warnings=_warnings(facts),
        recovery_point=facts.recovery_point,
        age=facts.age,
        max_age=facts.max_age,
        last_ready=facts.last_ready,
        last_attempt=facts.last_attempt,
    )


def wants_schedules(state: IndexState, policy: AuditPolicy) -> bool:
    """Whether the schedules of the index can make a difference: they cost a request."""
    rules = policy.rules_for(state.name, state.tags) or policy
    return rules.max_age is None or not of_one_index(list(state.backups or ()))


Words = tuple[str, str] | None  # the reason and the next step, where the rule holds


def _never(facts: Facts) -> Words:
    if not facts.is_read or facts.ready or facts.beginning is not None:
        return None
    if not facts.attempts:
        return "The index has no backup.", "Create a backup now, and a schedule that makes the next ones."
    newest = facts.attempts[0]
    count = f"none of its {len(facts.attempts)} backups is" if len(facts.attempts) > 1 else "its only backup isn't"
    return (
        f"No backup can be restored: {count} ready, and the newest, {newest.backup_id!r}, is {str(newest.status)!r}.",
        "Create a backup now and wait for it; if it fails, ask Pinecone's support, with its id.",
    )


def _empty(facts: Facts) -> Words:
    backup, least = facts.last_ready, facts.rules.min_records
    if backup is None or backup.record_count is None or backup.record_count >= least:
        return None
    return (
        f"The newest ready backup, {backup.backup_id!r}, holds {backup.record_count:,} records, not {least:,} or more.",
        "Check whether the index is meant to be so empty; if not, restore an earlier backup.",
    )


def _stale(facts: Facts) -> Words:
    if facts.age is None or facts.age <= facts.max_age:
        return None
    return (
        f"A restore would bring back the index of {spelled(facts.age)} ago; {spelled(facts.max_age)} are allowed.",
        "Create a backup now, and find out why none was made: look at the schedule, or at the job that makes them.",
    )


def _shrunk(facts: Facts) -> Words:
    share, backup, before = facts.rules.max_shrink, facts.last_ready, facts.ready_before
    if share is None or backup is None or before is None:
        return None
    if backup.record_count is None or before.record_count is None:
        return None
    if backup.record_count >= (1 - share) * before.record_count:
        return None
    now_holds = f"The newest ready backup, {backup.backup_id!r}, holds {backup.record_count:,} records"
    return (
        f"{now_holds}; {before.backup_id!r}, the one before it, held {before.record_count:,}.",
        "Find out whether records were deleted on purpose, and keep the earlier backup until you know.",
    )


def _unsupported(facts: Facts) -> Words:
    if not facts.state.pod_based:
        return None
    return (
        "The index is pod-based, and Pinecone can't back such an index up.",
        "Move it to a serverless index, or exempt it if its data can be had from elsewhere.",
    )


def _unknown(facts: Facts) -> Words:
    if not facts.is_read:
        return (
            f"Its backups weren't read: {facts.state.problem or 'the reason is not known'}.",
            "Audit again; if it stays, look for what keeps them from being read.",
        )
    if facts.ready and facts.last_ready is None:
        return (
            "It has ready backups, but none tells when it was made, unless in the future.",
            "Check this machine's clock, and look at the backups in the Pinecone console.",
        )
    return None


def _last_failed(facts: Facts) -> Words:
    backup = facts.failed_since
    if backup is None:
        return None
    if backup.status.is_failed:
        what = f"failed ({str(backup.status)!r})"
    elif (pending_for := facts.since(backup)) is None:
        what = f"is {str(backup.status)!r}, and doesn't tell since when"
    else:
        what = f"is {str(backup.status)!r} for {spelled(pending_for)}"
    return (
        f"The newest ready backup is good, but {backup.backup_id!r}, begun after it, {what}.",
        "Create another backup now; if it fails too, ask Pinecone's support, with both ids.",
    )


def _ageing(facts: Facts) -> Words:
    if facts.age is None or facts.age <= facts.warn_age:
        return None
    return (
        f"A restore would bring back the index of {spelled(facts.age)} ago; {spelled(facts.max_age)} are allowed.",
        "See that the next backup is on its way, or create one now.",
    )


def _pending(facts: Facts) -> Words:
    if facts.beginning is None:
        return None
    return facts.beginning, "Audit again when it should be done, or wait for it with `wait_for_backup`."


def _protected(facts: Facts) -> Words:
    assert facts.last_ready is not None  # else one of the others holds
    assert facts.age is not None
    return (
        f"Backup {facts.last_ready.backup_id!r} brings back the index as it was {spelled(facts.age)} ago.",
        "Nothing.",
    )


_RULES: tuple[tuple[Verdict, Callable[[Facts], Words]], ...] = (
    (Verdict.NEVER, _never),
    (Verdict.EMPTY, _empty),
    (Verdict.STALE, _stale),
    (Verdict.SHRUNK, _shrunk),
    (Verdict.UNSUPPORTED, _unsupported),
    (Verdict.UNKNOWN, _unknown),
    (Verdict.LAST_FAILED, _last_failed),
    (Verdict.AGEING, _ageing),
    (Verdict.PENDING, _pending),
    (Verdict.PROTECTED, _protected),
)


def _warnings(facts: Facts) -> tuple[str, ...]:
    others = len(facts.index_ids) - 1
    if others < 1:
        return ()
    bore = f"{others} other indexes bore" if others > 1 else "another index bore"
    told = f"The project holds backups of {others + 1} indexes of this name: {bore} it before."
    return (f"{told} Compare source_index_id before you restore.",)
