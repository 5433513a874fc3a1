"""The one door for HTTP meaning: an operation and the response to it -> the operation's value, or a typed error.

Never trust Content-Type: Pinecone was seen to send JSON as text/plain, and gateways send HTML. Retry-After is read
here: it comes as seconds or as an HTTP date, and a date means something only against the server's own clock.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Protocol, TypeVar

from aiopinecone.api import wire
from aiopinecone.api.operations import Operation
from aiopinecone.errors import (
    ApiError,
    ConflictError,
    FailedPreconditionError,
    ForbiddenError,
    NotFoundError,
    PaymentRequiredError,
    RateLimitError,
    ResponseParsingError,
    ServiceError,
    UnauthorizedError,
)

T = TypeVar("T")

OK = range(200, 300)
REDIRECTS = range(300, 400)
SERVER_ERRORS = range(500, 600)
BODY_SHOWN = 500
SENTENCE = 200  # characters; a longer text is no message
MAX_RETRY_AFTER = 366 * 86_400.0  # seconds; nobody means more, and float() has no room for 400 digits

_ERRORS: dict[int, type[ApiError]] = {
    401: UnauthorizedError,
    402: PaymentRequiredError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: FailedPreconditionError,
    429: RateLimitError,
}
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
# Control characters, line ends included (a log would show a second line), marks that can't be seen (Unicode calls them
# Default_Ignorable_Code_Point) or turn the direction of writing, and halves of surrogate pairs: no log can encode them.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


class Response(Protocol):
    """What the transport brings: header names compare without regard to case, the body is decompressed."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


def read(operation: Operation[T], response: Response, *, redact: Callable[[str], str], wall: Callable[[], float]) -> T:
    """The value of a successful answer; raises `ApiError` for any other, `ResponseParsingError` for an unreadable one.

    `redact` takes the client's secrets out of a text; `wall()` is the time now, in seconds since 1970.
    """
    if response.status not in OK:
        raise _error(response, redact, wall())
    try:
        return operation.decode(response.body)
    except ResponseParsingError as error:
        problem = error.with_traceback(None)  # its frames hold the body, and a body may echo the key
    raise problem


def _error(response: Response, redact: Callable[[str], str], wall: float) -> ApiError:
    status, headers = response.status, response.headers
    code, message = wire.error_body(response.body)

    def clean(text: str) -> str:
        return redact(_UNPRINTABLE.sub("", text))[:BODY_SHOWN]

    def header(*names: str) -> str | None:
        return next(filter(None, (clean(headers.get(name, "")) for name in names)), None)

    body = clean(wire.readable(response.body))
    cls = _ERRORS.get(status) or (ServiceError if status in SERVER_ERRORS else ApiError)
    return cls(
        status,
        clean(message or "") or _sentence(body) or _in_words(status),
        clean(code or "") or None,
        header("x-pinecone-request-id", "x-request-id"),
        (header("x-cloud-trace-context") or "").partition("/")[0] or None,
        retry_after(headers, wall),
        body,
    )


def _sentence(body: str) -> str | None:
    """The body itself where it is a few words, as in Pinecone's 401; no page, no JSON, no broken text."""
    text = body.strip()
    is_words = len(text) <= SENTENCE and " " in text and text[0].isalpha() and "\ufffd" not in text
    return text if is_words else None


def _in_words(status: int) -> str:
    if status in REDIRECTS:
        return "an unexpected redirect, which is never followed"
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an unknown status"


def retry_after(headers: Mapping[str, str], wall: float) -> float | None:
    """Seconds that the server asks to wait, at least 0 and at most 366 days; None where it says nothing readable."""
    text = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), MAX_RETRY_AFTER)
    moment = _http_date(text)
    if moment is None:
        return None
    now = _http_date(headers.get("Date", "").strip())
    return min(max(moment - (wall if now is None else now), 0.0), MAX_RETRY_AFTER)


def _http_date(text: str) -> float | None:
    """Seconds since 1970; None for what isn't a date."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
