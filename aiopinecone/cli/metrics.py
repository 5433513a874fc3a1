"""What Prometheus is told of backups: kept in memory, made into samples at each scrape.

Labels are the project, the index and a status, and never the id of a backup: there are as many series as indexes.
"""

from collections.abc import Callable, Iterator, Mapping

import attrs
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from aiopinecone import Backup, Finding, Inventory, Verdict

PREFIX = "pinecone_backup_"


@attrs.define
class Inspected:
    """What is known of one project.

    Attributes:
        findings: by the name of the index.
        by_status: index -> status -> how many backups.
        quota_used: backups of the project.
        taken_at: when the last inspection that worked ended, in seconds since 1970; None before the first.
        duration: its length in seconds.
        errors: inspections that failed, in whole or in part.
    """

    findings: dict[str, Finding] = attrs.field(factory=dict)
    by_status: Mapping[str, Mapping[str, int]] = attrs.field(factory=dict)
    quota_used: int = 0
    taken_at: float | None = None
    duration: float = 0.0
    errors: int = 0

    def keep(self, findings: tuple[Finding, ...], inventory: Inventory, taken_at: float, duration: float) -> None:
        """Take over what an inspection found; of an index that it couldn't read the last finding stays."""
        named = {finding.index_name: finding for finding in findings if finding.index_name is not None}
        unread = {name for name, finding in named.items() if is_unread(finding)}
        self.errors += bool(unread)
        self.findings = {name: self.findings.get(name, new) if name in unread else new for name, new in named.items()}
        self.by_status = {name: index.by_status for name, index in inventory.by_index.items()}
        self.quota_used = len(inventory.backups)
        self.taken_at, self.duration = taken_at, duration


def is_unread(finding: Finding) -> bool:
    """Whether nothing is known of the index, rather than something bad."""
    return finding.verdict is Verdict.UNKNOWN and finding.last_attempt is None


class Backups(Collector):
    """All series of all projects, as they are at the time of a scrape.

    Args:
        projects: name -> what is known of it.
        now: the time, in seconds since 1970.
    """

    def __init__(self, projects: Mapping[str, Inspected], now: Callable[[], float]) -> None:
        self._projects = projects
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """The samples."""
        now = self._now()
        for name, text, of in BY_INDEX:
            family = GaugeMetricFamily(PREFIX + name, text, labels=("project", "index"))
            for project, inspected in self._projects.items():
                for index, finding in inspected.findings.items():
                    if (value := of(finding, now)) is not None:
                        family.add_metric((project, index), value)
            yield family
        yield self._counts()
        yield from self._of_projects()

    def _counts(self) -> Metric:
        family = GaugeMetricFamily(PREFIX + "count", "Backups by status.", labels=("project", "index", "status"))
        for project, inspected in self._projects.items():
            for index, by_status in inspected.by_status.items():
                for status, count in by_status.items():
                    family.add_metric((project, index, status), count)
        return family

    def _of_projects(self) -> Iterator[Metric]:
        used = GaugeMetricFamily(PREFIX + "quota_used", "Backups that the project holds.", labels=("project",))
        moment = GaugeMetricFamily(
            PREFIX + "inspection_timestamp_seconds", "When the last inspection that worked ended.", labels=("project",)
        )
        length = GaugeMetricFamily(
            PREFIX + "inspection_duration_seconds",
            "How long that inspection took.",
            labels=("project",),
        )
        errors = CounterMetricFamily(
            PREFIX + "inspection_errors", "Inspections that failed, in whole or in part.", labels=("project",)
        )
        for project, inspected in self._projects.items():
            errors.add_metric((project,), inspected.errors)
            if inspected.taken_at is not None:
                used.add_metric((project,), inspected.quota_used)
                moment.add_metric((project,), inspected.taken_at)
                length.add_metric((project,), inspected.duration)
        yield from (used, moment, length, errors)


def _ready_at(finding: Finding, _: float) -> float | None:
    last = finding.last_ready
    return None if last is None or last.created_at is None else last.created_at.timestamp()


def _ready_age(finding: Finding, now: float) -> float | None:
    moment = _ready_at(finding, now)
    return None if moment is None else now - moment


def _of_last_ready(of: Callable[[Backup], int | None]) -> Callable[[Finding, float], float | None]:
    return lambda finding, _: None if finding.last_ready is None else of(finding.last_ready)


def _attempt_ok(finding: Finding, _: float) -> float | None:
    last = finding.last_attempt
    return None if last is None else float(not last.status.is_failed)


BY_INDEX: tuple[tuple[str, str, Callable[[Finding, float], float | None]], ...] = (
    ("last_ready_timestamp_seconds", "When the newest backup that is ready was made.", _ready_at),
    ("last_ready_age_seconds", "The age of the newest backup that is ready, at the scrape.", _ready_age),
    ("rpo_seconds", "The age that the policy allows.", lambda finding, _: finding.max_age),
    ("compliant", "1 where the verdict of the audit is a fine one, else 0.", lambda finding, _: float(finding.ok)),
    ("last_size_bytes", "The size of that backup.", _of_last_ready(lambda backup: backup.size_bytes)),
    ("last_record_count", "The records in that backup.", _of_last_ready(lambda backup: backup.record_count)),
    ("last_attempt_ok", "0 where the newest backup of all failed, else 1.", _attempt_ok),
)
