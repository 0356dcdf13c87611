"""Families: which row is a part of which, and in which wave each can be sent.

A parent is named by another row's key, else by its name where that is unique. A row is sent one
wave after its parent, since a child needs its parent's id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from importer.task.names import plain
from importer.task.problem import Problem


@dataclass(frozen=True, slots=True)
class Family:
    """`parent`: row → its parent's row. `existing`: row → id of a task that is there already. `unknown`:
    row → what its parent cell says, which is no row of the sheet and perhaps a task of the workspace."""

    parent: dict[int, int]
    existing: dict[int, int]
    wave: dict[int, int]
    problems: list[Problem]
    unknown: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kin:
    """What a sheet tells of its rows' families. All but `names` are by row, the filled ones alone.

    `keys` None: the sheet has no such column; `others` are second ids of the rows. `layout` are parents that
    the layout tells. `apart` are texts by which rows that are no task are known: they are nobody's parents.
    `loose`: a key that stands twice identifies nothing, as in the files of other tools, and is no problem.
    `ids`: a number that names no row is the id of a task; without a column of keys it is anyway, save in the
    files of other tools, whose numbers are their own.
    """

    names: Mapping[int, str | None]
    keys: Mapping[int, str] | None = None
    parents: Mapping[int, str] = field(default_factory=dict)
    others: Mapping[int, str] = field(default_factory=dict)
    layout: Mapping[int, int] = field(default_factory=dict)
    apart: Mapping[str, int] = field(default_factory=dict)
    loose: bool = False
    ids: bool = False


def relate(kin: Kin, places: Callable[[int, str], int | None] = lambda row, name: None) -> Family:
    """Find every row's parent. `places` has the column of a row's field, for the problems."""
    problems: list[Problem] = []
    by_key = _index((kin.keys or {}).items())
    by_other = _index(kin.others.items())
    by_name = _index(kin.names.items())
    if not kin.loose:
        for same in by_key.values():
            for row in same if len(same) > 1 else ():
                text = f"the key stands in rows {_listed(same)}; a key belongs to one row"
                problems.append(Problem(row, "key", (kin.keys or {})[row], text, places(row, "key")))

    parent = {row: above for row, above in kin.layout.items() if row in kin.names and above in kin.names}
    existing: dict[int, int] = {}
    unknown: dict[int, str] = {}
    ids = kin.ids or (kin.keys is None and not kin.loose)

    def said(row: int, text: str, loss: bool = False) -> None:
        problems.append(Problem(row, "parent", kin.parents.get(row, ""), text, places(row, "parent"), loss))

    for row, told in kin.parents.items():
        text = plain(told)
        found = by_key.get(text) or by_other.get(text) or by_name.get(text) or []
        if len(found) > 1:
            said(row, f"rows {_listed(found)} all bear this name; give the parent's key instead")
        elif found == [row]:
            said(row, "the row would be its own parent")
        elif found:
            parent[row] = found[0]
        elif text in kin.apart:
            said(row, "the row that it is a part of is no task, so it gets no parent", loss=True)
        elif ids and told.strip().isascii() and told.strip().isdigit():
            existing[row] = int(told)
        else:
            unknown[row] = told

    wave, circles = _waves(list(kin.names), parent)
    for row, circle in circles.items():
        said(row, f"rows {_listed(circle)} are each other's parents")
        del parent[row]
    return Family(parent, existing, wave, problems, unknown)


def _index(texts: Iterable[tuple[int, str | None]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, text in texts:
        if text:
            found.setdefault(plain(text), []).append(row)
    return found


def _waves(rows: Sequence[int], parent: Mapping[int, int]) -> tuple[dict[int, int], dict[int, list[int]]]:
    """The wave of each row (0: no parent in the sheet), and the rows of each circle."""
    wave: dict[int, int] = {}
    circles: dict[int, list[int]] = {}
    for start in rows:
        path: list[int] = []
        row = start
        seen: set[int] = set()
        while row not in wave and row not in seen:
            seen.add(row)
            path.append(row)
            if row not in parent:
                break
            row = parent[row]
        else:
            if row not in wave:  # came back to a row of this very path
                circle = sorted(path[path.index(row) :])
                circles.update((member, circle) for member in circle)
                wave[row] = 0
        for member in reversed(path):
            if member in circles:
                wave[member] = 0
            elif member not in wave:
                wave[member] = wave[parent[member]] + 1 if member in parent else 0
    return wave, circles


def _listed(rows: Sequence[int], most: int = 5) -> str:
    first = [str(row) for row in rows[:most]]
    if len(rows) > most:
        return f"{', '.join(first)} and {len(rows) - most} more"
    return " and ".join([", ".join(first[:-1]), first[-1]] if len(first) > 1 else first)
