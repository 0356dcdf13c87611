"""The cells of a sheet that is written row by row: one a column, with another value for every row.

Making a cell a value would take longer than all the rest. The cells are openpyxl's, and openpyxl writes them;
their places and styles, which it would work out anew for each, they are told.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.hyperlink import Hyperlink

from importer.sheet import stored
from importer.sheet.table import OutColumn

MOST_LINKS = 65_530  # a sheet; Excel takes the file for damaged beyond
FACE, HEAD = "Calibri", "4B3869"
_LINK = "0563C1"
_FORMATS = {"date": "yyyy-mm-dd", "instant": "yyyy-mm-dd hh:mm:ss"}
_SERIAL: Mapping[str, Callable[[str], str | None]] = {"date": stored.day, "instant": stored.instant}


class RowSheet(WriteOnlyWorksheet):
    """A sheet that takes rows of cells which know their places; blank ones are left out."""

    def heights(self, header: float, others: float) -> None:
        """Set every row's height in points, so that no long text makes a row high."""
        self.row_dimensions = Heights(header, others)

    def _values_to_row(self, values: Any, row_idx: int) -> Any:
        return values

    def close(self) -> None:
        super().close()
        self._hyperlinks: list[Hyperlink] = []  # written, and large


class Heights(dict[int, Any]):
    """The heights of all rows, kept for none of them."""

    def __init__(self, header: float, others: float) -> None:
        super().__init__()
        self._header, self._others = ({"ht": f"{h}", "customHeight": "1"} for h in (header, others))

    def get(self, row: int, default: Any = None) -> Any:
        return self._header if row == 1 else self._others


class PlacedCell(Cell):
    """A cell whose place and style are told, not worked out."""

    __slots__ = ("coordinate", "has_style", "style_id")

    def told(self, kind: str, stored: str, style: int) -> None:
        """`kind`: s text, n number, b boolean; `stored`: what the file shall have; `style`: its number."""
        self.data_type, self._value = kind, stored
        self.style_id, self.has_style = style, style > 0  # type: ignore[misc]


class RowCells:
    """Makes rows of a sheet's cells. Each row is used up before the next is made: the cells are the same."""

    def __init__(self, sheet: Any, columns: Sequence[OutColumn], lost: Counter[str], first: int = 1) -> None:
        """`first`: the number of the column that the first of `columns` stands in."""
        self._lost = lost
        self._cells = []
        self.links = 0
        for position, column in enumerate(columns, first):
            cell: Any = PlacedCell(sheet, 1, position)
            self._cells.append((cell, get_column_letter(position), self._put(sheet, cell, column)))

    def row(self, values: Sequence[Any], number: int) -> list[Any]:
        """The cells of row `number`; `values` in the order of the columns."""
        place = str(number)
        filled = []
        for value, (cell, letter, put) in zip(values, self._cells, strict=True):
            if value is not None and value != "":
                cell.coordinate = letter + place
                put(value)
                filled.append(cell)
        return filled

    def _put(self, sheet: Any, cell: Any, column: OutColumn) -> Callable[[Any], None]:
        """A function that puts a value into a column's cell."""
        lost = self._lost
        serial = _SERIAL.get(column.form)
        look = Alignment(horizontal="left", vertical="top", wrap_text=True) if column.wrap else None
        if column.title == "id" or column.title.endswith("_id"):  # a name, not an amount
            look = Alignment(horizontal="left")
        text, whole, number, moment = (
            style(sheet, number_format=shown, alignment=look)
            for shown in (
                "General",
                column.shown or "0",
                column.shown or "General",
                column.shown or _FORMATS.get(column.form, "General"),
            )
        )
        # rows are one line high: it is the first of several that is to be seen
        lines = style(sheet, alignment=Alignment(vertical="top", wrap_text=True))

        def put(value: Any) -> None:
            kind = type(value)
            if kind is str:
                if serial and (told := serial(value)):
                    cell.told("n", told, moment)
                    return
                if serial and stored.is_date(value):
                    lost[stored.UNSHOWN] += 1
                cell.told("s", stored.stored_text(value, lost), lines if "\n" in value else text)
            elif kind is bool:
                cell.told("b", "1" if value else "0", text)
            elif kind is int and -stored.EXACT <= value <= stored.EXACT:
                cell.told("n", str(value), whole)
            elif kind is float and isfinite(value):
                cell.told("n", repr(value), number)
            else:
                if kind is int or kind is float:
                    lost[stored.LONG_NUMBERS if kind is int else stored.NO_NUMBERS] += 1
                cell.told("s", stored.stored_text(str(value), lost), text)

        return self._linked(sheet, cell, put, column.link) if column.link else put

    def _linked(self, sheet: Any, cell: Any, put: Callable[[Any], None], link: str) -> Callable[[Any], None]:
        """The same for a column whose whole numbers lead somewhere, as long as the sheet takes links."""
        before, _, after = link.partition("{}")
        blue = style(
            sheet,
            number_format="0",
            font=Font(name=FACE, size=11, color=_LINK, underline="single"),
            alignment=Alignment(horizontal="left"),
        )

        def put_linked(value: Any) -> None:
            put(value)
            cell.hyperlink = None
            if type(value) is int:
                self.links += 1
                if self.links <= MOST_LINKS:
                    cell.hyperlink = Hyperlink(ref=cell.coordinate, target=f"{before}{value}{after}")
                    cell.told(cell.data_type, cell._value, blue)

        return put_linked


def style(sheet: Any, **looks: Any) -> int:
    """The number of a style in the workbook."""
    cell = WriteOnlyCell(sheet)
    for name, look in looks.items():
        if look is not None:
            setattr(cell, name, look)
    return cell.style_id


def header(
    sheet: Any, columns: Sequence[OutColumn], titles: Sequence[str], row: int, first: int = 1, room: int = 0
) -> list[Any]:
    """The header cells of a table, from column `first` on. Titles of amounts stand above them, with `room`
    (characters) for a filter's button on their right."""
    face = {
        "font": Font(name=FACE, size=11, bold=True, color="FFFFFF"),
        "fill": PatternFill("solid", start_color=HEAD),
    }
    left = style(sheet, alignment=Alignment(vertical="center"), **face)
    above = style(sheet, alignment=Alignment(horizontal="right", vertical="center", indent=room), **face)
    return [
        placed(sheet, row, position, "s", title, above if column.shown else left)
        for position, (column, title) in enumerate(zip(columns, titles, strict=True), first)
    ]


def placed(sheet: Any, row: int, column: int, kind: str, stored: str, look: int) -> Any:
    """A cell that stands alone; `kind`, `stored` and `look` as in PlacedCell.told."""
    cell: Any = PlacedCell(sheet, row, column)
    cell.coordinate = f"{get_column_letter(column)}{row}"
    cell.told(kind, stored, look)
    return cell
