"""`describe_backup`, through real sockets: one request, its retries, its one deadline."""

import asyncio
import logging
import pickle
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aioresponses import aioresponses

import aiopinecone
from aiopinecone import (
    ApiError,
    Backup,
    CertificateError,
    ClientClosedError,
    NotFoundError,
    Pinecone,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
    PineconeValueError,
    RateLimitError,
    ResponseParsingError,
    RetryPolicy,
    ServiceError,
)
from aiopinecone.emulator import Emulator
from conftest import SAMPLE_ID
from raw_server import Exchange, RawServer, backup_body, error_body

KEY = "pcsk_made-up"


def now() -> float:
    return asyncio.get_running_loop().time()


async def answer(exchange: Exchange) -> None:
    exchange.answer(backup_body(exchange.backup_id))


def failing(times: int, status: str, *headers: str) -> Callable[[Exchange], Awaitable[None]]:
    """A reply that answers the first `times` requests with this status."""

    async def reply(exchange: Exchange) -> None:
        if exchange.number <= times:
            exchange.answer(b"out of order", status, *headers)
        else:
            await answer(exchange)

    return reply


async def silence(exchange: Exchange) -> None:
    await exchange.hang_up()


async def test_the_documented_program_works(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program of Pinecone's documentation works with `aio` in its import, `async with` and `await`."""
    async with Emulator(fleet="demo") as emulator:
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", emulator.url)
        from aiopinecone import Pinecone  # noqa: PLC0415 -- the program's own first line

        async with Pinecone(api_key=emulator.api_key) as pc:
            backup = await pc.describe_backup(backup_id=SAMPLE_ID)
            print(backup)
    assert capsys.readouterr().out.startswith(f"Backup(backup_id='{SAMPLE_ID}', name='example-backup', status='Ready'")


async def test_a_request_carries_key_version_and_names_itself() -> None:
    """The headers are those of the facts, and the answer's JSON is asked for."""
    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        await pc.describe_backup("bkp_1")
    head = server.exchanges[0].head
    assert head.startswith("GET /backups/bkp_1 HTTP/1.1\r\n")
    for line in (f"Api-Key: {KEY}", "X-Pinecone-Api-Version: 2026-07", "Accept: application/json"):
        assert f"\r\n{line}\r\n" in head
    assert f"\r\nUser-Agent: aiopinecone/{aiopinecone.__version__}\r\n" in head


async def test_the_environment_gives_what_the_arguments_leave_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key, host and extra headers come from the same three variables as in the official SDK; arguments win."""
    async with RawServer(answer) as server:
        monkeypatch.setenv("PINECONE_API_KEY", KEY)
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", server.url + "/base/")
        monkeypatch.setenv("PINECONE_ADDITIONAL_HEADERS", '{"X-One": "1", "x-two": "environment"}')
        async with Pinecone(additional_headers={"X-Two": "argument"}, api_version="2025-04") as pc:
            await pc.describe_backup("bkp_1")
    head = server.exchanges[0].head
    assert head.startswith("GET /base/backups/bkp_1 HTTP/1.1\r\n")
    assert "X-One: 1\r\n" in head
    assert "X-Two: argument\r\n" in head
    assert "environment" not in head
    assert "X-Pinecone-Api-Version: 2025-04\r\n" in head


@pytest.mark.parametrize("backup_id", ["a/b", "a?b", "a#b", "ü", "a b", "%2e%2e", "...", "a%2Fb", "..%2f"])
async def test_an_id_reaches_the_server_as_one_segment(backup_id: str) -> None:
    """Whatever text an id is, it stays one segment of the path."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(backup_body(backup_id))

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        assert (await pc.describe_backup(backup_id)).backup_id == backup_id
    assert server.exchanges[0].path.count("/") == 2
    assert "?" not in server.exchanges[0].path


@pytest.mark.parametrize("backup_id", ["", ".", "..", 5, None, ["a"], b"a", "\ud800"])
async def test_an_id_that_would_ask_for_something_else_is_refused(backup_id: Any) -> None:
    """No request is sent for an empty id, a dot, two dots, or what is no text."""
    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(PineconeValueError, match="a backup id"):
            await pc.describe_backup(backup_id)
    assert not server.exchanges


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_failure_is_tried_again(status: int) -> None:
    """The statuses that may pass are tried again until an answer comes."""
    async with RawServer(failing(3, f"{status} X")) as server, Pinecone(KEY, host=server.url) as pc:
        assert (await pc.describe_backup("bkp_1")).backup_id == "bkp_1"
    assert len(server.exchanges) == 4


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 409, 412, 422, 501, 505])
async def test_a_lasting_failure_is_not(status: int) -> None:
    """Every other status is an error after one request."""
    async with RawServer(failing(9, f"{status} X", "Location: http://127.0.0.1:1/")) as server:
        async with Pinecone(KEY, host=server.url) as pc:
            with pytest.raises(ApiError) as caught:
                await pc.describe_backup("bkp_1")
    assert caught.value.status_code == status
    assert caught.value.attempts == len(server.exchanges) == 1


