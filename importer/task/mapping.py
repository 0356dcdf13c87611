"""Mapping: which columns of a sheet feed which field, and what is set for every row.

What a person says (`--map`) beats the preset of the tool that the file comes from, and that beats
people's headers, which are matched by a field's name or one of its aliases, case and punctuation
ignored. Nothing here reads a file or a cell.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from importer.errors import UnusableMapping
from importer.task.aliases import ALIASES
from importer.task.fields import BY_NAME, EVERYTHING, INPUT
from importer.task.names import STATUS_TYPES
from importer.task.preset import PLAIN, Preset, word_of
from importer.task.preset import title_of as plain

APPENDED = ("notes", "description")  # fields that `Column=notes+` can add lines to


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet. `field` None: nothing takes it. `line`: it adds `Title: value`.

    `rank` orders the columns of one field by how far they can be trusted, 0 first.
    """

    position: int
    title: str
    field: str | None = None
    line: bool = False
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Mapping:
    """The columns in the sheet's order, and the values given for every row or for blank cells."""

    columns: tuple[Column, ...]
    fixed: dict[str, str] = field(default_factory=dict)  # --set
    default: dict[str, str] = field(default_factory=dict)  # --default
    values: dict[str, dict[str, str]] = field(default_factory=dict)  # field → word → what it is instead
    rules: Preset = PLAIN
    own: bool = False  # an export of ours, whose ids are those of the workspace it came from

    @property
    def preset(self) -> str | None:
        return OWN if self.own else self.rules.id or None

    @property
    def feeds(self) -> dict[str, tuple[int, ...]]:
        """field → positions of the columns that feed it, in order of trust."""
        found: dict[str, list[Column]] = {}
        for column in self.columns:
            if column.field and not column.line:
                found.setdefault(column.field, []).append(column)
        return {
            name: tuple(c.position for c in sorted(columns, key=lambda c: c.rank))
            for name, columns in found.items()
        }

    @property
    def positions(self) -> dict[str, int]:
        """field → position of the column that feeds it, the most trusted one of several."""
        return {name: positions[0] for name, positions in self.feeds.items()}

    @property
    def titles(self) -> dict[int, str]:
        """position → title"""
        return {column.position: column.title for column in self.columns}

    @property
    def lines(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.line)

    @property
    def ignored(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.field is None and c.title)

    @property
    def unused(self) -> tuple[Column, ...]:
        """Ignored ones that people may miss: not those that every export of ours has."""
        return tuple(c for c in self.ignored if not (self.own and c.title in _EXPORTED))


