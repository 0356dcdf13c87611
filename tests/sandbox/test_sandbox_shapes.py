"""Every answer has the shape of the newer description, and every field of the page."""

from typing import Any

import pytest
from sandbox_caller import Caller, Start
from sandbox_page import answer_shape, fields_at_every_level, fits, schema

WITHIN = "/organizations/{organization_id}/workspaces/{workspace_id}"
WORKSPACE = "/workspaces/{workspace_id}"
ERROR = {"$ref": "#/definitions/response.Error"}

pytestmark = pytest.mark.usefixtures("reference")


@pytest.mark.parametrize(
    ("short", "path"),
    [
        ("tasks?per_page=100&include_rates=true&include_assignees=true", f"{WITHIN}/tasks"),
        ("tasks?per_page=100&archived=true", f"{WITHIN}/tasks"),
        ("tasks/stream?include_drafts=true", f"{WITHIN}/tasks/stream"),
        ("tasks/7?include_assignees=true", f"{WITHIN}/tasks/{{task_id}}"),
        ("projects?include_rates=true&include_drafts=true&archived=&completed=", f"{WITHIN}/projects"),
        ("clients", f"{WORKSPACE}/clients"),
        ("tags", f"{WORKSPACE}/tags"),
        ("statuses?order_by=position", f"{WORKSPACE}/statuses"),
        ("/organizations/1/users", "/organizations/{organization_id}/users"),
        ("/users/me/settings", "/users/me/settings"),
    ],
)
def test_what_is_read_has_the_described_shape(full: Caller, short: str, path: str) -> None:
    answer = full.get(short)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    fits(answer.json(), answer_shape("GET", path, 200))


@pytest.mark.parametrize(
    ("short", "body", "path"),
    [
        ("tasks", {"name": "One"}, f"{WITHIN}/tasks"),
        ("tasks/bulk", {"tasks": [{"name": "One", "tag_ids": [1]}, {"name": "Two"}]}, f"{WITHIN}/tasks/bulk"),
        ("projects", {"name": "New", "client_id": 1, "tag_ids": [2]}, f"{WITHIN}/projects"),
        ("clients", {"name": "Newcomer"}, f"{WORKSPACE}/clients"),
        ("tags", {"name": "fresh", "color": "#112233"}, f"{WORKSPACE}/tags"),
        ("tags/bulk", {"tags": [{"name": "a"}, {"name": "b"}]}, f"{WORKSPACE}/tags/bulk"),
    ],
)
def test_what_is_created_has_the_described_shape(start: Start, short: str, body: Any, path: str) -> None:
    answer = start().post(short, body)
    assert answer.status_code == 201
    fits(answer.json(), answer_shape("POST", path, 201))


def test_what_is_found_by_integration_id_has_the_described_shape(start: Start) -> None:
    caller = start()
    caller.post("tasks", {"name": "One", "integration_source": "jira", "integration_ext_id": 7})
    answer = caller.get("tasks/by-external-id", ("source", "jira"), ("ext_id", 7))
    fits(answer.json(), answer_shape("GET", f"{WITHIN}/tasks/by-external-id", 200))


@pytest.mark.parametrize(
    ("method", "short", "status"),
    [
        ("GET", "tasks?per_page=101", 400),
        ("GET", "tasks/abc", 400),
        ("GET", "tasks/99999", 404),
        ("POST", "tasks", 400),
        ("GET", "/organizations/2/workspaces/1/tasks", 403),
        ("GET", "/organizations/1/workspaces/2/tasks", 403),
        ("GET", "/workspaces/2/tags", 403),
        ("GET", "/organizations/2/users", 403),
        ("GET", "/organizations/1/workspaces/1/clients", 404),
        ("GET", "/organizations/1/workspaces/1/statuses", 404),
        ("GET", "/workspaces/1/tasks", 404),
        ("GET", "/nothing", 404),
        ("PATCH", "tags", 405),
    ],
)
def test_refusals_have_the_error_body(full: Caller, method: str, short: str, status: int) -> None:
    answer = full.ask(method, short)
    assert answer.status_code == status
    fits(answer.json(), ERROR)
    assert len(answer.json()["trace_id"]) == 32
    assert "X-Toggl-Quota-Remaining" in answer.headers


def test_the_list_has_every_field_of_the_page_at_every_level(full: Caller) -> None:
    levels = fields_at_every_level()
    assert {place: len(fields) for place, fields in levels.items() if not place.endswith("date")} == {
        "": 49,
        "client": 2,
        "metadata": 7,
        "project": 6,
        "project.rate": 12,
        "status": 4,
        "tags": 3,
        "parent": 38,
        "parent.client": 2,
        "parent.metadata": 7,
        "parent.project": 6,
        "parent.project.rate": 12,
        "parent.status": 4,
        "parent.tags": 3,
    }
    asked = [("include_rates", "true"), ("include_ghost_assignees", "true"), ("include_drafts", "true")]
    tasks = full.pages(*asked)
    for place, fields in levels.items():
        objects: list[Any] = tasks
        for step in place.split(".") if place else []:
            nested = [one[step] for one in objects if one[step]]
            objects = [each for one in nested for each in (one if isinstance(one, list) else [one])]
        if not place.endswith("date"):
            # No parent came from a calendar by chance of the seed: nothing to look at there.
            assert objects or place == "parent.metadata", place
            for one in objects:
                assert not fields - one.keys(), place


