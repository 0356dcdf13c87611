"""Every query parameter of the list really does what it says, against a filter written again in Python."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sandbox_caller import Caller, Start
from sandbox_page import REFERENCE, query_parameters

from importer.sandbox.instants import shown

Task = dict[str, Any]
Keep = Callable[[Task], bool]
Pairs = list[tuple[str, Any]]

PARAMETERS = sorted(query_parameters()) if REFERENCE.is_dir() else []
NEWER = ("include_project_completed", "include_drafts", "active_by_date", "assignee_team_id")
TEAMS = {31: {7100001, 7100014, 7100027}, 32: {7100027, 7100040, 7100053}}


class Known:
    """The stored workspace, looked at from beside the server."""

    def __init__(self, caller: Caller) -> None:
        store = caller.box.store
        self.tasks = store.tasks()
        self.projects = {row["id"]: row for row in store.table("projects")}
        self.done = {row["id"] for row in store.table("statuses") if row["type"] == "done"}
        self.parents = {task["id"]: task for task in self.tasks}

    def client(self, task: Task) -> int | None:
        return self.projects[task["project_id"]]["client_id"] if task["project_id"] else None

    def shown(self, task: Task, *, completed: bool = False, drafts: bool = False) -> bool:
        project = self.projects.get(task["project_id"], {})
        hidden = (project.get("completed_at") and not completed) or (project.get("draft") and not drafts)
        return not task["deleted_at"] and not hidden


@pytest.fixture(scope="module")
def known(full: Caller) -> Known:
    return Known(full)


def started(task: Task, since: str = "", until: str = "9") -> bool:
    return any(block["start"] and since <= block["start"] <= until for block in task["time_blocks"])


def teams(task: Task) -> set[int]:
    own = set(task["team_assignee_ids"])
    return own | {team for team, members in TEAMS.items() if members & set(task["assignee_user_ids"])}


def ids(field: str, *wanted: int) -> Keep:
    return lambda task: bool(set(task[field]) & set(wanted))


def value(field: str, *wanted: Any) -> Keep:
    return lambda task: task[field] in wanted


def both(name: str, keep: Keep) -> list[tuple[Pairs, Keep]]:
    return [([(name, "true")], keep), ([(name, "false")], lambda task: not keep(task))]


def dated(field: str, test: Callable[[str], bool]) -> Keep:
    return lambda task: task[field] is not None and test(task[field])


def spread(name: str, keep: Callable[..., Keep], *wanted: int) -> list[tuple[Pairs, Keep]]:
    """One, several comma-joined, several repeated."""
    joined = ",".join(map(str, wanted))
    return [
        ([(name, wanted[0])], keep(wanted[0])),
        ([(name, joined)], keep(*wanted)),
        ([(name, one) for one in wanted], keep(*wanted)),
    ]


def none_too(name: str, some: Keep, none: Keep, wanted: int) -> list[tuple[Pairs, Keep]]:
    """An empty value means "none", alone, beside an id, and in one value with it."""

    def either(task: Task) -> bool:
        return some(task) or none(task)

    return [
        ([(name, "")], none),
        ([(name, ""), (name, wanted)], either),
        ([(name, f",{wanted}")], either),
    ]


def cases(known: Known) -> dict[str, list[tuple[Pairs, Keep]]]:
    series = next(task["id"] for task in known.tasks if task["rrule"])
    blocks = [block["id"] for task in known.tasks for block in task["time_blocks"] if known.shown(task)]
    family = [task["parent_task_id"] for task in known.tasks if task["parent_task_id"] and known.shown(task)]
    day, later = "2025-05-01", "2025-06-10"
    begun, over = dated("start_date", lambda d: d <= later), dated("end_date", lambda d: d >= day)

    def overlap(task: Task) -> bool:
        return begun(task) and over(task)

    return {
        "pinned": both("pinned", value("pinned", True)),
        "private": both("private", value("private", True)),
        "status_id": spread("status_id", lambda *w: value("status_id", *w), 2, 5),
        "toggl_user_id": [
            (
                [("toggl_user_id", 7100014)],
                lambda t: t["toggl_user_id"] == 7100014 or 7100014 in t["assignee_user_ids"],
            )
        ],
        "name": [
            ([("name", "HOME page")], lambda t: "home page" in t["name"].lower()),
            ([("name", "CAFÉ")], lambda t: "café" in t["name"].lower()),
        ],
        "has_time_entries": both("has_time_entries", lambda t: bool(t["time_entries"])),
        "has_time_blocks": both("has_time_blocks", lambda t: bool(t["time_blocks"])),
        "has_dates": both("has_dates", lambda t: bool(t["start_date"] or t["end_date"])),
        "archived": [
            ([("archived", "true")], lambda t: bool(t["archived_at"])),
            ([("archived", "false")], lambda t: not t["archived_at"]),
        ],
        "project_id": spread("project_id", lambda *w: value("project_id", *w), 1, 3)
        + none_too("project_id", value("project_id", 3), value("project_id", None), 3),
        "parent_task_id": spread(
            "parent_task_id", lambda *w: value("parent_task_id", *w), *sorted(set(family))[:3]
        )
        + none_too(
            "parent_task_id", value("parent_task_id", family[0]), value("parent_task_id", None), family[0]
        ),
        "client_id": spread("client_id", lambda *w: lambda t: known.client(t) in w, 1, 2)
        + none_too("client_id", lambda t: known.client(t) == 2, lambda t: known.client(t) is None, 2),
        "tag_id": spread("tag_id", lambda *w: ids("tag_ids", *w), 4, 7)
        + none_too("tag_id", ids("tag_ids", 4), lambda t: not t["tag_ids"], 4),
        "assignee_user_id": spread(
            "assignee_user_id", lambda *w: ids("assignee_user_ids", *w), 7100014, 7100040
        )
        + none_too(
            "assignee_user_id",
            ids("assignee_user_ids", 7100014),
            lambda t: not t["assignee_user_ids"],
            7100014,
        ),
        "team_id": spread("team_id", lambda *w: lambda t: bool(teams(t) & set(w)), 31, 32)
        + none_too("team_id", lambda t: 32 in teams(t), lambda t: not teams(t), 32),
        "assignee_team_id": spread("assignee_team_id", lambda *w: ids("team_assignee_ids", *w), 31, 32),
        "start_date": [([("start_date", day)], over), ([("start_date", day), ("end_date", later)], overlap)],
        "end_date": [([("end_date", later)], begun), ([("start_date", day), ("end_date", later)], overlap)],
        "dates_overlap_start": [([("dates_overlap_start", day)], over)],
        "dates_overlap_end": [([("dates_overlap_end", later)], begun)],
        "start_date_from": [([("start_date_from", day)], dated("start_date", lambda d: d >= day))],
        "start_date_to": [([("start_date_to", day)], dated("start_date", lambda d: d <= day))],
        "end_date_from": [([("end_date_from", day)], over)],
        "end_date_to": [([("end_date_to", day)], dated("end_date", lambda d: d <= day))],
        "active_by_date": [
            (
                [("active_by_date", day)],
                lambda t: dated("start_date", lambda d: d <= day)(t) and (t["end_date"] or day) >= day,
            )
        ],
        "estimated_mins_min": [([("estimated_mins_min", 90)], lambda t: (t["estimated_mins"] or 0) >= 90)],
        "estimated_mins_max": [([("estimated_mins_max", 90)], lambda t: (t["estimated_mins"] or 999) <= 90)],
        "source": [
            ([("source", "google_calendar")], value("source", "google_calendar")),
            ([("source", "plan,outlook_calendar")], value("source", "plan", "outlook_calendar")),
        ],
        "priority": [
            ([("priority", "high")], value("priority", "high")),
            ([("priority", "none"), ("priority", "low")], value("priority", "none", "low")),
        ],
        "is_priority": both("is_priority", lambda t: t["priority_at"] is not None),
        "state": [
            ([("state", "done")], lambda t: t["status_id"] in known.done),
            ([("state", "active")], lambda t: t["status_id"] not in known.done),
            ([("state", "timeblocked")], lambda t: bool(t["time_blocks"])),
            ([("state", "not_timeblocked")], lambda t: not t["time_blocks"]),
            ([("state", "tracked,done")], lambda t: bool(t["time_entries"]) or t["status_id"] in known.done),
            ([("state", "not_tracked")], lambda t: not t["time_entries"]),
        ],
        "timeblock_start_from": [
            ([("timeblock_start_from", "2025-08-01T00:00:00Z")], lambda t: started(t, "2025-08-01")),
            ([("timeblock_start_from", "2025-08-01T02:00:00+02:00")], lambda t: started(t, "2025-08-01")),
        ],
        "timeblock_start_until": [
            (
                [("timeblock_start_until", "2025-03-01T00:00:00Z")],
                lambda t: started(t, "", "2025-03-01T00:00:00.000000Z"),
            ),
            (
                [
                    ("timeblock_start_from", "2025-03-01T00:00:00Z"),
                    ("timeblock_start_until", "2025-04-01T00:00:00Z"),
                ],
                lambda t: started(t, "2025-03-01", "2025-04-01T00:00:00.000000Z"),
            ),
        ],
        "time_block_id": spread(
            "time_block_id",
            lambda *w: lambda t: any(b["id"] in w for b in t["time_blocks"]),
            blocks[3],
            blocks[9],
        ),
        "time_block_completed": [
            ([("time_block_completed", "true")], lambda t: any(b["completed"] for b in t["time_blocks"])),
            (
                [("time_block_completed", "false")],
                lambda t: any(not b["completed"] for b in t["time_blocks"]),
            ),
        ],
        "recurring": both("recurring", lambda t: bool(t["rrule"] or t["recurring_task_id"])),
        "recurring_task_ids": [([("recurring_task_ids", series)], value("recurring_task_id", series))],
        "assignee_ghost_id": spread(
            "assignee_ghost_id", lambda *w: ids("ghost_assignee_ids", *w), 8801, 8803
        ),
        "include_project_completed": [([("include_project_completed", "true")], lambda t: True)],
        "include_drafts": [([("include_drafts", "true")], lambda t: True)],
    }


def more_fields(caller: Caller) -> dict[str, Callable[[], None]]:
    """The parameters that don't select but show, page or sort."""

    def paged() -> None:
        one, two = (caller.get("tasks", ("per_page", 7), ("page", page)).json() for page in (1, 2))
        assert (two["page"], two["per_page"], len(two["data"])) == (2, 7, 7)
        assert not {task["id"] for task in one["data"]} & {task["id"] for task in two["data"]}

    def shows(name: str, test: Callable[[Task], bool]) -> Callable[[], None]:
        def check() -> None:
            assert not any(map(test, caller.pages((name, "false"))))
            assert any(map(test, caller.pages((name, "true"))))

        return check

    def sorts() -> None:
        names = [task["name"].casefold() for task in caller.pages(("order_by", "name"))]
        assert names == sorted(names)

    return {
        "page": paged,
        "per_page": paged,
        "order_by": sorts,
        "with_entries": shows("with_entries", lambda task: bool(task.get("time_entries"))),
        "include_rates": shows(
            "include_rates", lambda task: bool(task["project"] and task["project"]["rate"])
        ),
        "include_ghost_assignees": shows(
            "include_ghost_assignees", lambda task: bool(task["ghost_assignee_ids"])
        ),
        "disable_aggregations": shows("disable_aggregations", lambda task: "parent" not in task),
    }


