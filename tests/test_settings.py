"""The settings: what a client is told is checked before anything is sent, and no secret is ever quoted."""

import copy
import json
import pickle
import time
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from html import escape
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from aiopinecone import Pinecone, PineconeValueError, settings
from aiopinecone.settings import HEADERS_VARIABLE, HOST_VARIABLE, KEY_VARIABLE, Secret

KEY = "pcsk_made-up"


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Stands in for that of conftest: plain functions have no event loop that anything could be left in."""


def refusal(**arguments: Any) -> PineconeValueError:
    """The error of a client that must not come to be. Made here, with no event loop running."""
    with pytest.raises(PineconeValueError) as raised:
        Pinecone(**{"api_key": KEY} | arguments)
    return raised.value


def everything_said(error: BaseException) -> str:
    """All that a log or a crash report could show of the error, but for this file's own frames."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    for frame in list(report.stack):
        if frame.filename == __file__:
            report.stack.remove(frame)
    related = [error.__cause__, error.__context__]
    return "".join(report.format()) + repr([error.args, vars(error), related])


# The key.


def test_a_refused_client_has_a_repr() -> None:
    """A crash report that shows variables shows the half-made client too, and must not fail on it."""
    assert "Pinecone(host='?', api_version='?')" in everything_said(refusal(host=""))


def test_a_client_needs_no_running_loop() -> None:
    """The constructor does no I/O; the client shows its host and version, and nothing else."""
    assert repr(Pinecone(KEY)) == "Pinecone(host='https://api.pinecone.io', api_version='2026-07')"


BAD_KEYS = [
    ("", "blank"),
    ("  \t ", "blank"),
    (" secret-1", "white space around"),
    ("secret-1\n", "white space around"),
    ("secret-1\xa0", "white space around"),
    ("secret 1", "visible ASCII"),
    ("secret-é", "visible ASCII"),
    ("secret-\u0661", "visible ASCII"),
    ("secret-\x00", "visible ASCII"),
    ("secret-\x7f1", "visible ASCII"),
    ("secret-\r\nX: y", "visible ASCII"),
    ("secret-\ud800", "visible ASCII"),
    ("secret-\u200b", "visible ASCII"),
    (b"secret-1", "must be a str, not bytes"),
    (["secret-1"], "must be a str, not list"),
    (1234567, "must be a str, not int"),
    (False, "must be a str, not bool"),
]


@pytest.mark.parametrize(("key", "problem"), BAD_KEYS)
def test_a_bad_key_is_refused_unquoted(key: Any, problem: str) -> None:
    """What can't be a key is refused by what is wrong with it, says what to do, and is shown nowhere."""
    error = refusal(api_key=key)
    assert problem in str(error)
    is_damaged = isinstance(key, str) and key.strip()
    assert ("Copy it again" if is_damaged else KEY_VARIABLE) in (error.hint or "")
    said = everything_said(error)
    assert "secret" not in said
    assert "1234567" not in said
    assert "Secret(...)" in said  # the frames were there to look at
    assert error.__cause__ is error.__context__ is None


