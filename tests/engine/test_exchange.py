"""Both ways of a request: what goes over the wire is the same, and the straight one makes way where it should."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import BaseConnector, ClientSession, TraceConfig

from aiopinecone import ApiError, Pinecone, ResponseParsingError, RetryPolicy
from aiopinecone.engine import exchange as exchange_module
from aiopinecone.engine.exchange import SessionWay, StraightWay
from raw_server import Exchange, RawServer, backup_body

KEY = "pcsk_made-up"


async def answer(exchange: Exchange) -> None:
    exchange.answer(backup_body(exchange.backup_id) if "bkp" in exchange.path else b"{}")


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the ways that requests take, as they take them."""
    taken: list[str] = []
    for way in (StraightWay, SessionWay):

        def noting(self: Any, *args: Any, get: Any = way.get, name: str = way.__name__) -> Any:
            taken.append(name)
            return get(self, *args)

        monkeypatch.setattr(way, "get", noting)
    return taken


async def ask(server: RawServer, **options: Any) -> None:
    async with Pinecone(KEY, host=f"{server.url}/prefix", additional_headers={"X-Mine": "yes"}, **options) as pc:
        await pc.describe_backup("bkp_1")
        await pc.describe_backup("bkp/2 \u00e9")
        await pc.list_backups(index_name="a&b", include_deleted=True).to_list()


