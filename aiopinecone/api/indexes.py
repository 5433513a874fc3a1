"""Indexes and their schedules, as far as an audit asks."""

from typing import Any

import attrs

from aiopinecone.models import BackupSchedule


@attrs.frozen
class Index:
    """An index: whatever else there is, and whatever it looks like, it is left aside."""

    name: str
    tags: dict[str, Any] | None = None
    spec: dict[str, Any] | None = None
    deployment: dict[str, Any] | None = None

    @property
    def is_pod_based(self) -> bool:
        """By `spec.pod`, or since 2026-07 by the type of its deployment."""
        return (self.spec or {}).get("pod") is not None or (self.deployment or {}).get("deployment_type") == "pod"


@attrs.frozen
class IndexList:
    """All indexes of a project; the field may be absent or null."""

    indexes: list[Index] | None = None


@attrs.frozen
class SchedulePage:
    """A page of backup schedules; the field may be absent or null."""

    data: list[BackupSchedule] | None = None
