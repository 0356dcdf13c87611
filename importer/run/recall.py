"""Recall: what the journal knows of a sheet's rows, both read with today's mapping."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from importer.delivery.drafts import Kind, Outcome
from importer.delivery.journal import Head, Journal, Kept
from importer.run.kinship import LAYOUT
from importer.run.known import Answers, Cells, Item, Known, Line, changed, known
from importer.run.rows import Rows
from importer.task.mapping import Column, recognise

_RUN_AND_ROW = re.compile(r"(\S+):(\d+)")


@dataclass(slots=True)
class Recalled:
    """A sheet beside the journal. `kept` are the rows of the journal by their number, `names` what
    they are called; `changed` are the fields of a row that differ from what was imported."""

    known: Known = field(default_factory=Known)
    kept: dict[int, Kept] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    changed: dict[int, list[str]] = field(default_factory=dict)

    def there(self, row: int) -> Kept | None:
        """The journal's row where it was created or may have been."""
        kept = self.kept.get(self.known.item.get(row, 0))
        return kept if kept and kept.kind in (Kind.CREATED, Kind.DOUBT) else None

    def outcome(self, row: int, now: Outcome) -> Outcome:
        """How a row stands that was sent before; `now` is what the journal says."""
        fields = self.changed.get(row)
        if now.kind is not Kind.CREATED or not fields:
            return now
        said = f"changed since it was imported: {', '.join(fields)}"
        return Outcome(row, now.kind, now.task_id, "; ".join(filter(None, [said, now.problem])), now.look)

    @property
    def runs(self) -> Counter[tuple[str, str, str]]:
        """The runs, their beginnings and their files, that created the rows of the sheet."""
        return Counter(
            (kept.run, kept.began, kept.file) for row in self.known.item if (kept := self.there(row))
        )


def recall(journal: Journal, rows: Rows, answers: Answers, label: str | None = None) -> Recalled:
    """Match the rows of a sheet with the journal's; with a `label` (--again) with those that bear it."""
    kept = {one.id: one for one in journal.items(label)}
    if not kept:
        return Recalled()
    own_head = heading(rows)
    reading = _Reading(own_head)
    heads = journal.heads()
    items = [
        Item(
            one.id,
            one.list,
            one.kind,
            reading.cells(heads[one.head], one.cells),
            reading.cells(heads[one.seen_head], one.seen) if one.seen_head and one.seen else None,
            one.label,
        )
        for one in kept.values()
    ]
    said = rows.texts["tasksheet_row"]
    lines = [
        Line(row, reading.cells(own_head, cells), _named(journal, said.get(row, "")))
        for row, cells in rows.checked.cells.items()
        if row in rows.bodies and not _exists(rows, row)
    ]
    names = {item.id: item.last.get("name", "") for item in items}
    told = Recalled(known(lines, items, answers), kept, names)
    by_id = {item.id: item for item in items}
    for line in lines:
        item = by_id.get(told.known.item.get(line.row, 0))
        if item and (fields := changed(line.cells, item.cells)):
            told.changed[line.row] = fields
    return told


def heading(rows: Rows) -> Head:
    """The titles and their fields, of a tool's export the fields alone; a parent that the layout tells stands
    in a column of its own, ahead."""
    titles: list[str] = list(rows.sheet.header)
    fields: list[str | None] = [_field_of(column) for column in rows.mapping.columns]
    if rows.mapping.rules.id:
        titles, fields = list(rows.kept), list(rows.kept)
    if rows.layout:
        titles, fields = [LAYOUT, *titles], ["parent", *fields]
    return Head(tuple(titles), rows.mapping.fixed, rows.mapping.default, tuple(fields))


def _exists(rows: Rows, row: int) -> bool:
    """Whether the row is a task of the workspace by its own word: an export of ours."""
    aside = rows.checked.aside.get(row)
    return aside is not None and aside.task_id is not None


def _named(journal: Journal, said: str) -> int | None:
    """The journal's row that RUN:ROW names."""
    found = _RUN_AND_ROW.fullmatch(said.strip())
    return journal.item_of(found[1], int(found[2])) if found else None


class _Reading:
    """Cells by field, as today's mapping reads them."""

    def __init__(self, head: Head) -> None:
        self.today = {LAYOUT: "parent", **dict(zip(head.titles, head.fields or (), strict=False))}
        self._own = head.titles
        self._positions = head.fields or ()

    def cells(self, head: Head, told: str) -> Cells:
        fields = self._positions if head.titles == self._own else self._of(head)
        cells = {
            name: cell
            for name, cell in zip(fields, json.loads(told), strict=False)
            if name and cell and name != "tasksheet_row" and not cell.isspace()
        }
        return {**head.blank, **cells, **head.fixed}

    def _of(self, head: Head) -> Sequence[str | None]:
        """Today's fields of the titles; of a title that is gone what the mapping of then made of it."""
        then = head.fields or tuple(recognise(title) for title in head.titles)
        return [self.today.get(title, field) for title, field in zip(head.titles, then, strict=True)]


def _field_of(column: Column) -> str | None:
    """What a column's cells are compared as: of several columns of a field only the most trusted as it."""
    if column.line or column.rank:
        return f"{column.field}+{column.title}"
    return column.field


def projects(journal: Journal, found: Recalled) -> Mapping[int, int | None]:
    """The projects of the rows that are tasks already, for children that have none of their own."""
    return {
        row: journal.body_of(number).get("project_id")
        for row, number in found.known.item.items()
        if found.there(row)
    }
