"""The program in a process of its own, on real descriptors.

It is a fork of this one, so it starts in no time; a few tests start the installed program instead.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from aiopinecone.cli import main

PROGRAM = str(Path(sys.executable).with_name("aiopinecone"))


class Process:
    """`aiopinecone` with these arguments.

    Attributes:
        stdin: writes to it, a descriptor.
        stdout: reads from it.
        stderr: the same.
    """

    def __init__(
        self,
        *argv: str,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        closed: tuple[int, ...] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Start it; descriptors that are given are used instead of pipes, and those in `closed` are."""
        their_in, self.stdin = os.pipe() if stdin is None else (os.dup(stdin), os.open(os.devnull, os.O_WRONLY))
        self.stdout, their_out = os.pipe() if stdout is None else (os.open(os.devnull, os.O_RDONLY), os.dup(stdout))
        self.stderr, their_err = os.pipe() if stderr is None else (os.open(os.devnull, os.O_RDONLY), os.dup(stderr))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads: the child uses none
            self.pid = os.fork()
        if not self.pid:
            self._become((their_in, their_out, their_err), argv, closed, environment)
        for descriptor in (their_in, their_out, their_err):
            os.close(descriptor)
        self._code: int | None = None

    def _become(
        self, theirs: tuple[int, int, int], argv: tuple[str, ...], closed: tuple[int, ...], more: Mapping[str, str]
    ) -> None:
        code = 99
        try:
            for number, descriptor in enumerate(theirs):
                os.dup2(descriptor, number)
            os.closerange(3, 1024)
            os.environ.update(more)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
                setattr(sys, name, None if number in closed else os.fdopen(number, mode))
            sys.__dict__["__stdout__"] = sys.stdout  # by which the size of a terminal is looked up
            code = main(list(argv))
            if sys.stdout is not None:
                sys.stdout.flush()
        except BaseException:  # noqa: BLE001 -- whatever it is, the test is to see it
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(code)

    def send(self, text: str) -> None:
        """Write to its stdin."""
        os.write(self.stdin, text.encode())

    def read_line(self) -> str:
        """The next line of its stdout."""
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(self.stdout, 1)
            assert byte, f"it ended after {line!r}"
            line += byte
        return line.decode()

    def interrupt(self) -> float:
        """Ctrl-C; the seconds until it ended."""
        os.kill(self.pid, signal.SIGINT)
        began = time.monotonic()
        self._wait()
        return time.monotonic() - began

    def _wait(self) -> None:
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def end(self) -> tuple[int, str, str]:
        """Close its stdin; its exit status and the rest of what it wrote."""
        os.close(self.stdin)
        written = {self.stdout: b"", self.stderr: b""}
        open_ones = set(written)
        while open_ones:
            for descriptor in select.select(open_ones, [], [], 20)[0]:
                chunk = os.read(descriptor, 65_536)
                written[descriptor] += chunk
                if not chunk:
                    open_ones.discard(descriptor)
                    os.close(descriptor)
        self._wait()
        assert self._code is not None
        return self._code, written[self.stdout].decode(), written[self.stderr].decode()


def terminal(columns: int) -> tuple[int, int]:
    """A pseudo-terminal: our end, and theirs."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    return ours, theirs


def shown_by(ours: int) -> str:
    """What the terminal got until the program ended."""
    received = b""
    while True:
        try:
            chunk = os.read(ours, 65_536)
        except OSError:  # Linux says so once the other end is closed
            break
        if not chunk:
            break
        received += chunk
    os.close(ours)
    return received.decode()


def in_terminal(*argv: str, columns: int = 80, **environment: str) -> tuple[int, str]:
    """Run it in a terminal of so many columns: the exit status, and what was shown."""
    ours, theirs = terminal(columns)
    environment = {"TERM": "xterm-256color", **environment}
    process = Process(*argv, stdin=theirs, stdout=theirs, stderr=theirs, environment=environment)
    os.close(theirs)
    shown = shown_by(ours)
    return process.end()[0], shown


def until(holds: Callable[[], bool]) -> None:
    """Wait until it does, ten seconds at most."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)
