"""What may be created, what is refused and in which words, what changing and deleting do."""

from typing import Any

import pytest
from sandbox_caller import Start

DAY = "2026-03-02"
WHOLE: dict[str, Any] = {
    "name": "Draft the contract",
    "description": "For the second year.",
    "notes": "Line one\nLine two: äöü 📎",
    "project_id": 3,
    "status_id": 2,
    "priority": "high",
    "priority_at": DAY,
    "start_date": DAY,
    "end_date": "2026-03-09",
    "estimated_mins": 90,
    "estimate_type": "daily",
    "allocation_unit": "percent",
    "assignee_user_ids": [7100027, 7100001],
    "ghost_assignee_ids": [8801],
    "tag_ids": [5, 2],
    "billable": True,
    "private": True,
    "pinned": True,
    "auto_log_time": True,
    "color": "#0B83D9",
    "position": 4,
    "rrule": "FREQ=WEEKLY",
}


def test_a_whole_task_comes_back_as_it_was_sent(start: Start) -> None:
    caller = start()
    task = caller.post("tasks", WHOLE).json()
    assert {name: task[name] for name in WHOLE} == WHOLE
    listed = caller.get("tasks", ("include_ghost_assignees", "true")).json()["data"][0]
    assert {name: listed[name] for name in WHOLE} == WHOLE


def test_only_a_name_is_needed_and_the_first_todo_status_is_taken(start: Start) -> None:
    caller = start()
    task = caller.post("tasks", {"name": "Bare"}).json()
    assert task["status"]["type"] == "todo" and task["status_id"] == 1
    assert (task["priority"], task["source"], task["toggl_user_id"]) == ("none", "focus", 7100001)
    assert (task["project"], task["client"], task["tag_ids"], task["tags"]) == (None, None, [], [])


def test_a_bulk_is_created_in_order_with_rising_ids(start: Start) -> None:
    caller = start()
    answer = caller.bulk(*(f"Task {number}" for number in range(100)))
    tasks = answer.json()
    assert answer.status_code == 201 and isinstance(tasks, list)
    assert [task["name"] for task in tasks] == [f"Task {number}" for number in range(100)]
    ids = [task["id"] for task in tasks]
    assert ids == sorted(set(ids))
    assert all(task["created_at"].endswith("Z") for task in tasks)


def test_null_and_unknown_keys_count_as_not_sent(start: Start) -> None:
    caller = start()
    task = caller.post(
        "tasks", {"name": "A", "tag_ids": None, "rrule": None, "due": "2026-01-01", "id": 77}
    ).json()
    assert task["id"] == 1 and task["tag_ids"] == []
    assert caller.bulk({"name": "B", "project_id": None, "estimate": 3}).status_code == 201


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "Name", "required"),
        ({"name": ""}, "Name", "required"),
        ({"name": "A", "priority": "urgent"}, "Priority", "oneof"),
        ({"name": "A", "estimate_type": "weekly"}, "EstimateType", "oneof"),
        ({"name": "A", "start_date": "02.03.2026"}, "StartDate", "datetime"),
        ({"name": "A", "end_date": "2026-02-30"}, "EndDate", "datetime"),
        ({"name": "A", "priority_at": "2026-03-02T00:00:00Z"}, "PriorityAt", "datetime"),
        ({"name": "A", "start_date": ""}, "StartDate", "datetime"),
        ({"name": "A", "priority_at": ""}, "PriorityAt", "datetime"),
        ({"name": "A", "start_date": DAY, "end_date": "2026-03-01"}, "EndDate", "gtefield"),
        ({"name": "A", "position": 2**31}, "Position", "max"),
        ({"name": "A", "estimated_mins": 2**62}, "EstimatedMins", "max"),
        ({"name": "A", "project_id": 99}, "ProjectID", "exists"),
        ({"name": "A", "status_id": 99}, "StatusID", "exists"),
        ({"name": "A", "parent_task_id": 99}, "ParentTaskID", "exists"),
        ({"name": "A", "tag_ids": [1, 99]}, "TagIDs", "exists"),
        ({"name": "A", "assignee_user_ids": [501]}, "AssigneeUserIDs", "exists"),
        ({"name": "A", "team_assignee_ids": [99]}, "TeamAssigneeIDs", "exists"),
    ],
)
def test_a_broken_rule_is_named_by_field_and_row(start: Start, body: Any, field: str, rule: str) -> None:
    caller = start()
    alone = caller.post("tasks", body)
    words = f"Error:Field validation for '{field}' failed on the '{rule}' tag"
    assert (alone.status_code, alone.json()["error"]) == (400, "validation")
    assert alone.json()["error_description"] == f"Key: 'CreatePayload.{field}' {words}"
    within = caller.bulk("Good", "Good too", body)
    assert within.status_code == 400
    assert within.json()["error_description"] == f"Key: 'BulkCreatePayload.Tasks[2].{field}' {words}"
    assert within.json()["error_values"] == {f"Tasks[2].{field}": rule}
    assert caller.box.store.tasks() == []


