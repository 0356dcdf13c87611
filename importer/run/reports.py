"""The report of an import: results.csv, what became of every row, and run.json, the whole in numbers. Where
rows are wrong, problems.xlsx shows where, and rejects.csv finishes the job once mended."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from importer.delivery.drafts import Kind, Outcome
from importer.errors import UnwritableFile
from importer.run.problem_book import Mark, write_problem_book
from importer.run.rejects import bad_rows, write_rejects
from importer.run.rows import Rows
from importer.settings import Connection

RESULTS, PROBLEMS, REJECTS, REJECTS_MAPPING = FILES = (
    "results.csv",
    "problems.xlsx",
    "rejects.csv",
    "rejects.toml",
)
COLUMNS = ("row", "outcome", "task_id", "name", "url", "problem")


class Report:
    """A folder for one sheet and one workspace, to be made before anything is sent."""

    def __init__(
        self,
        file: Path,
        sheet: str,
        connection: Connection,
        folder: Path | None,
        knows: Callable[[str], bool] = lambda run: True,
    ) -> None:
        """`knows` tells whether the journal has a run. Where it has not, and tasks were created by it, the
        folder is all that is known of them: `unknown`; it is left as it is."""
        self.about = {"file": str(file.resolve()), "sheet": sheet, "workspace": connection.known_as}
        self.connection = connection
        self.knows = knows
        self.unknown: Path | None = None
        self.folder = folder or Path.cwd() / f"{file.stem}-import"
        with self._writable():
            self.folder = self._own(self.folder).resolve()

    def make(self) -> None:
        """Make the folder. Raises UnwritableFile where nothing can be written to it."""
        with self._writable():
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / ".tasksheet"
            probe.touch()
            probe.unlink()

    @contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnwritableFile(
                f"The report can't be written to {self.folder}: {error.strerror}. "
                "Choose a folder with --report."
            ) from error

    def discard(self) -> None:
        """Take the folder away again where nothing was written to it."""
        with suppress(OSError):
            self.folder.rmdir()

    def _own(self, folder: Path) -> Path:
        """The folder, or the first of -2, -3 … that is not of another sheet or workspace."""
        number = 1
        while True:
            here = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
            if not here.exists() or self._is_ours(here):
                return here
            number += 1

    def _is_ours(self, folder: Path) -> bool:
        """A folder without a run.json holds nothing of ours to spoil, save results of the same names."""
        try:
            told = json.loads((folder / "run.json").read_text("utf-8"))
        except FileNotFoundError:
            return folder.is_dir() and not any((folder / name).exists() for name in FILES)
        except (OSError, ValueError):
            return False
        if not isinstance(told, dict) or any(told.get(k) != v for k, v in self.about.items()):
            return False
        if told.get("created") and not self.knows(str(told.get("run"))):
            self.unknown = self.unknown or folder
            return False
        return True

    def write(self, summary: Mapping[str, Any], rows: Rows, outcomes: Mapping[int, Outcome]) -> None:
        """`outcomes` by row; every row that carries data has its line. Where rows are wrong, they are written
        down once more to be mended; what an earlier run wrote of such rows goes."""
        from importer.sheet.writing import write_json, written_aside

        with (
            written_aside(self.folder / RESULTS) as aside,
            aside.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as out,
        ):
            writer = csv.writer(out)  # its \r\n has line breaks of either kind quoted
            writer.writerow(COLUMNS)
            for row, name in rows.checked.names.items():
                outcome = outcomes[row]
                writer.writerow(
                    [row, outcome.kind, outcome.task_id, name, self.url(outcome.task_id), outcome.problem]
                )
        try:
            self.write_bad_rows(str(summary["run"]), rows, outcomes)
        finally:  # the last of all: what is newer than it somebody has edited
            write_json(self.folder / "run.json", {**summary, **self.about})

    def write_bad_rows(self, run: str, rows: Rows, outcomes: Mapping[int, Outcome]) -> None:
        marks = [*_wrong_cells(rows, outcomes), *_wrong_rows(rows, outcomes)]
        marks.sort(key=lambda mark: (mark.row, mark.position))
        wanted = bad_rows(rows, outcomes)
        stale = [*(() if marks else (PROBLEMS,)), *(() if wanted else (REJECTS, REJECTS_MAPPING))]
        with ExitStack() as kept:
            for name in (PROBLEMS, REJECTS, REJECTS_MAPPING):
                kept.enter_context(self._edited_kept(name))
            if marks:
                write_problem_book(self.folder / PROBLEMS, rows.checked.sheet, marks, len(rows.checked.names))
            if wanted:
                write_rejects(self.folder, rows, outcomes, run, wanted)
            for name in stale:
                with suppress(OSError):
                    (self.folder / name).unlink()

    def _edited_kept(self, name: str) -> AbstractContextManager[Path | None]:
        """Keeps what a person has begun to mend, under another name."""
        from importer.sheet.writing import kept_aside

        ours = True
        with suppress(OSError):
            edited = (self.folder / name).stat().st_mtime_ns
            ours = edited <= (self.folder / "run.json").stat().st_mtime_ns
        return kept_aside(self.folder / name, ours=ours)

    def url(self, task_id: int | None) -> str:
        return task_url(self.connection, task_id)


def _wrong_cells(rows: Rows, outcomes: Mapping[int, Outcome]) -> Iterator[Mark]:
    """The problems of invalid rows. One that no column has stands in the cell of the name."""
    for problem in rows.checked.problems:
        if outcomes[problem.row].kind is Kind.INVALID:
            place = problem.position if problem.position is not None else rows.place(problem.row, "name")
            yield Mark(problem.row, place or 0, problem.field, problem.value, problem.text)


def _wrong_rows(rows: Rows, outcomes: Mapping[int, Outcome]) -> Iterator[Mark]:
    """What the server said of rows, in the cell of the name."""
    for row, outcome in outcomes.items():
        if outcome.kind in (Kind.REJECTED, Kind.DOUBT) and row not in rows.checked.folded:
            position = rows.place(row, "name") or 0
            yield Mark(row, position, outcome.kind.value, rows.checked.names[row], outcome.problem)


def task_url(connection: Connection, task_id: int | str | None) -> str:
    """The task in the web app; its form is inferred from the workspace's address, not documented."""
    if task_id is None or connection.identity:
        return ""
    parts = urlsplit(connection.base_url)
    where = f"{connection.organization}/workspaces/{connection.workspace}/tasks/{task_id}"
    return f"{parts.scheme}://{parts.netloc}/{where}"
