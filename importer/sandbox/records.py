"""Records: tasks as the JSON that the API gives. Reads the store, decides nothing.

Documented: the fields of tasks-api.txt at every level, blank ones null, with the misspelt `reucrrence_date`
beside the right one, and the newer description's required ones. Guessed: that a task from no calendar has
`metadata` null; that `permissions` is a list of words; which rights they are; ghosts only when asked for.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from importer.sandbox.datafile import Row
from importer.sandbox.store import Store

WORKSPACE = 1
ORGANIZATION = 1

_PLAIN = [
    "archived_at",
    "auto_log_time",
    "billable",
    "color",
    "created_at",
    "deleted_at",
    "description",
    "end_date",
    "estimated_mins",
    "id",
    "name",
    "notes",
    "parent_task_id",
    "pinned",
    "position",
    "priority",
    "priority_at",
    "private",
    "project_id",
    "recurring_task_id",
    "rrule",
    "source",
    "start_date",
    "status_id",
    "status_updated_at",
    "toggl_user_id",
    "updated_at",
    "estimate_type",
    "allocation_unit",
]
_FLAGS = ("auto_log_time", "billable", "pinned", "private")
_METADATA = [
    "all_day",
    "calendar_event_id",
    "calendar_id",
    "external_id",
    "ical_uid",
    "meeting_link",
    "updated_at",
]
_COUNTS = [
    "sub_task_total_count",
    "sub_task_done_count",
    "time_block_total_count",
    "time_block_completed_count",
    "time_block_scheduled_total_count",
    "time_block_scheduled_completed_count",
    "time_entry_total_count",
    "total_blocked_time",
    "total_scheduled_blocked_time",
    "total_tracked_time",
]
# Every field that a task can show at its first level.
NAMES = {
    *_PLAIN,
    *_COUNTS,
    *("workspace_id", "assignee_user_ids", "ghost_assignee_ids", "tag_ids", "tags", "client", "project"),
    *("status", "parent", "parent_task_name", "metadata", "recurrence_date", "reucrrence_date"),
    *("is_template", "source_template_task_id", "assignees", "time_entries"),
}


class Records:
    """The records of some tasks, everything that they show read in a few queries."""

    def __init__(self, store: Store, ids: Sequence[int], *, flags: Mapping[str, Any], parents: bool) -> None:
        self._flags = flags
        self._asked = list(ids)
        self._tasks = store.by_id("tasks", ids)
        above = {row["parent_task_id"] for row in self._tasks.values() if row["parent_task_id"]}
        found = store.by_id("tasks", above)
        self._parents = {one: row for one, row in found.items() if not row["deleted_at"]}
        hydrated = [*self._tasks, *self._parents] if parents else [*self._tasks]
        self._lists = store.lists(hydrated)
        rows = [*self._tasks.values(), *self._parents.values()]
        self._projects = store.by_id("projects", {row["project_id"] for row in rows if row["project_id"]})
        owners = {row["client_id"] for row in self._projects.values() if row["client_id"]}
        self._clients = store.by_id("clients", owners)
        tags = {tag for linked in self._lists["tag_ids"].values() for tag in linked}
        self._tags = store.by_id("tags", tags)
        self._statuses = store.by_id("statuses", {row["status_id"] for row in rows})
        aggregated = parents and not flags.get("disable_aggregations")
        self._sub_tasks = store.sub_tasks(ids) if aggregated else {}
        self._blocks = store.blocks(ids) if aggregated else {}
        self._entries = store.entries(ids) if aggregated or flags.get("with_entries") else {}

    def created(self) -> list[Row]:
        """models.Task: no counts, no parent object, the ghosts as they were taken."""
        return [self._task(self._tasks[one], ghosts=True) for one in self._asked]

    def listed(self) -> list[Row]:
        """The list's shape: the task with its parent and its counts."""
        return [self._listed(self._tasks[one]) for one in self._asked]

    def _listed(self, row: Row) -> Row:
        ghosts = bool(self._flags.get("include_ghost_assignees"))
        record = self._task(row, ghosts=ghosts)
        if not self._flags.get("disable_aggregations"):
            parent = self._parents.get(row["parent_task_id"])
            record["parent"] = self._task(parent, ghosts=ghosts) if parent else None
            record |= self._counts(row["id"])
        if self._flags.get("with_entries"):
            record["time_entries"] = [
                entry(one, row["project_id"]) for one in self._entries.get(row["id"], [])
            ]
        return record

    def _task(self, row: Row, *, ghosts: bool) -> Row:
        task_id = row["id"]
        lists = {field: linked.get(task_id, []) for field, linked in self._lists.items()}
        project = self._projects.get(row["project_id"])
        client = self._clients.get(project["client_id"]) if project else None
        parent = self._parents.get(row["parent_task_id"])
        status = self._statuses.get(row["status_id"])  # a fault plan may have put in one that isn't there
        record = {name: row[name] for name in _PLAIN}
        record |= {flag: bool(row[flag]) for flag in _FLAGS}
        record |= {
            "workspace_id": WORKSPACE,
            "assignee_user_ids": lists["assignee_user_ids"],
            "ghost_assignee_ids": lists["ghost_assignee_ids"] if ghosts else None,
            "tag_ids": lists["tag_ids"],
            "tags": [
                lite(self._tags[one], "id", "name", "color") for one in lists["tag_ids"] if one in self._tags
            ],
            "client": lite(client, "id", "name") if client else None,
            "project": project_lite(project, client, self._flags) if project else None,
            "status": lite(status, "id", "name", "type", "emoji") if status else None,
            "parent_task_name": parent["name"] if parent else None,
            "metadata": _metadata(row["metadata"]),
            "recurrence_date": row["recurrence_date"],
            "reucrrence_date": row["recurrence_date"],
            "is_template": False,
            "source_template_task_id": None,
        }
        if self._flags.get("include_assignees"):
            users = [{"type": "user", "id": one} for one in lists["assignee_user_ids"]]
            record["assignees"] = users + [{"type": "team", "id": one} for one in lists["team_assignee_ids"]]
        return record

    def _counts(self, task_id: int) -> Row:
        """Times are in seconds (seen by one reader); "scheduled" blocks are those with a start (a guess)."""
        blocks = self._blocks.get(task_id, [])
        scheduled = [block for block in blocks if block["start"]]
        entries = self._entries.get(task_id, [])
        total, done = self._sub_tasks.get(task_id, (0, 0))
        numbers = (
            total,
            done,
            len(blocks),
            sum(block["completed"] for block in blocks),
            len(scheduled),
            sum(block["completed"] for block in scheduled),
            len(entries),
            sum(block["seconds"] for block in blocks),
            sum(block["seconds"] for block in scheduled),
            sum(one["seconds"] for one in entries),
        )
        return dict(zip(_COUNTS, numbers, strict=True))


