"""Pinecone: composes the pieces, and holds no rule of its own."""

from collections.abc import AsyncIterable, Iterable, Mapping
from functools import partial
from ssl import SSLContext
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar
from weakref import WeakSet

from aiohttp import ClientSession

from aiopinecone import settings
from aiopinecone.api import wire
from aiopinecone.engine.cache import Cache
from aiopinecone.engine.channel import Channel
from aiopinecone.engine.reading import Reader
from aiopinecone.engine.transport import Connection
from aiopinecone.errors import ClientClosedError, PineconeValueError
from aiopinecone.inspect.bulk import BackupResults, BulkRun, Describe
from aiopinecone.inspect.listing import BackupList
from aiopinecone.inspection import Inspection
from aiopinecone.models import Backup, CacheInfo
from aiopinecone.policy.freshness import CachePolicy
from aiopinecone.policy.plan import Plan, check_plan
from aiopinecone.policy.quantities import (
    Duration,
    optional_seconds,
    positive_integer,
    positive_number,
    seconds,
)
from aiopinecone.policy.retry import RetryPolicy

if TYPE_CHECKING:
    from aiocache.base import BaseCache

T = TypeVar("T")

_NO_CACHE = "Give None for no cache."
_NO_RETRIES = "Give RetryPolicy(attempts=1) for no retries."


