"""What people type. Commands load when they are used; errors become words and a status here alone."""

import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from importer.cli.console import answer_json, explain
from importer.cli.stopping import caught, interrupted
from importer.errors import Interrupted, TasksheetError, Unforeseen, UnwritableFile, WrongUse
from importer.version import __version__

COMMANDS = {
    "check": "Read, map and validate a sheet, without a connection.",
    "import": "Create the tasks of a sheet in a workspace.",
    "export": "Write the tasks of a workspace to a file.",
    "runs": "Past imports and their rows; settles rows in doubt.",
    "template": "Write a workbook or CSV ready to fill in.",
    "sandbox": "Serve the practice workspace.",
    "demo": "Import the samples and export them again, all on this machine.",
}


class Commands(click.Group):
    """Knows the commands' names and one-liners without loading what they need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"importer.cli.{'load' if name == 'import' else name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Try it without an account: tasksheet demo",
)
@click.version_option(__version__, prog_name="tasksheet")
def tasksheet() -> None:
    """Move tasks between spreadsheets and a Toggl Focus workspace, without losing or doubling a row."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit status."""
    if sys.stderr is None:  # closed by whoever started us
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    with caught(interrupted):  # so that SIGTERM ends a command as Ctrl-C does
        status = run(sys.argv[1:] if arguments is None else arguments)
    sys.exit(_flushed(status))


def _flushed(status: int) -> int:
    """Write out what is still held back; the status when that fails."""
    if sys.stdout is None:
        return status
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else it fails once more at the end
        if not isinstance(error, BrokenPipeError) and not status:
            return _failed(False, UnwritableFile(f"Not written: {error.strerror}."))
    return status


def run(arguments: Sequence[str]) -> int:
    """Run a command; its exit status."""
    arguments = arguments or ["--help"]
    as_json = "--json" in arguments
    if sys.stdout is None and (as_json or "-" in arguments):
        closed = "Standard output is closed, so nothing can be written to it."
        return _failed(False, UnwritableFile(closed))
    try:
        status = tasksheet.main(args=list(arguments), prog_name="tasksheet", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except TasksheetError as error:
        return _failed(as_json, error)
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        hint = f" Try '{context.command_path} --help'." if context else ""
        return _failed(as_json, WrongUse(f"{error.format_message()}{hint}"))
    except (click.Abort, KeyboardInterrupt):
        return _failed(as_json, Interrupted("Interrupted."))
    except (BrokenPipeError, SystemExit):
        return 0  # whoever read our output left, and click says so by leaving
    except OSError as error:
        return _failed(as_json, UnwritableFile(f"Not written: {error.strerror or error}."))
    except Exception as error:
        return _failed(as_json, Unforeseen.of(error))


def _failed(as_json: bool, error: TasksheetError) -> int:
    """Say what stopped the command; its exit status."""
    explain(error)
    if as_json:
        with suppress(OSError):  # which may be what failed
            answer_json({**error.counts, "error": error.as_json()})
    return error.status
