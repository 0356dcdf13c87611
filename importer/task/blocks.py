"""Blocks: sheets in which groups and sub-tasks stand under headers of their own (monday.com)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.task.mapping import Mapping, fit_block
from importer.task.preset import title_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Block:
    """Rows under one header."""

    mapping: Mapping
    rows: "pd.DataFrame"


def cut(
    sheet: "pd.DataFrame", mapping: Mapping, section: str | None
) -> tuple[list[Block], dict[int, str], dict[int, int], dict[int, str]]:
    """The blocks of a whole sheet, its rows that are no task, the parents, and the section of each row.

    A group is a title row, a header row like the sheet's, its items, and perhaps a summary row, which has
    neither a name nor an id nor people. The sub-tasks of an item follow it under a header that begins with
    the preset's `nested` title; their first cell is blank.
    """
    rules = mapping.rules
    header = _plain([column.title for column in mapping.columns])
    rows = [
        (int(row), list(cells)) for row, cells in zip(sheet.index, sheet.itertuples(index=False), strict=True)
    ]
    plain = [_plain(cells) for _, cells in rows]
    others: dict[int, str] = {}
    parents: dict[int, int] = {}
    sections: dict[int, str] = {}
    blocks: dict[tuple[str, ...], tuple[Mapping, list[int]]] = {header: (mapping, [])}
    current, item = header, 0
    for place, (row, cells) in enumerate(rows):
        told = plain[place]
        if _is_header(told, header):
            others[row], current = "the header again", header
        elif told[:1] == (title_of(rules.nested),) and title_of(rules.blocks[0]) in told[1:]:
            others[row], current = "the header of sub-tasks", told
            if told not in blocks:
                blocks[told] = fit_block([_text(cell) for cell in cells], mapping), []
        elif place + 1 < len(rows) and _is_header(plain[place + 1], header) and sum(map(bool, told)) == 1:
            section = next(_text(cell) for cell in cells if _text(cell))
            others[row], current, item = "the title of a group", header, 0
        else:
            if told[:1] != ("",):
                current = header
            own, members = blocks[current]
            if not any(_told(own, field, cells) for field in ("name", "key", "assignees")):
                others[row] = "the summary of a group"
                continue
            members.append(row)
            if current == header:
                item = row
                if section:
                    sections[row] = section
            elif item:
                parents[row] = item
    return [Block(own, sheet.loc[members]) for own, members in blocks.values()], others, parents, sections


def _told(mapping: Mapping, field: str, cells: Sequence[Any]) -> str:
    """What a row says in a field."""
    places = (place for place in mapping.feeds.get(field, ()) if place < len(cells))
    return next((text for place in places if (text := _text(cells[place]))), "")


def _is_header(told: tuple[str, ...], header: tuple[str, ...]) -> bool:
    filled = [(text, header[p] if p < len(header) else "") for p, text in enumerate(told) if text]
    return len(filled) > 1 and all(text == title for text, title in filled)


def _plain(cells: Sequence[Any]) -> tuple[str, ...]:
    texts = [title_of(_text(cell)) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _text(cell: object) -> str:
    return cell.strip() if isinstance(cell, str) else "" if cell is None else str(cell)
