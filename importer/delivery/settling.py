"""Settling: what a reading of the workspace's newest tasks proves about rows that may have landed. Pure.

A task that is there is believed at once. That one is not there is believed of a whole reading alone, begun
long enough after the failure, and not of rows that the list may hide.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from importer.delivery.drafts import Body, Draft
from importer.delivery.pairing import IDENTITY, Task, differences, exact, is_id, may_be, shown
from importer.errors import TasksheetError
from importer.focus.answers import Quota

Hidden = Mapping[int, frozenset[str]]
"""Project → why a list may leave its tasks out: completed, archived, draft."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest tasks known at some moment: what is not older may have come since.

    `at` is their created_at and `ids` those of that instant; `open`: more of it may have been there. `at`
    None: there was no task (`empty`), or none told its time. Where it is not `proven` that the list
    gave the newest, only a list that shows its order tells what is newer. `total` is the list's then;
    `taken` our clock's, in seconds of the epoch.
    """

    at: datetime | None = None
    ids: frozenset[int] = frozenset()
    total: int | None = None
    empty: bool = False
    open: bool = False
    proven: bool = True
    taken: float = 0.0

    def advanced(self, tasks: Iterable[Task], count: int) -> "Mark":
        """The mark after `count` tasks more, of which `tasks` were shown."""
        newer = newest(tasks)
        total = None if self.total is None else self.total + count
        if newer.at is None or (self.at is not None and newer.at < self.at):
            return replace(self, total=total)
        ids = newer.ids | self.ids if newer.at == self.at else newer.ids
        same = newer.at == self.at
        return replace(
            self,
            at=newer.at,
            ids=ids,
            total=total,
            empty=False,
            open=same and self.open,
            proven=self.proven or not same,
        )

    def before(self, other: "Mark") -> bool:
        if self.at is None or other.at is None:
            return self.empty or not other.empty
        return self.at < other.at or (self.at == other.at and self.ids < other.ids)


def newest(tasks: Iterable[Task]) -> Mark:
    """The newest of some tasks as a mark."""
    at: datetime | None = None
    ids: set[int] = set()
    for task in tasks:
        when = instant(task)
        if when is None or (at is not None and when < at):
            continue
        if at is None or when > at:
            at, ids = when, set()
        if is_id(task.get("id")):
            ids.add(task["id"])
    return Mark(at, frozenset(ids))


def instant(task: Task) -> datetime | None:
    """When a task was created, as an instant; None where it does not tell."""
    try:
        when = datetime.fromisoformat(task["created_at"])
    except (KeyError, TypeError, ValueError):
        return None
    return when if when.tzinfo else None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reading brought. `began` is our clock's, in seconds.

    `tasks` are not older than the mark that was asked for and were not there then, `undated` those
    that don't tell, save those of `claimed`: ids that stand for rows of the journal. `ids` are all that
    the list showed, older ones too. `whole`: nothing that
    the list shows can be missing, else `why` says what speaks against it. `projects` and `series`:
    the projects whose tasks any list of this run has shown, and whether tasks that repeat were
    among them. `error` is what kept the reading from being made.
    """

    tasks: Sequence[Task] = ()
    undated: Sequence[Task] = ()
    claimed: Collection[int] = frozenset()
    ids: Collection[int] = frozenset()
    whole: bool = True
    why: str = ""
    began: float = 0.0
    ended: float = 0.0
    mark: Mark = Mark()
    quota: Quota = field(default_factory=Quota)
    projects: Collection[int] = frozenset()
    series: bool = False
    error: TasksheetError | None = None


class Sent(NamedTuple):
    draft: Draft
    body: Body


@dataclass(slots=True)
class Found:
    """Which rows a reading shows to be there. `landed` and `claims` by place; `left` are tasks over."""

    landed: dict[int, Task] = field(default_factory=dict)
    claims: dict[int, Task] = field(default_factory=dict)
    left: list[Task] = field(default_factory=list)
    changed: frozenset[str] = frozenset()


