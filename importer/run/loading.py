"""Loading: one import under way, from the journal to the last answer."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from importer.delivery import creating
from importer.delivery.carry import Carrier, Progress
from importer.delivery.cost import plan, waiting
from importer.delivery.drafts import Draft, Kind, Outcome
from importer.delivery.journal import Entry, Journal
from importer.delivery.lookback import Lookback
from importer.delivery.pairing import Task, task_id
from importer.delivery.sending import UNDECIDED, Delivery
from importer.delivery.settling import Seen
from importer.delivery.steps import Flight, Limits
from importer.errors import TasksheetError, Unforeseen
from importer.focus.client import Client
from importer.run import already, create
from importer.run.completion import complete
from importer.run.known import QUESTION, Answers, Verdict
from importer.run.recall import Recalled, heading, projects, recall
from importer.run.reports import Report
from importer.run.resolve import Resolver, resolver_for
from importer.run.rows import Rows
from importer.run.source import Checked, Source
from importer.run.summary import Preview, Question, Summary
from importer.settings import Connection
from importer.task.problem import Problem
from importer.watch import Patience, Stopped, Watch, pause

_AGAIN = "run again with --again LABEL to import a further copy on purpose"


@dataclass(frozen=True, slots=True)
class Options:
    """What `tasksheet import` was asked for.

    `label` is that of --again, `state` the folder of the journal, `create` the kinds of names that
    --create-missing creates (create.KINDS).
    """

    dry_run: bool = False
    skip_invalid: bool = False
    report: Path | None = None
    limits: Limits = field(default_factory=Limits)
    label: str | None = None
    answers: Answers = field(default_factory=Answers)
    state: Path | None = None
    create: frozenset[str] = frozenset()


@dataclass
class Loading:
    """One import under way. `run` None: a dry one."""

    run: str | None
    rows: Rows
    options: Options
    journal: Journal
    client: Client
    patience: Patience
    stopped: Stopped
    watch: Watch
    ask: Callable[[Preview], bool]
    ask_new: Callable[[Question], Answers | None]
    recalled: Recalled = field(default_factory=Recalled)
    looking: Lookback | None = None
    earlier: Delivery | None = None
    old_book: dict[int, int] = field(default_factory=dict)
    resolver: Resolver | None = None
    names: creating.Names = field(default_factory=dict)  # that the workspace lacks
    resolved: float = 0.0  # when on time.monotonic() its lists were begun

    def load(self, source: Source, connection: Connection, report: Report) -> Summary:
        """The import itself, from the journal to the last answer."""
        checked, options = self.rows.checked, self.options
        summary = self.summary = Summary(checked, run=self.run)
        self.recall()
        if report.unknown and options.label is None:
            return self.stop(
                f"the report in {report.unknown} tells of tasks that no journal knows, so the sheet seems to "
                f"be in the workspace already; {_AGAIN}"
            )
        flights = self.flights()
        if not flights:
            self.ask_about()
            if not self.to_try():
                return self.finish([])
        start = Seen()
        try:
            if flights or self.sendable():
                self.looking = Lookback(self.client, time.monotonic, time.time, self.journal.claimed)
                start = self.looking.newest()
            if flights and not options.dry_run:
                self.recover(flights, start)
                self.recall()
            if flights:
                self.ask_about()
            if (self.sendable() or self.blocked()) and not summary.error and not summary.interrupted:
                self.resolve(source)
        except TasksheetError as error:  # what is known is told all the same
            summary.error = error
        if summary.error or summary.interrupted:
            return self.finish([])
        todo = [] if self.blocked() else checked.drafts
        if todo and (n := already.agreeing(todo, self.strange_tasks())):
            return self.stop(
                f"{n} of its rows agree with the newest tasks of the workspace, so the sheet seems to be "
                f"there already; {_AGAIN}"
            )
        return self.send(todo, start)

    def send(self, todo: list[Draft], start: Seen) -> Summary:
        summary, options, checked = self.summary, self.options, self.rows.checked
        todo = [self.told_before(draft) for draft in todo]
        orphans = self.orphans(todo)
        ready = [draft for draft in todo if draft.row not in orphans]
        new = summary.to_create = create.in_use(self.names, self.may_go(todo, orphans))
        posts = plan(ready, options.limits.batch)
        if new:
            in_flight = self.journal.names_in_flight(time.monotonic(), time.time())
            posts += creating.requests(new, in_flight, options.limits.settle, self.resolved)
        if options.dry_run:
            back = len(self.flights())  # an import reads back what is in flight first
            summary.planned = self.client.requests + back + posts
            summary.planned_seconds = waiting(back + posts, self.client.quota)
            self.finish([], "a dry run sends nothing").outcomes |= orphans
            return summary
        if not todo:
            why = "not sent, since other rows are invalid (see --skip-invalid)" if self.blocked() else ""
            return self.finish([], why)
        wait = waiting(posts, self.client.quota)
        preview = Preview(len(ready), len(checked.names), posts, wait, checked, [*new.values()])
        if not self.ask(preview):
            return self.finish([], "not sent: answered no")
        if new:
            self.create(new, todo)
            start = replace(start, quota=self.client.quota)
        if summary.error or summary.interrupted:
            return self.finish([])
        if self.blocked():
            return self.finish([], "not sent, since other rows are invalid (see --skip-invalid)")
        return self.finish([draft for draft in todo if draft.row not in checked.invalid], start=start)

    # Names

    def resolve(self, source: Source) -> None:
        """Names to ids. Those that are to be created get ids below 0 for the time being."""
        self.resolved = time.monotonic()
        resolver = self.resolver = resolver_for(source, self.client)
        if self.options.create:
            self.names = create.missing(self.rows, resolver, self.to_try(), self.options.create)
        complete(self.rows, resolver, self.to_try(), projects(self.journal, self.recalled))

    def create(self, new: creating.Names, todo: list[Draft]) -> None:
        """Create names, and put their ids where they belong."""
        assert self.run is not None and self.resolver is not None and self.resolver.directory is not None
        creator = creating.Creator(
            self.client,
            self.resolver.directory,
            self.journal,
            self.run,
            self.options.limits,
            self.patience,
            self.stopped,
            lambda seconds, why: pause(seconds, why, self.watch, self.stopped),
            time.monotonic,
            time.time,
            self.resolved,
        )
        self.stopped.patient = True
        try:
            creator.create(new, go_on=self.options.skip_invalid)
        except KeyboardInterrupt:
            self.summary.interrupted = True
        except TasksheetError as error:
            self.summary.error = error
        except Exception as error:
            self.summary.error = Unforeseen.of(error)
        self.stopped.patient = False
        if creator.created:
            told = (f"{n:,} {kind}{'s' * (n > 1)}" for kind, n in creator.created.items())
            self.watch.note(f"Created {', '.join(told)}.")
        self.summary.created_names = creator.created.total()
        self.summary.warnings += creator.warnings
        create.fill(self.rows, todo, creator.ids)
        create.refuse(self.rows, todo, new, creator.refused)

    # What the journal knows

    def recall(self) -> None:
        options = self.options
        self.recalled = recall(self.journal, self.rows, options.answers, options.label)

    def ask_about(self) -> None:
        """Ask about rows that may be new or edited."""
        options = self.options
        if self.recalled.known.asked and (answers := self.ask_new(self.question())):
            self.recalled = recall(self.journal, self.rows, answers, options.label)
        if self.recalled.known.asked:
            self.summary.question = self.question()

    def question(self) -> Question:
        told, kept = self.recalled.known, self.recalled.kept
        return Question(
            told.verdict is Verdict.SAME,
            [(row, self.rows.checked.names[row]) for row in told.asked],
            [(f"{kept[n].run}:{kept[n].row}", self.recalled.names[n]) for n in told.vanished],
        )

    def flights(self) -> list[Flight]:
        return self.journal.flights(time.monotonic(), time.time())

    def to_try(self) -> list[int]:
        """Rows to be sent if they are valid: asked for, not in question, and surely not there."""
        asked = set(self.recalled.known.asked)
        return [
            row
            for row in self.rows.bodies
            if row not in self.rows.checked.aside and row not in asked and not self.recalled.there(row)
        ]

    def blocked(self) -> bool:
        """Whether a wrong row keeps the others from being sent."""
        return bool(self.rows.checked.invalid.keys() & set(self.to_try())) and not self.options.skip_invalid

    def sendable(self) -> bool:
        """Whether some row can be sent, as far as that is known."""
        return not self.blocked() and bool(set(self.to_try()) - self.rows.checked.invalid.keys())

    def orphans(self, drafts: list[Draft]) -> dict[int, Outcome]:
        """What becomes of drafts whose parents are neither there nor sent."""
        sent = {draft.row for draft in drafts}
        known = {row: outcome for row, outcome in self.before("").items() if row not in sent}
        seen = Delivery(self.options.limits, Seen(), known)
        orphans = {}
        for draft in sorted(drafts, key=lambda draft: draft.wave):
            outcome = seen.orphaned(draft)
            if outcome:
                orphans[draft.row] = outcome
            seen.outcome[draft.row] = outcome or Outcome(draft.row, Kind.CREATED, 1)
        return orphans

    def may_go(self, drafts: list[Draft], orphans: Mapping[int, Outcome]) -> list[Draft]:
        """The drafts that can be sent, those included whose parents' ids are only still to be read back."""
        going: dict[int, Draft] = {}
        for draft in sorted(drafts, key=lambda draft: draft.wave):
            orphan = orphans.get(draft.row)
            if orphan is None or orphan.look or draft.parent in going:
                going[draft.row] = draft
        return [draft for draft in drafts if draft.row in going]

    def told_before(self, draft: Draft) -> Draft:
        """Rows that were refused before go last, so that those not decided yet get their turn; those that
        splitting did not get to go alone."""
        kept = self.recalled.kept.get(self.recalled.known.item.get(draft.row, 0))
        rejected = kept is not None and kept.kind is Kind.REJECTED
        undecided = kept is not None and kept.kind is Kind.PENDING and kept.problem == UNDECIDED
        return replace(draft, last=rejected, alone=undecided)

    def nameless(self) -> dict[int, int]:
        """Rows, and their items, that are tasks without a known id."""
        rows = {row: self.recalled.there(row) for row in self.recalled.known.item}
        return {
            row: kept.id
            for row, kept in rows.items()
            if kept and kept.kind is Kind.CREATED and kept.task_id is None
        }

    def strange_tasks(self) -> list[Task]:
        """The newest tasks that no journal knows, where it knows nothing of the sheet either."""
        if self.looking is None or self.recalled.known.item or self.options.label is not None:
            return []
        page = self.looking.page
        known = self.journal.claimed({number for task in page if (number := task_id(task))})
        return [task for task in page if task_id(task) not in known]

    def stop(self, why: str) -> Summary:
        """Nothing is sent: a person has to say that it shall be."""
        for row, outcome in self.before("").items():
            left = row in self.rows.checked.aside or self.recalled.there(row)
            self.summary.outcomes[row] = outcome if left else Outcome(row, Kind.SKIPPED, None, why, look=True)
        self.summary.warnings.update(self.rows.checked.warnings)
        self.summary.warnings[why] += len(self.summary.outcomes)
        self.summary.planned = self.client.requests if self.options.dry_run else None
        return self.summary

    # The run

    def carrier(self, book: Mapping[int, int], progress: Progress) -> Carrier:
        assert self.run is not None and self.looking is not None
        return Carrier(
            self.client,
            self.journal,
            self.run,
            book,
            self.looking,
            progress,
            self.patience,
            time.monotonic,
            time.time,
            lambda seconds, why: pause(seconds, why, self.watch, self.stopped),
            self.stopped,
            self.watch,
        )

    def recover(self, flights: list[Flight], start: Seen) -> None:
        """Settle the rows that an earlier run left in flight, of whatever sheet they are."""
        keys = [row.draft.row for flight in flights for row in (*flight.rows, *flight.claimants)]
        self.old_book = {key: -key for key in keys}
        rows = sum(len(flight.rows) for flight in flights)
        self.watch.note(f"An earlier run left {rows} rows in flight; looking for them.")
        self.earlier = Delivery(replace(self.options.limits, max_wait=self.patience.left), start)
        progress = Progress()
        self.stopped.patient = True
        self.carrier(self.old_book, progress).carry_out(self.earlier.recover(flights), self.earlier)
        self.stopped.patient = False
        self.summary.warnings += progress.warnings
        self.summary.error, self.summary.interrupted = progress.error, progress.interrupted

    def finish(self, todo: list[Draft], why: str = "", start: Seen | None = None) -> Summary:
        """Write the run down, deliver what is to be sent, and gather how every row stands."""
        summary, checked = self.summary, self.rows.checked
        summary.warnings.update(checked.warnings)
        before = self.before(why)
        if changed := sum(self.recalled.there(row) is not None for row in self.recalled.changed):
            said = "rows have changed since they were imported; their tasks stay as they are"
            summary.warnings[said] += changed
        if self.options.dry_run:
            summary.outcomes = before
            summary.planned = summary.planned or self.client.requests
            return summary
        book = self.old_book | self.begin(before)
        progress = Progress(dict(before))
        if todo and start:
            sent = {draft.row for draft in todo}
            known = {row: outcome for row, outcome in before.items() if row not in sent}
            delivery = Delivery(replace(self.options.limits, max_wait=self.patience.left), start, known)
            if self.earlier:
                delivery.inherit(self.earlier, {-item: row for row, item in book.items() if row > 0})
            if earlier := self.journal.nameless(self.nameless()):
                delivery.adopt(earlier)
            self.stopped.patient = True
            self.carrier(book, progress).carry_out(delivery.deliver(todo), delivery, len(todo))
            self.stopped.patient = False
        summary.error = summary.error or progress.error
        summary.interrupted |= progress.interrupted
        summary.warnings += progress.warnings
        summary.outcomes = {
            row: progress.outcomes.get(
                row, Outcome(row, Kind.PENDING, None, "not sent; run again to send it")
            )
            for row in checked.names
        }
        for row, item in self.recalled.known.item.items():  # what was counted of rows in flight before
            if -item in progress.outcomes:
                summary.outcomes[row] = self.recalled.outcome(row, replace(progress.outcomes[-item], row=row))
        for row, head in checked.folded.items():
            summary.outcomes[row] = replace(summary.outcomes[head], row=row)
        there = {row for row, outcome in before.items() if outcome.kind is Kind.CREATED}
        summary.created_now = sum(
            outcome.kind is Kind.CREATED for row, outcome in summary.outcomes.items() if row not in there
        )
        return summary

    def before(self, why: str) -> dict[int, Outcome]:
        """How every row stands before anything is sent; rows to be sent are pending."""
        checked, asked = self.rows.checked, set(self.recalled.known.asked)
        invalid = checked.invalid
        told: dict[int, Outcome] = {}
        for row in checked.names:
            kept = self.recalled.there(row)
            if kept:
                now = Outcome(row, kept.kind, kept.task_id, kept.problem, kept.look)
                told[row] = self.recalled.outcome(row, now)
            elif row in checked.aside:
                told[row] = checked.aside[row]
            elif row in asked:
                told[row] = Outcome(row, Kind.SKIPPED, None, QUESTION, look=True)
            elif row in invalid:
                said = "; ".join(_said(checked, problem) for problem in invalid[row])
                told[row] = Outcome(row, Kind.INVALID, None, said)
            else:
                told[row] = Outcome(row, Kind.PENDING, None, why or "not sent; run again to send it")
        told |= {row: replace(told[head], row=row) for row, head in checked.folded.items()}
        self.summary.runs, self.summary.shared = self.recalled.runs, self.recalled.known.shared
        return told

    def begin(self, before: Mapping[int, Outcome]) -> dict[int, int]:
        """Write the run and its rows into the journal."""
        checked, told = self.rows.checked, self.recalled.known
        head = self.journal.head(heading(self.rows))
        assert self.run is not None
        return self.journal.begin(
            self.run,
            self.entries(before),
            head=head,
            list=told.list,
            file=str(checked.sheet.path.resolve()),
            sheet=checked.sheet.name,
            label=self.options.label or "",
        )

    def entries(self, before: Mapping[int, Outcome]) -> Iterable[Entry]:
        checked, told = self.rows.checked, self.recalled.known
        for row, outcome in before.items():
            aside = checked.aside.get(row)
            no_task = row not in self.rows.bodies
            nobodys = no_task or row in told.asked or (aside is not None and aside.task_id is not None)
            there = self.recalled.there(row) is not None
            yield Entry(
                row,
                checked.names[row],
                outcome,
                None if nobodys else checked.cells[row],
                None if nobodys else told.item.get(row),
                tried=not there,
            )


def _said(checked: Checked, problem: Problem) -> str:
    if problem.position is None:
        return f"{problem.field}: {problem.text}"
    return f"{checked.sheet.cell(problem.row, problem.position)} {problem.field}: {problem.text}"
