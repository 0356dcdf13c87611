"""Check: read, map, convert, validate and resolve a sheet. Import and dry run go the same way.

The rows pass in chunks: cells → typed frame → ids → bodies. What only the whole sheet can tell,
the order of its dates before and the families after, is asked around that pass.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import UnusableMapping, WrongUse
from importer.run.drafts import Draft, Kind, Outcome
from importer.run.resolve import Resolver
from importer.sheet.base import Sheet
from importer.task import mapping as columns
from importer.task.family import Family, relate
from importer.task.fields import BODY, BY_NAME
from importer.task.fields import Kind as Value
from importer.task.mapping import Mapping as Columns
from importer.task.names import ID_FIELD
from importer.task.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

    from importer.task.values import Style


@dataclass(frozen=True, slots=True)
class Source:
    """The file and the reading options, as one value. `rows` are Excel's numbers; None: all."""

    path: Path
    sheet: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    maps: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    rows: tuple[range, ...] | None = None
    dates: str | None = None
    timezone: str | None = None
    drop: frozenset[str] = frozenset()  # --unmatched FIELD=drop
    skip_hidden: bool = False
    strict: bool = False


@dataclass(slots=True)
class Checked:
    """A sheet as far as it can be known without writing.

    `names` has every row that carries data, in order, with the name it shows. `drafts` are the
    valid rows; `problems` make rows invalid; `aside` are rows that are not to be sent now.
    """

    sheet: Sheet
    mapping: Columns
    names: dict[int, str] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    aside: dict[int, Outcome] = field(default_factory=dict)
    warnings: Counter[str] = field(default_factory=Counter)
    unresolved: int = 0

    @property
    def invalid(self) -> dict[int, list[Problem]]:
        """The wrong rows, each with its problems."""
        by_row: dict[int, list[Problem]] = {}
        for problem in self.problems:
            by_row.setdefault(problem.row, []).append(problem)
        return by_row


def check(
    source: Source, resolver: Resolver, *, opened: Callable[[Sheet, Columns], None] | None = None
) -> Checked:
    """Read and check the whole sheet.

    Raises WrongUse for what concerns the file as a whole; a wrong cell is a Problem.
    `opened` is told the sheet and its columns as soon as they are known.
    """
    from importer.sheet.reading import open_sheet

    sheet = open_sheet(
        source.path,
        sheet=source.sheet,
        header_row=source.header_row,
        encoding=source.encoding,
        delimiter=source.delimiter,
        known=columns.is_known,
    )
    mapping = columns.fit(sheet.header, source.maps, source.fixed, source.default)
    if opened:
        opened(sheet, mapping)
    return _Pass(source, sheet, mapping, resolver).run()


