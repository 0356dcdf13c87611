"""Filters that a server ignored, as the tasks show that it gave.

A task lies outside a filter only where that is certain, by every way to read the API's page: the field is
told and contradicts. A missing field proves nothing, and what the page leaves open is not checked. A null or
a zero, which may just not have been worked out, counts once another task shows the field filled.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from importer.focus.parameters import BY_NAME, Kind, Parameter, is_day

Record: TypeAlias = Mapping[str, Any]
Outside: TypeAlias = Callable[[Record], bool]

_SHOWN = 5  # values of a filter that a note repeats
_NEVER = "0001-"  # Go's year for a time that was never set


@dataclass(frozen=True, slots=True)
class Check:
    """`filled`: some task has to show one of these fields filled, else what is `outside` proves nothing."""

    outside: Outside
    filled: tuple[str, ...] = ()


Maker: TypeAlias = Callable[[Any], Check | None]
"""A filter's value → its check; None where such a value can't be checked."""


class Ignored:
    """Sees every task of one reading once, and tells which of its filters the server ignored."""

    def __init__(self, filters: Mapping[str, object]) -> None:
        """`filters` as in parameters.query."""
        self._filters = dict(filters)
        made = ((name, check_of(name, value)) for name, value in filters.items())
        self._checks = {name: check for name, check in made if check is not None}
        self._outside = dict.fromkeys(self._checks, 0)
        self._wanted = {field for check in self._checks.values() for field in check.filled}
        self._filled: set[str] = set()
        self._seen = 0

    def see(self, record: Record) -> None:
        self._seen += 1
        for name, check in self._checks.items():
            if check.outside(record):
                self._outside[name] += 1
        for field in self._wanted - self._filled:
            if record.get(field):
                self._filled.add(field)

    def notes(self) -> list[str]:
        """A sentence for every filter that was ignored."""
        return [
            self._note(name, count)
            for name, count in self._outside.items()
            if count and (not (fields := self._checks[name].filled) or not self._filled.isdisjoint(fields))
        ]

    def _note(self, name: str, count: int) -> str:
        lie, they_are = ("lies", "it is") if count == 1 else ("lie", "they are")
        return (
            f"{count:,} of {self._seen:,} {'task' if self._seen == 1 else 'tasks'} {lie} outside "
            f"{typed(name, self._filters[name])}: this server ignores that filter "
            f"({they_are} in the file all the same)"
        )


def check_of(name: str, value: object) -> Check | None:
    """None where rows can't tell whether the server heeds such a filter."""
    known = name in CHECKS and _fits(BY_NAME[name], value)
    return CHECKS[name](value) if known else None


def _fits(parameter: Parameter, value: object) -> bool:
    """Is it of the parameter's kind, and something that is sent at all?"""
    values = _listed(value)
    if not parameter.many and values != [value]:
        return False
    if parameter.kind is Kind.BOOLEAN:
        return all(isinstance(one, bool) for one in values)
    if parameter.kind is Kind.INTEGER:
        whole = (isinstance(one, int) and not isinstance(one, bool) for one in values if one is not None)
        return bool(values) and all(whole)
    return bool(values) and all(isinstance(one, str | date) for one in values)


def typed(name: str, value: object) -> str:
    """A filter as it would be typed, a long one shortened."""
    option = BY_NAME[name].option
    if isinstance(value, bool):
        return option if value else option.replace("--", "--no-", 1)
    texts = ["none" if one is None else str(one) for one in _listed(value)]
    more = ",…" if len(texts) > _SHOWN else ""
    return f"{option} {','.join(texts[:_SHOWN])}{more}"


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


# What is told


def _told(record: object, path: str) -> Iterable[Any]:
    """What stands at a path, every one of it where lists lie on the way."""
    here = [record]
    for key in path.split("."):
        inside = [one.get(key) for one in here if isinstance(one, Mapping)]
        here = [each for one in inside for each in (one if isinstance(one, list) else [one])]
    return here


def _ids(record: Record, paths: Iterable[str]) -> set[int]:
    """Ids at any of the paths; 0 is how Go writes none."""
    found = (each for path in paths for each in _told(record, path))
    return {each for each in found if isinstance(each, int) and not isinstance(each, bool) and each != 0}


