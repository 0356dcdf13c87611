"""FIELDS: every field of a task, one line each. The schema, the aliases of people's headers, the
template, the flattening of list answers and docs/fields.md are made from it.

The source is the API's page of the tasks (create, bulk create, list); a test compares both ways.
`parent` in a list answer is itself a task without counts, so its columns are derived, not typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a value is. Texts of a sheet become it in values.py, the schema checks it."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"  # a plain day, YYYY-MM-DD
    INSTANT = "instant"  # RFC 3339
    MINUTES = "minutes"
    SECONDS = "seconds"
    PRIORITY = "priority"
    COLOR = "color"
    RRULE = "rrule"
    INTEGERS = "integers"  # a list of ids
    TEXTS = "texts"
    NAME = "name"  # resolved to an id of the workspace
    NAMES = "names"
    ZONE = "zone"
    MARK = "mark"  # done or archived: a mark, a date, a per cent
    RANGE = "range"  # first and last day in one cell
    REPEAT = "repeat"  # how it repeats, in words


@dataclass(frozen=True, slots=True)
class Field:
    """One field; its name is the API's and the column's.

    `paths` say where a record of the list has it; the first that is there wins, so a nested id
    fills its twin. `tags[].name` is one value a tag. `body`: create and bulk create take it.
    `cell`: only a sheet has it (a name to resolve, a row's own id). `count`: computed for the list,
    which a `parent` lacks. `default`: exported without `--columns all`. `width`: characters.
    """

    name: str
    kind: Kind
    help: str
    paths: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    body: bool = False
    cell: bool = False
    count: bool = False
    default: bool = True
    width: int = 12


PRIORITIES = ("none", "low", "medium", "high")

_T, _I, _N, _B = Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN
_D, _AT, _IDS, _TS = Kind.DATE, Kind.INSTANT, Kind.INTEGERS, Kind.TEXTS


def _field(
    name: str,
    kind: Kind,
    help: str,
    paths: str | None = None,
    aliases: str = "",
    **more: bool | int,
) -> Field:
    """A line of the table: `paths` and `aliases` separated by `|`; no paths means the name itself."""
    where = (name,) if paths is None else tuple(paths.split("|")) if paths else ()
    return Field(name, kind, help, where, tuple(aliases.split("|")) if aliases else (), **more)  # type: ignore[arg-type]


def _also(name: str, kind: Kind, path: str) -> Field:
    """A nested value that only `--columns all` asks for."""
    return _field(name, kind, "", path, default=False)


# fmt: off
_TASK: tuple[Field, ...] = (
    _field("id", _I, "the task's id"),
    _field("name", _T, "what is to be done", body=True, width=42,
           aliases="title|task|task name|task title|summary|subject|card name|card title|issue|to do|todo|what|item"),
    _field("description", _T, "a longer text", body=True, width=36,
           aliases="content|details|desc|task description|card description|body|task content"),
    _field("notes", _T, "free notes; line breaks are kept", body=True, width=30, aliases="note|comment|comments|remarks|remark"),
    _field("project_id", _I, "id of the project", "project_id|project.id", body=True),
    _field("project_name", _T, "name of the project", "project.name", width=24),
    _field("project_color", _T, "colour of the project", "project.color"),
    _field("client_id", _I, "id of the project's client", "client_id|client.id"),
    _field("client_name", _T, "name of the project's client", "client.name", width=20),
    _field("status_id", _I, "id of the status; without one the first todo status is taken", "status_id|status.id", body=True),
    _field("status_name", _T, "name of the status", "status.name", width=14),
    _field("status_type", _T, "todo, in_progress, done or blocked", "status.type", width=12),
    _field("tag_ids", _IDS, "ids of the tags", "tag_ids|tags[].id", body=True),
    _field("tag_names", _TS, "names of the tags", "tags[].name", width=22),
    _field("assignee_user_ids", _IDS, "user account ids of the assignees", body=True, width=16),
    _field("assignee_names", _TS, "names of the assignees (one look-up)", "", width=22),
    _field("assignee_emails", _TS, "e-mails of the assignees (one look-up)", "", width=26),
    _field("start_date", _D, "first day", body=True,
           aliases="start|starts|start on|starts on|begin|begin date|from|date start|planned start"),
    _field("end_date", _D, "last day, the due date", body=True,
           aliases="due|due date|due on|due by|deadline|end|ends|finish|finish date|end on|until|target date|date due|date end"),
    _field("estimated_mins", Kind.MINUTES, "estimate in whole minutes", body=True,
           aliases="estimate|estimated|estimation|est|original estimate|time estimate|time estimated|effort|estimated time"
                   "|estimated minutes|estimated hours|planned hours|planned time"),
    _field("priority", Kind.PRIORITY, "none, low, medium or high", body=True, aliases="prio|importance|urgency"),
    _field("priority_at", _D, "the day it became a user's priority", body=True, aliases="priority date"),
    _field("billable", _B, "whether time on it is billable", body=True, aliases="is billable|chargeable"),
    _field("private", _B, "whether only its people see it", body=True, aliases="is private"),
    _field("pinned", _B, "whether it is pinned", body=True, aliases="is pinned|starred|favourite|favorite"),
    _field("auto_log_time", _B, "whether planned time is logged by itself", body=True, aliases="auto log"),
    _field("color", Kind.COLOR, "colour as #RRGGBB", body=True, aliases="colour"),
    _field("position", _I, "place in a manual order", body=True),
    _field("parent_task_id", _I, "id of the task it is a part of", "parent_task_id|parent.id", body=True),
    _field("parent_task_name", _T, "name of the task it is a part of", "parent_task_name|parent.name", width=30),
    _field("rrule", Kind.RRULE, "repeat rule (iCalendar RRULE)", body=True, width=20, aliases="recurrence rule|repeat rule"),
    _field("source", _T, "where the task came from"),
    _field("metadata_external_id", _T, "id of the calendar event it came from", "metadata.external_id"),
    _field("sub_task_total_count", _I, "its sub-tasks", count=True),
    _field("sub_task_done_count", _I, "its sub-tasks that are done", count=True),
    _field("total_tracked_time", Kind.SECONDS, "tracked time in seconds", count=True),
    _field("total_blocked_time", Kind.SECONDS, "time in its time blocks", count=True),
    _field("total_scheduled_blocked_time", Kind.SECONDS, "time in its scheduled time blocks", count=True),
    _field("time_entry_total_count", _I, "its time entries", count=True),
    _field("time_block_total_count", _I, "its time blocks", count=True),
    _field("time_block_completed_count", _I, "its completed time blocks", count=True),
    _field("time_block_scheduled_total_count", _I, "its scheduled time blocks", count=True),
    _field("time_block_scheduled_completed_count", _I, "its scheduled time blocks that are completed", count=True),
    _field("recurring_task_id", _I, "the series that this task is an instance of"),
    _field("recurrence_date", _D, "the instance's day in its series", "recurrence_date|reucrrence_date"),
    _field("ghost_assignee_ids", _IDS, "ids of people who are not in the workspace", body=True, default=False),
    _field("toggl_user_id", _I, "user account id of the owner"),
    _field("status_updated_at", _AT, "when the status changed", width=20),
    _field("archived_at", _AT, "when it was archived", width=20),
    _field("deleted_at", _AT, "when it was deleted", width=20, default=False),
    _field("created_at", _AT, "when it was created", width=20),
    _field("updated_at", _AT, "when it was changed last", width=20),
    _field("workspace_id", _I, "the workspace"),
    # never in an answer
    _field("integration_source", _T, "the tool that integration_ext_id is an id of", "", body=True),
    _field("integration_ext_id", _I, "the task's number in another tool", "", body=True),
    # nested, for --columns all
    _also("status_emoji", _T, "status.emoji"),
    _also("tag_colors", _TS, "tags[].color"),
    _also("metadata_all_day", _B, "metadata.all_day"),
    _also("metadata_calendar_event_id", _I, "metadata.calendar_event_id"),
    _also("metadata_calendar_id", _I, "metadata.calendar_id"),
    _also("metadata_ical_uid", _T, "metadata.ical_uid"),
    _also("metadata_meeting_link", _T, "metadata.meeting_link"),
    _also("metadata_updated_at", _AT, "metadata.updated_at"),
    _also("project_permissions", _TS, "project.permissions"),
    _also("project_private", _B, "project.private"),
    _also("project_rate_billable", _B, "project.rate.billable"),
    _also("project_rate_currency", _T, "project.rate.currency"),
    _also("project_rate_end_at", _AT, "project.rate.end_at"),
    _also("project_rate_has_more_rates", _B, "project.rate.has_more_rates"),
    _also("project_rate_hourly_rate", _N, "project.rate.hourly_rate"),
    _also("project_rate_project_color", _T, "project.rate.project_color"),
    _also("project_rate_project_created_at", _AT, "project.rate.project_created_at"),
    _also("project_rate_project_id", _I, "project.rate.project_id"),
    _also("project_rate_project_name", _T, "project.rate.project_name"),
    _also("project_rate_project_rate_id", _I, "project.rate.project_rate_id"),
    _also("project_rate_start_at", _AT, "project.rate.start_at"),
    _also("project_rate_workspace_rate_id", _I, "project.rate.workspace_rate_id"),
)

_CELLS: tuple[Field, ...] = (
    _field("key", _T, "the row's own id, for `parent` to point at", "", "task id|id|issue key|card id|task key|number|no|nr|#", cell=True),
    _field("parent", Kind.NAME, "key or name of the row it is a part of, or an existing task", "",
           "parent task|parent id|parent key|parent name|parent issue|subtask of|sub-task of", cell=True, width=30),
    _field("project", Kind.NAME, "name of the project", "", "project name|projects", cell=True, width=24),
    _field("client", Kind.NAME, "name of the client, to tell two projects of one name apart", "", "client name|customer", cell=True, width=20),
    _field("status", Kind.NAME, "name of the status", "", "state|task status", cell=True, width=14),
    _field("tags", Kind.NAMES, "names of the tags, separated by commas", "", "tag|labels|label|categories|category", cell=True, width=22),
    _field("assignees", Kind.NAMES, "e-mails or names, separated by commas", "",
           "assignee|assigned to|assignee email|assignee name|owner|responsible|who|person|people|members", cell=True, width=26),
    _field("other_key", _T, "a second id of the row that `parent` may point at", "", "", cell=True),
    _field("dates", Kind.RANGE, "first and last day in one cell, such as 2026-03-02 → 2026-03-31", "", "timeline|date range|dates|period", cell=True, width=24),
    _field("repeat", Kind.REPEAT, "how it repeats, in words such as `every 2 weeks`", "", "repeats|recurrence|recurring", cell=True, width=18),
    _field("done", Kind.MARK, "whether it is done, where no status says so: a mark, a date, 100%", "", "completed|complete|completed at|date completed|completed date|is done|finished", cell=True),
    _field("progress", Kind.NAME, "todo, in_progress, done or blocked: taken where the workspace lacks the status", "", "", cell=True),
    _field("section", Kind.NAME, "section, list or bucket: becomes the status of that name where there is one", "", "", cell=True, width=18),
    _field("archived", Kind.MARK, "whether it is archived: left out without --with-archived", "", "is archived", cell=True),
    _field("indent", _I, "level in an outline: a row is a part of the nearest one above with a lower level", "", "outline level", cell=True),
    _field("timezone", Kind.ZONE, "the zone of the row's instants, such as Europe/Berlin", "", "time zone|tz", cell=True),
    _field("tasksheet_row", _T, "RUN:ROW of the import that the row was in", "", "", cell=True, width=24),
)
# fmt: on


def _of_parent() -> Iterator[Field]:
    """The columns of the nested parent: a task's own ones without counts, at `parent.` each."""
    for field in _TASK:
        if field.paths and not field.count:
            yield replace(
                field,
                name=f"parent_{field.name}",
                paths=tuple(f"parent.{path}" for path in field.paths),
                help=f"of the parent: {field.help}" if field.help else "",
                aliases=(),
                body=False,
                default=False,
            )


FIELDS: tuple[Field, ...] = (*_TASK, *_of_parent(), *_CELLS)
BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}

BODY: tuple[Field, ...] = tuple(field for field in FIELDS if field.body)
INPUT: tuple[Field, ...] = tuple(field for field in FIELDS if field.body or field.cell)
EVERYTHING: tuple[Field, ...] = tuple(
    field for field in FIELDS if not field.cell and not field.name.startswith("integration_")
)
EXPORTED: tuple[Field, ...] = tuple(field for field in EVERYTHING if field.default)
