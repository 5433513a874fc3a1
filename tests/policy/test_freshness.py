"""Freshness: how long an answer is good, and what for."""

import math
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone import (
    ApiError,
    Backup,
    BackupStatus,
    CachePolicy,
    ClientClosedError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
    PineconeValueError,
    RateLimitError,
    ResponseParsingError,
    ServiceError,
    UnauthorizedError,
)
from aiopinecone.policy.freshness import Entry, Freshness, is_fallback, judge

ASKED_AT, NOW = 990.0, 1000.0
MISSING = NotFoundError(404, "gone")
POLICY = CachePolicy(ttl=60, pending_ttl=2, missing_ttl=5, ttl_jitter=0)


def backup(status: str) -> Backup:
    return Backup(
        backup_id="bkp_1",
        source_index_name="index",
        source_index_id="index-id",
        status=BackupStatus(status),
        cloud="aws",
        region="us-east-1",
    )


READY = backup("Ready")


def always(share: float) -> Any:
    """Dice that always fall so."""
    return lambda: share


def entry(policy: CachePolicy, answer: Backup | NotFoundError = READY, share: float = 0.0) -> Entry:
    made = policy.entry(answer, ASKED_AT, NOW, always(share))
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("answer", "ttl"),
    [
        (READY, 60),
        (backup("Failed"), 60),
        (backup("InitializationFailed"), 60),
        (backup("Initializing"), 2),
        (backup("Pending"), 2),
        (backup("Scheduled"), 2),
        (backup("Terminating"), 2),
        (backup("ready"), 2),
        (backup(""), 2),
        (MISSING, 5),
    ],
)
def test_how_long_an_answer_is_fresh(answer: Backup | NotFoundError, ttl: float) -> None:
    """Settled backups live `ttl`, moving and unknown ones `pending_ttl`, a 404 `missing_ttl`, from now on."""
    made = entry(POLICY, answer)
    assert made == Entry(answer, ASKED_AT, NOW + ttl, NOW + ttl, NOW + ttl)
    assert made.answer is answer


@pytest.mark.parametrize(
    ("policy", "answer"),
    [
        (CachePolicy(ttl=0), READY),
        (CachePolicy(ttl=0, stale_if_error=60, stale_while_revalidate=60), READY),
        (CachePolicy(pending_ttl=0), backup("Pending")),
        (CachePolicy(), MISSING),
        (CachePolicy(ttl_jitter=1), READY),
    ],
)
def test_what_is_not_kept(policy: CachePolicy, answer: Backup | NotFoundError) -> None:
    """A TTL of 0, or one that jitter took all of, keeps nothing, and by default no 404 is remembered."""
    assert policy.entry(answer, ASKED_AT, NOW, always(1.0)) is None


@pytest.mark.parametrize(("share", "ttl"), [(0.0, 60.0), (0.5, 57.0), (1.0, 54.0)])
def test_jitter_only_shortens(share: float, ttl: float) -> None:
    """By default up to a tenth is taken off, as the dice fall; nothing is ever added."""
    assert entry(CachePolicy(), share=share).fresh_until == pytest.approx(NOW + ttl)


@pytest.mark.parametrize(
    ("revalidate", "if_error"), [(0.0, 0.0), (30.0, 0.0), (0.0, 300.0), (30.0, 300.0), (300.0, 30.0)]
)
def test_a_backup_may_be_given_late(revalidate: float, if_error: float) -> None:
    """Both windows of RFC 5861 begin where freshness ends, each for itself; a 404 has none."""
    policy = CachePolicy(missing_ttl=5, ttl_jitter=0, stale_while_revalidate=revalidate, stale_if_error=if_error)
    made = entry(policy)
    assert (made.stale_until, made.fallback_until) == (NOW + 60 + revalidate, NOW + 60 + if_error)
    missing = entry(policy, MISSING)
    assert missing.fresh_until == missing.stale_until == missing.fallback_until == NOW + 5