@pytest.mark.parametrize("name", [*PARAMETERS, *NEWER])
def test_every_documented_parameter_works(full: Caller, known: Known, name: str) -> None:
    shown = more_fields(full)
    if name in shown:
        shown[name]()
        return
    for pairs, keep in cases(known)[name]:
        given = dict(pairs)
        visible = {"completed": "include_project_completed" in given, "drafts": "include_drafts" in given}
        wanted = {
            task["id"]
            for task in known.tasks
            if known.shown(task, **visible)
            and keep(task)
            and ("archived" in given or not task["archived_at"])
        }
        assert wanted, f"nothing to find by {pairs}"
        assert {task["id"] for task in full.pages(*pairs)} == wanted, pairs


def test_the_page_still_has_43_parameters(reference: object) -> None:
    assert len(PARAMETERS) == 43


def test_filters_join_by_and(full: Caller, known: Known) -> None:
    found = {
        task["id"] for task in full.pages(("priority", "high"), ("tag_id", "1,2,3"), ("archived", "false"))
    }
    wanted = {
        task["id"]
        for task in known.tasks
        if known.shown(task)
        and not task["archived_at"]
        and task["priority"] == "high"
        and {1, 2, 3} & set(task["tag_ids"])
    }
    assert found == wanted and wanted


