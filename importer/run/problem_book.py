"""problems.xlsx: the person's own workbook with the wrong cells coloured, and a sheet that lists them.

Where the input is no workbook, or too large for one to be marked, it is made of the bad rows alone.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.sheet.base import Broken, Sheet

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

MOST_ROWS = 20_000  # of a workbook that is marked: openpyxl holds all of it
MOST_LISTED = 10_000  # problems in the list
MOST_BAD_ROWS = 50_000  # in a workbook of bad rows; rejects.csv has all
MOST_COMMENTS = 5_000  # a program that opens more takes minutes for it
LIST = "Problems"
TITLE = "Problems found by tasksheet"  # by which a list of ours is known again
_COLOUR, _HEAD, _FACE = "FFC7CE", "4B3869", "Calibri"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_LONGEST = 32_767
_OURS = "tasksheet:\n"  # begins our part of a comment


@dataclass(frozen=True, slots=True)
class Mark:
    """Something said about a cell: `row` is Excel's number, `position` the column's (0 …)."""

    row: int
    position: int
    field: str
    value: str
    text: str


def write_problem_book(out: Path, sheet: Sheet, marks: Sequence[Mark], rows: int) -> None:
    """`marks` in the order of rows; `rows` is how many the sheet has."""
    from importer.sheet.writing import written_aside

    own = sheet.path.suffix.lower() in (".xlsx", ".xlsm") and rows <= MOST_ROWS
    with written_aside(out) as aside:
        if not (own and _mark(sheet, marks, aside)):
            _bad_rows(sheet, marks).save(aside)


def _mark(sheet: Sheet, marks: Sequence[Mark], out: Path) -> bool:
    """Write the person's own workbook with its wrong cells marked; False where openpyxl can't do it."""
    import warnings

    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what openpyxl leaves out
        try:
            book = load_workbook(sheet.path, rich_text=True)
            _colour(book[sheet.name], marks)
            _list(book, sheet, marks)
            book.save(out)
        except OSError:
            raise
        except Exception:  # openpyxl says in a hundred ways that it doesn't know a workbook
            return False
    return True


def _colour(page: Any, marks: Sequence[Mark]) -> None:
    """Colour the cells, and say in a comment what is wrong, below what somebody else said there."""
    from openpyxl.cell import MergedCell

    _clear(page)
    said: dict[tuple[int, int], list[str]] = {}
    for mark in marks:
        said.setdefault((mark.row, mark.position), []).append(mark.text)
    for number, ((row, position), texts) in enumerate(said.items()):
        cell = page.cell(row, position + 1)
        if isinstance(cell, MergedCell):
            span = next(s for s in page.merged_cells.ranges if cell.coordinate in s)
            cell = page.cell(span.min_row, span.min_col)
        cell.fill = _looks().wrong
        if number < MOST_COMMENTS:
            before = f"{cell.comment.text}\n\n" if cell.comment else ""
            cell.comment = _comment(before + _OURS + "\n".join(texts))


def _clear(page: Any) -> None:
    """Take away what an earlier report of ours marked: somebody has mended it and imports it again."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    for cells in page.iter_rows():
        for cell in cells:
            if cell.comment and _OURS in cell.comment.text:
                before = cell.comment.text.partition(_OURS)[0].strip()
                cell.comment = Comment(before, cell.comment.author) if before else None
                if str(cell.fill.start_color.rgb).endswith(_COLOUR):
                    cell.fill = PatternFill()


def _bad_rows(sheet: Sheet, marks: Sequence[Mark]) -> "Workbook":
    """A workbook of the bad rows: their numbers in the first column, then the sheet's own columns."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    places = {row: place for place, row in enumerate(dict.fromkeys(mark.row for mark in marks), 2)}
    _list(book, sheet, marks, places)
    page: Any = book.create_sheet("Rows")
    page.freeze_panes = "B2"
    page.append([_styled(page, title, head=True) for title in ("Row", *sheet.header)])
    said: dict[int, dict[int, list[str]]] = {}
    for mark in marks:
        said.setdefault(mark.row, {}).setdefault(mark.position, []).append(mark.text)
    comments = 0
    for row, values in islice(_rows(sheet, said.keys()), MOST_BAD_ROWS):
        cells = [WriteOnlyCell(page, row)]
        for position, value in enumerate(values):
            cell = _text_cell(page, value)
            if texts := said[row].get(position):
                cell.fill = _looks().wrong
                if (comments := comments + 1) <= MOST_COMMENTS:
                    cell.comment = _comment(_OURS + "\n".join(texts))
            cells.append(cell)
        page.append(cells)
    return book


def _rows(sheet: Sheet, wanted: Iterable[int]) -> Iterator[tuple[int, list[Any]]]:
    """The cells of some rows, in the sheet's order."""
    among = list(wanted)
    for chunk in sheet.chunks():
        found = chunk.loc[chunk.index.isin(among)]
        for row, cells in zip(found.index.tolist(), found.itertuples(index=False), strict=True):
            yield int(row), list(cells)


