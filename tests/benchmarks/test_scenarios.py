"""The benchmarks run, in small; what got a wrong answer doesn't count. No figure is judged here."""

import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from benchmarks import report, results, running
from benchmarks.running import BenchmarkError, Outcome, run
from benchmarks.scenarios import SCENARIOS, Scenario, Target

pytestmark = pytest.mark.real_time

ROOT = Path(__file__).parents[2]
SMALL = {"import": 1, "memory": 200, "endless": 2_000, "one_id": 20, "hit": 1_000, "decode": 1_000}
RUN_HERE = {  # of each scenario the contenders that don't take long to start
    "bulk": ["bare", "ours", "ours_without_cache", "naive"],
    "tls": ["bare", "ours"],
    "one_id": ["async_lru", "ours", "aiocache_stampede"],
    "unavailable": ["retrying_by_hand", "ours"],
    "memory": ["ours"],
    "endless": ["ours"],
    "server": ["protocol"],
    "single": ["official:10", "plain_httpx:10"],
    "decode": ["ours", "pydantic_model"],
    "import": ["ours"],
}


def small(name: str, contenders: list[str]) -> Scenario:
    whole = SCENARIOS[name]
    chosen = {contender: whole.contenders[contender] for contender in contenders}
    count = SMALL.get(name, 30)
    return attrs.evolve(whole, contenders=chosen, quick_count=count, concurrency=5, rounds=1, slow=frozenset())


@pytest.mark.parametrize("name", RUN_HERE)
def test_a_scenario_runs(name: str) -> None:
    """Every contender gets right answers, and has a figure. (So little memory may be none.)"""
    outcome = run(name, small(name, RUN_HERE[name]), rounds=1, quick=True)
    assert outcome.problems == []
    for contender in RUN_HERE[name]:
        figure = outcome.median(contender)
        assert figure is not None
        assert figure > 0 or name == "memory"


def test_a_run_that_got_a_wrong_answer_doesn_t_count() -> None:
    """It has no figure and no ratio, its targets are missed, and what was wrong is told."""
    told: list[str] = []
    scenario = small("bulk", ["bare", "ours"])
    outcome = run("bulk", scenario, rounds=1, quick=True, server_options=("--wrong-each", "20"), told=told.append)
    assert outcome.runs == {"bare": [None], "ours": [None]}
    assert told == outcome.problems
    assert sorted(problem.split(":")[0] for problem in told) == ["bulk, bare", "bulk, ours"]
    assert "wrong answer" in told[0]
    assert outcome.ratio("ours", "bare") is None
    assert not outcome.reaches(SCENARIOS["bulk"].targets[0])
    assert "no run counts" in report.table(outcome)


def test_a_contender_that_fails_ends_it_with_its_own_words() -> None:
    """No figure is made up for it."""
    scenario = attrs.evolve(small("decode", ["ours"]), contenders={"no_such_contender": "?"})
    with pytest.raises(BenchmarkError, match="no_such_contender"):
        run("decode", scenario, rounds=1, quick=True)


def test_a_run_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """And named."""
    monkeypatch.setattr(running, "RUN_LIMIT", 0.01)
    with pytest.raises(BenchmarkError, match=r"decode, ours: no end after 0 s"):
        run("decode", small("decode", ["ours"]), rounds=1, quick=True)


def outcome(**figures: list[float | None]) -> Outcome:
    runs: dict[str, list[dict[str, float] | None]] = {
        name: [None if value is None else {"figure": value} for value in values] for name, values in figures.items()
    }
    return Outcome(SCENARIOS["bulk"], runs, [], 0.5)


def test_a_ratio_is_the_median_of_those_of_the_rounds() -> None:
    """Each round is compared with itself, since machines are faster at one time than at another."""
    made = outcome(bare=[100.0, 200.0, 900.0, 100.0], ours=[50.0, 200.0, 300.0, None])
    assert made.ratio("ours", "bare") == 2.0
    assert made.median("ours") == 200.0


def test_a_peer_is_judged_at_its_best() -> None:
    """Of one that is run in several ways, each round counts the best: no other of them flatters ours."""
    ways: dict[str, list[float | None]] = {"official": [400.0, 100.0, 900.0], "official:10": [200.0, 300.0, None]}
    made = outcome(ours=[10.0, 10.0, 10.0], **ways)
    assert made.ratio("ours", "official") == 20.0
    assert made.ratio("ours", "official:10") == 25.0


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        (Target(says="", speed=2.0), True),
        (Target(says="", speed=2.1), False),
        (Target(says="", time=0.5), True),
        (Target(says="", time=0.49), False),
        (Target(says="", limit=50.0), True),
        (Target(says="", limit=49.0), False),
    ],
)
def test_targets(target: Target, reached: bool) -> None:
    """A speed is at least so much, a time or a figure at most."""
    assert outcome(bare=[100.0], ours=[50.0]).reaches(target) is reached


def test_results_of_other_scenarios_are_kept(tmp_path: Path) -> None:
    """What is written anew takes the place of its former self; the page and the plot show everything."""
    figures: dict[str, list[float | None]] = {contender: [100.0] for contender in SCENARIOS["bulk"].contenders}
    made = outcome(**figures)
    results.add({"bulk": made}, tmp_path)
    results.add({"tls": attrs.evolve(made, scenario=SCENARIOS["tls"])}, tmp_path)
    page = (tmp_path / "results.md").read_text()
    assert "Many at once" in page
    assert "The same over TLS" in page
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("arguments", "says"), [(["bulky"], "no scenario bulky"), (["--rounds", "0"], "1 or more")])
def test_the_command_says_what_it_can_t_do(arguments: list[str], says: str) -> None:
    """In one line, before anything runs."""
    command = [sys.executable, "-m", "benchmarks", *arguments]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert says in said.stderr


def test_the_command_prints_a_table() -> None:
    """Of one scenario alone, with what it came from."""
    command = [sys.executable, "-m", "benchmarks", "--quick", "import"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "| `import aiopinecone` |" in said
    assert "aiohttp 3." in said
