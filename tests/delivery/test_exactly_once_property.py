"""Imports as people make them, in any order and with any mishap: every valid row is there once in the end.

The whole import is driven here, from the CSV file to the journal on disk; the workspace, the clock and the
client are those of the simulator.
"""

import csv
import random
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from importer.delivery.drafts import Draft, Kind
from importer.delivery.steps import Limits
from importer.errors import TasksheetError
from importer.run import load as start
from importer.run import loading
from importer.run.source import Source
from importer.run.summary import Summary
from importer.settings import Connection, Key
from importer.watch import Stopped
from tests.delivery.simulated import Diary, Simulation
from tests.delivery.simulated_draws import SETTLE, Draw, Fault, Mishaps, Nature
from tests.delivery.simulated_server import (
    Crash,
    Moments,
    Server,
    SimulatedClient,
    VirtualClock,
    VirtualPatience,
)

COLUMNS = ("Key", "Title", "Notes", "Due date", "Parent")
CONNECTION = Connection("https://focus.example/api", 1, 1, Key("toggl_sk_simulated"))

faults = st.one_of(
    st.builds(
        Fault,
        st.just("answer"),
        st.sampled_from([500, 503, 504, None]),
        st.sampled_from(["none", "some", "all"]),
        late=st.sampled_from([0.0, 20.0, 45.0]),
        took=st.sampled_from([0.1, 20.0]),
    ),
    st.builds(
        Fault,
        st.just("reply"),
        st.sampled_from([200, 201]),
        shapes=st.sampled_from([("reversed",), ("fewer",), ("data",), ("ids",), ("empty",)]),
    ),
    st.sampled_from([Fault("never"), Fault("quota", 402, seconds=5.0), Fault("answer", 401)]),
)
mishaps = st.builds(
    Mishaps,
    posts=st.dictionaries(st.integers(1, 4), faults, max_size=2),
    strikes=st.dictionaries(
        st.integers(1, 45), st.sampled_from(["crash", "crash", "stop", "disk"]), max_size=1
    ),
    late=st.sampled_from([0.0, 30.0]),
    pause=st.sampled_from([1.0, 4000.0]),
)


