"""`serve`: what Prometheus gets, and the rules and the board that stand on it."""

import json
import os
import re
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from aiopinecone import Inventory
from aiopinecone.cli.metrics import Backups, Inspected
from cli.process import until
from cli.running import Lab, Run, run

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = {
    "last_ready_timestamp_seconds",
    "last_ready_age_seconds",
    "rpo_seconds",
    "compliant",
    "count",
    "last_size_bytes",
    "last_record_count",
    "last_attempt_ok",
    "quota_used",
    "inspection_timestamp_seconds",
    "inspection_duration_seconds",
    "inspection_errors_total",
}
Samples = dict[tuple[str, ...], float]


class Scraper:
    """What stands on the other side of `/metrics`."""

    def __init__(self) -> None:
        self.err = StringIO()

    @property
    def url(self) -> str:
        until(lambda: "Serving" in self.err.getvalue())
        return str(re.findall(r"http://\S+", self.err.getvalue())[0])

    def text(self, **headers: str) -> str:
        with urllib.request.urlopen(urllib.request.Request(self.url, headers=headers)) as answer:
            self.content_type = answer.headers["Content-Type"]
            return str(answer.read().decode())

    def samples(self) -> Samples:
        found: Samples = {}
        for family in text_string_to_metric_families(self.text()):
            for sample in family.samples:
                labels = (sample.labels[name] for name in ("project", "index", "status") if name in sample.labels)
                found[sample.name.removeprefix("pinecone_backup_"), *labels] = sample.value
        return found

    def until_inspected(self, project: str = "default") -> Samples:
        until(lambda: ("quota_used", project) in self.samples())
        return self.samples()


def served(work: Callable[[Scraper], None], *options: str, interval: str = "1s", stop: int = signal.SIGTERM) -> Run:
    """Serve while the work is done on a thread, then stop it by the signal."""
    scraper, failures, ended = Scraper(), [], threading.Event()

    def scrape() -> None:
        try:
            work(scraper)
        except BaseException as error:  # noqa: BLE001 -- raised below
            failures.append(error)
        if not ended.is_set():  # else the signal would strike the tests
            os.kill(os.getpid(), stop)

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        ran = run("serve", "--port", "0", "--interval", interval, *options, err=scraper.err)
    finally:
        ended.set()
        thread.join()
    for failure in failures:
        raise failure
    return ran


@pytest.fixture
def project(lab: Lab) -> Lab:
    """A good index, a failing one, and one with a name that could break a line."""
    lab.add("bkp_1", ago=3.0, source_index_name="docs", record_count=7, size_bytes=70)
    lab.add("bkp_2", ago=4.0, source_index_name="docs", record_count=7)
    lab.add("bkp_3", ago=30.0, source_index_name="tickets")
    lab.add("bkp_4", ago=1.0, source_index_name="tickets", status="InitializationFailed")
    lab.do(lambda emulator: emulator.add_index("never"))
    return lab


def test_the_series(project: Lab) -> None:
    """Each one, by project and index; no id of a backup."""

    def look(scraper: Scraper) -> None:
        found = scraper.until_inspected()
        assert {key[0] for key in found} == NAMES
        assert abs(found["last_ready_age_seconds", "default", "docs"] - 3 * 3_600) < 60
        assert abs(found["last_ready_timestamp_seconds", "default", "docs"] + 3 * 3_600 - time.time()) < 60
        assert found["rpo_seconds", "default", "docs"] == 26 * 3_600
        assert found["last_record_count", "default", "docs"] == 7
        assert found["last_size_bytes", "default", "docs"] == 70
        assert found["count", "default", "docs", "Ready"] == 2
        assert found["count", "default", "tickets", "InitializationFailed"] == 1
        assert [found["compliant", "default", name] for name in ("docs", "tickets", "never")] == [1, 0, 0]
        assert [found["last_attempt_ok", "default", name] for name in ("docs", "tickets")] == [1, 0]
        assert ("last_ready_age_seconds", "default", "never") not in found
        assert found["quota_used", "default"] == 4
        assert found["inspection_errors_total", "default"] == 0
        assert abs(found["inspection_timestamp_seconds", "default"] - time.time()) < 60
        assert "bkp_" not in scraper.text()
        assert scraper.content_type.startswith("text/plain")
        assert scraper.text(Accept="application/openmetrics-text; version=1.0.0").endswith("# EOF\n")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(scraper.url.replace("/metrics", "/"))
        assert refused.value.code == 404
        refused.value.close()
        assert scraper.url.startswith("http://127.0.0.1:")

    ran = served(look)
    assert (ran.code, ran.out) == (0, "")


def test_scrapes_cost_no_request(project: Lab) -> None:
    """They are answered from memory, and the age grows meanwhile."""

    def look(scraper: Scraper) -> None:
        first = scraper.until_inspected()
        before = project.do(lambda emulator: emulator.requests.total())
        for _ in range(20):
            last = scraper.samples()
        assert project.do(lambda emulator: emulator.requests.total()) == before
        key = ("last_ready_age_seconds", "default", "docs")
        assert last[key] > first[key]

    served(look, interval="1h")


def test_an_inspection_that_fails_keeps_the_last_series(project: Lab) -> None:
    """All of them stay, the errors count, and one line tells of each; then the next one is good again."""

    def look(scraper: Scraper) -> None:
        before = scraper.until_inspected()
        project.fault("status", status=400)
        until(lambda: scraper.samples()["inspection_errors_total", "default"] >= 1)
        after = scraper.samples()
        assert before.keys() == after.keys()
        for name in ("compliant", "last_ready_timestamp_seconds", "last_record_count"):
            assert before[name, "default", "docs"] == after[name, "default", "docs"]
        project.do(lambda emulator: emulator.clear_faults())
        until(lambda: scraper.samples()["inspection_timestamp_seconds", "default"]
              > before["inspection_timestamp_seconds", "default"])  # fmt: skip

    ran = served(look)
    assert "default: the inspection failed: 400" in ran.err


