"""`emulator` and `demo` are the same things as the modules of these names."""

import inspect
import signal
import socket
import subprocess

import pytest

from aiopinecone import demo
from aiopinecone.cli.app import app
from aiopinecone.emulator import Emulator
from cli.process import PROGRAM
from cli.running import run


def test_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """It prints what to export, serves it, and stops with 0 where it is told to."""
    with subprocess.Popen(
        [PROGRAM, "emulator", "--port", "0", "--fleet", "saas"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().rstrip() for _ in range(3)]
        variables = dict(line.removeprefix("export ").split("=", 1) for line in lines[:2])
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        listed = run("list", "-o", "name", "-l", "3")
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=10)
    assert lines[2] == "Ready."
    assert len(listed.out.split()) == 3
    assert (process.returncode, rest) == (0, ("", ""))


def test_a_taken_port() -> None:
    """It is told in one line."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = run("emulator", "--port", str(taken.getsockname()[1]))
    assert refused.code == 2
    assert "address already in use. Choose another by --port." in refused.err


def test_the_options_are_those_of_the_class() -> None:
    """Each argument of `Emulator`, with its default; but a port of its own."""
    options = [argument.field_info for argument in app["emulator"].assemble_argument_collection()]
    ours = {option.name: option.default for option in options}
    theirs = {name: parameter.default for name, parameter in inspect.signature(Emulator).parameters.items()}
    assert ours == {**theirs, "port": 5080}


def test_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The very same function."""
    ran = []

    async def main() -> None:
        ran.append(True)

    monkeypatch.setattr(demo, "main", main)
    assert run("demo").code == 0
    assert ran == [True]
