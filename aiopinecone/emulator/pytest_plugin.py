"""pytest fixtures: an emulator for each test, and a client that speaks to it. They need pytest-asyncio."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiopinecone.emulator.emulator import Emulator

try:
    from pytest_asyncio import fixture
except ImportError:
    # pytest loads this module whether or not a test asks for the fixtures; if one does, it says what is missing.
    from pytest import fixture  # noqa: PT013 - stands for the other `fixture`

if TYPE_CHECKING:
    from aiopinecone import Pinecone


@fixture
async def pinecone_emulator() -> AsyncIterator[Emulator]:
    """An empty emulator that listens on loopback."""
    async with Emulator() as emulator:
        yield emulator


@fixture
async def pinecone_client(pinecone_emulator: Emulator) -> "AsyncIterator[Pinecone]":
    """A client of `pinecone_emulator`."""
    # Whoever asks only for the emulator does not pay for the client.
    from aiopinecone import Pinecone  # noqa: PLC0415 - as said above

    async with Pinecone(api_key=pinecone_emulator.api_key, host=pinecone_emulator.url) as client:
        yield client
