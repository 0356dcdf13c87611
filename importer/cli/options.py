"""Options that several commands share, grouped in their help."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from importer.run.source import Source
    from importer.settings import Connection

F = TypeVar("F", bound=Callable[..., Any])


class Option(click.Option):
    """An option that says which group of the help it belongs to."""

    def __init__(self, *args: Any, group: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group


class Command(click.Command):
    """Shows its options in groups, and an example at the end."""

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Argument):
                continue  # the usage line and the docstring speak of it
            if record := parameter.get_help_record(ctx):
                groups.setdefault(getattr(parameter, "group", "Options"), []).append(record)
        for group in sorted(groups, key=lambda name: name == "Options"):
            with formatter.section(group):
                formatter.write_dl(groups[group])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.example:
            with formatter.section("Example"), formatter.indentation():
                for line in self.example.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def grouped(group: str, *options: tuple[tuple[str, ...], dict[str, Any]]) -> Callable[[F], F]:
    """A decorator that adds options in the order given."""

    def add(function: F) -> F:
        for names, settings in reversed(options):
            function = click.option(*names, cls=Option, group=group, **settings)(function)
        return function

    return add


def opt(*names: str, **settings: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    return names, settings


state_option = grouped(
    "Options",
    opt(
        "--state-dir",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Where practice data and records lie (TASKSHEET_STATE_DIR).",
    ),
)
json_option = grouped("Options", opt("--json", "as_json", is_flag=True, help="One JSON object on stdout."))

max_wait_option = opt(
    "--max-wait",
    type=click.FloatRange(min=0),
    default=3600,
    show_default=True,
    metavar="SECONDS",
    help="Waiting for quota in all.",
)

_connection = grouped(
    "Connection",
    opt("--base-url", metavar="URL", help="Of the API (TOGGL_FOCUS_BASE_URL)."),
    opt("--organization", metavar="ID", help="Its id (TOGGL_ORGANIZATION_ID)."),
    opt(
        "--workspace",
        metavar="ID|ADDRESS",
        help="Its id, or the web app's address with both ids (TOGGL_WORKSPACE_ID).",
    ),
    opt(
        "--sandbox",
        is_flag=True,
        help="The embedded practice workspace instead. Keys come from the environment alone: "
        "TOGGL_API_KEY, or TOGGL_EMAIL and TOGGL_PASSWORD.",
    ),
)


def connection_options(function: F) -> F:
    return _connection(state_option(function))


reading_options = grouped(
    "Reading the sheet",
    opt("--sheet", metavar="NAME|N", help="Which sheet; a name wins over a number."),
    opt("--header-row", type=click.IntRange(min=1), metavar="N", help="As Excel shows it."),
    opt("--encoding", metavar="NAME", help="Of a CSV, instead of the one found."),
    opt("--delimiter", metavar="CHAR", help="Of a CSV, instead of the one found."),
    opt("--preset", metavar="NAME", help="Whose export it is, instead of the one found; none for nobody's."),
    opt(
        "--map",
        "maps",
        multiple=True,
        metavar="COLUMN=FIELD",
        help='"Column=field"; "Column=" ignores it; "Column=notes+" adds a line to notes.',
    ),
    opt(
        "--mapping",
        type=click.Path(path_type=Path),
        metavar="FILE.toml",
        help="Columns, values and the like from a file; options beat it.",
    ),
    opt(
        "--save-mapping",
        type=click.Path(path_type=Path),
        metavar="FILE.toml",
        help="Write the columns as they were understood, for --mapping.",
    ),
    opt("--set", "fixed", multiple=True, metavar="FIELD=VALUE", help="For every row."),
    opt("--default", "default", multiple=True, metavar="FIELD=VALUE", help="For blank cells."),
    opt("--rows", metavar="2-11,40", help="Only these rows; a later run sends the others."),
    opt("--dates", type=click.Choice(["iso", "dmy", "mdy"]), help="How text dates are written."),
    opt(
        "--timezone",
        metavar="ZONE",
        help="Whose days instants are, such as 2026-03-31T22:00Z, without a zone column.",
    ),
    opt(
        "--unmatched",
        multiple=True,
        metavar="FIELD=error|drop",
        help="What unknown names of assignees, tags, project, status, client or parent come to.",
    ),
    opt("--skip-hidden", is_flag=True, help="Leave rows out that are hidden in the workbook."),
    opt("--with-archived", is_flag=True, help="Take rows in that the file says are archived."),
    opt("--strict", is_flag=True, help="What would only be warned about is an error."),
)


def source_of(
    file: Path,
    *,
    sheet: str | None,
    header_row: int | None,
    encoding: str | None,
    delimiter: str | None,
    preset: str | None,
    maps: tuple[str, ...],
    mapping: Path | None,
    save_mapping: Path | None,
    fixed: tuple[str, ...],
    default: tuple[str, ...],
    rows: str | None,
    dates: str | None,
    timezone: str | None,
    unmatched: tuple[str, ...],
    skip_hidden: bool,
    with_archived: bool,
    strict: bool,
) -> "Source":
    """The reading options as one value."""
    from importer.run.source import Source, parse_rows

    return Source(
        file,
        sheet,
        header_row,
        encoding,
        {"\\t": "\t", "tab": "\t"}.get(delimiter or "", delimiter),
        preset=preset,
        maps=maps,
        mapping=mapping,
        save_mapping=save_mapping,
        fixed=fixed,
        default=default,
        rows=parse_rows(rows) if rows else None,
        dates=dates,
        timezone=timezone,
        drop=_dropped(unmatched),
        skip_hidden=skip_hidden,
        with_archived=with_archived,
        strict=strict,
    )


def _dropped(unmatched: tuple[str, ...]) -> frozenset[str]:
    fields = ("assignees", "tags", "project", "status", "client", "parent")
    drop = {}
    for text in unmatched:
        name, _, choice = text.partition("=")
        if name not in fields or choice not in ("error", "drop"):
            raise click.UsageError(
                f"--unmatched {text!r}: should be one of {', '.join(fields)}, =error or =drop."
            )
        drop[name] = choice == "drop"
    return frozenset(name for name, yes in drop.items() if yes)


def connection_of(options: dict[str, Any]) -> dict[str, Any]:
    """Take the connection options out of a command's, for connected()."""
    return {
        name: options.pop(name) for name in ("base_url", "organization", "workspace", "sandbox", "state_dir")
    }


@contextmanager
def connected(
    *,
    base_url: str | None,
    organization: str | None,
    workspace: str | None,
    sandbox: bool,
    state_dir: Path | None,
) -> "Iterator[Connection]":
    """The workspace to talk to; with --sandbox the embedded one, served as long as this lasts."""
    from importer.settings import Connection, Key, connection, state_folder

    if not sandbox:
        yield connection(base_url=base_url, organization=organization, workspace=workspace)
        return
    if base_url or organization or workspace:
        raise click.UsageError("--sandbox is a workspace of its own; leave the other connection options out.")
    from importer.run.practice import practice_workspace

    with practice_workspace(state_folder(state_dir)) as (url, identity):
        yield Connection(url, 1, 1, Key("toggl_sk_practice"), identity)
