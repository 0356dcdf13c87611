"""Completion: ids for names, what children inherit, and the drafts of the valid rows.

It comes after the journal was asked, so that nothing is looked up for rows that are tasks already.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from importer.delivery.drafts import Draft
from importer.run.own_ids import settle_home, tell_behind
from importer.run.resolve import Resolver
from importer.run.rows import Rows
from importer.run.source import Checked
from importer.task.fields import BY_NAME, Kind
from importer.task.names import ID_FIELD
from importer.task.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

_LACKS = "no row has this key or name"
_OUTSIDE = "the parent is not in the sheet; export it too (an archived one comes with --with-archived)"


def complete(
    rows: Rows,
    resolver: Resolver,
    wanted: Collection[int] | None = None,
    projects: Mapping[int, int | None] = MappingProxyType({}),
) -> Checked:
    """Make drafts of the valid rows among `wanted` (None: all that are to be sent).

    `projects` are those of rows that are tasks already, for their children.
    """
    checked, family = rows.checked, rows.family
    wanted = rows.bodies.keys() - checked.aside.keys() if wanted is None else set(wanted)
    if rows.own:
        wanted = settle_home(rows, rows.own, resolver.directory, wanted)
    _names(rows, resolver, wanted)
    _parents(rows, resolver, wanted)
    for note in resolver.notes:
        rows.warn(note)
    _inherit(rows, projects)
    invalid = checked.invalid
    if rows.own:
        tell_behind(rows, rows.own, wanted - invalid.keys())
    checked.problems.sort(key=lambda p: (p.row, -1 if p.position is None else p.position))
    checked.unresolved = len(resolver.unresolved)
    checked.drafts = [
        Draft(row, body, family.wave.get(row, 0), family.parent.get(row))
        for row, body in rows.bodies.items()
        if row in wanted and row not in invalid
    ]
    return checked


def _names(rows: Rows, resolver: Resolver, wanted: Collection[int]) -> None:
    """Put the ids of names beside the ids that the sheet gives itself; those win, save over --set."""
    import pandas as pd

    clients = pd.Series(rows.texts["client"], dtype=object)
    for name, target in ID_FIELD.items():
        cells = cells_of(rows, name, wanted)
        if cells.empty:
            continue
        ids, problems = resolver.ids(name, cells, clients, rows.positions)
        rows.note(rows.placed(problems))
        many = BY_NAME[target].kind is Kind.INTEGERS
        filled = ids.dropna()
        for row, found in zip(filled.index.tolist(), filled.tolist(), strict=True):
            rows.bodies[row][target] = list(found) if many else int(found)


def cells_of(rows: Rows, name: str, wanted: Collection[int]) -> "pd.Series[Any]":
    """The cells of a field of names that count: not those of rows that have the id already."""
    import pandas as pd

    told = name in rows.mapping.fixed  # for every row, also where the sheet gives an id
    target = ID_FIELD.get(name, "")
    cells = {
        row: text
        for row, text in rows.texts[name].items()
        if row in wanted and (told or target not in rows.bodies[row])
    }
    return pd.Series(cells, dtype=object)


def _parents(rows: Rows, resolver: Resolver, wanted: Collection[int]) -> None:
    """Parents that no row is: tasks of the workspace by name, else left out where that is asked for."""
    drop = "parent" in rows.source.drop
    for row, text in rows.family.unknown.items():
        if row not in wanted:
            continue
        meant = rows.own.parent(row, text) if rows.own else text
        found = resolver.task(meant) if isinstance(meant, str) and meant else meant or None
        if isinstance(found, int):
            rows.bodies[row].setdefault("parent_task_id", found)
            continue
        left = found is None and drop
        cure = "the task gets no parent" if left else '--unmatched "parent=drop" leaves it out'
        said = found or f"{_LACKS if meant == text else _OUTSIDE}; {cure}"
        shown = meant if isinstance(meant, str) and meant else text
        rows.note([Problem(row, "parent", shown, said, rows.place(row, "parent"), loss=left)])


def _inherit(rows: Rows, projects: Mapping[int, int | None]) -> None:
    """A child without a project gets its parent's; the API does not do so by itself. Of an export of ours it
    is known to have none."""
    inherited, family = 0, rows.family
    for row in sorted(family.parent, key=lambda r: family.wave[r]):
        if rows.own and rows.own.has_no_project(row):
            continue
        above = family.parent[row]
        project = projects.get(above, rows.bodies[above].get("project_id"))
        if project is not None and "project_id" not in rows.bodies[row]:
            rows.bodies[row]["project_id"] = project
            inherited += 1
    if inherited:
        rows.warn("sub-tasks without a project get their parent's", inherited)
