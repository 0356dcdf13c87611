"""tasksheet export; its filters are made from the table of query parameters."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from importer.focus.parameters import BY_NAME, NAMED, PARAMETERS, Named, Parameter, streamable
from importer.focus.parameters import Kind as Sort

if TYPE_CHECKING:
    from importer.run.wanted import Exported

_FILTERS = [parameter for parameter in PARAMETERS if not parameter.paging]
_METAVARS = {Sort.DATE: "DATE", Sort.INSTANT: "TIME"}
_NONE = ' ("none": without one)'
_WHOLE = re.compile(r"[+-]?[0-9]+")


def _filter(parameter: Parameter) -> click.Option:
    """The option of one query parameter."""
    group = "Filters (older spellings)" if parameter.legacy else "Filters"
    if parameter.kind is Sort.BOOLEAN:
        both = f"{parameter.option}/{parameter.option.replace('--', '--no-', 1)}"
        return Option([both, parameter.name], default=None, help=parameter.help, group=group)
    metavar = _METAVARS.get(parameter.kind, "TEXT")
    if parameter.kind is Sort.INTEGER:
        metavar = "ID" if "_id" in parameter.name else "N"
    if parameter.many and not parameter.repeated:
        metavar += ",…"
    said = parameter.help
    if parameter.name != "order_by" and parameter.choices:  # its names fill half a page: docs/filters.md
        said += f": {', '.join(parameter.choices)}"
    if parameter.empty:
        said += _NONE
    if parameter.legacy:
        said += f"; use {BY_NAME[parameter.legacy].option}"
    return Option(
        [parameter.option, parameter.name], multiple=parameter.many, metavar=metavar, help=said, group=group
    )


def _filter_by_name(named: Named) -> click.Option:
    said = named.help + (_NONE if named.ids.empty else "")
    return Option(
        [named.option, named.name], multiple=True, metavar="NAME,…", help=said, group="Filters by name"
    )


def _value(parameter: Parameter, given: Any) -> Any:
    """What was typed as the parameter's value; raises UsageError naming the option."""
    if parameter.kind is Sort.BOOLEAN:
        return given
    texts = list(given) if parameter.many else [given]
    if parameter.many and not parameter.repeated:
        texts = [part for text in texts for part in text.split(",")]
    if parameter.many or parameter.kind is not Sort.TEXT:
        texts = [text.strip() for text in texts]
    if not all(texts):
        none = '; "none" asks for tasks without one' if parameter.empty else ""
        raise click.UsageError(f"{parameter.option} is empty{none}.")
    values = [_one(parameter, text) for text in texts]
    return values if parameter.many else values[0]


def _one(parameter: Parameter, text: str) -> Any:
    if parameter.empty and text.casefold() == "none":
        return None
    if parameter.kind is Sort.INTEGER:
        if not _WHOLE.fullmatch(text) or len(text) > 20:
            none = ' or "none"' if parameter.empty else ""
            raise click.UsageError(f"{parameter.option} {text!r}: takes whole numbers{none}.")
        return int(text)
    return text


_reading = grouped(
    "Reading",
    opt(
        "--read",
        type=click.Choice(["auto", "pages", "stream"]),
        default="auto",
        show_default=True,
        help="Page by page, or all in one request; auto: so where pages would cost more quota than is left.",
    ),
    opt(
        "--jobs",
        type=click.IntRange(1, 8),
        default=4,
        show_default=True,
        metavar="N",
        help="Pages read ahead, within the quota.",
    ),
    max_wait_option,
    opt("--active-projects-only", is_flag=True, help="Without the tasks of completed and draft projects."),
    opt("--with-archived", is_flag=True, help="Archived tasks besides the others."),
)

_writing = grouped(
    "Writing",
    opt("--columns", metavar="A,B,…|all", help="Which columns, in this order; all has every field."),
    opt("--sheets", metavar="A,B,…", help="Which sheets of an .xlsx: tasks, summary, projects, …"),
    opt(
        "--compare",
        type=click.Path(path_type=Path),
        metavar="PREVIOUS",
        help="An earlier export: what came, went and changed since then.",
    ),
    opt(
        "--if-changed",
        is_flag=True,
        help="Write nothing where no task changed since PREVIOUS, else since the last OUT.",
    ),
    opt(
        "--no-guard",
        is_flag=True,
        help="No ' before text of a CSV that a spreadsheet would run as a formula.",
    ),
)


