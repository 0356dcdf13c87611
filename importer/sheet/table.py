"""Table: what a writer gets, and what it says of the writing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Form: TypeAlias = Literal["text", "integer", "number", "boolean", "date", "instant"]
Rows: TypeAlias = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class OutColumn:
    """`form` decides how a value is stored and shown; `width` is in characters.

    The rest is for workbooks alone. `link`: an address with {} where a whole number goes, which then leads
    there. `shown`: a number format, where the form's own won't do. `wrap`: long text takes several lines.
    """

    title: str
    form: Form = "text"
    width: int = 12
    link: str | None = None
    shown: str | None = None
    wrap: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as wide as `columns`: None, str, int, float or bool; dates and instants as ISO text.

    A writer takes tables in their order and looks at rows when it is their turn, and once.
    """

    name: str
    columns: Sequence[OutColumn]
    rows: Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a panel's rows: their first cell is the label, every column of numbers a series.

    `bars` lie side by side, `stack` stands as columns, one series on the other. `colours`: one a series,
    RRGGBB; or, with `by`, a bar's colour by what its row has in that column. `ends` False leaves out the
    first and the last row.
    """

    kind: Literal["bars", "stack"]
    unit: str
    colours: Sequence[str] = ()
    by: int | None = None
    tints: Mapping[Any, str] = field(default_factory=dict)
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Panel(Table):
    """A small table of a page, and its chart. `name` is the title; `wide`: nothing beside the chart."""

    chart: Chart
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Page(Table):
    """A sheet to look at: figures in large print, charts, and the panels that they are made from.

    `figures`: label, value, number format. All of it is looked at when it is the page's turn.
    """

    columns: Sequence[OutColumn] = ()
    rows: Iterable[Sequence[Any]] = ()
    title: str = ""
    says: str = ""
    figures: Iterable[tuple[str, float, str]] = ()
    panels: Sequence[Panel] = ()


@dataclass(slots=True)
class Written:
    """`notes`: what a form could not hold as it was, with counts."""

    notes: list[str] = field(default_factory=list)
