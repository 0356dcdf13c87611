"""Each fault of a plan is seen to happen, from outside and in what is stored."""

import json
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from sandbox_caller import Caller, Start

BULK = "POST tasks/bulk"
CUT = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def stored(caller: Caller) -> list[str]:
    return [task["name"] for task in caller.box.store.tasks() if not task["deleted_at"]]


def rule(do: str, **options: Any) -> dict[str, Any]:
    return {"on": BULK, "nth": 1, "do": do, **options}


# ── when ──


def test_a_rule_strikes_on_the_nth_request_and_so_many_times(start: Start) -> None:
    caller = start(faults=[{"on": "GET tags", "nth": 2, "times": 2, "do": "answer", "status": 500}])
    assert [caller.get("tags").status_code for _ in range(5)] == [200, 500, 500, 200, 200]
    caller.box.set_faults([{"on": "GET tags", "nth": 2, "do": "answer"}])
    assert [caller.get("tags").status_code for _ in range(4)] == [200, 500, 200, 200]
    caller.box.set_faults([{"on": "GET *", "do": "answer"}])
    assert [caller.get(short).status_code for short in ("tags", "tasks", "clients")] == [500] * 3
    assert caller.bulk("A").status_code == 201
    caller.box.set_faults(None)
    assert caller.get("tags").status_code == 200


def test_a_rule_may_ask_for_words_of_the_request(start: Start) -> None:
    rules = [
        {"on": "GET tasks", "if_query": "include_drafts=true", "do": "answer", "status": 400},
        {"on": BULK, "if_body": "poison", "do": "answer", "status": 422},
    ]
    caller = start(faults=rules)
    assert caller.get("tasks").status_code == 200
    assert caller.get("tasks", ("include_drafts", "true")).status_code == 400
    assert caller.bulk("Good").status_code == 201
    assert caller.bulk("Good", "poisoned").status_code == 422
    caller.box.set_faults([{"on": BULK, "if_body": 'Café"', "do": "answer", "status": 422}])
    for body in (b'{"tasks": [{"name": "Caf\\u00e9"}]}', '{"tasks": [{"name":"Café"}]}'.encode()):
        assert caller.raw("POST", "tasks/bulk", body).status_code == 422
    assert caller.bulk("Cafe").status_code == 201


def test_chance_is_drawn_by_the_plans_seed(start: Start) -> None:
    plan = {"seed": 7, "rules": [{"on": "GET tags", "probability": 0.5, "do": "answer"}]}
    caller = start(faults=plan)
    once = [caller.get("tags").status_code for _ in range(40)]
    caller.box.set_faults(plan)
    again = [caller.get("tags").status_code for _ in range(40)]
    assert once == again and 8 < once.count(500) < 32


# ── a batch that fails, and how much of it is written ──


@pytest.mark.parametrize(
    ("written", "kept"), [(0, []), (2, ["A", "B"]), ([0, 2], ["A", "C"]), ("all", ["A", "B", "C"])]
)
@pytest.mark.parametrize("status", [500, 503, 400, 204, 418])
def test_a_failure_before_in_the_middle_of_or_after_the_writing(
    start: Start, status: int, written: Any, kept: list[str]
) -> None:
    caller = start(faults=[rule("answer", status=status, written=written)])
    answer = caller.bulk("A", "B", "C")
    assert answer.status_code == status and bool(answer.content) is (status != 204)
    assert stored(caller) == kept
    assert caller.bulk("D").status_code == 201


def test_any_status_headers_and_body_can_be_answered(start: Start) -> None:
    body = {"error": "odd", "error_description": "Tasks[1] is odd"}
    caller = start(
        faults=[rule("answer", status=409, headers={"X-Odd": "1"}, body=body), rule("answer", body="plain")]
    )
    answer = caller.bulk("A")
    assert (answer.status_code, answer.headers["X-Odd"], answer.json()) == (409, "1", body)
    caller.box.set_faults([rule("answer", status=200, body="plain")])
    answer = caller.bulk("A")
    assert (answer.text, answer.headers["Content-Type"]) == ("plain", "text/plain; charset=utf-8")


