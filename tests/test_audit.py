"""`audit`: every index of a project judged, over the wire."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aiopinecone import (
    AuditPolicy,
    AuditReport,
    ClientClosedError,
    Finding,
    Override,
    Pinecone,
    PineconeConnectionError,
    PineconeValueError,
    RetryPolicy,
    ServiceError,
    UnauthorizedError,
    Verdict,
    audit_projects,
)
from aiopinecone.emulator import Emulator
from raw_server import Exchange, RawServer

KEY = "pcsk_made-up"
ONCE = RetryPolicy(attempts=1)


def client(emulator: Emulator, **options: Any) -> Pinecone:
    return Pinecone(emulator.api_key, host=emulator.url, **options)


def verdicts(report: AuditReport) -> dict[str | None, Verdict]:
    return {finding.index_name: finding.verdict for finding in report.findings}


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


async def make_one_of_each(emulator: Emulator) -> dict[str | None, Verdict]:
    """An index for each verdict but UNKNOWN."""
    now = emulator.now

    def add(name: str, *ages: float, **fields: Any) -> None:
        for age in ages:
            emulator.add_backup(source_index_name=name, created_at=now - hours(age), **fields)

    add("protected", 1, 25)
    add("pending", 0.1, status="Initializing")
    add("ageing", 25)
    add("last-failed", 5)
    add("last-failed", 4, status="InitializationFailed")
    emulator.add_index("unsupported", deployment="pod")
    add("shrunk", 1, record_count=10)
    add("shrunk", 25, record_count=1_000)
    add("stale", 30)
    add("empty", 1, record_count=0)
    emulator.add_index("never")
    return {
        "never": Verdict.NEVER,
        "empty": Verdict.EMPTY,
        "stale": Verdict.STALE,
        "shrunk": Verdict.SHRUNK,
        "unsupported": Verdict.UNSUPPORTED,
        "last-failed": Verdict.LAST_FAILED,
        "ageing": Verdict.AGEING,
        "pending": Verdict.PENDING,
        "protected": Verdict.PROTECTED,
    }


@pytest.mark.parametrize("version", ["2025-04", "2025-10", "2026-01.alpha", "2026-04", "2026-07"])
async def test_every_index_has_its_verdict(version: str) -> None:
    """Whatever the version of the API: worst first, and the report sums them up."""
    async with Emulator(speed=0) as emulator, client(emulator, api_version=version) as pc:
        expected = await make_one_of_each(emulator)
        report = await pc.audit(now=emulator.now)
        assert verdicts(report) == expected
        assert [finding.verdict for finding in report.findings] == list(expected.values())
        assert (report.ok, report.worst, report.taken_at) == (False, Verdict.NEVER, emulator.now)
        assert report.exempt == ()
        assert emulator.requests["list_index_backups"] == 8  # not the pod-based one
        assert emulator.requests["list_indexes"] == emulator.requests["list_backups"] == 1


async def test_a_report_of_good_findings_is_good() -> None:
    """`ok` where every finding is, and an ageing index is."""
    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        emulator.add_backup(source_index_name="a", created_at=emulator.now - hours(1))
        emulator.add_backup(source_index_name="b", created_at=emulator.now - hours(25))
        report = await pc.audit(now=emulator.now)
        assert (report.ok, report.worst) == (True, Verdict.AGEING)


async def test_schedules_count_where_they_can_make_a_difference() -> None:
    """They are read where there is no `max_age`, or no backup; and an audit costs no request for them else."""
    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        emulator.add_index("young")
        emulator.add_schedule("young")
        emulator.add_index("disabled")
        emulator.add_schedule("disabled", enabled=False)
        emulator.add_backup(source_index_name="weekly", created_at=emulator.now - hours(100))
        emulator.add_schedule("weekly", frequency="weekly")
        report = await pc.audit(now=emulator.now)
        assert verdicts(report) == {
            "young": Verdict.PENDING,
            "disabled": Verdict.NEVER,
            "weekly": Verdict.STALE,
        }
        assert emulator.requests["list_schedules"] == 2
        report = await pc.audit(AuditPolicy(max_age=None), now=emulator.now)
        assert verdicts(report)["weekly"] is Verdict.PROTECTED
        assert emulator.requests["list_schedules"] == 2 + 3


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 403}, {"kind": "not_json"}])
async def test_schedules_that_cannot_be_read_change_nothing(fault: dict[str, Any]) -> None:
    """It is as if there were none."""
    async with Emulator(speed=0) as emulator, client(emulator, retry=ONCE) as pc:
        emulator.add_index("young")
        emulator.add_schedule("young")
        emulator.add_backup(source_index_name="daily", created_at=emulator.now - hours(27))
        emulator.add_fault(route="list_schedules", **fault)
        report = await pc.audit(AuditPolicy(max_age=None), now=emulator.now)
        assert verdicts(report) == {"young": Verdict.NEVER, "daily": Verdict.STALE}


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"kind": "status", "status": 404}, "404"),
        ({"kind": "status", "status": 500}, "500"),
        ({"kind": "not_json"}, "JSON"),
        ({"kind": "reset"}, "connection"),
    ],
)
async def test_an_index_that_cannot_be_read_is_unknown(fault: dict[str, Any], problem: str) -> None:
    """The others are judged, and the reason says what went wrong."""
    async with Emulator(speed=0) as emulator, client(emulator, retry=ONCE, concurrency=1) as pc:
        for name in ("a", "b", "c"):
            emulator.add_backup(source_index_name=name, created_at=emulator.now - hours(1))
        emulator.add_fault(route="list_index_backups", times=2 if fault["kind"] == "reset" else 1, **fault)
        report = await pc.audit(now=emulator.now)
        assert [finding.verdict for finding in report.findings][:1] == [Verdict.UNKNOWN]
        assert problem in report.findings[0].reason
        assert report.findings[-1].verdict is Verdict.PROTECTED
        assert not report.ok


async def test_a_list_that_breaks_off_is_unknown() -> None:
    """The first page is good, the second fails: that isn't the whole."""
    async with Emulator(speed=0) as emulator, client(emulator, retry=ONCE) as pc:
        for number in range(150):
            emulator.add_backup(source_index_name="a", created_at=emulator.now - hours(1 + number))

        async def audit() -> Finding:
            return (await pc.audit(now=emulator.now)).findings[0]

        assert (await audit()).verdict is Verdict.PROTECTED
        emulator.add_fault("latency", seconds=0, route="list_index_backups", times=1)
        before = emulator.requests["list_index_backups"]
        task = asyncio.create_task(audit())
        while emulator.requests["list_index_backups"] == before:
            await asyncio.sleep(0)
        emulator.add_fault("status", route="list_index_backups")
        assert (await task).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("error", [UnauthorizedError, ServiceError, PineconeConnectionError])
