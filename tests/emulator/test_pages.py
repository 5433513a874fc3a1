"""Limits and tokens."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone.emulator.pages import page, token, window
from aiopinecone.emulator.refusal import Refusal


@given(total=st.integers(0, 500), limit=st.integers(1, 100))
def test_the_pages_of_a_list_are_the_list(total: int, limit: int) -> None:
    """Following the tokens yields each row once, in ceil(n / limit) pages (one, when there is none)."""
    rows = list(range(total))
    found: list[int] = []
    query, count = {"limit": str(limit)}, 0
    while True:
        asked, pagination = page(rows, query, "2026-07")
        found.extend(asked)
        count += 1
        if pagination["pagination"] is None:
            break
        query = {"paginationToken": pagination["pagination"]["next"]}
    assert found == rows
    assert count == max(1, -(-total // limit))


def test_the_last_page_tells_it_in_the_way_of_its_version() -> None:
    """`pagination` is null in 2026-07 and absent before."""
    assert page([1], {}, "2026-07") == ([1], {"pagination": None})
    assert page([1], {}, "2026-04") == ([1], {})


@pytest.mark.parametrize(("version", "size"), [("2025-04", 10), ("2026-04", 10), ("2026-07", 100)])
def test_a_page_has_a_size_by_default(version: str, size: int) -> None:
    """Ten rows before 2026-07, a hundred in it."""
    assert window({}, version) == (0, size)


def test_a_token_carries_position_and_size() -> None:
    """Another limit sent with a token wins over the token's size and keeps its position."""
    assert base64.b64decode(token(20, 10)) == b"20:10"
    assert window({"paginationToken": token(20, 10)}, "2026-07") == (20, 10)
    assert window({"paginationToken": token(20, 10), "limit": "7"}, "2026-07") == (20, 7)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1.0", "٣", " 5", "1" * 5_000])
def test_a_bad_limit_is_refused(limit: str) -> None:
    """A limit is a whole number from 1 to 100."""
    with pytest.raises(Refusal, match="limit must be an integer from 1 to 100") as refused:
        window({"limit": limit}, "2026-07")
    assert refused.value.status == 400


@pytest.mark.parametrize("text", ["", "!", "zzzz", "é", *map(bytes.decode, map(base64.b64encode, [
    b"5", b"-5:10", b"5:0", b"5:101", b"5:10 ", b"9" * 13 + b":10",
]))])  # fmt: skip
def test_a_bad_token_is_refused(text: str) -> None:
    """A token that is not one of ours is a 400."""
    with pytest.raises(Refusal, match="Invalid pagination token") as refused:
        window({"paginationToken": text}, "2026-07")
    assert refused.value.status == 400
