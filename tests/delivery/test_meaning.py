"""The contract's table of answers, line by line."""

from typing import Any

import pytest

from importer.delivery.meaning import Created, NeverSent, NotNow, Refused, Stop, Unclear, field_named, meaning
from importer.delivery.pairing import Landed
from importer.focus.answers import Answer, Quota, Refusal

SENT = [{"name": "A", "project_id": 1}, {"name": "B"}, {"name": "A", "project_id": 2}]
TASKS: list[dict[str, Any]] = [
    {"id": 11, "name": "A", "project_id": 1},
    {"id": 12, "name": "B", "project_id": None},
    {"id": 13, "name": "A", "project_id": 2},
]
ALL = Created((Landed(0, 11), Landed(1, 12), Landed(2, 13)))
NAMELESS = Created((Landed(0), Landed(1), Landed(2)))
QUOTA_SPENT = {"error": "quota_exceeded", "error_description": "spent"}
PLAN = {"error": "payment_required", "error_description": "not on your plan"}


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("body", [TASKS, TASKS[::-1], {"data": TASKS}, {"tasks": TASKS}])
def test_the_tasks_sent_are_created_in_whatever_order_and_envelope(status: int, body: object) -> None:
    assert meaning(Answer(status, body), SENT) == ALL


def test_one_task_alone_may_come_bare_or_enveloped() -> None:
    for body in (TASKS[1], {"data": TASKS[1]}, [TASKS[1]]):
        assert meaning(Answer(201, body), SENT[1:2]) == Created((Landed(0, 12),))


def test_fewer_tasks_leave_the_other_rows_open() -> None:
    assert meaning(Answer(201, TASKS[:2]), SENT) == Created((Landed(0, 11), Landed(1, 12)), (2,))


@pytest.mark.parametrize("body", [[], {"data": []}])
def test_a_201_with_an_empty_list_leaves_every_row_open(body: object) -> None:
    assert meaning(Answer(201, body), SENT) == Created((), (0, 1, 2))


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"message": "created"},
        "ok",
        [4, 5, 6],
        {"ids": [4, 5, 6]},
        [{"id": 4}, {"id": 5}, {"id": 6}],
    ],
)
def test_a_201_that_shows_no_task_created_all_and_tells_no_id(body: object) -> None:
    assert meaning(Answer(201, body), SENT) == NAMELESS


@pytest.mark.parametrize(
    "body",
    [
        [4, 5],
        [4, 4, 4],
        {"ids": [4]},
        {"data": {"ids": [4]}},
        {"error": "oops"},
        {"errors": ["oops"]},
        {"created": 1, "failed": 2},
        {"success": False},
        [{"id": 9, "name": "stranger"}],
    ],
)
def test_a_201_at_odds_with_what_was_sent_is_unclear(body: object) -> None:
    assert isinstance(meaning(Answer(201, body), SENT), Unclear)


def test_a_200_without_tasks_is_unclear() -> None:
    assert isinstance(meaning(Answer(200, None), SENT), Unclear)


def test_what_the_server_changed_is_named_and_created_all_the_same() -> None:
    sent = [
        {
            "name": " A ",
            "estimated_mins": 90,
            "start_date": "2026-01-02",
            "tag_ids": [2, 1],
            "billable": False,
        }
    ]
    task = {
        "id": 5,
        "name": "A",
        "estimated_mins": 60,
        "start_date": "2026-01-02T00:00:00Z",
        "tag_ids": [1, 2],
    }
    assert meaning(Answer(201, [task]), sent) == Created((Landed(0, 5, (("estimated_mins", 60),)),))


def test_a_changed_name_is_paired_with_what_is_left_over_when_as_many_came() -> None:
    tasks = [{"id": 1, "name": "B"}, {"id": 2, "name": "a!"}]
    assert meaning(Answer(201, tasks), [{"name": "A?"}, {"name": "B"}]) == Created(
        (Landed(0, 2, (("name", "a!"),)), Landed(1, 1))
    )


