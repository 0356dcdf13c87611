"""From cells to values: a column of texts, dates and durations becomes one of a field's kind.

Each distinct cell is read once and spread back over the rows. A cell that can't be understood is
missing and a Problem; where a part of it does not travel it is a Problem with `loss`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from importer.task import durations
from importer.task.dates import Kept, Unreadable, day, ends, written, zone_of
from importer.task.durations import unit_of
from importer.task.fields import PRIORITIES, Field, Kind
from importer.task.lists import split
from importer.task.problem import Problem
from importer.task.repeats import rule
from importer.task.words import NO, NOTHING, UNDONE, YES, bare
from importer.task.words import PRIORITIES as _PRIORITY_WORDS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Converted", "Style", "clock", "convert", "decode", "is_mangled", "shown", "unit_of"]


@dataclass(frozen=True, slots=True)
class Style:
    """How a sheet writes what can be written in several ways.

    `order` of numeric text dates: "dmy", "mdy", "iso"; None is not needed or undecided. `zone`:
    where instants become days; `midnight` as dates.day() has it. `unit` of bare numbers in a duration
    column: "milliseconds", "seconds", "minutes", "hours", "days" or "weeks".
    """

    order: str | None = None
    zone: str | None = None
    unit: str = "minutes"
    midnight: float | None = None


@dataclass(frozen=True, slots=True)
class Converted:
    """`values`: typed, on the column's index, missing where the cell is blank or wrong.

    Integers, minutes and seconds are Int64, booleans boolean, numbers Float64; all else is object:
    text, days as `YYYY-MM-DD`, and tuples for lists. `problems` follow the rows.
    """

    values: "pd.Series[Any]"
    problems: list[Problem]


def convert(
    field: Field,
    column: "pd.Series[Any]",
    style: Style = Style(),
    *,
    zones: "pd.Series[Any] | None" = None,
    position: int | None = None,
) -> Converted:
    """Make a column of cells a field's.

    `column` holds None, text, dates, datetimes, timedeltas and broken cells (an object with `shown`
    and `why`), on Excel's row numbers. `zones`, on the same index, names the zone of a row's
    instants and beats `style.zone`.
    """
    import numpy as np
    import pandas as pd

    codes, cells = pd.factorize(column.to_numpy(dtype=object))
    own_zones: list[str | None] = [None] * len(cells)
    if zones is not None and field.kind in (Kind.DATE, Kind.RANGE):
        zone_codes, names = pd.factorize(zones.to_numpy(dtype=object))
        pairs = np.where(codes < 0, -1, codes * (len(names) + 1) + zone_codes + 1)
        codes, distinct = pd.factorize(np.where(pairs < 0, np.nan, pairs))
        cell_of, zone_of_pair = np.divmod(distinct.astype(np.int64), len(names) + 1)
        cells = cells[cell_of]
        own_zones = [names[z - 1] if z and isinstance(names[z - 1], str) else None for z in zone_of_pair]

    read = _READERS[field.kind]
    values: list[Any] = []
    said: list[tuple[str, bool] | None] = []
    for cell, own_zone in zip(cells, own_zones, strict=True):
        value: object = None
        remark: tuple[str, bool] | None = None
        try:
            value = _value(read, field, cell, style, own_zone)
        except Unreadable as wrong:
            remark = (str(wrong), False)
        if isinstance(value, Kept):
            remark = (value.loss, True)
            value = value.value
        values.append(value)
        said.append(remark)

    typed = _typed(values, field.kind).take(codes)
    problems: list[Problem] = []
    if any(said):
        bad = np.fromiter([*(remark is not None for remark in said), False], dtype=bool)
        places = np.flatnonzero(bad[codes])
        shown_of = [
            _as_written(field, cell) if remark else "" for cell, remark in zip(cells, said, strict=True)
        ]
        for row, code in zip(column.index[places].tolist(), codes[places].tolist(), strict=True):
            text, loss = said[code] or ("", False)
            problems.append(Problem(row, field.name, shown_of[code], text, position, loss))
    return Converted(pd.Series(typed, index=column.index, dtype=typed.dtype, name=column.name), problems)


def decode(field: Field, text: str, style: Style = Style()) -> object:
    """One value as typed for --set or --default; None when blank. Raises ValueError saying why not."""
    value = _value(_READERS[field.kind], field, text, style, None)
    return value.value if isinstance(value, Kept) else value


def _as_written(field: Field, cell: object) -> str:
    """A cell as people see it, without what a preset has put behind it."""
    text = shown(cell)
    return (text.rpartition("~")[0] or text) if field.kind is Kind.PRIORITY else text


def shown(cell: object) -> str:
    """A cell as people see it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return written(cell)
    if isinstance(cell, timedelta):
        return clock(cell)
    return str(getattr(cell, "shown", cell))


