"""`audit`: verdicts, exit statuses, policies, several projects, and the line for Nagios."""

import json
import re
from pathlib import Path

import pytest

from aiopinecone.cli import main
from aiopinecone.cli.auditing import KEYS
from cli.running import Lab, Screen, golden, run

LINE = re.compile(
    r"PINECONE BACKUPS (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \| indexes=\d+ compliant=\d+ oldest_age=(\d+s|U))?\n"
)


def index(lab: Lab, name: str, *ages: float, **fields: object) -> None:
    """An index with backups of these ages, in hours."""
    lab.do(lambda emulator: emulator.add_index(name, **fields))  # type: ignore[arg-type]
    for age in ages:
        lab.add(f"{name}-{age:g}", ago=age, source_index_name=name)


@pytest.fixture
def mixed(lab: Lab) -> Lab:
    """One index of each of the verdicts that are met every day."""
    index(lab, "fresh", 3.1)
    index(lab, "ageing", 25.1)
    index(lab, "stale", 80.1)
    index(lab, "never")
    index(lab, "pods", deployment="pod")
    return lab


@pytest.mark.parametrize("form", ["table", "wide", "json", "jsonl", "yaml", "csv", "name", "nagios"])
def test_an_audit_in_each_format(mixed: Lab, form: str) -> None:
    """Golden outputs, the worst first; 1 for findings, but 2 for Nagios."""
    audited = run("audit", "-o", form)
    mask = re.sub(r"(?<![:\d])\d{4,6}\.\d+", "<age>", audited.out)
    golden(f"audit-{form}.txt", re.sub(r"oldest_age=\d+", "oldest_age=<age>", mask))
    assert (audited.code, audited.err) == (2 if form == "nagios" else 1, "")


def test_the_document(mixed: Lab) -> None:
    """`findings`, `ok`, `worst`, `taken_at`; the rows are those of jsonl, their keys those of csv."""
    document = json.loads(run("audit", "-j").out)
    assert list(document) == ["schema_version", "taken_at", "ok", "worst", "findings"]
    assert (document["schema_version"], document["ok"], document["worst"]) == (1, False, "NEVER")
    rows = [json.loads(line) for line in run("audit", "-o", "jsonl").out.splitlines()]
    assert [row["index_name"] for row in rows] == ["never", "stale", "pods", "ageing", "fresh"]
    assert all(tuple(row) == KEYS for row in document["findings"])
    assert run("audit", "-o", "csv").out.splitlines()[0] == ",".join(KEYS)
    names = json.loads(run("audit", "--query", "findings[?!ok].index_name").out)
    assert names == ["never", "stale", "pods"]
    assert run("audit", "-o", "name", "--sort-by", "index_name").out.split() == sorted(r["index_name"] for r in rows)


@pytest.mark.parametrize(
    ("name", "ages", "options", "code", "nagios", "word"),
    [
        ("fresh", (3.1,), (), 0, 0, "OK"),
        ("ageing", (25.1,), (), 0, 1, "WARNING"),
        ("stale", (27.1,), (), 1, 2, "CRITICAL"),
        ("loose", (27.1,), ("--max-age", "3d"), 0, 0, "OK"),
        ("tight", (3.1,), ("--max-age", "1h"), 1, 2, "CRITICAL"),
        ("warned", (3.1,), ("--warn-age", "1h"), 0, 1, "WARNING"),
        ("scheduled", (3.1,), ("--max-age", "none"), 0, 0, "OK"),
        (None, (), (), 3, 3, "UNKNOWN"),
    ],
)
def test_exit_statuses(
    lab: Lab, name: str | None, ages: tuple[float, ...], options: tuple[str, ...], code: int, nagios: int, word: str
) -> None:
    """0 fine, 1 a finding, 3 could not tell; for Nagios 0 all PROTECTED, 1 other ok, 2 a finding, 3 all else."""
    if name is not None:
        index(lab, name, *ages)
    assert run("audit", *options).code == code
    line = run("audit", "-o", "nagios", *options)
    assert (line.code, line.err) == (nagios, "")
    assert LINE.fullmatch(line.out)
    assert line.out.split()[2] == word


def test_a_finding_goes_before_what_could_not_be_told(mixed: Lab) -> None:
    """1 before 3, and CRITICAL before UNKNOWN."""
    mixed.fault("status", status=400, route="list_index_backups", times=1)
    assert run("audit").code == 1


