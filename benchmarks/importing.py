"""Importing, in interpreters of its own. Our modules are compiled before, as pip does with those that it installs."""

import subprocess
import sys
from compileall import compile_dir
from pathlib import Path

from benchmarks.job import Job, WrongAnswerError

PROGRAM = """
import sys, time
began = time.process_time()
{0}
print(time.process_time() - began, *sys.modules)
"""
STATEMENTS = {
    "aiohttp": "import aiohttp",
    "ours": "import aiopinecone",
    "official": "from pinecone import AsyncPinecone",
}
NEEDLESS = {"redis", "pydantic", "fastapi", "rich"}


def importing(contender: str, job: Job) -> dict[str, float]:
    """Milliseconds of CPU for the import; of several, the shortest."""
    compile_dir(Path(__file__).parents[1] / "aiopinecone", quiet=1)
    lengths = []
    for _ in range(job.count):
        command = [sys.executable, "-c", PROGRAM.format(STATEMENTS[contender])]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        lengths.append(float(said[0]))
        if contender == "ours" and (needless := NEEDLESS & set(said)):
            raise WrongAnswerError(f"imports {', '.join(needless)}")
    return {"figure": min(lengths) * 1e3}
