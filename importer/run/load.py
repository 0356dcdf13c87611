"""Import: check a sheet, then create its tasks and report what became of every row."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from importer.errors import TasksheetError
from importer.focus.answers import Answer
from importer.focus.client import Client
from importer.focus.directory import Directory
from importer.run import reports
from importer.run.check import check
from importer.run.delivery import Halted, Limits, Post, Settled, Wait, deliver, plan
from importer.run.drafts import Draft, Kind, Outcome
from importer.run.resolve import Resolver
from importer.run.source import Checked, Source
from importer.run.watch import SILENT, Patience, Watch, pause
from importer.settings import Connection
from importer.sheet.base import Sheet
from importer.task.mapping import Mapping


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
    planned: int | None = None  # of a dry run
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
        if self.error:
            told["error"] = {
                "status": self.error.status,
                "message": self.error.message,
                "trace_id": self.error.trace_id,
            }
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
        resolver = Resolver(Directory(client), source.drop)
        checked = check(source, resolver, opened=opened, workspace=connection.workspace)
        summary = Summary(checked, _known(checked), warnings=Counter(checked.warnings))
        stopped = bool(checked.invalid) and not options.skip_invalid
        looked_up = client.requests
        if not stopped and checked.drafts and not options.dry_run:
            _first_reading(client)
        todo = [] if stopped else checked.drafts
        posts = plan(todo, options.limits.batch)
        preview = Preview(
            tasks=len(todo),
            rows=len(checked.names),
            requests=posts,
            seconds=_seconds(posts, client),
            checked=checked,
        )
        if options.dry_run:
            summary.planned = looked_up + (1 if todo else 0) + posts
            _leave(summary, checked.drafts, "a dry run sends nothing")
        elif stopped:
            _leave(summary, checked.drafts, "not sent, since other rows are invalid (see --skip-invalid)")
        elif todo and not ask(preview):
            _leave(summary, todo, "not sent: answered no")
        elif todo:
            summary.run = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(2)}"
            limits = replace(options.limits, max_wait=patience.left)
            _carry_out(todo, client, limits, summary, watch)
        summary.requests = client.requests
    if report:
        summary.report = report.folder
        report.write(summary.as_json(), checked.names, summary.outcomes)
    return summary


def _first_reading(client: Client) -> None:
    """The newest tasks: it proves key and workspace, and learns the quota, before anything is written."""
    client.list_tasks(1, {"order_by": ["-created_at"]}, per_page=100)


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


def _said(checked: Checked, problem: Any) -> str:
    if problem.position is None:
        return f"{problem.field}: {problem.text}"
    return f"{checked.sheet.cell(problem.row, problem.position)} {problem.field}: {problem.text}"


def _leave(summary: Summary, drafts: Iterable[Draft], why: str) -> None:
    for draft in drafts:
        summary.outcomes.setdefault(draft.row, Outcome(draft.row, Kind.PENDING, None, why))


def _seconds(requests: int, client: Client) -> float:
    """Waiting that so many requests take at the present quota, as far as it is known: 0 when they fit."""
    left, resets = client.quota.remaining, client.quota.resets_in
    if left is None or requests <= left:
        return 0.0
    # one window is what is left of this hour; what the next ones grant is not told, so assume alike
    return resets or 3600.0


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
                    pause(seconds, why, watch)
                case Halted(error):
                    summary.error = error
            step = steps.send(answer)
    except StopIteration:
        pass
    except KeyboardInterrupt:
        summary.interrupted = True
        for draft in flying:
            why = "may be there or not: interrupted while it was sent"
            summary.outcomes.setdefault(draft.row, Outcome(draft.row, Kind.DOUBT, None, why))
    _leave(summary, drafts, "not sent; run again to send it")
