"""What a client is told about its connection, by arguments or by the environment, checked before anything is sent.

Whatever may hold a secret is masked first, and refused by a sentence that doesn't quote it: neither an error's text nor
a traceback that shows local variables gives it away.
"""

import json
import os
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import urlsplit

from aiopinecone.errors import PineconeValueError, shown

DEFAULT_HOST = "https://api.pinecone.io"
KEY_VARIABLE = "PINECONE_API_KEY"
HOST_VARIABLE = "PINECONE_CONTROLLER_HOST"
HEADERS_VARIABLE = "PINECONE_ADDITIONAL_HEADERS"

SHOWN = 500  # characters of a text that somebody else wrote
LONGEST_SPELLING = 32  # characters for one
SHORTEST_BASE64 = 12

_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")
_SERVER = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|[0-9a-f.]*:[0-9a-f:.]*")  # a name, or an address
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?")
_BROKEN_KEY_HINT = "Copy it again from the Pinecone console; one read from a file may want `.strip()`."
_KEY_HINT = f"Create a key in the Pinecone console, then pass api_key= or set {KEY_VARIABLE}."


class Secret:
    """A value that shows itself only when asked to, and can't be pickled."""

    __slots__ = ("reveal",)

    def __init__(self, value: Any) -> None:
        plain = str.__str__(value) if isinstance(value, str) else value  # a subclass may show what it likes
        self.reveal: Callable[[], Any] = lambda: plain

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret can't be pickled; make a new client where it is needed")

    def redact(self, text: str) -> str:
        """The first 500 characters of the text without the secret, in whichever of the usual spellings it stands."""
        spelled = _spellings(self.reveal())
        farthest = SHOWN + LONGEST_SPELLING * len(self.reveal())  # so far to look; the text may be a megabyte
        clean, at = "", 0
        while len(clean) < SHOWN and (match := spelled.search(text, at, at + farthest)):
            clean += text[at : match.start()] + "[redacted]"
            at = match.end()
        return (clean + text[at : at + SHOWN])[:SHOWN]


def _spellings(value: str) -> re.Pattern[str]:
    """Finds the text as it is and as JSON, Python, URLs, HTML or base64 would write it, some of them within another."""
    return re.compile("|".join(["".join(map(_spelling, value)), *_in_base64(value.encode())]))


def _spelling(character: str) -> str:
    from html.entities import codepoint2name  # noqa: PLC0415 -- needed where a server echoes the key, seldom

    number = ord(character)
    named = "".join(f"|{name}" for name in [codepoint2name.get(number)] if name)
    escaped = rf"(?<=\\)(?:u00|x){number:02x}"
    quoted = rf"%(?:25){{0,3}}{number:02x}"
    entity = rf"&(?:amp;){{0,3}}(?:\#0{{0,6}}{number}|\#x0{{0,6}}{number:x}{named});"
    return rf"\\{{0,8}}(?:{re.escape(character)}|(?i:{escaped}|{quoted}|{entity}))"


