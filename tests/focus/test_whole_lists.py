"""Reading everything: each task once, and a true word on what that proves."""

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Asked, Connect, Loopback, Serve, listed, reply

from importer.errors import BadRequest, Incomplete, NotAllowed
from importer.focus.answers import Page, Quota
from importer.focus.client import Client
from importer.focus.pages import Reading, read_all
from importer.settings import Connection, Key

FIRST = datetime(2026, 3, 1, tzinfo=UTC)


def tasks(*ids: int) -> list[dict[str, Any]]:
    """One created a minute after the other."""
    return [
        {"id": one, "name": f"task {one}", "created_at": (FIRST + timedelta(minutes=one)).isoformat()}
        for one in ids
    ]


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
    assert sorted(ids) == list(range(count))
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
    assert sorted(ids) == list(range(130))
    assert reading.certified is True


def test_a_page_size_that_the_server_admits_is_a_full_page(serve: Serve, connect: Connect) -> None:
    everything = tasks(*range(70))

    def answer(asked: Asked) -> bytes:
        return reply(200, {"data": everything[(asked.page - 1) * 20 : asked.page * 20], "per_page": 20})

    ids, _ = read(connect(serve(answer).base_url))
    assert sorted(ids) == list(range(70))


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


def test_what_moved_onto_page_1_is_found_there(serve: Serve, connect: Connect) -> None:
    ids, reading = read(connect(serve(Moving()).base_url))
    assert sorted(ids) == list(range(150))  # 100 had slipped onto the page that was read already
    assert reading.certified is True
    assert reading.pages == 3  # page 1 once more


def test_a_total_at_odds_with_two_equal_readings_is_noted(serve: Serve, connect: Connect) -> None:
    ids, reading = read(connect(serve(pages_of(tasks(*range(110)), 115)).base_url))
    assert sorted(ids) == list(range(110))
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
        Incomplete, match=r"gave 19 of 90 tasks and changed while it was read; run the same command"
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
    everything = [*tasks(1, 2), {"name": "no id"}, {"id": [3]}, {"id": True}, None, "text", 7]
    ids, reading = read(connect(serve(listed(everything, 5)).base_url))
    assert ids == [1, 2, None, [3], True]
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
    assert seen == [(100, 230), (130, 230), (230, 230)]


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


@dataclass
class Busy:
    """A workspace without a wire: between any two requests others create and delete tasks.

    `total`: what the list says of itself. `order`: how it sorts, whatever is asked.
    """

    seed: int
    count: int
    change: float = 1.0
    total: Callable[[int], int | None] = lambda count: count
    order: Callable[[list[Any]], list[Any]] = lambda tasks: tasks
    kinds: tuple[str, ...] = ("create", "delete", "both", "both")
    filtered: bool = False  # tasks come into the list and leave it by being edited
    quota: Quota = field(default_factory=Quota)
    size: int = 100
    tells: bool = True  # how many stand on a full page
    at: bool = True  # the time of its answers
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.now = FIRST + timedelta(days=30)
        self.tasks = tasks(*range(self.count))
        self.gone: set[int] = set()
        self.lock = threading.Lock()

    def list_tasks(self, page: int, filters: object) -> Page:
        with self.lock:
            if self.asked and self.dice.random() < self.change:
                for _ in range(self.dice.choice((1, 1, 1, 2, 5, 120))):
                    self.somebody_works()
            self.asked.append(page)
            self.now += timedelta(seconds=1)
            shown = self.order(self.tasks)[(page - 1) * self.size : page * self.size]
            at = self.now.replace(microsecond=0) if self.at else None
            per_page = min(self.size, 100) if self.tells else None
            return Page(list(shown), self.total(len(self.tasks)), len(shown), per_page, at)

    def somebody_works(self) -> None:
        self.now += timedelta(milliseconds=10)
        if self.filtered and self.dice.random() < 0.7:
            self.count += 1
            edited = {"id": self.count, "name": "new", "updated_at": self.now.isoformat()}
            at = self.dice.randrange(len(self.tasks) + 1)
            born = self.tasks[max(0, at - 1)]["created_at"] if self.tasks else self.now.isoformat()
            self.tasks.insert(at, edited | {"created_at": born})
            return
        kind = self.dice.choice(self.kinds)
        if kind != "create" and self.tasks:
            self.gone.add(self.tasks.pop(self.dice.randrange(len(self.tasks)))["id"])
        if kind != "delete":
            born = {"id": self.count, "name": "new", "created_at": self.now.isoformat()}
            self.tasks.append(born)
            self.count += 1

    @property
    def stayed(self) -> set[int]:
        return {one["id"] for one in self.tasks if one["name"] != "new"}


