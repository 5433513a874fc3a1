"""`aiopinecone`, the command line: a thin door over the public API that holds no rule of its own.

It needs the extra [cli]; `import aiopinecone` never loads it.
"""

import sys
from importlib.util import find_spec

NEEDED = ("cyclopts", "jmespath", "rich", "yaml")


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status. `argv` is without the program's name; None takes the program's own."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        sys.stderr.write(f"aiopinecone needs {missing[0]}: pip install 'aiopinecone-backups[cli]'\n")
        return 2
    from aiopinecone.cli.program import run  # noqa: PLC0415 -- what it imports may be missing, as was just seen

    return run(sys.argv[1:] if argv is None else argv)
