"""Rows: the pass over a sheet's rows, in chunks: cells → typed frame → ids → bodies.

What only the whole sheet can tell stands around that pass: the order of its dates before (check.py),
the families after.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from importer.delivery.drafts import Draft, Kind, Outcome
from importer.run.resolve import Resolver
from importer.run.source import Checked, Source
from importer.sheet.base import Sheet, letters
from importer.sheet.guard import unguarded
from importer.task.family import Family, relate
from importer.task.fields import BODY, BY_NAME
from importer.task.fields import Kind as Value
from importer.task.mapping import Mapping as Columns
from importer.task.names import ID_FIELD
from importer.task.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

    from importer.task.values import Style


class Rows:
    """One pass over the rows of a sheet, gathering what they give."""

    def __init__(
        self,
        source: Source,
        sheet: Sheet,
        mapping: Columns,
        style: "Style",
        workspace: int | None,
        *,
        keep_cells: bool = False,
    ) -> None:
        self.keep_cells = keep_cells  # as the journal keeps them
        self.source, self.sheet, self.mapping = source, sheet, mapping
        self.style, self.workspace = style, workspace
        self.checked = Checked(sheet, mapping)
        self.positions = mapping.positions
        self.bodies: dict[int, dict[str, Any]] = {}
        self.wrong: set[tuple[int, str]] = set()
        self.texts: dict[str, dict[int, str]] = {
            name: {} for name in _TEXTS
        }  # field → row → what the cell says
        self.family = Family({}, {}, {}, [])
        self.bare: dict[int, float] = {}  # position of a duration column without a unit → its largest number

    def gather(self) -> Checked:
        """Read every row once. Names are still names: `complete` makes ids of them."""
        for chunk in self.sheet.chunks():
            if self.keep_cells:
                self.checked.cells.update(zip(map(int, chunk.index), _as_texts(chunk), strict=True))
            self.set_aside(chunk)
            self.take(chunk)
        self.relate()
        return self.checked

    def set_aside(self, chunk: "pd.DataFrame") -> None:
        """Give the rows that are not to be sent their outcome; they are read all the same, since
        others may be their children."""
        rows = [int(row) for row in chunk.index]
        self.checked.names.update(zip(rows, self.shown_names(chunk), strict=True))
        existing = self.existing(chunk)
        for row in rows:
            if self.source.rows is not None and not any(row in asked for asked in self.source.rows):
                self.checked.aside[row] = Outcome(row, Kind.PENDING, None, "not asked for")
            elif row in self.sheet.hidden and self.source.skip_hidden:
                self.checked.aside[row] = Outcome(row, Kind.SKIPPED, None, "hidden row")
            elif row in existing:
                why = f"exists already: the row was exported from this workspace as task {existing[row]}"
                self.checked.aside[row] = Outcome(row, Kind.SKIPPED, existing[row], why)

    def existing(self, chunk: "pd.DataFrame") -> dict[int, int]:
        """The rows of an export of ours that came from this very workspace, and their task ids."""
        header = self.sheet.header
        if not self.mapping.own or self.workspace is None or "workspace_id" not in header:
            return {}
        places = chunk[header.index("id")], chunk[header.index("workspace_id")]
        return {
            int(row): int(id)
            for row, id, where in zip(chunk.index, *places, strict=True)
            if where == str(self.workspace) and isinstance(id, str) and id.isascii() and id.isdigit()
        }

    def shown_names(self, chunk: "pd.DataFrame") -> list[str]:
        position = self.positions.get("name")
        if "name" in self.mapping.fixed or position is None:
            return [self.mapping.fixed.get("name", "")] * len(chunk)
        return ["" if cell is None else str(getattr(cell, "shown", cell)).strip() for cell in chunk[position]]

    def take(self, chunk: "pd.DataFrame") -> None:
        """Convert, validate and resolve a chunk, and keep the bodies of its rows."""
        import pandas as pd

        from importer.task import schema

        self.beyond(chunk)
        typed = self.typed(chunk)
        names = {name: typed.pop(name) for name in list(typed) if BY_NAME[name].cell}
        frame = pd.DataFrame(typed, index=chunk.index)
        self.add_lines(frame, chunk)
        if "client" in names and "project" not in names:
            told = (
                "client: a task has no client of its own; it is only used to tell projects of one name apart"
            )
            self.warn(told, int(names["client"].notna().sum()))
        self.note(schema.check(frame, self.positions))
        for name, kept in self.texts.items():
            if name in names:
                filled = names[name].dropna()
                kept.update(zip((int(r) for r in filled.index), filled, strict=True))
        self.keep(frame)

    def beyond(self, chunk: "pd.DataFrame") -> None:
        """Cells under no title belong to no column: a stray comma may have moved them."""
        header = self.sheet.header
        for position in range(chunk.shape[1]):
            if position < len(header) and header[position]:
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

    def typed(self, chunk: "pd.DataFrame") -> dict[str, "pd.Series[Any]"]:
        """Every field that a column, --set or --default feeds, as a typed series."""
        import pandas as pd

        from importer.task.durations import largest_bare
        from importer.task.values import convert, unit_of

        given = self.mapping.fixed | self.mapping.default
        zones = chunk[self.positions["timezone"]] if "timezone" in self.positions else None
        typed: dict[str, pd.Series[Any]] = {}
        for name in dict.fromkeys([*self.positions, *given]):
            position = None if name in self.mapping.fixed else self.positions.get(name)
            if position is None:
                cells = pd.Series(given[name], index=chunk.index, dtype=object)
            else:
                cells = self.bare_text(chunk[position])
                if name in self.mapping.default:
                    cells = cells.where(cells.notna(), self.mapping.default[name])
            own = self.style
            if position is not None and BY_NAME[name].kind is Value.MINUTES:
                if unit := unit_of(self.sheet.header[position]):
                    own = replace(own, unit=unit)
                elif (largest := largest_bare(cells.unique())) is not None:
                    self.bare[position] = max(largest, self.bare.get(position, 0))
            converted = convert(BY_NAME[name], cells, own, zones=zones, position=position)
            self.note(converted.problems)
            typed[name] = converted.values
        return typed

    def bare_text(self, cells: "pd.Series[Any]") -> "pd.Series[Any]":
        """The cells without the guard that our own text exports put before formulas."""
        if not self.mapping.own or self.sheet.path.suffix.lower() not in (".csv", ".tsv"):
            return cells
        return cells.map(lambda cell: unguarded(cell) if isinstance(cell, str) else cell)

    def add_lines(self, frame: "pd.DataFrame", chunk: "pd.DataFrame") -> None:
        """`Column: value` lines for the columns mapped with `notes+`."""
        from importer.task.values import convert

        for column in self.mapping.lines:
            assert column.field is not None
            field_ = BY_NAME[column.field]
            converted = convert(field_, chunk[column.position], position=column.position)
            self.note(converted.problems)
            told = converted.values.dropna().map(lambda text, title=column.title: f"{title}: {text}")
            if column.field not in frame:
                frame[column.field] = None
            before = frame[column.field].reindex(told.index)
            frame.loc[told.index, column.field] = [
                f"{old}\n{line}" if isinstance(old, str) and old else line
                for old, line in zip(before, told, strict=True)
            ]

    def resolve(self, resolver: Resolver, rows: Collection[int]) -> None:
        """Put the ids of names beside the ids that the sheet gives itself; those win, save over --set."""
        import pandas as pd

        clients = pd.Series(self.texts["client"], dtype=object)
        for name, target in ID_FIELD.items():
            told = name in self.mapping.fixed  # for every row, also where the sheet gives an id
            cells = {
                row: text
                for row, text in self.texts[name].items()
                if row in rows and (told or target not in self.bodies[row])
            }
            if not cells:
                continue
            ids, problems = resolver.ids(name, pd.Series(cells, dtype=object), clients, self.positions)
            self.note(problems)
            many = BY_NAME[target].kind is Value.INTEGERS
            filled = ids.dropna()
            for row, found in zip(filled.index.tolist(), filled.tolist(), strict=True):
                self.bodies[row][target] = list(found) if many else int(found)

    def note(self, problems: list[Problem]) -> None:
        """Keep what is said: losses as counts, and one problem a cell, the first."""
        for problem in problems:
            if problem.row in self.checked.aside:
                continue
            if problem.loss and not self.source.strict:
                self.warn(f"{problem.field}: {problem.text}" if problem.field else problem.text)
            elif (cell := (problem.row, problem.field)) not in self.wrong:
                self.wrong.add(cell)
                self.checked.problems.append(problem)

    def warn(self, text: str, rows: int = 1) -> None:
        self.checked.warnings[text] += rows

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

    def relate(self) -> None:
        """Families, and what only the whole sheet shows."""
        rows = list(self.bodies)
        parents = self.texts["parent"]
        family = self.family = relate(
            rows,
            [self.bodies[row].get("name") for row in rows],
            [self.texts["key"].get(row) for row in rows] if "key" in self.positions else None,
            parents,
            self.positions,
        )
        self.note(family.problems)
        for position, largest in self.bare.items():
            if largest <= 24:
                title = self.sheet.header[position]
                said = f"{title} is taken as minutes, and none is above 24: say hours as {title} (h)"
                self.warn(said, len(rows))
        for row in family.parent.keys() | family.existing.keys():
            if "parent_task_id" in self.bodies[row]:
                other = self.bodies[row]["parent_task_id"]
                said = f"the row names two parents: this one, and {other} as parent_task_id"
                self.note([Problem(row, "parent", parents[row], said, self.positions.get("parent"))])
        for row, existing in family.existing.items():
            self.bodies[row].setdefault("parent_task_id", existing)
        self.count_hidden()
        if (
            self.source.rows is not None
            and self.checked.names
            and not self.bodies.keys() - self.checked.aside.keys()
        ):
            self.warn("no row of the sheet is among those asked for with --rows", len(rows))

    def complete(
        self,
        resolver: Resolver,
        rows: Collection[int] | None = None,
        projects: Mapping[int, int | None] = MappingProxyType({}),
    ) -> Checked:
        """Ids for names, inherited projects, and the drafts of the valid rows among `rows` (None: all).

        `projects` are those of rows that are tasks already, for their children.
        """
        wanted = self.bodies.keys() - self.checked.aside.keys() if rows is None else rows
        self.resolve(resolver, wanted)
        self.inherit(self.family, projects)
        invalid = self.checked.invalid
        self.checked.problems.sort(key=lambda p: (p.row, -1 if p.position is None else p.position))
        self.checked.unresolved = len(resolver.unresolved)
        self.checked.drafts = [
            Draft(row, body, self.family.wave.get(row, 0), self.family.parent.get(row))
            for row, body in self.bodies.items()
            if row in wanted and row not in invalid
        ]
        return self.checked

    def count_hidden(self) -> None:
        hidden = self.sheet.hidden & self.checked.names.keys()
        if hidden:
            done = "left out" if self.source.skip_hidden else "imported like the others (see --skip-hidden)"
            self.warn(f"hidden rows, {done}", len(hidden))

    def inherit(self, family: Family, projects: Mapping[int, int | None]) -> None:
        """A child without a project gets its parent's; the API does not do so by itself."""
        inherited = 0
        for row in sorted(family.parent, key=lambda r: family.wave[r]):
            above = family.parent[row]
            project = projects.get(above, self.bodies[above].get("project_id"))
            if project is not None and "project_id" not in self.bodies[row]:
                self.bodies[row]["project_id"] = project
                inherited += 1
        if inherited:
            self.warn("sub-tasks without a project get their parent's", inherited)


_TEXTS = (*ID_FIELD, "client", "key", "parent", "tasksheet_row")


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
