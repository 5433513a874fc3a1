"""`aiopinecone`, the command line: a thin door over the public API that holds no rule of its own.

It needs the extra [cli]; `import aiopinecone` never loads it.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec

NEEDED = ("cyclopts", "jmespath", "rich", "yaml")


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status. `argv` is without the program's name; None takes the program's own."""
    given = sys.argv[1:] if argv is None else argv
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        problem = f"aiopinecone needs {missing[0]}: pip install 'aiopinecone-backups[cli]'"
        if wants_nagios(given):
            sys.stdout.write(f"PINECONE BACKUPS UNKNOWN - {problem}\n")
            return 3
        sys.stderr.write(f"{problem}\n")
        return 2
    from aiopinecone.cli.program import run  # noqa: PLC0415 -- what it imports may be missing, as was just seen

    return run(given)


def wants_nagios(options: Sequence[str]) -> bool:
    """Whether these arguments, right or wrong, ask for the line and the exit status of a Nagios check."""
    words = [word for word in options if word != "--debug"]
    pairs = zip(words, [*words[1:], ""], strict=True)
    return words[:1] == ["audit"] and any(
        option in {"-onagios", "-o=nagios", "--output=nagios"} or (option in {"-o", "--output"} and value == "nagios")
        for option, value in pairs
    )
