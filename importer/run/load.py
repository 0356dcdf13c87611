"""Import: check a sheet, then create its tasks and report what became of every row."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from importer.errors import BadRequest, TasksheetError, Unforeseen, UnwritableFile
from importer.focus.answers import Answer
from importer.focus.client import Client
from importer.focus.directory import Directory
from importer.run import reports
from importer.run.check import check
from importer.run.delivery import Halted, Limits, Post, Settled, Wait, deliver, plan, waiting
from importer.run.drafts import Draft, Kind, Outcome
from importer.run.resolve import Resolver
from importer.run.source import Checked, Source
from importer.run.watch import SILENT, Patience, Watch, pause
from importer.settings import Connection
from importer.sheet.base import Sheet
from importer.task.mapping import Mapping
from importer.task.problem import Problem


@dataclass(frozen=True, slots=True)
class Options:
    """What `tasksheet import` was asked for."""

    dry_run: bool = False
    skip_invalid: bool = False
    report: Path | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person is asked before anything is written. `seconds`: waiting at the present quota."""

    tasks: int
    rows: int
    requests: int
    seconds: float
    checked: Checked


@dataclass(slots=True)
class Summary:
    """What an import came to; `status` is the exit status."""

    checked: Checked
    outcomes: dict[int, Outcome]
    run: str | None = None
    requests: int = 0
    report: Path | None = None
    planned: int | None = None  # requests, of a dry run
    planned_seconds: float = 0  # of waiting for quota
    warnings: Counter[str] = field(default_factory=Counter)
    error: TasksheetError | None = None
    interrupted: bool = False

    @property
    def counts(self) -> Counter[Kind]:
        return Counter(outcome.kind for outcome in self.outcomes.values())

    @property
    def status(self) -> int:
        if self.interrupted:
            return 130
        if self.error:
            return self.error.status
        bad = self.counts
        return int(bad[Kind.INVALID] + bad[Kind.REJECTED] + bad[Kind.DOUBT] > 0)

    def as_json(self) -> dict[str, Any]:
        counts = self.counts
        told: dict[str, Any] = {"run": self.run, "rows": len(self.outcomes)}
        told |= {kind.value: counts[kind] for kind in Kind}
        told |= {
            "created_now": counts[Kind.CREATED],
            "tasks": counts[Kind.CREATED],
            "requests": self.requests,
            "report": str(self.report.resolve()) if self.report else None,
            "warnings": [{"problem": text, "rows": rows} for text, rows in self.warnings.items()],
        }
        if self.planned is not None:
            told |= {"dry_run": True, "planned_requests": self.planned}
            told["planned_seconds"] = round(self.planned_seconds)
        if self.interrupted:
            told["error"] = {"status": 130, "message": "Interrupted.", "trace_id": None}
        elif self.error:
            told["error"] = self.error.as_json()
        return told


def load(
    source: Source,
    connection: Connection,
    options: Options = Options(),
    *,
    ask: Callable[[Preview], bool] = lambda preview: True,
    told: Callable[[Sheet, Mapping], None] = lambda sheet, mapping: None,
    watch: Watch = SILENT,
) -> Summary:
    """Check `source` and create its tasks. `ask` decides before anything is written;
    `told` gets the sheet and its columns as soon as they are known.

    Raises what stops it before the first row is sent; later failures are in the Summary, beside
    what was done until then.
    """
    report: reports.Report | None = None

    def opened(sheet: Sheet, mapping: Mapping) -> None:
        # before any request, so that a folder that can't be written costs none
        nonlocal report
        if not options.dry_run:
            report = reports.Report(source.path, sheet.name, connection, options.report)
        told(sheet, mapping)

    patience = Patience(options.limits.max_wait, watch)
    with Client(connection, watch=watch.note, wait=patience) as client:
        try:
            summary = _loaded(source, client, connection, options, ask, opened, patience)
        except BaseException as error:
            if isinstance(error, TasksheetError):
                error.counts["requests"] = client.requests
            if report:
                report.discard()
            raise
    if report:
        summary.report = report.folder
        try:
            report.write(summary.as_json(), summary.checked.names, summary.outcomes)
        except UnwritableFile as error:  # what was done is told all the same
            summary.error = summary.error or error
    return summary


