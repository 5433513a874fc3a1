"""`wait_for_backup` and `watch_backup`: looks at their times, shared by many, and nothing left behind."""

import asyncio
import gc
import math
import pickle
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any

import orjson
import pytest

from aiopinecone import (
    Backup,
    BackupFailedError,
    CachePolicy,
    ClientClosedError,
    ForbiddenError,
    NotFoundError,
    Pinecone,
    PineconeTimeoutError,
    PineconeValueError,
    RetryPolicy,
    UnauthorizedError,
)
from aiopinecone.api import wire
from aiopinecone.api.wire import Page
from aiopinecone.emulator import Emulator
from aiopinecone.engine import clock
from aiopinecone.inspect.listing import BackupList
from aiopinecone.inspect.looks import SharedLooks
from aiopinecone.inspect.watch import BackupWatch, wait_until_ready
from raw_server import Exchange, RawServer, backup_body, error_body

KEY = "pcsk_made-up"
ONCE = RetryPolicy(attempts=1)


def now() -> float:
    return asyncio.get_running_loop().time()


class Project:
    """A project of made-up backups, by status, answered over real sockets; it notes when it was asked for what.

    Attributes:
        statuses: backup id -> its status; an int is an HTTP status instead.
        unlisted: ids that the list doesn't have.
        asked: (moment, "list" or the id) of each request.
    """

    def __init__(self, statuses: dict[str, str | int], page_size: int = 100) -> None:
        self.statuses = statuses
        self.unlisted: set[str] = set()
        self.list_status = 200
        self.asked: list[tuple[float, str]] = []
        self._page_size = page_size

    async def reply(self, exchange: Exchange) -> None:
        path, _, query = exchange.path.partition("?")
        if path == "/backups":
            self.asked.append((now(), "list"))
            if self.list_status != 200:
                exchange.answer(error_body("UNKNOWN", "no list today", self.list_status), f"{self.list_status} X")
            else:
                exchange.answer(self._page(query))
            return
        self.asked.append((now(), exchange.backup_id))
        status = self.statuses.get(exchange.backup_id, 404)
        if isinstance(status, int):
            exchange.answer(error_body("UNKNOWN", "so it is", status), f"{status} X")
        else:
            exchange.answer(backup_body(exchange.backup_id, status=status))

    def _page(self, query: str) -> bytes:
        start = int(query.partition("paginationToken=")[2] or 0)
        listed = [name for name, status in self.statuses.items() if name not in self.unlisted and status != 404]
        end = start + self._page_size
        rows = [orjson.loads(backup_body(name, status=self.statuses[name])) for name in listed[start:end]]
        return orjson.dumps({"data": rows, "pagination": {"next": str(end)} if end < len(listed) else None})


@pytest.fixture
def middling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dice that always show the middle: no look is earlier or later than it is due."""
    monkeypatch.setattr(clock, "dice", lambda: 0.5)


@pytest.mark.usefixtures("middling")
async def test_looks_come_later_and_later() -> None:
    """At once, after 2 s, then each time half as much later, up to a minute; one request each."""
    project = Project({"a": "Initializing"})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(PineconeTimeoutError):
            await pc.wait_for_backup("a", timeout=400)
    moments = [moment for moment, _ in project.asked]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert moments[0] < 0.1
    assert gaps == pytest.approx([2, 3, 4.5, 6.75, 10.125, 15.1875, 22.78, 34.17, 51.26, 60, 60, 60, 60], rel=0.01)


async def test_looks_are_spread() -> None:
    """Each time +-20 %, and not always the same."""
    project = Project({"a": "Initializing"})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        with pytest.raises(PineconeTimeoutError):
            await pc.wait_for_backup("a", timeout="1h", poll_interval="10s")
    moments = [moment for moment, _ in project.asked]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert 7.99 <= min(gaps) < 9
    assert 11 < max(gaps) <= 12.01
    assert 9.5 < sum(gaps) / len(gaps) < 10.5


async def test_a_backup_is_waited_for() -> None:
    """Over minutes of Pinecone's time: the Ready backup comes back."""
    async with Emulator(speed=0) as emulator, Pinecone(emulator.api_key, host=emulator.url) as pc:
        backup_id = emulator.add_backup(status="Initializing", record_count=5)
        waiting = asyncio.create_task(pc.wait_for_backup(backup_id))
        await asyncio.sleep(100)
        assert not waiting.done()
        emulator.advance(timedelta(minutes=10))
        await asyncio.sleep(60 * 1.2)
        backup = await waiting
    assert (backup.status, backup.record_count) == ("Ready", 5)


