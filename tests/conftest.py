"""What every test stands on: nothing may be left behind, and aioresponses works with today's aiohttp."""

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aioresponses.core
import hypothesis
import pytest
from aiohttp import ClientResponse

from aiopinecone import settings
from aiopinecone.engine import clock
from virtual_time import VirtualTimeLoop

# How fast inputs are made says how busy the machine is, and nothing about a test.
hypothesis.settings.register_profile("suite", suppress_health_check=[hypothesis.HealthCheck.too_slow], deadline=None)
hypothesis.settings.load_profile("suite")

SAMPLE_ID = "8c85e612-ed1c-4f97-9f8c-8194e07bcf71"


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collections between the tests, a sixth of their time, need not look at it."""
    gc.collect()
    gc.freeze()


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Time is virtual, but for tests marked `real_time`, which work with other processes or threads."""
    if item.get_closest_marker("real_time") is not None:
        return {"real": asyncio.new_event_loop}
    return {"virtual": VirtualTimeLoop}


@pytest.fixture(autouse=True)
def the_clock_of_the_loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the loop's time is virtual, so is the client's."""
    if request.node.get_closest_marker("real_time") is None and inspect.iscoroutinefunction(request.function):
        monkeypatch.setattr(clock, "now", lambda: asyncio.get_running_loop().time())


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test sees no key, host or header of the machine it runs on."""
    for variable in (settings.KEY_VARIABLE, settings.HOST_VARIABLE, settings.HEADERS_VARIABLE):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(autouse=True)
async def nothing_left_behind() -> AsyncIterator[None]:
    """A test fails that leaves a task, an open descriptor, or a message of the loop's exception handler behind."""
    loop = asyncio.get_running_loop()
    messages: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: messages.append(context))
    descriptors = open_descriptors()
    tasks = asyncio.all_tasks()
    yield
    gc.collect()
    for _ in range(5):  # closed transports and cancelled tasks need some turns of the loop to be gone
        await asyncio.sleep(0)
    assert not messages
    assert asyncio.all_tasks() - {asyncio.current_task()} <= tasks
    assert open_descriptors() <= descriptors


def open_descriptors() -> set[str]:
    directory = Path("/proc/self/fd")
    return {entry.name for entry in directory.iterdir()} if directory.is_dir() else set()


@pytest.fixture
def aioresponses_shim(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aioresponses 0.7.9 makes a ClientResponse without the stream_writer that aiohttp 3.14 asks for."""
    if "stream_writer" in inspect.signature(ClientResponse.__init__).parameters:

        class WithStreamWriter(ClientResponse):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **{"stream_writer": SimpleNamespace(output_size=0), **kwargs})

        monkeypatch.setattr(aioresponses.core, "ClientResponse", WithStreamWriter)


@pytest.fixture
def sample() -> dict[str, Any]:
    """The answer that Pinecone documents, in the shape of 2025-04."""
    return {
        "backup_id": SAMPLE_ID,
        "cloud": "aws",
        "created_at": "2025-05-15T00:52:10.809354Z",
        "description": "Monthly backup of production index",
        "dimension": 1024,
        "name": "example-backup",
        "namespace_count": 3,
        "record_count": 98,
        "region": "us-east-1",
        "size_bytes": 1069169,
        "source_index_id": "f73b36c9-faf5-4a2c-b1d6-4013d8b1cc74",
        "source_index_name": "docs-example",
        "status": "Ready",
        "tags": {},
    }
