"""Workbooks: what becomes of typed cells, row numbers, and which sheet is taken."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheet_files import ods, ods_cell, ods_row, opened, patched, read, rows, text_cell, xlsx, xlsx_of_xml

from importer.errors import UnreadableFile
from importer.sheet.base import Broken
from importer.sheet.cells import ERROR, number_text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("text", "text"),
        (" two  ", " two  "),
        ("00123", "00123"),
        ("NA", "NA"),
        ("=SUM(A1)", "=SUM(A1)"),
        ("a\nb", "a\nb"),
        (" \n ", None),
        (7, "7"),
        (0, "0"),
        (7.0, "7"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.3"),
        (-1.5, "-1.5"),
        (True, "TRUE"),
        (False, "FALSE"),
        (1211430000000123, "1211430000000123"),
        (date(2024, 3, 31), date(2024, 3, 31)),
        (datetime(2024, 3, 31, 14, 30), datetime(2024, 3, 31, 14, 30)),
        (time(1, 30), timedelta(hours=1, minutes=30)),
        (timedelta(hours=30, minutes=5), timedelta(hours=30, minutes=5)),
    ],
)
def test_a_cell_is_what_the_person_sees_and_dates_stay_dates(tmp_path: Path, value: Any, cell: Any) -> None:
    path = xlsx(tmp_path / "t.xlsx", Tasks=[["Title", "Notes", "Key"], ["A", value, "k"]])
    found = read(path)[2][1]
    assert found == cell
    assert type(found) is type(cell)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (-0.0, "0"),
        (2.0**53 - 1, "9007199254740991"),
        (1e16, "1E+16"),
        (1234567890123456789.0, "1.23456789012346E+18"),
        (1 / 3, "0.333333333333333"),
        (0.00001, "0.00001"),
        (1e-300, "1E-300"),
        (1e6 + 0.5, "1000000.5"),
    ],
)
def test_numbers_show_no_more_digits_than_they_have(number: float, text: str) -> None:
    assert number_text(number) == text


def test_an_error_that_was_stored_as_text_is_broken(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "t.xlsx", Tasks=[["Title", "Notes", "Key"], ["A", "#N/A", 7], ["B", "#BEZUG!", "k"]]
    )
    assert read(path) == {
        2: ["A", Broken("#N/A", ERROR), "7"],
        3: ["B", Broken("#BEZUG!", ERROR), "k"],
    }


def test_percentages_come_as_the_number_behind_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Title", "Done"])
    book.active.append(["A", 0.32])
    book.active["B2"].number_format = "0%"
    book.save(tmp_path / "t.xlsx")
    assert read(tmp_path / "t.xlsx") == {2: ["A", "0.32"]}


def test_rows_and_columns_are_counted_from_a1(tmp_path: Path) -> None:
    table = [
        [],
        [],
        [None, None, "Title", "Notes"],
        [],
        [None, None, "A", "x"],
        [None, None, " "],
        [None, "beside"],
    ]
    sheet = opened(xlsx(tmp_path / "t.xlsx", Tasks=table))
    assert (sheet.header_row, sheet.header) == (3, ("", "", "Title", "Notes"))
    assert rows(sheet) == {5: [None, None, "A", "x"], 7: [None, "beside"]}
    assert sheet.cell(5, 2) == "Tasks!C5"


def test_cells_are_placed_by_reference_and_a_false_dimension_does_not_matter(tmp_path: Path) -> None:
    data = f'<row r="2">{text_cell("B2", "Title")}{text_cell("D2", "Notes")}</row>'
    data += f'<row r="9">{text_cell("D9", "x")}{text_cell("AB9", "far")}</row>'
    path = patched(
        xlsx_of_xml(tmp_path / "t.xlsx", data),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("<sheetData>", '<dimension ref="A1"/><sheetData>'),
    )
    assert read(path) == {9: [None, None, None, "x", *[None] * 23, "far"]}


def test_cells_without_references_stand_in_order(tmp_path: Path) -> None:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    data = "".join(
        f"<row>{cell.format(a)}{cell.format(b)}</row>" for a, b in (("Title", "Notes"), ("A", "x"))
    )
    assert read(xlsx_of_xml(tmp_path / "t.xlsx", data)) == {2: ["A", "x"]}


def test_formatted_empty_rows_are_no_rows(tmp_path: Path) -> None:
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(3, 500))
    data = f'<row r="1">{text_cell("A1", "Title")}</row><row r="2">{text_cell("A2", "A")}</row>{empty}'
    assert read(xlsx_of_xml(tmp_path / "t.xlsx", data)) == {2: ["A"]}


def test_headers_that_are_no_texts_become_texts(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "t.xlsx", Tasks=[["Title", 2024, date(2024, 1, 2), True, time(1, 30)], ["A"]])
    assert opened(path).header == ("Title", "2024", "2024-01-02", "TRUE", "1:30:00")


def test_frames_of_a_workbook_start_anew_and_are_bounded(tmp_path: Path) -> None:
    sheet = opened(xlsx(tmp_path / "t.xlsx", Tasks=[["Title"], *([n] for n in range(5_001))]))
    for _ in range(2):
        assert [len(frame) for frame in sheet.chunks()] == [5000, 1]


def test_very_wide_sheets_get_shorter_frames(tmp_path: Path) -> None:
    wide = [f"c{n}" for n in range(2000)]
    (tmp_path / "t.csv").write_text("\n".join([",".join(wide), *["x" + "," * 1999] * 600]))
    assert [len(frame) for frame in opened(tmp_path / "t.csv").chunks()] == [500, 100]


# ── which sheet ───────────────────────────────────────────────────────────────────────────────────

TASKS = [["Title", "Due date"], ["A", None]]
LISTS = [["Title", "Colour"], ["B", None]]


def test_the_sheet_that_knows_most_titles_is_taken_and_noted(tmp_path: Path) -> None:
    sheet = opened(xlsx(tmp_path / "t.xlsx", Lists=LISTS, Tasks=TASKS, Copy=TASKS))
    assert (sheet.name, rows(sheet)) == ("Tasks", {2: ["A"]})
    assert sheet.notes == ("the sheet 'Tasks' was chosen of 1 Lists, 2 Tasks, 3 Copy; --sheet takes another",)


def test_of_sheets_with_as_many_known_titles_the_longest_is_taken(tmp_path: Path) -> None:
    longer = [["Plan"], [], ["Title", "Due date"], ["B", None], [], ["C", "1.2."]]
    book = xlsx(tmp_path / "t.xlsx", May=TASKS, June=longer, July=[*TASKS, *[[None, "  "]] * 9])
    sheet = opened(book)
    assert (sheet.name, list(rows(sheet))) == ("June", [4, 6])
    assert sheet.notes[0] == "the sheet 'June' was chosen of 1 May, 2 June, 3 July; --sheet takes another"


def test_a_sheet_without_data_loses(tmp_path: Path) -> None:
    assert opened(xlsx(tmp_path / "t.xlsx", Cover=[], Tasks=[["x"], ["y"]])).name == "Tasks"


def test_the_only_sheet_is_not_worth_a_note(tmp_path: Path) -> None:
    assert opened(xlsx(tmp_path / "t.xlsx", Tasks=TASKS)).notes == ()


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_taken_only_by_name(tmp_path: Path, state: str) -> None:
    book = openpyxl.load_workbook(xlsx(tmp_path / "t.xlsx", Tasks=TASKS, Lists=LISTS))
    book["Tasks"].sheet_state = state
    book.active = 1
    book.save(tmp_path / "t.xlsx")
    assert opened(tmp_path / "t.xlsx").name == "Lists"
    assert "1 Tasks (hidden)" in opened(tmp_path / "t.xlsx").notes[0]
    assert opened(tmp_path / "t.xlsx", sheet="Tasks").name == "Tasks"


@pytest.mark.parametrize(
    ("asked", "name"), [("2", "1"), ("1", "1"), ("3", "Tasks"), (" tasks ", "Tasks"), ("TASKS", "TASKS")]
)
def test_a_name_wins_over_a_number(tmp_path: Path, asked: str, name: str) -> None:
    path = xlsx(tmp_path / "t.xlsx", **{"Lists": LISTS, "1": LISTS, "Tasks": TASKS, "TASKS2": LISTS})
    if asked == "TASKS":
        name = "Tasks"
    sheet = opened(path, sheet=asked)
    assert sheet.name == name
    assert sheet.notes == ()


def test_an_unknown_sheet_is_refused_with_those_there_are(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "t.xlsx", Lists=LISTS, Tasks=TASKS)
    for asked in ("Aufgaben", "0", "3", "-1"):
        with pytest.raises(UnreadableFile, match=rf"no sheet '{asked}'; it has 1 Lists, 2 Tasks\."):
            opened(path, sheet=asked)


def test_a_header_row_is_looked_for_in_every_sheet(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "t.xlsx", Lists=LISTS, Tasks=[[], [], ["Title", "Notes"], ["A"]])
    assert opened(path, header_row=3).name == "Tasks"
    with pytest.raises(UnreadableFile, match="sheet 'Lists': there is no row 3"):
        opened(path, header_row=3, sheet="Lists")
    with pytest.raises(UnreadableFile, match="no row 30"):
        opened(path, header_row=30)


# ── the other formats ─────────────────────────────────────────────────────────────────────────────


def test_open_document_workbooks(tmp_path: Path) -> None:
    head = ods_row(*map(ods_cell, ("Title", "Due date", "Estimate", "Notes")))
    gap = '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
    first = ods_row(
        ods_cell("A"),
        ods_cell("31.03.24", "date", 'office:date-value="2024-03-31"'),
        ods_cell("01:30", "time", 'office:time-value="PT01H30M00S"'),
        ods_cell("x</text:p><text:p>y"),
    )
    second = ods_row(
        ods_cell("7", "float", 'office:value="7"'),
        ods_cell("", "date", 'office:date-value="2024-03-31T14:30:00"'),
        ods_cell("30:15", "time", 'office:time-value="PT30H15M00S"'),
        ods_cell("TRUE", "boolean", 'office:boolean-value="true"'),
    )
    tail = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    sheet = opened(ods(tmp_path / "t.ods", Cover="", Tasks=head + gap + first + second + tail))
    assert sheet.name == "Tasks"
    assert rows(sheet) == {
        4: ["A", date(2024, 3, 31), timedelta(hours=1, minutes=30), "x\ny"],
        5: ["7", datetime(2024, 3, 31, 14, 30), timedelta(hours=30, minutes=15), "TRUE"],
    }


def test_open_document_rows_and_cells_that_are_repeated(tmp_path: Path) -> None:
    twice = ods_row(ods_cell("A", attributes='table:number-columns-repeated="2"'),
                    attributes='table:number-rows-repeated="2"')  # fmt: skip
    path = ods(tmp_path / "t.ods", Tasks=ods_row(ods_cell("Title"), ods_cell("Notes")) + twice)
    assert read(path) == {2: ["A", "A"], 3: ["A", "A"]}


def test_a_small_open_document_file_that_fills_the_memory_is_refused(tmp_path: Path) -> None:
    bomb = ods_row(ods_cell("A", attributes='table:number-columns-repeated="16384"'),
                   attributes='table:number-rows-repeated="1048576"')  # fmt: skip
    path = ods(tmp_path / "t.ods", Tasks=ods_row(ods_cell("Title")), Bomb=bomb)
    with pytest.raises(UnreadableFile, match="sheet 'Bomb': its cells reach to XFD1048576"):
        opened(path)


# Written by xlwt: Title, Due date, Estimate / Büro räumen, 31 March 2024, 7.
