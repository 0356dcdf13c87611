"""Names of the workspace: all pages, in every envelope, looked up once, and never a reason to stop."""

from collections.abc import Callable
from typing import Any

import pytest
from loopback import Asked, Connect, Loopback, Serve, reply

from importer.errors import NotAllowed, Unreachable
from importer.focus.directory import PERSON_ID, Directory

MANY = [{"id": n, "name": f"name {n}"} for n in range(1, 231)]


def sliced(asked: Asked) -> list[Any]:
    return MANY[(asked.page - 1) * 100 : asked.page * 100]


@pytest.mark.parametrize("kind", ["clients", "statuses", "tags", "users", "projects"])
@pytest.mark.parametrize("envelope", ["total", "no total", "bare list"])
def test_all_pages_of_a_lookup_are_read(serve: Serve, connect: Connect, kind: str, envelope: str) -> None:
    def answer(asked: Asked) -> bytes:
        told: dict[str, Any] = {"data": sliced(asked), "page": asked.page, "per_page": 100}
        if envelope == "total":
            told["total"] = len(MANY)
        return reply(200, sliced(asked) if envelope == "bare list" else told)

    server = serve(answer)
    assert list(getattr(connect(server.base_url), kind)()) == MANY
    assert [asked.page for asked in server.asked] == [1, 2, 3]
    assert all(dict(asked.query)["per_page"] == "100" for asked in server.asked)


def test_a_list_that_comes_whole_is_not_read_for_ever(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, MANY))
    assert list(connect(server.base_url).users()) == MANY
    assert len(server.asked) == 2


def test_a_total_that_is_reached_spares_a_request(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, {"data": MANY[:100], "total": 100}))
    assert len(list(connect(server.base_url).tags())) == 100
    assert len(server.asked) == 1


def test_an_empty_list_may_be_null(serve: Serve, connect: Connect) -> None:
    assert list(connect(serve(reply(200, {"data": None})).base_url).tags()) == []


def test_each_kind_has_its_own_address(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, []))
    client = connect(server.base_url)
    for lookup in (client.projects, client.clients, client.statuses, client.tags, client.users):
        assert list(lookup()) == []
    assert [asked.path.removeprefix("/api") for asked in server.asked] == [
        "/organizations/1/workspaces/2/projects",
        "/workspaces/2/clients",
        "/workspaces/2/statuses",
        "/workspaces/2/tags",
        "/organizations/1/users",
    ]


def projects_server(serve: Serve, refused: set[tuple[str, str]], status: int = 400) -> Loopback:
    """Open project 1, archived 2, completed 3, draft 4; it refuses these pairs of the query."""

    def answer(asked: Asked) -> bytes:
        if refused & set(asked.query):
            return reply(status, {"error": "x", "error_description": "strconv.ParseBool"})
        query, ids = dict(asked.query), {1}
        if "archived" in query:
            ids = {2} if query["archived"] else ids | {2}
        if "completed" in query:
            ids = {3} if query["completed"] else ids | {3}
        if "include_drafts" in query:
            ids.add(4)
        return reply(200, {"data": [{"id": one} for one in sorted(ids)], "total": len(ids)})

    return serve(answer)


@pytest.mark.parametrize(
    ("refused", "ids", "requests"),
    [
        (set(), {1, 2, 3, 4}, 1),
        ({("include_drafts", "true")}, {1, 2, 3}, 2),
        ({("archived", "")}, {1, 2, 3}, 5),
        ({("archived", ""), ("archived", "true")}, {1, 3}, 5),
        ({("archived", ""), ("archived", "true"), ("completed", "true")}, {1}, 5),
    ],
)
@pytest.mark.parametrize("status", [400, 403])
def test_projects_out_of_sight_are_asked_for_as_far_as_allowed(
    serve: Serve, connect: Connect, refused: set[tuple[str, str]], ids: set[int], requests: int, status: int
) -> None:
    server = projects_server(serve, refused, status)
    assert {project["id"] for project in connect(server.base_url).projects()} == ids
    assert len(server.asked) == requests


def test_a_kind_is_looked_up_when_needed_and_once(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, [{"id": 1, "name": "red"}]))
    directory = Directory(connect(server.base_url))
    assert server.asked == []
    assert directory.tags == directory.tags == [{"id": 1, "name": "red"}]
    assert len(server.asked) == 1
    directory.forget("tags")
    assert directory.tags
    assert len(server.asked) == 2


def test_people_without_an_account_id_are_left_out(serve: Serve, connect: Connect) -> None:
    people = [
        {"id": 1, PERSON_ID: 11, "name": "Ann"},
        {"id": 2, "name": "invited"},
        {"id": 3, PERSON_ID: None},
    ]
    directory = Directory(connect(serve(reply(200, people)).base_url))
    assert [person[PERSON_ID] for person in directory.people] == [11]


