"""The template: what it offers, and that what is filled in imports without options."""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from importer.run.template import COLUMNS, EXAMPLE, is_example
from importer.sandbox.server import Sandbox
from tests.whole.conftest import Terminal

TITLES = [column.title for column in COLUMNS]


def tasks_sheet(path: str = "t.xlsx") -> Worksheet:
    return openpyxl.load_workbook(path)["Tasks"]


def places(sheet: Worksheet) -> dict[str, int]:
    return {str(cell.value): cell.column for cell in sheet[1]}


def offered(path: str = "t.xlsx") -> dict[str, list[object]]:
    """Title → the values of its drop-down, as a spreadsheet program would show them."""
    book = openpyxl.load_workbook(path)
    sheet = book["Tasks"]
    found: dict[str, list[object]] = {}
    for rule in sheet.data_validations.dataValidation:
        if rule.type != "list":
            continue
        [area] = rule.sqref.ranges
        assert (area.min_col, area.min_row, area.max_row) == (area.max_col, 2, 1001)
        title = str(sheet.cell(1, area.min_col).value)
        if rule.formula1.startswith('"'):
            found[title] = list(rule.formula1.strip('"').split(","))
        else:
            name, _, cells = rule.formula1.partition("!")
            found[title] = [cell.value for (cell,) in book[name][cells.replace("$", "")]]
    return found


def fill_in(row: int, cells: dict[str, Any], path: str = "t.xlsx") -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["Tasks"]
    for title, value in cells.items():
        sheet.cell(row, places(sheet)[title]).value = value
    book.save(path)


# ── what it offers ────────────────────────────────────────────────────────────────────────────────


def test_every_column_says_what_it_is_for_and_holds_its_type(tasksheet: Terminal) -> None:
    assert tasksheet("template", "t.xlsx").status == 0
    sheet = tasks_sheet()
    assert [cell.value for cell in sheet[1]] == TITLES
    assert all(cell.comment and len(cell.comment.text) > 10 for cell in sheet[1])
    place = places(sheet)
    forms = {
        title: sheet.column_dimensions[sheet.cell(1, n).column_letter].number_format
        for title, n in place.items()
    }
    assert (forms["Due date"], forms["Estimate (h)"], forms["Key"]) == ("yyyy-mm-dd", "0.##", "@")
    assert sheet.freeze_panes == "B2"
    [dates] = [r for r in sheet.data_validations.dataValidation if r.type == "date" and "G2" in str(r.sqref)]
    assert (sheet["G1"].value, dates.errorStyle) == ("Due date", "warning")


def test_without_a_workspace_the_names_of_one_are_not_offered(tasksheet: Terminal) -> None:
    said = tasksheet("template", "t.xlsx")
    assert (said.status, "no workspace is set" in said.err) == (0, True)
    yes_or_no = ["yes", "no"]
    assert offered() == {
        "Priority": ["none", "low", "medium", "high"],
        "Billable": yes_or_no, "Private": yes_or_no, "Pinned": yes_or_no,
    }  # fmt: skip
    book = openpyxl.load_workbook("t.xlsx")
    assert book.sheetnames == ["Tasks", "Lookups"]
    explanation, header = book["Lookups"].iter_rows(values_only=True)
    assert "--workspace" in str(explanation[0])
    assert header == ("Kind", "Name", "Id", "Client, e-mail or type", "Workspace id", "Workspace")


def test_with_a_workspace_its_names_are_offered(tasksheet: Terminal, workspace: Sandbox) -> None:
    store = workspace.store
    said = tasksheet("template", "t.xlsx", "--json")
    assert (said.status, said.json["requests"]) == (0, 5)
    lists = offered()
    shown = [p["name"] for p in store.table("projects") if not (p["archived_at"] or p["completed_at"])]
    assert lists["Project"] == sorted(shown, key=str.casefold)
    assert len(shown) == len(store.table("projects")) - 2
    assert lists["Client"] == sorted(c["name"] for c in store.table("clients"))
    assert lists["Status"] == ["Todo", "In Progress", "Blocked", "In Review", "Done"]
    assert lists["Tags"] == sorted(t["name"] for t in store.table("tags"))
    active = [u["name"] for u in store.table("users") if u["active"]]
    assert lists["Assignees"] == sorted(active, key=str.casefold)
    assert len(active) == len(store.table("users")) - 1

    rules = {str(rule.sqref)[0]: rule for rule in tasks_sheet().data_validations.dataValidation}
    assert [TITLES["ABCDEFGHIJ".index(letter)] for letter in "BIJ"] == ["Project", "Assignees", "Tags"]
    # other names may be typed: of a project after a question, of tags and people freely, being several
    assert (rules["B"].showErrorMessage, rules["B"].errorStyle) == (True, "warning")
    assert not rules["I"].showErrorMessage
    assert not rules["J"].showErrorMessage