async def test_the_last_error_is_raised_when_no_attempts_are_left() -> None:
    """After `attempts` requests the last error comes, and says how many there were."""
    async with RawServer(failing(99, "503 X")) as server:
        async with Pinecone(KEY, host=server.url, retry=RetryPolicy(attempts=2)) as pc:
            with pytest.raises(ServiceError) as caught:
                await pc.describe_backup("bkp_1")
    assert caught.value.attempts == len(server.exchanges) == 2
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_waits_between_attempts_grow_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the highest dice the waits are the longest of full jitter: 0.25 s doubled each time, at most 1 s."""
    monkeypatch.setattr("aiopinecone.engine.clock.dice", lambda: 1.0)
    times: list[float] = []

    async def reply(exchange: Exchange) -> None:
        times.append(now())
        exchange.answer(b"", "500 X")

    policy = RetryPolicy(attempts=5, max_delay=timedelta(seconds=1))
    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, retry=policy) as pc:
        with pytest.raises(ServiceError):
            await pc.describe_backup("bkp_1")
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits == pytest.approx([0.25, 0.5, 1.0, 1.0])


@pytest.mark.parametrize("asked", ["20", "Fri, 01 Jan 2027 00:00:20 GMT"])
async def test_retry_after_is_kept(asked: str) -> None:
    """The next attempt waits at least as long as the answer asks, in seconds or until a date of the server's clock."""
    reply = failing(1, "429 X", f"Retry-After: {asked}", "Date: Fri, 01 Jan 2027 00:00:00 GMT")
    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        began = now()
        await pc.describe_backup("bkp_1")
        assert 20.0 <= now() - began < 25.1
    assert len(server.exchanges) == 2


@pytest.mark.parametrize(("status", "error"), [("429 X", RateLimitError), ("503 X", ServiceError)])
async def test_a_retry_after_beyond_the_time_left_fails_at_once(status: str, error: type[ApiError]) -> None:
    """There is no point in waiting for a moment after the deadline."""
    async with RawServer(failing(9, status, "Retry-After: 20")) as server, Pinecone(KEY, host=server.url) as pc:
        began = now()
        with pytest.raises(error) as caught:
            await pc.describe_backup("bkp_1", timeout=19)
        assert now() == began
    assert caught.value.retry_after == 20.0
    assert caught.value.attempts == 1


@pytest.mark.parametrize("timeout", [0.2, 3, 10.0, timedelta(seconds=12)])
async def test_the_timeout_of_a_call_is_one_deadline(timeout: float | timedelta) -> None:
    """However the attempts go, the call ends at its deadline, also where that falls together with an attempt's."""
    length = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    async with RawServer(silence) as server, Pinecone(KEY, host=server.url) as pc:
        began = now()
        with pytest.raises(PineconeTimeoutError) as caught:
            await pc.describe_backup("bkp_1", timeout=timeout)
        assert now() - began == pytest.approx(length, abs=0.01)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.attempts == len(server.exchanges)


