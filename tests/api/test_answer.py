"""Answers: a status, headers and a body in; a value or a typed error out."""

import json
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from aiopinecone import (
    ApiError,
    Backup,
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
from aiopinecone.api import answer
from aiopinecone.api.operations import describe_backup
from aiopinecone.engine.exchange import Response
from aiopinecone.settings import Secret

KEY = "pcsk_made-up"
NOW = 1_747_270_330.0  # 2025-05-15 00:52:10 UTC, a Thursday
YEAR = 366 * 86_400.0
GONE = b'{"error": {"code": "NOT_FOUND", "message": "Backup bkp_1 not found."}, "status": 404}'


def response(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, CIMultiDict(headers or {}), body)


def read(given: Response, key: str = KEY) -> Backup:
    return answer.read(describe_backup("bkp_1"), given, redact=Secret(key).redact, wall=lambda: NOW)


def error(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, key: str = KEY) -> ApiError:
    with pytest.raises(ApiError) as raised:
        read(response(status, body, headers), key)
    assert raised.value.__cause__ is raised.value.__context__ is None
    return raised.value


# The status.


@pytest.mark.parametrize("status", [200, 201, 202, 206, 299])
def test_a_success_is_the_value(status: int, sample: dict[str, Any]) -> None:
    """Any 2xx with a body that can be read is the operation's value, whatever the headers say."""
    body = json.dumps(sample | {"backup_id": "bkp_1"}).encode()
    assert read(response(status, body, {"Content-Type": "text/plain"})).backup_id == "bkp_1"


@pytest.mark.parametrize(
    ("status", "cls", "message"),
    [
        (301, ApiError, "an unexpected redirect, which is never followed"),
        (304, ApiError, "an unexpected redirect, which is never followed"),
        (399, ApiError, "an unexpected redirect, which is never followed"),
        (400, ApiError, "Bad Request"),
        (401, UnauthorizedError, "Unauthorized"),
        (402, PaymentRequiredError, "Payment Required"),
        (403, ForbiddenError, "Forbidden"),
        (404, NotFoundError, "Not Found"),
        (405, ApiError, "Method Not Allowed"),
        (408, ApiError, "Request Timeout"),
        (409, ConflictError, "Conflict"),
        (412, FailedPreconditionError, "Precondition Failed"),
        (418, ApiError, "I'm a Teapot"),
        (422, ApiError, "Unprocessable "),
        (429, RateLimitError, "Too Many Requests"),
        (499, ApiError, "an unknown status"),
        (500, ServiceError, "Internal Server Error"),
        (502, ServiceError, "Bad Gateway"),
        (503, ServiceError, "Service Unavailable"),
        (504, ServiceError, "Gateway Timeout"),
        (599, ServiceError, "an unknown status"),
        (600, ApiError, "an unknown status"),
        (999, ApiError, "an unknown status"),
        (199, ApiError, "an unknown status"),
    ],
)
def test_the_class_of_each_status(status: int, cls: type[ApiError], message: str) -> None:
    """Each status has its class, and without a body its words; every other is a plain ApiError."""
    raised = error(status)
    assert type(raised) is cls
    assert raised.status_code == status
    assert raised.message.startswith(message)
    assert (raised.error_code, raised.request_id, raised.trace_id, raised.retry_after, raised.body) == (
        None,
        None,
        None,
        None,
        "",
    )


# The body.


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "text/html", ""])
def test_the_envelope(content_type: str) -> None:
    """Code and message are Pinecone's own; Content-Type isn't believed."""
    raised = error(404, GONE, {"Content-Type": content_type})
    assert (raised.error_code, raised.message) == ("NOT_FOUND", "Backup bkp_1 not found.")
    assert json.loads(raised.body) == json.loads(GONE)


