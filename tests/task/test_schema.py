from datetime import date, timedelta
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.task.fields import FIELDS, Kind
from importer.task.problem import Problem
from importer.task.schema import check, schema

BODY = [field for field in FIELDS if field.body]
DTYPES = {Kind.INTEGER: "Int64", Kind.MINUTES: "Int64", Kind.BOOLEAN: "boolean"}
KIND = {field.name: field.kind for field in BODY}
ORDER = {field.name: place for place, field in enumerate(BODY)}

NAMELESS = "a task needs a name"
NO_ID = "is no id; ids are whole numbers above 0"
NO_IDS = "is no list of ids; write whole numbers above 0, such as 7, 12"
NO_DAY = "is no day of the calendar; write 2026-03-31"
NO_PRIORITY = "is no priority; write one of none, low, medium, high"
NO_COLOR = "is no colour; write one such as #1F77B4"
NO_RULE = "is no repeat rule; write one such as FREQ=WEEKLY;BYDAY=MO"
NEGATIVE = "is negative; a duration is 0 or more"


def frame(*rows: dict[str, Any], first: int = 2) -> pd.DataFrame:
    """A typed frame of tasks, a missing field of a row being a missing cell."""
    names = list(dict.fromkeys(["name", *(name for row in rows for name in row)]))
    index = range(first, first + len(rows))
    return pd.DataFrame(
        {
            name: pd.Series(
                [row.get(name) for row in rows], index=index, dtype=DTYPES.get(KIND[name], "object")
            )
            for name in names
        },
        index=index,
    )


def said(found: list[Problem]) -> list[tuple[int, str, str, str]]:
    return [(p.row, p.field, p.value, p.text) for p in found]


# ------------------------------------------------------------------------------------ valid tasks

names = st.text(min_size=1).filter(lambda t: t.strip())
ids = st.integers(1, 2**63 - 1)
id_lists = st.lists(ids, max_size=4).map(tuple)
days = st.dates(date(1900, 1, 1), date(2200, 12, 31)).map(date.isoformat)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.text(),
    Kind.INTEGER: ids,
    Kind.MINUTES: st.integers(0, 2**63 - 1),
    Kind.BOOLEAN: st.booleans(),
    Kind.DATE: days,
    Kind.PRIORITY: st.sampled_from(["none", "low", "medium", "high"]),
    Kind.COLOR: st.from_regex(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", fullmatch=True),
    Kind.RRULE: st.sampled_from(["FREQ=DAILY", "RRULE:FREQ=WEEKLY;BYDAY=MO,FR;COUNT=10", "freq=yearly"]),
    Kind.INTEGERS: id_lists,
}


def in_order(task: dict[str, Any]) -> dict[str, Any]:
    if task.get("start_date") and task.get("end_date"):
        task["start_date"], task["end_date"] = sorted([task["start_date"], task["end_date"]])
    return task


tasks = st.fixed_dictionaries(
    {"name": names},
    optional={field.name: st.none() | VALUES[field.kind] for field in BODY if field.name != "name"},
).map(in_order)


@settings(max_examples=50, deadline=None)
@given(st.lists(tasks, max_size=4))
def test_valid_tasks_have_no_problems_here_nor_in_pandera(rows: list[dict[str, Any]]) -> None:
    assert check(frame(*rows)) == []
    schema().validate(frame(*rows), lazy=True)


def test_the_schema_has_the_body_fields_and_only_the_name_is_needed() -> None:
    assert list(schema().columns) == [field.name for field in BODY]
    assert len(BODY) == 23
    assert [name for name, column in schema().columns.items() if column.required] == ["name"]
    assert [name for name, column in schema().columns.items() if not column.nullable] == ["name"]


def test_a_column_that_is_no_field_is_nobodys_business() -> None:
    tasks = frame({"name": "a"})
    tasks["shoe size"] = 44
    assert check(tasks) == []
    schema().validate(tasks)


