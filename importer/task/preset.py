"""Preset: what is known of one tool's export, as data. templates/presets/ holds a file a tool.

A preset says by which titles a file is recognised, which columns feed which field, what the tool's
words mean, and which rows are no task. docs/presets.md tells the form of a file, key by key.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from importer.errors import UnusableMapping

UNITS = ("milliseconds", "seconds", "minutes", "hours", "days")


@dataclass(frozen=True, slots=True)
class Clean:
    """How the text of a field's cell is made plain: `find` or `split` cut it into values, `replace`
    mends each of them."""

    find: re.Pattern[str] | None = None
    split: re.Pattern[str] | None = None
    replace: tuple[tuple[re.Pattern[str], str], ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """Text of one field that belongs to another: labels written into a name, a repeat rule among dates."""

    source: str
    target: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class RowRule:
    """Rows that are no task. `where`: title → pattern that the whole trimmed cell matches ("" for blank).

    `are`: "sections" (the text of `text` is the section of the rows below), "notes" (it belongs to the
    notes of the task above) or "left out".
    """

    where: Mapping[str, re.Pattern[str]]
    are: str
    text: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """One tool's export. Titles are compared without case, blanks and punctuation."""

    id: str = ""
    name: str = ""
    signatures: tuple[tuple[str, ...], ...] = ()
    refuse: str = ""  # why such a file is no list of tasks
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # field → titles in order of trust
    lines: tuple[str, ...] = ()  # titles whose cells become lines of the notes
    ignore: tuple[str, ...] = ()  # titles that no alias may claim
    add_up: frozenset[str] = frozenset()  # fields whose columns hold a value each
    keep_all: frozenset[str] = frozenset()  # fields of whose columns what is passed over goes to the notes
    instead: Mapping[str, str] = field(default_factory=dict)  # field → the one whose cell stands for a blank
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # field → word → what it means
    clean: Mapping[str, Clean] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    rows: tuple[RowRule, ...] = ()
    fold: tuple[str, ...] = ()  # rows alike in these fields are one task
    blank: frozenset[str] = frozenset()  # words that mean nothing is there
    units: Mapping[str, str] = field(default_factory=dict)  # field → unit of bare numbers
    unit_titles: Mapping[str, str] = field(default_factory=dict)  # field → title of the column of its units
    midnight: Mapping[str, float] = field(default_factory=dict)  # field → hours, see values.Style
    in_notes: frozenset[str] = frozenset()  # fields whose text goes to the notes where it can't be read
    from_file: Mapping[str, re.Pattern[str]] = field(default_factory=dict)  # field → what of the file's name
    file: re.Pattern[str] | None = None  # the whole name of the tool's files, where headers tell nothing
    first: str = ""  # field of the first column where no title feeds it
    guarded: bool = False  # the tool puts ' before what looks like a formula
    blocks: tuple[str, ...] = ()  # titles that begin a block with a header of its own
    nested: str = ""  # title whose presence makes a block's rows children of the row above it
    missing: str = ""  # what does not come along

    @property
    def titles(self) -> Iterable[str]:
        for titles in (*self.columns.values(), *self.signatures):
            yield from titles
        yield from self.lines


PLAIN = Preset()


def parse(id: str, told: Mapping[str, Any]) -> Preset:
    """A preset of what its file says. Raises UnusableMapping naming what is wrong with it."""
    told = dict(told)
    try:
        columns = dict(told.pop("columns", {}))
        lines = _texts(columns.pop("notes+", ()))
        units = dict(told.pop("units", {}))
        preset = Preset(
            id=id,
            name=told.pop("name", id),
            signatures=tuple(tuple(titles) for titles in told.pop("signatures", ())),
            refuse=told.pop("refuse", ""),
            columns={name: _texts(titles) for name, titles in columns.items()},
            lines=lines,
            ignore=_texts(told.pop("ignore", ())),
            add_up=frozenset(_texts(told.pop("add_up", ()))),
            keep_all=frozenset(_texts(told.pop("keep_all", ()))),
            instead=told.pop("instead", {}),
            values={
                name: {word_of(word): meaning for word, meaning in words.items()}
                for name, words in told.pop("values", {}).items()
            },
            clean={name: _clean(rule) for name, rule in told.pop("clean", {}).items()},
            moves=tuple(
                Move(move["from"], move["to"], re.compile(move["pattern"])) for move in told.pop("moves", ())
            ),
            rows=tuple(_row_rule(rule) for rule in told.pop("rows", ())),
            fold=_texts(told.pop("fold", ())),
            blank=frozenset(word_of(word) for word in _texts(told.pop("blank", ()))),
            units={name: unit for name, unit in units.items() if unit in UNITS},
            unit_titles={name: title for name, title in units.items() if title not in UNITS},
            midnight=told.pop("midnight", {}),
            in_notes=frozenset(_texts(told.pop("in_notes", ()))),
            from_file={name: re.compile(p) for name, p in told.pop("from_file", {}).items()},
            file=re.compile(told.pop("file")) if "file" in told else None,
            first=told.pop("first", ""),
            guarded=told.pop("guarded", False),
            blocks=_texts(told.pop("blocks", ())),
            nested=told.pop("nested", ""),
            missing=told.pop("missing", ""),
        )
    except (re.error, KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnusableMapping(
            f"The preset {id} can't be used: {error}. docs/presets.md tells its form."
        ) from error
    if told:
        raise UnusableMapping(
            f"The preset {id} says {', '.join(told)}, which no preset has (docs/presets.md)."
        )
    return preset


def _texts(told: str | Iterable[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)


def _clean(rule: Mapping[str, Any]) -> Clean:
    find, split = (re.compile(rule[key]) if key in rule else None for key in ("find", "split"))
    return Clean(find, split, tuple((re.compile(old), new) for old, new in rule.get("replace", ())))


def _row_rule(rule: Mapping[str, Any]) -> RowRule:
    are = rule["are"]
    if are not in ("sections", "notes", "left out"):
        raise ValueError(f'rows are "sections", "notes" or "left out", and not {are!r}')
    where = {title: re.compile(pattern, re.IGNORECASE) for title, pattern in rule["where"].items()}
    return RowRule(where, are, rule.get("text", ""), rule.get("why", ""))


def title_of(title: str) -> str:
    """A header without case, blanks and punctuation: `Due-Date` → `duedate`, `#` stays `#`."""
    bare = "".join(c for c in title.casefold() if c.isalnum())
    return bare or title.strip()


def word_of(text: str) -> str:
    """A value as vocabularies compare it."""
    return " ".join(text.casefold().split())


def detect(header: Sequence[str], presets: Iterable[Preset]) -> Preset | None:
    """The preset one of whose signatures stands in the header whole, the longest of all."""
    there = {title_of(title) for title in header if title}
    best: tuple[int, Preset] | None = None
    for preset in presets:
        for signature in preset.signatures:
            if all(title_of(title) in there for title in signature) and (
                best is None or len(signature) > best[0]
            ):
                best = len(signature), preset
    return best[1] if best else None