async def test_without_the_list_of_indexes_there_is_no_audit(error: type[Exception]) -> None:
    """It raises: a report without indexes would look good."""
    async with Emulator(speed=0) as emulator, client(emulator, retry=ONCE) as pc:
        emulator.add_index("a")
        if error is UnauthorizedError:
            emulator.add_fault("status", status=401)
        elif error is ServiceError:
            emulator.add_fault("status", status=500)
        else:
            emulator.add_fault("cut")
        with pytest.raises(error):
            await pc.audit(now=emulator.now)
        assert emulator.requests.total() == 1


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"indexes": null}', b'{"indexes": []}', b'{"unheard": "of"}'],
)
async def test_a_project_without_indexes_is_one_finding(body: bytes) -> None:
    """UNKNOWN, of no index: perhaps the key is of another project."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(body)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        report = await pc.audit()
    (finding,) = report.findings
    assert (finding.index_name, finding.verdict, finding.project) == (None, Verdict.UNKNOWN, None)
    assert "no index" in finding.reason
    assert (report.ok, report.worst) == (False, Verdict.UNKNOWN)
    assert datetime.now(UTC) - report.taken_at < hours(1)


async def test_the_list_of_indexes_never_surprises() -> None:
    """Unknown fields, missing ones, fields of another kind: what isn't needed is left aside."""
    indexes = (
        b'{"indexes": [{"name": "a", "tags": 5, "spec": "odd", "deployment": [], "new": {"x": 1}},'
        b' {"name": "b", "tags": null, "spec": {"pod": null, "serverless": {}}},'
        b' {"name": "c", "spec": {"pod": {}}}, {"name": "d", "deployment": {"deployment_type": "pod"}},'
        b' {"name": "a"}]}'
    )

    async def reply(exchange: Exchange) -> None:
        exchange.answer(indexes if exchange.path == "/indexes" else b'{"data": []}')

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        report = await pc.audit()
    assert verdicts(report) == {
        "a": Verdict.NEVER,
        "b": Verdict.NEVER,
        "c": Verdict.UNSUPPORTED,
        "d": Verdict.UNSUPPORTED,
    }