async def test_a_backup_that_fails_is_an_error_that_has_it() -> None:
    """`BackupFailedError.backup`, also after a pickle."""
    async with Emulator(speed=0) as emulator, Pinecone(emulator.api_key, host=emulator.url) as pc:
        backup_id = emulator.add_backup(fails=True)
        waiting = asyncio.create_task(pc.wait_for_backup(backup_id, poll_interval=1))
        await asyncio.sleep(10)
        emulator.advance(timedelta(minutes=10))
        with pytest.raises(BackupFailedError) as raised:
            await waiting
    error = pickle.loads(pickle.dumps(raised.value))
    assert isinstance(error.backup, Backup)
    assert (error.backup.backup_id, error.backup.status) == (backup_id, "InitializationFailed")


async def test_unknown_statuses_are_outlived() -> None:
    """Nobody knows that they mean the end."""
    project = Project({"a": "Hibernating"})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        waiting = asyncio.create_task(pc.wait_for_backup("a"))
        await asyncio.sleep(200)
        project.statuses["a"] = "Ready"
        await asyncio.sleep(100)
        assert (await waiting).status == "Ready"


@pytest.mark.parametrize("status", [400, 402, 429, 500, 503])
async def test_passing_errors_are_outlived(status: int) -> None:
    """From the first look on: another one may end better."""
    project = Project({"a": status})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url, retry=ONCE) as pc:
        waiting = asyncio.create_task(pc.wait_for_backup("a"))
        await asyncio.sleep(5)
        project.statuses["a"] = "Initializing"
        await asyncio.sleep(20)
        project.statuses["a"] = status
        await asyncio.sleep(100)
        assert not waiting.done()
        project.statuses["a"] = "Ready"
        await asyncio.sleep(100)
        assert (await waiting).status == "Ready"


@pytest.mark.parametrize(("status", "error"), [(401, UnauthorizedError), (403, ForbiddenError), (404, NotFoundError)])
@pytest.mark.parametrize("at_once", [True, False])
async def test_lasting_errors_are_raised(status: int, error: type[Exception], at_once: bool) -> None:
    """As they are, at the first look or at a later one; then the watch is over."""
    project = Project({"a": status if at_once else "Initializing"})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        watch = pc.watch_backup("a")
        if not at_once:
            assert (await anext(watch)).status == "Initializing"
            project.statuses["a"] = status
        with pytest.raises(error):
            await anext(watch)
        with pytest.raises(StopAsyncIteration):
            await anext(watch)


async def test_an_outage_is_outlived() -> None:
    """The server goes away in the middle and comes back: the wait ends as if nothing had been."""
    async with Emulator(speed=0) as emulator, Pinecone(emulator.api_key, host=emulator.url, retry=ONCE) as pc:
        backup_id = emulator.add_backup(status="Initializing")
        waiting = asyncio.create_task(pc.wait_for_backup(backup_id))
        await asyncio.sleep(10)
        emulator.add_fault("reset")
        await asyncio.sleep(300)
        emulator.clear_faults()
        emulator.advance(timedelta(minutes=10))
        await asyncio.sleep(80)
        assert (await waiting).status == "Ready"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("Initializing", "the backup 'a' is still 'Initializing' after 26 min"),
        ("Odd", "the backup 'a' is still 'Odd' after 26 min"),
        (500, "the backup 'a' was not seen after 26 min (the last look failed with: 500 UNKNOWN: so it is)"),
    ],
)
async def test_a_timeout_names_the_last_status(status: str | int, text: str) -> None:
    """And the last error, where that is what there is to say."""
    project = Project({"a": status})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url, retry=ONCE) as pc:
        began = now()
        with pytest.raises(PineconeTimeoutError) as raised:
            await pc.wait_for_backup("a", timeout="26m")
        assert now() - began == pytest.approx(26 * 60, abs=1)
    assert str(raised.value) == text
    assert raised.value.__context__ is None


