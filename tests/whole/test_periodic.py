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


def test_made_once_more_on_one_day_it_is_still_compared_with_last_week(
    workspace: Sandbox, tmp_path: Path
) -> None:
    script = [str(EXAMPLES / "weekly-export.sh"), "two words"]  # a folder
    environment = {**settings(workspace), "TASKSHEET": str(COMMAND)}
    assert run(script, tmp_path, **environment).returncode == 0
    aged(tmp_path / "two words", "2026-01-05")
    a_task(workspace, "New")
    for _ in range(2):
        said = run([*script, "--sheets", "tasks"], tmp_path, **environment)
        assert said.returncode == 0, said.stderr
        assert "tasks-2026-01-05.xlsx: 1 added, 0 gone" in said.stderr


@pytest.mark.parametrize("pauses", ["0 0", ""])
def test_the_script_tries_again_what_was_too_early_and_ends_with_the_status_of_the_export(
    workspace: Sandbox, tmp_path: Path, pauses: str
) -> None:
    script = [str(EXAMPLES / "weekly-export.sh"), "reports"]
    environment = {**settings(workspace), "TASKSHEET": str(COMMAND), "TASKSHEET_PAUSES": pauses}
    tries = 1 + len(pauses.split())
    for _ in range(230):
        a_task(workspace, "One of three pages")
    fault = {"on": "GET tasks", "do": "quota_spent", "resets_in": 7200}
    workspace.set_faults([fault])
    said = run(script, tmp_path, **environment)
    assert said.returncode == 3
    assert said.stderr.count("used up") == tries
    assert list((tmp_path / "reports").iterdir()) == []
    # the quota ends in the middle, as often as the script has patience for, and once more
    for times in (tries - 1, tries):
        workspace.set_faults([{**fault, "nth": 2, "times": times}] if times else [])
        said = run([*script, "--jobs", "1"], tmp_path, **environment)
        assert said.returncode == (0 if times < tries else 3), said.stderr
    assert run(["/bin/sh", *script, "--no-such-option"], tmp_path, **environment).returncode == 2


def test_the_line_of_the_crontab_runs_as_cron_runs_it(workspace: Sandbox, tmp_path: Path) -> None:
    [line] = [line for line in (EXAMPLES / "crontab").read_text("utf-8").splitlines() if line[:1].isdigit()]
    command = line.split(maxsplit=5)[5]
    assert "%" not in command  # cron takes it for the end of the command
    (tmp_path / ".local/bin").mkdir(parents=True)
    (tmp_path / ".local/bin/tasksheet").symlink_to(COMMAND)
    (tmp_path / "tasksheet").symlink_to(EXAMPLES.parents[1])
    said = run(["/bin/sh", "-c", command], tmp_path)
    assert said.returncode != 0
    assert "tasksheet.env" in said.stderr  # what cron sends by mail
    secret = tmp_path / ".config/tasksheet.env"
    secret.parent.mkdir()
    secret.write_text("".join(f"{name}={value}\n" for name, value in settings(workspace).items()), "utf-8")
    secret.chmod(stat.S_IRUSR | stat.S_IWUSR)
    said = run(["/bin/sh", "-c", command], tmp_path)
    log = (tmp_path / "reports.log").read_text("utf-8")
    assert (said.returncode, said.stdout, said.stderr) == (0, "", ""), log
    assert (tmp_path / "reports" / f"tasks-{date.today()}.xlsx").is_file()
    assert "toggl_sk_test" not in log


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
    # what is carried from week to week is what the export leaves and needs, whatever became of it
    caches = {one["uses"]: one for one in steps if "cache" in one.get("uses", "")}
    [restore], [save] = (
        [one for uses, one in caches.items() if word in uses] for word in ("restore", "save")
    )
    assert restore["with"]["path"] == save["with"]["path"]
    assert set(save["with"]["path"].split()) == {"reports", "state"}
    assert "--state-dir state" in step["run"]
    assert restore["with"]["key"].startswith(restore["with"]["restore-keys"])
    assert "always()" in save["if"]
    # (YAML takes the word `on` for a truth); one of the schedules only touches the cache
    export_at, touch_at = (one["cron"] for one in workflow[True]["schedule"])
    for one in (step, save):
        assert f"github.event.schedule != '{touch_at}'" in one["if"]
    assert export_at not in (EXAMPLES / "weekly-export.yml").read_text("utf-8").split("jobs:")[1]


@pytest.mark.parametrize("name", ["weekly-export.sh"])
def test_the_script_can_be_run(name: str) -> None:
    assert os.access(EXAMPLES / name, os.X_OK)
