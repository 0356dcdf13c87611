"""Whatever can't be read ends in one sentence that says what it is and what to do."""

import re
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheet_files import (
    csv_file,
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

from importer.errors import UnreadableFile
from importer.sheet import delimited, findings, kinds, scan
from importer.sheet.base import letters

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(path: Path, **options: object) -> str:
    with pytest.raises(UnreadableFile) as caught:
        rows(opened(path, **options))
    message = caught.value.message
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message
    assert ";" in message or ":" in message  # what is wrong, and what to do
    return message


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_missing_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none.csv")


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "tasks.csv").mkdir()
    assert "is a folder" in refusal(tmp_path / "tasks.csv")


def test_a_file_held_by_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = csv_file(tmp_path / "t.csv", "Title\n")
    monkeypatch.setattr(Path, "open", held)
    assert "may not be read" in refusal(path)


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.ods"])
def test_an_empty_file(tmp_path: Path, name: str) -> None:
    assert "is empty (0 bytes)" in refusal(put(tmp_path / name, b""))


@pytest.mark.parametrize("text", ["\n\n", " ,\t,\n,,\n", "\ufeff", "sep=;\n"])
def test_a_text_file_without_any_data(tmp_path: Path, text: str) -> None:
    assert "is empty" in refusal(csv_file(tmp_path / "t.csv", text))


def test_a_workbook_without_any_data(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "t.xlsx", Tasks=[], Other=[["  "]])
    assert "is empty: its visible sheets hold no data" in refusal(path)
    assert "is empty: its sheet 'Other' holds no data" in refusal(path, sheet="Other")
    assert "is empty" in refusal(path, header_row=3)


@pytest.mark.parametrize("name", ["t.docx", "t.json", "t", "t.zip", "t.numbers"])
def test_an_unknown_ending(tmp_path: Path, name: str) -> None:
    assert "can't be read" in refusal(put(tmp_path / name, b"x"))


def test_a_csv_named_xlsx(tmp_path: Path) -> None:
    assert "rename it to end in .csv" in refusal(csv_file(tmp_path / "t.xlsx", "Title,Notes\n"))


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t.ods"])
def test_an_xlsx_of_another_name(tmp_path: Path, name: str) -> None:
    path = xlsx(tmp_path / "t.xlsx", Tasks=[["Title"]]).rename(tmp_path / name)
    assert "rename it to end in .xlsx" in refusal(path)


@pytest.mark.parametrize("name", ["t.xls", "t.csv", "t.xlsx", "t.xlsb"])
def test_an_old_or_binary_workbook(tmp_path: Path, name: str) -> None:
    assert "save it as .xlsx" in refusal(put(tmp_path / name, OLE + bytes(600)))


@pytest.mark.parametrize("name", ["t.ods", "t.xlsx", "t.csv"])
@pytest.mark.parametrize(
    "start", ["<html><body>", "\ufeff\n<!DOCTYPE html>", "<?xml version='1.0'?><Workbook>"]
)
def test_a_web_page_of_another_name(tmp_path: Path, name: str, start: str) -> None:
    path = csv_file(tmp_path / name, f"{start}<table><tr><td>Title</td></tr></table>")
    assert "web page or XML" in refusal(path)


