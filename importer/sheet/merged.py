"""Merged cells: one value, in the first cell, that the person sees in all of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas as pd


Runs: TypeAlias = Mapping[int, list[tuple[int, int]]]
"""Column → (first, last) row of its cells that are merged over several rows, in order."""


@dataclass(frozen=True, slots=True)
class Span:
    """Rows are Excel's numbers, columns count from 0; `bottom` and `right` belong to it."""

    top: int
    bottom: int
    left: int
    right: int


def merged_runs(spans: Iterable[Span], below: int, titles: tuple[str, ...]) -> Runs:
    """Those below row `below` in columns with a title.

    Of cells merged over several columns, too, the first one counts.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    for span in spans:
        titled = span.left < len(titles) and titles[span.left]
        if titled and below < span.top < span.bottom:
            found.setdefault(span.left, []).append((span.top, span.bottom))
    return {column: sorted(rows) for column, rows in sorted(found.items())}


def fill_down(frames: Iterable["pd.DataFrame"], merged: Runs) -> Iterator["pd.DataFrame"]:
    """The frames with the value of merged cells in each of their rows; no row is added."""
    import pandas as pd

    going_on: dict[int, tuple[int, Any]] = {}  # column → first row and value of cells that began before
    for frame in frames:
        rows = frame.index.to_list()
        for column, spans in merged.items():
            cells = frame[column].to_list()
            first = bisect_left(spans, rows[0], key=lambda span: span[1])
            last = bisect_right(spans, rows[-1], key=lambda span: span[0])
            for top, bottom in spans[first:last]:
                start, end = bisect_left(rows, top), bisect_right(rows, bottom)
                if start < end and rows[start] == top:
                    going_on[column] = top, cells[start]
                began, value = going_on.get(column, (0, None))
                if began == top:
                    cells[start:end] = [value if cell is None else cell for cell in cells[start:end]]
            if first < last:
                frame[column] = pd.Series(cells, frame.index, dtype=object)
        yield frame
