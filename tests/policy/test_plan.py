"""When a bulk run reads on in the list: a table, and what it costs wherever the backups stand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone import PineconeValueError
from aiopinecone.policy import plan


@pytest.mark.parametrize(
    ("wanted", "pages", "found", "reads"),
    [
        (0, 0, 0, False),
        (1, 0, 0, False),
        (3, 0, 0, False),
        (4, 0, 0, True),
        (4, 1, 0, True),
        (4, 2, 0, True),
        (4, 3, 0, False),
        (4, 1, 4, False),  # all are found
        (8, 3, 0, True),
        (8, 4, 0, False),
        (8, 4, 7, False),
        (100, 26, 0, True),
        (100, 27, 0, False),
        (100, 27, 53, False),
        (100, 27, 54, True),
        (100, 49, 98, True),
    ],
)
def test_when_the_next_page_is_read(wanted: int, pages: int, found: int, reads: bool) -> None:
    """While each holds two on average; else as long as a quarter of the requests, and two, are at stake."""
    assert plan.reads_on(wanted, pages, found) is reads


@pytest.mark.parametrize(
    ("described", "pages", "found", "reads"),
    [
        (0, 0, 0, False),
        (49, 0, 0, False),
        (50, 0, 0, True),
        (50, 63, 0, True),
        (50, 64, 0, False),
        (54, 64, 0, True),
        (50, 64, 1, True),
        (0, 1, 0, True),
    ],
)
def test_when_it_is_read_for_ids_of_unknown_number(described: int, pages: int, found: int, reads: bool) -> None:
    """First fifty are described as they come; then the list is read as far as that may pay for them."""
    assert plan.reads_on_for_more(described, pages, found) is reads


@pytest.mark.parametrize("name", ["each", "list", "auto"])
def test_the_plans(name: str) -> None:
    """There are three."""
    plan.check_plan(name)


@pytest.mark.parametrize("name", ["", "Each", None, 1, ["each"]])
def test_what_is_no_plan(name: Any) -> None:
    """Anything else is refused."""
    with pytest.raises(PineconeValueError, match="plan must be 'each', 'list' or 'auto', not ") as raised:
        plan.check_plan(name)
    assert raised.value.argument == "plan"


@given(st.integers(0, 60), st.integers(1, 80), st.data())
def test_no_run_costs_much_more_than_each(wanted: int, pages: int, data: st.DataObject) -> None:
    """Never more than 1.25 k + 2 requests, wherever the backups stand in the list, or if they do."""
    places = data.draw(st.lists(st.integers(0, pages), min_size=wanted, max_size=wanted))  # pages: unlisted
    read = 0
    while read < pages and plan.reads_on(wanted, read, sum(place < read for place in places)):
        read += 1
    assert read + sum(place >= read for place in places) <= 1.25 * wanted + 2
    if wanted <= 3:
        assert read == 0


@given(st.integers(1, 60), st.integers(0, 40), st.randoms())
def test_a_dense_list_is_read_to_its_end(pages: int, unlisted: int, random: Any) -> None:
    """Where each page holds two, the run costs the pages and what isn't listed."""
    places = [place for place in range(pages) for _ in range(2)] + [pages] * unlisted
    random.shuffle(places)
    wanted, read = len(places), 0
    while read < pages and plan.reads_on(wanted, read, sum(place < read for place in places)):
        read += 1
    described = sum(place >= read for place in places)
    assert read + described <= max(pages + 2 + unlisted, 3 if wanted <= 3 else 0)


@given(st.integers(1, 60), st.integers(0, 300), st.randoms())
def test_ids_of_unknown_number_cost_a_hundred_more(pages: int, count: int, random: Any) -> None:
    """Wherever they stand: 1.25 k + 102 requests, and the pages and 102 where each page holds two."""
    places = [random.randrange(pages + 1) for _ in range(count)]
    described = found = read = 0
    for place in places:
        while place >= read and read < pages and plan.reads_on_for_more(described, read, found):
            read += 1
        if place < read:
            found += 1
        else:
            described += 1
    assert read + described <= 1.25 * count + 102
    if all(places.count(page) >= 2 for page in range(pages)):
        assert read + described <= pages + 102 + places.count(pages)