def test_no_rows_have_no_problems() -> None:
    assert check(frame()) == []
    assert check(pd.DataFrame()) == []


# ------------------------------------------------------------------------------ one mistake at a time

MISTAKES: list[tuple[str, Any, str, str]] = [
    ("name", None, "", NAMELESS),
    ("name", "", "", NAMELESS),
    ("name", " \n", " \n", NAMELESS),
    ("description", 7, "7", "is no text"),
    ("integration_source", ("a",), "a", "is no text"),
    ("project_id", 0, "0", NO_ID),
    ("status_id", -7, "-7", NO_ID),
    ("parent_task_id", -1, "-1", NO_ID),
    ("integration_ext_id", 0, "0", NO_ID),
    ("estimated_mins", -1, "-1", NEGATIVE),
    ("tag_ids", (7, 0), "7, 0", NO_IDS),
    ("assignee_user_ids", ("7",), "7", NO_IDS),
    ("ghost_assignee_ids", (True,), "True", NO_IDS),
    ("tag_ids", 7, "7", NO_IDS),
    ("start_date", "2026-02-30", "2026-02-30", NO_DAY),
    ("end_date", "31/03/2026", "31/03/2026", NO_DAY),
    ("priority_at", "20260331", "20260331", NO_DAY),
    ("priority_at", "2026-W01-1", "2026-W01-1", NO_DAY),
    ("end_date", date(2026, 3, 31), "2026-03-31", NO_DAY),
    ("priority", "urgent", "urgent", NO_PRIORITY),
    ("priority", "High", "High", NO_PRIORITY),
    ("color", "red", "red", NO_COLOR),
    ("color", "1F77B4", "1F77B4", NO_COLOR),
    ("color", "#1F77B", "#1F77B", NO_COLOR),
    ("rrule", "every day", "every day", NO_RULE),
    ("rrule", "INTERVAL=2", "INTERVAL=2", NO_RULE),
    ("rrule", "FREQ=OFTEN", "FREQ=OFTEN", NO_RULE),
    ("rrule", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;BYDAY=XX", NO_RULE),
    ("rrule", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=0", NO_RULE),
    ("rrule", "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;COUNT=-1", NO_RULE),
    ("rrule", "FREQ=DAILY;UNTIL=20260101T000000XYZ", "FREQ=DAILY;UNTIL=20260101T000000XYZ", NO_RULE),
    ("rrule", "RDATE:20260101T000000", "RDATE:20260101T000000", NO_RULE),
]


@pytest.mark.parametrize(("field", "value", "shown", "text"), MISTAKES)
def test_a_mistake_among_right_rows_is_exactly_one_problem(
    field: str, value: Any, shown: str, text: str
) -> None:
    right = {"name": "a", "tag_ids": (1, 2), "end_date": None, "project_id": 5}
    tasks = frame(right, {**right, field: value}, right, first=17)
    assert check(tasks, {field: 3}) == [Problem(18, field, shown, text, 3)]


@settings(max_examples=50, deadline=None)
@given(st.lists(tasks, min_size=1, max_size=4), st.sampled_from(MISTAKES), st.data())
def test_a_mistake_is_found_in_any_sheet_and_nothing_else_is(
    rows: list[dict[str, Any]], mistake: tuple[str, Any, str, str], data: st.DataObject
) -> None:
    field, value, shown, text = mistake
    place = data.draw(st.integers(0, len(rows) - 1))
    rows[place] = {**rows[place], field: value}
    assert said(check(frame(*rows))) == [(place + 2, field, shown, text)]


def test_every_row_needs_a_name_where_no_column_has_them() -> None:
    tasks = frame({"name": "a", "color": "#fff"}, {"name": "b"}).drop(columns="name")
    assert said(check(tasks)) == [(2, "name", "", NAMELESS), (3, "name", "", NAMELESS)]


@pytest.mark.parametrize("position", [-1, 0, 7])
def test_a_place_in_the_order_is_any_whole_number(position: int) -> None:
    assert check(frame({"name": "a", "position": position})) == []


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "RRULE:FREQ=DAILY",
        "DTSTART:20260101T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261231T000000Z",
        "FREQ=MONTHLY;BYDAY=1MO;COUNT=100000000",
        "FREQ=SECONDLY",
    ],
)
def test_a_rule_is_read_and_not_expanded(rule: str) -> None:
    assert check(frame({"name": "a", "rrule": rule})) == []