def _in_base64(value: bytes) -> list[str]:
    """What base64 makes of it, wherever it stands in what is encoded; nothing of a short one, which is in any text."""
    found = []
    for before in range(3):
        whole = 3 * ((before + len(value)) // 3)  # of each three bytes come four characters
        text = b64encode((bytes(before) + value)[:whole]).decode()[(before * 8 + 5) // 6 :]
        if len(text) >= SHORTEST_BASE64:
            found.append(re.escape(text).replace(r"\+", "[+-]").replace("/", "[/_]"))
    return found


def api_key(given: Secret) -> Secret:
    """The key that was given, else the environment's. Raises `PineconeValueError`, and never quotes it."""
    key = Secret(os.environ.get(KEY_VARIABLE) or None) if given.reveal() is None else given
    if (problem := _key_problem(key)) is not None:
        raise PineconeValueError(problem, hint=_KEY_HINT if _is_missing(key.reveal()) else _BROKEN_KEY_HINT)
    return key


def _is_missing(value: Any) -> bool:
    return not isinstance(value, str) or not value.strip()


def _key_problem(key: Secret) -> str | None:
    value = key.reveal()
    if value is None:
        return f"there is no API key: none was passed, and {KEY_VARIABLE} isn't set"
    if not isinstance(value, str):
        return f"the API key must be a str, not {type(value).__name__}"
    if not value.strip():
        return "the API key is blank"
    if value != value.strip():
        return "the API key has white space around it"
    return None if _VISIBLE_ASCII.fullmatch(value) else "the API key must be visible ASCII characters only"


def host(given: Secret) -> str:
    """The base URL, without a slash at its end. Raises `PineconeValueError` for one that a key must not be sent to."""
    url = given if given.reveal() is not None else Secret(os.environ.get(HOST_VARIABLE) or DEFAULT_HOST)
    if (problem := _host_problem(url)) is not None:  # it may hold a password, so it isn't quoted
        raise PineconeValueError(f"host {problem}", hint=f"Give it like {DEFAULT_HOST}; plain http only to loopback.")
    return _with_scheme(url.reveal()).rstrip("/")


def _with_scheme(text: str) -> str:
    return text if "://" in text else f"https://{text}"


def _host_problem(url: Secret) -> str | None:
    text = url.reveal()
    if not isinstance(text, str):
        return f"must be a str, not {type(text).__name__}"
    text = _with_scheme(text)
    if not text.isprintable() or " " in text or "\\" in text:
        return "holds white space or control characters"
    try:
        parts = urlsplit(text)
        name, _ = parts.hostname, parts.port
    except ValueError:
        return "isn't a URL"
    if not name or parts.netloc.endswith(":"):
        return "isn't a URL"
    if not _SERVER.fullmatch(name):  # the HTTP library would make another name of it
        return (
            "must name its server in plain ASCII, in parts of 1 to 63 characters; an international one in its xn-- form"
        )
    if "@" in parts.netloc or "?" in text or "#" in text:
        return "must not hold a user, a query or a fragment"
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(name)):
        return None
    return "must be https: the API key would go out in plain text otherwise"


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def additional_headers(given: Secret) -> Secret:
    """The environment's extra headers, and those that were given, which win. Raises `PineconeValueError`."""
    from_environment = _load(Secret(os.environ.get(HEADERS_VARIABLE) or "{}"))
    passed = Secret({}) if given.reveal() is None else given
    for origin, headers in ((HEADERS_VARIABLE, from_environment), ("additional_headers", passed)):
        if (problem := _headers_problem(headers)) is not None:
            raise PineconeValueError(f"{origin} {problem}")
    return Secret(merge_headers(from_environment.reveal(), passed.reveal()))


def merge_headers(*headers: Mapping[str, str]) -> dict[str, str]:
    """All of them in one; of two names that differ only in case, the later wins."""
    merged = {name.lower(): (name, value) for mapping in headers for name, value in mapping.items()}
    return dict(merged.values())


def api_version(given: str) -> str:
    """A version as the header takes it. Raises `PineconeValueError`."""
    if not (isinstance(given, str) and _VISIBLE_ASCII.fullmatch(given)):
        raise PineconeValueError(f"api_version must be a text like 2026-07, not {shown(given)}")
    return given


def proxy(given: Secret) -> Secret:
    """A proxy's URL, or None, which is no proxy at all. Raises `PineconeValueError`; it may hold a password."""
    if given.reveal() is not None and not _is_http_url(given):
        raise PineconeValueError("proxy must be a URL like http://proxy.example:3128")
    return given


def _is_http_url(text: Secret) -> bool:
    try:
        parts = urlsplit(text.reveal())
        plain = text.reveal().isprintable() and " " not in text.reveal()
        return (
            plain and parts.scheme in {"http", "https"} and bool(_SERVER.fullmatch(parts.hostname)) and parts.port != 0
        )
    except (ValueError, TypeError, AttributeError):
        return False


def _load(text: Secret) -> Secret:
    try:
        return Secret(json.loads(text.reveal()))
    except (ValueError, RecursionError):
        return Secret(None)


def _headers_problem(headers: Secret) -> str | None:
    value = headers.reveal()
    if not isinstance(value, Mapping):
        return "must be an object of header names and values"
    for name, text in value.items():
        if not (isinstance(name, str) and _HEADER_NAME.fullmatch(name)):
            return "holds a name that no header can have"
        if not (isinstance(text, str) and _HEADER_VALUE.fullmatch(text)):
            return f"holds a value for {name} that no header can have"
        if name.lower() in {"api-key", "host", "content-length", "transfer-encoding"}:
            return f"must not set {name}"
    return None
