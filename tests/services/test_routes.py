"""The ready-made routes: one backup, many as they come, a list page by page."""

import asyncio
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import orjson
import pytest
import schemathesis
from fastapi import Depends, FastAPI, Header, HTTPException
from httpx import AsyncClient
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from aiopinecone import Backup, CachePolicy, Pinecone
from aiopinecone.emulator import Emulator
from aiopinecone.fastapi import backups_router, pinecone_lifespan
from conftest import SAMPLE_ID
from raw_server import Exchange, RawServer, backup_body
from services.visiting import KEY, app_of, visiting

SAMPLE = f"/backups/{SAMPLE_ID}"


def demo_app(emulator: Emulator) -> FastAPI:
    return app_of(emulator.url, emulator.api_key)


async def echo(exchange: Exchange) -> None:
    """A backup for whatever id."""
    exchange.answer(backup_body(unquote(exchange.backup_id)))


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


async def test_a_backup_is_served_as_the_wire_has_it(sample: dict[str, Any]) -> None:
    """With a weak ETag, and for how long it may be kept: as long as the client will, and no longer."""

    async def reply(exchange: Exchange) -> None:
        exchange.answer(orjson.dumps(sample))

    policy = CachePolicy(ttl=60, ttl_jitter=0)
    async with RawServer(reply) as server:
        app = FastAPI(lifespan=pinecone_lifespan(Pinecone(KEY, host=server.url, cache=policy)))
        app.include_router(backups_router(), prefix="/backups")
        async with visiting(app) as visitor:
            answer = await visitor.get(SAMPLE)
            assert answer.json() == sample
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["etag"].startswith('W/"')
            assert "age" not in answer.headers
            ages = [answer.headers["cache-control"]]
            for _ in range(2):
                await asyncio.sleep(20.25)
                ages.append((await visitor.get(SAMPLE)).headers["cache-control"])
            assert len(server.exchanges) == 1
    assert ages == ["private, max-age=60", "private, max-age=39", "private, max-age=19"]


async def test_what_isnt_kept_here_isnt_kept_there() -> None:
    """Without a cache nothing is left: `max-age=0`."""
    async with RawServer(echo) as server:
        app = FastAPI(lifespan=pinecone_lifespan(Pinecone(KEY, host=server.url, cache=None)))
        app.include_router(backups_router(prefix="/backups"))
        async with visiting(app) as visitor:
            assert (await visitor.get("/backups/a")).headers["cache-control"] == "private, max-age=0"


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [
        ("*", 304),
        (" * ", 304),
        ('W/"TAG"', 304),
        ('"TAG"', 304),
        ('"a", W/"TAG"', 304),
        ('"a,b" ,"TAG"', 304),
        ('W/"TAG", "*"', 304),
        ('"other"', 200),
        ('W/"*"', 200),
        ("TAG", 200),
        ('"TAG', 200),
        ('"xTAG"', 200),
        ("", 200),
    ],
)
async def test_who_has_it_already_isnt_sent_it_again(if_none_match: str, status: int) -> None:
    """`If-None-Match`: any, one, or a list, compared weakly; a 304 has the headers that the 200 would have."""
    async with RawServer(echo) as server, visiting(app_of(server.url)) as visitor:
        first = await visitor.get("/backups/a")
        tag = first.headers["etag"][3:-1]
        answer = await visitor.get("/backups/a", headers={"If-None-Match": if_none_match.replace("TAG", tag)})
    assert answer.status_code == status
    assert answer.headers["etag"] == first.headers["etag"]
    assert answer.headers["cache-control"].startswith("private, max-age=")
    assert answer.content == (b"" if status == 304 else first.content)


async def test_a_header_that_comes_twice_is_one_list() -> None:
    """As RFC 9110 has it."""
    async with RawServer(echo) as server, visiting(app_of(server.url)) as visitor:
        tag = (await visitor.get("/backups/a")).headers["etag"]
        headers = [("If-None-Match", '"x"'), ("If-None-Match", tag), ("If-None-Match", '"y"')]
        assert (await visitor.get("/backups/a", headers=headers)).status_code == 304


async def test_the_etag_is_of_the_backup() -> None:
    """The same where fields have only changed their places, and another one where any has changed."""
    bodies = [
        backup_body("a", tags={"x": "1", "y": "2"}),
        backup_body("a", tags={"y": "2", "x": "1"}),
        backup_body("a", tags={"x": "1"}),
    ]
    tags = []
    for body in bodies:

        async def reply(exchange: Exchange, body: bytes = body) -> None:
            exchange.answer(body)

        async with RawServer(reply) as server, visiting(app_of(server.url)) as visitor:
            tags.append((await visitor.get("/backups/a")).headers["etag"])
    assert tags[0] == tags[1] != tags[2]


