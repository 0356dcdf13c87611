"""Parts: what single requests of a wave carry, and how a refused one is split. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from importer.delivery.drafts import Draft
from importer.delivery.settling import Sent


@dataclass(frozen=True, slots=True)
class Part:
    """What one request carries. `alone`: one row, to `/tasks`, whose error is the last word on it.

    `split`: a part of a refused batch. `first_half`: its other half comes next, and one of both is
    bad.
    """

    drafts: tuple[Draft, ...]
    alone: bool = False
    split: bool = False
    first_half: bool = False

    def of(self, rows: Iterable[Sent]) -> "Part":
        """What is left of the part when only these rows are still to be sent."""
        drafts = tuple(row.draft for row in rows)
        return self if drafts == self.drafts else Part(drafts, split=self.split)

    def without(self, gone: set[int]) -> "Part":
        return Part(tuple(d for d in self.drafts if d.row not in gone), self.alone, self.split)


def split(drafts: tuple[Draft, ...], index: int | None = None) -> list[Part]:
    """What to send instead of a refused batch: around the row that the error names, or in halves."""
    if len(drafts) == 1:
        return [Part(drafts, alone=True, split=True)]
    if index is not None:
        around = (drafts[:index], drafts[index : index + 1], drafts[index + 1 :])
        return [Part(some, alone=len(some) == 1, split=True) for some in around if some]
    middle = len(drafts) // 2
    first, second = drafts[:middle], drafts[middle:]
    return [
        Part(first, alone=len(first) == 1, split=True, first_half=True),
        Part(second, alone=len(second) == 1, split=True),
    ]
