"""Reading the whole task list: every task once, and a word on what proves that none is missing.

Tasks come and go while a list is read, and each one that goes moves those behind it up: read from the
first page to the last, one of them slips from a page not read yet onto one that was. From the last page
to the first none can slip away. The list is in the order of creation, so what is new comes behind what
was read, and what moves up moves onto pages that are still to be read. Knows nothing of files.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from importer.errors import BadRequest, Incomplete, NotAllowed, Unreachable
from importer.focus.answers import PER_PAGE, Page, Record
from importer.focus.asking import HIDDEN, ORDER, STREAM, Asking, Kept, Nothing, Place
from importer.focus.client import Client
from importer.focus.parameters import streamable
from importer.focus.proof import Moment, Pass, born_of, identity_of, pages_of, size_of

_SHOWN_ONLY = ("order_by", "with_entries", "include_", "disable_")  # parameters that filter nothing
_READINGS = 3  # of the list, at most, until it holds still or its order can be believed

Way: TypeAlias = Literal["auto", "pages", "stream"]
Watch = Callable[[int, int | None], None]
"""Gets the tasks read so far and the total, where the server gives one."""


def _unwatched(_: int, __: int | None) -> None:
    pass


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
    way: Way = "pages",
    jobs: int = 1,
    hidden: tuple[str, ...] = HIDDEN,
    kept: Kept | None = None,
    watch: Watch = _unwatched,
) -> Iterator[list[Record]]:
    """Lists of tasks, a page each, every task once; `reading` says in the end what that proves.

    Page 1 comes first, then the last one and so on down; what a further reading finds comes after.
    `jobs` pages are asked for at a time, where the quota suffices for all of them. `way` auto takes the
    stream where it doesn't. Raises Incomplete where the list neither holds still nor shows its order.
    """
    asking = Asking(client, filters, hidden, kept or Nothing())
    return _Reader(client, filters, reading or Reading(), way, jobs, asking, watch).read()


@dataclass
class _Reader:
    client: Client
    filters: Mapping[str, object]
    reading: Reading
    way: Way
    jobs: int
    asking: Asking
    watch: Watch
    passes: list[Pass] = field(default_factory=list)
    size: int = PER_PAGE  # of a full page

    def read(self) -> Iterator[list[Record]]:
        this = self._begin()
        if self.way == "stream":
            yield self._taken(self._first(STREAM), this)
            self.reading.certified = "nothing certified the count: the stream gives no total"
            return
        first = self._first((1, 1))
        yield self._taken(first)
        self.size = size_of(first)
        pages = pages_of(first, self.size)
        if self.way == "auto" and pages and self._beyond_quota(pages - 1):
            streamed = self._instead_of_pages(first)
            if streamed:
                yield self._taken(streamed, this)
                self.reading.certified = True
                return
        yield from self._first_reading(first, pages, this)
        yield from self._newcomers(this)
        while not self._settled():
            if len(self.passes) == _READINGS:
                of = "" if this.total is None else f" of {this.total}"
                raise Incomplete(
                    f"The list gave {this.found}{of} tasks and changed while it was read; "
                    "run the same command again when fewer people are at work, or read it in one request "
                    "(--read stream)."
                )
            last, this = this, self._begin()
            if "order_by" in self.filters:  # whatever order is wanted, only this one proves anything
                self.asking.besides["order_by"] = list(ORDER)
            yield from self._end(last.end, this)
            yield from self._downwards(range(this.start - 1, 0, -1), this)
            yield from self._newcomers(this)
        if self.reading.certified is True and this.nameless:
            self.reading.certified = "tasks without an id can't be told from their repeats"

    def _first(self, place: Place) -> Page:
        page = self.asking.first(place)
        for refused in self.asking.refused:
            self.reading.note(refused)
        self.reading.asked_for_too = tuple(name for name in self.asking.hidden if name in self.asking.besides)
        return page

    def _begin(self) -> Pass:
        self.passes.append(Pass(len(self.passes) + 1))
        self.asking.gap = False
        return self.passes[-1]

    # One reading

    def _first_reading(self, first: Page, pages: int | None, this: Pass) -> Iterator[list[Record]]:
        if pages:
            yield from self._end(pages, this, first)
        if not this.moment:
            this.add(first)
            yield from self._upwards(first, this)
        elif this.start > 1:
            again = self.asking.kept.get((1, this.start - 1)) is not None
            jobs = 1 if again or self._beyond_quota(this.start) else self.jobs
            yield from self._downwards(range(this.start - 1, 1, -1), this, jobs)
            quiet = this.moment.is_of(first)
            if quiet:
                this.add(first, early=True)
            if not quiet or (this.in_turn and not this.proven):
                # it was read out of turn: what moved up onto it meanwhile is found there now
                page = self.asking.page((1, 0))
                this.check_turn(page.tasks)
                yield self._taken(page, this, again=True)

    def _end(self, guess: int, this: Pass, first: Page | None = None) -> Iterator[list[Record]]:
        """From a guessed page to the last one, which makes the moment; none where a total led astray."""
        number, down = guess, 0
        before: Page | None = None
        page = first if first and number == 1 else self.asking.page((-this.number, number))
        while True:
            if page.count >= self.size:
                following = self.asking.page((-this.number, number + 1))
                if following.tasks and following.tasks == page.tasks:
                    if page.count <= PER_PAGE:
                        self._same_page()
                    break  # the server gives all of them at once
                yield [] if page is first else self._taken(page)
                before = page if number == guess else None
                number, page = number + 1, following
                continue
            told, full = pages_of(page, self.size), self.size * (number - 1)
            if page.count or number == 1 or down == _READINGS or (before and page.total in (None, full)):
                break
            if first and (told is None or told >= number):
                return
            number, before, down = min(number - 1, told or number), None, down + 1
            page = self.asking.page((-this.number, number))
        this.start = this.end = number
        last = [*page.tasks, *(before.tasks if before else ())]
        newest = max((born for task in last if (born := born_of(task))), default=None)
        there = self.size * (number - 1) + page.count
        this.moment = Moment(there, page.total, newest, {identity_of(task) for task in last}, page.at)
        this.check_turn(page.tasks)
        if page is first:
            this.add(page)
        else:
            yield self._taken(page, this)
        if before and this.moment.is_of(before):
            this.add(before, early=True)
            this.check_turn(before.tasks)
            this.start -= 1

    def _newcomers(self, this: Pass) -> Iterator[list[Record]]:
        """What was created since the moment, where the totals rose; if by more, tasks came into the midst."""
        # between an interrupted reading and this one as many may have come into the midst as went
        this.pushed = self.asking.gap and (self.filtered or not this.in_turn)
        if not this.moment or not this.rises:
            return
        number, young = this.end, set()
        while True:
            page = self.asking.page((this.number + _READINGS, number))
            yield self._taken(page, again=True)
            young |= {identity_of(task) for task in page.tasks if this.moment.is_younger(task)}
            if page.count < self.size:
                break
            number += 1
        this.pushed |= this.rises > len(young)

    def _downwards(self, numbers: Iterable[int], this: Pass, jobs: int = 1) -> Iterator[list[Record]]:
        places = [(this.number, number) for number in numbers]
        for (_, number), page in zip(places, self.asking.pages(places, jobs), strict=True):
            this.check_turn(page.tasks)
            this.in_turn &= not self.asking.raced and self._is_filled(page, number)
            yield self._taken(page, this)

    def _is_filled(self, page: Page, number: int) -> bool:
        """A short page lacks what should be there, unless so many went that it is the last one now."""
        left = None if page.total is None else page.total - self.size * (number - 1)
        return page.count >= self.size or (left is not None and page.count == max(0, left))

    def _upwards(self, page: Page, this: Pass) -> Iterator[list[Record]]:
        """On from page 1 until all are there that the total speaks of, or nothing new comes."""
        this.in_turn = False
        number, before = 1, 0
        while this.found != before and not self._is_last(page, this):
            before, last, number = this.found, page, number + 1
            page = self.asking.page((this.number, number))
            if page.tasks and page.tasks == last.tasks:
                if page.count > PER_PAGE:  # it gives all of them at once
                    break
                self._same_page()
            this.end = number
            yield self._taken(page, this)

    def _is_last(self, page: Page, this: Pass) -> bool:
        """A short page is the last one, where it is known what a full one is."""
        if page.count >= self.size:
            return False
        return page.per_page is not None if this.total is None else this.found == this.total

    def _same_page(self) -> None:
        raise Incomplete(
            "The server gives the same page of tasks again and again, so how many there are is unknown; "
            "check --base-url."
        )

    # What it proves

    def _settled(self) -> bool:
        this, before = self.passes[-1], self.passes[-2] if len(self.passes) > 1 else None
        reading, now = self.reading, this.moment
        same = before is not None and this.ids == before.ids and bool(this.ids)
        # nothing can have slipped away, whatever was created and deleted
        sure = this.in_turn and now is not None and "order_by" in self.asking.besides
        if this.touched or this.pushed:  # what came into the midst moved others behind what was read
            reading.certified = "tasks came into the list, or were edited, both times that it was read"
            return before is not None and this.in_turn
        if this.total is None:
            if this.end > 1 and before is None:  # read upwards: what slipped away is found on the way down
                return False
            reading.certified = "nothing certified the count: the list gives no total"
            return this.end == 1 or same or sure or bool(now and now.whole)
        if this.proven or (sure and now and now.believed) or (same and this.found == this.total):
            reading.certified = True
            if not (this.proven or same):
                reading.note("tasks came or went while the list was read; all that stayed are there")
            return True
        refuted = now is not None and (now.there >= PER_PAGE or now.there > (now.told or 0))
        if not same and not (sure and before and refuted):
            return False
        said = f"two readings found the same {this.found}" if same else f"of which {this.found} were found"
        reading.certified = f"the server speaks of {this.total} tasks, {said}"
        reading.note(reading.certified)
        return True

    def _taken(self, page: Page, this: Pass | None = None, again: bool = False) -> list[Record]:
        """The tasks that no earlier page gave, bookkeeping done."""
        reading = self.reading
        reading.pages += 1
        if page.total is not None:
            reading.totals.append(page.total)
        if page.count > len(page.tasks):
            reading.note("records that are no tasks were left out")
        new = []
        for task in page.tasks:
            identity = identity_of(task)
            if identity is None:
                reading.note("tasks without an id were read; their repeats can't be told")
                if not again and (this is None or this.number == 1):
                    new.append(task)
            elif identity not in reading.ids:
                reading.ids.add(identity)
                new.append(task)
        if this:
            this.add(page)
            if self.filtered and this.moment and not this.touched:
                this.touched = this.moment.touched(page)
        self.watch(reading.distinct, page.total)
        return new

    @property
    def filtered(self) -> bool:
        """Can a task come into the list by being edited?"""
        return any(not name.startswith(_SHOWN_ONLY) for name in self.filters)

    # The stream

    def _instead_of_pages(self, first: Page) -> Page | None:
        """All tasks in one answer, where the quota left is too short for pages; None if it isn't whole."""
        if not streamable(self.filters):
            return None
        total = first.total or 0
        try:
            page = self.asking.page(STREAM)
            found = {identity for task in page.tasks if (identity := identity_of(task)) is not None}
            if len(found) != total:  # some came or went in between, or the stream is another list
                total = self.asking.page((0, 1)).total or 0
        except (BadRequest, Incomplete, NotAllowed, Unreachable) as refused:
            self.reading.note(f"tasks/stream was no help: {refused.message}")
            return None
        if len(found) != total or not found.issuperset(identity_of(task) for task in first.tasks):
            self.asking.kept.drop(STREAM)
            self.reading.note(f"tasks/stream gave {len(found)} of {total} tasks; pages were read instead")
            return None
        self.reading.note("read in one request from tasks/stream, since the quota left is short")
        return page

    def _beyond_quota(self, requests: int) -> bool:
        left = self.client.quota.remaining
        return left is not None and requests > left
