"""Delivery: decides what to send next and what to make of the answer. Touches nothing.

`deliver` is a generator. It yields steps, whoever carries them out sends the answers back in:

    Post     send these bodies in one request        ← the Answer
    Wait     wait so many seconds                    ← None
    Settled  these rows have their outcome           ← None
    Halted   no use in going on; the error says why  (the last step)

One POST at a time, parents before children, in the sheet's order. A refused batch is split until
the bad rows stand alone; the last word on a row is what `POST /tasks` answers for it alone.
What may or may not have landed is `doubt` and is never sent again from here. Reading back what
became of it is to join as one more step, between an unclear answer and the next Post.
"""

from collections import deque
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from importer.errors import ComeBackLater, NotAllowed, QuotaSpent, TasksheetError, Unreachable
from importer.focus.answers import Answer, Quota
from importer.run.drafts import Body, Draft, Kind, Outcome, batches
from importer.run.meaning import Created, NeverSent, NotNow, Refused, Stop, Unclear, meaning


@dataclass(frozen=True, slots=True)
class Post:
    """One request with these bodies: to `/tasks/bulk`, or to `/tasks` where `alone`."""

    drafts: tuple[Draft, ...]
    bodies: tuple[Body, ...]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Outcomes that are final for this run; `changed` names fields that the server kept otherwise."""

    outcomes: tuple[Outcome, ...]
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Halted:
    error: TasksheetError


Step: TypeAlias = Post | Wait | Settled | Halted


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_wait`: seconds of waiting for quota in all. `tries`: attempts at a server out of reach."""

    batch: int = 100
    max_wait: float = 3600
    max_split: int = 50
    tries: int = 5


def deliver(
    drafts: Iterable[Draft], limits: Limits, known: Mapping[int, Outcome] = MappingProxyType({})
) -> Generator[Step, Answer | None, None]:
    """Yield the steps that create `drafts`, waves from 0 on. `known`: rows that have their outcome."""
    run = _Run(limits)
    run.outcome.update(known)
    waves: dict[int, list[Draft]] = {}
    for draft in drafts:
        waves.setdefault(draft.wave, []).append(draft)
    for wave in sorted(waves):
        ready: list[Draft] = []
        stuck: list[Outcome] = []
        for draft in waves[wave]:
            orphaned = run.orphaned(draft)
            if orphaned is None:
                ready.append(draft)
            else:
                stuck.append(orphaned)
        if stuck:
            yield run.settle(stuck)
        yield from run.send(ready)
    if error := run.error or run.undecided:
        yield Halted(error)


