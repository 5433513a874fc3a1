"""A client that lives as long as the app, and the dependency that hands it out."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from aiopinecone import ClientClosedError, Pinecone, PineconeError, PineconeValueError

Lifespan = Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any]]]
# A lifespan of the user's own; it may yield state, or nothing.
InnerLifespan = Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]]

STATE = "aiopinecone"  # the name of the client in the state of the app, and of each request


def pinecone_lifespan(client: Pinecone | None = None, *, inner: InnerLifespan | None = None) -> Lifespan:
    """A lifespan for `FastAPI(lifespan=...)`: the app's client is there from its start to its end.

    Args:
        client: entered and closed with the app, so it serves one life of it. None makes one from the environment at
            each start: `PINECONE_API_KEY`, `PINECONE_CONTROLLER_HOST`, `PINECONE_ADDITIONAL_HEADERS`.
        inner: a lifespan of your own, entered once the client is there. The state that it yields is kept.

    Raises:
        PineconeValueError: `client` is something else than a client.

    The start of the app raises `PineconeValueError` where the environment makes no client, and `ClientClosedError`
    where the client that was passed is closed.
    """
    if client is not None and not isinstance(client, Pinecone):
        raise PineconeValueError(
            f"client must be a Pinecone, not {type(client).__name__}",
            hint="Write FastAPI(lifespan=pinecone_lifespan()); a lifespan of your own goes in as inner=.",
        )

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[Mapping[str, Any]]:
        async with AsyncExitStack() as stack:
            try:
                pc = await stack.enter_async_context(Pinecone() if client is None else client)
            except ClientClosedError as error:
                raise ClientClosedError(
                    "the client that was passed to pinecone_lifespan is closed: it serves one life of an app",
                    hint="Pass none, and each start of the app makes one of its own.",
                ) from error
            setattr(app.state, STATE, pc)  # for whoever runs the app without a server that carries state to requests
            state = None if inner is None else await stack.enter_async_context(inner(app))
            yield {**(state or {}), STATE: pc}

    return lifespan


async def get_pinecone(connection: HTTPConnection) -> Pinecone:
    """The client of the app that serves this request, or of the app that this one is mounted in.

    Raises:
        PineconeError: the app was made without `pinecone_lifespan`, or its lifespan didn't run.
    """
    for state in (connection.state, connection.app.state):
        if isinstance(pc := getattr(state, STATE, None), Pinecone):
            return pc
    raise PineconeError(
        "the app has no Pinecone client",
        hint="Make it with FastAPI(lifespan=pinecone_lifespan()), and run its lifespan, in tests too.",
    )


PineconeDep = Annotated[Pinecone, Depends(get_pinecone)]