def test_twins_are_paired_one_to_one() -> None:
    tasks = [{"id": 1, "name": "A", "notes": "y"}, {"id": 2, "name": "A", "notes": "x"}]
    sent = [{"name": "A", "notes": "x"}, {"name": "A", "notes": "y"}]
    assert meaning(Answer(201, tasks), sent) == Created((Landed(0, 2), Landed(1, 1)))


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_a_refusal_refuses_all(status: int) -> None:
    said = meaning(Answer(status, {"error": "validation", "error_description": "no"}), SENT)
    assert isinstance(said, Refused)
    assert (said.status, str(said.refusal), said.index) == (status, "no", None)


def test_a_refusal_may_name_the_row() -> None:
    text = "Key: 'BulkCreatePayload.Tasks[2].Name' Error:Field validation for 'Name' failed on the 'required' tag"
    said = meaning(Answer(400, {"error": "validation", "error_description": text}), SENT)
    assert isinstance(said, Refused)
    assert said.index == 2


def test_a_refusal_that_names_several_rows_names_none() -> None:
    said = meaning(Answer(400, {"error": "v", "error_description": "Tasks[0].Name and Tasks[1].Name"}), SENT)
    assert isinstance(said, Refused)
    assert said.index is None


def test_a_refusal_may_teach_the_size_of_a_batch() -> None:
    text = "Key: 'BulkCreatePayload.Tasks' Error:Field validation for 'Tasks' failed on the 'max' tag"
    said = meaning(Answer(400, {"error": "validation", "error_description": text}), SENT * 20)
    assert isinstance(said, Refused)
    assert said.limit == 30
    told = meaning(Answer(413, {"error": "too_large", "error_description": "at most 25 tasks"}), SENT * 20)
    assert isinstance(told, Refused)
    assert told.limit == 25


@pytest.mark.parametrize(
    "answer",
    [
        Answer(402, QUOTA_SPENT, quota=Quota(None, 90)),
        Answer(402, PLAN, quota=Quota(0, 90)),
        Answer(429, None, retry_after=90),
        Answer(429, None, quota=Quota(0, 90)),
    ],
)
def test_a_spent_quota_means_not_now(answer: Answer) -> None:
    assert meaning(answer, SENT) == NotNow(90)


@pytest.mark.parametrize("status", [401, 402, 405, 410, 451])
def test_other_refusals_stop_the_run_with_the_servers_words(status: int) -> None:
    said = meaning(Answer(status, PLAN, quota=Quota(17, 90)), SENT)
    assert isinstance(said, Stop)
    assert str(said.refusal) == "not on your plan"


@pytest.mark.parametrize("status", [403, 404])
def test_what_is_forbidden_may_be_so_for_the_rows_alone(status: int) -> None:
    said = meaning(Answer(status, PLAN, quota=Quota(17, 90)), SENT)
    assert isinstance(said, Refused)
    assert (said.status, said.words) == (status, "not on your plan")


@pytest.mark.parametrize(
    ("refusal", "field"),
    [
        (
            Refusal(
                "validation",
                "Key: 'CreatePayload.EndDate' Error:Field validation for 'EndDate' failed on the 'datetime' tag",
            ),
            "end_date",
        ),
        (Refusal("validation", "project_id 12 does not exist"), "project_id"),
        (Refusal("validation", "bad", {"TagIDs": "exists"}), "tag_ids"),
        (
            Refusal(
                "required_fields_missing", "required fields are missing: project", {"fields": ["project"]}
            ),
            "project_id",
        ),
        (
            Refusal(
                "validation",
                "json: cannot unmarshal string into Go struct field CreatePayload.priority of type int64",
                {"priority": "int64"},
            ),
            "priority",
        ),
        (Refusal("validation", "end_date before start_date"), None),
        (Refusal("forbidden", "you may not"), None),
    ],
)
def test_the_field_that_a_refusal_names(refusal: Refusal, field: str | None) -> None:
    assert field_named(refusal) == field


