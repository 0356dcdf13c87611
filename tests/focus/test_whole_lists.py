"""Reading everything: each task once, and a true word on what that proves."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Asked, Connect, Loopback, Serve, listed, reply

from importer.errors import BadRequest, Incomplete, NotAllowed
from importer.focus.client import Client
from importer.focus.pages import Reading, read_all
from importer.settings import Connection, Key


def tasks(*ids: int) -> list[dict[str, Any]]:
    return [{"id": one, "name": f"task {one}"} for one in ids]


def pages_of(everything: list[Any], total: int | None, size: int = 100) -> Callable[[Asked], bytes]:
    def answer(asked: Asked) -> bytes:
        return listed(everything[(asked.page - 1) * size : asked.page * size], total, asked.page)

    return answer


def read(client: Client, **filters: object) -> tuple[list[Any], Reading]:
    reading = Reading()
    found = [task for page in read_all(client, filters, reading) for task in page]
    return [task.get("id") for task in found], reading


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (99, 1), (100, 2), (250, 3)])
def test_every_task_is_read_and_counted(serve: Serve, connect: Connect, count: int, requests: int) -> None:
    server = serve(pages_of(tasks(*range(count)), count))
    ids, reading = read(connect(server.base_url))
    assert ids == list(range(count))
    assert (reading.certified, reading.notes, reading.distinct) == (True, [], count)
    assert len(server.asked) == reading.pages == requests
    assert reading.totals == [count] * requests


def test_a_stable_order_and_the_hidden_tasks_are_asked_for(serve: Serve, connect: Connect) -> None:
    server = serve(pages_of(tasks(1), 1))
    _, reading = read(connect(server.base_url), status_id=[7])
    query = dict(server.asked[0].query)
    assert query["order_by"] == "created_at,name,position"
    assert query["include_project_completed"] == query["include_drafts"] == "true"
    assert query["status_id"] == "7"
    assert reading.asked_for_too == ("include_project_completed", "include_drafts")


def test_the_caller_decides_where_the_caller_says_so(serve: Serve, connect: Connect) -> None:
    server = serve(pages_of(tasks(1), 1))
    _, reading = read(connect(server.base_url), order_by=["-name"], include_drafts=False)
    query = dict(server.asked[0].query)
    assert (query["order_by"], query["include_drafts"]) == ("-name", "false")
    assert reading.asked_for_too == ("include_project_completed",)


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize(
    ("unknown", "kept"),
    [
        (("include_drafts",), ("include_project_completed",)),
        (("include_drafts", "include_project_completed"), ()),
    ],
)
def test_hidden_tasks_that_are_refused_are_done_without_and_said(
    serve: Serve, connect: Connect, status: int, unknown: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    def answer(asked: Asked) -> bytes:
        refuse = any(name in unknown for name, _ in asked.query)
        return reply(status, {"error": "x"}) if refuse else listed(tasks(1), 1)

    ids, reading = read(connect(serve(answer).base_url))
    assert ids == [1]
    assert reading.asked_for_too == kept
    assert sorted(note.split()[0] for note in reading.notes) == sorted(unknown)


def test_what_is_refused_for_another_reason_is_an_error(serve: Serve, connect: Connect) -> None:
    server = serve(reply(400, {"error_description": "bad start_date"}))
    with pytest.raises(BadRequest, match="bad start_date"):
        read(connect(server.base_url), start_date="soon")
    with pytest.raises(NotAllowed):
        read(connect(serve(reply(401)).base_url))


def test_tasks_given_twice_are_taken_once(serve: Serve, connect: Connect) -> None:
    everything = tasks(*range(100), 99, 98, *range(100, 120))
    ids, reading = read(connect(serve(pages_of(everything, 120)).base_url))
    assert ids == list(range(120))
    assert reading.certified is True


def test_a_page_shorter_than_asked_for_is_not_the_end_while_tasks_are_missing(
    serve: Serve, connect: Connect
) -> None:
    ids, reading = read(connect(serve(pages_of(tasks(*range(130)), 130, size=50)).base_url))
    assert ids == list(range(130))
    assert reading.certified is True


def test_a_page_size_that_the_server_admits_is_a_full_page(serve: Serve, connect: Connect) -> None:
    everything = tasks(*range(70))

    def answer(asked: Asked) -> bytes:
        return reply(200, {"data": everything[(asked.page - 1) * 20 : asked.page * 20], "per_page": 20})

    ids, _ = read(connect(serve(answer).base_url))
    assert ids == list(range(70))


class Moving:
    """A list that loses its first task after the first page went out, once."""

    def __init__(self) -> None:
        self.tasks = tasks(*range(150))
        self.asked = 0

    def __call__(self, asked: Asked) -> bytes:
        self.asked += 1
        answer = pages_of(self.tasks, len(self.tasks))(asked)
        if self.asked == 1:
            del self.tasks[0]
        return answer


def test_a_list_that_moved_is_read_again_and_nothing_is_missing(serve: Serve, connect: Connect) -> None:
    ids, reading = read(connect(serve(Moving()).base_url))
    assert sorted(ids) == list(range(150))  # 100 had slipped onto the page that was read already
    assert reading.certified is True
    assert reading.pages == 4


def test_a_second_reading_may_replace_the_first(serve: Serve, connect: Connect) -> None:
    found: list[Any] = []
    reading = Reading()
    client = connect(serve(Moving()).base_url)
    for page in read_all(client, {}, reading, restart=found.clear):
        found += page
    assert [task["id"] for task in found] == list(range(1, 150))
    assert (reading.certified, reading.distinct) == (True, 149)


def test_a_total_at_odds_with_two_equal_readings_is_noted(serve: Serve, connect: Connect) -> None:
    ids, reading = read(connect(serve(pages_of(tasks(*range(110)), 115)).base_url))
    assert ids == list(range(110))
    assert reading.certified == "the server speaks of 115 tasks, two readings found the same 110"
    assert reading.notes == [reading.certified]


def test_two_readings_that_differ_are_no_list(serve: Serve, connect: Connect) -> None:
    first_pages: list[int] = []

    def answer(asked: Asked) -> bytes:
        if asked.page > 1:
            return listed([], 90)
        first_pages.append(asked.page)
        return listed(tasks(*range(len(first_pages) + 10)), 90)

    with pytest.raises(
        Incomplete, match=r"gave 12 of 90 tasks and changed while it was read; run the same command"
    ):
        read(connect(serve(answer).base_url))


def test_nothing_at_all_is_not_believed_where_the_server_speaks_of_tasks(
    serve: Serve, connect: Connect
) -> None:
    with pytest.raises(Incomplete, match="gave 0 of 40"):
        read(connect(serve(listed([], 40)).base_url))


def test_without_a_total_nothing_certifies_the_count(serve: Serve, connect: Connect) -> None:
    ids, reading = read(connect(serve(pages_of(tasks(*range(120)), None)).base_url))
    assert len(ids) == 120
    assert reading.certified == "nothing certified the count: the list gives no total"


@pytest.mark.parametrize("total", [None, 300])
def test_a_server_that_ignores_the_page_number_is_noticed(
    serve: Serve, connect: Connect, total: int | None
) -> None:
    server = serve(listed(tasks(*range(100)), total))
    with pytest.raises(Incomplete):
        read(connect(server.base_url))
    assert len(server.asked) <= 4


def test_a_list_that_comes_all_at_once_is_taken(serve: Serve, connect: Connect) -> None:
    ids, reading = read(connect(serve(reply(200, tasks(*range(150)))).base_url))
    assert len(ids) == 150
    assert isinstance(reading.certified, str)


def test_records_without_id_or_shape_do_not_stop_the_reading(serve: Serve, connect: Connect) -> None:
    everything = [*tasks(1, 2), {"name": "no id"}, {"id": [3]}, None, "text", 7]
    ids, reading = read(connect(serve(listed(everything, 4)).base_url))
    assert ids == [1, 2, None, [3]]
    assert reading.certified == "tasks without an id can't be told from their repeats"
    assert sorted(reading.notes) == [
        "records that are no tasks were left out",
        "tasks without an id were read; their repeats can't be told",
    ]


def test_progress_is_told_page_by_page(serve: Serve, connect: Connect) -> None:
    seen: list[tuple[int, int | None]] = []
    client = connect(serve(pages_of(tasks(*range(230)), 230)).base_url)
    for _ in read_all(client, {}, watch=lambda done, total: seen.append((done, total))):
        pass
    assert seen == [(100, 230), (200, 230), (230, 230)]


@given(st.lists(st.integers(1, 60), max_size=260), st.booleans())
def test_whatever_repeats_every_task_comes_once(ids: list[int], counted: bool) -> None:
    distinct = len(set(ids))
    with Loopback(pages_of(tasks(*ids), distinct if counted else None)) as server:
        connection = Connection(server.base_url, 1, 2, Key("k"))
        with Client(connection, retries=0, timeout=(5, 5)) as client:
            found, reading = read(client)
    assert len(found) == len(set(found)) == reading.distinct
    if counted and reading.certified is True:
        assert sorted(found) == sorted(set(ids))
