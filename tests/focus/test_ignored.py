"""What the rows tell of a filter: never a false alarm, and no ignored filter unseen that they can show."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.focus.ignored import CHECKS, Ignored, check_of, typed
from importer.focus.parameters import BY_NAME, PARAMETERS, query
from importer.sandbox.parameters import parse
from importer.sandbox.query import query as chosen_by
from importer.sandbox.records import Records
from importer.sandbox.server import Sandbox
from importer.sandbox.store import Store

Record = dict[str, Any]
NOW = "2026-01-01T00:00:00.000000Z"
EVERYTHING = {"include_project_completed": True, "include_drafts": True, "include_ghost_assignees": True}


@dataclass
class Served:
    """What the practice workspace gives for filters, without the way over a socket."""

    store: Store

    def __call__(self, filters: dict[str, Any], ignoring: tuple[str, ...] = ()) -> list[Record]:
        values = parse(query(filters), ignored=ignoring)
        ids = self.store.ids(chosen_by(values, NOW))
        return Records(self.store, ids, flags=values, parents=True).listed()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Sandbox(tmp_path_factory.mktemp("ignored") / "sandbox.sqlite", tasks=400) as sandbox:
        yield Served(sandbox.store)


def notes(filters: dict[str, Any], records: list[Record]) -> list[str]:
    ignored = Ignored(filters)
    for record in records:
        ignored.see(record)
    return ignored.notes()


def outside(name: str, value: Any, record: Record) -> bool:
    check = check_of(name, value)
    return check is not None and check.outside(record)


# A value for each filter that some practice tasks lie outside of.
TELLING: dict[str, Any] = {
    "pinned": True,
    "status_id": [1],
    "toggl_user_id": 7100014,
    "name": "home page",
    "has_time_entries": True,
    "has_dates": True,
    "private": True,
    "archived": True,
    "project_id": [1, None],
    "parent_task_id": [999_999],
    "start_date": "2025-09-01",
    "end_date": "2025-03-01",
    "start_date_from": "2025-09-01",
    "start_date_to": "2025-03-01",
    "end_date_from": "2025-09-01",
    "end_date_to": "2025-03-01",
    "dates_overlap_start": "2025-09-01",
    "dates_overlap_end": "2025-03-01",
    "estimated_mins_min": 60,
    "estimated_mins_max": 60,
    "source": ["google_calendar"],
    "priority": ["high", "low"],
    "is_priority": True,
    "state": ["done"],
    "assignee_user_id": [7100014],
    "tag_id": [4, 7],
    "recurring": True,
    "recurring_task_ids": [999_999],
    "client_id": [1],
    "assignee_ghost_id": [8801],
}
# And others that rows can contradict.
MORE: list[tuple[str, Any]] = [
    ("pinned", False),
    ("private", False),
    ("has_dates", False),
    ("has_time_entries", False),
    ("project_id", None),
    ("parent_task_id", [None]),
    ("client_id", [None]),
    ("tag_id", [None]),
    ("assignee_user_id", [None]),
    ("state", ["active"]),
    ("state", ["tracked"]),
    ("state", ["not_tracked"]),
    ("state", ["tracked", "done"]),
    ("name", "zq"),
    ("start_date", date(2025, 9, 1)),
]


def test_there_is_a_telling_value_for_every_filter_that_is_checked() -> None:
    assert TELLING.keys() == CHECKS.keys()
    assert CHECKS.keys() <= {parameter.name for parameter in PARAMETERS}


@pytest.mark.parametrize(("name", "value"), [*TELLING.items(), *MORE])
def test_a_filter_that_is_ignored_is_noticed_and_one_that_is_heeded_is_not(
    served: Served, name: str, value: Any
) -> None:
    filters = {name: value, **EVERYTHING}
    assert notes(filters, served(filters)) == []
    everything = served(filters, ignoring=(name,))
    [note] = notes(filters, everything)
    assert f" of {len(everything)} tasks lie outside {typed(name, value)}: this server ignores" in note


def ids_of(column: str) -> st.SearchStrategy[Any]:
    """One id, or several, and none where the API takes it; some that nothing has."""
    bounds = {"assignee_user_id": (7100001, 7100092), "assignee_ghost_id": (8801, 8804)}
    low, high = bounds.get(column, (1, 16))
    if column in ("parent_task_id", "recurring_task_ids"):
        high = 400
    one = st.integers(low, high)
    if BY_NAME[column].empty:
        one = one | st.none()
    return st.lists(one, min_size=1, max_size=4) | one


DAYS = st.dates(date(2025, 1, 1), date(2025, 12, 31)) | st.dates(date(2025, 1, 1), date(2025, 12, 31)).map(
    date.isoformat
)
NAMES = st.sampled_from(["draft", "CAFÉ", "cafe", "page", "Q3 ", "er", "x", "1:1", "  ", "Übersetzen", "ß"])
OPEN: dict[str, st.SearchStrategy[Any]] = {
    "name": NAMES | st.text("aeéßİq -", max_size=4),
    "toggl_user_id": st.integers(7100001, 7100092),
    "estimated_mins_min": st.integers(-5, 500),
    "estimated_mins_max": st.integers(-5, 500),
}


def values_of(name: str) -> st.SearchStrategy[Any]:
    parameter = BY_NAME[name]
    if name in OPEN:
        return OPEN[name]
    if parameter.choices:
        return st.lists(st.sampled_from(parameter.choices), min_size=1, max_size=3)
    return {"integer": ids_of(name), "boolean": st.booleans(), "date": DAYS}[parameter.kind.value]


@st.composite
def filters_drawn(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(sorted(CHECKS)), min_size=1, max_size=3, unique=True))
    shown = draw(
        st.dictionaries(st.sampled_from(sorted({*EVERYTHING, "disable_aggregations"})), st.booleans())
    )
    return {name: draw(values_of(name)) for name in names} | shown


@given(filters=filters_drawn())
def test_what_a_heeding_server_gives_is_never_outside(served: Served, filters: dict[str, Any]) -> None:
    assert notes(filters, served(filters)) == []


@st.composite
def removals(draw: st.DrawFn) -> list[tuple[int, list[str]]]:
    """Which task loses what: a field, an object, or a field of an object."""
    paths = [
        *("project", "client", "status", "parent", "tags", "tag_ids", "assignee_user_ids", "project_id"),
        *("archived_at", "start_date", "end_date", "priority", "source", "estimated_mins", "estimate_type"),
        *("status_id", "parent_task_id", "rrule", "recurring_task_id", "total_tracked_time", "pinned"),
        *("time_entry_total_count", "sub_task_total_count", "toggl_user_id", "parent_task_name", "name"),
        *("project.client", "project.id", "project.name", "project.archived_at", "status.type", "parent.id"),
    ]
    one = st.tuples(st.integers(0, 400), st.lists(st.sampled_from(paths), min_size=1, max_size=8))
    return draw(st.lists(one, min_size=1, max_size=20))


@given(filters=filters_drawn(), lost=removals())
def test_what_is_not_told_proves_nothing(
    served: Served, filters: dict[str, Any], lost: list[tuple[int, list[str]]]
) -> None:
    records = deepcopy(served(filters))
    for number, paths in lost:
        for path in paths if number < len(records) else ():
            above, _, last = path.rpartition(".")
            there = records[number].get(above) if above else records[number]
            if isinstance(there, dict):
                there.pop(last, None)
    assert notes(filters, records) == []


NULLS = (
    "project",
    "client",
    "status",
    "parent",
    "tags",
    "tag_ids",
    "assignee_user_ids",
    "priority",
    "source",
)


@given(filters=filters_drawn(), nulls=st.sets(st.sampled_from(NULLS)))
def test_objects_and_lists_may_be_null(served: Served, filters: dict[str, Any], nulls: set[str]) -> None:
    assert notes(filters, [record | dict.fromkeys(nulls) for record in served(filters)]) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "type", "archived_at", "client"]), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = sorted({"project", "client", "status", "parent", "tags", "tag_ids", "assignees", "estimate_type"}
    | {"assignee_user_ids", "team_assignee_ids", "ghost_assignee_ids", "archived_at", "priority_at", "rrule"}
    | {"time_entry_total_count", "total_tracked_time", "sub_task_total_count", "parent_task_name"}
    | {"estimated_mins", "recurring_task_id"} | CHECKS.keys())  # fmt: skip


@given(filters=filters_drawn(), records=st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON), max_size=3))
def test_no_shape_of_a_record_is_a_mistake(filters: dict[str, Any], records: list[Record]) -> None:
    notes(filters, records)


@pytest.mark.parametrize("name", sorted(CHECKS))
@pytest.mark.parametrize("value", [[], (), "7", "true", [7, "seven"], [True], 1.5, datetime(2026, 1, 1)])
def test_a_value_of_another_kind_is_not_checked_by_mistake(served: Served, name: str, value: Any) -> None:
    check = check_of(name, value)  # no exception, and only what was understood is checked
    if check is not None:
        assert BY_NAME[name].kind.value in ("text", "date")
        assert value not in ([], ())


@pytest.mark.parametrize(
    ("name", "value", "record", "is_outside"),
    [
        ("project_id", [7], {"project_id": 8}, True),
        ("project_id", [7], {"project_id": None, "project": {"id": 8}}, True),
        ("project_id", [7], {"project_id": None, "project": {"id": 7}}, False),
        ("project_id", [7], {"project_id": 0, "project": None}, False),  # how Go may write none
        ("project_id", [7, None], {"project_id": 8}, True),
        ("project_id", [None], {"project_id": 8}, True),
        ("project_id", [None], {"project_id": 0}, False),
        ("client_id", [7], {"project": {"client": {"id": 8}}}, True),
        ("client_id", [7], {"client": None, "project": {"client": {"id": 7}}}, False),
        ("tag_id", [7, 8], {"tag_ids": [8, 9]}, False),
        ("tag_id", [7], {"tag_ids": None, "tags": [{"id": 8}, None]}, True),
        ("tag_id", [7], {"tag_ids": [], "tags": []}, False),
        ("assignee_user_id", [7], {"assignee_user_ids": [8]}, True),
        # 7 may be of that team
        ("assignee_user_id", [7], {"assignee_user_ids": [8], "assignees": [{"type": "team", "id": 3}]}, False),
        ("assignee_user_id", [7], {"assignee_user_ids": [8], "team_assignee_ids": [3]}, False),
        ("toggl_user_id", 7, {"toggl_user_id": 8, "assignee_user_ids": [7]}, False),
        ("toggl_user_id", 7, {"toggl_user_id": 8, "assignee_user_ids": []}, True),
        ("toggl_user_id", 7, {"toggl_user_id": 8, "assignee_user_ids": None}, False),
        (
            "toggl_user_id",
            7,
            {"toggl_user_id": 8, "assignee_user_ids": [], "team_assignee_ids": [3]},
            False,
        ),
        ("has_dates", True, {"start_date": None}, False),
        ("name", "Acme", {"name": "Draft", "project": {"name": "Site"}}, False),
        ("name", "Mum", {"name": "Kid", "project": None, "parent_task_id": 3}, False),
        ("archived", True, {"archived_at": None, "project_id": None, "parent_task_id": None}, True),
        ("archived", True, {"archived_at": None, "project_id": 3, "parent_task_id": None}, False),
        (
            "archived",
            True,
            {"archived_at": None, "project": {"archived_at": "2026-01-01T00:00:00Z"}, "parent_task_id": None},
            False,
        ),
        ("archived", False, {"archived_at": "2026-01-01T00:00:00Z"}, True),
        ("archived", False, {"archived_at": "0001-01-01T00:00:00Z"}, False),
        ("start_date", "2026-03-10", {"start_date": "2026-03-01", "end_date": "2026-03-09"}, True),
        ("start_date", "2026-03-10", {"start_date": "2026-03-01", "end_date": "2026-03-10"}, False),
        ("start_date", "2026-03-10", {"start_date": "2026-03-01", "end_date": None}, False),
        ("start_date", "2026-03-10", {"start_date": "2026-03-20", "end_date": "2026-03-09"}, False),
        ("start_date", "10.3.2026", {"start_date": "2026-03-01", "end_date": "2026-03-09"}, False),
        # an instant is another day in another zone
        ("start_date", "2026-03-10", {"start_date": "2026-03-01", "end_date": "2026-03-09T23:00:00Z"}, False),
        # the older ones may have come to mean an overlap
        ("start_date_from", "2026-03-10", {"start_date": "2026-03-01", "end_date": "2026-03-20"}, False),
        ("end_date_to", "2026-03-10", {"start_date": "2026-03-01", "end_date": "2026-03-20"}, False),
        ("end_date_to", "2026-03-10", {"start_date": "2026-03-11", "end_date": "2026-03-20"}, True),
        ("has_dates", False, {"start_date": None, "end_date": "2026-03-01"}, True),
        ("estimated_mins_min", 60, {"estimated_mins": 30}, True),
        ("estimated_mins_min", 60, {"estimated_mins": 30, "estimate_type": "daily"}, False),
        ("estimated_mins_max", 60, {"estimated_mins": None}, False),
        ("priority", ["urgent"], {"priority": "high"}, False),  # nobody knows what that server makes of it
        ("priority", ["high"], {"priority": None}, False),
        ("priority", ["high"], {"priority": "P1"}, False),
        ("source", ["focus"], {"source": "web"}, False),  # a free text in answers
        ("source", ["focus"], {"source": "plan"}, True),
        ("state", ["done"], {"status": {"type": "todo"}}, True),
        ("state", ["done"], {"status": {"type": "finished"}}, False),
        ("state", ["done", "timeblocked"], {"status": {"type": "todo"}}, False),
        ("state", ["active"], {"status": {"type": "blocked"}}, False),
        ("state", ["not_tracked"], {"time_entry_total_count": 2, "sub_task_total_count": 0}, True),
        ("state", ["not_tracked"], {"time_entry_total_count": 2, "sub_task_total_count": 1}, False),
        ("is_priority", False, {"priority_at": "2026-03-01"}, False),  # of another day
        ("recurring", False, {"rrule": "FREQ=DAILY", "recurring_task_id": None}, False),
        ("recurring_task_ids", [7], {"id": 7, "recurring_task_id": None}, False),
        ("name", "Relaunch", {"name": "Draft", "project": {"name": "RÉLAUNCH", "client": None}}, False),
        ("name", "Acme", {"name": "Draft", "project": {"name": "Site", "client": {"name": "ACME"}}}, False),
        ("name", "Acme", {"name": "Draft", "project_id": 3}, False),  # its names are not told
        ("name", "Mum", {"name": "Kid", "project": None, "parent_task_id": 3, "parent_task_name": "Mum"}, False),
        ("name", "reports", {"name": "The report", "project": None}, False),  # a search may know of plurals
        ("name", "Acme", {"name": "Draft", "project": None}, True),
    ],
)  # fmt: skip
def test_outside_is_only_what_is_certain(name: str, value: Any, record: Record, is_outside: bool) -> None:
    assert outside(name, value, record) is is_outside


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("is_priority", False),
        ("recurring", False),
        ("state", ["timeblocked"]),
        ("state", ["done", "not_timeblocked"]),
        ("has_time_blocks", True),
        ("team_id", [31]),
        ("active_by_date", "2026-03-01"),
        ("cf_filter", ["1:eq:2"]),
        ("include_drafts", False),
    ],
)
def test_what_a_task_can_not_tell_is_not_checked(name: str, value: Any) -> None:
    assert check_of(name, value) is None


def test_counts_that_nobody_worked_out_prove_nothing() -> None:
    zero = {"time_entry_total_count": 0, "total_tracked_time": 0, "sub_task_total_count": 0}
    assert notes({"has_time_entries": True}, [zero, zero]) == []
    assert notes({"state": ["tracked"]}, [zero, zero]) == []
    assert len(notes({"has_time_entries": True}, [zero, zero | {"time_entry_total_count": 1}])) == 1


def test_a_field_that_is_never_filled_may_not_be_served_at_all() -> None:
    blank: Record = {
        "priority_at": None,
        "rrule": None,
        "recurring_task_id": None,
        "start_date": None,
        "end_date": None,
    }
    filters = {"is_priority": True, "recurring": True, "has_dates": True}
    assert notes(filters, [blank]) == []
    filled = blank | {"priority_at": "2026-01-01", "rrule": "FREQ=DAILY", "end_date": "2026-01-01"}
    assert len(notes(filters, [blank, filled])) == 3


def test_a_note_says_how_many_and_which_option_as_it_is_typed() -> None:
    seven, eight = {"status_id": 7}, {"status_id": 8}
    assert notes({"status_id": [7]}, [seven, seven, eight]) == [
        "1 of 3 tasks lies outside --status-id 7: this server ignores that filter (it is in the file all the same)"
    ]
    assert notes({"status_id": [7]}, [seven, *[eight] * 1200]) == [
        "1,200 of 1,201 tasks lie outside --status-id 7: this server ignores that filter "
        "(they are in the file all the same)"
    ]
    assert notes({"status_id": [7]}, []) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("pinned", True, "--pinned"),
        ("has_dates", False, "--no-has-dates"),
        ("project_id", [None, 3], "--project-id none,3"),
        ("project_id", None, "--project-id none"),
        ("start_date", date(2026, 3, 1), "--start-date 2026-03-01"),
        ("status_id", list(range(1, 9)), "--status-id 1,2,3,4,5,…"),
    ],
)
def test_a_filter_is_told_as_it_is_typed(name: str, value: Any, words: str) -> None:
    assert typed(name, value) == words
