"""Days: from a cell to `YYYY-MM-DD`, and what the text dates of a sheet say about their order.

`day()` tries READERS one after another; the first that knows a text's form answers for it. Nothing
here guesses: a numeric date such as 01/02/2024 is read in the order that it is told, or refused.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from importer.task.words import tidy

EXAMPLE = "2026-03-31"
YEARS = (1900, 2200)
TIME = "the time of day is left out"
SERIALS = (20_000, 109_939)  # 1954-10-03 … 2200-12-31: below that a number is a year, a count or a mistake
_EPOCH = date(1899, 12, 30)  # day 0 of Excel, right from 1900-03-01 on
_SUCH = f"a day such as {EXAMPLE}"
_ZERO = f"is Excel's zero, an empty date; clear the cell or write {_SUCH}"


class Unreadable(ValueError):
    """A value that can't be understood; the text says what would be right."""


class Relative(Unreadable):
    """A date that says how far it is from a day that the file does not tell."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A value of which a part did not travel; `loss` says which."""

    value: object
    loss: str


Moment: TypeAlias = date | datetime  # a datetime where a time was written, aware where a zone was


# ------------------------------------------------------------------------------- one cell → one day


def day(
    cell: object, order: str | None = None, zone: str | None = None, midnight: float | None = None
) -> str | Kept:
    """The day of a date, a datetime or a text, as `YYYY-MM-DD`.

    `order` is that of numeric text dates ("dmy", "mdy"). An instant with an offset becomes the day
    that it is in `zone`, else the day as written. `midnight`: without a zone an instant is that many hours
    after midnight in a zone that nobody knows, so that the nearest midnight in UTC begins its day; no zone
    makes one of an instant between two quarters of an hour. A time of day other than midnight, or than that
    hour, is a loss. Raises Unreadable.
    """
    if isinstance(cell, str):
        moment = _read(tidy(cell), order)
    elif isinstance(cell, date):
        moment = cell
    else:
        raise Unreadable(f"is no date; write {_SUCH}")
    if not YEARS[0] <= moment.year <= YEARS[1]:
        zero = moment.year == _EPOCH.year and moment.month == _EPOCH.month
        raise Unreadable(_ZERO if zero else f"is not between {YEARS[0]} and {YEARS[1]}; write {_SUCH}")
    if not isinstance(moment, datetime):
        return moment.isoformat()
    if moment.tzinfo is not None and zone:
        moment = moment.astimezone(zone_of(zone))
    elif moment.tzinfo is not None and midnight is not None and _on_a_quarter(moment):
        nearest = moment.astimezone(UTC) + timedelta(hours=12 - midnight)
        return nearest.date().isoformat()
    found = moment.date().isoformat()
    if moment.time() == time() or (moment.tzinfo is not None and _clock(moment) == midnight):
        return found
    if moment.tzinfo is not None and not zone:
        return Kept(found, "an instant's day is taken as written; --timezone says where it is meant")
    return Kept(found, TIME)


def _clock(moment: datetime) -> float:
    """Hours since midnight."""
    return (moment - datetime.combine(moment.date(), time(), moment.tzinfo)) / timedelta(hours=1)


def _on_a_quarter(moment: datetime) -> bool:
    """Offsets of zones are quarters of an hour."""
    return moment.minute % 15 == moment.second == moment.microsecond == 0


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """The zone of a name such as Europe/Berlin. Raises Unreadable."""
    try:
        return ZoneInfo(name.strip())
    except (ValueError, LookupError, OSError):  # a bad key, an unknown one, a folder of zones
        raise Unreadable(f"{name.strip()!r} is no time zone; write one such as Europe/Berlin") from None


