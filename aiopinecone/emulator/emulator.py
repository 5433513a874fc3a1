"""The emulator itself: its state, its server and the handles that a program has on them."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from types import TracebackType
from typing import Any, Self

from aiopinecone.emulator import control, fleets
from aiopinecone.emulator.clock import DEFAULT_START, Clock
from aiopinecone.emulator.faults import Faults
from aiopinecone.emulator.listener import HOST, Listener
from aiopinecone.emulator.making import make_backup, make_index, make_schedule
from aiopinecone.emulator.refusal import Refusal
from aiopinecone.emulator.server import ROUTE_NAMES, Server
from aiopinecone.emulator.state import QUOTAS, State


class Emulator:
    """A Pinecone control plane for backups, on loopback.

        async with Emulator() as emulator:
            emulator.add_backup(backup_id="bkp_1")
            ...  # any client, pointed at emulator.url with emulator.api_key

    Args:
        fleet: what it holds at first: "empty", "demo", "saas" or "huge".
        seed: the same seed gives the same fleet, faults and timestamps.
        speed: virtual seconds in one real second; 0 freezes the clock.
        port: the port to listen on; 0 lets the system choose.
        legacy_shape: answer 2026-07 in the shape of the versions before it, as the backend was seen to do.
        plan: "starter" (no backups), "standard" (500 a project) or "enterprise" (1,000 a project).
        start: the virtual moment at which it begins: an aware datetime, one as text in ISO 8601, or "now". The default
            is the same on any day: 2026-11-01 12:00 UTC.

    Raises:
        ValueError: an argument is out of its range.

    It is not thread-safe: call it from the thread whose event loop it runs on.
    """

    def __init__(
        self,
        *,
        fleet: str = "empty",
        seed: int = 0,
        speed: float = 1.0,
        port: int = 0,
        legacy_shape: bool = False,
        plan: str = "enterprise",
        start: datetime | str = DEFAULT_START,
    ) -> None:
        if plan not in QUOTAS:
            raise ValueError(f"plan must be one of {', '.join(QUOTAS)}, not {plan!r}")
        self._fleet, self._seed, self._plan = fleet, seed, plan
        self._clock = Clock(speed, start=start)
        self._faults = Faults(ROUTE_NAMES, seed)
        self._server = Server(self._new_state(), self._faults, seed, legacy_shape=legacy_shape)
        self._listener = Listener(port)

    def _new_state(self) -> State:
        projects = fleets.make(self._fleet, self._seed, self._clock.now)
        return State(projects, self._clock, self._plan, Random(self._seed))  # noqa: S311 - made-up ids

    @property
    def _state(self) -> State:
        return self._server.state

    async def __aenter__(self) -> Self:
        """Begin to listen.

        Raises:
            OSError: the port is taken.
            RuntimeError: it runs already.
        """
        app = self._server.app()
        control.add_routes(app, self)
        await self._listener.start(app)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and close every connection."""
        await self._listener.stop()

    @property
    def url(self) -> str:
        """The base URL, as in `http://127.0.0.1:5080`: what `PINECONE_CONTROLLER_HOST` takes.

        Raises:
            RuntimeError: it does not run.
        """
        if self._listener.port is None:
            raise RuntimeError("the emulator does not run: enter it with `async with`")
        return f"http://{HOST}:{self._listener.port}"

    @property
    def api_key(self) -> str:
        """The key of the first project."""
        return self._state.projects[0].api_key

    @property
    def api_keys(self) -> dict[str, str]:
        """Project -> key, for each project of the fleet."""
        return {project.name: project.api_key for project in self._state.projects}

    @property
    def now(self) -> datetime:
        """The virtual moment, in UTC."""
        return self._clock.now

    @property
    def requests(self) -> Counter[str]:
        """Route -> hits since the start or the last `reset`, those struck by a fault among them.

        The routes: describe_backup, list_backups, list_index_backups, create_backup, delete_backup,
        restore_backup, list_restore_jobs, describe_restore_job, list_indexes, describe_index,
        create_schedule, list_schedules, describe_schedule, update_schedule, delete_schedule,
        list_schedule_history; and `unknown` for everything else. A route never hit counts 0.
        """
        return self._server.requests

    def advance(self, by: timedelta | float) -> None:
        """Jump ahead by a timedelta or a number of virtual seconds, at most 366 days; what is due happens.

        Raises:
            ValueError: the jump is negative, too long or not a number.
        """
        self._clock.advance(by)
        self._state.catch_up()

    def reset(self) -> None:
        """Back to the start: the fleet as made, the clock at its first moment, no faults, no requests.

        A refusal (`add_fault("refused")`) that goes on ends by itself.
        """
        self._clock.restart()
        self._faults.clear()
        self._server.requests.clear()
        self._server.state = self._new_state()

    def add_index(
        self,
        name: str,
        *,
        cloud: str = "aws",
        region: str = "us-east-1",
        dimension: int = 1024,
        metric: str = "cosine",
        metadata: dict[str, str] | None = None,
        record_count: int = 1_000,
        deployment: str = "managed",
        tags: dict[str, str] | None = None,
        backups_fail: bool = False,
    ) -> str:
        """Add an active index to the first project.

        Args:
            name: no other active index may bear it; a deleted one may have.
            cloud: aws, gcp or azure.
            region: a region of that cloud.
            dimension: of its vectors; 0 makes it sparse.
            metric: cosine, euclidean or dotproduct.
            metadata: filterable field -> type ("string", "integer", ...).
            record_count: decides how long its backups take.
            deployment: "managed" (serverless) or "pod", which cannot be backed up.
            tags: tags, copied to its backups.
            backups_fail: its backups end as InitializationFailed.

        Returns:
            Its id, which its backups show as `source_index_id`.

        Raises:
            ValueError: an active index bears the name, or there is no such deployment.
        """
        index = make_index(
            self._state, name,
            cloud=cloud, region=region, dimension=dimension, metric=metric, metadata=metadata or {},
            record_count=record_count, deployment=deployment, tags=tags, backups_fail=backups_fail,
        )  # fmt: skip
        return index.index_id

    def delete_index(self, name: str) -> None:
        """Delete the active index of this name in the first project: its backups stay, its schedules go.

        Raises:
            ValueError: there is none.
        """
        try:
            self._state.delete_index(self._state.projects[0], name)
        except Refusal as refusal:
            raise ValueError(refusal.message) from None

    def add_backup(
        self,
        *,
        backup_id: str | None = None,
        source_index_name: str = "docs-example",
        source_index_id: str | None = None,
        status: str | None = None,
        created_at: datetime | str | None = None,
        fails: bool = False,
        absent: Iterable[str] = (),
        **fields: Any,
    ) -> str:
        """Add a backup to the first project, whatever its quota.

        Args:
            backup_id: an id of yours; made up when omitted.
            source_index_name: its index, which is added where there is none.
            source_index_id: given and not that of the active index, it means a deleted namesake.
            status: "Ready" by default. A pending one (Initializing, Pending, Scheduled) becomes Ready in its
                time, 10 minutes of virtual time below a million records; any other stays.
            created_at: aware, or a timestamp to send as it stands; the virtual now by default.
            fails: it begins as Initializing and ends as InitializationFailed.
            absent: names of fields to leave out of the answers.
            fields: other fields of a Backup (name, description, cloud, region, dimension, metric, schema,
                record_count, namespace_count, size_bytes, tags), sent as they stand, None as null.

        Returns:
            Its id.

        Raises:
            TypeError: there is no such field.
            ValueError: the id exists, `created_at` is no timestamp or has no zone, or `fails` stands beside
                a settled status.
        """
        backup = make_backup(
            self._state,
            backup_id=backup_id, source_index_name=source_index_name, source_index_id=source_index_id,
            status=status, created_at=created_at, fails=fails, absent=absent, fields=fields,
        )  # fmt: skip
        return backup.backup_id

    def add_schedule(self, index_name: str, *, frequency: str = "daily", enabled: bool = True) -> str:
        """Add a backup schedule, made now, to an index of the first project; its first run is an interval from now.

        Args:
            index_name: an active index.
            frequency: daily, weekly or monthly.
            enabled: whether it runs; an index has at most one that does.

        Returns:
            Its id.

        Raises:
            ValueError: there is no such index or frequency, or another enabled one.
        """
        return make_schedule(self._state, index_name, frequency=frequency, enabled=enabled).schedule_id

    def add_fault(
        self,
        kind: str,
        *,
        route: str | None = None,
        times: int | None = None,
        share: float | None = None,
        **options: Any,
    ) -> None:
        """From now on answer wrongly. A request suffers every latency due, and the first of the other faults.

        Args:
            kind: one of
                "latency" (`seconds` of real time before the answer, 1.0);
                "status" (`status` 400..599, 500; `retry_after`, seconds or an HTTP date, none);
                "reset" (the connection, before the answer); "reset_after_headers";
                "cut" (half of the body, then the connection closes);
                "drip" (the body in 20 drips over `seconds`, 1.0);
                "content_type" (a wrong `content_type`, "text/html"); "not_json" (HTML in place of the body);
                "extra_fields" (fields that nobody knows); "other_id" (another backup_id in the answer);
                "trailing_token" (the last page carries a token to one empty page);
                "refused" (nobody listens for `seconds`, 1.0, of real time: no route, times or share).
            route: a route, as in `requests`; every one by default.
            times: strike so many requests, then no more; without an end by default.
            share: strike this share of the requests (0 to 1), thrown with seeded dice.
            options: those of the kind.

        Raises:
            ValueError: something in it is wrong.
            RuntimeError: "refused" while the emulator does not listen.
        """
        fault = self._faults.make(kind, route, times, share, options)
        if kind == "refused":
            self._listener.refuse(fault.options["seconds"], self._server.busy)
        else:
            self._faults.add(fault)

    def clear_faults(self) -> None:
        """Forget every fault."""
        self._faults.clear()
