"""ReadingBack: settles rows that may have landed, and counts at the end what is there. Touches nothing."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from importer.delivery.drafts import Body, Kind, Outcome
from importer.delivery.pairing import Task, content, exact, may_be, task_id
from importer.delivery.settling import (
    Hidden,
    Mark,
    Seen,
    Sent,
    candidates,
    found,
    may_be_hidden,
    not_older,
    similar,
)
from importer.delivery.standing import Standing
from importer.delivery.steps import Ask, Find, Noted, ReadBack, Step, Steps, Told, Wait
from importer.errors import ComeBackLater

FRUITLESS = 3  # readings in a row that settle nothing

Absentees: TypeAlias = Generator[Step, Told, list[Sent]]


class ReadingBack(Standing):
    """What is there is believed at once, what is not there only late, and what can't be told is doubt."""

    def settle(
        self,
        rows: Sequence[Sent],
        mark: Mark,
        failed: float,
        took: float,
        claimants: Sequence[Sent] = (),
    ) -> Absentees:
        """Read back until every row is known to be there, or believed not to be, or in doubt for good.

        Gives the rows that are not there. After an error the rest stays open, for the next run.
        """
        open = list(rows)
        believed = failed + max(self.limits.settle, 2 * took)
        idle, matched = 0, False
        if len(open) == 1 and has_external_id(open[0].body) and (yield from self.adopted(open[0], mark)):
            return []
        while open and not self.error:
            seen = yield from self.read(mark)
            if seen.error:
                self.error = seen.error
                return []
            there = yield from self.present(open, seen, claimants, alike=not matched)
            matched |= bool(there)
            open = [row for row in open if row.draft.row not in there]
            idle = 0 if there else idle + 1
            if not open:
                return []
            if not seen.whole:
                yield self.in_doubt((row, seen.why) for row in open)
                return []
            if seen.began >= believed:
                return (yield from self.absent(open, seen))
            if idle == FRUITLESS:
                self.error = ComeBackLater(
                    "Rows may have landed, and three readings did not settle one. Run again to resume."
                )
                return []
            yield Wait(believed - seen.ended, "the server may still be writing")
        return []

    def read(self, mark: Mark, *, counting: bool = False) -> Generator[Step, Told, Seen]:
        seen = yield ReadBack(mark, counting)
        assert isinstance(seen, Seen)
        self.quota = seen.quota
        return seen

    def find(self, row: Sent) -> Generator[Step, Told, Seen]:
        """The task with the row's own external id: one request, and surer than any list."""
        seen = yield Find(str(row.body["integration_source"]), row.body["integration_ext_id"])
        assert isinstance(seen, Seen)
        self.quota = seen.quota
        return seen

    def adopted(self, row: Sent, mark: Mark | None = None) -> Generator[Step, Told, bool]:
        """Settle a row by its external id, with a task that may have come after the mark. What is not
        found that way is looked for in the list: no page says that every server knows that address."""
        seen = yield from self.find(row)
        if mark:
            seen = replace(seen, tasks=[task for task in seen.tasks if not_older(task, mark)])
        owner = self.owner if mark else None
        told = found([row], seen, ignoring=self.ignoring, owner=owner)
        if told.landed:
            self.unlisted.add(row.draft.row)
            yield self.there([(row, told.landed[0])])
        return bool(told.landed)

    def present(
        self, rows: Sequence[Sent], seen: Seen, claimants: Sequence[Sent] = (), *, alike: bool = True
    ) -> Generator[Step, Told, set[int]]:
        """Settle the rows that a reading shows to be there; gives them. `alike`: none of their batch
        has matched yet."""
        still = [one for one in claimants if one.draft.row not in self.outcome or not self.id_of(one)]
        first = [*(self.nameless[number] for number in sorted(self.claiming)), *still]
        told = found(
            rows,
            seen,
            claimants=[row.body for row in first],
            ignoring=self.ignoring,
            owner=self.owner,
            alike=alike,
        )
        self.ignoring |= told.changed
        pairs = [(first[place], task) for place, task in told.claims.items()]
        pairs += [(rows[place], task) for place, task in told.landed.items()]
        if pairs:
            yield self.there(pairs)
        self.left, self.undated = told.left, seen.undated
        if seen.mark.at is not None or seen.mark.empty:
            self.mark = seen.mark
            if seen.whole:
                self.claiming.clear()  # the others are older than the new mark
        return {rows[place].draft.row for place in told.landed}

    def absent(self, rows: Sequence[Sent], seen: Seen) -> Absentees:
        """Of rows that a whole and late reading did not show: which can be believed not to be there."""
        doubtful: list[tuple[Sent, str]] = []
        gone: list[Sent] = []
        yield from self.ask_states(rows, seen)
        for row in rows:
            task = similar(row, [*self.left, *self.undated])
            if task is not None:
                doubtful.append((row, f"task {task.get('id')} is like it, but not the same"))
            elif kind := may_be_hidden(row.body, seen, self.hidden):
                doubtful.append((row, f"the list may not show {kind}"))
            else:
                gone.append(row)
        if doubtful:
            yield self.in_doubt(doubtful)
        return gone

    def ask_states(self, rows: Iterable[Sent], seen: Seen) -> Steps:
        """Look the projects up where it matters whether a list shows their tasks, and once."""
        if self.hidden is None and any(may_be_hidden(row.body, seen, None) for row in rows):
            self.hidden = _states(records((yield Ask("projects"))))

    def name_them(self) -> Steps:
        """Read back the ids of tasks that answers did not name: their sub-tasks need them."""
        seen = yield from self.read(self.floor, counting=True)
        if seen.error:
            self.error = seen.error
        else:
            yield from self.named(seen)

    def named(self, seen: Seen) -> Steps:
        """Give rows without an id the ids of what is over; all of them are known to have landed."""
        rows = list(self.nameless.values())
        told = found(rows, replace(seen, tasks=self.over(seen)), ignoring=self.ignoring, owner=self.owner)
        self.ignoring |= told.changed
        if told.landed:
            yield self.there((rows[place], task) for place, task in told.landed.items())

    def over(self, seen: Seen) -> list[Task]:
        """Tasks that stand for no row."""
        taken = {outcome.task_id for outcome in self.outcome.values() if outcome.task_id}
        return [task for task in candidates(seen, self.owner) if task.get("id") not in taken]

    # The end

    def verify(self) -> Steps:
        """Read what was created back and count it: name what is missing or there twice."""
        seen = yield from self.read(self.floor, counting=True)
        if seen.error:
            yield Noted(f"what was created could not be counted: {seen.error.message}")
            return
        if self.nameless:
            yield from self.named(seen)
        doubts = self.rows_of(Kind.DOUBT)
        free = dict(enumerate(self.over(seen)))
        late = exact([row.body for row in doubts], free, self.ignoring, series=False)
        if late:
            yield self.there((doubts[place], task) for place, task in late.items())
        if seen.whole:
            yield from self.missing(seen, [*free.values(), *seen.undated])
        else:
            yield Noted(f"what was created could not be counted: {seen.why}")
        if twice := self.twice(seen, list(free.values())):
            yield self.settled(twice)

    def twice(self, seen: Seen, left: Sequence[Task]) -> list[Outcome]:
        """Rows of which the list shows a second task, as this server keeps it. One that may be a row in
        doubt is nobody's second."""
        shown = {task_id(task): content(task) for task in seen.tasks}
        own: dict[Any, list[Outcome]] = {}
        for row in self.rows_of(Kind.CREATED):
            outcome = self.outcome[row.draft.row]
            if outcome.task_id in shown:
                own.setdefault(shown[outcome.task_id], []).append(outcome)
        named = []
        doubts = self.rows_of(Kind.DOUBT)
        for task in left:
            if may := next((row for row in doubts if may_be(row.body, task)), None):
                doubts.remove(may)
            elif same := own.get(content(task)):
                named.append(_found_twice(same.pop(), task))
        return named

    def missing(self, seen: Seen, left: Sequence[Task]) -> Steps:
        """Rows that were created and are not in a whole list that would show them."""
        gone = [
            row
            for row in self.rows_of(Kind.CREATED)
            if row.draft.row not in self.unlisted
            and self.outcome[row.draft.row].task_id not in seen.ids
            and not (row.draft.row in self.nameless and similar(row, left))
        ]
        yield from self.ask_states(gone, seen)
        gone = [row for row in gone if not may_be_hidden(row.body, seen, self.hidden)]
        if gone:
            yield self.in_doubt(
                (row, f"{self.named_task(row)} was created, but the list does not show it") for row in gone
            )

    def id_of(self, row: Sent) -> int | None:
        return self.outcome[row.draft.row].task_id

    def named_task(self, row: Sent) -> str:
        number = self.id_of(row)
        return "it" if number is None else f"task {number}"

    def rows_of(self, kind: Kind) -> list[Sent]:
        return [row for number, row in self.sent.items() if self.outcome[number].kind is kind]