def test_a_header_takes_the_place_of_the_usual_one_or_leaves_it_out(start: Start) -> None:
    headers = {"content-TYPE": "text/csv", "date": None, "X-Toggl-Quota-Remaining": None, "X-Odd": "1"}
    caller = start(faults=[rule("answer", status=200, headers=headers, body={})])
    raw = caller.bulk("A").raw.headers
    assert (raw.getlist("Content-Type"), raw["X-Odd"]) == (["text/csv"], "1")
    assert not {"Date", "X-Toggl-Quota-Remaining"} & set(raw)
    assert raw["X-Toggl-Quota-Resets-In"]
    caller.box.set_faults([rule("answer", status=200, headers={"Content-Type": None}, body={})])
    assert "Content-Type" not in caller.bulk("A").headers


def test_a_proxys_page_a_redirect_and_a_slow_down(start: Start) -> None:
    caller = start(faults=[rule("html", written="all")])
    answer = caller.bulk("A")
    assert answer.status_code == 502 and answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<html>") and stored(caller) == ["A"]
    assert not [name for name in answer.headers if name.startswith("X-Toggl")]
    caller.box.set_faults([rule("redirect", location="/elsewhere")])
    answer = caller.bulk("B")
    assert (answer.status_code, answer.headers["Location"], answer.content) == (302, "/elsewhere", b"")
    caller.box.set_faults([rule("slow_down", retry_after=7)])
    answer = caller.bulk("B")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert stored(caller) == ["A"]


def test_the_two_meanings_of_402(start: Start) -> None:
    caller = start(faults=[rule("quota_spent", resets_in=9)])
    answer = caller.bulk("A")
    assert (answer.status_code, answer.json()["error"]) == (402, "quota_exceeded")
    assert (answer.headers["X-Toggl-Quota-Remaining"], answer.headers["X-Toggl-Quota-Resets-In"]) == (
        "0",
        "9",
    )
    caller.box.set_faults([{"on": "GET task-constraints", "do": "no_plan"}])
    answer = caller.get("task-constraints")
    assert answer.status_code == 402 and answer.json()["error"] != "quota_exceeded"
    assert int(answer.headers["X-Toggl-Quota-Remaining"]) > 0


@pytest.mark.parametrize(("written", "kept"), [(1, ["A"]), ([1], ["B"]), ("all", ["A", "B"])])
@pytest.mark.parametrize("sent", [-1, 0, 20, "half"])
def test_a_connection_that_is_cut(start: Start, written: Any, kept: list[str], sent: Any) -> None:
    caller = start(faults=[rule("cut", written=written, sent=sent)])
    with pytest.raises(CUT):
        caller.bulk("A", "B")
    assert stored(caller) == kept
    assert caller.box.store.requests[-1] == ("POST", "/api/organizations/1/workspaces/1/tasks/bulk", 0)
    assert caller.bulk("C").status_code == 201


@pytest.mark.parametrize(("sent", "kept"), [(-1, []), (5, ["A", "B"]), ("half", ["A", "B"])])
def test_a_cut_that_sends_something_has_written(start: Start, sent: Any, kept: list[str]) -> None:
    caller = start(faults=[rule("cut", sent=sent)])
    with pytest.raises(CUT):
        caller.bulk("A", "B")
    assert stored(caller) == kept


@pytest.mark.parametrize(("written", "status"), [(0, 503), ([], 503), (1, 400), ([2], 400), ("all", 400)])
def test_a_request_is_looked_at_where_something_of_it_is_written(
    start: Start, written: Any, status: int
) -> None:
    caller = start(faults=[rule("answer", status=503, written=written)])
    assert caller.bulk("A", "").status_code == status
    caller.box.set_faults([rule("cut", written=written)])
    with pytest.raises(CUT):
        caller.bulk("A", "")
    assert stored(caller) == []


def test_a_list_that_breaks_off_in_its_body(start: Start) -> None:
    caller = start(tasks=50, faults=[{"on": "GET tasks/stream", "nth": 1, "do": "cut", "sent": "half"}])
    with pytest.raises(CUT):
        caller.get("tasks/stream")
    assert len(caller.get("tasks/stream").json()) > 30


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_takes_too_long(start: Start, after: bool) -> None:
    caller = start(faults=[rule("delay", seconds=0.6, after=after)])
    began = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        caller.session.post(caller.url("tasks/bulk"), json={"tasks": [{"name": "A"}]}, timeout=0.2)
    assert stored(caller) == (["A"] if after else [])
    while not stored(caller):
        assert time.monotonic() - began < 5
        time.sleep(0.05)


def test_a_cut_may_let_one_wait_too(start: Start) -> None:
    caller = start(faults=[rule("cut", written="all"), rule("delay", seconds=0.5, after=True)])
    began = time.monotonic()
    with pytest.raises(CUT):
        caller.bulk("A")
    assert time.monotonic() - began >= 0.5 and stored(caller) == ["A"]


