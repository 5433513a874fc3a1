"""The results that are kept in this folder: as they were measured, as a page, and as a plot."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine, report
from benchmarks.plot import draw
from benchmarks.running import Outcome
from benchmarks.scenarios import SCENARIOS

HERE = Path(__file__).parent


def add(outcomes: Mapping[str, Outcome], folder: Path = HERE) -> None:
    """Put these in the place of former ones of the same scenarios; those of other scenarios stay."""
    raw = folder / "results.json"
    kept = json.loads(raw.read_text()) if raw.exists() else {}
    for name, outcome in outcomes.items():
        origin = {"when": f"{datetime.now(UTC):%Y-%m-%d}", "load": outcome.load, "machine": machine.facts()}
        kept[name] = {**origin, "count": outcome.count, "runs": outcome.runs, "problems": outcome.problems}
    kept = {name: kept[name] for name in SCENARIOS if name in kept}
    raw.write_text(json.dumps(kept, indent=1) + "\n")
    everything = {
        name: Outcome(SCENARIOS[name], each["runs"], each["problems"], each["load"], each["count"])
        for name, each in kept.items()
    }
    origins = sorted({f"{each['when']}. {each['machine']}" for each in kept.values()})
    page = ["# Results\n", *origins, "", _noise(everything), report.targets(everything.values())]
    page += [report.table(outcome) for outcome in everything.values()]
    (folder / "results.md").write_text("\n".join(page))
    draw(everything, folder / "results.png", origins)


def _noise(outcomes: Mapping[str, Outcome]) -> str:
    loads = [outcome.load for outcome in outcomes.values()]
    return (
        f"Load average before each scenario: {min(loads):.1f} to {max(loads):.1f}; a quiet machine has less than 1.\n"
    )
