"""The key: in no repr, error, traceback, log or pickle, whatever goes wrong; and ids that stay where they belong."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiopinecone import Pinecone, PineconeError, PineconeValueError, RetryPolicy
from raw_server import Exchange, RawServer, backup_body, error_body

KEY = "pcsk_4zXq-made-up-for-this-test_0123456789"
ESCAPED = "".join(f"\\u{ord(character):04x}" for character in KEY)


def everything_of(error: BaseException) -> str:
    """All that an error shows, to the end of its chain: texts, notes, attributes, and a traceback with variables."""
    shown = []
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        whole = traceback.TracebackException.from_exception(each, capture_locals=True)
        shown += [str(each), repr(each), repr(each.args), repr(vars(each)), *whole.format()]
        pending += [each.__cause__, each.__context__]
    return "\n".join(shown)


async def echo(exchange: Exchange) -> None:
    exchange.answer(error_body("UNAUTHENTICATED", f"no such key: {KEY}", 401), "401 X", f"x-request-id: {KEY}")


async def echo_escaped(exchange: Exchange) -> None:
    exchange.answer(b'{"error": {"code": "X", "message": "' + ESCAPED.encode() + b'"}, "status": 403}', "403 X")


async def echo_with_controls(exchange: Exchange) -> None:
    exchange.answer("\x00".join(KEY).encode(), "500 X")


async def echo_in_the_cut(exchange: Exchange) -> None:
    exchange.answer(b"x" * 490 + KEY.encode() + b"y" * 100, "400 X")


async def echo_as_a_backup(exchange: Exchange) -> None:
    exchange.answer(backup_body(KEY, status=5, region=KEY))


async def echo_as_no_json(exchange: Exchange) -> None:
    exchange.answer(KEY.encode())


async def echo_in_the_status_line(exchange: Exchange) -> None:
    exchange.send(f"{KEY} nonsense\r\n\r\n".encode())
    exchange.writer.close()


async def echo_in_a_redirect(exchange: Exchange) -> None:
    exchange.answer(b"", "307 X", f"Location: http://127.0.0.1:1/{KEY}")


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def cut(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + KEY.encode())
    exchange.writer.close()


async def silence(exchange: Exchange) -> None:
    await exchange.hang_up()


FAILURES = [
    echo,
    echo_escaped,
    echo_with_controls,
    echo_in_the_cut,
    echo_as_a_backup,
    echo_as_no_json,
    echo_in_the_status_line,
    echo_in_a_redirect,
    reset,
    cut,
    silence,
]


@pytest.mark.parametrize("reply", FAILURES)
@pytest.mark.parametrize("debug", [False, True])
async def test_no_failure_gives_the_key_away(
    reply: Callable[[Exchange], Awaitable[None]], debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither its texts, nor its traceback with variables, nor any logger at DEBUG."""
    asyncio.get_running_loop().set_debug(debug)
    async with RawServer(reply) as server:
        with caplog.at_level(logging.DEBUG):
            async with Pinecone(KEY, host=server.url, timeout=3, retry=RetryPolicy(attempts=2)) as pc:
                with pytest.raises(PineconeError) as caught:
                    await pc.describe_backup("bkp_1")
                listed = await outcome_of(pc.list_backups().to_list())
                results = [result async for result in pc.describe_backups(["bkp_1"])]
                shown = [repr(pc), str(pc), repr(vars(pc)), repr([vars(part) for part in parts_of(pc)])]
    assert isinstance(results[0].error, PineconeError)
    for text in [everything_of(caught.value), everything_of(listed), repr(results), caplog.text, *shown]:
        assert KEY not in text
        assert KEY[:20] not in text


async def outcome_of(call: Awaitable[Any]) -> BaseException:
    """Its error; some of what makes no backup makes an empty page."""
    try:
        await call
    except PineconeError as error:
        return error
    return Exception()


def parts_of(pc: Pinecone) -> list[Any]:
    return [part for part in vars(pc).values() if hasattr(part, "__dict__")]


async def test_a_refused_connection_doesnt_give_the_key_away() -> None:
    """Nor does one that nobody takes."""
    async with RawServer(silence) as server:
        url = server.url
    async with Pinecone(KEY, host=url) as pc:
        with pytest.raises(PineconeError) as caught:
            await pc.describe_backup("bkp_1")
    assert KEY not in everything_of(caught.value)


@pytest.mark.parametrize("key", [f" {KEY}", f"{KEY}\n", f"{KEY}\u00e9", f"{KEY}\x00", f"{KEY} {KEY}"])
@pytest.mark.parametrize("where", ["argument", "environment"])
def test_a_refused_key_isnt_echoed(key: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The constructor says what is wrong with it, and shows it nowhere."""
    if where == "environment":
        if "\x00" in key:
            return  # no variable can hold it
        monkeypatch.setenv("PINECONE_API_KEY", key)
    made = {"key": key}
    with pytest.raises(PineconeValueError, match="API key") as caught:
        Pinecone(made.pop("key") if where == "argument" else None)
    frames = everything_of(caught.value).split("client.py", 1)[1]  # past the frame of this test, which knows the key
    assert KEY not in frames


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.text(st.characters(codec=None) | st.sampled_from("./%\\?#:@;&=+ \r\n\t\0\ud800"), max_size=12),
        min_size=1,
        max_size=20,
    )
)
def test_any_text_as_id_is_one_segment_or_refused(ids: list[str]) -> None:
    """What reaches the server is one segment under /backups/ that unquotes to the same text."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(backup_body(unquote(exchange.backup_id)))

    async def describe_all() -> None:
        async with RawServer(reply) as server, Pinecone(KEY, host=server.url) as pc:
            results = [result async for result in pc.describe_backups(ids, concurrency=1, ordered=True)]
            sent = [exchange.path for exchange in server.exchanges]
        asked = [result.backup_id for result in results if not isinstance(result.error, PineconeValueError)]
        assert [unquote(path.removeprefix("/backups/")) for path in sent] == list(dict.fromkeys(asked))
        assert all(path.count("/") == 2 and "?" not in path and "#" not in path for path in sent)
        assert all(path not in {"/backups/", "/backups/.", "/backups/.."} for path in sent)
        assert all(result.ok for result in results if result.backup_id in asked)

    asyncio.run(describe_all())
