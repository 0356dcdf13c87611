"""Merged cells: headers of several rows, and values that count for several rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheet_files import csv_file, ods, ods_cell, ods_row, opened, rows, xlsx

from importer.sheet import frames
from importer.sheet.base import Sheet


def merged(path: Path, ranges: str, *table: Sequence[Any]) -> Path:
    book = openpyxl.load_workbook(xlsx(path, Tasks=table))
    for cells in ranges.split():
        book.active.merge_cells(cells)
    book.save(path)
    return path


def header(sheet: Sheet) -> tuple[int, tuple[str, ...]]:
    return sheet.header_row, sheet.header


# ── headers of several rows ───────────────────────────────────────────────────────────────────────


def test_titles_merged_down_and_groups_over_titles_are_one_header(tmp_path: Path) -> None:
    path = merged(
        tmp_path / "t.xlsx",
        "A1:A2 B1:C1 D1:D2",
        ["Task", "Dates", None, "Owner"],
        [None, "Start date", "Due date", None],
        ["A", "1.2.2024", "3.2.2024", "Ann"],
    )
    sheet = opened(path)
    assert header(sheet) == (2, ("Task", "Start date", "Due date", "Owner"))
    assert rows(sheet) == {3: ["A", "1.2.2024", "3.2.2024", "Ann"]}
    assert (sheet.notes, sheet.above) == (("the header was found in rows 1 to 2",), ())
    assert header(opened(path, header_row=1)) == header(opened(path, header_row=2)) == header(sheet)


def test_more_known_titles_in_the_upper_row_do_not_make_the_lower_one_data(tmp_path: Path) -> None:
    path = merged(
        tmp_path / "t.xlsx",
        "A2:A3 B2:B3 C2:D2",
        ["My list"],
        ["Task", "Owner", "Days"],
        [None, None, "planned", "spent"],
        ["A", "Ann", 1, 2],
    )
    sheet = opened(path)
    assert header(sheet) == (3, ("Task", "Owner", "planned", "spent"))
    assert sheet.notes == ("the header was found in rows 2 to 3; the row above it is left out",)
    assert sheet.above == (("My list",),)


def test_a_header_of_three_rows(tmp_path: Path) -> None:
    path = merged(
        tmp_path / "t.xlsx",
        "A1:A3 B1:D1 B2:C2",
        ["Task", "Plan", None, None],
        [None, "Dates", None, "Status"],
        [None, "Start date", "Due date", None],
        ["A", "1.2.", "3.2.", "open"],
    )
    assert header(opened(path)) == (3, ("Task", "Start date", "Due date", "Status"))


def test_a_group_keeps_its_title_where_nothing_stands_below_it(tmp_path: Path) -> None:
    path = merged(
        tmp_path / "t.xlsx",
        "A1:A2 B1:C1 D1:E1",
        ["Task", "Notes", None, "Dates", None],
        [None, None, None, "Start date", "Due date"],
        ["A", "x", "y", "1.2.", "3.2."],
    )
    assert header(opened(path)) == (2, ("Task", "Notes", "", "Start date", "Due date"))


def test_groups_without_titles_of_their_own_lie_above_the_header(tmp_path: Path) -> None:
    path = merged(
        tmp_path / "t.xlsx",
        "A1:B1 C1:D1",
        ["What", None, "When", None],
        ["Task", "Owner", "Start date", "Due date"],
        ["A", "Ann"],
    )
    sheet = opened(path)
    assert header(sheet) == (2, ("Task", "Owner", "Start date", "Due date"))
    assert sheet.above == (("What", "When"),)


@pytest.mark.parametrize("banner", ["A1:D1", "A1:D2"])
def test_a_banner_gives_no_column_its_title(tmp_path: Path, banner: str) -> None:
    lines: list[list[Any]] = [["Tasks"], [], [None, "Task", "Status", "Owner"], [1, "A", "open", "Ann"]]
    if banner == "A1:D1":
        lines.pop(1)
    sheet = opened(merged(tmp_path / "t.xlsx", banner, *lines))
    assert sheet.header == ("", "Task", "Status", "Owner")


def test_a_header_merged_down_over_blank_rows_is_its_first_row(tmp_path: Path) -> None:
    path = merged(tmp_path / "t.xlsx", "A1:A2 B1:B2", ["Task", "Owner"], [], ["A", "Ann"])
    sheet = opened(path)
    assert header(sheet) == (1, ("Task", "Owner"))
    assert rows(sheet.filled_down()) == {3: ["A", "Ann"]}


def test_a_label_merged_down_beside_the_tasks_is_no_header_of_many_rows(tmp_path: Path) -> None:
    path = merged(
        tmp_path / "t.xlsx",
        "A1:A3",
        ["2024", "Task", "Owner"],
        [None, "A", "Ann"],
        [None, "B", "Bob"],
    )
    sheet = opened(path)
    assert header(sheet) == (1, ("2024", "Task", "Owner"))
    assert list(rows(sheet)) == [2, 3]


def test_a_title_merged_over_two_columns_leaves_the_first_row_of_data_alone(tmp_path: Path) -> None:
    path = merged(
        tmp_path / "t.xlsx",
        "B1:C1",
        ["Task", "Notes", None],
        ["A", "x", "y"],
    )
    sheet = opened(path)
    assert (header(sheet), rows(sheet)) == ((1, ("Task", "Notes")), {2: ["A", "x", "y"]})


def test_headers_of_two_rows_in_a_language_that_nobody_knows(tmp_path: Path) -> None:
    path = merged(
        tmp_path / "t.xlsx",
        "A1:A2 B1:C1 D1:D2",
        ["Tehtävä", "Aika", None, "Vastuu"],
        [None, "Alku", "Loppu", None],
        ["Siivous", "1.2.", "3.2.", "Liisa"],
    )
    assert header(opened(path)) == (2, ("Tehtävä", "Alku", "Loppu", "Vastuu"))


def test_in_a_text_file_two_rows_of_known_titles_that_fill_each_others_gaps_are_one_header(
    tmp_path: Path,
) -> None:
    path = csv_file(tmp_path / "t.csv", "Task,Dates,,Owner\n,Start date,Due date,\nA,1.2.,3.2.,Ann\n")
    known = {"task", "dates", "owner", "start date", "due date"}
    from importer.sheet.reading import open_sheet

    sheet = open_sheet(path, known=lambda title: title.casefold() in known)
    assert header(sheet) == (2, ("Task", "Start date", "Due date", "Owner"))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Title,Type,Owner\n,Task,\n", 1),  # one word, under a title
        ("Title,,Owner\n,Task,x\n", 1),  # not all of them titles
        ("Tasks,,\n,Task,Owner\n", 2),  # a title above the table
        ("Task,,,Owner\n\n,Status,Notes,\n", 1),  # a blank row between
    ],
)
def test_other_rows_of_text_files_are_not_joined(tmp_path: Path, text: str, row: int) -> None:
    sheet = opened(csv_file(tmp_path / "t.csv", text))
    line = text.splitlines()[row - 1].rstrip(",").split(",")
    assert header(sheet) == (row, tuple(line))


def test_open_document_headers_of_two_rows(tmp_path: Path) -> None:
    covered = "<table:covered-table-cell/>"
    path = ods(
        tmp_path / "t.ods",
        Tasks=ods_row(
            ods_cell("Task", attributes='table:number-rows-spanned="2" table:number-columns-spanned="1"'),
            ods_cell("Dates", attributes='table:number-columns-spanned="2" table:number-rows-spanned="1"'),
            covered,
        )
        + ods_row(covered, ods_cell("Start date"), ods_cell("Due date"))
        + ods_row(ods_cell("A"), ods_cell("1.2."), ods_cell("3.2.")),
    )
    sheet = opened(path)
    assert (header(sheet), rows(sheet)) == (
        (2, ("Task", "Start date", "Due date")),
        {3: ["A", "1.2.", "3.2."]},
    )


# ── values of several rows ────────────────────────────────────────────────────────────────────────

PHASES = (
    ["Project", "Task", "Due date"],
    ["Web", "A", "1.2."],
    [None, "B", "2.2."],
    [],
    [None, "C", None],
    ["Print", "D", "5.2."],
    [None, None, None],
)


def test_merged_cells_count_for_each_row_that_they_span(tmp_path: Path) -> None:
    sheet = opened(merged(tmp_path / "t.xlsx", "A2:A5 C2:C3 A6:A7", *PHASES))
    assert sheet.merged == {0: [(2, 5), (6, 7)], 2: [(2, 3)]}
    assert rows(sheet)[5] == [None, "C"]
    filled = sheet.filled_down()
    assert rows(filled) == {
        2: ["Web", "A", "1.2."],
        3: ["Web", "B", "1.2."],
        5: ["Web", "C"],
        6: ["Print", "D", "5.2."],
    }
    assert filled.notes == ("merged cells count for each row that they span (Project, Due date)",)
    assert sheet.notes == ()


def test_a_name_over_three_rows_stays_one_task(tmp_path: Path) -> None:
    path = merged(
        tmp_path / "t.xlsx",
        "A2:A4 B2:B4",
        ["Task", "Owner", "Notes"],
        ["A", "Ann", "first"],
        [None, None, "second"],
        [None, None, "third"],
    )
    sheet = opened(path)
    assert rows(sheet.filled_down(but={0})) == {
        2: ["A", "Ann", "first"],
        3: [None, "Ann", "second"],
        4: [None, "Ann", "third"],
    }
    assert sheet.filled_down(but={0, 1}) is sheet


def test_merged_cells_go_on_in_the_next_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "CHUNK_ROWS", 2)
    table = [["Project", "Task"], *([f"P{n}" if n in (1, 8) else None, f"T{n}"] for n in range(1, 10))]
    sheet = opened(merged(tmp_path / "t.xlsx", "A2:A8 A9:A10", *table)).filled_down()
    for _ in range(2):
        assert [cells[0] for cells in rows(sheet).values()] == ["P1"] * 7 + ["P8"] * 2
    assert [len(frame) for frame in sheet.chunks()] == [2, 2, 2, 2, 1]
    assert {str(kind) for frame in sheet.chunks() for kind in frame.dtypes} == {"object"}


def test_merged_cells_without_a_value_or_a_title_or_of_one_row_change_nothing(tmp_path: Path) -> None:
    path = merged(
        tmp_path / "t.xlsx",
        "A2:A3 C2:C3 A5:B5",
        ["Project", "Task"],
        [None, "A", "far"],
        [None, "B", None],
        ["X", "C", None],
        ["Phase 2", None, None],
    )
    sheet = opened(path)
    assert sheet.merged == {0: [(2, 3)]}
    assert rows(sheet.filled_down()) == rows(sheet)


def test_open_document_values_of_several_rows(tmp_path: Path) -> None:
    spanned = 'table:number-rows-spanned="2" table:number-columns-spanned="1"'
    path = ods(
        tmp_path / "t.ods",
        Tasks=ods_row(ods_cell("Project"), ods_cell("Task"))
        + ods_row(ods_cell("Web", attributes=spanned), ods_cell("A"))
        + ods_row("<table:covered-table-cell/>", ods_cell("B")),
    )
    assert rows(opened(path).filled_down()) == {2: ["Web", "A"], 3: ["Web", "B"]}