@pytest.mark.parametrize("status", [402, 403, 404])
def test_a_refused_lookup_is_empty_and_noted(serve: Serve, connect: Connect, status: int) -> None:
    server = serve(reply(status, {"error": "x", "error_description": "not for you"}))
    directory = Directory(connect(server.base_url))
    assert directory.people == directory.people == []
    assert list(directory.refused) == ["people"]
    (note,) = directory.notes
    assert note.startswith("the list of people was refused: ")
    assert "not for you" in note
    assert len(server.asked) == 1


def test_a_refused_key_and_a_silent_server_still_stop(serve: Serve, connect: Connect) -> None:
    with pytest.raises(NotAllowed, match="TOGGL_API_KEY"):
        _ = Directory(connect(serve(reply(401)).base_url)).tags
    with pytest.raises(Unreachable):
        _ = Directory(connect("http://127.0.0.1:1/api", retries=0)).tags


SHOWN = [
    {
        "id": 71,
        "name": "Draft",
        "project": {"id": 1, "name": "Site", "client": {"id": 4, "name": "Acme"}},
        "client": {"id": 4, "name": "Acme"},
        "status": {"id": 2, "name": "Doing", "type": "in_progress", "emoji": "x"},
        "tags": [{"id": 8, "name": "web", "color": "#fff"}, {"id": 9, "name": "text"}],
        "assignee_user_ids": [3],
    },
    {"id": 72, "name": "Proof", "project": {"id": 1, "name": "Site"}, "status": None, "tags": None},
    {"id": 73, "name": "Print", "project": None, "tags": [{"id": 9, "name": "text"}]},
]


def refusing(serve: Serve, kinds: set[str], tasks: Callable[[Asked], bytes]) -> Loopback:
    """A workspace that refuses the look-ups of these kinds, and lists tasks as `tasks` does."""

    def answer(asked: Asked) -> bytes:
        last = asked.path.rpartition("/")[2]
        if last in kinds:
            return reply(403, {"error": "x", "error_description": "not for you"})
        return tasks(asked) if last in ("tasks", "stream") else reply(200, [])

    return serve(answer)


def test_names_that_tasks_show_take_the_place_of_refused_lists_at_one_reading(
    serve: Serve, connect: Connect
) -> None:
    kinds = {"projects", "clients", "statuses", "tags"}
    server = refusing(serve, kinds, lambda asked: reply(200, SHOWN))
    directory = Directory(connect(server.base_url))
    assert directory.projects == [{"id": 1, "name": "Site", "client": {"id": 4, "name": "Acme"}}]
    assert directory.clients == [{"id": 4, "name": "Acme"}]
    assert directory.statuses == [{"id": 2, "name": "Doing", "type": "in_progress"}]
    assert directory.tags == [{"id": 8, "name": "web"}, {"id": 9, "name": "text"}]
    [streamed] = [asked for asked in server.asked if asked.path.endswith("/tasks/stream")]
    assert dict(streamed.query) == {"include_project_completed": "true", "include_drafts": "true"}
    assert not [asked for asked in server.asked if asked.path.endswith("/tasks")]
    assert [note.split(" was")[0] for note in directory.notes] == [
        "the list of projects", "the list of clients", "the list of statuses", "the list of tags",
    ]  # fmt: skip
    assert directory.notes[3].endswith("The tags that the workspace's tasks show are taken instead.")


def test_where_the_stream_is_refused_too_the_pages_are_read(serve: Serve, connect: Connect) -> None:
    def tasks(asked: Asked) -> bytes:
        streamed = asked.path.endswith("stream")
        return reply(403, {"error": "x"}) if streamed else reply(200, {"data": SHOWN, "total": 3})

    directory = Directory(connect(refusing(serve, {"tags"}, tasks).base_url))
    assert [tag["name"] for tag in directory.tags] == ["web", "text"]


def test_without_tasks_to_read_a_refused_list_is_empty(serve: Serve, connect: Connect) -> None:
    directory = Directory(connect(refusing(serve, {"tags"}, lambda _: reply(403, {"error": "x"})).base_url))
    assert directory.tags == []
    assert list(directory.refused) == ["tags"]


def test_tasks_are_found_by_what_their_names_hold(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, {"data": SHOWN[:1], "total": 1}))
    assert [task["id"] for task in Directory(connect(server.base_url)).tasks_called("Draft")] == [71]
    assert dict(server.asked[0].query)["name"] == "Draft"
