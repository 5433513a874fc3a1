"""An emulator whose clock moves only when a test says so."""

from collections.abc import AsyncIterator

import pytest

from aiopinecone.emulator import Emulator


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with Emulator(speed=0) as running:
        yield running