class Pinecone(Inspection):
    """A session with the control plane of one Pinecone project, to ask for the state of its backups.

    Use it as an async context manager, or call `aclose()`. Making one does no I/O and needs no running event loop. One
    client serves any number of concurrent calls of one event loop.

    Args:
        api_key: of the project; None takes `PINECONE_API_KEY`.
        host: base URL of the control plane; None takes `PINECONE_CONTROLLER_HOST`, else https://api.pinecone.io. Plain
            http is taken for loopback only.
        api_version: sent as `X-Pinecone-Api-Version`. Answers of every version are understood under each.
        timeout: seconds or timedelta for a whole call: waiting, attempts, sleeps and bodies; None for no bound.
        attempt_timeout: seconds or timedelta for one request; None for no bound.
        retry: when a failed request is sent again.
        cache: how long answers are kept in memory; None keeps none.
        concurrency: requests in flight at most, over all calls of this client.
        requests_per_second: a limit on the rate of requests over all calls; None for none.
        session: an aiohttp session to send through. It is never closed here. Its client middlewares don't run.
        ssl: a context for certificate checks of one's own, such as a private certificate authority.
        proxy: URL of an HTTP proxy. The environment's proxies aren't read.
        shared_cache: answers that several processes share: a Redis or Valkey URL (`redis://`, or `rediss://` for TLS),
            or an aiocache cache, which is never closed here. It needs the extra `[redis]`. See docs/shared-cache.md.
        shared_rate_limit: requests per second of all processes that share the API key and this Redis; None for none.
        additional_headers: sent with every request. They win over `PINECONE_ADDITIONAL_HEADERS`, a JSON object.

    Raises:
        PineconeValueError: an argument, or a variable of the environment, can't be used, or there is no key.
        ImportError: `shared_cache` is a URL, and redis isn't installed.
    """

    # Until the constructor has got that far: a traceback that shows variables asks for the repr of a refused client.
    _host = _api_version = "?"
    _closed = False

    def __init__(
        self,
        api_key: str | None = None,
        *,
        host: str | None = None,
        api_version: str = "2026-07",
        timeout: Duration | None = 30.0,
        attempt_timeout: Duration | None = 10.0,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 -- frozen, and the signature shows the default
        cache: CachePolicy | None = CachePolicy(),  # noqa: B008 -- as above
        concurrency: int = 32,
        requests_per_second: float | None = None,
        session: ClientSession | None = None,
        ssl: SSLContext | None = None,
        proxy: str | None = None,
        additional_headers: Mapping[str, str] | None = None,
        shared_cache: "str | BaseCache | None" = None,
        shared_rate_limit: float | None = None,
    ) -> None:
        # Masked before anything can fail: a traceback may show the variables of this frame.
        given = api_key, host, additional_headers, proxy, shared_cache
        key, base, extra, through, shared = map(settings.Secret, given)
        del given, api_key, host, additional_headers, proxy, shared_cache
        self._host = settings.host(base)
        self._api_version = settings.api_version(api_version)
        self._concurrency = positive_integer(concurrency, "concurrency")
        rate = None if requests_per_second is None else positive_number(requests_per_second, "requests_per_second")
        policy = (
            CachePolicy(ttl=0, pending_ttl=0) if cache is None else _instance(cache, CachePolicy, "cache", _NO_CACHE)
        )
        connection = Connection(
            host=self._host,
            key=settings.api_key(key),
            api_version=self._api_version,
            headers=settings.additional_headers(extra),
            attempt_timeout=optional_seconds(attempt_timeout, "attempt_timeout"),
            concurrency=self._concurrency,
            session=_instance(session, ClientSession, "session") if session is not None else None,
            ssl=_instance(ssl, SSLContext, "ssl") if ssl is not None else True,
            proxy=settings.proxy(through),
        )
        wire.prepare()
        memory = Cache(policy)
        sharing = None
        if shared.reveal() is not None or shared_rate_limit is not None:
            from aiopinecone.engine.shared_cache import Sharing  # noqa: PLC0415 -- most clients don't need it

            sharing = Sharing.of(shared, shared_rate_limit, connection, memory, policy)
        self._reader = Reader(
            memory,
            partial(Channel, connection, _instance(retry, RetryPolicy, "retry", _NO_RETRIES), rate, sharing),
            optional_seconds(timeout, "timeout"),
        )
        self._runs: WeakSet[BulkRun] = WeakSet()
        self._closed = False

    async def describe_backup(self, backup_id: str, *, timeout: Duration | None = None, fresh: bool = False) -> Backup:
        """The backup with this id: from the cache where that is fresh, else from Pinecone.

        Concurrent calls for one id share one request; a call that is cancelled, or out of time, never disturbs others.

        Args:
            backup_id: opaque text.
            timeout: seconds or timedelta for this call; None takes the client's.
            fresh: ask Pinecone whatever is held, and renew what is held. A request in the air already is joined.

        Raises:
            PineconeValueError: the id or the timeout can't be used; nothing was sent.
            NotFoundError: the project has no such backup.
            ApiError: Pinecone answered with another error; see its subclasses.
            PineconeTimeoutError: no answer came in time.
            PineconeConnectionError: no usable answer came.
            ResponseParsingError: the answer can't be read, or is about another backup.
            ClientClosedError: the client is closed.
        """
        length = None if timeout is None else seconds(timeout, "timeout")
        if not fresh and (held := self._reader.held(backup_id)) is not None:
            return held
        return await self._reader.ask(backup_id, length, fresh=fresh)

    def describe_backups(
        self,
        backup_ids: Iterable[str] | AsyncIterable[str],
        *,
        concurrency: int | None = None,
        ordered: bool = False,
        fresh: bool = False,
        plan: Plan = "each",
    ) -> BackupResults:
        """A `BackupResult` for each id, as they complete; one bad id never ends the run.

        A million ids from a generator run in the memory of a few: ids are pulled as results are taken. A repeated id
        has a result each time, and costs one request, unless it comes again after 2 s and wasn't settled. `aclose()` of
        what is returned ends the run early, and so does leaving the `async for` and letting go of it.

        Args:
            backup_ids: any iterable or async iterable of ids.
            concurrency: requests of this run in flight at most; it can only lower the client's.
            ordered: give the results in the order of the ids.
            fresh: as in `describe_backup`; a list that is read now is fresh, too.
            plan: "each" asks for each backup by itself. "list" reads the project's list, a hundred a request, until
                all are found, and describes the rest. "auto" reads it as far as that saves requests, and costs never
                more than a quarter more than "each".

        Raises:
            PineconeValueError: `backup_ids` is a plain str or can't be iterated, `concurrency` isn't 1 or more, or
                there is no such plan.
            ClientClosedError: the client is closed, or was closed during the run.
        """
        self._reader.check_open()
        if isinstance(backup_ids, str | bytes) or not isinstance(backup_ids, Iterable | AsyncIterable):
            raise PineconeValueError(f"backup_ids must be an iterable of ids, not {type(backup_ids).__name__}")
        most = self._concurrency if concurrency is None else positive_integer(concurrency, "concurrency")
        check_plan(plan)
        describe: Describe = partial(self._reader.describe, fresh=fresh)
        if plan != "each":
            from aiopinecone.inspect.list_first import ListFirst  # noqa: PLC0415 -- as `inspection` does

            is_held = (lambda _: False) if fresh else self._reader.is_held
            fetch_page = self._fetch_page(None, include_deleted=False, page_size=100)
            describe = ListFirst(backup_ids, describe, fetch_page, is_held, always=plan == "list").describe
        run = BulkRun(backup_ids, describe, concurrency=min(most, self._concurrency), ordered=ordered)
        self._runs.add(run)
        return BackupResults(run)

    def list_backups(
        self,
        *,
        index_name: str | None = None,
        include_deleted: bool = False,
        page_size: int = 100,
        pagination_token: str | None = None,
    ) -> BackupList:
        """Every backup of the project, or of one index: a lazy async iterable over all pages.

        What comes fills the cache, so that a describe that follows is a hit. Each page has the client's timeout.

        Args:
            index_name: only the backups of the active index of this name. The project's list has those of deleted
                indexes too.
            include_deleted: with `index_name`: also the backups of deleted indexes of that name.
            page_size: rows asked for in one request, 1 to 100; with a token, that of the page which gave it.
            pagination_token: begin with the page of this token, the `next_token` of a `BackupPage` of the same list;
                None begins with the first. Pinecone answers a token that it never gave with 400, an `ApiError`.

        Raises:
            PineconeValueError: an argument can't be used; nothing was sent.
            ClientClosedError: the client is closed.

        A step raises what `describe_backup` does; `NotFoundError` where no active index has that name.
        """
        return self._list(index_name, include_deleted=include_deleted, page_size=page_size, token=pagination_token)

    def fresh_for(self, backup_id: str) -> float:
        """Seconds for which what is held about this id will still be given without asking; 0.0 where nothing is."""
        return self._reader.fresh_for(backup_id)

    async def invalidate(self, backup_id: str) -> None:
        """Forget what is held for this id. The answer of a request in the air will not be kept either."""
        self._reader.check_open()
        await self._reader.invalidate(backup_id)

    async def clear_cache(self) -> None:
        """Forget everything that is held. Answers of requests in the air will not be kept either."""
        self._reader.check_open()
        await self._reader.clear()

    def cache_info(self) -> CacheInfo:
        """What the cache did so far, and what it holds. Works on a closed client, too."""
        return self._reader.cache.info()

    async def aclose(self) -> None:
        """End what is in flight, which raises `ClientClosedError`, and close the session. Closing twice is fine."""
        self._reader.check_loop()
        self._closed = True
        try:
            for run in list(self._runs):
                run.cancel(ClientClosedError("the client was closed during the run"))
                await run.ended()
            await self._end_watches()
        finally:  # though this is cancelled meanwhile
            await self._reader.close()

    close = aclose

    async def __aenter__(self) -> Self:
        self._reader.check_open()
        await self._reader.connect()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"Pinecone(host={self._host!r}, api_version={self._api_version!r}{', closed' if self._closed else ''})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client can't be pickled: make one where it is needed")


def _instance(value: Any, cls: type[T], name: str, hint: str | None = None) -> T:
    if not isinstance(value, cls):
        raise PineconeValueError(f"{name} must be of type {cls.__name__}, not {type(value).__name__}", hint=hint)
    return value
