"""Errors as problem details (RFC 9457): what a visitor may know of what went wrong.

The words are ours, not Pinecone's: a visitor learns nothing of the key, and is never told that credentials are wrong,
since those are the service's own. Whoever runs the service finds the error itself in the log.
"""

import math
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from logging import getLogger
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.requests import Request

from aiopinecone import (
    ApiError,
    BackupFailedError,
    ClientClosedError,
    NotFoundError,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
    PineconeValueError,
    RateLimitError,
    ResponseParsingError,
)

logger = getLogger("aiopinecone")

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 10  # seconds, where Pinecone names none
SERVICE_FAILED = 500
SHOWN = 3  # of the things that are wrong with one request
INVALID = frozenset({400, 422})  # Pinecone's statuses for an id, a name or a token that it can't use

# The first that fits.
_ANSWERS: tuple[tuple[type[PineconeError], int, str], ...] = (
    (NotFoundError, 404, "Pinecone has no such backup or index."),
    (RateLimitError, 503, "Pinecone asks this service to ask less often."),
    (ApiError, 502, "Pinecone failed, or refused this service."),
    (PineconeTimeoutError, 504, "Pinecone didn't answer in time."),
    (PineconeConnectionError, 502, "Pinecone gave no usable answer."),
    (ResponseParsingError, 502, "Pinecone's answer can't be read."),
    (BackupFailedError, 502, "The backup failed, and will never be ready."),
    (ClientClosedError, 503, "This service is about to stop."),
    (PineconeError, SERVICE_FAILED, "This service failed."),
)

SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "A problem as RFC 9457 describes one.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "Always about:blank: the status says what it is."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What went wrong."},
        "request_id": {"type": "string", "description": "Pinecone's id of its request, where it named one."},
    },
    "required": ["type", "title", "status", "detail"],
}


def install_exception_handlers(app: FastAPI) -> None:
    """Answer whatever error of aiopinecone a handler raises with a problem, as application/problem+json.

    An unknown id or index is 404. An id, a name or a token that can't be used is 422. Pinecone's 429 is 503 with
    Retry-After. No answer in time is 504; any other failure of Pinecone, its 401 and 403 among them, is 502. A closed
    client is 503, and what is wrong with the service itself 500.
    """
    app.add_exception_handler(PineconeError, _on_error)


async def _on_error(request: Request, error: Exception) -> JSONResponse:
    if request.scope["type"] != "http" or not isinstance(error, PineconeError):
        raise error  # a WebSocket has no response to put a problem in
    return response(error)


def response(error: PineconeError | RequestValidationError) -> JSONResponse:
    """The error as a response; what isn't the visitor's doing is logged."""
    if isinstance(error, RequestValidationError):
        found = problem(422, _complaint(error.errors()))
    else:
        found = problem_of(error)
        log([error])
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, RateLimitError):
        headers["Retry-After"] = str(RETRY_AFTER if error.retry_after is None else max(1, math.ceil(error.retry_after)))
    return JSONResponse(found, found["status"], headers, MEDIA_TYPE)


def problem_of(error: PineconeError) -> dict[str, Any]:
    """The error as a problem."""
    if isinstance(error, PineconeValueError) and error.argument is not None:
        return problem(422, f"{error}.")
    request_id = error.request_id if isinstance(error, ApiError) else None
    if isinstance(error, ApiError) and error.status_code in INVALID:
        return problem(422, "Pinecone can't use the id, the name or the token of this request.", request_id)
    status, detail = next((status, detail) for cls, status, detail in _ANSWERS if isinstance(error, cls))
    return problem(status, detail, request_id)


def problem(status: int, detail: str, request_id: str | None = None) -> dict[str, Any]:
    found = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return found if request_id is None else found | {"request_id": request_id}


def log(errors: Sequence[PineconeError]) -> None:
    """Tell whoever runs the service of what isn't the visitor's doing, with a traceback where the service is wrong."""
    told = [(status, error) for error in errors if (status := problem_of(error)["status"]) >= SERVICE_FAILED]
    if not told:
        return
    status, error = told[-1]
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    logger.warning("answered %d%s: %s", status, more, error, exc_info=error if status == SERVICE_FAILED else None)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problems with these statuses, for the OpenAPI document."""
    content = {MEDIA_TYPE: {"schema": SCHEMA}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def _complaint(errors: Iterable[Any]) -> str:
    said = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in errors]
    more = f"; and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
    return "; ".join(said[:SHOWN]) + more + "."