async def test_a_timeout_holds_while_a_look_hangs() -> None:
    """The look is ended with it."""

    async def silence(exchange: Exchange) -> None:
        await exchange.hang_up()

    async with RawServer(silence) as server, Pinecone(KEY, host=server.url, timeout=None, attempt_timeout=None) as pc:
        with pytest.raises(PineconeTimeoutError, match="was not seen after 5 s"):
            await pc.wait_for_backup("a", timeout=5)
        await asyncio.sleep(1)
        assert server.exchanges[0].was_hung_up


async def test_held_answers_count_only_where_they_are_settled() -> None:
    """A pending backup in the cache is asked for again; a ready one is not."""
    project = Project({"a": "Initializing", "b": "Ready"})
    policy = CachePolicy(ttl="1d", pending_ttl="1d", missing_ttl="1d", ttl_jitter=0)
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url, cache=policy) as pc:
        assert (await pc.describe_backup("a")).status == "Initializing"
        assert (await pc.describe_backup("b")).status == "Ready"
        with pytest.raises(NotFoundError):
            await pc.describe_backup("c")
        project.statuses |= {"a": "Ready", "c": "Ready"}
        before = pc.cache_info()
        for backup_id in "abc":
            assert (await pc.wait_for_backup(backup_id)).status == "Ready"
        assert [what for _, what in project.asked] == ["a", "b", "c", "a", "c"]
        assert pc.cache_info().hits == before.hits + 1


@pytest.mark.parametrize(
    "options", [{"timeout": 0}, {"timeout": "6"}, {"poll_interval": -1}, {"poll_interval": "soon"}]
)
async def test_lengths_are_checked_at_the_call(options: Any) -> None:
    """Before anything is asked, and so is the id."""
    async with Pinecone(KEY) as pc:
        with pytest.raises(PineconeValueError):
            pc.watch_backup("a", **options)
        with pytest.raises(PineconeValueError):
            await pc.wait_for_backup("a", **options)
        with pytest.raises(PineconeValueError):
            pc.watch_backup("")


async def test_a_watch_gives_the_first_look_and_each_change() -> None:
    """And ends when it is settled: a failed backup is no error here."""
    project = Project({"a": "Scheduled"})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        seen: list[str] = []

        async def watch() -> None:
            async for backup in pc.watch_backup("a", poll_interval=1):
                seen.append(str(backup.status))  # noqa: PERF401 -- read while it grows

        watching = asyncio.create_task(watch())
        for status in ("Initializing", "Initializing", "Failed"):
            await asyncio.sleep(5)
            project.statuses["a"] = status
        await watching
    assert seen == ["Scheduled", "Initializing", "Failed"]


async def test_a_watch_has_no_timeout_unless_it_is_given_one() -> None:
    """Its time begins with the first step."""
    project = Project({"a": "Initializing"})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        watch = pc.watch_backup("a", timeout="1m")
        await asyncio.sleep(100)
        assert (await anext(watch)).status == "Initializing"
        with pytest.raises(PineconeTimeoutError, match="after 1 min"):
            await anext(watch)
        endless = pc.watch_backup("a")
        await anext(endless)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(endless), 1_000)


