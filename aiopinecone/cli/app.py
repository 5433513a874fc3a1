"""The commands and their options, as `--help`, the completions and docs/cli.md show them.

A command only says what it was asked for: a call that is still to be made, with the terminal to print on. What that
needs is imported then.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Literal

from cyclopts import App, Parameter, validators

from aiopinecone._version import __version__
from aiopinecone.cli.options import (
    Ids,
    MoreIds,
    OneProject,
    Printing,
    several,
)
from aiopinecone.cli.terminal import Terminal

Command = Callable[[Terminal], Awaitable[None]]

_PRINTING, _ONE = Printing(), OneProject()

_EPILOGUE = """\
Data goes to stdout, all else to stderr. The key is read from `PINECONE_API_KEY`, or from the variable that the
configuration names; no option takes one. `--debug` shows the traceback of an error.

Exit status, the first that holds: 130 interrupted; 2 usage; 1 a finding: no such backup, a failed one, an index that
isn't protected, a difference; 3 could not tell: the key, the network; 4 timed out; 0 fine.
"""

app = App(
    name="aiopinecone",
    help="Know the state of your Pinecone backups: one, or all of them.",
    help_epilogue=_EPILOGUE,
    help_format="markdown",
    version=__version__,
    default_parameter=Parameter(negative=(), show_default=lambda value: None if value in (False, ()) else value),
)


@app.command
def describe(
    *ids: Ids,
    more: MoreIds = (),
    printing: Printing = _PRINTING,
    project: OneProject = _ONE,
) -> Command:
    """Show backups by their ids.

    Rows of jsonl, csv and name are printed as they come, and so in no order; an id that can't be had is a line on
    stderr.

    ```sh
    aiopinecone describe 8c85e612-ed1c-4f97-9f8c-8194e07bcf71
    aiopinecone list -o name | aiopinecone describe - -o jsonl
    ```
    """
    from aiopinecone.cli import reading

    return partial(reading.describe, given=several(ids, more), choice=project.choice(), style=printing.style())


@app.command(name="list")
def list_(
    *,
    index_name: Annotated[
        str | None, Parameter(name=["--index-name", "-i"], metavar="NAME", help="Only the backups of this index.")
    ] = None,
    limit: Annotated[
        int | None,
        Parameter(
            name=["--limit", "-l"],
            metavar="N",
            validator=validators.Number(gte=1),
            help="So many rows in all, after sorting.",
        ),
    ] = None,
    printing: Printing = _PRINTING,
    project: OneProject = _ONE,
) -> Command:
    """List the backups of the project, or of one index.

    ```sh
    aiopinecone list
    aiopinecone list -i docs-example --sort-by -created_at --limit 5
    aiopinecone list --query "backups[?status!='Ready'].backup_id"
    ```
    """
    from aiopinecone.cli import reading

    return partial(
        reading.list_backups, index_name=index_name, limit=limit, choice=project.choice(), style=printing.style()
    )


@app.command
def doctor(*, printing: Printing = _PRINTING, project: OneProject = _ONE) -> Command:
    """Check the key, the host, the versions, the clock, whether Pinecone can be reached, and the cache.

    Each check is a line that says what to do.

    ```sh
    aiopinecone doctor
    aiopinecone doctor --project prod
    ```
    """
    from aiopinecone.cli import doctor as checks

    return partial(checks.doctor, choice=project.choice(), style=printing.style())


@app.command
def emulator(
    *,
    port: Annotated[int, Parameter(metavar="PORT", help="To listen on; 0: any free one.")] = 5080,
    fleet: Annotated[
        Literal["empty", "demo", "saas", "huge"], Parameter(metavar="FLEET", help="What it holds at first.")
    ] = "empty",
    seed: Annotated[int, Parameter(metavar="N", help="Equal seeds give equal fleets and faults.")] = 0,
    speed: Annotated[float, Parameter(metavar="N", help="Virtual seconds in a real one; 0: frozen.")] = 1.0,
    plan: Annotated[
        Literal["starter", "standard", "enterprise"], Parameter(metavar="PLAN", help="Decides the quota.")
    ] = "enterprise",
    legacy_shape: Annotated[bool, Parameter(help="Answer 2026-07 in the shape of older versions.")] = False,
) -> Command:
    """Run a Pinecone control plane for backups on loopback, without a key, until it is interrupted.

    It prints two lines to export; then every client on this machine talks to it. The same as
    `python -m aiopinecone.emulator`; see docs/emulator.md.

    ```sh
    aiopinecone emulator --fleet saas --seed 7
    ```
    """
    from aiopinecone.cli import others

    options = {"port": port, "fleet": fleet, "seed": seed, "speed": speed, "plan": plan, "legacy_shape": legacy_shape}
    return partial(others.emulator, options=options)


@app.command
def demo() -> Command:
    """Inspect a thousand made-up backups over real HTTP on loopback. It needs no key.

    ```sh
    aiopinecone demo
    ```
    """
    from aiopinecone.cli import others

    return others.demo


@app.command
def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(metavar="SHELL", help="Your shell.")], /
) -> Command:
    """Print what makes your shell complete commands and options.

    ```sh
    source <(aiopinecone completion bash)
    aiopinecone completion zsh > ~/.zfunc/_aiopinecone
    aiopinecone completion fish > ~/.config/fish/completions/aiopinecone.fish
    ```
    """
    from aiopinecone.cli import others

    return partial(others.completion, script=app.generate_completion(shell=shell))