@pytest.mark.parametrize(
    ("key", "problem"), [case for case in BAD_KEYS if isinstance(case[0], str) and case[0].strip()]
)
def test_a_bad_key_of_the_environment(monkeypatch: pytest.MonkeyPatch, key: str, problem: str) -> None:
    """The environment's key is held to the same rules, and shown as little."""
    if "\x00" in key or "\ud800" in key:
        monkeypatch.setattr("os.environ", {KEY_VARIABLE: key})  # no real one can hold these
    else:
        monkeypatch.setenv(KEY_VARIABLE, key)
    error = refusal(api_key=None)
    assert problem in str(error)
    assert "secret" not in everything_said(error)


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_key(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    """Neither passed nor in the environment, where empty is as good as unset: the error names the variable."""
    if value is not None:
        monkeypatch.setenv(KEY_VARIABLE, value)
    assert f"{KEY_VARIABLE} isn't set" in str(refusal(api_key=None))


def test_where_the_key_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's is taken only where none was passed; a blank one that was passed is a mistake."""
    monkeypatch.setenv(KEY_VARIABLE, "from-environment")
    assert settings.api_key(Secret(None)).reveal() == "from-environment"
    assert settings.api_key(Secret(KEY)).reveal() == KEY
    assert "blank" in str(refusal(api_key=""))


@given(text=st.text())
def test_a_key_is_visible_ascii(text: str) -> None:
    """A text is a key exactly if every character of it is one of ! to ~, and there is one."""
    accepted = True
    try:
        assert settings.api_key(Secret(text)).reveal() == text
    except PineconeValueError:
        accepted = False
    assert accepted == (text != "" and all("!" <= character <= "~" for character in text))


# The host.


@pytest.mark.parametrize(
    ("given_host", "base"),
    [
        (None, "https://api.pinecone.io"),
        ("https://api.pinecone.io", "https://api.pinecone.io"),
        ("https://api.pinecone.io/", "https://api.pinecone.io"),
        ("api.pinecone.io", "https://api.pinecone.io"),
        ("api.pinecone.io:8443", "https://api.pinecone.io:8443"),
        ("localhost:8080", "https://localhost:8080"),
        ("https://gateway.example/pinecone/v1/", "https://gateway.example/pinecone/v1"),
        ("https://10.0.0.1", "https://10.0.0.1"),
        ("HTTPS://API.PINECONE.IO", "HTTPS://API.PINECONE.IO"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://LOCALHOST", "http://LOCALHOST"),
        ("http://127.0.0.1:1/base", "http://127.0.0.1:1/base"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_good_host(given_host: str | None, base: str) -> None:
    """Https anywhere, http to loopback; https is added, a slash at the end taken off, a base path kept."""
    assert settings.host(Secret(given_host)) == base


@pytest.mark.parametrize(
    ("given_host", "problem"),
    [
        ("http://api.pinecone.io", "must be https"),
        ("http://localhost.evil.example", "must be https"),
        ("http://127.0.0.1.evil.example", "must be https"),
        ("http://0.0.0.0", "must be https"),
        ("http://2130706433", "must be https"),
        ("http://127.1", "must be https"),
        ("http://[::2]", "must be https"),
        ("http://10.0.0.1", "must be https"),
        ("http://127.0.0.1%00.evil.example", "plain ASCII"),
        ("https://%41.example", "plain ASCII"),
        ("https://a..b", "1 to 63 characters"),
        ("https://.example.com", "1 to 63 characters"),
        (f"https://{'a' * 64}.example", "1 to 63 characters"),
        ("https://a,b", "plain ASCII"),
        ("http://[::1%25eth0]", "plain ASCII"),
        ("http://\u2460\u2461\u2466.0.0.1", "plain ASCII"),
        ("https://b\u00fccher.example", "plain ASCII"),
        ("https://\u00b2", "plain ASCII"),
        ("ftp://localhost", "must be https"),
        ("ws://localhost", "must be https"),
        ("https://user:secret@api.pinecone.io", "user"),
        ("http://localhost@evil.example", "user"),
        ("http://secret@localhost", "user"),
        ("https://@api.pinecone.io", "user"),
        ("https://api.pinecone.io?key=secret", "query"),
        ("https://api.pinecone.io?", "query"),
        ("https://api.pinecone.io/#secret", "fragment"),
        ("https://api.pinecone.io#", "fragment"),
        ("https://api.pinecone.io/a b", "white space"),
        (" https://api.pinecone.io", "white space"),
        ("https://api.pinecone.io\n", "white space"),
        ("https://api.\tpinecone.io", "white space"),
        ("https://api.pinecone.io\x00", "white space"),
        ("https://api.pinecone.io\u2028", "white space"),
        ("https://evil.example\\@api.pinecone.io", "white space"),
        ("https://\ud800", "white space"),
        ("", "isn't a URL"),
        ("https://", "isn't a URL"),
        ("https:///path", "isn't a URL"),
        ("://api.pinecone.io", "isn't a URL"),
        ("//api.pinecone.io", "isn't a URL"),
        ("file:///etc/passwd", "isn't a URL"),
        ("https://:443", "isn't a URL"),
        ("https://[::1", "isn't a URL"),
        ("https://[secret]", "isn't a URL"),
        ("https://api.pinecone.io:99999", "isn't a URL"),
        ("https://api.pinecone.io:secret", "isn't a URL"),
        ("https://api.pinecone.io:-1", "isn't a URL"),
        (b"https://secret", "must be a str, not bytes"),
        (5, "must be a str, not int"),
    ],
)
def test_a_bad_host_is_refused_unquoted(given_host: Any, problem: str) -> None:
    """A host that a key must not be sent to is refused; it may hold a password, so it isn't shown."""
    error = refusal(host=given_host)
    assert problem in str(error)
    assert str(error).startswith("host ")
    assert "secret" not in everything_said(error)
    assert error.__cause__ is error.__context__ is None


def test_where_the_host_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passed, else of the environment, where empty is as good as unset, else Pinecone's own."""
    monkeypatch.setenv(HOST_VARIABLE, "")
    assert settings.host(Secret(None)) == settings.DEFAULT_HOST
    monkeypatch.setenv(HOST_VARIABLE, "http://evil.example")
    assert settings.host(Secret("https://a.example")) == "https://a.example"
    assert "must be https" in str(refusal(host=None))
    monkeypatch.setenv(HOST_VARIABLE, "https://b.example/")
    assert settings.host(Secret(None)) == "https://b.example"


@given(
    text=st.text(alphabet=st.sampled_from("htps:/@?#[].%127:0\\ al\u00e9\ud800;-_"), max_size=30)
    | st.text(max_size=20)
    | st.builds("{}://{}{}".format, st.sampled_from(["http", "https"]), st.text(max_size=12), st.text(max_size=12))
)
def test_what_is_taken_as_a_host_is_one(text: str) -> None:
    """Any text is refused, or is a URL that names the same host to the HTTP library, in plain text only to loopback."""
    try:
        base = settings.host(Secret(text))
    except PineconeValueError:
        return
    url = URL(base)
    assert url.host == urlsplit(base).hostname
    assert url.user is url.password is None
    assert not url.query_string
    assert not url.fragment
    assert url.scheme == "https" or settings._is_loopback(url.host or "")


# Extra headers.


BAD_HEADERS = [
    ({"": "secret"}, "name"),
    ({"a b": "secret"}, "name"),
    ({"a:": "secret"}, "name"),
    ({"a\r\nb": "secret"}, "name"),
    ({"é": "secret"}, "name"),
    ({"a": "secret\r\nX: y"}, "value for a"),
    ({"a": "secret\n"}, "value for a"),
    ({"a": " secret"}, "value for a"),
    ({"a": "secret\x00"}, "value for a"),
    ({"a": "secret-é"}, "value for a"),
    ({"a": ""}, "value for a"),
    ({"a": None}, "value for a"),
    ({"a": 1}, "value for a"),
    ({"a": ["secret"]}, "value for a"),
    ({"Api-Key": "secret"}, "must not set Api-Key"),
    ({"api-KEY": "secret"}, "must not set api-KEY"),
    ({"Host": "secret"}, "must not set Host"),
    ({"Content-Length": "0"}, "must not set Content-Length"),
    ({"Transfer-Encoding": "chunked"}, "must not set Transfer-Encoding"),
    (["secret"], "must be an object"),
    ("secret", "must be an object"),
    (0, "must be an object"),
    (False, "must be an object"),
]


@pytest.mark.parametrize(("headers", "problem"), [*BAD_HEADERS, ({1: "secret"}, "name"), ({"a": b"secret"}, "value")])
def test_bad_headers_are_refused_unquoted(headers: Any, problem: str) -> None:
    """What can't be a header, or isn't the caller's to set, is refused; values are never shown."""
    error = refusal(additional_headers=headers)
    assert problem in str(error)
    assert str(error).startswith("additional_headers ")
    assert "secret" not in everything_said(error)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        *((json.dumps(headers), problem) for headers, problem in BAD_HEADERS),
        ('{"a": "secret"', "must be an object"),
        ("secret", "must be an object"),
        ("null", "must be an object"),
        (" ", "must be an object"),
        ("[" * 100_000, "must be an object"),
        ("9" * 5_000, "must be an object"),
        ('{"a": NaN}', "value for a"),
    ],
)
def test_bad_headers_of_the_environment(monkeypatch: pytest.MonkeyPatch, text: str, problem: str) -> None:
    """The error names the variable, and never its value."""
    monkeypatch.setenv(HEADERS_VARIABLE, text)
    error = refusal()
    assert str(error).startswith(f"{HEADERS_VARIABLE} ")
    assert problem in str(error)
    assert "secret" not in everything_said(error)
    assert error.__cause__ is error.__context__ is None


@pytest.mark.parametrize(
    ("environment", "passed", "merged"),
    [
        (None, None, {}),
        ("", {}, {}),
        ('{"a": "1"}', None, {"a": "1"}),
        ('{"a": "1"}', {}, {"a": "1"}),
        ('{"a": "1", "b": "2"}', {"B": "3", "c": "4"}, {"a": "1", "B": "3", "c": "4"}),
        ('{"User-Agent": "x"}', {"user-agent": "y"}, {"user-agent": "y"}),
        (None, MappingProxyType({"a": "b c\td"}), {"a": "b c\td"}),
    ],
)
def test_headers_that_were_passed_win(
    monkeypatch: pytest.MonkeyPatch, environment: str | None, passed: Any, merged: dict[str, str]
) -> None:
    """Both are sent; of two names that differ only in case, the one passed."""
    if environment is not None:
        monkeypatch.setenv(HEADERS_VARIABLE, environment)
    assert settings.additional_headers(Secret(passed)).reveal() == merged


# Everything else.


@pytest.mark.parametrize("url", [None, "http://proxy.example:3128", "https://user:secret@proxy.example", "HTTP://p"])
def test_a_good_proxy(url: str | None) -> None:
    """None, or a URL of http or https, with a password or not."""
    assert settings.proxy(Secret(url)).reveal() == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "secret.example:3128",
        "socks5://secret",
        "http://",
        "http://a..secret:1",
        "http://secret:0",
        "http://secret:99999",
        "http://[secret",
        "http://secret\n",
        "http://sec ret",
        "http://secret\x00",
        b"http://secret",
        5,
        ["secret"],
    ],
)
def test_a_bad_proxy_is_refused_unquoted(url: Any) -> None:
    """Anything else is refused, and not shown: it may hold a password."""
    error = refusal(proxy=url)
    assert str(error).startswith("proxy must be a URL")
    assert "secret" not in everything_said(error)


@pytest.mark.parametrize(
    "value", ["", " ", "2026-07 ", "2026\n", "é", None, 2026, b"2026-07", pytest.param(10**5_000, id="absurd")]
)
def test_a_bad_api_version(value: Any) -> None:
    """A version is visible ASCII, as a header takes it."""
    assert "api_version" in str(refusal(api_version=value))


@pytest.mark.parametrize("value", ["2025-04", "2026-01.alpha", "unstable"])
def test_any_api_version(value: str) -> None:
    """Versions to come are taken as they are."""
    assert settings.api_version(value) == value


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"ssl": False}, "ssl must be of type SSLContext, not bool"),
        ({"ssl": True}, "ssl must be of type SSLContext, not bool"),
        ({"session": object()}, "session must be of type ClientSession, not object"),
        ({"retry": None}, "retry must be of type RetryPolicy, not NoneType"),
        ({"retry": 3}, "retry must be of type RetryPolicy, not int"),
        ({"cache": 60}, "cache must be of type CachePolicy, not int"),
        ({"concurrency": 0}, "concurrency must be a whole number"),
        ({"concurrency": True}, "concurrency must be a whole number"),
        ({"concurrency": 2.0}, "concurrency must be a whole number"),
        ({"requests_per_second": 0}, "requests_per_second must be more than 0"),
        ({"requests_per_second": float("nan")}, "requests_per_second must be a finite number"),
        ({"timeout": 0}, "timeout must be more than 0"),
        ({"timeout": float("inf")}, "timeout must be a finite number"),
        (
            {"timeout": "5"},
            "timeout must be a number of seconds, a timedelta, or text with units, such as '90s' or '1d12h', not '5'",
        ),
        ({"attempt_timeout": -1}, "attempt_timeout must be more than 0"),
    ],
)
def test_any_other_argument_is_refused_by_name(arguments: dict[str, Any], problem: str) -> None:
    """No switch turns certificate checks off, and what can't be used is refused before anything else happens."""
    error = refusal(**arguments)
    assert problem in str(error)
    assert KEY not in everything_said(error)


