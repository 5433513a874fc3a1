"""The commands that need no project: the emulator and the demo."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Literal

from cyclopts import Parameter

from aiopinecone.cli.terminal import Terminal

Command = Callable[[Terminal], Awaitable[None]]


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
    start: Annotated[
        str, Parameter(metavar="MOMENT", help="When the virtual clock begins: now, or a moment in ISO 8601.")
    ] = "2026-11-01T12:00:00Z",
    legacy_shape: Annotated[bool, Parameter(help="Answer 2026-07 in the shape of older versions.")] = False,
) -> Command:
    """Run a Pinecone control plane for backups on loopback, without a key, until it is interrupted.

    It prints two lines to export; then every client on this machine talks to it. The same as
    `python -m aiopinecone.emulator`; see docs/emulator.md.

    ```sh
    aiopinecone emulator --fleet saas --seed 7 --start now
    ```
    """
    from aiopinecone.cli import others

    options = {"port": port, "fleet": fleet, "seed": seed, "speed": speed, "plan": plan, "start": start}
    return partial(others.emulator, options=options | {"legacy_shape": legacy_shape})


def demo() -> Command:
    """Inspect a thousand made-up backups over real HTTP on loopback. It needs no key.

    ```sh
    aiopinecone demo
    ```
    """
    from aiopinecone.cli import others

    return others.demo