def lite(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


def _metadata(text: str | None) -> Row | None:
    return dict.fromkeys(_METADATA) | json.loads(text) if text else None


def project_lite(row: Row, client: Row | None, flags: Mapping[str, Any]) -> Row:
    return {
        "id": row["id"],
        "name": row["name"],
        "color": row["color"],
        "private": bool(row["private"]),
        "permissions": ["view", "edit"],
        "rate": rate(row) if flags.get("include_rates") else None,
        "archived_at": row["archived_at"],
        "draft": bool(row["draft"]),
        "is_template": False,
        "client": lite(client, "id", "name") if client else None,
        "custom_field_values": None,
    }


def rate(row: Row) -> Row | None:
    if row["hourly_rate"] is None:
        return None
    return {
        "billable": bool(row["billable"]),
        "currency": "EUR",
        "start_at": row["created_at"],
        "end_at": row["end_date"] or "",
        "has_more_rates": False,
        "hourly_rate": row["hourly_rate"],
        "project_color": row["color"],
        "project_created_at": row["created_at"],
        "project_id": row["id"],
        "project_name": row["name"],
        "project_rate_id": 4000 + row["id"],
        "workspace_rate_id": 4000,
    }


def entry(row: Row, project_id: int | None) -> Row:
    """A time entry within a task; its shape is a guess after the fields that entries have elsewhere."""
    named = lite(row, "id", "task_id", "toggl_user_id", "description", "start", "stop")
    return named | {
        "duration": row["seconds"],
        "billable": bool(row["billable"]),
        "project_id": project_id,
        "workspace_id": WORKSPACE,
    }
