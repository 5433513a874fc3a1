"""Ours beside bare aiohttp and the peers: prints tables; with --write, renews results.json, .md and .png."""

import argparse
import sys

from benchmarks import machine, report, results
from benchmarks.running import BenchmarkError, Outcome, run
from benchmarks.scenarios import SCENARIOS


def arguments() -> argparse.Namespace:
    names = "\n".join(f"  {name:12} {scenario.title}" for name, scenario in SCENARIOS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"scenarios:\n{names}\n\nIt exits with 1 if a run got a wrong answer: such a run doesn't count.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenario", nargs="*", help="run only these; all of them without")
    parser.add_argument("--quick", action="store_true", help="less of everything, and one round: for a look only")
    parser.add_argument(
        "--rounds", type=int, default=None, help="how often each contender runs; else mostly 5, or 1 with --quick"
    )
    parser.add_argument("--write", action="store_true", help="keep the results, with those of other scenarios")
    options = parser.parse_args()
    if unknown := sorted(set(options.scenario) - set(SCENARIOS)):
        parser.error(f"there is no scenario {', '.join(unknown)}; see --help")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return options


def main() -> int:
    options = arguments()
    outcomes: dict[str, Outcome] = {}
    whole = [name for name, scenario in SCENARIOS.items() if not options.quick or scenario.quick_count]
    try:
        for name in options.scenario or whole:
            outcomes[name] = run(name, SCENARIOS[name], rounds=options.rounds, quick=options.quick)
            print(report.table(outcomes[name]), flush=True)
    finally:  # what was measured is kept, whatever came then
        if options.write and outcomes:
            results.add(outcomes)
    if options.quick:
        print("One short run of each decides nothing; `make bench` has five long ones.\n")
    if any(outcome.scenario.targets for outcome in outcomes.values()):
        print(report.targets(outcomes.values(), judged=not options.quick))
    print(machine.facts())
    return 1 if any(outcome.problems for outcome in outcomes.values()) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchmarkError as error:
        sys.exit(str(error))
