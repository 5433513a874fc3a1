"""Errors as problems: what each becomes, and what no visitor ever learns."""

import json
import logging
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

import aiopinecone
from aiopinecone import (
    ApiError,
    Backup,
    BackupFailedError,
    BackupStatus,
    CertificateError,
    ClientClosedError,
    ConflictError,
    FailedPreconditionError,
    ForbiddenError,
    NotFoundError,
    PaymentRequiredError,
    Pinecone,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
    PineconeValueError,
    RateLimitError,
    ResponseParsingError,
    RetryPolicy,
    ServiceError,
    UnauthorizedError,
)
from aiopinecone.fastapi import PineconeDep, install_exception_handlers, pinecone_lifespan
from aiopinecone.fastapi.problems import response
from raw_server import Exchange, RawServer, error_body
from services.visiting import KEY, app_of, visiting

FAILED = Backup(
    backup_id="x", source_index_name="docs", source_index_id="1", status=BackupStatus.FAILED, cloud="aws", region="r"
)
# Every error of the package, by an instance of it, and the status that a visitor sees.
ERRORS: list[tuple[PineconeError, int]] = [
    (NotFoundError(404, "x"), 404),
    (PineconeValueError("x", argument="backup_id"), 422),
    (ApiError(400, "x"), 422),
    (ApiError(422, "x"), 422),
    (UnauthorizedError(401, "x"), 502),
    (PaymentRequiredError(402, "x"), 502),
    (ForbiddenError(403, "x"), 502),
    (ConflictError(409, "x"), 502),
    (FailedPreconditionError(412, "x"), 502),
    (ApiError(302, "x"), 502),
    (ServiceError(500, "x"), 502),
    (ServiceError(503, "x", retry_after=3.0), 502),
    (ServiceError(504, "x"), 502),
    (PineconeConnectionError("x"), 502),
    (CertificateError("x"), 502),
    (ResponseParsingError("x"), 502),
    (BackupFailedError(FAILED), 502),
    (RateLimitError(429, "x"), 503),
    (ClientClosedError("x"), 503),
    (PineconeTimeoutError("x"), 504),
    (PineconeValueError("x"), 500),
    (PineconeError("x"), 500),
]


def service(url: str, **options: Any) -> FastAPI:
    """An app with a handler of its own."""
    pc = Pinecone(KEY, host=url, retry=RetryPolicy(attempts=1), **options)
    app = FastAPI(lifespan=pinecone_lifespan(pc))
    install_exception_handlers(app)

    @app.get("/mine/{backup_id}")
    async def mine(backup_id: str, pc: PineconeDep) -> Backup:
        return await pc.describe_backup(backup_id)

    @app.get("/wrong")
    async def wrong(pc: PineconeDep) -> Backup:
        return await pc.describe_backup("bkp_1", timeout=-1)

    return app


@pytest.mark.parametrize(("error", "status"), ERRORS)
def test_each_error_has_its_status(error: PineconeError, status: int) -> None:
    """A visitor is blamed for what the visitor gave, and for nothing else."""
    answer = response(error)
    assert answer.status_code == status
    assert answer.media_type == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = json.loads(bytes(answer.body))
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert set(problem) == {"type", "title", "status", "detail"}


def test_no_error_is_forgotten() -> None:
    """The table above has every class that the package exports."""
    classes = {value for value in vars(aiopinecone).values() if isinstance(value, type)}
    assert {cls for cls in classes if issubclass(cls, PineconeError)} | {PineconeError} == {type(e) for e, _ in ERRORS}


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [(None, "10"), (0.0, "1"), (0.2, "1"), (1.0, "1"), (1.001, "2"), (59.5, "60"), (31_622_400.0, "31622400")],
)
def test_who_asks_too_often_is_told_when_to_come_back(retry_after: float | None, header: str) -> None:
    """Whole seconds, rounded up, at least one; ten where Pinecone says nothing."""
    assert response(RateLimitError(429, "x", retry_after=retry_after)).headers["retry-after"] == header
    assert "retry-after" not in response(ServiceError(503, "x", retry_after=retry_after)).headers


