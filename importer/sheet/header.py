"""Finds the row that holds the column titles, and turns the rows below it into frames.

Knows rows and cells, not files: a reader hands over a Source, whatever the format.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import compress, dropwhile, islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.errors import UnreadableFile
from importer.sheet.base import CHUNK_ROWS, Broken, Cell, Sheet

if TYPE_CHECKING:
    import pandas as pd

Known: TypeAlias = Callable[[str], bool]

# A header further down than this many filled rows has to be named with --header-row.
SEARCHED_ROWS = 60

# Very wide sheets (Jira's 2,000 columns) get shorter frames, so that a frame stays at some 50 MB.
CHUNK_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of one table of a file.

    `rows()` starts anew at every call and yields (Excel's row number, raw values) of the rows that
    carry data, in order; positions count from column A. `cells` makes Cells of raw values, of a row
    or of a column alike: many at once are cheaper than one by one.
    """

    rows: Callable[[], Iterator[tuple[int, Sequence[Any]]]]
    cells: Callable[[Iterable[Any]], list[Cell]]


@dataclass(frozen=True, slots=True)
class Header:
    row: int  # Excel's number
    titles: tuple[str, ...]
    known: int  # how many different titles are recognised
    above: int  # filled rows above it


def find_header(source: Source, known: Known, asked: int | None, where: str) -> Header | None:
    """The header: row `asked`, or the one with the most known titles; None where there is no data.

    `where` begins the sentence of the error when row `asked` is blank or below the data.
    """
    if asked is not None:
        return _asked_header(source, known, asked, where)
    found = _candidates(source, known)
    if not found:
        return None
    best = max(found, key=lambda header: header.known)  # the first of the best
    if best.known:
        return best
    return next((header for header in found if sum(map(bool, header.titles)) > 1), found[0])


def _candidates(source: Source, known: Known) -> list[Header]:
    rows = islice(source.rows(), SEARCHED_ROWS)
    return [
        _header(number, source.cells(values), known, above) for above, (number, values) in enumerate(rows)
    ]


def _asked_header(source: Source, known: Known, asked: int, where: str) -> Header | None:
    last = 0
    for above, (number, values) in enumerate(source.rows()):
        if number == asked:
            return _header(number, source.cells(values), known, above)
        if number > asked:
            raise UnreadableFile(
                f"{where}: row {asked} is blank, so it can't be the header; "
                "give the row of the column titles with --header-row."
            )
        last = number
    if last == 0:
        return None
    raise UnreadableFile(
        f"{where}: there is no row {asked}, the data ends in row {last}; "
        "give the row of the column titles with --header-row."
    )


def _header(row: int, cells: list[Cell], known: Known, above: int) -> Header:
    titles = [title(cell) for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    different = {text.casefold(): text for text in titles if text}
    return Header(row, tuple(titles), sum(map(known, different.values())), above)


def title(cell: Cell) -> str:
    """A cell as a column title: trimmed text, "" for a blank one."""
    match cell:
        case None:
            return ""
        case str():
            return cell.strip()
        case Broken():
            return cell.shown
        case datetime() | date():
            return cell.isoformat()
        case _:
            return str(cell)


def sheet_of(
    source: Source,
    header: Header,
    *,
    path: Path,
    name: str,
    hidden: frozenset[int] = frozenset(),
    notes: Iterable[str] = (),
) -> Sheet:
    """The Sheet below `header`; a header that isn't the first filled row is noted."""
    found = list(notes)
    if header.above:
        rows = "row above it is" if header.above == 1 else f"{header.above} rows above it are"
        found.append(f"the header was found in row {header.row}; the {rows} left out")

    def chunks() -> "Iterator[pd.DataFrame]":
        return frames(source, header.row, len(header.titles))

    return Sheet(path, name, header.titles, header.row, chunks, hidden, tuple(found))


def frames(source: Source, below: int, width: int) -> "Iterator[pd.DataFrame]":
    """Frames of the rows below row `below`, as base.Sheet describes them."""
    size = min(CHUNK_ROWS, max(1, CHUNK_CELLS // max(width, 1)))
    rows = dropwhile(lambda row: row[0] <= below, source.rows())
    while batch := list(islice(rows, size)):
        numbers = [number for number, _ in batch]
        columns = [source.cells(column) for column in zip_longest(*(row for _, row in batch))]
        if any(isinstance(cell, Broken) for column in columns[width:] for cell in column):
            numbers, columns = _without_far_formulas(numbers, columns, width)
        if numbers:
            yield _frame(numbers, columns, width)


def _without_far_formulas(
    numbers: list[int], columns: list[list[Cell]], width: int
) -> tuple[list[int], list[list[Cell]]]:
    """Leaves out broken cells beyond the header, and rows that hold nothing else.

    They are charts drawn with formulas beside a table; a value that slipped out of its column is
    never one of them.
    """
    far: list[list[Cell]] = [
        [None if isinstance(cell, Broken) else cell for cell in c] for c in columns[width:]
    ]
    columns = columns[:width] + far
    kept = [any(column[row] is not None for column in columns) for row in range(len(numbers))]
    return list(compress(numbers, kept)), [list(compress(column, kept)) for column in columns]


def _frame(numbers: list[int], columns: list[list[Cell]], width: int) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    while len(columns) > width and not any(columns[-1]):
        columns.pop()
    blank: list[Cell] = [None] * len(numbers)
    columns += [blank] * (width - len(columns))
    # Filled column by column, so that no value is guessed at or turned into another type.
    table = np.empty((len(columns), len(numbers)), dtype=object)
    for position, column in enumerate(columns):
        table[position, :] = column
    return pd.DataFrame(table.T, index=pd.Index(numbers, dtype="int64"), dtype=object)
