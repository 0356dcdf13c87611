"""Cells from what the readers give: texts of text files, typed values of workbooks."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from importer.sheet.base import Broken, Cell

ERROR = "an error of a formula instead of a value"
TOO_NARROW = "cut to # when it was saved, since the column was too narrow; widen it and save it again"

# What spreadsheet programs put into the text files that they save, in the languages of people.
_ERRORS = (
    *("#REF!", "#DIV/0!", "#N/A", "#NAME?", "#VALUE!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#ERROR!"),
    *("#BEZUG!", "#NV", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", "#KALK!"),
    *("#NOM?", "#VALEUR!", "#NOMBRE!", "#NUL!", "#PROPAGATION!"),
    *("#¡REF!", "#¡DIV/0!", "#N/D", "#¿NOMBRE?", "#¡VALOR!", "#¡NUM!", "#¡NULO!", "#¡DESBORDAMIENTO!"),
    *("#NOME?", "#VALOR!", "#NÚM!", "#NULO!", "#DESPEJAR!"),
    *("#VERW!", "#DEEL/0!", "#N/B", "#NAAM?", "#WAARDE!", "#GETAL!", "#LEEG!", "#OVERLOOP!"),
    *(f"Err:{number}" for number in range(501, 540)),
)
_BROKEN_TEXTS: dict[Any, Cell] = {
    **{text: Broken(text, ERROR) for text in _ERRORS},
    **{"#" * count: Broken("#" * count, TOO_NARROW) for count in range(5, 256)},
}

# The reader leaves the times of .ods files above 24 hours as they are written there.
_ISO_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+(?:\.\d+)?)S")


def has_data(row: Iterable[Any]) -> bool:
    """Whether a row as read holds anything but blanks and white space."""
    for value in row:  # noqa: SIM110 - it nearly always ends at the first cell, where any() costs more
        if value != "" and not (type(value) is str and value.isspace()):
            return True
    return False


def text_cells(values: Iterable[Any]) -> list[Cell]:
    """Texts as they stand; None where there is nothing but white space, Broken for an error."""
    cells = [value if value and not value.isspace() else None for value in values]
    if _BROKEN_TEXTS.keys().isdisjoint(cells):
        return cells
    return [_BROKEN_TEXTS.get(cell, cell) for cell in cells]


def workbook_cells(values: Iterable[Any]) -> list[Cell]:
    """Cells of what the reader gives: texts, numbers, booleans, dates, times."""
    values = list(values)
    if set(map(type, values)) <= {str, type(None)}:
        return text_cells(values)
    return [_CELLS[type(value)](value) for value in values]


def number_text(number: float) -> str:
    """A number as the person sees it: "7", "0.1".

    Excel keeps 15 digits, so 0.1+0.2 is 0.3. Whole numbers come in full as far as a float is exact
    (ids of 16 digits written by programs); beyond that the exponent tells that digits are lost.
    """
    if number.is_integer() and abs(number) < 2**53:
        return str(int(number))
    text = f"{number:.15g}"
    if "e" not in text:
        return text
    return format(Decimal(text), "f") if 1e-12 < abs(number) < 1 else text.upper()


def _text(value: str) -> Cell:
    return _BROKEN_TEXTS.get(value, value) if value and not value.isspace() else None


def _clock(value: time) -> timedelta:
    return timedelta(
        hours=value.hour,
        minutes=value.minute,
        seconds=value.second,
        microseconds=value.microsecond,
    )


_CELLS: dict[type, Callable[[Any], Cell]] = {
    str: _text,
    float: number_text,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: lambda value: value,
    datetime: lambda value: value,
    time: _clock,
    timedelta: lambda value: value,
    Broken: lambda value: value,
    type(None): lambda value: None,
}


def open_document_cells(values: Iterable[Any]) -> list[Cell]:
    """The same of an .ods file, whose long times come as PT30H15M00S."""
    return [_duration(cell) if type(cell) is str else cell for cell in workbook_cells(values)]


def _duration(text: str) -> Cell:
    if not text.startswith("PT") or not (found := _ISO_DURATION.fullmatch(text)):
        return text
    hours, minutes, seconds = found.groups()
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