def test_deleted_tasks_are_never_shown(full: Caller, known: Known) -> None:
    gone = {task["id"] for task in known.tasks if task["deleted_at"]}
    everything = (("archived", ""), ("include_drafts", "true"), ("include_project_completed", "true"))
    found = {task["id"] for task in full.pages(*everything)}
    assert gone and found == {task["id"] for task in known.tasks} - gone


def test_the_parents_name_may_match_too(full: Caller, known: Known) -> None:
    parent = next(
        task["parent_task_id"] for task in known.tasks if task["parent_task_id"] and known.shown(task)
    )
    name = known.parents[parent]["name"]
    found = full.pages(("name", name), ("include_parent_matches", "true"))
    assert len(found) > len(full.pages(("name", name)))
    assert all(name in (task["name"], task["parent_task_name"]) for task in found)


def test_a_deleted_parent_is_neither_shown_nor_matched(start: Start) -> None:
    caller = start()
    parent = caller.post("tasks", {"name": "Gone", "ghost_assignee_ids": [8801]}).json()["id"]
    caller.post("tasks", {"name": "Left", "parent_task_id": parent})
    (_, shown) = caller.get("tasks", ("include_ghost_assignees", "true")).json()["data"]
    assert shown["parent"]["ghost_assignee_ids"] == [8801]
    assert caller.get("tasks").json()["data"][1]["parent"]["ghost_assignee_ids"] is None
    with caller.box.store.writing() as connection:
        connection.execute("UPDATE tasks SET deleted_at = created_at WHERE id = ?", (parent,))
    (task,) = caller.get("tasks", ("name", "left"), ("include_parent_matches", "true")).json()["data"]
    assert (task["parent_task_id"], task["parent_task_name"], task["parent"]) == (parent, None, None)
    assert caller.get("tasks", ("name", "gone"), ("include_parent_matches", "true")).json()["data"] == []