async def test_overrides_are_for_the_indexes_that_match() -> None:
    """By name and by tag; the first that matches is the one, and what is exempt isn't even read."""
    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        for name, tags in (("prod-a", {"tier": "gold"}), ("prod-b", {"tier": "lead"}), ("dev-a", None), ("dev-b", {})):
            emulator.add_index(name, tags=tags)
            emulator.add_backup(source_index_name=name, created_at=emulator.now - hours(5))
        policy = AuditPolicy(
            overrides=[
                Override(index="prod-*", tag="tier=gold", max_age="1h"),
                Override(index="prod-*", max_age="2h", warn_age="0s"),
                Override(index="dev-b", max_age="99h", warn_age="1h"),
                Override(index="dev-*", exempt=True),
            ]
        )
        report = await pc.audit(policy, now=emulator.now)
        assert verdicts(report) == {"prod-a": Verdict.STALE, "prod-b": Verdict.STALE, "dev-b": Verdict.AGEING}
        assert {finding.index_name: finding.max_age for finding in report.findings} == {
            "prod-a": 3_600.0,
            "prod-b": 7_200.0,
            "dev-b": 356_400.0,
        }
        assert report.exempt == ("dev-a",)
        assert emulator.requests["list_index_backups"] == 3


async def test_where_all_is_exempt_nothing_is_found() -> None:
    """No finding, nothing bad, and no request but that for the indexes."""
    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        emulator.add_index("a")
        report = await pc.audit(AuditPolicy(overrides=[Override(exempt=True)]))
        assert (report.findings, report.exempt, report.ok, report.worst) == ((), ("a",), True, None)
        assert emulator.requests.total() == 1
        assert "nothing to judge" in report._repr_html_()


async def test_a_name_that_was_used_before_is_a_warning() -> None:
    """The index's own list has only the present one's; the project's tells of the other."""
    async with Emulator(speed=0) as emulator, client(emulator) as pc:
        emulator.add_backup(source_index_name="a", created_at=emulator.now - hours(100))
        emulator.delete_index("a")
        emulator.add_index("a")
        emulator.add_backup(source_index_name="a", created_at=emulator.now - hours(1))
        emulator.add_backup(source_index_name="b", created_at=emulator.now - hours(1))
        found = {each.index_name: each.warnings for each in (await pc.audit(now=emulator.now)).findings}
        assert "2 indexes of this name" in found["a"][0]
        assert found["b"] == ()


async def test_a_project_s_list_that_cannot_be_read_is_a_warning() -> None:
    """The verdicts stand; the warning says what may go unseen."""
    async with Emulator(speed=0) as emulator, client(emulator, retry=ONCE) as pc:
        emulator.add_backup(source_index_name="a", created_at=emulator.now - hours(1))
        emulator.add_fault("status", route="list_backups")
        (finding,) = (await pc.audit(now=emulator.now)).findings
        assert finding.verdict is Verdict.PROTECTED
        assert "may go unseen: 500" in finding.warnings[0]


