"""tasksheet template"""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.console import Console, answer_json, plural
from importer.cli.options import (
    Command,
    connected,
    connection_of,
    connection_options,
    grouped,
    json_option,
    opt,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from importer.run.template import Made
    from importer.settings import Connection

_KINDS = {
    "project": "projects",
    "client": "clients",
    "status": "statuses",
    "tag": "tags",
    "person": "people",
}


@click.command(
    "template",
    cls=Command,
    short_help="Write a workbook or CSV ready to fill in.",
    example="tasksheet template tasks.xlsx\n"
    "tasksheet template tasks.xlsx --workspace https://focus.toggl.com/123/workspaces/456/",
)
@click.argument("out", type=click.Path(path_type=Path))
@grouped(
    "Options",
    opt("--force", is_flag=True, help="Replace an existing file."),
    opt("--offline", is_flag=True, help="Ask no workspace, so drop-downs hold no names of it."),
)
@connection_options
@json_option
def command(out: Path, force: bool, offline: bool, as_json: bool, **options: Any) -> int:
    """Write a template to OUT (.xlsx, .csv or .tsv). What is filled in imports without options.

    Where a workspace is set the drop-downs of a workbook hold its projects, statuses, tags and people.
    """
    from importer.run.template import template

    where, console = connection_of(options), Console()
    with _connection(where, offline or out.suffix.lower() != ".xlsx") as connection:
        made = template(out, force=force, connection=connection, watch=console)
    for note in made.notes:
        console.warn(f"Note: {note}")
    console.note(_ready(made))
    if as_json:
        answer_json({"files": [str(out.resolve())], "requests": made.requests})
    return 0


def _connection(where: dict[str, Any], offline: bool) -> "AbstractContextManager[Connection | None]":
    """The workspace that the options say, or else the environment where it is complete."""
    from importer.errors import WrongUse
    from importer.settings import connection

    told = any(where[name] for name in ("base_url", "organization", "workspace", "sandbox"))
    if offline and not told:
        return nullcontext()
    if not told:
        try:
            connection()
        except WrongUse:
            return nullcontext()
    return connected(**where)


def _ready(made: "Made") -> str:
    said = f"{made.path} is ready to fill in; then: tasksheet check {made.path}"
    if made.path.suffix.lower() != ".xlsx":
        return said
    if not made.requests:
        return f"{said}\nIts drop-downs hold no names, since no workspace is set (--workspace)."
    names = ", ".join(f"{_KINDS[kind]}: {count:,}" for kind, count in made.names.items()) or "no names"
    return f"{said}\nIn its drop-downs, from {plural(made.requests, 'request')}: {names}."