def test_ties_may_be_in_another_order_at_each_request(start: Start) -> None:
    caller = start(faults={"settings": {"ties": "shuffled"}})
    caller.bulk(*(f"Task {number % 2}" for number in range(60)))
    for pairs in ((), (("order_by", "created_at"),), (("order_by", "-name"),)):
        once, again = (caller.get("tasks", ("per_page", 100), *pairs).json()["data"] for _ in range(2))
        assert [task["id"] for task in once] != [task["id"] for task in again]
        assert {task["id"] for task in once} == {task["id"] for task in again} == set(range(1, 61))
    assert [task["name"] for task in once] == ["Task 1"] * 30 + ["Task 0"] * 30


@pytest.mark.parametrize(("zone", "offset"), [("Asia/Kolkata", "+05:30"), ("UTC", "Z"), ("Iceland", "Z")])
def test_instants_are_in_the_zone_of_who_asks(start: Start, zone: str, offset: str) -> None:
    caller = start(tasks=30, faults={"settings": {"timezone": zone}})
    assert caller.get("/users/me/settings").json()["timezone"] == zone
    stored = {task["id"]: task for task in caller.box.store.tasks()}
    for task in caller.get("tasks", ("with_entries", "true")).json()["data"]:
        assert task["created_at"].endswith(offset)
        kept = stored[task["id"]]
        pairs = [(task["created_at"], kept["created_at"])]
        pairs += [
            (e["stop"], k["stop"]) for e, k in zip(task["time_entries"], kept["time_entries"], strict=True)
        ]
        assert all(datetime.fromisoformat(one) == datetime.fromisoformat(other) for one, other in pairs)
    made = caller.post("tasks", {"name": "2026-01-01T00:00:00.000000Z", "start_date": "2026-01-01"}).json()
    assert made["created_at"].endswith(offset)
    assert (made["name"], made["start_date"]) == ("2026-01-01T00:00:00.000000Z", "2026-01-01")


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("2026-03-02T08:00:00.120000Z", "2026-03-02T08:00:00.12Z"),
        ("2026-03-02T08:00:10.000000Z", "2026-03-02T08:00:10Z"),
        ("2026-03-02T08:00:00.000001Z", "2026-03-02T08:00:00.000001Z"),
    ],
)
def test_fractions_end_where_nothing_follows(kept: str, told: str) -> None:
    assert shown([{"created_at": kept, "notes": kept}], ZoneInfo("UTC")) == [
        {"created_at": told, "notes": kept}
    ]


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-02:00"])
def test_an_instant_beyond_the_calendar_is_refused(full: Caller, edge: str) -> None:
    assert full.get("tasks", ("timeblock_start_from", edge)).status_code == 400
    near = edge[:-6] + "Z"
    assert full.get("tasks", ("timeblock_start_from", near)).status_code == 200


def test_a_page_far_beyond_the_end_is_empty(full: Caller) -> None:
    for short in ("tasks", "tags", "projects"):
        answer = full.get(short, ("page", "9" * 18), ("per_page", 100))
        assert (answer.status_code, answer.json()["data"]) == (200, [])


def test_many_ids_fit_into_an_address(full: Caller) -> None:
    many = ",".join(str(1_000_000 + number) for number in range(4_000))
    assert full.get("tasks", ("tag_id", f"1,{many}")).json()["total"] > 0


