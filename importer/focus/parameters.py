"""The query parameters of List tasks, one line each, and how their values are written into a URL.

Options, help and requests are all made from this table. It loads at every start of the command,
so it imports nothing heavy; it knows neither HTTP nor the command line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

# The API's description joins arrays by commas, other clients repeat the parameter.
JOINED = True
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(_DAY.pattern + r"[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")


class Kind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"  # YYYY-MM-DD
    INSTANT = "instant"  # RFC 3339


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter.

    `many`: takes several values. `repeated`: once for each of them, since they may hold commas.
    `empty`: takes an empty value, meaning "none". `choices`: the documented values; others are
    worth a warning, the server decides. `legacy`: what to use instead. `streamed`: /tasks/stream
    takes it too. `newer`: not in tasks-api.txt. `paging`: the reader's own business, no option.
    """

    name: str
    kind: Kind
    help: str
    many: bool = False
    repeated: bool = False
    empty: bool = False
    choices: tuple[str, ...] = ()
    legacy: str = ""
    streamed: bool = True
    newer: bool = False
    paging: bool = False

    @property
    def option(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    @property
    def documented(self) -> str:
        """The values that the API's page speaks of, in words; "" where it leaves them open."""
        if self.kind is Kind.DATE:
            return "a date such as 2026-03-31"
        if self.kind is Kind.INSTANT:
            return "a time such as 2026-03-31T08:00:00Z"
        return ", ".join(self.choices)

    def undocumented(self, value: object) -> bool:
        """Does the API's page know no such value? The server may know it all the same."""
        if not isinstance(value, str):
            return False
        if self.kind is Kind.DATE:
            return not is_day(value)
        if self.kind is Kind.INSTANT:
            return not _is_moment(value)
        return self.unknown(value)

    def unknown(self, value: str) -> bool:
        """Is it outside the documented values? Sorting also takes `-name`, `cf_1` and `pcf_1`."""
        if not self.choices or value in self.choices:
            return False
        return self.name != "order_by" or not (
            value.removeprefix("-") in self.choices or value.removeprefix("-").startswith(("cf_", "pcf_"))
        )


def is_day(text: str) -> bool:
    """Is it a day as the API writes one?"""
    return bool(_DAY.fullmatch(text)) and _exists(text)


def _is_moment(text: str) -> bool:
    return bool(_MOMENT.fullmatch(text)) and _exists(text.upper())


def _exists(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


_ORDERS = (
    "user_id project_id parent_task_id name estimated_mins priority priority_at start_date end_date "
    "status_id pinned created_at updated_at last_activity position timeblock_start "
    "timeblock_now_diff billable relevance tag_ids assignees sub_tasks_grouped"
)
_SOURCES = ("plan", "focus", "google_calendar", "outlook_calendar")
_PRIORITIES = ("none", "low", "medium", "high")
_STATES = ("timeblocked", "not_timeblocked", "tracked", "not_tracked", "active", "done")
_T, _I, _B, _D, _M = Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN, Kind.DATE, Kind.INSTANT
_P = Parameter

# In the order of tasks-api.txt, the newer ones after them.
PARAMETERS: tuple[Parameter, ...] = (
    _P("page", _I, "page number, from 1", paging=True, streamed=False),
    _P("per_page", _I, "results a page, at most 100", paging=True, streamed=False),
    _P("with_entries", _B, "include time entries"),
    _P("pinned", _B, "only pinned tasks, or only others"),
    _P("order_by", _T, "sort by these, -NAME descending", many=True, choices=tuple(_ORDERS.split())),
    _P("status_id", _I, "status ids", many=True),
    _P("toggl_user_id", _I, "tasks of this user"),
    _P("name", _T, "tasks whose names hold this; newer servers search project and client names too"),
    _P("has_time_entries", _B, "only tasks with time entries, or without"),
    _P("has_time_blocks", _B, "only tasks with time blocks, or without"),
    _P("has_dates", _B, "only tasks with a start or end date, or with neither"),
    _P("private", _B, "only private tasks, or only others"),
    _P("archived", _B, "only archived tasks, or only others"),
    _P("project_id", _I, "project ids", many=True, empty=True),
    _P("parent_task_id", _I, "parent task ids", many=True, empty=True),
    _P("start_date", _D, "with --end-date: tasks that overlap these days, from"),
    _P("end_date", _D, "with --start-date: tasks that overlap these days, to"),
    _P("start_date_from", _D, "start date from", legacy="start_date"),
    _P("start_date_to", _D, "start date to", legacy="start_date"),
    _P("end_date_from", _D, "end date from", legacy="end_date"),
    _P("end_date_to", _D, "end date to", legacy="end_date"),
    _P("dates_overlap_start", _D, "overlap from", legacy="start_date"),
    _P("dates_overlap_end", _D, "overlap to", legacy="end_date"),
    _P("estimated_mins_min", _I, "estimate of at least so many minutes"),
    _P("estimated_mins_max", _I, "estimate of at most so many minutes"),
    _P("source", _T, "where tasks came from", many=True, choices=_SOURCES),
    _P("priority", _T, "priorities", many=True, choices=_PRIORITIES),
    _P("is_priority", _B, "only tasks that a user made a priority, or only others"),
    _P("state", _T, "states", many=True, choices=_STATES),
    _P("timeblock_start_from", _M, "time block starts from", streamed=False),
    _P("timeblock_start_until", _M, "time block starts until", streamed=False),
    _P("time_block_id", _I, "time block ids", many=True),
    _P("time_block_completed", _B, "only tasks with completed time blocks, or only others"),
    _P("team_id", _I, "team ids", many=True, empty=True),
    _P("assignee_user_id", _I, "assignees' user ids", many=True, empty=True),
    _P("tag_id", _I, "tag ids", many=True, empty=True),
    _P("recurring", _B, "only recurring tasks, or only others"),
    _P("recurring_task_ids", _I, "recurring task ids", many=True),
    _P("client_id", _I, "client ids", many=True, empty=True),
    _P("include_rates", _B, "include the projects' rates", streamed=False),
    _P("include_ghost_assignees", _B, "include ghost assignees (gone from newer servers)", streamed=False),
    _P("assignee_ghost_id", _I, "ghost assignees' ids (gone from newer servers)", many=True, streamed=False),
    _P("disable_aggregations", _B, "leave out counts and parents: faster", streamed=False),
    _P("include_project_completed", _B, "tasks of completed projects too", newer=True),
    _P("include_drafts", _B, "tasks of draft projects too", newer=True),
    _P("active_by_date", _D, "tasks active on this day", newer=True),
    _P("assignee_team_id", _I, "assigned teams' ids", many=True, newer=True),
    _P("include_assignees", _B, "include assignees' details", newer=True),
    _P("include_parent_matches", _B, "with --name: tasks whose parents match too", newer=True),
    _P("cf_filter", _T, "a condition on a custom field", many=True, repeated=True, newer=True),
)  # fmt: skip

BY_NAME: Mapping[str, Parameter] = {parameter.name: parameter for parameter in PARAMETERS}


@dataclass(frozen=True, slots=True)
class Named:
    """A filter by name; `ids` is the parameter that takes the ids of those who bear it."""

    name: str
    ids: Parameter
    help: str

    @property
    def option(self) -> str:
        return f"--{self.name}"


NAMED: Mapping[str, Named] = {
    named.name: named
    for named in (
        Named("project", BY_NAME["project_id"], "projects; two of one name are told apart by --client"),
        Named("client", BY_NAME["client_id"], "clients"),
        Named("status", BY_NAME["status_id"], "statuses"),
        Named("tag", BY_NAME["tag_id"], "tags"),
        Named("assignee", BY_NAME["assignee_user_id"], "people, by e-mail or name"),
        Named("parent", BY_NAME["parent_task_id"], "parent tasks"),
    )
}


def query(filters: Mapping[str, object]) -> list[tuple[str, str]]:
    """Write filters as the pairs of a query string, in their given order.

    Values are text, numbers, booleans, dates, or lists of them; None, alone or in a list, is the
    empty value of a parameter that takes one (`project_id=`). An empty list asks for nothing.
    Raises KeyError for a name that List tasks doesn't have, ValueError for a None that it
    doesn't take: the server would ignore either without a word.
    """
    return [pair for name, value in filters.items() for pair in _pairs(BY_NAME[name], value)]


def streamable(filters: Iterable[str]) -> bool:
    """Does /tasks/stream take all of these, paging aside?"""
    return all(BY_NAME[name].streamed or BY_NAME[name].paging for name in filters)


def _pairs(parameter: Parameter, value: object) -> Iterator[tuple[str, str]]:
    values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    if None in values and not parameter.empty:
        raise ValueError(f"{parameter.name} takes no empty value")
    if len(values) > 1 and not parameter.many:
        raise ValueError(f"{parameter.name} takes one value")
    texts = [_text(value) for value in values]
    # Guess: an empty part between commas may be dropped or refused, an empty value of its own not.
    joined = JOINED and "" not in texts and not parameter.repeated
    if joined and texts:
        yield parameter.name, ",".join(texts)
    elif not joined:
        yield from ((parameter.name, text) for text in texts)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
