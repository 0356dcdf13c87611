"""Creation: one path for whatever is made, on which the plan decides what is kept, when, and what is told.

Documented: what a task needs, 1 to 100 of them in a bulk. Seen: without a status the first todo one. Guessed:
order kept and all or nothing in a bulk; a repeated integration id makes a second task.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.sandbox import validation
from importer.sandbox.datafile import Row
from importer.sandbox.fate import Reply
from importer.sandbox.records import Records
from importer.sandbox.refusal import Refusal, invalid
from importer.sandbox.workspace import Call, Workspace

ME = 7100001  # the user_account_id of whoever asks


@dataclass(frozen=True, slots=True)
class Sort:
    """What can be made: its table, the fields that can be sent, how rows are stored and shown."""

    table: str
    fields: Mapping[str, Any]
    make: Callable[[Workspace, Sequence[Row]], list[int]]
    show: Callable[[Workspace, Sequence[int]], list[Row]]
    repeats: bool = True  # whether the same can be there twice


def create(workspace: Workspace, call: Call, sort: Sort, rows: Sequence[Row], *, bulk: bool) -> Reply:
    """Stores rows whose fields are sound, all or none, and answers."""
    store, fate = workspace.store, call.fate
    at_once = fate.written(len(rows))
    chosen = list(range(len(rows))) if fate.late else at_once
    kept = fate.stored(rows, sort.fields)
    times = 2 if fate.each("twice") and sort.repeats else 1
    later: Callable[[], None] | None = None
    with store.writing():
        ids = sort.make(workspace, [kept[at] for at in chosen for _ in range(times)])
        records = fate.echoed(sort.show(workspace, ids[::times]), [rows[at] for at in chosen])
        if fate.each("forget"):
            store.take_out(sort.table, ids)
        elif fate.late:
            waiting = [one for number, one in enumerate(ids) if chosen[number // times] not in at_once]
            later = _put_off(workspace, sort.table, waiting, stamped=fate.late["stamped"] == "commit")
    if not records and not bulk:
        return Reply(201, later=later)  # an ending without a row written: nobody sees this
    reply = fate.created(records, bulk=bulk)
    reply.later = later
    return reply


def _put_off(workspace: Workspace, table: str, ids: Sequence[int], *, stamped: bool) -> Callable[[], None]:
    """As a transaction that is not yet committed: the ids are drawn, nobody sees the rows."""
    taken = workspace.store.take_out(table, ids)
    return lambda: workspace.store.put_back(taken, workspace.instant() if stamped else None)


def create_task(workspace: Workspace, call: Call) -> Reply:
    verdict = _judged(workspace, [validation.decoded(call.body)], bulk=False)
    if verdict.refusal:
        raise verdict.refusal
    return create(workspace, call, TASKS, verdict.rows, bulk=False)


def create_tasks(workspace: Workspace, call: Call) -> Reply:
    settings = workspace.faults.settings
    body = validation.decoded(call.body)
    if not isinstance(body, dict):
        validation.shaped(body, {}, _BULK)
    try:
        given = validation.sized(body.get("tasks"), _BULK, "Tasks", settings.max_batch)
    except Refusal as no:
        if no.values.get("Tasks") == "max":
            no.status = settings.max_batch_status
        raise
    verdict = _judged(workspace, given, bulk=True)
    good = verdict.rows
    if verdict.refusal:
        if settings.all_or_nothing:
            raise verdict.refusal
        if settings.skip_bad:
            good = [row for at, row in enumerate(good) if at not in verdict.bad]
        else:
            create(workspace, call, TASKS, good[: min(verdict.bad)], bulk=True)
            raise verdict.refusal
    return create(workspace, call, TASKS, good, bulk=True)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """`refusal` is for the first kind of fault that was found: types, fields, compulsory ones, identities."""

    rows: list[Row]
    bad: set[int]
    refusal: Refusal | None


def _judged(workspace: Workspace, given: Sequence[Any], *, bulk: bool) -> _Verdict:
    settings, struct = workspace.faults.settings, _BULK if bulk else "CreatePayload"
    rows: list[Row] = []
    mistyped: dict[int, Refusal] = {}
    for at, one in enumerate(given):
        try:
            rows.append(validation.shaped(one, validation.TASK, f"{_BULK}.tasks" if bulk else struct))
        except Refusal as no:
            rows.append({})
            mistyped[at] = no
    broken = [
        [] if at in mistyped else found for at, found in enumerate(validation.failures(rows, workspace.store))
    ]
    lacked = [
        [] if at in mistyped else validation.lacking(row, settings.required_fields)
        for at, row in enumerate(rows)
    ]
    taken = _taken(workspace, rows) if settings.unique_external_ids else set()
    refusal = None
    if mistyped:
        refusal = mistyped[min(mistyped)]
    elif any(broken):
        whole = validation.placed(broken, struct, "Tasks", named=settings.name_rows)
        refusal = whole if bulk else invalid(struct, broken[0])
    elif any(lacked):
        refusal = validation.unmet(lacked, bulk=bulk)
    elif taken:
        refusal = Refusal(409, "conflict", "another task already holds this integration identity")
    bad = {at for at in range(len(rows)) if broken[at] or lacked[at]}
    return _Verdict(rows, bad | mistyped.keys() | taken, refusal)


def _taken(workspace: Workspace, rows: Sequence[Row]) -> set[int]:
    """Rows whose integration identity another task holds, or an earlier row."""
    found, seen = set(), set()
    for at, row in enumerate(rows):
        if row.get("integration_source") and "integration_ext_id" in row:
            pair = (row["integration_source"], row["integration_ext_id"])
            if pair in seen or workspace.store.external(*pair):
                found.add(at)
            seen.add(pair)
    return found


def meanwhile(workspace: Workspace, create: Sequence[Row], delete: Sequence[str]) -> None:
    """Somebody else at work: tasks made, and deleted by name, between two requests."""
    store, now = workspace.store, workspace.instant()
    store.create([_filled(workspace, row) for row in create], now)
    if delete:
        gone = [task["id"] for task in store.table("tasks") if task["name"] in delete]
        store.mark("deleted_at", gone, now)


def shown(workspace: Workspace, ids: Sequence[int]) -> list[Row]:
    """Tasks as a creation shows them."""
    return Records(workspace.store, ids, flags={}, parents=False).created()


def _make(workspace: Workspace, rows: Sequence[Row]) -> list[int]:
    return workspace.store.create([_filled(workspace, row) for row in rows], workspace.instant())


def _filled(workspace: Workspace, row: Row) -> Row:
    """The owner is whoever asks."""
    filled = {"toggl_user_id": ME} | row
    if not filled.get("status_id"):
        filled["status_id"] = workspace.store.first_todo()
    return filled


_BULK = "BulkCreatePayload"
TASKS = Sort("tasks", validation.TASK, _make, shown)
