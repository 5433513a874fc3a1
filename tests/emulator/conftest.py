"""An emulator whose clock moves only when a test says so."""

import gc
from collections.abc import AsyncIterator

import pytest

from aiopinecone.emulator import Emulator


@pytest.fixture(scope="module", autouse=True)
def older_garbage_is_out_of_the_way() -> None:
    """Each test ends with a garbage collection, which need not look at what older modules left."""
    gc.collect()
    gc.freeze()


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with Emulator(speed=0) as running:
        yield running
