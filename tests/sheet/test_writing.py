"""Tables into files and back, read by other libraries than the one that wrote them."""

import csv
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import UnwritableFile
from importer.sheet.guard import guarded, unguarded
from importer.sheet.table import OutColumn, Table
from importer.sheet.writing import check_target, write

COLUMNS = [
    OutColumn("name"),
    OutColumn("day", "date"),
    OutColumn("at", "instant"),
    OutColumn("count", "integer"),
    OutColumn("share", "number"),
    OutColumn("yes", "boolean"),
]


@given(st.text())
def test_the_guard_comes_off_as_it_went_on(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text)[:1] or guarded(text)[0] not in "=+-@\t\r"


def test_a_csv_shows_values_as_text_and_guards_what_would_run(tmp_path: Path) -> None:
    rows = [
        ["=1+1", "2026-01-02", "2026-01-02T03:04:05Z", 5, 1.5, True],
        ["a,b\nc", None, None, None, None, False],
    ]
    write(tmp_path / "t.csv", [Table("Tasks", COLUMNS, rows)])
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["name", "day", "at", "count", "share", "yes"],
            ["'=1+1", "2026-01-02", "2026-01-02T03:04:05Z", "5", "1.5", "true"],
            ["a,b\nc", "", "", "", "", "false"],
        ]
    write(tmp_path / "t.tsv", [Table("Tasks", COLUMNS[:1], [["=1+1"], ["x\ty"]])], guard=False)
    assert (tmp_path / "t.tsv").read_text() == 'name\n=1+1\n"x\ty"\n'


def test_a_file_is_whole_or_it_stays_as_it_was(tmp_path: Path) -> None:
    def rows():
        yield ["A"]
        raise RuntimeError("the reading broke")

    for name in ("t.csv", "t.xlsx"):
        path = tmp_path / name
        path.write_text("before")
        with pytest.raises(RuntimeError):
            write(path, [Table("Tasks", COLUMNS[:1], rows())])
        assert path.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.csv", "t.xlsx"]


def test_a_written_file_has_the_usual_permissions(tmp_path: Path) -> None:
    write(tmp_path / "t.csv", [Table("Tasks", COLUMNS[:1], [])])
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "t.csv").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize(
    ("name", "words"),
    [("no/t.csv", "does not exist"), ("t.doc", "the ending decides"), ("d.csv", "is a folder")],
)
def test_what_can_be_known_beforehand_is_said_beforehand(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(UnwritableFile, match=words):
        check_target(tmp_path / name)


def test_a_title_that_would_run_is_guarded_too(tmp_path: Path) -> None:
    write(tmp_path / "t.csv", [Table("Tasks", [OutColumn("=cmd|x"), OutColumn("@a")], [["b", "c"]])])
    assert (tmp_path / "t.csv").read_text() == "'=cmd|x,'@a\nb,c\n"
