"""Every sample of another tool's export goes into a workspace with no more than what the file can't know."""

import json
from pathlib import Path
from typing import Any

import pytest

from importer.resources import folder
from importer.sandbox.server import Sandbox
from tests.whole.conftest import Terminal

TASKS = Path(__file__).parents[1] / "vendors"
SAMPLES = sorted((folder("samples") / "vendors").iterdir())
WHAT_NO_FILE_KNOWS = (
    *("--create-missing", "tags,projects,clients"),
    *("--unmatched", "assignees=drop"),
    *("--unmatched", "status=drop"),
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_sample_is_imported(sample: Path, tasksheet: Terminal, workspace: Sandbox) -> None:
    expected: dict[str, Any] = json.loads((TASKS / f"{sample.stem}.json").read_text("utf-8"))
    before = {task["id"] for task in workspace.store.tasks()}
    said = tasksheet("import", sample, "--yes", *WHAT_NO_FILE_KNOWS, *expected["options"])
    assert said.status == 0, said.err
    made = [task for task in workspace.store.tasks() if task["id"] not in before]
    names = {row["row"]: row["name"] for row in expected["tasks"]}
    assert sorted(task["name"] for task in made) == sorted(names.values())
    name_of = {task["id"]: task["name"] for task in made}
    parents = sorted(
        (task["name"], name_of[task["parent_task_id"]]) for task in made if task["parent_task_id"]
    )
    assert parents == sorted(
        (row["name"], names[row["parent_row"]]) for row in expected["tasks"] if "parent_row" in row
    )


def test_an_export_of_asana_needs_no_options_where_its_names_are_known(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    before = {task["id"] for task in workspace.store.tasks()}
    said = tasksheet("import", folder("samples") / "asana-spring-campaign.csv", "--yes")
    assert said.status == 0, said.err
    made = {task["name"]: task for task in workspace.store.tasks() if task["id"] not in before}
    assert len(made) == 38
    poster, draft = made["Poster"], made["Draft A"]
    assert draft["parent_task_id"] == poster["id"]
    assert (
        draft["project_id"] == poster["project_id"] is not None
    )  # sub-tasks have none of their own in the file
    assert (draft["end_date"], poster["start_date"]) == ("2027-01-08", "2027-01-04")
