"""`pinecone_lifespan` and `PineconeDep`: a client for as long as the app lives, in every handler."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, WebSocket
from httpx import ASGITransport, AsyncClient

from aiopinecone import Backup, ClientClosedError, Pinecone, PineconeError, PineconeValueError
from aiopinecone.emulator import Emulator
from aiopinecone.fastapi import PineconeDep, get_pinecone, install_exception_handlers, pinecone_lifespan
from services.visiting import KEY, visiting


def app_with(lifespan: Any) -> FastAPI:
    app = FastAPI(lifespan=lifespan)

    @app.get("/mine/{backup_id}")
    async def mine(backup_id: str, pc: PineconeDep) -> Backup:
        return await pc.describe_backup(backup_id)

    @app.get("/client")
    async def client(pc: PineconeDep) -> dict[str, int]:
        return {"id": id(pc)}

    return app


async def test_a_client_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made at each start of the app, and closed at its end."""
    async with Emulator() as emulator:
        emulator.add_backup(backup_id="bkp_1")
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", emulator.url)
        monkeypatch.setenv("PINECONE_API_KEY", emulator.api_key)
        app = app_with(pinecone_lifespan())
        for _ in range(2):
            async with visiting(app) as visitor:
                answer = await visitor.get("/mine/bkp_1")
                assert answer.status_code == 200
                assert answer.json()["backup_id"] == "bkp_1"
        assert emulator.requests["describe_backup"] == 2


async def test_an_environment_without_a_key_stops_the_start() -> None:
    """By the client's own words."""
    with pytest.raises(PineconeValueError, match="there is no API key"):
        async with visiting(app_with(pinecone_lifespan())):
            pass


async def test_a_client_of_ones_own_serves_one_life_of_the_app() -> None:
    """It is entered and closed with the app; a second start says what to do."""
    pc = Pinecone(KEY)
    app = app_with(pinecone_lifespan(pc))
    async with visiting(app) as visitor:
        assert (await visitor.get("/client")).json() == {"id": id(pc)}
    with pytest.raises(ClientClosedError):
        await pc.describe_backup("bkp_1")
    with pytest.raises(ClientClosedError, match="it serves one life of an app") as caught:
        async with visiting(app):
            pass
    assert caught.value.hint == "Pass none, and each start of the app makes one of its own."


async def test_a_lifespan_of_ones_own_goes_inside() -> None:
    """It runs while the client is open, and the state that it yields stays."""
    seen = []

    @asynccontextmanager
    async def inner(app: FastAPI) -> AsyncIterator[dict[str, str]]:
        seen.append("start")
        yield {"color": "blue"}
        await pc.clear_cache()  # a closed client would refuse
        seen.append("end")

    pc = Pinecone(KEY)
    app = app_with(pinecone_lifespan(pc, inner=inner))

    @app.get("/state")
    async def state(request: Request, pc: PineconeDep) -> dict[str, Any]:
        return {"color": request.state.color, "id": id(pc)}

    async with visiting(app) as visitor:
        assert (await visitor.get("/state")).json() == {"color": "blue", "id": id(pc)}
    assert seen == ["start", "end"]


async def test_a_lifespan_that_fails_closes_the_client() -> None:
    """Its error comes through."""

    @asynccontextmanager
    async def inner(app: FastAPI) -> AsyncIterator[None]:
        raise ZeroDivisionError
        yield

    pc = Pinecone(KEY)
    with pytest.raises(ZeroDivisionError):
        async with visiting(app_with(pinecone_lifespan(pc, inner=inner))):
            pass
    with pytest.raises(ClientClosedError):
        await pc.clear_cache()


async def test_a_mounted_app_has_the_client_of_the_app_around_it() -> None:
    """It has no lifespan that anybody would run."""
    pc = Pinecone(KEY)
    app = FastAPI(lifespan=pinecone_lifespan(pc))
    app.mount("/sub", app_with(None))
    async with visiting(app) as visitor:
        assert (await visitor.get("/sub/client")).json() == {"id": id(pc)}


async def test_apps_in_one_process_have_clients_of_their_own() -> None:
    """None takes another's."""
    clients = [Pinecone(KEY), Pinecone(KEY)]
    apps = [app_with(pinecone_lifespan(pc)) for pc in clients]
    async with visiting(apps[0]) as first, visiting(apps[1]) as second:
        ids = [(await visitor.get("/client")).json()["id"] for visitor in (first, second)]
    assert ids == [id(pc) for pc in clients]


async def test_a_server_that_carries_no_state_will_do() -> None:
    """Tests often run the lifespan themselves, and hand requests to the app."""
    pc = Pinecone(KEY)
    app = app_with(pinecone_lifespan(pc))
    async with app.router.lifespan_context(app), AsyncClient(transport=ASGITransport(app), base_url="http://x") as it:
        assert (await it.get("/client")).json() == {"id": id(pc)}


async def test_a_test_may_put_another_client_in_its_place() -> None:
    """`app.dependency_overrides[get_pinecone]`, as FastAPI has it."""
    app = app_with(None)
    async with Pinecone(KEY) as pc, visiting(app) as visitor:
        app.dependency_overrides[get_pinecone] = lambda: pc
        assert (await visitor.get("/client")).json() == {"id": id(pc)}


async def test_without_the_lifespan_the_error_says_what_is_missing(caplog: pytest.LogCaptureFixture) -> None:
    """500 for the visitor, the hint for whoever reads the log; without our handlers the error itself."""
    async with visiting(app_with(None)) as visitor:
        with pytest.raises(PineconeError, match="the app has no Pinecone client"):
            await visitor.get("/client")
    app = app_with(None)
    install_exception_handlers(app)
    async with visiting(app) as visitor:
        answer = await visitor.get("/client")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "FastAPI(lifespan=pinecone_lifespan())" in caplog.text
    assert "lifespan" not in answer.text


async def test_a_websocket_has_the_client_too() -> None:
    """And an error of it is raised as if nobody had installed a handler: there is no response to put it in."""
    pc = Pinecone(KEY)
    app = FastAPI(lifespan=pinecone_lifespan(pc))
    install_exception_handlers(app)
    ids = []

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, pc: PineconeDep) -> None:
        ids.append(id(pc))
        await pc.describe_backup("..")

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(_: object) -> None:
        pass

    scope = {"type": "websocket", "path": "/socket", "headers": [], "query_string": b"", "subprotocols": []}
    async with app.router.lifespan_context(app):
        with pytest.raises(PineconeValueError):
            await app(scope, receive, send)
    assert ids == [id(pc)]


@pytest.mark.parametrize("client", [Pinecone, app_with(None), "pcsk_made-up"])
def test_what_is_no_client_is_refused(client: Any) -> None:
    """`FastAPI(lifespan=pinecone_lifespan)`, without the brackets, is told what to write."""
    with pytest.raises(PineconeValueError, match="client must be a Pinecone, not") as caught:
        pinecone_lifespan(client)
    assert "FastAPI(lifespan=pinecone_lifespan())" in str(caught.value.hint)


@pytest.mark.real_time
def test_without_fastapi_it_says_what_to_install(tmp_path: Path) -> None:
    """In one line; the rest of the package doesn't need it."""
    (tmp_path / "fastapi.py").write_text("raise ImportError")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import aiopinecone; import aiopinecone.fastapi"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == (
        "ImportError: aiopinecone.fastapi needs FastAPI: pip install 'aiopinecone-backups[fastapi]'"
    )
    assert "During handling" not in run.stderr
