"""GET: what is tried again, for how long, where redirects lead, and which error ends it."""

from collections.abc import Callable
from typing import Any

import pytest
from loopback import CUT, HANG, SECRET, Asked, Connect, FakeTime, Serve, reply

from importer import __version__
from importer.errors import BadRequest, NotAllowed, QuotaSpent, TasksheetError, Unreachable, WrongUse
from importer.focus.answers import Quota
from importer.settings import Login

GOOD = reply(200, {"data": [{"id": 1, "name": "one"}], "page": 1, "per_page": 100, "total": 1})
HTML = reply(200, b"<html>Welcome</html>")


def refused(status: int, **rest: Any) -> bytes:
    return reply(status, {"error": "x", "error_description": "the words", "trace_id": "abc"} | rest)


def test_a_reading_says_who_asks_and_what_for(serve: Serve, connect: Connect) -> None:
    server = serve(GOOD)
    page = connect(server.base_url).list_tasks(3, {"pinned": True, "project_id": [None]})
    assert (page.tasks, page.total, page.count) == ([{"id": 1, "name": "one"}], 1, 1)
    (asked,) = server.asked
    assert asked.path == "/api/organizations/1/workspaces/2/tasks"
    assert asked.query == [("pinned", "true"), ("project_id", ""), ("page", "3"), ("per_page", "100")]
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["user-agent"] == f"tasksheet/{__version__}"


def test_a_login_is_sent_as_basic_also_beyond_latin_letters(serve: Serve, connect: Connect) -> None:
    server = serve(GOOD)
    connect(server.base_url, Login("a@b.example", "pässwort✓")).settings()
    assert server.asked[0].headers["authorization"] == "Basic YUBiLmV4YW1wbGU6cMOkc3N3b3J04pyT"


def test_a_netrc_file_does_not_replace_the_key(
    serve: Serve, connect: Connect, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(GOOD)
    connect(server.base_url).settings()
    assert server.asked[0].headers["authorization"] == f"Bearer {SECRET}"


def test_more_than_a_hundred_a_page_is_never_asked_for(serve: Serve, connect: Connect) -> None:
    server = serve(GOOD)
    connect(server.base_url).list_tasks(1, {}, per_page=200)
    assert ("per_page", "100") in server.asked[0].query


@pytest.mark.parametrize(
    "stumble",
    [
        CUT,
        reply(200, b'{"data": [{"id": 1'),
        reply(200, b'{"data": []}', length=500),
        reply(200),
        reply(500, b"<html>oops</html>"),
        refused(502),
        reply(429, headers={"Retry-After": "0"}),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\n",
        b"what is this\r\n\r\n",
    ],
    ids=["cut", "half json", "short", "empty", "500", "502", "429", "half chunked", "no http"],
)
def test_a_stumbling_server_is_asked_again(
    serve: Serve, connect: Connect, time: FakeTime, stumble: bytes
) -> None:
    server = serve(stumble, stumble, GOOD)
    told: list[str] = []
    client = connect(server.base_url, watch=told.append)
    assert client.list_tasks(1, {}).total == 1
    assert len(server.asked) == client.requests == 3
    assert len(time.slept) == len(told) == 2


def test_pauses_grow_within_bounds_and_end(serve: Serve, connect: Connect, time: FakeTime) -> None:
    server = serve(refused(503))
    with pytest.raises(Unreachable, match=r"503 Service Unavailable: the words \(5 tries\)") as stopped:
        connect(server.base_url).list_tasks(1, {})
    assert len(server.asked) == 5
    for pause, most in zip(time.slept, (0.5, 1, 2, 4), strict=True):
        assert most / 2 <= pause <= most
    assert stopped.value.trace_id == "abc"
    assert stopped.value.message.endswith("Run the same command again later.")


def test_no_pause_is_longer_than_half_a_minute(serve: Serve, connect: Connect, time: FakeTime) -> None:
    with pytest.raises(Unreachable):
        connect(serve(refused(500)).base_url, retries=12).list_tasks(1, {})
    assert max(time.slept) <= 30


def test_retry_after_is_obeyed(serve: Serve, connect: Connect, time: FakeTime) -> None:
    server = serve(reply(429, headers={"Retry-After": "7"}), GOOD)
    connect(server.base_url).list_tasks(1, {})
    assert time.slept == [7]


def test_a_long_retry_after_is_left_to_the_caller(serve: Serve, connect: Connect, time: FakeTime) -> None:
    with pytest.raises(QuotaSpent, match="in 15 minutes") as stopped:
        connect(serve(reply(429, headers={"Retry-After": "900"})).base_url).list_tasks(1, {})
    assert stopped.value.resets_in == 900
    assert time.slept == []


def test_a_silent_server_is_given_up(serve: Serve, connect: Connect) -> None:
    client = connect(serve(HANG).base_url, timeout=(0.1, 0.1), retries=1)
    with pytest.raises(Unreachable, match=r"no answer within 0\.1 seconds \(2 tries\)"):
        client.list_tasks(1, {})
    assert client.requests == 2


def test_nobody_there_is_said_in_plain_words(connect: Connect, time: FakeTime) -> None:
    client = connect("http://127.0.0.1:1/api")
    with pytest.raises(Unreachable) as stopped:
        client.list_tasks(1, {})
    assert stopped.value.message == (
        "No answer from 127.0.0.1:1: the connection was refused (5 tries). Check the network and "
        "--base-url, then run the same command again."
    )
    assert client.requests == 0
    assert len(time.slept) == 4


@pytest.mark.parametrize("status", [400, 422, 414])
def test_a_refused_reading_carries_the_refusal(serve: Serve, connect: Connect, status: int) -> None:
    server = serve(refused(status))
    with pytest.raises(BadRequest, match="the words") as stopped:
        connect(server.base_url).list_tasks(1, {})
    assert (stopped.value.refusal.error, stopped.value.trace_id, stopped.value.status) == ("x", "abc", 2)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "make a new one in the profile settings and set TOGGL_API_KEY."),
        (402, "plan of this organization does not include it"),
        (403, "organization 1 and workspace 2 (--organization, --workspace"),
        (404, "organization 1 and workspace 2 (--organization, --workspace"),
        (405, "Check --base-url"),
    ],
)
def test_not_allowed_says_why_and_where_to_look(
    serve: Serve, connect: Connect, status: int, advice: str
) -> None:
    server = serve(refused(status))
    with pytest.raises(NotAllowed) as stopped:
        connect(server.base_url).list_tasks(1, {})
    assert f"answered {status}" in stopped.value.message
    assert "the words" in stopped.value.message
    assert advice in stopped.value.message
    assert (stopped.value.trace_id, stopped.value.answered, stopped.value.status) == ("abc", status, 4)
    assert len(server.asked) == 1