def test_the_lookups_sheet_has_the_ids_and_what_they_belong_to(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    assert tasksheet("template", "t.xlsx").status == 0
    rows = list(openpyxl.load_workbook("t.xlsx")["Lookups"].iter_rows(min_row=3, values_only=True))
    known_as = f"{workspace.base_url} 1/1"
    person, project = workspace.store.table("users")[1], workspace.store.table("projects")[2]
    clients = {c["id"]: c["name"] for c in workspace.store.table("clients")}
    done = workspace.store.table("statuses")[4]
    for row in (
        ("person", person["name"], person["user_account_id"], person["email"], 1, known_as),
        ("project", project["name"], project["id"], clients[project["client_id"]], 1, known_as),
        ("status", "Done", done["id"], "done", 1, known_as),
    ):
        assert rows.count(row) == 1


def test_people_of_one_name_are_offered_with_their_mails(tasksheet: Terminal, workspace: Sandbox) -> None:
    first = workspace.store.table("users")[0]
    other = {"id": 999, "user_account_id": 999, "workspace_user_id": 999, "email": "twin@practice.example"}
    workspace.store.insert("users", dict(first) | other)
    assert tasksheet("template", "t.xlsx").status == 0
    name = first["name"]
    people = [p for p in offered()["Assignees"] if str(p).startswith(name)]
    assert people == sorted([f"{name} <{first['email']}>", f"{name} <twin@practice.example>"])
    fill_in(3, {"Name": "A", "Assignees": f"{name} <twin@practice.example>"})
    assert tasksheet("import", "t.xlsx", "--yes").status == 0
    assert workspace.store.tasks()[0]["assignee_user_ids"] == [999]


def test_a_name_that_looks_like_a_formula_is_text(tasksheet: Terminal, workspace: Sandbox) -> None:
    born = {"color": "#0B83D9", "created_at": "2025-01-07T09:00:00Z", "updated_at": "2025-01-07T09:00:00Z"}
    workspace.store.insert("tags", {"name": "=1+1", "name_key": "=1+1"} | born)
    assert tasksheet("template", "t.xlsx").status == 0
    [cell] = [
        row[1] for row in openpyxl.load_workbook("t.xlsx")["Lookups"].iter_rows() if row[1].value == "=1+1"
    ]
    assert cell.data_type == "s"


def test_a_refused_list_leaves_its_drop_down_out_and_is_said(tasksheet: Terminal, workspace: Sandbox) -> None:
    workspace.set_faults([{"on": "GET users", "do": "answer", "status": 403}])
    said = tasksheet("template", "t.xlsx")
    assert (said.status, "the list of people was refused" in said.err) == (0, True)
    lists = offered()
    assert ("Assignees" in lists, "Tags" in lists) == (False, True)


def test_the_practice_workspace_has_names_too(tasksheet: Terminal) -> None:
    assert tasksheet("template", "t.xlsx", "--sandbox").status == 0
    assert offered()["Status"] == ["Todo", "In Progress", "Blocked", "In Review", "Done"]


def test_offline_no_workspace_is_asked(tasksheet: Terminal, workspace: Sandbox) -> None:
    said = tasksheet("template", "t.xlsx", "--offline", "--json")
    assert (said.status, said.json["requests"], "Project" in offered()) == (0, 0, False)


@pytest.mark.parametrize("missing", ["TOGGL_API_KEY", "TOGGL_WORKSPACE_ID"])
def test_half_an_environment_is_none_and_half_the_options_are_wrong(
    tasksheet: Terminal, workspace: Sandbox, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    assert tasksheet("template", "t.xlsx", "--json").json["requests"] == 0
    said = tasksheet("template", "u.xlsx", "--organization", "1")
    assert (said.status, missing in said.err, Path("u.xlsx").exists()) == (2, True, False)


def test_where_the_workspace_does_not_answer_nothing_is_written(
    tasksheet: Terminal, workspace: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_revoked")
    said = tasksheet("template", "t.xlsx")
    assert (said.status, list(tasksheet.here.iterdir())) == (4, [])


# ── filled in ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_filled_in_imports_without_options(tasksheet: Terminal, workspace: Sandbox) -> None:
    assert tasksheet("template", "t.xlsx").status == 0
    cells = {
        "Name": "A",
        "Status": "Done",
        "Start date": date(2026, 3, 2),
        "Due date": "2026-03-31",
        "Estimate (h)": 1.5,
        "Priority": "high",
        "Billable": "yes",
        "Private": "no",
        "Key": "007",
        "Repeat rule": "FREQ=WEEKLY;BYDAY=MO",
    }
    fill_in(3, cells)
    fill_in(4, {"Name": "B", "Parent": "007", "Estimate (h)": "1h 30m"})
    said = tasksheet("import", "t.xlsx", "--yes", "--json")
    assert (said.status, said.json["rows"], said.json["created"], said.json["skipped"]) == (0, 3, 2, 1), (
        said.err
    )
    first, second = workspace.store.tasks()
    body = {
        "name": "A", "start_date": "2026-03-02", "end_date": "2026-03-31", "estimated_mins": 90,
        "priority": "high", "billable": True, "private": False, "rrule": "FREQ=WEEKLY;BYDAY=MO",
    }  # fmt: skip
    assert {name: first[name] for name in body} == body
    assert (second["parent_task_id"], second["estimated_mins"]) == (first["id"], 90)


def test_a_template_as_it_came_holds_no_tasks(tasksheet: Terminal, workspace: Sandbox) -> None:
    for name in ("t.xlsx", "t.csv", "t.tsv"):
        assert tasksheet("template", name).status == 0
        said = tasksheet("import", name, "--yes", "--json")
        assert (said.status, said.json["rows"], said.json["skipped"], said.json["requests"]) == (0, 1, 1, 0)
    results = (tasksheet.here / "t-import/results.csv").read_text("utf-8-sig").splitlines()
    assert "skipped" in results[1]
    assert "example" in results[1]
    assert workspace.store.tasks() == []


def test_a_row_that_takes_the_examples_place_is_a_task(tasksheet: Terminal, workspace: Sandbox) -> None:
    assert tasksheet("template", "t.xlsx").status == 0
    fill_in(2, dict.fromkeys(EXAMPLE) | {"Name": "A"})
    assert tasksheet("import", "t.xlsx", "--yes").status == 0
    assert [task["name"] for task in workspace.store.tasks()] == ["A"]


def test_a_filled_csv_imports_without_options(tasksheet: Terminal, workspace: Sandbox) -> None:
    assert tasksheet("template", "t.csv").status == 0
    with Path("t.csv").open(encoding="utf-8-sig", newline="") as stream:
        header, example = csv.reader(stream)
    assert header == TITLES
    assert {t: v for t, v in zip(header, example, strict=True) if v} == {
        t: str(v) for t, v in EXAMPLE.items()
    }
    with Path("t.csv").open("a", encoding="utf-8", newline="") as stream:
        filled = {"Name": "A", "Due date": "2026-03-31", "Estimate (h)": "2"}
        csv.writer(stream).writerow(filled.get(title, "") for title in TITLES)
    said = tasksheet("import", "t.csv", "--yes", "--json")
    assert (said.status, said.json["created"], said.json["skipped"]) == (0, 1, 1), said.err
    [task] = workspace.store.tasks()
    assert (task["name"], task["end_date"], task["estimated_mins"]) == ("A", "2026-03-31", 120)


def test_a_file_that_is_there_is_kept_without_force(tasksheet: Terminal) -> None:
    for name in ("t.xlsx", "t.csv"):
        (tasksheet.here / name).write_bytes(b"mine")
        said = tasksheet("template", name)
        assert (said.status, "--force" in said.err) == (2, True)
        assert (tasksheet.here / name).read_bytes() == b"mine"
        assert tasksheet("template", name, "--force").status == 0
        assert (tasksheet.here / name).read_bytes() != b"mine"


# ── the example row ───────────────────────────────────────────────────────────────────────────────

AS_READ: dict[str, object] = dict.fromkeys(TITLES) | {
    title: datetime(v.year, v.month, v.day) if isinstance(v, date) else str(v) for title, v in EXAMPLE.items()
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "example"),
    [
        ({}, True),
        ({"Due date": "31.03.2026", "Estimate (h)": "1,5"}, True),  # as a German Excel saves the CSV
        ({"Name": "Write it"}, False),
        ({"Project": "Mobile app"}, False),
        ({"Due date": datetime(2026, 4, 1)}, False),
        ({"Notes": "mine"}, False),
        ({"Notes": " "}, True),
        ({"My own column": "x"}, False),
        ({"My own column": None}, True),
    ],
)
def test_the_example_row_is_known_as_long_as_nobody_touched_it(
    changes: dict[str, object], example: bool
) -> None:
    assert is_example(AS_READ | changes) is example


def test_columns_may_be_taken_out_of_the_template() -> None:
    assert is_example({"Name": EXAMPLE["Name"], "Tags": EXAMPLE["Tags"]})
    assert not is_example({"Tags": EXAMPLE["Tags"]})