# ------------------------------------------------------------------------------ the order of two days


@given(st.dates(), st.integers(1, 1000))
def test_an_end_before_its_start_is_one_problem_of_the_end(start: date, earlier: int) -> None:
    if start.toordinal() <= earlier:
        return
    end = start - timedelta(days=earlier)
    tasks = frame({"name": "a", "start_date": start.isoformat(), "end_date": end.isoformat()})
    text = f"is before the start date {start.isoformat()}; write a day on or after it"
    assert said(check(tasks)) == [(2, "end_date", end.isoformat(), text)]


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-03-31", "2026-03-31"), ("2026-03-31", None), (None, "2026-03-31"), (None, None)],
)
def test_a_task_may_end_on_its_first_day_or_lack_either(start: str | None, end: str | None) -> None:
    assert check(frame({"name": "a", "start_date": start, "end_date": end})) == []


def test_a_day_that_is_none_is_not_compared() -> None:
    tasks = frame(
        {"name": "a", "start_date": "2026-03-31", "end_date": "2026-02-30"},
        {"name": "b", "start_date": "x", "end_date": "2026-02-01"},
    )
    assert said(check(tasks)) == [
        (2, "end_date", "2026-02-30", NO_DAY),
        (3, "start_date", "x", NO_DAY),
    ]


def test_pandera_alone_finds_a_wrong_order_too() -> None:
    with pytest.raises(pa.errors.SchemaErrors):
        schema().validate(
            frame({"name": "a", "start_date": "2026-03-31", "end_date": "2026-03-30"}), lazy=True
        )


# --------------------------------------------------------------------------------------- the listing


def test_problems_come_by_row_and_then_in_the_order_of_the_fields() -> None:
    bad = {"name": None, "project_id": 0, "priority": "urgent", "color": "red", "rrule": "daily"}
    tasks = frame({"name": "a"}, bad, bad)
    tasks = tasks[tasks.columns[::-1]].loc[[4, 3, 2]]
    found = check(tasks)
    fields = sorted(bad, key=ORDER.__getitem__)
    assert [(p.row, p.field) for p in found] == [(row, field) for row in (3, 4) for field in fields]


def test_a_wrong_value_stands_at_each_of_its_rows() -> None:
    rows = [{"name": f"task {n}", "priority": "urgent"} for n in range(500)]
    found = check(frame(*rows), {"priority": 4})
    assert found == [Problem(n + 2, "priority", "urgent", NO_PRIORITY, 4) for n in range(500)]


def test_what_the_sheet_does_not_feed_has_no_position() -> None:
    (found,) = check(frame({"name": "a", "color": "red"}), {"name": 0})
    assert found.position is None


@pytest.mark.parametrize(
    ("field", "values", "wrong"),
    [
        ("billable", [True, False, True], []),
        ("billable", [True, "yes", None], [(3, "yes", "is neither yes nor no; write yes or no")]),
        ("project_id", [1, 2, 3], []),
        ("project_id", [1, "two", None], [(3, "two", "is no whole number; write digits only, such as 7")]),
        ("notes", ["a", float("nan"), None], []),
    ],
)
def test_a_column_of_bare_values_is_judged_by_its_values(
    field: str, values: list[Any], wrong: list[tuple[int, str, str]]
) -> None:
    tasks = frame(*[{"name": "a"}] * 3)
    for dtype in (None, object):
        tasks[field] = pd.Series(values, index=tasks.index, dtype=dtype)
        assert said(check(tasks)) == [(row, field, value, text) for row, value, text in wrong]
