"""The program in pipes and in a pseudo-terminal, the installed one among them."""

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aiopinecone.cli.terminal import Out
from cli.process import PROGRAM, Process, in_terminal, shown_by, terminal, until
from cli.running import Lab, run


def test_the_installed_program(lab: Lab) -> None:
    """It and `python -m aiopinecone` are the same."""
    lab.add("bkp_1")
    for command in ([PROGRAM], [sys.executable, "-W", "error", "-m", "aiopinecone"]):
        ran = subprocess.run([*command, "list", "-o", "name"], capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "bkp_1\n", "")


def test_the_installed_program_in_a_terminal(lab: Lab) -> None:
    """A bar while it works, gone afterwards; then the table, in color."""
    lab.add("bkp_1")
    lab.fault("latency", seconds=0.3)
    ours, theirs = terminal(columns=80)
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(
        [PROGRAM, "describe", "bkp_1"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        shown = shown_by(ours)
    assert process.returncode == 0
    assert "Describing" in shown
    last = shown.splitlines()[-1]
    assert last.replace("\x1b[32m", "").replace("\x1b[0m", "").split()[:3] == ["bkp_1", "docs-example", "Ready"]
    assert "\x1b[32m" in last


def test_the_installed_program_with_ten_thousand_ids(lab: Lab) -> None:
    """They come from stdin in the memory of a few, each has its row, and white space around an id doesn't count."""
    lab.do(lambda emulator: [emulator.add_backup(backup_id=f"bkp_{number:02}") for number in range(100)])
    with subprocess.Popen(
        [PROGRAM, "describe", "-", "-o", "name"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        memory, rows = [], 0
        for thousand in range(10):
            process.stdin.write("".join(f"  bkp_{number % 100:02}\t\r\n\n" for number in range(1_000)))
            process.stdin.flush()
            rows += sum(process.stdout.readline().startswith("bkp_") for _ in range(1_000 if thousand else 900))
            memory.append(int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4_096)
        process.stdin.write("bkp_00")  # a last line without an end
        process.stdin.close()
        rows += len(process.stdout.readlines())
    assert (process.returncode, rows) == (0, 10_001)
    assert memory[-1] - memory[0] < 4 << 20


def test_a_narrow_terminal(lab: Lab) -> None:
    """What may be folded is, and no line is longer than the terminal; NO_COLOR has no escape sequence in it."""
    lab.add("bkp_1", source_index_name="an-index-with-a-name-of-forty-five-characters")
    code, shown = in_terminal("list", columns=60, NO_COLOR="1", TERM="dumb")
    assert (code, "\x1b" in shown) == (0, False)
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 60
    assert "".join(line.split()[0 if line.startswith(" ") else 1] for line in lines[1:]) == (
        "an-index-with-a-name-of-forty-five-characters"
    )


def test_a_reader_that_goes(lab: Lab) -> None:
    """`| head -1`: its line, no complaint, and an exit status of what was found."""
    lab.do(lambda emulator: [emulator.add_backup(backup_id=f"bkp_{number:04}") for number in range(1_500)])
    for form, first in (("name", "bkp_1499\n"), ("table", "ID"), ("json", "{\n")):
        process = Process("list", "-o", form)
        assert process.read_line().startswith(first)
        os.close(process.stdout)
        process.stdout = os.open(os.devnull, os.O_RDONLY)
        assert process.end() == (0, "", "")


def test_a_reader_that_goes_ends_the_work(lab: Lab) -> None:
    """Nobody reads what would come next, so nobody is asked for it."""
    lab.do(lambda emulator: [emulator.add_backup(backup_id=f"bkp_{number:04}") for number in range(1_500)])
    process = Process("list", "-o", "name")
    assert process.read_line() == "bkp_1499\n"
    os.close(process.stdout)
    process.stdout = os.open(os.devnull, os.O_RDONLY)
    process.end()
    assert lab.requests("list_backups") < 15


def test_nobody_reads_the_complaints(lab: Lab) -> None:
    """`2>&1 | head -1`, and a stderr that is gone: the exit status says enough."""
    reading, writing = os.pipe()
    os.close(reading)
    process = Process("describe", "nope", "..", stderr=writing)
    os.close(writing)
    assert process.end()[0] == 1


@pytest.mark.parametrize("closed", [(1,), (2,), (1, 2), (0,), (0, 1, 2)])
def test_streams_that_were_never_open(lab: Lab, closed: tuple[int, ...]) -> None:
    """`>&-`, `2>&-` and `<&-`: the work is done, and what was found is told by the exit status."""
    lab.add("bkp_1")
    code, out, err = Process("describe", "bkp_1", "nope", "-o", "name", closed=closed).end()
    assert code == 1
    assert out == ("" if 1 in closed else "bkp_1\n")
    assert err.startswith("nope: 404") is (2 not in closed)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_disk_is_told(lab: Lab) -> None:
    """Output that got lost is no success."""
    lab.add("bkp_1")
    with Path("/dev/full").open("w") as full:
        told = Process("list", stdout=full.fileno()).end()
    assert told == (3, "", "aiopinecone: can't write the output: No space left on device\n")


def test_an_encoding_that_lacks_a_name(lab: Lab) -> None:
    """ASCII: an escape stands for it."""
    lab.add("bkp_1", name="漢字")
    written = io.BytesIO()
    ascii_out = io.TextIOWrapper(written, encoding="ascii")
    assert run("list", "--query", "backups[0].name", out=ascii_out).code == 0
    assert json.loads(written.getvalue()) == "漢字"


def test_rows_come_while_ids_are_still_coming(lab: Lab) -> None:
    """What reads them need not wait for the end."""
    lab.add("bkp_1")
    lab.add("bkp_2")
    process = Process("describe", "-", "-o", "jsonl")
    for backup_id in ("bkp_1", "bkp_2"):
        process.send(f"{backup_id}\n")
        assert json.loads(process.read_line())["backup_id"] == backup_id
    assert process.end() == (0, "", "")


@pytest.mark.parametrize("form", ["name", "json", "table"])
def test_an_interruption_prints_what_there_is(lab: Lab, form: str) -> None:
    """Ctrl-C in the middle: 130, within a second, the rows so far, and no traceback."""
    lab.do(lambda emulator: [emulator.add_backup(backup_id=f"bkp_{number:02}") for number in range(40)])
    process = Process("describe", "-", "-o", form)
    process.send("".join(f"bkp_{number:02}\n" for number in range(40)))
    until(lambda: lab.requests("describe_backup") + 100 * lab.requests("list_backups") >= 40)
    time.sleep(0.1)  # the last answers are on their way
    assert process.interrupt() < 1
    code, out, err = process.end()
    assert (code, err) == (130, "")
    assert (len(json.loads(out)["backups"]) if form == "json" else out.count("bkp_")) == 40


def test_an_interruption_while_nothing_answers(lab: Lab) -> None:
    """Within a second, too, and nothing is printed, as there is nothing."""
    lab.add("bkp_1")
    lab.fault("latency", seconds=5)
    process = Process("list", "-o", "json")
    until(lambda: lab.requests("list_backups") == 1)
    assert process.interrupt() < 1
    assert process.end() == (130, "", "")


def test_ids_of_a_file(lab: Lab, tmp_path: Path) -> None:
    """A plain file never makes anybody wait; the mark of UTF-8 is no part of an id, and other bytes are told."""
    lab.add("bkp_1")
    lab.add("bkp_ü")
    file = tmp_path / "ids"
    file.write_bytes("\ufeffbkp_1\nbkp_ü\n".encode() + b"\xff\n")
    with file.open() as stdin:
        code, out, err = Process("describe", "x", "-", "-o", "name", stdin=stdin.fileno()).end()
    assert (code, sorted(out.split())) == (1, ["bkp_1", "bkp_ü"])
    assert "\\udcff: " in err


def test_stdin_without_an_id(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A list that came out empty is told, and is no success; beside another id it may be empty."""
    lab.add("x")
    blank = tmp_path / "ids"
    blank.write_text("\n  \n")
    for given, code, said in ((["-"], 2, "aiopinecone: stdin held no ids. Give one id a line.\n"), (["x", "-"], 0, "")):
        with blank.open() as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            told = run("describe", *given)
        assert (told.code, told.err) == (code, said)


def test_stdin_that_is_no_list_of_ids(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """None at all, or one line that never ends: told, and bounded."""
    monkeypatch.setattr(sys, "stdin", None)
    closed = run("describe", "-")
    assert (closed.code, closed.err) == (2, "aiopinecone: there is no stdin to read ids from\n")
    with Path("/dev/zero").open() as endless:
        monkeypatch.setattr(sys, "stdin", endless)
        told = run("describe", "-")
    assert told.code == 2
    assert told.err.startswith("aiopinecone: stdin has a line too long to be an id")


def test_a_stream_of_nobody() -> None:
    """What was never open has no descriptor, and swallows what is written."""
    out = Out(None)
    assert (out.is_closed, out.isatty(), out.encoding, out.write("x")) == (False, False, "utf-8", 1)
    with pytest.raises(io.UnsupportedOperation):
        out.fileno()
