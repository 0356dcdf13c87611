"""What proves that a reading of the list is whole: counts and times of pages and tasks. Pure."""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from importer.focus.answers import PER_PAGE, Page, Record

CLOCKS = timedelta(seconds=1)  # between the clocks of the server


@dataclass
class Moment:
    """The list when its last page was read: `there` tasks, by the number of full pages; `ids` are those on
    the last ones, `newest` when the newest of them was created. `told` is what the server said; `found` is
    how many that were there were read."""

    there: int
    told: int | None
    newest: datetime | None
    ids: Set[object]
    at: datetime | None = None
    found: int = 0

    def count(self, task: Record) -> None:
        self.found += not self.is_younger(task)

    def is_younger(self, task: Record) -> bool:
        """Was it created since? One of the very instant of the newest counts as younger, too."""
        born, since = born_of(task), self.newest or self.at
        if not born or not since or identity_of(task) in self.ids:
            return False
        return born >= since

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
    nameless: int = 0  # tasks without an id
    totals: list[int] = field(default_factory=list)
    moment: Moment | None = None
    start: int = 1  # where the last pages began
    end: int = 1  # the last page
    in_turn: bool = True  # one page after the other, and none showed that the order was ignored
    above: Any = None  # what the page read before began with
    touched: bool = False  # tasks were edited meanwhile
    pushed: bool = False  # tasks came into the list that were not created meanwhile

    @property
    def found(self) -> int:
        return len(self.ids) + self.nameless

    @property
    def total(self) -> int | None:
        return self.totals[-1] if self.totals else None

    @property
    def rises(self) -> int:
        """By how much the totals rose from answer to answer, in all."""
        return sum(max(0, later - earlier) for earlier, later in pairwise(self.totals))

    @property
    def proven(self) -> bool:
        """Was all read that was there at one moment, and nothing came into the midst of it?"""
        return self.total is not None and self.moment is not None and self.moment.whole

    def add(self, page: Page, *, early: bool = False) -> None:
        """Count a page in; `early`: it was read before the others."""
        if page.total is not None:
            self.totals.insert(0 if early else len(self.totals), page.total)
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

    def check_turn(self, tasks: list[Record]) -> None:
        """Is this page in order, and does it begin before the page read just before?"""
        keys = [(born_of(task), task.get("name"), task.get("position")) for task in tasks]
        born = [key[0] for key in keys if key[0]]
        self.in_turn &= len(born) == len(keys) and born == sorted(born)
        if self.in_turn and keys and self.above:
            key, identity, last = self.above
            # others alike in all that the order asks for: the server may deal them to either page
            alike = any(
                one == key and task.get("id") != identity for one, task in zip(keys, tasks, strict=True)
            )
            # beyond its first task only where a page of tasks and more went in between
            self.in_turn = born[0] <= last and not alike
        if keys:
            self.above = keys[0], tasks[0].get("id"), keys[-1][0]


def size_of(page: Page) -> int:
    """Tasks on a full page, by the first one: what was asked for, told or given."""
    if page.total is not None and 0 < page.count < page.total:
        return page.count
    return min(PER_PAGE, page.per_page or PER_PAGE)


def pages_of(page: Page, size: int) -> int | None:
    """The number of pages by the total; None without one, or where more are there than it says."""
    if page.total is None or page.count > page.total:
        return None
    return max(1, -(-page.total // size))


def identity_of(task: Record) -> int | str | None:
    identity = task.get("id")
    return identity if isinstance(identity, int | str) and not isinstance(identity, bool) else None


def born_of(task: Record) -> datetime | None:
    return _time(task, "created_at")


def _time(task: Record, name: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(task[name])
    except (KeyError, TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
