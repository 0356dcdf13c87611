"""Summary: what an import came to, and what a person is asked on the way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importer.delivery.creating import Name, Names
from importer.delivery.drafts import Kind, Outcome
from importer.errors import TasksheetError
from importer.run.source import Checked


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person is asked before anything is written. `seconds`: waiting at the present quota; `new`:
    names to be created, which are among the requests."""

    tasks: int
    rows: int
    requests: int
    seconds: float
    checked: Checked
    new: Sequence[Name] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Rows that may be new or edited, and the rows of earlier imports that they may be edits of.

    `same` is True where the sheet surely is a list imported before. Both are (row, name) lists.
    """

    same: bool
    rows: list[tuple[int, str]]
    missing: list[tuple[str, str]]


@dataclass(slots=True)
class Summary:
    """What an import came to; `status` is the exit status. `runs` are those that the tasks come
    from, with when they began and their files."""

    checked: Checked
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    run: str | None = None
    requests: int = 0
    report: Path | None = None
    planned: int | None = None  # requests, of a dry run
    planned_seconds: float = 0  # of waiting for quota
    to_create: Names = field(default_factory=dict)  # what --create-missing would create, or did
    created_names: int = 0
    created_now: int = 0
    runs: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    shared: int = 0  # rows of a new list that earlier imports hold too
    question: Question | None = None  # that nobody answered
    warnings: Counter[str] = field(default_factory=Counter)
    error: TasksheetError | None = None
    interrupted: bool = False

    @property
    def counts(self) -> Counter[Kind]:
        return Counter(outcome.kind for outcome in self.outcomes.values())

    @property
    def folded(self) -> int:
        """The rows that are one created task with another row."""
        told = (self.outcomes.get(row) for row in self.checked.folded)
        return sum(outcome is not None and outcome.kind is Kind.CREATED for outcome in told)

    @property
    def status(self) -> int:
        if self.interrupted:
            return 130
        if self.error:
            return self.error.status
        bad = self.counts
        person = bad[Kind.INVALID] + bad[Kind.REJECTED] + bad[Kind.DOUBT]
        return int(person > 0 or any(outcome.look for outcome in self.outcomes.values()))

    def as_json(self) -> dict[str, Any]:
        counts = self.counts
        told: dict[str, Any] = {"run": self.run, "rows": len(self.outcomes)}
        told |= {kind.value: counts[kind] for kind in Kind}
        told |= {
            "created_now": self.created_now,
            "tasks": counts[Kind.CREATED] - self.folded,
            "requests": self.requests,
            "report": str(self.report.resolve()) if self.report else None,
            "warnings": [{"problem": text, "rows": rows} for text, rows in self.warnings.items()],
        }
        if self.planned is not None:
            told |= {"dry_run": True, "planned_requests": self.planned}
            told["planned_seconds"] = round(self.planned_seconds)
            told["to_create"] = [
                {"kind": new.kind, "name": new.name, "client": new.client or None, "near": new.near or None}
                for new in self.to_create.values()
            ]
        else:
            told["created_names"] = self.created_names
        if self.interrupted:
            told["error"] = {"status": 130, "message": "Interrupted.", "trace_id": None}
        elif self.error:
            told["error"] = self.error.as_json()
        return told