def test_what_was_never_sent_is_surely_not_created() -> None:
    assert meaning(Answer(None, sent=False, trouble="connection refused"), SENT) == NeverSent(
        "connection refused"
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(None, trouble="read timeout"),
        Answer(500, {"error": "internal"}),
        Answer(502, readable=False),
        Answer(503),
        Answer(504),
        Answer(201, readable=False),
        Answer(200, readable=False),
        Answer(202),
        Answer(204),
        Answer(301, location="/x"),
        Answer(302, location="https://elsewhere.example"),
        Answer(100),
        Answer(600),
    ],
)
def test_everything_else_is_unclear(answer: Answer) -> None:
    assert isinstance(meaning(answer, SENT), Unclear)


def test_a_200_that_shows_other_peoples_tasks_created_nothing_that_is_known() -> None:
    stranger = [{"id": 7, "name": "An old task"}]
    assert isinstance(meaning(Answer(200, stranger), [{"name": "A"}]), Unclear)
    assert meaning(Answer(201, stranger), [{"name": "A"}]) == Created(
        (Landed(0, 7, (("name", "An old task"),)),)
    )


def test_a_sparse_row_does_not_take_the_task_of_its_fuller_twin() -> None:
    sent = [{"name": "Review"}, {"name": "Review", "notes": "phase 2"}]
    tasks = [{"id": 1, "name": "Review", "notes": "phase 2"}, {"id": 2, "name": "Review", "notes": None}]
    for order in (tasks, tasks[::-1]):
        assert meaning(Answer(201, order), sent) == Created((Landed(0, 2), Landed(1, 1)))


def test_a_sparse_row_leaves_a_status_to_the_row_that_asked_for_it_though_its_notes_were_dropped() -> None:
    sent = [
        {"name": "Review"},
        {"name": "Review", "notes": "phase 2", "status_id": 4},
        {"name": "Review", "notes": "phase 3", "status_id": 1, "end_date": "2031-01-20"},
        {"name": "Review", "notes": "phase 4", "status_id": 1, "end_date": "2031-01-17"},
    ]
    kept = [(1, 1, None), (2, 4, None), (3, 1, "2031-01-20"), (4, 1, "2031-01-17")]
    tasks = [{"id": i, "name": "Review", "status_id": status, "end_date": end} for i, status, end in kept]
    for order in (tasks, tasks[::-1]):
        said = meaning(Answer(201, order), sent)
        assert isinstance(said, Created)
        assert [(one.index, one.id) for one in said.landed] == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_names_that_came_back_cut_or_in_other_case_are_known_all_the_same() -> None:
    sent = [{"name": "Write the report"}, {"name": "Call  Ada"}]
    tasks = [{"id": 1, "name": "CALL ADA"}, {"id": 2, "name": "Write the"}]
    said = meaning(Answer(201, tasks), sent)
    assert isinstance(said, Created)
    assert [(one.index, one.id) for one in said.landed] == [(0, 2), (1, 1)]


def test_several_tasks_beyond_recognition_are_created_under_no_id() -> None:
    tasks = [{"id": 1, "name": "x"}, {"id": 2, "name": "y"}]
    said = meaning(Answer(201, tasks), [{"name": "A"}, {"name": "B"}])
    assert said == Created((Landed(0), Landed(1)))


def test_one_id_given_twice_is_one_task() -> None:
    twice = [{"id": 5, "name": "A"}, {"id": 5, "name": "A"}]
    assert meaning(Answer(201, twice), [{"name": "A"}, {"name": "A"}]) == Created((Landed(0, 5),), (1,))


@pytest.mark.parametrize(
    "text",
    [
        "Key: 'P.Tasks[2].Name' Error:Field validation for 'Name' failed on the 'max' tag",
        "tasks: Name failed on the 'max' tag",
        "Tasks[1].Name and Tasks[2].Name failed on the 'max' tag",
    ],
)
def test_a_name_that_is_too_long_says_nothing_about_the_size_of_a_batch(text: str) -> None:
    said = meaning(Answer(400, {"error": "validation", "error_description": text}), SENT * 20)
    assert isinstance(said, Refused)
    assert said.limit is None


def test_a_limit_in_bytes_is_no_limit_in_tasks() -> None:
    said = meaning(Answer(413, {"error": "too_large", "error_description": "at most 8 MB"}), SENT * 20)
    assert isinstance(said, Refused)
    assert said.limit == 30
