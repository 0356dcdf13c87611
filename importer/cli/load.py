"""tasksheet import"""

import sys
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

if TYPE_CHECKING:
    from importer.run.load import Preview, Summary
    from importer.settings import Connection

_sending = grouped(
    "Sending",
    opt("--dry-run", is_flag=True, help="All but the writing; names are looked up."),
    opt("--yes", is_flag=True, help="Don't ask; needed where no terminal can be asked."),
    opt("--skip-invalid", is_flag=True, help="Send the valid rows although others are invalid."),
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
        "--report",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder for results.csv and run.json.  [default: <file's name>-import here]",
    ),
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
@connection_options
@json_option
def command(
    file: Path,
    as_json: bool,
    yes: bool,
    dry_run: bool,
    skip_invalid: bool,
    batch_size: int,
    max_wait: float,
    max_split: int,
    report: Path | None,
    **options: Any,
) -> int:
    """Check FILE, then create its tasks in the workspace, a hundred a request."""
    if not (yes or dry_run) and not (sys.stdin and sys.stdin.isatty()):
        raise click.UsageError(
            "No terminal to ask on: pass --yes to import, or --dry-run to see what would happen."
        )
    where = connection_of(options)
    source = source_of(file, **options)
    console = Console()

    from importer.run.delivery import Limits
    from importer.run.load import Options, load

    asked = False

    def ask(preview: "Preview") -> bool:
        nonlocal asked
        asked = True
        show_problems(console, preview.checked)
        console.note(_question(preview))
        return yes or click.confirm(f"Create them in {place}?", err=True)

    with connected(**where) as connection:
        place = _place(connection)
        summary = load(
            source,
            connection,
            Options(dry_run, skip_invalid, report, Limits(batch_size, max_wait, max_split)),
            ask=ask,
            told=lambda sheet, mapping: show_columns(console, sheet, mapping),
            watch=console,
        )
    console.done()
    if not asked:
        show_problems(console, summary.checked)
    _tell(console, summary)
    if as_json:
        answer_json(summary.as_json())
    return summary.status


def _place(connection: "Connection") -> str:
    if connection.identity:
        return "the practice workspace"
    host = connection.base_url.split("/")[2]
    return f"workspace {connection.workspace} of organization {connection.organization} ({host})"


def _question(preview: "Preview") -> str:
    said = f"{plural(preview.tasks, 'task')} of {plural(preview.rows, 'row')}"
    said += f", in {plural(preview.requests, 'request')}"
    return f"{said}{_wait(preview.seconds)}."


def _wait(seconds: float) -> str:
    if not seconds:
        return ""
    return f"; about {max(1, round(seconds / 60)):,} minutes of waiting at the present quota"


def _tell(console: Console, summary: "Summary") -> None:
    from importer.run.drafts import Kind

    for text, rows in (summary.warnings - summary.checked.warnings).items():
        console.warn(f"Note: {text} ({plural(rows, 'row')}).")
    if not summary.outcomes:
        console.note("No tasks found: there is no row with data below the header.")
    counts = ", ".join(f"{summary.counts[kind]:,} {kind.value}" for kind in Kind if summary.counts[kind])
    if counts:
        console.note(f"{plural(len(summary.outcomes), 'row')}: {counts}.")
    if summary.planned is not None:
        console.note(
            f"Dry run: nothing was sent. The import would take {plural(summary.planned, 'request')}, "
            f"look-ups included{_wait(summary.planned_seconds)}."
        )
    for outcome in _first(summary):
        console.warn(f"  row {outcome.row}: {outcome.kind}: {outcome.problem}")
    if summary.error:
        explain(summary.error)
    if summary.interrupted:
        console.warn("Interrupted.")
    if summary.report and summary.outcomes:
        console.note(f"Every row's outcome: {summary.report / 'results.csv'}")


def _first(summary: "Summary", most: int = 10) -> list[Any]:
    from importer.run.drafts import Kind

    bad = [o for o in summary.outcomes.values() if o.kind in (Kind.REJECTED, Kind.DOUBT)]
    return bad[:most]
