"""Carrying out: the one place where the decisions of a delivery meet wire, journal, clock and terminal.

The rule that matters is visible here: the journal knows of a batch before it leaves, and what became of it
before anything else happens.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from importer.delivery.drafts import Body, Draft, Kind, Outcome
from importer.delivery.journal import Journal
from importer.delivery.lookback import Lists, Lookback
from importer.delivery.sending import Delivery
from importer.delivery.settling import Seen
from importer.delivery.steps import (
    Absent,
    Ask,
    Find,
    Halted,
    InDoubt,
    Noted,
    Post,
    ReadBack,
    Reply,
    Settled,
    Steps,
    Told,
    Wait,
)
from importer.errors import BadRequest, NotAllowed, TasksheetError, Unforeseen
from importer.focus.answers import Answer
from importer.watch import SILENT, Patience, Stopped, Watch

_REFUSED = (402, 403, 404, 405)  # a look-up that this plan, user or server does not give


class Workspace(Lists, Protocol):
    """What of the client is needed."""

    def create_tasks(self, bodies: Sequence[Body]) -> Answer: ...
    def create_task(self, body: Body) -> Answer: ...
    def task_by_external_id(self, source: str, ext_id: int | str) -> dict[str, Any] | None: ...
    def projects(self) -> Iterable[dict[str, Any]]: ...
    def task_constraints(self) -> dict[str, Any] | None: ...


@dataclass(slots=True)
class Progress:
    """What a run came to so far. `open` rows are in flight, and are told as what `outcomes` says."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    warnings: Counter[str] = field(default_factory=Counter)
    error: TasksheetError | None = None
    interrupted: bool = False
    settled: int = 0


@dataclass(slots=True)
class Carrier:
    """Everything that steps need. `book` is row → item of the journal; `clock` gives seconds that only
    grow, `today` those of the epoch."""

    client: Workspace
    journal: Journal
    run: str
    book: Mapping[int, int]
    lookback: Lookback
    progress: Progress
    patience: Patience
    clock: Callable[[], float]
    today: Callable[[], float]
    pause: Callable[[float, str], None]
    stopped: Stopped
    watch: Watch = SILENT

    def carry_out(self, steps: Steps, delivery: Delivery, rows: int = 0) -> None:
        """Carry steps out to the end, or until something stops them; `progress` tells which."""
        told: Told = None
        flying: tuple[Draft, ...] = ()
        try:
            step = next(steps)
            while True:
                told = None
                if isinstance(step, Post | ReadBack | Find | Ask):
                    self.stopped.check()
                match step:
                    case Post():
                        self._leave(step)
                        flying = step.drafts
                        told = self._post(step)
                    case ReadBack() | Find() | Ask():
                        self.patience.left = delivery.limits.max_wait - delivery.waited
                        told = self._read(step)
                        delivery.waited = delivery.limits.max_wait - self.patience.left
                    case Wait(seconds, why):
                        self.pause(seconds, why)
                    case _:
                        flying = ()
                        self._note(step, rows)
                step = steps.send(told)
        except StopIteration:
            self.progress.interrupted |= self.stopped.asked and self.progress.error is not None
            return
        except KeyboardInterrupt:
            self.progress.interrupted = True
        except TasksheetError as error:
            self.progress.error = error
        except Exception as error:
            self.progress.error = Unforeseen.of(error)
        for draft in flying:
            why = "may be there or not: interrupted while it was sent; the next run looks"
            self.progress.outcomes[draft.row] = Outcome(draft.row, Kind.DOUBT, None, why)

    def _leave(self, step: Post) -> None:
        items = zip((self.book[draft.row] for draft in step.drafts), step.bodies, strict=True)
        self.journal.leaving(self.run, items, step.mark, step.ignoring, self.today())

    def _post(self, step: Post) -> Reply:
        began = self.clock()
        answer = (
            self.client.create_task(step.bodies[0]) if step.alone else self.client.create_tasks(step.bodies)
        )
        return Reply(answer, began, self.clock())

    def _read(self, step: ReadBack | Find | Ask) -> Told:
        match step:
            case ReadBack(mark, counting):
                return self.lookback.since(mark, counting=counting)
            case Find(source, ext_id):
                return self._find(source, ext_id)
            case Ask(what):
                return self._ask(what)

    def _find(self, source: str, ext_id: int | str) -> Seen:
        began = self.clock()
        task, error = None, None
        try:
            task = self.client.task_by_external_id(source, ext_id)
        except (BadRequest, NotAllowed):
            pass  # not every server knows that address
        except TasksheetError as trouble:
            error = trouble
        ids = [task["id"]] if task and isinstance(task.get("id"), int) else []
        return Seen(
            [task] if task else [],
            claimed=ids if self.journal.promised(source, ext_id) else self.journal.claimed(ids),
            whole=False,
            began=began,
            ended=self.clock(),
            quota=self.client.quota,
            error=error,
        )

    def _ask(self, what: str) -> list[dict[str, Any]] | None:
        try:
            if what == "projects":
                return list(self.client.projects())
            demanded = (self.client.task_constraints() or {}).get("required_fields")
            return demanded if isinstance(demanded, list) else None
        except BadRequest:
            return None
        except NotAllowed as refused:
            if refused.answered not in _REFUSED:
                raise
            return None

    def _note(self, step: object, rows: int) -> None:
        outcomes, now = self.progress.outcomes, self.today()
        match step:
            case InDoubt(drafts, why, took, kind):
                outcomes.update((d.row, Outcome(d.row, kind, None, why)) for d in drafts)
                items = [self.book[d.row] for d in drafts]
                if kind is Kind.PENDING:  # read back out of caution: the first reading that is whole will do
                    now, took = 0.0, 0.0
                self.journal.failed(items, why, now, took)
            case Absent(drafts):
                for draft in drafts:
                    outcomes.pop(draft.row, None)
                self.journal.absent(self.book[draft.row] for draft in drafts)
            case Settled(settled, changed):
                outcomes.update((o.row, o) for o in settled)
                self.journal.settled(((self.book[o.row], o) for o in settled), now)
                for name in changed:
                    self.progress.warnings[f"the server kept {name} otherwise than it was sent"] += 1
                self.progress.settled += len(settled)
                self.watch.progress(min(self.progress.settled, rows), rows, "tasks")
            case Noted(text):
                self.progress.warnings[text] += 1
            case Halted(error):
                self.progress.error = error
