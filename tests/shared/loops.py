"""A program that tests run: one client with a shared cache, over two event loops or a fork. Prints what came of it.

python loops.py loops|fork HOST SHARED_CACHE: HOST is a server that answers for any id.
"""

import asyncio
import gc
import os
import sys

from aiopinecone import Pinecone

HOW, HOST, URL = sys.argv[1:]

pc = Pinecone("pcsk_made-up", host=HOST, shared_cache=URL)


async def describe(prefix: str) -> str:
    ids = [f"{prefix}_{number}" for number in range(10)]
    backups = await asyncio.gather(*map(pc.describe_backup, ids))
    gc.collect()  # in a running loop, where redis-py would close what it inherited
    return "right" if [backup.backup_id for backup in backups] == ids else "MIXED UP"


if HOW == "loops":
    print("first", asyncio.run(describe("first")))
    print("second", asyncio.run(describe("second")))
    asyncio.run(pc.aclose())
else:
    loop = asyncio.new_event_loop()
    print("parent", loop.run_until_complete(describe("first")), flush=True)
    child = os.fork()
    if child == 0:
        print("child", asyncio.run(describe("second")), flush=True)
        asyncio.run(pc.aclose())
        sys.exit()
    assert os.waitpid(child, 0)[1] == 0
    print("parent", loop.run_until_complete(describe("third")), flush=True)
    loop.run_until_complete(pc.aclose())
    loop.close()
print("shared hits", pc.cache_info().shared_hits)
