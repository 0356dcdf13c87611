"""Rows: the pass over a sheet's rows, in chunks: cells by field → typed frame → bodies.

What only the whole sheet can tell stands around that pass: the order of its dates before (survey.py), the
families after (kinship.py). Then completion.py makes ids of names, and drafts of the valid rows.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from importer.delivery.drafts import Kind, Outcome
from importer.run.source import Checked, Source
from importer.sheet.base import Sheet, letters
from importer.sheet.guard import unguarded
from importer.task.family import Family
from importer.task.feeding import Arranged
from importer.task.fields import BODY, BY_NAME
from importer.task.fields import Kind as Value
from importer.task.lists import join, split
from importer.task.mapping import Mapping as Columns
from importer.task.names import ID_FIELD
from importer.task.preset import word_of
from importer.task.problem import Problem
from importer.task.status import status_cells
from importer.task.words import NOTHING

if TYPE_CHECKING:
    import pandas as pd

    from importer.run.own_export import Own
    from importer.task.values import Style

_TEXTS = (*ID_FIELD, "client", "key", "other_key", "parent", "tasksheet_row")
FIRST = 5  # rows that are named of those that a warning is about
_NAMED = (*ID_FIELD, "client")
_ASIDE = ("progress", "section", "done", "archived", "dates", "repeat", "indent")  # made into other fields


class Rows:
    """One pass over the rows of a sheet, gathering what they give.

    `bodies` has the rows that are tasks, `texts` what their cells say of names and kin, by field and row.
    """

    def __init__(
        self,
        source: Source,
        sheet: Sheet,
        mapping: Columns,
        style: "Style",
        own: "Own | None" = None,
        *,
        keep_cells: bool = False,
    ) -> None:
        self.keep_cells = keep_cells  # as the journal keeps them
        self.source, self.sheet, self.mapping = source, sheet, mapping
        self.style, self.own = style, own
        self.checked = Checked(sheet, mapping)
        self.positions = mapping.positions
        self.bodies: dict[int, dict[str, Any]] = {}
        self.wrong: set[tuple[int, str, str]] = set()
        self.texts: dict[str, dict[int, str]] = {name: {} for name in _TEXTS}
        self.places: dict[str, dict[int, int]] = {}  # field → row → its column, where rows differ in it
        self.parts: dict[tuple[str, int, str], int] = {}  # (field, row, value) → column, of several values
        self.family = Family({}, {}, {}, [])
        self.archived: set[int] = set()
        self.layout: dict[int, int] = {}  # row → parent by outline or block
        self.apart: dict[str, int] = {}  # what rows are known by that are no task
        self.heads: dict[tuple[Any, ...], int] = {}  # what rows are folded by → the row of their task
        self.joining: dict[tuple[str, int], list[str]] = {}  # (tags or people, row) → of rows folded into it
        self.bare: dict[int, float] = {}  # position of a duration column without a unit → its largest number

    def keep_raw(self, chunk: "pd.DataFrame") -> None:
        """What the journal keeps of people's own sheets: every cell as it stands."""
        if self.keep_cells and not self.mapping.rules.id:
            self.checked.cells.update(zip(map(int, chunk.index), _as_texts(chunk), strict=True))

    def shown_names(self, chunk: "pd.DataFrame") -> list[str]:
        """What each row is called in reports: its name, or what its first filled cell says."""
        if "name" in self.mapping.fixed:
            return [self.mapping.fixed["name"]] * len(chunk)
        shown = [""] * len(chunk)
        for position in self.mapping.feeds.get("name", ()):
            shown = [
                old or ("" if cell is None else str(getattr(cell, "shown", cell)).strip())
                for old, cell in zip(shown, chunk[position], strict=True)
            ]
        return shown

    def show(self, arranged: Arranged) -> None:
        """Call a tool's rows as their tasks are called, wherever the name stands."""
        if "name" in arranged.cells and self.mapping.rules.id:
            told = arranged.cells["name"].dropna()
            self.checked.names.update({int(str(row)): str(cell).strip() for row, cell in told.items()})

    @property
    def kept(self) -> tuple[str, ...]:
        """What the journal keeps of a tool's rows: their cells by field, however the tool arranges them."""
        rules, lines = self.mapping.rules, self.mapping.lines
        more = (*(move.target for move in rules.moves), *rules.instead.values(), "section")
        return tuple(dict.fromkeys((*self.mapping.feeds, *more, *(f"{c.field}+{c.title}" for c in lines))))

    def keep_by_field(self, arranged: Arranged) -> None:
        cells = {**arranged.cells, **{f"{c.field}+{c.title}": told for c, told in arranged.extra}}
        blank = [None] * len(arranged.rows)
        columns = [[_as_text(x) for x in cells[n].tolist()] if n in cells else blank for n in self.kept]
        told = map(json.dumps, zip(*columns, strict=True))
        self.checked.cells.update(zip(arranged.rows, told, strict=True))

    # What they say

    def take(self, arranged: Arranged) -> None:
        """Convert and validate a chunk's tasks, and keep their bodies."""
        import pandas as pd

        from importer.task import schema

        index = pd.Index(arranged.rows, dtype="int64")
        if self.keep_cells and self.mapping.rules.id:
            self.keep_by_field(arranged)
        self.remember(arranged)
        self.note(arranged.losses)
        typed = self.typed(arranged, index)
        self.derive(typed, arranged, index)
        names = {name: typed.pop(name) for name in list(typed) if BY_NAME[name].cell}
        frame = pd.DataFrame(typed, index=index)
        self.add_lines(frame, arranged)
        if "client" in names and "project" not in names:
            told = (
                "client: a task has no client of its own; it is only used to tell projects of one name apart"
            )
            self.warn(told, int(names["client"].notna().sum()))
        self.note(self.placed(schema.check(frame, self.positions)))
        for name, kept in self.texts.items():
            if name in names:
                filled = names[name].dropna()
                kept.update(zip((int(r) for r in filled.index), filled, strict=True))
        self.keep(frame)

    def remember(self, arranged: Arranged) -> None:
        """Keep where cells came from, as far as that differs from row to row."""
        self.parts |= arranged.apart
        for name, place in arranged.places.items():
            if not isinstance(place, int):
                self.places.setdefault(name, {}).update(
                    zip(map(int, place.index), map(int, place), strict=True)
                )

    def place(self, row: int, name: str) -> int | None:
        """The column that a row's cell of a field came from; None for --set and what no column feeds."""
        if name in self.mapping.fixed:
            return None
        return self.places.get(name, {}).get(row, self.positions.get(name))

    def placed(self, problems: list[Problem]) -> list[Problem]:
        """The problems with the column that each row's cell came from."""
        if not self.places and not self.parts:
            return problems
        placed = []
        for problem in problems:
            if problem.position is not None:
                here = self.places.get(problem.field, {}).get(problem.row, problem.position)
                part = self.parts.get((problem.field, problem.row, word_of(problem.value)), here)
                problem = replace(problem, position=part)
            placed.append(problem)
        return placed

    def beyond(self, chunk: "pd.DataFrame") -> None:
        """Cells under no title belong to no column: a stray comma may have moved them."""
        header = self.sheet.header
        for position in range(chunk.shape[1]):
            if (position < len(header) and header[position]) or self.mapping.rules.blocks:
                continue
            said = (
                f"column {letters(position)} has no title and is left out"
                if position < len(header)
                else f"cells beyond the header, which has {len(header)} columns, are left out"
            )
            filled = chunk[position].dropna()
            self.note(
                [
                    Problem(row, "", str(cell), said, position, loss=True)
                    for row, cell in zip(filled.index.tolist(), filled, strict=True)
                ]
            )

    def typed(self, arranged: Arranged, index: "pd.Index[Any]") -> dict[str, "pd.Series[Any]"]:
        """Every field that a column, --set or --default feeds, as a typed series."""
        import pandas as pd

        from importer.task.values import convert

        given = self.mapping.fixed | self.mapping.default
        zones = arranged.cells.get("timezone")
        typed: dict[str, pd.Series[Any]] = {}
        for name in dict.fromkeys([*arranged.cells, *given]):
            position = None if name in self.mapping.fixed else self.positions.get(name)
            if name in self.mapping.fixed or name not in arranged.cells:
                cells = pd.Series(given.get(name), index=index, dtype=object)
            else:
                cells = self.bare_text(arranged.cells[name])
                if name in self.mapping.default:
                    cells = cells.where(cells.notna(), self.mapping.default[name])
            style = self.style_of(name, position, cells)
            own = self.own if name not in self.mapping.fixed else None
            if own:
                cells = own.plain(name, cells)
            converted = convert(BY_NAME[name], cells, style, zones=zones, position=position)
            problems = self.placed(converted.problems)
            if name in self.mapping.rules.in_notes:
                problems = self.into_notes(name, problems, arranged)
            self.note(problems)
            typed[name] = own.exact(name, cells, converted.values) if own else converted.values
        return typed

    def style_of(self, name: str, position: int | None, cells: "pd.Series[Any]") -> "Style":
        """How this field's cells are to be read: as the preset says, else the header's unit."""
        from importer.task.durations import largest_bare
        from importer.task.values import unit_of

        rules, style = self.mapping.rules, self.style
        if name in rules.midnight:
            style = replace(style, midnight=rules.midnight[name])
        if position is None or BY_NAME[name].kind is not Value.MINUTES:
            return style
        if unit := rules.units.get(name) or unit_of(self.sheet.header[position]):
            return replace(style, unit=unit)
        if (largest := largest_bare(cells.unique())) is not None:
            self.bare[position] = max(largest, self.bare.get(position, 0))
        return style

    def derive(self, typed: dict[str, "pd.Series[Any]"], arranged: Arranged, index: "pd.Index[Any]") -> None:
        """Body fields of the columns that only sheets have: ranges, repeats, marks, sections."""
        import pandas as pd

        if "dates" in typed:
            ranges = typed["dates"]
            for place, name in enumerate(("start_date", "end_date")):
                day = ranges.map(lambda pair, place=place: pair[place] if isinstance(pair, tuple) else None)
                typed[name] = typed[name].where(typed[name].notna(), day) if name in typed else day
        if "repeat" in typed:
            told = arranged.cells["repeat"] if "repeat" in arranged.cells else pd.Series(None, index=index)
            for row, cell in told[typed["repeat"].isna() & told.notna()].items():
                if word_of(str(cell)) in NOTHING:
                    continue
                arranged.lines.setdefault(int(str(row)), []).append(f"Repeats: {cell}")
            rules = typed["repeat"]
            typed["rrule"] = (
                typed["rrule"].where(typed["rrule"].notna(), rules) if "rrule" in typed else rules
            )
        if "archived" in typed and not self.source.with_archived:
            for row in map(int, typed["archived"].index[typed["archived"].fillna(False).astype(bool)]):
                self.archived.add(row)
                why = "archived in the file; --with-archived imports it"
                self.checked.aside.setdefault(row, Outcome(row, Kind.SKIPPED, None, why))
        if {"progress", "done", "section"} & typed.keys():
            status, progress, done, section = map(typed.get, ("status", "progress", "done", "section"))
            typed["status"] = status_cells(status, progress, done, section, index)
            if section is not None:
                self.count_sections(section, typed["status"])
        if "key" in typed:
            self.drop_mangled(typed)
        for name in _ASIDE:
            typed.pop(name, None)

    def count_sections(self, section: "pd.Series[Any]", status: "pd.Series[Any]") -> None:
        """Say what becomes of the sections of rows whose status is told."""
        used = status.map(lambda text: isinstance(text, str) and "?" in text).astype(bool)
        if left := int((section.notna() & ~used).sum()):
            said = "section: rows whose status is told otherwise don't keep their section"
            self.warn(f"{said}; a column that is mapped as notes+ becomes a line of the notes", left)

    def drop_mangled(self, typed: dict[str, "pd.Series[Any]"]) -> None:
        """Ids that a spreadsheet program has shortened are those of many rows."""
        from importer.task.values import is_mangled

        for name in ("key", "other_key", "parent"):
            if name in typed:
                bad = typed[name].map(lambda text: isinstance(text, str) and is_mangled(text)).astype(bool)
                if bad.any():
                    typed[name] = typed[name].where(~bad, None)
                    self.warn(
                        f"{name}: an id that a spreadsheet program has shortened identifies nothing",
                        int(bad.sum()),
                    )

    def into_notes(self, name: str, problems: list[Problem], arranged: Arranged) -> list[Problem]:
        """What can't be read in a field whose tool writes anything into it goes to the notes."""
        for problem in problems:
            if not problem.loss:
                arranged.lines.setdefault(problem.row, []).append(
                    f"{self.title_at(problem)}: {problem.value}"
                )
        return [
            p if p.loss else replace(p, text=f"{p.text}; its text is kept in the notes", loss=True)
            for p in problems
        ]

    def title_at(self, problem: Problem) -> str:
        title = self.sheet.title(problem.position) if problem.position is not None else None
        return title or problem.field

    def bare_text(self, cells: "pd.Series[Any]") -> "pd.Series[Any]":
        """The cells without the guard that our own text exports put before formulas."""
        guarded = self.own is not None and self.own.guarded
        if not guarded or self.sheet.path.suffix.lower() not in (".csv", ".tsv"):
            return cells
        return cells.map(lambda cell: unguarded(cell) if isinstance(cell, str) else cell)

    def add_lines(self, frame: "pd.DataFrame", arranged: Arranged) -> None:
        """`Column: value` lines for the columns mapped with `notes+`."""
        from importer.task.values import convert

        for column, cells in arranged.extra:
            assert column.field is not None
            field_ = BY_NAME[column.field]
            converted = convert(field_, cells.loc[frame.index], position=column.position)
            self.note(converted.problems)
            told = converted.values.dropna().map(lambda text, title=column.title: f"{title}: {text}")
            if column.field not in frame:
                frame[column.field] = None
            before = frame[column.field].reindex(told.index)
            frame.loc[told.index, column.field] = [
                f"{old}\n{line}" if isinstance(old, str) and old else line
                for old, line in zip(before, told, strict=True)
            ]

    def keep(self, frame: "pd.DataFrame") -> None:
        """The rows' bodies: only what is filled, in the order of the fields."""
        fields = [f.name for f in BODY if f.name in frame]
        filled = [(name, frame[name].notna().tolist(), frame[name].tolist()) for name in fields]
        for place, row in enumerate(frame.index):
            self.bodies[int(row)] = {
                name: list(values[place]) if isinstance(values[place], tuple) else values[place]
                for name, present, values in filled
                if present[place]
            }

    def join_names(self) -> None:
        """Add the tags and people of folded rows to their tasks, also to those of earlier chunks."""
        for (name, row), more in self.joining.items():
            old = self.texts[name].get(row, "")
            self.texts[name][row] = join(dict.fromkeys([*split(old), *more]))
        self.joining.clear()

    def append(self, lines: dict[int, list[str]]) -> None:
        """Add lines to the notes of rows, also of earlier chunks."""
        for row, texts in lines.items():
            if row in self.bodies:
                body = self.bodies[row]
                body["notes"] = "\n".join(filter(None, [body.get("notes"), *texts]))

    # What is said of them

    def note(self, problems: list[Problem]) -> None:
        """Keep what is said: losses as counts, and one problem a cell, the first; of names one each."""
        for problem in problems:
            if problem.row in self.checked.aside or problem.row in self.checked.folded:
                continue
            if problem.loss and not self.source.strict:
                text = f"{problem.field}: {problem.text}" if problem.field else problem.text
                self.warn(text)
                if len(first := self.checked.where.setdefault(text, [])) < FIRST and problem.row not in first:
                    first.append(problem.row)
                continue
            of_name = problem.value if problem.field in _NAMED else ""
            if (cell := (problem.row, problem.field, of_name)) not in self.wrong:
                self.wrong.add(cell)
                self.checked.problems.append(problem)

    def warn(self, text: str, rows: int = 1) -> None:
        self.checked.warnings[text] += rows


def _as_texts(chunk: "pd.DataFrame") -> Iterator[str]:
    """The cells of each row as a JSON list of texts, days without their midnight."""
    columns = [[_as_text(cell) for cell in chunk[position].tolist()] for position in chunk.columns]
    for cells in zip(*columns, strict=True):
        yield json.dumps(cells)


def _as_text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.isoformat(" ").removesuffix(" 00:00:00")
    return str(getattr(cell, "shown", cell))
