"""What a Valkey in trouble does to callers: nothing that they would notice."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from statistics import median

import pytest
import redis

from aiopinecone import Pinecone
from raw_server import Exchange, RawServer, backup_body
from shared import valkeys

pytestmark = pytest.mark.real_time

KEY = "pcsk_made-up"


class Valkey:
    """A server that a test may do anything to."""

    def __init__(self) -> None:
        self.server = valkeys.start()
        self.port = self.server.port
        self.url = f"redis://127.0.0.1:{self.port}"

    def command(self, *words: object) -> object:
        with redis.Redis(port=self.port) as connection:
            return connection.execute_command(*words)

    def stop(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self.server.terminate()

    def restart(self) -> None:
        self.server = valkeys.start(self.port)

    def fill(self) -> None:
        self.command("CONFIG", "SET", "maxmemory", "1")

    def empty(self) -> None:
        self.command("CONFIG", "SET", "maxmemory", "0")

    def be_a_replica(self) -> None:
        self.command("REPLICAOF", "127.0.0.1", "1")

    def be_a_primary(self) -> None:
        self.command("REPLICAOF", "NO", "ONE")

    def hiccup(self) -> None:
        """Do nothing for 0.15 s, as if somebody's command took as long."""
        self.stop()
        time.sleep(0.15)
        self.go_on()

    def _signal(self, number: int) -> None:
        process = self.server._process
        assert process is not None
        os.kill(process.pid, number)


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    valkey = Valkey()
    yield valkey
    with suppress(AssertionError):
        valkey.go_on()
    valkey.kill()


async def reply(exchange: Exchange) -> None:
    exchange.answer(backup_body(exchange.backup_id))


def client(server: RawServer, valkey: Valkey, **options: float) -> Pinecone:
    return Pinecone(KEY, host=server.url, shared_cache=valkey.url, **options)  # type: ignore[arg-type]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def describe(pc: Pinecone, prefix: str, count: int) -> list[float]:
    """How long each of so many calls took, one after the other, each for a backup that nobody knows yet."""
    return [await length(pc, f"{prefix}_{number}") for number in range(count)]


async def length(pc: Pinecone, backup_id: str) -> float:
    began_at = time.perf_counter()
    await pc.describe_backup(backup_id)
    return time.perf_counter() - began_at


async def is_shared(a: Pinecone, b: Pinecone) -> bool:
    """Whether one finds what the other one left, within three seconds."""
    for number in range(30):
        before = b.cache_info().shared_hits
        await a.describe_backup(f"probe_{number}")
        await b.describe_backup(f"probe_{number}")
        if b.cache_info().shared_hits > before:
            return True
        await asyncio.sleep(0.1)
    return False


TROUBLES = [
    (Valkey.stop, Valkey.go_on, "can't be reached (no answer in time)"),
    (Valkey.kill, Valkey.restart, "can't be reached (ConnectionError:"),
    (Valkey.fill, Valkey.empty, "takes in nothing new (OutOfMemoryError:"),
    (Valkey.be_a_replica, Valkey.be_a_primary, "takes in nothing new (ReadOnlyError:"),
]


