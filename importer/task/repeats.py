"""Repeat rules: the few texts that surely mean one, as an iCalendar RRULE."""

import re
import warnings
from functools import lru_cache

from importer.task.words import tidy

_DAYS = {
    "MO": "monday mon montag mo",
    "TU": "tuesday tue tues dienstag di",
    "WE": "wednesday wed mittwoch mi",
    "TH": "thursday thu thurs donnerstag do",
    "FR": "friday fri freitag fr",
    "SA": "saturday sat samstag sonnabend sa",
    "SU": "sunday sun sonntag so",
}
_DAY = {word: day for day, words in _DAYS.items() for word in words.split()}
_UNITS = {
    "DAILY": "day days tag tage tagen",
    "WEEKLY": "week weeks woche wochen",
    "MONTHLY": "month months monat monate monaten",
    "YEARLY": "year years jahr jahre jahren",
}
_UNIT = {word: rate for rate, words in _UNITS.items() for word in words.split()}
_SINGLE = {
    "daily": "DAILY", "täglich": "DAILY", "weekly": "WEEKLY", "wöchentlich": "WEEKLY", "monthly": "MONTHLY",
    "monatlich": "MONTHLY", "yearly": "YEARLY", "annually": "YEARLY", "jährlich": "YEARLY",
}  # fmt: skip
_WORKDAYS = {"every weekday", "every workday", "weekdays", "werktags", "jeden werktag", "wochentags"}
_EVERY, _SECOND = r"(?:every|each|ev|jeden|jede|jedes|alle)", r"other|second|zweite[nrs]?|2\."
_EACH = re.compile(rf"{_EVERY}(?: (\d{{1,3}}|{_SECOND}))? (\w+)")


_OWN = re.compile(r"(?:RRULE:)?((?:[A-Z-]+=[A-Z0-9,:+-]+;)*[A-Z-]+=[A-Z0-9,:+-]+)", re.ASCII)
_NO_TIMES = re.compile(r"(?:INTERVAL|COUNT)=(?!0*[1-9]\d*(?:;|$))")


@lru_cache(maxsize=4096)
def rule(text: str) -> str | None:
    """`every 2 weeks`, `jeden Montag`, `RRULE:FREQ=DAILY` → the bare rule; None where it isn't certain.

    Todoist's `every! 3 days` counts from the day on which it was done, which no rule can say.
    """
    plain = tidy(text.casefold()).rstrip(".")
    if "freq=" in plain:
        return _own(tidy(text).upper())
    if plain in _SINGLE:
        return f"FREQ={_SINGLE[plain]}"
    if plain in _WORKDAYS:
        return "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    found = _EACH.fullmatch(plain)
    if not found:
        return None
    times = 1 if found[1] is None else int(found[1]) if found[1].isdigit() else 2
    every = f";INTERVAL={times}" if times > 1 else ""
    if found[2] in _UNIT and times:
        return f"FREQ={_UNIT[found[2]]}{every}"
    if found[2] in _DAY and (times == 1 or not found[1].isdigit()):
        return f"FREQ=WEEKLY{every};BYDAY={_DAY[found[2]]}"
    return None


def _own(text: str) -> str | None:
    """A rule as it stands, where it can be read as a single one."""
    from dateutil.rrule import rrulestr

    found = _OWN.fullmatch(text)
    if found is None or _NO_TIMES.search(text):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # dateutil only warns of a zone that it doesn't know
            rrulestr(found[1])
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, Warning):
        return None
    return found[1]