async def test_an_attempt_that_hangs_is_given_up_and_tried_again() -> None:
    """`attempt_timeout` bounds one request, and the next may succeed."""

    async def reply(exchange: Exchange) -> None:
        await (silence(exchange) if exchange.number == 1 else answer(exchange))

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, attempt_timeout=2) as pc:
        began = now()
        await pc.describe_backup("bkp_1")
        assert 2.0 <= now() - began <= 2.3


async def test_no_timeout_is_no_timeout() -> None:
    """With both set to None a call waits as long as it takes."""

    async def reply(exchange: Exchange) -> None:
        await asyncio.sleep(3600)
        await answer(exchange)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, timeout=None, attempt_timeout=None) as pc:
        assert (await pc.describe_backup("bkp_1")).backup_id == "bkp_1"


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "5", True, timedelta(0)])
async def test_a_timeout_that_is_no_length_is_refused(timeout: Any) -> None:
    """0, negative, NaN and infinity are refused, of a call and of a client, and nothing is sent."""
    with pytest.raises(PineconeValueError, match="timeout"):
        Pinecone(KEY, timeout=timeout)
    with pytest.raises(PineconeValueError, match="attempt_timeout"):
        Pinecone(KEY, attempt_timeout=timeout)
    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(PineconeValueError, match="timeout"):
            await pc.describe_backup("bkp_1", timeout=timeout)
    assert not server.exchanges


async def cut_headers(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Le")
    exchange.reset()


async def cut_body(exchange: Exchange) -> None:
    exchange.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"backup_id":')
    exchange.writer.close()


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def garbage(exchange: Exchange) -> None:
    exchange.send(b"I am not HTTP\r\n\r\n")
    exchange.writer.close()


async def two_lengths(exchange: Exchange) -> None:
    exchange.answer(backup_body("bkp_1"), "200 OK", "Content-Length: 1")


async def long_header(exchange: Exchange) -> None:
    exchange.answer(backup_body("bkp_1"), "200 OK", f"X-Long: {'x' * 20_000}")


@pytest.mark.parametrize("broken", [cut_headers, cut_body, reset, garbage, two_lengths, long_header])
async def test_a_broken_answer_is_a_connection_error_and_tried_again(
    broken: Callable[[Exchange], Awaitable[None]],
) -> None:
    """What breaks on the way is never taken for an HTTP status; the next attempt may succeed."""

    async def once(exchange: Exchange) -> None:
        await (broken(exchange) if exchange.number == 1 else answer(exchange))

    async with RawServer(once) as server, Pinecone(KEY, host=server.url) as pc:
        assert (await pc.describe_backup("bkp_1")).backup_id == "bkp_1"
    assert len(server.exchanges) == 2

    async with RawServer(broken) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(PineconeConnectionError) as caught:
            await pc.describe_backup("bkp_1")
    assert not isinstance(caught.value, ApiError)
    assert caught.value.attempts == len(server.exchanges) == 4


async def test_a_refused_connection_is_a_connection_error() -> None:
    """Where nothing listens, the error says so and names the next step."""
    async with RawServer(answer) as server:
        url = server.url
    async with Pinecone(KEY, host=url) as pc:
        with pytest.raises(PineconeConnectionError, match="can't reach the server") as caught:
            await pc.describe_backup("bkp_1")
    assert caught.value.attempts == 4
    assert caught.value.hint


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"<html>", b"{}", b"[" * 100_000, b'{"backup_id": NaN}', backup_body("bkp_1")[:-1]]
)
async def test_an_unreadable_answer_is_an_error_and_not_asked_for_again(body: bytes) -> None:
    """200 with a body that is no backup is `ResponseParsingError` after one request."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(body)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(ResponseParsingError) as caught:
            await pc.describe_backup("bkp_1")
    assert caught.value.attempts == len(server.exchanges) == 1


async def test_an_answer_about_another_backup_is_refused_and_not_kept() -> None:
    """Nothing is cached of an answer with another id than the one asked for."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(backup_body("other"))

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(ResponseParsingError, match="another backup"):
            await pc.describe_backup("bkp_1")
        assert pc.cache_info().size == 0


