"""Validation: a request's JSON into the values to store, or a Refusal. Asks the store which ids exist.

Documented: names, types, enums, 1 to 100 tasks a bulk, plain dates, only `name` required. Seen: unknown keys
are ignored; Go words. Guessed: null means "not given", and so does a blank rrule, while a blank date is none;
a value of a wrong JSON type fails while decoding, so that its message names the field but no row; the rules
`exists` and `gtefield`; how large a number may be; 422 for a broken constraint, as the API describes it for
time entries.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from importer.sandbox.datafile import Row
from importer.sandbox.instants import plain_date
from importer.sandbox.parameters import MOST, WORDS
from importer.sandbox.refusal import Failure, Refusal, go_name, invalid
from importer.sandbox.store import Store
from importer.sandbox.tables import LARGEST

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
    "priority": WORDS["priority"],
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
_DATES = ("start_date", "end_date", "priority_at")
_NUMBERS = ("position", "estimated_mins")
CONSTRAINTS = {"project": "project_id", "description": "description", "tags": "tag_ids"}


def decoded(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_json)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refusal(400, "invalid_json", "the request body is not valid JSON") from None


def _no_json(word: str) -> None:
    raise ValueError(word)  # NaN and Infinity, which Python would take


def shaped(value: Any, fields: Mapping[str, Any], struct: str) -> Row:
    """The known fields of one object, by type; null is left out. `struct` is how Go calls the place."""
    if not isinstance(value, dict):
        raise _unmarshal(value, struct, "object")
    row = {}
    for name, kind in fields.items():
        if value.get(name) is not None:
            row[name] = _typed(value[name], kind, f"{struct}.{name}")
    if row.get("rrule") == "":
        row["rrule"] = None
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
    kinds = {dict: "object", list: "array", str: "string", bool: "bool", type(None): "null"}
    found = kinds.get(type(value), "number")
    words = f"json: cannot unmarshal {found} into Go struct field {place} of type {wanted}"
    return Refusal(400, "validation", words, {place.rpartition(".")[2]: wanted})


def failures(
    rows: Sequence[Row], store: Store, *, required: Iterable[str] = ("name",)
) -> list[list[Failure]]:
    """The rules that each row breaks; `Failure.field` is the Go name without the place of the row."""
    unknown = {field: _unknown(field, rows, store) for field in _REFERENCES}
    return [[*broken(row, required), *_dangling(row, unknown)] for row in rows]


def broken(row: Row, required: Iterable[str] = ("name",)) -> list[Failure]:
    """The rules that a row breaks by itself."""
    found = [Failure(go_name(name), "required") for name in required if not row.get(name)]
    found += [
        Failure(go_name(name), "oneof")
        for name, words in ENUMS.items()
        if name in row and row[name] not in words
    ]
    found += [Failure(go_name(name), "max") for name in _NUMBERS if row.get(name, 0) > LARGEST]
    wrong = [name for name in _DATES if name in row and not plain_date(row[name])]
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


def sized(rows: Any, struct: str, field: str, most: int = MOST) -> list[Any]:
    """The list of a bulk, 1 to `most` long. `field` as Go calls it."""
    if rows is None:
        raise invalid(struct, [Failure(field, "required")])
    if not isinstance(rows, list):
        raise _unmarshal(rows, f"{struct}.{field.lower()}", "[]object")
    if not rows:
        raise invalid(struct, [Failure(field, "min")])
    if len(rows) > most:
        raise invalid(struct, [Failure(field, "max")])
    return rows


def lacking(row: Row, kinds: Iterable[str]) -> list[str]:
    """The kinds of fields that the workspace makes compulsory and this row lacks."""
    return [kind for kind in kinds if not row.get(CONSTRAINTS[kind])]


def unmet(lacked: Sequence[list[str]], *, bulk: bool) -> Refusal:
    """The refusal of rows that lack compulsory fields; the places of a bulk are told in its values."""
    if not bulk:
        words = f"required fields are missing: {', '.join(lacked[0])}"
        return Refusal(422, "required_fields_missing", words, {"fields": lacked[0]})
    listed = [{"task_index": index, "fields": fields} for index, fields in enumerate(lacked) if fields]
    return Refusal(
        422, "bulk_required_fields_missing", "required fields are missing on some tasks", {"failures": listed}
    )
