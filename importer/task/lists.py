"""Many values in one cell: joined by `, `, a value holding a comma or a quote quoted as in CSV."""

import re
from collections.abc import Iterable

_MARKS = (",", ";", '"', "\n")
_PART = re.compile(r'\s*(?:"((?:[^"]|"")*)"[^\S\n]*(?=[,;\n]|$)|([^,;\n]*))(?:[,;\n]|$)')


def join(values: Iterable[object]) -> str:
    """`["a", "b, c"]` → `a, "b, c"`. split() is its inverse for values that are not blank."""
    return ", ".join(_quoted(str(value)) for value in values)


def split(text: str) -> list[str]:
    """The values of a cell, trimmed; blank ones left out. `;` and line breaks separate as well."""
    if not any(mark in text for mark in _MARKS):
        return [text.strip()] if text.strip() else []
    parts = (
        match[1].replace('""', '"') if match[1] is not None else match[2].strip()
        for match in _PART.finditer(text)
    )
    return [part for part in parts if part.strip()]


def _quoted(value: str) -> str:
    if any(mark in value for mark in _MARKS) or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value
