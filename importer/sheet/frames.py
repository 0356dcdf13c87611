"""The Sheet below a header, and its rows as frames."""

from collections.abc import Iterable, Iterator
from itertools import compress, dropwhile, islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from importer.sheet.base import CHUNK_ROWS, Broken, Cell, Sheet, letters
from importer.sheet.header import Header, Source
from importer.sheet.merged import merged_runs

if TYPE_CHECKING:
    import pandas as pd

# Very wide sheets (Jira's 2,000 columns) get shorter frames, so that a frame stays at some 50 MB.
CHUNK_CELLS = 1_000_000


def sheet_of(
    source: Source,
    header: Header,
    *,
    path: Path,
    name: str,
    hidden: frozenset[int] = frozenset(),
    notes: Iterable[str] = (),
) -> Sheet:
    """The Sheet below `header`, with notes on where that is and what stands beside the table."""

    def chunks() -> "Iterator[pd.DataFrame]":
        return frames(source, header.row, len(header.titles))

    return Sheet(
        path,
        name,
        header.titles,
        header.row,
        chunks,
        hidden,
        (*notes, *_notes(header)),
        above=header.above,
        merged=merged_runs(source.merged, header.row, header.titles),
        beside=header.beside,
    )


def _notes(header: Header) -> Iterator[str]:
    place = f"row {header.row}" if header.top == header.row else f"rows {header.top} to {header.row}"
    if header.before:
        rows = "row above it is" if header.before == 1 else f"{header.before} rows above it are"
        yield f"the header was found in {place}; the {rows} left out"
    elif header.top < header.row:
        yield f"the header was found in {place}"
    if header.beside:
        titles = ", ".join(
            f"{' '.join(header.titles[c].split())} in {letters(c)}" for c in sorted(header.beside)
        )
        yield f"beside the table stands a legend or another table ({titles})"


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
