"""A program that tests run in several processes: one client, told line by line what to do; it prints what came of it.

python caller.py HOST SHARED_CACHE KEYWORDS: a line on stdin is a JSON object with `ids` and `callers`, so many for
each id; the answer is a JSON object, too. KEYWORDS are more arguments of the client, as JSON.
"""

import asyncio
import json
import logging
import sys

from aiopinecone import Backup, CachePolicy, Pinecone

HOST, URL = sys.argv[1:3]
KEYWORDS = json.loads(sys.argv[3])


class Warnings(logging.Handler):
    """Counts what is worse than news."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


async def main() -> None:
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    policy = CachePolicy(**KEYWORDS.pop("policy", {}))
    async with Pinecone("pcsk_made-up", host=HOST, shared_cache=URL, cache=policy, **KEYWORDS) as pc:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            calls = [pc.describe_backup(backup_id) for backup_id in order["ids"] for _ in range(order["callers"])]
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
            answer = {
                "answered": sum(isinstance(outcome, Backup) for outcome in outcomes),
                "errors": [repr(outcome) for outcome in outcomes if not isinstance(outcome, Backup)],
                "warnings": warnings.messages,
                "shared_hits": pc.cache_info().shared_hits,
            }
            print(json.dumps(answer), flush=True)


asyncio.run(main())
