"""Finds the row that holds the column titles, or the rows, on the first rows of a table.

Knows rows and cells, not files: a reader hands over a Source, whatever the format.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice, zip_longest
from typing import Any, TypeAlias

from importer.errors import UnreadableFile
from importer.sheet.base import Broken, Cell
from importer.sheet.merged import Span

Known: TypeAlias = Callable[[str], bool]

# A header further down than this many filled rows has to be named with --header-row.
SEARCHED_ROWS = 60

ROWS_ABOVE = 20  # as many are kept


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of one table of a file.

    `rows()` starts anew at every call and yields (Excel's row number, raw values) of the rows that
    carry data, in order; positions count from column A. `cells` makes Cells of raw values, of a row
    or of a column alike: many at once are cheaper than one by one.
    """

    rows: Callable[[], Iterator[tuple[int, Sequence[Any]]]]
    cells: Callable[[Iterable[Any]], list[Cell]]
    merged: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """A row as column titles. A header of several rows has the titles of all and the last one's number."""

    row: int  # Excel's number
    titles: tuple[str, ...]
    known: int  # how many different titles are recognised
    top: int  # its first row
    cells: tuple[Cell, ...] = ()  # of the row itself
    reached_into: bool = False  # merged cells of a row above belong to it
    before: int = 0  # filled rows above it
    above: tuple[tuple[str, ...], ...] = ()  # their filled cells, as Sheet.above
    beside: frozenset[int] = frozenset()  # as Sheet.beside

    @property
    def filled(self) -> int:
        return sum(map(bool, self.titles))

    @property
    def texts(self) -> int:
        """Its own cells that may be words; numbers and dates are rarely titles."""
        return sum(isinstance(cell, str) and any(map(str.isalpha, cell)) for cell in self.cells)

    def at(self, column: int) -> str:
        return self.titles[column] if column < len(self.titles) else ""


def find_header(source: Source, known: Known, asked: int | None, where: str) -> Header | None:
    """The header: row `asked`, or the one that looks most like it; None where there is no data.

    `where` begins the sentence of the error when row `asked` is blank or below the data.
    """
    if asked is None:
        left_out, looked_at = 0, list(islice(source.rows(), SEARCHED_ROWS))
    else:
        left_out, looked_at = _rows_around(source, asked, where)
    if not looked_at:
        return None
    spans = [span for span in source.merged if span.top <= looked_at[-1][0]]
    found: list[Header] = []
    for number, values in looked_at:
        found.append(_header(number, source.cells(values), known, spans, found[-1] if found else None))
    at = _look(found) if asked is None else [row.row for row in found].index(asked)
    header = found[at := _last_row(found, at, asked)]
    above = [row for row in found[:at] if row.row < header.top]
    texts = [tuple(filter(None, map(title, row.cells))) for row in above]
    return replace(
        header,
        before=left_out + len(above),
        above=tuple(texts[-ROWS_ABOVE:]),
        beside=_beside(header, found[at + 1 :], known),
    )


def _rows_around(source: Source, asked: int, where: str) -> tuple[int, list[tuple[int, Sequence[Any]]]]:
    """The row asked for with some above and below it, and the number of those above that are left out."""
    above: deque[tuple[int, Sequence[Any]]] = deque(maxlen=ROWS_ABOVE)
    last = count = 0
    rows = source.rows()
    for number, values in rows:
        if number == asked:
            return count - len(above), [*above, (number, values), *islice(rows, SEARCHED_ROWS)]
        if number > asked:
            raise UnreadableFile(
                f"{where}: row {asked} is blank, so it can't be the header; "
                "give the row of the column titles with --header-row."
            )
        above.append((number, values))
        last, count = number, count + 1
    if last == 0:
        return 0, []
    raise UnreadableFile(
        f"{where}: there is no row {asked}, the data ends in row {last}; "
        "give the row of the column titles with --header-row."
    )


# ── a row as a header ─────────────────────────────────────────────────────────────────────────────


def _header(row: int, cells: list[Cell], known: Known, spans: list[Span], above: Header | None) -> Header:
    titles = [title(cell) for cell in cells]
    taken = _taken_over(row, titles, known, spans, above) if above else None
    if above and taken is not None:
        upper = [text if column in taken else "" for column, text in enumerate(above.titles)]
        titles = [own or text for own, text in zip_longest(titles, upper, fillvalue="")]
    while titles and not titles[-1]:
        titles.pop()
    different = {text.casefold(): text for text in titles if text}
    return Header(
        row,
        tuple(titles),
        sum(map(known, different.values())),
        above.top if above and taken else row,
        tuple(cells),
        taken is not None and bool(_reaching(above, row, spans)),
    )


