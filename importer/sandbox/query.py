"""Query: the list's parameters as SQL over `tasks t`. Knows what each selects and how each order sorts.

Documented: what every line's parameter is for. Guessed, where the page says no more than "filter by …":
state takes any of the given ones; team_id means an assignee who is a member of the team, or the team
itself; recurring means a series or an instance; the end of a time-block span is part of it; active_by_date
means begun and not yet over; include_parent_matches lets the parent's name match too; archived tasks stay
hidden unless asked for; relevance and the order of arrays; blanks sort as in PostgreSQL, last when rising.
"""

# ruff: noqa: S608  names of tables and columns come from the code alone, values never
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.sandbox.parameters import BOTH
from importer.sandbox.tables import IN

_BLOCK = "EXISTS (SELECT 1 FROM time_blocks b WHERE b.task_id = t.id{})"
_ENTRY = "EXISTS (SELECT 1 FROM time_entries e WHERE e.task_id = t.id)"
_DONE = "t.status_id IN (SELECT id FROM statuses WHERE type = 'done')"
_RANK = "(CASE t.priority WHEN 'high' THEN 3 WHEN 'medium' THEN 2 WHEN 'low' THEN 1 ELSE 0 END)"

Part = tuple[str, list[Any]]

# value → column of the comparison, as the page describes it; a task without the date never matches.
_COMPARED = {
    "pinned": "t.pinned = ?",
    "private": "t.private = ?",
    "start_date": "t.end_date >= ?",
    "end_date": "t.start_date <= ?",
    "dates_overlap_start": "t.end_date >= ?",
    "dates_overlap_end": "t.start_date <= ?",
    "start_date_from": "t.start_date >= ?",
    "start_date_to": "t.start_date <= ?",
    "end_date_from": "t.end_date >= ?",
    "end_date_to": "t.end_date <= ?",
    "estimated_mins_min": "t.estimated_mins >= ?",
    "estimated_mins_max": "t.estimated_mins <= ?",
}
# true: this holds; false: it doesn't
_ASKED = {
    "has_time_entries": _ENTRY,
    "has_time_blocks": _BLOCK.format(""),
    "has_dates": "(t.start_date IS NOT NULL OR t.end_date IS NOT NULL)",
    "is_priority": "t.priority_at IS NOT NULL",
    "recurring": "(t.rrule IS NOT NULL OR t.recurring_task_id IS NOT NULL)",
}
_AMONG = {
    "status_id": f"t.status_id {IN}",
    "source": f"t.source {IN}",
    "priority": f"t.priority {IN}",
    "recurring_task_ids": f"t.recurring_task_id {IN}",
    "time_block_id": _BLOCK.format(f" AND b.id {IN}"),
    "assignee_ghost_id": f"t.id IN (SELECT task_id FROM task_ghosts WHERE ghost_id {IN})",
    "assignee_team_id": f"t.id IN (SELECT task_id FROM task_teams WHERE team_id {IN})",
}
_TEAMED = (
    "(t.id IN (SELECT task_id FROM task_teams{0}) OR t.id IN (SELECT a.task_id FROM task_assignees a"
    " JOIN team_members m ON m.user_id = a.user_id{0}))"
)
# (with one of these ids, with none at all)
_NULLABLE = {
    "project_id": (f"t.project_id {IN}", "t.project_id IS NULL"),
    "parent_task_id": (f"t.parent_task_id {IN}", "t.parent_task_id IS NULL"),
    "client_id": (
        f"t.project_id IN (SELECT id FROM projects WHERE client_id {IN})",
        "(t.project_id IS NULL OR t.project_id IN (SELECT id FROM projects WHERE client_id IS NULL))",
    ),
    "tag_id": (
        f"t.id IN (SELECT task_id FROM task_tags WHERE tag_id {IN})",
        "t.id NOT IN (SELECT task_id FROM task_tags)",
    ),
    "assignee_user_id": (
        f"t.id IN (SELECT task_id FROM task_assignees WHERE user_id {IN})",
        "t.id NOT IN (SELECT task_id FROM task_assignees)",
    ),
    "team_id": (_TEAMED.format(f" WHERE team_id {IN}"), f"NOT {_TEAMED.format('')}"),
}
_STATES = {
    "timeblocked": _BLOCK.format(""),
    "not_timeblocked": f"NOT {_BLOCK.format('')}",
    "tracked": _ENTRY,
    "not_tracked": f"NOT {_ENTRY}",
    "active": f"NOT {_DONE}",
    "done": _DONE,
}
_HIDDEN = "(t.project_id IS NULL OR t.project_id NOT IN (SELECT id FROM projects WHERE {}))"

_SORTED = {
    "user_id": "t.toggl_user_id",
    "name": "t.name_key",
    "priority": _RANK,
    "last_activity": "max(t.updated_at, coalesce("
    "(SELECT max(stop) FROM time_entries e WHERE e.task_id = t.id), ''))",
    "timeblock_start": "(SELECT min(start) FROM time_blocks b WHERE b.task_id = t.id)",
    "timeblock_now_diff": "(SELECT min(abs(julianday(start) - julianday(?))) FROM time_blocks b"
    " WHERE b.task_id = t.id)",
    "relevance": f"-(2 * t.pinned + {_RANK} + 4 * (NOT {_DONE}))",
    "tag_ids": "(SELECT min(tag_id) FROM task_tags g WHERE g.task_id = t.id)",
    "assignees": "(SELECT min(user_id) FROM task_assignees a WHERE a.task_id = t.id)",
    "sub_tasks_grouped": "coalesce((SELECT name_key FROM tasks p WHERE p.id = t.parent_task_id"
    " AND p.deleted_at IS NULL), t.name_key)",
}
# Said of these, NULLS FIRST or LAST would keep SQLite from using an index.
_NEVER_BLANK = {"user_id", "name", "status_id", "pinned", "billable", "created_at", "updated_at", "position"}
# What ties: a multiple of the id modulo a prime puts them in another order for each multiplier.
_SHUFFLED = "t.id * ? % 2147483647"
_GROUPED = ", coalesce(t.parent_task_id, t.id), t.parent_task_id IS NOT NULL, t.position"


