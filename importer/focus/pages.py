"""Reading the whole task list: every task once, and a word on what proves that none is missing.

Tasks come and go while a list is read, and each one that goes moves those behind it up: read from the
first page to the last, one of them slips from a page not read yet onto one that was. From the last page
to the first none can slip away. The list is in the order of creation, so what is new comes behind what
was read, and what moves up moves onto pages that are still to be read. Knows nothing of files.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from multiprocessing.pool import ThreadPool
from typing import Any, Literal, Protocol, TypeAlias

from importer.errors import BadRequest, Incomplete, NotAllowed, Unreachable
from importer.focus.client import PER_PAGE, Client, Page, Record
from importer.focus.parameters import streamable

# Not unique in parts: tasks of one bulk request may share their instant.
ORDER = ("created_at", "name", "position")
HIDDEN = ("include_project_completed", "include_drafts")
_SHOWN_ONLY = ("order_by", "with_entries", "include_", "disable_")  # parameters that filter nothing
_CLOCKS = timedelta(seconds=1)  # between the server's clocks
_READINGS = 3  # of the list, at most, until it holds still or its order can be believed

Way: TypeAlias = Literal["auto", "pages", "stream"]
Watch = Callable[[int, int | None], None]
"""Gets the tasks read so far and the total, where the server gives one."""

Place: TypeAlias = tuple[int, int]
"""Which reading of the list, from 1, and which page of it: 0 is page 1 once more; the stream is (0, 0)."""
STREAM: Place = (0, 0)


class Kept(Protocol):
    """Answers of a reading that was interrupted, for this one to go on from; several threads ask.

    Beside each page stands how it was asked for: `besides` the filters (the order, the hidden groups), and
    whether it was asked for `alone`, not while others were.
    """

    def get(self, place: Place) -> tuple[Page, Record] | None: ...

    def put(self, place: Place, page: Page, how: Record) -> None: ...


class _Nothing:
    def get(self, place: Place) -> tuple[Page, Record] | None:
        return None

    def put(self, place: Place, page: Page, how: Record) -> None:
        pass


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
    return _Reader(client, filters, reading or Reading(), way, jobs, hidden, kept or _Nothing(), watch).read()


@dataclass
class _Moment:
    """The list when its last page was read: `there` tasks, by the number of full pages, none of them
    created after `newest`. `told` is what the server said; `found` is how many of them were read."""

    there: int
    told: int | None
    newest: datetime | None
    at: datetime | None = None
    found: int = 0

    def count(self, task: Record) -> None:
        born = _born(task) if self.newest else None
        if born is None or self.newest is None or born <= self.newest:
            self.found += 1

    def touched(self, page: Page) -> bool:
        """Was one of these edited since? It may have come into the list in the midst of it."""
        if not self.at:
            return False
        return any(
            (edited := _time(task, "updated_at")) and edited >= self.at - _CLOCKS for task in page.tasks
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
        return self.told == page.total and self.newest < page.at - _CLOCKS

    @property
    def whole(self) -> bool:
        return self.believed and self.found == self.there


@dataclass
class _Pass:
    """One reading of the list, from whichever end."""

    number: int
    ids: set[object] = field(default_factory=set)
    later: set[object] = field(default_factory=set)  # missed by this one, found by another
    nameless: int = 0  # tasks without an id
    totals: list[int] = field(default_factory=list)
    moment: _Moment | None = None
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
            identity = _identity(task)
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
            identity = _identity(task)
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
        keys = [(_born(task), task.get("name"), task.get("position")) for task in tasks]
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


@dataclass
class _Reader:
    client: Client
    filters: Mapping[str, object]
    reading: Reading
    way: Way
    jobs: int
    hidden: tuple[str, ...]
    kept: Kept
    watch: Watch
    besides: Record = field(default_factory=dict)  # asked for besides the filters
    passes: list[_Pass] = field(default_factory=list)
    alone: bool = True  # one page is asked for at a time
    raced: bool = False  # some page was not asked for alone

    def read(self) -> Iterator[list[Record]]:
        this = self._begin()
        if self.way == "stream":
            yield self._taken(self._attempt(STREAM), this)
            self.reading.certified = "nothing certified the count: the stream gives no total"
            return
        first = self._attempt((1, 1))
        yield self._taken(first)
        pages = _pages_of(first)
        if self.way == "auto" and pages and self._beyond_quota(pages - 1):
            streamed = self._instead_of_pages(first)
            if streamed:
                yield self._taken(streamed, this)
                self.reading.certified = True
                return
        yield from self._first_reading(first, pages, this)
        while not self._settled():
            if len(self.passes) == _READINGS:
                of = "" if this.total is None else f" of {this.total}"
                raise Incomplete(
                    f"The list gave {this.found}{of} tasks and changed while it was read; "
                    "run the same command again when fewer people are at work."
                )
            last, this = this, self._begin()
            self.besides["order_by"] = list(ORDER)  # whatever order is wanted, only this one proves anything
            yield from self._end(last.end, this)
            yield from self._downwards(range(this.start - 1, 0, -1), this)
        if self.reading.certified is True and this.nameless:
            self.reading.certified = "tasks without an id can't be told from their repeats"

    def _begin(self) -> _Pass:
        self.passes.append(_Pass(len(self.passes) + 1))
        return self.passes[-1]

    # One reading

    def _first_reading(self, first: Page, pages: int | None, this: _Pass) -> Iterator[list[Record]]:
        if pages:
            yield from self._end(pages, this, first)
        if not this.moment:
            this.add(first)
            yield from self._upwards(first, this)
        elif this.start > 1:
            again = self.kept.get((1, this.start - 1)) is not None
            jobs = 1 if again or self._beyond_quota(this.start) else self.jobs
            yield from self._downwards(range(this.start - 1, 1, -1), this, jobs)
            quiet = this.moment.is_of(first)
            if quiet:
                this.add(first)
            if not quiet or (this.in_turn and not this.proven):
                # it was read out of turn: what moved up onto it meanwhile is found there now
                page = self._page((1, 0))
                this.check_turn(page.tasks)
                yield self._taken(page, this, again=True)

    def _end(self, guess: int, this: _Pass, first: Page | None = None) -> Iterator[list[Record]]:
        """From a guessed page to the last one, which makes the moment; none where a total led astray."""
        number, down = guess, 0
        before: Page | None = None
        page = first if first and number == 1 else self._page((this.number, number))
        while True:
            if page.count >= _size(page):
                following = self._page((this.number, number + 1))
                if following.tasks and following.tasks == page.tasks:
                    if page.count <= PER_PAGE:
                        self._same_page()
                    break  # the server gives all of them at once
                yield [] if page is first else self._taken(page)
                before = page if number == guess else None
                number, page = number + 1, following
                continue
            told, full = _pages_of(page), _size(page) * (number - 1)
            if page.count or number == 1 or down == _READINGS or (before and page.total in (None, full)):
                break
            if first and (told is None or told >= number):
                return
            number, before, down = min(number - 1, told or number), None, down + 1
            page = self._page((this.number, 0 if first and number == 1 else number))
        this.start = this.end = number
        born = [one for task in [*page.tasks, *(before.tasks if before else ())] if (one := _born(task))]
        there = _size(page) * (number - 1) + page.count
        this.moment = _Moment(there, page.total, max(born, default=None), page.at)
        this.check_turn(page.tasks)
        if page is first:
            this.add(page)
        else:
            yield self._taken(page, this)
        if before and this.moment.is_of(before):
            this.add(before)
            this.check_turn(before.tasks)
            this.start -= 1

    def _downwards(self, numbers: Iterable[int], this: _Pass, jobs: int = 1) -> Iterator[list[Record]]:
        self.alone = jobs == 1
        for page in self._ahead([(this.number, number) for number in numbers], jobs):
            this.check_turn(page.tasks)
            this.in_turn &= not self.raced
            yield self._taken(page, this)
        self.alone, self.raced = True, False

    def _upwards(self, page: Page, this: _Pass) -> Iterator[list[Record]]:
        """On from page 1 until one is short, and not before as many are there as the total says."""
        this.in_turn = False
        number, before = 1, 0
        while not (
            this.found == before
            or (page.count < _size(page) and (this.total is None or this.found >= this.total))
        ):
            before, last, number = this.found, page, number + 1
            page = self._page((this.number, number))
            if page.tasks and page.tasks == last.tasks:
                if page.count > PER_PAGE:  # it gives all of them at once
                    break
                self._same_page()
            this.end = number
            yield self._taken(page, this)

    def _same_page(self) -> None:
        raise Incomplete(
            "The server gives the same page of tasks again and again, so how many there are is unknown; "
            "check --base-url."
        )

    def _ahead(self, places: list[Place], jobs: int) -> Iterator[Page]:
        """The pages in this order, so many asked for at a time."""
        if jobs == 1:
            yield from map(self._page, places)
            return
        with ThreadPool(jobs) as pool:
            waiting = iter(places)
            flying = deque(pool.apply_async(self._page, (place,)) for place in islice(waiting, jobs))
            while flying:
                page = flying.popleft().get()
                flying.extend(pool.apply_async(self._page, (place,)) for place in islice(waiting, 1))
                yield page

    # What it proves

    def _settled(self) -> bool:
        this, before = self.passes[-1], self.passes[-2] if len(self.passes) > 1 else None
        same = before is not None and this.ids == before.ids and bool(this.ids)
        once, now = self.passes[0].moment, this.moment
        # all that were there at one moment: when the first reading began, or the last one
        whole = this.proven or bool(once and once.whole and once.told is not None)
        # nothing can have slipped away, whatever came and went
        sure = this.in_turn and now is not None and "order_by" in self.besides
        if this.touched:  # one that came into the midst moved others behind what was read
            self.reading.certified = "tasks were edited into the list or out of it each time that it was read"
            return len(self.passes) == _READINGS
        if this.total is None:
            if this.end > 1 and before is None:  # read upwards: what slipped away is found on the way down
                return False
            self.reading.certified = "nothing certified the count: the list gives no total"
            return this.end == 1 or same or sure or bool(now and now.whole)
        if whole or (sure and now and now.believed):
            self.reading.certified = True
            if not whole:
                self.reading.note("tasks came or went while the list was read; all that stayed are there")
            return True
        refuted = now is not None and (now.there >= PER_PAGE or now.there > (now.told or 0))
        if same or (sure and before and refuted):
            note = f"the server speaks of {this.total} tasks, two readings found the same {this.found}"
            if not same:
                note = f"the server speaks of {this.total} tasks, of which {this.found} were found"
            self.reading.certified = note
            self.reading.note(note)
            return True
        return False

    def _taken(self, page: Page, this: _Pass | None = None, again: bool = False) -> list[Record]:
        """The tasks that no earlier page gave, bookkeeping done."""
        reading = self.reading
        reading.pages += 1
        if page.total is not None:
            reading.totals.append(page.total)
        if page.count > len(page.tasks):
            reading.note("records that are no tasks were left out")
        new = []
        for task in page.tasks:
            identity = _identity(task)
            if identity is None:
                reading.note("tasks without an id were read; their repeats can't be told")
                if this is None or (this.number == 1 and not again):
                    new.append(task)
            elif identity not in reading.ids:
                reading.ids.add(identity)
                new.append(task)
        if this:
            this.add(page)
            if self.filtered and this.moment and not this.touched:
                this.touched = this.moment.touched(page)
            if this.number > 1:
                self.passes[0].complete(page)
        self.watch(reading.distinct, page.total)
        return new

    # Asking

    @property
    def filtered(self) -> bool:
        """Can a task come into the list by being edited?"""
        return any(not name.startswith(_SHOWN_ONLY) for name in self.filters)

    def _page(self, place: Place) -> Page:
        if known := self.kept.get(place):
            page, how = known
            self.raced |= not how["alone"]
            return page
        asked = {**self.filters, **self.besides}
        page = (
            self.client.stream_tasks(asked)
            if place == STREAM
            else self.client.list_tasks(place[1] or 1, asked)
        )
        self.raced |= not self.alone
        self.kept.put(place, page, {"besides": self.besides, "alone": self.alone})
        return page

    def _attempt(self, place: Place) -> Page:
        """The first answer; it finds out which order and which hidden groups may be asked for."""
        groups = tuple(name for name in self.hidden if name not in self.filters)
        order = {} if "order_by" in self.filters else {"order_by": list(ORDER)}
        if known := self.kept.get(place):
            self.besides = known[1]["besides"]
        else:
            page = self._least_refused(place, groups, order)
        for name in (*groups, *order):
            if name not in self.besides:
                what = "its tasks are not in the list" if name in groups else "the order is the server's own"
                self.reading.note(f"{name} was refused: {what}")
        self.reading.asked_for_too = tuple(name for name in groups if name in self.besides)
        return known[0] if known else page

    def _least_refused(self, place: Place, groups: tuple[str, ...], order: Record) -> Page:
        tries = [(order, groups[:count]) for count in range(len(groups), -1, -1)]
        tries += [({}, groups), ({}, ())] if order else []
        for number, (by, hidden) in enumerate(tries, 1):
            self.besides = {**by, **dict.fromkeys(hidden, True)}
            try:
                return self._page(place)
            except (BadRequest, NotAllowed) as refused:
                other = isinstance(refused, NotAllowed) and refused.answered != 403
                if other or number == len(tries) or self._blames_a_filter(refused):
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _blames_a_filter(self, refused: BadRequest | NotAllowed) -> bool:
        """Does the refusal name a filter that somebody asked for, and nothing of what goes beside them?"""
        words = _plain(refused.message)
        return any(_plain(name) in words for name in self.filters) and not any(
            _plain(name) in words for name in self.besides
        )

    # The stream

    def _instead_of_pages(self, first: Page) -> Page | None:
        """All tasks in one answer, where the quota left is too short for pages; None if it isn't whole."""
        if not streamable(self.filters):
            return None
        total = first.total or 0
        try:
            page = self._page(STREAM)
            if page.count < total:  # some went in between, or the stream ends before the list does
                total = self._page((0, 1)).total or 0
        except (BadRequest, NotAllowed, Unreachable) as refused:
            self.reading.note(f"tasks/stream was no help: {refused.message}")
            return None
        if page.count < total:
            self.reading.note(f"tasks/stream gave {page.count} of {total} tasks; pages were read instead")
            return None
        self.reading.note("read in one request from tasks/stream, since the quota left is short")
        return page

    def _beyond_quota(self, requests: int) -> bool:
        left = self.client.quota.remaining
        return left is not None and requests > left


def _size(page: Page) -> int:
    """Tasks on a full page, as far as the server tells."""
    return min(PER_PAGE, page.per_page or PER_PAGE)


def _pages_of(page: Page) -> int | None:
    """The number of pages by the total; None without one, and where pages are shorter than asked for."""
    if page.total is None or 0 < page.count < min(_size(page), page.total):
        return None
    if page.count >= page.total:
        return 1
    return max(1, -(-page.total // _size(page)))


def _identity(task: Record) -> int | str | None:
    identity = task.get("id")
    return identity if isinstance(identity, int | str) else None


def _born(task: Record) -> datetime | None:
    return _time(task, "created_at")


def _time(task: Record, name: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(task[name])
    except (KeyError, TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _plain(words: str) -> str:
    return words.replace("_", "").casefold()
