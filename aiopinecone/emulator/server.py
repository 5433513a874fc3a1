"""The HTTP server: routes, key, version, faults and envelopes around the calls."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from random import Random

from aiohttp import web

from aiopinecone.emulator import openapi, sending
from aiopinecone.emulator.calls import ROUTES, Call, Route
from aiopinecone.emulator.faults import Answer, Fault, Faults, alter, error_answer
from aiopinecone.emulator.refusal import Refusal, invalid
from aiopinecone.emulator.shapes import NEWEST, OLDEST, VERSIONS
from aiopinecone.emulator.state import State

VERSION_HEADER = "X-Pinecone-Api-Version"
ROUTE_NAMES = frozenset(route.name for route in ROUTES)

_CODES = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 402: "PAYMENT_REQUIRED", 403: "PERMISSION_DENIED",
    404: "NOT_FOUND", 409: "ALREADY_EXISTS", 412: "FAILED_PRECONDITION", 422: "UNPROCESSABLE_ENTITY",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """The HTTP side of an emulator: it counts, checks, calls, and carries faults out."""

    def __init__(self, state: State, faults: Faults, seed: int, *, legacy_shape: bool) -> None:
        self.state = state
        self.faults = faults
        self.requests: Counter[str] = Counter()
        self.busy: set[object] = set()
        self._legacy_shape = legacy_shape
        self._dice = Random(seed)  # noqa: S311 - trace ids, not secrets

    def app(self) -> web.Application:
        """The application with every route of the API and its OpenAPI document."""
        app = web.Application(middlewares=[self._enveloped])
        for route in ROUTES:
            app.router.add_route(route.method, route.path, partial(self._serve, route))
        app.router.add_get("/openapi.json", _openapi)
        return app

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        self.requests[route.name] += 1
        latencies, fault = self.faults.strike(route.name)
        for latency in latencies:
            await asyncio.sleep(latency.options["seconds"])
        if fault is not None:
            return await self._carry_out(fault, route, request)
        return self._response(request, await self._answer(route, request))

    async def _answer(self, route: Route, request: web.Request) -> Answer:
        try:
            call = await self._call(route, request)
            status, body = route.handler(call)
        except Refusal as refusal:
            return _refused(refusal, request)
        return Answer(status, b"" if body is None else json.dumps(body).encode())

    async def _call(self, route: Route, request: web.Request) -> Call:
        project = self.state.project_of(request.headers.get("Api-Key", ""))
        if project is None:
            raise Refusal(401, "UNAUTHENTICATED", "Invalid API key")
        version = request.headers.get(VERSION_HEADER, OLDEST)
        if version not in VERSIONS:
            raise invalid(f"Unknown API version; {VERSION_HEADER} is one of {', '.join(VERSIONS)}.")
        if version not in route.versions:
            raise Refusal(404, "NOT_FOUND", f"{request.path} is not a route of API version {version}.")
        body = await request.read()
        now = self.state.catch_up()
        return Call(
            self.state, project, version, now, request.match_info, request.query, body, self._legacy_shape
        )  # fmt: skip

    def _response(self, request: web.Request, answer: Answer) -> web.Response:
        headers = {"Content-Type": answer.content_type} if answer.body else {}
        headers |= self._headers(request) | answer.headers
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    def _headers(self, request: web.Request) -> dict[str, str]:
        trace = f"{self._dice.getrandbits(128):032x}/{self._dice.getrandbits(63)}"
        version = request.headers.get(VERSION_HEADER, OLDEST)
        return {"x-cloud-trace-context": trace} | ({VERSION_HEADER: version} if version in VERSIONS else {})

    async def _carry_out(self, fault: Fault, route: Route, request: web.Request) -> web.StreamResponse:
        if fault.kind == "status":
            return self._response(request, error_answer(fault, envelope))
        if fault.kind == "reset":
            return sending.reset(request)
        answer = alter(fault, await self._answer(route, request))
        response = self._response(request, answer)
        if fault.kind in sending.WAYS and answer.body:
            return await sending.WAYS[fault.kind](request, response, answer.body, fault.options)
        return response

    @web.middleware
    async def _enveloped(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whatever goes wrong is answered in the envelope, never with a traceback."""
        self.busy.add(request.protocol)
        try:
            return await handler(request)
        except web.HTTPException as error:
            if request.match_info.http_exception is not None:
                self.requests["unknown"] += 1
            allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            answer = Answer(error.status, envelope(error.status, error.reason), headers=allowed)
        except ConnectionError:
            # The peer left while it was being answered: aiohttp drops what nobody is there to read.
            return web.Response()
        except Exception:  # noqa: BLE001 - it is logged, and the API has an answer for it
            _log.exception("the emulator failed at %s %s", request.method, request.path)
            answer = Answer(500, envelope(500))
        finally:
            self.busy.discard(request.protocol)
        return self._response(request, answer)


def envelope(status: int, message: str | None = None) -> bytes:
    """The body of an error that no call worded."""
    refusal = Refusal(status, _CODES.get(status, "UNKNOWN"), message or f"Made up by the emulator: {status}.")
    return json.dumps(refusal.envelope()).encode()


def _refused(refusal: Refusal, request: web.Request) -> Answer:
    """A refusal as 2026-07 or an older version words it."""
    newest = request.headers.get(VERSION_HEADER) == NEWEST
    body = json.dumps(refusal.envelope()).encode()
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers = {"x-pinecone-auth-rejected-reason": "invalid-api-key"}
        if newest:
            return Answer(401, b"Invalid API key", "text/plain", headers)
        return Answer(401, body, headers=headers)
    # The backend was seen to send a 404 as JSON under text/plain.
    plain = newest and refusal.status == HTTPStatus.NOT_FOUND
    return Answer(refusal.status, body, "text/plain" if plain else "application/json")


async def _openapi(_: web.Request) -> web.Response:
    return web.json_response(openapi.document())
