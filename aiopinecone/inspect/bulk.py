"""Many ids in, a result for each out, as they complete. Knows no client: it takes any `describe` coroutine function.

Workers pull ids, describe them, and lay the results down for whoever iterates. Between the source and the consumer
there are never more ids than twice the workers, so memory doesn't grow with their number, and a slow consumer slows the
fetching.
"""

import asyncio
import copy
from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from contextvars import Context, copy_context
from functools import partial
from typing import Any

from aiopinecone.errors import ClientClosedError, PineconeError
from aiopinecone.models import Backup, BackupResult

Describe = Callable[[str], Awaitable[Backup]]

REPEATS_REMEMBERED = 1_000  # results kept for ids that come again; bounded, so that a million ids run flat
REPEATS_LAST = 2.0  # seconds, but for settled backups: a source may go on for hours, and ask what became of an id

_END: Any = object()


class BackupResults(AsyncIterator[BackupResult]):
    """What `Pinecone.describe_backups` returns: an async iterator over a `BackupResult` for each id, walked once.

    `aclose()` cancels what is in flight, and waits until it has ended; letting go of the iterator, as a loop left
    early does, only cancels. Nothing is pulled from the ids before the first step. An exception of their source comes
    through, after the results of the ids before it.
    """

    def __init__(self, run: "BulkRun") -> None:
        self._run = run

    async def __anext__(self) -> BackupResult:
        return await self._run.next_result()

    async def aclose(self) -> None:
        """End the run; the iterator is then at its end. Closing twice is fine."""
        self._run.cancel()
        await self._run.ended()

    def __del__(self) -> None:
        self._run.cancel()  # the loop was left early, and nobody can come back to it


