"""Whether to read on in the project's list, or to describe what is left. Pure.

A page costs a request, as a describe does, and is worth it where it holds two of the backups that are sought. How they
are spread over the list shows only while it is read, so a bulk run decides anew after each page.
"""

from typing import Literal, get_args

from aiopinecone.errors import PineconeValueError, shown

Plan = Literal["each", "list", "auto"]

NO_LIST_UP_TO = 3  # backups
STAKE = 0.25  # of the number of backups: so many requests, and
STAKE_AT_LEAST = 2  # these more, may be lost on pages that hold too few
HEAD_START = 50  # ids of unknown number are described as they come; as many pages are then staked on there being more


def check_plan(plan: str) -> None:
    """Raises `PineconeValueError` for what is no plan."""
    if plan not in get_args(Plan):
        raise PineconeValueError(f"plan must be 'each', 'list' or 'auto', not {shown(plan)}", argument="plan")


def reads_on(wanted: int, pages: int, found: int) -> bool:
    """Whether the next page is read where so many backups are wanted, and these pages held so many of them.

    It is, as long as each page holds two of them on average; or at first, within the stake. So never more than
    `1.25 * wanted + 2` requests are made, and no more than the pages, two, and the backups that aren't listed where
    each page holds two.
    """
    if wanted <= NO_LIST_UP_TO or found >= wanted:
        return False
    return found >= 2 * pages or pages + 1 <= STAKE * wanted + STAKE_AT_LEAST


def reads_on_for_more(described: int, pages: int, found: int) -> bool:
    """The same where nobody knows how many ids will come: so many were described, and found on these pages.

    It costs a hundred requests more at most: the head start, and as many pages.
    """
    if described < HEAD_START and pages == 0:
        return False
    return pages + 1 <= found + STAKE * (found + described) + STAKE_AT_LEAST + HEAD_START
