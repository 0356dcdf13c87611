"""A page of a workbook: figures in large print, charts below them, and to the right the tables they show.

It prints on one page across, without the tables.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from importer.sheet.charts import anchor, chart_of
from importer.sheet.columns import FACE, HEAD, RowCells, header, placed, style
from importer.sheet.excel_table import add_table
from importer.sheet.stored import stored_text
from importer.sheet.table import Page, Panel, Rows, Table

_GRID, _GRID_WIDTH = 12, 13  # columns that charts and figures are aligned with; characters
_CHART_ROWS = 20
_TITLE, _SAYS, _LABELS, _FIGURES, _CHARTS = 1, 2, 4, 5, 7  # rows
_HEIGHTS = {_TITLE: 28.0, _SAYS: 18.0, _LABELS: 18.0, _FIGURES: 30.0}
_GREY, _CARD = "7F7F7F", "F4F2F8"


def write_page(sheet: Any, page: Page, lost: Counter[str]) -> None:
    """Write all of a page; its sheet is new."""
    sheet.sheet_view.showGridLines = False
    for position in range(1, _GRID + 1):
        sheet.column_dimensions[get_column_letter(position)].width = _GRID_WIDTH
    for row, height in _HEIGHTS.items():
        sheet.row_dimensions[row].height = height
    grid = _Grid(sheet, lost)
    grid.text(_TITLE, 1, page.title, size=20, bold=True, color=HEAD)
    grid.text(_SAYS, 1, page.says, color=_GREY)
    _figures(grid, list(page.figures))
    bottom = _panels(grid, page.panels)
    sheet.print_area = f"A1:{get_column_letter(_GRID)}{bottom}"
    sheet.page_setup.fitToHeight = 1
    sheet.print_options.horizontalCentered = True
    grid.write()


def _figures(grid: "_Grid", figures: Sequence[tuple[str, float, str]]) -> None:
    """A row of cards, each with its label above the figure."""
    wide = _GRID // max(1, len(figures))
    edge = Border(left=Side("thick", color="FFFFFF"))
    card = {"fill": PatternFill("solid", start_color=_CARD), "border": edge}
    label = style(
        grid.sheet,
        font=Font(name=FACE, size=11, color=_GREY),
        alignment=Alignment(horizontal="left", indent=1),
        **card,
    )
    for number, (name, value, shown) in enumerate(figures):
        first = 1 + number * wide
        figure = style(
            grid.sheet,
            font=Font(name=FACE, size=20, bold=True, color=HEAD),
            alignment=Alignment(horizontal="left", vertical="center", indent=1),
            number_format=shown,
            **card,
        )
        grid.cell(_LABELS, first, "s", name, label)
        grid.cell(_FIGURES, first, "n", repr(value), figure)
        for row in (_LABELS, _FIGURES):
            grid.sheet.merged_cells.add(
                f"{get_column_letter(first)}{row}:{get_column_letter(first + wide - 1)}{row}"
            )


def _panels(grid: "_Grid", panels: Sequence[Panel]) -> int:
    """The charts, two in a row save wide ones, and the tables beside all of them; returns the last row."""
    column, left, top = _GRID + 2, 0, _CHARTS - 1
    for panel in panels:
        rows = [list(row) for row in panel.rows]
        grid.text(_CHARTS - 1, column, panel.name, bold=True, color=HEAD)
        grid.table(_CHARTS, column, panel, rows)
        wide = _GRID if panel.wide else _GRID // 2
        if left + wide > _GRID:
            left, top = 0, top + _CHART_ROWS
        if rows:
            chart = chart_of(grid.sheet, panel, rows, _CHARTS, column)
            anchor(chart, left, top, left + wide, top + _CHART_ROWS - 1)
            grid.sheet.add_chart(chart)
        else:
            grid.text(top + 1, left + 1, f"{panel.name}: nothing to show", color=_GREY)
        left += wide
        column += len(panel.columns) + 1
    return top + _CHART_ROWS


class _Grid:
    """What stands where, until the rows are written one after another."""

    def __init__(self, sheet: Any, lost: Counter[str]) -> None:
        self.sheet = sheet
        self._lost = lost
        self._cells: dict[int, list[Any]] = {}
        self._tables: list[tuple[int, RowCells, Rows]] = []

    def text(self, row: int, column: int, text: str, **font: Any) -> None:
        look = style(
            self.sheet,
            font=Font(**{"name": FACE, "size": 11, **font}),
            alignment=Alignment(vertical="center"),
        )
        self.cell(row, column, "s", stored_text(text, self._lost), look)

    def cell(self, row: int, column: int, kind: str, stored: str, look: int) -> None:
        self._cells.setdefault(row, []).append(placed(self.sheet, row, column, kind, stored, look))

    def table(self, row: int, column: int, table: Table, rows: Rows) -> None:
        """A table whose header stands in `row`, from `column` on."""
        titles = [each.title for each in table.columns]
        self._cells.setdefault(row, []).extend(header(self.sheet, table.columns, titles, row, column))
        self._tables.append((row + 1, RowCells(self.sheet, table.columns, self._lost, column), rows))
        for position, each in enumerate(table.columns, column):
            self.sheet.column_dimensions[get_column_letter(position)].width = each.width
        corner = f"{get_column_letter(column + len(titles) - 1)}{row + max(1, len(rows))}"
        add_table(
            self.sheet, table.name, titles, f"{get_column_letter(column)}{row}:{corner}", filtered=False
        )

    def write(self) -> None:
        last = max([*self._cells, *(first + len(rows) - 1 for first, _, rows in self._tables)])
        for number in range(1, last + 1):
            cells = list(self._cells.get(number, ()))
            for first, columns, rows in self._tables:
                if 0 <= number - first < len(rows):
                    cells += columns.row(rows[number - first], number)
            self.sheet.append(cells)
        self.sheet.close()