async def test_head_is_get_without_the_body() -> None:
    """For a backup and for the list."""
    async with RawServer(echo) as server, visiting(app_of(server.url)) as visitor:
        got, head = await visitor.get("/backups/a"), await visitor.head("/backups/a")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers == got.headers
        tag = {"If-None-Match": got.headers["etag"]}
        assert (await visitor.head("/backups/a", headers=tag)).status_code == 304
        assert (await visitor.head("/backups/..")).status_code == 404  # the visitor's own library took the dots away


@pytest.mark.parametrize(
    ("path", "backup_id"),
    [
        ("/backups/a.b-c_d~e", "a.b-c_d~e"),
        ("/backups/a%2Fb", "a/b"),
        ("/backups/%2F", "/"),
        ("/backups/b%2F", "b/"),
        ("/backups/a%252Fb", "a%2Fb"),
        ("/backups/...", "..."),
        ("/backups/%C3%BC%F0%9F%8C%B2", "ü🌲"),
        ("/backups/a%20b%3F%23", "a b?#"),
        ("/backups/describe", "describe"),
    ],
)
async def test_an_id_is_opaque(path: str, backup_id: str) -> None:
    """Whatever it holds, it is the one that Pinecone is asked for."""
    async with Emulator() as emulator, visiting(demo_app(emulator)) as visitor:
        emulator.add_backup(backup_id=backup_id)
        answer = await visitor.get(path)
    assert answer.status_code == 200
    assert answer.json()["backup_id"] == backup_id


@pytest.mark.parametrize(
    ("path", "status"), [("a/b", 404), ("%2E%2E", 422), ("a%2Fb/c", 404), ("/", 404), ("none", 404)]
)
async def test_what_is_no_id(path: str, status: int) -> None:
    """Two segments are another route, which an app may have; dots are refused by the client."""
    async with Emulator() as emulator, visiting(demo_app(emulator)) as visitor:
        assert (await visitor.get(f"/backups/{path}")).status_code == status


async def test_an_app_may_have_routes_below_an_id() -> None:
    """The ready-made ones don't swallow them, whatever the order."""
    async with RawServer(echo) as server:
        app = app_of(server.url)

        @app.get("/backups/{backup_id}/owner")
        async def owner(backup_id: str) -> str:
            return f"of {backup_id}"

        async with visiting(app) as visitor:
            assert (await visitor.get("/backups/a/owner")).json() == "of a"
            assert (await visitor.get("/backups/a%2Fowner")).json()["backup_id"] == "a/owner"
            assert (await visitor.get("/backups/a/", follow_redirects=True)).json()["backup_id"] == "a"


async def test_a_newline_is_no_end_of_a_path() -> None:
    """Neither the list nor another backup is what an id with a newline at its end asks for."""
    async with RawServer(echo) as server, visiting(app_of(server.url)) as visitor:
        for path in ("/backups/%0A", "/backups/a%0A"):
            assert (await visitor.get(path)).status_code == 404
        assert server.exchanges == []


async def test_a_server_that_tells_no_raw_path() -> None:
    """Where nobody can know what `%2F` was, an id has no slash."""
    async with RawServer(echo) as server:
        app = app_of(server.url)

        async def without_raw_path(scope: Any, receive: Any, send: Any) -> None:
            await app({name: value for name, value in scope.items() if name != "raw_path"}, receive, send)

        outer = FastAPI(lifespan=app.router.lifespan_context)
        outer.mount("/", without_raw_path)
        async with visiting(outer) as visitor:
            assert (await visitor.get("/backups/a")).status_code == 200
            assert (await visitor.get("/backups/a%2Fb")).status_code == 404


