"""Validation: a request's JSON into the values to store, or a Refusal. Asks the store which ids exist.

Documented: names, types, enums, 1 to 100 tasks a bulk, plain dates, only `name` required. Seen: unknown keys
are ignored; Go words. Guessed: null means "not given"; a value of a wrong JSON type fails while decoding, so
that its message names the field but no row; the rules `exists` and `gtefield`; 422 for a broken constraint,
as the API describes it for time entries.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from importer.sandbox.parameters import plain_date
from importer.sandbox.refusal import Failure, Refusal, invalid
from importer.sandbox.store import Row, Store

MOST_TASKS = 100
MOST_TAGS = 100

_DATE = "date"
_IDS = "ids"
TASK = {
    **dict.fromkeys(("name", "description", "notes", "color", "rrule", "integration_source"), str),
    **dict.fromkeys(("priority", "estimate_type", "allocation_unit"), str),
    **dict.fromkeys(("project_id", "parent_task_id", "status_id", "estimated_mins", "position"), int),
    "integration_ext_id": int,
    **dict.fromkeys(("billable", "private", "pinned", "auto_log_time"), bool),
    **dict.fromkeys(("start_date", "end_date", "priority_at"), _DATE),
    **dict.fromkeys(("assignee_user_ids", "team_assignee_ids", "ghost_assignee_ids", "tag_ids"), _IDS),
}
PATCH = {name: kind for name, kind in TASK.items() if not name.startswith("integration_")} | {
    "recurring_task_id": int
}
# What null clears; null for any other field counts as not given.
CLEARED = set(PATCH) - {
    "name",
    "status_id",
    "position",
    "priority",
    "estimate_type",
    "billable",
    "private",
    "pinned",
}
PROJECT = {
    **dict.fromkeys(("name", "color", "description"), str),
    **dict.fromkeys(("private", "billable", "pinned", "draft"), bool),
    **dict.fromkeys(("start_date", "end_date"), _DATE),
    "client_id": int,
    "estimated_mins": int,
    "tag_ids": _IDS,
}
CLIENT = {"name": str, "currency": str}
TAG = {"name": str, "color": str}

ENUMS = {
    "priority": ("none", "low", "medium", "high"),
    "estimate_type": ("daily", "total"),
    "allocation_unit": ("flat", "percent"),
}
# field → (table, column) that must know its ids
_REFERENCES = {
    "project_id": ("projects", "id"),
    "status_id": ("statuses", "id"),
    "parent_task_id": ("tasks", "id"),
    "recurring_task_id": ("tasks", "id"),
    "client_id": ("clients", "id"),
    "tag_ids": ("tags", "id"),
    "assignee_user_ids": ("users", "user_account_id"),
    "team_assignee_ids": ("teams", "id"),
}
_CONSTRAINTS = {"project": "project_id", "description": "description", "tags": "tag_ids"}


def decoded(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refusal(400, "invalid_json", "the request body is not valid JSON") from None


def shaped(value: Any, fields: Mapping[str, Any], struct: str) -> Row:
    """The known fields of one object, by type; null is left out. `struct` is how Go calls the place."""
    if not isinstance(value, dict):
        raise _unmarshal(value, struct, "object")
    row = {}
    for name, kind in fields.items():
        if value.get(name) is not None:
            row[name] = _typed(value[name], kind, f"{struct}.{name}")
    return row


def _typed(value: Any, kind: Any, place: str) -> Any:
    if kind is _IDS:
        if not isinstance(value, list):
            raise _unmarshal(value, place, "[]int64")
        return list(dict.fromkeys(_typed(one, int, place) for one in value))
    wanted: Any = str if kind is _DATE else kind
    if type(value) is not wanted or (wanted is int and not -(2**63) <= value < 2**63):
        raise _unmarshal(value, place, {str: "string", int: "int64", bool: "bool"}[wanted])
    if wanted is str:  # half a surrogate pair becomes the replacement character, as in Go
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def _unmarshal(value: Any, place: str, wanted: str) -> Refusal:
    found = {dict: "object", list: "array", str: "string", bool: "bool"}.get(type(value), "number")
    words = f"json: cannot unmarshal {found} into Go struct field {place} of type {wanted}"
    return Refusal(400, "validation", words, {place.rpartition(".")[2]: wanted})


def failures(
    rows: Sequence[Row], store: Store, *, required: Iterable[str] = ("name",)
) -> list[list[Failure]]:
    """The rules that each row breaks; `Failure.field` is the Go name without the place of the row."""
    unknown = {field: _unknown(field, rows, store) for field in _REFERENCES}
    return [[*_broken(row, tuple(required)), *_dangling(row, unknown)] for row in rows]


def _broken(row: Row, required: Sequence[str]) -> list[Failure]:
    found = [Failure(go_name(name), "required") for name in required if not row.get(name)]
    found += [
        Failure(go_name(name), "oneof")
        for name, words in ENUMS.items()
        if name in row and row[name] not in words
    ]
    dates = [name for name in ("start_date", "end_date", "priority_at") if row.get(name)]
    wrong = [name for name in dates if not plain_date(row[name])]
    found += [Failure(go_name(name), "datetime") for name in wrong]
    if not wrong and row.get("start_date") and row.get("end_date") and row["end_date"] < row["start_date"]:
        found.append(Failure("EndDate", "gtefield"))
    return found


def _unknown(field: str, rows: Sequence[Row], store: Store) -> set[int]:
    asked = {one for row in rows for one in _ids(row, field)}
    if not asked:
        return set()
    table, column = _REFERENCES[field]
    return asked - store.known(table, column, asked)


def _dangling(row: Row, unknown: Mapping[str, set[int]]) -> list[Failure]:
    return [
        Failure(go_name(field), "exists")
        for field, missing in unknown.items()
        if missing and missing.intersection(_ids(row, field))
    ]


def _ids(row: Row, field: str) -> list[int]:
    value = row.get(field)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def placed(found: Sequence[list[Failure]], struct: str, within: str, *, named: bool = True) -> Refusal | None:
    """One refusal for a whole bulk, the rows named by index unless this workspace keeps that to itself."""
    flat = [
        Failure(f"{within}[{index}].{one.field}" if named else one.field, one.rule)
        for index, row in enumerate(found)
        for one in row
    ]
    return invalid(struct, flat) if flat else None


def sized(rows: Any, struct: str, field: str, most: int) -> list[Any]:
    """The list of a bulk, 1 to `most` long."""
    place = f"{struct}.{field.lower()}"
    if rows is None:
        raise invalid(struct, [Failure(field, "required")])
    if not isinstance(rows, list):
        raise _unmarshal(rows, place, "[]object")
    if not rows:
        raise invalid(struct, [Failure(field, "min")])
    if len(rows) > most:
        raise invalid(struct, [Failure(field, "max")])
    return rows


def unmet(rows: Sequence[Row], kinds: Iterable[str], *, bulk: bool) -> Refusal | None:
    """A refusal where a row lacks a field that the workspace makes compulsory."""
    wanted = list(kinds)
    lacking = [[kind for kind in wanted if not row.get(_CONSTRAINTS[kind])] for row in rows]
    if not any(lacking):
        return None
    if not bulk:
        words = f"required fields are missing: {', '.join(lacking[0])}"
        return Refusal(422, "required_fields_missing", words, {"fields": lacking[0]})
    listed = [{"task_index": index, "fields": fields} for index, fields in enumerate(lacking) if fields]
    return Refusal(
        422, "bulk_required_fields_missing", "required fields are missing on some tasks", {"failures": listed}
    )


def go_name(field: str) -> str:
    """`project_id` → `ProjectID`, as the messages spell it."""
    special = {"id": "ID", "ids": "IDs"}
    return "".join(special.get(part, part.capitalize()) for part in field.split("_"))