class BulkRun:
    """The workers of one run and what they share. They refer to it, and not to the iterator that the user drops."""

    def __init__(
        self,
        backup_ids: Iterable[str] | AsyncIterable[str],
        describe: Describe,
        *,
        concurrency: int,
        ordered: bool,
    ) -> None:
        self._ids = backup_ids
        self._describe = describe
        self._concurrency = concurrency
        self._window = 2 * concurrency
        self._ordered = ordered
        self._pull: Callable[[], tuple[int, str] | None] | None = None  # from a plain iterable
        self._feed: asyncio.Queue[tuple[int, str] | None] | None = None  # from an async one
        self._exhausted = False
        self._cancelled = False
        self._failure: BaseException | None = None
        self._pulled = 0
        self._delivered = 0
        self._done: OrderedDict[int, BackupResult] = OrderedDict()  # by the position of the id
        self._recent: OrderedDict[str, tuple[BackupResult, float]] = OrderedDict()  # each with when it came
        self._tasks: set[asyncio.Task[None]] = set()
        self._workers = 0
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()

    async def next_result(self) -> BackupResult:
        """The next result; raises what ended the run, or `StopAsyncIteration`, when there is none."""
        if not (self._pull or self._feed or self._exhausted):
            self._start()
        while True:
            result = self._take()
            if result is not None:
                return result
            if not self._tasks:
                failure, self._failure = self._failure, None
                raise failure or StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()

    def cancel(self, failure: PineconeError | None = None) -> None:
        """End the run; whoever iterates gets the failure next, or the end."""
        self._done.clear()
        self._end(failure)

    async def ended(self) -> None:
        loop = asyncio.get_running_loop()  # tasks of a loop that is no more, or of a parent process, never end
        if tasks := [task for task in self._tasks if task.get_loop() is loop]:
            await asyncio.wait(tasks)

    def _take(self) -> BackupResult | None:
        if not self._done or (self._ordered and self._delivered not in self._done):
            return None
        result = self._done.pop(self._delivered) if self._ordered else self._done.popitem(last=False)[1]
        self._delivered += 1
        self._room.set()
        return result

    def _start(self) -> None:
        # The ids are pulled in the context of whoever iterates, since their source is that caller's code; the
        # describing is done in an empty one, since others may join it.
        context = copy_context()
        if isinstance(self._ids, AsyncIterable):
            self._feed = asyncio.Queue()
            self._spawn(self._pump(self._ids, self._feed), context)
        else:
            self._pull = partial(self._pull_from, context.run(iter, self._ids), context)
        self._spawn_worker()

    def _pull_from(self, iterator: Iterator[str], context: Context) -> tuple[int, str] | None:
        """The next id with its position; None after the last."""
        backup_id = _END
        try:
            if not self._exhausted:
                backup_id = context.run(next, iterator, _END)
        except Exception as error:  # noqa: BLE001 -- the consumer gets it, after the results that are still to come
            self._failure = error
        if backup_id is _END:
            self._exhausted = True
            return None
        self._pulled += 1
        return self._pulled - 1, backup_id

    async def _pull_from_feed(self, feed: "asyncio.Queue[tuple[int, str] | None]") -> tuple[int, str] | None:
        item = await feed.get()
        if item is None:
            feed.put_nowait(None)  # for the next worker
        return item

    async def _pump(self, ids: AsyncIterable[str], feed: "asyncio.Queue[tuple[int, str] | None]") -> None:
        """Move the ids from their source to the workers, who can't all step one async iterator."""
        try:
            async for backup_id in ids:
                feed.put_nowait((self._pulled, backup_id))
                self._pulled += 1
                await self._wait_for_room()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 -- as in _pull_from
            if not self._cancelled:
                self._failure = error
        feed.put_nowait(None)

    async def _wait_for_room(self) -> None:
        while self._pulled - self._delivered >= self._window and not self._exhausted:
            self._room.clear()
            await self._room.wait()

    async def _work(self) -> None:
        while True:
            if self._feed is not None:
                item = await self._pull_from_feed(self._feed)
            else:
                assert self._pull is not None
                if self._pulled - self._delivered >= self._window:
                    await self._wait_for_room()
                item = self._pull()
            if item is None:
                return
            if self._workers < self._concurrency:
                self._spawn_worker()
            position, backup_id = item
            result = self._repeated(backup_id)
            if result is None:
                try:
                    result = BackupResult(backup_id, await self._describe(backup_id))
                except ClientClosedError:
                    raise  # it ends the run, not this id
                except PineconeError as error:
                    result = BackupResult(backup_id, error=error.with_traceback(None))  # or its frames stay
                self._remember(result)
            self._done[position] = result
            self._arrived.set()

    def _repeated(self, backup_id: str) -> BackupResult | None:
        """The result that this id has had a while ago, where it still holds."""
        if not isinstance(backup_id, str) or backup_id not in self._recent:
            return None
        seen, came_at = self._recent[backup_id]
        is_settled = seen.backup is not None and seen.backup.status.is_settled
        if not is_settled and asyncio.get_running_loop().time() - came_at > REPEATS_LAST:
            return None
        return BackupResult(backup_id, seen.backup, copy.copy(seen.error))

    def _remember(self, result: BackupResult) -> None:
        if isinstance(result.backup_id, str):
            self._recent[result.backup_id] = result, asyncio.get_running_loop().time()
            if len(self._recent) > REPEATS_REMEMBERED:
                self._recent.popitem(last=False)

    def _spawn_worker(self) -> None:
        self._workers += 1
        self._spawn(self._work(), Context())

    def _spawn(self, work: Coroutine[Any, Any, None], context: Context) -> None:
        task = asyncio.get_running_loop().create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._leave)

    def _leave(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        failure = asyncio.CancelledError() if task.cancelled() else task.exception()
        if failure is not None and not self._cancelled:
            self._end(failure)
        if not self._tasks:
            self._arrived.set()

    def _end(self, failure: BaseException | None) -> None:
        self._cancelled = self._exhausted = True
        self._failure = failure
        for task in self._tasks:
            task.cancel()