def test_a_refused_login_speaks_of_the_password(serve: Serve, connect: Connect) -> None:
    with pytest.raises(NotAllowed, match="Check TOGGL_EMAIL and TOGGL_PASSWORD"):
        connect(serve(refused(401)).base_url, Login("a@b.example", "password")).list_tasks(1, {})


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (HTML, r"gave no JSON\. "),
        (reply(200), r"gave nothing \(5 tries\)"),
        (reply(200, {"message": "hello"}), "gave no list"),
        (reply(200, "hello"), "gave no list"),
        (reply(304), "redirects to nowhere"),
        (reply(302, headers={"Location": "http://[broken"}), "redirects to nowhere"),
    ],
)
def test_an_address_without_a_focus_api_is_recognised(
    serve: Serve, connect: Connect, answer: bytes, why: str
) -> None:
    server = serve(answer)
    with pytest.raises(
        NotAllowed, match=rf"No Focus API answers at {server.base_url}: .*{why}.*--base-url\."
    ):
        connect(server.base_url).list_tasks(1, {})


def test_an_html_404_asks_for_the_address_too(serve: Serve, connect: Connect) -> None:
    with pytest.raises(NotAllowed, match="Check --base-url"):
        connect(serve(reply(404, b"<html>no</html>")).base_url).list_tasks(1, {})


def test_a_redirect_on_the_same_host_is_followed(serve: Serve, connect: Connect) -> None:
    def answer(asked: Asked) -> bytes:
        moved = asked.path.startswith("/api")
        return reply(307, headers={"Location": "/v2/tasks?page=1"}) if moved else GOOD

    server = serve(answer)
    client = connect(server.base_url)
    assert client.list_tasks(1, {}).total == 1
    assert [asked.path for asked in server.asked] == ["/api/organizations/1/workspaces/2/tasks", "/v2/tasks"]
    assert client.requests == 2


def test_a_redirect_to_another_host_is_not_followed(serve: Serve, connect: Connect) -> None:
    other = serve(GOOD)
    server = serve(reply(302, headers={"Location": f"{other.origin}/tasks?token=1"}))
    with pytest.raises(NotAllowed, match=r"it redirects to http://127\.0\.0\.1/\."):
        connect(server.base_url).list_tasks(1, {})
    assert other.asked == []


def test_redirects_in_circles_end(serve: Serve, connect: Connect) -> None:
    server = serve(reply(302, headers={"Location": "/api/again"}))
    with pytest.raises(NotAllowed, match="in circles"):
        connect(server.base_url).list_tasks(1, {})
    assert len(server.asked) == 6


SPENT = {"X-Toggl-Quota-Remaining": "0", "X-Toggl-Quota-Resets-In": "1200"}


@pytest.mark.parametrize(
    ("answer", "resets_in"),
    [
        (reply(402, {"error": "something"}, SPENT), 1200),
        (reply(402, {"error": "quota_exceeded"}), None),
        (reply(402, b"<html>", SPENT), 1200),
    ],
)
def test_a_spent_quota_is_told_apart_from_a_plan(
    serve: Serve, connect: Connect, time: FakeTime, answer: bytes, resets_in: float | None
) -> None:
    with pytest.raises(QuotaSpent, match="run the same command again") as stopped:
        connect(serve(answer).base_url).list_tasks(1, {})
    assert stopped.value.resets_in == resets_in
    assert time.slept == []


