"""Table: what a writer gets, and what it says of the writing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Form: TypeAlias = Literal["text", "integer", "number", "boolean", "date", "instant"]


@dataclass(frozen=True, slots=True)
class OutColumn:
    """`form` decides how a value is stored and shown; `width` is in characters."""

    title: str
    form: Form = "text"
    width: int = 12


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as wide as `columns`: None, str, int, float or bool; dates and instants as ISO text."""

    name: str
    columns: Sequence[OutColumn]
    rows: Iterable[Sequence[Any]]


@dataclass(slots=True)
class Written:
    """`notes`: what a form could not hold as it was, with counts."""

    notes: list[str] = field(default_factory=list)
