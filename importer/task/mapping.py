"""Mapping: which column of a sheet feeds which field, and what is set for every row.

People's headers are matched by a field's name, else by one of its aliases, case and punctuation
ignored. What `--map` says beats both. Nothing here reads a file or a cell.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from importer.errors import UnusableMapping
from importer.task.fields import BY_NAME, EVERYTHING, INPUT

APPENDED = ("notes", "description")  # fields that `Column=notes+` can add lines to


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet. `field` None: nothing takes it. `line`: it adds `Title: value`."""

    position: int
    title: str
    field: str | None = None
    line: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """The columns in the sheet's order, and the values given for every row or for blank cells."""

    columns: tuple[Column, ...]
    fixed: dict[str, str] = field(default_factory=dict)  # --set
    default: dict[str, str] = field(default_factory=dict)  # --default
    preset: str | None = None
    own: bool = False  # an export of ours, whose ids are those of the workspace it came from

    @property
    def positions(self) -> dict[str, int]:
        """field → position of the column that feeds it."""
        return {c.field: c.position for c in self.columns if c.field and not c.line}

    @property
    def lines(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.line)

    @property
    def ignored(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.field is None and c.title)


def plain(title: str) -> str:
    """A header without case, blanks and punctuation: `Due-Date` → `duedate`, `#` stays `#`."""
    bare = "".join(c for c in title.casefold() if c.isalnum())
    return bare or title.strip()


_FIELD_OF: dict[str, str] = {
    **{plain(alias): f.name for f in INPUT for alias in f.aliases},
    **{plain(f.name): f.name for f in INPUT},
}
_INPUT = {f.name for f in INPUT}
_EXPORTED = {f.name for f in EVERYTHING}
_BRACKETS = re.compile(r"\s*[(\[].*?[)\]]\s*")


def recognise(title: str) -> str | None:
    """The field that a header names, a bracketed unit left aside: `Estimate (h)` → estimated_mins."""
    return _FIELD_OF.get(plain(title)) or _FIELD_OF.get(plain(_BRACKETS.sub(" ", title)))


def is_known(title: str) -> bool:
    return recognise(title) is not None


# What a column of an export of ours feeds: ids of tasks point into the sheet itself, and elsewhere
# names count, since another workspace has other ids.
_OWN = {
    "id": ("key", None),
    "parent_task_id": ("parent", None),
    "parent_task_name": ("parent", "parent_task_id"),
    "project_name": ("project", None),
    "client_name": ("client", None),
    "status_name": ("status", None),
    "tag_names": ("tags", None),
    "assignee_emails": ("assignees", None),
    "assignee_names": ("assignees", "assignee_emails"),
    "project_id": ("project_id", "project_name"),
    "status_id": ("status_id", "status_name"),
    "tag_ids": ("tag_ids", "tag_names"),
    "assignee_user_ids": ("assignee_user_ids", "assignee_emails"),
}


def is_own_export(header: Sequence[str]) -> bool:
    """Whether a header is one that `tasksheet export` writes: its own column names and no others."""
    return "id" in header and "name" in header and all(title in _EXPORTED for title in header if title)


def _own_fields(header: Sequence[str]) -> list[str | None]:
    """The fields of an export's columns; a twin beside which the better one stands feeds none."""
    fields: list[str | None] = []
    for title in header:
        name, better = _OWN.get(title, (title, None))
        usable = name in _INPUT and better not in header
        fields.append(name if usable else None)
    return fields


def fit(
    header: Sequence[str],
    maps: Iterable[str] = (),
    fixed: Iterable[str] = (),
    default: Iterable[str] = (),
) -> Mapping:
    """Bring a header and the options together.

    `maps` are texts as typed: `Column=field`, `Column=` (ignore), `Column=notes+`; `fixed` and
    `default` are `field=value`. Raises UnusableMapping naming the columns and the ways out.
    """
    told = dict(_told(header, maps))
    taken = {column.field for column in told.values() if not column.line}
    own = is_own_export(header)
    guesses = _own_fields(header) if own else [recognise(title) if title else None for title in header]
    columns = tuple(
        told.get(position) or Column(position, title, None if guess in taken else guess)
        for position, (title, guess) in enumerate(zip(header, guesses, strict=True))
    )
    mapping = Mapping(columns, dict(_given("--set", fixed)), dict(_given("--default", default)), own=own)
    _one_column_a_field(mapping)
    if "name" not in mapping.positions and "name" not in mapping.fixed:
        titles = ", ".join(repr(c.title) for c in columns if c.title) or "none at all"
        raise UnusableMapping(
            f"No column holds the tasks' names (columns found: {titles}). Say which one does with "
            '--map "Column=name", or where the header is with --header-row N.'
        )
    return mapping


def _told(header: Sequence[str], maps: Iterable[str]) -> Iterable[tuple[int, Column]]:
    for text in maps:
        title, separator, target = text.rpartition("=")
        if not separator or not title.strip():
            raise UnusableMapping(f'--map {text!r} should look like "Column=field" or "Column=".')
        found = [p for p, own in enumerate(header) if own and own == title.strip()] or [
            p for p, own in enumerate(header) if own and plain(own) == plain(title)
        ]
        if not found:
            raise UnusableMapping(
                f"--map {text!r}: the sheet has no column {title.strip()!r}{nearest(title, header)}."
            )
        name, line = target.strip().removesuffix("+"), target.strip().endswith("+")
        if line and name not in APPENDED:
            raise UnusableMapping(f"--map {text!r}: only {' and '.join(APPENDED)} take a +.")
        if name:
            _known_field(name, f"--map {text!r}")
        for position in found:
            yield position, Column(position, header[position], name or None, line)


def _given(option: str, texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise UnusableMapping(f"{option} {text!r} should look like field=value.")
        _known_field(name.strip(), f"{option} {text!r}")
        yield name.strip(), value.strip()


def _known_field(name: str, where: str) -> None:
    target = BY_NAME.get(name)
    if target is None or not (target.body or target.cell):
        names = [f.name for f in INPUT]
        raise UnusableMapping(
            f"{where}: there is no field {name!r} to import{nearest(name, names)}. "
            f"The fields: {', '.join(names)}."
        )


def _one_column_a_field(mapping: Mapping) -> None:
    taken: dict[str, Column] = {}
    for column in mapping.columns:
        if column.field is None or column.line:
            continue
        first = taken.setdefault(column.field, column)
        if first is not column:
            twins = plain(first.title) == plain(column.title)
            cure = "rename one in the sheet" if twins else f'for instance --map "{column.title}="'
            raise UnusableMapping(
                f"Two columns would be {column.field}: {_shown(first)} and {_shown(column)}. "
                f"Leave one out ({cure}), or say what it is, for instance "
                f'--map "{column.title}=notes+" for lines in the notes.'
            )


def _shown(column: Column) -> str:
    return f"{column.title!r} (column {column.position + 1})"


def nearest(word: str, among: Iterable[str]) -> str:
    by_plain = {plain(name): name for name in among if name}
    near = difflib.get_close_matches(plain(word), by_plain, n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(repr(by_plain[n]) for n in near)}?)" if near else ""
