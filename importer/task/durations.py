"""Durations: `90`, `1:30`, `1h 30m`, `1,5 h`, and a spreadsheet's own, as whole minutes or seconds.

A bare number has the unit that the header names (`unit_of`). A day is eight hours of work and a
week five such days, as in the tools that plan work; since others may mean 24 hours, that reading
is always said, as a loss, so that a strict run refuses it. A spreadsheet's own duration of a day
is 24 hours: there nothing needs reading.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction

from importer.task.dates import Kept, Unreadable
from importer.task.words import tidy

_SECONDS: dict[str, int | Fraction] = {
    "milliseconds": Fraction(1, 1000),
    "seconds": 1,
    "minutes": 60,
    "hours": 3600,
    "days": 8 * 3600,
    "weeks": 5 * 8 * 3600,
}
_WORDS = {
    word: unit
    for unit, words in {
        "milliseconds": "ms millisecond milliseconds",
        "seconds": "s sec secs second seconds sek sekunde sekunden seconde secondes segundo segundos",
        "minutes": "m min mins minute minutes minuten minuto minutos minuut",
        "hours": "h hr hrs hour hours std stdn stunde stunden heure heures hora horas uur uren",
        "days": "d day days tag tage tagen j jour jours día días dia dias dag dagen",
        "weeks": "w wk wks week weeks woche wochen semaine semaines semana semanas weken",
    }.items()
    for word in words.split()
}
_OF_WORK = ("days", "weeks")
_CLOCK_WORDS = {"hh": "hours", "mm": "minutes", "ss": "seconds"}
_ONLY_IN_BRACKETS = {"s", "m", "d", "j", "w", "ms", "week", "woche", "semaine", "semana"}

_GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3}|\.\d\d0)", re.ASCII)
_BARE = re.compile(r"\d{1,15}([.,]\d{1,30})?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,15}):([0-5]\d)(?::([0-5]\d(?:[.,]\d{1,9})?))?(?: ?([a-z]+)\.?)?", re.ASCII)
_PART = re.compile(r"(?:and |und |et |y |e |en |[,+&] ?)?([0-9]{1,15}(?:[.,][0-9]{1,30})?) ?([^\W\d_]*)\.? ?")
_ISO = re.compile(r"p(?=\w)(\d+w)?(\d+d)?(?:t(.+))?", re.ASCII)
_ZERO_DAY = date(1899, 12, 30)  # a time of day without a date, as some readers give it
_NOISE = Fraction(1, 1_000_000)  # 0.1 h of a spreadsheet may be 0.09999999999999998 h
_LARGEST = 2**63 - 1

_UNCLEAR = "is no duration; write minutes such as 90, or 1:30, or 1h 30m"


def largest_bare(cells: Iterable[object]) -> float | None:
    """The largest number without a unit among `cells`; None where there is none."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str)]
    return max((float(t.replace(",", ".")) for t in texts if _BARE.fullmatch(t)), default=None)


def unit_of(title: str) -> str | None:
    """The unit that a header names for bare numbers: `Estimate (h)`, `Estimated hours` → "hours".

    "seconds", "minutes", "hours" … ; None when it names none, or several as in `(h:mm)`. What stands in
    brackets wins, and any other unit over weeks: `Hours per week`.
    """
    bracketed = " ".join(re.findall(r"[(\[](.*?)[)\]]", title))
    for text, bare in ((bracketed, True), (title, False)):
        words = re.findall(r"[^\W\d_]+", tidy(text.casefold()))
        if not bare:
            words = [word for word in words if word not in _ONLY_IN_BRACKETS]
        units = {_WORDS.get(word) or _CLOCK_WORDS.get(word) for word in words} - {None}
        units = units - {"weeks"} or units
        if units:
            return units.pop() if len(units) == 1 else None
    return None


def minutes(cell: object, unit: str) -> int | Kept:
    """A cell as whole minutes, a half rounded up. Rounding is a loss. Raises Unreadable."""
    return _whole(cell, unit, 60, "minute")


def seconds(cell: object, unit: str) -> int | Kept:
    return _whole(cell, unit, 1, "second")


def _whole(cell: object, unit: str, size: int, word: str) -> int | Kept:
    exact, in_days = _length(cell, unit)
    amount = exact / size
    if amount < 0:
        raise Unreadable("is negative; a duration is 0 or more")
    number = int(amount + Fraction(1, 2))
    if number > _LARGEST:
        raise Unreadable("is too long for a duration")
    losses = []
    if in_days:
        losses.append("a day is taken as 8 hours of work")
    if abs(amount - number) > _NOISE:
        losses.append(f"rounded to {number} {word}{'' if number == 1 else 's'}")
    return Kept(number, "; ".join(losses)) if losses else number


def _length(cell: object, unit: str) -> tuple[Fraction, bool]:
    """Seconds, and whether days of work were turned into hours for them."""
    if isinstance(cell, timedelta):
        return Fraction(cell // timedelta(microseconds=1), 1_000_000), False
    if isinstance(cell, datetime) and cell.date() == _ZERO_DAY:
        return Fraction(cell.hour * 3600 + cell.minute * 60 + cell.second), False
    if isinstance(cell, str):
        return _read(tidy(cell.casefold()), unit)
    raise Unreadable("is a date and no duration; write minutes such as 90, or 1:30")


def _read(text: str, unit: str) -> tuple[Fraction, bool]:
    if text[:1] in ("-", "−", "–") and text[1:2].isdigit():
        raise Unreadable("is negative; a duration is 0 or more")
    if _GROUPED.fullmatch(text):
        plain = re.sub(r"[.,]", "", text)
        raise Unreadable(f"can be read in two ways; write {plain}, or another number of decimals")
    if _BARE.fullmatch(text):
        return _number(text) * _SECONDS[unit], unit in _OF_WORK
    clock = _CLOCK.fullmatch(text)
    if clock and _WORDS.get(clock[4] or "h") == "hours":
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + _number(clock[3] or "0"), False
    iso = _ISO.fullmatch(text)
    if iso:
        text = " ".join(filter(None, iso.groups()))
    return _parts(text)


def _parts(text: str) -> tuple[Fraction, bool]:
    """`1h 30m`, `1 hour and 30 minutes`, `1h30`: each unit once, the longer first."""
    total, at, last, in_days = Fraction(0), 0, "", False
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise Unreadable(_UNCLEAR)
        word = part[2] or ("m" if last == "hours" else "?")
        unit = _WORDS.get(word)
        if unit is None or (last and _SECONDS[unit] >= _SECONDS[last]):
            raise Unreadable(_UNCLEAR)
        total += _number(part[1]) * _SECONDS[unit]
        in_days = in_days or unit in _OF_WORK
        last, at = unit, part.end()
    return total, in_days


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", "."))