def written(moment: Moment) -> str:
    """A date as people see it: `2026-03-31`, `2026-03-31 14:30`."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    if moment.time() == time():
        return moment.date().isoformat()
    clock = moment.time()
    exact = "seconds" if clock.second or clock.microsecond else "minutes"
    return f"{moment.date().isoformat()} {clock.isoformat(exact)}"


# ------------------------------------------------------------------------------------ forms of text

_GAP = r"(?: |,|, |[Tt])"
_TIME = (
    r"(?P<hour>\d{1,2})(?::| ?h ?)(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?: ?(?P<half>[AaPp])\.? ?[Mm]\.?)?(?: Uhr)?"
    r" ?(?P<offset>[Zz]|(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?|UTC|GMT)?"
    r"(?: ?(?:\([^()]*\)|\[[^\[\]]*\]))?"  # (Central European Time), [Europe/Berlin]: the zone once more
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})(?:{_GAP}{_TIME})?",
    re.ASCII,
)
_COMPACT = re.compile(
    rf"(?P<year>\d{{4}})(?P<month>\d{{2}})(?P<day>\d{{2}})(?:[Tt]{_TIME})?",
    re.ASCII,
)
_TRIPLE = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<sep>[-/.]) ?(?P<second_number>\d{{1,2}})(?P=sep) ?(?P<year>\d{{4}}|\d{{2}})"
    rf"(?:{_GAP}{_TIME})?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(?P<whole>\d+)(?:[.,](?P<part>\d+))?", re.ASCII)


_WORD = r"[^\W\d_]+"
_MONTH = rf"(?P<month>{_WORD})"
_DAY_NAME = rf"(?P<weekday>{_WORD}(?:-{_WORD})?)\.?"
_WEEKDAY = rf"(?:(?:den|le|el) |{_DAY_NAME},? (?:(?:den|le|el) )?)?"
_CLOCK = rf"(?:(?:,| -)? (?:um |at |à |a las |às |om )?{_TIME})?"
_DAY = r"(?P<day>\d{1,2})"
_IN_WORDS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        # Thu Feb 05 2026 08:46:08 GMT+0000, of which the first word may be any
        rf"{_WORD} (?=.* GMT){_MONTH} {_DAY} (?P<year>\d{{4}}) {_TIME}",
        # March 4, 2026 · Mar 4th 2026
        rf"{_WEEKDAY}{_MONTH}\.? {_DAY}(?:st|nd|rd|th)?,? (?P<year>\d{{4}}){_CLOCK}",
        # 12/Mar/24 9:41 AM · 4. März 2026 · Mo, 4 de marzo de 2026
        rf"{_WEEKDAY}{_DAY}(?:st|nd|rd|th|er|º|ª|\.)?[-/ ]?(?:de |of )?{_MONTH}\.?,?[-/ ]?(?:de |del )?"
        rf"(?P<year>\d{{4}}|\d{{2}}){_CLOCK}",
        # 2026-Mar-04
        rf"(?P<year>\d{{4}})[-/ ]{_MONTH}\.?[-/ ]{_DAY}{_CLOCK}",
    )
]
_NO_YEAR = re.compile(
    rf"{_WEEKDAY}(?:{_MONTH}\.? \d{{1,2}}|\d{{1,2}}\.? (?:de )?(?P<month_after>{_WORD})\.?){_CLOCK}",
    re.IGNORECASE,
)
_ONLY_WEEKDAY = re.compile(_DAY_NAME + _CLOCK, re.IGNORECASE)
_FROM_NOW = re.compile(
    r"(?:in \d+ |today|tomorrow|yesterday|next |this |heute|morgen|übermorgen|nächste[nrs]?|aujourd|demain"
    r"|hoy|mañana|hoje|amanhã|vandaag)\b.*",
    re.IGNORECASE,
)


def _read(text: str, order: str | None) -> Moment:
    for reader in READERS:
        moment = reader(text, order)
        if moment is not None:
            return moment
    raise Unreadable(f"is no date; write {_SUCH}")


def _iso(text: str, order: str | None) -> Moment | None:
    found = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        return None
    return _moment(found, int(found["year"]), int(found["month"]), int(found["day"]))


def _triple(text: str, order: str | None) -> Moment | None:
    found = _TRIPLE.fullmatch(text)
    if found is None:
        return None
    first, second = int(found["first"]), int(found["second_number"])
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    if order == "mdy":
        return _moment(found, year, first, second, " in the order month/day/year")
    if order == "dmy":
        return _moment(found, year, second, first, " in the order day/month/year")
    if first == second:
        return _moment(found, year, first, first)
    if not any(_is_day(year, *pair) for pair in ((first, second), (second, first))):
        raise Unreadable(f"is no day of the calendar; write {_SUCH}")
    raise Unreadable(f"needs its order told: --dates dmy or --dates mdy, or write {_SUCH}")


def _serial(text: str, order: str | None) -> Moment | None:
    """Excel's day number; its fraction is the time of day."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    if len(found["whole"]) in (12, 13) and not (found["part"] or "").strip("0") and text[0] != "-":
        return datetime.fromtimestamp(int(found["whole"]) / 1000, UTC)  # milliseconds since 1970
    whole = int(found["whole"]) if len(found["whole"]) < 9 and not text.startswith("-") else -1
    if whole == 0:
        raise Unreadable(_ZERO)
    if YEARS[0] <= whole <= YEARS[1] and not found["part"]:
        raise Unreadable(f"is a year and no day; write one such as {whole}-03-31")
    if not SERIALS[0] <= whole <= SERIALS[1]:
        raise Unreadable(f"is a number and no date; write {_SUCH}")
    found_day = _EPOCH + timedelta(days=whole)
    seconds = round(float(f"0.{found['part'] or 0}") * 86_400)
    if not seconds:
        return found_day
    return datetime.combine(found_day, time()) + timedelta(seconds=seconds)


