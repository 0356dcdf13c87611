"""Workbooks (.xlsx .xlsm .ods): which worksheet, and its rows."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import UnreadableFile
from importer.sheet.base import Broken, Cell, Sheet
from importer.sheet.cells import has_data, open_document_cells, workbook_cells
from importer.sheet.damage import plain_errors
from importer.sheet.findings import Scan
from importer.sheet.frames import sheet_of
from importer.sheet.header import Header, Known, Source, find_header
from importer.sheet.merged import Span
from importer.sheet.scan import scanner

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

NO_TASKS = ("lookups", "problems")  # worksheets that we write beside tasks
LISTED_SHEETS = 8  # as many a message names


@dataclass(frozen=True, slots=True)
class Tab:
    number: int  # from 1, in the workbook's order, hidden ones counted
    name: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A worksheet that was read; without a scan its error cells and hidden rows are unknown."""

    tab: Tab
    source: Source
    scan: Scan | None


def open_workbook(path: Path, kind: str, *, sheet: str | None, header_row: int | None, known: Known) -> Sheet:
    """The table of the worksheet asked for, or of the visible one that looks most like tasks.

    Holds one worksheet in memory, in the form of its reader (about 40 MB for 100,000 × 13).
    """
    from python_calamine import CalamineWorkbook

    with plain_errors(path):
        scan = scanner(path, kind)
        workbook = CalamineWorkbook.from_path(path)
    tabs = _tabs(path, workbook)
    chosen = [_asked(path, tabs, sheet)] if sheet is not None else _candidates(tabs)
    cells = open_document_cells if kind == ".ods" else workbook_cells

    def read(tab: Tab) -> Table:
        with plain_errors(path):
            scanned = scan(tab.name)
        return _read(path, workbook, tab, scanned, cells)

    table, header = _best(path, map(read, chosen), header_row, known)
    notes = _notes(tabs, table, sheet)
    hidden = frozenset(table.scan.hidden if table.scan else ())
    return sheet_of(table.source, header, path=path, name=table.tab.name, hidden=hidden, notes=notes)


def _best(path: Path, tables: Iterable[Table], header_row: int | None, known: Known) -> tuple[Table, Header]:
    """The table whose header knows the most titles; of equals the longest, then the first."""
    best: tuple[Table, Header] | None = None
    refused: UnreadableFile | None = None
    names: list[str] = []
    for table in tables:
        names.append(table.tab.name)
        where = f"{path.name}, sheet {table.tab.name!r}"
        try:
            header = find_header(table.source, known, header_row, where)
        except UnreadableFile as error:
            refused = refused or error  # the row asked for may be in the next worksheet
            continue
        if header and (best is None or _is_better(table, header, *best)):
            best = table, header
    if best is None:
        raise refused or _no_data(path, names)
    return best


def _is_better(table: Table, header: Header, best: Table, best_header: Header) -> bool:
    if header.known != best_header.known:
        return header.known > best_header.known
    return _length(table, header) > _length(best, best_header)


def _length(table: Table, header: Header) -> int:
    return sum(number > header.row for number, _ in table.source.rows())


# ── which worksheet ───────────────────────────────────────────────────────────────────────────────


def _tabs(path: Path, workbook: "CalamineWorkbook") -> list[Tab]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    tabs = [
        Tab(number, sheet.name, sheet.visible == SheetVisibleEnum.Visible)
        for number, sheet in enumerate(
            (s for s in workbook.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet), 1
        )
    ]
    if not tabs:
        raise UnreadableFile(f"{path.name} has no worksheets; export or save it again.")
    return tabs


def _candidates(tabs: list[Tab]) -> list[Tab]:
    """The visible ones; those of our templates and reports that hold no tasks come last."""
    visible = [tab for tab in tabs if tab.visible]
    return [tab for tab in visible if tab.name.casefold() not in NO_TASKS] or visible


def _asked(path: Path, tabs: list[Tab], sheet: str) -> Tab:
    """A name (exactly, then without regard to case) wins over a number."""
    for same in (str, lambda name: name.strip().casefold()):
        for tab in tabs:
            if same(tab.name) == same(sheet):
                return tab
    for tab in tabs:
        if sheet.strip() == str(tab.number):
            return tab
    raise UnreadableFile(f"{path.name} has no sheet {sheet!r}; it has {_listed(tabs)}.")


def _listed(tabs: list[Tab]) -> str:
    names = [f"{t.number} {t.name}{'' if t.visible else ' (hidden)'}" for t in tabs[:LISTED_SHEETS]]
    more = len(tabs) - LISTED_SHEETS
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _no_data(path: Path, names: list[str]) -> UnreadableFile:
    which = f"its sheet {names[0]!r} holds" if len(names) == 1 else "its visible sheets hold"
    return UnreadableFile(f"{path.name} is empty: {which} no data; name another with --sheet.")


def _notes(tabs: list[Tab], table: Table, sheet: str | None) -> list[str]:
    notes = []
    if len(tabs) > 1 and sheet is None:
        notes.append(f"the sheet {table.tab.name!r} was chosen of {_listed(tabs)}; --sheet takes another")
    if table.scan is None:
        notes.append(
            "error cells and hidden rows of this workbook can't be seen; "
            "save it anew in a spreadsheet program if it has any"
        )
    return notes


# ── its rows ──────────────────────────────────────────────────────────────────────────────────────


def _read(
    path: Path,
    workbook: "CalamineWorkbook",
    tab: Tab,
    scan: Scan | None,
    cells: Callable[[Iterable[Any]], list[Cell]],
) -> Table:
    with plain_errors(path):
        sheet = workbook.get_sheet_by_name(tab.name)
        spans = [
            Span(top + 1, bottom + 1, left, right)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        ]
    rows = _rows(path, sheet, scan.broken if scan else {})
    merged = spans or (scan.merged if scan else [])  # the reader knows those of .xlsx alone
    return Table(tab, Source(rows, cells, merged), scan)


def _rows(
    path: Path, sheet: "CalamineSheet", broken: dict[int, dict[int, Broken]]
) -> Callable[[], Iterator[tuple[int, list[Any]]]]:
    """The rows with data, from column A on; a broken cell is data and takes its place."""
    before: list[Any] = [None] * (sheet.start[1] if sheet.start else 0)

    def rows() -> Iterator[tuple[int, list[Any]]]:
        number = 0
        with plain_errors(path):
            for number, row in enumerate(sheet.iter_rows(), 1):
                if number in broken:
                    yield number, _with_broken(before + row, broken[number])
                elif has_data(row):
                    yield number, before + row
        for below in sorted(row for row in broken if row > number):
            yield below, _with_broken([], broken[below])

    return rows


def _with_broken(row: list[Any], marks: dict[int, Broken]) -> list[Any]:
    row += [None] * (max(marks) + 1 - len(row))
    for column, mark in marks.items():
        row[column] = mark
    return row