async def test_a_list_is_walked_page_by_page() -> None:
    """By the token of the page before; the last has none."""
    async with Emulator(fleet="demo") as emulator, visiting(demo_app(emulator)) as visitor:
        ids: list[str] = []
        params: dict[str, str | int] = {"limit": 90}
        for number in range(12):
            answer = await visitor.get("/backups/", params=params)
            assert answer.headers["cache-control"] == "no-store"
            page = answer.json()
            ids += [backup["backup_id"] for backup in page["data"]]
            if number == 11:
                assert page["pagination"] is None
            else:
                params["pagination_token"] = page["pagination"]["next"]
        assert len(set(ids)) == len(ids) == 1000
        assert emulator.requests["list_backups"] == 12
        assert len((await visitor.get("/backups/")).json()["data"]) == 100
        of_one = (await visitor.get("/backups/", params={"index_name": "docs-example"})).json()
    assert [backup["backup_id"] for backup in of_one["data"]] == [SAMPLE_ID]


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("limit=0", 422, "query.limit: Input should be greater than or equal to 1."),
        ("limit=101", 422, "query.limit: Input should be less than or equal to 100."),
        ("limit=ten", 422, "query.limit: Input should be a valid integer, unable to parse string as an integer."),
        ("pagination_token=nonsense", 422, "Pinecone can't use the id, the name or the token of this request."),
        ("pagination_token=", 422, "pagination_token must be the next_token of a page; None begins at the first."),
        ("pagination_token=a%0Ab", 422, "pagination_token must be the next_token of a page; None begins at the first."),
        ("index_name=..", 422, "an index name can't be '..': it would ask for something else."),
        ("index_name=none", 404, "Pinecone has no such backup or index."),
    ],
)
async def test_a_list_that_cant_be(query: str, status: int, detail: str) -> None:
    """A problem that says why."""
    async with Emulator() as emulator, visiting(demo_app(emulator)) as visitor:
        answer = await visitor.get(f"/backups/?{query}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == detail


async def test_many_backups_are_lines_of_json() -> None:
    """One for each id, those that come twice too, with the backup or the problem."""
    wanted = [SAMPLE_ID, "none", "..", SAMPLE_ID]
    async with Emulator(fleet="demo") as emulator, visiting(demo_app(emulator)) as visitor:
        answer = await visitor.post("/backups/describe", json={"backup_ids": wanted})
        assert emulator.requests["describe_backup"] == 2
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = lines_of(answer.text)
    assert sorted(line["backup_id"] for line in lines) == sorted(wanted)
    found = {line["backup_id"]: line for line in lines}
    assert found[SAMPLE_ID]["backup"]["name"] == "example-backup"
    assert found["none"]["error"]["status"] == 404
    assert found[".."]["error"] == {
        "type": "about:blank",
        "title": HTTPStatus(422).phrase,  # the Pythons differ
        "status": 422,
        "detail": "a backup id can't be '..': it would ask for something else.",
    }
    assert [set(line) for line in found.values()].count({"backup_id", "error"}) == 2


async def test_an_outage_is_a_line_for_each_id_and_one_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A thousand failures are told to the visitor, and summed up for whoever runs the service."""

    async def reply(exchange: Exchange) -> None:
        exchange.reset()

    async with RawServer(reply) as server, visiting(app_of(server.url)) as visitor:
        answer = await visitor.post("/backups/describe", json={"backup_ids": list(map(str, range(50)))})
    assert {line["error"]["status"] for line in lines_of(answer.text)} == {502}
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert warnings[0].startswith("answered 502 (and 49 more): ")


async def test_one_visitor_leaves_room_for_others() -> None:
    """Of many ids 16 are asked for at a time."""

    async def reply(exchange: Exchange) -> None:
        await asyncio.sleep(1)
        exchange.answer(backup_body(exchange.backup_id))

    async with RawServer(reply) as server, visiting(app_of(server.url)) as visitor:
        await visitor.post("/backups/describe", json={"backup_ids": list(map(str, range(100)))})
        assert server.most_at_once == 16


async def test_a_thousand_ids_are_the_most() -> None:
    """Repeats count."""
    async with RawServer(echo) as server, visiting(app_of(server.url)) as visitor:
        most = await visitor.post("/backups/describe", json={"backup_ids": ["a"] * 1000})
        assert len(most.text.splitlines()) == 1000
        more = await visitor.post("/backups/describe", json={"backup_ids": ["a"] * 1001})
        assert more.status_code == 422
        assert more.json()["detail"].startswith("body.backup_ids: List should have at most 1000 items")
        assert len(server.exchanges) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"{", b'{"backup_ids": "abc"}', b'{"backup_ids": [1]}', b'{"backup_ids": [null]}',
     b'{"backup_ids": {"a": 1}}', b'{"backup_ids": [["a"]]}', b'{"ids": []}'],
)  # fmt: skip
async def test_a_body_that_cant_be(body: bytes) -> None:
    """A problem, before anything is sent."""
    async with visiting(app_of("http://127.0.0.1:1")) as visitor:
        headers = {"Content-Type": "application/json"}
        answer = await visitor.post("/backups/describe", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_no_ids_are_no_lines() -> None:
    """And no error."""
    async with visiting(app_of("http://127.0.0.1:1")) as visitor:
        answer = await visitor.post("/backups/describe", json={"backup_ids": []})
    assert (answer.status_code, answer.text) == (200, "")


async def test_the_router_takes_what_fastapis_does() -> None:
    """Dependencies, tags and a prefix; errors are problems without our handlers too."""

    async def guard(token: str = Header("")) -> None:
        if token != "open":
            raise HTTPException(401)

    async with RawServer(echo) as server:
        app = FastAPI(lifespan=pinecone_lifespan(Pinecone(KEY, host=server.url)))
        app.include_router(backups_router(prefix="/b", tags=["backups"], dependencies=[Depends(guard)]))
        async with visiting(app) as visitor:
            assert (await visitor.get("/b/a")).status_code == 401
            assert (await visitor.post("/b/describe", json={"backup_ids": ["a"]})).status_code == 401
            assert (await visitor.get("/b/a", headers={"token": "open"})).status_code == 200
            refused = await visitor.get("/b/%2E%2E", headers={"token": "open"})
            assert refused.headers["content-type"] == "application/problem+json"
    assert {operation["tags"][0] for path in app.openapi()["paths"].values() for operation in path.values()} == {
        "backups"
    }


async def test_a_hidden_router_is_in_no_document() -> None:
    """`include_in_schema=False`, as ever."""
    app = FastAPI()
    app.include_router(backups_router(include_in_schema=False), prefix="/backups")
    assert app.openapi()["paths"] == {}


def test_the_openapi_document_names_a_backup() -> None:
    """It is a valid document, with every answer of the routes."""
    app = app_of("http://127.0.0.1:1")

    @app.get("/mine/{backup_id}")
    async def mine(backup_id: str) -> Backup:
        raise NotImplementedError

    document = app.openapi()
    schemathesis.openapi.from_dict(document).validate()
    named = {"$ref": "#/components/schemas/Backup"}
    for path in ("/mine/{backup_id}", "/backups/{backup_id}"):
        assert document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"] == named
    schemas = document["components"]["schemas"]
    assert schemas["BackupsPage"]["properties"]["data"]["items"] == named
    assert schemas["BackupIds"]["properties"]["backup_ids"]["maxItems"] == 1000
    assert {"backup_id", "status", "schema", "size_bytes", "created_at"} <= set(schemas["Backup"]["properties"])
    answers = document["paths"]["/backups/{backup_id}"]["get"]["responses"]
    assert set(answers) == {"200", "304", "404", "422", "500", "502", "503", "504"}
    assert set(answers["404"]["content"]) == {"application/problem+json"}
    assert set(document["paths"]["/backups/describe"]["post"]["responses"]["200"]["content"]) == {
        "application/x-ndjson"
    }


async def test_the_answers_are_as_documented() -> None:
    """Statuses, content types and bodies, of good and bad requests, hold to the OpenAPI document."""
    async with Emulator(fleet="demo") as emulator:
        app = demo_app(emulator)
        schema = schemathesis.openapi.from_dict(app.openapi())
        async with visiting(app) as visitor:
            pages = schema["/backups/"]["GET"]
            for query in ({}, {"limit": 3}, {"limit": 0}, {"index_name": "none"}, {"pagination_token": "x"}):
                await ask(visitor, pages.Case(query=query))
            one = schema["/backups/{backup_id}"]["GET"]
            for backup_id in (SAMPLE_ID, "none"):
                await ask(visitor, one.Case(path_parameters={"backup_id": backup_id}))
            many = schema["/backups/describe"]["POST"]
            bodies: list[Any] = [[SAMPLE_ID], 5]
            for ids in bodies:
                await ask(visitor, many.Case(body={"backup_ids": ids}, media_type="application/json"))
            emulator.add_fault("status", status=429, retry_after=3)
            await ask(visitor, one.Case(path_parameters={"backup_id": "other"}))


async def ask(visitor: AsyncClient, case: Any) -> None:
    asked = {key: value for key, value in case.as_transport_kwargs().items() if key in {"params", "json", "headers"}}
    answer = await visitor.request(case.method, case.formatted_path, **asked)
    case.validate_response(
        answer, checks=[status_code_conformance, content_type_conformance, response_schema_conformance]
    )