class _Pass:
    """One pass over the rows, gathering what they give."""

    def __init__(self, source: Source, sheet: Sheet, mapping: Columns, resolver: Resolver) -> None:
        self.source, self.sheet, self.mapping, self.resolver = source, sheet, mapping, resolver
        self.checked = Checked(sheet, mapping)
        self.positions = mapping.positions
        self.bodies: dict[int, dict[str, Any]] = {}
        self.wrong: set[tuple[int, str]] = set()
        self.keys: dict[int, str] = {}
        self.parents: dict[int, str] = {}
        self.bare: dict[int, float] = {}  # position of a duration column without a unit → its largest number

    def run(self) -> Checked:
        from importer.task.dates import zone_of
        from importer.task.values import Style

        if self.source.timezone:
            try:
                zone_of(self.source.timezone)
            except ValueError as error:
                raise WrongUse(f"--timezone: {error}.") from None
        style = Style(order=self.order(), zone=self.source.timezone)
        self.test_given(style)
        for chunk in self.chunks():
            self.take(chunk, style)
        self.finish()
        return self.checked

    def order(self) -> str | None:
        """The order of the sheet's text dates; raises UndecidedDates when nothing decides it."""
        if self.source.dates:
            return self.source.dates
        where = [p for name, p in self.positions.items() if BY_NAME[name].kind is Value.DATE]
        if not where:
            return None
        from importer.run.survey import date_order

        return date_order(self.sheet, where)

    def test_given(self, style: "Style") -> None:
        """A value of --set or --default that can't be understood is nobody's row's fault."""
        from importer.task.values import decode

        for option, given in (("--set", self.mapping.fixed), ("--default", self.mapping.default)):
            for name, text in given.items():
                try:
                    decode(BY_NAME[name], text, style)
                except ValueError as error:
                    raise UnusableMapping(f"{option} {name}={text}: {error}.") from None

    def chunks(self) -> "Iterator[pd.DataFrame]":
        """The rows to look at; the others get their outcome here."""
        hidden = 0
        for chunk in self.sheet.chunks():
            rows = [int(row) for row in chunk.index]
            shown = self.shown_names(chunk)
            self.checked.names.update(zip(rows, shown, strict=True))
            for row in rows:
                if self.source.rows is not None and not any(row in r for r in self.source.rows):
                    self.checked.aside[row] = Outcome(row, Kind.PENDING, None, "not asked for")
                elif row in self.sheet.hidden:
                    hidden += 1
                    if self.source.skip_hidden:
                        self.checked.aside[row] = Outcome(row, Kind.SKIPPED, None, "hidden row")
            keep = [row not in self.checked.aside for row in rows]
            yield chunk if all(keep) else chunk.loc[keep]
        if hidden:
            done = "left out" if self.source.skip_hidden else "imported like the others (see --skip-hidden)"
            self.warn(f"hidden rows, {done}", hidden)

    def shown_names(self, chunk: "pd.DataFrame") -> list[str]:
        position = self.positions.get("name")
        if "name" in self.mapping.fixed or position is None:
            return [self.mapping.fixed.get("name", "")] * len(chunk)
        return ["" if cell is None else str(getattr(cell, "shown", cell)).strip() for cell in chunk[position]]

    def take(self, chunk: "pd.DataFrame", style: "Style") -> None:
        """Convert, validate and resolve a chunk, and keep the bodies of its rows."""
        import pandas as pd

        from importer.task import schema

        typed = self.typed(chunk, style)
        names = {name: typed.pop(name) for name in list(typed) if BY_NAME[name].cell}
        frame = pd.DataFrame(typed, index=chunk.index)
        self.add_lines(frame, chunk)
        self.resolve(frame, names)
        self.note(schema.check(frame, self.positions))
        for name, kept in (("key", self.keys), ("parent", self.parents)):
            if name in names:
                filled = names[name].dropna()
                kept.update(zip((int(r) for r in filled.index), filled, strict=True))
        self.keep(frame)

    def typed(self, chunk: "pd.DataFrame", style: "Style") -> dict[str, "pd.Series[Any]"]:
        """Every field that a column, --set or --default feeds, as a typed series."""
        import pandas as pd

        from importer.task.durations import largest_bare
        from importer.task.values import Style, convert, unit_of

        given = self.mapping.fixed | self.mapping.default
        zones = chunk[self.positions["timezone"]] if "timezone" in self.positions else None
        typed: dict[str, pd.Series[Any]] = {}
        for name in dict.fromkeys([*self.positions, *given]):
            position = None if name in self.mapping.fixed else self.positions.get(name)
            if position is None:
                cells = pd.Series(given[name], index=chunk.index, dtype=object)
            else:
                cells = chunk[position]
                if name in self.mapping.default:
                    cells = cells.where(cells.notna(), self.mapping.default[name])
            own = style
            if position is not None and BY_NAME[name].kind is Value.MINUTES:
                if unit := unit_of(self.sheet.header[position]):
                    own = Style(style.order, style.zone, unit)
                elif (largest := largest_bare(cells.unique())) is not None:
                    self.bare[position] = max(largest, self.bare.get(position, 0))
            converted = convert(BY_NAME[name], cells, own, zones=zones, position=position)
            self.note(converted.problems)
            typed[name] = converted.values
        return typed

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

    def resolve(self, frame: "pd.DataFrame", names: Mapping[str, "pd.Series[Any]"]) -> None:
        """Put the ids of names beside the ids that the sheet gives itself; those win."""
        for name, target in ID_FIELD.items():
            if name not in names:
                continue
            cells = names[name]
            if target in frame:
                cells = cells.where(frame[target].isna())
            ids, problems = self.resolver.ids(name, cells, names.get("client"), self.positions.get(name))
            self.note(problems)
            if BY_NAME[target].kind is Value.INTEGER:
                ids = ids.astype("Int64")
            frame[target] = ids if target not in frame else frame[target].where(frame[target].notna(), ids)

    def note(self, problems: list[Problem]) -> None:
        """Keep what is said: losses as counts, and one problem a cell, the first."""
        for problem in problems:
            if problem.loss and not self.source.strict:
                self.warn(f"{problem.field}: {problem.text}")
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

    def finish(self) -> None:
        """Families, inherited projects, and the drafts of the valid rows."""
        rows = list(self.bodies)
        family = relate(
            rows,
            [self.bodies[row].get("name") for row in rows],
            [self.keys.get(row) for row in rows] if "key" in self.positions else None,
            self.parents,
            self.positions,
        )
        self.note(family.problems)
        for position, largest in self.bare.items():
            if largest <= 24:
                title = self.sheet.header[position]
                said = f"{title} is taken as minutes, and none is above 24: say hours as {title} (h)"
                self.warn(said, len(rows))
        for row, existing in family.existing.items():
            self.bodies[row].setdefault("parent_task_id", existing)
        self.inherit(family)
        invalid = self.checked.invalid
        self.checked.problems.sort(key=lambda p: (p.row, -1 if p.position is None else p.position))
        self.checked.unresolved = len(self.resolver.unresolved)
        self.checked.drafts = [
            Draft(row, body, family.wave.get(row, 0), family.parent.get(row))
            for row, body in self.bodies.items()
            if row not in invalid
        ]

    def inherit(self, family: Family) -> None:
        """A child without a project gets its parent's; the API does not do so by itself."""
        inherited = 0
        for row in sorted(family.parent, key=lambda r: family.wave[r]):
            project = self.bodies[family.parent[row]].get("project_id")
            if project is not None and "project_id" not in self.bodies[row]:
                self.bodies[row]["project_id"] = project
                inherited += 1
        if inherited:
            self.warn("sub-tasks without a project get their parent's", inherited)


def parse_rows(text: str) -> tuple[range, ...]:
    """`2-11,40` → the ranges of Excel's row numbers."""
    ranges = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.strip().isdigit()):
            raise WrongUse(f'--rows {text!r} should look like "2-11,40".')
        ranges.append(range(int(first), int(last or first) + 1))
    return tuple(ranges)
