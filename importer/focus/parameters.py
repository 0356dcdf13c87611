"""The query parameters of List tasks, one line each, and how their values are written into a URL.

Options, help and requests are all made from this table. It loads at every start of the command,
so it imports nothing heavy; it knows neither HTTP nor the command line.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# The API's description joins arrays by commas, other clients repeat the parameter.
JOINED = True
# Its values may hold commas of their own.
_ALWAYS_REPEATED = frozenset({"cf_filter"})


class Kind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"  # YYYY-MM-DD
    INSTANT = "instant"  # RFC 3339


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter.

    `many`: takes several values. `empty`: takes an empty value, meaning "none". `choices`: the
    documented values; others are worth a warning, the server decides. `legacy`: what to use
    instead. `streamed`: /tasks/stream takes it too. `newer`: not in tasks-api.txt. `paging`: the
    reader's own business, no option.
    """

    name: str
    kind: Kind
    help: str
    many: bool = False
    empty: bool = False
    choices: tuple[str, ...] = ()
    legacy: str = ""
    streamed: bool = True
    newer: bool = False
    paging: bool = False

    def unknown(self, value: str) -> bool:
        """Is it outside the documented values? Sorting also takes `-name`, `cf_1` and `pcf_1`."""
        if not self.choices or value in self.choices:
            return False
        return self.name != "order_by" or not (
            value.removeprefix("-") in self.choices or value.removeprefix("-").startswith(("cf_", "pcf_"))
        )


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
    _P("name", _T, "tasks of this name; newer servers search project and client names too"),
    _P("has_time_entries", _B, "only tasks with time entries, or without"),
    _P("has_time_blocks", _B, "only tasks with time blocks, or without"),
    _P("has_dates", _B, "only tasks with a start or end date, or with neither"),
    _P("private", _B, "only private tasks, or only others"),
    _P("archived", _B, "only archived tasks, or only others"),
    _P("project_id", _I, "project ids", many=True, empty=True),
    _P("parent_task_id", _I, "parent task ids", many=True, empty=True),
    _P("start_date", _D, "with end_date: tasks that overlap these days, from"),
    _P("end_date", _D, "with start_date: tasks that overlap these days, to"),
    _P("start_date_from", _D, "start date from; start_date replaces it", legacy="start_date"),
    _P("start_date_to", _D, "start date to; start_date replaces it", legacy="start_date"),
    _P("end_date_from", _D, "end date from; end_date replaces it", legacy="end_date"),
    _P("end_date_to", _D, "end date to; end_date replaces it", legacy="end_date"),
    _P("dates_overlap_start", _D, "overlap from; start_date replaces it", legacy="start_date"),
    _P("dates_overlap_end", _D, "overlap to; end_date replaces it", legacy="end_date"),
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
    _P("include_parent_matches", _B, "with a name: parents that match too", newer=True),
    _P("cf_filter", _T, "a condition on a custom field", many=True, newer=True),
)  # fmt: skip

BY_NAME: Mapping[str, Parameter] = {parameter.name: parameter for parameter in PARAMETERS}


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
    joined = JOINED and "" not in texts and parameter.name not in _ALWAYS_REPEATED
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
