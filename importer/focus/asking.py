"""Asking for pages of the list: with an order and hidden groups where the server takes them, several at
a time where that is wanted, and first of what an interrupted reading left."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.pool import ThreadPool
from typing import Protocol, TypeAlias

from importer.errors import BadRequest, NotAllowed
from importer.focus.answers import Page, Record
from importer.focus.client import Client

# Not unique in parts: tasks of one bulk request may share their instant.
ORDER = ("created_at", "name", "position")
HIDDEN = ("include_project_completed", "include_drafts")

Place: TypeAlias = tuple[int, int]
"""Which reading of the list, from 1, and which page of it: 0 is page 1 once more; the stream is (0, 0).
Readings below 0 are on the way to the list's end, those beyond what there may be look for what is new."""
STREAM: Place = (0, 0)


class Kept(Protocol):
    """Answers of a reading that was interrupted, for this one to go on from; several threads ask.

    Beside each page stands how it was asked for: `besides` the filters (the order, the hidden groups), and
    whether it was asked for `alone`, not while others were.
    """

    def get(self, place: Place) -> tuple[Page, Record] | None: ...

    def put(self, place: Place, page: Page, how: Record) -> None: ...

    def drop(self, place: Place) -> None:
        """This page was no good: nothing of it is part of the list."""


class Nothing:
    def get(self, place: Place) -> tuple[Page, Record] | None:
        return None

    def put(self, place: Place, page: Page, how: Record) -> None:
        pass

    def drop(self, place: Place) -> None:
        pass


@dataclass
class Asking:
    """Gives pages by their place. `besides` is asked for besides the filters. `alone`: one page at a time;
    `raced`: some page since this was last looked at was not asked for alone."""

    client: Client
    filters: Mapping[str, object]
    hidden: tuple[str, ...]
    kept: Kept
    besides: Record = field(default_factory=dict)
    alone: bool = True
    raced: bool = False
    resumed: bool = False  # the last page is of an interrupted reading
    gap: bool = False  # another was asked for after such a one

    def page(self, place: Place) -> Page:
        if known := self.kept.get(place):
            page, how = known
            self.raced |= not how["alone"]
            self.resumed = True
            return page
        if self.resumed:
            self.gap, self.resumed = True, False
        asked = {**self.filters, **self.besides}
        page = (
            self.client.stream_tasks(asked)
            if place == STREAM
            else self.client.list_tasks(place[1] or 1, asked)
        )
        self.raced |= not self.alone
        self.kept.put(place, page, {"besides": self.besides, "alone": self.alone})
        return page

    def pages(self, places: list[Place], jobs: int) -> Iterator[Page]:
        """The pages in this order, so many asked for at a time."""
        self.alone, self.raced = jobs == 1, False
        try:
            yield from map(self.page, places) if self.alone else self._ahead(places, jobs)
        finally:
            self.alone = True

    def _ahead(self, places: list[Place], jobs: int) -> Iterator[Page]:
        with ThreadPool(jobs) as pool:
            waiting = iter(places)
            flying = deque(pool.apply_async(self.page, (place,)) for place in islice(waiting, jobs))
            while flying:
                page = flying.popleft().get()
                flying.extend(pool.apply_async(self.page, (place,)) for place in islice(waiting, 1))
                yield page

    def first(self, place: Place) -> Page:
        """The first answer; it finds out which order and which hidden groups may be asked for."""
        if known := self.kept.get(place):
            self.besides = known[1]["besides"]
            self.resumed = True
            return known[0]
        groups = tuple(name for name in self.hidden if name not in self.filters)
        order = {} if "order_by" in self.filters else {"order_by": list(ORDER)}
        tries = [(order, groups[:count]) for count in range(len(groups), -1, -1)]
        tries += [({}, groups), ({}, ())] if order else []
        for number, (by, hidden) in enumerate(tries, 1):
            self.besides = {**by, **dict.fromkeys(hidden, True)}
            try:
                return self.page(place)
            except (BadRequest, NotAllowed) as refused:
                not_allowed = isinstance(refused, NotAllowed) and (refused.answered != 403 or not hidden)
                if not_allowed or number == len(tries) or self._blames_a_filter(refused):
                    raise
        raise AssertionError("the last attempt returns or raises")

    @property
    def refused(self) -> list[str]:
        """What the server did not take, in words."""
        groups = [name for name in self.hidden if name not in self.filters and name not in self.besides]
        notes = [f"{name} was refused: its tasks are not in the list" for name in groups]
        if "order_by" not in self.besides and "order_by" not in self.filters:
            notes.append("order_by was refused: the order is the server's own")
        return notes

    def _blames_a_filter(self, refused: BadRequest | NotAllowed) -> bool:
        """Does the refusal name a filter that somebody asked for, and nothing of what goes beside them?"""
        words = _plain(refused.message)
        return any(_plain(name) in words for name in self.filters) and not any(
            _plain(name) in words for name in self.besides
        )


def _plain(words: str) -> str:
    return words.replace("_", "").casefold()
