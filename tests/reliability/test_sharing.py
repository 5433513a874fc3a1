"""One client over two event loops, two threads, a fork: it works or says clearly why not, and never hangs."""

import asyncio
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from raw_server import Exchange, RawServer, backup_body

REFUSED = "refused: the client is in use in another event loop"


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("loops", ["first right", "second right"]),
        ("threads", ["first right", f"second {REFUSED}", f"close {REFUSED}", "first right"]),
        ("fork-use", ["parent right", "child right", "parent right"]),
        ("fork-close", ["parent right", "parent right"]),
        ("fork-leave", ["parent right", "parent right"]),
    ],
)
async def test_a_client_that_is_shared(how: str, said: list[str]) -> None:
    """Answers are never mixed up, nothing hangs, and a child never breaks its parent's connections."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(backup_body(exchange.backup_id))

    program = Path(__file__).with_name("sharing.py")
    async with RawServer(reply) as server:
        port = server.url.rpartition(":")[2]
        command = partial(subprocess.run, capture_output=True, text=True, check=False, timeout=50)
        run: subprocess.CompletedProcess[str] = await asyncio.to_thread(command, [sys.executable, program, how, port])
    lines = [line for line in run.stdout.splitlines() if not line.startswith("threads left")]
    assert lines == said
    assert run.stderr == ""
    assert server.connections == (20 if how in {"loops", "fork-use"} else 10)
