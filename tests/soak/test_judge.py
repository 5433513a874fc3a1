"""The soak's judge and its books: each thing that must fail a soak does, and noise doesn't."""

import math
from typing import Any

import attrs
import pytest

from soak.account import Account, Latencies, unexplained
from soak.judge import Checkpoint, Totals, judge

REST = Checkpoint(seconds=0, requests=0, rss=40, descriptors=8, tasks=1, p50=1, p99=50, unaccounted=0)
TOTALS = Totals(
    before=REST,
    after=REST,
    connections=32,
    calls=100_000,
    cancelled=20_000,
    faults={"reset": 10, "slow": 12},
    unaccounted=0,
)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Stands in for that of conftest: plain functions have no event loop that anything could be left in."""


def a_run(number: int = 30, **columns: Any) -> list[Checkpoint]:
    """Checkpoints after each 10,000 requests; a column is made by a function of their number."""
    return [
        attrs.evolve(REST, seconds=i, requests=10_000 * i, **{name: column(i) for name, column in columns.items()})
        for i in range(1, number + 1)
    ]


def said(checkpoints: list[Checkpoint], **totals: Any) -> str:
    return "; ".join(judge(checkpoints, attrs.evolve(TOTALS, **totals)))


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"rss": lambda i: 40 + 5 * (i < 4) * i},  # pools fill
        {"rss": lambda i: 40 + 0.049 * i},
        {"rss": lambda i: 40 + 30 * (i in {9, 20, 29})},
        {"rss": lambda i: 40 + 2 * (i > 22)},  # one step is no slope
        {"descriptors": lambda i: 8 + i % 33},
        {"p99": lambda i: 50 + 49 * (i > 15)},
        {"p99": lambda i: 50 + 500 * (i > 20 and i != 27)},  # a busy machine spoils all but one
        {"p99": lambda i: 500 if i < 6 else 50},
    ],
)
def test_what_a_soak_may_show(columns: dict[str, Any]) -> None:
    """Warming up, spikes, single steps and open connections are no growth."""
    assert not judge(a_run(**columns), TOTALS)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"rss": lambda i: 40 + 0.051 * i}, "memory grows by 0.51 MB"),
        ({"rss": lambda i: 40 + 0.1 * i + 3 * (i % 2)}, "memory grows by 1.00 MB"),
        ({"descriptors": lambda i: 8 + 33 * (i == 7)}, "descriptors grow: 41 at rest, where 40"),
        ({"tasks": lambda i: 1 + (i == 30)}, "tasks grow: 2 at rest, where 1"),
        ({"p99": lambda i: 40 + 8 * i}, "p99 went from 96.0 to 224.0 ms"),
        ({"p99": lambda i: 50 if i < 20 else 100}, "p99 went from 50.0 to 100.0 ms"),
    ],
)
def test_what_grows_fails(columns: dict[str, Any], complaint: str) -> None:
    """Memory by more than 0.5 MB per 100,000, one descriptor or task that nothing explains, a p99 that doubles."""
    assert said(a_run(**columns)).startswith(complaint)


@pytest.mark.parametrize(
    ("totals", "complaint"),
    [
        ({"unaccounted": 1}, "1 requests or calls unaccounted for"),
        ({"after": attrs.evolve(REST, descriptors=9)}, "descriptors are left: 9 after"),
        ({"after": attrs.evolve(REST, tasks=2)}, "tasks are left: 2 after"),
        ({"faults": {"reset": 10, "slow": 0}}, "the server never committed the fault 'slow'"),
        ({"cancelled": 17_000}, "17000 of 100000 callers cancelled"),
        ({"cancelled": 23_000}, "23000 of 100000 callers cancelled"),
        ({"calls": 0, "cancelled": 0}, "0 of 0 callers cancelled"),
    ],
)
def test_what_is_left_or_missing_fails(totals: dict[str, Any], complaint: str) -> None:
    """A lost request, something open after the end, and a run without the trouble it is made for."""
    assert said(a_run(), **totals).startswith(complaint)


@pytest.mark.parametrize("number", [0, 1, 2, 9])
def test_a_run_that_is_too_short_fails(number: int) -> None:
    """What shows nothing because it saw nothing is no success."""
    assert said(a_run(number)) == f"only {number} checkpoints, 10 are needed: let it run longer"


@pytest.mark.parametrize(
    ("sent", "unsure", "seen", "off"),
    [(5, 0, 5, 0), (5, 2, 5, 0), (5, 2, 3, 0), (5, 2, 2, 1), (5, 0, 6, 1), (5, 5, 6, 1), (5, 0, 0, 5)],
)
def test_requests_that_do_not_add_up(sent: int, unsure: int, seen: int, off: int) -> None:
    """The server saw no more than was sent, and no less than what was answered."""
    assert unexplained(sent, unsure, seen) == off


def test_ids_do_not_make_up_for_each_other() -> None:
    """One request too many for one id and one too few for another are two."""
    account = Account(2)
    account.sent, account.requests, account.attempts = [3, 3], 6, 6
    assert account.against([3, 3]) == 0
    assert account.against([4, 2]) == 2


@pytest.mark.parametrize("change", [{"attempts": 7}, {"calls": 1}, {"wrong": 1}, {"ended": {"answered": 1}}])
def test_books_that_do_not_balance(change: dict[str, Any]) -> None:
    """An attempt that was no request, a call without an end, an end without a call, and a wrong answer count."""
    account = Account(1)
    account.sent, account.requests, account.attempts = [6], 6, 6
    assert account.against([6]) == 0
    for name, value in change.items():
        setattr(account, name, value)
    assert account.unaccounted == account.against([6]) == 1


def test_percentiles() -> None:
    """They are exact to the width of a bucket, whatever the lengths."""
    latencies = Latencies()
    assert latencies.percentile(0.99) == 0
    for tenth in range(1, 1001):
        latencies.add(tenth / 10)
    assert latencies.percentile(0.5) == pytest.approx(50, rel=0.05)
    assert latencies.percentile(0.99) == pytest.approx(99, rel=0.05)
    for odd in (0.0, 1e12):
        latencies.add(odd)
    assert math.isfinite(latencies.percentile(1.0))
