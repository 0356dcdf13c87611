"""Which row is the header."""

from datetime import date
from pathlib import Path

import pytest
from sheet_files import csv_file, opened, rows, xlsx

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


# ── a header among other rows of titles ───────────────────────────────────────────────────────────


def test_of_two_tables_above_one_another_the_one_with_most_known_titles_is_read(tmp_path: Path) -> None:
    people = "Name,Role,Office\nAnn,Lead,Berlin\nBob,,Paris\n\n"
    sheet = opened(csv_file(tmp_path / "t.csv", people + "Task,Status,Owner,Deadline\nA,open,Ann,\n"))
    assert (sheet.header_row, rows(sheet)) == (5, {6: ["A", "open", "Ann"]})


def test_a_small_table_of_the_same_words_above_is_no_header(tmp_path: Path) -> None:
    counts = "Owner,Status,Count\nAnn,open,3\n\n"
    text = "Task,Description,Status,Owner,Deadline,Project\nA,,open,Ann,,\n"
    assert opened(csv_file(tmp_path / "t.csv", counts + text)).header_row == 4


def test_a_block_with_a_header_of_its_own_below_the_first_tasks_is_not_taken_for_the_header(
    tmp_path: Path,
) -> None:
    text = (
        "My board,,,,\nThis week,,,,\nName,Subitems,Person,Status,Date\nA,A1,Ann,open,\n"
        "Subitems,Name,Owner,Status,Due date\n,A1,Ann,open,1.2.2024\n"
    )
    sheet = opened(csv_file(tmp_path / "t.csv", text))
    assert (sheet.header_row, list(rows(sheet))) == (3, [4, 5, 6])
    assert sheet.above == (("My board",), ("This week",))


def test_the_wide_line_below_lines_of_an_address_is_the_header(tmp_path: Path) -> None:
    text = ",,,\n,,https://example.com/x,\n,,,\nTask ID,Name,Notes,Status\n1,A,,\n"
    sheet = opened(csv_file(tmp_path / "t.csv", text))
    assert (sheet.header_row, sheet.above) == (4, (("https://example.com/x",),))


def test_a_language_that_nobody_knows_is_read_from_the_first_wide_row_of_words(tmp_path: Path) -> None:
    text = (
        "Projekti,Uudistus\nPäiväys,3.4.2024\n\nTehtävä,Tila,Vastuu,Määräaika,Arvio\n"
        "Siivous,kesken,,,2\nMaalaus,,Liisa,1.5.2024,\n"
    )
    sheet = opened(csv_file(tmp_path / "t.csv", text))
    assert (sheet.header_row, sheet.header[0]) == (4, "Tehtävä")
    assert list(rows(sheet)) == [5, 6]


def test_a_word_of_the_data_that_is_a_title_elsewhere_does_not_make_a_header(tmp_path: Path) -> None:
    text = "Otsikko,Laji,Tila\nSiivous,Huolto,kesken\nKorjaus,Task,uusi\n"
    assert opened(csv_file(tmp_path / "t.csv", text)).header_row == 1


def test_a_row_of_days_is_no_row_of_words(tmp_path: Path) -> None:
    days = [date(2024, 4, day) for day in range(1, 9)]
    table = [[None, None, *days], ["Tehtävä", "Vastuu", *(f"{d.day}" for d in days)], ["Siivous", "Liisa"]]
    assert opened(xlsx(tmp_path / "t.xlsx", Tasks=table)).header[:2] == ("Tehtävä", "Vastuu")


# ── the rows above ────────────────────────────────────────────────────────────────────────────────


def test_the_filled_cells_above_the_header_are_told_as_texts(tmp_path: Path) -> None:
    table = [
        ["Plan name", None, "Spring"],
        [],
        ["Export", date(2024, 3, 1), 7],
        [],
        ["Title", "Notes"],
        ["A"],
    ]
    sheet = opened(xlsx(tmp_path / "t.xlsx", Tasks=table))
    assert sheet.above == (("Plan name", "Spring"), ("Export", "2024-03-01", "7"))
    assert opened(csv_file(tmp_path / "t.csv", "Title,Notes\nA,\n")).above == ()


def test_the_twenty_rows_nearest_to_the_header_are_told(tmp_path: Path) -> None:
    lines = "".join(f"line {n},\n" for n in range(1, 31))
    path = csv_file(tmp_path / "t.csv", lines + "Title,Notes\nA,x\n")
    for options in ({}, {"header_row": 31}):
        sheet = opened(path, **options)
        assert sheet.header_row == 31
        assert sheet.above == tuple((f"line {n}",) for n in range(11, 31))
        assert sheet.notes == ("the header was found in row 31; the 30 rows above it are left out",)


# ── beside the table ──────────────────────────────────────────────────────────────────────────────


def test_a_legend_behind_a_blank_column_stands_beside_the_table(tmp_path: Path) -> None:
    table = [
        [None, "TASK", "STATUS", None, "OWNER", None, "STATUS\nKEY", None, "PRIORITY"],
        [None, "A", "open", None, "Ann", None, "open", None, "high"],
        [None, None, None, None, None, None, "done", None, "low"],
    ]
    assert opened(xlsx(tmp_path / "t.xlsx", Tasks=table)).beside == frozenset()  # PRIORITY is new
    table[0][3] = "PRIORITY"
    sheet = opened(xlsx(tmp_path / "u.xlsx", Tasks=table))
    assert sheet.beside == {6, 8}
    assert sheet.header[6] == "STATUS\nKEY"
    assert sheet.notes == (
        "beside the table stands a legend or another table (STATUS KEY in G, PRIORITY in I)",
    )
    assert rows(sheet)[3] == [None, None, None, None, None, None, "done", None, "low"]


def test_a_legend_may_stand_on_the_left(tmp_path: Path) -> None:
    sheet = opened(csv_file(tmp_path / "t.csv", "Colours,,Title,Status\nred,,A,open\nblue,,B,\n"))
    assert sheet.beside == {0}


@pytest.mark.parametrize(
    "text",
    [
        "Title,Status,,Due date,Owner\nA,open,,,\n",  # the table goes on behind the gap
        "Title,Status,,Colour\nA,open,x,red\n",  # a column without a title, with data, is no gap
        "Title,Colour,Status\nA,red,open\n",
        "Tehtävä,,Selite\nA,,x\n",  # nobody knows which part are the tasks
    ],
)
def test_what_is_not_beside_the_table(tmp_path: Path, text: str) -> None:
    assert opened(csv_file(tmp_path / "t.csv", text)).beside == frozenset()