def _in_words(text: str, order: str | None) -> Moment | None:
    from importer.task.months import month, weekday

    if not any(letter.isalpha() for letter in text):
        return None
    for form in _IN_WORDS:
        found = form.fullmatch(text)
        number = month(found["month"]) if found else None
        if found and number and ((told := found.groupdict().get("weekday")) is None or weekday(told)):
            year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
            return _moment(found, year, number, int(found["day"]))
    part, alone = _NO_YEAR.fullmatch(text), _ONLY_WEEKDAY.fullmatch(text)
    without_year = part and month(part["month"] or part["month_after"])
    if _FROM_NOW.match(text) or without_year or (alone and weekday(alone["weekday"])):
        raise Relative(f"depends on the day on which the file was made; write all of it, such as {EXAMPLE}")
    return None


Reader: TypeAlias = Callable[[str, str | None], Moment | None]
READERS: list[Reader] = [_iso, _triple, _serial, _in_words]


def _moment(found: re.Match[str], year: int, month: int, number: int, how: str = "") -> Moment:
    if year == YEARS[0] and number == 0:
        raise Unreadable(_ZERO)
    try:
        plain = date(year, month, number)
    except ValueError:
        swapped = _swapped(year, month, number) if how else None
        raise Unreadable(f"is no day of the calendar{how}; write {swapped or _SUCH}") from None
    if found["hour"] is None:
        return plain
    hour = int(found["hour"])
    half = found["half"]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half in "Pp" else 0)
    elif half:
        hour = -1
    try:
        clock = time(hour, int(found["minute"]), int(found["second"] or 0))
        return datetime.combine(plain, clock, _offset(found["offset"]))
    except ValueError:
        raise Unreadable(f"has no such time of day; write {_SUCH}") from None


def _swapped(year: int, month: int, number: int) -> str | None:
    try:
        return date(year, number, month).isoformat()
    except ValueError:
        return None


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    sign, digits = text.upper().removeprefix("GMT").removeprefix("UTC")[:1], re.sub(r"\D", "", text)
    minutes = int(digits[:2] or 0) * 60 + int(digits[2:] or 0)
    return timezone(timedelta(minutes=-minutes if sign == "-" else minutes))