class _Run:
    """What one delivery knows so far."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.size = limits.batch
        self.outcome: dict[int, Outcome] = {}
        self.waited = 0.0
        self.splits = 0
        self.failures = 0
        self.error: TasksheetError | None = None  # stops the sending
        self.undecided: TasksheetError | None = None  # said at the end

    def settle(self, outcomes: Iterable[Outcome], changed: Iterable[str] = ()) -> Settled:
        settled = Settled(tuple(outcomes), tuple(changed))
        self.outcome.update((o.row, o) for o in settled.outcomes)
        return settled

    def orphaned(self, draft: Draft) -> Outcome | None:
        """The outcome of a row whose parent is not there to go under; None: it can be sent."""
        if draft.parent is None:
            return None
        parent = self.outcome.get(draft.parent)
        if parent is None or parent.kind in (Kind.PENDING, Kind.DOUBT):
            return Outcome(draft.row, Kind.PENDING, None, f"its parent in row {draft.parent} comes first")
        if parent.kind is not Kind.CREATED:
            return Outcome(
                draft.row, Kind.REJECTED, None, f"its parent in row {draft.parent} was not created"
            )
        if parent.task_id is None:
            why = f"its parent in row {draft.parent} was created, but the server told no id"
            self.undecided = ComeBackLater(
                "The server told no ids of tasks that have sub-tasks in this sheet, so those were not sent. "
                "Look the parents up in the workspace, and import the sub-tasks with their ids as parent."
            )
            return Outcome(draft.row, Kind.PENDING, None, why)
        return None

    def body(self, draft: Draft) -> Body:
        if draft.parent is None:
            return draft.body
        return {**draft.body, "parent_task_id": self.outcome[draft.parent].task_id}

    def send(self, drafts: Sequence[Draft]) -> Generator[Step, Answer | None, None]:
        """Send one wave. After an error the rest is left pending."""
        queue: deque[_Part] = deque(_Part(batch) for batch in batches(drafts, self.size))
        while queue:
            part = queue.popleft()
            if self.error or (part.split and self.splits >= self.limits.max_split):
                yield self.leave(part.drafts)
                continue
            if len(part.drafts) > self.size:
                queue.extendleft(map(_Part, reversed(list(batches(part.drafts, self.size)))))
                continue
            bodies = tuple(map(self.body, part.drafts))
            answer = yield Post(part.drafts, bodies, part.alone)
            assert answer is not None
            match said := meaning(answer, bodies):
                case Created():
                    self.passed(part, queue)
                    yield self.created(part.drafts, bodies, said)
                case Refused():
                    self.passed(part)
                    yield from self.refused(part, said, queue)
                case NotNow(seconds):
                    queue.appendleft(part)
                    yield from self.wait(seconds)
                case NeverSent(why):
                    queue.appendleft(part)
                    yield from self.retry(why)
                case Unclear(why):
                    doubt = f"may be there or not: {why}"
                    yield self.settle(Outcome(d.row, Kind.DOUBT, None, doubt) for d in part.drafts)
                case Stop(refusal, status):
                    queue.appendleft(part)
                    self.error = NotAllowed(
                        f"The workspace refused ({status}): {refusal or 'no reason given'}. "
                        "Check the key, the organization and workspace ids and your permissions.",
                        trace_id=refusal.trace_id,
                    )

    def passed(self, part: "_Part", queue: "deque[_Part] | None" = None) -> None:
        """The server gave its verdict on a part. A half that it took proves the other one bad,
        which is then split further without being sent."""
        self.failures = 0
        self.splits += part.split
        if queue and part.first_half:
            queue.extendleft(reversed(_parts(queue.popleft().drafts)))

    def leave(self, drafts: Iterable[Draft]) -> Settled:
        """Rows that this run does not send any more."""
        why = "not sent; run again to send it"
        if not self.error:
            why = "not decided within --max-split; run again to go on"
            self.undecided = ComeBackLater(
                f"Splitting refused batches took {self.splits} requests (--max-split); "
                "run again to go on, or mend what the rejected rows have in common first."
            )
        return self.settle(Outcome(draft.row, Kind.PENDING, None, why) for draft in drafts)

    def created(self, batch: Sequence[Draft], bodies: Sequence[Body], said: Created) -> Settled:
        outcomes, fields = [], []
        for landed in said.landed:
            note = "; ".join(
                f"server kept {name} as {kept!r}" if kept is not None else f"server dropped {name}"
                for name, kept in landed.changed
            )
            fields += [name for name, _ in landed.changed]
            outcomes.append(Outcome(batch[landed.index].row, Kind.CREATED, landed.id, note))
        outcomes += [
            Outcome(batch[i].row, Kind.DOUBT, None, "may be there or not: the answer leaves it out")
            for i in said.unclear
        ]
        return self.settle(outcomes, fields)

    def refused(
        self, part: "_Part", said: Refused, queue: "deque[_Part]"
    ) -> Generator[Step, Answer | None, None]:
        """Narrow a refusal down to the rows that earn it."""
        if said.limit is not None and len(part.drafts) > said.limit:
            self.size = min(self.size, said.limit)
            queue.appendleft(_Part(part.drafts))
        elif part.alone:
            words = str(said.refusal) or f"the server refused it ({said.status})"
            yield self.settle([Outcome(part.drafts[0].row, Kind.REJECTED, None, words)])
        else:
            queue.extendleft(reversed(_parts(part.drafts, said.index)))

    def wait(self, seconds: float | None) -> Generator[Step, Answer | None, None]:
        pause = 60.0 if seconds is None else max(1.0, seconds)
        if self.waited + pause > self.limits.max_wait:
            self.error = QuotaSpent(
                f"The quota is spent; it opens again in {round(pause)} seconds. "
                "Run the same command again then, or allow a longer --max-wait."
            )
            return
        self.waited += pause
        yield Wait(pause, "the quota is spent")

    def retry(self, why: str) -> Generator[Step, Answer | None, None]:
        self.failures += 1
        if self.failures >= self.limits.tries:
            self.error = Unreachable(f"The workspace could not be reached: {why}. Run again to resume.")
            return
        yield Wait(2.0 ** (self.failures - 1), why)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one request carries. `alone`: one row, to `/tasks`, whose error is the last word on it.

    `split`: a part of a refused batch. `first_half`: its other half comes next, and one of both is
    bad.
    """

    drafts: tuple[Draft, ...]
    alone: bool = False
    split: bool = False
    first_half: bool = False


def _parts(drafts: tuple[Draft, ...], index: int | None = None) -> list[_Part]:
    """What to send instead of a refused batch: around the row that the error names, or in halves."""
    if len(drafts) == 1:
        return [_Part(drafts, alone=True, split=True)]
    if index is not None:
        around = (drafts[:index], drafts[index : index + 1], drafts[index + 1 :])
        return [_Part(some, alone=len(some) == 1, split=True) for some in around if some]
    middle = len(drafts) // 2
    first, second = drafts[:middle], drafts[middle:]
    return [
        _Part(first, alone=len(first) == 1, split=True, first_half=True),
        _Part(second, alone=len(second) == 1, split=True),
    ]


def plan(drafts: Sequence[Draft], size: int) -> int:
    """The requests that a delivery without trouble costs."""
    waves: dict[int, int] = {}
    for draft in drafts:
        waves[draft.wave] = waves.get(draft.wave, 0) + 1
    return sum(-(-count // size) for count in waves.values())


PLANS = (30, 240, 600)  # requests an hour, by plan


def waiting(requests: int, quota: Quota) -> float:
    """Seconds of waiting that so many requests take at the present quota; 0 where it is not known.

    What a new hour grants is not told: the smallest plan that what is left now can be of is assumed.
    """
    if quota.remaining is None or requests <= quota.remaining:
        return 0.0
    hourly = next((plan for plan in PLANS if quota.remaining <= plan), PLANS[-1])
    further = -(-(requests - quota.remaining) // hourly)
    return (quota.resets_in or 3600.0) + 3600.0 * (further - 1)