@pytest.mark.parametrize("use", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_stays_where_it_was_made(use: Any) -> None:
    """A client can't be pickled or copied, which would take its key along."""
    with pytest.raises(TypeError, match="a client can't be pickled"):
        use(Pinecone(KEY))


# Secrets.


@pytest.mark.parametrize(("name", "how"), [("cache", "Give None"), ("retry", "attempts=1")])
def test_what_can_be_switched_off_says_how(name: str, how: str) -> None:
    """Whoever gives False to be rid of it is told what to give."""
    assert how in (refusal(**{name: False}).hint or "")


@pytest.mark.parametrize("use", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_never_pickled(use: Any) -> None:
    """Nor copied."""
    with pytest.raises(TypeError, match="a secret can't be pickled"):
        use(Secret(KEY))


def test_a_secret_shows_nothing() -> None:
    """Neither repr, str, format, an attribute's repr nor a client's attributes, to any depth, give it away."""
    secret = Secret(KEY)
    shown = [repr(secret), str(secret), f"{secret}", f"{[secret]}", repr(secret.reveal), repr(secret.redact)]
    assert not any(KEY in text for text in shown)
    assert not hasattr(secret, "__dict__")
    assert secret.reveal() == KEY
    pc = Pinecone(KEY, proxy=f"http://u:{KEY}@proxy.example", additional_headers={"X-Token": KEY})
    assert KEY not in deep_repr(pc)


def deep_repr(value: Any, depth: int = 6) -> str:
    """The repr of an object and of all that hangs on it, so far as attributes reach."""
    inner = [*getattr(value, "__dict__", {}).values(), *getattr(value, "args", ())]
    inner += [getattr(value, name) for name in getattr(type(value), "__slots__", ()) if hasattr(value, name)]
    return repr(value) + "".join(deep_repr(item, depth - 1) for item in inner if depth)


@pytest.mark.parametrize(
    ("value", "text", "clean"),
    [
        (KEY, "no secret here", "no secret here"),
        (KEY, f"key {KEY}, {KEY}!", "key [redacted], [redacted]!"),
        ('a"b\\c', '{"key": "a\\"b\\\\c"} a"b\\c', '{"key": "[redacted]"} [redacted]'),
        (KEY, "", ""),
        (KEY, "x" * 498 + KEY, "x" * 498 + "[r"),
        (KEY, KEY * 100, "[redacted]" * 50),
        (KEY, "x" * 2_000 + KEY, "x" * 500),
        ("k", "kk", "[redacted]" * 2),
    ],
)
def test_redacting(value: str, text: str, clean: str) -> None:
    """Each occurrence of the secret is taken out, as it is and as JSON would write it."""
    assert Secret(value).redact(text) == clean


AWKWARD = 'pcsk_4zXq+made/up"for\\this%test&0123456789~'
SPELLINGS: list[Callable[[str], str]] = [
    json.dumps,
    repr,
    lambda text: repr(text.encode()),
    lambda text: json.dumps(text).replace("/", "\\/"),
    lambda text: "".join(f"\\u{ord(character):04X}" for character in text),
    lambda text: "".join(f"\\x{ord(character):02x}" for character in text),
    lambda text: quote(text, safe=""),
    lambda text: quote(text, safe="").lower().replace(text[:9].lower(), text[:9]),
    escape,
    lambda text: "".join(f"&#{ord(character)};" for character in text),
    lambda text: "".join(f"&#x{ord(character):X};" for character in text),
    lambda text: b64encode(text.encode()).decode(),
    lambda text: b64encode(f"{text}:x".encode()).decode(),
    lambda text: b64encode(f"user:{text}".encode()).decode(),
    lambda text: urlsafe_b64encode(f"u:{text}".encode()).decode(),
]


@pytest.mark.parametrize("inner", SPELLINGS)
@pytest.mark.parametrize("outer", [str, json.dumps, repr, escape])
def test_redacting_other_spellings(inner: Callable[[str], str], outer: Callable[[str], str]) -> None:
    """JSON, Python, URLs, HTML and base64 write it differently, also one within another."""
    spelled = inner(AWKWARD)
    clean = Secret(AWKWARD).redact(f"before {outer(spelled)} after")
    assert clean.startswith("before ")
    assert clean.endswith(" after")
    assert "[redacted]" in clean
    assert len(clean) < len("before [redacted] after") + 24  # quotes, and what base64 says of its neighbors


def test_redacting_a_megabyte_takes_no_time() -> None:
    """What can't be shown isn't looked at, whatever it is made of."""
    began = time.thread_time()
    for text in ("x", "p", "pcsk_", "\\", "%", "%25", "&amp;", "&#0", AWKWARD):
        Secret(AWKWARD).redact(text * (1_000_000 // len(text)))
    assert time.thread_time() - began < 0.5


class Chatty(str):
    """A text that shows itself in every way it can."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Chatty:{str.__str__(self)}"

    __str__ = __repr__

    def strip(self, *_: Any) -> str:
        raise RuntimeError(str.__str__(self))


def test_a_secret_of_a_class_of_ones_own_is_a_plain_text() -> None:
    """It is taken for what it holds, and has no say in how it is checked or shown."""
    assert type(settings.api_key(Secret(Chatty(KEY))).reveal()) is str
    error = refusal(api_key=Chatty(f"secret-1{KEY} "))
    assert "white space" in str(error)
    assert "secret-1" not in everything_said(error)