def found(
    rows: Sequence[Sent],
    seen: Seen,
    *,
    claimants: Sequence[Body] = (),
    ignoring: Collection[str] = (),
    owner: int | None = None,
    alike: bool = True,
) -> Found:
    """The rows that are there.

    `claimants` are bodies known to be tasks without a known id; of tasks that are as much like a row
    they choose first. `ignoring` are fields that this server changes; where it is seen for the first
    time, on two rows or more that differ in the same way while none matches, `changed` names them
    (unless `alike` says that one of the batch matched before).
    """
    free = dict(enumerate(candidates(seen, owner)))
    bodies = [*claimants, *(row.body for row in rows)]
    exactly = exact(bodies, free, ignoring, series=False, first=len(claimants))
    told = Found(claims={place: task for place, task in exactly.items() if place < len(claimants)})
    told.landed = {p - len(claimants): task for p, task in exactly.items() if p >= len(claimants)}
    if alike and not told.landed and len(rows) > 1:
        told.landed, told.changed = _changed_alike(rows, free, ignoring)
    told.left = list(free.values())
    return told


def candidates(seen: Seen, owner: int | None) -> Iterable[Task]:
    """The tasks that stand for no row yet, are not another person's and no instances of a series:
    rows become series, never their instances."""
    for task in seen.tasks:
        whose = task.get("toggl_user_id")
        foreign = owner is not None and is_id(whose) and whose != owner
        if not foreign and not task.get("recurring_task_id") and task.get("id") not in seen.claimed:
            yield task


def _changed_alike(
    rows: Sequence[Sent], free: dict[int, Task], ignoring: Collection[str]
) -> tuple[dict[int, Task], frozenset[str]]:
    """Rows and tasks that pair off one to one, at least two, all differing in the same fields."""
    options = {
        index: [place for place, task in free.items() if may_be(row.body, task)]
        for index, row in enumerate(rows)
    }
    pairs = {index: places[0] for index, places in options.items() if places}
    ways = {
        frozenset(name for name, _ in differences(rows[index].body, free[place], ignoring))
        for index, place in pairs.items()
    }
    single = all(len(places) < 2 for places in options.values())
    if not (single and len(pairs) > 1 and len(set(pairs.values())) == len(pairs) and len(ways) == 1):
        return {}, frozenset()
    return {index: free.pop(place) for index, place in pairs.items()}, ways.pop() - set(IDENTITY)


def similar(row: Sent, left: Iterable[Task]) -> Task | None:
    """A task left over that may be this row in spite of differences."""
    return next((task for task in left if may_be(row.body, task)), None)


def may_be_hidden(body: Body, seen: Seen, hidden: Hidden | None) -> str:
    """Why the list may not show such a task; empty where it surely does.

    `hidden` None: nobody knows the projects' states. A kind is trusted once a list has shown it.
    """
    if body.get("rrule") and not seen.series:
        return "tasks that repeat"
    project = shown(dict(body), "project_id")
    if project is None or project in seen.projects:
        return ""
    if hidden is None:
        return f"tasks of project {project}"
    shown_kinds = {kind for one in seen.projects for kind in hidden.get(one, ())}
    kinds = hidden.get(project, frozenset()) - shown_kinds
    return f"tasks of {' and '.join(sorted(kinds))} projects" if kinds else ""


def as_text(mark: Mark) -> dict[str, Any]:
    """The mark as JSON."""
    return {
        "at": mark.at.isoformat() if mark.at else None,
        "ids": sorted(mark.ids),
        "total": mark.total,
        "empty": mark.empty,
        "open": mark.open,
        "proven": mark.proven,
        "taken": mark.taken,
    }


def from_text(told: Mapping[str, Any]) -> Mark:
    at = datetime.fromisoformat(told["at"]) if told["at"] else None
    return Mark(**{**told, "at": at, "ids": frozenset(told["ids"])})


def not_older(task: Task, mark: Mark, *, ordered: bool = True) -> bool | None:
    """Whether a task may have come after the mark was taken; None where that can't be told.

    `ordered`: the list that showed the task was seen to be in order.
    """
    if task.get("id") in mark.ids:
        return False
    if mark.empty:
        return True
    when = instant(task)
    if when is None or mark.at is None or not (mark.proven or ordered):
        return None
    return None if when == mark.at and mark.open else when >= mark.at
