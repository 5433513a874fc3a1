"""What a child process does: one run of one contender. It prints what it measured as JSON.

python -m benchmarks.child SCENARIO CONTENDER JOB: JOB is JSON, the fields of a `Job`.
"""

import importlib
import json
import sys

from benchmarks.job import WRONG, Job, WrongAnswerError
from benchmarks.scenarios import SCENARIOS

if __name__ == "__main__":
    scenario, contender, job = sys.argv[1:]
    module, function = SCENARIOS[scenario].run.split(":")
    run = getattr(importlib.import_module(f"benchmarks.{module}"), function)
    try:
        print(json.dumps(run(contender, Job(**json.loads(job)))))
    except WrongAnswerError as error:
        print("a wrong answer:", error, file=sys.stderr)
        sys.exit(WRONG)
