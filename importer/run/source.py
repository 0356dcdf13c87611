"""Source and Checked: a sheet as it is asked for, and what is known of it before anything is sent."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from importer.delivery.drafts import Draft, Outcome
from importer.errors import WrongUse
from importer.sheet.base import Sheet
from importer.task.mapping import Mapping as Columns
from importer.task.problem import Problem


@dataclass(frozen=True, slots=True)
class Source:
    """The file and the reading options, as one value. `rows` are Excel's numbers; None: all."""

    path: Path
    sheet: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    preset: str | None = None  # by name; None: the one that the header shows
    maps: tuple[str, ...] = ()
    mapping: Path | None = None  # the file of --mapping
    save_mapping: Path | None = None
    fixed: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    rows: tuple[range, ...] | None = None
    dates: str | None = None
    timezone: str | None = None
    drop: frozenset[str] = frozenset()  # --unmatched FIELD=drop
    skip_hidden: bool = False
    with_archived: bool = False
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # field → word → what it is instead
    parent_ids: bool = False  # a number in a parent's cell that is no row's key is the id of a task
    strict: bool = False


@dataclass(slots=True)
class Checked:
    """A sheet as far as it can be known without writing.

    `names` has every row that carries data, in order, with the name it shows, and `cells` its cells
    as a JSON list of texts. `folded` are rows
    that are one task with an earlier row. `drafts` are the valid rows; `problems` make rows invalid; `aside`
    are rows that are no task or not to be sent now.
    """

    sheet: Sheet
    mapping: Columns
    names: dict[int, str] = field(default_factory=dict)
    cells: dict[int, str] = field(default_factory=dict)
    folded: dict[int, int] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    aside: dict[int, Outcome] = field(default_factory=dict)
    warnings: Counter[str] = field(default_factory=Counter)
    where: dict[str, list[int]] = field(default_factory=dict)  # warning → the first rows that it is about
    unresolved: int = 0

    @property
    def invalid(self) -> dict[int, list[Problem]]:
        """The wrong rows, each with its problems."""
        by_row: dict[int, list[Problem]] = {}
        for problem in self.problems:
            by_row.setdefault(problem.row, []).append(problem)
        return by_row


def parse_rows(text: str, option: str = "--rows") -> tuple[range, ...]:
    """`2-11,40` → the ranges of Excel's row numbers."""
    ranges = []
    for part in text.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if not _is_number(first) or (dash and not _is_number(last)) or int(last or first) < int(first):
            raise WrongUse(f'{option} {text!r} should look like "2-11,40".')
        ranges.append(range(int(first), int(last or first) + 1))
    return tuple(ranges)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
