"""Tasks counted and added up, by hand and against another way of counting."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.task.summing import Due, Group, Sum, Sums

TODAY = date(2026, 3, 11)  # a Wednesday
TODO = {"id": 1, "name": "Todo", "type": "todo"}
DONE = {"id": 2, "name": "Shipped", "type": "done"}
SITE = {"id": 10, "name": "Site", "client": {"id": 5, "name": "Acme"}}
RED, BLUE = {"id": 20, "name": "red"}, {"id": 21, "name": "blue"}

BY_HAND: list[dict[str, Any]] = [
    {
        "status": TODO,
        "project": SITE,
        "client": {"id": 5, "name": "Acme"},
        "tags": [RED, BLUE],
        "tag_ids": [20, 21],
        "assignee_user_ids": [7],
        "end_date": "2026-03-10",
        "estimated_mins": 90,
        "total_tracked_time": 3600,
    },
    {
        "status": DONE,
        "project": SITE,
        "tags": [RED],
        "assignee_user_ids": [7, 8],
        "end_date": "2026-03-01",
        "estimated_mins": 30,
        "total_tracked_time": 1800,
    },
    {"status": TODO, "end_date": "2026-03-11", "archived_at": None, "tags": []},
    {"status": TODO, "end_date": "2026-01-01", "archived_at": "2026-02-01T00:00:00Z", "estimated_mins": 15},
]


def summed(*records: dict[str, Any]) -> Sums:
    sums = Sums(TODAY)
    for record in records:
        sums.add(record)
    return sums


def test_sums_counted_by_hand() -> None:
    sums = summed(*BY_HAND)
    assert sums.all == Sum(
        tasks=4, open=2, done=1, overdue=1, estimated_mins=135, tracked_seconds=5400
    )  # due today is not overdue, nor is what is done or archived
    site = Sum(tasks=2, open=1, done=1, overdue=1, estimated_mins=120, tracked_seconds=5400)
    assert sums.projects[10] == Group(10, "Site", "Acme", site)
    assert sums.projects[None].sum == Sum(tasks=2, open=1, estimated_mins=15)
    assert sums.clients[5] == Group(5, "Acme", "", site)
    assert {key: group.sum.tasks for key, group in sums.clients.items()} == {5: 2, None: 2}
    assert sums.statuses[2] == Group(
        2, "Shipped", "done", Sum(tasks=1, done=1, estimated_mins=30, tracked_seconds=1800)
    )
    assert {key: group.sum.tasks for key, group in sums.tags.items()} == {20: 2, 21: 1, None: 2}
    assert {key: group.sum.tasks for key, group in sums.assignees.items()} == {7: 2, 8: 1, None: 2}
    assert sums.assignees[8].sum.tracked_seconds == 1800


@pytest.mark.parametrize(
    "record",
    [
        {},
        dict.fromkeys(("status", "project", "client", "tags", "tag_ids", "assignee_user_ids", "end_date")),
        {"tags": [None, 5, "x", {}, {"id": None}], "tag_ids": [None, {}, []]},
        {"tags": {"id": 1}, "tag_ids": 7, "assignee_user_ids": {"a": 1}},
        {"project": [], "client": "Acme", "status": "done", "end_date": 20260101},
        {"project": {"client": None}, "status": {"id": None, "type": None, "name": None}},
        {"end_date": "soon", "estimated_mins": "90", "total_tracked_time": None},
        {"estimated_mins": True, "total_tracked_time": float("nan"), "archived_at": 0},
        {"estimated_mins": 10**400, "total_tracked_time": float("-inf")},
        {"estimated_mins": float("inf"), "total_tracked_time": [], "project_id": {"a": []}},
    ],
)
def test_ragged_records_count_as_tasks_without(record: dict[str, Any]) -> None:
    sums = summed(record)
    assert sums.all == Sum(tasks=1, open=1)
    for groups in (sums.projects, sums.clients, sums.statuses, sums.tags, sums.assignees):
        assert groups == {None: Group(None, sum=Sum(tasks=1, open=1))}


def test_names_come_from_whatever_record_tells_them() -> None:
    sums = summed(
        {"project_id": 10, "tag_ids": [20], "status_id": 2, "client_id": 5},
        {"project": SITE, "tags": [RED], "status": DONE, "client": {"id": 5, "name": "Acme"}},
    )
    assert (sums.projects[10].name, sums.projects[10].more) == ("Site", "Acme")
    assert (sums.tags[20].name, sums.clients[5].name) == ("red", "Acme")
    assert (sums.statuses[2].name, sums.statuses[2].more) == ("Shipped", "done")
    assert sums.projects[10].sum.tasks == sums.tags[20].sum.tasks == sums.statuses[2].sum.tasks == 2


def test_a_name_without_an_id_is_a_group_too() -> None:
    sums = summed({"project": {"name": "Site"}, "tags": [{"name": "red"}, {"name": "red"}]})
    assert sums.projects["Site"].name == "Site"
    assert {key: group.sum.tasks for key, group in sums.tags.items()} == {"red": 1}


def test_a_tag_or_assignee_given_twice_counts_once() -> None:
    sums = summed({"tags": [RED, RED], "tag_ids": [20, 20, 21], "assignee_user_ids": [7, 7]})
    assert {key: group.sum.tasks for key, group in sums.tags.items()} == {20: 1, 21: 1}
    assert sums.assignees[7].sum.tasks == 1


# Due by week


def due(day: date, *, done: bool = False) -> dict[str, Any]:
    return {"end_date": day.isoformat(), "status": DONE if done else TODO}


def test_weeks_begin_on_monday_and_leave_no_gap() -> None:
    sums = summed(
        due(date(2026, 3, 9)), due(date(2026, 3, 15), done=True), due(date(2026, 3, 30)), {"name": "undated"}
    )
    assert sums.weeks(26) == (
        Due(0, 0),
        [
            (date(2026, 3, 9), Due(1, 1)),
            (date(2026, 3, 16), Due(0, 0)),
            (date(2026, 3, 23), Due(0, 0)),
            (date(2026, 3, 30), Due(1, 0)),
        ],
        Due(0, 0),
    )


def test_without_due_dates_there_are_no_weeks() -> None:
    assert summed({"name": "undated"}).weeks(26) == (Due(0, 0), [], Due(0, 0))


def test_archived_tasks_that_are_not_done_are_due_no_more() -> None:
    sums = summed(due(TODAY) | {"archived_at": "2026-01-01T00:00:00Z"})
    assert sums.weeks(26)[1] == [(date(2026, 3, 9), Due(0, 0))]


@pytest.mark.parametrize(
    ("first", "last", "begin"),
    [
        (date(2024, 1, 1), date(2028, 1, 3), date(2025, 12, 15)),  # twelve weeks before today's
        (date(2026, 2, 2), date(2028, 1, 3), date(2026, 2, 2)),  # no sooner than the first
        (date(2020, 1, 6), date(2021, 1, 4), date(2021, 1, 4) - timedelta(weeks=25)),  # all long past
        (date(2030, 1, 7), date(2031, 1, 6), date(2030, 1, 7)),  # all far ahead
    ],
)
def test_the_weeks_lie_around_today_or_as_near_as_the_tasks_do(first: date, last: date, begin: date) -> None:
    before, weeks, after = summed(due(first), due(last, done=True)).weeks(26)
    assert (len(weeks), weeks[0][0]) == (26, begin)
    assert weeks[-1][0] == begin + timedelta(weeks=25)
    everything = [before, *(due_ for _, due_ in weeks), after]
    assert (sum(d.open for d in everything), sum(d.done for d in everything)) == (1, 1)


@given(st.lists(st.tuples(st.dates(), st.booleans()), max_size=20), st.dates(date(1990, 1, 1)))
def test_every_due_task_is_before_in_or_after_the_weeks(dues: list[tuple[date, bool]], today: date) -> None:
    sums = Sums(today)
    for day, done in dues:
        sums.add(due(day, done=done))
    before, weeks, after = sums.weeks(26)
    assert len(weeks) <= 26
    everything = [before, *(due_ for _, due_ in weeks), after]
    assert sum(d.done for d in everything) == sum(done for _, done in dues)
    assert sum(d.open for d in everything) == sum(not done for _, done in dues)
    assert all(monday.weekday() == 0 for monday, _ in weeks)


# Groups against records

objects = st.none() | st.fixed_dictionaries(
    {}, optional={"id": st.none() | st.integers(1, 5), "name": st.none() | st.sampled_from(["a", "b"])}
)
records = st.fixed_dictionaries(
    {},
    optional={
        "status": st.none() | st.sampled_from([TODO, DONE, {}]),
        "project": objects,
        "project_id": st.none() | st.integers(1, 5),
        "client": objects,
        "tags": st.none() | st.lists(objects, max_size=4),
        "tag_ids": st.none() | st.lists(st.none() | st.integers(1, 5), max_size=4),
        "assignee_user_ids": st.none() | st.lists(st.integers(1, 5), max_size=4),
        "end_date": st.none() | st.sampled_from(["2026-03-01", "2026-03-11", "2027-01-01", "soon"]),
        "archived_at": st.none() | st.just("2026-01-01T00:00:00Z"),
        "estimated_mins": st.none() | st.integers(0, 10_000),
        "total_tracked_time": st.none() | st.integers(0, 10_000),
    },
)


@given(st.lists(records, max_size=12))
def test_groups_add_up_to_the_records(given_: list[dict[str, Any]]) -> None:
    sums = summed(*given_)
    assert sums.all.tasks == len(given_)
    assert sums.all.estimated_mins == sum(record.get("estimated_mins") or 0 for record in given_)
    assert sums.all.tracked_seconds == sum(record.get("total_tracked_time") or 0 for record in given_)
    assert sums.all.done == sum((record.get("status") or {}).get("type") == "done" for record in given_)
    for groups in (sums.projects, sums.clients, sums.statuses):  # a task has one of them at most
        added: dict[str, float] = defaultdict(float)
        for group in groups.values():
            for name in Sum.__slots__:
                added[name] += getattr(group.sum, name)
        assert {name: added[name] for name in Sum.__slots__} == {
            name: getattr(sums.all, name) for name in Sum.__slots__
        }
    people = sum(max(1, len(set(record.get("assignee_user_ids") or []))) for record in given_)
    assert sum(group.sum.tasks for group in sums.assignees.values()) == people
    for groups in (sums.tags, sums.assignees):  # a task may have several
        assert sum(group.sum.tasks for group in groups.values()) >= len(given_)
