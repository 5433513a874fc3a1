"""`serve`: metrics for Prometheus, refreshed in the background and served from memory.

aiohttp serves them, since it is here anyway and shares the event loop with the client: no thread, and an end that
waits for nothing. The exposition is prometheus_client's, with a registry of its own.
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from aiopinecone import AuditPolicy, Pinecone, PineconeError
from aiopinecone.cli.auditing import Unreadable, open_client
from aiopinecone.cli.exits import Failure
from aiopinecone.cli.metrics import Backups, Inspected
from aiopinecone.cli.projects import Choice
from aiopinecone.cli.terminal import Terminal, in_one_line

GRACE = 0.5  # seconds that a scrape in work has when the end comes


async def serve(terminal: Terminal, host: str, port: int, interval: float, policy: AuditPolicy, choice: Choice) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises `Failure` where nothing can listen there."""
    projects = choice.all()
    known = {project.name: Inspected() for project in projects}
    stopped = asyncio.Event()
    with suppress(NotImplementedError):  # Windows has no such signals
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with AsyncExitStack() as stack:
        clients = {project.name: await open_client(project, terminal, stack) for project in projects}
        unreadable = [pc for pc in clients.values() if isinstance(pc, Unreadable)]
        if len(unreadable) == len(clients):
            raise unreadable[0].problem
        url = await _listen(host, port, known, stack)
        terminal.say(f"Serving {', '.join(clients)} on {url}")
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_refresh(terminal, name, pc, policy, known[name], interval))
                for name, pc in clients.items()
            ]
            await stopped.wait()
            for task in tasks:
                task.cancel()


async def _listen(host: str, port: int, known: Mapping[str, Inspected], stack: AsyncExitStack) -> str:
    registry = CollectorRegistry()
    registry.register(Backups(known, _now))

    async def metrics(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": content_type})

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE)
    stack.push_async_callback(runner.cleanup)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error)
        raise Failure(f"can't listen on {host}, port {port}: {reason}", "Choose others by --host and --port.") from None
    bound_host, bound_port = runner.addresses[0][:2]
    return f"http://{f'[{bound_host}]' if ':' in bound_host else bound_host}:{bound_port}/metrics"


async def _refresh(
    terminal: Terminal, name: str, pc: Pinecone | Unreadable, policy: AuditPolicy, known: Inspected, interval: float
) -> None:
    """Inspect the project again and again; what is known of it stays where that fails."""
    while True:
        try:
            await _inspect(pc, policy, known)
        except PineconeError as error:
            known.errors += 1
            terminal.say(f"{name}: the inspection failed: {in_one_line(error)}")
        await asyncio.sleep(interval)


async def _inspect(pc: Pinecone | Unreadable, policy: AuditPolicy, known: Inspected) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    report = await pc.audit(policy, None)
    assert isinstance(pc, Pinecone)  # the audit of any other raises
    inventory = await pc.inventory()
    known.keep(report.findings, inventory, _now(), clock() - began)


def _now() -> float:
    return datetime.now(UTC).timestamp()
