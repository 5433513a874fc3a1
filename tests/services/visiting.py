"""A visitor of an app in this process: its lifespan runs, and its state goes to each request, as servers do it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
