"""The emulator as a process: `python -m aiopinecone.emulator --port 5080 --fleet saas --seed 7`."""

import argparse
import asyncio
import os
import signal
import sys

from aiopinecone.emulator.clock import DEFAULT_START
from aiopinecone.emulator.emulator import Emulator
from aiopinecone.emulator.fleets import FLEETS
from aiopinecone.emulator.state import QUOTAS

_EPILOG = """\
Export the two lines it prints, and any Pinecone client, the official SDK too, talks to it.
Of the saas fleet the key of the first project is printed; the others are
pcsk_emulator_globex and pcsk_emulator_initech.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        emulator = Emulator(**vars(options))
    except ValueError as error:
        parser.error(str(error))
    try:
        asyncio.run(serve(emulator))
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        sys.stderr.write(f"{parser.prog}: cannot listen on port {options.port}: {reason}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m aiopinecone.emulator",
        description="A Pinecone control plane for backups, on loopback.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=5080, help="to listen on; 0: any free one (5080)")
    parser.add_argument("--fleet", choices=FLEETS, default="empty", help="what it holds at first (empty)")
    parser.add_argument("--seed", type=int, default=0, help="equal seeds give equal fleets and faults (0)")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds in a real one; 0: frozen (1)")
    parser.add_argument("--plan", choices=QUOTAS, default="enterprise", help="decides the quota (enterprise)")
    moment = f"when the virtual clock begins: now, or a moment in ISO 8601 ({DEFAULT_START})"
    parser.add_argument("--start", default=DEFAULT_START, help=moment)
    parser.add_argument("--legacy-shape", action="store_true", help="answer 2026-07 in the shape of older versions")
    return parser


async def serve(emulator: Emulator) -> None:
    """Run it, and print what to export, until SIGINT or SIGTERM. Raises `OSError`: the port is taken."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with emulator:
        sys.stdout.write(
            f"export PINECONE_CONTROLLER_HOST={emulator.url}\nexport PINECONE_API_KEY={emulator.api_key}\nReady.\n"
        )
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    sys.exit(main())
