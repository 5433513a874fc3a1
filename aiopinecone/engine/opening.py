"""Which store a user named as `shared_cache=`. Redis is an extra, so it is imported only where it is asked for."""

from collections.abc import Callable

import aiocache
from aiocache.base import BaseCache

from aiopinecone.engine.shared_store import SharedStore
from aiopinecone.errors import PineconeValueError
from aiopinecone.settings import Secret


def opener(given: Secret, *, for_rate: bool) -> Callable[[], SharedStore]:
    """What opens the store that a user named, once for each event loop. No I/O is done yet.

    Raises:
        PineconeValueError: it is neither a Redis URL nor an aiocache cache; or it isn't Redis, and a rate needs that.
        ImportError: it is a URL, and redis isn't installed.
    """
    kind = type(given.reveal())  # the value itself may hold a password, and a traceback may show this frame
    is_redis = issubclass(kind, str) or _is_redis(kind)
    if for_rate and not is_redis:
        raise PineconeValueError("shared_rate_limit needs shared_cache to be Redis: that is where requests are counted")
    if issubclass(kind, BaseCache) and not is_redis:
        return lambda: SharedStore(given.reveal())
    if not is_redis:
        raise PineconeValueError(
            f"shared_cache must be a URL like redis://localhost:6379, or an aiocache cache, not {kind.__name__}"
        )
    try:
        from aiopinecone.engine import redis_store  # noqa: PLC0415 -- an extra
    except ImportError:
        pass
    else:
        return redis_store.opener(given)
    raise ImportError("shared_cache needs redis: pip install 'aiopinecone-backups[redis]'")


def _is_redis(kind: type) -> bool:
    backend = getattr(aiocache, "RedisCache", None)  # it is there if redis is
    return backend is not None and issubclass(kind, backend)