@pytest.mark.parametrize("now", [datetime(2026, 11, 24), 5])  # noqa: DTZ001 -- that is the point
async def test_now_must_tell_its_time_zone(now: Any) -> None:
    """A naive datetime is refused before anything is sent."""
    async with Emulator() as emulator, client(emulator) as pc:
        with pytest.raises(PineconeValueError, match="now must be a datetime with a time zone"):
            await pc.audit(now=now)
        with pytest.raises(PineconeValueError, match="now must be a datetime with a time zone"):
            await audit_projects({"a": pc}, now=now)
        with pytest.raises(PineconeValueError, match="policy must be an AuditPolicy"):
            await pc.audit({"max_age": 1})  # type: ignore[arg-type]
        with pytest.raises(PineconeValueError, match="projects must be a mapping"):
            await audit_projects([pc])  # type: ignore[arg-type]
        with pytest.raises(PineconeValueError, match=r"projects\['b'\] must be a client, not str"):
            await audit_projects({"a": pc, "b": "pcsk_a-key"})  # type: ignore[dict-item]
        assert emulator.requests.total() == 0


async def test_projects_are_audited_side_by_side() -> None:
    """Each finding names its project; one that can't be read, or has no index, is one UNKNOWN."""
    async with Emulator(fleet="saas", seed=7, speed=0) as emulator, Emulator() as empty:
        clients = {name: Pinecone(key, host=emulator.url) for name, key in emulator.api_keys.items()}
        clients |= {"wrong-key": Pinecone("pcsk_wrong", host=emulator.url), "empty": client(empty)}
        report = await audit_projects(
            clients, AuditPolicy(overrides=[Override(index="docs-00", exempt=True)]), emulator.now
        )
        for pc in clients.values():
            await pc.aclose()
    by_project: dict[str | None, list[Finding]] = {}
    for finding in report.findings:
        by_project.setdefault(finding.project, []).append(finding)
    assert {name: len(found) for name, found in by_project.items()} == {
        "acme": 39, "globex": 39, "initech": 39, "wrong-key": 1, "empty": 1,
    }  # fmt: skip
    (unread,), (nothing,) = by_project["wrong-key"], by_project["empty"]
    assert (unread.index_name, unread.verdict, nothing.verdict) == (None, Verdict.UNKNOWN, Verdict.UNKNOWN)
    assert "401" in unread.reason
    assert "API key" in unread.next_step
    assert report.exempt == ("docs-00",) * 3
    ranks = [finding.verdict.rank for finding in report.findings]
    assert ranks == sorted(ranks, reverse=True)
    assert (await audit_projects({})).findings == ()


async def test_a_fleet_is_judged_as_it_was_made() -> None:
    """Fresh, stale, empty, without a backup: each character of the demo fleet gets what it deserves."""
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator, client(emulator) as pc:
        report = await pc.audit(now=emulator.now)
        assert len(report.findings) == 40
        assert set(verdicts(report).values()) >= {
            Verdict.PROTECTED, Verdict.STALE, Verdict.EMPTY, Verdict.NEVER,
        }  # fmt: skip
        assert verdicts(report)["docs-example"] is Verdict.STALE
        assert all(finding.reason and finding.next_step for finding in report.findings)
        pages = emulator.requests["list_index_backups"]
        assert emulator.requests.total() <= 1 + (pages + 40) + 11
        assert len(report.to_records()) == 40


async def test_an_audit_keeps_to_the_concurrency() -> None:
    """However many the indexes: no more requests in flight than the client allows, and each list once."""
    count = 300

    async def reply(exchange: Exchange) -> None:
        await asyncio.sleep(0.01)
        names = ",".join(f'{{"name": "index-{number}"}}' for number in range(count))
        exchange.answer(f'{{"indexes": [{names}]}}'.encode() if exchange.path == "/indexes" else b'{"data": []}')

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, concurrency=8) as pc:
        report = await pc.audit()
        assert len(report.findings) == count
        assert server.most_at_once == 8
        assert len(server.exchanges) == 1 + 1 + 2 * count  # each has its list and, as it is empty, its schedules