@dataclass(frozen=True, slots=True)
class Query:
    where: str
    arguments: list[Any]
    order: str
    order_arguments: list[Any]


def query(values: Mapping[str, Any], now: str, salt: int | None = None) -> Query:
    """`values` as `parameters.parse` gives them; `now` for the orders that look at the clock.

    What ties, or was not asked for in an order, is in order of id; with a `salt` in an order of its own.
    """
    parts = [_visible(values), *(_part(name, value, values) for name, value in values.items())]
    words = values.get("order_by", [])
    order, order_arguments = _ordered(words, now, salt)
    return Query(
        " AND ".join(sql for sql, _ in parts if sql),
        [argument for _, arguments in parts for argument in arguments],
        order,
        order_arguments,
    )


def _visible(values: Mapping[str, Any]) -> Part:
    parts = ["t.deleted_at IS NULL"]
    if "archived" not in values:
        parts.append("t.archived_at IS NULL")
    if not values.get("include_project_completed"):
        parts.append(_HIDDEN.format("completed_at IS NOT NULL"))
    if not values.get("include_drafts"):
        parts.append(_HIDDEN.format("draft"))
    return " AND ".join(parts), []


def _part(name: str, value: Any, values: Mapping[str, Any]) -> Part:
    if name in _COMPARED:
        return _COMPARED[name], [value]
    if name in _ASKED:
        return (_ASKED[name] if value else f"NOT {_ASKED[name]}"), []
    if name in _AMONG:
        return _AMONG[name], [json.dumps(value)]
    if name in _NULLABLE:
        return _nullable(name, value)
    special = _SPECIAL.get(name)
    return special(value, values) if special else ("", [])


def _nullable(name: str, value: Sequence[int | None]) -> Part:
    some, none = _NULLABLE[name]
    ids = [one for one in value if one is not None]
    if not ids:
        return none, []
    sql = some if None not in value else f"({some} OR {none})"
    return sql, [json.dumps(ids)] * some.count("?")


def _archived(value: Any, values: Mapping[str, Any]) -> Part:
    if value == BOTH:
        return "", []
    return ("t.archived_at IS NOT NULL" if value else "t.archived_at IS NULL"), []


def _user(value: Any, values: Mapping[str, Any]) -> Part:
    sql = "(t.toggl_user_id = ? OR t.id IN (SELECT task_id FROM task_assignees WHERE user_id = ?))"
    return sql, [value, value]


def _name(value: Any, values: Mapping[str, Any]) -> Part:
    key = value.casefold()
    sql = "instr(t.name_key, ?)"
    if not values.get("include_parent_matches"):
        return sql, [key]
    parents = "SELECT id FROM tasks WHERE deleted_at IS NULL AND instr(name_key, ?)"
    return f"({sql} OR t.parent_task_id IN ({parents}))", [key, key]


def _state(value: Any, values: Mapping[str, Any]) -> Part:
    return "(" + " OR ".join(_STATES[word] for word in value) + ")", []


def _active(value: Any, values: Mapping[str, Any]) -> Part:
    return "(t.start_date <= ? AND (t.end_date IS NULL OR t.end_date >= ?))", [value, value]


def _block_span(value: Any, values: Mapping[str, Any]) -> Part:
    """One block has to lie in the whole span, so the second bound adds nothing of its own."""
    since, until = values.get("timeblock_start_from"), values.get("timeblock_start_until")
    bounds = [(" AND b.start >= ?", since), (" AND b.start <= ?", until)]
    given = [(sql, bound) for sql, bound in bounds if bound]
    return _BLOCK.format("".join(sql for sql, _ in given)), [bound for _, bound in given]


def _block_completed(value: Any, values: Mapping[str, Any]) -> Part:
    return _BLOCK.format(" AND b.completed = ?"), [value]


_SPECIAL: dict[str, Callable[[Any, Mapping[str, Any]], Part]] = {
    "archived": _archived,
    "toggl_user_id": _user,
    "name": _name,
    "state": _state,
    "active_by_date": _active,
    "timeblock_start_from": _block_span,
    "timeblock_start_until": _block_span,
    "time_block_completed": _block_completed,
}


def _ordered(words: Sequence[str], now: str, salt: int | None) -> Part:
    keys, arguments = [], []
    for word in words:
        name = word.removeprefix("-")
        falling = word.startswith("-")
        key = _SORTED.get(name, f"t.{name}")
        arguments += [now] * key.count("?")
        blanks = "" if name in _NEVER_BLANK else " NULLS FIRST" if falling else " NULLS LAST"
        keys.append(f"{key} {'DESC' if falling else 'ASC'}{blanks}")
        if name == "sub_tasks_grouped":
            keys[-1] += _GROUPED
    if salt is None:
        return ", ".join([*keys, "t.id"]), arguments
    return ", ".join([*keys, _SHUFFLED]), [*arguments, salt]