def test_an_index_that_cannot_be_read_keeps_its_series(project: Lab) -> None:
    """The others are renewed, and it counts as an error."""

    def look(scraper: Scraper) -> None:
        before = scraper.until_inspected()
        project.fault("status", status=400, route="list_index_backups")
        until(lambda: scraper.samples()["inspection_errors_total", "default"] >= 1)
        after = scraper.samples()
        assert (
            after["last_ready_timestamp_seconds", "default", "docs"]
            == (before["last_ready_timestamp_seconds", "default", "docs"])
        )

    served(look)


def test_ctrl_c_ends_it(project: Lab) -> None:
    """At once, with 130, and the port is free again."""
    took: list[float] = []

    def look(scraper: Scraper) -> None:
        scraper.until_inspected()
        took.append(time.monotonic())

    ran = served(look, stop=signal.SIGINT)
    assert ran.code == 130
    assert time.monotonic() - took[0] < 1


def test_several_projects(project: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without its variable counts errors, and costs the others nothing; where none has one there is no use."""
    config = tmp_path / "config.toml"
    host = project.emulator.url
    config.write_text("".join(f'[projects.{n}]\napi_key_env = "{n}_KEY"\nhost = "{host}"\n' for n in ("prod", "dev")))
    monkeypatch.setenv("prod_KEY", project.emulator.api_key)
    monkeypatch.delenv("PINECONE_API_KEY")

    def look(scraper: Scraper) -> None:
        found = scraper.until_inspected("prod")
        assert found["compliant", "prod", "docs"] == 1
        assert found["inspection_errors_total", "dev"] >= 1

    served(look, "--config", str(config), "--max-age", "3d")
    refused = run("serve", "--config", str(config), "--project", "dev")
    assert (refused.code, refused.err.partition(" isn't")[0]) == (3, "aiopinecone: there is no API key: dev_KEY")


def test_what_cannot_be_used(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """2, one line each."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run("serve", "--port", str(port))
    assert refused.code == 2
    assert f"can't listen on 127.0.0.1, port {port}: address already in use" in refused.err
    assert run("serve", "--port", "70000").code == 2
    assert run("serve", "--interval", "5").code == 2
    assert "--interval must be 1s or more" in run("serve", "--interval", "0.1s").err
    assert run("serve", "--host", "no.such.host.invalid").code == 2
    monkeypatch.setattr("aiopinecone.cli.app.find_spec", lambda _: None)
    missing = run("serve")
    assert (missing.code, missing.err.partition(": ")[2]) == (
        2, "aiopinecone serve needs prometheus_client: pip install 'aiopinecone-backups[cli,prometheus]'\n"
    )  # fmt: skip


def test_labels_are_escaped() -> None:
    """A name of any text stays one value of one label."""
    name = 'a"b\\c\nd{e}漢'
    known = Inspected(by_status={name: {"Ready": 1}}, taken_at=1.0)
    (family,) = (each for each in Backups({name: known}, lambda: 0.0).collect() if each.name == "pinecone_backup_count")
    assert family.samples[0].labels == {"project": name, "index": name, "status": "Ready"}


def test_an_unread_index_that_nobody_knew() -> None:
    """It is there, and not compliant."""
    known = Inspected()
    known.keep((), Inventory([], datetime.now(UTC)), 1.0, 2.0)
    assert (known.findings, known.errors, known.duration) == ({}, 0, 2.0)


def names_in(node: Any) -> set[str]:
    """The metrics that a PromQL expression selects."""
    found: set[str] = {str(node.name)} if isinstance(node, promql_parser.VectorSelector) else set()
    for attribute in ("expr", "lhs", "rhs", "vector_selector", "args"):
        inner = getattr(node, attribute, None)
        for each in inner if isinstance(inner, list) else [inner]:
            if each is not None:
                found |= names_in(each)
    return found


def check(expression: str) -> None:
    """It parses, and each metric in it exists."""
    expression = expression.replace("$project", "x").replace("$index", "x")
    names = names_in(promql_parser.parse(expression))
    assert names
    assert names <= {f"pinecone_backup_{name}" for name in NAMES}


def test_the_alert_rules() -> None:
    """The shape that promtool asks for, three rules, and expressions over metrics that exist."""
    rules = yaml.safe_load((EXAMPLES / "prometheus" / "alerts.yml").read_text())
    assert list(rules) == ["groups"]
    (group,) = rules["groups"]
    assert set(group) == {"name", "rules"}
    assert len(group["rules"]) == 3
    for rule in group["rules"]:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"[A-Z]\w+", rule["alert"])
        assert re.fullmatch(r"\d+m", rule["for"])
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert set(rule["annotations"]) == {"summary", "description"}
        check(rule["expr"])


def test_the_board() -> None:
    """Every panel asks for metrics that exist, and none lies upon another."""
    board = json.loads((EXAMPLES / "grafana" / "pinecone-backups.json").read_text())
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        taken |= cells
        for target in panel["targets"]:
            check(target["expr"])
    asked = {name for panel in board["panels"] for target in panel["targets"] for name in
             re.findall(r"pinecone_backup_(\w+)", target["expr"])}  # fmt: skip
    assert asked | {"last_ready_timestamp_seconds"} == NAMES
    for variable in board["templating"]["list"][1:]:
        assert re.findall(r"pinecone_backup_(\w+)", variable["query"])[0] in NAMES
