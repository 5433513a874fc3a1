"""The emulator's own routes, under /_emulator: what a program can do, over HTTP. They need no key."""

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from aiopinecone.emulator.refusal import Refusal
from aiopinecone.emulator.shapes import Json, timestamp

if TYPE_CHECKING:
    from aiopinecone.emulator.emulator import Emulator


def add_routes(app: web.Application, emulator: "Emulator") -> None:
    """Add them to the application."""

    def post_faults(fields: Json) -> Json:
        if "kind" not in fields:
            raise ValueError("kind is required")
        emulator.add_fault(**fields)
        return {}

    def delete_faults(_: Json) -> Json:
        emulator.clear_faults()
        return {}

    def post_advance(fields: Json) -> Json:
        if type(fields.get("seconds")) not in {int, float}:
            raise ValueError("seconds must be a number")
        emulator.advance(fields["seconds"])
        return {"now": timestamp(emulator.now)}

    def post_reset(_: Json) -> Json:
        emulator.reset()
        return {}

    def get_requests(_: Json) -> Json:
        return dict(emulator.requests)

    for method, path, act in (
        ("POST", "faults", post_faults),
        ("DELETE", "faults", delete_faults),
        ("POST", "advance", post_advance),
        ("POST", "reset", post_reset),
        ("GET", "requests", get_requests),
    ):
        app.router.add_route(method, f"/_emulator/{path}", _handler(act))


def _handler(act: Callable[[Json], Json]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(act(_fields(await request.read())))
        except (ValueError, TypeError, RuntimeError) as error:
            problem = str(error)
        envelope = Refusal(400, "INVALID_ARGUMENT", problem).envelope()
        return web.json_response(envelope, status=400)

    return handle


def _fields(body: bytes) -> Json:
    fields = json.loads(body or b"{}")
    if not isinstance(fields, dict):
        raise TypeError("the body must be a JSON object")
    return fields