# ── what a creation answers ──


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ("reversed", lambda body: [task["name"] for task in body] == ["B", "A"]),
        ("data", lambda body: [task["name"] for task in body["data"]] == ["A", "B"]),
        ("tasks", lambda body: [task["name"] for task in body["tasks"]] == ["A", "B"]),
        ("object", lambda body: body["data"]["name"] == "A"),
        ("ids", lambda body: body == [1, 2]),
        ("null", lambda body: body is None),
        ("shuffled", lambda body: [task["name"] for task in body] == ["B", "A"]),
        ("more", lambda body: [task["name"] for task in body] == ["Somebody else's", "A", "B"]),
        (["reversed", "data"], lambda body: [task["name"] for task in body["data"]] == ["B", "A"]),
        (["fewer", "ids", "tasks"], lambda body: body == {"tasks": [1]}),
        ("fewer", lambda body: [task["name"] for task in body] == ["A"]),
    ],
)
def test_the_answer_to_a_bulk_takes_another_shape(start: Start, shape: str, told: Any) -> None:
    caller = start(faults=[rule("reply", shape=shape)])
    answer = caller.bulk("A", "B")
    assert answer.status_code == 201 and told(answer.json())
    assert stored(caller) == ["A", "B"]


@pytest.mark.parametrize(("shape", "body"), [("empty", ""), ("message", "Task created successfully")])
def test_a_creation_answers_without_tasks(start: Start, shape: str, body: str) -> None:
    caller = start(faults=[{"on": "POST tasks*", "do": "reply", "shape": shape, "status": 200}])
    for answer in (caller.bulk("A", "B"), caller.post("tasks", {"name": "C"})):
        assert (answer.status_code, answer.text) == (200, body)
    assert stored(caller) == ["A", "B", "C"]


def test_a_batch_that_is_forgotten_or_written_twice(start: Start) -> None:
    caller = start(faults=[rule("forget"), {"on": BULK, "nth": 2, "do": "twice"}])
    assert [task["name"] for task in caller.bulk("A", "B").json()] == ["A", "B"]
    assert stored(caller) == []
    assert [task["name"] for task in caller.bulk("C", "D").json()] == ["C", "D"]
    assert [(task["id"], task["name"]) for task in caller.box.store.tasks()] == [
        (3, "C"),
        (4, "C"),
        (5, "D"),
        (6, "D"),
    ]


@pytest.mark.parametrize(
    ("where", "kept_is_changed", "echo_is_changed"),
    [("both", True, True), ("stored", True, False), ("echoed", False, True)],
)
def test_fields_are_changed_where_they_are_stored_echoed_or_both(
    start: Start, where: str, kept_is_changed: bool, echo_is_changed: bool
) -> None:
    sent = {"name": "  A long name ", "notes": "kept?", "priority": "high"}
    changed = {"name": "A LONG", "notes": None, "priority": "low"}
    change = {
        "strip": ["name"],
        "upper": ["name"],
        "trim": {"name": 6},
        "drop": ["notes"],
        "set": {"priority": "low"},
    }
    caller = start(faults=[rule("change", where=where, **change)])
    echo, kept = caller.bulk(sent).json()[0], caller.box.store.tasks()[0]
    assert {name: kept[name] for name in sent} == (changed if kept_is_changed else sent)
    assert {name: echo.get(name) for name in sent} == (changed if echo_is_changed else sent)
    assert ("notes" in echo) is (where != "echoed")


def test_a_server_may_normalise_what_it_is_sent(start: Start) -> None:
    change = {"nfc": ["name"], "collapse": ["name"], "strip": ["name"], "lower": ["notes"]}
    caller = start(faults=[rule("change", **change, instant=["start_date", "end_date"])])
    sent = {"name": " Cafe\u0301  \t menu ", "notes": "LOUD", "start_date": "2026-03-01"}
    told = {"name": "Café menu", "notes": "loud", "start_date": "2026-03-01T00:00:00Z", "end_date": None}
    echo = caller.bulk(sent).json()[0]
    assert {name: echo[name] for name in told} == told
    assert caller.get("tasks").json()["data"][0]["start_date"] == told["start_date"]


