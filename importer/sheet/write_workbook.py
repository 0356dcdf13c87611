"""XLSX out: a sheet a table, header frozen and filtered, real dates, numbers and booleans.

Text is stored as text, also where it looks like a formula. Instants are shown in UTC.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from importer.sheet.table import OutColumn, Table, Written

CELL_LIMIT = 32_767  # characters; Excel's own
ROW_LIMIT = 1_048_576
_EXACT = 2**53  # a cell's number is a double
_FORMATS = {"date": "yyyy-mm-dd", "instant": "yyyy-mm-dd hh:mm:ss", "integer": "0", "number": "General"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c-\x1f]|_x(?=[0-9A-Fa-f]{4}_)")
_UNSTORABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def write_workbook(path: Path, tables: Sequence[Table], guard: bool) -> Written:
    """Write the tables as sheets. `guard` is for text files: a workbook marks text as such."""
    book = Workbook(write_only=True)
    lost: Counter[str] = Counter()
    try:
        for table in tables:
            _sheet(book, table, lost)
    except BaseException:
        for sheet in book.worksheets:  # else they stay open, and complain when they are collected
            sheet.close()
        raise
    book.save(path)
    return Written([f"{count:,} {what}" for what, count in lost.items()])


def _sheet(book: Workbook, table: Table, lost: Counter[str]) -> None:
    rows = iter(table.rows)
    part = 1
    while True:
        sheet = book.create_sheet(table.name if part == 1 else f"{table.name} {part}")
        sheet.freeze_panes = "A2"
        sheet.print_title_rows = "1:1"
        sheet.page_setup.orientation = "landscape"
        for position, column in enumerate(table.columns, 1):
            sheet.column_dimensions[get_column_letter(position)].width = column.width + 2
        sheet.append([_header(sheet, column) for column in table.columns])
        count, more = _append(sheet, table.columns, rows, lost)
        if part > 1:
            lost["rows stand on further sheets, since one holds 1,048,575"] += count
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{count + 1}"
        if not more:
            return
        part += 1


def _append(
    sheet: Any, columns: Sequence[OutColumn], rows: Iterable[Sequence[Any]], lost: Counter[str]
) -> tuple[int, bool]:
    """Add rows until they end or the sheet is full; says how many, and whether more may come."""
    makers = [_maker(sheet, column, lost) for column in columns]
    count = 0
    for row in rows:
        sheet.append([make(value) for make, value in zip(makers, row, strict=True)])
        count += 1
        if count == ROW_LIMIT - 1:
            return count, True
    return count, False


def _header(sheet: Any, column: OutColumn) -> Any:
    cell = WriteOnlyCell(sheet, column.title)
    cell.font = Font(bold=True, color="FFFFFF")
    cell.fill = PatternFill("solid", start_color="4B3869")
    cell.alignment = Alignment(vertical="center")
    return cell


def _maker(sheet: Any, column: OutColumn, lost: Counter[str]) -> Callable[[Any], Any]:
    """A function from a value to what the sheet takes for it."""
    style = _FORMATS.get(column.form)

    def typed(value: Any) -> Any:
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = style or "General"
        return cell

    def make(value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return str(value) if abs(value) > _EXACT else typed(value) if style else value
        moment = _moment(value, column.form)
        return typed(moment) if moment is not None else _text(sheet, str(value), lost)

    return make


def _moment(value: Any, form: str) -> date | datetime | None:
    """A real date for ISO text; None where it is none, or before what Excel can show."""
    try:
        if form == "date":
            day = date.fromisoformat(value)
            return day if day.year >= 1900 else None
        if form == "instant":
            return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None, microsecond=0)
    except (ValueError, TypeError, OverflowError):
        pass
    return None


def _text(sheet: Any, value: str, lost: Counter[str]) -> Any:
    text = _CONTROL.sub(_escaped, value)
    if _UNSTORABLE.search(text):
        text = _UNSTORABLE.sub("\ufffd", text)
        lost["texts hold characters that no workbook can store; they are shown as �"] += 1
    if len(text) > CELL_LIMIT:
        text = text[:CELL_LIMIT]
        lost["texts are longer than a cell holds (32,767 characters) and were cut"] += 1
    if text[:1] not in ("=", "#"):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # else `=1+1` would be a live formula
    return cell


def _escaped(match: re.Match[str]) -> str:
    """The workbook's own escape: a control character as `_x0001_`, a literal `_x` as `_x005F_x`."""
    found = match[0]
    return "_x005F_x" if found == "_x" else f"_x{ord(found):04X}_"
