"""Ways to run the program, and a project that it speaks to."""

import asyncio
import io
import os
import re
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO, TypeVar

import attrs

from aiopinecone.cli import main
from aiopinecone.emulator import Emulator

T = TypeVar("T")

GOLDEN = Path(__file__).parent / "golden"
_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)"), "<time>"),
    (re.compile(r"trace id [0-9a-f]{32}"), "trace id <trace>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:<port>"),
)


class Lab:
    """An emulator on a thread of its own, since a command runs an event loop in this one."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.emulator = Emulator(speed=1)
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self._wait(self.emulator.__aenter__())

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def do(self, work: Callable[[Emulator], T]) -> T:
        """Call this with the emulator, on its thread."""

        async def call() -> T:
            return work(self.emulator)

        found: T = self._wait(call())
        return found

    def add(self, backup_id: str, *, ago: float = 3.1, **fields: Any) -> None:
        """A backup, so many hours old."""
        created_at = datetime.now(UTC) - timedelta(hours=ago)
        self.do(lambda emulator: emulator.add_backup(backup_id=backup_id, created_at=created_at, **fields))

    def fault(self, kind: str, **options: Any) -> None:
        """Answer wrongly from now on."""
        self.do(lambda emulator: emulator.add_fault(kind, **options))

    def fault_after(self, route: str, count: int, kind: str, **options: Any) -> None:
        """Answer wrongly once so many requests were answered; each of them takes a moment."""

        async def wait() -> None:
            while self.emulator.requests[route] < count:
                await asyncio.sleep(0.002)
            await asyncio.sleep(0.01)
            self.emulator.add_fault(kind, route=route, **options)

        self.fault("latency", seconds=0.05, route=route)
        asyncio.run_coroutine_threadsafe(wait(), self.loop)

    def later(self, seconds: float, work: Callable[[Emulator], None]) -> None:
        """Call this in a while."""
        self.loop.call_soon_threadsafe(self.loop.call_later, seconds, work, self.emulator)

    def requests(self, route: str) -> int:
        """How many there were."""
        return self.do(lambda emulator: emulator.requests[route])

    def stop(self) -> None:
        """End it."""
        self._wait(self.emulator.__aexit__(None, None, None))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@attrs.frozen
class Run:
    """What one run of the program did."""

    code: int
    out: str
    err: str


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """A stream that nobody reads any more."""

    def __init__(self, error: OSError | None = None) -> None:
        super().__init__()
        self._error = error or BrokenPipeError()
        self._nowhere = Path(os.devnull).open("w")  # noqa: SIM115 -- closed with this stream

    def write(self, _: str) -> int:
        raise self._error

    def fileno(self) -> int:
        return self._nowhere.fileno()

    def close(self) -> None:
        self._nowhere.close()
        super().close()


def run(*argv: str, out: TextIO | None = None, err: TextIO | None = None) -> Run:
    """Run it in this process, in pipes unless other streams are given."""
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out or io.StringIO(), err or io.StringIO()
    try:
        code = main(list(argv))
        return Run(
            code, *(each.getvalue() if isinstance(each, io.StringIO) else "" for each in (sys.stdout, sys.stderr))
        )
    finally:
        sys.stdout, sys.stderr = streams


def golden(name: str, text: str) -> None:
    """The text is that of the file, but for what no two runs share. UPDATE_GOLDEN=1 writes the file anew."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()
