"""What pydantic, and so FastAPI, is told of our models: read by the wire's decoder, written as the wire writes them.

Pydantic asks a class that it meets. This module is imported then, and not before: whoever asks has pydantic.
"""

import json
from copy import deepcopy
from typing import Any

from pydantic_core import CoreSchema, PydanticCustomError, PydanticSerializationUnexpectedValue, core_schema

from aiopinecone.api import wire
from aiopinecone.errors import ResponseParsingError
from aiopinecone.models import Backup, _to_status


def of_status() -> CoreSchema:
    """A string, which comes back as a `BackupStatus`."""
    return core_schema.no_info_after_validator_function(_to_status, core_schema.str_schema(strict=True))


def of_backup() -> CoreSchema:
    """An instance passes; anything else is decoded as an answer of Pinecone is. Goes out as `to_dict()`."""
    return core_schema.no_info_plain_validator_function(
        _validate,
        ref=f"{Backup.__module__}.{Backup.__qualname__}:{id(Backup)}",  # OpenAPI names it by the last word
        serialization=core_schema.plain_serializer_function_ser_schema(_write),
    )


def json_of_backup() -> dict[str, Any]:
    """Its JSON Schema, both ways: whoever asks may change it."""
    return deepcopy(_BACKUP)


def _validate(value: Any) -> Backup:
    if isinstance(value, Backup):
        return value
    try:
        return wire.decode(json.dumps(value, allow_nan=False).encode(), Backup)
    except (TypeError, ValueError, RecursionError) as error:
        problem = f"this is no JSON: {error}"
    except ResponseParsingError as error:
        problem = str(error)
    raise PydanticCustomError("backup", "{problem}", {"problem": problem})


def _write(value: Any) -> dict[str, Any]:
    if isinstance(value, Backup):
        return value.to_dict()
    raise PydanticSerializationUnexpectedValue("no Backup")  # in a union it may be something else


def _field(kind: str, description: str, **more: str) -> dict[str, Any]:
    return {"type": kind, "description": description, **more}


_BACKUP: dict[str, Any] = {
    "title": "Backup",
    "description": "A point-in-time copy of a Pinecone index. What is unknown is left out; unknown fields are kept.",
    "type": "object",
    "properties": {
        "backup_id": _field("string", "Opaque."),
        "source_index_name": _field("string", "The index that was backed up; a later index may have its name."),
        "source_index_id": _field("string", "Tells two indexes of one name apart."),
        "status": _field("string", "Such as Initializing, Ready or InitializationFailed; others may come."),
        "cloud": _field("string", "aws, gcp or azure."),
        "region": _field("string", "The cloud's own name, such as us-east-1."),
        "name": _field("string", "As given at creation."),
        "description": _field("string", "As given at creation."),
        "dimension": _field("integer", "Of the dense vectors; 0 for a sparse index."),
        "metric": _field("string", "cosine, euclidean or dotproduct."),
        "schema": _field("object", "The schema of the index."),
        "record_count": _field("integer", "Records in the copy."),
        "namespace_count": _field("integer", "Namespaces in the copy."),
        "size_bytes": _field("integer", "Bytes of the copy."),
        "tags": _field("object", "The tags of the index."),
        "created_at": _field("string", "In UTC.", format="date-time"),
        "source_index_deleted_at": _field("string", "In UTC.", format="date-time"),
    },
    "required": ["backup_id", "source_index_name", "source_index_id", "status", "cloud", "region"],
    "additionalProperties": True,
}
