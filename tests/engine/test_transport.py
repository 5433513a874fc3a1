"""The transport, where a whole client never gets."""

import asyncio

import pytest

from aiopinecone import PineconeTimeoutError
from aiopinecone.engine.transport import Connection, Transport
from aiopinecone.settings import Secret


@pytest.fixture
def transport() -> Transport:
    return Transport(
        Connection(
            host="http://127.0.0.1:1",
            key=Secret("pcsk_made-up"),
            api_version="2026-07",
            headers=Secret({}),
            attempt_timeout=10.0,
            concurrency=1,
            session=None,
            ssl=True,
            proxy=Secret(None),
        )
    )


async def test_at_its_bound_nothing_is_sent(transport: Transport) -> None:
    """Where a wait ended at the very deadline, no request follows."""
    with pytest.raises(PineconeTimeoutError, match="no time was left"):
        await transport.send("/backups/bkp_1", {}, asyncio.get_running_loop().time(), 1 << 20)
    await transport.close()


async def test_what_was_never_opened_can_be_let_go(transport: Transport) -> None:
    """Closing and abandoning are fine before the first request."""
    transport.abandon()
    await transport.close()
