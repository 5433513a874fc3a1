"""`inventory`, and `diff` between two of them."""

import csv
import io
import json
from pathlib import Path

import pytest

from aiopinecone import Inventory
from cli.process import Process
from cli.running import Lab, Screen, golden, run


@pytest.fixture
def before(lab: Lab, tmp_path: Path) -> Path:
    """An inventory of three backups; since then each of them, and the project, has changed."""
    path = tmp_path / "before.json"
    lab.add("bkp_1", ago=50.1, source_index_name="docs", record_count=1_000)
    lab.add("bkp_2", ago=0.1, source_index_name="docs", status="Initializing", record_count=10)
    lab.add("bkp_3", ago=90.1, source_index_name="tickets")
    path.write_text(run("inventory", "-o", "json").out)
    lab.add("bkp_4", ago=1.1, source_index_name="docs", record_count=10)
    lab.do(lambda emulator: emulator.advance(60 * 86_400))
    lab.do(lambda emulator: emulator._state.projects[0].backups.remove(emulator._state.projects[0].by_id["bkp_3"]))
    return path


def test_what_is_printed_can_be_loaded(before: Path) -> None:
    """`inventory -o json` is what `Inventory.save` writes: `schema_version`, `taken_at`, `backups`."""
    document = json.loads(before.read_text())
    assert list(document) == ["schema_version", "taken_at", "backups"]
    assert Inventory.load(before).to_dict() == document


@pytest.mark.parametrize("form", ["table", "wide", "json", "jsonl", "yaml", "csv", "name"])
def test_an_inventory_in_each_format(before: Path, form: str) -> None:
    """By index for people, with the sums on stderr; backup by backup for machines."""
    taken = run("inventory", "-o", form)
    golden(f"inventory-{form}.txt", taken.out)
    assert taken.code == 0
    assert taken.err == ("In all 3 backups with 1,020 records, 11.7 MiB.\n" if form in {"table", "wide"} else "")


def test_an_inventory_is_sorted_in_both_ways(before: Path) -> None:
    """The keys of a backup that can be summed up work for the table, too."""
    rows = run("inventory", "--sort-by", "-record_count", "--no-headers").out.splitlines()
    assert [row.split()[0] for row in rows] == ["docs"]
    assert run("inventory", "-o", "name", "--sort-by", "created_at").out.split() == ["bkp_1", "bkp_4", "bkp_2"]
    assert json.loads(run("inventory", "--query", "length(backups)").out) == 3


def test_an_inventory_is_whole_or_an_error(lab: Lab) -> None:
    """A half of it would pass for all."""
    for number in range(250):
        lab.add(f"bkp_{number:03}")
    lab.do(lambda emulator: emulator.requests.clear())
    lab.fault_after("list_backups", 2, "status", status=400)
    broken = run("inventory", "-o", "json")
    assert (broken.code, broken.out) == (3, "")


def test_a_bar_counts_backups(before: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the inventory is read."""
    monkeypatch.setenv("TERM", "xterm")
    assert "Reading" in run("inventory", err=Screen()).err


@pytest.mark.parametrize("form", ["table", "wide", "json", "jsonl", "yaml", "csv", "name"])
def test_a_difference_in_each_format(before: Path, form: str) -> None:
    """Golden outputs; a difference is a finding."""
    found = run("diff", str(before), "-o", form)
    golden(f"diff-{form}.txt", found.out)
    assert (found.code, found.err) == (1, "")


def test_the_document_of_a_difference(before: Path) -> None:
    """`new`, `gone`, `status_changed`, `shrunk`; jsonl has the same rows, csv says which each is."""
    document = json.loads(run("diff", str(before), "-o", "json").out)
    assert list(document) == ["schema_version", "new", "gone", "status_changed", "shrunk"]
    assert [row["backup_id"] for row in document["new"]] == ["bkp_4"]
    assert [row["backup_id"] for row in document["gone"]] == ["bkp_3"]
    (pair,) = document["status_changed"]
    assert (pair["before"]["status"], pair["after"]["status"]) == ("Initializing", "Ready")
    rows = [json.loads(line) for line in run("diff", str(before), "-o", "jsonl").out.splitlines()]
    assert rows == [row for kind in ("new", "gone", "status_changed", "shrunk") for row in document[kind]]
    table = list(csv.DictReader(io.StringIO(run("diff", str(before), "-o", "csv").out)))
    assert [row["change"] for row in table] == ["new", "gone", "status_changed", "shrunk"]
    assert [row["status_before"] for row in table] == ["", "", "Initializing", "Ready"]
    assert [row["record_count_before"] for row in table] == ["", "", "", "1000"]


def test_two_files(before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They need no project and no key; equal ones are fine; `-` is stdin."""
    after = tmp_path / "after.json"
    after.write_text(run("inventory", "-j").out)
    monkeypatch.delenv("PINECONE_API_KEY")
    assert run("diff", str(before), str(after)).code == 1
    same = run("diff", str(before), str(before))
    assert (same.code, same.out, same.err) == (0, "", "Nothing changed.\n")
    with before.open() as stdin:
        process = Process("diff", "-", str(after), "-o", "name", stdin=stdin.fileno())
        assert process.end()[0] == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "holds no inventory: it isn't JSON"),
        ("[]", "this is no inventory"),
        ('{"schema_version": 2, "taken_at": "2026-11-01T00:00:00Z", "backups": []}', "schema_version 2"),
    ],
)
def test_what_is_no_inventory(lab: Lab, tmp_path: Path, content: str, says: str) -> None:
    """2, and nothing is asked."""
    path = tmp_path / "before.json"
    path.write_text(content)
    refused = run("diff", str(path))
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert says in refused.err
    missing = run("diff", str(tmp_path / "nope"))
    assert missing.err == f"aiopinecone: can't read {tmp_path / 'nope'}: no such file or directory\n"
    assert lab.do(lambda emulator: emulator.requests.total()) == 0
