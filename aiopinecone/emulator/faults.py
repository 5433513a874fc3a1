"""Faults: which of them strike a request, and what they do to its answer. Pure and seeded."""

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Any

from attrs import define, evolve, field, frozen

from aiopinecone.emulator.shapes import Json

GARBAGE = b"<html><body><h1>Bad gateway</h1></body></html>"

_GATEWAYS = (502, 503, 504)
_FAR = 10**11
_YEAR = 31_536_000


@frozen
class Answer:
    """An answer before it is sent."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(factory=dict)


def _seconds(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value <= 3600  # noqa: PLR2004 - an hour is longer than any drill


def _status(value: Any) -> bool:
    return type(value) is int and 400 <= value <= 599  # noqa: PLR2004 - the error statuses of HTTP


def _retry_after(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value <= _YEAR) or _header(value)


def _header(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value != ""


# Kind -> option -> (default, check). None of the defaults is missing: every kind can be had bare.
KINDS: dict[str, dict[str, tuple[Any, Callable[[Any], bool]]]] = {
    "latency": {"seconds": (1.0, _seconds)},
    "status": {"status": (500, _status), "retry_after": (None, _retry_after)},
    "reset": {},
    "reset_after_headers": {},
    "cut": {},
    "drip": {"seconds": (1.0, _seconds)},
    "content_type": {"content_type": ("text/html", _header)},
    "not_json": {},
    "extra_fields": {},
    "other_id": {},
    "trailing_token": {},
    "refused": {"seconds": (1.0, _seconds)},
}


@define(eq=False)
class Fault:
    """One fault: `times` is what is left of it, None without an end."""

    kind: str
    route: str | None
    times: int | None
    share: float | None
    options: Json
    dice: Random

    def strikes(self, route: str) -> bool:
        """Whether it strikes this request; the dice are thrown and the count runs."""
        if self.times == 0 or self.route not in {None, route}:
            return False
        if self.share is not None and self.dice.random() >= self.share:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The faults of one emulator, in the order in which they were added."""

    def __init__(self, routes: frozenset[str], seed: int) -> None:
        self._routes = routes
        self._seed = seed
        self._faults: list[Fault] = []

    def clear(self) -> None:
        """Forget them all; the dice begin anew."""
        self._faults.clear()

    def make(self, kind: str, route: Any, times: Any, share: Any, options: Json) -> Fault:
        """Check what was asked for, as `Emulator.add_fault` tells.

        Raises:
            ValueError: something in it is wrong.
        """
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
        if route is not None and route not in self._routes:
            raise ValueError(f"route must be one of {', '.join(sorted(self._routes))}, not {route!r}")
        if times is not None and (type(times) is not int or times < 1):
            raise ValueError(f"times must be a whole number from 1, not {times!r}")
        if share is not None and (type(share) not in {int, float} or not 0 <= share <= 1):
            raise ValueError(f"share must be from 0 to 1, not {share!r}")
        if kind == "refused" and (route, times, share) != (None, None, None):
            raise ValueError("refused strikes connections, not requests: it takes no route, times or share")
        dice = Random(f"{self._seed}-{len(self._faults)}")  # noqa: S311 - a drill, not a secret
        return Fault(kind, route, times, share, _options(kind, options), dice)

    def add(self, fault: Fault) -> None:
        """From now on it may strike."""
        self._faults.append(fault)

    def strike(self, route: str) -> tuple[list[Fault], Fault | None]:
        """The faults that strike this request: every latency due, and the first of the others."""
        latencies: list[Fault] = []
        other: Fault | None = None
        for fault in self._faults:
            if fault.kind == "latency":
                latencies += [fault] if fault.strikes(route) else []
            elif other is None and fault.strikes(route):
                other = fault
        return latencies, other


def _options(kind: str, options: Json) -> Json:
    known = KINDS[kind]
    for name, value in options.items():
        if name not in known:
            raise ValueError(f"{kind} has no option {name!r}; it has: {', '.join(known) or 'none'}")
        if not known[name][1](value):
            raise ValueError(f"{name} cannot be {value!r}")
    return {name: default for name, (default, _) in known.items()} | options


def error_answer(fault: Fault, envelope: Callable[[int], bytes]) -> Answer:
    """The answer of a `status` fault; gateways speak HTML."""
    status, retry_after = fault.options["status"], fault.options["retry_after"]
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if status in _GATEWAYS:
        return Answer(status, GARBAGE, "text/html", headers)
    return Answer(status, envelope(status), headers=headers)


def alter(fault: Fault, answer: Answer) -> Answer:
    """The answer as a fault of the body or the content type leaves it."""
    match fault.kind:
        case "content_type":
            return evolve(answer, content_type=fault.options["content_type"])
        case "not_json":
            return evolve(answer, body=GARBAGE, content_type="text/html")
        case "extra_fields" | "other_id" | "trailing_token":
            return _rewritten(answer, _REWRITES[fault.kind])
    return answer


def _rewritten(answer: Answer, rewrite: Callable[[Json], Json]) -> Answer:
    try:
        body = json.loads(answer.body)
    except ValueError:
        return answer
    return evolve(answer, body=json.dumps(rewrite(body)).encode())


def _with_extra_fields(body: Json) -> Json:
    news = {"x_new_field": {"nested": [1, None, "two"]}, "x_new_number": 7}
    rows = [row | news for row in body.get("data", [])]
    return body | news | ({"data": rows} if "data" in body else {})


def _with_other_id(body: Json) -> Json:
    return body | ({"backup_id": "bkp_another"} if "backup_id" in body else {})


def _with_trailing_token(body: Json) -> Json:
    if body.get("data") and not body.get("pagination"):
        body["pagination"] = {"next": base64.b64encode(b"%d:100" % _FAR).decode()}
    return body


_REWRITES = {
    "extra_fields": _with_extra_fields,
    "other_id": _with_other_id,
    "trailing_token": _with_trailing_token,
}
