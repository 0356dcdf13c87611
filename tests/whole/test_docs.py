"""What README and docs/ show is run, and what is made from tables is up to date."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from importer.cli import COMMANDS
from importer.cli import tasksheet as group
from importer.sandbox.server import Sandbox
from tests.whole.conftest import Terminal

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def shown() -> list[str]:
    """The commands of README's session and of its shell blocks, in order."""
    commands = []
    for block in re.findall(r"```(?:console|sh)\n(.*?)```", README, re.DOTALL):
        for line in block.splitlines():
            line = line.removeprefix("$ ").split("  #")[0].strip()
            if line.startswith("tasksheet "):
                commands.append(line)
    return commands


def test_every_command_of_readme_does_what_it_says(
    tasksheet: Terminal, workspace: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tasksheet.here / "samples").symlink_to(ROOT / "samples")
    commands = shown()
    assert len(commands) >= 12
    outputs = {}
    for command in commands:
        said = tasksheet(*shlex.split(command)[1:])
        assert said.status == 0, f"{command}\n{said.err}"
        outputs.setdefault(command, said)
    session = re.search(r"```console\n(.*?)```", README, re.DOTALL)
    assert session is not None
    for part in session[1].strip().split("\n\n"):
        command, *lines = part.splitlines()
        said = outputs[command.removeprefix("$ ")]
        for line in lines:
            assert line in said.err.replace(f"{tasksheet.here}/", ""), f"{command} no longer says: {line}"


def test_the_package_does_what_readme_says(
    tasksheet: Terminal, workspace: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    tasksheet.sheet("tasks.csv", "Title,Due date\nA,2026-03-01\nB,\n")
    capsys.readouterr()
    exec(code[1], {})
    assert capsys.readouterr().out == "2 True\n"
    assert (tasksheet.here / "back.xlsx").is_file()


def test_the_public_face_is_what_it_says() -> None:
    import importer

    for name in importer.__all__:
        assert getattr(importer, name) is not None
    with pytest.raises(AttributeError):
        importer.no_such_thing  # noqa: B018


def test_the_two_commands_of_readme_are_chores_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for chore in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{chore}:", makefile, re.MULTILINE)


def test_settings_that_readme_exports_are_read() -> None:
    settings = (ROOT / "importer/settings.py").read_text("utf-8")
    for name in re.findall(r"export (\w+)=", README):
        assert f'"{name}"' in settings


def test_what_is_made_from_tables_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs/generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}; run make docs"


def test_the_template_workbook_is_up_to_date(tasksheet: Terminal) -> None:
    assert tasksheet("template", "t.xlsx").status == 0

    def cells(path: Path) -> list:
        sheet = openpyxl.load_workbook(path)["Tasks"]
        return [
            (c.coordinate, c.value, c.number_format, c.comment.text if c.comment else None)
            for row in sheet
            for c in row
        ]

    assert cells(ROOT / "templates/tasks.xlsx") == cells(tasksheet.here / "t.xlsx")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_commands_help_stands_alone(tasksheet: Terminal, name: str) -> None:
    said = tasksheet(name, "--help")
    assert said.status == 0
    assert said.out.startswith(f"Usage: tasksheet {name} ")
    assert "\nExample:\n" in said.out
    assert f"    tasksheet {name}" in said.out
    command = group.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    for option in command.params:
        if option.param_type_name == "option":
            assert option.help, f"{name}: {option.opts} has no help"


def test_help_is_quick_because_it_loads_nothing_heavy() -> None:
    code = (
        "import sys; from importer.cli import run, COMMANDS; "
        "[run([*words, '--help']) for words in ([], *([name] for name in COMMANDS))]; "
        "print([m for m in ('pandas','pandera','numpy','openpyxl','requests','sqlite3','aiohttp','rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
