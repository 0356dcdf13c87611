"""Delivery tried against a workspace of its own, made of a list: no wire, no clock."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.delivery.cost import plan, waiting
from importer.delivery.drafts import Draft, Kind, Outcome
from importer.delivery.sending import Delivery
from importer.delivery.settling import Mark, Seen
from importer.delivery.steps import (
    Absent,
    Ask,
    Find,
    Halted,
    InDoubt,
    Limits,
    Post,
    ReadBack,
    Reply,
    Settled,
    Wait,
)
from importer.errors import ComeBackLater, NotAllowed, QuotaSpent, Unreachable
from importer.focus.answers import Answer, Quota

CLEAN = Limits()
START = Seen(mark=Mark(empty=True))


class Workspace:
    """Creates what it is sent; `answer` may say otherwise for a request. Refuses names of `bad`."""

    def __init__(self, bad: frozenset[str] = frozenset()) -> None:
        self.tasks: list[dict[str, Any]] = []
        self.posts: list[Post] = []
        self.readings = 0
        self.clock = 0.0
        self.bad = bad
        self.demanded: list[dict[str, Any]] | None = None
        self.answer: Callable[[int, Post], Answer | None] = lambda number, post: None

    def post(self, post: Post) -> Answer:
        self.posts.append(post)
        if (told := self.answer(len(self.posts), post)) is not None:
            return told
        wrong = [b["name"] for b in post.bodies if b["name"] in self.bad]
        if wrong:
            return Answer(
                400, {"error": "validation", "error_description": f"bad: {wrong[0]}" if post.alone else "bad"}
            )
        return Answer(201, self.create(post))

    def create(self, post: Post) -> list[dict[str, Any]]:
        created = [{**body, "id": len(self.tasks) + n + 1} for n, body in enumerate(post.bodies)]
        self.tasks += created
        return created

    def read(self, claimed: set[int]) -> Seen:
        self.readings += 1
        ids = {task["id"] for task in self.tasks}
        return Seen(list(self.tasks), claimed=claimed, ids=ids, began=self.clock, ended=self.clock)


def carry_out(
    workspace: Workspace, drafts: list[Draft], limits: Limits = CLEAN, known: Mapping[int, Outcome] = {}
) -> tuple[dict[int, Outcome], list[Wait], list[Exception]]:
    """Outcomes by row, the waits, and what stopped it. A row may be told once more at the end, when all
    is counted."""
    steps = Delivery(limits, START, known).deliver(drafts)
    outcomes: dict[int, Outcome] = {}
    open: set[int] = set()
    waits, errors = [], []
    try:
        step = next(steps)
        while True:
            told: Any = None
            match step:
                case Post():
                    told = Reply(workspace.post(step), workspace.clock, workspace.clock)
                case ReadBack():
                    told = workspace.read({o.task_id for o in outcomes.values() if o.task_id})
                case Find():
                    told = Seen(whole=False)
                case Ask("constraints"):
                    told = workspace.demanded
                case InDoubt(doubtful):
                    open |= {draft.row for draft in doubtful}
                case Absent(absent):
                    open -= {draft.row for draft in absent}
                case Settled():
                    for outcome in step.outcomes:
                        outcomes[outcome.row] = outcome
                        open.discard(outcome.row)
                case Wait():
                    waits.append(step)
                    workspace.clock += step.seconds
                case Halted():
                    errors.append(step.error)
            step = steps.send(told)
    except StopIteration:
        for row in open:
            outcomes.setdefault(row, Outcome(row, Kind.DOUBT, None, "open"))
        return outcomes, waits, errors


def rows(count: int) -> list[Draft]:
    return [Draft(row, {"name": f"T{row}"}) for row in range(2, count + 2)]


def kinds(outcomes: Mapping[int, Outcome]) -> dict[int, str]:
    return {row: outcome.kind.value for row, outcome in outcomes.items()}


def test_a_clean_run_costs_a_request_a_hundred_rows_in_the_sheets_order() -> None:
    workspace = Workspace()
    outcomes, waits, errors = carry_out(workspace, rows(250))
    assert [len(post.bodies) for post in workspace.posts] == [100, 100, 50]
    assert [task["name"] for task in workspace.tasks] == [f"T{row}" for row in range(2, 252)]
    assert {o.task_id for o in outcomes.values()} == set(range(1, 251))
    assert (waits, errors) == ([], [])


def test_children_follow_their_parents_and_carry_their_ids() -> None:
    workspace = Workspace()
    drafts = [
        Draft(2, {"name": "child"}, wave=1, parent=4),
        Draft(3, {"name": "grandchild"}, wave=2, parent=2),
        Draft(4, {"name": "parent"}),
    ]
    _, _, _ = carry_out(workspace, drafts)
    assert [(t["name"], t.get("parent_task_id")) for t in workspace.tasks] == [
        ("parent", None),
        ("child", 1),
        ("grandchild", 2),
    ]
    assert plan(drafts, 100) == 3 == len(workspace.posts)


def test_one_bad_row_is_found_and_all_others_land() -> None:
    workspace = Workspace(bad=frozenset({"T77"}))
    outcomes, _, errors = carry_out(workspace, rows(100))
    assert [r for r, o in outcomes.items() if o.kind is not Kind.CREATED] == [77]
    assert outcomes[77] == Outcome(77, Kind.REJECTED, None, "bad: T77")
    assert len(workspace.tasks) == 99
    assert len(workspace.posts) <= 16
    assert errors == []


def test_an_error_that_names_the_row_saves_the_halving() -> None:
    workspace = Workspace(bad=frozenset({"T50"}))
    workspace.answer = lambda number, post: (
        Answer(400, {"error": "validation", "error_description": "Tasks[48].Name"}) if number == 1 else None
    )
    outcomes, _, _ = carry_out(workspace, rows(100))
    assert outcomes[50].kind is Kind.REJECTED
    assert [len(p.bodies) for p in workspace.posts] == [100, 48, 1, 51]


def test_an_error_that_names_the_wrong_row_loses_nothing() -> None:
    workspace = Workspace(bad=frozenset({"T50"}))
    workspace.answer = lambda number, post: (
        Answer(400, {"error": "validation", "error_description": "Tasks[3].Name"}) if number == 1 else None
    )
    outcomes, _, _ = carry_out(workspace, rows(100))
    assert [r for r, o in outcomes.items() if o.kind is not Kind.CREATED] == [50]
    assert len(workspace.tasks) == 99


def test_a_half_that_passed_proves_the_other_which_is_split_unsent() -> None:
    workspace = Workspace(bad=frozenset({"T101"}))  # the last of a hundred
    outcomes, _, _ = carry_out(workspace, rows(100))
    assert outcomes[101].kind is Kind.REJECTED
    assert [len(p.bodies) for p in workspace.posts] == [100, 50, 25, 12, 6, 3, 2, 1, 1]


def test_splitting_stops_at_its_budget_of_requests_and_says_so() -> None:
    workspace = Workspace(bad=frozenset(f"T{row}" for row in range(2, 102)))
    outcomes, _, errors = carry_out(workspace, rows(100), Limits(max_split=7))
    assert len(workspace.posts) == 1 + 7
    assert sorted(set(kinds(outcomes).values())) in (["pending"], ["pending", "rejected"])
    assert len(outcomes) == 100
    assert isinstance(errors[0], ComeBackLater)
    assert "took 7 requests" in str(errors[0])


def test_the_children_of_a_rejected_row_are_rejected_and_those_of_one_in_doubt_wait() -> None:
    workspace = Workspace(bad=frozenset({"bad"}))
    workspace.answer = lambda number, post: (
        Answer(502, readable=False) if post.bodies[0]["name"] == "lost" else None
    )
    workspace.tasks.append({"id": 99, "name": "LOST", "notes": "like it"})
    drafts = [
        Draft(2, {"name": "bad"}),
        Draft(3, {"name": "lost"}),
        Draft(4, {"name": "of bad"}, 1, 2),
        Draft(5, {"name": "of lost"}, 1, 3),
        Draft(6, {"name": "of invalid"}, 1, 9),
        Draft(7, {"name": "of of bad"}, 2, 4),
    ]
    known = {9: Outcome(9, Kind.INVALID, None, "no such day")}
    outcomes, _, _ = carry_out(workspace, drafts, Limits(batch=1), known)
    assert kinds(outcomes) == {
        2: "rejected",
        3: "doubt",
        4: "rejected",
        5: "pending",
        6: "rejected",
        7: "rejected",
    }


def test_the_ids_of_parents_that_no_answer_named_are_read_back() -> None:
    workspace = Workspace()
    workspace.answer = lambda number, post: Answer(201, workspace.create(post) and None)
    outcomes, _, errors = carry_out(workspace, [Draft(2, {"name": "p"}), Draft(3, {"name": "c"}, 1, 2)])
    assert kinds(outcomes) == {2: "created", 3: "created"}
    assert workspace.tasks[1]["parent_task_id"] == 1
    assert errors == []


def test_a_child_is_not_sent_without_the_id_of_its_parent_and_a_person_is_asked_to_look() -> None:
    workspace = Workspace()
    workspace.answer = lambda number, post: Answer(201, None)
    outcomes, _, errors = carry_out(workspace, [Draft(2, {"name": "p"}), Draft(3, {"name": "c"}, 1, 2)])
    assert kinds(outcomes) == {2: "doubt", 3: "pending"}  # at the end the list does not show the parent
    assert len(workspace.posts) == 1
    assert outcomes[3].look
    assert errors == []


def test_a_batch_whose_answer_was_lost_is_found_and_not_sent_again() -> None:
    workspace = Workspace()

    def lost(number: int, post: Post) -> Answer | None:
        if number == 2:
            workspace.create(post)
            return Answer(None, trouble="read timeout")
        return None

    workspace.answer = lost
    outcomes, waits, errors = carry_out(workspace, rows(250))
    assert set(kinds(outcomes).values()) == {"created"}
    assert sorted(o.task_id or 0 for o in outcomes.values()) == list(range(1, 251))
    assert len({t["name"] for t in workspace.tasks}) == len(workspace.tasks) == 250
    assert (waits, errors) == ([], [])
    assert workspace.readings == 2  # at once, and the count at the end


def test_a_batch_that_never_arrived_is_sent_again_when_the_server_can_not_be_writing_any_more() -> None:
    workspace = Workspace()
    workspace.answer = lambda number, post: Answer(502, readable=False) if number == 2 else None
    outcomes, waits, _ = carry_out(workspace, rows(250), Limits(settle=45))
    assert set(kinds(outcomes).values()) == {"created"}
    assert len(workspace.tasks) == 250
    assert [wait.seconds for wait in waits] == [45]


def test_rows_that_the_answer_leaves_out_are_looked_for() -> None:
    workspace = Workspace()
    workspace.answer = lambda number, post: Answer(201, workspace.create(post)[1:])
    outcomes, waits, _ = carry_out(workspace, rows(3))
    assert kinds(outcomes) == {2: "created", 3: "created", 4: "created"}
    assert outcomes[2].task_id == 1
    assert waits == []


def test_a_single_row_that_is_there_otherwise_than_sent_is_in_doubt_and_is_not_sent_again() -> None:
    workspace = Workspace()

    def renamed(number: int, post: Post) -> Answer | None:
        for task in workspace.create(post):
            task["notes"] = "changed"
        return Answer(504, readable=False)

    workspace.answer = renamed
    outcomes, _, _ = carry_out(workspace, [Draft(2, {"name": "A", "notes": "n"})])
    assert kinds(outcomes) == {2: "doubt"}
    assert len(workspace.posts) == 1


def test_rows_that_all_differ_in_the_same_field_landed_on_a_server_that_changes_it() -> None:
    workspace = Workspace()

    def lowered(number: int, post: Post) -> Answer | None:
        for task in workspace.create(post):
            task["notes"] = task["notes"].lower()
        return Answer(504, readable=False)

    workspace.answer = lowered
    outcomes, _, _ = carry_out(workspace, [Draft(n, {"name": f"T{n}", "notes": "N"}) for n in (2, 3)])
    assert kinds(outcomes) == {2: "created", 3: "created"}
    assert "server kept notes as 'n'" in outcomes[2].problem


def test_a_server_that_refuses_after_writing_half_is_found_out_before_splitting() -> None:
    workspace = Workspace()

    def half(number: int, post: Post) -> Answer | None:
        if number == 1:
            workspace.create(Post(post.drafts[:2], post.bodies[:2]))
            return Answer(400, {"error": "validation", "error_description": "bad"})
        return None

    workspace.answer = half
    outcomes, _, _ = carry_out(workspace, rows(4))
    assert set(kinds(outcomes).values()) == {"created"}
    assert sorted(task["name"] for task in workspace.tasks) == ["T2", "T3", "T4", "T5"]


def test_what_the_workspace_demands_is_named_beside_a_refusal() -> None:
    workspace = Workspace(bad=frozenset({"T2"}))
    workspace.demanded = [{"kind": "project"}]
    outcomes, _, _ = carry_out(workspace, rows(1))
    assert outcomes[2].problem == "bad: T2; this workspace demands: project"


def test_a_hundred_equal_bad_values_cost_few_requests() -> None:
    workspace = Workspace()

    def no_such(number: int, post: Post) -> Answer | None:
        if not any(body.get("priority") == "x" for body in post.bodies):
            return None
        words = "Key: 'Payload.Priority' Error:Field validation for 'Priority' failed on the 'oneof' tag"
        return Answer(400, {"error": "validation", "error_description": words if post.alone else "bad"})

    workspace.answer = no_such
    drafts = [
        Draft(row, {"name": f"T{row}", "priority": "x" if row < 102 else "low"}) for row in range(2, 203)
    ]
    outcomes, _, errors = carry_out(workspace, drafts)
    assert [row for row, o in outcomes.items() if o.kind is Kind.REJECTED] == list(range(2, 102))
    assert len(workspace.tasks) == 101
    assert len(workspace.posts) + 3 <= 25 + 2  # two are the clean batches; 3: read back, constraints, count
    assert errors == []


def test_three_rows_refused_in_the_same_words_that_name_no_field_stop_a_run_without_the_right() -> None:
    workspace = Workspace()
    words = {"error": "forbidden", "error_description": "you may not"}
    workspace.answer = lambda number, post: Answer(403, words)
    outcomes, _, errors = carry_out(workspace, rows(8))
    assert isinstance(errors[0], NotAllowed)
    assert set(kinds(outcomes).values()) == {"pending"}


def test_a_row_refused_with_403_while_others_pass_is_that_rows_fault() -> None:
    workspace = Workspace()
    words = {"error": "forbidden", "error_description": "not in this project"}
    workspace.answer = lambda number, post: (
        Answer(403, words) if any(body["name"] == "T3" for body in post.bodies) else None
    )
    outcomes, _, errors = carry_out(workspace, rows(4))
    assert kinds(outcomes) == {2: "created", 3: "rejected", 4: "created", 5: "created"}
    assert errors == []


def test_enough_of_the_quota_is_kept_to_read_back() -> None:
    workspace = Workspace()
    workspace.answer = lambda number, post: Answer(
        201, workspace.create(post), quota=Quota(5 - number, 600.0)
    )
    _, waits, errors = carry_out(workspace, rows(800), Limits(max_wait=0))
    assert len(workspace.posts) == 3  # 2 are left
    assert isinstance(errors[0], QuotaSpent)
    assert waits == []


def test_a_spent_quota_is_waited_for_and_the_batch_goes_again() -> None:
    workspace = Workspace()
    workspace.answer = lambda number, post: (
        Answer(402, {"error": "quota_exceeded"}, quota=Quota(0, 120.0)) if number == 2 else None
    )
    _, waits, errors = carry_out(workspace, rows(250))
    assert [w.seconds for w in waits] == [120.0]
    assert len(workspace.tasks) == 250
    assert errors == []


def test_a_wait_beyond_what_is_allowed_ends_the_run_resumably() -> None:
    workspace = Workspace()
    workspace.answer = lambda number, post: (
        Answer(402, {"error": "quota_exceeded"}, quota=Quota(0, 1800.0)) if number > 1 else None
    )
    outcomes, waits, errors = carry_out(workspace, rows(250), Limits(max_wait=2000))
    assert [w.seconds for w in waits] == [1800.0]
    assert isinstance(errors[0], QuotaSpent)
    assert "1800 seconds" in str(errors[0])
    assert list(kinds(outcomes).values()).count("pending") == 150


def test_a_server_out_of_reach_is_tried_again_with_growing_pauses_then_the_rest_waits() -> None:
    workspace = Workspace()
    workspace.answer = lambda number, post: Answer(None, sent=False, trouble="connection refused")
    outcomes, waits, errors = carry_out(workspace, rows(3))
    assert [w.seconds for w in waits] == [1.0, 2.0, 4.0, 8.0]
    assert isinstance(errors[0], Unreachable)
    assert set(kinds(outcomes).values()) == {"pending"}


def test_a_refused_key_stops_the_run_with_the_servers_words() -> None:
    workspace = Workspace()
    body = {"error": "invalid_session", "error_description": "the key was revoked", "trace_id": "abc"}
    workspace.answer = lambda number, post: Answer(401, body) if number == 2 else None
    outcomes, _, errors = carry_out(workspace, rows(250))
    assert isinstance(errors[0], NotAllowed)
    assert "the key was revoked" in str(errors[0])
    assert errors[0].trace_id == "abc"
    assert list(kinds(outcomes).values()).count("pending") == 150


def test_a_smaller_limit_is_learnt_and_kept() -> None:
    workspace = Workspace()
    workspace.answer = lambda number, post: (
        Answer(413, {"error": "too_large", "error_description": "at most 40 tasks"})
        if len(post.bodies) > 40
        else None
    )
    _, _, _ = carry_out(workspace, rows(250))
    assert [len(p.bodies) for p in workspace.posts] == [100, 40, 40, 20, 40, 40, 20, 40, 10]
    assert len(workspace.tasks) == 250


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_is_answered_every_row_has_one_outcome_and_no_row_is_there_twice(
    data: st.DataObject,
) -> None:
    count = data.draw(st.integers(1, 30))
    drafts = [
        Draft(row, {"name": f"T{row}"}, 0 if row % 3 else 1, None if row % 3 else row - 1)
        for row in range(1, count + 1)
    ]
    workspace = Workspace(
        frozenset(data.draw(st.sets(st.sampled_from([f"T{r}" for r in range(1, count + 1)]))))
    )
    answers = [
        None,
        Answer(None, sent=False, trouble="refused"),
        Answer(429, retry_after=5.0),
        Answer(500),
        Answer(400, {"error": "validation", "error_description": "Tasks[1]"}),
        Answer(201, None),
        Answer(201, "reversed"),
    ]

    def answer(number: int, post: Post) -> Answer | None:
        told = data.draw(st.sampled_from(answers))
        if told is not None and (told.status == 201 or (told.status == 500 and data.draw(st.booleans()))):
            created = workspace.create(post)
            return Answer(201, created[::-1]) if told.body == "reversed" else told
        return told

    workspace.answer = answer
    outcomes, _, _ = carry_out(workspace, drafts, Limits(batch=data.draw(st.integers(1, 10)), max_split=8))
    assert sorted(outcomes) == [d.row for d in drafts]
    names = [task["name"] for task in workspace.tasks]
    assert len(names) == len(set(names))
    there = {f"T{row}" for row, o in outcomes.items() if o.kind is Kind.CREATED}
    not_there = {f"T{row}" for row, o in outcomes.items() if o.kind in (Kind.REJECTED, Kind.PENDING)}
    assert there <= set(names)
    assert not not_there & set(names)
    by_id = {task["id"]: task for task in workspace.tasks}
    parents = {draft.row: draft.parent for draft in drafts}
    for row, outcome in outcomes.items():
        if outcome.task_id is not None:
            assert by_id[outcome.task_id]["name"] == f"T{row}"
            parent = parents[row]
            above = outcomes[parent].task_id if parent is not None else None
            assert by_id[outcome.task_id].get("parent_task_id") == above


@pytest.mark.parametrize(
    ("requests", "quota", "seconds"),
    [
        (10, Quota(None, None), 0),
        (10, Quota(10, 600), 0),
        (11, Quota(10, 600), 600),
        (41, Quota(10, 600), 600 + 3600),
        (1000, Quota(3, 600), 600 + 33 * 3600),  # 997 more at 30 an hour
        (1000, Quota(500, None), 3600),
    ],
)
def test_the_waiting_that_a_run_takes_is_known_beforehand(
    requests: int, quota: Quota, seconds: float
) -> None:
    assert waiting(requests, quota) == seconds
