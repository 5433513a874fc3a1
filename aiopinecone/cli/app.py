"""The commands and their options, as `--help`, the completions and docs/cli.md show them.

A command only says what it was asked for: a call that is still to be made, with the terminal to print on. What that
needs is imported then.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter, validators

from aiopinecone._version import __version__
from aiopinecone.cli import doors
from aiopinecone.cli.exits import Failure
from aiopinecone.cli.options import (
    EPILOGUE,
    AuditPrinting,
    Ids,
    MoreIds,
    OneProject,
    PollInterval,
    Printing,
    Rules,
    SomeProjects,
    Timeout,
    several,
)
from aiopinecone.cli.terminal import Terminal

Command = Callable[[Terminal], Awaitable[None]]

_PRINTING, _AUDIT_PRINTING = Printing(), AuditPrinting()
_ONE, _SOME, _RULES = OneProject(), SomeProjects(), Rules()

app = App(
    name="aiopinecone",
    help="Know the state of your Pinecone backups: one, or all of them.",
    help_epilogue=EPILOGUE,
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
def inventory(*, printing: Printing = _PRINTING, project: OneProject = _ONE) -> Command:
    """Count all backups of the project: whole, or not at all.

    The table has a row for each index; json, yaml, jsonl, csv and name have the backups. What `-o json` prints is what
    `diff` reads.

    ```sh
    aiopinecone inventory
    aiopinecone inventory -o json > today.json
    ```
    """
    from aiopinecone.cli import reading

    return partial(reading.inventory, choice=project.choice(), style=printing.style())


@app.command
def audit(
    *, rules: Rules = _RULES, printing: AuditPrinting = _AUDIT_PRINTING, project: SomeProjects = _SOME
) -> Command:
    """Judge whether every index can be restored, and to a moment that is recent enough.

    The verdicts, best first: PROTECTED, PENDING, AGEING, LAST_FAILED are fine; UNKNOWN couldn't be told; UNSUPPORTED,
    SHRUNK, STALE, EMPTY, NEVER are findings. `-o wide` adds what to do. `-o nagios` prints the line of a Nagios check,
    and exits with 0 (all PROTECTED), 1 (others that are fine), 2 (a finding) or 3 (all else).

    ```sh
    aiopinecone audit --max-age 26h
    aiopinecone audit --policy policy.toml --project prod --project staging -o wide
    aiopinecone audit -o nagios
    ```
    """
    from aiopinecone.cli import auditing, policies

    policy = policies.load(rules.policy, max_age=rules.max_age, warn_age=rules.warn_age)
    return partial(auditing.audit, policy=policy, choice=project.choice(), style=printing.style())


@app.command
def wait(
    *ids: Ids,
    more: MoreIds = (),
    timeout: Timeout = "6h",
    poll_interval: PollInterval = None,
    printing: Printing = _PRINTING,
    project: OneProject = _ONE,
) -> Command:
    """Wait until backups are ready, and print them.

    One that fails, or isn't there, is a line on stderr; the others are waited for.

    ```sh
    aiopinecone wait 8c85e612-ed1c-4f97-9f8c-8194e07bcf71 --timeout 90m
    ```
    """
    from aiopinecone.cli import waiting

    return partial(
        waiting.wait,
        given=several(ids, more),
        timeout=timeout,
        poll_interval=poll_interval,
        choice=project.choice(),
        style=printing.style(),
    )


@app.command
def watch(
    *ids: Ids,
    more: MoreIds = (),
    timeout: Timeout = "none",
    poll_interval: PollInterval = None,
    printing: Printing = _PRINTING,
    project: OneProject = _ONE,
) -> Command:
    """Print backups as they are, and a row more for each change, until all are ready or failed.

    ```sh
    aiopinecone watch 8c85e612-ed1c-4f97-9f8c-8194e07bcf71
    ```
    """
    from aiopinecone.cli import waiting

    return partial(
        waiting.watch,
        given=several(ids, more),
        timeout=timeout,
        poll_interval=poll_interval,
        choice=project.choice(),
        style=printing.style(),
    )


@app.command
def diff(
    before: Annotated[Path, Parameter(metavar="BEFORE", help="An inventory: a file, or `-` for stdin.")],
    after: Annotated[
        Path | None,
        Parameter(metavar="AFTER", help="A later one. By default the project as it is now."),
    ] = None,
    /,
    *,
    printing: Printing = _PRINTING,
    project: OneProject = _ONE,
) -> Command:
    """Show what changed between two inventories: new, gone, status_changed, shrunk.

    A difference is a finding. jsonl has the rows of the four lists, one after the other.

    ```sh
    aiopinecone inventory -o json > yesterday.json
    aiopinecone diff yesterday.json
    aiopinecone diff yesterday.json today.json -o json
    ```
    """
    from aiopinecone.cli import comparing

    return partial(comparing.diff, before=before, after=after, choice=project.choice(), style=printing.style())


@app.command
def serve(
    *,
    port: Annotated[
        int, Parameter(metavar="PORT", validator=validators.Number(gte=0, lte=65_535), help="0: any free one.")
    ] = 9464,
    host: Annotated[str, Parameter(metavar="HOST", help="The address to listen on.")] = "127.0.0.1",
    interval: Annotated[str, Parameter(metavar="LENGTH", help="From one inspection to the next; 1s at least.")] = "5m",
    rules: Rules = _RULES,
    project: SomeProjects = _SOME,
) -> Command:
    """Serve metrics for Prometheus on /metrics until it is told to stop. It needs the extra [prometheus].

    Projects are inspected in the background; a scrape is answered from memory. An inspection that fails keeps the last
    series and counts as an error. Alert rules and a Grafana board: examples/ of the source.

    ```sh
    aiopinecone serve --port 9464 --interval 5m
    aiopinecone serve --project prod --project staging --policy policy.toml
    ```
    """
    if find_spec("prometheus_client") is None:
        raise Failure("aiopinecone serve needs prometheus_client: pip install 'aiopinecone-backups[cli,prometheus]'")
    from aiopinecone.cli import policies, serving

    policy = policies.load(rules.policy, max_age=rules.max_age, warn_age=rules.warn_age)
    seconds = policies.interval(interval)
    return partial(serving.serve, host=host, port=port, interval=seconds, policy=policy, choice=project.choice())


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


app.command(doors.emulator)
app.command(doors.demo)


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