async def test_leaving_the_loop_leaves_nothing_running() -> None:
    """No request is made between two steps, nor after the last; a fixture looks for tasks."""
    project = Project({"a": "Initializing"})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        async for _ in pc.watch_backup("a"):
            break
        gc.collect()
        await asyncio.sleep(1000)
        assert len(project.asked) == 1
        waiting = [asyncio.create_task(pc.wait_for_backup("a")) for _ in range(3)]
        await asyncio.sleep(30)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        asked = len(project.asked)
        await asyncio.sleep(1000)
        assert len(project.asked) == asked


async def test_many_waits_share_their_looks() -> None:
    """200 in a project of 1,000, over the wire: eleven requests a round, and a first look for each."""
    project = Project({f"bkp_{number}": "Ready" for number in range(1_000)})
    waited = [f"bkp_{number * 5}" for number in range(200)]
    project.statuses |= dict.fromkeys(waited, "Initializing")
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        waiting = [asyncio.create_task(pc.wait_for_backup(each)) for each in waited]
        await asyncio.sleep(120)
        project.statuses |= dict.fromkeys(waited, "Ready")
        backups = await asyncio.gather(*waiting)
    assert {backup.backup_id for backup in backups} == set(waited)
    described = [what for _, what in project.asked if what != "list"]
    assert set(described[:200]) == set(waited)
    assert 8 * 10 <= len(project.asked) - 200 <= 13 * 11


class Watched(Project):
    """The same without a wire, so that each request is noted at its very moment."""

    def __init__(self, statuses: dict[str, str | int], page_size: int) -> None:
        super().__init__(statuses, page_size)
        self.shared = SharedLooks(BackupList(self.page), lambda: 0.5)

    async def page(self, token: str | None) -> Page:
        self.asked.append((now(), "list"))
        return wire.decode(self._page(f"paginationToken={token or 0}"), Page)

    async def look(self, backup_id: str) -> Backup:
        self.asked.append((now(), backup_id))
        status = self.statuses[backup_id]
        if status == 404:
            raise NotFoundError(404, "gone")
        return wire.decode(backup_body(backup_id, status=status), Backup)

    def wait(self, backup_id: str) -> "asyncio.Task[Backup]":
        watch = BackupWatch(
            backup_id, self.look, self.look, self.shared, lambda: 0.5, timeout=math.inf, poll_interval=10
        )
        return asyncio.create_task(wait_until_ready(watch))

    def rounds(self) -> list[list[str]]:
        """What was asked for at each moment, the first looks left out."""
        return [[what for _, what in group] for _, group in groupby(self.asked, key=lambda each: each[0])][1:]


@pytest.mark.parametrize("waits", [1, 2, 3, 5, 10, 11, 12, 40, 200])
@pytest.mark.parametrize("pages", [1, 2, 10, 30])
@pytest.mark.parametrize("is_last", [False, True])
async def test_a_round_costs_no_more_than_it_may(waits: int, pages: int, is_last: bool) -> None:
    """One request for each wait, or the pages and one: whichever is fewer, whoever stands where."""
    count = 8 * pages
    waits = min(waits, count)
    project = Watched({f"bkp_{number}": "Ready" for number in range(count)}, page_size=8)
    step = 1 if is_last else count // waits
    waited = [f"bkp_{count - 1 - number * step}" for number in range(waits)]
    project.statuses |= dict.fromkeys(waited, "Initializing")
    waiting = [project.wait(each) for each in waited]
    await asyncio.sleep(100)
    project.statuses |= dict.fromkeys(waited, "Ready")
    await asyncio.gather(*waiting)
    assert len(project.rounds()) >= 10
    assert max(len(each) for each in project.rounds()) <= min(waits, pages + 1)


async def test_those_who_wait_for_one_backup_ask_once() -> None:
    """A round describes it for all of them."""
    project = Project({"a": "Initializing"})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        waiting = [asyncio.create_task(pc.wait_for_backup("a")) for _ in range(50)]
        await asyncio.sleep(20)
        project.statuses["a"] = "Ready"
        await asyncio.gather(*waiting)
    assert 4 <= len(project.asked) <= 8


