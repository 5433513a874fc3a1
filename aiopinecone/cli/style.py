"""How to print rows, as it was asked for."""

import attrs


@attrs.frozen(kw_only=True)
class Style:
    """How to print.

    Attributes:
        format: one of the formats.
        query: a JMESPath expression, or None.
        sort_by: a key, after a `-` for the largest first, or None for the order in which rows come.
        headers: whether table and csv have a line of names.
    """

    format: str = "table"
    query: str | None = None
    sort_by: str | None = None
    headers: bool = True

    @property
    def is_table(self) -> bool:
        """Whether people read it."""
        return self.query is None and self.format in {"table", "wide"}
