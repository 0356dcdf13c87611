"""A sheet goes into a workspace and comes back out."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import requests

from importer.sandbox.server import Sandbox
from importer.task.fields import BODY
from tests.conftest import SHARED
from tests.whole.conftest import Terminal

HEADERS = {"Authorization": "Bearer toggl_sk_test"}


def lookup(workspace: Sandbox, path: str) -> list[dict[str, Any]]:
    answer = requests.get(
        f"{workspace.base_url}/{path}", params={"per_page": 100}, headers=HEADERS, timeout=10
    )
    told = answer.json()
    return told if isinstance(told, list) else told["data"]


def every_field(workspace: Sandbox, count: int) -> list[dict[str, Any]]:
    """Bodies that fill all 23 fields, with ids that exist."""
    projects = [p["id"] for p in lookup(workspace, "organizations/1/workspaces/1/projects")]
    statuses = [s["id"] for s in lookup(workspace, "workspaces/1/statuses")]
    tags = [t["id"] for t in lookup(workspace, "workspaces/1/tags")]
    people = [u["user_account_id"] for u in lookup(workspace, "organizations/1/users")]
    parent = requests.post(
        f"{workspace.base_url}/organizations/1/workspaces/1/tasks",
        json={"name": "Parent"},
        headers=HEADERS,
        timeout=10,
    ).json()["id"]
    first = date(2026, 1, 5)
    bodies = []
    for n in range(count):
        start = first + timedelta(days=n % 300)
        bodies.append(
            {
                "name": f'Task {n}: größer, "quoted" & 00{n}',
                "description": f"Line one\nline two of {n}",
                "notes": f"=not a formula {n}" if n % 7 == 0 else f"note {n}",
                "project_id": projects[n % len(projects)],
                "status_id": statuses[n % len(statuses)],
                "tag_ids": sorted({tags[n % len(tags)], tags[(n + 3) % len(tags)]}),
                "assignee_user_ids": [people[n % len(people)]],
                "start_date": start.isoformat(),
                "end_date": (start + timedelta(days=n % 9)).isoformat(),
                "estimated_mins": n * 5,
                "priority": ("none", "low", "medium", "high")[n % 4],
                "priority_at": start.isoformat(),
                "billable": n % 2 == 0,
                "private": n % 3 == 0,
                "pinned": n % 5 == 0,
                "auto_log_time": n % 4 == 0,
                "color": f"#{n * 1000:06x}",
                "position": n + 1,
                "parent_task_id": parent,
                "rrule": ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;INTERVAL=2")[n % 3],
                "ghost_assignee_ids": [9000 + n],
                "integration_source": "old-tool",
                "integration_ext_id": 100_000 + n,
            }
        )
    assert all(set(body) == {f.name for f in BODY} for body in bodies)
    return bodies


def as_cell(value: Any, real: bool) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return value if real else ("yes" if value else "no")
    if real and isinstance(value, str) and len(value) == 10 and value[4] == "-":
        return date.fromisoformat(value)
    return value


def write_sheet(path: Path, bodies: list[dict[str, Any]]) -> Path:
    titles = list(bodies[0])
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(titles)
            writer.writerows([as_cell(body[t], False) for t in titles] for body in bodies)
        return path
    book = openpyxl.Workbook()
    book.active.append(titles)
    for row, body in enumerate(bodies, 2):
        for column, title in enumerate(titles, 1):
            cell = book.active.cell(row, column)
            cell.value = as_cell(body[title], True)
            if isinstance(body[title], str) and body[title].startswith("="):
                cell.data_type = "s"
    book.save(path)
    return path


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_250_rows_of_all_23_fields_land_exactly_and_come_back_with_names(
    tasksheet: Terminal, workspace: Sandbox, ending: str
) -> None:
    bodies = every_field(workspace, 250)
    before = len(workspace.store.requests)
    said = tasksheet("import", write_sheet(tasksheet.here / f"all.{ending}", bodies), "--yes", "--json")
    assert said.status == 0, said.err
    told = said.json
    assert (told["rows"], told["created"], told["created_now"], told["tasks"]) == (250, 250, 250, 250)
    assert told["requests"] == 1 + 3 == len(workspace.store.requests) - before

    stored = {task["name"]: task for task in workspace.store.tasks()}
    for body in bodies:
        kept = stored[body["name"]]
        assert {name: kept[name] for name in body} == body
    assert len(stored) == 251

    said = tasksheet("export", "back.csv", "--json")
    assert said.status == 0, said.err
    assert (said.json["tasks"], said.json["certified"]) == (251, True)
    with (tasksheet.here / "back.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    projects = {p["id"]: p for p in lookup(workspace, "organizations/1/workspaces/1/projects")}
    statuses = {s["id"]: s for s in lookup(workspace, "workspaces/1/statuses")}
    people = {u["user_account_id"]: u for u in lookup(workspace, "organizations/1/users")}
    for body in bodies:
        row = rows[body["name"]]
        project = projects[body["project_id"]]
        assert row["project_name"] == project["name"]
        assert row["client_name"] == ((project.get("client") or {}).get("name") or "")
        assert row["status_name"] == statuses[body["status_id"]]["name"]
        assert row["parent_task_name"] == "Parent"
        assert row["assignee_emails"] == people[body["assignee_user_ids"][0]]["email"]
        assert row["start_date"] == body["start_date"]
        assert row["estimated_mins"] == str(body["estimated_mins"])
        assert row["notes"].removeprefix("'") == body["notes"]


def test_the_exported_workbook_holds_the_imported_tasks(tasksheet: Terminal, workspace: Sandbox) -> None:
    bodies = every_field(workspace, 20)
    assert tasksheet("import", write_sheet(tasksheet.here / "all.csv", bodies), "--yes").status == 0
    assert tasksheet("export", "back.xlsx").status == 0
    sheet = openpyxl.load_workbook(tasksheet.here / "back.xlsx")["Tasks"]
    titles = [cell.value for cell in sheet[1]]
    assert titles[:8] == [
        "id",
        "name",
        "description",
        "notes",
        "project_id",
        "project_name",
        "project_color",
        "client_id",
    ]
    rows = [dict(zip(titles, [c.value for c in row], strict=True)) for row in sheet.iter_rows(min_row=2)]
    by_name = {row["name"]: row for row in rows}
    for body in bodies:
        row = by_name[body["name"]]
        assert row["start_date"].date().isoformat() == body["start_date"]
        assert row["billable"] is body["billable"]
        assert row["estimated_mins"] == body["estimated_mins"]
        assert row["notes"] == body["notes"]
    manifest = json.loads((tasksheet.here / "back.xlsx.manifest.json").read_text())
    assert (manifest["distinct_ids"], manifest["certified"]) == (21, True)
    assert manifest["asked_for_too"] == ["include_project_completed", "include_drafts"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real files lie beside the checkout, or nowhere")
def test_a_real_export_lands_with_names_descriptions_dates_and_parents(tasksheet: Terminal) -> None:
    file = SHARED / "realdata/ticktick/testdata_ticktick_export.csv"
    options = ["--unmatched", "project=drop", "--unmatched", "tags=drop"]
    said = tasksheet("import", file, "--sandbox", "--yes", *options)
    assert said.status == 0, said.err
    assert "TickTick" in said.err
    for title in ("Folder Name", "Reminder", "Order"):
        assert title in said.err.split("Ignored:")[1].splitlines()[0]

    assert tasksheet("export", "back.csv", "--sandbox").status == 0
    with (tasksheet.here / "back.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    with file.open(encoding="utf-8-sig", newline="") as stream:
        original = list(csv.DictReader(list(stream)[6:]))
    original = [row for row in original if row["Status"] != "2"]  # archived
    assert len(original) == len(rows) == 9
    for row in original:
        assert rows[row["Title"]]["description"] == row["Content"]
    assert rows["Task with reminder and dates"]["start_date"] == "2018-12-12"  # midnight in Berlin
    assert rows["Task with due date"]["end_date"] == "2023-03-29"
    assert rows["Subtask example"]["parent_task_name"] == "Task with reminder and dates"
    assert rows["Another subtask"]["parent_task_id"] == rows["Task with reminder and dates"]["id"]


def test_an_import_reports_every_row(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet("plan.csv", "Title,Due date,Parent\nA,2026-02-30,\n\nB,2026-03-01,\nC,,A\nD,,B\n")
    said = tasksheet("import", sheet, "--yes", "--skip-invalid", "--json")
    assert said.status == 1
    told = said.json
    assert {k: told[k] for k in ("rows", "created", "invalid", "rejected", "skipped", "pending", "doubt")} == {
        "rows": 4, "created": 2, "invalid": 1, "rejected": 1, "skipped": 0, "pending": 0, "doubt": 0,
    }  # fmt: skip
    assert told["report"] == str((tasksheet.here / "plan-import").resolve())
    raw = (tasksheet.here / "plan-import/results.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert list(rows[0]) == ["row", "outcome", "task_id", "name", "url", "problem"]
    assert [(r["row"], r["name"], r["outcome"]) for r in rows] == [
        ("2", "A", "invalid"),
        ("4", "B", "created"),
        ("5", "C", "rejected"),
        ("6", "D", "created"),
    ]
    assert "plan!B2" in rows[0]["problem"]
    assert rows[1]["url"].endswith(f"/1/workspaces/1/tasks/{rows[1]['task_id']}")
    about = json.loads((tasksheet.here / "plan-import/run.json").read_text())
    assert about["workspace"].endswith("1/1")
    assert {k: about[k] for k in told} == told
    by_name = {task["name"]: task for task in workspace.store.tasks()}
    assert by_name["D"]["parent_task_id"] == by_name["B"]["id"]


def test_nothing_is_sent_while_a_row_is_invalid(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet("plan.csv", "Title,Estimate\nA,-5\nB,30\n")
    said = tasksheet("import", sheet, "--yes", "--json")
    assert (said.status, said.json["invalid"], said.json["pending"], said.json["requests"]) == (1, 1, 1, 0)
    assert workspace.store.tasks() == []


def test_a_dry_run_writes_nothing_and_tells_the_requests(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet("plan.csv", "Title\n" + "".join(f"T{n}\n" for n in range(250)))
    said = tasksheet("import", sheet, "--dry-run", "--json")
    assert said.status == 0
    assert (said.json["run"], said.json["dry_run"], said.json["planned_requests"], said.json["pending"]) == (
        None,
        True,
        4,
        250,
    )
    assert workspace.store.tasks() == []
    assert not (tasksheet.here / "plan-import").exists()
    assert tasksheet("import", sheet, "--yes", "--json").json["requests"] == 4


def test_names_are_looked_up_and_unknown_ones_are_problems_with_the_nearest(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    twin, _, project, *_ = sorted(
        lookup(workspace, "organizations/1/workspaces/1/projects"), key=lambda p: p["id"]
    )
    status = lookup(workspace, "workspaces/1/statuses")[2]
    tags = lookup(workspace, "workspaces/1/tags")[:2]
    person = lookup(workspace, "organizations/1/users")[1]
    row = f'A,{project["name"].upper()},{status["name"]},"{tags[0]["name"]}, {tags[1]["name"]}",{person["email"]}'
    head = "Title,Project,Status,Tags,Assignees\n"
    said = tasksheet("import", tasksheet.sheet("plan.csv", f"{head}{row}\n"), "--yes", "--json")
    assert said.status == 0, said.err
    [task] = workspace.store.tasks()
    assert task["project_id"] == project["id"]
    assert task["status_id"] == status["id"]
    assert sorted(task["tag_ids"]) == sorted(t["id"] for t in tags)
    assert task["assignee_user_ids"] == [person["user_account_id"]]

    wrong = tasksheet.sheet(
        "wrong.csv", f'{head}B,{project["name"][:-1]}x,,"{tags[0]["name"]}, no such tag",\n'
    )
    said = tasksheet("check", wrong, "--online", "--json")
    assert said.status == 1
    assert [(p["cell"], p["field"]) for p in said.json["problems"]] == [
        ("wrong!B2", "project"),
        ("wrong!D2", "tags"),
    ]
    assert project["name"] in said.json["problems"][0]["problem"]
    said = tasksheet(
        "import", wrong, "--yes", "--unmatched", "tags=drop", "--unmatched", "project=drop", "--json"
    )
    assert (said.status, said.json["created"]) == (0, 1)
    assert workspace.store.tasks()[-1]["tag_ids"] == [tags[0]["id"]]
    client = twin["client"]["name"]
    twins = f"Title,Project,Client\nC,{twin['name']},{client}\nD,{twin['name']},\n"
    said = tasksheet("import", tasksheet.sheet("twins.csv", twins), "--yes", "--skip-invalid", "--json")
    assert (said.json["created"], said.json["invalid"]) == (1, 1)
    assert "column `client`" in said.err.replace("\n", " ")
    assert workspace.store.tasks()[-1]["project_id"] == twin["id"]
    offline = tasksheet("check", wrong, "--json").json
    # the project and both tags
    assert (offline["valid"], offline["unresolved_names"]) == (1, 3)


def test_some_rows_can_be_tried_first(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet("plan.csv", "Title\nA\nB\nC\nD\n")
    said = tasksheet("import", sheet, "--yes", "--rows", "2-3,5", "--json")
    assert (said.status, said.json["created"], said.json["pending"]) == (0, 3, 1)
    assert [t["name"] for t in workspace.store.tasks()] == ["A", "B", "D"]


def test_filters_go_to_the_server_and_columns_are_chosen(tasksheet: Terminal, workspace: Sandbox) -> None:
    project = lookup(workspace, "organizations/1/workspaces/1/projects")[0]
    sheet = tasksheet.sheet(
        "plan.csv", f"Title,project_id,Priority\nA,{project['id']},high\nB,,high\nC,,low\n"
    )
    assert tasksheet("import", sheet, "--yes").status == 0
    said = tasksheet(
        "export", "-", "--project-id", "none", "--priority", "high", "--columns", "name,priority"
    )
    assert (said.status, said.out) == (0, "name,priority\nB,high\n")
    said = tasksheet(
        "export", "-", "--project-id", f"none,{project['id']}", "--columns", "name", "--order-by", "-name"
    )
    assert said.out == "name\nC\nB\nA\n"
    workspace.store.requests.clear()
    said = tasksheet("export", "all-{workspace}.csv", "--columns", "all")
    assert said.status == 0
    header = (tasksheet.here / "all-1.csv").read_text().split("\n", 1)[0].split(",")
    assert {
        "project_permissions",
        "parent_project_rate_hourly_rate",
        "metadata_ical_uid",
        "tag_colors",
    } <= set(header)


def test_text_that_would_run_is_guarded_in_files_and_never_on_stdout(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    assert tasksheet("import", tasksheet.sheet("p.csv", 'Title\n"=1+1"\n'), "--yes").status == 0
    assert tasksheet("export", "-", "--columns", "name").out == "name\n=1+1\n"
    tasksheet("export", "a.csv", "--columns", "name")
    tasksheet("export", "b.csv", "--columns", "name", "--no-guard")
    assert (tasksheet.here / "a.csv").read_text() == "name\n'=1+1\n"
    assert (tasksheet.here / "b.csv").read_text() == "name\n=1+1\n"


def test_a_sheet_of_somebodys_own_is_kept_when_an_export_takes_its_name(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    mine = "Title\nMine\n"
    tasksheet.sheet("tasks.csv", mine)
    said = tasksheet("export", "tasks.csv")
    assert (said.status, "kept as tasks.before.csv" in said.err) == (0, True)
    assert (tasksheet.here / "tasks.before.csv").read_text() == mine
    assert tasksheet("export", "tasks.csv").status == 0  # ours by now
    assert sorted(p.name for p in tasksheet.here.iterdir()) == [
        "tasks.before.csv",
        "tasks.csv",
        "tasks.csv.manifest.json",
    ]


def test_every_field_of_the_list_comes_out_with_all_columns(
    tasksheet: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(tmp_path / "practice.sqlite", tasks=60) as sandbox:
        monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_test")
        where = ["--base-url", sandbox.base_url, "--organization", "1", "--workspace", "1"]
        assert tasksheet("export", "all.csv", "--columns", "all", *where).status == 0
    with (tasksheet.here / "all.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    filled = {name for row in rows for name, value in row.items() if value}
    assert {
        "project_rate_hourly_rate",
        "parent_project_name",
        "ghost_assignee_ids",
        "metadata_external_id",
    } <= filled
    assert {"estimate_type", "is_template"} <= set(rows[0]), "newer fields come out as columns too"


def test_a_parent_may_be_a_task_that_is_there_already(tasksheet: Terminal, workspace: Sandbox) -> None:
    assert tasksheet("import", tasksheet.sheet("p.csv", "Title\nMum\n"), "--yes").status == 0
    [mum] = workspace.store.tasks()
    assert (
        tasksheet("import", tasksheet.sheet("q.csv", f"Title,Parent\nKid,{mum['id']}\n"), "--yes").status == 0
    )
    assert workspace.store.tasks()[-1]["parent_task_id"] == mum["id"]
    both = tasksheet.sheet("r.csv", f"Title,Parent,parent_task_id\nA,,\nB,A,{mum['id']}\n")
    assert [p["cell"] for p in tasksheet("check", both, "--json").json["problems"]] == ["r!B3"]


def test_a_name_set_for_every_row_beats_ids_of_the_sheet(tasksheet: Terminal, workspace: Sandbox) -> None:
    projects = {p["name"]: p["id"] for p in lookup(workspace, "organizations/1/workspaces/1/projects")}
    sheet = tasksheet.sheet("p.csv", f"Title,project_id\nA,{projects['Hiring']}\nB,\n")
    assert tasksheet("import", sheet, "--yes", "--set", "project=Intranet").status == 0
    assert [t["project_id"] for t in workspace.store.tasks()] == [projects["Intranet"]] * 2
