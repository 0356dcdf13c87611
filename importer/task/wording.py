"""Wording: a tool's words in cells, made plain as its preset says: each distinct text once."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from importer.task.fields import BY_NAME, Kind
from importer.task.lists import join, split
from importer.task.preset import Clean, Preset, word_of

if TYPE_CHECKING:
    import pandas as pd

LISTS = (Kind.NAMES, Kind.TEXTS)  # fields of which a cell may hold several values
_FORMULA = ("'=", "'+", "'-", "'@")  # what a tool guards with a '


def tidy(cells: "pd.Series[Any]", rules: Preset) -> "pd.Series[Any]":
    """Without the guard that the tool writes, and with its words for nothing as nothing."""
    if not rules.blank and not rules.guarded:
        return cells

    def mend(text: str) -> str | None:
        if word_of(text) in rules.blank:
            return None
        return text[1:] if rules.guarded and text.startswith(_FORMULA) else text

    return _mended(cells, mend)


def plain_words(
    name: str, cells: "pd.Series[Any]", clean: Clean | None, words: Mapping[str, str]
) -> "pd.Series[Any]":
    """The cells of a field with its cleaning and vocabulary applied."""
    if clean is None and not words:
        return cells
    many = BY_NAME[name].kind in LISTS

    def mend(text: str) -> str | None:
        if (whole := words.get(word_of(text))) is not None:
            return _replaced(name, text, whole)
        parts = [
            _replaced(name, part, words[word_of(part)]) if word_of(part) in words else part
            for part in _cleaned(text, clean, many)
        ]
        kept = [part for part in parts if part and part.strip()]
        if clean and clean.split and not many:
            del kept[1:]
        return join(kept) if many else "\n".join(kept)

    return _mended(cells, mend)


def beyond_the_first(
    name: str, cells: "pd.Series[Any]", clean: Clean | None, words: Mapping[str, str]
) -> Iterator[tuple[int, str]]:
    """(row, cell) of those that hold several values of a field that takes one."""
    if clean is None or clean.split is None or BY_NAME[name].kind in LISTS:
        return
    for row, cell in cells[cells.map(lambda cell: isinstance(cell, str))].items():
        if word_of(cell) not in words and len(list(filter(str.strip, clean.split.split(cell)))) > 1:
            yield int(str(row)), cell


def _mended(cells: "pd.Series[Any]", mend: Callable[[str], str | None]) -> "pd.Series[Any]":
    """The cells with their texts mended; blank ones are None."""
    known: dict[str, str | None] = {}
    mended = []
    for cell in cells.tolist():
        if isinstance(cell, str):
            if cell not in known:
                known[cell] = mend(cell) or None
            cell = known[cell]
        mended.append(cell)
    import pandas as pd

    return pd.Series(mended, index=cells.index, dtype=object)


def _cleaned(text: str, clean: Clean | None, many: bool) -> list[str]:
    parts = [text]
    if clean and clean.find and (found := [m[m.lastindex or 0] for m in clean.find.finditer(text)]):
        parts = found
    elif clean and clean.split:
        parts = clean.split.split(text)
    elif many and not clean:
        parts = split(text)
    for pattern, new in clean.replace if clean else ():
        parts = [pattern.sub(new, part) for part in parts]
    if many and clean and not (clean.find or clean.split):
        parts = [piece for part in parts for piece in split(part)]
    return [part.strip() for part in parts] if many else parts


def _replaced(name: str, text: str, meaning: str) -> str:
    """A status keeps its own name, which the workspace may have; its meaning is the second choice. A word
    that has no exact twin is kept as well, since something will be said of it: `Highest~high`."""
    if name == "status" and meaning.startswith("@"):
        return f"{text.strip()}|{meaning}"
    return f"{text.strip()}{meaning}" if meaning.startswith("~") else meaning