def _found_twice(before: Outcome, task: Task) -> Outcome:
    text = (
        f"found twice: task {task.get('id')} has the same content; delete one, and say which is left with "
        "tasksheet runs RUN --landed ROW=TASK_ID"
    )
    return replace(before, problem="; ".join(filter(None, [before.problem, text])), look=True)


def records(told: Told) -> list[dict[str, Any]] | None:
    return told if isinstance(told, list) else None


def _identity(body: Body) -> tuple[Any, Any]:
    return body.get("integration_source"), body.get("integration_ext_id")


def has_external_id(body: Body) -> bool:
    return all(_identity(body))


def _archived(project: dict[str, Any]) -> bool:
    """One made through the API is never `active`; that counts only where nothing better is told."""
    told = [project[key] for key in ("archived_at", "archived") if key in project]
    return any(told) if told else project.get("active") is False


def _states(projects: list[dict[str, Any]] | None) -> Hidden | None:
    """Why the tasks of each project may not be listed."""
    if projects is None:
        return None
    return {
        one["id"]: frozenset(
            word
            for word, there in (
                ("completed", one.get("completed_at") or one.get("completed")),
                ("archived", _archived(one)),
                ("draft", one.get("draft")),
            )
            if there
        )
        for one in projects
        if isinstance(one.get("id"), int)
    }
