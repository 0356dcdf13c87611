"""What proves that a reading of the list is whole: counts and times of pages and tasks. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from importer.focus.client import PER_PAGE, Page, Record

CLOCKS = timedelta(seconds=1)  # between the clocks of the server


@dataclass
class Moment:
    """The list when its last page was read: `there` tasks, by the number of full pages, none of them
    created after `newest`. `told` is what the server said; `found` is how many of them were read."""

    there: int
    told: int | None
    newest: datetime | None
    at: datetime | None = None
    found: int = 0

    def count(self, task: Record) -> None:
        born = born_of(task) if self.newest else None
        if born is None or self.newest is None or born <= self.newest:
            self.found += 1

    def touched(self, page: Page) -> bool:
        """Was one of these edited since? It may have come into the list in the midst of it."""
        if not self.at:
            return False
        return any(
            (edited := _time(task, "updated_at")) and edited >= self.at - CLOCKS for task in page.tasks
        )

    @property
    def believed(self) -> bool:
        return self.told in (None, self.there)

    def is_of(self, page: Page) -> bool:
        """Did nothing come or go since this page was read?

        As many as then, and the newest older than the page: none took the place of one that went.
        """
        if not self.newest or not page.at:
            return False
        return self.told == page.total and self.newest < page.at - CLOCKS

    @property
    def whole(self) -> bool:
        return self.believed and self.found == self.there


@dataclass
class Pass:
    """One reading of the list, from whichever end."""

    number: int
    ids: set[object] = field(default_factory=set)
    later: set[object] = field(default_factory=set)  # missed by this one, found by another
    nameless: int = 0  # tasks without an id
    totals: list[int] = field(default_factory=list)
    moment: Moment | None = None
    start: int = 1  # where the last pages began
    end: int = 1  # the last page
    in_turn: bool = True  # one page after the other, and none showed that the order was ignored
    above: Any = None  # what the page read before began with
    touched: bool = False  # tasks were edited meanwhile

    @property
    def found(self) -> int:
        return len(self.ids) + self.nameless

    @property
    def total(self) -> int | None:
        return self.totals[-1] if self.totals else None

    def add(self, page: Page) -> None:
        if page.total is not None:
            self.totals.append(page.total)
        for task in page.tasks:
            identity = identity_of(task)
            if identity in self.ids:
                continue
            if identity is None:
                self.nameless += 1
            else:
                self.ids.add(identity)
            if self.moment:
                self.moment.count(task)

    def complete(self, page: Page) -> None:
        """What a later reading found: some of it was there at this one's moment, and missed."""
        for task in page.tasks:
            identity = identity_of(task)
            if self.moment and identity is not None and not (identity in self.ids or identity in self.later):
                self.later.add(identity)
                self.moment.count(task)

    @property
    def proven(self) -> bool:
        if self.total is None:
            return False
        if self.moment and self.moment.believed:
            return self.moment.whole
        fell = any(later < earlier for earlier, later in pairwise(self.totals))
        return not fell and self.total == self.found

    def check_turn(self, tasks: list[Record]) -> None:
        """Is this page in order, and does it begin before the page read just before?"""
        keys = [(born_of(task), task.get("name"), task.get("position")) for task in tasks]
        born = [key[0] for key in keys if key[0]]
        self.in_turn &= len(born) == len(keys) and born == sorted(born)
        if self.in_turn and keys and self.above:
            key, identity = self.above
            # others alike in all that the order asks for: the server may deal them to either page
            alike = any(
                one == key and task.get("id") != identity for one, task in zip(keys, tasks, strict=True)
            )
            self.in_turn = born[0] <= key[0] and not alike
        if keys:
            self.above = keys[0], tasks[0].get("id")


def size(page: Page) -> int:
    """Tasks on a full page, as far as the server tells."""
    return min(PER_PAGE, page.per_page or PER_PAGE)


def pages_of(page: Page) -> int | None:
    """The number of pages by the total; None without one, and where pages are shorter than asked for."""
    if page.total is None or 0 < page.count < min(size(page), page.total):
        return None
    if page.count >= page.total:
        return 1
    return max(1, -(-page.total // size(page)))


def identity_of(task: Record) -> int | str | None:
    identity = task.get("id")
    return identity if isinstance(identity, int | str) else None


def born_of(task: Record) -> datetime | None:
    return _time(task, "created_at")


def _time(task: Record, name: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(task[name])
    except (KeyError, TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
