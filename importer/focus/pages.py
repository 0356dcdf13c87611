"""Reading the whole task list: every task once, and a word on what proves that none is missing.

Knows pages and ids, nothing of files; the caller may write pages while they come.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from importer.errors import BadRequest, Incomplete, NotAllowed
from importer.focus.client import PER_PAGE, Client, Page, Record

# Not unique in parts: tasks of one bulk request may share their instant.
ORDER = ("created_at", "name", "position")
HIDDEN = ("include_project_completed", "include_drafts")

Watch = Callable[[int, int | None], None]
"""Gets the tasks read so far and the total, where the server gives one."""


def _unwatched(_: int, __: int | None) -> None:
    pass


@dataclass
class _Pass:
    """One reading from the first page to the last."""

    ids: set[object] = field(default_factory=set)
    repeats: bool = False  # what was given before is not given again
    nameless: int = 0  # tasks without an id
    totals: list[int] = field(default_factory=list)
    repeating: bool = False  # the server gave the same page again and again

    @property
    def found(self) -> int:
        return len(self.ids) + self.nameless

    @property
    def total(self) -> int | None:
        return self.totals[-1] if self.totals else None

    @property
    def proven(self) -> bool:
        """As many as the last page said, and none went meanwhile, which would have moved others."""
        fell = any(later < earlier for earlier, later in pairwise(self.totals))
        return not fell and self.total == self.found


@dataclass
class Reading:
    """What a reading found out, filled while it goes on.

    `certified` is True, or a sentence saying why nothing certifies the count. `asked_for_too` are
    the groups of hidden tasks that were asked for and not refused.
    """

    pages: int = 0
    ids: set[object] = field(default_factory=set)
    totals: list[int] = field(default_factory=list)
    certified: bool | str = "it was not read to the end"
    notes: list[str] = field(default_factory=list)
    asked_for_too: tuple[str, ...] = ()

    @property
    def distinct(self) -> int:
        return len(self.ids)

    def note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def read_all(
    client: Client,
    filters: Mapping[str, object],
    reading: Reading | None = None,
    *,
    restart: Callable[[], None] | None = None,
    watch: Watch = _unwatched,
) -> Iterator[list[Record]]:
    """Lists of tasks, page by page, each task once; `reading` says afterwards what that proves.

    Where the first reading proves nothing the list is read once more. `restart` is called then and
    everything comes again; without it only tasks come that were not there before.
    Raises Incomplete when two readings differ and neither is as long as the server says.
    """
    return _Reader(client, filters, reading or Reading(), restart, watch).read()


@dataclass
class _Reader:
    client: Client
    filters: Mapping[str, object]
    reading: Reading
    restart: Callable[[], None] | None
    watch: Watch

    def read(self) -> Iterator[list[Record]]:
        first = _Pass()
        yield from self._pages(first)
        if first.total is None:
            self.reading.certified = _uncertified(first)
        elif first.proven:
            self.reading.certified = True
        else:
            if self.restart:
                self.restart()
                self.reading.ids.clear()
            again = _Pass(repeats=not self.restart)
            yield from self._pages(again, again=True)
            self.reading.certified = self._compared(first, again)
        if self.reading.certified is True and first.nameless:
            self.reading.certified = "tasks without an id can't be told from their repeats"

    def _compared(self, first: _Pass, again: _Pass) -> bool | str:
        if again.proven:
            return True
        if first.ids == again.ids and again.ids and not again.repeating:
            note = f"the server speaks of {again.total} tasks, two readings found the same {again.found}"
            self.reading.note(note)
            return note
        raise Incomplete(
            f"The list gave {again.found} of {again.total} tasks and changed while it was read; "
            "run the same command again when fewer people are at work."
        )

    def _pages(self, this: _Pass, again: bool = False) -> Iterator[list[Record]]:
        """Pages until one is short, and not before as many are there as the total says."""
        number = 1
        page = self._page(number) if again else self._first()
        while True:
            before = this.found
            yield self._taken(page, this)
            short = page.count < min(PER_PAGE, page.per_page or PER_PAGE)
            missing = this.total is not None and this.found < this.total
            stuck = this.found == before
            if stuck or (short and not missing):
                this.repeating = stuck and page.count == PER_PAGE
                return
            number += 1
            last, page = page, self._page(number)
            if page.tasks and page.tasks == last.tasks:
                self.reading.note("the server gives the same page for every number")
                this.repeating = page.count == PER_PAGE  # longer: it gives all at once
                return

    def _taken(self, page: Page, this: _Pass) -> list[Record]:
        """The tasks that no earlier page gave, bookkeeping done."""
        self.reading.pages += 1
        if page.total is not None:
            this.totals.append(page.total)
            self.reading.totals.append(page.total)
        if page.count > len(page.tasks):
            self.reading.note("records that are no tasks were left out")
        new = []
        for task in page.tasks:
            identity = task.get("id")
            if not isinstance(identity, int | str):
                self.reading.note("tasks without an id were read; their repeats can't be told")
                this.nameless += 1
                if not this.repeats:
                    new.append(task)
                continue
            this.ids.add(identity)
            if identity not in self.reading.ids:
                self.reading.ids.add(identity)
                new.append(task)
        self.watch(this.found, page.total)
        return new

    def _first(self) -> Page:
        """Page 1; it finds out which hidden groups may be asked for."""
        asked = tuple(name for name in HIDDEN if name not in self.filters)
        for given in [asked[:count] for count in range(len(asked), -1, -1)]:
            self.reading.asked_for_too = given
            try:
                page = self._page(1)
            except (BadRequest, NotAllowed) as refused:
                if not given or (isinstance(refused, NotAllowed) and refused.answered != 403):
                    raise
                continue
            for name in asked[len(given) :]:
                self.reading.note(f"{name} was refused: its tasks are not in the list")
            return page
        raise AssertionError("the last attempt returns or raises")

    def _page(self, number: int) -> Page:
        order = {} if "order_by" in self.filters else {"order_by": ORDER}
        asked = dict.fromkeys(self.reading.asked_for_too, True)
        return self.client.list_tasks(number, {**order, **asked, **self.filters})


def _uncertified(only: _Pass) -> str:
    if only.repeating:
        raise Incomplete(
            "The server gives the same page of tasks again and again and no total, so how many there "
            "are is unknown; check --base-url."
        )
    return "nothing certified the count: the list gives no total"