def test_what_could_not_be_told(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key, the network, a refusal in the middle: 3, and the row says why."""
    index(lab, "fresh", 3.1)
    lab.fault("status", status=400, route="list_index_backups")
    assert run("audit").code == 3
    assert run("audit", "-o", "nagios").code == 3
    monkeypatch.setenv("PINECONE_API_KEY", "sk-made-up-1234")
    refused = run("audit", "-o", "json")
    assert refused.code == 3
    assert "401" in json.loads(refused.out)["findings"][0]["reason"]
    assert "made-up" not in refused.out + refused.err
    line = run("audit", "-o", "nagios")
    assert (line.code, line.out[:26]) == (3, "PINECONE BACKUPS UNKNOWN -")
    assert LINE.fullmatch(line.out)


@pytest.mark.parametrize(
    "typed",
    [
        "--bad",
        "--policy /nope",
        "--max-age 26",
        "--sort-by x --max-age x",
        "--query x",
        "--project nope",
        "--config /nope",
    ],
)
def test_a_wrong_use_is_unknown_to_nagios(lab: Lab, typed: str) -> None:
    """3 and a line on stdout, which is all that Nagios reads; in every way to ask for it."""
    for way in ("-o nagios", "--output nagios", "-onagios", "-o=nagios", "--output=nagios"):
        refused = run("audit", *way.split(), *typed.split())
        assert refused.code == 3
        assert LINE.fullmatch(refused.out)
        assert refused.out.startswith("PINECONE BACKUPS UNKNOWN - ")
        assert len(refused.err.splitlines()) == 1


def test_only_nagios_has_its_ways(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A project of that name, and help, are nobody's check; a missing extra is."""
    assert run("audit", "--project", "nagios").code == 2
    shown = run("audit", "-o", "nagios", "--help")
    assert (shown.code, shown.out[:6]) == (0, "Usage:")
    assert run("--debug", "audit", "-o", "nagios", "--bad").code == 3
    monkeypatch.setattr("aiopinecone.cli.find_spec", lambda _: None)
    assert main(["audit", "-o", "nagios"]) == 3
    assert capsys.readouterr().out == (
        "PINECONE BACKUPS UNKNOWN - aiopinecone needs cyclopts: pip install 'aiopinecone-backups[cli]'\n"
    )


def test_an_interrupted_check(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nagios doesn't know 130."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("aiopinecone.cli.program.app", interrupted)
    assert run("audit", "-o", "nagios").out == "PINECONE BACKUPS UNKNOWN - interrupted\n"


def test_a_name_cannot_forge_the_line(lab: Lab, tmp_path: Path) -> None:
    """A bar or an end of line in what is told would begin other figures, or another line."""
    told = run("audit", "-o", "nagios", "--policy", str(tmp_path / "a|b\nPINECONE BACKUPS OK"))
    assert LINE.fullmatch(told.out)


def test_more_than_a_line_can_name(lab: Lab) -> None:
    """The first five by name, the others by number."""
    for number in range(8):
        index(lab, f"never-{number}")
    assert "8 of 8 not PROTECTED: never-0 NEVER," in run("audit", "-o", "nagios").out
    assert ", 3 more | indexes=8 compliant=0 oldest_age=U" in run("audit", "-o", "nagios").out


POLICY = """
max_age = "2h"
warn_age = "none"
max_shrink = "none"
min_records = 0

[[overrides]]
index = "stale"
exempt = true

[[overrides]]
index = "fre*"
max_age = "1d"
"""


def test_a_policy(mixed: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fields of `AuditPolicy` as keys; the first override that matches; the options win over the file."""
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    audited = run("audit", "--policy", str(path), "-o", "json")
    verdicts = {row["index_name"]: row["verdict"] for row in json.loads(audited.out)["findings"]}
    assert verdicts == {"never": "NEVER", "pods": "UNSUPPORTED", "ageing": "STALE", "fresh": "PROTECTED"}
    assert run("audit", "--policy", str(path)).err == "Exempt: stale.\n"
    loose = run("audit", "--policy", str(path), "--max-age", "3d", "-o", "json")
    assert json.loads(loose.out)["findings"][2]["verdict"] == "PROTECTED"


def test_all_exempt_is_fine(lab: Lab, tmp_path: Path) -> None:
    """Nothing is left to judge, and nothing is wrong."""
    index(lab, "never")
    path = tmp_path / "policy.toml"
    path.write_text("[[overrides]]\nexempt = true\n")
    audited = run("audit", "--policy", str(path))
    assert (audited.code, audited.out) == (0, "")
    assert audited.err == "There is no index to judge.\nExempt: never.\n"
    assert run("audit", "--policy", str(path), "-o", "nagios").code == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("max_ago = 1", "has an unknown key 'max_ago'. Known are: max_age,"),
        (
            "max_age = '26'",
            "max_age must be a number of seconds, a timedelta, or text with units, such as '90s' or '1d12h', not '26'",
        ),
        ("max_age = true", "max_age must be"),
        ("pending_limit = 'none'", "pending_limit must be"),
        ("min_records = -1", "min_records must be a whole number of 0 or more"),
        ("overrides = 1", "overrides must be tables, each under [[overrides]]"),
        ("overrides = [1]", "number 1 of [[overrides]] must be a table, not int"),
        ("[[overrides]]\nx = 1", "number 1 of [[overrides]] has an unknown key 'x'. Known are: exempt, index,"),
        ("[[overrides]]\n[[overrides]]\ntag = 'x'", "number 2 of [[overrides]]: tag must be 'key=value'"),
        ("[", "isn't TOML"),
    ],
)
def test_a_wrong_policy(lab: Lab, tmp_path: Path, content: str, says: str) -> None:
    """2, one line that names the file, the place and what is known; nothing was asked."""
    path = tmp_path / "policy.toml"
    path.write_text(content)
    refused = run("audit", "--policy", str(path))
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert refused.err.startswith(f"aiopinecone: {path}")
    assert says in refused.err
    assert lab.do(lambda emulator: emulator.requests.total()) == 0


def test_options_that_cannot_be_used(lab: Lab) -> None:
    """2, by their names."""
    assert run("audit", "--max-age", "26").err.startswith("aiopinecone: --max-age: max_age must be a number of seconds")
    assert run("audit", "--warn-age", "x").code == 2
    assert run("audit", "-o", "nagios", "--query", "x").code == 3
    assert run("audit", "-j", "-o", "nagios").code == 3


def test_several_projects(mixed: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the file, or those named; one without its variable is UNKNOWN, and costs the others nothing."""
    config = tmp_path / "config.toml"
    host = mixed.emulator.url
    config.write_text("".join(f'[projects.{n}]\napi_key_env = "{n}_KEY"\nhost = "{host}"\n' for n in ("prod", "dev")))
    monkeypatch.setenv("prod_KEY", mixed.emulator.api_key)
    options = ("audit", "--config", str(config), "-o", "json")
    monkeypatch.delenv("PINECONE_API_KEY")
    found = json.loads(run(*options).out)["findings"]
    assert {row["project"] for row in found} == {"prod", "dev"}
    (dev,) = (row for row in found if row["project"] == "dev")
    assert (dev["verdict"], dev["index_name"]) == ("UNKNOWN", None)
    assert "dev_KEY isn't set" in dev["reason"]
    for named in (("--project", "dev", "prod"), ("--project", "dev", "--project", "prod")):
        assert len(json.loads(run(*options, *named).out)["findings"]) == 6
    only = run(*options[:3], "--project", "dev")
    assert (only.code, only.err) == (3, "")
    assert run(*options[:3], "--project", "dev", "-o", "name").out == ""
    assert (
        "project dev UNKNOWN (The project wasn't read: there is no API key"
        in run(*options[:3], "--project", "dev", "-o", "nagios").out
    )
    assert run("audit", "--config", str(config)).out.split()[:4] == ["PROJECT", "INDEX", "VERDICT", "AGE"]
    config.write_text('[projects.prod]\napi_key_env = "prod_KEY"\nhost = "http://example.com"\n')
    assert run(*options).code == 2


def test_a_bar_counts_projects(mixed: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """And those that can't be read."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    assert "Auditing" in run("audit", err=Screen()).err
    mixed.fault("status", status=400, route="list_indexes")
    assert "1 errors" in run("audit", err=Screen()).err


def test_the_colors_of_verdicts(mixed: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Green where all is well, red for a finding."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")
    shown = run("audit", out=Screen()).out
    assert "\x1b[32mPROTECTED" in shown
    assert "\x1b[33mAGEING" in shown
    assert "\x1b[31mSTALE" in shown
