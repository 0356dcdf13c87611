"""Survey: what has to be known of the whole sheet before its cells can be understood."""

from collections.abc import Sequence

from importer.errors import UndecidedDates
from importer.sheet.base import Sheet
from importer.task.dates import Evidence, decide, evidence, undecided


def date_order(sheet: Sheet, positions: Sequence[int], told: str | None) -> tuple[str | None, str]:
    """The one order of all text dates in these columns, and a warning where it settles not all.

    `told` (--dates) overrules what the dates say. Raises UndecidedDates when nothing decides it:
    the order is asked for, never guessed.
    """
    found = {position: Evidence() for position in positions}
    for chunk in sheet.chunks():
        for position in positions:
            found[position] += evidence(chunk[position].dropna().unique())
    mixed = [f"{sheet.header[p]!r} (such as {e.real_sample})" for p, e in found.items() if e.mixed]
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