def test_a_zip_archive_of_another_name(tmp_path: Path) -> None:
    for name in ("t.csv", "t.xlsx"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("tasks.csv", "Title\n")
        assert "unpack it" in refusal(tmp_path / name)


def test_a_workbook_behind_a_password(tmp_path: Path) -> None:
    content = OLE + bytes(1500) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
    assert "protected by a password" in refusal(put(tmp_path / "t.xlsx", content))
    assert "protected by a password" in refusal(put(tmp_path / "t.csv", content))


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_download_that_broke_off(tmp_path: Path, kept: float) -> None:
    path = xlsx(tmp_path / "t.xlsx", Tasks=[["Title"], *([f"T{n}"] for n in range(500))])
    content = path.read_bytes()
    assert "damaged or not whole" in refusal(put(path, content[: int(len(content) * kept)]))


def test_a_workbook_with_broken_bytes(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "t.xlsx", Tasks=[["Title"], *([f"T{n}"] for n in range(5000))])
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 2000
    content[at : at + 50] = b"\0" * 50
    assert "damaged or not whole" in refusal(put(path, bytes(content)))


@pytest.mark.parametrize("xml", ["", "<worksheet", "no xml", "<worksheet><sheetData><row r='1'>"])
def test_a_worksheet_that_is_no_xml(tmp_path: Path, xml: str) -> None:
    path = patched(xlsx(tmp_path / "t.xlsx", Tasks=[["x"]]), "xl/worksheets/sheet1.xml", lambda _: xml)
    assert "damaged or not whole" in refusal(path)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_xml_that_defines_entities_is_refused(tmp_path: Path, part: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    path = xlsx(tmp_path / "t.xlsx", Tasks=[["Title"]])
    assert "damaged" in refusal(patched(path, part, lambda xml: bomb + re.sub(r"^<\?xml.*?\?>", "", xml)))


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "t.xlsx", Tasks=[["Title"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x.bin", bytes(110 << 20))
    assert "would unpack to 110 MB" in refusal(path)


def test_a_large_archive_that_is_no_bomb_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = xlsx(tmp_path / "t.xlsx", Tasks=[["Title"], ["A"]])
    monkeypatch.setattr(kinds, "SUSPECT_UNPACKED", 1000)
    assert read(path) == {2: ["A"]}
    monkeypatch.setattr(kinds, "MOST_UNPACKED", 1000)
    assert "would unpack" in refusal(path)


def test_a_cell_that_strayed_to_the_far_corner(tmp_path: Path) -> None:
    path = xlsx_of_xml(
        tmp_path / "t.xlsx",
        f'<row r="1">{text_cell("A1", "Title")}</row><row r="1048576">{text_cell("XFD1048576", "x")}</row>',
    )
    assert "reach to XFD1048576" in refusal(path)


def test_a_far_corner_that_is_only_formatted_is_no_matter(tmp_path: Path) -> None:
    path = xlsx_of_xml(
        tmp_path / "t.xlsx",
        f'<row r="1">{text_cell("A1", "Title")}</row><row r="2">{text_cell("A2", "A")}</row>'
        '<row r="1048576"><c r="XFD1048576" s="1"/></row>',
    )
    assert read(path) == {2: ["A"]}


def test_a_sheet_of_all_columns_is_read(tmp_path: Path) -> None:
    columns = [letters(column) for column in range(16_384)]
    head = "".join(text_cell(f"{c}1", "Title" if c == "A" else f"field {c}") for c in columns)
    data = "".join(f'<c r="{c}2"><v>{n}</v></c>' for n, c in enumerate(columns))
    sheet = opened(xlsx_of_xml(tmp_path / "t.xlsx", f'<row r="1">{head}</row><row r="2">{data}</row>'))
    assert (len(sheet.header), sheet.header[-1]) == (16_384, "field XFD")
    (frame,) = sheet.chunks()
    assert frame.shape == (1, 16_384)
    assert frame.at[2, 16_383] == "16383"


def test_a_sheet_of_all_rows_is_read(tmp_path: Path) -> None:
    data = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(2, 1_048_577))
    sheet = opened(xlsx_of_xml(tmp_path / "t.xlsx", f'<row r="1">{text_cell("A1", "Title")}</row>{data}'))
    last = None
    for last in sheet.chunks():
        assert len(last) <= 5000
    assert last is not None
    assert last.loc[1_048_576].tolist() == ["1048576"]


def test_all_rows_of_many_columns_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    data = f'<row r="1">{text_cell("A1", "Title")}{text_cell("T1", "Notes")}</row>'
    data += '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    assert "reach to T1048576" in refusal(xlsx_of_xml(tmp_path / "t.xlsx", data))


def test_the_longest_cells_that_excel_has_are_read(tmp_path: Path) -> None:
    text = "x" * 32_766 + "é"
    assert read(xlsx(tmp_path / "t.xlsx", Tasks=[["Title", "Notes"], ["A", text]])) == {2: ["A", text]}
    assert read(csv_file(tmp_path / "t.csv", f"Title,Notes\nA,{text}\n")) == {2: ["A", text]}


def test_no_worksheets(tmp_path: Path) -> None:
    path = patched(
        xlsx(tmp_path / "t.xlsx", Tasks=[["x"]]),
        "xl/workbook.xml",
        lambda xml: re.sub("<sheets>.*</sheets>", "<sheets></sheets>", xml),
    )
    assert "no worksheets" in refusal(path)


# ── text files ────────────────────────────────────────────────────────────────────────────────────


def test_a_quote_that_is_never_closed_is_named_by_its_row(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", 'Title,Notes\nA,"x\ny"\nB,"open\nC,z\nD,z\n')
    assert "row 3: a quote" in refusal(path)


def test_a_quote_that_is_never_closed_in_a_long_file(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", 'Title,Notes\nA,x\nB,"open\n' + "C,z\n" * 300_000)
    assert "row 3: a cell runs on for more than 1,048,576 characters" in refusal(path)


@pytest.mark.parametrize(
    "rows_",
    [
        'A,"open,Ann\nB,x,Bob\nC,"closed",Cy\n',
        'A,"open,Ann\r\nB,x,Bob\r\nC,y,"Cy"\r\n',
        'A,"open,Ann\nB,x,Bob\n"C",y,Cy\n',
    ],
)
def test_a_quote_that_closes_in_another_row_swallows_no_rows(tmp_path: Path, rows_: str) -> None:
    path = csv_file(tmp_path / "t.csv", f'Title,Notes,Owner\nZ,"1\n2",\n{rows_}')
    message = refusal(path)
    assert "row 3: a quote" in message
    assert "closed only 2 lines further down" in message


def test_a_long_cell_is_no_open_quote(tmp_path: Path) -> None:
    text = "x" * 900_000
    assert read(csv_file(tmp_path / "t.csv", f'Title,Notes\nA,"{text}"\n')) == {2: ["A", text]}


def test_a_nul_character_is_named_by_its_row(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "t.csv", "Title,Notes\nA,x\nB,\0\n")
    assert "holds NUL bytes" in refusal(path)
    assert "row 3: a NUL character" in refusal(path, encoding="utf-8")


def test_the_limits_are_those_that_are_told() -> None:
    assert (kinds.MOST_UNPACKED, delimited.LONGEST_CELL) == (2 << 30, 1 << 20)
    assert findings.MOST_CELLS == 20_000_000
    assert scan.MOST_CELLS is findings.MOST_CELLS


# ── whatever else ─────────────────────────────────────────────────────────────────────────────────

SPOILT = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=20)), min_size=1, max_size=3
)


@given(st.sampled_from(["csv", "xlsx", "ods", "sheet"]), SPOILT)
@settings(max_examples=200, deadline=None)
def test_spoilt_bytes_never_end_in_another_error(spoil: str, places: list[tuple[float, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"t.{'xlsx' if spoil == 'sheet' else spoil}")
        if spoil == "csv":
            csv_file(path, 'Title,Notes\nÖl,"a ""b""\nc"\n' * 5)
        elif spoil == "ods":
            ods(path, Tasks=ods_row(ods_cell("Title")) + ods_row(ods_cell("A")))
        else:
            xlsx(path, Tasks=[["Title", "Notes"], ["A", 7], ["B", 0.5]])

        def spoilt(content: bytes) -> bytes:
            for at, put_there in places:
                where = int(at * len(content))
                content = content[:where] + put_there + content[where + len(put_there) :]
            return content

        if spoil == "sheet":
            patched(
                path, "xl/worksheets/sheet1.xml", lambda xml: spoilt(xml.encode()).decode(errors="replace")
            )
        else:
            put(path, spoilt(path.read_bytes()))
        with suppress(UnreadableFile):
            rows(opened(path))