@pytest.mark.parametrize(
    ("body", "code", "message", "shown"),
    [
        (b"Invalid API key", None, "Invalid API key", "Invalid API key"),
        (b"x" * 99 + b" " + b"y" * 100, None, "x" * 99 + " " + "y" * 100, "x" * 99 + " " + "y" * 100),
        (b"x" * 100 + b" " + b"y" * 100, None, "Unauthorized", "x" * 100 + " " + "y" * 100),
        (b"A key is needed", None, "A key is needed", "A key is needed"),
        (b"4 keys", None, "Unauthorized", "4 keys"),
        (b" no " + b"words " * 40, None, "Unauthorized", " no " + "words " * 40),
        (b"bad\xff text", None, "Unauthorized", "bad\ufffd text"),
        (b"<html><b>no</b></html>", None, "Unauthorized", "<html><b>no</b></html>"),
        (b"null", None, "Unauthorized", "null"),
        (b"[]", None, "Unauthorized", "[]"),
        (b'{"error": "no key"}', None, "no key", '{"error":"no key"}'),
        (b'{"error": {"code": 16, "message": {}}}', None, "Unauthorized", '{"error":{"code":16,"message":{}}}'),
        (b'{"error": {"code": "", "message": ""}}', None, "Unauthorized", '{"error":{"code":"","message":""}}'),
        (
            b'{"error": {"code": "\\n", "message": "\\u0000"}}',
            None,
            "Unauthorized",
            '{"error":{"code":"","message":""}}',
        ),
        (b'{"error": {"mess', None, "Unauthorized", '{"error": {"mess'),
        (b"\xff\xfe\x00", None, "Unauthorized", "\ufffd\ufffd"),
        (b"[" * 100_000, None, "Unauthorized", "[" * 500),
        (b"\x1f\x8b\x08", None, "Unauthorized", "\ufffd"),
    ],
)
def test_a_body_of_any_kind(body: bytes, code: str | None, message: str, shown: str) -> None:
    """Where the body is no envelope, the status speaks; the text is kept for people."""
    raised = error(401, body)
    assert (raised.error_code, raised.message, raised.body) == (code, message, shown)


@pytest.mark.parametrize("length", [499, 500, 501, 100_000])
def test_texts_are_cut(length: int) -> None:
    """No text of an error is longer than 500 characters."""
    text = "x" * length
    raised = error(500, json.dumps({"error": {"code": text, "message": text}}).encode(), {"X-Request-Id": text})
    assert raised.message == raised.error_code == raised.request_id == text[:500]
    assert len(raised.body) == 500
    assert error(500, text.encode()).body == text[:500]


@pytest.mark.parametrize(
    "mark",
    [
        "\x00",
        "\x07",
        "\t",
        "\n",
        "\r\n",
        "\x1b",
        "\x7f",
        "\x85",
        "\x9f",
        "\u034f",
        "\u061c",
        "\u180e",
        "\u200b",
        "\u2028",
        "\u202e",
        "\u3164",
        "\ufe0f",
        "\ufeff",
        "\U000e0001",
    ],
)
def test_unprintable_marks_are_stripped(mark: str) -> None:
    """A log shows one line without escapes, whether the mark came as it is or escaped by JSON."""
    escaped = json.dumps({"error": {"code": f"A{mark}B", "message": f"a{mark}b"}}).encode()
    raised = error(500, escaped)
    assert (raised.error_code, raised.message, raised.body) == ("AB", "ab", '{"error":{"code":"AB","message":"ab"}}')
    assert error(500, f"a{mark}b".encode()).body == "ab"
    assert error(500, b"", {"X-Request-Id": f"a{mark}b"}).request_id == "ab"


def test_halves_of_surrogate_pairs_are_stripped() -> None:
    """A header's bytes that are no UTF-8 come as such halves; no log could be written with them."""
    raised = error(500, b"", {"X-Request-Id": "a\udcffb", "X-Cloud-Trace-Context": "\udcff/1"})
    assert (raised.request_id, raised.trace_id) == ("ab", None)


# Secrets.


ESCAPED_KEY = "".join(f"\\u{ord(character):04x}" for character in KEY)


