"""Several clients, each a process of its own."""

import asyncio
import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROGRAM = Path(__file__).with_name("caller.py")


class Caller:
    """`async with Caller(host, url) as caller`: a client in another process, connected and ready."""

    def __init__(self, host: str, url: str, **keywords: Any) -> None:
        self._arguments = [host, url, json.dumps(keywords)]

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", str(PROGRAM), *self._arguments, stdin=pipe, stdout=pipe
        )
        assert self.process.stdout is not None
        assert await self.process.stdout.readline() == b"ready\n"
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()

    async def describe(self, *ids: str, callers: int = 1) -> dict[str, Any]:
        """What came of so many calls for each of these ids, all made at once."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"ids": ids, "callers": callers}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self.process.stdout.readline() or "{}")
        return answer

    def kill(self) -> None:
        self.process.kill()
