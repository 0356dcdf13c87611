"""The ready examples of docs/examples, run as they stand."""

import os
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from importer.sandbox.server import Sandbox

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
COMMAND = Path(sys.executable).with_name("tasksheet")


def run(words: list[str], here: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """In cron's bare environment."""
    bare = {"HOME": str(here), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", **environment}
    return subprocess.run(words, cwd=here, env=bare, capture_output=True, text=True, timeout=100)


def settings(workspace: Sandbox) -> dict[str, str]:
    return {
        "TOGGL_FOCUS_BASE_URL": workspace.base_url,
        "TOGGL_API_KEY": "toggl_sk_test",
        "TOGGL_ORGANIZATION_ID": "1",
        "TOGGL_WORKSPACE_ID": "1",
    }


def a_task(workspace: Sandbox, name: str) -> int:
    [task] = workspace.store.create(
        [{"name": name, "status_id": 1, "toggl_user_id": 1}], "2026-03-01T00:00:00.000000Z"
    )
    return task


def aged(folder: Path, day: str) -> Path:
    """Last week's workbook, as if it had been made then."""
    [new] = folder.glob(f"tasks-{date.today()}.xlsx")
    for file in folder.glob(f"{new.name}*"):
        file.rename(folder / file.name.replace(str(date.today()), day))
    return folder / f"tasks-{day}.xlsx"


def test_week_after_week_the_script_names_what_changed(workspace: Sandbox, tmp_path: Path) -> None:
    script = [str(EXAMPLES / "weekly-export.sh"), "reports"]
    environment = {
        **settings(workspace),
        "TASKSHEET": str(COMMAND),
        "TASKSHEET_STATE_DIR": str(tmp_path / "state"),
    }
    a_task(workspace, "There")
    said = run(script, tmp_path, **environment)
    assert said.returncode == 0, said.stderr
    aged(tmp_path / "reports", "2026-01-05")
    second = a_task(workspace, "Second week")
    said = run(script, tmp_path, **environment)
    assert said.returncode == 0, said.stderr
    assert "1 added, 0 gone" in said.stderr
    book = openpyxl.load_workbook(aged(tmp_path / "reports", "2026-01-12"))
    assert [row[:2] for row in book["Changes"].iter_rows(min_row=2, values_only=True)] == [("added", second)]
    said = run([*script, "--if-changed"], tmp_path, **environment)
    assert said.returncode == 0
    assert sorted(file.name for file in (tmp_path / "reports").glob("*.xlsx")) == [
        "tasks-2026-01-05.xlsx", "tasks-2026-01-12.xlsx",
    ]  # fmt: skip


def test_the_script_ends_with_the_status_of_the_export(workspace: Sandbox, tmp_path: Path) -> None:
    workspace.set_faults([{"on": "GET tasks", "do": "quota_spent", "resets_in": 7200}])
    environment = {**settings(workspace), "TASKSHEET": str(COMMAND)}
    said = run([str(EXAMPLES / "weekly-export.sh"), "reports"], tmp_path, **environment)
    assert said.returncode == 3
    assert list((tmp_path / "reports").iterdir()) == []


def test_the_lines_of_the_crontab_run_as_cron_runs_them(workspace: Sandbox, tmp_path: Path) -> None:
    lines = [line for line in (EXAMPLES / "crontab").read_text("utf-8").splitlines() if line[:1].isdigit()]
    assert len(lines) == 2
    secret = tmp_path / ".config/tasksheet.env"
    secret.parent.mkdir()
    secret.write_text("".join(f"{name}={value}\n" for name, value in settings(workspace).items()), "utf-8")
    secret.chmod(stat.S_IRUSR | stat.S_IWUSR)
    (tmp_path / ".local/bin").mkdir(parents=True)
    (tmp_path / ".local/bin/tasksheet").symlink_to(COMMAND)
    (tmp_path / "tasksheet").symlink_to(EXAMPLES.parents[1])
    for line in lines:
        command = line.split(maxsplit=5)[5]
        assert "%" not in command  # cron takes it for the end of the command
        said = run(["/bin/sh", "-c", command], tmp_path)
        assert said.returncode == 0, (tmp_path / "reports.log").read_text()
    assert (tmp_path / "reports" / f"tasks-{date.today()}.xlsx").is_file()
    assert "nothing changed" in (tmp_path / "reports.log").read_text("utf-8")
    assert "toggl_sk_test" not in (tmp_path / "reports.log").read_text("utf-8")


def test_the_workflow_exports_with_its_secrets(workspace: Sandbox, tmp_path: Path) -> None:
    workflow: dict[Any, Any] = yaml.safe_load((EXAMPLES / "weekly-export.yml").read_text("utf-8"))
    steps = workflow["jobs"]["export"]["steps"]
    [step] = [one for one in steps if one.get("name") == "Export"]
    told = settings(workspace)
    environment = {
        name: told[name] if value == f"${{{{ secrets.{name} }}}}" else value
        for name, value in step["env"].items()
    }
    assert not any("${{" in value for value in environment.values())
    (tmp_path / "docs").symlink_to(EXAMPLES.parent)
    environment["PATH"] = f"{COMMAND.parent}{os.pathsep}/usr/bin:/bin"
    environment["TOGGL_FOCUS_BASE_URL"] = workspace.base_url
    said = run(["/bin/bash", "-e", "-c", step["run"]], tmp_path, **environment)
    assert said.returncode == 0, said.stderr
    assert list((tmp_path / "reports").glob("*.xlsx"))
    [cache] = [one["with"] for one in steps if "cache" in one.get("uses", "")]
    assert {"reports", environment["TASKSHEET_STATE_DIR"]} == set(cache["path"].split())


@pytest.mark.parametrize("name", ["weekly-export.sh"])
def test_the_script_can_be_run(name: str) -> None:
    assert os.access(EXAMPLES / name, os.X_OK)
