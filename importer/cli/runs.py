"""tasksheet runs"""

import re
from pathlib import Path
from typing import Any

import click

from importer.cli.console import Console, answer_json, plural
from importer.cli.options import Command, connection_of, connection_options, grouped, json_option, opt

_settling = grouped(
    "Rows in doubt",
    opt(
        "--landed",
        multiple=True,
        metavar="ROW=TASK_ID",
        help="The row is that task of the workspace; repeatable.",
    ),
    opt(
        "--absent",
        metavar="ROWS",
        help="These rows are not there, such as 5-7,9; the next import sends them.",
    ),
)


@click.command(
    cls=Command,
    short_help="Past imports and their rows; settles rows in doubt.",
    example="tasksheet runs\ntasksheet runs 20260331-101500-a1b2 --landed 7=4711 --absent 8-9",
)
@click.argument("run", required=False)
@_settling
@connection_options
@json_option
def command(
    run: str | None, landed: tuple[str, ...], absent: str | None, as_json: bool, **options: Any
) -> int:
    """List past imports, or the rows of RUN as they stand now; say what became of rows in doubt.

    No workspace is asked: the connection options only choose whose imports are listed.
    """
    if (landed or absent) and run is None:
        raise click.UsageError("Which run? Pass its name before --landed or --absent.")

    from importer.run import runs
    from importer.run.source import parse_rows
    from importer.settings import known_place, state_folder

    where = connection_of(options)
    state, console = state_folder(where.pop("state_dir")), Console(err=as_json)
    if run is None:
        told: dict[str, Any] = {
            "runs": [one for one in runs.all_runs(state) if known_place(one["workspace"], **where)]
        }
        _list(console, told["runs"])
    else:
        if landed or absent:
            runs.settle(state, run, _tasks(landed), parse_rows(absent, "--absent") if absent else ())
        told = runs.one_run(state, run)
        _show(console, told)
    if as_json:
        answer_json(told)
    return 0


def _tasks(landed: tuple[str, ...]) -> dict[int, int]:
    tasks: dict[int, int] = {}
    for text in landed:
        found = re.fullmatch(r"\s*(\d{1,9})\s*=\s*([1-9]\d{0,17})\s*", text, re.ASCII)
        if not found:
            raise click.UsageError(f"--landed {text!r} should look like ROW=TASK_ID, such as 7=4711.")
        if tasks.setdefault(int(found[1]), int(found[2])) != int(found[2]):
            raise click.UsageError(f"--landed names two tasks for row {found[1]}.")
    return tasks


def _list(console: Console, runs: list[dict[str, Any]]) -> None:
    if not runs:
        console.note("No import yet.")
        return
    console.table(
        ["run", "began (UTC)", "sheet", "rows", "outcomes"],
        [
            (
                one["run"],
                one["began"].replace("T", " ")[:16],
                Path(one["file"]).name,
                one["rows"],
                _counts(one),
            )
            for one in runs
        ],
    )


def _show(console: Console, told: dict[str, Any]) -> None:
    console.note(
        f"Run {told['run']} of {told['file']}, sheet {told['sheet']!r}, into {told['workspace']}: "
        f"{plural(told['rows_total'], 'row')}, {_counts(told)}."
    )
    wanting = [one for one in told["rows"] if one["outcome"] != "created" or one["problem"]]
    if wanting:
        titles = ("row", "outcome", "task_id", "name", "problem")
        console.table(titles, [[one[title] for title in titles] for one in wanting[:50]])
    if len(wanting) > 50:
        console.note(f"… and {len(wanting) - 50:,} more; --json has them all.")
    if told["doubt"]:
        console.note(
            "Rows in doubt may be there or not. Where the next run looks, run the import again first. The "
            "others look up in the workspace, then say so with --landed ROW=TASK_ID or --absent ROWS."
        )


def _counts(one: dict[str, Any]) -> str:
    kinds = ("created", "invalid", "rejected", "skipped", "pending", "doubt")
    return ", ".join(f"{one[kind]:,} {kind}" for kind in kinds if one[kind]) or "no rows"
