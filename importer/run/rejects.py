"""rejects.csv: the bad rows in their own columns, to be mended and imported, with rejects.toml beside it.

Dates are in ISO, a parent that is a task already is given by its id, and `tasksheet_row` names each row, so
that it is known whatever was mended in it. What rows know from the rows around them goes along.
"""

import csv
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from importer.delivery.drafts import Kind, Outcome
from importer.run import mapping_file
from importer.run.rows import Rows
from importer.run.survey import chunks
from importer.sheet.base import Broken
from importer.task.arrange import Arranger
from importer.task.dates import TIME, Kept, day, ends
from importer.task.fields import BY_NAME
from importer.task.fields import Kind as Value
from importer.task.names import MANY, plain
from importer.task.values import shown

ROW = "tasksheet_row"
UNCALCULATED = "#CALC!"
_BAD = (Kind.INVALID, Kind.REJECTED)


def bad_rows(rows: Rows, outcomes: Mapping[int, Outcome]) -> set[int]:
    """The invalid and rejected rows, and the rows that they are a part of, where those are no tasks yet."""
    checked = rows.checked
    bad = {row for row, outcome in outcomes.items() if outcome.kind in _BAD and row in checked.names}
    bad = {checked.folded.get(row, row) for row in bad}
    for row in list(bad):
        while (above := rows.family.parent.get(row)) is not None:
            if _task(outcomes, above) or above in checked.aside:
                break
            bad.add(row := above)
    return bad


def write_rejects(
    folder: Path, rows: Rows, outcomes: Mapping[int, Outcome], run: str, wanted: Collection[int]
) -> None:
    """Write both files to `folder`, of the rows `wanted` and of those that belong to them."""
    from importer.sheet.writing import written_aside

    by_field = bool(rows.mapping.rules.blocks)  # rows under several headers have no columns in common
    table = _ByField(rows, wanted) if by_field else _AsItStands(rows, wanted)
    saved = mapping_file.of(replace(rows.mapping, columns=table.columns), rows.source)
    order = rows.style.order if rows.style.order in ("dmy", "mdy") else None
    saved = replace(saved, dates=order, default=rows.mapping.default, parent_ids=table.tell(outcomes))
    for row in wanted:
        table.put(row, ROW, f"{run}:{row}")
    if by_field:
        saved = replace(saved, preset="none", columns={}, values=rows.mapping.values)
    with (
        written_aside(folder / "rejects.csv") as aside,
        aside.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as out,
    ):
        writer = csv.writer(out)  # its \r\n has line breaks of either kind quoted
        writer.writerow(table.titles)
        writer.writerows(table.lines())
    mapping_file.write(folder / "rejects.toml", replace(saved, columns={**saved.columns, **table.added}))


def _task(outcomes: Mapping[int, Outcome], row: int) -> int | None:
    """The id of a row that is a task, made of it or there before."""
    outcome = outcomes.get(row)
    return outcome.task_id if outcome and outcome.kind in (Kind.CREATED, Kind.SKIPPED) else None


