"""Lookback: reads the newest tasks of the workspace, and finds out how far the list can be believed.

An order is believed where a page descends through two different times down to a task known before. Where
it isn't, all tasks are read: in one stream, else page by page as far as the quota goes.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from importer.delivery.pairing import Task, shown, task_id
from importer.delivery.settling import Mark, Seen, instant, newest, not_older
from importer.errors import BadRequest, NotAllowed, TasksheetError, Unreachable
from importer.focus.answers import PER_PAGE, Page, Quota
from importer.focus.asking import HIDDEN

_NO_STREAM = (402, 403, 404, 405)
NEWEST_FIRST = {"order_by": ["-created_at"]}
STREAM_REFUSED = "the order of the list can't be believed, and the whole list can't be had"


class Lists(Protocol):
    """What of the client is needed."""

    quota: Quota

    def list_tasks(self, page: int, filters: Mapping[str, object]) -> Page: ...
    def stream_tasks(self, filters: Mapping[str, object]) -> Page: ...


class Lookback:
    """The newest tasks of a workspace, as one run sees them.

    `clock` gives seconds that only grow, `today` those of the epoch; `claimed` says which of some
    ids stand for rows of the journal.
    """

    def __init__(
        self,
        client: Lists,
        clock: Callable[[], float],
        today: Callable[[], float],
        claimed: Callable[[Collection[int]], Collection[int]],
    ) -> None:
        self.client, self.clock, self.today, self.claimed = client, clock, today, claimed
        self.filters: dict[str, object] | None = None  # what this server takes; None: not asked yet
        self.streams = True
        self.projects: set[int] = set()
        self.series = False
        self.page: list[Task] = []  # the first one that was read

    def newest(self) -> Seen:
        """One page of the newest tasks: it proves key and workspace and gives the mark to start from.

        Where that page is surely in another order all tasks are read.
        """
        began = self.clock()
        page = self._first()
        tasks = self.page = page.tasks
        whole = _is_all(page, len(tasks))
        if _rises(tasks) and not whole:
            everything = self._everything(page.total)
            tasks, whole = everything or tasks, everything is not None
        times = {instant(task) for task in tasks}
        proven = whole or (len(times) > 1 and None not in times and not _rises(tasks))
        seen = self._seen(Mark(), began, tasks, page.total, ordered=proven)
        mark = replace(seen.mark, proven=proven, open=len(times) == 1 and not whole)
        return replace(seen, mark=mark)

    def since(self, mark: Mark, *, counting: bool = False) -> Seen:
        """Everything that came after `mark`. An error of the reading is in what comes back.

        Pages that cut through tasks of one instant may lose some of them. For `counting` a total that comes
        out right speaks against that; where rows would be sent again it proves too little.
        """
        began = self.clock()
        try:
            return self._since(mark, began, counting)
        except TasksheetError as error:
            return Seen(whole=False, began=began, ended=self.clock(), quota=self.client.quota, error=error)

    def _since(self, mark: Mark, began: float, counting: bool) -> Seen:
        tasks: dict[object, Task] = {}
        ordered, descended, met = True, False, False
        torn = False  # tasks of one instant lie on two pages, where they may be in another order each time
        last: datetime | None = None
        totals: list[int | None] = []
        for page in self._pages():
            totals.append(page.total)
            before = len(tasks)
            torn |= bool(page.tasks) and last is not None and instant(page.tasks[0]) == last
            for task in page.tasks:
                when = instant(task)
                ordered &= when is not None and (last is None or when <= last)
                descended |= last is not None and when is not None and when < last
                last = when or last
                met |= task_id(task) in mark.ids
                tasks[task.get("id")] = task
            over = _is_all(page, len(tasks)) or len(tasks) == before
            passed = last is not None and mark.at is not None and last < mark.at
            if over or not ordered or passed:
                break
        steady = len(set(totals)) == 1
        total = totals[0] if steady else None
        came = sum(not_older(task, mark) is True for task in tasks.values())
        risen = total - mark.total if total is not None and mark.total is not None else 0
        all_there = over and (len(totals) == 1 or (steady and total == len(tasks)))
        unmoved = len(totals) == 1 or total is not None  # else a task that went may have hidden another
        ordered &= descended and met and passed
        counted = counting and total is not None and mark.total is not None and came == risen
        whole = (all_there or (ordered and unmoved and (counted or not torn))) and came >= risen
        why = ""
        if not whole:
            everything = self._everything(total)
            whole, why = everything is not None, STREAM_REFUSED
            tasks |= {task.get("id"): task for task in everything or ()}
            torn = torn and everything is None
        seen = self._seen(mark, began, list(tasks.values()), total, ordered=ordered, whole=whole, why=why)
        return replace(seen, mark=replace(seen.mark, open=seen.mark.open or torn))

    def _seen(
        self,
        mark: Mark,
        began: float,
        tasks: list[Task],
        total: int | None,
        *,
        ordered: bool,
        whole: bool = True,
        why: str = "",
    ) -> Seen:
        for task in tasks:
            if isinstance(project := shown(task, "project_id"), int):
                self.projects.add(project)
            self.series |= bool(task.get("rrule") or task.get("recurring_task_id"))
        ages = [(task, not_older(task, mark, ordered=ordered)) for task in tasks]
        claimed = self.claimed(
            {number for task, newer in ages if newer is not False and (number := task_id(task))}
        )
        top = replace(
            newest(tasks),
            total=total,
            empty=not tasks,
            open=not whole,
            proven=whole,
            taken=self.today(),
        )
        if top.at is None:
            top = replace(top, ids=frozenset(number for task in tasks if (number := task_id(task))))
        return Seen(
            tasks=[task for task, newer in ages if newer],
            undated=[task for task, newer in ages if newer is None and task_id(task) not in claimed],
            claimed=claimed,
            ids={number for task in tasks if (number := task_id(task))},
            whole=whole,
            why=why,
            began=began,
            ended=self.clock(),
            mark=top,
            quota=self.client.quota,
            projects=self.projects,
            series=self.series,
        )

    # The list

    def _pages(self) -> Iterator[Page]:
        yield self._first()
        number = 1
        while True:
            number += 1
            yield self.client.list_tasks(number, self.filters or {})

    def _first(self) -> Page:
        """Page 1; the first time it finds out which order and which hidden tasks may be asked for."""
        if self.filters is not None:
            return self.client.list_tasks(1, self.filters)
        for given in _attempts():
            try:
                page = self.client.list_tasks(1, given)
            except (BadRequest, NotAllowed) as refused:
                hidden = any(name in given for name in HIDDEN)
                if not given or (isinstance(refused, NotAllowed) and (refused.answered != 403 or not hidden)):
                    raise
                continue
            self.filters = given
            return page
        raise AssertionError("the last attempt returns or raises")

    def _everything(self, total: int | None) -> list[Task] | None:
        """All tasks of the workspace; None where they can't be had."""
        asked = {name: value for name, value in (self.filters or {}).items() if name in HIDDEN}
        if self.streams:
            try:
                return self.client.stream_tasks(asked).tasks
            except (BadRequest, Unreachable):
                self.streams = False
            except NotAllowed as refused:
                if refused.answered not in _NO_STREAM:
                    raise
                self.streams = False
        left = self.client.quota.remaining
        if total is None or (left is not None and -(-total // PER_PAGE) > left):
            return None
        tasks: dict[object, Task] = {}
        for page in self._pages():
            before = len(tasks)
            tasks |= {task.get("id"): task for task in page.tasks}
            if page.total != total:
                return None
            if len(tasks) == before or _is_all(page, len(tasks)):
                break
        return list(tasks.values()) if len(tasks) == total else None


def _attempts() -> Iterator[dict[str, object]]:
    """What to ask for, the most first."""
    for order in (NEWEST_FIRST, {}):
        for count in range(len(HIDDEN), -1, -1):
            yield {**order, **dict.fromkeys(HIDDEN[:count], True)}


def _is_all(page: Page, read: int) -> bool:
    """Whether the list is over with this page, `read` tasks having come with it and before. A server that
    tells neither total nor size of a page may give smaller ones than were asked for."""
    if page.total is None:
        return not page.count or (page.per_page is not None and page.count < page.per_page)
    return not page.count or (page.count < (page.per_page or PER_PAGE) and page.total <= read)


def _rises(tasks: list[Task]) -> bool:
    """Whether some task is newer than the one before it, which no descending order has."""
    times = [when for task in tasks if (when := instant(task))]
    return any(later > earlier for earlier, later in pairwise(times))