def _taken_over(
    row: int, titles: list[str], known: Known, spans: list[Span], above: Header
) -> set[int] | None:
    """The columns whose title stands in the row above; None where `row` doesn't go on with a header there.

    Merged cells tell it: a title that reaches down into the row, or one over several columns, with
    titles of their own below. Whatever stands under a title of just its column is data.
    """
    own = {column for column, text in enumerate(titles) if text}
    open_ = {column for column, text in enumerate(above.titles) if text} - own
    reaching = _reaching(above, row, spans)
    groups = {
        column: range(span.left, span.right + 1)
        for span in spans
        if above.top <= span.top <= above.row <= span.bottom < row and span.left < span.right
        for column in range(span.left, span.right + 1)
    }
    if row > above.row + 1 and not reaching:
        return None
    if reaching or own & groups.keys():
        if any(above.at(column) and column not in groups for column in own):
            return None
        free = {column for column in open_ if own.isdisjoint(groups.get(column, ()))}
        return (free & reaching) | {column for column in free if known(above.at(column))}
    # Of a text file, where merged cells are gone, both rows must consist of known titles, those of
    # the lower one in the gaps of the upper one.
    gaps = all(not above.at(c) or (not above.at(c + 1) and c + 1 in own) for c in own)
    all_known = all(known(titles[c]) for c in own) and all(known(above.at(c)) for c in open_)
    return open_ if gaps and all_known and above.filled > 1 and len(own) > 1 and open_ else None


def _reaching(above: Header | None, row: int, spans: list[Span]) -> set[int]:
    """The columns where a cell of the header above is merged with that of `row`."""
    if above is None:
        return set()
    return {
        s.left for s in spans if s.left == s.right and above.top <= s.top <= above.row and row <= s.bottom
    }


def title(cell: Cell) -> str:
    """A cell as a column title: trimmed text, "" for a blank one."""
    match cell:
        case None:
            return ""
        case str():
            return cell.strip()
        case Broken():
            return cell.shown
        case datetime() | date():
            return cell.isoformat()
        case _:
            return str(cell)


# ── which one ─────────────────────────────────────────────────────────────────────────────────────


def _look(found: list[Header]) -> int:
    """The place of the likeliest header: the first row with the most known titles.

    A file may speak a language that nobody here knows; then it is the first wide row of words, also
    where a word or two of the data below it happen to be titles elsewhere.
    """
    best = max(range(len(found)), key=lambda at: found[at].known)
    wide = _first_wide(found)
    if not found[best].known:
        return wide
    for at in range(best):
        if _is_same_list(found[at], found[best]):
            return at
    few = found[best].known <= 2 and found[best].known * 2 < found[best].filled
    return wide if few and wide < best and found[wide].filled >= found[best].filled else best


def _is_same_list(upper: Header, lower: Header) -> bool:
    """Whether `lower` repeats most of a header above it: the list goes on there, perhaps with
    other columns (the sub-items of monday.com), and does not begin there."""
    titles = {text.casefold() for text in upper.titles if text}
    shared = titles & {text.casefold() for text in lower.titles}
    return len(shared) > 1 and len(shared) * 2 > len(titles) and upper.known * 2 >= lower.known


def _first_wide(found: list[Header]) -> int:
    most = max(header.texts for header in found)
    for at, header in enumerate(found):
        if header.texts > 1 and header.texts * 2 >= most:
            return at
    return next((at for at, header in enumerate(found) if header.filled > 1), 0)


def _last_row(found: list[Header], at: int, asked: int | None) -> int:
    """The place of the last row of the header that `at` belongs to."""
    for below in range(at + 1, len(found)):
        goes_on = found[below].top < found[below].row and found[below].top == found[at].top
        as_good = found[below].known >= found[at].known and asked is None
        if not (goes_on and (found[below].reached_into or as_good)):
            break
        at = below
    return at


def _beside(header: Header, below: list[Header], known: Known) -> frozenset[int]:
    """The titles that stand beside the table: behind a blank column, and none of them a new known one."""
    width = len(header.titles)
    blank = {c for c in range(width) if not header.at(c) and not any(row.at(c) for row in below)}
    parts: list[list[int]] = [[]]
    for column in range(width):
        if column in blank:
            parts.append([])
        elif header.at(column):
            parts[-1].append(column)
    seen: set[str] = set()
    news = []
    for part in parts:
        new = {header.at(c).casefold() for c in part if known(header.at(c))} - seen
        seen |= new
        news.append(bool(new))
    if not any(news):
        return frozenset()
    first, last = news.index(True), len(news) - news[::-1].index(True)
    return frozenset(c for part in parts[:first] + parts[last:] for c in part)
