"""The line and the exit status that Nagios and its kin expect of a check."""

from aiopinecone.cli import words

OK, WARNING, CRITICAL, UNKNOWN = range(4)
_NAMES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


def line(status: int, text: str, figures: str = "") -> str:
    """`PINECONE BACKUPS OK - text | figures`. A `|` would begin the figures, so the text has none."""
    said = f"PINECONE BACKUPS {_NAMES[status]} - {words.literal(text).replace('|', '/')}"
    return f"{said} | {figures}\n" if figures else f"{said}\n"
