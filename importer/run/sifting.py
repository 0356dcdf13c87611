"""Sifting: which rows of a chunk are tasks, and what becomes of the others.

A row may be no task (a section, a note, a legend), one task with an earlier row, or a task that is not to be
sent now: those are read all the same, since others may be their children.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from importer.delivery.drafts import Kind, Outcome
from importer.run.own_ids import settle_ids
from importer.run.rows import Rows
from importer.run.survey import chunks
from importer.run.template import is_example
from importer.task.arrange import Arranger
from importer.task.feeding import Arranged
from importer.task.lists import split
from importer.task.names import MANY, plain

if TYPE_CHECKING:
    import pandas as pd


def gather(rows: Rows) -> None:
    """Read every row of the sheet once. Names are still names then."""
    arranger = Arranger(rows.mapping, rows.sheet.above)
    for chunk in chunks(rows.sheet, rows.mapping):
        rows.keep_raw(chunk)
        rows.checked.names.update(zip(map(int, chunk.index), rows.shown_names(chunk), strict=True))
        arranged = arranger.arrange(chunk)
        rows.show(arranged)
        rows.beyond(chunk)
        sift(rows, arranged, chunk)
        rows.take(arranged)
        rows.join_names()
        rows.append(arranged.lines)
        rows.layout |= arranged.parents
    if rows.own:
        settle_ids(rows, rows.own)
    for title, filled in arranger.unused.items():
        rows.warn(f"column {title} of sub-tasks is left out", filled)


def sift(rows: Rows, arranged: Arranged, chunk: "pd.DataFrame") -> None:
    """Leave the tasks alone in `arranged`, and give the other rows their outcome."""
    arranged.others |= _example(rows, chunk) | _blank(rows, arranged, chunk)
    arranged.drop(arranged.others.keys())
    _known_as(rows, chunk, arranged.others)
    for row, why in arranged.others.items():
        rows.checked.aside[row] = Outcome(row, Kind.SKIPPED, None, why)
        rows.warn(f"rows that are no task: {why}")
    folded = _one_task(rows, arranged) | _one_cell(rows, arranged)
    rows.checked.folded |= folded
    _gather_names(rows, arranged, folded)
    arranged.drop(folded.keys())
    _set_aside(rows, arranged.rows, chunk)


def _example(rows: Rows, chunk: "pd.DataFrame") -> dict[int, str]:
    """The example row of our template, the first, where nobody touched it."""
    first = rows.sheet.header_row + 1
    if first not in chunk.index:
        return {}
    cells = {title: chunk.at[first, place] for place, title in enumerate(rows.sheet.header) if title}
    return {first: "the template's example"} if is_example(cells) else {}


def _blank(rows: Rows, arranged: Arranged, chunk: "pd.DataFrame") -> dict[int, str]:
    """Rows with nothing below any title of the table: of a legend beside it, of a column without one."""
    header, beside = rows.sheet.header, rows.sheet.beside
    table = [place for place, title in enumerate(header) if title and place not in beside]
    if not arranged.rows or not table or rows.mapping.rules.blocks:
        return {}
    bare = chunk.loc[arranged.rows, table].isna().all(axis=1)
    return {int(row): "nothing below a title" for row in bare.index[bare]}


def _known_as(rows: Rows, chunk: "pd.DataFrame", others: Iterable[int]) -> None:
    """Remember what the rows are called that are no task, for children that point at them."""
    places = [rows.positions[name] for name in ("key", "name") if name in rows.positions]
    for row in others:
        for place in places:
            if isinstance(text := chunk.at[row, place], str):
                rows.apart.setdefault(plain(text), row)


def _one_task(rows: Rows, arranged: Arranged) -> dict[int, int]:
    """row → the earlier row that is the same task: alike in all fields that the preset names, such as the
    time entries of one task. An id that was shortened is nobody's."""
    from importer.task.values import is_mangled

    by, count = rows.mapping.rules.fold, len(arranged.rows)
    if not by or by[0] not in arranged.cells:
        return {}
    columns = [arranged.cells[name].tolist() if name in arranged.cells else [None] * count for name in by]
    folded = {}
    for row, *told in zip(arranged.rows, *columns, strict=True):
        if by[0] == "key" and (told[0] is None or is_mangled(str(told[0]))):
            continue
        alike = tuple("" if cell is None else plain(str(cell)) for cell in told)
        head = rows.heads.setdefault(alike, row)
        if head != row:
            folded[row] = head
    return folded


def _one_cell(rows: Rows, arranged: Arranged) -> dict[int, int]:
    """row → the first row of the merged cell that holds the name of both."""
    place = rows.positions.get("name")
    spans = rows.sheet.merged.get(place, ()) if place is not None else ()
    return {row: first for first, last in spans for row in arranged.rows if first < row <= last}


def _gather_names(rows: Rows, arranged: Arranged, folded: Mapping[int, int]) -> None:
    """The tags and people of all rows that are one task are the task's."""
    for name in MANY:
        if name in arranged.cells:
            cells = arranged.cells[name]
            for row, head in folded.items():
                if isinstance(cell := cells.at[row], str):
                    rows.joining.setdefault((name, head), []).extend(split(cell))


def _set_aside(rows: Rows, tasks: Iterable[int], chunk: "pd.DataFrame") -> None:
    source, aside = rows.source, rows.checked.aside
    if rows.own:
        rows.own.see(chunk)
    for row in tasks:
        if rows.own and (outcome := rows.own.outcome(row)):
            aside[row] = outcome
        elif source.rows is not None and not any(row in asked for asked in source.rows):
            aside[row] = Outcome(row, Kind.PENDING, None, "not asked for")
        elif row in rows.sheet.hidden and source.skip_hidden:
            aside[row] = Outcome(row, Kind.SKIPPED, None, "hidden row")
