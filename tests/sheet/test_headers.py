"""Which row is the header."""

from pathlib import Path

import pytest
from sheet_files import csv_file, opened, rows

from importer.errors import UnreadableFile
from importer.sheet.reading import open_sheet


def test_the_row_with_the_most_known_titles_is_the_header(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "Export of,Title\n\nTitle,Due date,Owner\nA,,\n")
    sheet = opened(path)
    assert (sheet.header_row, rows(sheet)) == (3, {4: ["A"]})
    assert sheet.notes == ("the header was found in row 3; the row above it is left out",)


def test_the_first_of_equals_wins_so_that_a_repeated_header_is_data(tmp_path: Path) -> None:
    sheet = opened(csv_file(tmp_path / "t.csv", "Title,Due date\nA,\nTitle,Due date\nB,\n"))
    assert (sheet.header_row, list(rows(sheet))) == (1, [2, 3, 4])


def test_a_repeated_title_counts_once(tmp_path: Path) -> None:
    sheet = opened(csv_file(tmp_path / "t.csv", "Title,title,TITLE\nTitle,Owner,x\nA,,\n"))
    assert sheet.header_row == 2


def test_without_known_titles_the_first_row_of_two_cells_is_the_header(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "My list,\n,\nAufgabe,Frist\nA,B\n")
    assert opened(path).header == ("Aufgabe", "Frist")


def test_without_such_a_row_the_first_filled_one_is(tmp_path: Path) -> None:
    assert opened(csv_file(tmp_path / "t.csv", "\nAufgabe\nA\nB\n")).header_row == 2


def test_titles_below_sixty_filled_rows_are_not_looked_for(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "a,b\n" * 60 + "Title,Notes\n")
    assert opened(path).header_row == 1
    assert opened(path, header_row=61).header == ("Title", "Notes")


def test_the_header_row_asked_for_is_taken_whatever_it_holds(tmp_path: Path) -> None:
    sheet = opened(csv_file(tmp_path / "t.csv", "Title,Notes\nx,y\nA,B\n"), header_row=2)
    assert (sheet.header, rows(sheet)) == (("x", "y"), {3: ["A", "B"]})


def test_a_blank_header_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"t\.csv: row 2 is blank.*--header-row"):
        opened(csv_file(tmp_path / "t.csv", "Title\n\nA\n"), header_row=2)


def test_a_header_row_below_the_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no row 9, the data ends in row 3"):
        opened(csv_file(tmp_path / "t.csv", "Title\n\nA\n"), header_row=9)


def test_known_is_asked_once_for_each_text(tmp_path: Path) -> None:
    asked: list[str] = []
    open_sheet(
        csv_file(tmp_path / "t.csv", "Title;Notes\n" + "A;B\n" * 50), known=lambda t: not asked.append(t)
    )
    assert len(asked) == len(set(asked))