async def test_both_ways_send_the_same() -> None:
    """Byte for byte, whatever is asked for."""

    async def reply(exchange: Exchange) -> None:
        ids = {"bkp_1": "bkp_1", "bkp%2F2%20%C3%A9": "bkp/2 \u00e9"}
        exchange.answer(backup_body(ids[exchange.backup_id]) if exchange.backup_id in ids else b"{}")

    async with RawServer(reply) as server:
        await ask(server)
        async with ClientSession() as session:
            await ask(server, session=session)
    heads = [exchange.head for exchange in server.exchanges]
    assert len(heads) == 6
    assert heads[:3] == heads[3:]
    assert heads[0].startswith("GET /prefix/backups/bkp_1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert f"\r\nApi-Key: {KEY}\r\n" in heads[0]
    assert "\r\nX-Mine: yes\r\n" in heads[0]


@pytest.mark.parametrize("head", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"])
async def test_informational_answers_are_passed_over(head: bytes) -> None:
    """However many; the answer comes after them."""

    async def reply(exchange: Exchange) -> None:
        exchange.send(head * 2)
        await answer(exchange)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        assert (await pc.describe_backup("bkp_1")).backup_id == "bkp_1"
        assert (await pc.describe_backup("bkp_2")).backup_id == "bkp_2"
    assert server.connections == 1


async def test_switching_protocols_is_an_error() -> None:
    """Nobody asked for it, and the connection is of no more use."""

    async def reply(exchange: Exchange) -> None:
        if exchange.number == 1:
            exchange.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n")
        else:
            await answer(exchange)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(ApiError) as caught:
            await pc.describe_backup("bkp_1")
        assert caught.value.status_code == 101
        await pc.describe_backup("bkp_1")
    assert server.connections == 2


async def test_a_connection_that_is_gone_before_the_request_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written to it; it counts as a failed attempt, and the next one succeeds."""
    connect = BaseConnector.connect
    made: list[Any] = []

    async def connect_and_lose(self: BaseConnector, *args: Any, **options: Any) -> Any:
        connection = await connect(self, *args, **options)
        made.append(connection)
        if len(made) == 1:
            assert connection.transport is not None
            connection.transport.abort()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return connection

    monkeypatch.setattr(BaseConnector, "connect", connect_and_lose)
    async with RawServer(answer) as server, Pinecone(KEY, host=server.url, retry=RetryPolicy(attempts=2)) as pc:
        await pc.describe_backup("bkp_1")
    assert len(made) == 2
    assert len(server.exchanges) == 1


@pytest.mark.parametrize("borrowed", [False, True])
async def test_dead_connections_use_up_no_budget(borrowed: bool) -> None:
    """A resend that succeeds gives back the retry that it may have cost: 300 are no more trouble than one."""
    served: set[object] = set()

    async def reply(exchange: Exchange) -> None:
        if exchange.writer in served:
            exchange.reset()
        else:
            served.add(exchange.writer)
            await answer(exchange)

    async with RawServer(reply) as server, ClientSession() as session:
        options: Any = {"session": session} if borrowed else {}
        async with Pinecone(KEY, host=server.url, retry=RetryPolicy(attempts=1), **options) as pc:
            for number in range(300):
                await pc.describe_backup(f"bkp_{number}")
    assert server.connections == 300


async def test_over_a_borrowed_session_a_body_is_capped_too() -> None:
    """What is too large is refused, and its connection is given up half read."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(b" " * (2 << 20) if exchange.number == 1 else backup_body(exchange.backup_id))

    async with RawServer(reply) as server, ClientSession() as session:
        async with Pinecone(KEY, host=server.url, session=session) as pc:
            with pytest.raises(ResponseParsingError, match="larger than"):
                await pc.describe_backup("bkp_1")
            await pc.describe_backup("bkp_2")
    assert server.connections == 2


async def test_who_traces_sessions_sees_every_request(monkeypatch: pytest.MonkeyPatch, ways: list[str]) -> None:
    """As tools do that add themselves to each session that is made."""
    seen: list[str] = []

    async def on_start(_: object, __: object, params: aiohttp.TraceRequestStartParams) -> None:
        seen.append(params.url.path)

    trace = TraceConfig()
    trace.on_request_start.append(on_start)
    make: Any = ClientSession.__init__

    def make_traced(self: ClientSession, *args: Any, **options: Any) -> None:
        make(self, *args, **options, trace_configs=[trace])

    monkeypatch.setattr(ClientSession, "__init__", make_traced)
    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        await pc.describe_backup("bkp_1")
    assert seen == ["/backups/bkp_1"]
    assert ways == ["SessionWay"]


@pytest.mark.parametrize("name", ["get", "_request"])
async def test_who_replaces_a_session_s_method_is_asked(
    name: str, monkeypatch: pytest.MonkeyPatch, ways: list[str]
) -> None:
    """As long as it is replaced: recorders and fakes work on an open client, too."""
    seen: list[str] = []
    original = getattr(ClientSession, name)

    async def recording(self: ClientSession, *args: Any, **options: Any) -> Any:
        seen.append(str(args[-1]))
        return await original(self, *args, **options)

    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        await pc.describe_backup("bkp_1")
        with monkeypatch.context() as patch:
            patch.setattr(ClientSession, name, recording)
            await pc.describe_backup("bkp_2")
        await pc.describe_backup("bkp_3")
    assert seen == [f"{server.url}/backups/bkp_2"]
    assert ways == ["StraightWay", "SessionWay", "StraightWay"]


async def test_another_aiohttp_is_used_as_its_users_do(monkeypatch: pytest.MonkeyPatch, ways: list[str]) -> None:
    """Where a part of aiohttp isn't as it was known, every request goes through a session."""
    monkeypatch.setattr(exchange_module, "ClientRequest", lambda _: None)
    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        await pc.describe_backup("bkp_1")
    assert ways == ["SessionWay"]


def test_this_aiohttp_is_known() -> None:
    """The one that is installed has all that the straight way needs."""
    assert StraightWay.is_known()


async def test_a_connection_that_is_gone_wakes_nobody() -> None:
    """A body is read as it stands where its connection can't be told of any more, or nobody holds it."""
    protocol = aiohttp.client_proto.ResponseHandler(asyncio.get_running_loop())
    protocol.connection_lost(None)
    assert protocol.closed is None
    content = aiohttp.StreamReader(protocol, 2**16)
    for gone in (protocol, None):
        with exchange_module._woken_by_the_end(content, gone):
            content.feed_data(b"body")
        assert await content.readany() == b"body"


async def test_an_end_that_was_called_off_is_no_error() -> None:
    """Nobody has to look at a future that was cancelled."""
    closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    closed.cancel()
    exchange_module._look_at(closed)
    assert closed.cancelled()