def _names(record: Record, paths: Iterable[str]) -> list[str]:
    return [each for path in paths for each in _told(record, path) if isinstance(each, str)]


def _blank(record: Record, *fields: str) -> bool:
    """Are all of them told, and none filled?"""
    return all(field in record and not record[field] for field in fields)


def _set(text: object) -> bool:
    """Is a day or time told?"""
    return isinstance(text, str) and bool(text) and not text.startswith(_NEVER)


# The checks


def _flag(field: str) -> Maker:
    def make(wanted: Any) -> Check | None:
        return Check(lambda record: isinstance(record.get(field), bool) and record[field] is not wanted)

    return make


def _among(*paths: str, unless: Outside | None = None) -> Maker:
    """Ids: outside is a task that tells some, at any of the paths, and none of those asked for."""

    def make(value: Any) -> Check | None:
        wanted = set(_listed(value))

        def outside(record: Record) -> bool:
            told = _ids(record, paths)
            return bool(told) and told.isdisjoint(wanted) and not (unless and unless(record))

        return Check(outside)

    return make


def _by_team(record: Record) -> bool:
    """Is it given to a team? Its members may count as assignees."""
    return bool(record.get("team_assignee_ids")) or "team" in _names(record, ["assignees.type"])


def _user(value: Any) -> Check | None:
    """The owner, or an assignee (seen)."""

    def outside(record: Record) -> bool:
        owner, given = record.get("toggl_user_id"), record.get("assignee_user_ids")
        if not owner or not isinstance(given, list) or _by_team(record):
            return False
        return bool(owner != value and value not in given)

    return Check(outside)


def _word(name: str) -> Maker:
    """One of the documented words; what else a server may say of itself is its own affair."""
    known = set(BY_NAME[name].choices)

    def make(value: Any) -> Check | None:
        others = known.difference(_listed(value))
        if not known.issuperset(_listed(value)):
            return None
        return Check(lambda record: not others.isdisjoint(_names(record, [name])))

    return make


def _estimate(too: Callable[[int, int], bool]) -> Maker:
    """Of tasks with an estimate in all: a daily one may be multiplied before it is compared."""

    def make(bound: Any) -> Check | None:
        def outside(record: Record) -> bool:
            minutes = record.get("estimated_mins")
            total = record.get("estimate_type") in (None, "", "total")
            return total and isinstance(minutes, int) and too(minutes, bound)

        return Check(outside)

    return make


def _days(beyond: Callable[[str, str, str], bool]) -> Maker:
    """A task that lies wholly before or behind a day, by both of its dates: so it is outside whether
    the filter means the start, the end or an overlap."""

    def make(value: Any) -> Check | None:
        bound = value.isoformat()[:10] if isinstance(value, date) else str(value)
        if not is_day(bound):
            return None

        def outside(record: Record) -> bool:
            start, end = record.get("start_date"), record.get("end_date")
            if not (isinstance(start, str) and isinstance(end, str) and is_day(start) and is_day(end)):
                return False
            return start <= end and beyond(start, end, bound)

        return Check(outside)

    return make


def _has_dates(wanted: Any) -> Check | None:
    fields = ("start_date", "end_date")
    if wanted:
        return Check(lambda record: _blank(record, *fields), filled=fields)
    return Check(lambda record: any(_set(record.get(field)) for field in fields))


def _archived(wanted: Any) -> Check | None:
    """A task may count as archived with its project or parent, so theirs has to be told too."""

    def active(record: Record, name: str, id: str) -> bool:
        above = record.get(name)
        return _blank(above, "archived_at") if isinstance(above, Mapping) else _blank(record, id)

    def outside(record: Record) -> bool:
        alone = active(record, "project", "project_id") and active(record, "parent", "parent_task_id")
        return _blank(record, "archived_at") and alone

    return Check(outside if wanted else lambda record: _set(record.get("archived_at")))


def _is_priority(wanted: Any) -> Check | None:
    """Without a day it is nobody's priority; with one of another day it may be one or not."""
    return Check(lambda record: _blank(record, "priority_at"), filled=("priority_at",)) if wanted else None


def _recurring(wanted: Any) -> Check | None:
    """A series, an instance or both; so only what is neither is told apart."""
    fields = ("rrule", "recurring_task_id")
    return Check(lambda record: _blank(record, *fields), filled=fields) if wanted else None


