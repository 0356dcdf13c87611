"""Delivery: decides what to send next, what to make of the answer, and what to read back. Touches nothing.

`Delivery` is a pair of generators. They yield steps (`steps`), and whoever carries them out sends back
what came of each. One POST at a time, parents before children, in the sheet's order.

- A refused batch is split until the bad rows stand alone; the last word on a row is what `POST /tasks`
  answers for it alone.
- What may or may not have landed is settled by reading back before anything else is sent: what is there is
  believed at once, what is not only later. What can't be settled is `doubt` and is never sent again.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from importer.delivery.drafts import Body, Draft, Kind, Outcome, batches
from importer.delivery.meaning import Created, NeverSent, NotNow, Refused, Stop, Unclear, meaning, tasks_of
from importer.delivery.pairing import task_id
from importer.delivery.parts import Part, split
from importer.delivery.readback import Absentees, ReadingBack, has_external_id, records
from importer.delivery.refusals import Refusals
from importer.delivery.settling import Mark, Seen, Sent, may_be_hidden, similar
from importer.delivery.steps import (
    Absent,
    Ask,
    Flight,
    Halted,
    InDoubt,
    Limits,
    Post,
    Reply,
    Settled,
    Steps,
    Wait,
)
from importer.errors import ComeBackLater, NotAllowed, QuotaSpent, Unreachable
from importer.focus.answers import Quota

UNDECIDED = "not decided within --max-split; run again to go on"
TIMED_OUT = (408, 425, 499)  # refusals of somebody on the way, who does not know what became of the rows
RESERVE = 2  # requests kept in hand to read back with: once at once, once when absence can be believed
NOTHING_LANDED = 3  # times in a row that a batch was looked for and not a row of it was there


class Delivery(ReadingBack):
    """The decisions of one run.

    `start` is what the first reading showed, `known` the rows that have their outcome.
    """

    def __init__(
        self, limits: Limits, start: Seen, known: Mapping[int, Outcome] = MappingProxyType({})
    ) -> None:
        super().__init__(limits, start, known)
        self.size = limits.batch  # until the server names a smaller one
        self.posted = False
        self.splits = 0  # requests for parts of refused batches
        self.unreachable = self.fruitless = 0  # times in a row
        self.refusals = Refusals()
        self.half_writes = False  # this server writes and refuses
        self.waits_write = False  # this server writes and says: not now

    # What an earlier run left

    def recover(self, flights: Iterable[Flight]) -> Steps:
        """Settle batches whose answers nobody saw. What is absent is left to be sent like any row."""
        for flight in flights:
            self.troubled = True
            if flight.mark.before(self.floor):
                self.floor = flight.mark
            self.ignoring = flight.ignoring
            absent = yield from self.settle(
                flight.rows, flight.mark, flight.failed, flight.took, flight.claimants
            )
            if absent:
                yield Absent(tuple(row.draft for row in absent))
        self.ignoring = frozenset()
        if self.error:
            yield Halted(self.error)

    # Waves

    def deliver(self, drafts: Iterable[Draft]) -> Steps:
        """Create `drafts`, waves from 0 on, and count at the end what is there."""
        waves: dict[tuple[bool, int], list[Draft]] = {}
        late: set[int | None] = set()  # rows that go last, and what is under them
        for draft in sorted(drafts, key=lambda draft: draft.wave):
            if draft.last or draft.parent in late:
                late.add(draft.row)
            waves.setdefault((draft.row in late, draft.wave), []).append(draft)
        for wave in sorted(waves):
            if not self.error and any(draft.parent in self.nameless for draft in waves[wave]):
                yield from self.name_them()
            ready: list[Draft] = []
            stuck: list[Outcome] = []
            for draft in waves[wave]:
                orphaned = self.orphaned(draft)
                if orphaned is None:
                    ready.append(draft)
                else:
                    stuck.append(orphaned)
            if stuck:
                yield self.settled(stuck)
            yield from self.send(ready)
        if self.troubled and not self.error and self.sent:
            yield from self.verify()
            self.look_at_children(waves.values())
        if error := self.error or self.undecided:
            yield Halted(error)

    def orphaned(self, draft: Draft) -> Outcome | None:
        """The outcome of a row whose parent is not there to go under; None: it can be sent."""
        if draft.parent is None:
            return None
        parent = self.outcome.get(draft.parent)
        if parent is None or parent.kind in (Kind.PENDING, Kind.DOUBT):
            return Outcome(draft.row, Kind.PENDING, None, f"its parent in row {draft.parent} comes first")
        if parent.task_id is not None:
            return None
        if parent.kind is Kind.CREATED:
            why = f"its parent in row {draft.parent} was created, but the server told no id"
            if self.error:
                return Outcome(draft.row, Kind.PENDING, None, why)
            cure = "look it up, and say so with tasksheet runs RUN --landed ROW=TASK_ID"
            return Outcome(draft.row, Kind.PENDING, None, f"{why}; {cure}", look=True)
        if parent.kind is Kind.SKIPPED:
            return Outcome(draft.row, Kind.PENDING, None, f"its parent in row {draft.parent} was not sent")
        return Outcome(draft.row, Kind.REJECTED, None, f"its parent in row {draft.parent} was not created")

    def look_at_children(self, waves: Iterable[Sequence[Draft]]) -> None:
        """Rows whose parents turned out to be there when all was counted."""
        for draft in (draft for wave in waves for draft in wave):
            parent = self.outcome.get(draft.parent or 0)
            if self.outcome[draft.row].kind is Kind.PENDING and parent and parent.task_id is not None:
                self.undecided = self.undecided or ComeBackLater(
                    "Rows in doubt turned out to be there; run again to send their sub-tasks."
                )

    def body(self, draft: Draft) -> Body:
        if draft.parent is None:
            return draft.body
        return {**draft.body, "parent_task_id": self.outcome[draft.parent].task_id}

    # Sending

    def send(self, drafts: Sequence[Draft]) -> Steps:
        """Send one wave. After an error the rest is left pending."""
        together = [draft for draft in drafts if not draft.alone]
        queue: deque[Part] = deque(Part(batch) for batch in batches(together, self.size))
        queue.extend(Part((draft,), alone=True, split=True) for draft in drafts if draft.alone)
        while queue:
            part = queue.popleft()
            if part.split and (hopeless := self.refusals.hopeless(part.drafts)):
                yield self.settled(hopeless)
                gone = {outcome.row for outcome in hopeless}
                part = part.without(gone)
                if not part.drafts:
                    continue
            if self.error or (part.split and self.splits >= self.limits.max_split):
                yield self.leave(part.drafts)
                continue
            if len(part.drafts) > self.size:
                queue.extendleft(map(Part, reversed(list(batches(part.drafts, self.size)))))
                continue
            if self.short_of_quota():
                queue.appendleft(part)
                yield from self.wait(self.quota.resets_in)
                continue
            yield from self.post(part, queue)
        yield from self.held_rows()

    def post(self, part: Part, queue: deque[Part]) -> Steps:
        rows = tuple(Sent(draft, self.body(draft)) for draft in part.drafts)
        bodies = tuple(row.body for row in rows)
        mark = self.mark  # before what the answer shows moves it on
        reply = yield Post(part.drafts, bodies, part.alone, mark, self.ignoring)
        assert isinstance(reply, Reply)
        self.posted = True
        if reply.answer.quota != Quota():
            self.quota = reply.answer.quota
        match said := meaning(reply.answer, bodies):
            case Created():
                self.passed(part, queue)
                if said.landed:
                    self.unreachable = self.fruitless = 0
                    self.refusals.accepted = True
                    yield from self.held_rows()
                ids = {landed.id for landed in said.landed}
                shown = [task for task in tasks_of(reply.answer.body) if task_id(task) in ids]
                self.learn(shown, len(said.landed))
                if said.landed:
                    yield self.landed((rows[one.index], one) for one in said.landed)
                if open := [rows[index] for index in said.unclear]:
                    yield from self.look_for(open, "the answer leaves it out", part, reply, queue, mark)
            case Refused():
                self.passed(part)
                yield from self.refused(part, rows, said, reply, queue)
            case NotNow(seconds):
                yield from self.not_now(part, rows, seconds, reply, queue)
            case NeverSent(why):
                yield Absent(part.drafts)
                queue.appendleft(part)
                yield from self.retry(why)
            case Unclear(why):
                yield from self.look_for(rows, why, part, reply, queue)
            case Stop(refusal, status):
                self.stop(str(refusal), status, refusal.trace_id)
                if status in TIMED_OUT:
                    yield InDoubt(part.drafts, f"may be there or not: answered {status}; the next run looks")
                    return
                yield Absent(part.drafts)
                queue.appendleft(part)

    def stop(self, words: str, status: int, trace_id: str | None) -> None:
        self.error = NotAllowed(
            f"The workspace refused ({status}): {words or 'no reason given'}. "
            "Check the key, the organization and workspace ids and your permissions.",
            trace_id=trace_id,
        )

    def leave(self, drafts: Iterable[Draft]) -> Settled:
        """Rows that this run does not send any more."""
        why = "not sent; run again to send it"
        if not self.error:
            why = UNDECIDED
            self.undecided = ComeBackLater(
                f"Splitting refused batches took {self.splits} requests (--max-split); "
                "run again to go on (row by row then), or mend what the rejected rows have in common first."
            )
        return self.settled(Outcome(draft.row, Kind.PENDING, None, why) for draft in drafts)

    # Refused

    def passed(self, part: Part, queue: deque[Part] | None = None) -> None:
        """The server gave its verdict on a part. A half that it took proves the other one bad,
        which is then split further without being sent."""
        self.unreachable = 0
        self.splits += part.split
        if queue and part.first_half:
            queue.extendleft(reversed(split(queue.popleft().drafts)))

    def refused(
        self, part: Part, rows: Sequence[Sent], said: Refused, reply: Reply, queue: deque[Part]
    ) -> Steps:
        """Narrow a refusal down to the rows that earn it, after a look at whether it is one."""
        self.troubled = True
        if self.half_writes:
            why = f"refused ({said.status}) by a server that writes all the same"
            yield InDoubt(part.drafts, why, reply.ended - reply.began)
            absent = yield from self.settle(rows, self.mark, reply.ended, reply.ended - reply.began)
        else:
            absent = yield from self.doubt_refusal(rows, said, reply)
        if not absent:
            return
        drafts = tuple(row.draft for row in absent)
        yield Absent(drafts)
        if self.error:
            queue.appendleft(Part(drafts, alone=part.alone))
        elif len(drafts) < len(part.drafts):
            queue.extendleft(reversed(split(drafts)))
        elif said.limit is not None and len(drafts) > said.limit:
            self.size = min(self.size, said.limit)
            queue.appendleft(Part(drafts))
        elif part.alone:
            yield from self.reject(absent[0], said, queue)
        else:
            queue.extendleft(reversed(split(drafts, said.index)))

    def doubt_refusal(self, rows: Sequence[Sent], said: Refused, reply: Reply) -> Absentees:
        """Read the first refusal of a run back: a server may write half a batch and then refuse.

        After 403 and 404 the same reading tells whether it is the rows that are refused, or we.
        """
        forbidden = said.status in (403, 404)
        first_forbidden = forbidden and not self.refusals.forbidden_read
        if not self.refusals.to_be_read(said, len(rows)) and not first_forbidden:
            return list(rows)
        mark, took = self.mark, reply.ended - reply.began
        why = f"refused ({said.status}), which is read back once"
        yield InDoubt(tuple(row.draft for row in rows), why, took, Kind.PENDING)
        seen = yield from self.read(mark)
        if seen.error and forbidden and isinstance(seen.error, NotAllowed):
            self.stop(said.words, said.status, said.refusal.trace_id)
            return list(rows)
        if seen.error:
            self.error = seen.error
            return []
        self.refusals.forbidden_read |= forbidden
        there = yield from self.present(rows, seen)
        absent = [row for row in rows if row.draft.row not in there]
        if there or any(similar(row, self.left) for row in absent):
            self.half_writes = True
            return (yield from self.settle(absent, mark, reply.ended, took))
        hidden = all(may_be_hidden(row.body, seen, self.hidden) for row in rows)
        telling = seen.whole and len(rows) > 1 and said.first != 0 and said.limit is None and not hidden
        self.refusals.looked(said, telling=telling)
        if self.refusals.demanded is None:
            told = records((yield Ask("constraints")))
            self.refusals.demanded = tuple(str(one.get("kind")) for one in told or ())
        return absent

    def reject(self, row: Sent, said: Refused, queue: deque[Part]) -> Steps:
        """A row that was refused alone."""
        words = said.words
        if said.status == 409 and has_external_id(row.body):
            if (yield from self.adopted(row)):
                return
            words += " (see the task that has this row's external id)"
        words += self.refusals.wanting(row.body)
        self.refusals.count(row, said)
        rejected = Outcome(row.draft.row, Kind.REJECTED, None, words)
        if said.status not in (403, 404) or said.field or self.refusals.accepted:
            yield self.settled([rejected])
            return
        self.refusals.held.append(rejected)
        if self.refusals.not_ours(said.words):
            self.stop(said.words, said.status, said.refusal.trace_id)

    def held_rows(self) -> Steps:
        """Rows that were refused alone and may have been so for lack of a right: it was their fault,
        unless the run stopped for it."""
        held, self.refusals.held = self.refusals.held, []
        if held and isinstance(self.error, NotAllowed):
            yield self.settled(
                Outcome(one.row, Kind.PENDING, None, f"not sent; refused: {one.problem}") for one in held
            )
        elif held:
            yield self.settled(held)

    # Not now, or out of reach

    def not_now(
        self, part: Part, rows: Sequence[Sent], seconds: float | None, reply: Reply, queue: deque[Part]
    ) -> Steps:
        """Wait; the first time what was told to wait is looked for before it goes again."""
        self.troubled = True
        if self.waits_write:
            yield from self.look_for(
                rows, "told to wait by a server that writes all the same", part, reply, queue
            )
            return
        if reply.answer.status not in self.refusals.waited:
            self.refusals.waited.add(reply.answer.status)
            yield from self.first_wait(part, rows, seconds, reply, queue)
            return
        yield Absent(part.drafts)
        queue.appendleft(part)
        yield from self.wait(seconds)

    def first_wait(
        self, part: Part, rows: Sequence[Sent], seconds: float | None, reply: Reply, queue: deque[Part]
    ) -> Steps:
        """Wait, then read back once what was told to wait."""
        mark, took = self.mark, reply.ended - reply.began
        why = "told to wait; it is looked for before it goes again"
        yield InDoubt(part.drafts, why, took, Kind.PENDING)
        yield from self.wait(seconds)
        if self.error:
            return
        seen = yield from self.read(mark)
        if seen.error:
            self.error = seen.error
            return
        there = yield from self.present(rows, seen)
        absent = [row for row in rows if row.draft.row not in there]
        if there or any(similar(row, self.left) for row in absent):
            self.waits_write = True
            absent = yield from self.settle(absent, mark, reply.ended, took)
        if absent:
            yield Absent(tuple(row.draft for row in absent))
            queue.appendleft(part.of(absent))

    def short_of_quota(self) -> bool:
        """Whether a POST would leave too little to read back with. The first may always go."""
        left = self.quota.remaining
        return left is not None and left < 1 + (RESERVE if self.posted else 0)

    def wait(self, seconds: float | None) -> Steps:
        """Wait for quota, within what is allowed."""
        self.troubled = True
        pause = 60.0 if seconds is None else max(1.0, seconds)
        if self.waited + pause > self.limits.max_wait:
            self.error = QuotaSpent(
                f"The quota is spent; it opens again in {round(pause)} seconds. "
                "Run the same command again then, or allow a longer --max-wait.",
                resets_in=pause,
            )
            return
        self.waited += pause
        self.quota = Quota()
        yield Wait(pause, "the quota is spent", quota=True)

    def retry(self, why: str) -> Steps:
        self.unreachable += 1
        if self.unreachable >= self.limits.tries:
            self.error = Unreachable(f"The workspace could not be reached: {why}. Run again to resume.")
            return
        yield Wait(2.0 ** (self.unreachable - 1), why)

    # Reading back

    def look_for(
        self,
        rows: Sequence[Sent],
        why: str,
        part: Part,
        reply: Reply,
        queue: deque[Part],
        before: Mark | None = None,
    ) -> Steps:
        """Settle rows that may have landed; what is absent goes again. Where the server took others of
        the batch, and the mark `before` it is needed, it goes alone: there may be a reason, which is told
        of a row alone."""
        self.troubled = True
        took = reply.ended - reply.began
        yield InDoubt(tuple(row.draft for row in rows), f"may be there or not: {why}", took)
        absent = yield from self.settle(rows, before or self.mark, reply.ended, took)
        if len(absent) == len(part.drafts):
            self.fruitless += 1
            if self.fruitless >= NOTHING_LANDED and not self.error:
                self.error = Unreachable(
                    f"The workspace took nothing {self.fruitless} times in a row ({why}). "
                    "Run again to resume."
                )
        else:
            self.fruitless = 0
        if absent:
            yield Absent(tuple(row.draft for row in absent))
            if before:
                queue.extendleft(Part((row.draft,), alone=True, split=True) for row in reversed(absent))
            else:
                queue.appendleft(part.of(absent))