@dataclass
class _Table:
    """The file in the making. `fields`: field → its columns here, in order of trust; `added`: title → field
    of columns that the sheet has not; `told`: row → column → what stands there instead."""

    rows: Rows
    wanted: Collection[int]
    titles: list[str] = field(default_factory=list)
    fields: dict[str, tuple[int, ...]] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)
    told: dict[int, dict[int, str]] = field(default_factory=dict)

    def read(self) -> Iterator[tuple[int, list[str], list[str]]]:
        """The rows' cells as they were, and those beyond the header."""
        raise NotImplementedError

    def lines(self) -> Iterator[list[str]]:
        for row, cells, beyond in self.read():
            cells += [""] * (len(self.titles) - len(cells))
            for column, text in self.told.get(row, {}).items():
                cells[column] = text
            yield cells + beyond

    def add(self, name: str, title: str, told: str | None = None) -> None:
        """A column of a field, or of what `told` says in rejects.toml."""
        title = next(t for t in (title, *(f"{title} {n}" for n in range(2, 999))) if t not in self.titles)
        self.fields[name] = (len(self.titles),)
        self.titles.append(title)
        self.added[title] = told or name

    def put(self, row: int, name: str, text: str, place: int | None = None) -> None:
        """Write what a row's cells of a field shall say, in a column of its own where the sheet has none."""
        if name not in self.fields:
            self.add(name, name)
        columns = self.fields[name]
        cells = self.told.setdefault(row, {})
        cells.update(dict.fromkeys(columns, ""))
        cells[place if place in columns else columns[0]] = text

    def place(self, row: int, name: str) -> int | None:
        """The column that a row's cell of a field came from."""
        return None

    # What rows know from others

    def tell(self, outcomes: Mapping[int, Outcome]) -> bool:
        """Say in the rows themselves what they have from others; whether a parent's number is a task's id."""
        rows, family = self.rows, self.rows.family
        above = {row: family.parent[row] for row in self.wanted if row in family.parent}
        tasks = {row: str(task) for row, parent in above.items() if (task := _task(outcomes, parent))}
        words = self.words()
        numbers = any(text.strip().isdigit() for row, text in family.unknown.items() if row in self.wanted)
        in_cells = not numbers and words.keys().isdisjoint(tasks.values())
        if rows.layout and "parent" not in self.fields:
            self.add("parent", "parent")  # also where it stays blank: then an outline tells nobody's parent
        for row, parent in above.items():
            if row in tasks:
                self.put(row, "parent", tasks[row] if in_cells else "", self.place(row, "parent"))
                if not in_cells:
                    self.put(row, "parent_task_id", tasks[row])
                self.put_project(row)
            elif row in rows.layout:
                self.put(row, "parent", self.reference(parent, words))
        for row in self.parts_of_no_task():
            self.put(row, "parent", "")
        return in_cells

    def words(self) -> Counter[str]:
        """What the rows are known by → how many bear it."""
        texts = self.rows.texts
        return Counter(
            plain(text)
            for row in self.wanted
            for text in {texts["key"].get(row), texts["other_key"].get(row), self.name(row)}
            if text
        )

    def name(self, row: int) -> str:
        return str(self.rows.bodies[row].get("name", ""))

    def reference(self, parent: int, words: Counter[str]) -> str:
        """A parent's key or name, as far as it is the only one, else a key that it is given."""
        for text in (self.rows.texts["key"].get(parent), self.name(parent)):
            if text and words[plain(text)] <= 1:
                return text
        self.put(parent, "other_key", f"row {parent}")
        return f"row {parent}"

    def put_project(self, row: int) -> None:
        """A sub-task without a project has its parent's, which is not in the file."""
        texts, parent, bodies = self.rows.texts, self.rows.family.parent, self.rows.bodies
        if row in texts["project"] or (self.rows.own and self.rows.own.has_no_project(row)):
            return
        if "project_id" in self.fields and (known := bodies[row].get("project_id", 0)) > 0:
            self.put(row, "project_id", str(known))
            return
        above = parent.get(row)
        while above is not None and above not in texts["project"]:
            above = parent.get(above)
        if above is not None and "project" in self.fields:
            self.put(row, "project", texts["project"][above])
            if "client" in self.fields and above in texts["client"]:
                self.put(row, "client", texts["client"][above])

    def parts_of_no_task(self) -> Iterator[int]:
        """Rows whose parents are no tasks, such as folders: they have none."""
        rows, family = self.rows, self.rows.family
        wrong = {problem.row for problem in rows.checked.problems if problem.field == "parent"}
        known = family.parent.keys() | family.existing.keys() | family.unknown.keys() | wrong
        for row, text in rows.texts["parent"].items():
            if row in self.wanted and row not in known and plain(text) in rows.apart:
                yield row


