"""Families: which row is a part of which, and in which wave each can be sent.

A parent is named by another row's key, else by its name where that is unique. A row is sent one
wave after its parent, since a child needs its parent's id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importer.task.names import plain
from importer.task.problem import Problem


@dataclass(frozen=True, slots=True)
class Family:
    """`parent`: row → its parent's row. `existing`: row → id of a task that is there already."""

    parent: dict[int, int]
    existing: dict[int, int]
    wave: dict[int, int]
    problems: list[Problem]


def relate(
    rows: Sequence[int],
    names: Sequence[str | None],
    keys: Sequence[str | None] | None,
    parents: Mapping[int, str],
    positions: Mapping[str, int] = {},
) -> Family:
    """Find every row's parent.

    `rows`, `names` and `keys` run side by side (`keys` None: the sheet has no such column);
    `parents` holds the filled parent cells by row. Without keys in the sheet a whole number that
    names no row is the id of an existing task.
    """
    problems: list[Problem] = []
    by_key = _index(rows, keys or ())
    by_name = _index(rows, names)
    for key, same in by_key.items():
        if len(same) > 1:
            for row in same:
                text = f"the key stands in rows {_listed(same)}; a key belongs to one row"
                problems.append(Problem(row, "key", key, text, positions.get("key")))

    parent: dict[int, int] = {}
    existing: dict[int, int] = {}

    def wrong(row: int, text: str) -> None:
        problems.append(Problem(row, "parent", parents[row], text, positions.get("parent")))

    for row, said in parents.items():
        found = by_key.get(plain(said)) or by_name.get(plain(said)) or []
        if len(found) > 1:
            wrong(row, f"rows {_listed(found)} all bear this name; give the parent's key instead")
        elif found == [row]:
            wrong(row, "the row would be its own parent")
        elif found:
            parent[row] = found[0]
        elif keys is None and said.strip().isascii() and said.strip().isdigit():
            existing[row] = int(said)
        else:
            wrong(row, "no row has this key or name")

    wave, circles = _waves(rows, parent)
    for row, circle in circles.items():
        wrong(row, f"rows {_listed(circle)} are each other's parents")
        del parent[row]
    return Family(parent, existing, wave, problems)


def _index(rows: Sequence[int], texts: Sequence[str | None]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, text in zip(rows, texts, strict=False):
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
