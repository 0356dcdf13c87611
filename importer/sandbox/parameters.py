"""Parameters: the list's query string, read by type. Knows their names and values, not what they select.

Documented: the names, types, enums, and that an array may be empty (`project_id=`) to mean "none". Guessed:
the words of the refusals, that of a repeated plain parameter the first counts, that an empty one counts as
not given (`archived=` alone asks for both states, as the projects' list describes it). Seen: unknown names
are ignored without a word, and arrays are taken comma-joined as well as repeated.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from importer.sandbox.instants import kept, plain_date
from importer.sandbox.refusal import Failure, Refusal, go_name, invalid

MOST = 100  # rows of a page, tasks or tags of a bulk
PAGE = 20  # seen as the default

ORDERS = [
    "user_id",
    "project_id",
    "parent_task_id",
    "name",
    "estimated_mins",
    "priority",
    "priority_at",
    "start_date",
    "end_date",
    "status_id",
    "pinned",
    "created_at",
    "updated_at",
    "last_activity",
    "position",
    "timeblock_start",
    "timeblock_now_diff",
    "billable",
    "relevance",
    "tag_ids",
    "assignees",
    "sub_tasks_grouped",
]
STREAM_LACKS = {"timeblock_start", "timeblock_now_diff"}

INTEGERS = {"page", "per_page", "toggl_user_id", "estimated_mins_min", "estimated_mins_max"}
BOOLEANS = {
    *("with_entries", "pinned", "has_time_entries", "has_time_blocks", "has_dates", "private", "archived"),
    *("is_priority", "time_block_completed", "recurring", "include_rates", "include_ghost_assignees"),
    *("disable_aggregations", "include_project_completed", "include_drafts", "include_assignees"),
    *("include_parent_matches", "completed"),
}
DATES = {
    *("start_date", "end_date", "active_by_date", "start_date_from", "start_date_to"),
    *("end_date_from", "end_date_to", "dates_overlap_start", "dates_overlap_end"),
}
INSTANTS = {"timeblock_start_from", "timeblock_start_until"}
TEXTS = {"name", "type", "filter"}
STATES_OF_BEING = {"archived", "completed"}  # an empty one asks for both
BOTH = "both"
NULLABLE = {"project_id", "parent_task_id", "client_id", "tag_id", "assignee_user_id", "team_id"}
IDS = {
    *NULLABLE,
    *("status_id", "time_block_id", "recurring_task_ids", "assignee_ghost_id", "assignee_team_id"),
    *("user_account_ids", "workspaces"),
}
WORDS = {
    "source": ("plan", "focus", "google_calendar", "outlook_calendar"),
    "priority": ("none", "low", "medium", "high"),
    "state": ("timeblocked", "not_timeblocked", "tracked", "not_tracked", "active", "done"),
}

_TRUE = {"1", "t", "T", "true", "TRUE", "True"}
_FALSE = {"0", "f", "F", "false", "FALSE", "False"}


def parse(
    pairs: Iterable[tuple[str, str]], orders: Sequence[str] = ORDERS, ignored: Iterable[str] = ()
) -> dict[str, Any]:
    """Name → value of what was given: int, bool, str, or a list, where None stands for "none".

    Instants are brought to UTC. Raises Refusal (400) for a value of a wrong type or outside its enum.
    """
    given: dict[str, list[str]] = {}
    skip = set(ignored)
    for name, value in pairs:
        if name not in skip:
            given.setdefault(name, []).append(value)
    values = {}
    for name, raw in given.items():
        read: Any = _order(raw, orders) if name == "order_by" else _value(name, raw)
        if read is not None and read != []:
            values[name] = read
    return values


def page(values: Mapping[str, Any], most: int = MOST) -> tuple[int, int]:
    """(page, per_page); page from 1. Seen: 400 above 100; that 0 is refused is a guess."""
    number, size = values.get("page", 1), values.get("per_page", PAGE)
    failures = []
    if number < 1:
        failures.append(Failure("Page", "min"))
    if size < 1:
        failures.append(Failure("PerPage", "min"))
    if size > most:
        failures.append(Failure("PerPage", "max"))
    if failures:
        raise invalid("Pagination", failures)
    return number, size


def _value(name: str, raw: list[str]) -> Any:
    if name in IDS:
        ids = [integer(name, piece) if piece else None for piece in _pieces(raw)]
        return ids if name in NULLABLE else [one for one in ids if one is not None]
    if name in WORDS:
        return [_word(name, piece) for piece in _pieces(raw) if piece]
    first = raw[0]
    if name in TEXTS:
        return first
    if not first:
        return BOTH if name in STATES_OF_BEING else None
    if name in INTEGERS:
        return integer(name, first)
    if name in BOOLEANS:
        return _boolean(name, first)
    if name in DATES:
        return plain_date(first) or _refuse(name, first, "datetime")
    if name in INSTANTS:
        return kept(first) or _refuse(name, first, "datetime")
    return None


def _pieces(raw: list[str]) -> list[str]:
    return [piece.strip() for value in raw for piece in value.split(",")]


def integer(name: str, text: str) -> int:
    """An int64 in decimal digits."""
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text) or not -(2**63) <= int(text) < 2**63:
        raise _mistyped(name, "ParseInt", text[:100])
    return int(text)


def _boolean(name: str, text: str) -> bool:
    if text not in _TRUE | _FALSE:
        raise _mistyped(name, "ParseBool", text)
    return text in _TRUE


def _word(name: str, text: str) -> str:
    return text if text in WORDS[name] else _refuse(name, text, "oneof")


def _order(raw: list[str], orders: Sequence[str]) -> list[str]:
    words = [piece for piece in _pieces(raw) if piece]
    for word in words:
        if word.removeprefix("-") not in orders:
            _refuse("order_by", word, "oneof")
    # Documented to stand alone; that company is refused is a guess.
    if len(words) > 1 and any(word.removeprefix("-") == "sub_tasks_grouped" for word in words):
        _refuse("order_by", "sub_tasks_grouped", "excluded_with")
    return words


def _mistyped(name: str, reader: str, text: str) -> Refusal:
    words = f'strconv.{reader}: parsing "{text}": invalid syntax'
    return Refusal(400, "validation", words, {name: text})


def _refuse(name: str, text: str, rule: str) -> str:
    refusal = invalid("ListParams", [Failure(go_name(name), rule)])
    raise Refusal(400, "validation", refusal.description, {name: text})
