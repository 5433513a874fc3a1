"""What the plain way of reading a backup keeps, beside the backup."""

import orjson
import pytest

from aiopinecone import Backup
from aiopinecone.api import plain, wire


def decoded(sample: dict[str, object], **fields: object) -> Backup:
    return wire.decode(orjson.dumps(sample | fields), Backup)


@pytest.mark.parametrize("extra", [{}, {"a_new_field": 1}])
def test_what_many_backups_share_is_held_once(sample: dict[str, object], extra: dict[str, object]) -> None:
    """The index, the place and the words of two backups are the same objects, whichever way they were read."""
    first, second = (decoded(sample, backup_id=backup_id, **extra) for backup_id in ("a", "b"))
    assert first.source_index_name is second.source_index_name
    assert first.source_index_id is second.source_index_id
    assert first.cloud is second.cloud
    assert first.region is second.region


def test_so_are_names_descriptions_and_the_values_of_tags(sample: dict[str, object]) -> None:
    """Those of a backup of a plain shape; a tag's value that is no text stays as it is."""
    first, second = (decoded(sample, backup_id=backup_id, tags={"env": "prod", "n": 1}) for backup_id in ("a", "b"))
    assert first.name is second.name
    assert first.description is second.description
    assert first.tags is not None
    assert second.tags is not None
    assert first.tags["env"] is second.tags["env"]
    assert first.tags == second.tags == {"env": "prod", "n": 1}


def test_what_is_shared_is_bounded(sample: dict[str, object]) -> None:
    """A million names are not kept for ever, and a long text is kept by its backup alone."""
    shared = plain.SHARED
    shared.clear()
    long = "x" * (shared.LONGEST + 1)
    assert decoded(sample, description=long).description == long
    assert long not in shared
    assert long[1:] not in shared
    decoded(sample, description=long[1:])
    assert long[1:] in shared
    most = 0
    for number in range(shared.MOST + 10):
        decoded(sample, name=f"name {number}")
        most = max(most, len(shared))
    assert most == shared.MOST
    assert len(shared) < 30
