"""One run of the program: arguments in, an exit status out, and nobody sees a traceback who didn't ask for one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from cyclopts import CycloptsError

from aiopinecone import PineconeError
from aiopinecone.cli import ids, nagios, tables, wants_nagios
from aiopinecone.cli.app import app
from aiopinecone.cli.exits import Exit, Failure, first
from aiopinecone.cli.terminal import ReaderGoneError, Terminal

DEBUG = "--debug"

Command = Callable[[Terminal], Awaitable[None]]


def run(argv: Sequence[str]) -> int:
    """Run what the arguments ask for."""
    options = argv[: argv.index("--")] if "--" in argv else argv
    terminal = Terminal(debug=DEBUG in options)
    try:
        _run(argv, terminal)
    except KeyboardInterrupt:
        terminal.codes.add(Exit.INTERRUPTED)
    except ReaderGoneError:
        pass  # who has seen enough is content
    except (PineconeError, Failure) as error:
        terminal.complain(error)
    except CycloptsError as error:
        terminal.complain(Failure(_usage(error), f"See `{_command(error)} --help`."))
    except Exception as error:  # noqa: BLE001 -- a defect of ours; still, one line must do
        terminal.codes.add(Exit.UNKNOWN)
        terminal.say(f"aiopinecone: an unexpected {type(error).__name__}: {error}. {DEBUG} shows where.")
        terminal.show_traceback(error)
    if terminal.conclusion is None and wants_nagios(options):
        trouble = terminal.trouble or ("interrupted" if Exit.INTERRUPTED in terminal.codes else "an unexpected error")
        terminal.conclude(nagios.UNKNOWN, nagios.line(nagios.UNKNOWN, trouble))
    return first(terminal.codes) if terminal.conclusion is None else terminal.conclusion


def _run(argv: Sequence[str], terminal: Terminal) -> None:
    end = argv.index("--") if "--" in argv else len(argv)
    tokens = [ids.STDIN if word == "-" else word for word in argv[:end] if word != DEBUG]
    command: Command | None = app(
        [*tokens, *argv[end:]],
        console=tables.console(terminal.out),
        exit_on_error=False,
        print_error=False,
        result_action="return_value",
    )
    if command is None:  # it was help, and is shown already
        terminal.conclusion = Exit.FINE
    else:
        asyncio.run(_awaited(command, terminal))


async def _awaited(command: Command, terminal: Terminal) -> None:
    await command(terminal)


def _usage(error: CycloptsError) -> str:
    """What cyclopts says, with the `-` of stdin as it was typed."""
    text = str(error).strip().replace(ids.STDIN, "-").replace(repr(ids.STDIN)[1:-1], "-")
    return text[:1].lower() + text[1:]


def _command(error: CycloptsError) -> str:
    return " ".join(["aiopinecone", *(error.command_chain or ())])