async def test_a_backup_that_is_not_listed_is_described() -> None:
    """Only a 404 of its own says that it is gone; and those that aren't listed cost no more than the round may."""
    waited = [f"bkp_{number}" for number in range(30)]
    project = Watched(dict.fromkeys(waited, "Initializing"), page_size=10)
    waiting = {each: project.wait(each) for each in waited}
    await asyncio.sleep(15)
    project.unlisted = set(waited[:10])
    project.statuses |= dict.fromkeys(waited[:3], 404)
    await asyncio.sleep(60)
    assert {each for each, task in waiting.items() if task.done()} == set(waited[:3])
    project.statuses |= dict.fromkeys(waited[3:], "Ready")
    await asyncio.sleep(60)
    for each in waited[:3]:
        with pytest.raises(NotFoundError):
            await waiting[each]
    assert all([(await waiting[each]).status == "Ready" for each in waited[3:]])
    assert max(len(each) for each in project.rounds()) <= 4


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_without_the_list_each_is_described(status: int) -> None:
    """Where the list is refused the waits go on, each for itself."""
    waited = [f"bkp_{number}" for number in range(20)]
    project = Project(dict.fromkeys(waited, "Initializing"))
    project.list_status = status
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url, retry=ONCE) as pc:
        waiting = [asyncio.create_task(pc.wait_for_backup(each)) for each in waited]
        await asyncio.sleep(10)
        project.statuses |= dict.fromkeys(waited, "Ready")
        assert len(await asyncio.gather(*waiting)) == 20


async def test_a_list_that_fails_for_a_while_is_read_again() -> None:
    """An outage doesn't make every wait ask for itself."""
    waited = [f"bkp_{number}" for number in range(20)]
    project = Project(dict.fromkeys(waited, "Initializing"))
    project.list_status = 503
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url, retry=ONCE) as pc:
        waiting = [asyncio.create_task(pc.wait_for_backup(each)) for each in waited]
        await asyncio.sleep(100)
        assert [what for _, what in project.asked].count("list") == len(project.asked) - 20
        project.list_status = 200
        project.statuses |= dict.fromkeys(waited, "Ready")
        assert len(await asyncio.gather(*waiting)) == 20


async def test_a_defect_is_not_waited_for() -> None:
    """What is no error of ours comes through to everybody."""
    project = Project({f"bkp_{number}": "Initializing" for number in range(5)})

    class DefectError(Exception):
        pass

    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:

        async def broken(_: object) -> None:
            raise DefectError

        waiting = [asyncio.create_task(pc.wait_for_backup(f"bkp_{number}")) for number in range(5)]
        await asyncio.sleep(1)
        pc._reader.page = broken  # type: ignore[assignment, method-assign]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [DefectError] * 5


async def test_a_late_wait_does_not_disturb_the_others() -> None:
    """Each has its own times, and is looked at once when it begins."""
    project = Project({f"bkp_{number}": "Initializing" for number in range(10)})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        waiting = []
        for number in range(10):
            waiting.append(asyncio.create_task(pc.wait_for_backup(f"bkp_{number}", timeout=300)))
            await asyncio.sleep(0.5)
            assert project.asked[-1][1] == f"bkp_{number}" or (now(), f"bkp_{number}") not in project.asked
            assert f"bkp_{number}" in [what for _, what in project.asked]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {PineconeTimeoutError}


