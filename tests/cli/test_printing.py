"""Rows that are printed as they come."""

import attrs
import pytest

from aiopinecone import Backup, BackupStatus
from aiopinecone.cli import shapes
from aiopinecone.cli.printing import Printer
from aiopinecone.cli.style import Style
from aiopinecone.cli.terminal import Terminal
from cli.running import Gone, Lab, run

BACKUP = Backup(
    backup_id="bkp_1",
    source_index_name="docs",
    source_index_id="1",
    status=BackupStatus.READY,
    cloud="aws",
    region="eu",
)


def test_a_live_table_comes_row_by_row(capsys: pytest.CaptureFixture[str]) -> None:
    """The names first, once; then each row at once, in columns that line up where the cells are as long as foreseen."""
    with Printer(Terminal(), Style(), shapes.backups(), live=True) as printer:
        printer.add(BACKUP)
        assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["ID", "bkp_1"]
        printer.add(BACKUP)
        assert len(capsys.readouterr().out.splitlines()) == 1
    assert capsys.readouterr().out == ""


def test_an_output_that_cannot_be_written(lab: Lab) -> None:
    """It is told in one line; what got lost is no success."""
    lab.add("bkp_1")
    with Gone(OSError(28, "No space left on device")) as full:
        lost = run("list", out=full)
    assert (lost.code, lost.err) == (3, "aiopinecone: can't write the output: No space left on device\n")


def test_a_row_without_a_name_has_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    """As a finding about a whole project has none."""
    nameless = attrs.evolve(shapes.backups(), name=lambda _: None)
    with Printer(Terminal(), Style(format="name"), nameless) as printer:
        printer.add(BACKUP)
    assert capsys.readouterr().out == ""


def test_a_reader_that_is_gone_ends_what_comes_row_by_row(lab: Lab) -> None:
    """Without a word, and with the exit status of what was found so far."""
    lab.add("bkp_1")
    for form in ("name", "table"):
        with Gone() as gone:
            assert run("list", "-o", form, out=gone).code == 0
