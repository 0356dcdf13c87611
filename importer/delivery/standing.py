"""Standing: how the rows of one run stand, and what the run has learnt of the server. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from importer.delivery.drafts import Kind, Outcome
from importer.delivery.pairing import IDENTITY, Landed, Task, differences, task_id
from importer.delivery.settling import Hidden, Seen, Sent
from importer.delivery.steps import Flight, Limits, Settled
from importer.errors import TasksheetError


class Standing:
    """`start` is what the first reading showed, `known` the rows that have their outcome."""

    def __init__(self, limits: Limits, start: Seen, known: Mapping[int, Outcome]) -> None:
        self.limits = limits
        self.outcome: dict[int, Outcome] = dict(known)
        self.rows: Mapping[int, int] = {}  # under which number a row of an earlier run stands in this sheet
        self.sent: dict[int, Sent] = {}  # created in this run, or in doubt since
        self.nameless: dict[int, Sent] = {}  # created rows whose ids nobody told
        self.claiming: set[int] = set()  # … and which may be among what a reading brings next
        self.unlisted: set[int] = set()  # found otherwise than in the list, which may not go back to them
        self.mark = self.floor = start.mark  # the newest task known now, and at the beginning
        self.quota = start.quota
        self.owner: int | None = None  # whose our tasks are
        self.ignoring: frozenset[str] = frozenset()  # fields that this server changes
        self.hidden: Hidden | None = None  # what the look-up of projects says of their lists
        self.left: Sequence[Task] = ()  # tasks that the last reading showed and no row sent
        self.undated: Sequence[Task] = ()  # … and those that may have been there before
        self.troubled = limits.verify  # what was created is to be counted at the end
        self.waited = 0.0  # seconds, for quota
        self.error: TasksheetError | None = None  # stops the sending
        self.undecided: TasksheetError | None = None  # said at the end

    def inherit(self, other: "Standing", rows: Mapping[int, int] = MappingProxyType({})) -> None:
        """Go on from where the settling of an earlier run's rows ended; `rows` of this sheet they are."""
        self.rows = rows
        self.mark, self.floor, self.quota = other.mark, other.floor, other.quota
        self.sent = {row: sent for row, sent in other.sent.items() if row not in other.nameless}
        self.outcome, self.unlisted, self.hidden = other.outcome | self.outcome, other.unlisted, other.hidden
        self.troubled |= other.troubled

    def adopt(self, earlier: Flight) -> None:
        """Rows of earlier runs that are tasks whose ids nobody told: their children wait for them."""
        if earlier.mark.before(self.floor):
            self.floor = earlier.mark
        for row in earlier.rows:
            self.sent[row.draft.row] = self.nameless[row.draft.row] = row

    def learn(self, tasks: Sequence[Task], count: int) -> None:
        """From an answer: whose tasks ours are, and the newest of them. `count` were created."""
        owners = {task.get("toggl_user_id") for task in tasks}
        if len(owners) == 1 and isinstance(owner := owners.pop(), int):
            self.owner = owner
        if not self.claiming:  # else readings go back to where the claimants are
            self.mark = self.mark.advanced(tasks, count)

    def there(self, pairs: Iterable[tuple[Sent, Task]]) -> Settled:
        """Rows that a reading shows as tasks."""
        return self.landed(
            (row, Landed(0, task_id(task), tuple(differences(row.body, task)))) for row, task in pairs
        )

    def landed(self, them: Iterable[tuple[Sent, Landed]]) -> Settled:
        """Rows that are tasks now, with what the server made of them."""
        outcomes: list[Outcome] = []
        fields: list[str] = []
        for row, one in them:
            note = "; ".join(
                f"server kept {name} as {kept!r}" if kept is not None else f"server dropped {name}"
                for name, kept in one.changed
            )
            fields += [name for name, _ in one.changed]
            number = row.draft.row
            self.sent[number] = row
            if one.id is None:
                self.troubled = True
                self.nameless[number] = row
                self.claiming.add(number)
            else:
                self.nameless.pop(number, None)
                self.claiming.discard(number)
            outcomes.append(Outcome(number, Kind.CREATED, one.id, note))
        self.ignoring |= set(fields) - set(IDENTITY)
        return self.settled(outcomes, fields)

    def settled(self, outcomes: Iterable[Outcome], changed: Iterable[str] = ()) -> Settled:
        settled = Settled(tuple(outcomes), tuple(changed))
        self.outcome.update((o.row, o) for o in settled.outcomes)
        for one in settled.outcomes:
            if one.row in self.rows:
                self.outcome[self.rows[one.row]] = replace(one, row=self.rows[one.row])
        return settled

    def in_doubt(self, rows: Iterable[tuple[Sent, str]]) -> Settled:
        told = []
        for row, why in rows:
            self.sent[row.draft.row] = row
            told.append(Outcome(row.draft.row, Kind.DOUBT, None, f"may be there or not: {why}"))
        return self.settled(told)