_FIELD_OF: dict[str, str] = {
    **{plain(alias): name for name, aliases in ALIASES.items() for alias in aliases},
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


OWN = "tasksheet"  # as a preset's name

# What a column of an export of ours feeds, and how far it is trusted: ids of tasks point into the sheet
# itself, and names count, since another workspace has other ids. The type helps where a status is missing.
_OWN = {
    "id": ("key", 0),
    "parent_task_id": ("parent", 0),
    "parent_task_name": ("parent", 1),
    "project_name": ("project", 0),
    "client_name": ("client", 0),
    "status_name": ("status", 0),
    "status_type": ("progress", 0),
    "tag_names": ("tags", 0),
    "assignee_emails": ("assignees", 0),
    "assignee_names": ("assignees", 1),
}
# The ids that names stand beside. Without the names they feed their fields, for rows of this very workspace.
OWN_IDS = {
    "project_id": ("project_name",),
    "status_id": ("status_name", "status_type"),
    "tag_ids": ("tag_names",),
    "assignee_user_ids": ("assignee_emails", "assignee_names"),
}
_TYPES = {kind: f"@{kind}" for kind in STATUS_TYPES}
# Titles that an export of ours has and hardly anybody else's sheet, by the underscore in them.
OURS = {name for name in _EXPORTED - _INPUT if "_" in name}
IN_REJECTS = "tasksheet_row"  # in rejects.csv, which has no guard; a mapping that goes along says whose it is
_FEW = 3  # of these, where other titles stand beside them


def is_own_export(header: Sequence[str], surely: bool = False) -> bool:
    """Whether a header is one that `tasksheet export` writes: its own column names, and others that people
    or newer workspaces added, as far as those are fewer. `surely`: something else tells that it is."""
    titles = [title for title in header if title]
    known = [title for title in titles if title in _EXPORTED]
    ours = OURS.intersection(known)
    if (IN_REJECTS in titles and not surely) or not any(recognise(title) == "name" for title in titles):
        return False
    if len(known) == len(titles):
        return surely or "id" in known or bool(ours)
    return 2 * len(known) > len(titles) and (surely or ("id" in known and len(ours) >= _FEW))


def _of_own(header: Sequence[str], told: dict[int, Column], taken: set[str | None]) -> Iterable[Column]:
    """The columns of an export of ours; a title that it never writes is taken as anybody's, for a field that
    none of its own columns feeds."""
    fed = set(taken)
    for position, title in enumerate(header):
        name, rank = _OWN.get(title, (title, 0))
        better = OWN_IDS.get(title, ())
        if position in told or name in taken or name not in _INPUT or not title:
            continue
        if title in _EXPORTED and not any(other in header for other in better):
            fed.add(name)
            yield Column(position, title, name, rank=rank)
    for position, title in enumerate(header):
        guess = recognise(title) if title and title not in _EXPORTED else None
        if guess and guess not in fed and position not in told:
            fed.add(guess)
            yield Column(position, title, guess)


def fit(
    header: Sequence[str],
    maps: Iterable[str] = (),
    fixed: Iterable[str] = (),
    default: Iterable[str] = (),
    *,
    preset: Preset = PLAIN,
    own: bool | None = None,
    values: dict[str, dict[str, str]] | None = None,
    beside: Collection[int] = (),
) -> Mapping:
    """Bring a header, the preset of its tool and the options together.

    `maps` are texts as typed: `Column=field`, `Column=` (ignore), `Column=notes+`; `fixed` and
    `default` are `field=value`. `own`: whether it is an export of ours; None: as the header shows. `values`
    are a person's: field → word → what it is instead. `beside` are columns beside the table (a legend), which
    no alias may claim. Raises UnusableMapping naming the columns and the ways out.
    """
    told = dict(_told(header, maps))
    taken = {column.field for column in told.values() if not column.line}
    own = is_own_export(header) if own is None else own
    columns = list(told.values())
    if own:
        columns += _of_own(header, told, taken)
    else:
        columns += _of_preset(header, preset, told, taken)
        placed = {*beside, *(c.position for c in columns)}
        fed = {c.field for c in columns if not c.line}
        if preset.first and preset.first not in fed and any(header[:1]) and 0 not in placed:
            columns.append(Column(0, header[0], preset.first))
            placed.add(0)
        columns += _guessed(header, preset, placed, fed)
    placed = {column.position for column in columns}
    columns += [Column(p, title) for p, title in enumerate(header) if p not in placed]
    mapping = Mapping(
        tuple(sorted(columns, key=lambda column: column.position)),
        dict(_given("--set", fixed)),
        dict(_given("--default", default)),
        _vocabulary(preset, values or {}, {"progress": _TYPES} if own else {}),
        preset,
        own,
    )
    _one_column_a_field(mapping)
    if {"name", preset.instead.get("name")}.isdisjoint({*mapping.positions, *mapping.fixed}):
        raise UnusableMapping(_nameless(header))
    return mapping


def fit_block(header: Sequence[str], mapping: Mapping) -> Mapping:
    """The mapping of a block with a header of its own: as the preset says, and as titles of the sheet's
    header are taken."""
    told = {plain(c.title): c for c in mapping.columns if c.title}
    columns = list(_of_preset(header, mapping.rules, {}, set()))
    fed = {column.field for column in columns}
    placed = {column.position for column in columns}
    guessed = {column.position: column for column in _guessed(header, mapping.rules, placed, fed)}
    for position, title in enumerate(header):
        if position in placed:
            continue
        if above := told.get(plain(title)) if title else None:
            name = above.field if above.line or above.field not in fed else None
            columns.append(Column(position, title, name, bool(name and above.line)))
        else:
            columns.append(guessed.get(position, Column(position, title)))
    columns.sort(key=lambda column: column.position)
    return replace(mapping, columns=tuple(columns))


def _nameless(header: Sequence[str]) -> str:
    titles = [title for title in header if title]
    shown = ", ".join(map(repr, titles[:12])) or "none at all"
    more = f" and {len(titles) - 12} more" if len(titles) > 12 else ""
    return (
        f"No column holds the tasks' names (columns found: {shown}{more}). If this is a list of tasks, say "
        'which one does with --map "Column=name", or where the header is with --header-row N.'
    )


def _of_preset(
    header: Sequence[str], preset: Preset, told: dict[int, Column], taken: set[str | None]
) -> Iterable[Column]:
    """The columns that a preset knows; the same title may stand more than once."""
    places: dict[str, list[int]] = {}
    for position, title in enumerate(header):
        if title and position not in told:
            places.setdefault(plain(title), []).append(position)
    used: set[int] = set()
    for name, titles in preset.columns.items():
        if name in taken:
            continue
        positions = [p for title in titles for p in places.get(plain(title), ()) if p not in used]
        for rank, position in enumerate(dict.fromkeys(positions)):
            used.add(position)
            yield Column(position, header[position], name, rank=rank)
    for position in (p for title in preset.lines for p in places.get(plain(title), ())):
        if position not in used:
            used.add(position)
            yield Column(position, header[position], "notes", line=True)


def _guessed(
    header: Sequence[str], preset: Preset, placed: set[int], fed: set[str | None]
) -> Iterable[Column]:
    """The columns that an alias names. In a tool's file it has to be the only one for a field that
    the preset says nothing of: its own columns of such names mean other things."""
    ignored = {plain(title) for title in preset.ignore}
    guesses = {
        position: name
        for position, title in enumerate(header)
        if title and position not in placed and plain(title) not in ignored and (name := recognise(title))
    }
    often = Counter(guesses.values())
    for position, name in guesses.items():
        if preset is PLAIN:
            if name not in fed:
                yield Column(position, header[position], name)
        elif often[name] == 1 and name not in fed and name not in preset.columns:
            yield Column(position, header[position], name)


def _vocabulary(
    preset: Preset, told: dict[str, dict[str, str]], ours: dict[str, dict[str, str]]
) -> dict[str, dict[str, str]]:
    """What words are instead: a person's beat the preset's and ours."""
    for name in told:
        _known_field(name, f"[values.{name}]")
    words = {**preset.values, **ours}
    return {
        name: {**words.get(name, {}), **{word_of(w): new for w, new in told.get(name, {}).items()}}
        for name in {**words, **told}
    }


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
        if column.field is None or column.line or column.rank or column.field in mapping.rules.add_up:
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
    """` (did you mean …?)` with the titles that are spelt most alike; they only suggest."""
    from rapidfuzz import fuzz, process

    by_plain = {plain(name): name for name in among if name}
    near = process.extract(plain(word), by_plain.keys(), scorer=fuzz.ratio, limit=3, score_cutoff=60)
    return f" (did you mean {' or '.join(repr(by_plain[n]) for n, *_ in near)}?)" if near else ""
