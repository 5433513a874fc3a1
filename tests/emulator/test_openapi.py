"""The OpenAPI document, and requests made from it by schemathesis."""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    response_schema_conformance,
    status_code_conformance,
)

from aiopinecone.emulator import Emulator
from aiopinecone.emulator.calls import ROUTES
from aiopinecone.emulator.openapi import document
from emulator.calling import call

SCHEDULE = {
    "name": "nightly",
    "schedule": {"type": "time-based", "frequency": "daily"},
    "retention": {"expire_after_days": 3},
}


async def test_the_document_is_served_without_a_key(emulator: Emulator) -> None:
    """GET /openapi.json gives it, and it names every route."""
    served = (await call(emulator, "GET", "/openapi.json", api_key="")).json
    assert served == document()
    named = {
        (method.upper(), path, operation["operationId"])
        for path, operations in served["paths"].items()
        for method, operation in operations.items()
    }
    assert named == {(route.method, route.path, route.name) for route in ROUTES}


async def things(emulator: Emulator) -> dict[str, str]:
    """Something to find under each kind of id."""
    backup_id = emulator.add_backup(source_index_name="docs")
    schedule = await call(emulator, "POST", "/indexes/docs/backup-schedules", body=SCHEDULE)
    job = await call(emulator, "POST", f"/backups/{backup_id}/create-index", body={"name": "restored"})
    return {
        "backup_id": emulator.add_backup(source_index_name="docs"), "index_name": "docs",
        "schedule_id": schedule.json["schedule_id"], "job_id": job.json["restore_job_id"],
    }  # fmt: skip


@pytest.mark.real_time
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("name", [route.name for route in ROUTES])
async def test_it_answers_whatever_is_asked_as_documented(emulator: Emulator, name: str, mode: GenerationMode) -> None:
    """Well-formed and malformed requests alike: never a 5xx, an undocumented status or another shape."""
    known = await things(emulator)
    schema = schemathesis.openapi.from_dict(document())
    operation = schema.find_operation_by_id(name)
    answered: list[int] = []

    @given(case=operation.as_strategy(generation_mode=mode), find=st.booleans())
    @settings(
        max_examples=10,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case[Any], find: bool) -> None:
        if find:
            case.path_parameters = {part: known[part] for part in case.path_parameters or {}}
        answer = case.call(base_url=emulator.url, headers={"Api-Key": emulator.api_key})
        answered.append(answer.status_code)
        assert answer.status_code < 500
        case.validate_response(answer, checks=[status_code_conformance, response_schema_conformance])

    load_all_checks()
    await asyncio.to_thread(ask)
    assert answered


@pytest.mark.real_time
async def test_an_undocumented_status_is_noticed(emulator: Emulator) -> None:
    """The check above can fail: with the 404 taken out of the document, an unknown id does."""
    trimmed = document()
    del trimmed["paths"]["/backups/{backup_id}"]["get"]["responses"]["404"]
    operation = schemathesis.openapi.from_dict(trimmed).find_operation_by_id("describe_backup")
    case = operation.Case(path_parameters={"backup_id": "none"})
    headers = {"Api-Key": emulator.api_key}
    answer = await asyncio.to_thread(case.call, base_url=emulator.url, headers=headers)
    with pytest.raises(FailureGroup, match="1 distinct failure"):
        case.validate_response(answer, checks=[status_code_conformance])