def test_only_tasks_projects_and_tags_are_counted(full: Caller) -> None:
    assert all("total" in full.get(short).json() for short in ("tasks", "projects", "tags"))
    assert not any("total" in full.get(short).json() for short in ("clients", "statuses"))
    assert isinstance(full.get("/organizations/1/users").json(), list)


def test_a_parent_shows_what_became_of_its_sub_tasks(start: Start) -> None:
    caller = start()
    parent = caller.post("tasks", {"name": "Move", "project_id": 1, "tag_ids": [1, 2]}).json()["id"]
    sub = {"name": "Pack", "parent_task_id": parent}
    caller.bulk(sub, sub | {"status_id": 5}, sub)
    first, *rest = caller.get("tasks").json()["data"]
    assert (first["sub_task_total_count"], first["sub_task_done_count"], first["parent"]) == (3, 1, None)
    for child in rest:
        assert child["parent_task_name"] == "Move" and child["project"] is None
        assert child["parent"]["id"] == parent and child["parent"]["project"]["id"] == 1
        assert [tag["id"] for tag in child["parent"]["tags"]] == [1, 2]


def test_a_created_task_has_neither_counts_nor_a_parent_object(start: Start) -> None:
    caller = start()
    parent = caller.post("tasks", {"name": "Move"}).json()
    child = caller.post("tasks", {"name": "Pack", "parent_task_id": parent["id"]}).json()
    assert not {"parent", "sub_task_total_count", "total_tracked_time", "time_entries"} & child.keys()
    assert child["parent_task_name"] == "Move"


def test_times_add_up_in_seconds(full: Caller) -> None:
    stored = {task["id"]: task for task in full.box.store.tasks()}
    for task in full.pages():
        blocks, entries = stored[task["id"]]["time_blocks"], stored[task["id"]]["time_entries"]
        assert task["time_block_total_count"] == len(blocks)
        assert task["total_blocked_time"] == sum(block["seconds"] for block in blocks)
        assert task["total_scheduled_blocked_time"] == sum(b["seconds"] for b in blocks if b["start"])
        assert task["time_entry_total_count"] == len(entries)
        assert task["total_tracked_time"] == sum(entry["seconds"] for entry in entries)


def test_look_ups_can_be_asked_by_name_and_paged(full: Caller) -> None:
    names = [
        tag["name"]
        for tag in full.get("tags", ("order_by", "name"), ("per_page", 5), ("page", 2)).json()["data"]
    ]
    assert names == sorted(row["name"] for row in full.box.store.table("tags"))[5:10]
    assert [one["name"] for one in full.get("statuses", ("type", "done")).json()["data"]] == ["Done"]
    assert [one["name"] for one in full.get("statuses", ("name", "prog")).json()["data"]] == ["In Progress"]
    assert [one["id"] for one in full.get("tags", ("tag_id", "2,3")).json()["data"]] == [2, 3]
    people = full.get("/organizations/1/users", ("user_account_ids", "7100014,7100027")).json()
    assert [one["id"] for one in people] == [502, 503]


@pytest.mark.parametrize("short", ["projects", "clients", "tags", "statuses"])
def test_look_ups_take_their_documented_orders_and_no_others(full: Caller, short: str) -> None:
    path = f"{WITHIN if short == 'projects' else WORKSPACE}/{short}"
    parameters = schema()["paths"][path]["get"]["parameters"]
    (orders,) = (one["items"]["enum"] for one in parameters if one["name"] == "order_by")
    for order in orders:
        rows = full.get(short, ("order_by", order)).json()["data"]
        keys = [row.get(order.removeprefix("-")) for row in rows]
        if all(isinstance(key, str) for key in keys):
            keys = [key.casefold() for key in keys]
            assert keys == sorted(keys, reverse=order.startswith("-")), order
    assert full.get(short, ("order_by", "id")).status_code == 400


def test_projects_that_are_over_are_shown_when_asked_for(full: Caller) -> None:
    def names(*pairs: tuple[str, str]) -> list[str]:
        return [one["name"] for one in full.get("projects", *pairs).json()["data"]]

    rows = full.box.store.table("projects")
    assert names() == [r["name"] for r in rows if not (r["completed_at"] or r["archived_at"] or r["draft"])]
    assert names(("archived", "true")) == [r["name"] for r in rows if r["archived_at"]]
    assert names(("completed", "true")) == [r["name"] for r in rows if r["completed_at"]]
    assert len(names(("archived", ""), ("completed", ""), ("include_drafts", "true"))) == len(rows) == 12
    assert len(names(("client_id", "1,2"))) == sum(r["client_id"] in (1, 2) for r in rows)
