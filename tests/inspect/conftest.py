"""These tests are plain functions."""

import pytest


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Stands in for that of conftest: plain functions have no event loop that anything could be left in."""
