"""Opens a file as a Sheet: looks at what it is, then hands it to the reader of its kind."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from importer.sheet.base import Sheet
from importer.sheet.delimited import open_text
from importer.sheet.kinds import TEXTS, look_at
from importer.sheet.workbook import open_workbook

LONGEST_TITLE = 200  # characters; above it is a text, not a title


def open_sheet(
    path: Path,
    *,
    sheet: str | None = None,
    header_row: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    known: Callable[[str], bool] = lambda title: False,
) -> Sheet:
    """The table of tasks in `path`, its header found; the rows are read when chunks() is called.

    `sheet` is a name or a number from 1, `header_row` Excel's number. `known` tells whether a
    header's text is recognised: it decides which row, sheet and delimiter are the right ones.
    Raises UnreadableFile, also from chunks() of a text file, which is read as one goes.
    """
    kind = look_at(path)
    known = _remembered(known)
    if kind in TEXTS:
        return open_text(
            path,
            sheet=sheet,
            header_row=header_row,
            encoding=encoding,
            delimiter=delimiter,
            known=known,
        )
    return open_workbook(path, kind, sheet=sheet, header_row=header_row, known=known)


def _remembered(known: Callable[[str], bool]) -> Callable[[str], bool]:
    """Asks once for each text: the first rows are tried with several delimiters, as several headers."""
    return cache(lambda title: len(title) <= LONGEST_TITLE and known(title))