async def test_thousands_of_indexes_are_one_answer() -> None:
    """The list of indexes has no pages, so it may be far larger than other answers."""
    row = b'{"name": "index-%d", "spec": {"pod": {"environment": "%s"}}}'
    body = b'{"indexes": [' + b",".join(row % (number, b"x" * 1_000) for number in range(5_000)) + b"]}"

    async def reply(exchange: Exchange) -> None:
        exchange.answer(body if exchange.path == "/indexes" else b'{"data": []}')

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        assert len((await pc.audit()).findings) == 5_000


async def test_an_outage_in_the_middle() -> None:
    """The server dies: what was read is judged, the rest is UNKNOWN, and the audit ends."""
    async with Emulator(fleet="demo", seed=7, speed=0) as emulator, client(emulator, retry=ONCE, concurrency=4) as pc:
        whole = verdicts(await pc.audit(now=emulator.now))
        emulator.add_fault("latency", seconds=0.01, route="list_index_backups")
        before = emulator.requests["list_index_backups"]
        audit = asyncio.create_task(pc.audit(now=emulator.now))
        while emulator.requests["list_index_backups"] < before + 20:
            await asyncio.sleep(0.001)
        emulator.add_fault("reset")
        report = await audit
        partly = verdicts(report)
        assert partly.keys() == whole.keys()
        unknown = {
            name for name, verdict in partly.items() if verdict is Verdict.UNKNOWN and whole[name] is not verdict
        }
        assert 10 <= len(unknown) <= 30
        assert all(partly[name] is verdict for name, verdict in whole.items() if name not in unknown)
        assert not report.ok


async def silence(exchange: Exchange) -> None:
    await exchange.hang_up()


def but_for_the_indexes(reply: Callable[[Exchange], Awaitable[None]]) -> Callable[[Exchange], Awaitable[None]]:
    async def both(exchange: Exchange) -> None:
        if exchange.path == "/indexes":
            exchange.answer(b'{"indexes": [{"name": "a"}, {"name": "b"}]}')
        else:
            await reply(exchange)

    return both


@pytest.mark.parametrize("paths", ["/", "/backups", "/indexes/"])
async def test_closing_the_client_ends_an_audit(paths: str) -> None:
    """It raises `ClientClosedError`, whatever it waited for, and leaves nothing running."""

    async def reply(exchange: Exchange) -> None:
        if exchange.path.startswith(paths):
            await silence(exchange)
        exchange.answer(b"{}")

    async with RawServer(but_for_the_indexes(reply)) as server:
        pc = Pinecone(KEY, host=server.url)
        audit = asyncio.create_task(pc.audit())
        await asyncio.sleep(1)
        await pc.aclose()
        with pytest.raises(ClientClosedError):
            await audit
        with pytest.raises(ClientClosedError):
            await pc.audit()


async def test_closing_the_client_while_schedules_are_read() -> None:
    """As with all else."""

    async def reply(exchange: Exchange) -> None:
        if exchange.path.partition("?")[0].endswith("backup-schedules"):
            await silence(exchange)
        exchange.answer(b"{}")

    async with RawServer(but_for_the_indexes(reply)) as server:
        pc = Pinecone(KEY, host=server.url)
        audit = asyncio.create_task(pc.audit())
        await asyncio.sleep(1)
        await pc.aclose()
        with pytest.raises(ClientClosedError):
            await audit


async def test_a_canceled_audit_leaves_nothing_running() -> None:
    """Its requests are aborted; a fixture looks for tasks."""
    async with RawServer(but_for_the_indexes(silence)) as server, Pinecone(KEY, host=server.url) as pc:
        audit = asyncio.create_task(pc.audit())
        await asyncio.sleep(1)
        audit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await audit
        await asyncio.sleep(1)
        assert [exchange.was_hung_up for exchange in server.exchanges] == [False, True, True, True]


async def test_the_page_of_a_report_is_escaped() -> None:
    """Names come from outside: none of them can become markup."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(b'{"indexes": [{"name": "<script>&"}]}' if exchange.path == "/indexes" else b"{}")

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        page = (await pc.audit())._repr_html_()
    assert "<script>" not in page
    assert "<td>&lt;script&gt;&amp;</td>" in page
    assert "<td>NEVER</td>" in page