async def test_the_request_id_goes_out_and_nothing_else_of_pinecones() -> None:
    """Whoever runs the service can look the request up; what Pinecone said and sent stays in the log."""

    async def reply(exchange: Exchange) -> None:
        body = error_body("UNAUTHENTICATED", f"Invalid API key {KEY} of project secret", 401)
        headers = ["x-pinecone-request-id: req-7", f"x-secret: {KEY}", "Set-Cookie: a=b", "Retry-After: 5"]
        exchange.answer(body, "401 Unauthorized", *headers)

    async with RawServer(reply) as server, visiting(service(server.url)) as visitor:
        answer = await visitor.get("/mine/bkp_1")
    assert answer.status_code == 502
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Gateway",
        "status": 502,
        "detail": "Pinecone failed, or refused this service.",
        "request_id": "req-7",
    }
    assert set(answer.headers) == {"content-type", "content-length", "cache-control"}


async def test_a_key_in_the_request_id_does_not_go_out() -> None:
    """Not even where a gateway echoes it there."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(KEY.encode(), "500 X", f"x-request-id: {KEY}")

    async with RawServer(reply) as server, visiting(service(server.url)) as visitor:
        answer = await visitor.get("/mine/bkp_1")
    assert answer.status_code == 502
    assert KEY not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (lambda exchange: exchange.answer(b"Invalid API key", "401 X"), 502),
        (lambda exchange: exchange.answer(b"", "403 X"), 502),
        (lambda exchange: exchange.answer(b"", "404 X"), 404),
        (lambda exchange: exchange.answer(error_body("INVALID_ARGUMENT", "?", 400), "400 X"), 422),
        (lambda exchange: exchange.answer(b"", "429 X", "Retry-After: 2"), 503),
        (lambda exchange: exchange.answer(b"<html>", "503 X"), 502),
        (lambda exchange: exchange.answer(b"<html>"), 502),
        (lambda exchange: exchange.answer(b"", "301 X", "Location: http://127.0.0.1/"), 502),
        (lambda exchange: exchange.reset(), 502),
    ],
)
async def test_what_pinecone_does_wrong(reply: Any, status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Over real sockets; what isn't the visitor's doing is in the log, once."""

    async def answer(exchange: Exchange) -> None:
        reply(exchange)

    async with RawServer(answer) as server, visiting(service(server.url)) as visitor:
        got = await visitor.get("/mine/bkp_1")
    assert got.status_code == status
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == (status >= 500)
    assert KEY not in caplog.text


async def test_no_answer_in_time() -> None:
    """504, after the client's own timeout."""

    async def silence(exchange: Exchange) -> None:
        await exchange.hang_up()

    async with RawServer(silence) as server, visiting(service(server.url, timeout=3)) as visitor:
        assert (await visitor.get("/mine/bkp_1")).status_code == 504


@pytest.mark.parametrize("backup_id", ["%2E%2E", "%2E"])
async def test_an_id_that_cant_be(backup_id: str) -> None:
    """422, in the words of the client; nothing was sent."""
    async with visiting(service("http://127.0.0.1:1")) as visitor:
        answer = await visitor.get(f"/mine/{backup_id}")
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("a backup id can't be '.")


async def test_a_mistake_of_the_service_is_its_own(caplog: pytest.LogCaptureFixture) -> None:
    """A bad timeout is no fault of the visitor: 500, and a traceback in the log."""
    async with visiting(service("http://127.0.0.1:1")) as visitor:
        answer = await visitor.get("/wrong")
    assert answer.status_code == 500
    assert answer.json()["detail"] == "This service failed."
    assert "timeout must be more than 0 seconds" in caplog.text
    assert "Traceback" in caplog.text


async def test_an_app_that_stops_says_so() -> None:
    """A closed client is 503."""
    app = app_of("http://127.0.0.1:1")
    async with visiting(app) as visitor:
        await app.state.aiopinecone.aclose()
        assert (await visitor.get("/backups/bkp_1")).status_code == 503


def test_many_complaints_are_summed_up() -> None:
    """The first three, and how many more."""
    errors = [{"loc": ("body", number), "msg": "bad"} for number in range(5)]
    problem = json.loads(bytes(response(RequestValidationError(errors)).body))
    assert problem["detail"] == "body.0: bad; body.1: bad; body.2: bad; and 2 more."
