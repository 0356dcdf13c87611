"""What a scan of a workbook finds: error cells, formulas without a result, hidden rows, the extent.

Of an .ods file merged cells as well.
"""

from dataclasses import dataclass, field

from importer.sheet.base import Broken
from importer.sheet.cells import ERROR
from importer.sheet.merged import Span

NOT_CALCULATED = (
    "a formula whose result is not in the file; open it in a spreadsheet program and save it again"
)
SHOWN_CHARACTERS = 80

# The reader lays a sheet out as a full rectangle at some 60 bytes a cell, blank ones too, and when
# that can't be had the process is gone. One stray cell at XFD1048576 would ask for 1,000 GB. A sheet
# of all 1,048,576 rows may have 19 columns.
MOST_CELLS = 20_000_000


@dataclass(slots=True)
class Scan:
    """Rows are Excel's numbers, columns count from 0; `rows` and `columns` are the extent."""

    broken: dict[int, dict[int, Broken]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    rows: int = 0
    columns: int = 0
    merged: list[Span] = field(default_factory=list)

    @property
    def cells(self) -> int:
        return self.rows * self.columns

    def add(self, row: int, column: int, broken: Broken) -> None:
        self.broken.setdefault(row, {})[column] = broken
        self.reach(row, column)

    def reach(self, row: int, column: int) -> None:
        self.rows = max(self.rows, row)
        self.columns = max(self.columns, column + 1)


def judge(kind: str, formula: str | None, value: str | None) -> Broken | None:
    """What is wrong with a cell, by its `t`, its formula and its stored value (None: no element).

    A formula that gave an empty text has the type `str` and an empty value: that is a blank cell.
    A formula that shares another one's text has none of its own.
    """
    if kind == "e":
        return Broken(value or "#ERROR!", ERROR)
    if formula is None or value or (value is not None and kind == "str"):
        return None
    shown = "=" + (" ".join(formula.split()) or "…")
    if len(shown) > SHOWN_CHARACTERS:
        shown = shown[: SHOWN_CHARACTERS - 1] + "…"
    return Broken(shown, NOT_CALCULATED)


def place(reference: str) -> tuple[int, int]:
    """Row and column of a reference: "AB12" → (12, 27)."""
    name = reference.rstrip("0123456789")
    column = 0
    for letter in name:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(reference[len(name) :]), column - 1
