"""rejects.csv: the bad rows in their own columns, to be mended and imported, with rejects.toml beside it.

Dates are in ISO, a parent that is a task already is given by its id, and `tasksheet_row` names each row, so
that it is known whatever was mended in it.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from importer.delivery.drafts import Kind, Outcome
from importer.run import mapping_file
from importer.run.rows import Rows
from importer.run.survey import chunks
from importer.task.arrange import Arranger
from importer.task.dates import TIME, Kept, day, ends
from importer.task.fields import BY_NAME
from importer.task.fields import Kind as Value
from importer.task.values import shown

ROW = "tasksheet_row"
_BAD = (Kind.INVALID, Kind.REJECTED)


def write_rejects(folder: Path, rows: Rows, outcomes: Mapping[int, Outcome], run: str) -> None:
    """Write both files to `folder`, where there are bad rows."""
    from importer.sheet.writing import written_aside

    wanted = bad_rows(rows, outcomes)
    parents = _parents(rows, outcomes, wanted)
    by_field = bool(rows.mapping.rules.blocks)  # rows under several headers have no columns in common
    header, read = (_by_field if by_field else _as_they_stand)(rows, wanted, parents)
    place = header.index(ROW) if ROW in header else len(header)
    with (
        written_aside(folder / "rejects.csv") as aside,
        aside.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as out,
    ):
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*header[:place], ROW, *header[place + 1 :]])
        for row, cells in read:
            writer.writerow([*cells[:place], f"{run}:{row}", *cells[place + 1 :]])
    mapping_file.write(folder / "rejects.toml", _mapping(rows, by_field))


def bad_rows(rows: Rows, outcomes: Mapping[int, Outcome]) -> set[int]:
    """The invalid and rejected rows, those of the same tasks, and the rows that they are a part of as far as
    those are no tasks yet."""
    bad = {row for row, outcome in outcomes.items() if outcome.kind in _BAD and row in rows.checked.names}
    heads = {rows.checked.folded.get(row, row) for row in bad}
    for row in list(heads):
        while (above := rows.family.parent.get(row)) is not None and not _created(outcomes, above):
            heads.add(row := above)
    return heads | {row for row, head in rows.checked.folded.items() if head in heads}


def _created(outcomes: Mapping[int, Outcome], row: int) -> int | None:
    outcome = outcomes.get(row)
    return outcome.task_id if outcome and outcome.kind is Kind.CREATED else None


def _mapping(rows: Rows, by_field: bool) -> mapping_file.Saved:
    saved = mapping_file.of(rows.mapping, rows.source)
    order = rows.style.order
    saved = replace(saved, dates=order if order in ("dmy", "mdy") else None, parent_ids=True)
    if by_field:
        values = {name: words for name, words in rows.mapping.values.items() if words}
        return replace(saved, preset="none", columns={}, values=values)
    return replace(saved, default=rows.mapping.default)  # also what came from the file's name


# Its cells


_Table: TypeAlias = "tuple[list[str], Iterator[tuple[int, list[str]]]]"
"""A header, and rows of cells by Excel's number."""


def _parents(rows: Rows, outcomes: Mapping[int, Outcome], wanted: set[int]) -> dict[int, str]:
    """What a row's parent cell has to say: the task's id where it is one, else, where only the layout tells
    the parent, its key or name."""
    told = {}
    for row in wanted:
        above = rows.family.parent.get(row)
        if above is None:
            continue
        task = _created(outcomes, above)
        if task is not None:
            told[row] = str(task)
        elif row in rows.layout:
            told[row] = rows.texts["key"].get(above) or str(rows.bodies[above].get("name", ""))
    return told


def _as_they_stand(rows: Rows, wanted: set[int], parents: Mapping[int, str]) -> _Table:
    """The sheet's own columns, and one for the parent where only the layout tells it."""
    header = list(rows.sheet.header)
    feeds = rows.mapping.feeds
    days = {place for name, places in feeds.items() if BY_NAME[name].kind in _DAYS for place in places}
    columns = feeds.get("parent", ())
    order = rows.style.order or "iso"

    def read() -> Iterator[tuple[int, list[str]]]:
        among = list(wanted)
        for chunk in rows.sheet.chunks():
            found = chunk.loc[chunk.index.isin(among)]
            texts = [[_text(x, order if p in days else None) for x in found[p]] for p in range(len(header))]
            for row, *cells in zip(found.index.tolist(), *texts, strict=True):
                told = parents.get(row, "")
                if told and columns:
                    own = rows.place(row, "parent")
                    cells = [told if p == own else "" if p in columns else x for p, x in enumerate(cells)]
                yield row, cells if columns or not rows.layout else [*cells, told]

    return header if columns or not rows.layout else [*header, "parent"], read()


def _by_field(rows: Rows, wanted: set[int], parents: Mapping[int, str]) -> _Table:
    """Columns named as their fields."""
    arranger = Arranger(rows.mapping, rows.sheet.above)
    arranged = next(arranger.arrange(chunk) for chunk in chunks(rows.sheet, rows.mapping))
    header = [*(name for name in arranged.cells if name != "parent"), "parent"]

    def read() -> Iterator[tuple[int, list[str]]]:
        for row in (row for row in arranged.rows if row in wanted):
            cells = [_field_text(rows, name, arranged.cells[name].at[row]) for name in header[:-1]]
            yield row, [*cells, parents.get(row, "")]

    return header, read()


_DAYS = (Value.DATE, Value.RANGE)


def _field_text(rows: Rows, name: str, cell: Any) -> str:
    """As it was written, where a preset has put what it means behind it: `Done|@done`, `Highest~high`."""
    text = _text(cell, rows.style.order or "iso" if BY_NAME[name].kind in _DAYS else None)
    mark = {"status": "|@", "priority": "~"}.get(name)
    return (text.rpartition(mark)[0] or text) if mark else text


def _text(cell: Any, order: str | None) -> str:
    """A cell as text; days that are understood in ISO. `order` is given for cells of date columns."""
    if cell is None:
        return ""
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
