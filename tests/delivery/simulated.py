"""A simulated workspace, clock and process: imports that crash and are repeated, thousands in a minute.

    python -m tests.delivery.simulated --seeds 100000
    python -m tests.delivery.simulated --first 4711 --seeds 1 --trace

A seed draws a sheet, a server and what goes wrong in each run (simulated_draws). The code under test is
the real one, from the decisions to the journal; only the wire, the clock and the process are played. A
crash is an exception that nothing catches, after which a new run begins with the same journal, as a new
process would. After every run and at the end the truth is asked: see `Simulation.true`.
"""

import argparse
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from importer.delivery.carry import Carrier, Progress
from importer.delivery.drafts import Draft, Kind, Outcome
from importer.delivery.journal import Entry, Head, Journal, Kept
from importer.delivery.lookback import Lookback
from importer.delivery.sending import UNDECIDED, Delivery
from importer.delivery.settling import Mark, Seen
from importer.delivery.steps import Absent, InDoubt, Limits, Post, ReadBack, Reply, Settled, Steps
from importer.errors import NotAllowed, TasksheetError, Unforeseen
from importer.sandbox import alterations
from importer.watch import Stopped
from tests.delivery.simulated_draws import ME, OTHER, Draw, Mishaps, draw
from tests.delivery.simulated_server import (
    BORN,
    FIELDS,
    Crash,
    Endless,
    Moments,
    Server,
    SimulatedClient,
    VirtualClock,
    VirtualPatience,
    identity,
    key,
)

CLEAN_RUNS = 12  # in which everything is done, once nothing goes wrong any more


class Violated(Exception):
    """What must never happen did."""


class Diary(Journal):
    """The real journal, in memory, whose process may die, and whose disk may be full, at every change."""

    moments: Moments | None = None

    def standing(self) -> list[tuple[int, Outcome, int | None]]:
        """Every item with how its row stands, and the flight that it is in."""
        found = self._base.execute("SELECT id, row, kind, task_id, problem, flight FROM items")
        return [
            (item, Outcome(row, Kind(kind), task_id, problem), flight)
            for item, row, kind, task_id, problem, flight in found
        ]

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        if self.moments is None:
            with super().change() as base:
                yield base
            return
        self.moments("before the journal is written")
        with super().change() as base:
            yield base
            self.moments("the journal is written, not committed")
            if self.moments.full:
                raise sqlite3.OperationalError("database or disk is full")
        self.moments("the journal is committed")


# ── a run ──