def test_unknown_parameters_are_ignored_without_a_word(full: Caller) -> None:
    assert (
        full.get("tasks", ("project_ids", "1"), ("colour", "red")).json()["total"]
        == full.get("tasks").json()["total"]
    )


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("page", "one"),
        ("page", "0"),
        ("per_page", "101"),
        ("per_page", "0"),
        ("pinned", "yes"),
        ("archived", "maybe"),
        ("status_id", "1,x"),
        ("project_id", "abc"),
        ("toggl_user_id", "anna@practice.example"),
        ("start_date", "2025-02-30"),
        ("end_date", "01/02/2025"),
        ("start_date_from", "2025-01-01T00:00:00Z"),
        ("timeblock_start_from", "yesterday"),
        ("estimated_mins_min", "1.5"),
        ("priority", "urgent"),
        ("state", "open"),
        ("source", "asana"),
        ("order_by", "id"),
        ("order_by", "name,colour"),
        ("order_by", "sub_tasks_grouped,name"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(full: Caller, name: str, bad: str) -> None:
    answer = full.get("tasks", (name, bad))
    assert answer.status_code == 400
    assert answer.json()["error"] == "validation" and answer.json()["trace_id"]


def test_too_many_a_page_is_refused_in_the_words_seen(full: Caller) -> None:
    words = full.get("tasks", ("per_page", 200)).json()["error_description"]
    assert words == "Key: 'Pagination.PerPage' Error:Field validation for 'PerPage' failed on the 'max' tag"


def test_a_page_has_twenty_without_being_asked(full: Caller) -> None:
    body = full.get("tasks").json()
    assert (body["page"], body["per_page"], len(body["data"])) == (1, 20, 20)
    assert full.get("tasks", ("page", 999)).json()["data"] == []


RANK = {"none": 0, "low": 1, "medium": 2, "high": 3}


@cache
def keys() -> dict[str, Callable[[Task], Any]]:
    def plain(name: str) -> Callable[[Task], Any]:
        return lambda task: task[name]

    return {
        **{name: plain(name) for name in ("project_id", "parent_task_id", "estimated_mins", "priority_at")},
        **{name: plain(name) for name in ("start_date", "end_date", "status_id", "pinned", "created_at")},
        **{name: plain(name) for name in ("updated_at", "position", "billable")},
        "user_id": plain("toggl_user_id"),
        "name": lambda task: task["name"].casefold(),
        "priority": lambda task: RANK[task["priority"]],
        "tag_ids": lambda task: min(task["tag_ids"], default=None),
        "assignees": lambda task: min(task["assignee_user_ids"], default=None),
        "timeblock_start": lambda task: min(
            (b["start"] for b in task["time_blocks"] if b["start"]), default=None
        ),
        "last_activity": lambda task: max([task["updated_at"], *(e["stop"] for e in task["time_entries"])]),
    }


@pytest.mark.parametrize("name", sorted(keys()))
def test_the_list_is_in_the_order_asked_for(full: Caller, known: Known, name: str) -> None:
    key = keys()[name]
    rising = [key(known.parents[task["id"]]) for task in full.pages(("order_by", name))]
    falling = [key(known.parents[task["id"]]) for task in full.pages(("order_by", f"-{name}"))]
    filled = sorted(one for one in rising if one is not None)
    blanks = [None] * (len(rising) - len(filled))
    assert rising == filled + blanks
    assert falling == blanks + filled[::-1]


@pytest.mark.parametrize("name", ["relevance", "timeblock_now_diff", "sub_tasks_grouped"])
def test_the_orders_of_no_single_field_are_taken_and_stable(full: Caller, name: str) -> None:
    once, again = ([task["id"] for task in full.pages(("order_by", name))] for _ in range(2))
    assert once == again and len(set(once)) == len(once)
    assert once != [task["id"] for task in full.pages()]


def test_sub_tasks_stand_behind_their_parent(full: Caller) -> None:
    tasks = full.pages(("order_by", "sub_tasks_grouped"))
    places = {task["id"]: place for place, task in enumerate(tasks)}
    for task in tasks:
        if task["parent_task_id"] in places:
            parent = places[task["parent_task_id"]]
            between = tasks[parent + 1 : places[task["id"]]]
            assert all(one["parent_task_id"] == task["parent_task_id"] for one in between)


def test_several_orders_follow_one_another(full: Caller) -> None:
    tasks = full.pages(("order_by", "-priority,name"))
    got = [(-RANK[task["priority"]], task["name"].casefold()) for task in tasks]
    assert got == sorted(got)


def test_the_stream_has_all_tasks_in_one_answer_and_fewer_parameters(full: Caller) -> None:
    whole = full.get(
        "tasks/stream", ("tag_id", "1,2"), ("per_page", 5), ("disable_aggregations", "true")
    ).json()
    assert [task["id"] for task in whole] == [task["id"] for task in full.pages(("tag_id", "1,2"))]
    assert "parent" in whole[0]
    assert full.get("tasks/stream", ("order_by", "timeblock_start")).status_code == 400
