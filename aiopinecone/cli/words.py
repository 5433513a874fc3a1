"""Values as a person reads them: names literal, ages and sizes short."""

from datetime import datetime

KIBI = 1024
_AGES = ((60, 1, "s"), (3_600, 60, "m"), (48 * 3_600, 3_600, "h"))  # below so many seconds, in units of so many


def literal(text: str) -> str:
    r"""The text on one line, with everything that can't be seen as an escape: `\n`, `\x1b`, `\u202e`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def age(seconds: float) -> str:
    """One unit, rounded down: `40s`, `45m`, `26h`, `3d`; `in 3h` for what is still to come."""
    if seconds < 0:
        return f"in {age(-seconds)}"
    for below, length, unit in _AGES:
        if seconds < below:
            return f"{seconds // length:.0f}{unit}"
    return f"{seconds // 86_400:.0f}d"


def age_or_dash(seconds: float | None) -> str:
    """The same; `-` for none."""
    return "-" if seconds is None else age(seconds)


def since(moment: datetime | None, now: datetime) -> str:
    """The age of what happened at this moment; `-` for no moment."""
    return age_or_dash(None if moment is None else (now - moment).total_seconds())


def size(count: float | None) -> str:
    """Bytes: `9.5 MiB`; `-` for an unknown number of them."""
    if count is None:
        return "-"
    if count < KIBI:
        return f"{count:.0f} B"
    for unit in ("KiB", "MiB", "GiB"):
        count /= KIBI
        if count < KIBI:
            return f"{count:.1f} {unit}"
    return f"{count / KIBI:.1f} TiB"


def number(count: int | None) -> str:
    """`1,234,567`; `-` for an unknown one."""
    return "-" if count is None else f"{count:,}"


def or_dash(text: str | None) -> str:
    """The text, literally; `-` for none."""
    return literal(text) if text else "-"


def stamp(moment: datetime | None) -> str:
    """`2026-11-01T12:00:00Z`, to the microsecond where it has some; `-` for none."""
    return "-" if moment is None else moment.isoformat().replace("+00:00", "Z")