def read_busy(busy: Busy, jobs: int = 1) -> tuple[list[int], Reading]:
    reading = Reading()
    found = [task["id"] for page in read_all(busy, {}, reading, jobs=jobs) for task in page]  # type: ignore[arg-type]
    return found, reading


TOTALS: dict[str, Callable[[int], int | None]] = {
    "right": lambda count: count,
    "missing": lambda count: None,
    "too small": lambda count: count - 37,
    "too large": lambda count: count + 250,
    "one": lambda count: 1,
}


@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize("total", TOTALS)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 1500), change=st.sampled_from([1.0, 0.3, 0.05]))
def test_what_stayed_is_there_once_however_much_is_created_and_deleted(
    jobs: int, total: str, seed: int, count: int, change: float
) -> None:
    busy = Busy(seed, count, change, TOTALS[total])
    try:
        found, reading = read_busy(busy, jobs)
    except Incomplete:
        assert total != "right"
        return
    assert len(found) == len(set(found))
    assert busy.stayed <= set(found)
    if total == "right":  # a task created and deleted again looks like one that came into the midst
        assert reading.certified is True or "came into the list" in str(reading.certified)


@given(seed=st.integers(0, 2**32), count=st.integers(0, 700), jobs=st.sampled_from([1, 4]))
def test_where_the_order_is_ignored_it_is_whole_or_not_there(seed: int, count: int, jobs: int) -> None:
    by_name = Busy(
        seed, count, 0.1, order=lambda tasks: sorted(tasks, key=lambda task: str(task["id"])[::-1])
    )
    try:
        found, _ = read_busy(by_name, jobs)
    except Incomplete:
        return
    assert len(found) == len(set(found))
    assert by_name.stayed <= set(found)


@pytest.mark.parametrize("jobs", [1, 4])
def test_tasks_that_come_into_a_filtered_list_by_being_edited_push_none_out(jobs: int) -> None:
    """The list is read again then, up to three times."""
    missing = 0
    for seed in range(150):
        busy = Busy(seed, 150 + 7 * seed, change=0.15, filtered=True)
        reading = Reading()
        try:
            pages = read_all(busy, {"status_id": [7]}, reading, jobs=jobs)  # type: ignore[arg-type]
            found = {task["id"] for page in pages for task in page}
        except Incomplete:
            continue
        missing += not busy.stayed <= found
    assert missing == 0


@dataclass
class Opened(Busy):
    """Old tasks come into the midst once, unedited: a project is opened again, a task unarchived; and
    perhaps leave again."""

    many: int = 1
    leave: bool = False

    def somebody_works(self) -> None:
        at = self.count // 10
        if len(self.asked) == 3:
            born = self.tasks[at]["created_at"]
            self.tasks[at:at] = [
                {"id": -n, "name": "old", "created_at": born} for n in range(1, self.many + 1)
            ]
        elif len(self.asked) == 6 and self.leave:
            del self.tasks[at : at + self.many]

    @property
    def stayed(self) -> set[int]:
        return {one["id"] for one in self.tasks if one["name"] != "old"}


@pytest.mark.parametrize("leave", [False, True])
@pytest.mark.parametrize("many", [1, 39, 250])
@pytest.mark.parametrize("jobs", [1, 4])
def test_what_comes_into_the_midst_unedited_pushes_none_out(jobs: int, many: int, leave: bool) -> None:
    for count in (900, 1_003, 2_100):
        opened = Opened(1, count, many=many, leave=leave)
        found, _ = read_busy(opened, jobs)
        assert opened.stayed <= set(found)
        assert len(found) == len(set(found))
        without_clock = Opened(1, count, many=many, leave=leave, at=False)
        assert without_clock.stayed <= set(read_busy(without_clock, jobs)[0])