@pytest.mark.parametrize(
    "body",
    [
        KEY.encode(),
        json.dumps({"error": {"code": KEY, "message": f"the key {KEY} is wrong"}}).encode(),
        json.dumps({"error": KEY}).encode(),
        f'{{"error": {{"code": "{ESCAPED_KEY}", "message": "{ESCAPED_KEY}", "{ESCAPED_KEY}": 1}}}}'.encode(),
        json.dumps({"error": {"message": "\x00".join(KEY)}}).encode(),
        json.dumps({"error": {"message": "\n".join(KEY)}}).encode(),
        "\x00".join(KEY).encode(),
        "\r\n".join(KEY).encode(),
        "\u200b".join(KEY).encode(),
        KEY.encode("utf-16-le"),
        b"\xef\xbb\xbf" + json.dumps({"error": {"message": KEY}}).encode(),
        b"x" * 494 + KEY.encode(),
        json.dumps({"error": {"message": "x" * 494 + KEY}}).encode(),
    ],
)
def test_a_body_that_echoes_the_key_is_redacted(body: bytes) -> None:
    """Redaction comes after unescaping and stripping, and before the cut, so that no part of the key is left."""
    raised = error(401, body, {"X-Request-Id": KEY, "X-Cloud-Trace-Context": f"{KEY}/1"})
    assert "[redacted]"[:6] in raised.body + raised.message
    assert (raised.request_id, raised.trace_id) == ("[redacted]", "[redacted]")
    said = repr([raised.args, vars(raised), str(raised)])
    assert "pcsk" not in said
    assert "made-up" not in said
    assert "\\u0070" not in said


def test_a_key_that_json_escapes_is_redacted() -> None:
    """A key with a quote or a backslash is found in the form that JSON gives it."""
    key = 'pcsk"made\\up'
    raised = error(401, json.dumps({"error": {"code": "X", "message": key}}).encode(), key=key)
    assert raised.message == "[redacted]"
    assert raised.body == '{"error":{"code":"X","message":"[redacted]"}}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, KEY.encode()),
        (200, KEY.encode()),
        (200, b""),
        (200, json.dumps({"backup_id": KEY}).encode()),
        (200, json.dumps([KEY]).encode()),
    ],
)
def test_a_traceback_with_locals_shows_no_answer(status: int, body: bytes) -> None:
    """Body and headers may echo the key, so the variables of no frame of ours show them."""
    with pytest.raises((ApiError, ResponseParsingError)) as raised:
        read(response(status, body, {"X-Echo": KEY}))
    report = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    ours = [frame for frame in report.stack if frame.filename != __file__]
    assert [frame.name for frame in ours] == ["read"]
    assert KEY not in repr([frame.locals for frame in ours])
    assert raised.value.__cause__ is raised.value.__context__ is None


# The headers.


@pytest.mark.parametrize(
    ("headers", "request_id", "trace_id"),
    [
        ({}, None, None),
        ({"x-pinecone-request-id": "p"}, "p", None),
        ({"x-request-id": "r"}, "r", None),
        ({"X-Request-ID": "r", "X-Pinecone-Request-ID": "p"}, "p", None),
        ({"x-pinecone-request-id": "", "x-request-id": "r"}, "r", None),
        ({"x-pinecone-request-id": "\x01", "x-request-id": "r"}, "r", None),
        ({"x-cloud-trace-context": "105445aa7843bc8bf206b12000100000/1;o=1"}, None, "105445aa7843bc8bf206b12000100000"),
        ({"X-Cloud-Trace-Context": "abc"}, None, "abc"),
        ({"X-Cloud-Trace-Context": "/1"}, None, None),
        ({"X-Cloud-Trace-Context": ""}, None, None),
        ({"x-request-id": "r", "x-cloud-trace-context": "t/0"}, "r", "t"),
    ],
)
def test_the_ids_of_a_request(headers: dict[str, str], request_id: str | None, trace_id: str | None) -> None:
    """Pinecone's own header first, then the common one; the trace is the part before the slash; empty is none."""
    raised = error(500, b"", headers)
    assert (raised.request_id, raised.trace_id) == (request_id, trace_id)