@pytest.mark.parametrize("status", ["200 OK", "500 X"])
async def test_a_body_beyond_a_mebibyte_is_refused(status: str) -> None:
    """The cap counts decompressed bytes, error bodies too, and the connection isn't left half read."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(b"[" * (1 << 20) + b"[", status)

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(ResponseParsingError, match="larger than"):
            await pc.describe_backup("bkp_1")
    assert len(server.exchanges) == 1


async def test_a_kept_alive_connection_that_died_costs_one_resend_and_no_wait() -> None:
    """A server that closes after each answer is served without an error and without a pause."""

    async def reply(exchange: Exchange) -> None:
        await answer(exchange)
        exchange.writer.close()

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, retry=RetryPolicy(attempts=1)) as pc:
        began = now()
        for number in range(200):
            await pc.describe_backup(f"bkp_{number}")
        assert now() == began


async def test_a_borrowed_session_gets_one_resend_too_and_is_never_closed() -> None:
    """A session passed in is used as it is, and stays open."""
    dead: set[asyncio.StreamWriter] = set()

    async def reply(exchange: Exchange) -> None:
        if exchange.number == 2:
            exchange.reset()
        else:
            await answer(exchange)

    async with aiohttp.ClientSession(headers={"X-Mine": "yes"}, raise_for_status=True) as session:
        async with RawServer(reply) as server:
            policy = RetryPolicy(attempts=1)
            async with Pinecone(KEY, host=server.url, session=session, retry=policy) as pc:
                began = now()
                await pc.describe_backup("bkp_1")
                await pc.describe_backup("bkp_2")
                assert now() == began
            assert not session.closed
            assert not dead
            assert "X-Mine: yes" in server.exchanges[0].head
            assert f"Api-Key: {KEY}" in server.exchanges[0].head
            await session.close()
            async with Pinecone(KEY, host=server.url, session=session) as pc:
                with pytest.raises(ClientClosedError, match="session passed in"):
                    await pc.describe_backup("bkp_1")


async def test_over_a_borrowed_session_a_refusal_is_a_connection_error() -> None:
    """Its middleware changes nothing about what can't be reached."""
    async with RawServer(answer) as server:
        url = server.url
    async with aiohttp.ClientSession() as session, Pinecone(KEY, host=url, session=session) as pc:
        with pytest.raises(PineconeConnectionError, match="can't reach the server") as caught:
            await pc.describe_backup("bkp_1")
    assert caught.value.attempts == 4


async def test_a_body_in_many_pieces_is_put_together() -> None:
    """However the bytes arrive, the answer is the same."""

    async def reply(exchange: Exchange) -> None:
        body = backup_body(exchange.backup_id)
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 40):
            await asyncio.sleep(0.01)
            exchange.send(body[start : start + 40])

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        assert (await pc.describe_backup("bkp_1")).backup_id == "bkp_1"


async def test_a_fresh_connection_that_dies_is_a_failed_attempt() -> None:
    """No hidden resend: with one attempt allowed, one request is sent."""
    async with RawServer(reset) as server, Pinecone(KEY, host=server.url, retry=RetryPolicy(attempts=1)) as pc:
        with pytest.raises(PineconeConnectionError, match="lost"):
            await pc.describe_backup("bkp_1")
    assert len(server.exchanges) == 1


async def test_cookies_of_the_server_are_not_sent_back() -> None:
    """Nothing that a server sets comes back to it."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(backup_body(exchange.backup_id), "200 OK", "Set-Cookie: a=b")

    async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
        await pc.describe_backup("bkp_1")
        await pc.describe_backup("bkp_2")
    assert "Cookie" not in server.exchanges[1].head


async def test_a_redirect_is_an_error_and_the_other_host_hears_nothing() -> None:
    """The key never follows a redirect."""
    async with RawServer(answer) as other:

        async def reply(exchange: Exchange) -> None:
            exchange.answer(b"", "302 Found", f"Location: {other.url}/backups/bkp_1")

        async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
            with pytest.raises(ApiError, match="redirect") as caught:
                await pc.describe_backup("bkp_1")
        assert caught.value.status_code == 302
        assert not other.exchanges


async def test_the_environment_s_proxies_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `proxy=` sends requests through a proxy."""
    async with RawServer(answer) as server, RawServer(answer) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with Pinecone(KEY, host=server.url) as pc:
            await pc.describe_backup("bkp_1")
        assert len(server.exchanges) == 1
        async with Pinecone(KEY, host=server.url, proxy=proxy.url) as pc:
            await pc.describe_backup("bkp_1")
        assert proxy.exchanges[0].path == f"{server.url}/backups/bkp_1"


