"""Commits that show up late, and faults of what is created besides tasks."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
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


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_batch_that_is_written_late(start: Start) -> None:
    caller = start(faults=[rule("late", seconds=0.3)])
    assert caller.bulk("A", "B").status_code == 504
    assert stored(caller) == [] and caller.get("tasks").json()["total"] == 0
    time.sleep(0.5)
    assert stored(caller) == ["A", "B"]


def test_what_was_to_be_written_late_is_written_when_the_server_stops(start: Start) -> None:
    caller = start(faults=[rule("late", seconds=60)])
    assert caller.bulk("A").status_code == 504
    caller.box.stop()
    assert stored(caller) == ["A"]


def test_some_of_a_late_batch_may_be_there_at_once(start: Start) -> None:
    for written, at_once in ((1, ["A"]), ([2], ["C"]), ("all", ["A", "B", "C"])):
        caller = start(f"{written}.sqlite", faults=[rule("late", seconds=0.3, written=written)])
        assert caller.bulk("A", "B", {"name": "C", "tag_ids": [1, 2]}).status_code == 504
        assert stored(caller) == at_once
        until(lambda caller=caller: stored(caller) == ["A", "B", "C"])
        assert caller.box.store.tasks()[2]["tag_ids"] == [1, 2]


def test_a_late_batch_may_be_answered_as_if_it_were_there(start: Start) -> None:
    caller = start(faults=[rule("late", status=201, seconds=0.3)])
    told = caller.bulk("A", "B").json()
    assert [task["name"] for task in told] == ["A", "B"] and stored(caller) == []
    assert caller.bulk("C").json()[0]["id"] > told[1]["id"]
    until(lambda: len(stored(caller)) == 3)
    assert [task["id"] for task in told] == [task["id"] for task in caller.box.store.tasks()[:2]]


def test_a_late_batch_may_be_cut_off(start: Start) -> None:
    caller = start(faults=[rule("late", seconds=0.3, cut=True)])
    with pytest.raises(CUT):
        caller.bulk("A")
    assert stored(caller) == []
    until(lambda: stored(caller) == ["A"])


@pytest.mark.parametrize(("stamped", "late"), [("request", False), ("commit", True)])
def test_a_late_batch_bears_the_time_of_its_request_or_of_its_commit(
    start: Start, stamped: str, late: bool
) -> None:
    caller = start(faults=[rule("late", seconds=0.5, stamped=stamped)])
    assert caller.bulk("A").status_code == 504
    meanwhile = datetime.fromisoformat(caller.bulk("B").json()[0]["created_at"])
    until(lambda: len(stored(caller)) == 2)
    (task,) = [task for task in caller.get("tasks").json()["data"] if task["name"] == "A"]
    made = datetime.fromisoformat(task["created_at"])
    assert (made > meanwhile + timedelta(seconds=0.2)) is late
    assert task["updated_at"] == task["status_updated_at"] == task["created_at"]


def test_what_is_refused_comes_not_late(start: Start) -> None:
    caller = start(faults=[rule("late", seconds=0.1)])
    assert caller.bulk("A", "").status_code == 400
    caller.box.stop()
    assert stored(caller) == []


# ── what is created besides tasks ──

OTHERS = ["tags", "clients", "projects"]


def names(caller: Caller, table: str) -> list[str]:
    return [row["name"] for row in caller.box.store.table(table)]


@pytest.mark.parametrize("table", OTHERS)
def test_what_a_plan_does_to_tasks_it_does_to_the_others(start: Start, table: str) -> None:
    caller = start()
    before = names(caller, table)
    body = {"name": "Brand new"}

    def asked(**rule: Any) -> requests.Response:
        caller.box.set_faults([{"on": f"POST {table}"} | rule])
        return caller.post(table, body)

    assert asked(do="forget").json()["name"] == "Brand new"
    assert asked(do="answer", written=0).status_code == 500
    assert names(caller, table) == before
    assert asked(do="late", seconds=0.2).status_code == 504
    assert names(caller, table) == before
    until(lambda: names(caller, table) == [*before, "Brand new"])
    body["name"] = "Newer"
    assert asked(do="answer", written="all").status_code == 500
    body["name"] = "Another"
    assert asked(do="reply", shape="data").json()["data"][0]["name"] == "Another"
    body["name"] = "loud"
    assert asked(do="change", upper=["name"]).json()["name"] == "LOUD"
    assert names(caller, table)[-3:] == ["Newer", "Another", "LOUD"]
    body["name"] = "Pair"
    caller.box.set_faults([{"on": "POST *", "do": "twice"}])
    assert caller.post(table, body).status_code == 201
    assert names(caller, table).count("Pair") == (1 if table == "tags" else 2)
    caller.box.set_faults([{"on": f"GET {table}", "do": "change", "drop": ["created_at"]}])
    assert all("created_at" not in one for one in caller.get(table).json()["data"])


def test_a_bulk_of_tags_may_be_written_in_part(start: Start) -> None:
    caller = start(faults=[{"on": "POST tags/bulk", "nth": 1, "do": "answer", "written": [1]}])
    assert caller.post("tags/bulk", {"tags": [{"name": "one"}, {"name": "two"}]}).status_code == 500
    assert names(caller, "tags")[-1] == "two" and "one" not in names(caller, "tags")
    caller.box.set_faults([{"on": "POST tags/bulk", "do": "change", "trim": {"name": 2}}])
    assert caller.post("tags/bulk", {"tags": [{"name": "same 1"}, {"name": "same 2"}]}).status_code == 400


def test_a_late_name_that_was_taken_meanwhile_stays_away(start: Start) -> None:
    caller = start(faults=[{"on": "POST tags", "nth": 1, "do": "late", "seconds": 0.3}])
    assert caller.post("tags", {"name": "mine"}).status_code == 504
    assert caller.post("tags", {"name": "mine"}).status_code == 201
    caller.box.stop()
    assert names(caller, "tags").count("mine") == 1