async def test_closing_ends_the_reading_of_the_list() -> None:
    """Whoever waits gets `ClientClosedError`, due or not, and it is over when `close` returns."""
    project = Watched({f"bkp_{number}": "Initializing" for number in range(6)}, page_size=2)
    reading = asyncio.Event()

    async def endless(_: object) -> Page:
        reading.set()
        await asyncio.sleep(math.inf)
        raise AssertionError

    project.shared._listing = BackupList(endless)
    waiting = [project.wait(f"bkp_{number}") for number in range(6)]
    await reading.wait()
    waiting.append(project.wait("bkp_0"))
    waiting.pop(0).cancel()
    await asyncio.sleep(1)
    await project.shared.close()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {ClientClosedError}
    await project.shared.close()


@pytest.mark.parametrize("moment", [0.5, 5, 100])
async def test_closing_the_client_ends_every_wait(moment: float) -> None:
    """During a look or between two: `ClientClosedError`, and nothing is left running."""

    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(1)
        await project.reply(exchange)

    project = Project({f"bkp_{number}": "Initializing" for number in range(10)})
    async with RawServer(slow) as server:
        pc = Pinecone(KEY, host=server.url)
        waiting = [asyncio.create_task(pc.wait_for_backup(f"bkp_{number}")) for number in range(10)]
        await asyncio.sleep(moment)
        await pc.aclose()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {ClientClosedError}
        with pytest.raises(ClientClosedError):
            pc.watch_backup("a")


async def test_a_wait_that_is_given_up_while_the_list_is_read() -> None:
    """The others get their rows; where all leave, the reading is ended."""
    project = Project({f"bkp_{number}": "Initializing" for number in range(6)}, page_size=2)

    async def slow(exchange: Exchange) -> None:
        if exchange.path.startswith("/backups?"):
            await asyncio.sleep(1)
        await project.reply(exchange)

    async with RawServer(slow) as server, Pinecone(KEY, host=server.url) as pc:
        waiting = [asyncio.create_task(pc.wait_for_backup(f"bkp_{number}")) for number in range(6)]
        while not any(exchange.path.startswith("/backups?") for exchange in server.exchanges):
            await asyncio.sleep(0.1)
        waiting[5].cancel()
        project.statuses |= {f"bkp_{number}": "Ready" for number in range(4)}
        await asyncio.sleep(20)
        assert [task.done() for task in waiting] == [True] * 4 + [False, True]
        waiting[4].cancel()
        more = [asyncio.create_task(pc.wait_for_backup("bkp_4")) for _ in range(2)]
        more += [asyncio.create_task(pc.wait_for_backup("bkp_5")) for _ in range(2)]
        await asyncio.sleep(10)
        for task in more:
            task.cancel()
        await asyncio.gather(*waiting, *more, return_exceptions=True)
        asked = len(server.exchanges)
        await asyncio.sleep(100)
        assert len(server.exchanges) == asked


def test_one_client_waits_in_one_loop_after_another() -> None:
    """What a former event loop left doesn't matter."""
    pc = Pinecone(KEY)

    async def wait() -> Backup:
        project = Project({"a": "Initializing"})
        async with RawServer(project.reply) as server:
            fresh = Pinecone(KEY, host=server.url)
            fresh._looks = pc._looks
            waiting = asyncio.create_task(fresh.wait_for_backup("a", poll_interval=0.01))
            await asyncio.sleep(0.05)
            project.statuses["a"] = "Ready"
            backup = await waiting
            await fresh.aclose()
            return backup

    for _ in range(2):
        assert asyncio.run(wait()).status == "Ready"


async def test_a_step_that_is_cancelled_leaves_the_look_where_it_was() -> None:
    """Whoever steps on each 0.3 s, for a heartbeat, has a look each half second nonetheless."""
    project = Project({"a": "Initializing"})
    async with RawServer(project.reply) as server, Pinecone(KEY, host=server.url) as pc:
        watch = pc.watch_backup("a", poll_interval=0.5)
        assert (await anext(watch)).status == "Initializing"
        project.statuses["a"] = "Ready"
        for _ in range(10):
            try:
                backup = await asyncio.wait_for(anext(watch), 0.3)
            except TimeoutError:
                continue
            break
        assert backup.status == "Ready"
        assert now() < 1
