"""Tables of Excel's own: a range with a name, a style, titles that formulas know, and a filter."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

from importer.sheet.stored import stored_text


def add_table(sheet: Any, name: str, titles: Sequence[str], place: str, filtered: bool = True) -> None:
    """Make a range whose header is `titles` one of Excel's tables."""
    table = Table(displayName=re.sub(r"\W+", "_", name.strip()), ref=place)
    table.tableColumns = [TableColumn(id=number, name=title) for number, title in enumerate(titles, 1)]
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    if filtered:
        table.autoFilter = AutoFilter(ref=place)
    sheet.tables.add(table)


def unique_titles(titles: Sequence[str]) -> list[str]:
    """Titles as a table takes them: some text each, on one line, no two alike whatever their case."""
    taken: set[str] = set()
    unique = []
    for number, title in enumerate(titles, 1):
        plain = stored_text(" ".join(title.split())[:200] or f"column {number}", Counter())
        names = (plain if n == 1 else f"{plain} {n}" for n in range(1, len(titles) + 2))
        unique.append(next(name for name in names if name.casefold() not in taken))
        taken.add(unique[-1].casefold())
    return unique
