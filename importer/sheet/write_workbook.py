"""XLSX out: a sheet a table, which is a real table of Excel's with a filter and a frozen header.

Dates, numbers and booleans are real ones; whole numbers of a column with a `link` lead there.
Text is stored as text, also where it looks like a formula. Instants are shown in UTC, to the second.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from importer.sheet.columns import MOST_LINKS, RowCells, RowSheet, header
from importer.sheet.excel_table import add_table, unique_titles
from importer.sheet.table import OutColumn, Page, Table, Written

MOST_ROWS = 1_048_575  # below the header; Excel's own
_NAMES_IN_SIGHT = 3  # columns: a name further to the right would leave no room for the others
_WIDEST_TITLE = 28
_PAGE = 190  # characters across a printed page


def write_workbook(path: Path, tables: Sequence[Table], guard: bool, most_rows: int = MOST_ROWS) -> Written:
    """Write the tables as sheets. `guard` is for text files: a workbook marks text as such."""
    from importer.sheet.write_page import write_page

    book: Any = Workbook(write_only=True)
    book.properties.creator = "tasksheet"
    lost: Counter[str] = Counter()
    try:
        for table in tables:
            if isinstance(table, Page):
                write_page(add_sheet(book, table.name), table, lost)
            else:
                _write_table(book, table, lost, most_rows)
    except BaseException:
        for sheet in book.worksheets:  # else they stay open, and their rows in the folder for temporary files
            with suppress(Exception):
                if not sheet.closed:
                    sheet.close()
            with suppress(Exception):
                sheet._writer.cleanup()
        raise
    book.save(path)
    return Written([f"{count:,} {what}" for what, count in lost.items()])


def add_sheet(book: Any, title: str) -> Any:
    """A new last sheet, which prints on pages across."""
    sheet: Any = RowSheet(book, title)
    book._add_sheet(sheet)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = PageMargins(left=0.5, right=0.5, top=0.5, bottom=0.8)
    sheet.HeaderFooter.oddFooter.center.text = "&A, page &P of &N"
    return sheet


def _write_table(book: Any, table: Table, lost: Counter[str], most_rows: int) -> None:
    rows = iter(table.rows)
    titles = unique_titles([column.title for column in table.columns])
    row = next(rows, None)
    part = 1
    while True:
        sheet = add_sheet(book, table.name if part == 1 else f"{table.name} {part}")
        _lay_out(sheet, table.columns, titles)
        sheet.append(header(sheet, table.columns, titles, 1, room=2))
        cells = RowCells(sheet, table.columns, lost)
        count = 0
        while row is not None and count < most_rows:
            count += 1
            sheet.append(cells.row(row, count + 1))
            row = next(rows, None)
        if part > 1:
            lost[f"rows stand on further sheets, since one holds {most_rows:,}"] += count
        if cells.links > MOST_LINKS:
            lost[f"rows have no link, since a sheet holds {MOST_LINKS:,}"] += cells.links - MOST_LINKS
        last = get_column_letter(len(titles))
        add_table(sheet, f"{table.name} {part if part > 1 else ''}", titles, f"A1:{last}{max(count, 1) + 1}")
        sheet.close()
        if row is None:
            return
        part += 1


def _lay_out(sheet: Any, columns: Sequence[OutColumn], titles: Sequence[str]) -> None:
    """What must be said before the first row."""
    named = titles.index("name") + 1 if "name" in titles[:_NAMES_IN_SIGHT] else 0
    sheet.freeze_panes = f"{get_column_letter(named + 1)}2"
    sheet.print_title_rows = "1:1"
    if not any(column.wrap for column in columns):
        sheet.heights(20, 12.75)  # a higher row shows the tops of a second line in LibreOffice
    across = 0
    for position, (column, title) in enumerate(zip(columns, titles, strict=True), 1):
        width = max(column.width, min(len(title) + 3, _WIDEST_TITLE)) + 2
        sheet.column_dimensions[get_column_letter(position)].width = width
        across += width
    sheet.page_setup.fitToWidth = max(1, round(across / _PAGE))
