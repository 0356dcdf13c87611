"""Endpoints: what is asked of tasks. A workspace and a call in, a Reply out; raises Refusal for no.

Guessed: unknown ids in a deletion are passed over; deleting and archiving take the sub-tasks along; PATCH
answers 404 for a task that is not there, and refuses a parent from the task's own family. Creating is in
`creation`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.sandbox import creation, parameters, validation
from importer.sandbox.datafile import Row
from importer.sandbox.fate import Reply
from importer.sandbox.query import query
from importer.sandbox.records import Records
from importer.sandbox.refusal import Failure, Refusal, invalid, not_found
from importer.sandbox.workspace import Call, Workspace

_PARTIAL = "PartialUpdatePayloadWithID"
_FARTHEST = 2**62  # SQLite's offsets end soon after
_STREAM_LACKS = ("page", "per_page", "disable_aggregations", "include_rates", *sorted(parameters.INSTANTS))


def list_tasks(workspace: Workspace, call: Call) -> Reply:
    values = parameters.parse(call.query, ignored=call.fate.ignored)
    lenient = workspace.faults.settings.over_100 == "empty"
    page, size = parameters.page(values, 2**62 if lenient else parameters.MOST)
    asked = query(values, workspace.instant(), workspace.faults.salt())
    total = workspace.store.count(asked)
    seen = size <= parameters.MOST  # else seen to be an empty page with 200
    ids = workspace.store.ids(asked, size, min((page - 1) * size, _FARTHEST)) if seen else []
    data = _listed(workspace, call, ids, values)
    return call.fate.listed(Reply(body={"data": data, "page": page, "per_page": size, "total": total}))


def stream_tasks(workspace: Workspace, call: Call) -> Reply:
    """All of them as one array. Documented to lack some parameters and orders, which are not looked at."""
    orders = [order for order in parameters.ORDERS if order not in parameters.STREAM_LACKS]
    values = parameters.parse(call.query, orders, [*_STREAM_LACKS, *call.fate.ignored])
    ids = workspace.store.ids(query(values, workspace.instant(), workspace.faults.salt()))
    return call.fate.listed(Reply(body=_listed(workspace, call, ids, values)))


def read_task(workspace: Workspace, call: Call) -> Reply:
    task_id = _living(workspace, call)
    values = parameters.parse(call.query) | {"include_ghost_assignees": True}
    return Reply(body=_listed(workspace, call, [task_id], values)[0])


def find_external(workspace: Workspace, call: Call) -> Reply:
    given = dict(reversed(call.query))
    source, ext_id = given.get("source", ""), given.get("ext_id", "")
    missing = [
        Failure(name, "required") for name, value in (("Source", source), ("ExtID", ext_id)) if not value
    ]
    if missing:
        raise invalid("ByExternalIDParams", missing)
    found = workspace.store.external(source, parameters.integer("ext_id", ext_id))
    if found is None:
        raise not_found("task")
    return Reply(body=call.fate.echoed(creation.shown(workspace, [found]))[0])


def change_task(workspace: Workspace, call: Call) -> Reply:
    task_id = _living(workspace, call)
    _change(workspace, [(task_id, validation.decoded(call.body))], "PartialUpdatePayload")
    return Reply(204)


def change_tasks(workspace: Workspace, call: Call) -> Reply:
    """A bare array of `{id, …}`, all or nothing."""
    given = validation.decoded(call.body)
    if not isinstance(given, list):
        raise Refusal(
            400, "validation", "json: cannot unmarshal object into Go value of type []PartialUpdate"
        )
    validation.sized(given, _PARTIAL, "Tasks")
    rows = [(validation.shaped(one, {"id": int}, _PARTIAL).get("id", 0), one) for one in given]
    known = workspace.store.known("tasks", "id", [one for one, _ in rows])
    if {task_id for task_id, _ in rows} - known:
        raise invalid(_PARTIAL, [Failure("ID", "exists")])
    _change(workspace, rows, _PARTIAL)
    return Reply(204)


def delete_task(workspace: Workspace, call: Call) -> Reply:
    workspace.store.mark("deleted_at", [_living(workspace, call)], workspace.instant())
    return Reply(204)


def delete_tasks(workspace: Workspace, call: Call) -> Reply:
    raw = [piece for name, value in call.query if name == "ids" for piece in value.split(",") if piece]
    if not raw:
        raise invalid("BulkDeleteParams", [Failure("IDs", "required")])
    ids = [parameters.integer("ids", piece) for piece in raw]
    workspace.store.mark("deleted_at", ids, workspace.instant())
    return Reply(204)


def archive_tasks(workspace: Workspace, call: Call) -> Reply:
    workspace.store.mark("archived_at", _task_ids(call), workspace.instant())
    return Reply(204)


def _listed(workspace: Workspace, call: Call, ids: Sequence[int], values: Mapping[str, Any]) -> list[Row]:
    return call.fate.echoed(Records(workspace.store, ids, flags=values, parents=True).listed())


def _living(workspace: Workspace, call: Call) -> int:
    task_id = call.number("id")
    if not workspace.store.known("tasks", "id", [task_id]):
        raise not_found("task")
    return task_id


def _task_ids(call: Call) -> list[int]:
    body = validation.shaped(
        validation.decoded(call.body), {"task_ids": validation.TASK["tag_ids"]}, "Payload"
    )
    ids: list[int] = validation.sized(body.get("task_ids"), "Payload", "TaskIDs")
    return ids


def _change(workspace: Workspace, given: Sequence[tuple[int, Any]], struct: str) -> None:
    rows = [validation.shaped(body, validation.PATCH, struct) for _, body in given]
    broken = validation.failures(rows, workspace.store, required=())
    for (task_id, _), row, found in zip(given, rows, broken, strict=True):
        if "name" in row and not row["name"]:
            found.append(Failure("Name", "required"))
        if row.get("position", 1) < 1:
            found.append(Failure("Position", "min"))
        if "parent_task_id" in row and row["parent_task_id"] in workspace.store.family([task_id]):
            found.append(Failure("ParentTaskID", "nefield"))
    refusal = validation.placed(broken, struct, "Tasks") if len(given) > 1 else None
    if any(broken):
        raise refusal or invalid(struct, broken[0])
    with workspace.store.writing():
        for (task_id, body), row in zip(given, rows, strict=True):
            cleared = {name: None for name in validation.CLEARED if name in body and body[name] is None}
            workspace.store.change(task_id, cleared | row, workspace.instant())
