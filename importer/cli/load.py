"""tasksheet import"""

import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.check import show_columns, show_problems
from importer.cli.console import Console, answer_json, explain, plural
from importer.cli.options import (
    Command,
    connected,
    connection_of,
    connection_options,
    grouped,
    json_option,
    max_wait_option,
    opt,
    reading_options,
    source_of,
)
from importer.cli.stopping import stoppable

if TYPE_CHECKING:
    from importer.delivery.creating import Name
    from importer.run.known import Answers
    from importer.run.summary import Preview, Question, Summary
    from importer.settings import Connection

_sending = grouped(
    "Sending",
    opt("--dry-run", is_flag=True, help="All but the writing; names are looked up."),
    opt("--yes", is_flag=True, help="Don't ask; needed where no terminal can be asked."),
    opt("--skip-invalid", is_flag=True, help="Send the valid rows although others are invalid."),
    opt(
        "--create-missing",
        multiple=True,
        metavar="tags,projects,clients",
        help="Create names of these kinds that the workspace lacks; they are listed first.",
    ),
    opt(
        "--batch-size",
        type=click.IntRange(1, 100),
        default=100,
        show_default=True,
        metavar="N",
        help="Tasks a request.",
    ),
    max_wait_option,
    opt(
        "--max-split",
        type=click.IntRange(min=0),
        default=50,
        show_default=True,
        metavar="N",
        help="Requests for finding the bad rows of refused batches.",
    ),
    opt(
        "--settle",
        type=click.FloatRange(min=0),
        default=60,
        show_default=True,
        metavar="SECONDS",
        help="After a failure, how long the server may still be writing.",
    ),
    opt(
        "--verify",
        is_flag=True,
        help="Count at the end what this run created, also where nothing went wrong.",
    ),
    opt(
        "--report",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder for results.csv and run.json.  [default: <file's name>-import here]",
    ),
)

_repeating = grouped(
    "Running it again",
    opt(
        "--again",
        metavar="LABEL",
        help="A further copy on purpose, known by its label; {date} is today's. The same label resumes it.",
    ),
    opt("--new", metavar="ROWS|all", help='These rows are new: answers "new, or edited?".'),
    opt("--edited", metavar="ROWS|all", help="These rows are edited ones, whose tasks stay as they are."),
)


@click.command(
    "import",
    cls=Command,
    short_help="Create the tasks of a sheet.",
    example="tasksheet import tasks.xlsx --dry-run\ntasksheet import tasks.xlsx --sandbox",
)
@click.argument("file", type=click.Path(path_type=Path))
@reading_options
@_sending
@_repeating
@connection_options
@json_option
def command(
    file: Path,
    as_json: bool,
    yes: bool,
    dry_run: bool,
    skip_invalid: bool,
    create_missing: tuple[str, ...],
    batch_size: int,
    max_wait: float,
    max_split: int,
    settle: float,
    verify: bool,
    report: Path | None,
    again: str | None,
    new: str | None,
    edited: str | None,
    **options: Any,
) -> int:
    """Check FILE, then create its tasks in the workspace, a hundred a request.

    Running it again is safe: rows that are tasks already are not sent again.
    """
    if not (yes or dry_run) and not _interactive():
        raise click.UsageError(
            "No terminal to ask on: pass --yes to import, or --dry-run to see what would happen."
        )
    where = connection_of(options)
    source = source_of(file, **options)
    console = Console()

    from importer.delivery.steps import Limits
    from importer.run.load import load
    from importer.run.loading import Options

    asked = False

    def ask(preview: "Preview") -> bool:
        nonlocal asked
        asked = True
        show_problems(console, preview.checked)
        _show_names(console, preview.new)
        console.note(_question(preview))
        return yes or click.confirm(f"Create them in {place}?", err=True)

    limits = Limits(batch_size, max_wait, settle, max_split, verify)
    answers = _answers(new, edited)
    create = _kinds(create_missing)
    state = where["state_dir"]
    with connected(**where) as connection, stoppable(console) as stopped:
        place = _place(connection)
        summary = load(
            source,
            connection,
            Options(dry_run, skip_invalid, report, limits, _label(again), answers, state, create),
            ask=ask,
            ask_new=lambda question: _ask_new(console, question) if _interactive() else None,
            told=lambda sheet, mapping: show_columns(console, sheet, mapping),
            watch=console,
            stopped=stopped,
        )
    console.done()
    if not asked:
        show_problems(console, summary.checked)
        _show_names(console, summary.to_create.values())
    _tell(console, summary)
    if as_json:
        answer_json(summary.as_json())
    return summary.status


def _interactive() -> bool:
    return bool(sys.stdin and sys.stdin.isatty())


def _label(again: str | None) -> str | None:
    if again is None:
        return None
    label = again.replace("{date}", f"{datetime.now().astimezone():%Y-%m-%d}").strip()
    if not label:
        raise click.UsageError("--again needs a label, such as {date}.")
    return label


def _answers(new: str | None, edited: str | None) -> "Answers":
    from importer.run.known import Answers

    return Answers(_said(new, "--new"), _said(edited, "--edited"))


def _said(rows: str | None, option: str) -> "Callable[[int], bool]":
    from importer.run.known import among, everything
    from importer.run.source import parse_rows

    if rows is None:
        return among(())
    return everything if rows.strip().lower() == "all" else among(parse_rows(rows, option))


def _kinds(told: tuple[str, ...]) -> frozenset[str]:
    """The kinds of --create-missing."""
    from importer.run.create import KINDS

    kinds = frozenset(word.strip().lower() for text in told for word in text.split(",")) - {""}
    if unknown := kinds.difference(KINDS):
        raise click.UsageError(
            f"--create-missing {', '.join(sorted(unknown))}: only {', '.join(KINDS)} can be created."
        )
    return kinds


def _show_names(console: Console, names: "Iterable[Name]") -> None:
    """The names to be created, each with the nearest that there is."""
    for new in names:
        whose = f" of client {new.client!r}" if new.client else ""
        near = f" (near: {new.near!r})" if new.near else ""
        console.note(f"New {new.kind} {new.name!r}{whose}{near}")


def _show_question(console: Console, question: "Question") -> None:
    if question.same:
        console.note("The sheet was imported before. Rows that were not, and imported ones that it lacks:")
    else:
        console.note("A part of the sheet was imported before. The same list, or another? Its rows:")
    console.table(["row", "in the sheet"], [(row, name) for row, name in question.rows[:20]])
    console.table(["run:row", "imported before"], question.missing[:20])
    rest = max(len(question.rows), len(question.missing)) - 20
    if rest > 0:
        console.note(f"… and {rest} more.")


def _ask_new(console: Console, question: "Question") -> "Answers | None":
    """Show both lists, and ask which rows are new."""
    _show_question(console, question)
    new, edited = ("new", "edited") if question.same else ("another", "same")
    said = click.prompt(
        f"Are they {new} (they are sent), {edited} (they are not), or which rows are new (such as 5-7,9)? "
        "Enter leaves them",
        default="",
        show_default=False,
        err=True,
    )
    word = said.strip().lower()
    if word in ("", new, edited):
        return {"": None, new: _answers("all", None), edited: _answers(None, "all")}[word]
    return _answers(said, "all")


def _place(connection: "Connection") -> str:
    if connection.identity:
        return "the practice workspace"
    host = connection.base_url.split("/")[2]
    return f"workspace {connection.workspace} of organization {connection.organization} ({host})"


def _question(preview: "Preview") -> str:
    said = f"{plural(preview.tasks, 'task')} of {plural(preview.rows, 'row')}"
    if preview.new:
        said += f" and {plural(len(preview.new), 'new name')}"
    said += f", in {plural(preview.requests, 'request')}"
    return f"{said}{_wait(preview.seconds)}."


def _wait(seconds: float) -> str:
    if not seconds:
        return ""
    return f"; about {max(1, round(seconds / 60)):,} minutes of waiting at the present quota"


def _tell(console: Console, summary: "Summary") -> None:
    from importer.delivery.drafts import Kind

    for text, rows in (summary.warnings - summary.checked.warnings).items():
        console.warn(f"Note: {text} ({plural(rows, 'row')}).")
    if not summary.outcomes:
        console.note("No tasks found: there is no row with data below the header.")
    if summary.shared:
        console.note(
            f"A new list, of which {plural(summary.shared, 'row')} stand in earlier imports too; "
            "they are sent again."
        )
    counts = ", ".join(f"{summary.counts[kind]:,} {kind.value}" for kind in Kind if summary.counts[kind])
    if counts:
        console.note(f"{plural(len(summary.outcomes), 'row')}: {counts}.")
    _tell_runs(console, summary)
    if summary.planned is not None:
        console.note(
            f"Dry run: nothing was sent. The import would take {plural(summary.planned, 'request')}, "
            f"look-ups included{_wait(summary.planned_seconds)}."
        )
    if summary.question and not _interactive():
        _show_question(console, summary.question)
        console.note(
            "Nobody could be asked: new, or edited? Say it with --new ROWS (sent) or --edited ROWS (not)."
        )
        if not summary.question.same:
            console.note("Another list: --new all. The same one: --edited all.")
    for outcome in _first(summary):
        console.warn(f"  row {outcome.row}: {outcome.kind}: {outcome.problem}")
    if summary.error:
        explain(summary.error)
    if summary.interrupted:
        console.warn("Interrupted.")
    if summary.report and summary.outcomes:
        console.note(f"Every row's outcome: {summary.report / 'results.csv'}")
        rejects = summary.report / "rejects.csv"
        if rejects.is_file():
            console.note(f"The wrong cells are coloured in {rejects.with_name('problems.xlsx')}.")
            console.note(
                "Mend your sheet and import it again, or mend the bad rows alone: "
                f'tasksheet import "{rejects}" --mapping "{rejects.with_suffix(".toml")}"'
            )
            if summary.counts[Kind.PENDING]:
                console.note("The rows that are pending go when this sheet is imported once more.")


def _tell_runs(console: Console, summary: "Summary", most: int = 3) -> None:
    """Which runs the tasks come from that are not sent again."""
    for (run, began, file), rows in summary.runs.most_common(most):
        when = began.replace("T", " ")[:16]
        other = Path(file).name
        whence = "" if other == summary.checked.sheet.path.name else f", from {other}"
        console.note(
            f"{plural(rows, 'row')} imported before, as run {run} on {when} UTC{whence}; not sent again."
        )
    rest = summary.runs.total() - sum(rows for _, rows in summary.runs.most_common(most))
    if rest:
        console.note(
            f"{plural(rest, 'row')} more imported before, by other runs (tasksheet runs); not sent again."
        )


def _first(summary: "Summary", most: int = 10) -> list[Any]:
    from importer.delivery.drafts import Kind
    from importer.run.known import QUESTION

    bad = [
        o
        for o in summary.outcomes.values()
        if o.kind in (Kind.REJECTED, Kind.DOUBT) or (o.look and o.problem != QUESTION)
    ]
    return bad[:most]
