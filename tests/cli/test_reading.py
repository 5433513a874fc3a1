"""`describe` and `list`: good rows on stdout, whatever else on stderr."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from aiopinecone import Inventory
from cli.running import Lab, Screen, golden, run


@pytest.fixture
def filled(lab: Lab) -> Lab:
    """Five backups, two of them not to be trusted."""
    lab.add("bkp_1", ago=3.1, source_index_name="docs", name="nightly", record_count=1_200_000, size_bytes=9_961_472)
    lab.add("bkp_2", ago=27.1, source_index_name="docs", status="InitializationFailed", size_bytes=None)
    lab.add("bkp_3", ago=80.1, source_index_name="tickets", record_count=0, size_bytes=0, tags={"tier": "gold"})
    lab.add("bkp_4", ago=0.1, source_index_name="tickets", status="Initializing")
    lab.add("b\x1b[31m\n[red]\u202e漢", ago=100.1, source_index_name="tickets", name="=1+1,\x07", status="Terminating")
    return lab


@pytest.mark.parametrize("form", ["table", "wide", "json", "jsonl", "yaml", "csv", "name"])
def test_a_list_in_each_format(filled: Lab, form: str) -> None:
    """Golden outputs: names literal, ages and sizes for people, raw numbers for machines."""
    listed = run("list", "-o", form)
    golden(f"list-{form}.txt", listed.out)
    assert (listed.code, listed.err) == (0, "")
    assert all(line.isprintable() for line in listed.out.split("\n"))


def test_machines_read_the_same_in_each_format(filled: Lab) -> None:
    """Json and yaml are one object, jsonl and csv have its rows."""
    document = json.loads(run("list", "-o", "json").out)
    assert document["schema_version"] == 1
    assert list(document) == ["schema_version", "backups"]
    assert yaml.safe_load(run("list", "-o", "yaml").out) == document
    assert [json.loads(line) for line in run("list", "-o", "jsonl").out.splitlines()] == document["backups"]
    rows = list(csv.DictReader(io.StringIO(run("list", "-o", "csv").out)))
    records = Inventory.from_dict({**document, "taken_at": "2026-11-01T00:00:00Z"}).to_records()
    assert [list(row) for row in rows] == [list(record) for record in records]
    assert [row["record_count"] for row in rows] == ["", "1200000", "1000", "0", "1000"]
    assert run("list", "--json").out == run("list", "-j").out == run("list", "-o", "json").out


def test_no_headers(filled: Lab) -> None:
    """Table, wide and csv lose one line, and nothing else changes."""
    for form in ("table", "wide", "csv"):
        with_headers = run("list", "-o", form).out.splitlines()
        assert len(run("list", "-o", form, "--no-headers").out.splitlines()) == len(with_headers) - 1
    assert run("list", "-o", "csv", "--no-headers").out.splitlines() == with_headers[1:]


@pytest.mark.parametrize(
    ("key", "ids"),
    [
        ("created_at", ["bkp_3", "bkp_2", "bkp_1", "bkp_4"]),
        ("-created_at", ["bkp_4", "bkp_1", "bkp_2", "bkp_3"]),
        ("size_bytes", ["bkp_3", "bkp_1", "bkp_4", "bkp_2"]),
        ("-size_bytes", ["bkp_1", "bkp_3", "bkp_4", "bkp_2"]),
        ("source_index_name", ["bkp_1", "bkp_2", "bkp_4", "bkp_3"]),
        ("-tags", ["bkp_3", "bkp_1", "bkp_2", "bkp_4"]),
    ],
)
def test_sorting(lab: Lab, key: str, ids: list[str]) -> None:
    """By any key, up and down; what has no value comes last in both; equals keep their order; objects have one, too."""
    lab.add("bkp_1", ago=3.1, source_index_name="docs", size_bytes=20, tags={"b": "1"})
    lab.add("bkp_2", ago=27.1, source_index_name="docs", size_bytes=None, tags={"a": "1"})
    lab.add("bkp_3", ago=80.1, source_index_name="tickets", size_bytes=10, tags={})
    lab.add("bkp_4", ago=0.1, source_index_name="tickets", status="Initializing", tags=None)
    for arguments in (("--sort-by", key), (f"--sort-by={key}",)):
        assert run("list", "-o", "name", *arguments).out.split() == ids


def test_a_limit_counts_all_pages(lab: Lab) -> None:
    """N rows in all, of as few requests as that takes; with --sort-by the first N of everything."""
    for number in range(130):
        lab.add(f"bkp_{number:03}", ago=1 + number, size_bytes=number)
    assert run("list", "-o", "name", "-l", "2").out.split() == ["bkp_000", "bkp_001"]
    assert lab.requests("list_backups") == 1
    assert len(run("list", "-o", "jsonl", "--limit", "120").out.splitlines()) == 120
    assert len(run("list", "-o", "name").out.split()) == 130
    assert run("list", "-o", "name", "--sort-by", "-size_bytes", "-l", "2").out.split() == ["bkp_129", "bkp_128"]
    assert json.loads(run("list", "-l", "1", "--query", "length(backups)").out) == 1


def test_an_index(filled: Lab) -> None:
    """Only its backups; one that isn't there is a finding."""
    assert run("list", "-i", "docs", "-o", "name").out.split() == ["bkp_1", "bkp_2"]
    assert run("list", "--index-name", "docs", "-o", "name").out.split() == ["bkp_1", "bkp_2"]
    missing = run("list", "-i", "nope", "-o", "json")
    assert (missing.code, missing.out) == (1, "")
    assert missing.err.startswith("aiopinecone: 404 NOT_FOUND: Resource nope not found.")