@click.command(
    "export",
    cls=Command,
    short_help="Write the tasks of a workspace to a file.",
    example="tasksheet export tasks.xlsx\n"
    "tasksheet export due-{date}.csv --start-date 2026-03-01 --end-date 2026-03-31 --project none",
)
@click.argument("out", metavar="OUT")
@_writing
@_reading
@connection_options
@json_option
def command(
    out: str,
    columns: str | None,
    sheets: str | None,
    compare: Path | None,
    if_changed: bool,
    no_guard: bool,
    read: Any,
    jobs: int,
    max_wait: float,
    active_projects_only: bool,
    with_archived: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Write the workspace's tasks to OUT: .xlsx, .csv, .tsv, .jsonl or .parquet by its ending; - is CSV
    on stdout.

    OUT may hold {date}, {time} and {workspace}.
    """
    for_files = {"--json": as_json, "--sheets": sheets, "--compare": compare, "--if-changed": if_changed}
    _fit_out(out, [option for option, given in for_files.items() if given], columns)
    where = connection_of(options)
    given = {name: value for name, value in options.items() if value not in (None, ())}
    filters = {name: _value(BY_NAME[name], value) for name, value in given.items() if name in BY_NAME}
    names = {name: list(value) for name, value in given.items() if name in NAMED}
    _fit_filters(filters, active_projects_only, with_archived, read == "stream")
    for name, texts in names.items():
        if not all(text.strip() for text in texts):
            raise click.UsageError(f"{NAMED[name].option} is empty.")
    console = Console()
    _warn(console, filters)

    from importer.run.export import export
    from importer.run.wanted import Wanted
    from importer.settings import state_folder

    wanted = Wanted(
        None if out == "-" else Path(out),
        sys.stdout,
        filters,
        names,
        columns,
        sheets,
        read,
        jobs,
        guard=not no_guard,
        max_wait=max_wait,
        active_projects_only=active_projects_only,
        with_archived=with_archived,
        compare=compare,
        if_changed=if_changed,
        state=state_folder(where["state_dir"]),
    )
    with connected(**where) as connection:
        exported = export(connection, wanted, console)
    console.done()
    _tell(console, exported)
    if as_json:
        answer_json(exported.as_json())
    return exported.status


def _tell(console: Console, exported: "Exported") -> None:
    for note in (*exported.notes, *exported.ignored):
        console.warn(f"Note: {note}")
    if exported.certified is not True:
        console.warn(f"Not certified: {exported.certified}")
    if exported.changes:
        console.note(exported.changes.summary)
    where_to = f" → {exported.files[0]}" if exported.files else ""
    console.note(f"{plural(exported.tasks, 'task')}, {plural(exported.requests, 'request')}{where_to}")


def _fit_out(out: str, for_files: list[str], columns: str | None) -> None:
    """Refuse options that such an OUT can't follow."""
    if out == "-" and for_files == ["--json"]:
        raise click.UsageError("--json and OUT - would share stdout; write to a file instead.")
    if out == "-" and for_files:
        raise click.UsageError(f"{' and '.join(for_files)} can't go with OUT -; write to a file instead.")
    form = Path(out).suffix.lower()
    if "--sheets" in for_files and form in (".csv", ".tsv", ".jsonl", ".parquet"):
        raise click.UsageError(f"--sheets chooses sheets of a workbook, and {form} has none; write an .xlsx.")
    if columns is not None and form == ".jsonl":
        raise click.UsageError("--columns has no effect on .jsonl, which holds tasks as the API gave them.")


def _fit_filters(
    filters: dict[str, Any], active_projects_only: bool, with_archived: bool, streamed: bool
) -> None:
    """Refuse options that contradict each other."""
    if with_archived and "archived" in filters:
        raise click.UsageError("--with-archived reads both states; leave --archived/--no-archived out.")
    hidden = [name for name in ("include_project_completed", "include_drafts") if filters.get(name)]
    if active_projects_only and hidden:
        options = " and ".join(BY_NAME[name].option for name in hidden)
        raise click.UsageError(f"--active-projects-only contradicts {options}; leave one of them out.")
    if streamed and not streamable(filters):
        unfit = " and ".join(BY_NAME[name].option for name in filters if not streamable([name]))
        raise click.UsageError(f"The stream takes no {unfit}; leave --read stream out.")


def _warn(console: Console, filters: dict[str, Any]) -> None:
    """Older spellings, and values that the API's page doesn't know."""
    for name, value in filters.items():
        parameter = BY_NAME[name]
        if parameter.legacy:
            console.warn(f"{parameter.option} is an older spelling; use {BY_NAME[parameter.legacy].option}.")
        strange = [one for one in (value if parameter.many else [value]) if parameter.undocumented(one)]
        if strange:
            console.warn(
                f"{parameter.option} {', '.join(strange)}: outside the documented values "
                f"({parameter.documented}); the server decides."
            )


command.params.extend([_filter_by_name(named) for named in NAMED.values()])
command.params.extend([_filter(parameter) for parameter in _FILTERS])
