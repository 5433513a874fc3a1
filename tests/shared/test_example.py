"""The example does what it prints."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "shared_cache.py"


@pytest.mark.real_time
@pytest.mark.timeout(180)  # eight processes, on a machine that others may use
def test_the_example_counts_what_sharing_saves() -> None:
    """A cold backup costs one request, shared or not again; without Valkey each of six processes asks for itself."""
    run = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLE], capture_output=True, text=True, check=True, timeout=150
    )
    counts = [
        (int(calls.replace(",", "")), int(requests))
        for calls, requests in re.findall(r"([\d,]+) calls answered +(\d+) requests", run.stdout)
    ]
    assert counts == [(60, 1), (6000, 100), (6000, 0), (3000, 300), (3000, 50)]
    assert run.stderr.count("the shared cache can't be reached") == len(run.stderr.splitlines()) == 6