def test_a_query(filled: Lab) -> None:
    """JMESPath over the JSON prints JSON, whatever the format."""
    for form in ("table", "csv", "yaml"):
        found = run("list", "-o", form, "--query", "backups[?status=='Ready'].backup_id")
        assert json.loads(found.out) == ["bkp_1", "bkp_3"]
    assert run("list", "--query", "nothing").out == "null\n"
    assert run("list", "--query", "schema_version").out == "1\n"


def test_nothing_to_show(lab: Lab) -> None:
    """An empty table says so on stderr; an empty document is still a document."""
    assert run("list") == run("list", "-o", "wide")
    assert (run("list").code, run("list").out, run("list").err) == (0, "", "There are no backups.\n")
    assert json.loads(run("list", "-o", "json").out) == {"schema_version": 1, "backups": []}
    assert run("list", "-o", "csv").out.startswith("backup_id,")
    assert run("list", "-o", "name").out == ""


def test_good_rows_are_printed_and_bad_ids_told(filled: Lab) -> None:
    """Each bad id is a line on stderr, with what to do; the exit status is that of a finding."""
    described = run("describe", "bkp_1", "nope", "..", "", "bkp_3", "-o", "name", "--id", "bkp_2", "-i", "[red]\x1b")
    assert sorted(described.out.split()) == ["bkp_1", "bkp_2", "bkp_3"]
    golden("describe-errors.txt", "".join(sorted(described.err.splitlines(keepends=True))))
    assert described.code == 1


def test_all_bad_is_an_empty_document(lab: Lab) -> None:
    """Each of the ids was looked at, so the answer is known: none."""
    described = run("describe", "nope", "-o", "json")
    assert (described.code, json.loads(described.out)) == (1, {"schema_version": 1, "backups": []})
    assert run("describe", "nope").out == ""


def test_a_wrong_key_could_not_tell(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """3, and neither stream nor the traceback shows the key."""
    monkeypatch.setenv("PINECONE_API_KEY", "sk-made-up-1234")
    for arguments in (("describe", "bkp_1"), ("list",), ("list", "--debug"), ("--debug", "list")):
        refused = run(*arguments)
        assert (refused.code, refused.out) == (3, "")
        assert "401" in refused.err
        assert "Check the API key" in refused.err
        assert "made-up" not in refused.err
        assert ("Traceback" in refused.err) == ("--debug" in arguments)


def test_trouble_in_the_middle_of_a_list(lab: Lab) -> None:
    """What came before is printed in every format, the error is told, and the exit status is 3."""
    for number in range(300):
        lab.add(f"bkp_{number:03}")
    for form in ("json", "jsonl", "table"):
        lab.do(lambda emulator: emulator.clear_faults())
        lab.do(lambda emulator: emulator.requests.clear())
        lab.fault_after("list_backups", 2, "status", status=400)
        broken = run("list", "-o", form, "--no-headers")
        count = len(json.loads(broken.out)["backups"]) if form == "json" else len(broken.out.splitlines())
        assert (broken.code, count) == (3, 200)
        assert broken.err.startswith("aiopinecone: 400")


def test_trouble_from_the_first_request_on(lab: Lab) -> None:
    """Nothing is known, so nothing is printed: no empty document may pass for an empty project."""
    lab.fault("status", status=400)
    for form in ("json", "yaml", "csv", "table"):
        broken = run("list", "-o", form)
        assert (broken.code, broken.out) == (3, "")


def test_trouble_with_one_id(lab: Lab) -> None:
    """It is told, and costs nobody else's row; what timed out is 4, and 3 comes before it."""
    lab.add("bkp_1")
    lab.add("bkp_2")
    lab.fault("status", status=400, route="describe_backup", times=1)
    broken = run("describe", "bkp_1", "bkp_2", "-o", "name")
    assert (broken.code, len(broken.out.split()), len(broken.err.splitlines())) == (3, 1, 1)


def test_a_narrow_terminal_gets_blocks(filled: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is ever cut off: a column folds, and where that doesn't do, each row is a block of lines."""
    for columns in (120, 62, 40):
        monkeypatch.setenv("COLUMNS", str(columns))
        golden(f"list-at-{columns}.txt", run("list", out=Screen()).out)


def test_a_terminal_has_colors_unless_told(filled: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR and a dumb terminal: no escape sequence at all; neither in a pipe."""
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" in run("list", out=Screen()).out
    assert "\x1b" not in run("list").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("list", out=Screen()).out
    assert "\x1b" not in run("list", "--help", out=Screen()).out
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in run("list", out=Screen(), err=Screen()).out


def test_a_bar_where_somebody_sees_it(filled: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr, with the rate and the errors so far, and the complaints above it; not beside rows, nor in pipes."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    shown = run("describe", "bkp_1", "nope", err=Screen())
    assert "Describing" in shown.err
    assert "/s" in shown.err
    assert "1 errors" in shown.err
    assert "nope: 404 NOT_FOUND" in shown.err
    assert "bkp_1" in shown.out
    assert "Describing" not in shown.out
    assert "Listing" in run("list", err=Screen()).err
    assert run("list", "-o", "jsonl", out=Screen(), err=Screen()).err == ""
    monkeypatch.setenv("TERM", "dumb")
    assert run("list", err=Screen()).err == ""


def test_ages_count_from_now(lab: Lab) -> None:
    """A backup of three hours ago is 3h old; one of the future is to come."""
    lab.add("bkp_1", ago=3.1)
    lab.add("bkp_2", ago=-2.1)
    rows = dict(line.split()[:: len(line.split()) - 1] for line in run("list", "--no-headers").out.splitlines())
    assert rows == {"bkp_1": "3h", "bkp_2": "2h"}
    assert datetime.now(UTC) - timedelta(hours=3) > datetime(2026, 11, 1, tzinfo=UTC)
