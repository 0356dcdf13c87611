"""Survey: what has to be known of the whole sheet before its cells can be understood."""

from collections.abc import Sequence

from importer.errors import UndecidedDates
from importer.sheet.base import Sheet


def date_order(sheet: Sheet, positions: Sequence[int]) -> str | None:
    """The one order of all text dates of the sheet; asked for, never guessed, when nothing decides."""
    raise NotImplementedError