def test_ids_that_a_plan_puts_in_may_lead_nowhere(start: Start) -> None:
    odd = {"project_id": 999, "status_id": 999, "tag_ids": [1, 999], "parent_task_id": 999}
    caller = start(faults=[rule("change", set=odd)])
    task = caller.bulk("A").json()[0]
    assert {name: task[name] for name in odd} == odd
    assert (task["project"], task["status"], [tag["id"] for tag in task["tags"]]) == (None, None, [1])
    assert caller.get("tasks").json()["total"] == 1


def test_a_change_can_be_kept_to_some_rows(start: Start) -> None:
    caller = start(faults=[rule("change", upper=["name"], rows=[1])])
    caller.bulk("one", "two", "three")
    assert stored(caller) == ["one", "TWO", "three"]


def test_fields_of_what_is_read_are_dropped(start: Start) -> None:
    caller = start(
        tasks=5, faults=[{"on": "GET tasks", "do": "change", "drop": ["notes", "project"], "set": {"new": 1}}]
    )
    for task in caller.get("tasks").json()["data"]:
        assert not {"notes", "project"} & task.keys() and task["new"] == 1


# ── lists ──


def test_the_total_is_dropped_or_false(start: Start) -> None:
    caller = start(faults=[{"on": "GET tasks", "do": "total", "drop": True}])
    caller.bulk("A", "B", "C")
    assert "total" not in caller.get("tasks").json()
    caller.box.set_faults([{"on": "GET tasks", "do": "total", "add": -2}])
    assert caller.get("tasks").json()["total"] == 1
    caller.box.set_faults([{"on": "GET tasks", "do": "total", "value": 50}])
    assert caller.get("tasks").json()["total"] == 50


def test_an_order_or_a_filter_is_ignored(start: Start) -> None:
    caller = start(faults=[{"on": "GET tasks", "do": "ignore", "parameters": ["order_by", "tag_id"]}])
    caller.bulk("B", "A", {"name": "C", "tag_ids": [1]})
    found = caller.get("tasks", ("order_by", "name"), ("tag_id", 1)).json()["data"]
    assert [task["name"] for task in found] == ["B", "A", "C"]
    assert caller.get("tasks", ("order_by", "nonsense")).status_code == 200


def test_rows_are_missing_from_a_page_or_there_twice(start: Start) -> None:
    caller = start(faults=[{"on": "GET tasks", "do": "rows", "skip": 1}])
    caller.bulk("A", "B")
    assert [task["name"] for task in caller.get("tasks").json()["data"]] == ["B"]
    caller.box.set_faults([{"on": "GET tasks", "do": "rows", "repeat": 1}])
    assert [task["name"] for task in caller.get("tasks").json()["data"]] == ["A", "A", "B"]


def test_somebody_else_is_at_work_between_two_pages(start: Start) -> None:
    caller = start(
        faults=[{"on": "GET tasks", "nth": 2, "do": "meanwhile", "create": ["D"], "delete": ["A"]}]
    )
    caller.bulk("A", "B", "C")
    pages = [caller.get("tasks", ("per_page", 2), ("page", page)).json()["data"] for page in (1, 2)]
    assert [task["name"] for page in pages for task in page] == ["A", "B", "D"]


def test_somebody_else_makes_whole_tasks(start: Start) -> None:
    twin = {"name": "A", "project_id": 1, "start_date": "2026-03-01", "tag_ids": [2]}
    others = [twin | {"toggl_user_id": 7100014}, twin | {"parent_task_id": 1}]
    caller = start(faults=[{"on": "GET tasks", "nth": 1, "do": "meanwhile", "create": others}])
    caller.bulk(twin)
    tasks = caller.get("tasks").json()["data"]
    assert [task["toggl_user_id"] for task in tasks] == [7100001, 7100014, 7100001]
    assert [task["parent_task_id"] for task in tasks] == [None, None, 1]
    assert all(task[name] == value for task in tasks for name, value in twin.items())


def test_a_stream_of_lines_and_a_stream_refused(start: Start) -> None:
    caller = start(tasks=5, faults=[{"on": "GET tasks/stream", "nth": 1, "do": "ndjson"}])
    lines = caller.get("tasks/stream").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [
        task["id"] for task in caller.get("tasks/stream").json()
    ]
    refused = [
        {"on": f"GET {route}", "do": "answer", "status": 403}
        for route in ("tasks/stream", "users", "tasks/by*")
    ]
    caller.box.set_faults(refused)
    shorts = ("tasks/stream", "/organizations/1/users", "tasks/by-external-id?source=a&ext_id=1")
    assert [caller.get(short).status_code for short in shorts] == [403] * 3


