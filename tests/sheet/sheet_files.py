"""Makes the files that the tests of reading open, and shows what came out as plain values."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from importer.sheet.base import Sheet
from importer.sheet.reading import open_sheet

TITLES = {
    *("title", "name", "task", "task name", "summary", "subject", "content", "card name", "key", "parent"),
    *("description", "notes", "status", "priority", "tags", "labels", "assignee", "assigned to", "owner"),
    *("due date", "start date", "end date", "deadline", "project", "client", "parent task", "estimate"),
}


def known(title: str) -> bool:
    return title.casefold() in TITLES


def opened(path: Path, **options: Any) -> Sheet:
    return open_sheet(path, known=known, **options)


def rows(sheet: Sheet) -> dict[int, list[Any]]:
    """Excel's row number → its cells, the trailing blanks left out."""
    found: dict[int, list[Any]] = {}
    for frame in sheet.chunks():
        for number, *cells in frame.itertuples():
            while cells and cells[-1] is None:
                cells.pop()
            found[number] = cells
    return found


def read(path: Path, **options: Any) -> dict[int, list[Any]]:
    return rows(opened(path, **options))


def csv_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def xlsx(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    """A workbook by openpyxl; texts are stored as texts, whatever they look like."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for row, line in enumerate(lines, 1):
            for column, value in enumerate(line, 1):
                if value is not None:
                    cell = sheet.cell(row, column, value)
                    if isinstance(value, str):
                        cell.data_type = "s"
    book.save(path)
    return path


def patched(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """The same archive with one part changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def xlsx_of_xml(path: Path, sheet_data: str) -> Path:
    """A workbook whose worksheet has just this XML inside <sheetData>."""
    return patched(
        xlsx(path, Tasks=[["x"]]),
        "xl/worksheets/sheet1.xml",
        lambda _: f"<worksheet {MAIN}><sheetData>{sheet_data}</sheetData></worksheet>",
    )


def text_cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


_ODS = "urn:oasis:names:tc:opendocument:xmlns:"
_ODS_ROOT = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.2" '
    f'xmlns:office="{_ODS}office:1.0" xmlns:table="{_ODS}table:1.0" xmlns:text="{_ODS}text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    "<office:body><office:spreadsheet>"
)
_MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" '
    'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
)


def ods(path: Path, **tables: str) -> Path:
    """An OpenDocument workbook of tables given as the XML of their rows."""
    body = "".join(f'<table:table table:name="{n}">{rows}</table:table>' for n, rows in tables.items())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr(
            "content.xml", f"{_ODS_ROOT}{body}</office:spreadsheet></office:body></office:document-content>"
        )
    return path


def ods_row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def ods_cell(shown: str = "", kind: str = "string", attributes: str = "") -> str:
    return f'<table:table-cell office:value-type="{kind}" {attributes}><text:p>{shown}</text:p></table:table-cell>'
