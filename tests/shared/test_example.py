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
    assert [calls for calls, _ in counts] == [60, 6000, 6000, 3000, 3000]
    one, hundred, again, alone, shared = (requests for _, requests in counts)
    assert (one, again, alone) == (1, 0, 300)
    assert 100 <= hundred < 200  # 100, of 600 without sharing; some more where the machine is very busy
    assert 50 <= shared < 100  # 50, of 300
    assert "the shared cache can't be reached" in run.stderr
