"""Runs: past imports as the journals of a state folder tell them, and what a person says of their rows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from importer.delivery.drafts import Kind, Outcome
from importer.delivery.journal import Journal, journals
from importer.errors import WrongUse


def all_runs(state: Path) -> list[dict[str, Any]]:
    """The runs of every workspace, the newest first."""
    told = []
    for path in journals(state):
        with Journal(path, "", writing=False) as journal:
            told += [one | {"workspace": journal.workspace} for one in journal.runs()]
    return sorted(told, key=lambda one: str(one["began"]), reverse=True)


def one_run(state: Path, run: str) -> dict[str, Any]:
    """A run with its rows."""
    with _holding(state, run) as path, Journal(path, "", writing=False) as journal:
        told = next(one for one in journal.runs() if one["run"] == run)
        rows = journal.rows(run)
        return told | {"workspace": journal.workspace, "rows_total": told["rows"], "rows": rows}


def settle(state: Path, run: str, landed: Mapping[int, int], absent: Sequence[range]) -> None:
    """Write down what became of rows in doubt: tasks by row, and rows that are not there.

    Raises WrongUse, and changes nothing, where a row is not in doubt.
    """
    with _holding(state, run) as path, Journal(path, "") as journal:
        rows = {one["row"]: one for one in journal.rows(run)}
        gone = [row for row in rows if any(row in some for some in absent)]
        gone += [some.start for some in absent if len(some) == 1 and some.start not in rows]
        outcomes = []
        for row in [*landed, *gone]:
            outcomes.append(_said(journal, run, row, rows.get(row), landed.get(row)))
        if twice := set(landed) & set(gone):
            raise WrongUse(f"Row {min(twice)} can't be both landed and absent.")
        if more := [task for task in landed.values() if list(landed.values()).count(task) > 1]:
            raise WrongUse(f"Task {more[0]} can't stand for two rows.")
        journal.said(outcomes)


def _said(
    journal: Journal, run: str, row: int, told: Mapping[str, Any] | None, task: int | None
) -> tuple[int, Outcome]:
    item = journal.item_of(run, row) if told else None
    if told is None or item is None:
        raise WrongUse(f"Run {run} sent no row {row}.")
    open = told["task_id"] is None or journal.outcome_of(item, row).look
    if told["outcome"] != Kind.DOUBT and not (told["outcome"] == Kind.CREATED and open and task):
        raise WrongUse(f"Row {row} is not in doubt, it is {told['outcome']}.")
    if task is None:
        return item, Outcome(row, Kind.PENDING, None, "not there, as somebody said; run again to send it")
    if task != told["task_id"] and journal.claimed([task]):
        raise WrongUse(f"Task {task} stands for another row already.")
    return item, Outcome(row, Kind.CREATED, task, "")


@contextmanager
def _holding(state: Path, run: str) -> Iterator[Path]:
    """The journal that knows the run."""
    for path in journals(state):
        with Journal(path, "", writing=False) as journal:
            found = journal.has_run(run)
        if found:
            yield path
            return
    raise WrongUse(f"There is no run {run!r} in {state}; tasksheet runs lists them.")
