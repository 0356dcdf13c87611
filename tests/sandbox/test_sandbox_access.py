"""Who is let in, and what a used-up quota answers."""

import base64
import time

import pytest
from sandbox_caller import Caller, Start


def basic(words: str) -> str:
    return "Basic " + base64.b64encode(words.encode()).decode()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer toggl_sk_anything", 200),
        ("bearer toggl_sk_anything", 200),
        (basic("anna@practice.example:secret:with:colons"), 200),
        ("Bearer toggl_sk_revoked", 401),
        ("Bearer 1971800d4d82861d8f2c1651fea4d212", 401),
        ("Bearer ", 401),
        (basic("anna:secret"), 401),
        (basic("1971800d4d82861d8f2c1651fea4d212:api_token"), 401),
        (basic("anna@practice.example"), 401),
        ("Basic ???", 401),
        ("Token abc", 401),
        ("", 401),
    ],
)
def test_a_key_or_a_login_is_asked_for(full: Caller, header: str, status: int) -> None:
    answer = full.ask("GET", "tasks", headers={"Authorization": header or None})
    assert answer.status_code == status
    assert int(answer.headers["X-Toggl-Quota-Remaining"]) >= 0
    if status == 401:
        assert answer.json()["error"] == "invalid_session"


def test_every_answer_tells_the_quota_and_a_spent_one_refuses(start: Start) -> None:
    caller = start(quota=3)
    left = [
        caller.get(short).headers["X-Toggl-Quota-Remaining"] for short in ("tasks", "tags", "tasks?page=x")
    ]
    assert left == ["2", "1", "0"]
    answer = caller.bulk("Too late")
    assert (answer.status_code, answer.json()["error"]) == (402, "quota_exceeded")
    assert answer.headers["X-Toggl-Quota-Remaining"] == "0"
    assert 0 < int(answer.headers["X-Toggl-Quota-Resets-In"]) <= 3600
    assert caller.box.store.tasks() == []


def test_the_quota_comes_back_with_the_next_window(start: Start) -> None:
    caller = start(faults={"settings": {"quota": 1, "quota_window": 0.4}})
    assert caller.get("tags").status_code == 200
    refused = caller.get("tags")
    assert (refused.status_code, refused.headers["X-Toggl-Quota-Resets-In"]) == (402, "1")
    time.sleep(0.5)
    assert caller.get("tags").status_code == 200


def test_a_new_plan_may_open_a_new_window(start: Start) -> None:
    caller = start(quota=1)
    assert [caller.get("tags").status_code for _ in range(2)] == [200, 402]
    caller.box.set_faults({"settings": {"quota": 2}})
    assert [caller.get("tags").status_code for _ in range(3)] == [200, 200, 402]
