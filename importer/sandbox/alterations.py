"""Alterations: what a `change` of the plan makes of one row."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from importer.sandbox.datafile import Row
from importer.sandbox.instants import plain_date

# option → what becomes of a text; in this order, cutting comes last
_OF_TEXT: dict[str, Callable[[str], str]] = {
    "nfc": lambda text: unicodedata.normalize("NFC", text),
    "strip": str.strip,
    "collapse": lambda text: re.sub(r"\s+", " ", text),
    "upper": str.upper,
    "lower": str.lower,
    "instant": lambda text: f"{text}T00:00:00Z" if plain_date(text) else text,
}


def changed(row: Row, change: Mapping[str, Any], *, gone: bool) -> Row:
    """`gone`: a dropped field is missing, else it is null."""
    row = row | change["set"]
    for option, alter in _OF_TEXT.items():
        row |= {name: alter(row[name]) for name in change[option] if isinstance(row.get(name), str)}
    for name, length in change["trim"].items():
        if isinstance(row.get(name), str):
            row[name] = row[name][:length]
    for name in change["drop"]:
        if gone:
            row.pop(name, None)
        else:
            row[name] = None
    return row
