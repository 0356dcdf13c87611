"""Survey: what has to be known of the whole sheet before its cells can be understood."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from importer.errors import UndecidedDates
from importer.sheet.base import Sheet
from importer.task.arrange import Arranger
from importer.task.dates import Evidence, decide, evidence, undecided
from importer.task.fields import BY_NAME, Kind
from importer.task.mapping import Mapping
from importer.task.wording import plain_words

if TYPE_CHECKING:
    import pandas as pd


def date_order(sheet: Sheet, mapping: Mapping, told: str | None) -> tuple[str | None, str]:
    """The one order of all text dates in the sheet's date columns, and a warning where it settles not all.

    `told` (--dates) overrules what the dates say. Raises UndecidedDates when nothing decides it:
    the order is asked for, never guessed.
    """
    found: dict[str, Evidence] = {}
    for column, cells in _date_cells(sheet, mapping):
        found[column] = found.get(column, Evidence()) + evidence(cells.dropna().unique())
    mixed = [f"{title!r} (such as {e.real_sample})" for title, e in found.items() if e.mixed]
    if told:
        return told, (
            f"real dates in {', '.join(mixed)} stand beside text dates and are taken as they are, though "
            "a spreadsheet program may have swapped their day and month: look at them"
            if mixed
            else ""
        )
    order = decide(found.values())
    if order is None:
        raise UndecidedDates(
            f"{undecided(found.values())} Say how dates are written: "
            "--dates dmy (31/03/2024) or --dates mdy (03/31/2024)."
        )
    return order, ""


def _date_cells(sheet: Sheet, mapping: Mapping) -> "Iterator[tuple[str, pd.Series[Any]]]":
    """The cells of the date columns, chunk by chunk, each with its column's title."""
    names = [name for name in mapping.feeds if BY_NAME[name].kind in _DAYS]
    fields = {position: name for name in names for position in mapping.feeds[name]}
    if mapping.rules.blocks:
        arranger = Arranger(mapping)
        for chunk in chunks(sheet, mapping):
            arranged = arranger.arrange(chunk)
            yield from (
                (name, cells) for name, cells in arranged.cells.items() if BY_NAME[name].kind in _DAYS
            )
    elif fields:
        for chunk in sheet.chunks():
            for position, name in sorted(fields.items()):
                clean, words = mapping.rules.clean.get(name), mapping.values.get(name, {})
                yield sheet.header[position], plain_words(name, chunk[position], clean, words)


_DAYS = (Kind.DATE, Kind.RANGE)


def chunks(sheet: Sheet, mapping: Mapping) -> "Iterator[pd.DataFrame]":
    """The sheet's chunks; all rows at once where blocks are to be told apart, which look at each other."""
    if not mapping.rules.blocks:
        yield from sheet.chunks()
        return
    import pandas as pd

    every = list(sheet.chunks())
    if every:
        whole = pd.concat(every)
        yield whole.astype(object).where(whole.notna(), None)
