"""Runs scenarios: a process for each run, pinned to one core, its server on another, the contenders in turn."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import attrs

from benchmarks import machine
from benchmarks.job import WRONG
from benchmarks.scenarios import Scenario, Target, kind

ROOT = Path(__file__).parents[1]
RUN_LIMIT = 400.0  # seconds for one run
# glibc maps and unmaps each of asyncio's read buffers, or doesn't, by luck of what was imported before.
ENVIRONMENT = os.environ | {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "33554432"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)  # or each process compiles our modules anew


class BenchmarkError(Exception):
    """Nothing can be said; the text is for people."""


@attrs.define
class Outcome:
    """What came of a scenario.

    Attributes:
        runs: for each contender what each of its runs told; in the order of the rounds, None for a run that was wrong.
        problems: what was wrong.
        load: of the machine, before.
        count: how many ids, hits and so on a run had; the slow contenders a twentieth of them.
    """

    scenario: Scenario
    runs: dict[str, list[dict[str, float] | None]]
    problems: list[str]
    load: float
    count: int = 0

    def values(self, contender: str, of: str = "figure") -> list[float]:
        return [run[of] for run in self.runs[contender] if run is not None and of in run]

    def median(self, contender: str, of: str = "figure") -> float | None:
        values = self.values(contender, of)
        return statistics.median(values) if values else None

    def ratio(self, contender: str, against: str) -> float | None:
        """The median of the rounds' own."""
        ratios = self.ratios(contender, against)
        return statistics.median(ratios) if ratios else None

    def ratios(self, contender: str, against: str) -> list[float]:
        """How many times as good as the other, or as the best of a kind: in each of the rounds that both have."""
        others = [runs for name, runs in self.runs.items() if against in (name, kind(name))]
        return [
            min(figures) / own["figure"]
            for own, *rivals in zip(self.runs[contender], *others, strict=True)
            if own is not None and (figures := [rival["figure"] for rival in rivals if rival is not None])
        ]

    def reached(self, target: Target) -> list[float]:
        """What the target is about, in its own terms, in each round that counts."""
        if target.limit is not None:
            return self.values(target.contender, target.of)
        ratios = self.ratios(target.contender, target.against)
        return ratios if target.time is None else [1 / ratio for ratio in ratios]

    def reaches(self, target: Target) -> bool:
        """By the median."""
        if not (reached := self.reached(target)):
            return False
        if target.speed is not None:
            return statistics.median(reached) >= target.speed
        return statistics.median(reached) <= (target.limit or target.time or 0.0)


def run(
    name: str,
    scenario: Scenario,
    *,
    rounds: int | None,
    quick: bool,
    server_options: tuple[str, ...] = (),
    told: Callable[[str], None] = print,
) -> Outcome:
    """All rounds of a scenario, each in an order of its own: nobody always follows the same. `BenchmarkError`.

    How many: as told, else one in a quick run, else the scenario's own number.
    """
    rounds = rounds or (1 if quick else scenario.rounds)
    count = scenario.quick_count if quick and scenario.quick_count else scenario.count
    contenders = list(scenario.contenders)
    runs: dict[str, list[dict[str, float] | None]] = defaultdict(list)
    problems: list[str] = []
    load = machine.load()
    with _server(scenario, server_options) as where:
        for number in range(rounds):
            for contender in Random(number).sample(contenders, len(contenders)):
                size = count // 20 if kind(contender) in scenario.slow else count
                job = json.dumps({"count": size, "concurrency": scenario.concurrency, **where})
                figures, problem = _child(name, contender, job)
                runs[contender].append(figures)
                if problem is not None:
                    problems.append(f"{name}, {contender}: {problem}")
                    told(problems[-1])
    return Outcome(scenario, dict(runs), problems, load, count)


def _child(name: str, contender: str, job: str) -> tuple[dict[str, float] | None, str | None]:
    command = _pinned(0, "benchmarks.child", name, contender, job)
    try:
        child = subprocess.run(
            command, env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, check=False, timeout=RUN_LIMIT
        )
    except subprocess.TimeoutExpired:
        raise BenchmarkError(f"{name}, {contender}: no end after {RUN_LIMIT:.0f} s") from None
    if child.returncode == WRONG:
        return None, child.stderr.strip().splitlines()[-1]
    if child.returncode:
        raise BenchmarkError(f"{name}, {contender} failed:\n{child.stderr}")
    figures: dict[str, float] = json.loads(child.stdout)
    return figures, None


@contextmanager
def _server(scenario: Scenario, options: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The scenario's server, if it has one, and where it is, as fields of a job. It ends with its standard input."""
    if scenario.server is None:
        yield {}
        return
    with tempfile.TemporaryDirectory() as directory:
        where: dict[str, Any] = {}
        options = (*scenario.server, *options)
        if scenario.tls:
            key, where["authority"] = _certificate(Path(directory))
            options = (*options, "--certificate", key)
        command = _pinned(1, "benchmarks.server", *options)
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=ENVIRONMENT, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as server:
            assert server.stdout is not None
            assert server.stdin is not None
            port = server.stdout.readline().strip()
            if not port:
                raise BenchmarkError("the server didn't start")
            where["url"] = f"{'https' if scenario.tls else 'http'}://127.0.0.1:{port}"
            try:
                yield where
            finally:
                server.stdin.close()


def _certificate(directory: Path) -> tuple[str, str]:
    """Files with a key and certificate for loopback, and with the certificate of its authority."""
    import trustme  # noqa: PLC0415 -- needed for TLS only

    authority = trustme.CA()
    key, trusted = directory / "server.pem", directory / "authority.pem"
    authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(trusted))
    return str(key), str(trusted)


def _pinned(core: int, module: str, *arguments: str) -> list[str]:
    """The command that runs a module of ours on the first or the second core, where cores can be chosen."""
    program = (
        "import os, runpy, sys; "
        "cores = sorted(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else []; "
        f"len(cores) > 1 and os.sched_setaffinity(0, {{cores[{core}]}}); "
        f"sys.argv = [{module!r}, *sys.argv[1:]]; runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    )
    return [sys.executable, "-c", program, *arguments]