def clock(length: timedelta) -> str:
    """A duration as `h:mm`, with seconds where there are some."""
    seconds = round(abs(length.total_seconds()))
    sign = "-" if length < timedelta() else ""
    tail = f":{seconds % 60:02}" if seconds % 60 else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}{tail}"


Read = Callable[[Field, Any, Style, str | None], object]
_BLANK = " \t\n\r\v\f\u00a0\u1680\u2007\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def _value(read: Read, field: Field, cell: Any, style: Style, own_zone: str | None) -> object:
    if isinstance(cell, str):
        text = cell.strip(_BLANK)
        if not text or (field.kind not in _WORDS and text.casefold() in NOTHING - _meant(field)):
            return None
    elif (why := getattr(cell, "why", None)) is not None:
        raise Unreadable(str(why))
    return read(field, cell, style, own_zone)


_WORDS = (Kind.TEXT, Kind.TEXTS)  # where every word is itself


def _meant(field: Field) -> frozenset[str]:
    """Words for nothing that are values of a field."""
    return frozenset({"none"}) if field.kind is Kind.PRIORITY else frozenset()


def _typed(values: list[Any], kind: Kind) -> Any:
    """The distinct values as an array, a missing one added at its end for the code -1."""
    import numpy as np
    import pandas as pd

    values = [*values, None]
    if kind not in _ARRAYS:
        return np.fromiter(values, dtype=object, count=len(values))
    bare, array = _ARRAYS[kind]
    missing = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
    filled = np.fromiter((0 if value is None else value for value in values), dtype=bare, count=len(values))
    made: Any = getattr(pd.arrays, array)
    return made(filled, missing)


_ARRAYS = {
    Kind.INTEGER: ("int64", "IntegerArray"),
    Kind.MINUTES: ("int64", "IntegerArray"),
    Kind.SECONDS: ("int64", "IntegerArray"),
    Kind.NUMBER: ("float64", "FloatingArray"),
    Kind.BOOLEAN: ("bool", "BooleanArray"),
    Kind.MARK: ("bool", "BooleanArray"),
}


# ----------------------------------------------------------------------- a cell of each kind of field


def _text(field: Field, cell: Any, style: Style, zone: str | None) -> str:
    if not isinstance(cell, str):
        return shown(cell)
    text = cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
    return text.strip(_BLANK) if field.name == "name" else text


def _trimmed(field: Field, cell: Any, style: Style, zone: str | None) -> str:
    return _text(field, cell, style, zone).strip(_BLANK)


def _texts(field: Field, cell: Any, style: Style, zone: str | None) -> tuple[str, ...]:
    return tuple(split(_text(field, cell, style, zone)))


def _zone(field: Field, cell: Any, style: Style, zone: str | None) -> str:
    name = _trimmed(field, cell, style, zone)
    zone_of(name)
    return name


def _date(field: Field, cell: Any, style: Style, zone: str | None) -> str | Kept:
    return day(cell, style.order, (zone and zone.strip(_BLANK)) or style.zone, style.midnight)


def _range(field: Field, cell: Any, style: Style, zone: str | None) -> tuple[str | None, str | None] | Kept:
    """First and last day; a single day is the last one."""
    days, losses = [], []
    for end in ends(cell):
        read = _date(field, end, style, zone)
        if isinstance(read, Kept):
            losses.append(read.loss)
            read = str(read.value)
        days.append(read)
    first, last = (days[0], days[1]) if len(days) == 2 else (None, days[0])
    if first and first > last:
        raise Unreadable(f"ends before it begins; write {last} → {first} if that is meant")
    return Kept((first, last), losses[0]) if losses else (first, last)


def _priority(field: Field, cell: Any, style: Style, zone: str | None) -> str | Kept:
    word = bare(_trimmed(field, cell, style, zone))
    _, rounded, nearest = word.rpartition("~")  # a preset's word for the nearest: `Highest~high`
    priority = f"~{nearest}" if rounded and nearest in PRIORITIES else _PRIORITY_WORDS.get(word)
    if priority is None:
        raise Unreadable(
            f"is no priority; write one of {', '.join(PRIORITIES)}, "
            "or say what it means under [values.priority] in a --mapping file"
        )
    if priority.startswith("~"):
        return Kept(priority[1:], f"the nearest priority is taken ({priority[1:]})")
    return priority


