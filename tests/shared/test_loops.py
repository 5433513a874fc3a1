"""One client with a shared cache, over two event loops or a fork; and one whose redis isn't installed."""

import asyncio
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aiopinecone import Pinecone
from raw_server import Exchange, RawServer, backup_body

PROGRAM = Path(__file__).with_name("loops.py")


async def reply(exchange: Exchange) -> None:
    exchange.answer(backup_body(exchange.backup_id))


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("how", "said"),
    [("loops", ["first right", "second right"]), ("fork", ["parent right", "child right", "parent right"])],
)
async def test_a_client_that_moves_on(how: str, said: list[str], valkey: Any, url: str) -> None:
    """Its connections stay where they were made; what was left in the store is found in the next place."""
    async with RawServer(reply) as server, Pinecone("pcsk_made-up", host=server.url, shared_cache=url) as pc:
        await pc.describe_backup("first_0")
        await pc.describe_backup("third_0")
        command = partial(subprocess.run, capture_output=True, text=True, check=False, timeout=50)
        run: subprocess.CompletedProcess[str] = await asyncio.to_thread(
            command, [sys.executable, PROGRAM, how, server.url, url]
        )
    assert run.stdout.splitlines() == [*said, f"shared hits {1 if how == 'loops' else 2}"]
    assert run.stderr == ""


def test_without_redis_one_line_says_what_to_install(tmp_path: Path) -> None:
    """And an aiocache cache that needs none works without it."""
    (tmp_path / "redis.py").write_text("raise ImportError")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from aiocache import SimpleMemoryCache\n"
        "from aiopinecone import Pinecone\n"
        "Pinecone('pcsk_made-up', shared_cache=SimpleMemoryCache())\n"
        "Pinecone('pcsk_made-up', shared_cache='redis://:s3cret@localhost')\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    last = "ImportError: shared_cache needs redis: pip install 'aiopinecone-backups[redis]'"
    assert run.stderr.splitlines()[-1] == last
    assert run.stderr.count("Traceback") == 1
