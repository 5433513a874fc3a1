"""Plain HTTP to an emulator, for the tests."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import aiohttp
from attrs import frozen

from aiopinecone.emulator import Emulator


@frozen
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body, decoded whatever its content type."""
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The code of an error envelope, whose status must be that of the answer."""
        body = self.json
        assert body["status"] == self.status
        assert body["error"]["message"]
        return str(body["error"]["code"])


async def call(
    emulator: Emulator,
    method: str,
    path: str,
    *,
    version: str | None = "2026-07",
    api_key: str | None = None,
    body: object = None,
    data: bytes | BytesIO | None = None,
    query: Mapping[str, str] | None = None,
) -> Reply:
    """One request on a connection of its own."""
    headers = {"Api-Key": emulator.api_key if api_key is None else api_key}
    if version is not None:
        headers["X-Pinecone-Api-Version"] = version
    if body is not None:
        data = json.dumps(body).encode()
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, emulator.url + path, data=data, params=query or {}) as response,
    ):
        return Reply(response.status, response.headers, await response.text())


async def pages(
    emulator: Emulator, path: str, *, api_key: str | None = None, limit: int | None = None
) -> list[list[Any]]:
    """Every page of a list under 2026-07, each as its rows."""
    query = {} if limit is None else {"limit": str(limit)}
    reply = await call(emulator, "GET", path, api_key=api_key, query=query)
    found = [reply.json["data"]]
    while reply.json["pagination"] is not None:
        query = {"paginationToken": reply.json["pagination"]["next"]}
        reply = await call(emulator, "GET", path, api_key=api_key, query=query)
        found.append(reply.json["data"])
    return found
