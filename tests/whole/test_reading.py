"""What `check` makes of cells, across reader, values and schema."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from importer.sandbox.server import Sandbox
from tests.whole.conftest import Terminal


def test_a_broken_cell_is_one_problem(tasksheet: Terminal) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Estimate,Due date\n ,1:75,2026-02-30\nB,60,\n")
    told = tasksheet("check", sheet, "--json").json
    assert (told["rows"], told["valid"], told["invalid"]) == (2, 1, 1)
    assert [(p["cell"], p["field"], p["value"]) for p in told["problems"]] == [
        ("p!A2", "name", ""),
        ("p!B2", "estimated_mins", "1:75"),
        ("p!C2", "end_date", "2026-02-30"),
    ]


def test_a_formula_never_calculated_is_a_problem_at_its_cell_and_no_blank(tasksheet: Terminal) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Plan"
    for row in (["Title", "Due date", "Weather"], ["A", "=TODAY()", "=1+1"], ["=B2", None, None]):
        book.active.append(row)
    book.save(tasksheet.here / "f.xlsx")
    told = tasksheet("check", "f.xlsx", "--json").json
    assert [(p["cell"], p["field"]) for p in told["problems"]] == [
        ("Plan!B2", "end_date"),
        ("Plan!A3", "name"),
    ]
    assert "formula" in told["problems"][0]["problem"]


def test_estimates_that_look_like_hours_are_pointed_out(tasksheet: Terminal) -> None:
    told = tasksheet("check", tasksheet.sheet("p.csv", "Title,Estimate\nA,1.5\nB,8\n"), "--json").json
    assert any("none is above 24" in w["problem"] for w in told["warnings"])
    told = tasksheet("check", tasksheet.sheet("q.csv", "Title,Estimate\nA,90\n"), "--json").json
    assert told["warnings"] == []
    told = tasksheet("check", tasksheet.sheet("r.csv", "Title,Estimate (h)\nA,1.5\n"), "--json").json
    assert told["warnings"] == []


def test_what_is_lost_is_a_warning_with_a_count_and_an_error_when_strict(tasksheet: Terminal) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Due date\nA,2026-03-01 14:30\nB,2026-03-02 09:00\nC,2026-03-03\n")
    told = tasksheet("check", sheet, "--json").json
    assert (told["valid"], [w["rows"] for w in told["warnings"]]) == (3, [2])
    strict = tasksheet("check", sheet, "--strict", "--json")
    assert (strict.status, strict.json["invalid"]) == (1, 2)


def test_hidden_rows_are_imported_and_counted_aloud_unless_left_out(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    book = openpyxl.Workbook()
    for row in (["Title"], ["A"], ["B"], ["C"]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.save(tasksheet.here / "h.xlsx")
    told = tasksheet("check", "h.xlsx", "--json").json
    assert (told["valid"], told["warnings"][0]["rows"]) == (3, 1)
    assert "hidden" in told["warnings"][0]["problem"]
    said = tasksheet("import", "h.xlsx", "--yes", "--skip-hidden", "--json").json
    assert (said["created"], said["skipped"]) == (2, 1)
    assert [t["name"] for t in workspace.store.tasks()] == ["A", "C"]


def test_set_default_and_notes_lines(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Priority,Notes,Room,Seats\nA,high,bring cake,2.14,12\nB,,,,8\n")
    options = [
        "--map",
        "Room=notes+",
        "--map",
        "Seats=notes+",
        "--default",
        "priority=low",
        "--set",
        "billable=yes",
    ]
    assert tasksheet("import", sheet, "--yes", *options).status == 0
    a, b = workspace.store.tasks()
    assert (a["priority"], a["notes"], a["billable"]) == ("high", "bring cake\nRoom: 2.14\nSeats: 12", True)
    assert (b["priority"], b["notes"], b["billable"]) == ("low", "Seats: 8", True)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_leading_zeros_na_and_blank_lines_survive(
    tasksheet: Terminal, workspace: Sandbox, ending: str
) -> None:
    rows = [["Title", "Notes"], ["00123", "NA"], [None, None], ["null", "None"]]
    path = Path(tasksheet.here / f"p{ending}")
    if ending == ".csv":
        path.write_text("".join(",".join(c or "" for c in row) + "\n" for row in rows))
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    assert tasksheet("import", path, "--yes").status == 0
    assert [(t["name"], t["notes"]) for t in workspace.store.tasks()] == [("00123", "NA"), ("null", "None")]
    results = (tasksheet.here / "p-import/results.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in results[1:]] == ["2", "4"]


def test_cells_beyond_the_header_are_said_and_an_error_when_strict(tasksheet: Terminal) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Notes\nA,b\nC,d,and,more\n")
    told = tasksheet("check", sheet, "--json").json
    assert (told["valid"], told["warnings"]) == (
        2,
        [{"problem": "cells beyond the header, which has 2 columns, are left out", "rows": 2}],
    )
    strict = tasksheet("check", sheet, "--strict", "--json").json
    assert [(p["cell"], p["column"], p["value"]) for p in strict["problems"]] == [("p!C3", None, "and")]


def test_a_client_that_has_no_effect_or_contradicts_is_said(tasksheet: Terminal, workspace: Sandbox) -> None:
    alone = tasksheet("check", tasksheet.sheet("p.csv", "Title,Client\nA,Acme\nB,\n"), "--json").json
    assert [(w["problem"].split(":")[0], w["rows"]) for w in alone["warnings"]] == [("client", 1)]
    wrong = tasksheet.sheet("q.csv", "Title,Project,Client\nA,Website relaunch,Acme\n")
    [problem] = tasksheet("check", wrong, "--online", "--json").json["problems"]
    assert (problem["cell"], problem["field"], "not of 'Acme'" in problem["problem"]) == (
        "q!C2",
        "client",
        True,
    )
    told = tasksheet("import", wrong, "--yes", "--unmatched", "client=drop", "--json").json
    assert told["created"] == 1
    assert "not of 'Acme'" in told["warnings"][0]["problem"]


def test_real_dates_beside_text_dates_are_pointed_out_whatever_order_is_told(tasksheet: Terminal) -> None:
    book = openpyxl.Workbook()
    for row in (["Title", "Due"], ["A", date(2024, 3, 4)], ["B", "15/4/2024"]):
        book.active.append(row)
    book.save(tasksheet.here / "m.xlsx")
    assert tasksheet("check", "m.xlsx").status == 2
    told = tasksheet("check", "m.xlsx", "--dates", "dmy", "--json").json
    assert (told["valid"], len(told["warnings"])) == (2, 1)
    assert "2024-03-04" in told["warnings"][0]["problem"]


def test_rows_that_are_not_there_are_pointed_out(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Parent\nA,\nB,A\n")
    told = tasksheet("import", sheet, "--yes", "--rows", "900", "--json").json
    assert (told["pending"], told["requests"]) == (2, 0)
    assert "--rows" in told["warnings"][0]["problem"]
    assert tasksheet("check", sheet, "--rows", "4-2").status == 2
    told = tasksheet("import", sheet, "--yes", "--rows", "3", "--json").json
    assert (told["pending"], told["rejected"], told["created"]) == (2, 0, 0)  # its parent comes first


def test_an_export_of_ours_imported_elsewhere_keeps_families_and_names(
    tasksheet: Terminal, workspace: Sandbox, tmp_path: Path
) -> None:
    text = 'Title,Parent,Project,Notes\nMum,,Website relaunch,"- one\n- two"\nKid,Mum,,\n'
    assert tasksheet("import", tasksheet.sheet("p.csv", text), "--yes").status == 0
    columns = "id,name,notes,project_id,project_name,parent_task_id,parent_task_name"
    assert tasksheet("export", "out.csv", "--columns", columns).status == 0
    with Sandbox(tmp_path / "other.sqlite", seed=7, tasks=20) as other:
        projects = {p["name"]: p["id"] for p in other.store.table("projects")}
        target = ["--base-url", other.base_url, "--unmatched", "project=drop"]
        before = {t["id"] for t in other.store.tasks()}
        assert tasksheet("import", "out.csv", "--yes", *target).status == 0
        kept = {t["name"]: t for t in other.store.tasks() if t["id"] not in before}
    assert kept["Kid"]["parent_task_id"] == kept["Mum"]["id"]
    assert kept["Mum"]["project_id"] == projects.get("Website relaunch")
    assert kept["Mum"]["notes"] == "- one\n- two"


def test_an_export_of_ours_imported_where_it_came_from_changes_nothing(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    assert tasksheet("import", tasksheet.sheet("p.csv", "Title\nA\nB\n"), "--yes").status == 0
    for name in ("out.csv", "out.xlsx"):
        assert tasksheet("export", name).status == 0
        told = tasksheet("import", name, "--yes", "--json").json
        assert (told["skipped"], told["created"]) == (2, 0)
    assert len(workspace.store.tasks()) == 2
