"""Kinship: who is whose parent, and what else only the whole sheet shows."""

import json

from importer.delivery.drafts import Kind, Outcome
from importer.run.rows import Rows
from importer.task.family import Kin, relate
from importer.task.names import plain
from importer.task.problem import Problem

LAYOUT = "↑"  # in the journal, the title of a parent that the layout tells
_TOTALS = frozenset(
    {"total", "totals", "sum", "grand total", "summe", "gesamt", "gesamtsumme", "somme", "total général"}
    | {"suma", "total general", "soma", "total geral", "som", "totaal"}
)


def settle_kin(rows: Rows) -> None:
    """Find the parents, leave sums below the table out, and say what concerns the whole sheet."""
    _leave_out_totals(rows)
    family = rows.family = relate(_kin(rows), rows.place)
    rows.note(family.problems)
    parents = rows.texts["parent"]
    for row in family.parent.keys() | family.existing.keys():
        if "parent_task_id" in rows.bodies[row]:
            other = rows.bodies[row]["parent_task_id"]
            said = f"the row names two parents: this one, and {other} as parent_task_id"
            rows.note([Problem(row, "parent", parents.get(row, ""), said, rows.place(row, "parent"))])
    for row, existing in family.existing.items():
        rows.bodies[row].setdefault("parent_task_id", existing)
    if rows.keep_cells and rows.layout:
        _keep_layout(rows)
    _count(rows)


def _kin(rows: Rows) -> Kin:
    """What the sheet tells of families. A row that is left out, since it is archived or becomes no task, is
    nobody's parent."""
    names = {row: body.get("name") for row, body in rows.bodies.items()}
    for row in rows.archived | (rows.own.left_out & names.keys() if rows.own else set()):
        for text in (rows.texts["key"].get(row), names.pop(row)):
            if text:
                rows.apart.setdefault(plain(text), row)
    keys, others, parents = (
        {row: text for row, text in rows.texts[name].items() if row in names}
        for name in ("key", "other_key", "parent")
    )
    has_keys = "key" in rows.mapping.feeds
    loose, ids = bool(rows.mapping.rules.id), rows.source.parent_ids
    return Kin(names, keys if has_keys else None, parents, others, rows.layout, rows.apart, loose, ids)


def _leave_out_totals(rows: Rows) -> None:
    """The last rows are sums, as long as they are called Total and hold an estimate at most."""
    if rows.own:
        return
    for row in sorted(rows.bodies, reverse=True):
        body = rows.bodies[row]
        called = plain(str(body.get("name", ""))).rstrip(":")
        beside = (body.keys() - {"name", "estimated_mins"}) or any(
            row in told for told in rows.texts.values()
        )
        if called not in _TOTALS or beside or len(rows.bodies) == 1:
            return
        del rows.bodies[row]
        rows.checked.problems = [p for p in rows.checked.problems if p.row != row]
        rows.checked.aside[row] = Outcome(row, Kind.SKIPPED, None, "a sum of the rows above")
        rows.warn("rows that are no task: a sum of the rows above")


def _keep_layout(rows: Rows) -> None:
    """Give the cells that the journal keeps the parent's name ahead, as if it were a column's."""
    for row, cells in rows.checked.cells.items():
        above = rows.bodies.get(rows.layout.get(row, 0), {}).get("name")
        rows.checked.cells[row] = f"[{json.dumps(above)}, {cells[1:]}"


def _count(rows: Rows) -> None:
    """Say how many rows hidden, archived, folded … there are."""
    checked, source = rows.checked, rows.source
    for position, largest in rows.bare.items():
        if largest <= 24:
            title = rows.sheet.header[position]
            said = f"{title} is taken as minutes, and none is above 24: say hours as {title} (h)"
            rows.warn(said, len(rows.bodies))
    if hidden := len(rows.sheet.hidden & checked.names.keys()):
        done = "left out" if source.skip_hidden else "imported like the others (see --skip-hidden)"
        rows.warn(f"hidden rows, {done}", hidden)
    if rows.archived:
        rows.warn("rows that are archived in the file, left out (see --with-archived)", len(rows.archived))
    if checked.folded:
        rows.warn("rows that are one task with an earlier row, whose cells count", len(checked.folded))
    rules = rows.mapping.rules
    if rules.missing and rows.bodies:
        rows.warn(f"not brought along from {rules.name}: {rules.missing}", len(rows.bodies))
    if source.rows is not None and checked.names and not rows.bodies.keys() - checked.aside.keys():
        rows.warn("no row of the sheet is among those asked for with --rows", len(rows.bodies))
