"""Thousands of simulated imports: whatever goes wrong, every row is there once, and no report is untrue.

More of it: `python -m tests.delivery.simulated --seeds 100000`. Mistakes that a delivery could make are
made on purpose as well, to see that the simulator finds them.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest

from importer.delivery import meaning
from importer.delivery.drafts import Body, Draft, Kind
from importer.delivery.lookback import Lookback
from importer.delivery.pairing import Landed, Task, task_id
from importer.delivery.sending import Delivery
from importer.delivery.settling import Mark, Seen, Sent
from importer.delivery.steps import Absent, Flight, Limits, Steps
from tests.delivery.simulated import Diary, Simulation, play_all
from tests.delivery.simulated_draws import SETTLE, Draw, Fault, Mishaps, Nature, draw

BLOCKS, SEEDS = 8, 500  # seeds a block
FIRST = 1_000_000


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_row_is_there_once_and_no_report_is_untrue(block: int) -> None:
    tally = play_all(range(FIRST + block * SEEDS, FIRST + (block + 1) * SEEDS))
    assert not tally.failures, tally
    assert tally.crashes > SEEDS / 20
    assert tally.doubts > 0


ONCE_FAILED = (3031325, 3040407, 3044198, 3047803, 503346, 3041966, 5030538, 5033579)


@pytest.mark.parametrize("seed", ONCE_FAILED)
def test_what_once_doubled_or_misplaced_a_row_does_so_no_more(seed: int) -> None:
    tally = play_all([seed])
    assert not tally.failures, tally


# ── what no delivery survives is named ──


def simulation(
    *faults: Fault, rows: int = 3, batch: int = 20, verify: bool = False
) -> tuple[Simulation, Mishaps]:
    """A sound server, and what becomes of the first requests of a run."""
    drafts = [Draft(row, {"name": f"Task {row}"}) for row in range(2, rows + 2)]
    plan = Draw(1, drafts, Limits(batch=batch, settle=SETTLE), Nature(), [], [])
    return Simulation(plan), Mishaps(posts=dict(enumerate(faults, 1)), verify=verify)


def test_a_commit_later_than_settle_doubles_rows_and_verification_names_them() -> None:
    late = Fault("answer", 504, late=SETTLE + 10, took=0.01)
    slow = Fault("reply", 201, "all", took=30, shapes=("list",))
    world, mishaps = simulation(late, slow)
    told = world.played(mishaps)
    assert told is not None
    assert [task["name"] for task in world.server.tasks.values()] == 2 * ["Task 2", "Task 3", "Task 4"]
    assert told.look
    assert all("found twice" in outcome.problem for outcome in told.outcomes.values())


def test_a_server_that_writes_everything_twice_is_found_out_by_verification() -> None:
    world, mishaps = simulation(Fault("twice", 201, shapes=("list",)), verify=True)
    told = world.played(mishaps)
    assert told is not None
    assert told.look
    assert all("found twice" in outcome.problem for outcome in told.outcomes.values())


def test_a_server_that_forgets_what_it_accepted_is_found_out_by_verification() -> None:
    world, mishaps = simulation(Fault("forget", 201, shapes=("list",)), verify=True)
    told = world.played(mishaps)
    assert told is not None
    assert {outcome.kind for outcome in told.outcomes.values()} == {Kind.DOUBT}


# ── mistakes made on purpose ──


DOUBLED = "tasks are like"


def found(among: Callable[[Nature], bool] = lambda nature: True, most: int = 600) -> str:
    """What the first seed that finds something wrong says; `among` the servers of some kind."""
    seeds = (seed for seed in range(FIRST, FIRST + most) if among(draw(seed).nature))
    return "".join(play_all(seeds, most=1).failures.values())


def test_sending_again_what_may_have_landed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_for(self: Delivery, rows: Sequence[Sent], why: str, part: Any, reply: Any, queue: Any) -> Steps:
        yield Absent(tuple(row.draft for row in rows))
        queue.appendleft(part.of(rows))

    monkeypatch.setattr(Delivery, "look_for", look_for)
    assert DOUBLED in found()


def test_forgetting_which_tasks_stand_for_rows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def claimed(self: Diary, ids: Collection[int]) -> set[int]:
        return set()

    monkeypatch.setattr(Diary, "claimed", claimed)
    assert "stands for two rows" in found()


def test_believing_at_once_that_a_row_is_not_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    settle = Delivery.settle

    def at_once(self: Delivery, rows: Any, mark: Mark, failed: float, took: float, *rest: Any) -> Any:
        return settle(self, rows, mark, failed - 10_000, 0.0, *rest)

    monkeypatch.setattr(Delivery, "settle", at_once)
    assert DOUBLED in found()


def test_forgetting_at_the_start_what_was_in_flight_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def flights(self: Diary, *rest: Any) -> list[Flight]:
        with self.change() as base:
            base.execute("UPDATE items SET flight = NULL, kind = 'pending' WHERE flight IS NOT NULL")
        return []

    monkeypatch.setattr(Diary, "flights", flights)
    assert DOUBLED in found()


def test_pairing_rows_and_tasks_by_their_places_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_place(sent: Sequence[Body], tasks: Sequence[Task], *, all_ours: bool = True) -> Any:
        landed = tuple(Landed(place, task_id(task)) for place, task in enumerate(tasks[: len(sent)]))
        return landed, tuple(range(len(landed), len(sent)))

    monkeypatch.setattr(meaning, "pair", by_place)
    assert "is task" in found()


def test_reading_back_the_first_page_alone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_page(self: Lookback, mark: Mark, began: float, counting: bool) -> Seen:
        page = self._first()
        return self._seen(mark, began, page.tasks, page.total, ordered=True)

    monkeypatch.setattr(Lookback, "_since", first_page)
    said = found(lambda nature: nature.order == "newest")
    assert DOUBLED in said or "stands for two rows" in said


def test_believing_an_order_that_nothing_proves_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def believing(self: Lookback, mark: Mark, began: float, counting: bool) -> Seen:
        return replace(since(self, mark, began, counting), whole=True)

    since = Lookback._since
    monkeypatch.setattr(Lookback, "_since", believing)
    monkeypatch.setattr(Lookback, "_everything", lambda self, total: None)
    assert DOUBLED in found(lambda nature: nature.order != "newest")
