"""tasksheet template"""

from pathlib import Path

import click

from importer.cli.console import Console, answer_json
from importer.cli.options import Command, grouped, json_option, opt


@click.command(
    "template",
    cls=Command,
    short_help="Write a workbook or CSV ready to fill in.",
    example="tasksheet template tasks.xlsx",
)
@click.argument("out", type=click.Path(path_type=Path))
@grouped("Options", opt("--force", is_flag=True, help="Replace an existing file."))
@json_option
def command(out: Path, force: bool, as_json: bool) -> int:
    """Write a template to OUT (.xlsx, .csv or .tsv). What is filled in imports without options."""
    from importer.run.template import template

    path = template(out, force=force)
    Console().note(f"{path} is ready to fill in; then: tasksheet check {path}")
    if as_json:
        answer_json({"files": [str(path.resolve())]})
    return 0
