"""What a soak must not show. Pure: checkpoints and totals in, complaints out.

Each checkpoint is taken at rest, when every call has ended, so that noise of the machine can't hide or fake a leak:
what is open then is what was left open.
"""

from collections.abc import Sequence
from itertools import combinations
from statistics import median

import attrs

MEMORY_GROWTH = 0.5  # MB per 100,000 requests
P99_GROWTH = 2.0
WARM_UP = 0.2  # of the checkpoints: pools, caches and code paths fill
FEWEST = 10  # checkpoints to judge by
SHARE_CANCELLED = (0.18, 0.22)


@attrs.frozen(kw_only=True)
class Checkpoint:
    """One moment at rest.

    Attributes:
        seconds: since the start.
        requests: sent so far.
        rss: resident memory in MB.
        descriptors: open.
        tasks: alive.
        p50: median of the calls since the checkpoint before, in ms.
        p99: of the same, in ms.
        unaccounted: requests and calls so far that don't add up on the client's side.
    """

    seconds: float
    requests: int
    rss: float
    descriptors: int
    tasks: int
    p50: float
    p99: float
    unaccounted: int


@attrs.frozen(kw_only=True)
class Totals:
    """What the whole run came to.

    Attributes:
        before: before the client was made.
        after: after it was closed.
        connections: that the client may keep open while it rests.
        calls: ended.
        cancelled: of them, those picked to be cancelled.
        faults: how many of each kind the server committed.
        unaccounted: requests and calls that don't add up, the server's count included.
    """

    before: Checkpoint
    after: Checkpoint
    connections: int
    calls: int
    cancelled: int
    faults: dict[str, int]
    unaccounted: int


def judge(checkpoints: Sequence[Checkpoint], totals: Totals) -> list[str]:
    """Everything that is wrong, in words; nothing where all is well."""
    warm = checkpoints[int(len(checkpoints) * WARM_UP) :]
    before, after = totals.before, totals.after
    descriptors = [each.descriptors for each in checkpoints]
    tasks = [each.tasks for each in checkpoints]
    return [
        *too_little(checkpoints, totals),
        *memory(warm),
        *left_open("descriptors", before.descriptors, descriptors, after.descriptors, totals.connections),
        *left_open("tasks", before.tasks, tasks, after.tasks, 0),
        *latency(warm),
        *([f"{totals.unaccounted} requests or calls unaccounted for"] if totals.unaccounted else []),
    ]


def too_little(checkpoints: Sequence[Checkpoint], totals: Totals) -> list[str]:
    """A run that is too short, or too kind, proves nothing."""
    found = [f"the server never committed the fault {kind!r}" for kind, times in totals.faults.items() if not times]
    if len(checkpoints) < FEWEST:
        found.append(f"only {len(checkpoints)} checkpoints, {FEWEST} are needed: let it run longer")
    low, high = SHARE_CANCELLED
    if not low <= totals.cancelled / max(totals.calls, 1) <= high:
        found.append(f"{totals.cancelled} of {totals.calls} callers cancelled, it should be a fifth")
    return found


def memory(warm: Sequence[Checkpoint]) -> list[str]:
    """Its growth is the median slope between all pairs of checkpoints (Theil and Sen): a spike moves it little."""
    slopes = [
        (later.rss - earlier.rss) / (later.requests - earlier.requests)
        for earlier, later in combinations(warm, 2)
        if later.requests > earlier.requests
    ]
    growth = median(slopes) * 100_000 if slopes else 0.0
    return [f"memory grows by {growth:.2f} MB per 100,000 requests"] if growth > MEMORY_GROWTH else []


def left_open(what: str, before: int, at_rest: Sequence[int], after: int, spare: int) -> list[str]:
    """At rest there may be `spare` more than before the client was made; after its end, none."""
    found = []
    if (most := max(at_rest, default=0)) > before + spare:
        found.append(f"{what} grow: {most} at rest, where {before + spare} at most are explained")
    if after > before:
        found.append(f"{what} are left: {after} after the client was closed, {before} before it was made")
    return found


def latency(warm: Sequence[Checkpoint]) -> list[str]:
    """The best p99 of the first third against the best of the last: a busy machine spoils some, a slower client all."""
    third = len(warm) // 3
    if not third:
        return []
    first = min(each.p99 for each in warm[:third])
    last = min(each.p99 for each in warm[-third:])
    return [f"p99 went from {first:.1f} to {last:.1f} ms"] if last >= first * P99_GROWTH else []
