"""Doors to what stands elsewhere: the emulator, the demo, completions."""

import os
from typing import Any

from aiopinecone.cli.exits import Failure
from aiopinecone.cli.terminal import Terminal


async def emulator(_: Terminal, options: dict[str, Any]) -> None:
    """Run the emulator until SIGINT or SIGTERM. Raises `Failure`: an option can't be used, or the port is taken."""
    from aiopinecone.emulator import Emulator  # noqa: PLC0415 -- brings the server side of aiohttp
    from aiopinecone.emulator.__main__ import serve  # noqa: PLC0415 -- as above

    try:
        made = Emulator(**options)
    except ValueError as error:
        raise Failure(str(error)) from None
    try:
        await serve(made)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise Failure(f"cannot listen on port {options['port']}: {reason}", "Choose another by --port.") from None


async def demo(_: Terminal) -> None:
    """Run the demo."""
    from aiopinecone.demo import main  # noqa: PLC0415 -- brings the emulator

    await main()


async def completion(terminal: Terminal, script: str) -> None:
    """Print the script."""
    terminal.out.write(script)
