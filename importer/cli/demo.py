"""tasksheet demo"""

from pathlib import Path
from typing import Any

import click

from importer.cli.console import Console, answer_json, plural
from importer.cli.options import Command, json_option, state_option


@click.command(
    "demo",
    cls=Command,
    short_help="Import the samples and export them again.",
    example="tasksheet demo",
)
@state_option
@json_option
def command(state_dir: Path | None, as_json: bool) -> int:
    """Import the samples into a practice workspace on this machine and export it to out/."""
    from importer.run.demo import demo
    from importer.settings import state_folder

    console = Console()
    console.note("A practice workspace starts on this machine; nothing leaves it.")
    shown = demo(state_folder(state_dir), Path("out"), console)
    console.note("")
    console.table(
        ("sample", "rows", "created", "invalid", "requests"),
        [_line(path, summary) for path, summary in shown.imports],
    )
    console.note("")
    files = [str(path) for exported in shown.exports for path in exported.files]
    console.note(f"$ tasksheet export {files[0]} --sandbox")
    console.note(
        f"{plural(shown.exports[0].tasks, 'task')} read back, certified: {shown.exports[0].certified}."
    )
    console.note("")
    console.note(f"Open {files[0]} to see the tasks as they came back,")
    console.note(f"and {shown.out}/…-import/results.csv for what became of every row.")
    if as_json:
        told = [{"sample": path.name, **summary.as_json()} for path, summary in shown.imports]
        answer_json({"imports": told, "tasks": shown.exports[0].tasks, "files": files})
    return max((summary.status for _, summary in shown.imports), default=0)


def _line(path: Path, summary: Any) -> tuple[Any, ...]:
    told = summary.as_json()
    return path.name, told["rows"], told["created"], told["invalid"], told["requests"]
