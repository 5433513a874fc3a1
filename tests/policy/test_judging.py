"""The verdict on one index: a table of cases, and what holds whatever the case."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone import (
    AuditPolicy,
    Backup,
    BackupSchedule,
    BackupStatus,
    Finding,
    IndexState,
    Override,
    PineconeValueError,
    Verdict,
    judge,
)

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
LAG = 0.25  # hours, between the begin of a backup and its recovery point
READY, FAILED, MOVING, ODD = "Ready", "InitializationFailed", "Initializing", "Terminating"


def backup(hours: float | None, status: str = READY, records: int | None = 100, **fields: Any) -> Backup:
    """One that was begun so many hours ago."""
    created_at = None if hours is None else NOW - timedelta(hours=hours)
    values: dict[str, Any] = {
        "backup_id": f"{status}-{hours}-{records}",
        "source_index_name": "docs",
        "source_index_id": "id-1",
        "cloud": "aws",
        "region": "us-east-1",
        **fields,
    }
    return Backup(status=BackupStatus(status), record_count=records, created_at=created_at, **values)


def schedule(hours: float | None, frequency: str = "daily", *, enabled: bool | None = True) -> BackupSchedule:
    """One that was made so many hours ago."""
    made_at = None if hours is None else NOW - timedelta(hours=hours)
    return BackupSchedule(frequency=frequency, enabled=enabled, created_at=made_at)


def state(*backups: Backup, **fields: Any) -> IndexState:
    return IndexState(name="docs", backups=backups, **fields)


def verdict(*backups: Backup, now: datetime = NOW, policy: AuditPolicy = AuditPolicy(), **fields: Any) -> Verdict:  # noqa: B008 -- frozen
    return judge(state(*backups, **fields), policy, now).verdict


CASES: list[tuple[list[Backup], Verdict]] = [
    ([backup(1)], Verdict.PROTECTED),
    ([backup(1), backup(25)], Verdict.PROTECTED),
    ([backup(-LAG)], Verdict.PROTECTED),  # its recovery point is now
    ([backup(24.7 - LAG)], Verdict.PROTECTED),  # 0.95 x 26 h
    ([backup(24.71 - LAG)], Verdict.AGEING),
    ([backup(26 - LAG)], Verdict.AGEING),
    ([backup(26.001 - LAG)], Verdict.STALE),
    ([backup(1, records=None)], Verdict.PROTECTED),
    ([backup(1, records=1)], Verdict.PROTECTED),
    ([backup(1, records=0)], Verdict.EMPTY),
    ([backup(1, records=0), backup(2)], Verdict.EMPTY),
    ([backup(1), backup(2, records=0)], Verdict.PROTECTED),
    ([backup(99, records=0)], Verdict.EMPTY),
    ([backup(1, records=49), backup(2)], Verdict.SHRUNK),
    ([backup(1, records=50), backup(2)], Verdict.PROTECTED),
    ([backup(1, records=None), backup(2)], Verdict.PROTECTED),
    ([backup(1, records=49), backup(2, records=None), backup(3)], Verdict.PROTECTED),
    ([backup(1, records=49), backup(2, FAILED), backup(3)], Verdict.SHRUNK),
    ([backup(99, records=49), backup(100)], Verdict.STALE),
    ([backup(1), backup(0.5, FAILED)], Verdict.LAST_FAILED),
    ([backup(1), backup(0.5, "Failed")], Verdict.LAST_FAILED),
    ([backup(1), backup(1.5, FAILED)], Verdict.PROTECTED),
    ([backup(25), backup(0.5, FAILED)], Verdict.LAST_FAILED),
    ([backup(99), backup(0.5, FAILED)], Verdict.STALE),
    ([backup(7), backup(6, MOVING)], Verdict.PROTECTED),
    ([backup(7), backup(6.001, MOVING)], Verdict.LAST_FAILED),
    ([backup(7), backup(6.001, "Scheduled")], Verdict.LAST_FAILED),
    ([backup(7), backup(8, MOVING)], Verdict.PROTECTED),
    ([backup(7), backup(6.5, FAILED), backup(1, MOVING)], Verdict.LAST_FAILED),
    ([backup(7), backup(None, FAILED)], Verdict.LAST_FAILED),
    ([backup(7), backup(None, MOVING)], Verdict.LAST_FAILED),
    ([backup(7), backup(1, ODD)], Verdict.PROTECTED),
    ([backup(1, MOVING)], Verdict.PENDING),
    ([backup(6, MOVING)], Verdict.PENDING),
    ([backup(-0.01, MOVING)], Verdict.PENDING),  # our clock is a little behind
    ([backup(6.001, MOVING)], Verdict.NEVER),
    ([backup(6.001, MOVING), backup(1, MOVING)], Verdict.PENDING),
    ([backup(None, MOVING)], Verdict.NEVER),
    ([backup(1, MOVING), backup(50, FAILED)], Verdict.NEVER),
    ([backup(1, FAILED)], Verdict.NEVER),
    ([backup(1, ODD)], Verdict.NEVER),
    ([], Verdict.NEVER),
    ([backup(None)], Verdict.UNKNOWN),
    ([backup(None), backup(1, FAILED)], Verdict.UNKNOWN),
    ([backup(None), backup(1)], Verdict.PROTECTED),
    ([backup(-LAG - 0.001)], Verdict.UNKNOWN),  # its recovery point is in the future
    ([backup(-5), backup(30)], Verdict.STALE),
    ([backup(1, source_index_deleted_at=NOW)], Verdict.NEVER),
    ([backup(1), backup(0.5, FAILED, source_index_id="id-2")], Verdict.NEVER),
    ([backup(1, FAILED), backup(0.5, source_index_id="id-2")], Verdict.PROTECTED),
    ([backup(1, records=9), backup(2, source_index_id="id-2")], Verdict.PROTECTED),
]


@pytest.mark.parametrize(("backups", "expected"), CASES)
def test_the_verdict(backups: list[Backup], expected: Verdict) -> None:
    """Under the policy as it is, each case has its verdict, and says why and what to do."""
    finding = judge(state(*backups), AuditPolicy(), NOW)
    assert finding.verdict is expected
    assert finding.reason.endswith(".")
    assert finding.next_step.endswith(".")
    assert finding.ok is (expected in {Verdict.PROTECTED, Verdict.PENDING, Verdict.AGEING, Verdict.LAST_FAILED})


@pytest.mark.parametrize(
    ("policy", "backups", "expected"),
    [
        ({"max_age": "1h"}, [backup(2)], Verdict.STALE),
        ({"max_age": "30d"}, [backup(600)], Verdict.PROTECTED),
        ({"max_age": 0}, [backup(-LAG)], Verdict.PROTECTED),
        ({"max_age": 0}, [backup(1)], Verdict.STALE),
        ({"warn_age": "1h"}, [backup(2)], Verdict.AGEING),
        ({"warn_age": timedelta(hours=1)}, [backup(0.75)], Verdict.PROTECTED),
        ({"warn_age": "99h"}, [backup(30)], Verdict.STALE),
        ({"pending_limit": "1h"}, [backup(2, MOVING)], Verdict.NEVER),
        ({"pending_limit": 0}, [backup(0, MOVING)], Verdict.PENDING),
        ({"pending_limit": "30m"}, [backup(2), backup(1, MOVING)], Verdict.LAST_FAILED),
        ({"max_shrink": None}, [backup(1, records=1), backup(2)], Verdict.PROTECTED),
        ({"max_shrink": 0}, [backup(1, records=99), backup(2)], Verdict.SHRUNK),
        ({"max_shrink": 0.25}, [backup(1, records=75), backup(2)], Verdict.PROTECTED),
        ({"max_shrink": 1}, [backup(1, records=1), backup(2)], Verdict.PROTECTED),
        ({"min_records": 101}, [backup(1)], Verdict.EMPTY),
        ({"min_records": 0}, [backup(1, records=0)], Verdict.PROTECTED),
        ({"overrides": [Override(index="do*", max_age="1h")]}, [backup(2)], Verdict.STALE),
        ({"overrides": [Override(index="prod", max_age="1h")]}, [backup(2)], Verdict.PROTECTED),
        ({"max_age": "1h", "overrides": [Override(max_age=None)]}, [backup(2)], Verdict.PROTECTED),
    ],
)
def test_the_policy_decides(policy: dict[str, Any], backups: list[Backup], expected: Verdict) -> None:
    """Each of its values moves the line it stands for."""
    assert verdict(*backups, policy=AuditPolicy(**policy)) is expected


@pytest.mark.parametrize(
    ("schedules", "hours"),
    [
        ([], 26),
        ([schedule(1)], 26),
        ([schedule(1, "weekly")], 170),
        ([schedule(1, "monthly")], 746),
        ([schedule(1, "monthly"), schedule(1, "weekly")], 170),
        ([schedule(1, "monthly", enabled=False)], 26),
        ([schedule(1, "monthly", enabled=None)], 26),
        ([schedule(1, "hourly")], 26),
        ([schedule(1, "hourly"), schedule(1, "weekly")], 170),
    ],
)
def test_without_a_max_age_the_schedule_decides(schedules: list[BackupSchedule], hours: int) -> None:
    """Its interval and two hours; the shortest of several; 26 h without one that is enabled and understood."""
    policy = AuditPolicy(max_age=None)
    assert judge(state(schedules=schedules), policy, NOW).max_age == hours * 3_600
    assert verdict(backup(hours - LAG), schedules=schedules, policy=policy) is Verdict.AGEING
    assert verdict(backup(hours + 0.001 - LAG), schedules=schedules, policy=policy) is Verdict.STALE


@pytest.mark.parametrize(
    ("schedules", "expected"),
    [
        ([schedule(26)], Verdict.PENDING),
        ([schedule(-1)], Verdict.PENDING),
        ([schedule(26.001)], Verdict.NEVER),
        ([schedule(1, enabled=False)], Verdict.NEVER),
        ([schedule(None)], Verdict.NEVER),
        ([schedule(1, "hourly")], Verdict.PENDING),
    ],
)
def test_a_young_schedule_excuses_that_there_is_no_backup(schedules: list[BackupSchedule], expected: Verdict) -> None:
    """Up to `max_age` old, and only where there is no backup at all."""
    assert verdict(schedules=schedules) is expected
    assert verdict(backup(1, FAILED), schedules=schedules) is Verdict.NEVER
    assert verdict(backup(9, MOVING), schedules=schedules) is Verdict.NEVER
    weekly = AuditPolicy(max_age=None)
    assert verdict(policy=weekly, schedules=(schedule(170, "weekly"),)) is Verdict.PENDING


def test_what_was_not_read_is_unknown() -> None:
    """The reason says why; a pod-based index is unsupported, read or not."""
    unread = IndexState(name="docs", backups=None, problem="500: oh no")
    finding = judge(unread, AuditPolicy(), NOW)
    assert finding.verdict is Verdict.UNKNOWN
    assert "500: oh no" in finding.reason
    assert "not known" in judge(attrs.evolve(unread, problem=None), AuditPolicy(), NOW).reason
    for backups in (None, (), (backup(1),)):
        pod = IndexState(name="docs", backups=backups, pod_based=True, schedules=[schedule(1)])
        assert judge(pod, AuditPolicy(), NOW).verdict is Verdict.UNSUPPORTED


def test_the_facts_of_a_finding() -> None:
    """The recovery point is 15 minutes before the newest good backup; attempts of any status are told."""
    good, bad = backup(2), backup(1, FAILED)
    finding = judge(state(bad, backup(9), good), AuditPolicy(), NOW)
    assert finding.recovery_point == NOW - timedelta(hours=2, minutes=15)
    assert (finding.age, finding.max_age) == (2.25 * 3_600, 26 * 3_600)
    assert (finding.last_ready, finding.last_attempt) == (good, bad)
    assert finding.to_record() == {
        "project": None,
        "index_name": "docs",
        "verdict": "LAST_FAILED",
        "ok": True,
        "reason": finding.reason,
        "next_step": finding.next_step,
        "warnings": [],
        "recovery_point": finding.recovery_point,
        "age": 8_100.0,
        "max_age": 93_600.0,
        "last_ready": good.backup_id,
        "last_attempt": bad.backup_id,
    }
    nothing = judge(state(), AuditPolicy(), NOW).to_record()
    assert {nothing[name] for name in ("recovery_point", "age", "last_ready", "last_attempt")} == {None}


def test_a_name_that_was_used_again_is_a_warning() -> None:
    """Be it that the index's own list shows two, or the project's."""
    twice = backup(1), backup(2, source_index_id="id-2")
    assert "2 indexes" in judge(state(*twice), AuditPolicy(), NOW).warnings[0]
    assert "2 indexes" in judge(state(backup(1), index_ids=["id-9"]), AuditPolicy(), NOW).warnings[0]
    assert "3 indexes" in judge(state(*twice, index_ids={"id-1", "id-3"}), AuditPolicy(), NOW).warnings[0]
    assert judge(state(backup(1), index_ids={"id-1"}), AuditPolicy(), NOW).warnings == ()
    assert judge(state(), AuditPolicy(), NOW).warnings == ()


@pytest.mark.parametrize("now", [NOW.replace(tzinfo=None), None, 5, "2026-11-24"])
def test_now_must_tell_its_time_zone(now: Any) -> None:
    """A naive datetime is refused: nobody knows which moment it is."""
    with pytest.raises(PineconeValueError, match="now must be a datetime with a time zone"):
        judge(state(), AuditPolicy(), now)


def test_the_ends_of_time() -> None:
    """A timestamp from the year 1 is just very old, and one from 9999 lies in the future."""
    ancient = attrs.evolve(backup(1), created_at=datetime.min.replace(tzinfo=UTC))
    far = attrs.evolve(backup(1), created_at=datetime.max.replace(tzinfo=UTC))
    assert verdict(ancient) is Verdict.STALE
    assert verdict(far) is Verdict.UNKNOWN


def test_verdicts_have_an_order() -> None:
    """The best first; each equals its name, and compares with its kind only."""
    ordered = list(Verdict)
    assert ordered[0] is Verdict.PROTECTED
    assert ordered[-1] is Verdict.NEVER
    assert sorted(ordered, reverse=True) == ordered[::-1]
    assert Verdict.STALE > Verdict.AGEING >= Verdict.AGEING
    assert Verdict.AGEING <= Verdict.AGEING < Verdict.STALE
    assert Verdict.STALE == "STALE" == f"{Verdict.STALE}"
    for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
        assert getattr(Verdict.STALE, compare)("AGEING") is NotImplemented


# Properties: whatever the backups are.

HOURS = st.sampled_from([0.25, 0.5, 1, 5.9, 6, 6.5, 24, 24.7, 25, 26, 40, 400])
BACKUPS = st.builds(
    lambda number, hours, status, records, index_id: backup(
        hours, status, records, backup_id=f"bkp_{number}", source_index_id=index_id
    ),
    st.integers(0, 1_000_000),
    HOURS,
    st.sampled_from([READY, READY, FAILED, MOVING, ODD]),
    st.sampled_from([None, 0, 1, 49, 50, 100]),
    st.sampled_from(["id-1", "id-1", "id-2"]),
)
LISTS = st.lists(BACKUPS, max_size=6, unique_by=lambda each: each.backup_id)
SCHEDULES = st.lists(
    st.builds(schedule, HOURS, st.sampled_from(["daily", "weekly"]), enabled=st.booleans()), max_size=2
)
POLICIES = st.builds(
    AuditPolicy,
    max_age=st.sampled_from([None, "26h", "6h"]),
    max_shrink=st.sampled_from([None, 0.5]),
    min_records=st.sampled_from([0, 1, 50]),
)


def judged(backups: list[Backup], schedules: list[BackupSchedule], policy: AuditPolicy, now: datetime = NOW) -> Finding:
    return judge(state(*backups, schedules=schedules), policy, now)


@given(LISTS, SCHEDULES, POLICIES, st.data())
def test_neither_order_nor_repeats_matter(
    backups: list[Backup], schedules: list[BackupSchedule], policy: AuditPolicy, data: st.DataObject
) -> None:
    """Rows shift between pages and come twice: the finding is the same."""
    shuffled = data.draw(st.permutations(backups + backups[:2]))
    assert judged(shuffled, schedules[::-1], policy) == judged(backups, schedules, policy)


@given(LISTS, SCHEDULES, POLICIES, HOURS)
def test_time_makes_nothing_better(
    backups: list[Backup], schedules: list[BackupSchedule], policy: AuditPolicy, hours: float
) -> None:
    """The same backups at a later time are never better."""
    later = NOW + timedelta(hours=hours)
    assert judged(backups, schedules, policy, later).verdict >= judged(backups, schedules, policy).verdict


@given(LISTS, SCHEDULES, POLICIES, HOURS)
def test_a_failure_makes_nothing_better(
    backups: list[Backup], schedules: list[BackupSchedule], policy: AuditPolicy, hours: float
) -> None:
    """One more backup of the index that failed never helps."""
    rows = [attrs.evolve(each, source_index_id="id-1") for each in backups]
    worse = [*rows, backup(hours, FAILED, None, backup_id="bad")]
    assert judged(worse, schedules, policy).verdict >= judged(rows, schedules, policy).verdict


@given(LISTS, SCHEDULES, POLICIES, st.integers(0, 5))
def test_one_backup_fewer_makes_nothing_better(
    backups: list[Backup], schedules: list[BackupSchedule], policy: AuditPolicy, place: int
) -> None:
    """Of some ready backups with equally many records, one fewer never helps."""
    rows = [attrs.evolve(each, record_count=100, source_index_id="id-1") for each in backups]
    ready = [each for each in rows if each.status.is_ready]
    if len(ready) > 1:
        fewer = [each for each in rows if each is not ready[place % len(ready)]]
        assert judged(fewer, schedules, policy).verdict >= judged(rows, schedules, policy).verdict


@given(st.none() | LISTS, st.booleans(), POLICIES)
def test_what_is_not_known_is_not_ok(backups: list[Backup] | None, pod_based: bool, policy: AuditPolicy) -> None:
    """Whatever wasn't read whole is never called fine."""
    undated = None if backups is None else [attrs.evolve(each, created_at=None) for each in backups]
    finding = judge(IndexState(name="docs", backups=undated, pod_based=pod_based), policy, NOW)
    assert finding.verdict >= Verdict.UNKNOWN
    assert not finding.ok
