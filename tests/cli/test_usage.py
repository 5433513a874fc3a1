"""What is typed wrongly costs one line and exit status 2; `--help` needs no manual."""

import importlib.util
import sys

import pytest

from aiopinecone import __version__
from aiopinecone.cli import main, program
from aiopinecone.cli.app import app
from cli.running import Gone, Lab, golden, run

COMMANDS = [name for name in app.resolved_commands() if not name.startswith("-")]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("lst", 'unknown command "lst". Did you mean "list"?'),
        ("list --projct x", "unknown option: --projct. Did you mean --project?"),
        ("list -o xml", 'invalid value "xml" for -o. Choose from: "table", "wide"'),
        ("list -o nagios", 'invalid value "nagios" for -o.'),
        ("list -l 0", 'invalid value "0" for -l. Must be >= 1.'),
        ("list -l many", 'unable to convert "many" into int'),
        ("list -", "unused Tokens: ['-']"),
        ("list --output", "parameter --output requires an argument"),
        ("list -o yaml --json", "--json and --output yaml don't go together"),
        ("list --sort-by size", "rows can't be sorted by 'size'. Keys are backup_id, source_index_name,"),
        ("list --query [", "--query isn't JMESPath: "),
        ("list --query sum(schema_version)", "--query can't be answered: "),
        ("list --query nope(schema_version)", "--query can't be answered: "),
        ("describe", "no id was given. Give one or more, or - to read them from stdin."),
        ("describe x --api-key pcsk_Secret1", "unknown option: --api-key"),
        ("describe x --api-key=pcsk_Secret1", "unknown option: --api-key=[redacted]"),
        ("completion tcsh", 'Choose from: "bash", "zsh", "fish"'),
        ("emulator --fleet big", 'Choose from: "empty", "demo", "saas", "huge"'),
        ("emulator --speed -1", "speed must be from 0 to 1,000,000, not -1.0"),
        ("emulator --port 70000", "port must be from 0 to 65535, not 70000"),
    ],
)
def test_one_line_tells_what_is_wrong(lab: Lab, typed: str, says: str) -> None:
    """On stderr, with what to do where there is something; nothing on stdout, and no key."""
    refused = run(*typed.split())
    assert (refused.code, refused.out) == (2, "")
    assert says in refused.err
    assert len(refused.err.splitlines()) == 1
    assert "Secret" not in refused.err
    assert "Traceback" not in refused.err


def test_nothing_is_asked_before_all_is_right(lab: Lab) -> None:
    """A wrong query, key to sort by, or combination costs no request."""
    for arguments in (("--query", "["), ("--sort-by", "x"), ("-j", "-o", "csv")):
        run("list", *arguments)
    assert lab.do(lambda emulator: emulator.requests.total()) == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command says what it does, with an example of its own, its options, and the exit statuses."""
    shown = run(command, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith((f"Usage: aiopinecone {command} ", f"Usage: aiopinecone {command}\n"))
    assert f" aiopinecone {command}" in shown.out.partition("\n")[2]
    assert "130 interrupted" in shown.out
    assert run(command, "-h") == shown


def test_help_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names every command, and is what the program says without one."""
    shown = run("--help")
    assert all(f"│ {command}" in shown.out for command in COMMANDS)
    assert run() == shown
    golden("help.txt", shown.out)
    assert run("--version").out == f"{__version__}\n"


def test_help_that_nobody_reads_to_its_end() -> None:
    """A reader that goes is no error."""
    with Gone() as gone:
        assert run("--help", out=gone).code == 0


def test_a_missing_extra_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the command that installs it; exit status 2."""
    find = importlib.util.find_spec
    monkeypatch.setattr("aiopinecone.cli.find_spec", lambda name: None if name == "rich" else find(name))
    assert main(["list"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "aiopinecone needs rich: pip install 'aiopinecone-backups[cli]'\n")


def test_a_defect_of_ours_is_one_line_too(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """3, and --debug shows where; the key shows nowhere."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(f"with {lab.emulator.api_key}")

    monkeypatch.setattr(program, "app", broken)
    told = run("list")
    assert (told.code, told.out) == (3, "")
    assert told.err == "aiopinecone: an unexpected ZeroDivisionError: with [redacted]. --debug shows where.\n"
    assert "Traceback" in run("list", "--debug").err


def test_an_interrupted_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C before there is anything to print."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "app", interrupted)
    assert run("list").code == 130


def test_the_arguments_of_the_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without others it takes its own."""
    monkeypatch.setattr(sys, "argv", ["aiopinecone", "--version"])
    assert main() == 0
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    """A script that knows the commands and their options."""
    script = run("completion", shell)
    assert (script.code, script.err) == (0, "")
    for word in ("describe", "doctor", "sort-by", "aiopinecone"):
        assert word in script.out