def test_all_broken_rows_of_a_bulk_are_named(start: Start) -> None:
    words = start().bulk("", "Good", {"name": "A", "priority": "x"}).json()["error_description"]
    assert [line.split("'")[1] for line in words.split("\n")] == [
        "BulkCreatePayload.Tasks[0].Name",
        "BulkCreatePayload.Tasks[2].Priority",
    ]


@pytest.mark.parametrize(
    ("name", "value", "found", "wanted"),
    [
        ("name", 5, "number", "string"),
        ("estimated_mins", "90", "string", "int64"),
        ("estimated_mins", 1.5, "number", "int64"),
        ("tag_ids", [None], "null", "int64"),
        ("estimated_mins", True, "bool", "int64"),
        ("estimated_mins", 2**64, "number", "int64"),
        ("billable", "yes", "string", "bool"),
        ("billable", 1, "number", "bool"),
        ("tag_ids", "1,2", "string", "[]int64"),
        ("tag_ids", ["1"], "string", "int64"),
        ("start_date", 45000, "number", "string"),
        ("integration_ext_id", "ABC-12", "string", "int64"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_by_field_alone(
    start: Start, name: str, value: Any, found: str, wanted: str
) -> None:
    caller = start()
    body = {"name": "A", name: value}
    for answer, place in (
        (caller.post("tasks", body), "CreatePayload"),
        (caller.bulk(body), "BulkCreatePayload.tasks"),
    ):
        words = f"json: cannot unmarshal {found} into Go struct field {place}.{name} of type {wanted}"
        assert (answer.status_code, answer.json()["error_description"]) == (400, words)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"tasks": [{"name": "A"}',
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b"5",
        b'{"tasks": {}}',
        b'{"tasks": [5]}',
        b'{"tasks": [{"name": "A", "estimated_mins": NaN}]}',
    ],
)
def test_a_body_that_is_no_bulk_is_refused(start: Start, body: bytes) -> None:
    answer = start().raw("POST", "tasks/bulk", body)
    assert answer.status_code == 400 and answer.json()["error"]


def test_text_that_is_no_text_does_not_break_the_server(start: Start) -> None:
    answer = start().raw("POST", "tasks", b'{"name": "half \\ud83d pair"}')
    assert (answer.status_code, answer.json()["name"]) == (201, "half \ufffd pair")


@pytest.mark.parametrize(("count", "rule"), [(None, "required"), (0, "min"), (101, "max")])
def test_a_bulk_has_1_to_100_tasks(start: Start, count: int | None, rule: str) -> None:
    caller = start()
    body = {} if count is None else {"tasks": [{"name": "A"}] * count}
    answer = caller.post("tasks/bulk", body)
    assert answer.status_code == 400
    assert (
        f"'BulkCreatePayload.Tasks' Error:Field validation for 'Tasks' failed on the '{rule}' tag"
        in answer.text
    )
    assert caller.box.store.tasks() == []


def test_integration_ids_are_kept_never_shown_and_found_again(start: Start) -> None:
    caller = start()
    body = {"name": "A", "integration_source": "jira", "integration_ext_id": 12}
    task = caller.post("tasks", body).json()
    assert not {"integration_source", "integration_ext_id"} & task.keys()
    assert caller.box.store.tasks()[0].items() >= body.items()
    assert caller.get("tasks/by-external-id", ("source", "jira"), ("ext_id", 12)).json()["id"] == task["id"]
    assert caller.get("tasks/by-external-id", ("source", "jira"), ("ext_id", 13)).status_code == 404
    assert caller.get("tasks/by-external-id", ("source", "jira")).status_code == 400
    assert caller.get("tasks/by-external-id", ("source", "jira"), ("ext_id", "A-1")).status_code == 400


def test_a_task_is_changed_and_cleared(start: Start) -> None:
    caller = start()
    task = caller.post("tasks", WHOLE).json()
    changes = {"name": "Sign it", "end_date": None, "tag_ids": [1], "project_id": None, "status_id": 5}
    answer = caller.ask("PATCH", f"tasks/{task['id']}", json=changes)
    assert (answer.status_code, answer.content) == (204, b"")
    after = caller.get(f"tasks/{task['id']}").json()
    assert {name: after[name] for name in changes} == changes
    assert after["start_date"] == DAY and after["updated_at"] > task["updated_at"] == task["created_at"]
    assert after["status_updated_at"] == after["updated_at"]
    assert caller.ask("PATCH", "tasks/99", json={"name": "A"}).status_code == 404
    assert caller.ask("PATCH", f"tasks/{task['id']}", json={"name": ""}).status_code == 400
    assert caller.ask("PATCH", f"tasks/{task['id']}", json={"tag_ids": [99]}).status_code == 400


def test_several_tasks_are_changed_at_once_or_none(start: Start) -> None:
    caller = start()
    one, two = (task["id"] for task in caller.bulk("One", "Two").json())
    assert (
        caller.ask(
            "PATCH", "tasks/bulk", json=[{"id": one, "pinned": True}, {"id": two, "color": "#1"}]
        ).status_code
        == 204
    )
    assert (
        caller.ask(
            "PATCH", "tasks/bulk", json=[{"id": one, "name": "X"}, {"id": two, "status_id": 9}]
        ).status_code
        == 400
    )
    assert caller.ask("PATCH", "tasks/bulk", json=[{"id": 99, "name": "X"}]).status_code == 400
    first, second = caller.box.store.tasks()
    assert (first["name"], first["pinned"], second["color"]) == ("One", True, "#1")


def test_deleting_takes_the_sub_tasks_along(start: Start) -> None:
    caller = start()
    parent, other = (task["id"] for task in caller.bulk("Move", "Other").json())
    child = caller.post("tasks", {"name": "Pack", "parent_task_id": parent}).json()["id"]
    answer = caller.ask("DELETE", "tasks/bulk", params={"ids": f"{parent},999"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert [task["id"] for task in caller.pages()] == [other]
    assert caller.get(f"tasks/{child}").status_code == 404
    assert caller.post("tasks", {"name": "A", "parent_task_id": parent}).status_code == 400
    assert caller.ask("DELETE", f"tasks/{other}").status_code == 204
    assert caller.ask("DELETE", "tasks/bulk").status_code == 400


def test_archived_tasks_leave_the_list(start: Start) -> None:
    caller = start()
    one, two = (task["id"] for task in caller.bulk("One", "Two").json())
    assert caller.post("tasks/bulk/archive", {"task_ids": [one]}).status_code == 204
    assert [task["id"] for task in caller.pages()] == [two]
    assert [task["id"] for task in caller.pages(("archived", "true"))] == [one]
    assert caller.get(f"tasks/{one}").json()["archived_at"]


def test_tags_repeat_in_no_case(start: Start) -> None:
    caller = start()
    taken = caller.box.store.table("tags")[0]["name"]
    before = len(caller.box.store.table("tags"))
    words = "Error:Field validation for 'Name' failed on the 'unique' tag"
    answer = caller.post("tags", {"name": taken.upper()})
    assert (answer.status_code, answer.json()["error_description"]) == (
        400,
        f"Key: 'TagPayload.Name' {words}",
    )
    alone = caller.post("tags/bulk", {"tags": [{"name": taken}]}).json()["error_description"]
    assert alone == f"Key: 'BulkCreatePayload.Tags[0].Name' {words}"
    assert caller.post("tags", {}).json()["error_description"].startswith("Key: 'TagPayload.Name'")
    assert (
        caller.post("tags/bulk", {"tags": [{"name": "new"}, {"name": f" {taken.title()} "}]}).status_code
        == 400
    )
    assert caller.post("tags/bulk", {"tags": [{"name": "new"}, {"name": "NEW"}]}).status_code == 400
    assert caller.post("tags/bulk", {"tags": []}).status_code == 400
    assert len(caller.box.store.table("tags")) == before
    assert caller.post("tags/bulk", {"tags": [{"name": "new"}, {"name": "newer"}]}).status_code == 201


def test_projects_and_clients_are_created(start: Start) -> None:
    caller = start()
    client = caller.post("clients", {"name": "Newcomer"}).json()
    project = caller.post("projects", {"name": "First", "client_id": client["id"], "active": True}).json()
    assert project["client"] == {"id": client["id"], "name": "Newcomer"}
    assert project["active"] is False  # seen, whatever was sent
    task = caller.post("tasks", {"name": "A", "project_id": project["id"]}).json()
    assert task["client"]["name"] == "Newcomer"
    assert caller.post("projects", {"name": "Second", "client_id": 99}).status_code == 400
    assert caller.post("projects", {}).status_code == 400
    assert caller.post("clients", {"name": ""}).status_code == 400


def test_a_null_is_called_null(start: Start) -> None:
    words = start().bulk("A", None).json()["error_description"]
    assert words == "json: cannot unmarshal null into Go struct field BulkCreatePayload.tasks of type object"


def test_the_largest_position_leaves_room_for_the_next_task(start: Start) -> None:
    caller = start()
    assert caller.post("tasks", {"name": "A", "position": 2**63 - 1}).status_code == 400
    assert caller.post("tasks", {"name": "B", "position": 2**31 - 1}).status_code == 201
    assert [task["position"] for task in caller.bulk("C", "D").json()] == [2**31 - 1] * 2
    with caller.box.store.writing() as connection:  # as earlier versions took it
        connection.execute("UPDATE tasks SET position = ?", (2**63 - 1,))
    assert caller.bulk("E").json()[0]["position"] == 2**31 - 1


def test_a_blank_rrule_is_none(start: Start) -> None:
    caller = start()
    task = caller.post("tasks", {"name": "A", "rrule": ""}).json()
    assert task["rrule"] is None
    assert caller.get("tasks", ("recurring", "true")).json()["total"] == 0
    for cleared in ("", None):
        assert caller.patch(task["id"], {"rrule": "FREQ=DAILY"}).status_code == 204
        assert caller.patch(task["id"], {"rrule": cleared}).status_code == 204
        assert caller.get(f"tasks/{task['id']}").json()["rrule"] is None


def test_a_blank_date_is_no_date(start: Start) -> None:
    caller = start()
    task = caller.post("tasks", {"name": "A", "start_date": DAY, "end_date": None}).json()
    assert caller.patch(task["id"], {"start_date": ""}).status_code == 400
    assert caller.patch(task["id"], {"start_date": None}).status_code == 204
    assert caller.get("tasks", ("has_dates", "true")).json()["total"] == 0
    assert caller.post("projects", {"name": "A", "start_date": ""}).status_code == 400


def test_a_task_can_not_come_below_itself(start: Start) -> None:
    caller = start()
    parent = caller.post("tasks", {"name": "A"}).json()["id"]
    child = caller.post("tasks", {"name": "B", "parent_task_id": parent}).json()["id"]
    for below in (parent, child):
        answer = caller.patch(parent, {"parent_task_id": below})
        assert answer.status_code == 400 and "'ParentTaskID' failed on the 'nefield'" in answer.text
    assert caller.patch(child, {"parent_task_id": None}).status_code == 204
    assert caller.patch(child, {"position": 0}).status_code == 400


def test_a_bulk_of_no_changes_is_refused(start: Start) -> None:
    caller = start()
    assert caller.raw("PATCH", "tasks/bulk", b"[]").status_code == 400
    assert caller.raw("PATCH", "tasks/bulk", b"[null]").status_code == 400


@pytest.mark.parametrize("bad", ["\u00b2", "--5", "9" * 23, "\u0663", "5 5"])
def test_ids_are_digits_of_a_number_that_fits(start: Start, bad: str) -> None:
    caller = start()
    answers = [
        caller.get("tasks/by-external-id", ("source", "jira"), ("ext_id", bad)),
        caller.ask("DELETE", "tasks/bulk", params={"ids": bad}),
        caller.get(f"tasks/{bad}"),
        caller.get("tasks", ("status_id", bad)),
        caller.get("tags", ("page", bad)),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]) == (400, "validation")
    assert caller.get(f"tasks/{'1' * 5000}").status_code == 400


def test_bodies_are_of_the_documented_type(start: Start) -> None:
    caller = start()
    body = b'{"name": "A"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = caller.ask("POST", "tasks", data=body, headers={"Content-Type": kind})
        assert (answer.status_code, "application/json" in answer.text) == (400, True)
        assert "X-Toggl-Quota-Remaining" in answer.headers
    kind = "Application/JSON; charset=utf-8"
    assert caller.ask("POST", "tasks", data=body, headers={"Content-Type": kind}).status_code == 201
    caller.box.set_faults({"settings": {"content_type_required": False}})
    assert caller.ask("POST", "tasks", data=body, headers={"Content-Type": "text/plain"}).status_code == 201


def test_a_packed_body_is_no_json(start: Start) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = start().ask("POST", "tasks", data=b"no gzip", headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_json")


def test_a_workspace_can_make_fields_compulsory(start: Start) -> None:
    caller = start(faults={"settings": {"required_fields": ["project", "tags"]}})
    listed = caller.get("task-constraints").json()
    assert listed == {"enabled": True, "required_fields": [{"kind": "project"}, {"kind": "tags"}]}
    alone = caller.post("tasks", {"name": "A", "project_id": 1})
    assert alone.status_code == 422 and alone.json()["error_values"] == {"fields": ["tags"]}
    good = {"name": "A", "project_id": 1, "tag_ids": [1]}
    bulk = caller.bulk(good, {"name": "B", "tag_ids": [1]})
    assert bulk.status_code == 422
    assert bulk.json()["error_values"] == {"failures": [{"task_index": 1, "fields": ["project"]}]}
    assert caller.bulk(good).status_code == 201
    caller.box.set_faults(None)
    assert caller.get("task-constraints").json() == {"enabled": False, "required_fields": []}
