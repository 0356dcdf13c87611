"""problems.xlsx and rejects.csv: what a person gets to mend."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font, PatternFill

from importer.sandbox.server import Sandbox
from tests.whole.conftest import Terminal

ROOT = Path(__file__).resolve().parents[2]

HEADER = [
    "Key",
    "Title",
    "Part of",
    "Start",
    "Due date",
    "Estimate",
    "Priority",
    "Billable",
    "Color",
    "Assigned to",
    "Status",
]
# One mistake a row: the column that it is in, and a word of what has to be said.
MISTAKES: list[tuple[list[object], str, str]] = [
    (["K1", None, None, None, None, None, None, None, None, None, None], "B", "name"),
    (["K2", "No such day", None, None, "30.02.2026", None, None, None, None, None, None], "E", "calendar"),
    (["K3", "No duration", None, None, None, "a while", None, None, None, None, None], "F", "duration"),
    (["K4", "No priority", None, None, None, None, "sometime", None, None, None, None], "G", "priority"),
    (["K5", "Neither yes nor no", None, None, None, None, None, "perhaps", None, None, None], "H", "yes or no"),
    (["K6", "No colour", None, None, None, None, None, None, "reddish", None, None], "I", "#"),
    (["K7", "Nobody", None, None, None, None, None, None, None, "nobody@nowhere.example", None], "J", "no person"),
    (["K8", "No such status", None, None, None, None, None, None, None, None, "Limbo"], "K", "no status"),
    (["K9", "Orphan", "K99", None, None, None, None, None, None, None, None], "C", "no row"),
    (["K10", "Backwards", None, "31.03.2026", "01.03.2026", None, None, None, None, None, None], "E", "before the start"),
]  # fmt: skip
GOOD: list[object] = ["K0", "Fine", None, "13.03.2026", None, "90", "high", "yes", None, None, None]


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = "Plan"
    page.append(HEADER)
    for row in (GOOD, *(row for row, *_ in MISTAKES)):
        page.append(row)
    page["B2"].font = Font(bold=True)
    page["A1"].fill = PatternFill("solid", start_color="00FF00")
    page.column_dimensions["B"].width = 44
    book.create_sheet("Remarks")["A1"] = "kept"
    book.save(path)
    return path


def text_file(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, GOOD, *(row for row, *_ in MISTAKES)])
    return path


def rejects(folder: Path) -> list[dict[str, str]]:
    with (folder / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_ten_kinds_of_mistakes_are_ten_problems_at_their_cells(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    told = tasksheet(
        "check", workbook(tasksheet.here / "w.xlsx"), "--map", "Part of=parent", "--online", "--json"
    ).json
    assert (told["rows"], told["valid"], told["invalid"]) == (11, 1, 10)
    assert [p["row"] for p in told["problems"]] == list(range(3, 13))
    for problem, (_, column, word) in zip(told["problems"], MISTAKES, strict=True):
        assert problem["cell"] == f"Plan!{column}{problem['row']}"
        assert word in problem["problem"]


def test_the_persons_own_workbook_shows_where(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = workbook(tasksheet.here / "w.xlsx")
    assert tasksheet("import", sheet, "--map", "Part of=parent", "--yes").status == 1
    book = openpyxl.load_workbook(tasksheet.here / "w-import/problems.xlsx")
    assert book.sheetnames == ["Problems", "Plan", "Remarks"]
    assert book.active is book["Problems"]
    page = book["Plan"]
    for row, (_, column, word) in enumerate(MISTAKES, 3):
        cell = page[f"{column}{row}"]
        assert cell.fill.start_color.rgb.endswith("FFC7CE")
        assert word in cell.comment.text
    coloured = [c for line in page.iter_rows(min_row=2) for c in line if c.fill.fill_type]
    assert len(coloured) == len(MISTAKES)
    assert (page["B2"].font.bold, page["B2"].value) == (True, "Fine")
    assert page["A1"].fill.start_color.rgb.endswith("00FF00")
    assert page.column_dimensions["B"].width == 44
    assert book["Remarks"]["A1"].value == "kept"
    listed = [[c.value for c in line] for line in book["Problems"].iter_rows()]
    assert [line[0] for line in listed[-10:]] == list(range(3, 13))
    first = book["Problems"].cell(len(listed) - 9, 2)
    assert (first.value, first.hyperlink.ref, first.hyperlink.location) == (
        "B3",
        first.coordinate,
        "'Plan'!B3",
    )


def test_of_a_text_file_a_workbook_of_the_bad_rows_is_made(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = text_file(tasksheet.here / "t.csv")
    assert tasksheet("import", sheet, "--map", "Part of=parent", "--yes").status == 1
    book = openpyxl.load_workbook(tasksheet.here / "t-import/problems.xlsx")
    assert book.sheetnames == ["Problems", "Rows"]
    page = book["Rows"]
    assert [c.value for c in page[1]] == ["Row", *HEADER]
    assert [line[0].value for line in page.iter_rows(min_row=2)] == list(range(3, 13))
    for row, (_, column, word) in enumerate(MISTAKES, 2):
        cell = page.cell(row, "ABCDEFGHIJK".index(column) + 2)
        assert word in cell.comment.text
        assert cell.fill.fill_type == "solid"


def test_text_that_would_run_and_odd_characters_do_no_harm(tasksheet: Terminal, workspace: Sandbox) -> None:
    long = "x" * 40_000
    sheet = tasksheet.sheet("t.csv", f'Title,Priority,Notes\n=1+1,sometime,"a\x07b"\nB,=2+2,{long}\n')
    assert tasksheet("import", sheet, "--yes").status == 1
    page = openpyxl.load_workbook(tasksheet.here / "t-import/problems.xlsx")["Rows"]
    assert [page["B2"].value, page["B2"].data_type] == ["=1+1", "s"]
    assert [page["C3"].value, page["C3"].data_type] == ["=2+2", "s"]
    assert "a" in page["D2"].value
    assert len(page["D3"].value) == 32_767


def test_a_report_of_a_mended_report_has_one_list(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = workbook(tasksheet.here / "w.xlsx")
    tasksheet("import", sheet, "--map", "Part of=parent", "--yes")
    again = tasksheet.here / "w-import/problems.xlsx"
    told = tasksheet("import", again, "--map", "Part of=parent", "--yes", "--sheet", "Plan", "--json").json
    book = openpyxl.load_workbook(Path(told["report"]) / "problems.xlsx")
    assert book.sheetnames == ["Problems", "Plan", "Remarks"]


def test_what_is_asked_again_may_be_the_report_itself(tasksheet: Terminal, workspace: Sandbox) -> None:
    """The sheet with the tasks is taken, not the list of problems ahead of it."""
    tasksheet("import", workbook(tasksheet.here / "w.xlsx"), "--map", "Part of=parent", "--yes")
    told = tasksheet("check", "w-import/problems.xlsx", "--map", "Part of=parent", "--json").json
    assert told["sheet"] == "Plan"


def test_mended_rejects_finish_the_job(tasksheet: Terminal, workspace: Sandbox) -> None:
    lines = [
        "Key;Title;Part of;Due date;Priority",
        "A;House;;31.03.2026;high",
        "B;Roof;A;01.02.2026;tall",  # its parent is created, its priority wrong
        "C;Tiles;B;02.02.2026;low",  # its parent is invalid
        "D;Garden;;03.04.2026;low",
    ]
    sheet = tasksheet.sheet("s.csv", "\n".join(lines) + "\n")
    first = tasksheet("import", sheet, "--map", "Part of=parent", "--yes", "--skip-invalid", "--json").json
    assert (first["created"], first["invalid"], first["rejected"]) == (2, 1, 1)
    folder = Path(first["report"])
    bad = rejects(folder)
    house = next(t["id"] for t in workspace.store.tasks() if t["name"] == "House")
    assert [row["tasksheet_row"] for row in bad] == [f"{first['run']}:3", f"{first['run']}:4"]
    assert [row["Due date"] for row in bad] == ["2026-02-01", "2026-02-02"]
    assert [row["Part of"] for row in bad] == [str(house), "B"]
    (folder / "rejects.csv").write_text(
        (folder / "rejects.csv").read_text("utf-8-sig").replace("tall", "low"), "utf-8"
    )
    second = tasksheet(
        "import", folder / "rejects.csv", "--mapping", folder / "rejects.toml", "--yes", "--json"
    )
    assert second.status == 0, second.err
    tasks = {t["name"]: t for t in workspace.store.tasks()}
    assert len(tasks) == len(workspace.store.tasks()) == 4
    assert tasks["Roof"]["parent_task_id"] == house
    assert tasks["Tiles"]["parent_task_id"] == tasks["Roof"]["id"]
    assert (tasks["Roof"]["end_date"], tasks["Tiles"]["end_date"]) == ("2026-02-01", "2026-02-02")
    again = tasksheet("import", sheet, "--map", "Part of=parent", "--yes", "--json").json
    assert (again["created"], again["created_now"], len(workspace.store.tasks())) == (4, 0, 4)
    assert not (Path(again["report"]) / "rejects.csv").exists()


def test_where_nothing_was_sent_the_rejects_bring_their_parents(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    sheet = tasksheet.sheet(
        "s.csv", "Key,Title,Parent,Priority\nA,House,,high\nB,Roof,A,tall\nC,Garden,,low\n"
    )
    first = tasksheet("import", sheet, "--yes", "--json").json
    assert (first["created"], first["invalid"]) == (0, 1)
    folder = Path(first["report"])
    assert [row["Key"] for row in rejects(folder)] == ["A", "B"]
    (folder / "rejects.csv").write_text(
        (folder / "rejects.csv").read_text("utf-8-sig").replace("tall", "low"), "utf-8"
    )
    assert (
        tasksheet("import", folder / "rejects.csv", "--mapping", folder / "rejects.toml", "--yes").status == 0
    )
    assert tasksheet("import", sheet, "--yes").status == 0
    tasks = {t["name"]: t for t in workspace.store.tasks()}
    assert len(workspace.store.tasks()) == 3
    assert tasks["Roof"]["parent_task_id"] == tasks["House"]["id"]


def test_parents_of_an_outline_travel_with_the_rejects(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet(
        "s.csv", "Title,Level,Priority\nHouse,1,high\nRoof,2,tall\nTiles,3,low\nGarden,1,low\n"
    )
    options = ["--map", "Level=indent"]
    first = tasksheet("import", sheet, *options, "--yes", "--skip-invalid", "--json").json
    folder = Path(first["report"])
    house = next(t["id"] for t in workspace.store.tasks() if t["name"] == "House")
    assert [(row["Title"], row["parent"]) for row in rejects(folder)] == [
        ("Roof", str(house)),
        ("Tiles", "Roof"),
    ]
    (folder / "rejects.csv").write_text(
        (folder / "rejects.csv").read_text("utf-8-sig").replace("tall", "low"), "utf-8"
    )
    said = tasksheet("import", folder / "rejects.csv", "--mapping", folder / "rejects.toml", "--yes")
    assert said.status == 0, said.err
    tasks = {t["name"]: t for t in workspace.store.tasks()}
    assert tasks["Roof"]["parent_task_id"] == house
    assert tasks["Tiles"]["parent_task_id"] == tasks["Roof"]["id"]
    again = tasksheet("import", sheet, *options, "--yes", "--json")
    assert (again.status, again.json["created_now"]) == (0, 0)


def test_real_dates_of_a_workbook_are_iso_in_rejects(tasksheet: Terminal, workspace: Sandbox) -> None:
    book = openpyxl.Workbook()
    page: Any = book.active
    page.append(["Title", "Due date", "Seen", "Priority"])
    page.append(["A", datetime(2026, 3, 31), datetime(2026, 1, 2, 8, 30), "tall"])
    book.save(tasksheet.here / "d.xlsx")
    told = tasksheet("import", "d.xlsx", "--yes", "--json").json
    (row,) = rejects(Path(told["report"]))
    assert (row["Due date"], row["Seen"]) == ("2026-03-31", "2026-01-02 08:30:00")


@pytest.mark.parametrize("mended", [False, True])
def test_what_an_earlier_run_left_goes_when_all_is_well(
    tasksheet: Terminal, workspace: Sandbox, mended: bool
) -> None:
    sheet = tasksheet.sheet("s.csv", "Title,Priority\nA,tall\n")
    tasksheet("import", sheet, "--yes")
    if mended:
        tasksheet.sheet("s.csv", "Title,Priority\nA,high\n")
    tasksheet("import", sheet, "--yes")
    left = {path.name for path in (tasksheet.here / "s-import").iterdir()}
    assert left == {"results.csv", "run.json"} | (
        set() if mended else {"problems.xlsx", "rejects.csv", "rejects.toml"}
    )


def test_one_of_several_values_is_wrong_where_it_stands(tasksheet: Terminal) -> None:
    """Jira gives each label a column of its own."""
    sheet = tasksheet.sheet(
        "j.csv",
        "Summary,Issue key,Issue id,Labels,Labels,Labels\nA,X-1,1,Design,nowhere,Travel\nB,X-2,2,nowhere,,\n",
    )
    told = tasksheet("check", sheet, "--online", "--sandbox", "--json").json
    assert told["preset"] == "jira"
    wrong = {(p["value"], p["cell"]) for p in told["problems"] if p["field"] == "tags"}
    assert ("nowhere", "j!E2") in wrong
    assert ("nowhere", "j!D3") in wrong


def test_rejects_of_a_board_with_blocks_name_their_parents(tasksheet: Terminal, workspace: Sandbox) -> None:
    """Its items and sub-tasks stand under headers of their own, so the rejects have a column a field."""
    book = openpyxl.load_workbook(ROOT / "samples/vendors/monday-campaign.xlsx")
    page: Any = book.worksheets[0]
    for line in page.iter_rows():
        for cell in line:
            if cell.value == "Meet the client":
                page.cell(cell.row, 5, "someday")
            if cell.value == "Posters":
                page.cell(cell.row, 6, "soonish")
    book.save(tasksheet.here / "board.xlsx")
    drops = [f"--unmatched={field}=drop" for field in ("tags", "assignees", "status")]
    first = tasksheet("import", "board.xlsx", *drops, "--yes", "--skip-invalid", "--json").json
    assert (first["invalid"], first["tasks"]) == (2, 11)
    folder = Path(first["report"])
    briefing = next(t["id"] for t in workspace.store.tasks() if t["name"] == "Briefing")
    bad = {row["name"]: row for row in rejects(folder)}
    assert [(name, row["end_date"], row["parent"]) for name, row in bad.items()] == [
        ("Meet the client", "someday", str(briefing)),
        ("Posters", "soonish", ""),
    ]
    assert (bad["Meet the client"]["section"], bad["Posters"]["section"]) == ("", "Production")
    assert (bad["Meet the client"]["status"], bad["Posters"]["status"]) == ("Done", "Working on it")
    mended = (folder / "rejects.csv").read_text("utf-8-sig")
    mended = mended.replace("someday", "2025-09-06").replace("soonish", "2025-10-11")
    (folder / "rejects.csv").write_text(mended, "utf-8")
    options = ["--mapping", folder / "rejects.toml", *drops, "--yes"]
    assert tasksheet("import", folder / "rejects.csv", *options).status == 0
    tasks = {task["name"]: task for task in workspace.store.tasks()}
    assert len(workspace.store.tasks()) == 13
    assert (tasks["Meet the client"]["parent_task_id"], tasks["Posters"]["parent_task_id"]) == (
        briefing,
        None,
    )
    assert (tasks["Meet the client"]["end_date"], tasks["Posters"]["end_date"]) == (
        "2025-09-06",
        "2025-10-11",
    )
    again = tasksheet("import", "board.xlsx", *drops, "--yes", "--json").json
    assert (again["created_now"], again["requests"]) == (0, 0)


def test_a_word_that_is_rounded_is_shown_as_it_was_written(tasksheet: Terminal) -> None:
    text = "Summary,Issue key,Issue id,Priority\nA,X-1,1,Highest\nB,X-2,2,High\n"
    told = tasksheet("check", tasksheet.sheet("j.csv", text), "--strict", "--json").json
    assert [(p["cell"], p["value"]) for p in told["problems"]] == [("j!D2", "Highest")]


def mended(folder: Path, *changes: tuple[str, str]) -> list[object]:
    """Mend rejects.csv; gives the words that import it."""
    text = (folder / "rejects.csv").read_bytes().decode("utf-8-sig")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "rejects.csv").write_bytes(text.encode())
    return ["import", folder / "rejects.csv", "--mapping", folder / "rejects.toml", "--yes"]


def test_a_sub_task_among_the_rejects_keeps_its_parents_project(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    projects = workspace.store.table("projects")
    names = [project["name"].casefold() for project in projects]
    project = next(p for p in projects if names.count(p["name"].casefold()) == 1 and "," not in p["name"])
    sheet = tasksheet.sheet(
        "s.csv", f"Key,Title,Parent,Project,Priority\nA,House,,{project['name']},low\nB,Roof,A,,tall\n"
    )
    first = tasksheet("import", sheet, "--yes", "--skip-invalid", "--json").json
    assert (first["created"], first["invalid"]) == (1, 1)
    said = tasksheet(*mended(Path(first["report"]), ("tall", "low")))
    assert said.status == 0, said.err
    tasks = {t["name"]: t for t in workspace.store.tasks()}
    assert tasks["Roof"]["parent_task_id"] == tasks["House"]["id"]
    assert tasks["Roof"]["project_id"] == tasks["House"]["project_id"] == project["id"]


def test_sections_and_comments_in_rows_of_their_own_go_along(tasksheet: Terminal, workspace: Sandbox) -> None:
    status = next(s["name"] for s in workspace.store.table("statuses") if s["type"] == "in_progress")
    lines = [
        "TYPE,CONTENT,PRIORITY,INDENT,RESPONSIBLE",
        "task,Tents,4,1,",
        "note,Ask the owner,,,",
        f"section,{status},,,",
        "task,Tables,4,1,",
        "task,Chairs,tall,1,",
        "note,The blue ones,,,",
        "task,Benches,4,1,",
    ]
    sheet = tasksheet.sheet("list.csv", "\n".join(lines) + "\n")
    options = ["--unmatched", "project=drop"]
    first = tasksheet("import", sheet, *options, "--yes", "--skip-invalid", "--json").json
    assert (first["created"], first["invalid"]) == (3, 1)
    folder = Path(first["report"])
    assert [row["CONTENT"] for row in rejects(folder)] == [status, "Chairs", "The blue ones"]
    said = tasksheet(*mended(folder, ("tall", "3")), *options)
    assert said.status == 0, said.err
    tasks = {t["name"]: t for t in workspace.store.tasks()}
    assert tasks["Chairs"]["notes"] == "The blue ones"
    assert tasks["Chairs"]["status_id"] == tasks["Tables"]["status_id"] != tasks["Tents"]["status_id"]


def test_an_id_that_a_row_has_as_its_key_stands_in_a_column_of_its_own(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    """The keys are those that the first tasks get as ids."""
    lines = ["Key,Title,Parent,Priority", "x,House,,low", "1,Odd,,tall", "2,Even,,tall", "y,Roof,x,tall"]
    sheet = tasksheet.sheet("s.csv", "\n".join(lines) + "\n")
    first = tasksheet("import", sheet, "--yes", "--skip-invalid", "--json").json
    house = next(t["id"] for t in workspace.store.tasks())
    folder = Path(first["report"])
    if str(house) in ("1", "2"):
        assert [(r["Parent"], r["parent_task_id"]) for r in rejects(folder)][-1] == ("", str(house))
    said = tasksheet(*mended(folder, ("tall", "low")))
    assert said.status == 0, said.err
    tasks = {t["name"]: t for t in workspace.store.tasks()}
    assert (len(tasks), tasks["Roof"]["parent_task_id"]) == (4, house)


def test_parents_of_an_outline_may_bear_one_name(tasksheet: Terminal, workspace: Sandbox) -> None:
    lines = ["Title,Level,Priority", "Room,1,tall", "Paint,2,low", "Room,1,tall", "Floor,2,low"]
    sheet = tasksheet.sheet("s.csv", "\n".join(lines) + "\n")
    first = tasksheet("import", sheet, "--map", "Level=indent", "--yes", "--skip-invalid", "--json").json
    assert (first["invalid"], first["rejected"]) == (2, 2)
    said = tasksheet(*mended(Path(first["report"]), ("tall", "low")))
    assert said.status == 0, said.err
    rooms = [t["id"] for t in workspace.store.tasks() if t["name"] == "Room"]
    parents = {t["name"]: t["parent_task_id"] for t in workspace.store.tasks()}
    assert (parents["Paint"], parents["Floor"]) == (rooms[0], rooms[1])


def test_a_lone_carriage_return_tears_no_row(tasksheet: Terminal, workspace: Sandbox) -> None:
    (tasksheet.here / "s.csv").write_bytes(b'Title,Notes,Priority\r\n"A\rB","one\rtwo",tall\r\n')
    folder = Path(tasksheet("import", "s.csv", "--yes", "--json").json["report"])
    (row,) = rejects(folder)
    assert (row["Notes"], row["Priority"]) == ("one\rtwo", "tall")
    with (folder / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 2


def test_what_somebody_has_begun_to_mend_is_kept(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet("s.csv", "Title,Priority\nA,tall\n")
    folder = Path(tasksheet("import", sheet, "--yes", "--json").json["report"])
    mended(folder, ("tall", "small"))
    tasksheet("import", sheet, "--yes")
    assert "small" in (folder / "rejects.before.csv").read_text("utf-8-sig")
    assert [row["Priority"] for row in rejects(folder)] == ["tall"]
    assert not (folder / "problems.before.xlsx").exists()


def test_a_folder_with_files_of_such_names_is_somebody_elses(tasksheet: Terminal, workspace: Sandbox) -> None:
    (tasksheet.here / "mine").mkdir()
    (tasksheet.here / "mine/problems.xlsx").write_text("mine")
    sheet = tasksheet.sheet("s.csv", "Title,Priority\nA,tall\n")
    told = tasksheet("import", sheet, "--yes", "--report", "mine", "--json").json
    assert Path(told["report"]).name == "mine-2"
    assert (tasksheet.here / "mine/problems.xlsx").read_text() == "mine"


def test_marks_of_an_earlier_report_go_where_the_cells_are_mended(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = 'A "big" plan'
    for line in (["Title", "Priority"], ["A", "tall"], ["B", "small"]):
        page.append(line)
    page["B2"].comment = openpyxl.comments.Comment("Ask Eva", "Jonas")
    book.save(tasksheet.here / "w.xlsx")
    report = Path(tasksheet("import", "w.xlsx", "--yes", "--json").json["report"]) / "problems.xlsx"
    book = openpyxl.load_workbook(report)
    assert book.worksheets[1]["B2"].comment.text.startswith("Ask Eva")
    book.worksheets[1]["B2"] = "high"
    book.save(tasksheet.here / "v.xlsx")
    report = Path(tasksheet("import", "v.xlsx", "--yes", "--json").json["report"]) / "problems.xlsx"
    page = openpyxl.load_workbook(report).worksheets[1]
    assert (page["B2"].comment.text, page["B2"].fill.fill_type) == ("Ask Eva", None)
    assert (page["B3"].comment.text.count("is no priority"), page["B3"].fill.fill_type) == (1, "solid")
