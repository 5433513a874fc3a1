"""Made-up fleets. The same seed gives the same projects, ids and timestamps."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from aiopinecone.emulator.records import Backup, Index, Project, duration

# Fleet -> project -> (indexes, backups).
FLEETS = {
    "empty": {"default": (0, 0)},
    "demo": {"default": (39, 999)},
    "saas": {"acme": (40, 500), "globex": (40, 500), "initech": (40, 500)},
    "huge": {"default": (250, 100_000)},
}

# What becomes of the indexes of a fleet, in turn.
_CHARACTERS = (
    "fresh", "moving", "fresh", "stale", "reused", "fresh", "failed", "unprotected", "fresh", "foreign",
    "fresh", "empty", "fresh",
)  # fmt: skip
_FOREIGN = ("Failed", "Pending", "Terminating", "Ready")
_SERVICES = ("docs", "support", "catalog", "tickets", "profiles", "reviews", "legal", "images")
_PLACES = (("aws", "us-east-1"), ("aws", "eu-west-1"), ("gcp", "us-central1"), ("azure", "eastus2"))
_METADATA: tuple[dict[str, str], ...] = (
    {},
    {"genre": "string", "year": "integer"},
    {"tenant": "string", "labels": "string_list"},
    {"score": "float", "archived": "boolean"},
)
_SIZES = (800, 12_000, 250_000, 900_000, 3_000_000, 40_000_000)
_TAGS: tuple[dict[str, str] | None, ...] = ({}, None, {"team": "search"}, {"env": "prod", "tier": "1"})
# (digits, zone, separator) of a timestamp: the backend was seen to use them all.
_STAMPS = ((6, "Z", "T"), (6, "Z", "T"), (0, "Z", "T"), (3, "Z", "T"), (9, "Z", "T"), (6, "+00:00", "T"),
           (6, "+00:00", " "))  # fmt: skip


def make(fleet: str, seed: int, now: datetime) -> list[Project]:
    """The projects of a fleet as they stand at `now`.

    Raises:
        ValueError: there is no such fleet.
    """
    if fleet not in FLEETS:
        raise ValueError(f"fleet must be one of {', '.join(FLEETS)}, not {fleet!r}")
    dice = Random(f"{fleet}-{seed}")  # noqa: S311 - made-up data, not a secret
    projects = []
    for name, (indexes, backups) in FLEETS[fleet].items():
        project = Project(name, _uuid(dice), f"pcsk_emulator_{name}")
        _fill(project, dice, now, indexes, backups)
        if fleet == "demo":
            _add_sample(project)
        project.backups.sort(key=lambda backup: backup.created_at, reverse=True)
        project.by_id = {backup.backup_id: backup for backup in project.backups}
        projects.append(project)
    return projects


def _uuid(dice: Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))


def _fill(project: Project, dice: Random, now: datetime, indexes: int, backups: int) -> None:
    cast = [(_index(dice, now, number), _CHARACTERS[number % len(_CHARACTERS)]) for number in range(indexes)]
    project.indexes.extend(index for index, _ in cast)
    protected = [pair for pair in cast if pair[1] != "unprotected"]
    for place, (index, character) in enumerate(protected):
        share = len(range(place, backups, len(protected)))
        if character == "reused":
            older = share // 2
            share -= older
            index.created_at = now - timedelta(days=share + 30)
            namesake = _namesake(index, dice)
            project.indexes.append(namesake)
            project.backups.extend(_backups(namesake, character, dice, index.created_at, older))
        project.backups.extend(_backups(index, character, dice, now, share))


def _index(dice: Random, now: datetime, number: int) -> Index:
    service, tenant = _SERVICES[number % len(_SERVICES)], number // len(_SERVICES)
    cloud, region = dice.choice(_PLACES)
    index = Index(f"{service}-{tenant:02d}", _uuid(dice), now - timedelta(days=500), cloud, region)
    index.dimension = dice.choice((0, 384, 768, 1024, 1536, 3072))
    index.metric = dice.choice(("cosine", "cosine", "euclidean")) if index.dimension else "dotproduct"
    embedded = index.dimension == 1024 and dice.random() < 0.5  # noqa: PLR2004 - the width of that model
    index.model = "multilingual-e5-large" if embedded else None
    index.metadata = dict(dice.choice(_METADATA))
    index.tags = dice.choice(_TAGS)
    index.record_count = dice.choice(_SIZES)
    if _CHARACTERS[number % len(_CHARACTERS)] == "empty":
        index.record_count = 0
    return index


def _namesake(index: Index, dice: Random) -> Index:
    """An index that bore the name before, deleted when this one was created."""
    died = index.created_at
    return Index(index.name, _uuid(dice), died - timedelta(days=500), index.cloud, index.region, deleted_at=died)


def _backups(index: Index, character: str, dice: Random, end: datetime, count: int) -> Iterator[Backup]:
    """One backup a day, the newest first; the character decides about the newest ones."""
    newest = end - timedelta(hours=dice.uniform(1, 20))
    if character == "stale":
        newest -= timedelta(days=dice.randint(10, 60))
    for age in range(count):
        created = newest - timedelta(days=age, minutes=dice.uniform(0, 30))
        backup = Backup(_uuid(dice), index, created)
        backup.digits, backup.zone, backup.separator = dice.choice(_STAMPS)
        backup.values = _values(index, dice, age)
        if character == "failed" and age == 0:
            backup.status = "InitializationFailed"
        elif character == "foreign":
            backup.status = _FOREIGN[age % len(_FOREIGN)]
        elif character == "moving" and age == 0:
            backup.created_at = end - duration(index.record_count) * dice.uniform(0.1, 0.5)
            backup.settles_at = backup.created_at + duration(index.record_count)
        yield backup


def _values(index: Index, dice: Random, age: int) -> dict[str, Any]:
    """The plain fields of a backup; some are null and some absent, as they come from the backend."""
    records = int(index.record_count * 0.99**age)
    values: dict[str, Any] = {
        "record_count": records,
        "namespace_count": min(records, dice.randint(1, 40)),
        "size_bytes": records * (index.dimension or 128) * 4,
        "tags": index.tags,
        "name": f"{index.name}-{age:03d}",
        "description": None,
    }
    look = dice.random()
    if look < 0.1:  # noqa: PLR2004 - the shares of the looks sum up to well below 1
        del values["tags"], values["description"]
    elif look < 0.2:  # noqa: PLR2004 - as above
        values |= {"name": None, "description": "Nightly backup", "tags": {}}
    elif look < 0.25:  # noqa: PLR2004 - as above
        values |= {"tags": {"retries": 3, "manual": True}, "metric": index.metric}
    return values


def _add_sample(project: Project) -> None:
    """The documented example of a backup, as it stands in Pinecone's documentation."""
    created = datetime.fromisoformat("2025-05-15T00:52:10.809354+00:00")
    index = Index("docs-example", "f73b36c9-faf5-4a2c-b1d6-4013d8b1cc74", created - timedelta(days=30))
    index.record_count = 98
    values = {
        "name": "example-backup",
        "description": "Monthly backup of production index",
        "namespace_count": 3,
        "record_count": 98,
        "size_bytes": 1_069_169,
        "tags": {},
    }
    project.indexes.append(index)
    project.backups.append(Backup("8c85e612-ed1c-4f97-9f8c-8194e07bcf71", index, created, values=values))