class Lists(RuleBasedStateMachine):
    """Two lists for one workspace, imported, prolonged and mended in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = VirtualClock()
        self.server = Server(Draw(1, [], Limits(), Nature(), [], []), self.clock, random.Random(1))
        self.rows: dict[str, list[dict[str, str]]] = {}

    @initialize(first=st.integers(3, 6), other=st.integers(3, 5))
    def written(self, first: int, other: int) -> None:
        self.rows = {"A": [], "B": []}
        for name, count in (("A", first), ("B", other)):
            for number in range(count):
                self.rows[name].append(self.row(name, number))

    @rule(name=st.sampled_from("AB"), mishaps=mishaps)
    def imported(self, name: str, mishaps: Mishaps) -> None:
        self.run(name, mishaps)
        self.clock.sleep(mishaps.pause)
        self.server.passed()

    @rule(number=st.integers(0, 7), wrong=st.booleans())
    def prolonged(self, number: int, wrong: bool) -> None:
        """A row is appended: a new one, or the twin of another."""
        self.rows["A"].append(self.row("A", number, wrong=wrong))

    @rule()
    def mended(self) -> None:
        """A row that was never created is put right."""
        wrong = [row for row in self.rows["A"] if row["Due date"] == "soon"]
        for row in wrong[:1]:
            row["Due date"] = "2031-02-03"

    @rule(seconds=st.sampled_from([1.0, 60.0, 100_000.0]))
    def time_passed(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.server.passed()

    @invariant()
    def nothing_is_there_twice(self) -> None:
        assert self.there() <= self.all_wanted(), self.there() - self.all_wanted()

    def teardown(self) -> None:
        try:
            for name in self.rows:
                self.completed(name)
            assert self.there() == self.all_wanted()
        finally:
            self.folder.cleanup()

    def all_wanted(self) -> Counter[Any]:
        return sum((self.wanted(name) for name in self.rows), Counter[Any]())

    # ── ──

    def row(self, name: str, number: int, *, wrong: bool = False) -> dict[str, str]:
        """The twins of a number differ in their keys; 2 and 3 are parts of 0 and 1."""
        return {
            "Key": f"{name}-{len(self.rows[name])}",
            "Title": f"{name} {number}",
            "Notes": "some notes" if number % 3 else "",
            "Due date": "soon" if wrong else "2031-02-03",
            "Parent": f"{name}-{number - 2}" if number in (2, 3) else "",
        }

    def wanted(self, name: str) -> Counter[Any]:
        """The valid rows, as tasks."""
        title = {row["Key"]: row["Title"] for row in self.rows[name]}
        return Counter(
            (row["Title"], row["Notes"] or None, title.get(row["Parent"]))
            for row in self.rows[name]
            if row["Due date"] != "soon"
        )

    def there(self) -> Counter[Any]:
        """The tasks of the workspace."""
        tasks = self.server.tasks
        above = {number: task["name"] for number, task in tasks.items()}
        return Counter(
            (task["name"], task.get("notes"), above.get(task["parent_task_id"])) for task in tasks.values()
        )

    def completed(self, name: str) -> None:
        """Runs without mishaps until all is done; one more sends nothing."""
        for _ in range(4):
            summary = self.run(name, Mishaps())
            assert summary is not None
            if not summary.error and not summary.counts[Kind.PENDING]:
                break
        assert summary.counts[Kind.DOUBT] == summary.counts[Kind.PENDING] == 0, summary.outcomes
        again = self.run(name, Mishaps())
        assert again is not None
        assert again.created_now == 0
        assert again.requests == 0

    def run(self, name: str, mishaps: Mishaps) -> Summary | None:
        """One import by the whole loader; None where it died or said what stopped it before all."""
        folder, clock = Path(self.folder.name), self.clock
        file = folder / f"{name}.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows[name])
        stopped = Stopped()
        moments = Moments(mishaps.strikes, stopped)
        patience = VirtualPatience(100_000, clock, moments, stopped)
        client = SimulatedClient(self.server, mishaps, moments, patience)
        self.server.new_run()
        options = loading.Options(
            skip_invalid=True,
            report=folder / f"{name}-import",
            limits=Limits(batch=3, settle=SETTLE),
            state=folder / "state",
        )

        def journal(path: Path, workspace: str, **rest: Any) -> Diary:
            diary = Diary(path, workspace, **rest)
            diary.moments = moments
            return diary

        played = {
            "Client": lambda connection, **rest: nullcontext(client),
            "Journal": journal,
            "Patience": lambda *rest: patience,
            "pause": lambda seconds, why, *rest: patience.pause(seconds, why),
            "time": SimpleNamespace(monotonic=clock.clock, time=clock.today),
        }
        with pytest.MonkeyPatch.context() as patched:
            for part, instead in played.items():
                for room in (start, loading):
                    if hasattr(room, part):
                        patched.setattr(room, part, instead)
            try:
                return start.load(Source(file), CONNECTION, options, stopped=stopped)
            except (Crash, KeyboardInterrupt, TasksheetError):
                return None


# An example that fails is short as it is; to make it shorter would take minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
Lists.TestCase.settings = settings(max_examples=25, stateful_step_count=8, deadline=None, phases=PHASES)
TestLists = Lists.TestCase


# ── one file, run after run ──


@st.composite
def sheets(draw: st.DrawFn) -> list[Draft]:
    """A few rows, twins and families among them."""
    drafts: list[Draft] = []
    for row in range(2, 2 + draw(st.integers(1, 8))):
        body = {"name": draw(st.sampled_from(["Review", "Call", "Plan", f"Task {row}"]))}
        if draw(st.booleans()):
            body["notes"] = draw(st.sampled_from(["some notes", f"note {row}"]))
        above = draw(st.sampled_from([None, *drafts]))
        drafts.append(Draft(row, body, above.wave + 1, above.row) if above else Draft(row, body))
    return drafts


@settings(max_examples=150, deadline=None)
@given(sheets(), st.lists(mishaps, max_size=4), st.integers(1, 4))
def test_however_often_a_run_of_a_file_died_it_ends_in_the_same_workspace(
    drafts: list[Draft], runs: list[Mishaps], batch: int
) -> None:
    plan = Draw(1, drafts, Limits(batch=batch, settle=SETTLE), Nature(), [], runs)
    simulation = Simulation(plan)
    simulation.whole()
    by_row = {draft.row: draft for draft in drafts}
    wanted = Counter(_lineage(draft, by_row) for draft in drafts)
    assert (
        Counter(_above(task, simulation.server.tasks) for task in simulation.server.tasks.values()) == wanted
    )


def _lineage(draft: Draft, by_row: Mapping[int, Draft]) -> tuple[Any, ...]:
    """A row, and all those above it."""
    above = () if draft.parent is None else _lineage(by_row[draft.parent], by_row)
    return (draft.body["name"], draft.body.get("notes")), *above


def _above(task: Mapping[str, Any], tasks: Mapping[int, Mapping[str, Any]]) -> tuple[Any, ...]:
    """A task, and all those above it."""
    parent = task["parent_task_id"]
    return (task["name"], task.get("notes")), *(() if parent is None else _above(tasks[parent], tasks))