def http_date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("5", 5.0),
        (" 5 ", 5.0),
        ("0005", 5.0),
        ("1.5", 1.5),
        ("1000000000", YEAR),
        ("9" * 400, YEAR),
        ("0." + "9" * 400, 1.0),
        (http_date(NOW + 30), 30.0),
        (http_date(NOW), 0.0),
        (http_date(NOW - 30), 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2099 00:00:00 GMT", YEAR),
        ("Thu, 15 May 2025 00:53:10 GMT", 60.0),
        ("Thu, 15 May 2025 00:53:10", 60.0),
        ("Thu, 15 May 2025 02:53:10 +0200", 60.0),
        ("Thursday, 15-May-25 00:53:10 GMT", 60.0),  # RFC 850
        ("Thu May 15 00:53:10 2025", 60.0),  # asctime
        ("", None),
        ("-5", None),
        ("+5", None),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
        ("1e9", None),
        ("1_0", None),
        ("0x10", None),
        (".5", None),
        ("5.", None),
        ("5 s", None),
        ("5, 6", None),
        ("\u0665", None),
        ("\u00b2", None),
        ("soon", None),
        ("Thu, 99 May 2025 00:53:10 GMT", None),
        ("Thu, 15 May 2025 25:53:10 GMT", None),
        ("Thu, 15 May 99999 00:53:10 GMT", None),
        ("Thu, 15 May " + "9" * 5_000 + " 00:53:10 GMT", None),
        ("Thu, 15 May 2025 00:53:10 +9999", None),
        ("\udcff", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    """Seconds or an HTTP date of any of the three forms; at least 0, at most 366 days; what can't be read is none."""
    assert answer.retry_after(CIMultiDict({"retry-after": text}), NOW) == seconds
    assert error(429, b"", {"retry-after": text}).retry_after == seconds


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        (http_date(NOW), 60.0),
        (http_date(NOW + 3600), 0.0),
        (http_date(NOW - 3600), 3660.0),
        ("nonsense", 60.0),
        ("", 60.0),
    ],
)
def test_a_date_is_read_against_the_server_s_own(date: str, seconds: float) -> None:
    """A server whose clock is wrong means its own clock; only where it shows none is ours asked."""
    headers = CIMultiDict({"Retry-After": http_date(NOW + 60), "Date": date})
    assert answer.retry_after(headers, NOW) == seconds


def test_seconds_need_no_date() -> None:
    """A number of seconds is the same under any Date."""
    assert answer.retry_after(CIMultiDict({"Retry-After": "7", "Date": http_date(0)}), NOW) == 7.0


def test_no_header_is_no_wait() -> None:
    """Without a Retry-After there is none."""
    assert answer.retry_after({}, NOW) is None


DATES = st.builds(
    "{}, {}{}{}{}{} {}:{}:{} {}".format,
    st.sampled_from(["Thu", "Thursday", "x", ""]),
    st.integers(-1, 40),
    st.sampled_from([" ", "-"]),
    st.sampled_from(["May", "Feb", "Foo", "5"]),
    st.sampled_from([" ", "-"]),
    st.integers(-1, 10**6),
    st.integers(-1, 30),
    st.integers(-1, 70),
    st.integers(-1, 70),
    st.sampled_from(["GMT", "+2400", "-9999", "", "EST", "+-1"]),
)
TEXTS = st.text() | DATES | st.text(alphabet=st.sampled_from("0123456789.:,-+ GMTJanSu")) | st.integers().map(str)


@given(text=TEXTS, date=TEXTS, wall=st.floats(0, 1e11))
def test_no_retry_after_breaks_anything(text: str, date: str, wall: float) -> None:
    """Whatever these headers hold: none, or a number from 0 to 366 days."""
    seconds = answer.retry_after(CIMultiDict({"Retry-After": text, "Date": date}), wall)
    assert seconds is None or 0.0 <= seconds <= YEAR


@given(
    status=st.integers(100, 999),
    body=st.binary() | st.text(st.characters(codec="utf-8")).map(str.encode),
    header=st.text(),
)
def test_no_answer_breaks_anything(status: int, body: bytes, header: str) -> None:
    """Any status, body and headers are a value, an ApiError whose texts can be logged, or a parsing error."""
    headers = dict.fromkeys(["X-Request-Id", "X-Cloud-Trace-Context", "Retry-After", "Date"], header)
    raised: ApiError | ResponseParsingError
    try:
        read(response(status, body, headers))
    except (ApiError, ResponseParsingError) as failure:
        raised = failure
    assert isinstance(raised, ResponseParsingError) == (200 <= status < 300)  # no such body is a backup
    assert not {category(character) for character in str(raised)} & {"Cc", "Cs", "Zl", "Zp"}
    assert len(getattr(raised, "body", "")) <= 500
