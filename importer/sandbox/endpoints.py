"""Endpoints: what is asked of tasks. A workspace and a call in, a Reply out; raises Refusal for no.

Guessed: order kept and all or nothing in a bulk; a repeated integration id makes a second task; unknown ids
in a deletion are passed over; deleting and archiving take the sub-tasks along; PATCH answers 404 for a task
that is not there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.sandbox import parameters, validation
from importer.sandbox.fate import Reply
from importer.sandbox.query import query
from importer.sandbox.records import Records
from importer.sandbox.refusal import Failure, Refusal, invalid, not_found
from importer.sandbox.store import Row
from importer.sandbox.workspace import Call, Workspace

ME = 7100001  # the user_account_id of whoever asks
_STREAM_LACKS = ("page", "per_page", "disable_aggregations", "include_rates", *sorted(parameters.INSTANTS))


def list_tasks(workspace: Workspace, call: Call) -> Reply:
    values = parameters.parse(call.query, ignored=call.fate.ignored)
    lenient = workspace.faults.settings.over_100 == "empty"
    page, size = parameters.page(values, 2**62 if lenient else parameters.MOST_A_PAGE)
    asked = query(values, workspace.instant())
    total = workspace.store.count(asked)
    seen = size <= parameters.MOST_A_PAGE  # else seen to be an empty page with 200
    ids = workspace.store.ids(asked, size, (page - 1) * size) if seen else []
    data = _listed(workspace, call, ids, values)
    return call.fate.listed(Reply(body={"data": data, "page": page, "per_page": size, "total": total}))


def stream_tasks(workspace: Workspace, call: Call) -> Reply:
    """All of them as one array. Documented to lack some parameters and orders, which are not looked at."""
    orders = [order for order in parameters.ORDERS if order not in parameters.STREAM_LACKS]
    values = parameters.parse(call.query, orders, [*_STREAM_LACKS, *call.fate.ignored])
    ids = workspace.store.ids(query(values, workspace.instant()))
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
    if not ext_id.lstrip("-").isdigit():
        raise Refusal(400, "validation", f'strconv.ParseInt: parsing "{ext_id}": invalid syntax')
    found = workspace.store.external(source, int(ext_id))
    if found is None:
        raise not_found("task")
    return Reply(body=call.fate.echoed(_created(workspace, [found]))[0])


def create_task(workspace: Workspace, call: Call) -> Reply:
    row = validation.shaped(validation.decoded(call.body), validation.TASK, "CreatePayload")
    (broken,) = validation.failures([row], workspace.store)
    if broken:
        raise invalid("CreatePayload", broken)
    _check(workspace, [row], bulk=False)
    return _write(workspace, call, [row], bulk=False)


def create_tasks(workspace: Workspace, call: Call) -> Reply:
    settings = workspace.faults.settings
    struct = "BulkCreatePayload"
    body = validation.decoded(call.body)
    if not isinstance(body, dict):
        validation.shaped(body, {}, struct)
    try:
        given = validation.sized(body.get("tasks"), struct, "Tasks", settings.max_batch)
    except Refusal as no:
        if no.values.get("Tasks") == "max":
            no.status = settings.max_batch_status
        raise
    rows = [validation.shaped(one, validation.TASK, f"{struct}.tasks") for one in given]
    broken = validation.failures(rows, workspace.store)
    refusal = validation.placed(broken, struct, "Tasks", named=settings.name_rows)
    if refusal and not settings.all_or_nothing:
        good = [row for row, found in zip(rows, broken, strict=True) if not found]
        if settings.skip_bad:
            return _write(workspace, call, good, bulk=True)
        first = next(index for index, found in enumerate(broken) if found)
        _write(workspace, call, rows[:first], bulk=True)
    if refusal:
        raise refusal
    _check(workspace, rows, bulk=True)
    return _write(workspace, call, rows, bulk=True)


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
    rows = [
        (validation.shaped(one, {"id": int}, "PartialUpdatePayloadWithID").get("id", 0), one) for one in given
    ]
    missing = {task_id for task_id, _ in rows} - workspace.store.known(
        "tasks", "id", [one for one, _ in rows]
    )
    if missing:
        raise invalid("PartialUpdatePayloadWithID", [Failure("ID", "exists")])
    _change(workspace, rows, "PartialUpdatePayloadWithID")
    return Reply(204)


def delete_task(workspace: Workspace, call: Call) -> Reply:
    workspace.store.mark("deleted_at", [_living(workspace, call)], workspace.instant())
    return Reply(204)


def delete_tasks(workspace: Workspace, call: Call) -> Reply:
    raw = [piece for name, value in call.query if name == "ids" for piece in value.split(",") if piece]
    if not raw or not all(piece.isdigit() for piece in raw):
        raise invalid("BulkDeleteParams", [Failure("IDs", "required")])
    workspace.store.mark("deleted_at", [int(piece) for piece in raw], workspace.instant())
    return Reply(204)


def archive_tasks(workspace: Workspace, call: Call) -> Reply:
    workspace.store.mark("archived_at", _task_ids(call), workspace.instant())
    return Reply(204)


def unarchive_tasks(workspace: Workspace, call: Call) -> Reply:
    workspace.store.mark("archived_at", _task_ids(call), None)
    return Reply(204)


def restore_tasks(workspace: Workspace, call: Call) -> Reply:
    workspace.store.mark("deleted_at", _task_ids(call), None)
    return Reply(204)


def _listed(workspace: Workspace, call: Call, ids: Sequence[int], values: Mapping[str, Any]) -> list[Row]:
    return call.fate.echoed(Records(workspace.store, ids, flags=values, parents=True).listed())


def _created(workspace: Workspace, ids: Sequence[int]) -> list[Row]:
    return Records(workspace.store, ids, flags={}, parents=False).created()


def _living(workspace: Workspace, call: Call) -> int:
    task_id = call.number("id")
    if not workspace.store.known("tasks", "id", [task_id]):
        raise not_found("task")
    return task_id


def _task_ids(call: Call) -> list[int]:
    body = validation.shaped(
        validation.decoded(call.body), {"task_ids": validation.TASK["tag_ids"]}, "Payload"
    )
    ids: list[int] = validation.sized(body.get("task_ids"), "Payload", "TaskIDs", validation.MOST_TASKS)
    return ids


def _check(workspace: Workspace, rows: Sequence[Row], *, bulk: bool) -> None:
    """What the workspace itself demands of tasks whose fields are sound."""
    refusal = validation.unmet(rows, workspace.faults.settings.required_fields, bulk=bulk)
    if refusal:
        raise refusal
    if workspace.faults.settings.unique_external_ids:
        pairs = [(row["integration_source"], row["integration_ext_id"]) for row in rows if _identified(row)]
        if len(set(pairs)) < len(pairs) or any(workspace.store.external(*pair) for pair in pairs):
            raise Refusal(409, "conflict", "another task already holds this integration identity")


def _identified(row: Row) -> bool:
    return bool(row.get("integration_source")) and "integration_ext_id" in row


def _write(workspace: Workspace, call: Call, rows: Sequence[Row], *, bulk: bool) -> Reply:
    store, fate = workspace.store, call.fate
    kept = fate.written(fate.stored(rows))
    with store.writing():
        ids = store.create([_filled(workspace, row) for row in kept], workspace.instant())
        if fate.each("twice"):
            ids = ids[::2]
        records = fate.echoed(_created(workspace, ids), rows)
        if fate.each("forget"):
            store.forget(ids)
    if not records and not bulk:
        return Reply(201)  # an ending without a row written: nobody sees this
    return fate.created(records, bulk=bulk)


def _filled(workspace: Workspace, row: Row) -> Row:
    """Seen: without a status the first todo one. The owner is whoever asks."""
    filled = {"toggl_user_id": ME} | row
    if not filled.get("status_id"):
        filled["status_id"] = workspace.store.first_todo()
    return filled


def _change(workspace: Workspace, given: Sequence[tuple[int, Any]], struct: str) -> None:
    rows = [validation.shaped(body, validation.PATCH, struct) for _, body in given]
    broken = validation.failures(rows, workspace.store, required=())
    for row, found in zip(rows, broken, strict=True):
        if "name" in row and not row["name"]:
            found.append(Failure("Name", "required"))
    refusal = validation.placed(broken, struct, "Tasks") if len(given) > 1 else None
    if refusal or broken[:1] != [[]]:
        raise refusal or invalid(struct, broken[0])
    with workspace.store.writing():
        for (task_id, body), row in zip(given, rows, strict=True):
            cleared = {name: None for name in validation.CLEARED if name in body and body[name] is None}
            workspace.store.change(task_id, cleared | row, workspace.instant())


def meanwhile(workspace: Workspace, create: Sequence[str], delete: Sequence[str]) -> None:
    """Somebody else at work: tasks made and deleted, by name, between two requests."""
    store, now = workspace.store, workspace.instant()
    store.create([_filled(workspace, {"name": name}) for name in create], now)
    gone = [task["id"] for task in store.table("tasks") if task["name"] in delete]
    store.mark("deleted_at", gone, now)