async def test_a_proxy_that_refuses_is_a_connection_error() -> None:
    """An answer of the proxy itself to CONNECT isn't taken for Pinecone's."""
    async with RawServer(failing(9, "407 X")) as proxy:
        async with Pinecone(KEY, host="https://127.0.0.1:9", proxy=proxy.url, retry=RetryPolicy(attempts=1)) as pc:
            with pytest.raises(PineconeConnectionError, match="the proxy answered with 407"):
                await pc.describe_backup("bkp_1")


async def test_a_client_passes_the_tables_of_aioresponses(aioresponses_shim: None, sample: dict[str, Any]) -> None:
    """Users' own tests may fake answers with aioresponses."""
    url = f"https://api.pinecone.io/backups/{SAMPLE_ID}"
    with aioresponses() as fake:
        fake.get(url, payload=sample)
        fake.get(url, status=404, payload={"error": {"code": "NOT_FOUND", "message": "gone"}, "status": 404})
        async with Pinecone(KEY) as pc:
            assert (await pc.describe_backup(SAMPLE_ID)).to_dict() == sample
            with pytest.raises(NotFoundError, match="404 NOT_FOUND: gone"):
                await pc.describe_backup(SAMPLE_ID, fresh=True)


async def test_after_aclose_every_call_says_so() -> None:
    """Closing twice is fine, by either name; then even a cached answer isn't given."""
    async with RawServer(answer) as server:
        pc = Pinecone(KEY, host=server.url)
        await pc.describe_backup("bkp_1")
        assert repr(pc) == f"Pinecone(host='{server.url}', api_version='2026-07')"
        await pc.aclose()
        await pc.close()
        assert repr(pc).endswith(", closed)")
        calls: list[Callable[[], Any]] = [
            lambda: pc.describe_backup("bkp_1"),
            lambda: pc.invalidate("bkp_1"),
            pc.clear_cache,
            pc.__aenter__,
        ]
        for call in calls:
            with pytest.raises(ClientClosedError):
                await call()
        for call in (pc.list_backups, lambda: pc.describe_backups(["bkp_1"])):
            with pytest.raises(ClientClosedError):
                call()
        assert pc.cache_info().size == 1


async def test_a_client_that_was_never_used_can_do_everything_else() -> None:
    """Before the first request there is no session, and nothing that needs one."""
    async with Pinecone(KEY) as pc:
        await pc.invalidate("bkp_1")
        await pc.clear_cache()
        with pytest.raises(PineconeValueError):
            await pc.describe_backup("")
    async with RawServer(answer) as server, Pinecone(KEY, host=server.url) as pc:
        described = asyncio.ensure_future(pc.describe_backup("bkp_1"))
        await asyncio.sleep(0)
        await pc.aclose()
        with pytest.raises(ClientClosedError):
            await described
    assert not server.exchanges


