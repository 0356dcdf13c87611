"""Look-ups: projects, clients, tags, statuses, people and settings. A workspace and a call in, a Reply out.

Documented: which envelopes have a `total`, that people are a bare list, that tags repeat in no case, that
left-out `archived` means active projects only and an empty one all. Guessed: that `completed` works alike,
that names of clients and projects may repeat, the page size of people. Seen: a project made here is not
`active`, whatever was sent.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from importer.sandbox import lookup_records, parameters, records, validation
from importer.sandbox.creation import ME, Sort, create
from importer.sandbox.datafile import Row
from importer.sandbox.fate import Reply
from importer.sandbox.refusal import Failure, invalid
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
    return call.fate.listed(
        _page(call, values, found, lambda rows: _projects(workspace, rows, values, sums=True))
    )


def create_project(workspace: Workspace, call: Call) -> Reply:
    return _create(workspace, call, _PROJECTS, "Payload")


def list_clients(workspace: Workspace, call: Call) -> Reply:
    return _simple(workspace, call, "clients", lookup_records.client, total=False)


def create_client(workspace: Workspace, call: Call) -> Reply:
    return _create(workspace, call, _CLIENTS, "Payload")


def list_tags(workspace: Workspace, call: Call) -> Reply:
    return _simple(workspace, call, "tags", lookup_records.tag, total=True)


def create_tag(workspace: Workspace, call: Call) -> Reply:
    return _create(workspace, call, _TAGS, "TagPayload")


def create_tags(workspace: Workspace, call: Call) -> Reply:
    body = validation.decoded(call.body)
    if not isinstance(body, dict):
        validation.shaped(body, {}, _BULK)
    given = validation.sized(body.get("tags"), _BULK, "Tags")
    rows = [validation.shaped(one, validation.TAG, f"{_BULK}.tags") for one in given]
    broken = validation.failures(rows, workspace.store)
    _unique(workspace, rows, broken)
    refusal = validation.placed(broken, _BULK, "Tags")
    if refusal:
        raise refusal
    return create(workspace, call, _TAGS, rows, bulk=True)


def list_statuses(workspace: Workspace, call: Call) -> Reply:
    return _simple(workspace, call, "statuses", lookup_records.status, total=False)


def list_users(workspace: Workspace, call: Call) -> Reply:
    values = parameters.parse(call.query, (), {"order_by", *call.fate.ignored})
    number, size = parameters.page({"per_page": _PEOPLE_A_PAGE} | values)
    teams = {team["id"]: team for team in workspace.store.table("teams")}
    members: dict[int, list[Row]] = {}
    for link in workspace.store.table("team_members"):
        members.setdefault(link["user_id"], []).append(teams[link["team_id"]])
    found = [row for row in workspace.store.table("users") if _met(row, values)]
    rows = found[(number - 1) * size : number * size]
    shown = [lookup_records.user(row, members.get(row["user_account_id"], [])) for row in rows]
    return call.fate.listed(Reply(body=call.fate.echoed(shown)))


def read_settings(workspace: Workspace, call: Call) -> Reply:
    return Reply(
        body={
            "theme": "auto",
            "current_workspace_id": records.WORKSPACE,
            "date_format": "EU",
            "time_format": "24h",
            "duration_format": "improved",
            "start_week_on": 1,
            "timezone": workspace.zone.key,
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
    reply = _page(call, values, found, lambda rows: [record(row) for row in rows])
    if not total:
        del reply.body["total"]
    return call.fate.listed(reply)


def _page(
    call: Call, values: Mapping[str, Any], rows: list[Row], shown: Callable[[list[Row]], list[Row]]
) -> Reply:
    number, size = parameters.page(values)
    for word in reversed(values.get("order_by", [])):
        name = word.removeprefix("-")
        rows.sort(
            key=lambda row: (row.get(name) is None, _folded(row.get(name))), reverse=word.startswith("-")
        )
    some = rows[(number - 1) * size : number * size]
    data = call.fate.echoed(shown(some))
    return Reply(body={"data": data, "page": number, "per_page": size, "total": len(rows)})


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
        lookup_records.project(
            row,
            clients.get(row["client_id"]),
            linked.get(row["id"], []),
            counted.get(row["id"], nothing) if sums else None,
            values,
        )
        for row in rows
    ]


def _create(workspace: Workspace, call: Call, sort: Sort, struct: str) -> Reply:
    row = validation.shaped(validation.decoded(call.body), sort.fields, struct)
    broken = validation.failures([row], workspace.store)
    if not sort.repeats:
        _unique(workspace, [row], broken)
    if broken[0]:
        raise invalid(struct, broken[0])
    return create(workspace, call, sort, [row], bulk=False)


def _born(workspace: Workspace) -> Row:
    now = workspace.instant()
    return {"created_at": now, "updated_at": now}


def _make_projects(workspace: Workspace, rows: Sequence[Row]) -> list[int]:
    ids = []
    for row in rows:
        plain = {name: value for name, value in row.items() if name != "tag_ids" and value is not None}
        ids.append(workspace.store.insert("projects", plain | {"toggl_user_id": ME} | _born(workspace)))
        for tag_id in row.get("tag_ids") or ():
            workspace.store.insert("project_tags", {"project_id": ids[-1], "tag_id": tag_id})
    return ids


def _show_projects(workspace: Workspace, ids: Sequence[int]) -> list[Row]:
    found = workspace.store.by_id("projects", ids)
    return _projects(workspace, [found[one] for one in ids], {}, sums=False)


def _make_clients(workspace: Workspace, rows: Sequence[Row]) -> list[int]:
    return [workspace.store.insert("clients", row | _born(workspace)) for row in rows]


def _show_clients(workspace: Workspace, ids: Sequence[int]) -> list[Row]:
    found = workspace.store.by_id("clients", ids)
    return [lookup_records.client(found[one]) for one in ids]


def _make_tags(workspace: Workspace, rows: Sequence[Row]) -> list[int]:
    """Looks at the names again: a plan may have changed them, another process may have been quicker."""
    broken: list[list[Failure]] = [[] for _ in rows]
    _unique(workspace, rows, broken)
    if any(broken):
        raise invalid("TagPayload", [failure for found in broken for failure in found])
    return [workspace.store.insert("tags", row | {"name_key": _key(row)} | _born(workspace)) for row in rows]


def _show_tags(workspace: Workspace, ids: Sequence[int]) -> list[Row]:
    found = workspace.store.by_id("tags", ids)
    return [lookup_records.tag(found[one]) for one in ids]


def _key(row: Row) -> str:
    return str(row["name"]).strip().casefold()


def _unique(workspace: Workspace, rows: Sequence[Row], broken: Sequence[list[Failure]]) -> None:
    """Adds a failure where a name is taken without regard to case, here or in the workspace."""
    taken = {tag["name_key"] for tag in workspace.store.table("tags")}
    for row, found in zip(rows, broken, strict=True):
        if row.get("name"):
            if _key(row) in taken:
                found.append(Failure("Name", "unique"))
            taken.add(_key(row))


_BULK = "BulkCreatePayload"
_PROJECTS = Sort("projects", validation.PROJECT, _make_projects, _show_projects)
_CLIENTS = Sort("clients", validation.CLIENT, _make_clients, _show_clients)
_TAGS = Sort("tags", validation.TAG, _make_tags, _show_tags, repeats=False)