def _boolean(field: Field, cell: Any, style: Style, zone: str | None) -> bool:
    word = bare(_trimmed(field, cell, style, zone))
    if word not in YES and word not in NO:
        raise Unreadable("is neither yes nor no; write yes or no")
    return word in YES


_SHARE = re.compile(r"(\d{1,3}(?:[.,]\d+)?) ?(%?)", re.ASCII)
_EMPTY_DATE = re.compile(  # 0/0/00, 1/0/1900, 1900-01-00, 30.12.1899: zero in the forms of programs
    r"0+([/.-])\d+\1\d+.*|\d+([/.-])0+\2\d+.*|\d{4}-\d+-0+(?!\d).*|.*\b1899\b.*", re.ASCII
)


def _mark(field: Field, cell: Any, style: Style, zone: str | None) -> bool:
    """Anything but a no is a mark: yes, a day, a name. A share is one when it is whole: 100%, 1."""
    word = bare(_trimmed(field, cell, style, zone))
    if share := _SHARE.fullmatch(word):
        number = float(share[1].replace(",", "."))
        return number >= 100 or (number == 1 and not share[2])
    return word not in NO and word not in UNDONE and not _EMPTY_DATE.fullmatch(word)


def _repeat(field: Field, cell: Any, style: Style, zone: str | None) -> str | Kept:
    found = rule(_trimmed(field, cell, style, zone))
    return found or Kept(None, "a repeat rule that isn't certain is kept in the notes as text")


_WHOLE = re.compile(r"([+-]?)0*(\d+)(?:\.0{1,2})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}([,.'’ \u00a0\u202f]\d{3})+", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+", re.ASCII)
_MANGLED = re.compile(r"-?\d([.,]\d+)?[eE]\+\d{2,3}", re.ASCII)  # 12e34 and 1E5 may well be ids
_DECIMAL = re.compile(r"[+-]?\d{1,300}([.,]\d{1,300})?", re.ASCII)
_LARGEST = 2**63 - 1


def is_mangled(text: str) -> bool:
    """Whether it is a long number that a spreadsheet program has shortened: 1.23E+15."""
    return bool(_MANGLED.fullmatch(text.strip()))


def _integer(field: Field, cell: Any, style: Style, zone: str | None) -> int:
    return _whole(_trimmed(field, cell, style, zone) if isinstance(cell, str) else "")


def _whole(text: str) -> int:
    found = _WHOLE.fullmatch(text)
    if found:
        number = int(found[1] + found[2]) if len(found[2]) <= 19 else _LARGEST + 1
        if not -_LARGEST <= number <= _LARGEST:
            raise Unreadable("has more digits than an id or a number can have")
        return number
    if _SCIENTIFIC.fullmatch(text):
        raise Unreadable("is a shortened number, digits are lost; write all of them")
    if _GROUPED.fullmatch(text):
        digits = re.sub(r"[^\d+-]", "", text)
        raise Unreadable(f"has marks between its digits; write {digits} if that is meant")
    raise Unreadable("is no whole number; write digits only, such as 7")


def _integers(field: Field, cell: Any, style: Style, zone: str | None) -> tuple[int, ...] | None:
    text = _trimmed(field, cell, style, zone)
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    parts = [part.strip(_BLANK + '"') for part in re.split(r"[,;\n]", text)]
    return tuple(dict.fromkeys(_whole(part) for part in parts if part)) or None


def _number(field: Field, cell: Any, style: Style, zone: str | None) -> float:
    text = _trimmed(field, cell, style, zone)
    if not isinstance(cell, str) or not _DECIMAL.fullmatch(text):
        raise Unreadable("is no number; write one such as 7.5")
    return float(text.replace(",", "."))


def _minutes(field: Field, cell: Any, style: Style, zone: str | None) -> int | Kept:
    return durations.minutes(cell, style.unit)


def _seconds(field: Field, cell: Any, style: Style, zone: str | None) -> int | Kept:
    return durations.seconds(cell, "seconds")


_READERS: dict[Kind, Read] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.INSTANT: _trimmed,
    Kind.MINUTES: _minutes,
    Kind.SECONDS: _seconds,
    Kind.PRIORITY: _priority,
    Kind.COLOR: _trimmed,
    Kind.RRULE: _trimmed,
    Kind.INTEGERS: _integers,
    Kind.TEXTS: _texts,
    Kind.NAME: _trimmed,
    Kind.NAMES: _trimmed,
    Kind.ZONE: _zone,
    Kind.MARK: _mark,
    Kind.RANGE: _range,
    Kind.REPEAT: _repeat,
}
