"""These tests start processes that have loops of their own."""

import pytest


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Stands in for that of conftest: no event loop runs here that anything could be left in."""
