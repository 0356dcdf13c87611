"""Error cells, formulas without a result, hidden rows."""

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheet_files import (
    MAIN,
    ods,
    ods_cell,
    ods_row,
    opened,
    patched,
    read,
    rows,
    text_cell,
    xlsx,
    xlsx_of_xml,
)

from importer.sheet.base import Broken, letters
from importer.sheet.findings import ERROR, NOT_CALCULATED, Scan, place
from importer.sheet.parse import parse_worksheet
from importer.sheet.scan import scan_worksheet, worksheet_parts
from importer.sheet.search import Unusual, search

HEAD = f'<row r="1">{text_cell("A1", "Title")}{text_cell("B1", "Notes")}</row>'


def beside(path: Path, cell: str) -> object:
    """What is read from B2 when the XML there is `cell`."""
    return (
        read(xlsx_of_xml(path / "t.xlsx", f'{HEAD}<row r="2">{text_cell("A2", "A")}{cell}</row>'))[2] + [None]
    )[1]


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#NAME?", "#VALUE!", "#NUM!", "#NULL!"])
def test_an_error_cell_is_broken_and_shows_its_error(tmp_path: Path, error: str) -> None:
    assert beside(tmp_path, f'<c r="B2" t="e"><v>{error}</v></c>') == Broken(error, ERROR)
    assert beside(tmp_path, f'<c r="B2" s="3" t="e"><f>A1/0</f><v>{error}</v></c>') == Broken(error, ERROR)


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>", "<v />"])
def test_a_formula_that_was_never_calculated_is_broken(tmp_path: Path, value: str) -> None:
    cell = f'<c r="B2"><f>IF(A1&lt;3,"a","b")</f>{value}</c>'
    assert beside(tmp_path, cell) == Broken('=IF(A1<3,"a","b")', NOT_CALCULATED)


def test_formulas_with_a_result_are_their_result(tmp_path: Path) -> None:
    assert beside(tmp_path, '<c r="B2"><f>1+1</f><v>2</v></c>') == "2"
    assert beside(tmp_path, '<c r="B2" t="str"><f>A1</f><v>text</v></c>') == "text"
    assert beside(tmp_path, '<c r="B2" t="b"><f>TRUE()</f><v>1</v></c>') == "TRUE"


@pytest.mark.parametrize("value", ["<v></v>", "<v/>"])
def test_a_formula_that_gave_an_empty_text_is_a_blank_cell(tmp_path: Path, value: str) -> None:
    assert beside(tmp_path, f'<c r="B2" t="str"><f>IF(A1="","","x")</f>{value}</c>') is None


def test_a_formula_that_shares_another_ones_text_is_broken_too(tmp_path: Path) -> None:
    assert beside(tmp_path, '<c r="B2"><f t="shared" si="0"/></c>') == Broken("=…", NOT_CALCULATED)
    assert beside(tmp_path, '<c r="B2"><f t="shared" si="0"/><v>3</v></c>') == "3"


def test_a_long_formula_is_cut(tmp_path: Path) -> None:
    broken = beside(tmp_path, f'<c r="B2"><f>{"A1+" * 100}1</f></c>')
    assert isinstance(broken, Broken)
    assert (len(broken.shown), broken.shown[-1]) == (80, "…")


def test_broken_cells_below_and_beside_everything_else_are_found(tmp_path: Path) -> None:
    data = f'{HEAD}<row r="2">{text_cell("A2", "A")}</row><row r="9"><c r="B9" t="e"><v>#N/A</v></c></row>'
    assert read(xlsx_of_xml(tmp_path / "t.xlsx", data)) == {2: ["A"], 9: [None, Broken("#N/A", ERROR)]}


def test_broken_cells_beyond_the_header_are_a_chart_and_no_data(tmp_path: Path) -> None:
    data = f"{HEAD}<row r='2'>{text_cell('A2', 'A')}<c r='Z2'><f>A1</f></c></row><row r='3'><c r='Z3'><f>A1</f></c></row>"
    sheet = opened(xlsx_of_xml(tmp_path / "t.xlsx", data.replace("'", '"')))
    (frame,) = sheet.chunks()
    assert frame.shape == (1, 2)
    assert rows(sheet) == {2: ["A"]}


def test_a_broken_cell_in_the_header_is_a_title_as_shown(tmp_path: Path) -> None:
    data = f'<row r="1">{text_cell("A1", "Title")}<c r="B1" t="e"><v>#REF!</v></c></row>'
    assert opened(xlsx_of_xml(tmp_path / "t.xlsx", data)).header == ("Title", "#REF!")


