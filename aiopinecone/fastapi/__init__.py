"""FastAPI handlers that await a backup: the client as a dependency, errors as problem details, ready-made routes.

    app = FastAPI(lifespan=pinecone_lifespan())
    install_exception_handlers(app)
    app.include_router(backups_router(), prefix="/backups")

    @app.get("/mine/{backup_id}")
    async def mine(backup_id: str, pc: PineconeDep) -> Backup:
        return await pc.describe_backup(backup_id)

In tests `app.dependency_overrides[get_pinecone] = lambda: pc` puts another client in the place of the app's.
"""

try:
    import fastapi as _fastapi  # noqa: F401 -- only to say what to install where it is missing
except ImportError:
    raise ImportError("aiopinecone.fastapi needs FastAPI: pip install 'aiopinecone-backups[fastapi]'") from None

from aiopinecone.fastapi.lifespan import PineconeDep, get_pinecone, pinecone_lifespan
from aiopinecone.fastapi.problems import install_exception_handlers
from aiopinecone.fastapi.routes import backups_router

__all__ = ["PineconeDep", "backups_router", "get_pinecone", "install_exception_handlers", "pinecone_lifespan"]
