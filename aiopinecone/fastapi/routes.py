"""Ready-made routes: one backup, many as they come, a list page by page."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing
from hashlib import sha256
from itertools import islice
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.routing import Match
from starlette.types import Scope, Send

from aiopinecone import Backup, Pinecone, PineconeError
from aiopinecone.fastapi import problems
from aiopinecone.fastapi.lifespan import PineconeDep

AT_ONCE = 16  # ids of one POST /describe that are asked for at a time: other visitors are served between them
MOST_IDS = 1_000

_LINES = {
    "description": "For each id a line of JSON with its `backup_id` and either its `backup` or its `error`, a problem.",
    "content": {"application/x-ndjson": {"example": '{"backup_id": "bkp_1", "backup": {...}}\n'}},
}
_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


def backups_router(**options: Any) -> APIRouter:
    """Routes for `app.include_router(backups_router(), prefix="/backups")`. Errors are problems (RFC 9457).

    - `GET /{backup_id}`: the backup, with a weak ETag, 304 where `If-None-Match` names it, and a `Cache-Control` that
      keeps it for as long as the client will.
    - `POST /describe` of `{"backup_ids": [...]}`, 1,000 at most: a line of JSON for each id, as they come, with its
      `backup` or with its `error`, a problem.
    - `GET /?index_name=&limit=&pagination_token=`: a page of the list, `{"data": [...], "pagination": {"next": ...}}`,
      where `pagination` is null on the last.

    Args:
        options: go to `fastapi.APIRouter`, such as `dependencies=`, `tags=` or `prefix=`.
    """
    router = APIRouter(route_class=_Route, **options)
    answers = problems.documented(404, 422, 500, 502, 503, 504)
    for method, is_shown in (("GET", True), ("HEAD", False)):
        router.add_api_route("/", list_backups, methods=[method], include_in_schema=is_shown, responses=answers)
        router.add_api_route(
            "/{backup_id:path}",
            describe_backup,
            methods=[method],
            include_in_schema=is_shown,
            response_model=Backup,
            responses={304: {"description": "The visitor has it already."}, **answers},
        )
    router.add_api_route(
        "/describe",
        describe_backups,
        methods=["POST"],
        response_class=_Lines,
        responses={200: _LINES, **problems.documented(422, 500)},
    )
    return router


class BackupIds(BaseModel):
    """The backups to describe."""

    backup_ids: Annotated[list[str], Field(max_length=MOST_IDS)]


class NextPage(BaseModel):
    """Where the list goes on."""

    next: Annotated[str, Field(description="The `pagination_token` of the next page; opaque.")]


class BackupsPage(BaseModel):
    """A page of a list of backups."""

    data: list[Backup]
    pagination: Annotated[NextPage | None, Field(description="Null on the last page.")]


async def describe_backup(
    backup_id: str,
    pc: PineconeDep,
    response: Response,
    if_none_match: Annotated[list[str] | None, Header()] = None,
) -> Any:
    """One backup."""
    backup = await pc.describe_backup(backup_id)
    tag = _entity_tag(backup)
    headers = {"ETag": f"W/{tag}", "Cache-Control": f"private, max-age={int(pc.fresh_for(backup_id))}"}
    if _names(",".join(if_none_match or ()), tag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return backup


async def describe_backups(wanted: BackupIds, pc: PineconeDep) -> "_Lines":
    """Many backups, each as it comes."""
    return _Lines(_lines(pc, wanted.backup_ids))


async def list_backups(
    pc: PineconeDep,
    response: Response,
    index_name: Annotated[str | None, Query(description="Only backups of the active index of this name.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Backups on a page.")] = 100,
    pagination_token: Annotated[str | None, Query(description="`pagination.next` of the page before.")] = None,
) -> BackupsPage:
    """A page of the list of all backups, or of those of one index."""
    listing = pc.list_backups(index_name=index_name, page_size=limit, pagination_token=pagination_token)
    async with aclosing(listing.pages()) as pages:
        page = await anext(pages)
    response.headers["Cache-Control"] = "no-store"
    return BackupsPage(data=page, pagination=None if page.next_token is None else NextPage(next=page.next_token))


class _Route(APIRoute):
    """Answers errors with problems, also in an app without our handlers, and takes an id that holds a slash."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_or_explain(request: Request) -> Response:
            try:
                return await handle(request)
            except (PineconeError, RequestValidationError) as error:
                return problems.response(error)

        return handle_or_explain

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["path"].endswith("\n"):  # Starlette's patterns end before it: this is another path than they think
            return Match.NONE, {}
        match, child_scope = super().matches(scope)
        backup_id = child_scope.get("path_params", {}).get("backup_id")
        return (match, child_scope) if backup_id is None or _is_segment(backup_id, scope) else (Match.NONE, {})


class _Lines(StreamingResponse):
    """Lines of JSON. Their source is closed however the response ends, so that no call goes on for nobody."""

    media_type = "application/x-ndjson"

    async def stream_response(self, send: Send) -> None:
        lines: Any = self.body_iterator
        async with aclosing(lines):
            await super().stream_response(send)


async def _lines(pc: Pinecone, backup_ids: Sequence[str]) -> AsyncIterator[bytes]:
    """A line for each id, as they come; who takes them slowly holds back what is yet to be asked for.

    Each is a call of its own: a bulk run leads its fetches, and ends them with the visitor, whoever has joined.
    """
    times = Counter(backup_ids)
    failures: list[PineconeError] = []

    async def line(backup_id: str) -> bytes:
        result: dict[str, Any] = {"backup_id": backup_id}
        try:
            result["backup"] = (await pc.describe_backup(backup_id)).to_dict()
        except PineconeError as error:
            result["error"] = problems.problem_of(error)
            failures.append(error)
        return (json.dumps(result) + "\n").encode() * times[backup_id]

    to_come = iter(times)
    calls: set[asyncio.Task[bytes]] = set()
    try:
        while True:
            calls |= {asyncio.ensure_future(line(backup_id)) for backup_id in islice(to_come, AT_ONCE - len(calls))}
            if not calls:
                return
            done, calls = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            for call in done:
                yield call.result()
    finally:
        for call in calls:
            call.cancel()
        problems.log(failures)


def _entity_tag(backup: Backup) -> str:
    """The same for the same backup, whichever process has it."""
    text = json.dumps(backup.to_dict(), sort_keys=True)
    return f'"{sha256(text.encode()).hexdigest()[:32]}"'


def _names(if_none_match: str, tag: str) -> bool:
    """Whether the header names this tag, by the weak comparison of RFC 9110, 8.8.3.2."""
    return if_none_match.strip() == "*" or tag in _ENTITY_TAG.findall(if_none_match)


def _is_segment(text: str, scope: Scope) -> bool:
    """Whether it is the last segment of the path as it was sent, where `%2F` is no end of a segment."""
    sent = scope.get("raw_path")
    return "/" not in text if sent is None else unquote(sent.rstrip(b"/").rpartition(b"/")[2].decode("latin-1")) == text
