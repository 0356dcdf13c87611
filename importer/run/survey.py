"""Survey: what has to be known of the whole sheet before its cells can be understood."""

from collections.abc import Sequence

from importer.errors import UndecidedDates
from importer.sheet.base import Sheet
from importer.task.dates import Evidence, decide, evidence, undecided


def date_order(sheet: Sheet, positions: Sequence[int]) -> str | None:
    """The one order of all text dates in these columns.

    Raises UndecidedDates when nothing decides it: the order is asked for, never guessed.
    """
    found = {position: Evidence() for position in positions}
    for chunk in sheet.chunks():
        for position in positions:
            found[position] += evidence(chunk[position].dropna().unique())
    order = decide(found.values())
    if order is None:
        raise UndecidedDates(
            f"{undecided(found.values())} Say how dates are written: "
            "--dates dmy (31/03/2024) or --dates mdy (03/31/2024)."
        )
    return order
