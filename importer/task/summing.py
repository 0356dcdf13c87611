"""Sums: tasks counted and their times added up by project, client, status, tag and assignee, while they pass.

A record is a task as the list gives it; null, missing and ragged objects are as good as none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, TypeGuard

Key: TypeAlias = int | str | None

_WEEK = timedelta(days=7)
_ABSURD = 10**12  # minutes or seconds


@dataclass(slots=True)
class Sum:
    """`open`: neither done nor archived. Times are what each task itself has."""

    tasks: int = 0
    open: int = 0
    done: int = 0
    overdue: int = 0
    estimated_mins: float = 0
    tracked_seconds: float = 0


@dataclass(slots=True)
class Group:
    """The tasks of one project, client, status, tag or assignee; `id` None: those without one.

    `more`: a project's client, a status's type.
    """

    id: Key
    name: str = ""
    more: str = ""
    sum: Sum = field(default_factory=Sum)


Groups: TypeAlias = dict[Key, Group]


class Due(NamedTuple):
    """Tasks due in a time. Archived ones that are not done are neither."""

    open: int
    done: int


class Sums:
    """Add every record once; then look. `today` decides what is overdue."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.all = Sum()
        self.projects: Groups = {}
        self.clients: Groups = {}
        self.statuses: Groups = {}
        self.tags: Groups = {}
        self.assignees: Groups = {}
        self._due: dict[date, list[int]] = {}  # Monday → open, done

    def add(self, record: Mapping[str, Any]) -> None:
        status, project = _object(record.get("status")), _object(record.get("project"))
        client = _object(record.get("client")) or _object(project.get("client"))
        done = status.get("type") == "done"
        open_ = not done and not record.get("archived_at")
        due = _day(record.get("end_date"))
        late = open_ and due is not None and due < self.today
        mins, seconds = _amount(record.get("estimated_mins")), _amount(record.get("total_tracked_time"))
        client_name = _text(client.get("name"))
        tags = _tags(record)
        for group in (
            _group(self.projects, _key(record.get("project_id"), project), project, client_name),
            _group(self.clients, _key(record.get("client_id"), client), client),
            _group(self.statuses, _key(record.get("status_id"), status), status, _text(status.get("type"))),
            *(_group(self.tags, key, tag) for key, tag in tags.items()),
            *(_group(self.assignees, key, {}) for key in _ids(record.get("assignee_user_ids")) or (None,)),
        ):
            _count(group.sum, open_, done, late, mins, seconds)
        _count(self.all, open_, done, late, mins, seconds)
        if due is not None:
            counts = self._due.setdefault(_monday(due), [0, 0])
            counts[0] += open_
            counts[1] += done

    def weeks(self, most: int) -> tuple[Due, list[tuple[date, Due]], Due]:
        """What is due before, in and after at most so many weeks, each by its Monday, without a gap.

        They lie around today where the tasks do, else at the end of the tasks that is nearest to it.
        """
        if not self._due:
            return Due(0, 0), [], Due(0, 0)
        first, last = min(self._due), max(self._due)
        if (last - first) // _WEEK >= most:
            around = _monday(self.today) - _WEEK * (most // 2 - 1)
            first = min(max(first, around), last - _WEEK * (most - 1))
            last = first + _WEEK * (most - 1)
        mondays = (first + _WEEK * n for n in range((last - first) // _WEEK + 1))
        weeks = [(monday, Due(*self._due.get(monday, (0, 0)))) for monday in mondays]
        before = [due for monday, due in self._due.items() if monday < first]
        after = [due for monday, due in self._due.items() if monday > last]
        return _together(before), weeks, _together(after)


def _together(dues: list[list[int]]) -> Due:
    return Due(sum(open_ for open_, _ in dues), sum(done for _, done in dues))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _count(sum_: Sum, open_: bool, done: bool, late: bool, mins: float, seconds: float) -> None:
    sum_.tasks += 1
    sum_.open += open_
    sum_.done += done
    sum_.overdue += late
    sum_.estimated_mins += mins
    sum_.tracked_seconds += seconds


def _group(groups: Groups, key: Key, bearer: Mapping[str, Any], more: str = "") -> Group:
    """The group of a key; its name is taken from the first record that tells it."""
    group = groups.get(key)
    if group is None:
        group = groups[key] = Group(key)
    if not group.name:
        group.name = _text(bearer.get("name"))
    if not group.more:
        group.more = more if key is not None else ""
    return group


def _tags(record: Mapping[str, Any]) -> dict[Key, Mapping[str, Any]]:
    """A task's tags by their keys; {None: {}} where it has none."""
    listed = record.get("tags")
    objects = [_object(tag) for tag in listed] if isinstance(listed, list) else []
    found: dict[Key, Mapping[str, Any]] = {_key(None, tag): tag for tag in objects if tag}
    for tag_id in _ids(record.get("tag_ids")):
        found.setdefault(tag_id, {})
    found.pop(None, None)
    return found or {None: {}}


def _key(told: object, bearer: Mapping[str, Any]) -> Key:
    """What tells a bearer from others: its id, else its name."""
    for key in (told, bearer.get("id"), bearer.get("name")):
        if _is_key(key):
            return key
    return None


def _ids(value: object) -> list[int | str]:
    return list(dict.fromkeys(filter(_is_key, value))) if isinstance(value, list) else []


def _is_key(value: object) -> TypeGuard[int | str]:
    return isinstance(value, int | str) and not isinstance(value, bool) and value != ""


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _amount(value: object) -> float:
    """A number of minutes or seconds; 0 for what is none, or more than anybody has."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return value if abs(value) < _ABSURD else 0


def _day(value: object) -> date | None:
    return _date(value) if isinstance(value, str) else None


@lru_cache(4096)
def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
