"""Sealed records: read back as they were, or not at all."""

import pickle
import re
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone.engine.seal import LARGEST, Kind, Record, Seal
from aiopinecone.settings import Secret

NOW = 1_760_000_000.0
KEY = "pcsk_4zXq-made-up-for-this-test"
SEAL = Seal(Secret(KEY), "https://api.pinecone.io", "2026-07")
OTHERS = [
    Seal(Secret(f"{KEY}x"), "https://api.pinecone.io", "2026-07"),
    Seal(Secret(KEY), "https://other.example", "2026-07"),
    Seal(Secret(KEY), "https://api.pinecone.io", "2025-04"),
]
NAME = SEAL.name("bkp_1")
RECORD = Record(Kind.BACKUP, NOW - 40, b'{"backup_id": "bkp_1"}')
VALUE = SEAL.close(NAME, RECORD)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Stands in for that of conftest: plain functions have no event loop that anything could be left in."""


@given(st.sampled_from(Kind), st.integers(0, int(NOW) * 1_000_000), st.binary(max_size=200))
def test_a_record_is_read_back_as_it_was(kind: Kind, asked_at: int, body: bytes) -> None:
    """Its kind, its moment to the microsecond, and any body; and only under its own name, by its own key."""
    record = Record(kind, asked_at / 1_000_000, body)
    value = SEAL.close(NAME, record)
    found = SEAL.open(NAME, value, NOW)
    assert found is not None
    assert attrs.evolve(found, asked_at=0.0) == attrs.evolve(record, asked_at=0.0)
    assert found.asked_at == pytest.approx(record.asked_at, abs=1e-6)
    assert SEAL.open(SEAL.name("bkp_2"), value, NOW) is None
    assert OTHERS[0].open(NAME, value, NOW) is None
    assert [seal.open(seal.name("bkp_1"), value, NOW) for seal in OTHERS] == [None] * 3


@given(st.integers(0, 8 * len(VALUE) - 1))
def test_a_flipped_bit_makes_it_a_miss(bit: int) -> None:
    """Wherever it is: in the version, the HMAC, the moment, the kind or the body."""
    flipped = bytearray(VALUE)
    flipped[bit // 8] ^= 1 << bit % 8
    assert SEAL.open(NAME, bytes(flipped), NOW) is None


@given(st.integers(0, len(VALUE) - 1))
def test_a_truncated_record_is_a_miss(length: int) -> None:
    """However much of it is left."""
    assert SEAL.open(NAME, VALUE[:length], NOW) is None


@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300),
        st.none(),
        st.integers(),
        st.dictionaries(st.text(max_size=3), st.binary(max_size=3)),
    )
)
def test_whatever_else_a_store_gives_is_a_miss(value: object) -> None:
    """Bytes, texts, and what no store should give: none of it is read, and none of it raises."""
    assert SEAL.open(NAME, value, NOW) is None


@pytest.mark.parametrize(
    "value",
    [
        pickle.dumps({"backup_id": "bkp_1"}),
        pickle.dumps(VALUE),
        VALUE + b"x",
        b" " + VALUE,
        VALUE.replace(b"1 ", b"2 ", 1),
        VALUE.replace(b"backup\n", b"BACKUP\n"),
        SEAL.close(NAME, attrs.evolve(RECORD, body=b" " * LARGEST)),
        "caf\u00e9\ud800",
    ],
)
def test_what_was_planted_is_a_miss(value: object) -> None:
    """A pickle, another version, one that is too large, half of a surrogate pair."""
    assert SEAL.open(NAME, value, NOW) is None


def test_a_store_that_decodes_is_understood() -> None:
    """Some backends give text for bytes."""
    assert SEAL.open(NAME, VALUE.decode(), NOW) == RECORD


@pytest.mark.parametrize(("ahead", "is_read"), [(-99_999.0, True), (0.0, True), (0.9, True), (1.1, False)])
def test_a_record_of_the_future_is_a_miss(ahead: float, is_read: bool) -> None:
    """Another machine's clock may be a second ahead; a later moment would make an answer live for longer."""
    record = Record(Kind.BACKUP, NOW + ahead)
    assert (SEAL.open(NAME, SEAL.close(NAME, record), NOW) is not None) is is_read


@pytest.mark.parametrize("name", [lambda seal: seal.name("bkp_1"), lambda seal: seal.mark])
def test_each_key_host_and_version_has_names_of_its_own(name: Callable[[Seal], str]) -> None:
    """So that none of them ever sees, or ends, what another one holds."""
    assert len({name(seal) for seal in [SEAL, *OTHERS]}) == 4


def test_versions_share_their_rate() -> None:
    """It is one limit for all who send with one key to one host."""
    assert [seal.bucket == SEAL.bucket for seal in OTHERS] == [False, False, True]


@given(st.text())
def test_a_name_gives_nothing_away(backup_id: str) -> None:
    """It is short, visible ASCII without spaces, whatever the id is, and holds neither the id nor the key."""
    name = SEAL.name(backup_id)
    assert re.fullmatch("aiopinecone:1:[0-9a-f]{32}:[0-9a-f]{32}", name)
    assert KEY not in name
    assert name == SEAL.name(backup_id)
    assert KEY not in repr(vars(SEAL))
