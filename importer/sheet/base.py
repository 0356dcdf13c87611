"""What a sheet is to the rest: a header, and chunks of cells as they stand in the file."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from importer.sheet.merged import Runs, fill_down

if TYPE_CHECKING:
    import pandas as pd

CHUNK_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that shows something and holds nothing: `#REF!`, or a formula never calculated."""

    shown: str
    why: str


# A blank cell is None. Numbers and booleans of a workbook are texts as well ("7", "0.1", "TRUE"):
# what they mean depends on the column, and 1, 1.0 and True must not become one value on the way.
Cell: TypeAlias = str | date | datetime | timedelta | Broken | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table in a file.

    `chunks()` starts anew at every call and yields frames of at most CHUNK_ROWS rows of `Cell`s:
    object dtype, columns 0 … width-1 (headers may repeat, so they are no labels), index = the row
    number that Excel shows. Rows without any data are left out. A row shorter than the header is
    filled with None; a cell beyond the header makes the frame wider than `header`. Of merged cells
    the first one has the value: `merged` tells those of several rows, `filled_down` fills them.
    """

    path: Path
    name: str  # the worksheet's name; of a text file, its stem
    header: tuple[str, ...]  # as it stands, trimmed; "" where a column has none
    header_row: int  # Excel's number
    chunks: Callable[[], "Iterator[pd.DataFrame]"]
    hidden: frozenset[int] = frozenset()  # rows hidden in the workbook, Excel's numbers
    notes: tuple[str, ...] = field(default=())  # what was found and decided, for people
    above: tuple[tuple[str, ...], ...] = ()  # filled cells of the 20 rows above the header, the nearest last
    merged: Runs = field(default_factory=dict)  # below the header, of columns with a title
    beside: frozenset[int] = frozenset()  # positions of titles beside the table: a legend, another table

    def filled_down(self, but: Collection[int] = ()) -> "Sheet":
        """The same sheet, where cells merged over several rows count for each of them.

        Not in the columns `but`: a name merged over three rows is one task and not three. Rows
        that hold nothing else stay blank.
        """
        merged = {position: rows for position, rows in self.merged.items() if position not in but}
        if not merged:
            return self
        titles = ", ".join(self.header[position] for position in merged)
        return replace(
            self,
            chunks=lambda: fill_down(self.chunks(), merged),
            notes=(*self.notes, f"merged cells count for each row that they span ({titles})"),
        )

    def title(self, position: int) -> str | None:
        """The header of a column; None beyond the header."""
        return self.header[position] if position < len(self.header) else None

    def cell(self, row: int, position: int) -> str:
        """The cell's address as Excel writes it: `Tasks!D17`."""
        return f"{self.name}!{letters(position)}{row}"


def letters(position: int) -> str:
    """The letters of a column: 0 → A, 26 → AA."""
    name = ""
    position += 1
    while position:
        position, digit = divmod(position - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
