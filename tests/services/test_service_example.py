"""`examples/fastapi_service`: four workers, Valkey and a made-up Pinecone, each a process, and visitors for them."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
import urllib.request
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import randrange

import pytest

# Coverage would slow the workers, to count what other tests count already.
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi_service"


def free_ports() -> int:
    """The first of three ports in a row that nobody listens on, and that the system gives to nobody by itself."""
    while True:
        port = randrange(20_000, 30_000, 3)
        with ExitStack() as stack, suppress(OSError):
            for number in range(3):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port + number))
            return port


@asynccontextmanager
async def serving(port: int) -> AsyncIterator[Process]:
    serve = await asyncio.create_subprocess_exec(
        *(sys.executable, EXAMPLE / "serve.py", "--port", str(port)),
        stdout=PIPE,
        stderr=PIPE,
        env=PLAIN,
        start_new_session=True,
    )
    try:
        yield serve
    finally:
        if serve.returncode is None:
            os.killpg(serve.pid, signal.SIGKILL)
            await serve.communicate()


@pytest.mark.real_time
@pytest.mark.timeout(150)  # nine seconds, on processors that nobody else uses
async def test_visitors_of_four_workers_cost_one_request_a_backup_and_notice_no_outage() -> None:
    """2,000 requests over 50 backups ask Pinecone 50 times at most; more see no error while Valkey is killed."""
    port = free_ports()
    async with serving(port) as serve:
        assert serve.stdout is not None
        assert await serve.stdout.readline() == f"Ready: http://127.0.0.1:{port}/docs\n".encode()
        load = await asyncio.create_subprocess_exec(
            *(sys.executable, EXAMPLE / "load.py", "--port", str(port)), stdout=PIPE, stderr=PIPE, env=PLAIN
        )
        said, errors = await load.communicate()
        requests = await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port + 1}/_emulator/requests")
        with requests:
            assert json.load(requests)["describe_backup"] >= 50
        serve.send_signal(signal.SIGTERM)
        rest, complaints = await serve.communicate()
    assert (errors, load.returncode) == (b"", 0)
    calm, outage = said.decode().splitlines()
    assert calm.startswith("2,000 requests: 2,000 x 200;")
    assert int(re.findall(r"Pinecone was asked (\d+) times for 50 backups", calm)[0]) <= 50
    assert re.match(r"(\S+) requests: \1 x 200; .*; Valkey was killed, and \S+ s later held \d+ answers", outage)
    assert rest == b"Valkey ended; it starts again in a second\n"
    assert serve.returncode == 0
    assert b"Traceback" not in complaints