def test_waiting_for_the_quota_is_the_callers_choice(serve: Serve, connect: Connect) -> None:
    waited: list[float | None] = []
    server = serve(reply(402, {"error": "quota_exceeded"}, SPENT), GOOD)
    client = connect(server.base_url, wait=lambda spent: waited.append(spent.resets_in))
    assert client.list_tasks(1, {}).total == 1
    assert waited == [1200]


def test_the_last_known_quota_is_kept(serve: Serve, connect: Connect) -> None:
    left = {"X-Toggl-Quota-Remaining": "17", "X-Toggl-Quota-Resets-In": "60.5"}
    client = connect(serve(reply(200, [], left), reply(200, [])).base_url)
    assert client.quota == Quota()
    client.list_tasks(1, {})
    client.list_tasks(2, {})
    assert client.quota == Quota(17, 60.5)


FAILURES: list[Callable[[str], bytes]] = [
    lambda said: reply(401, {"error": "invalid_session", "error_description": f"bad {said}"}),
    lambda said: reply(400, {"error_description": f"bad {said}", "trace_id": said}),
    lambda said: reply(404, f"no {said}"),
    lambda said: reply(500, {"message": said}),
    lambda said: reply(302, headers={"Location": f"http://{said}:x@localhost/?key={said}"}),
]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("login", [False, True])
def test_no_error_repeats_a_secret(
    serve: Serve, connect: Connect, failure: Callable[[str], bytes], login: bool
) -> None:
    server = serve(lambda asked: failure(asked.headers["authorization"].split()[1]))
    credentials = {"credentials": Login("a@b.example", "correct horse")} if login else {}
    told: list[str] = []
    client = connect(server.base_url, watch=told.append, **credentials)
    with pytest.raises(TasksheetError) as stopped:
        client.list_tasks(1, {})
    sent = server.asked[0].headers["authorization"].split()[1]
    answer = client.post("/x", {})
    everything = f"{stopped.value!r} {stopped.value} {vars(stopped.value)} {client!r} {told} {answer!r}"
    for secret in (sent, SECRET, "correct horse"):
        assert secret not in everything
    assert stopped.value.__context__ is None
    assert repr(client.connection.credentials) in ("Key()", "Login()")


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert connect(serve(GOOD).base_url).list_tasks(1, {}).total == 1


def test_a_proxy_that_is_not_there_is_named_without_its_password(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hunter2hunter2@127.0.0.1:1")
    client = connect("https://focus.example/api", retries=0)
    with pytest.raises(Unreachable, match="the proxy named in the environment") as stopped:
        client.list_tasks(1, {})
    assert "hunter2" not in repr(stopped.value)
    assert client.requests == 0


def test_a_missing_file_of_certificates_is_wrong_use(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(WrongUse, match=r"REQUESTS_CA_BUNDLE names /nowhere/ca\.pem"):
        connect("https://focus.example/api")


def test_the_stream_may_be_an_array_or_a_line_a_task(serve: Serve, connect: Connect) -> None:
    answers = [b'[{"id": 1}, {"id": 2}]', b'{"id": 1}\n{"id": 2}\n', b'{"id": 1}\n', b"[]", b'{"data": null}']
    server = serve(*(reply(200, answer) for answer in answers))
    client = connect(server.base_url)
    assert [[t["id"] for t in client.stream_tasks({}).tasks] for _ in answers] == [
        [1, 2],
        [1, 2],
        [1],
        [],
        [],
    ]
    assert server.asked[0].path.endswith("/tasks/stream")


def test_a_cut_stream_is_no_stream(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, b'{"id": 1}\n{"id": 2, "na'))
    with pytest.raises(NotAllowed, match="no JSON"):
        connect(server.base_url).stream_tasks({})
    assert len(server.asked) == 5


def test_a_filter_that_the_stream_would_ignore_is_not_sent(serve: Serve, connect: Connect) -> None:
    with pytest.raises(ValueError, match="include_rates"):
        connect("http://127.0.0.1:1/api").stream_tasks({"include_rates": True})


def test_one_task_by_external_id(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, {"id": 5}), reply(200, {"data": {"id": 6}}), refused(404), refused(403))
    client = connect(server.base_url)
    assert client.task_by_external_id("jira", 7) == {"id": 5}
    assert client.task_by_external_id("jira", 7) == {"id": 6}
    assert client.task_by_external_id("jira", 7) is None
    with pytest.raises(NotAllowed):
        client.task_by_external_id("jira", 7)
    assert server.asked[0].query == [("source", "jira"), ("ext_id", "7")]


@pytest.mark.parametrize("status", [402, 403, 404])
def test_constraints_that_may_not_be_read_are_none(serve: Serve, connect: Connect, status: int) -> None:
    assert connect(serve(refused(status)).base_url).task_constraints() is None


def test_constraints_are_given_as_they_come(serve: Serve, connect: Connect) -> None:
    told = {"enabled": True, "required_fields": [{"kind": "project"}]}
    server = serve(reply(200, told))
    assert connect(server.base_url).task_constraints() == told
    assert server.asked[0].path == "/api/workspaces/2/task-constraints"
