"""tasksheet sandbox"""

import json
from pathlib import Path
from typing import Any

import click

from importer.cli.options import Command, grouped, opt, state_option
from importer.errors import WrongUse


@click.command(
    "sandbox",
    cls=Command,
    short_help="Serve the practice workspace.",
    example="tasksheet sandbox --tasks 200",
)
@grouped(
    "Options",
    opt(
        "--port",
        type=click.IntRange(0, 65535),
        default=8321,
        show_default=True,
        metavar="N",
        help="On this machine; 0 takes a free one.",
    ),
    opt(
        "--data",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Its data.  [default: what --sandbox uses]",
    ),
    opt("--seed", type=int, default=1, show_default=True, metavar="N", help="Of the look-up data."),
    opt(
        "--tasks",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        metavar="N",
        help="Made at the first start.",
    ),
    opt(
        "--faults",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE.json",
        help="What shall go wrong.",
    ),
)
@state_option
def command(
    port: int, data: Path | None, seed: int, tasks: int, faults: Path | None, state_dir: Path | None
) -> int:
    """Serve a practice workspace on this machine: organization 1, workspace 1, any key will do.

    Prints the base URL on stdout when it is ready; Ctrl-C ends it.
    """
    from importer.run.practice import data_file, serve_workspace
    from importer.settings import state_folder

    plan = _plan(faults) if faults else None
    serve_workspace(
        data or data_file(state_folder(state_dir)), port, seed, tasks, plan, lambda url: click.echo(url)
    )
    return 0


def _plan(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WrongUse(f"--faults {path} can't be read as JSON: {error}.") from error
