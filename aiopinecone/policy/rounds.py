"""How many requests a shared look costs at most: never more than one for each backup, nor than the pages and one.

Pure. Some of those who wait for a backup are due: a round looks at them all, by describing each or by reading the
project's list. How many pages that has is known only once it was read, so it is read as long as it may still pay; what
would then cost more than a round may is put off to the next.
"""

from enum import Enum, auto


class Step(Enum):
    """What a round does next."""

    READ = auto()  # the next page of the list
    DESCRIBE = auto()  # as many as still may be


def reads_list(due: int, pages: int) -> bool:
    """Whether a round over so many backups reads the list, of which there are at least so many pages."""
    return due > pages + 1


def next_step(due: int, read: int, left: int, *, has_more: bool) -> Step:
    """After so many pages were read, and so many of the backups due weren't on them."""
    if not has_more or read >= due:
        return Step.DESCRIBE
    return Step.DESCRIBE if left <= allowed(due, read + 1) - read else Step.READ


def allowed(due: int, pages: int) -> int:
    """The most requests of a round over so many backups, in a project of (at least) so many pages."""
    return min(due, pages + 1)
