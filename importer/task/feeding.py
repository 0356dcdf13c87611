"""Feeding: from the columns of a block to cells by field, as the mapping and its preset say.

Several columns of one field become one cell a row, the most trusted first or all added up.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.task.blocks import Block
from importer.task.fields import BY_NAME, Kind
from importer.task.lists import join, split
from importer.task.mapping import Column
from importer.task.mapping import Mapping as Columns
from importer.task.preset import Move, title_of, word_of
from importer.task.problem import Problem
from importer.task.values import shown, unit_of
from importer.task.wording import LISTS, beyond_the_first, plain_words, tidy

if TYPE_CHECKING:
    import pandas as pd

Place: TypeAlias = "int | pd.Series[Any]"
"""The column of a field's cells: the same for all rows, or each row's own."""

_BARE = re.compile(r"\s*\d+(?:[.,]\d+)?\s*", re.ASCII)


@dataclass(slots=True)
class Arranged:
    """The tasks of a chunk by field, on Excel's row numbers, and what else its rows tell.

    `others` are the rows that are no task, with the reason. `lines` go to the notes of a row, which may
    stand in an earlier chunk. `parents` are those that the layout tells: an outline, a block. `losses` are
    what single-valued fields leave out of cells that hold several values.
    """

    rows: list[int]
    cells: dict[str, "pd.Series[Any]"]
    places: dict[str, Place]
    extra: list[tuple[Column, "pd.Series[Any]"]] = field(default_factory=list)  # for lines of notes
    others: dict[int, str] = field(default_factory=dict)
    lines: dict[int, list[str]] = field(default_factory=dict)
    apart: dict[tuple[str, int, str], int] = field(default_factory=dict)  # see _apart
    parents: dict[int, int] = field(default_factory=dict)
    losses: list[Problem] = field(default_factory=list)

    def drop(self, rows: Collection[int]) -> None:
        """Take rows out that are no tasks of their own."""
        if rows:
            self.rows = [row for row in self.rows if row not in rows]
            self.cells = {name: cells.loc[self.rows] for name, cells in self.cells.items()}
            self.extra = [(column, cells.loc[self.rows]) for column, cells in self.extra]


def by_field(block: Block, sheet: Columns) -> Arranged:
    """`sheet` is the mapping of the whole, which the first block has too."""
    rows, mapping, rules = block.rows, block.mapping, block.mapping.rules
    arranged = Arranged([int(row) for row in rows.index], {}, {})
    for name, positions in mapping.feeds.items():
        columns = [(position, tidy(rows[position], rules)) for position in positions]
        if name in rules.add_up:
            cells, place = _added_up(columns)
            arranged.apart |= _apart(name, columns[1:])
        else:
            cells, place = _first_filled(columns)
        if name in rules.keep_all:
            _keep_others(arranged, columns, cells, mapping.titles)
        if BY_NAME[name].kind is Kind.MINUTES:
            cells = _with_units(name, cells, positions[0], block, own=mapping is not sheet)
        arranged.cells[name], arranged.places[name] = cells, place
    for name, other in rules.instead.items():
        if other in arranged.cells:
            _fill(arranged, name, other)
    for name, cells in arranged.cells.items():
        clean, words = rules.clean.get(name), mapping.values.get(name, {})
        arranged.cells[name] = plain_words(name, cells, clean, words)
        for row, cell in beyond_the_first(name, cells, clean, words):
            arranged.losses.append(_first_taken(arranged, name, row, cell))
    for column in mapping.lines:
        arranged.extra.append((column, tidy(rows[column.position], rules)))
    for move in rules.moves:
        if move.source in arranged.cells:
            _move(arranged, move)
    return arranged


def _first_taken(arranged: Arranged, name: str, row: int, cell: str) -> Problem:
    place = arranged.places[name]
    position = place if isinstance(place, int) else int(str(place.at[row]))
    said = f"a task has one {name}; of several the first is taken"
    return Problem(row, name, cell, said, position, loss=True)


def _keep_others(
    arranged: Arranged,
    columns: Sequence[tuple[int, "pd.Series[Any]"]],
    taken: "pd.Series[Any]",
    titles: Mapping[int, str],
) -> None:
    """A line of the notes for each cell that another column of the field was taken for."""
    for position, cells in columns:
        for row, cell in cells[cells.notna() & (cells != taken)].items():
            arranged.lines.setdefault(int(str(row)), []).append(f"{titles[position]}: {shown(cell)}")


def _with_units(
    name: str, cells: "pd.Series[Any]", position: int, block: Block, *, own: bool
) -> "pd.Series[Any]":
    """Bare numbers with the unit that a column of units or a block's own header tells: `10 minute`."""
    titles = block.mapping.titles
    plain = title_of(block.mapping.rules.unit_titles.get(name, ""))
    place = next((p for p, title in titles.items() if title and title_of(title) == plain), None)
    if place is not None:
        units = block.rows[place].where(block.rows[place].notna(), "")
    elif not own or (unit := unit_of(titles[position])) is None:
        return cells
    else:
        units = cells.map(lambda cell: unit)
    bare = cells.map(lambda cell: isinstance(cell, str) and bool(_BARE.fullmatch(cell)))
    return cells.where(~bare.astype(bool), cells.astype(str) + " " + units.astype(str))


