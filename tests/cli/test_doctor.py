"""`doctor`: one line each, with what to do."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from aiopinecone import Backup
from aiopinecone.cli import doctor
from aiopinecone.cli.exits import Exit
from aiopinecone.cli.projects import Project
from cli.running import Lab, run


def statuses(*arguments: str) -> tuple[int, dict[str, str]]:
    ran = run("doctor", "-o", "json", *arguments)
    checks = json.loads(ran.out)["checks"]
    assert all(check["next_step"] for check in checks if check["status"] != "ok")
    return ran.code, {check["check"]: check["status"] for check in checks}


def test_all_is_well(lab: Lab) -> None:
    """0, and a line for each of the six."""
    lab.add("bkp_1")
    told = run("doctor")
    assert (told.code, told.err, len(told.out.splitlines())) == (0, "", 7)
    assert statuses() == (
        0,
        dict.fromkeys(["key", "host", "version", "clock", "reachability", "cache"], "ok"),
    )
    assert run("doctor", "-o", "name").out.split() == ["key", "host", "version", "clock", "reachability", "cache"]
    assert "PINECONE_CONTROLLER_HOST" in run("doctor", "--query", "checks[1].detail").out


def test_an_empty_project(lab: Lab) -> None:
    """There is nothing to try the cache with, and that is no harm."""
    code, checks = statuses()
    assert (code, checks["cache"]) == (0, "skipped")


def test_the_key_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """3: it can be reached, but not be told."""
    monkeypatch.setenv("PINECONE_API_KEY", "sk-made-up-1234")
    code, checks = statuses()
    assert (code, checks["key"], checks["reachability"], checks["clock"]) == (3, "failed", "ok", "ok")
    assert "made-up" not in run("doctor", "--debug").out


def test_there_is_no_key(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """3, and nothing was sent."""
    monkeypatch.delenv("PINECONE_API_KEY")
    code, checks = statuses()
    assert (code, checks["key"], checks["host"], checks["reachability"]) == (3, "failed", "ok", "skipped")


def test_the_host_cannot_be_used(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """2: that is the configuration."""
    monkeypatch.setenv("PINECONE_CONTROLLER_HOST", "http://example.com")
    code, checks = statuses()
    assert (code, checks["host"], checks["key"], checks["reachability"]) == (2, "failed", "skipped", "skipped")


def test_nobody_answers(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """3, after one attempt."""
    monkeypatch.setenv("PINECONE_CONTROLLER_HOST", "http://127.0.0.1:1")
    code, checks = statuses()
    assert (code, checks["key"], checks["reachability"], checks["clock"]) == (3, "skipped", "failed", "skipped")


def test_pinecones_own_host_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a configured one says where it is from."""
    assert "Pinecone's own" in doctor._host(Project("a"), doctor.Look()).detail
    assert "of the configuration" in doctor._host(Project("a", host="https://x.example"), doctor.Look()).detail


@pytest.mark.parametrize(
    ("ahead", "status", "says"),
    [(0, "ok", "within 60 s"), (-3_700, "failed", "1h behind"), (7_300, "failed", "2h ahead of")],
)
def test_a_wrong_clock_is_a_finding(ahead: float, status: str, says: str) -> None:
    """Told by the server's own Date, with the direction."""
    server = datetime(2026, 11, 1, 12, tzinfo=UTC)
    look = doctor.Look(headers={"date": "Sun, 01 Nov 2026 12:00:00 GMT"}, received_at=server + timedelta(seconds=ahead))
    check = doctor._clock(look)
    assert (check.status, check.code is Exit.FINDING) == (status, status == "failed")
    assert says in check.detail


def test_a_cache_that_keeps_nothing_is_a_finding(lab: Lab) -> None:
    """A backup that was listed costs no further request; else something is wrong with us."""
    lab.add("bkp_1")
    run("doctor")
    assert lab.requests("describe_backup") == 0
    look = doctor.Look(backup=Backup(
        backup_id="1", source_index_name="i", source_index_id="i", status="Ready", cloud="aws", region="r",
    ))  # fmt: skip
    assert doctor._cache(look).code is Exit.FINDING
    assert "told no version" in doctor._version(doctor.Look()).detail