@dataclass
class Told:
    """What a run says at its end. None of it, where it died."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    error: TasksheetError | None = None
    interrupted: bool = False
    requests: int = 0

    @property
    def look(self) -> bool:
        return any(outcome.look for outcome in self.outcomes.values())


@dataclass
class Process:
    """One run of the tool, in the order of `load`: read, settle what is in flight, begin, deliver."""

    name: str
    journal: Diary
    client: SimulatedClient
    patience: VirtualPatience
    clock: VirtualClock
    stopped: Stopped
    trace: list[str] | None

    def run(self, drafts: Sequence[Draft], limits: Limits) -> Told:
        told = Told()
        try:
            self._run(drafts, limits, told)
        except KeyboardInterrupt:
            told.interrupted = True
        except TasksheetError as error:
            told.error = error
        told.requests = self.client.requests
        return told

    def _run(self, drafts: Sequence[Draft], limits: Limits, told: Told) -> None:
        journal, clock = self.journal, self.clock
        of_sheet = {draft.row for draft in drafts}
        kept = {one.row: one for one in journal.items() if one.row in of_sheet}
        flights = journal.flights(clock.clock(), clock.today())
        if not flights and not _to_try(drafts, kept):
            self._finish(drafts, kept, told)
            return
        lookback = Lookback(self.client, clock.clock, clock.today, journal.claimed)
        start = lookback.newest()
        earlier: Delivery | None = None
        old_book: dict[int, int] = {}
        if flights:
            keys = [sent.draft.row for flight in flights for sent in (*flight.rows, *flight.claimants)]
            old_book = {key: -key for key in keys}
            earlier = Delivery(replace(limits, max_wait=self.patience.left), start)
            progress = self._carry(lookback, old_book, earlier, earlier.recover(flights))
            told.error, told.interrupted = progress.error, progress.interrupted
            for row, one in kept.items():
                now = journal.outcome_of(one.id, row)
                kept[row] = replace(one, kind=now.kind, task_id=now.task_id, problem=now.problem)
        todo = [_told_before(draft, kept.get(draft.row)) for draft in _to_try(drafts, kept)]
        if told.error or told.interrupted or not todo:
            self._finish(drafts, kept, told)
            return
        before, book = self._begin(drafts, kept)
        rows = {draft.row for draft in todo}
        known = {row: outcome for row, outcome in before.items() if row not in rows}
        delivery = Delivery(replace(limits, max_wait=self.patience.left), start, known)
        if earlier:
            delivery.inherit(earlier, {-item: row for row, item in book.items()})
        created = [one for one in kept.values() if one.kind is Kind.CREATED and one.task_id is None]
        if nameless := journal.nameless({one.row: one.id for one in created}):
            delivery.adopt(nameless)
        progress = self._carry(lookback, old_book | book, delivery, delivery.deliver(todo), before)
        told.error, told.interrupted = progress.error, progress.interrupted
        told.outcomes = {
            draft.row: progress.outcomes.get(draft.row, Outcome(draft.row, Kind.PENDING)) for draft in drafts
        }
        for row, one in kept.items():  # what was counted of rows in flight before
            if -one.id in progress.outcomes:
                told.outcomes[row] = replace(progress.outcomes[-one.id], row=row)
        journal.end(self.name, self.client.requests)

    def _carry(
        self,
        lookback: Lookback,
        book: Mapping[int, int],
        delivery: Delivery,
        steps: Steps,
        before: dict[int, Outcome] | None = None,
    ) -> Progress:
        progress = Progress(before if before is not None else {})
        carrier = Carrier(
            self.client,
            self.journal,
            self.name,
            book,
            lookback,
            progress,
            self.patience,
            self.clock.clock,
            self.clock.today,
            self.patience.pause,
            self.stopped,
        )
        self.stopped.patient = True
        carrier.carry_out(steps if self.trace is None else _traced(steps, self.trace), delivery)
        self.stopped.patient = False
        if isinstance(progress.error, Unforeseen):
            raise Violated("a mistake in the program") from progress.error.__cause__
        return progress

    def _begin(
        self, drafts: Sequence[Draft], kept: Mapping[int, Kept]
    ) -> tuple[dict[int, Outcome], dict[int, int]]:
        before = {
            draft.row: Outcome(draft.row, one.kind, one.task_id, one.problem)
            if (one := kept.get(draft.row)) and one.kind in (Kind.CREATED, Kind.DOUBT)
            else Outcome(draft.row, Kind.PENDING)
            for draft in drafts
        }
        entries = [
            Entry(
                row,
                f"row {row}",
                outcome,
                f'["{row}"]',
                kept[row].id if row in kept else None,
                tried=outcome.kind is Kind.PENDING,
            )
            for row, outcome in before.items()
        ]
        head = self.journal.head(Head(("Row",), {}, {}))
        lists = {one.list for one in kept.values()}
        book = self.journal.begin(self.name, entries, head=head, list=min(lists, default=None))
        return before, book

    def _finish(self, drafts: Sequence[Draft], kept: Mapping[int, Kept], told: Told) -> None:
        told.outcomes, _ = self._begin(drafts, kept)
        self.journal.end(self.name, self.client.requests)


def _to_try(drafts: Sequence[Draft], kept: Mapping[int, Kept]) -> list[Draft]:
    there = {row for row, one in kept.items() if one.kind in (Kind.CREATED, Kind.DOUBT)}
    return [draft for draft in drafts if draft.row not in there]


def _told_before(draft: Draft, kept: Kept | None) -> Draft:
    """Rows that were refused before go last, those that splitting did not get to go alone."""
    if kept is None:
        return draft
    undecided = kept.kind is Kind.PENDING and kept.problem == UNDECIDED
    return replace(draft, last=kept.kind is Kind.REJECTED, alone=undecided)


# ── a seed ──


class Simulation:
    """The course of one seed."""

    def __init__(self, plan: Draw, trace: list[str] | None = None) -> None:
        self.plan, self.trace, self.limits = plan, trace, plan.limits
        self.dice = random.Random(plan.seed + 1)
        self.clock = VirtualClock()
        self.server = Server(plan, self.clock, self.dice, trace)
        self.journal = Diary(None, "simulated")
        self.rows = {draft.row: draft for draft in plan.drafts}
        self.runs = self.crashes = self.requests = 0
        self.looks = self.doubts = 0  # rows that a person is asked to look at, and to answer for
        self.keys = {draft.row: key(self.server.record(draft.body, ME)) for draft in plan.drafts}

    def whole(self) -> None:
        """From the first run to the last: in the end every row that can be created is there, once."""
        try:
            for mishaps in self.plan.runs:
                self.run(mishaps)
            self.finish()
        finally:
            self.journal.close()

    def run(self, mishaps: Mishaps) -> Told | None:
        """One run of the tool; None where it died. The truth is asked when it is over, and again later."""
        doubtful, last = self.doubtful(), self.server.last
        told = self.played(mishaps)
        kept = self.kept()
        for row in doubtful:
            if (kept[row].task_id or 0) > last:
                raise Violated(f"row {row} was in doubt and was sent again, as task {kept[row].task_id}")
        self.true(kept, "the journal")
        if told and told.outcomes:
            self.looks += sum(outcome.look for outcome in told.outcomes.values())
            self.true(self.said(told), "the report")
            self.not_silent(told)
        self.clock.sleep(mishaps.pause)
        self.server.passed()
        self.true(self.kept(), "the journal, later")
        return told

    def played(self, mishaps: Mishaps) -> Told | None:
        """One run of the tool, and nothing else."""
        self.runs += 1
        clock, stopped = self.clock, Stopped()
        clock.restart(clock.now - self.dice.uniform(1, 1000))
        moments = Moments(mishaps.strikes, stopped, self.trace)
        patience = VirtualPatience(self.limits.max_wait, clock, moments, stopped)
        client = SimulatedClient(self.server, mishaps, moments, patience)
        self.server.new_run()
        self.journal.moments = moments
        process = Process(f"run {self.runs}", self.journal, client, patience, clock, stopped, self.trace)
        if self.trace is not None:
            self.trace.append(f"== run {self.runs} at {clock.now - BORN:.1f} s: {mishaps}")
        told: Told | None = None
        try:
            sheet = self.plan.sheet(mishaps.sheet)
            told = process.run(sheet, replace(self.limits, verify=mishaps.verify))
        except Crash:
            pass
        except Endless as where:
            raise Violated(f"run {self.runs} has no end: {where}") from where
        finally:
            self.journal.moments = None
        self.crashes += moments.crashes
        self.requests += client.requests
        self.server.passed()
        if self.trace is not None:
            self.trace.append(f"== told: {told and (told.error, Counter(_kinds(told.outcomes)))}")
        return told

    def finish(self) -> None:
        """Runs in which nothing goes wrong, and a person who answers, until nothing is left to do."""
        self.clock.sleep(120)
        self.limits = replace(self.limits, max_wait=10.0**6, max_split=10**6)
        self.server.nature = replace(self.server.nature, busy=0.0)
        sheets = {draft.row >= OTHER for draft in self.plan.drafts}
        errors: dict[int, TasksheetError | None] = {}
        for number in range(CLEAN_RUNS + 30 * bool(self.plan.nature.quota)):
            sheet = number % len(sheets)
            told = self.run(Mishaps(sheet=sheet))
            if told is None or told.interrupted:
                raise Violated(f"a run without mishaps ended with {told}")
            errors[sheet] = told.error
            kept = self.kept()
            self.doubts += len(self.doubtful())
            answered = self.answered(kept)
            pending = any(outcome.kind in (Kind.PENDING, Kind.DOUBT) for outcome in kept.values())
            if len(errors) == len(sheets) and not answered and not pending and not told.error:
                break
        else:
            if self.plan.nature.bad_status in (403, 404) and any(
                isinstance(error, NotAllowed) for error in errors.values()
            ):
                return  # a server that refuses bad rows as if it were us: a person has to mend them
            raise Violated(f"not finished: {Counter(_kinds(self.kept()))}, {errors}")
        for sheet in sheets:
            self.over(int(sheet))

    def over(self, sheet: int) -> None:
        """What holds in the end."""
        kept, bad = self.kept(), self.plan.bad
        rows = [draft.row for draft in self.plan.sheet(sheet)]
        for row in rows:
            wanted = Kind.REJECTED if row in bad else Kind.CREATED
            theirs = self.server.origin.get(kept[row].task_id or 0) == "other"
            if kept[row].kind is not wanted and not self.conflicting(row) and not theirs:
                raise Violated(f"row {row} is {kept[row]} in the end, not {wanted}")
        if not any(kept[row].kind is Kind.REJECTED for row in rows):
            told = self.run(Mishaps(sheet=sheet))
            if told is None or told.requests:
                raise Violated(f"all is done, and one more run sends {told and told.requests} requests")

    def conflicting(self, row: int) -> bool:
        """Whether the external id of a row, or of one above it, is another's as well, on a server that
        refuses that."""
        draft = self.rows[row]
        if draft.parent is not None and self.conflicting(draft.parent):
            return True
        return self.server.nature.unique and bool(identity(draft.body))

    # the truth

    def kept(self) -> dict[int, Outcome]:
        """How every row stands in the journal."""
        told = {row: Outcome(row, Kind.PENDING) for row in self.rows}
        return told | {outcome.row: outcome for _, outcome, _ in self.journal.standing()}

    def said(self, told: Told) -> dict[int, Outcome]:
        """What a run told of its rows; those in flight are looked for by the next, whatever was told."""
        flying = self.flying()
        return self.kept() | {
            row: replace(outcome, kind=Kind.DOUBT) if row in flying else outcome
            for row, outcome in told.outcomes.items()
        }

    def doubtful(self) -> set[int]:
        """Rows in doubt for good."""
        return {
            outcome.row
            for _, outcome, flight in self.journal.standing()
            if outcome.kind is Kind.DOUBT and flight is None
        }

    def flying(self) -> set[int]:
        """Rows in flight."""
        return {outcome.row for _, outcome, flight in self.journal.standing() if flight is not None}

    def true(self, outcomes: Mapping[int, Outcome], whose: str) -> None:
        """What `outcomes` say is so in the workspace.

        A created row is there, with its content and under its parent; no task stands for two rows; of
        what looks the same there are not more tasks of ours than rows that are created or in doubt.
        """
        server = self.server
        low: Counter[Any] = Counter()
        high: Counter[Any] = Counter()
        used: set[int] = set()
        for row, outcome in outcomes.items():
            like = self.keys[row]
            if outcome.kind is Kind.CREATED:
                kept = server.keys.get(outcome.task_id or 0, like)
                low[like] += kept == like
                high[kept] += kept != like
                if outcome.task_id is not None:
                    if outcome.task_id in used:
                        raise Violated(f"{whose}: task {outcome.task_id} stands for two rows, one is {row}")
                    used.add(outcome.task_id)
                    self.same(row, outcome.task_id, outcomes, whose)
            if outcome.kind in (Kind.CREATED, Kind.DOUBT):
                high[like] += 1
        ours: Counter[Any] = Counter()
        theirs: Counter[Any] = Counter()
        for number in [*server.tasks, *server.promised]:
            if server.origin[number] == "ours":
                ours[server.keys[number]] += 1
            elif number in used or server.origin[number] == "other":
                theirs[server.keys[number]] += 1
        for like, count in ours.items():
            if count > high[like]:
                raise Violated(f"{whose}: {count} tasks are like {like}, of {high[like]} rows")
        for like, count in low.items():
            if count > ours[like] + theirs[like]:
                raise Violated(f"{whose}: {count} rows are created as {like}, {ours[like]} are there")

    def same(self, row: int, number: int, outcomes: Mapping[int, Outcome], whose: str) -> None:
        """The task that a row is said to be is it, under the right parent."""
        task = self.server.tasks.get(number) or self.server.promised.get(number)
        if task is None:
            raise Violated(f"{whose}: row {row} is task {number}, which is not there")
        if self.server.keys[number] != self.keys[row] and not self.may_be_taken(row, number):
            raise Violated(f"{whose}: row {row} {self.keys[row]} is task {number} {self.server.keys[number]}")
        if self.server.origin[number] in ("before", "series"):
            raise Violated(f"{whose}: row {row} is task {number}, which was not made for it")
        parent = self.rows[row].parent
        above = outcomes[parent].task_id if parent is not None else None
        doubtful = parent is not None and outcomes[parent].kind is Kind.DOUBT  # created, and not to be seen
        if task["parent_task_id"] != above and not doubtful:
            raise Violated(
                f"{whose}: row {row} is task {number} under {task['parent_task_id']}, its parent is {above}"
            )

    def may_be_taken(self, row: int, number: int) -> bool:
        """Whether nobody could tell that this task is not the row's: it agrees in all that was sent, where
        others make the like or the server changes what it keeps; or answers show less than is kept."""
        nature, body = self.server.nature, self.rows[row].body
        if self.server.origin[number] == "other":
            return True
        agree = all(
            ours == theirs
            for name, ours, theirs in zip(FIELDS, self.keys[row], self.server.keys[number], strict=True)
            if name in body
        )
        if agree and (nature.change or nature.alike):
            return True
        if not nature.change or nature.where != "echoed":
            return False
        shown, task = self.server.record(body, ME), self.server.tasks[number]
        return key(alterations.changed(shown, nature.change, gone=False)) == key(
            alterations.changed(task, nature.change, gone=False)
        )

    def not_silent(self, told: Told) -> None:
        """A run that says nothing of errors leaves no row undone, save below one in doubt."""
        if told.error or told.interrupted:
            return
        for row, outcome in told.outcomes.items():
            if outcome.kind is Kind.PENDING and not outcome.look:
                parent = self.rows[row].parent
                if parent is None or told.outcomes[parent].kind not in (Kind.DOUBT, Kind.PENDING):
                    raise Violated(f"row {row} is pending, and nothing is said: {outcome.problem}")

    # what a person does

    def answered(self, kept: Mapping[int, Outcome]) -> bool:
        """Does what a person does with rows in doubt and parents without an id: looks for each."""
        taken = {outcome.task_id for outcome in kept.values()}
        free = [
            task
            for number, task in self.server.tasks.items()
            if self.server.origin[number] == "ours" and number not in taken
        ]
        parents = {draft.parent for draft in self.plan.drafts}
        items = {outcome.row: item for item, outcome, _ in self.journal.standing()}
        doubtful = self.doubtful()
        nameless = [one for one in kept.values() if one.kind is Kind.CREATED and one.task_id is None]
        doubts = [one for one in kept.values() if one.row in doubtful]
        under = {row: self.journal.body_of(item).get("parent_task_id") for row, item in items.items()}
        has_child = {self.rows[row].parent: above for row, above in under.items() if above}
        answers: list[tuple[int, Outcome]] = []
        for outcome in [*nameless, *doubts]:
            row = outcome.row
            own = has_child.get(row)  # the task that a child of this row was sent under
            for task in sorted(free, key=lambda task, own=own: task["id"] != own):
                if self.server.keys[task["id"]] == self.keys[row] and task["parent_task_id"] == under[row]:
                    free.remove(task)
                    if outcome.kind is Kind.DOUBT or row in parents:
                        answers.append((items[row], Outcome(row, Kind.CREATED, task["id"])))
                    break
            else:
                if outcome.kind is Kind.DOUBT:
                    answers.append((items[row], Outcome(row, Kind.PENDING)))
        if self.trace is not None and answers:
            self.trace.append(f"== a person says {answers}")
        self.journal.settled(answers, self.clock.now)
        return bool(answers)


# ── many seeds ──


@dataclass
class Tally:
    """What many seeds came to. `failures` are by seed, what was violated."""

    seeds: int = 0
    runs: int = 0
    crashes: int = 0
    requests: int = 0
    doubts: int = 0
    failures: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0


def play(seed: int, trace: list[str] | None = None) -> Simulation:
    """One seed to its end. Raises Violated."""
    simulation = Simulation(draw(seed), trace)
    try:
        simulation.whole()
    except Violated as told:
        told.add_note(f"python -m tests.delivery.simulated --first {seed} --seeds 1 --trace")
        raise
    return simulation


def play_all(seeds: Iterable[int], most: int = 10) -> Tally:
    """Many seeds, until `most` have failed."""
    tally = Tally()
    began = time.perf_counter()
    for seed in seeds:
        simulation = Simulation(draw(seed))
        try:
            simulation.whole()
            if simulation.plan.plain and simulation.doubts + simulation.looks:
                raise Violated(f"{simulation.doubts} doubts, {simulation.looks} looks where all is plain")
        except Violated as told:
            cause = f" ({told.__cause__!r})" if told.__cause__ else ""
            tally.failures[seed] = f"{told}{cause}"
        tally.seeds += 1
        tally.runs += simulation.runs
        tally.crashes += simulation.crashes
        tally.requests += simulation.requests
        tally.doubts += simulation.doubts
        if len(tally.failures) >= most:
            break
    tally.seconds = time.perf_counter() - began
    return tally


def _kinds(outcomes: Mapping[int, Outcome]) -> list[str]:
    return [str(outcome.kind) for outcome in outcomes.values()]


def _traced(steps: Steps, trace: list[str]) -> Steps:
    """The same steps, written down."""
    told: Any = None
    try:
        step = next(steps)
        while True:
            trace.append(f"  {_short(step)}")
            told = yield step
            if told is not None:
                trace.append(f"    → {_short(told)}")
            step = steps.send(told)
    except StopIteration:
        return


def _short(told: object) -> str:
    """A step, or what it was told, in a line."""
    match told:
        case Post(drafts, bodies, alone, mark):
            above = [
                f"{d.row}<{b.get('parent_task_id')}" if d.parent else d.row
                for d, b in zip(drafts, bodies, strict=True)
            ]
            return f"Post{' alone' if alone else ''} {above}, {_mark(mark)}"
        case Reply(answer, began, ended):
            body = answer.body if answer.status not in (200, 201) else _shown(answer.body)
            damaged = "" if answer.readable else " unreadable"
            return f"{answer.status} {body}{damaged}, {ended - began:.1f} s, {answer.quota}"
        case Seen():
            tasks = _shown(list(told.tasks))
            whole = "whole" if told.whole else f"not whole: {told.why}"
            return (
                f"seen {tasks}, claimed {sorted(told.claimed)}, {whole}, {_mark(told.mark)}, {told.error!r}"
            )
        case ReadBack(mark):
            return f"ReadBack {_mark(mark)}"
        case InDoubt(drafts, why):
            return f"InDoubt {[d.row for d in drafts]} {why}"
        case Absent(drafts):
            return f"Absent {[d.row for d in drafts]}"
        case Settled(outcomes):
            return "Settled " + "; ".join(f"{o.row} {o.kind} {o.task_id or ''} {o.problem}" for o in outcomes)
    return repr(told)


def _mark(mark: Mark) -> str:
    return f"mark {mark.at and mark.at.timestamp() - BORN} {sorted(mark.ids)} of {mark.total}"


def _shown(told: Any) -> Any:
    if isinstance(told, list):
        return [_shown(one) for one in told]
    if isinstance(told, dict) and "name" in told:
        return f"{told.get('id')} {told['name']!r} under {told.get('parent_task_id')}"
    return told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.delivery.simulated")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--trace", action="store_true", help="tell every step of these seeds")
    parser.add_argument("--most", type=int, default=10, help="failures after which it ends")
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.seeds)
    if given.trace:
        for seed in seeds:
            trace: list[str] = []
            plan = draw(seed)
            print(f"seed {seed}: {plan.nature}\nbefore: {plan.before}\n{plan.limits}")
            for draft in plan.drafts:
                print(f"  {draft}")
            try:
                play(seed, trace)
            except Violated as told:
                trace.append(f"!! {told}")
            print("\n".join(trace))
        return 0
    tally = play_all(seeds, given.most)
    for seed, told in tally.failures.items():
        print(f"seed {seed}: {told}\n    python -m tests.delivery.simulated --first {seed} --seeds 1 --trace")
    print(
        f"{tally.seeds} seeds, {tally.runs} runs, {tally.crashes} crashes, {tally.requests} requests,"
        f" {tally.doubts} doubts, {len(tally.failures)} failures, {tally.seconds:.1f} seconds"
    )
    return int(bool(tally.failures))


if __name__ == "__main__":
    sys.exit(main())
