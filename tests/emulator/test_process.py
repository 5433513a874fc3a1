"""`python -m aiopinecone.emulator`."""

import inspect
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import ExitStack

import pytest

from aiopinecone.emulator import Emulator
from aiopinecone.emulator.__main__ import main

COMMAND = [sys.executable, "-m", "aiopinecone.emulator"]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_what_to_export_and_stops_cleanly(stop: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lines for a shell, then Ready.; the two variables open the API; a signal ends it with 0."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # or lines that nobody flushed would come too
    options = ["--port", "0", "--fleet", "saas", "--seed", "7"]
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        stack.callback(process.kill)  # of one that has ended this is nothing
        assert process.stdout is not None
        lines = [process.stdout.readline().rstrip() for _ in range(3)]
        variables = dict(line.removeprefix("export ").split("=", 1) for line in lines[:2])
        asked = urllib.request.Request(
            variables["PINECONE_CONTROLLER_HOST"] + "/backups?limit=1",
            headers={"Api-Key": variables["PINECONE_API_KEY"]},
        )
        with urllib.request.urlopen(asked) as answer:
            assert answer.status == 200
        process.send_signal(stop)
        rest, errors = process.communicate(timeout=10)
    assert lines[0].startswith("export PINECONE_CONTROLLER_HOST=http://127.0.0.1:")
    assert lines[1:] == ["export PINECONE_API_KEY=pcsk_emulator_acme", "Ready."]
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 1 and one line that names the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    said = capsys.readouterr()
    assert said.err == f"python -m aiopinecone.emulator: cannot listen on port {port}: address already in use\n"
    assert said.out == ""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--port", "70000"], "port must be from 0 to 65535, not 70000"),
        (["--speed", "-1"], "speed must be from 0 to 1,000,000, not -1.0"),
        (["--speed", "nan"], "speed must be from 0"),
        (["--start", "soon"], "start must be now, or a moment like 2026-11-01T12:00:00Z, not 'soon'"),
        (["--port", "http"], "argument --port: invalid int value: 'http'"),
        (["--fleet", "big"], "argument --fleet: invalid choice: 'big'"),
        (["--plan", "free"], "argument --plan: invalid choice: 'free'"),
        (["--key", "x"], "unrecognized arguments: --key x"),
    ],
)
def test_a_bad_option_is_told(options: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, with the usage and what is wrong."""
    with pytest.raises(SystemExit) as stopped:
        main(options)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("usage: python -m aiopinecone.emulator")
    assert says in said


def test_help_names_every_option_of_the_class(capsys: pytest.CaptureFixture[str]) -> None:
    """--help lists each argument of `Emulator` as a flag."""
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    for name in inspect.signature(Emulator).parameters:
        assert f"--{name.replace('_', '-')}" in said


def test_the_client_does_not_import_the_emulator() -> None:
    """`import aiopinecone` leaves the emulator and the server side of aiohttp alone."""
    code = "import aiopinecone, sys; print([m for m in sys.modules if 'emulator' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
