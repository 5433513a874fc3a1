"""A `Backup` is a pydantic type, and so a response model: no dependency of ours, and no second opinion on the wire."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from aiopinecone import Backup, BackupStatus, ResponseParsingError
from aiopinecone.api import wire
from aiopinecone.models import WIRE_NAMES
from conftest import SAMPLE_ID
from raw_server import backup_body

ADAPTER = TypeAdapter(Backup)
REQUIRED = json.loads(backup_body("bkp_1"))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


class Report(BaseModel):
    newest: Backup
    all: list[Backup] = []
    oldest: Backup | None = None
    status: BackupStatus = BackupStatus.READY
    either: Backup | int = 0


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """Stands in for that of conftest: plain functions have no event loop that anything could be left in."""


def test_a_backup_goes_out_as_the_wire_has_it(sample: dict[str, Any]) -> None:
    """As `to_dict()`, in Python and in JSON."""
    backup = ADAPTER.validate_python(sample)
    assert backup.backup_id == SAMPLE_ID
    assert ADAPTER.dump_python(backup) == sample
    assert json.loads(ADAPTER.dump_json(backup)) == sample
    assert ADAPTER.validate_json(ADAPTER.dump_json(backup)) == backup


def test_an_instance_passes_as_it_is() -> None:
    """The very backup of the cache: nothing is copied."""
    backup = wire.decode(backup_body("bkp_1"), Backup)
    assert ADAPTER.validate_python(backup) is backup


def test_it_stands_in_models() -> None:
    """As a field, in lists, optional, and in unions."""
    report = Report.model_validate({"newest": REQUIRED, "all": [REQUIRED], "status": "Odd", "either": REQUIRED})
    assert report.newest == report.all[0] == report.either
    assert report.oldest is None
    assert type(report.status) is BackupStatus
    written = {"newest": REQUIRED, "all": [REQUIRED], "oldest": None, "status": "Odd", "either": REQUIRED}
    assert report.model_dump() == json.loads(report.model_dump_json()) == written
    assert Report(newest=report.newest, either=5).model_dump()["either"] == 5


@given(value=JSON | st.builds(REQUIRED.__or__, st.dictionaries(st.sampled_from(sorted(WIRE_NAMES)), JSON, max_size=2)))
def test_the_wires_decoder_decides(value: Any) -> None:
    """What it takes is taken, and what it refuses is refused in its words."""
    try:
        expected: Backup | str = wire.decode(json.dumps(value).encode(), Backup)
    except ResponseParsingError as error:
        expected = str(error)
    assert validated(value) == expected


def validated(value: Any) -> Backup | str:
    try:
        return ADAPTER.validate_python(value)
    except ValidationError as error:
        return error.errors()[0]["msg"]


@pytest.mark.parametrize("value", [REQUIRED | {"novel": float("nan")}, REQUIRED | {"novel": object()}, {1j: 2}])
def test_what_is_no_json_is_no_backup(value: Any) -> None:
    """Said so, in a `ValidationError` that JSON can write."""
    with pytest.raises(ValidationError, match="this is no JSON"):
        ADAPTER.validate_python(value)
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_python([object()])
    assert json.loads(caught.value.json(include_input=False))[0]["type"] == "backup"


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_its_schema_has_its_name_and_its_fields(mode: Any) -> None:
    """Both ways the same `Backup`, whose properties are those of the wire."""
    schema = Report.model_json_schema(mode=mode)
    assert set(schema["$defs"]) == {"Backup"}
    assert schema["properties"]["newest"] == {"$ref": "#/$defs/Backup"}
    assert schema["properties"]["all"]["items"] == {"$ref": "#/$defs/Backup"}
    assert schema["properties"]["oldest"]["anyOf"] == [{"$ref": "#/$defs/Backup"}, {"type": "null"}]
    assert schema["properties"]["status"]["type"] == "string"
    described = ADAPTER.json_schema(mode=mode)
    assert described == schema["$defs"]["Backup"]
    assert set(described["properties"]) == WIRE_NAMES
    assert set(described["required"]) == set(REQUIRED)
