"""Which changes to the code would no test notice? `make mutation`.

mutmut changes the policies, decoding, ids, cache and flight in every small way it knows, one at a time, and runs the
tests that come by. Prints the score and the survivors, and exits with 1 below 90 % or after an hour; what was
done by then is kept, so that another run goes on from there. Survivors that
make no difference are explained in docs/mutation.md.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHILDREN = str(os.cpu_count() or 2)
ENOUGH = 0.9  # of the mutants killed
SECONDS = 3600
PROGRAM = (sys.executable, "-m", "mutmut")


def score(counts: dict[str, int]) -> float:
    """The share that the tests noticed; one that made them hang was noticed, too."""
    killed = counts["killed"] + counts["timeout"] + counts["segfault"]
    return killed / max(counts["total"] - counts["skipped"], 1)


def main() -> int:
    try:
        subprocess.run([*PROGRAM, "run", "--max-children", CHILDREN], cwd=ROOT, check=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        print(f"not done after {SECONDS} s; what was done is kept, so run it again")
        return 1
    for command in ("results", "export-cicd-stats"):
        subprocess.run([*PROGRAM, command], cwd=ROOT, check=True)
    counts = json.loads((ROOT / "mutants/mutmut-cicd-stats.json").read_text())
    share = score(counts)
    print(f"{share:.1%} of {counts['total']} mutants killed, {ENOUGH:.0%} are asked for")
    return share < ENOUGH


if __name__ == "__main__":
    sys.exit(main())