async def test_aclose_ends_calls_in_flight() -> None:
    """Whoever waits gets `ClientClosedError`, and nothing hangs."""
    async with RawServer(silence) as server:
        pc = Pinecone(KEY, host=server.url)
        described = [asyncio.ensure_future(pc.describe_backup(f"bkp_{number}")) for number in range(100)]
        listed = asyncio.ensure_future(pc.list_backups().to_list())

        async def in_bulk() -> None:
            async for _ in pc.describe_backups(["bkp_x", "bkp_y"]):
                pass

        bulk = asyncio.ensure_future(in_bulk())
        while len(server.exchanges) < 32:
            await asyncio.sleep(0)
        await pc.aclose()
        outcomes = await asyncio.gather(*described, listed, bulk, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {ClientClosedError}


def test_a_client_needs_no_running_loop_and_can_serve_two_in_turn() -> None:
    """It can stand at import time, and be used by one `asyncio.run` after another."""
    pc = Pinecone(KEY)

    async def describe() -> Backup:
        async with RawServer(answer) as server:
            pc2 = Pinecone(KEY, host=server.url)
            backup = await pc2.describe_backup("bkp_1")
            await pc2.aclose()
            return backup

    assert asyncio.run(describe()) == asyncio.run(describe())
    asyncio.run(pc.aclose())


def test_a_client_is_not_shared_between_running_loops() -> None:
    """A second loop is refused while the first is there, and served when it is gone."""

    async def serve(pc: Pinecone, host: RawServer) -> None:
        await pc.describe_backup("bkp_1", fresh=True)

    async def first() -> None:
        async with RawServer(answer) as server:
            pc = Pinecone(KEY, host=server.url)
            await pc.describe_backup("bkp_1")
            with pytest.raises(PineconeError, match="another event loop"):
                await asyncio.to_thread(asyncio.run, pc.describe_backup("bkp_2"))
            await pc.aclose()

    asyncio.run(first())


def test_a_client_refuses_to_be_pickled() -> None:
    """A pickle would carry the key."""
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(Pinecone(KEY))


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"retry": 3}, "retry"),
        ({"cache": True}, "cache"),
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": 1.5}, "concurrency"),
        ({"requests_per_second": 0}, "requests_per_second"),
        ({"requests_per_second": float("inf")}, "requests_per_second"),
        ({"session": "session"}, "session"),
        ({"ssl": False}, "ssl"),
        ({"proxy": "proxy"}, "proxy"),
        ({"api_version": ""}, "api_version"),
    ],
)
def test_an_argument_that_cant_be_used_is_refused_by_name(arguments: dict[str, Any], name: str) -> None:
    """The error names the argument."""
    with pytest.raises(PineconeValueError, match=name):
        Pinecone(KEY, **arguments)


async def test_retries_are_logged_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever wants to know can read along, and the key isn't told."""
    async with RawServer(failing(2, "503 X")) as server, Pinecone(KEY, host=server.url) as pc:
        with caplog.at_level(logging.DEBUG):
            await pc.describe_backup("bkp_1")
    messages = [record.getMessage() for record in caplog.records if record.name == "aiopinecone"]
    assert [message.partition(" (")[0] for message in messages] == ["attempt 1 failed", "attempt 2 failed"]
    assert KEY not in caplog.text


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that signs itself, with its key in one file."""
    path = tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-keyout", path, "-out", tmp_path / "cert"], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (tmp_path / "cert").read_bytes())
    return path


@pytest.fixture
async def https(certificate: Path) -> AsyncIterator[str]:
    """The URL of a server with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = backup_body("bkp_1")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield f"https://localhost:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_certificates_are_checked_and_a_context_of_ones_own_is_taken(certificate: Path, https: str) -> None:
    """A certificate that fails its check is an error at once; the context that trusts it makes it work."""
    context = ssl.create_default_context(cafile=certificate)
    async with Pinecone(KEY, host=https) as pc:
        with pytest.raises(CertificateError) as caught:
            await pc.describe_backup("bkp_1")
    assert caught.value.attempts == 1
    async with Pinecone(KEY, host=https, ssl=context) as pc:
        assert (await pc.describe_backup("bkp_1")).backup_id == "bkp_1"


def test_error_bodies_reach_the_error(sample: dict[str, Any]) -> None:
    """What Pinecone says of an error is in the error: code, message, ids and body."""

    async def reply(exchange: Exchange) -> None:
        body = error_body("NOT_FOUND", "Backup bkp_1 not found.", 404)
        exchange.answer(body, "404 X", "Content-Type: text/plain", "x-cloud-trace-context: abc/123;o=1")

    async def describe() -> None:
        async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
            await pc.describe_backup("bkp_1")

    with pytest.raises(NotFoundError) as caught:
        asyncio.run(describe())
    error = caught.value
    assert (error.error_code, error.message) == ("NOT_FOUND", "Backup bkp_1 not found.")
    assert (error.request_id, error.trace_id, error.attempts) == (None, "abc", 1)
    assert error.body == error_body("NOT_FOUND", "Backup bkp_1 not found.", 404).decode()
