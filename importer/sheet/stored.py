"""What a cell of a workbook holds for a value: text escaped as workbooks escape it, dates as serial numbers.

What a workbook can't hold is counted in `lost`, by what is to be said of it.
"""

import re
from collections import Counter
from datetime import UTC, date, datetime
from functools import lru_cache

LONGEST = 32_767  # UTF-16 units; Excel's own limit
EXACT = 2**53 - 1  # a cell's number is a double, and 2**53 can't be told from its neighbour
_ODD = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_x(?=[0-9A-Fa-f]{4}_)")
_BLANK = re.compile("[ \t\n]")
_UNSTORABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_DAY_ZERO = date(1899, 12, 30).toordinal()
_FIRST = 61  # 1 March 1900; before it programs disagree, since Excel knows a 29 February 1900

UNSTORABLE = "texts hold characters that no workbook can store; they are shown as �"
CUT = "texts are longer than a cell holds (32,767 characters) and were cut"
LONG_NUMBERS = "numbers are longer than a cell's numbers are exact (2^53); they stand as text"
NO_NUMBERS = "values are no finite numbers; they stand as text"
UNSHOWN = "dates are none that a workbook can show (before March 1900); they stand as text"


def stored_text(text: str, lost: Counter[str]) -> str:
    """The text as the file has it: `_x0001_` for a control character, `_x005F_x` for a literal `_x`."""
    odd = _ODD.search(text)
    if odd and _UNSTORABLE.search(text):
        text = _UNSTORABLE.sub("\ufffd", text)
        lost[UNSTORABLE] += 1
    if len(text) > LONGEST // 2 and len(units := text.encode("utf-16-le")) > 2 * LONGEST:
        text = units[: 2 * LONGEST].decode("utf-16-le", "ignore")  # no half of a pair at the end
        lost[CUT] += 1
    if odd:
        text = _ODD.sub(_escaped, text)
    # openpyxl has readers keep blanks around text, not those of text that is all blank
    return _BLANK.sub(_escaped, text) if text.isspace() else text


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    return "_x005F_x" if found == "_x" else f"_x{ord(found):04X}_"


@lru_cache(4096)
def day(text: str) -> str | None:
    """The serial number of an ISO date, as text; None for other text and before March 1900."""
    try:
        serial = date.fromisoformat(text).toordinal() - _DAY_ZERO
    except ValueError:
        return None
    return str(serial) if serial >= _FIRST else None


def instant(text: str) -> str | None:
    """The serial number of an instant, in UTC and whole seconds; what names no zone is UTC already."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    serial = moment.toordinal() - _DAY_ZERO
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return f"{serial + seconds / 86_400:.11f}" if serial >= _FIRST else None


def is_date(text: str) -> bool:
    """Whether a text is a date: one that `day` and `instant` give None for has no serial number."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
