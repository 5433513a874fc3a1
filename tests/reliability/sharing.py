"""A program that tests run: one client, shared in ways that asyncio has no place for. Prints what came of it.

python sharing.py loops|threads|fork-use|fork-close|fork-leave PORT: PORT of a server that answers for any id.
"""

import asyncio
import gc
import os
import sys
import threading

from aiopinecone import Pinecone, PineconeError

HOW, PORT = sys.argv[1:]

pc = Pinecone("pcsk_made-up", host=f"http://127.0.0.1:{PORT}", cache=None)


async def describe(prefix: str) -> str:
    """Ten at once; `right` if each has its own answer."""
    ids = [f"{prefix}_{number}" for number in range(10)]
    backups = await asyncio.gather(*map(pc.describe_backup, ids))
    return "right" if [backup.backup_id for backup in backups] == ids else "MIXED UP"


def run(prefix: str) -> None:
    try:
        print(prefix, asyncio.run(describe(prefix)), flush=True)
    except PineconeError as error:
        print(prefix, "refused:", error, flush=True)


async def in_two_threads() -> None:
    print("first", await describe("first"))
    await asyncio.to_thread(run, "second")
    await asyncio.to_thread(close)
    print("first", await describe("first"))
    await pc.aclose()


def close() -> None:
    try:
        asyncio.run(pc.aclose())
    except PineconeError as error:
        print("close refused:", error, flush=True)


def fork(child_does: str) -> None:
    loop = asyncio.new_event_loop()
    print("parent", loop.run_until_complete(describe("parent")), flush=True)
    child = os.fork()
    if child == 0:
        if child_does == "use":
            run("child")
        if child_does != "leave":
            close()
        globals().pop("pc")
        gc.collect()
        sys.exit()
    assert os.waitpid(child, 0)[1] == 0
    print("parent", loop.run_until_complete(describe("parent")), flush=True)
    loop.run_until_complete(pc.aclose())
    loop.close()


if HOW == "loops":
    run("first")
    run("second")
    asyncio.run(pc.aclose())
elif HOW == "threads":
    asyncio.run(in_two_threads())
else:
    fork(HOW.removeprefix("fork-"))
print("threads left:", threading.active_count() - 1)
