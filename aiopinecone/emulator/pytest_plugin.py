"""pytest fixtures: an emulator for each test, and a client that speaks to it. They need pytest-asyncio."""

from collections.abc import AsyncIterator
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, TypeVar

from aiopinecone.emulator.emulator import Emulator

if TYPE_CHECKING:
    from aiopinecone import Pinecone

Function = TypeVar("Function")


class _Decorator(Protocol):
    def __call__(self, function: Function) -> Function: ...


# pytest loads this module in every run. Without pytest-asyncio a test that asks for a fixture is told so by
# pytest, and all others run as ever.
_fixture: _Decorator = import_module("pytest_asyncio" if find_spec("pytest_asyncio") else "pytest").fixture


@_fixture
async def pinecone_emulator() -> AsyncIterator[Emulator]:
    """An empty emulator that listens on loopback."""
    async with Emulator() as emulator:
        yield emulator


@_fixture
async def pinecone_client(pinecone_emulator: Emulator) -> "AsyncIterator[Pinecone]":
    """A client of `pinecone_emulator`."""
    # Whoever asks only for the emulator does not pay for the client.
    from aiopinecone import Pinecone  # noqa: PLC0415 - as said above

    async with Pinecone(api_key=pinecone_emulator.api_key, host=pinecone_emulator.url) as client:
        yield client
