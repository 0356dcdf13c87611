"""The sheets beside Tasks, in workbooks as they are written."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer.errors import WrongUse
from importer.run.side_sheets import SHEETS, chosen_sheets, side_sheets
from importer.sheet.table import OutColumn, Table
from importer.sheet.writing import write
from importer.task.summing import Sums

TODAY = date(2026, 3, 11)
PEOPLE = {7: ("Ada", "ada@example.com"), 8: ("Bo", "")}
SUMS = ["tasks", "done", "overdue", "estimated hours", "tracked hours"]


def task(**fields: Any) -> dict[str, Any]:
    return {"status": {"id": 1, "name": "Todo", "type": "todo"}, **fields}


def project(number: int, name: str, client: str | None = None) -> dict[str, Any]:
    return {"id": number, "name": name, "client": {"id": number, "name": client} if client else None}


def book_of(path: Path, records: list[dict[str, Any]], chosen: tuple[str, ...] = SHEETS) -> Any:
    """A workbook whose sums are made while its tasks are written, as an export makes it."""
    sums = Sums(TODAY)

    def rows() -> Iterator[list[Any]]:
        for record in records:
            sums.add(record)
            yield [record.get("id")]

    tables = [Table("Tasks", [OutColumn("id", "integer")], rows())]
    tables += side_sheets(sums, chosen, [("Workspace", "here"), ("Tasks", len(records))], PEOPLE)
    assert write(path, tables).notes == []
    return openpyxl.load_workbook(path)


def values(sheet: Any) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_every_sheet_is_there_in_its_order_and_is_a_table(tmp_path: Path) -> None:
    book = book_of(tmp_path / "t.xlsx", [task()])
    assert book.sheetnames == [name.title() for name in SHEETS]
    for sheet in book:
        assert len(sheet.tables) == (3 if sheet.title == "Summary" else 1)


def test_a_kind_of_name_has_its_counts_and_hours(tmp_path: Path) -> None:
    site, shop = project(10, "site", "Acme"), project(11, "Shop", "done")  # a client of that name
    book = book_of(
        tmp_path / "t.xlsx",
        [
            task(
                project=site,
                client={"id": 5, "name": "Acme"},
                end_date="2026-03-01",
                estimated_mins=90,
                tags=[{"id": 20, "name": "red"}, {"id": 21, "name": "blue"}],
                assignee_user_ids=[7, 8, 9],
            ),
            task(
                project=shop,
                status={"id": 2, "name": "Done", "type": "done"},
                total_tracked_time=4500,
                assignee_user_ids=[8],
            ),
            task(project_id=12, tags=[{"id": 20, "name": "red"}]),
            {"estimated_mins": 20},
        ],
    )
    assert values(book["Projects"]) == [
        ["id", "name", "client", *SUMS],
        [12, "#12", None, 1, 0, 0, 0, 0],
        [11, "Shop", "done", 1, 1, 0, 0, 1.25],
        [10, "site", "Acme", 1, 0, 1, 1.5, 0],
        [None, "(none)", None, 1, 0, 0, 0.3333, 0],
    ]
    assert [row[:4] for row in values(book["Clients"])] == [
        ["id", "name", "tasks", "done"],
        [5, "Acme", 1, 0],
        [11, "done", 1, 1],
        [None, "(none)", 2, 0],
    ]
    assert [row[:4] for row in values(book["Statuses"])] == [
        ["id", "name", "type", "tasks"],
        [1, "Todo", "todo", 2],
        [2, "Done", "done", 1],
        [None, "(none)", None, 1],
    ]
    assert [row[:3] for row in values(book["Tags"])] == [
        ["id", "name", "tasks"],
        [21, "blue", 1],
        [20, "red", 2],
        [None, "(none)", 2],
    ]
    assert [row[:4] for row in values(book["Assignees"])] == [
        ["id", "name", "e-mail", "tasks"],
        [9, "#9", None, 1],
        [7, "Ada", "ada@example.com", 1],
        [8, "Bo", None, 2],
        [None, "(none)", None, 2],
    ]


def test_the_summary_says_the_figures_and_charts_them(tmp_path: Path) -> None:
    done = {"id": 2, "name": "Done", "type": "done"}
    records = [
        task(project=project(1, "Site"), end_date="2026-03-10", estimated_mins=120),
        task(project=project(1, "Site"), end_date="2026-03-12", status=done, total_tracked_time=3600),
        task(end_date="2026-03-16", archived_at="2026-03-01T00:00:00Z"),
    ]
    sheet = book_of(tmp_path / "t.xlsx", records)["Summary"]
    rows = values(sheet)
    labels = next(row for row in rows if "overdue" in row)
    figures = rows[rows.index(labels) + 1]
    assert {label: figure for label, figure in zip(labels, figures, strict=True) if label} == {
        "tasks": 3,
        "open": 1,
        "done": 1,
        "overdue": 1,
        "estimated hours": 2,
        "tracked hours": 1,
    }
    assert [chart.type for chart in sheet._charts] == ["bar", "bar", "col"]
    tables = {name: _rows(sheet, place) for name, place in sheet.tables.items()}
    assert tables == {
        "Tasks_by_status": [["status", "type", "tasks"], ["Todo", "todo", 2], ["Done", "done", 1]],
        "Estimated_and_tracked_by_project": [["project", "estimated", "tracked"], ["Site", 2, 1]],
        "Due_by_week": [
            ["week from", "open", "done"],
            ["earlier", 0, 0],
            ["2026-03-09", 1, 1],
            ["2026-03-16", 0, 0],
            ["later", 0, 0],
        ],
    }
    weeks = sheet._charts[2].series[0]
    assert [point.v for point in weeks.cat.strRef.strCache.pt] == ["2026-03-09", "2026-03-16"]


def _rows(sheet: Any, place: str) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet[place]]


def test_a_chart_has_fifteen_projects_and_adds_up_the_others(tmp_path: Path) -> None:
    records = [
        task(project=project(n, f"P{n:02}"), estimated_mins=60 * n, total_tracked_time=3600)
        for n in range(1, 19)
    ]
    records.append(task(project=project(99, "without times")))
    sheet = book_of(tmp_path / "t.xlsx", records)["Summary"]
    rows = _rows(sheet, sheet.tables["Estimated_and_tracked_by_project"].ref)[1:]
    assert rows[0] == ["P18", 18, 1]
    assert rows[14] == ["P04", 4, 1]
    assert rows[15:] == [["3 others", 1 + 2 + 3, 3]]


def test_two_projects_of_one_name_are_told_apart_by_their_clients(tmp_path: Path) -> None:
    records = [
        task(project=project(1, "Site", "Acme"), estimated_mins=60),
        task(project=project(2, "Site", "Bold"), estimated_mins=30),
    ]
    sheet = book_of(tmp_path / "t.xlsx", records)["Summary"]
    rows = _rows(sheet, sheet.tables["Estimated_and_tracked_by_project"].ref)
    assert [row[0] for row in rows[1:]] == ["Site (Acme)", "Site (Bold)"]


def test_an_empty_export_has_all_its_sheets(tmp_path: Path) -> None:
    book = book_of(tmp_path / "t.xlsx", [])
    assert book.sheetnames == [name.title() for name in SHEETS]
    assert book["Summary"]._charts == []
    assert values(book["Projects"])[0] == ["id", "name", "client", *SUMS]
    assert book["Projects"].tables["Projects"].ref == "A1:H2"


def test_about_says_what_it_is_given_and_how_is_counted(tmp_path: Path) -> None:
    rows = values(book_of(tmp_path / "t.xlsx", [task()])["About"])
    assert rows[:3] == [["what", "value"], ["Workspace", "here"], ["Tasks", 1]]
    told = {row[0]: row[1] for row in rows}
    assert "before 2026-03-11" in told["Overdue"]
    assert "under each" in told["Several tags or assignees"]


def test_about_takes_what_is_said_until_it_is_written(tmp_path: Path) -> None:
    about: list[tuple[str, object]] = [("Tasks", 1)]
    (table,) = side_sheets(None, ("tasks", "about"), about, {})
    about.append(("Note", "said later"))
    assert ["Note", "said later"] in [list(row) for row in table.rows]


def test_only_the_sheets_that_were_chosen_are_made(tmp_path: Path) -> None:
    book = book_of(tmp_path / "t.xlsx", [task()], ("tasks", "tags", "about"))
    assert book.sheetnames == ["Tasks", "Tags", "About"]


def test_sheets_are_chosen_by_name_in_any_order_and_case() -> None:
    assert chosen_sheets(None) == chosen_sheets(" All ") == SHEETS
    assert chosen_sheets("about, TAGS,tasks,tags") == ("tasks", "tags", "about")
    assert chosen_sheets("summary") == ("summary",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tasks,tag", "no sheet 'tag'.*tags"),
        ("", "empty; use tasks, summary"),
        (" , ", "empty"),
        ("tasks,changes", "--compare"),
    ],
)
def test_what_is_no_sheet_is_said_with_what_there_is(text: str, words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        chosen_sheets(text)
