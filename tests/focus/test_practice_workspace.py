"""The client against the practice workspace, which behaves as the API is known to."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from loopback import FakeTime

from importer.errors import BadRequest, NotAllowed, QuotaSpent
from importer.focus.client import Client
from importer.focus.directory import PERSON_ID, Directory
from importer.focus.pages import Reading, read_all
from importer.focus.parameters import PARAMETERS, Kind
from importer.sandbox.server import Sandbox
from importer.settings import Connection, Key, Login

Practise = Callable[..., tuple[Client, Sandbox]]
PRACTICE_KEY = Key("toggl_sk_any")


@pytest.fixture
def practise(tmp_path: Path, time: FakeTime) -> Iterator[Practise]:
    with ExitStack() as stack:

        def start(
            credentials: Key | Login = PRACTICE_KEY, workspace: int = 1, **options: Any
        ) -> tuple[Client, Sandbox]:
            box = stack.enter_context(Sandbox(tmp_path / "s.sqlite", **options))
            connection = Connection(box.base_url, 1, workspace, credentials)
            client = Client(connection, timeout=(5, 5), clock=time.clock, sleep=time.sleep)
            return stack.enter_context(client), box

        yield start


def read(client: Client) -> tuple[list[Any], Reading]:
    reading = Reading()
    return [task for page in read_all(client, {}, reading) for task in page], reading


def test_the_whole_list_is_read_by_pages_and_by_stream(practise: Practise) -> None:
    client, _ = practise(tasks=230)
    found, reading = read(client)
    assert (len(found), reading.certified, reading.pages) == (reading.totals[-1], True, client.requests)
    hidden: dict[str, object] = dict.fromkeys(reading.asked_for_too, True)
    streamed = client.stream_tasks(hidden)
    assert {task["id"] for task in streamed.tasks} == reading.ids
    assert streamed.total is None


def test_rows_given_twice_and_left_out_are_made_good(practise: Practise) -> None:
    repeated, _ = practise(tasks=230, faults=[{"on": "GET tasks", "nth": 2, "do": "rows", "repeat": 3}])
    found, reading = read(repeated)
    assert len(found) == reading.distinct == reading.totals[-1]


def test_a_page_that_lost_rows_leads_to_a_second_reading(practise: Practise) -> None:
    client, _ = practise(tasks=130, faults=[{"on": "GET tasks", "nth": 1, "do": "rows", "skip": 3}])
    found, reading = read(client)
    assert reading.certified is True
    assert len(found) == reading.totals[-1]


def test_a_task_deleted_meanwhile_hides_no_other(practise: Practise) -> None:
    client, box = practise(tasks=0)
    client.create_tasks([{"name": f"task {number:03}"} for number in range(100)])
    client.create_tasks([{"name": f"task {number:03}"} for number in range(100, 150)])
    box.set_faults([{"on": "GET tasks", "nth": 2, "do": "meanwhile", "delete": ["task 003"]}])
    found, reading = read(client)
    assert {task["name"] for task in found} >= {f"task {n:03}" for n in range(150)} - {"task 003"}
    assert reading.certified is True


def test_a_total_left_out_certifies_nothing(practise: Practise) -> None:
    client, _ = practise(tasks=20, faults=[{"on": "GET tasks", "do": "total", "drop": True}])
    _, reading = read(client)
    assert isinstance(reading.certified, str)


def test_names_are_found_and_created(practise: Practise) -> None:
    client, _ = practise()
    directory = Directory(client)
    before = len(directory.tags)
    assert client.create_tag("brand new").status == 201
    assert client.create_client("New Client Ltd").status == 201
    assert client.create_project("New Project").status == 201
    directory.forget("tags")
    assert len(directory.tags) == before + 1
    assert "New Project" in {project["name"] for project in directory.projects}
    assert "New Client Ltd" in {client["name"] for client in directory.clients}
    assert directory.statuses
    assert all(isinstance(person[PERSON_ID], int) for person in directory.people)
    assert directory.notes == []


def test_settings_and_constraints_are_read(practise: Practise) -> None:
    client, _ = practise()
    assert client.settings()["date_format"] in ("US", "EU", "ISO")
    assert isinstance(client.task_constraints(), dict | None)


def test_a_cut_bulk_was_asked_once_and_may_be_there(practise: Practise) -> None:
    client, box = practise(faults=[{"on": "POST tasks/bulk", "nth": 1, "do": "cut", "written": "all"}])
    answer = client.create_tasks([{"name": "one"}, {"name": "two"}])
    assert (answer.status, answer.sent) == (None, True)
    assert {task["name"] for task in read(client)[0]} == {"one", "two"}
    assert client.requests == len(box.store.requests)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"do": "answer", "status": 500}, 500),
        ({"do": "html", "status": 502}, 502),
        ({"do": "quota_spent", "resets_in": 9}, 402),
        ({"do": "slow_down", "retry_after": 4}, 429),
        ({"do": "redirect"}, 302),
        ({"do": "cut", "sent": "half", "written": "all"}, None),
    ],
)
def test_every_ending_of_a_post_is_an_answer(
    practise: Practise, rule: dict[str, Any], expected: int | None
) -> None:
    client, box = practise(faults=[{"on": "POST tasks/bulk"} | rule])
    assert client.create_tasks([{"name": "one"}]).status == expected
    assert len(box.store.requests) == 1


def test_the_quota_is_known_and_its_end_is_told(practise: Practise) -> None:
    client, _ = practise(quota=2)
    client.list_tasks(1, {})
    assert client.quota.remaining == 1
    client.list_tasks(1, {})
    with pytest.raises(QuotaSpent) as stopped:
        client.list_tasks(1, {})
    assert stopped.value.resets_in is not None
    assert 0 < stopped.value.resets_in <= 3600


def test_a_revoked_key_a_login_and_a_foreign_workspace(practise: Practise) -> None:
    with pytest.raises(NotAllowed, match="new key revokes the old one"):
        practise(Key("toggl_sk_revoked"))[0].list_tasks(1, {})
    assert practise(Login("ann@example.com", "secret"))[0].list_tasks(1, {}).count == 0
    with pytest.raises(NotAllowed, match="organization 1 and workspace 99"):
        practise(workspace=99)[0].list_tasks(1, {})


EXAMPLES: dict[Kind, object] = {
    Kind.TEXT: "x",
    Kind.INTEGER: 1,
    Kind.BOOLEAN: True,
    Kind.DATE: "2026-02-01",
    Kind.INSTANT: "2026-02-01T00:00:00Z",
}


@pytest.mark.parametrize("name", [p.name for p in PARAMETERS if not p.paging])
def test_every_filter_is_accepted(practise: Practise, name: str) -> None:
    client, box = practise()
    parameter = next(p for p in PARAMETERS if p.name == name)
    value = parameter.choices[0] if parameter.choices else EXAMPLES[parameter.kind]
    client.list_tasks(1, {name: [value, value] if parameter.many else value})
    if parameter.empty:
        client.list_tasks(1, {name: None})
        client.list_tasks(1, {name: [None, 1]})
    if parameter.streamed:
        client.stream_tasks({name: value})
    assert {status for _, _, status in box.store.requests} == {200}


def test_a_refused_value_is_named_by_the_server(practise: Practise) -> None:
    client, _ = practise()
    with pytest.raises(BadRequest) as stopped:
        client.list_tasks(1, {"order_by": ["id"]})
    assert str(stopped.value.refusal)
