"""`wait` and `watch`."""

import json
import time

import pytest

from cli.process import Process, until
from cli.running import Lab, run

QUICKLY = ("--poll-interval", "0.05s")


def in_a_moment(lab: Lab, backup_id: str, *, fails: bool = False) -> None:
    """A backup that is settled half a second from now."""
    lab.do(
        lambda emulator: emulator.add_backup(backup_id=backup_id, status=None if fails else "Initializing", fails=fails)
    )
    lab.later(0.4, lambda emulator: emulator.advance(1_000))


def test_waiting_prints_what_is_ready(lab: Lab) -> None:
    """The good ones on stdout, the others a line each on stderr; 1, since one failed."""
    in_a_moment(lab, "bkp_1")
    in_a_moment(lab, "bkp_2", fails=True)
    waited = run("wait", "bkp_1", "bkp_2", "nope", "..", *QUICKLY, "-o", "name")
    assert (waited.code, waited.out) == (1, "bkp_1\n")
    lines = sorted(waited.err.splitlines())
    assert [line.partition(":")[0] for line in lines] == ["..", "bkp_2", "nope"]
    assert "InitializationFailed" in lines[1]


def test_all_ready_is_fine(lab: Lab) -> None:
    """0, in each format; ids come from stdin, too."""
    lab.add("bkp_1")
    waited = run("wait", "-i", "bkp_1", "--timeout", "none", "-j")
    assert (waited.code, waited.err) == (0, "")
    assert json.loads(waited.out)["backups"][0]["status"] == "Ready"
    process = Process("wait", "-", "-o", "name")
    process.send("bkp_1\n")
    assert process.read_line() == "bkp_1\n"
    assert process.end() == (0, "", "")


def test_what_is_not_ready_in_time(lab: Lab) -> None:
    """4, with the last status; a failed one goes before it."""
    lab.do(lambda emulator: emulator.add_backup(backup_id="bkp_1", status="Initializing"))
    for command in ("wait", "watch"):
        late = run(command, "bkp_1", "--timeout", "0.2s", *QUICKLY)
        assert late.code == 4
        assert "is still 'Initializing'" in late.err
        assert run(command, "bkp_1", "nope", "--timeout", "0.2s", *QUICKLY).code == 1


@pytest.mark.parametrize("command", ["wait", "watch"])
def test_times_that_cannot_be_used(lab: Lab, command: str) -> None:
    """2, before anything is asked."""
    for option in ("--timeout", "--poll-interval"):
        refused = run(command, "bkp_1", option, "soon")
        assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert lab.do(lambda emulator: emulator.requests.total()) == 0


def test_watching_has_a_row_for_each_change(lab: Lab) -> None:
    """The first look, and each change; a failed one is a finding."""
    in_a_moment(lab, "bkp_1")
    in_a_moment(lab, "bkp_2", fails=True)
    watched = run("watch", "bkp_1", "bkp_2", *QUICKLY, "-o", "jsonl")
    rows = [json.loads(line) for line in watched.out.splitlines()]
    assert {(row["backup_id"], row["status"]) for row in rows} == {
        ("bkp_1", "Initializing"),
        ("bkp_1", "Ready"),
        ("bkp_2", "Initializing"),
        ("bkp_2", "InitializationFailed"),
    }
    assert len(rows) == 4
    assert watched.code == 1
    assert watched.err.startswith("bkp_2: the backup 'bkp_2' failed")


def test_a_watched_table_comes_row_by_row(lab: Lab) -> None:
    """Nobody waits for the end to see the beginning; Ctrl-C ends it."""
    lab.do(lambda emulator: emulator.add_backup(backup_id="bkp_1", status="Initializing"))
    process = Process("watch", "bkp_1")
    assert process.read_line().split()[:3] == ["SEEN", "AT", "ID"]
    assert process.read_line().split()[1:4] == ["bkp_1", "docs-example", "Initializing"]
    assert process.interrupt() < 1
    assert process.end() == (130, "", "")


def test_an_interrupted_wait_prints_what_is_ready(lab: Lab) -> None:
    """The table, too, with the backups that came in time."""
    lab.add("bkp_1")
    lab.do(lambda emulator: emulator.add_backup(backup_id="bkp_2", status="Initializing"))
    process = Process("wait", "bkp_1", "bkp_2")
    until(lambda: lab.requests("describe_backup") >= 2)
    time.sleep(0.2)
    assert process.interrupt() < 1
    code, out, err = process.end()
    assert (code, err, len(out.splitlines())) == (130, "", 2)
    assert out.splitlines()[1].startswith("bkp_1 ")