# ------------------------------------------------------------------- the order of a sheet's text dates


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the distinct cells of one date column say: how many, and one of each as a sample.

    `dmy` have a first number above 12, `mdy` a second one, `open` neither; a date such as
    03/03/2024 is the same in both orders and counts nowhere. `real` are dates that Excel knows to
    be dates. `a + b` joins the evidence of two chunks of the same column.
    """

    dmy: int = 0
    mdy: int = 0
    open: int = 0
    real: int = 0
    dmy_sample: str | None = None
    mdy_sample: str | None = None
    open_sample: str | None = None
    real_sample: str | None = None

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(
            self.dmy + other.dmy,
            self.mdy + other.mdy,
            self.open + other.open,
            self.real + other.real,
            self.dmy_sample or other.dmy_sample,
            self.mdy_sample or other.mdy_sample,
            self.open_sample or other.open_sample,
            self.real_sample or other.real_sample,
        )

    @property
    def mixed(self) -> bool:
        """Real dates beside text dates that Excel could not read: it may have swapped the others.

        Opening 31/03/2024 and 01/02/2024 where months come first leaves the one as text and makes
        the other 2 January; the same happens the other way round.
        """
        return bool(self.real and (self.dmy or self.mdy))


def evidence(values: Iterable[object]) -> Evidence:
    """What a column, or a chunk of one, says about the order of its text dates."""
    total = Evidence()
    for value in dict.fromkeys(end for cell in values for end in ends(cell)):
        if isinstance(value, str):
            kind = _order_of(value)
            if kind:
                total += Evidence(**{kind: 1, f"{kind}_sample": value.strip()})  # type: ignore[arg-type]
        elif isinstance(value, date) and value.year >= YEARS[0]:  # not Excel's zero
            total += Evidence(real=1, real_sample=written(value))
    return total


_BETWEEN = re.compile(r" ?(?:→|⟶|->|…) ?| (?:-|–|—|to|until|till|bis|al?|au|até|tot) ", re.IGNORECASE)


_ONLY_CLOCK = re.compile(_TIME)


def ends(cell: object) -> list[object]:
    """The dates of a cell: two of a range such as `1 May 2026 → 5 May 2026`, else the cell itself.

    `4 May 2026 9:00 → 11:00` is from that day to that day.
    """
    if not isinstance(cell, str):
        return [cell]
    parts = _BETWEEN.split(tidy(cell))
    if len(parts) != 2 or not all(parts):
        return [cell]
    if _ONLY_CLOCK.fullmatch(parts[1]):
        return [parts[0], parts[0]] if ":" in parts[0] else [cell]
    return list(parts)


def _order_of(text: str) -> str | None:
    """dmy, mdy or open; None for a text that is no numeric date or the same in both orders."""
    found = _TRIPLE.fullmatch(tidy(text))
    if found is None:
        return None
    first, second = int(found["first"]), int(found["second_number"])
    if first == second or not (1 <= first <= 31 and 1 <= second <= 31) or min(first, second) > 12:
        return None
    year = int(found["year"])
    if not any(_is_day(year, *pair) for pair in ((first, second), (second, first))):
        return None  # 31/02/2026 is a slip and proves nothing
    if found["sep"] == "-" and len(found["year"]) == 2 and first > 12:
        return "open"  # 24-03-15 may well begin with the year
    return "dmy" if first > 12 else "mdy" if second > 12 else "open"


def _is_day(year: int, month: int, number: int) -> bool:
    try:
        date(year, month, number)
    except ValueError:
        return False
    return True


def decide(evidences: Iterable[Evidence]) -> str | None:
    """The order of all text dates of a sheet, from its date columns; None: a person must say.

    | some prove dmy | some prove mdy | others are open | order |
    |---|---|---|---|
    | yes | no | any | dmy |
    | no | yes | any | mdy |
    | yes | yes | any | None: they contradict each other |
    | no | no | yes | None: nothing decides |
    | no | no | no | iso: nothing to decide |

    A column of which real dates may have been swapped (`Evidence.mixed`) is None whatever the rest says.
    """
    columns = list(evidences)
    dmy, mdy = any(e.dmy for e in columns), any(e.mdy for e in columns)
    if (dmy and mdy) or any(e.mixed for e in columns):
        return None
    if dmy or mdy:
        return "dmy" if dmy else "mdy"
    return None if any(e.open for e in columns) else "iso"


def undecided(evidences: Iterable[Evidence]) -> str:
    """Why decide() gave None, in words for a person, with the values that matter."""
    columns = list(evidences)
    dmy = next((e.dmy_sample for e in columns if e.dmy), None)
    mdy = next((e.mdy_sample for e in columns if e.mdy), None)
    mixed = next((e for e in columns if e.mixed), None)
    if dmy and mdy:
        return f"{dmy} has the day first and {mdy} the month: the dates of the sheet contradict each other."
    if mixed:
        return (
            f"{mixed.dmy_sample or mixed.mdy_sample} is text beside real dates such as {mixed.real_sample}: "
            "a spreadsheet program may have swapped day and month of those."
        )
    sample = next((e.open_sample for e in columns if e.open), "")
    return f"{sample} can be read in two orders, and no date of the sheet decides which."
