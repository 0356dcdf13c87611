"""Look-ups: projects, clients, tags, statuses, people and settings. A workspace and a call in, a Reply out.

Documented: which envelopes have a `total`, that people are a bare list, that tags repeat in no case, that
left-out `archived` means active projects only and an empty one all. Guessed: that `completed` works alike,
that names of clients and projects may repeat, the page size of people. Seen: a project made here is not
`active`, whatever was sent.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from importer.sandbox import parameters, records, validation
from importer.sandbox.endpoints import ME
from importer.sandbox.fate import Reply
from importer.sandbox.refusal import Failure, Refusal, invalid
from importer.sandbox.store import Row
from importer.sandbox.workspace import Call, Workspace

_DATED = ("name", "created_at", "updated_at")
_ORDERS = {
    # parent_project_id, created_by_user and relevance are taken and change nothing here
    "projects": (
        *(*_DATED, "client_id", "client_name", "parent_project_id", "private", "active", "billable"),
        *("toggl_user_id", "created_by_user", "pinned", "relevance"),
    ),
    "clients": (*_DATED, "active"),
    "tags": ("name",),
    "statuses": (*_DATED, "workspace_id", "position"),
}
_PEOPLE_A_PAGE = 50


def list_projects(workspace: Workspace, call: Call) -> Reply:
    values = parameters.parse(call.query, _ORDERS["projects"], call.fate.ignored)
    clients = {row["id"]: row["name"] for row in workspace.store.table("clients")}
    rows = workspace.store.table("projects")
    found = [row | {"client_name": clients.get(row["client_id"])} for row in rows if _shown(row, values)]
    return call.fate.listed(_page(values, found, lambda rows: _projects(workspace, rows, values, sums=True)))


def create_project(workspace: Workspace, call: Call) -> Reply:
    row = validation.shaped(validation.decoded(call.body), validation.PROJECT, "Payload")
    _sound(workspace, row, "Payload")
    tags = row.pop("tag_ids", [])
    with workspace.store.writing():
        project_id = workspace.store.insert("projects", row | {"toggl_user_id": ME} | _born(workspace))
        for tag_id in tags:
            workspace.store.insert("project_tags", {"project_id": project_id, "tag_id": tag_id})
    rows = list(workspace.store.by_id("projects", [project_id]).values())
    return Reply(201, _projects(workspace, rows, {}, sums=False)[0])


def list_clients(workspace: Workspace, call: Call) -> Reply:
    return _simple(workspace, call, "clients", records.client, total=False)


def create_client(workspace: Workspace, call: Call) -> Reply:
    row = validation.shaped(validation.decoded(call.body), validation.CLIENT, "Payload")
    _sound(workspace, row, "Payload")
    client_id = workspace.store.insert("clients", row | _born(workspace))
    return Reply(201, records.client(workspace.store.by_id("clients", [client_id])[client_id]))


def list_tags(workspace: Workspace, call: Call) -> Reply:
    return _simple(workspace, call, "tags", records.tag, total=True)


def create_tag(workspace: Workspace, call: Call) -> Reply:
    row = validation.shaped(validation.decoded(call.body), validation.TAG, "Payload")
    _sound(workspace, row, "Payload")
    return Reply(201, _tags(workspace, [row])[0])


def create_tags(workspace: Workspace, call: Call) -> Reply:
    body = validation.decoded(call.body)
    if not isinstance(body, dict):
        validation.shaped(body, {}, "BulkCreatePayload")
    given = validation.sized(body.get("tags"), "BulkCreatePayload", "Tags", validation.MOST_TAGS)
    rows = [validation.shaped(one, validation.TAG, "BulkCreatePayload.tags") for one in given]
    refusal = validation.placed(validation.failures(rows, workspace.store), "BulkCreatePayload", "Tags")
    if refusal:
        raise refusal
    return Reply(201, _tags(workspace, rows))


def list_statuses(workspace: Workspace, call: Call) -> Reply:
    return _simple(workspace, call, "statuses", records.status, total=False)


def list_users(workspace: Workspace, call: Call) -> Reply:
    values = parameters.parse(call.query, (), {"order_by", *call.fate.ignored})
    number, size = parameters.page({"per_page": _PEOPLE_A_PAGE} | values)
    teams = {team["id"]: team for team in workspace.store.table("teams")}
    members: dict[int, list[Row]] = {}
    for link in workspace.store.table("team_members"):
        members.setdefault(link["user_id"], []).append(teams[link["team_id"]])
    found = [row for row in workspace.store.table("users") if _met(row, values)]
    rows = found[(number - 1) * size : number * size]
    return call.fate.listed(
        Reply(body=[records.user(row, members.get(row["user_account_id"], [])) for row in rows])
    )


def read_settings(workspace: Workspace, call: Call) -> Reply:
    return Reply(
        body={
            "theme": "auto",
            "current_workspace_id": records.WORKSPACE,
            "date_format": "EU",
            "time_format": "24h",
            "duration_format": "improved",
            "start_week_on": 1,
            "timezone": "Europe/Berlin",
            "language_code": "en",
            # Keyed by organization: the one place where a program can meet its id.
            "tos_ack_decoupled_licenses": {str(records.ORGANIZATION): "2025-01-07T09:00:00Z"},
            "trial_ended_modal_seen": {},
        }
    )


def read_constraints(workspace: Workspace, call: Call) -> Reply:
    kinds = workspace.faults.settings.required_fields
    return Reply(body={"enabled": bool(kinds), "required_fields": [{"kind": kind} for kind in kinds]})


def _simple(
    workspace: Workspace, call: Call, table: str, record: Callable[[Row], Row], *, total: bool
) -> Reply:
    values = parameters.parse(call.query, _ORDERS[table], call.fate.ignored)
    found = [
        row
        for row in workspace.store.table(table)
        if _named(row, values)
        and row["id"] in values.get("tag_id", [row["id"]])
        and row.get("type") == (values.get("type") or row.get("type"))
    ]
    reply = _page(values, found, lambda rows: [record(row) for row in rows])
    if not total:
        del reply.body["total"]
    return call.fate.listed(reply)


def _page(values: Mapping[str, Any], rows: list[Row], shown: Callable[[list[Row]], list[Row]]) -> Reply:
    number, size = parameters.page(values)
    for word in reversed(values.get("order_by", [])):
        name = word.removeprefix("-")
        rows.sort(
            key=lambda row: (row.get(name) is None, _folded(row.get(name))), reverse=word.startswith("-")
        )
    some = rows[(number - 1) * size : number * size]
    return Reply(body={"data": shown(some), "page": number, "per_page": size, "total": len(rows)})


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value or 0


def _named(row: Row, values: Mapping[str, Any]) -> bool:
    return values.get("name", "").casefold() in row["name"].casefold()


def _shown(row: Row, values: Mapping[str, Any]) -> bool:
    for name, since in (("archived", "archived_at"), ("completed", "completed_at")):
        wanted = values.get(name, False)
        if wanted != parameters.BOTH and bool(row[since]) is not wanted:
            return False
    if row["draft"] and not values.get("include_drafts"):
        return False
    if any(name in values and bool(row[name]) is not values[name] for name in ("private", "pinned")):
        return False
    allowed = {"client_id": row["client_id"], "project_id": row["id"]}
    return _named(row, values) and all(one in values.get(name, [one]) for name, one in allowed.items())


def _met(row: Row, values: Mapping[str, Any]) -> bool:
    text = values.get("filter", "").casefold()
    account = row["user_account_id"]
    return (
        (text in row["name"].casefold() or text in row["email"].casefold())
        and account in values.get("user_account_ids", [account])
        and records.WORKSPACE in values.get("workspaces", [records.WORKSPACE])
    )


def _projects(
    workspace: Workspace, rows: Sequence[Row], values: Mapping[str, Any], *, sums: bool
) -> list[Row]:
    store = workspace.store
    clients = store.by_id("clients", {row["client_id"] for row in rows if row["client_id"]})
    tags = store.by_id("tags", {link["tag_id"] for link in store.table("project_tags")})
    linked: dict[int, list[Row]] = {}
    for link in store.table("project_tags"):
        linked.setdefault(link["project_id"], []).append(tags[link["tag_id"]])
    counted = store.project_sums() if sums else {}
    nothing = {"total_tasks": 0, "task_estimated_mins": 0, "total_tracked_secs": 0}
    return [
        records.project(
            row,
            clients.get(row["client_id"]),
            linked.get(row["id"], []),
            counted.get(row["id"], nothing) if sums else None,
            values,
        )
        for row in rows
    ]


def _sound(workspace: Workspace, row: Row, struct: str) -> None:
    (broken,) = validation.failures([row], workspace.store)
    if broken:
        raise invalid(struct, broken)


def _born(workspace: Workspace) -> Row:
    now = workspace.instant()
    return {"created_at": now, "updated_at": now}


def _tags(workspace: Workspace, rows: Sequence[Row]) -> list[Row]:
    """Creates all of them, or none where a name is taken without regard to case, here or in the workspace."""
    store = workspace.store
    with store.writing():
        taken = {tag["name_key"] for tag in store.table("tags")}
        for index, row in enumerate(rows):
            key = row["name"].strip().casefold()
            if key in taken:
                field = f"Tags[{index}].Name" if len(rows) > 1 else "Name"
                refusal = invalid("BulkCreatePayload", [Failure(field, "unique")])
                raise Refusal(400, "validation", refusal.description, {field: row["name"]})
            taken.add(key)
        ids = [
            store.insert("tags", row | {"name_key": row["name"].strip().casefold()} | _born(workspace))
            for row in rows
        ]
        found = store.by_id("tags", ids)
    return [records.tag(found[tag_id]) for tag_id in ids]