def test_formulas_of_openpyxl_have_no_results(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["Title", "Notes"], ["A", "=1+1"], ["=A2", "x"]):
        book.active.append(line)
    book.save(tmp_path / "t.xlsx")
    assert read(tmp_path / "t.xlsx") == {
        2: ["A", Broken("=1+1", NOT_CALCULATED)],
        3: [Broken("=A2", NOT_CALCULATED), "x"],
    }


def test_text_that_looks_like_the_marks_is_text(tmp_path: Path) -> None:
    texts = [
        't="e"',
        '<c r="A1" t="e"><v>x</v></c>',
        "hidden",
        ' hidden="1"',
        "<f>1</f>",
        'r="ZZ9',
        "</row>",
        "<!--",
    ]
    path = xlsx(tmp_path / "t.xlsx", Tasks=[["Title"], *([text] for text in texts)])
    sheet = opened(path)
    assert list(rows(sheet).values()) == [[text] for text in texts]
    assert sheet.hidden == frozenset()


# ── hidden rows ───────────────────────────────────────────────────────────────────────────────────


def test_hidden_rows_are_told_and_read_all_the_same(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(
        xlsx(tmp_path / "t.xlsx", Tasks=[["Title"], *([f"T{n}"] for n in range(2, 7))])
    )
    book.active.row_dimensions[3].hidden = True
    book.active.auto_filter.ref = "A1:A6"
    book.active.row_dimensions[5].hidden = True  # which is how a filter hides
    book.active.column_dimensions["B"].hidden = True
    book.save(tmp_path / "t.xlsx")
    sheet = opened(tmp_path / "t.xlsx")
    assert sheet.hidden == {3, 5}
    assert list(rows(sheet)) == [2, 3, 4, 5, 6]


def test_rows_that_say_they_are_not_hidden(tmp_path: Path) -> None:
    data = f'{HEAD}<row r="2" hidden="0">{text_cell("A2", "A")}</row><row r="3" hidden="true"/><row r="4" hidden="false"/>'
    assert opened(xlsx_of_xml(tmp_path / "t.xlsx", data)).hidden == {3}


def test_each_sheet_has_its_own(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(xlsx(tmp_path / "t.xlsx", One=[["Title"], ["A"]], Two=[["Title"], ["B"]]))
    book["Two"].row_dimensions[2].hidden = True
    book["One"]["B2"] = "=1"
    book.save(tmp_path / "t.xlsx")
    assert opened(tmp_path / "t.xlsx", sheet="One").hidden == frozenset()
    assert opened(tmp_path / "t.xlsx", sheet="Two").hidden == {2}
    assert read(tmp_path / "t.xlsx", sheet="Two") == {2: ["B"]}


def test_open_document_files_tell_them_too(tmp_path: Path) -> None:
    error = '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    path = ods(
        tmp_path / "t.ods",
        Tasks=ods_row(ods_cell("Title"), ods_cell("Notes"))
        + ods_row(ods_cell("A"), error)
        + ods_row(ods_cell("B"), attributes='table:visibility="collapse"')
        + ods_row(ods_cell("C"), attributes='table:visibility="filter" table:number-rows-repeated="2"')
        + ods_row(ods_cell("D"), '<table:table-cell table:formula="of:=[.A1]"/>')
        + ods_row(attributes='table:visibility="collapse" table:number-rows-repeated="1000000"'),
    )
    sheet = opened(path)
    assert sheet.hidden == {3, 4, 5}
    assert rows(sheet) == {
        2: ["A", Broken("#DIV/0!", ERROR)],
        3: ["B"],
        4: ["C"],
        5: ["C"],
        6: ["D", Broken("=[.A1]", NOT_CALCULATED)],
    }


# ── the ways XML may be written ───────────────────────────────────────────────────────────────────

DATA = (
    f'{HEAD}<row r="2" hidden="1">{text_cell("A2", "A")}<c r="B2" t="e"><v>#N/A</v></c></row>'
    f'<row r="3">{text_cell("A3", "B")}<c r="B3"><f>A1</f></c></row>'
)
FOUND = Scan({2: {1: Broken("#N/A", ERROR)}, 3: {1: Broken("=A1", NOT_CALCULATED)}}, {2}, 3, 2)


def scanned(xml: str | bytes) -> Scan:
    content = xml.encode() if isinstance(xml, str) else xml
    return scan_worksheet(lambda: io.BytesIO(content))


PLAIN = f"<worksheet {MAIN}><sheetData>{DATA}</sheetData></worksheet>"
WAYS = {
    "as Excel writes": PLAIN,
    "with a prefix": re.sub("<(/?)", r"<\1x:", PLAIN).replace("xmlns=", "xmlns:x="),
    "with single quotes": PLAIN.replace('"', "'"),
    "with blanks in the tags": PLAIN.replace('t="e"', '\n t = "e" ').replace('hidden="1"', ' hidden = "1" '),
    "with a comment": PLAIN.replace("<sheetData>", "<sheetData><!-- <row r='9' hidden='1'> -->"),
    "with CDATA": PLAIN.replace("<t>A</t>", '<t><![CDATA[<c r="A2" t="e">]]></t>'),
    "in UTF-16": f'<?xml version="1.0" encoding="utf-16"?>{PLAIN}'.encode("utf-16"),
    "on many lines": PLAIN.replace("><", ">\n<"),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_is_found_however_it_is_written(way: str) -> None:
    assert scanned(WAYS[way]) == FOUND


def test_rows_and_cells_without_references_are_counted() -> None:
    data = '<row><c><v>1</v></c></row><row hidden="1"><c><v>1</v></c><c t="e"><v>#N/A</v></c><c><f>1</f></c></row>'
    assert scanned(f"<worksheet {MAIN}><sheetData>{data}</sheetData></worksheet>") == Scan(
        {2: {1: Broken("#N/A", ERROR), 2: Broken("=1", NOT_CALCULATED)}}, {2}, 2, 3
    )


NUMBERS = st.integers(1, 40)
CELLS = st.sampled_from(
    [
        "<c r='{}'><v>1</v></c>",
        "<c r='{}' s='4'/>",
        "<c r='{}' t='e'><v>#REF!</v></c>",
        "<c r='{}' t='e'/>",
        "<c r='{}' t='e'><f>A1</f><v>#DIV/0!</v></c>",
        "<c r='{}'><f>A1&amp;A2</f></c>",
        "<c r='{}'><f>A1</f><v></v></c>",
        "<c r='{}' t='str'><f>A1</f><v></v></c>",
        "<c r='{}' t='str'><f t='shared' ref='A1:A2' si='0'>A1</f><v>x</v></c>",
        "<c r='{}'><f t='shared' si='0'/><v/></c>",
        "<c r='{}' t='inlineStr'><is><t>hidden=\"1\" t=\"e\" &lt;f></t></is></c>",
        "<c r='{}' t='s'><v>0</v></c>",
    ]
)
LINES = st.dictionaries(
    NUMBERS, st.tuples(st.dictionaries(NUMBERS, CELLS, max_size=5), st.booleans()), max_size=8
)


@given(LINES)
def test_searching_finds_what_parsing_finds(lines: dict[int, tuple[dict[int, str], bool]]) -> None:
    data = ""
    for row, (cells, hidden) in sorted(lines.items()):
        inside = "".join(xml.format(f"{letters(column)}{row}") for column, xml in sorted(cells.items()))
        data += f"<row r='{row}'{' hidden=' + repr('1') if hidden else ''}>{inside}</row>"
    content = f"<worksheet {MAIN}><sheetData>{data}</sheetData></worksheet>".replace("'", '"').encode()
    parsed = parse_worksheet(io.BytesIO(content))
    try:
        found = search(io.BytesIO(content))
    except Unusual:
        assert not data  # <sheetData></sheetData>, or nothing in it
        return
    assert (found.broken, found.hidden) == (parsed.broken, parsed.hidden)
    assert found.rows >= parsed.rows
    assert found.columns >= parsed.columns


def test_blocks_are_cut_between_rows(tmp_path: Path) -> None:
    lines = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{"x" * 300}</t></is></c><c r="B{n}" t="e"><v>#N/A</v></c></row>'
        for n in range(1, 10_001)
    )
    found = scanned(f"<worksheet {MAIN}><sheetData>{lines}</sheetData></worksheet>")
    assert sorted(found.broken) == list(range(1, 10_001))
    assert (found.rows, found.columns) == (10_000, 2)


@given(st.integers(0, 16_383), st.integers(1, 1_048_576))
def test_a_reference_is_the_place_it_was_made_of(column: int, row: int) -> None:
    assert place(f"{letters(column)}{row}") == (row, column)


@pytest.mark.parametrize(
    "target", ["worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml", "../xl/worksheets/SHEET1.xml"]
)
def test_a_sheet_is_found_by_its_relation(tmp_path: Path, target: str) -> None:
    path = patched(
        xlsx(tmp_path / "t.xlsx", **{"R&D <2>": [["x"]]}),
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace("/xl/worksheets/sheet1.xml", target),
    )
    assert worksheet_parts(path) == {"R&D <2>": "xl/worksheets/sheet1.xml"}


def test_a_worksheet_that_can_not_be_found_is_said(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "t.xlsx", Tasks=[["Title"], ["A"]])
    with zipfile.ZipFile(path) as archive:
        assert "xl/workbook.xml" in archive.namelist()
    patched(path, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace("sheet1.xml", "gone.xml"))
    assert worksheet_parts(path) == {}