_TRACKED = ("time_entry_total_count", "total_tracked_time")


def _untracked(record: Record) -> bool:
    return _blank(record, *_TRACKED)


def _tracked(record: Record) -> bool:
    """By itself: what its sub-tasks took may be counted in."""
    return record.get("sub_task_total_count") == 0 and any(record.get(field) for field in _TRACKED)


def _has_entries(wanted: Any) -> Check | None:
    return Check(_untracked, filled=_TRACKED) if wanted else Check(_tracked)


def _type_is(*types: str) -> Outside:
    def outside(record: Record) -> bool:
        return any(told in types for told in _names(record, ["status.type"]))

    return outside


_STATES: Mapping[str, Check] = {
    "done": Check(_type_is("todo", "in_progress", "blocked")),
    "active": Check(_type_is("done")),
    "tracked": Check(_untracked, filled=_TRACKED),
    "not_tracked": Check(_tracked),
}


def _state(value: Any) -> Check | None:
    """Outside every state that is asked for: whether one of them is enough, or all are needed, is open."""
    words = set(_listed(value))
    if not words <= _STATES.keys():
        return None
    checks = [_STATES[word] for word in words]
    filled = tuple(field for check in checks for field in check.filled)
    return Check(lambda record: all(check.outside(record) for check in checks), filled)


_ABOVE = ("parent.name", "parent_task_name")
_SEARCHED = ("name", "project.name", "client.name", "project.client.name", *_ABOVE)


def _name(value: Any) -> Check | None:
    """Neither the task's name nor that of its project, client or parent has even three letters in a row
    in common with what was looked for, accents and case aside."""
    looked_for = _plain(value)
    if not looked_for:
        return None
    threes = {looked_for[at : at + 3] for at in range(max(1, len(looked_for) - 2))}

    def outside(record: Record) -> bool:
        if not isinstance(record.get("name"), str) or not _names_told(record):
            return False
        found = "\n".join(map(_plain, _names(record, _SEARCHED)))
        return not any(three in found for three in threes)

    return Check(outside)


def _names_told(record: Record) -> bool:
    """Are the names that a search may look at all there?"""
    project = record.get("project")
    if record.get("parent_task_id") and not _names(record, _ABOVE):
        return False
    if not isinstance(project, Mapping):
        return not record.get("project_id")
    return "client" in record or "client" in project


def _plain(text: object) -> str:
    letters = unicodedata.normalize("NFKD", str(text)).casefold()
    return re.sub(r"\s+", " ", "".join(one for one in letters if not unicodedata.combining(one))).strip()


_SINCE = _days(lambda _, end, bound: end < bound)
_UNTIL = _days(lambda start, _, bound: start > bound)

# What is not here can't be told from a row: time blocks, teams, custom fields, the day of active_by_date.
CHECKS: Mapping[str, Maker] = {
    "pinned": _flag("pinned"),
    "status_id": _among("status_id", "status.id"),
    "toggl_user_id": _user,
    "name": _name,
    "has_time_entries": _has_entries,
    "has_dates": _has_dates,
    "private": _flag("private"),
    "archived": _archived,
    "project_id": _among("project_id", "project.id"),
    "parent_task_id": _among("parent_task_id", "parent.id"),
    "start_date": _SINCE,
    "end_date": _UNTIL,
    "start_date_from": _SINCE,
    "start_date_to": _UNTIL,
    "end_date_from": _SINCE,
    "end_date_to": _UNTIL,
    "dates_overlap_start": _SINCE,
    "dates_overlap_end": _UNTIL,
    "estimated_mins_min": _estimate(lambda minutes, bound: minutes < bound),
    "estimated_mins_max": _estimate(lambda minutes, bound: minutes > bound),
    "source": _word("source"),
    "priority": _word("priority"),
    "is_priority": _is_priority,
    "state": _state,
    "assignee_user_id": _among("assignee_user_ids", unless=_by_team),
    "tag_id": _among("tag_ids", "tags.id"),
    "recurring": _recurring,
    "recurring_task_ids": _among("recurring_task_id"),
    "client_id": _among("client.id", "project.client.id", "project.client_id"),
    "assignee_ghost_id": _among("ghost_assignee_ids"),
}
