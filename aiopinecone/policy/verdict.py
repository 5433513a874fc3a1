"""What can be said of the backups of an index, from the best to the worst."""

from enum import StrEnum


class Verdict(StrEnum):
    """How well an index is protected: the best first, and `<` means better.

    It equals its own name as text. The first four are fine; the worst that holds is the verdict.
    """

    PROTECTED = "PROTECTED"  # a backup that is young and large enough
    PENDING = "PENDING"  # the first backup is on its way
    AGEING = "AGEING"  # soon too old
    LAST_FAILED = "LAST_FAILED"  # an attempt since the last good backup failed, or takes too long
    UNKNOWN = "UNKNOWN"  # the backups weren't read, or can't be dated
    UNSUPPORTED = "UNSUPPORTED"  # a pod-based index, which can't be backed up
    SHRUNK = "SHRUNK"  # far fewer records than in the backup before
    STALE = "STALE"  # too old
    EMPTY = "EMPTY"  # a backup with nothing in it
    NEVER = "NEVER"  # no backup at all

    @property
    def is_ok(self) -> bool:
        """Whether nobody has to get up for it."""
        return self < Verdict.UNKNOWN

    @property
    def rank(self) -> int:
        """0 for the best."""
        return _RANKS[self]

    def __lt__(self, other: str) -> bool:
        return self.rank < other.rank if isinstance(other, Verdict) else NotImplemented

    def __le__(self, other: str) -> bool:
        return self.rank <= other.rank if isinstance(other, Verdict) else NotImplemented

    def __gt__(self, other: str) -> bool:
        return self.rank > other.rank if isinstance(other, Verdict) else NotImplemented

    def __ge__(self, other: str) -> bool:
        return self.rank >= other.rank if isinstance(other, Verdict) else NotImplemented


_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}