# ── the whole workspace ──


def test_a_page_above_100_may_be_empty_instead_of_refused(start: Start) -> None:
    caller = start(tasks=5, faults={"settings": {"over_100": "empty"}})
    body = caller.get("tasks", ("per_page", 200)).json()
    assert body["data"] == [] and body["total"] > 0
    assert caller.get("tasks", ("per_page", 100)).json()["data"]


def test_a_smaller_batch_or_body_may_be_the_limit(start: Start) -> None:
    caller = start(faults={"settings": {"max_batch": 2}})
    assert "'max' tag" in caller.bulk("A", "B", "C").json()["error_description"]
    caller.box.set_faults({"settings": {"max_batch": 2, "max_batch_status": 413}})
    assert [caller.bulk(*names).status_code for names in ("ABC", "AB")] == [413, 201]
    caller.box.set_faults({"settings": {"max_body": 100}})
    assert [caller.bulk(name).status_code for name in ("A" * 100, "A")] == [413, 201]


def test_a_bulk_may_stop_at_its_first_bad_task_or_pass_it_over(start: Start) -> None:
    caller = start(faults={"settings": {"all_or_nothing": False}})
    assert caller.bulk("A", "B", "", "C").status_code == 400
    assert stored(caller) == ["A", "B"]
    caller.box.set_faults({"settings": {"all_or_nothing": False, "skip_bad": True}})
    answer = caller.bulk("D", "", "E")
    assert [task["name"] for task in answer.json()] == ["D", "E"]
    assert stored(caller) == ["A", "B", "D", "E"]


BAD: list[tuple[Any, int]] = [
    ({"name": "Bad", "project_id": 99}, 400),
    ({"name": "Bad", "estimated_mins": "long"}, 400),
    (None, 400),
    ({"name": "Bad", "description": ""}, 422),
    ({"name": "Bad", "description": "d", "integration_source": "jira", "integration_ext_id": 1}, 409),
]


@pytest.mark.parametrize(("bad", "status"), BAD)
def test_every_kind_of_bad_row_counts_alike(start: Start, bad: Any, status: int) -> None:
    settings = {"all_or_nothing": False, "unique_external_ids": True, "required_fields": ["description"]}
    caller = start()
    taken = {"name": "Z", "integration_source": "jira", "integration_ext_id": 1}
    assert caller.bulk(taken).status_code == 201
    rows = [{"name": "A", "description": "d"}, bad, {"name": "B", "description": "d"}]
    caller.box.set_faults({"settings": settings | {"all_or_nothing": True}})
    assert (caller.bulk(*rows).status_code, stored(caller)) == (status, ["Z"])
    caller.box.set_faults({"settings": settings})
    assert (caller.bulk(*rows).status_code, stored(caller)) == (status, ["Z", "A"])
    caller.box.set_faults({"settings": settings | {"skip_bad": True}})
    assert (caller.bulk(*rows).status_code, stored(caller)) == (201, ["Z", "A", "A", "B"])


def test_refusals_may_keep_the_row_to_themselves(start: Start) -> None:
    caller = start(faults={"settings": {"name_rows": False}})
    words = caller.bulk("A", "").json()["error_description"]
    assert (
        words
        == "Key: 'BulkCreatePayload.Name' Error:Field validation for 'Name' failed on the 'required' tag"
    )


def test_integration_ids_may_have_to_be_unique(start: Start) -> None:
    one = {"name": "A", "integration_source": "jira", "integration_ext_id": 1}
    caller = start()
    assert [caller.bulk(one).status_code for _ in range(2)] == [201, 201]
    caller.box.set_faults({"settings": {"unique_external_ids": True}})
    assert caller.bulk(one).status_code == caller.post("tasks", one).status_code == 409
    two = one | {"integration_ext_id": 2}
    assert [caller.bulk(two, two).status_code, caller.bulk(two).status_code] == [409, 201]


def test_the_clock_may_be_wrong_and_coarse(start: Start) -> None:
    caller = start(faults={"settings": {"clock_skew": -3600, "clock_step": 60}})
    answer = caller.bulk("A")
    made = datetime.fromisoformat(answer.json()[0]["created_at"])
    assert 3500 < (datetime.now(UTC) - made).total_seconds() < 3800
    assert (made.second, made.microsecond) == (0, 0)
    assert parsedate_to_datetime(answer.headers["Date"]) == made
