"""The two streams of a command: data goes to stdout, all else to stderr, and neither may break when nobody reads."""

import io
import os
import re
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from aiopinecone import PineconeError
from aiopinecone.cli import words
from aiopinecone.cli.exits import Exit, Failure, status_of

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN = 200  # characters of a subject
_KEY = re.compile(r"pcsk_[\w-]+", re.IGNORECASE)


class ReaderGoneError(Exception):
    """Nobody reads stdout any more, so there is nothing left to do."""


class Out(io.TextIOBase):
    """A stream that is quietly at its end once its reader has gone.

    Attributes:
        is_closed: nobody reads it any more. One that was never open isn't: it swallows what is written.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.is_closed = False
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the encoding lacks is still a name

    @property
    def encoding(self) -> str:  # type: ignore[override]  # rich asks for it
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None where there is none."""
        return shutil.get_terminal_size().columns if self.isatty() else None

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        return super().fileno() if self._stream is None else self._stream.fileno()

    def write(self, text: str) -> int:
        """Write and flush. Raises `Failure` where the text can't be written for another reason than a lost reader."""
        if self._stream is None or self.is_closed:
            return len(text)
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            self.is_closed = True
            with open(os.devnull, "w") as nowhere:  # noqa: PTH123 -- else Python complains at its end, as it flushes
                os.dup2(nowhere.fileno(), self._stream.fileno())
            if not isinstance(error, BrokenPipeError):
                raise Failure(f"can't write the output: {error.strerror}", code=Exit.UNKNOWN) from None
        return len(text)


class Terminal:
    """Where a command prints, and what it has found out so far.

    Attributes:
        out: for data.
        err: for all else.
        debug: whether errors show their traceback.
        codes: the exit statuses that hold so far.
        trouble: the first complaint.
        conclusion: an exit status that goes before those of `codes`, where a check for Nagios came to one.
    """

    def __init__(self, *, debug: bool = False) -> None:
        self.out = Out(sys.stdout)
        self.err = Out(sys.stderr)
        self.debug = debug
        self.codes: set[Exit] = set()
        self.trouble: str | None = None
        self.conclusion: int | None = None
        self._secrets: set[str] = set()
        self._live: Console | None = None

    def hide(self, secret: str) -> None:
        """Never show this text."""
        self._secrets.add(secret)

    def redact(self, text: str) -> str:
        """The text without keys."""
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return _KEY.sub("[redacted]", text)

    def say(self, line: str) -> None:
        """One line for a person, on stderr; above a progress bar, where one is shown."""
        line = words.literal(self.redact(line))
        if self._live is None:
            self.err.write(line + "\n")
        else:
            self._live.out(line, highlight=False)

    def complain(self, error: PineconeError | Failure, subject: str | None = None, code: Exit | None = None) -> None:
        """Tell of an error in one line, with its hint, and keep its exit status."""
        own = error.code if isinstance(error, Failure) else status_of(error)
        self.codes.add(own if code is None else code)
        self.trouble = self.trouble or self.redact(in_one_line(error))
        self.say(f"{'aiopinecone' if subject is None else subject[:_SHOWN] or repr(subject)}: {in_one_line(error)}")
        self.show_traceback(error)

    def conclude(self, status: int, line: str) -> None:
        """End with this line, and this exit status."""
        self.conclusion = status
        self.out.write(self.redact(line))

    def show_traceback(self, error: BaseException) -> None:
        """With `--debug`."""
        if self.debug:
            for line in "".join(traceback.format_exception(error)).splitlines():
                self.say(line)

    @contextmanager
    def showing(self, live: "Console") -> Iterator[None]:
        """Lines go above what is shown live on this console."""
        self._live = live
        try:
            yield
        finally:
            self._live = None


def in_one_line(error: PineconeError | Failure) -> str:
    """What happened, and what to do."""
    text = str(error)
    if error.hint is None:
        return text
    return f"{text}{'' if text.endswith('.') else '.'} {error.hint}"