@pytest.mark.parametrize(
    ("now", "freshness"),
    [
        (NOW, Freshness.FRESH),
        (NOW + 59.9, Freshness.FRESH),
        (NOW + 60, Freshness.STALE),
        (NOW + 89.9, Freshness.STALE),
        (NOW + 90, Freshness.EXPIRED),
        (math.inf, Freshness.EXPIRED),
    ],
)
def test_judging(now: float, freshness: Freshness) -> None:
    """Fresh up to its moment, stale up to the next; each moment belongs to what comes after it."""
    assert judge(entry(CachePolicy(ttl_jitter=0, stale_while_revalidate=30)), now) is freshness


STANDS_IN: list[PineconeError] = [
    PineconeConnectionError("reset"),
    PineconeTimeoutError("too late"),
    RateLimitError(429, "slow"),
    ServiceError(500, "out of order"),
    ServiceError(503, "busy"),
]
DOES_NOT: list[PineconeError] = [
    UnauthorizedError(401, "key"),
    ForbiddenError(403, "plan"),
    NotFoundError(404, "gone"),
    ConflictError(409, "busy"),
    ApiError(400, "bad"),
    ApiError(408, "late"),
    ResponseParsingError("HTML"),
    ClientClosedError("closed"),
    PineconeValueError("bad"),
]


@pytest.mark.parametrize(
    ("error", "stands_in"), [*((error, True) for error in STANDS_IN), *((error, False) for error in DOES_NOT)], ids=repr
)
def test_when_a_stale_backup_stands_in(error: PineconeError, stands_in: bool) -> None:
    """For connection errors, timeouts, 429 and 5xx; never for 401, 403, 404, or what can't be read."""
    held = entry(CachePolicy(ttl_jitter=0, stale_if_error=300))
    assert is_fallback(held, error, NOW + 359.9) == stands_in
    assert not is_fallback(held, error, NOW + 360)


def test_the_news_that_there_is_none_never_stands_in() -> None:
    """A remembered 404 is no answer to an error."""
    assert not any(is_fallback(entry(POLICY, MISSING), error, NOW) for error in STANDS_IN)


LENGTHS = st.floats(0, 1e308)
POLICIES = st.builds(
    CachePolicy,
    ttl=LENGTHS,
    pending_ttl=LENGTHS,
    missing_ttl=LENGTHS,
    ttl_jitter=st.floats(0, 1),
    stale_while_revalidate=LENGTHS,
    stale_if_error=LENGTHS,
)


@given(
    policy=POLICIES,
    answer=st.sampled_from([READY, backup("Pending"), MISSING]),
    now=st.floats(0, 1e9),
    share=st.floats(0, 1),
    later=st.floats(0, 1e9),
)
def test_any_entry(policy: CachePolicy, answer: Backup | NotFoundError, now: float, share: float, later: float) -> None:
    """No entry outlives its TTL; its moments come in order; it is never fresh again once it was not."""
    made = policy.entry(answer, now, now, always(share))
    if made is None:
        return
    assert now <= made.fresh_until <= now + max(policy.ttl, policy.pending_ttl, policy.missing_ttl)
    assert made.fresh_until <= min(made.stale_until, made.fallback_until)
    order = [Freshness.FRESH, Freshness.STALE, Freshness.EXPIRED]
    assert order.index(judge(made, now + later)) <= order.index(judge(made, now + later * 2))
    assert judge(made, made.stale_until) is Freshness.EXPIRED


def test_a_policy_is_a_value() -> None:
    """The documented defaults; frozen, comparable, and given by keywords only."""
    assert CachePolicy() == CachePolicy(
        ttl=60.0,
        pending_ttl=2.0,
        missing_ttl=0.0,
        ttl_jitter=0.1,
        max_entries=10_000,
        stale_while_revalidate=0.0,
        stale_if_error=0.0,
    )
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        CachePolicy().ttl = 5  # type: ignore[misc]
    with pytest.raises(TypeError):
        CachePolicy(5)  # type: ignore[call-arg]
