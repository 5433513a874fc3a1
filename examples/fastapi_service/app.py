"""A service that knows the state of backups. Its workers share what they know through Valkey, or Redis.

uvicorn app:app --workers 4, with PINECONE_API_KEY and SHARED_CACHE_URL in the environment; `serve.py` brings it all up.
"""

import os

from fastapi import FastAPI

from aiopinecone import Backup, Pinecone
from aiopinecone.fastapi import PineconeDep, backups_router, install_exception_handlers, pinecone_lifespan

# Made at import, once in each worker: that does no I/O. It is opened and closed with the app.
pc = Pinecone(shared_cache=os.environ["SHARED_CACHE_URL"])

app = FastAPI(title="Backups", lifespan=pinecone_lifespan(pc))
install_exception_handlers(app)
app.include_router(backups_router(tags=["ready-made"]), prefix="/backups")


@app.get("/mine/{backup_id}")
async def mine(backup_id: str, pc: PineconeDep) -> Backup:
    """A handler of one's own."""
    return await pc.describe_backup(backup_id)