def _loaded(
    source: Source,
    client: Client,
    connection: Connection,
    options: Options,
    ask: Callable[[Preview], bool],
    opened: Callable[[Sheet, Mapping], None],
    patience: Patience,
) -> Summary:
    """The import itself, from the first look at the sheet to the last answer."""
    resolver = Resolver(Directory(client), source.drop)
    checked = check(source, resolver, opened=opened, workspace=connection.workspace)
    run = None if options.dry_run else f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(2)}"
    summary = Summary(checked, _known(checked), run, warnings=Counter(checked.warnings))
    stopped = bool(checked.invalid) and not options.skip_invalid
    looked_up = client.requests
    todo = [] if stopped else checked.drafts
    if todo and not options.dry_run:
        _first_reading(client)
    posts = plan(todo, options.limits.batch)
    if options.dry_run:
        summary.planned = looked_up + (1 if todo else 0) + posts
        summary.planned_seconds = waiting((1 if todo else 0) + posts, client.quota)
        _leave(summary, checked.drafts, "a dry run sends nothing")
    elif stopped:
        _leave(summary, checked.drafts, "not sent, since other rows are invalid (see --skip-invalid)")
    elif todo and not ask(_preview(checked, todo, posts, client)):
        _leave(summary, todo, "not sent: answered no")
    elif todo:
        limits = replace(options.limits, max_wait=patience.left)
        _carry_out(todo, client, limits, summary, patience.watch)
    summary.requests = client.requests
    return summary


def _preview(checked: Checked, todo: list[Draft], posts: int, client: Client) -> Preview:
    return Preview(len(todo), len(checked.names), posts, waiting(posts, client.quota), checked)


def _first_reading(client: Client) -> None:
    """The newest tasks: it proves key and workspace, and learns the quota, before anything is written."""
    try:
        client.list_tasks(1, {"order_by": ["-created_at"]}, per_page=100)
    except BadRequest:  # an order that this server does not know is no reason to stop
        client.list_tasks(1, {}, per_page=100)


def _known(checked: Checked) -> dict[int, Outcome]:
    """The outcomes that the check alone decides, in the sheet's order."""
    invalid = checked.invalid
    known: dict[int, Outcome] = {}
    for row in checked.names:
        if row in invalid:
            said = "; ".join(_said(checked, problem) for problem in invalid[row])
            known[row] = Outcome(row, Kind.INVALID, None, said)
        elif row in checked.aside:
            known[row] = checked.aside[row]
    return known


def _said(checked: Checked, problem: Problem) -> str:
    if problem.position is None:
        return f"{problem.field}: {problem.text}"
    return f"{checked.sheet.cell(problem.row, problem.position)} {problem.field}: {problem.text}"


def _leave(summary: Summary, drafts: Iterable[Draft], why: str) -> None:
    for draft in drafts:
        summary.outcomes.setdefault(draft.row, Outcome(draft.row, Kind.PENDING, None, why))


def _carry_out(drafts: list[Draft], client: Client, limits: Limits, summary: Summary, watch: Watch) -> None:
    """Carry the steps of a delivery out: the one place where they meet wire, clock and terminal."""
    steps = deliver(drafts, limits, summary.outcomes)
    answer: Answer | None = None
    flying: tuple[Draft, ...] = ()
    done = 0
    try:
        step = next(steps)
        while True:
            answer = None
            match step:
                case Post(drafts=flying, bodies=bodies, alone=alone):
                    answer = client.create_task(bodies[0]) if alone else client.create_tasks(bodies)
                case Settled(outcomes, changed):
                    flying = ()
                    summary.outcomes.update((o.row, o) for o in outcomes)
                    for name in changed:
                        summary.warnings[f"the server kept {name} otherwise than it was sent"] += 1
                    done += len(outcomes)
                    watch.progress(done, len(drafts), "tasks")
                case Wait(seconds, why):
                    flying = ()  # refused for now: surely not there
                    pause(seconds, why, watch)
                case Halted(error):
                    summary.error = error
            step = steps.send(answer)
    except StopIteration:
        pass
    except (KeyboardInterrupt, Exception) as error:
        summary.interrupted = isinstance(error, KeyboardInterrupt)
        if isinstance(error, Exception):
            summary.error = Unforeseen.of(error)
        for draft in flying:
            why = "may be there or not: interrupted while it was sent"
            summary.outcomes.setdefault(draft.row, Outcome(draft.row, Kind.DOUBT, None, why))
    _leave(summary, drafts, "not sent; run again to send it")
