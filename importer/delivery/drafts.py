"""Draft, Batch and Outcome: what a row is on its way out, and what became of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

Body: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A task to be created. `body` holds only fields that the row fills.

    `parent` is the row of its parent in the same sheet, whose id joins the body when it is known;
    `wave` 0 has none. `row` is Excel's number. `last`: it was refused before, and goes after those that
    nothing is known of; `alone`: splitting did not get to it before.
    """

    row: int
    body: Body
    wave: int = 0
    parent: int | None = None
    last: bool = False
    alone: bool = False


class Kind(StrEnum):
    CREATED = "created"
    INVALID = "invalid"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    PENDING = "pending"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row. `problem` says why, or what the server changed; `look` asks a person
    to look at it whatever its kind."""

    row: int
    kind: Kind
    task_id: int | None = None
    problem: str = ""
    look: bool = False


def batches(drafts: Iterable[Draft], size: int) -> Iterator[tuple[Draft, ...]]:
    """Cut into groups of at most `size`, in order; the last may be smaller."""
    group: list[Draft] = []
    for draft in drafts:
        group.append(draft)
        if len(group) == size:
            yield tuple(group)
            group = []
    if group:
        yield tuple(group)