# The list


def _list(
    book: "Workbook", sheet: Sheet, marks: Sequence[Mark], places: dict[int, int] | None = None
) -> None:
    """The sheet that lists the problems, ahead of the others; one of an earlier report is replaced.

    Each links to its cell, in a workbook of bad rows to where its row stands there (`places`).
    """
    from openpyxl.worksheet.properties import PageSetupProperties

    if not book.write_only:
        for old in [p for p in book.worksheets if p.title.startswith(LIST) and p["A1"].value == TITLE]:
            book.remove(old)
    name = next(n for n in (LIST, *(f"{LIST} {i}" for i in range(2, 99))) if n not in book.sheetnames)
    page: Any = book.create_sheet(name, 0)
    if not book.write_only:
        book.active = 0
        for other in book.worksheets:
            other.sheet_view.tabSelected = other is page
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for letter, width in zip("ABCDE", (8, 16, 22, 34, 110), strict=True):
        page.column_dimensions[letter].width = width
    page.append([_styled(page, TITLE, bold=True)])
    rows = len({mark.row for mark in marks})
    page.append([f"{rows} {'row' if rows == 1 else 'rows'} of {sheet.path.name}, sheet {sheet.name}"])
    page.append([])
    page.append([_styled(page, title, head=True) for title in ("Rows", "Field", "", "", "What is wrong")])
    kinds = Counter((mark.field, mark.text) for mark in marks)
    kinds_shown = kinds.most_common(50)
    for (field, text), count in kinds_shown:
        page.append([count, _text_cell(page, field), None, None, _text_cell(page, text)])
    page.append([])
    page.append([_styled(page, title, head=True) for title in ("Row", "Cell", "Column", "Value", "Problem")])
    quoted = "'" + sheet.name.replace("'", "''") + "'"
    for line, mark in enumerate(marks[:MOST_LISTED], 7 + len(kinds_shown)):
        where = sheet.cell(mark.row, mark.position).rpartition("!")[2]
        target = f"Rows!A{places[mark.row]}" if places else f"{quoted}!{where}"
        cells = [mark.row, where, sheet.title(mark.position) or "", mark.value, mark.text]
        shown = [_text_cell(page, cell) for cell in cells]
        _link(shown[1], target, f"B{line}")
        page.append(shown)
    if len(marks) > MOST_LISTED:
        page.append([f"… and {len(marks) - MOST_LISTED:,} more; results.csv has every row."])


def _link(cell: Any, target: str, place: str) -> None:
    """Make a cell a link within the workbook. No formula: its text shows where nothing is calculated."""
    from openpyxl.worksheet.hyperlink import Hyperlink

    cell.hyperlink = Hyperlink(ref=place, location=target)
    cell.hyperlink.ref = place
    cell.font = _looks().link


def _text_cell(page: Any, value: Any) -> Any:
    """A cell that shows a value as it stands: no text becomes a formula."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, Broken):
        value = value.shown
    if isinstance(value, str):
        cell = WriteOnlyCell(page, _CONTROL.sub("�", value)[:_LONGEST])
        cell.data_type = "s"
        if len(value) > 40:
            cell.alignment = _looks().wrapped
        return cell
    known: Any = value if isinstance(value, int | date | timedelta) else None
    return WriteOnlyCell(page, known)


def _styled(page: Any, text: str, *, head: bool = False, bold: bool = False) -> Any:
    cell = _text_cell(page, text)
    if head:
        cell.font, cell.fill = _looks().head
    elif bold:
        cell.font = _looks().title
    return cell


@dataclass(frozen=True, slots=True)
class _Looks:
    """The styles, each made once: a million cells share them."""

    wrong: Any
    link: Any
    wrapped: Any
    head: tuple[Any, Any]
    title: Any


@cache
def _looks() -> _Looks:
    from openpyxl.styles import Alignment, Font, PatternFill

    return _Looks(
        PatternFill("solid", start_color=_COLOUR),
        Font(name=_FACE, color="0563C1", underline="single"),
        Alignment(vertical="top", wrap_text=True),
        (Font(name=_FACE, bold=True, color="FFFFFF"), PatternFill("solid", start_color=_HEAD)),
        Font(name=_FACE, bold=True, size=14),
    )


def _comment(text: str) -> Any:
    from openpyxl.comments import Comment

    comment = Comment(_CONTROL.sub("�", text)[:_LONGEST], "tasksheet")
    comment.width = 320
    comment.height = min(400, 40 + 18 * sum(1 + len(line) // 45 for line in text.splitlines()))
    return comment
