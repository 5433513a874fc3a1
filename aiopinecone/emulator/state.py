"""The state behind the API and what each call does to it. Pure: no network, virtual time only."""

import re
from bisect import insort
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from aiopinecone.emulator import schedules
from aiopinecone.emulator.clock import Clock
from aiopinecone.emulator.records import Backup, Index, Project, RestoreJob, Schedule, duration
from aiopinecone.emulator.refusal import Refusal, invalid, not_found

QUOTAS = {"starter": 0, "standard": 500, "enterprise": 1_000}
BYTES_PER_RECORD = 4_096

_INDEX_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?", re.ASCII)
_DELETE_LASTS = (5.0, 60.0)


class State:
    """The projects of one emulator on one virtual clock."""

    def __init__(self, projects: list[Project], clock: Clock, plan: str, dice: Random) -> None:
        self.projects = projects
        self.clock = clock
        self.plan = plan
        self._dice = dice

    def new_id(self) -> str:
        """A UUID that the seed decides."""
        return str(UUID(int=self._dice.getrandbits(128), version=4))

    def project_of(self, api_key: str) -> Project | None:
        """The project that this key opens."""
        return next((project for project in self.projects if project.api_key == api_key), None)

    def catch_up(self) -> datetime:
        """Let everything happen that was due by now: schedules fire, what was deleted or expired goes."""
        now = self.clock.now
        for project in self.projects:
            for schedule, moment in schedules.due(project.schedules, now):
                self._run(project, schedule, moment)
            for backup in [backup for backup in project.leaving if _gone(backup, now)]:
                project.leaving.remove(backup)
                project.backups.remove(backup)
                del project.by_id[backup.backup_id]
        return now

    def put(self, project: Project, backup: Backup) -> None:
        """Add a backup at its place, newest first."""
        if backup.backup_id in project.by_id:
            raise ValueError(f"there is a backup {backup.backup_id!r} already")
        insort(project.backups, backup, key=lambda each: -each.created_at.timestamp())
        project.by_id[backup.backup_id] = backup

    # Indexes

    def active_index(self, project: Project, name: str) -> Index:
        """The index that bears this name now.

        Raises:
            Refusal: 404 when there is none.
        """
        for index in project.indexes:
            if index.name == name and index.deleted_at is None:
                return index
        raise not_found(f"Resource {name} not found.")

    def delete_index(self, project: Project, name: str) -> None:
        """Delete an index: its backups stay, its schedules go."""
        index = self.active_index(project, name)
        index.deleted_at = self.clock.now
        project.schedules = [each for each in project.schedules if each.index is not index]

    # Backups

    def backup(self, project: Project, backup_id: str) -> Backup:
        """The backup with this id.

        Raises:
            Refusal: 404 when there is none.
        """
        if backup_id not in project.by_id:
            raise not_found(f"Backup {backup_id} not found.")
        return project.by_id[backup_id]

    def backups_of(self, project: Project, name: str, *, include_deleted: bool) -> list[Backup]:
        """The backups of the active index of this name, or of every index that ever bore it.

        Raises:
            Refusal: 404 when no active index (with `include_deleted`: no index at all) bears the name.
        """
        if include_deleted and any(index.name == name for index in project.indexes):
            return [backup for backup in project.backups if backup.index.name == name]
        index = self.active_index(project, name)
        return [backup for backup in project.backups if backup.index is index]

    def create_backup(self, project: Project, index_name: str, values: dict[str, Any]) -> Backup:
        """Begin a backup; `values` are its name and description.

        Raises:
            Refusal: 403 over the quota or without a plan, 404 for the index, 400 for a pod-based one.
        """
        self.check_plan()
        index = self.active_index(project, index_name)
        if index.deployment == "pod":
            raise invalid("Pod-based indexes cannot be backed up.")
        if len(project.backups) >= QUOTAS[self.plan]:
            raise Refusal(403, "QUOTA_EXCEEDED", f"The project holds its {QUOTAS[self.plan]} backups already.")
        return self._begin(project, index, self.clock.now, values)

    def delete_backup(self, project: Project, backup_id: str) -> None:
        """Begin to delete: the backup answers for up to a minute more.

        Raises:
            Refusal: 404 for the id, 412 while the backup is being made or restored from.
        """
        backup, now = self.backup(project, backup_id), self.clock.now
        if backup.deleting:
            return
        if backup.pending(now):
            raise Refusal(412, "FAILED_PRECONDITION", f"Backup {backup_id} is still being made.")
        if any(job.backup_id == backup_id and job.pending(now) for job in project.restore_jobs):
            raise Refusal(412, "FAILED_PRECONDITION", f"Backup {backup_id} is being restored from.")
        backup.deleting = True
        backup.gone_at = now + timedelta(seconds=self._dice.uniform(*_DELETE_LASTS))
        if backup not in project.leaving:
            project.leaving.append(backup)

    def check_plan(self) -> None:
        """Raises:
        Refusal: 403 on a plan that has no backups.
        """
        if not QUOTAS[self.plan]:
            raise Refusal(403, "FORBIDDEN", "Backups are not available on the Starter plan: upgrade your plan.")

    # Restoring

    def restore(self, project: Project, backup_id: str, name: str, options: dict[str, Any]) -> RestoreJob:
        """Begin to restore a backup into a new index; `options` are fields of `Index`.

        Raises:
            Refusal: 403 without a plan, 404 for the id, 422 for a bad name, 409 for one in use,
                412 for a backup that is not ready.
        """
        self.check_plan()
        backup, now = self.backup(project, backup_id), self.clock.now
        if _INDEX_NAME.fullmatch(name) is None:
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "An index name is 1 to 45 of a-z, 0-9 and inner hyphens.")
        if any(index.name == name and index.deleted_at is None for index in project.indexes):
            raise Refusal(409, "ALREADY_EXISTS", f"Index {name} already exists.")
        if backup.status_at(now) != "Ready":
            raise Refusal(412, "FAILED_PRECONDITION", f"Backup {backup_id} is not ready.")
        source = backup.index
        done = now + duration(source.record_count)
        target = Index(
            name, self.new_id(), now, source.cloud, source.region, source.dimension, source.metric,
            source.model, source.metadata, source.record_count, source_backup_id=backup_id, ready_at=done,
            **{"tags": backup.values.get("tags"), **options},
        )  # fmt: skip
        project.indexes.append(target)
        job = RestoreJob(self.new_id(), backup_id, target, now, done)
        project.restore_jobs.insert(0, job)
        return job

    def restore_job(self, project: Project, job_id: str) -> RestoreJob:
        """The restore job with this id.

        Raises:
            Refusal: 404 when there is none.
        """
        for job in project.restore_jobs:
            if job.restore_job_id == job_id:
                return job
        raise not_found(f"Restore job {job_id} not found.")

    # Making backups

    def _begin(self, project: Project, index: Index, moment: datetime, values: dict[str, Any]) -> Backup:
        counts = {
            "record_count": index.record_count,
            "namespace_count": min(index.record_count, 1),
            "size_bytes": index.record_count * BYTES_PER_RECORD,
        }
        backup = Backup(
            self.new_id(), index, moment,
            status="InitializationFailed" if index.backups_fail else "Ready",
            settles_at=moment + duration(index.record_count),
            values={"tags": index.tags, **counts, **values},
        )  # fmt: skip
        self.put(project, backup)
        return backup

    def _run(self, project: Project, schedule: Schedule, moment: datetime) -> None:
        name = schedules.run_name(schedule, moment)
        backup = self._begin(project, schedule.index, moment, {"name": name, "description": None})
        backup.schedule_id = schedule.schedule_id
        backup.gone_at = moment + schedule.expire_after
        project.leaving.append(backup)


def _gone(backup: Backup, now: datetime) -> bool:
    return backup.gone_at is not None and backup.gone_at <= now
