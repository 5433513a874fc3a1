"""The cache against a dict that never forgets: what is held, how good it is, and that nothing wrong is ever given."""

from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aiopinecone import Backup, CachePolicy, NotFoundError, PineconeConnectionError, UnauthorizedError
from aiopinecone.engine import clock
from aiopinecone.engine.cache import Cache
from aiopinecone.policy.freshness import Answer, Freshness, is_fallback, judge

IDS = st.sampled_from(["a", "b", "c", "d", "e"])
STATUSES = st.sampled_from(["Ready", "Failed", "Pending", "Initializing", "Unheard-of"])
LENGTHS = st.sampled_from([0, 0.5, 1, 3, 10])  # of few values, so that moments coincide
STEPS = st.sampled_from([0.25, 0.5, 1, 2.5, 7])


@attrs.define
class Known:
    """What the model knows of one id."""

    answer: Answer
    asked_at: float
    kept_at: float
    ttl: float
    stale: float
    fallback: float

    @property
    def dead_at(self) -> float:
        return self.kept_at + self.ttl + max(self.stale, self.fallback)


def backup(backup_id: str, status: str) -> Backup:
    return Backup(
        backup_id=backup_id,
        source_index_name="index",
        source_index_id="index-id",
        status=status,
        cloud="aws",
        region="us-east-1",
    )


class Caching(RuleBasedStateMachine):
    """Answers come, time passes, things are invalidated; the model is a dict in the order of use."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.now = 100.0
        self.patch.setattr(clock, "now", lambda: self.now)
        self.patch.setattr(clock, "dice", lambda: 0.5)
        self.known: dict[str, Known] = {}
        self.invalidated_at = -1.0

    def teardown(self) -> None:
        self.patch.undo()

    @initialize(lengths=st.tuples(*[LENGTHS] * 5), jitter=st.sampled_from([0.0, 0.5, 1.0]), most=st.integers(1, 5))
    def begin(self, lengths: tuple[float, ...], jitter: float, most: int) -> None:
        names = ("ttl", "pending_ttl", "missing_ttl", "stale_while_revalidate", "stale_if_error")
        options: dict[str, Any] = dict(zip(names, lengths, strict=True))
        self.policy = CachePolicy(**options, ttl_jitter=jitter, max_entries=most)
        self.cache = Cache(self.policy)

    @rule(seconds=STEPS)
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(backup_id=IDS, status=STATUSES, age=LENGTHS)
    def an_answer_comes(self, backup_id: str, status: str, age: float) -> None:
        """It was asked for some time ago."""
        answer = backup(backup_id, status)
        self.cache.keep(backup_id, answer, self.now - age)
        self.model_keeps(backup_id, answer, self.now - age)

    @rule(backup_id=IDS, age=LENGTHS)
    def a_404_comes(self, backup_id: str, age: float) -> None:
        answer = NotFoundError(404, "gone")
        self.cache.keep(backup_id, answer, self.now - age)
        self.model_keeps(backup_id, answer, self.now - age)

    @rule(ids=st.lists(IDS, max_size=4), status=STATUSES, age=LENGTHS)
    def a_list_comes(self, ids: list[str], status: str, age: float) -> None:
        rows = [backup(backup_id, status) for backup_id in ids]
        self.cache.keep_rows(rows, self.now - age)
        if self.now - age > self.invalidated_at:
            for row in rows:
                self.model_keeps(row.backup_id, row, self.now - age)

    @rule(backup_id=IDS)
    def invalidate(self, backup_id: str) -> None:
        self.cache.invalidate(backup_id)
        self.known.pop(backup_id, None)
        self.invalidated_at = self.now

    @rule()
    def clear(self) -> None:
        self.cache.clear()
        self.known.clear()
        self.invalidated_at = self.now

    @rule(backup_id=IDS)
    def look(self, backup_id: str) -> None:
        """The very answer that the model knows, as good as the model says, and nothing otherwise."""
        entry, known = self.cache.get(backup_id), self.model_looks(backup_id)
        if known is None:
            assert entry is None
            return
        assert entry is not None
        assert entry.answer is known.answer
        age = self.now - known.kept_at - known.ttl  # past its time
        expected = Freshness.FRESH if age < 0 else Freshness.STALE if age < known.stale else Freshness.EXPIRED
        assert judge(entry, self.now) is expected
        is_backup = isinstance(known.answer, Backup)
        assert is_fallback(entry, PineconeConnectionError("?"), self.now) == (is_backup and age < known.fallback)
        assert not is_fallback(entry, UnauthorizedError(401, "key"), self.now)

    @invariant()
    def it_holds_what_the_model_holds(self) -> None:
        """And never more than it may."""
        if hasattr(self, "cache"):
            alive = [known for known in self.known.values() if self.now < known.dead_at]
            size = self.cache.info().size
            assert size == len(alive) <= self.policy.max_entries
            self.known = {key: known for key, known in self.known.items() if self.now < known.dead_at}

    def model_looks(self, backup_id: str) -> Known | None:
        known = self.known.pop(backup_id, None)
        if known is not None and self.now < known.dead_at:
            self.known[backup_id] = known  # now the one used last
            return known
        return None

    def model_keeps(self, backup_id: str, answer: Answer, asked_at: float) -> None:
        held = self.model_looks(backup_id)
        if held is not None and held.asked_at > asked_at:
            return
        policy, gone = self.policy, isinstance(answer, NotFoundError)
        settled = isinstance(answer, Backup) and answer.status in {"Ready", "Failed"}
        ttl = policy.missing_ttl if gone else policy.ttl if settled else policy.pending_ttl
        ttl *= 1 - policy.ttl_jitter / 2
        self.known.pop(backup_id, None)
        if ttl > 0:
            late = (0.0, 0.0) if gone else (policy.stale_while_revalidate, policy.stale_if_error)
            self.known[backup_id] = Known(answer, asked_at, self.now, ttl, *late)
        if len(self.known) > policy.max_entries:
            del self.known[next(iter(self.known))]


TestCaching = Caching.TestCase
TestCaching.settings = settings(
    derandomize=True, database=None, max_examples=150, stateful_step_count=40, deadline=None
)
