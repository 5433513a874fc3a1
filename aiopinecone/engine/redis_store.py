"""Redis or Valkey, through aiocache's RedisCache: a pool of our own, redis-py's lock, and two scripts.

aiocache's own way to a pool knows neither rediss, nor user names, nor escapes, and its pool raises where it is busy. So
the pool is made here and handed in. redis-py doesn't try again: a call that fails is a miss.
"""

import copy
import math
import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from aiocache import RedisCache
from aiocache.serializers import NullSerializer
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, RedisError, ResponseError

from aiopinecone.engine import clock
from aiopinecone.engine.seal import SKEW
from aiopinecone.engine.shared_store import Lease, SharedStore, Trouble
from aiopinecone.errors import PineconeValueError
from aiopinecone.settings import Secret

CONNECTIONS = 16  # of one event loop; a call takes 0.2 ms, so that few are ever busy
SOCKET_TIMEOUT = 1.0  # seconds; calls are ended long before, but for a process that doesn't get to run

_BYTES = NullSerializer(encoding=None)
_DATABASE = re.compile("/?|/[0-9]{1,5}")

# Of two answers the one that was asked for later stays. What was planted, and claims to be of the future, doesn't.
_KEEP = """
local head = redis.pcall('GETRANGE', KEYS[1], 0, 127)
local held = type(head) == 'string' and tonumber(string.match(head, '^1 %x+ (%d+%.%d+) ')) or 0
if held > tonumber(ARGV[3]) and held <= tonumber(ARGV[4]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""
# A token bucket that holds one: the moment at which the next request may go, on the clock of the server, in us. A
# moment more than an hour off is none of ours.
_RESERVE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at = tonumber(redis.pcall('GET', KEYS[1])) or now
if not (at >= now and at <= now + 3600000000) then at = now end
if at - now > tonumber(ARGV[2]) then return now - at end
local next_at = at + ARGV[1]
redis.call('SET', KEYS[1], string.format('%.0f', next_at), 'PX', string.format('%.0f', (next_at - now) / 1000 + 1000))
return at - now
"""

_inherited: list[RedisCache] = []  # a forked child's, never collected: to close them would deafen the parent


class RedisStore(SharedStore):
    """Redis or Valkey, over a pool that was made here, or over that of a cache that was passed in."""

    def __init__(self, cache: RedisCache, password: Secret | None = None, *, is_ours: bool) -> None:
        super().__init__(cache)
        self._is_ours = is_ours
        self._password = password
        self._client: Redis = cache.client
        self._keep = self._client.register_script(_KEEP)
        self._reserve = self._client.register_script(_RESERVE)

    async def keep(self, name: str, value: bytes, ttl: float, asked_at: float) -> bool:
        """As in any store, unless a record that was asked for later is held."""
        moments = f"{asked_at:.6f}", f"{clock.wall() + SKEW:.6f}"
        await self._keep(keys=[self._key(name)], args=[value, math.ceil(ttl), *moments])
        return True

    def lease(self, name: str, length: float) -> Lease:
        return _Lease(Lock(self._client, self._key(name), timeout=length, blocking=False, thread_local=False))

    async def reserve(self, name: str, interval: float, longest: float) -> float:
        """As `shared_rate.Bucket` has it."""
        micro = 1_000_000
        arguments = [interval * micro, min(longest, 3600.0) * micro]
        return int(await self._reserve(keys=[self._key(name)], args=arguments)) / micro

    def trouble(self, error: BaseException) -> Trouble:
        trouble = super().trouble(error)
        return Trouble.REFUSED if trouble is Trouble.LOST and isinstance(error, ResponseError) else trouble

    def redact(self, text: str) -> str:
        return text if self._password is None else self._password.redact(text)

    async def close(self) -> None:
        if self._is_ours:
            with suppress(RedisError, OSError, RuntimeError):  # the server or the loop is gone: so are the sockets
                await self._client.aclose()

    def abandon(self) -> None:
        _inherited.append(self._cache)

    def _key(self, name: str) -> str:
        return str(self._cache.build_key(name, self._cache.namespace))


class _Lease:
    """redis-py's lock, with a token that is known before it is taken.

    So it can be ended also where nobody knows whether it was taken, and it never ends another's.
    """

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._token = uuid4().hex
        self._is_taken = self.may_be_held = False

    async def acquire(self) -> bool:
        if not self._is_taken:
            self.may_be_held = True
            try:
                self.may_be_held = self._is_taken = await self._lock.acquire(token=self._token)
            except ResponseError:
                self.may_be_held = False  # refused
                raise
        return self._is_taken

    async def release(self) -> None:
        self._lock.local.token = self._token.encode()
        with suppress(LockError):  # it ended by itself, or was never taken
            await self._lock.release()
        self._is_taken = self.may_be_held = False


def opener(given: Secret) -> Callable[[], RedisStore]:
    """What opens a store at this URL, or over the pool of this RedisCache. Raises `PineconeValueError`."""
    if isinstance(given.reveal(), RedisCache):
        view = copy.copy(given.reveal())  # the same pool, plugins and names; but what it reads is bytes, and stays so
        view.serializer = _BYTES
        return lambda: RedisStore(view, is_ours=False)
    problem, password = _check(given)
    if problem is not None:
        raise PineconeValueError(f"shared_cache {problem}", hint="Give it like rediss://user:password@host:6379/0.")
    return lambda: RedisStore(_connect(given), password, is_ours=True)


def _check(url: Secret) -> tuple[str | None, Secret | None]:
    """What is wrong with the URL, and the password in it. It may hold one, so it isn't quoted."""
    try:
        parts = urlsplit(url.reveal())
        if parts.scheme not in {"redis", "rediss"} or not parts.hostname or parts.port == 0:
            return "must be a URL like redis://localhost:6379/0", None
        if not _DATABASE.fullmatch(parts.path):
            return "must name its database by a number", None
        _connect(url).client.connection_pool.make_connection()
    except (ValueError, TypeError, RedisError):
        return "is a URL that redis-py can't use", None
    return None, Secret(unquote(parts.password)) if parts.password else None


def _connect(url: Secret) -> RedisCache:
    pool = BlockingConnectionPool.from_url(
        url.reveal(),
        max_connections=CONNECTIONS,
        timeout=SOCKET_TIMEOUT,
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=SOCKET_TIMEOUT,
        protocol=2,  # the newer one asks for more on each connection, and gives nothing that is of use here
    )
    return RedisCache(connection_pool_class=lambda **_: pool, serializer=_BYTES, timeout=None)