class _AsItStands(_Table):
    """The sheet's own columns, without a legend beside the table."""

    def __init__(self, rows: Rows, wanted: Collection[int]) -> None:
        super().__init__(rows, wanted)
        beside = rows.sheet.beside
        self.columns = tuple(c for c in rows.mapping.columns if c.field or c.position not in beside)
        self.index = {column.position: place for place, column in enumerate(self.columns)}
        self.titles = [column.title for column in self.columns]
        self.fields = {
            name: tuple(self.index[place] for place in places) for name, places in rows.mapping.feeds.items()
        }
        self.among = {*wanted, *self.companions(), *self.folded()}

    def place(self, row: int, name: str) -> int | None:
        place = self.rows.place(row, name)
        return None if place is None else self.index.get(place)

    def folded(self) -> Iterator[int]:
        """Rows that are one task with another for what they say. Of rows that a merged cell makes one, the
        others' names are gone; their tags and people are the first's."""
        rows = self.rows
        merged = set()
        for row, head in rows.checked.folded.items():
            if head in self.wanted and rows.mapping.rules.fold:
                yield row
            elif head in self.wanted:
                merged.add(head)
        for row in merged:
            for name in MANY:
                if name in self.fields and row in rows.texts[name]:
                    self.put(row, name, rows.texts[name][row])

    def companions(self) -> Iterator[int]:
        """Rows that are no task and tell of the task above or of those below: notes, the last section."""
        rules = self.rows.mapping.rules.rows
        if not rules:
            return
        arranger = Arranger(self.rows.mapping)
        section = task = None
        for chunk in self.rows.sheet.chunks():
            told = {row: rule.are for rule in reversed(rules) for row, _ in arranger.matching(rule, chunk)}
            for row in map(int, chunk.index):
                are = told.get(row)
                if are == "sections":
                    section, task = row, None
                elif are == "notes" and task in self.wanted:
                    yield row
                elif are is None:
                    task = row
                    if row in self.wanted and section:
                        yield section

    def read(self) -> Iterator[tuple[int, list[str], list[str]]]:
        rows = self.rows
        days = {
            place
            for name, places in rows.mapping.feeds.items()
            if BY_NAME[name].kind in _DAYS
            for place in places
        }
        order, among = rows.style.order or "iso", list(self.among)
        for chunk in rows.sheet.chunks():
            found = chunk.loc[chunk.index.isin(among)]
            places = [*self.index, *range(len(rows.sheet.header), chunk.shape[1])]
            cells = (
                [_text(x, order if place in days else None) for x in rows.bare_text(found[place])]
                for place in places
            )
            for row, *texts in zip(found.index.tolist(), *cells, strict=True):
                beyond = texts[len(self.index) :]
                yield row, texts[: len(self.index)], beyond if any(beyond) else []


class _ByField(_Table):
    """Columns named as their fields, of a sheet with several headers."""

    def __init__(self, rows: Rows, wanted: Collection[int]) -> None:
        super().__init__(rows, wanted)
        self.columns = ()
        arranger = Arranger(rows.mapping, rows.sheet.above)
        self.arranged = next(arranger.arrange(chunk) for chunk in chunks(rows.sheet, rows.mapping))
        for name in self.arranged.cells:
            self.add(name, name)
        for column, _ in self.arranged.extra:
            self.add(f"{column.field}+{column.position}", column.title, f"{column.field}+")

    def read(self) -> Iterator[tuple[int, list[str], list[str]]]:
        arranged = self.arranged
        for row in (row for row in arranged.rows if row in self.wanted):
            cells = [_field_text(self.rows, name, own.at[row]) for name, own in arranged.cells.items()]
            yield row, [*cells, *(_text(own.at[row], None) for _, own in arranged.extra)], []


# A cell


_DAYS = (Value.DATE, Value.RANGE)


def _field_text(rows: Rows, name: str, cell: Any) -> str:
    """As it was written, where a preset has put what it means behind it: `Done|@done`, `Highest~high`."""
    text = _text(cell, rows.style.order or "iso" if BY_NAME[name].kind in _DAYS else None)
    mark = {"status": "|@", "priority": "~"}.get(name)
    return (text.rpartition(mark)[0] or text) if mark else text


def _text(cell: Any, order: str | None) -> str:
    """A cell as text; days that are understood in ISO. `order` is given for cells of date columns."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, Broken) and cell.shown.startswith("="):
        return UNCALCULATED  # a formula would be taken for the text that was meant
    if isinstance(cell, datetime):
        return cell.isoformat(" ").removesuffix(" 00:00:00")
    if order is None:
        return shown(cell)
    try:
        read = [day(end, order) for end in ends(cell)]
    except ValueError:
        return shown(cell)
    if any(isinstance(one, Kept) and one.loss != TIME for one in read):
        return shown(cell)  # an instant, whose day its zone decides
    return " → ".join(str(one.value) if isinstance(one, Kept) else one for one in read)