@pytest.mark.parametrize(
    ("begin", "end", "said"), TROUBLES, ids=["stopped", "killed", "out of memory", "a read-only replica"]
)
async def test_no_caller_notices(
    begin: Callable[[Valkey], None],
    end: Callable[[Valkey], None],
    said: str,
    valkey: Valkey,
    url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No error, one warning, calls like those through a healthy one; and it comes back by itself."""
    async with (
        RawServer(reply) as server,
        client(server, valkey) as a,
        client(server, valkey) as b,
        Pinecone(KEY, host=server.url, shared_cache=url) as healthy,
    ):
        assert await is_shared(a, b)
        begin(valkey)
        # In turn, and not against a number: on a busy machine each way to another process takes some milliseconds.
        ids = [f"{begin.__name__}_{number}" for number in range(200)]
        pairs = [(await length(a, backup_id), await length(healthy, backup_id)) for backup_id in ids]
        in_trouble, in_health = (sorted(lengths) for lengths in zip(*pairs, strict=True))
        assert median(in_trouble) < median(in_health) + 0.002
        assert in_trouble[-4] < 0.2 + 2 * in_health[-4]  # but for those that find out that it is out
        (warning,) = warnings(caplog)
        assert said in warning
        end(valkey)
        await a.clear_cache()
        await b.clear_cache()
        assert await is_shared(a, b)
    assert len(warnings(caplog)) <= 2  # each client has one to say


async def test_killed_and_restarted_under_load(valkey: Valkey, caplog: pytest.LogCaptureFixture) -> None:
    """Thirty callers go on all the while: none sees an error, and both outages are over in the end."""
    stopping = asyncio.Event()

    async def call(pc: Pinecone, name: str) -> int:
        number = 0
        while not stopping.is_set():
            await pc.describe_backup(f"{name}_{number}")
            number += 1
        return number

    async with RawServer(reply) as server, client(server, valkey) as a, client(server, valkey) as b:
        calls = [asyncio.create_task(call(pc, f"bkp_{number}")) for number in range(15) for pc in (a, b)]
        for _ in range(2):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(valkey.kill)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(valkey.restart)
            await asyncio.sleep(1.2)
        stopping.set()
        assert min(await asyncio.gather(*calls)) > 2
        assert await is_shared(a, b)
    assert len(warnings(caplog)) <= 4  # two clients, two outages


async def test_one_slow_command_is_no_outage(valkey: Valkey, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody else's, that holds the server up for 0.15 s."""
    async with RawServer(reply) as server, client(server, valkey) as a, client(server, valkey) as b:
        slow = asyncio.create_task(asyncio.to_thread(valkey.hiccup))
        await asyncio.sleep(0.02)
        await asyncio.gather(*(a.describe_backup(f"bkp_{number}") for number in range(20)))
        await slow
        await b.describe_backup("bkp_19")
        assert b.cache_info().shared_hits == 1
    assert warnings(caplog) == []


@pytest.mark.parametrize("timeout", [0.05, 0.12, 0.25])
async def test_a_stopped_server_never_pushes_a_call_over_its_timeout(timeout: float, valkey: Valkey) -> None:
    """Whether or not Pinecone's answer comes in what is left of it."""
    async with RawServer(reply) as server, client(server, valkey, timeout=timeout) as pc:
        await pc.describe_backup("bkp_warm", timeout=30)
        valkey.stop()
        took = []
        for number in range(9):
            began_at = time.perf_counter()
            with suppress(TimeoutError):
                await pc.describe_backup(f"bkp_{number}")
            took.append(time.perf_counter() - began_at)
        assert median(took) < timeout + 0.02
        assert max(took) < timeout + 0.5  # on a busy machine; to the millisecond in test_any_backend


async def test_a_lease_that_nobody_answered_for_is_given_back(valkey: Valkey) -> None:
    """A stopped server takes it when it goes on; the client ends it then, and nobody waits for it to run out."""
    async with RawServer(reply) as server, client(server, valkey) as a, client(server, valkey) as b:
        await asyncio.gather(*(a.describe_backup(f"warm_{number}") for number in range(20)))  # opens connections
        valkey.stop()
        await describe(a, "during", 5)
        await asyncio.sleep(0.3)
        valkey.go_on()
        await asyncio.sleep(1.0)
        await a.describe_backup("bkp_after")
        await asyncio.sleep(0.1)
        began_at = time.perf_counter()
        for number in range(5):
            await b.describe_backup(f"during_{number}")
        assert time.perf_counter() - began_at < 1


async def test_it_is_no_error_if_it_was_never_there(caplog: pytest.LogCaptureFixture, valkey: Valkey) -> None:
    """A client made while it is down works, and finds it once it is up."""
    valkey.kill()
    async with RawServer(reply) as server, client(server, valkey) as a, client(server, valkey) as b:
        await describe(a, "during", 20)
        assert len(warnings(caplog)) == 1
        await asyncio.to_thread(valkey.restart)
        assert await is_shared(a, b)


async def test_a_wrong_password_is_an_outage_that_doesnt_quote_it(
    valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning says what the server says, and nobody's call fails."""
    url = valkey.url.replace("redis://", "redis://somebody:s3cret-%40@")
    async with RawServer(reply) as server, Pinecone(KEY, host=server.url, shared_cache=url) as pc:
        with caplog.at_level(logging.DEBUG):
            await describe(pc, "bkp", 10)
        shown = caplog.text + repr(pc) + repr(vars(pc)) + repr(vars(pc._reader))
    (warning,) = warnings(caplog)
    assert "AuthenticationError" in warning
    assert "s3cret" not in shown
