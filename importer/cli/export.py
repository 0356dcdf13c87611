"""tasksheet export; its filters are made from the table of query parameters."""

import sys
from pathlib import Path
from typing import Any

import click

from importer.cli.console import Console, answer_json, plural
from importer.cli.options import (
    Command,
    Option,
    connected,
    connection_of,
    connection_options,
    grouped,
    json_option,
    max_wait_option,
    opt,
)
from importer.focus.parameters import PARAMETERS, Parameter
from importer.focus.parameters import Kind as Sort


def _filter(parameter: Parameter) -> click.Option:
    """The option of one query parameter."""
    name = parameter.name.replace("_", "-")
    group = "Filters (older spellings)" if parameter.legacy else "Filters"
    if parameter.kind is Sort.BOOLEAN:
        return Option(
            [f"--{name}/--no-{name}", parameter.name], default=None, help=parameter.help, group=group
        )
    metavar = {Sort.INTEGER: "ID" if parameter.many else "N", Sort.DATE: "DATE", Sort.INSTANT: "TIME"}.get(
        parameter.kind, "TEXT"
    )
    said = parameter.help
    if parameter.empty:
        said += ' ("none": without one)'
    if parameter.many:
        metavar += ",…"
    return Option(
        [f"--{name}", parameter.name], multiple=parameter.many, metavar=metavar, help=said, group=group
    )


def _typed(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _value(parameter: Parameter, given: Any) -> Any:
    """What was typed as the parameter's value; raises UsageError naming the option."""
    option = _typed(parameter.name)
    if parameter.kind is Sort.BOOLEAN:
        return given
    texts = [part.strip() for text in given for part in text.split(",")] if parameter.many else [given]
    if not all(texts):
        none = '; "none" asks for tasks without one' if parameter.empty else ""
        raise click.UsageError(f"{option} is empty{none}.")
    values = [_one(parameter, option, text) for text in texts]
    return values if parameter.many else values[0]


def _one(parameter: Parameter, option: str, text: str) -> Any:
    if parameter.empty and text.casefold() == "none":
        return None
    if parameter.kind is Sort.INTEGER:
        try:
            return int(text)
        except ValueError:
            none = ' or "none"' if parameter.empty else ""
            raise click.UsageError(f"{option} {text!r}: takes whole numbers{none}.") from None
    return text


_FILTERS = [p for p in PARAMETERS if p.name not in ("page", "per_page")]


@click.command(
    "export",
    cls=Command,
    short_help="Write the tasks of a workspace to a file.",
    example="tasksheet export tasks.xlsx\n"
    "tasksheet export due-{date}.csv --start-date 2026-03-01 --end-date 2026-03-31 --project-id none",
)
@click.argument("out", metavar="OUT")
@grouped(
    "Writing",
    opt("--columns", metavar="A,B,…|all", help="Which columns, in this order; all has every field."),
    max_wait_option,
    opt(
        "--no-guard",
        is_flag=True,
        help="No ' before text of a CSV that a spreadsheet would run as a formula.",
    ),
)
@connection_options
@json_option
def command(
    out: str, columns: str | None, max_wait: float, no_guard: bool, as_json: bool, **options: Any
) -> int:
    """Write the workspace's tasks to OUT: .xlsx, .csv or .tsv by its ending; - is CSV on stdout.

    OUT may hold {date}, {time} and {workspace}.
    """
    if out == "-" and as_json:
        raise click.UsageError("--json and OUT - would share stdout; write to a file instead.")
    where = connection_of(options)
    given = {p.name: p for p in _FILTERS if options.get(p.name) not in (None, ())}
    filters = {name: _value(p, options[name]) for name, p in given.items()}
    console = Console()
    for p in given.values():
        if p.legacy:
            console.warn(f"{_typed(p.name)} is an older spelling; use {_typed(p.legacy)}.")

    from importer.run.export import Wanted, export

    wanted = Wanted(None if out == "-" else Path(out), sys.stdout, filters, columns, not no_guard, max_wait)
    with connected(**where) as connection:
        exported = export(connection, wanted, console)
    console.done()
    for note in exported.notes:
        console.warn(f"Note: {note}")
    if exported.certified is not True:
        console.warn(f"Not certified: {exported.certified}")
    where_to = f" → {exported.files[0]}" if exported.files else ""
    console.note(f"{plural(exported.tasks, 'task')}, {plural(exported.requests, 'request')}{where_to}")
    if as_json:
        answer_json(exported.as_json())
    return exported.status


command.params.extend(_filter(p) for p in _FILTERS)