def _fill(arranged: Arranged, name: str, other: str) -> None:
    """Where a field's cell is blank, another field's stands for it."""
    import pandas as pd

    def spread(place: Place) -> "pd.Series[Any]":
        return pd.Series(place, index=arranged.rows) if isinstance(place, int) else place

    more, place = arranged.cells[other], spread(arranged.places[other])
    if name in arranged.cells:
        own = arranged.cells[name]
        filled = own.notna()
        more = own.where(filled, more)
        place = spread(arranged.places[name]).where(filled, place)
    arranged.cells[name], arranged.places[name] = more, place


def _move(arranged: Arranged, move: Move) -> None:
    """Take what the pattern finds out of one field, and add it to another."""
    import pandas as pd

    source, target, pattern = move.source, move.target, move.pattern
    cells = arranged.cells[source]
    texts = cells[cells.map(lambda cell: isinstance(cell, str) and bool(pattern.search(cell)))]
    if not len(texts):
        return
    many = BY_NAME[target].kind in LISTS
    there = arranged.cells.get(target, pd.Series(None, index=cells.index, dtype=object)).copy()
    left = cells.copy()
    for row, text in texts.items():
        found = [match[match.lastindex or 0].strip() for match in pattern.finditer(text)]
        before = there.at[row]
        old = (split(before) if many else [before]) if isinstance(before, str) else []
        there.at[row] = join(dict.fromkeys(old + found)) if many else "\n".join(old + found)
        left.at[row] = " ".join(pattern.sub(" ", text).split()) or None
    arranged.cells |= {source: left, target: there}
    arranged.places.setdefault(target, arranged.places[source])


def _first_filled(columns: Sequence[tuple[int, "pd.Series[Any]"]]) -> tuple["pd.Series[Any]", Place]:
    """Of each row the first cell that holds something, and where it stands."""
    import pandas as pd

    (position, cells), *others = columns
    place: Place = position
    for position, more in others:
        filled = cells.isna() & more.notna()
        if filled.any():
            if isinstance(place, int):
                place = pd.Series(place, index=cells.index, dtype="int64")
            place = place.where(~filled, position)
            cells = cells.where(~filled, more)
    return cells, place


def _added_up(columns: Sequence[tuple[int, "pd.Series[Any]"]]) -> tuple["pd.Series[Any]", Place]:
    """The values of all columns in one cell, each column holding one."""
    cells, place = _first_filled(columns)
    if len(columns) == 1:
        return cells.map(lambda cell: join([cell]) if isinstance(cell, str) else cell), place
    added = [
        join(dict.fromkeys(cell.strip() for cell in row if isinstance(cell, str) and cell.strip())) or None
        for row in zip(*(column.tolist() for _, column in columns), strict=True)
    ]
    import pandas as pd

    return pd.Series(added, index=cells.index, dtype=object), place


def _apart(name: str, columns: Sequence[tuple[int, "pd.Series[Any]"]]) -> dict[tuple[str, int, str], int]:
    """(field, row, word) → the column that holds this one of the row's values."""
    return {
        (name, int(row), word_of(cell)): position
        for position, cells in reversed(columns)
        for row, cell in cells.dropna().items()
        if isinstance(cell, str)
    }
