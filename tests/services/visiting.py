"""Visitors of an app: in this process, its state going to each request as servers do it, or through real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from starlette.types import Receive, Scope, Send

from aiopinecone import Pinecone, RetryPolicy
from aiopinecone.fastapi import backups_router, install_exception_handlers, pinecone_lifespan

KEY = "pcsk_made-up-for-visitors"


@asynccontextmanager
async def visiting(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with app.router.lifespan_context(app) as state:

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        async with AsyncClient(transport=ASGITransport(serve), base_url="http://app") as visitor:
            yield visitor


def app_of(url: str, key: str = KEY) -> FastAPI:
    """An app with the ready-made routes, whose client asks the control plane at this URL, once for each call."""
    pc = Pinecone(key, host=url, retry=RetryPolicy(attempts=1))
    app = FastAPI(lifespan=pinecone_lifespan(pc))
    install_exception_handlers(app)
    app.include_router(backups_router(), prefix="/backups")
    return app


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The app behind real sockets, in this event loop; gives its URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=1))
    task = asyncio.ensure_future(server.serve())
    while not server.started:
        assert not task.done(), "the app didn't start"
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