@pytest.mark.parametrize("size", [20, 50, 500])
@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("total", ["right", "missing"])
@pytest.mark.parametrize("change", [0, 0.2])
def test_pages_of_another_size_than_asked_for_are_read_whole(
    size: int, tells: bool, total: str, change: float
) -> None:
    for seed in range(20):
        busy = Busy(seed, 1_400 - 13 * seed, change, TOTALS[total], kinds=("both",), size=size, tells=tells)
        try:
            found, reading = read_busy(busy)
        except Incomplete:
            assert change
            continue
        assert busy.stayed <= set(found)
        assert total == "missing" or reading.certified is True


def test_an_order_that_was_refused_is_not_asked_for_again(serve: Serve, connect: Connect) -> None:
    def answer(asked: Asked) -> bytes:
        if any(name == "order_by" for name, _ in asked.query):
            return reply(400, {"error_description": "order_by"})
        return listed(tasks(*range(100))[(asked.page - 1) * 100 : asked.page * 100], 130, asked.page)

    ids, reading = read(connect(serve(answer).base_url))
    assert sorted(ids) == list(range(100))
    assert reading.certified == "the server speaks of 130 tasks, two readings found the same 100"


def test_a_quiet_list_costs_a_request_a_page() -> None:
    for count, requests in ((100, 2), (101, 2), (200, 3), (250, 3), (20_003, 201)):
        for jobs in (1, 4):
            quiet = Busy(1, count, change=0)
            found, reading = read_busy(quiet, jobs)
            assert sorted(found) == list(range(count))
            assert (len(quiet.asked), reading.certified, reading.notes) == (requests, True, [])


@pytest.mark.parametrize("seed", range(3))
def test_20_003_tasks_that_change_all_the_time_are_read_whole(seed: int) -> None:
    for jobs, most in ((1, 202), (4, 202 + 210)):
        busy = Busy(seed, 20_003, kinds=("both", "both", "delete"))
        found, reading = read_busy(busy, jobs)
        assert busy.stayed <= set(found)
        assert len(found) == len(set(found))
        assert reading.certified is True
        assert len(busy.asked) <= most


def test_pages_are_not_read_ahead_where_the_quota_is_too_short() -> None:
    """Ahead costs a second reading when the list changes meanwhile, and gains nothing."""
    busy = Busy(5, 20_003, quota=Quota(remaining=30, resets_in=60))
    read_busy(busy, 4)
    assert busy.asked[2:200] == sorted(busy.asked[2:200], reverse=True)


def streamed(records: object, listed_too: list[Any], total: int) -> Callable[[Asked], bytes]:
    """A server whose quota is too short for pages, with this stream."""

    def answer(asked: Asked) -> bytes:
        if asked.path.endswith("/stream"):
            return reply(200, records if isinstance(records, bytes) else {"data": records})
        body = {
            "data": listed_too[(asked.page - 1) * 100 : asked.page * 100],
            "per_page": 100,
            "total": total,
        }
        left = {"X-Toggl-Quota-Remaining": "1"} if len(asked_for) == 0 else {}
        asked_for.append(asked)
        return reply(200, body, {"Date": formatdate(usegmt=True), **left})

    asked_for: list[Asked] = []
    return answer


@pytest.mark.parametrize(
    "stream",
    [
        [*tasks(*range(240)), *[None] * 10],
        tasks(*range(1000, 1250)),
        b"\n".join(json.dumps(one).encode() for one in [*tasks(*range(250)), {"error": "internal"}]),
        [],
    ],
    ids=["nulls", "others", "broken off", "empty"],
)
def test_a_stream_that_is_not_whole_gives_way_to_pages(serve: Serve, connect: Connect, stream: Any) -> None:
    server = serve(streamed(stream, tasks(*range(250)), 250))
    reading = Reading()
    found = [
        task["id"] for page in read_all(connect(server.base_url), {}, reading, way="auto") for task in page
    ]
    assert sorted(found) == list(range(250))
    assert reading.certified is True
    assert any(note.startswith("tasks/stream") for note in reading.notes)


def test_an_empty_stream_is_an_empty_list_and_one_that_breaks_off_is_none(
    serve: Serve, connect: Connect
) -> None:
    assert list(read_all(connect(serve(reply(200, b"null")).base_url), {}, way="stream")) == [[]]
    broken = b'{"id": 1, "name": "a"}\n{"error": "internal", "error_description": "it broke"}\n'
    with pytest.raises(Incomplete, match="it broke"):
        list(read_all(connect(serve(reply(200, broken)).base_url), {}, way="stream"))
