"""Outcomes as Markdown: a table for each, and one of the targets."""

from collections.abc import Iterable
from statistics import median

from benchmarks.running import Outcome
from benchmarks.scenarios import Target


def targets(outcomes: Iterable[Outcome], *, judged: bool = True) -> str:
    """What was to be reached, and what was."""
    lines = ["| scenario | target | reached |", "|---|---|---|"]
    for outcome in outcomes:
        title = outcome.scenario.title
        lines += [
            f"| {title} | {target.says} | {_reached(outcome, target, judged=judged)} |"
            for target in outcome.scenario.targets
        ]
    return "\n".join(lines) + "\n"


def _reached(outcome: Outcome, target: Target, *, judged: bool) -> str:
    """The median of the rounds, their range, and the verdict."""
    if not (reached := outcome.reached(target)):
        return "**no**"
    spread = f" ({_number(min(reached))} to {_number(max(reached))})" if len(reached) > 1 else ""
    verdict = ": yes" if outcome.reaches(target) else ": **no**"
    return f"{_number(median(reached))}{spread}{verdict if judged else ''}"


def table(outcome: Outcome) -> str:
    """Every contender of a scenario."""
    scenario = outcome.scenario
    base = next(iter(scenario.contenders))
    lines = [
        f"**{scenario.title[0].upper()}{scenario.title[1:]}** ({_sizes(outcome)})\n",
        f"| contender | {scenario.unit} | spread | of it CPU | as fast as the first |",
        "|---|---|---|---|---|",
    ]
    for contender, title in scenario.contenders.items():
        values = outcome.values(contender)
        if not values:
            lines.append(f"| {title} | no run counts | | | |")
            continue
        cpu, requests = outcome.median(contender, "cpu"), outcome.median(contender, "requests")
        extra = f" ({requests:,.0f} request{'s' if requests > 1 else ''})" if requests is not None else ""
        ratio = outcome.ratio(contender, base)
        lines.append(
            f"| {title}{extra} | {_number(outcome.median(contender))} "
            f"| {_number(min(values))} to {_number(max(values))} | {_number(cpu)} | {_number(ratio)} |"
        )
    return "\n".join(lines) + "\n"


def _sizes(outcome: Outcome) -> str:
    rounds = max(map(len, outcome.runs.values()), default=0)
    slow = ", a twentieth of it for the slow ones" if outcome.scenario.slow else ""
    return f"{outcome.count:,} a run{slow}; {rounds} round{'s' if rounds != 1 else ''}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
