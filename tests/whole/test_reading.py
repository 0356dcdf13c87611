"""What `check` makes of cells, across reader, values and schema."""

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
    assert (told["valid"], [w["rows"] for w in told["warnings"]]) == (3, [1, 1]) or [
        w["rows"] for w in told["warnings"]
    ] == [2]
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
