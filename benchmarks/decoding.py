"""Decoding: the bytes of an answer into an object with a datetime."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import orjson

from benchmarks.caching import of_dict, of_object
from benchmarks.job import Job, WrongAnswerError, check, numbered
from benchmarks.server import BODY

CREATED_AT = datetime(2025, 5, 15, 0, 52, 10, 809354, tzinfo=UTC)


@attrs.frozen
class Backup:
    """A model as one writes it for the peers."""

    backup_id: str
    source_index_name: str
    source_index_id: str
    status: str
    cloud: str
    region: str
    created_at: datetime
    name: str | None = None
    description: str | None = None
    dimension: int | None = None
    record_count: int | None = None
    namespace_count: int | None = None
    size_bytes: int | None = None
    tags: dict[str, str] | None = None


def ours() -> Callable[[bytes], Any]:
    from aiopinecone import Backup  # noqa: PLC0415 -- what only one contender needs is imported by it
    from aiopinecone.api import wire  # noqa: PLC0415 -- as above

    return lambda body: wire.decode(body, Backup)


def only_orjson() -> Callable[[bytes], Any]:
    return orjson.loads


def msgspec_attrs() -> Callable[[bytes], Any]:
    import msgspec  # noqa: PLC0415 -- as above

    return msgspec.json.Decoder(Backup).decode


def pydantic_model() -> Callable[[bytes], Any]:
    import pydantic  # noqa: PLC0415 -- as above

    fields: dict[str, Any] = {
        field.name: (field.type, ... if field.default is attrs.NOTHING else field.default)
        for field in attrs.fields(Backup)
    }
    decode: Callable[[bytes], Any] = pydantic.create_model("Backup", **fields).model_validate_json
    return decode


def cattrs_converter() -> Callable[[bytes], Any]:
    from cattrs import Converter  # noqa: PLC0415 -- as above

    converter = Converter()
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    return lambda body: converter.structure(orjson.loads(body), Backup)


def decode(contender: str, job: Job) -> dict[str, float]:
    """Microseconds for one body, a thousand different ones in turn."""
    function = globals()[contender]()
    bodies = {backup_id: BODY % (backup_id.encode(), int(backup_id[:8])) for backup_id in numbered(1_000)}
    for backup_id, body in bodies.items():
        backup = function(body)
        check(backup_id, of_dict(backup) if contender == "only_orjson" else of_object(backup))
        if contender != "only_orjson" and backup.created_at != CREATED_AT:
            raise WrongAnswerError(f"created at {backup.created_at}")
    rounds = max(job.count // len(bodies), 1)
    began = time.process_time()  # others on the same core don't count
    for _ in range(rounds):
        for body in bodies.values():
            function(body)
    return {"figure": (time.process_time() - began) / rounds / len(bodies) * 1e6}
