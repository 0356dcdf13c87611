"""Names of a sheet against a workspace: what they cost, what is said of them, and the Lookups sheet."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer.focus.client import Client
from importer.focus.directory import Directory
from importer.run.resolve import Resolver
from importer.sandbox.server import Sandbox
from importer.settings import connection
from tests.whole.conftest import Said, Terminal


def ids(workspace: Sandbox, table: str, id_field: str = "id") -> dict[str, int]:
    """name → id of a look-up table, as the practice workspace has it."""
    return {row["name"]: row[id_field] for row in workspace.store.table(table)}


def people(workspace: Sandbox) -> dict[str, int]:
    return {row["email"]: row["user_account_id"] for row in workspace.store.table("users")}


def person(workspace: Sandbox, number: int) -> dict[str, Any]:
    return workspace.store.table("users")[number]


def ids_of_tasks(workspace: Sandbox) -> dict[str, int]:
    return {task["name"]: task["id"] for task in workspace.store.tasks()}


def first_tags(workspace: Sandbox, count: int) -> list[str]:
    return sorted(ids(workspace, "tags"))[:count]


def refuse(workspace: Sandbox, *kinds: str, status: int = 403) -> None:
    workspace.set_faults([{"on": f"GET {kind}", "do": "answer", "status": status} for kind in kinds])


def told(said: Said) -> list[tuple[str, str, str]]:
    """Field, value and text of the problems."""
    return [(p["field"], p["value"], p["problem"]) for p in said.json["problems"]]


def warned(said: Said) -> dict[str, int]:
    return {w["problem"]: w["rows"] for w in said.json["warnings"]}


# ── what look-ups cost ────────────────────────────────────────────────────────────────────────────


def test_a_list_is_fetched_when_a_column_needs_it_and_once_a_run(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    tag, other = first_tags(workspace, 2)
    rows = "".join(f"Task {n},{(tag, other)[n % 2]}\n" for n in range(150))
    said = tasksheet("import", tasksheet.sheet("p.csv", f"Title,Tags\n{rows}"), "--yes", "--json")
    # the first reading, one list, two batches
    assert (said.status, said.json["created"], said.json["requests"]) == (0, 150, 4)
    assert [task["tag_ids"] for task in workspace.store.tasks()[:2]] == [
        [ids(workspace, "tags")[tag]],
        [ids(workspace, "tags")[other]],
    ]


# ── what is said ──────────────────────────────────────────────────────────────────────────────────


def test_every_unknown_name_of_a_cell_is_told_with_its_cures(tasksheet: Terminal, workspace: Sandbox) -> None:
    tag = first_tags(workspace, 1)[0]
    sheet = tasksheet.sheet("p.csv", f'Title,Tags\nA,"{tag}, {tag}x, qqqq"\nB,qqqq\n')
    said = tasksheet("check", sheet, "--online", "--json")
    cures = (
        'mend it, or use --create-missing tags, --unmatched "tags=drop" or [values.tags] in a --mapping file'
    )
    assert said.status == 1
    assert told(said) == [
        ("tags", f"{tag}x", f"there is no tag '{tag}x' (nearest: {tag}); {cures}"),
        ("tags", "qqqq", f"there is no tag 'qqqq'; {cures}"),
        ("tags", "qqqq", f"there is no tag 'qqqq'; {cures}"),
    ]


def test_dropped_names_are_counted_and_leave_the_others(tasksheet: Terminal, workspace: Sandbox) -> None:
    tag = first_tags(workspace, 1)[0]
    sheet = tasksheet.sheet("p.csv", f'Title,Tags,Status\nA,"{tag}, qqqq",\nB,qqqq,Nowhere\n')
    drop = ["--unmatched", "tags=drop", "--unmatched", "status=drop"]
    said = tasksheet("import", sheet, "--yes", *drop, "--json")
    assert said.status == 0, said.err
    assert warned(said) == {
        "tags: there is no tag 'qqqq'; left out": 2,
        "status: there is no status 'Nowhere'; the task gets the first todo status": 1,
    }
    assert [task["tag_ids"] for task in workspace.store.tasks()] == [[ids(workspace, "tags")[tag]], []]


def test_two_people_of_one_name_are_a_problem_that_their_mails_mend(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    first = person(workspace, 0)
    twin = dict(first) | {
        "id": 999,
        "user_account_id": 999,
        "workspace_user_id": 999,
        "email": "twin@practice.example",
    }
    workspace.store.insert("users", twin)
    name, mail = first["name"], first["email"]
    said = tasksheet("check", tasksheet.sheet("p.csv", f"Title,Assignee\nA,{name}\n"), "--online", "--json")
    assert told(said) == [
        (
            "assignees",
            name,
            f"person {name!r} is the name of several: {name} <{mail}> (id {first['user_account_id']}), "
            f"{name} <twin@practice.example> (id 999); give the e-mail",
        )
    ]
    mended = tasksheet.sheet(
        "m.csv", f"Title,Assignee\nA,{name} <{mail}>\nB,{name} (twin@practice.example)\n"
    )
    assert tasksheet("import", mended, "--yes").status == 0
    assert [task["assignee_user_ids"] for task in workspace.store.tasks()] == [
        [first["user_account_id"]],
        [999],
    ]


def test_a_project_of_another_client_is_said_of_the_client(tasksheet: Terminal, workspace: Sandbox) -> None:
    twins = [
        p
        for p in workspace.store.table("projects")
        if p["name"] == workspace.store.table("projects")[0]["name"]
    ]
    clients = {c["id"]: c["name"] for c in workspace.store.table("clients")}
    alone = next(p for p in workspace.store.table("projects") if p["client_id"] and p not in twins)
    own = clients[alone["client_id"]]
    other = next(name for name in clients.values() if name != own)
    sheet = tasksheet.sheet(
        "p.csv",
        f"Title,Project,Client\nA,{alone['name']},{other}\nB,{twins[1]['name']},{clients[twins[1]['client_id']]}\n",
    )
    said = tasksheet("check", sheet, "--online", "--json")
    assert told(said) == [
        (
            "client",
            other,
            f"project {alone['name']!r} is of client {own!r}, not of {other!r}; mend it, or use "
            '--create-missing projects or --unmatched "client=drop"',
        )
    ]
    assert said.json["problems"][0]["cell"] == "p!C2"
    assert tasksheet("import", sheet, "--yes", "--unmatched", "client=drop").status == 0
    assert [task["project_id"] for task in workspace.store.tasks()] == [alone["id"], twins[1]["id"]]


# ── statuses of other tools ───────────────────────────────────────────────────────────────────────


def test_a_status_may_fall_back_to_a_type_and_a_section_to_nothing(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    mapping = tasksheet.sheet(
        "m.toml",
        '[values.status]\n"Completed" = "Completed|@done"\n"Backlog" = "?Backlog"\n"Review" = "?in review"\n',
    )
    sheet = tasksheet.sheet("p.csv", "Title,Status\nA,Completed\nB,@done\nC,Backlog\nD,Review\n")
    said = tasksheet("import", sheet, "--yes", "--mapping", mapping, "--json")
    assert said.status == 0, said.err
    statuses = ids(workspace, "statuses")
    # a task without a status gets the first one to do, as the API has it
    assert [task["status_id"] for task in workspace.store.tasks()] == [
        statuses["Done"], statuses["Done"], statuses["Todo"], statuses["In Review"],
    ]  # fmt: skip
    assert warned(said) == {
        "status: status 'Completed' is not in the workspace; the first done status is taken": 1,
        "status: section 'Backlog' is no status here and is left out; a column that is mapped as notes+ becomes a line of the notes": 1,
    }
    strict = tasksheet("check", sheet, "--online", "--mapping", mapping, "--strict", "--json")
    assert [p["row"] for p in strict.json["problems"]] == [2, 4]
    offline = tasksheet("check", sheet, "--mapping", mapping, "--json").json
    assert (offline["unresolved_names"], offline["warnings"]) == (0, [])


# ── refused look-ups ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [402, 403, 404])
def test_a_refused_list_is_made_up_for_by_what_tasks_show(
    tasksheet: Terminal, workspace: Sandbox, status: int
) -> None:
    known, unseen = first_tags(workspace, 2)
    tags = ids(workspace, "tags")
    before = tasksheet.sheet("before.csv", f"Title,Tags\nBefore,{known}\n")
    assert tasksheet("import", before, "--yes").status == 0
    refuse(workspace, "tags", status=status)
    sheet = tasksheet.sheet("p.csv", f"Title,Tags\nA,{known}\nB,{known}\nC,{unseen}\n")
    said = tasksheet("import", sheet, "--yes", "--skip-invalid", "--json")
    assert (said.json["created"], said.json["invalid"]) == (2, 1)
    assert [task["tag_ids"] for task in workspace.store.tasks()] == [[tags[known]]] * 3
    [(note, rows)] = [(text, rows) for text, rows in warned(said).items() if "was refused" in text]
    assert note.startswith("the list of tags was refused: ")
    assert note.endswith("The tags that the workspace's tasks show are taken instead.")
    assert rows == 1
    checked = tasksheet("check", sheet, "--online", "--json")
    assert told(checked) == [
        (
            "tags",
            unseen,
            f"there is no tag {unseen!r} among those that the workspace's tasks show; give the id in a column "
            '`tag_ids`, or use --unmatched "tags=drop"',
        )
    ]


def test_where_people_are_refused_ids_are_asked_for(tasksheet: Terminal, workspace: Sandbox) -> None:
    refuse(workspace, "users")
    sheet = tasksheet.sheet("p.csv", "Title,Assignee\nA,ada@example.com\n")
    said = tasksheet("check", sheet, "--online", "--json")
    assert told(said) == [
        (
            "assignees",
            "ada@example.com",
            "there is no person 'ada@example.com', since the list of people was refused; give the id in a "
            'column `assignee_user_ids`, or use --unmatched "assignees=drop"',
        )
    ]
    assert tasksheet("import", sheet, "--yes", "--unmatched", "assignees=drop").status == 0


# ── parents that are tasks already ────────────────────────────────────────────────────────────────


def test_tasks_of_the_workspace_are_found_by_name_a_few_one_by_one_and_more_at_once(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    rows = "Launch\nLaunch party\nTwin\ntwin\nA\nB\nC\n"
    assert tasksheet("import", tasksheet.sheet("a.csv", f"Title\n{rows}"), "--yes").status == 0
    by_name = ids_of_tasks(workspace)
    with Client(connection()) as client:
        resolver = Resolver(Directory(client))
        assert resolver.task(" LAUNCH ") == by_name["Launch"]
        assert resolver.task("Laun") is None
        assert resolver.task("Twin") == (
            f"the tasks {by_name['Twin']}, {by_name['twin']} of the workspace all bear this name; give the id of one"
        )
        assert resolver.task("twin") == resolver.task("Twin")
        assert client.requests == 3
        assert [resolver.task(name) for name in "ABC"] == [by_name[name] for name in "ABC"]
        assert client.requests == 4
    assert Resolver(None).task("Launch") is None


# ── the Lookups sheet ─────────────────────────────────────────────────────────────────────────────


def fill_in(path: Path, **cells: str) -> None:
    """One task in the third row of a template: the example stays."""
    book = openpyxl.load_workbook(path)
    sheet = book["Tasks"]
    places = {cell.value: cell.column for cell in sheet[1]}
    for title, value in cells.items():
        sheet.cell(3, places[title], value)
    book.save(path)


def own_lookups(path: Path, tasks: list[list[object]], lookups: list[list[object]]) -> None:
    """A workbook of a person's own with a Lookups sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in tasks:
        sheet.append(row)
    names = book.create_sheet("Lookups")
    for row in [["Kind", "Name", "Id", "Workspace id"], *lookups]:
        names.append(row)
    book.save(path)


def test_names_of_a_template_need_no_request_and_no_connection(
    tasksheet: Terminal, workspace: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tasksheet("template", "t.xlsx").status == 0
    tag, other = first_tags(workspace, 2)
    who, project = person(workspace, 2), workspace.store.table("projects")[2]
    fill_in(
        tasksheet.here / "t.xlsx",
        Name="A", Project=project["name"], Status="In Review", Tags=f"{tag}, {other}", Assignees=who["name"],
    )  # fmt: skip
    with monkeypatch.context() as nowhere:
        nowhere.delenv("TOGGL_WORKSPACE_ID")
        offline = tasksheet("check", "t.xlsx", "--json").json
    assert (offline["valid"], offline["unresolved_names"], offline["problems"]) == (1, 0, [])

    said = tasksheet("import", "t.xlsx", "--yes", "--json")
    assert (said.status, said.json["created"], said.json["requests"]) == (0, 1, 2), said.err
    [task] = workspace.store.tasks()
    tags = ids(workspace, "tags")
    assert (task["project_id"], task["status_id"]) == (project["id"], ids(workspace, "statuses")["In Review"])
    assert sorted(task["tag_ids"]) == sorted([tags[tag], tags[other]])
    assert task["assignee_user_ids"] == [who["user_account_id"]]


def test_what_the_sheet_lacks_is_looked_up_or_unresolved(tasksheet: Terminal, workspace: Sandbox) -> None:
    assert tasksheet("template", "t.xlsx").status == 0
    tag = first_tags(workspace, 1)[0]
    born = {"color": "#0B83D9", "created_at": "2025-01-07T09:00:00Z", "updated_at": "2025-01-07T09:00:00Z"}
    fresh = workspace.store.insert("tags", {"name": "fresh", "name_key": "fresh"} | born)
    fill_in(tasksheet.here / "t.xlsx", Name="A", Status="Done", Tags=f"{tag}, fresh")
    assert tasksheet("check", "t.xlsx", "--json").json["unresolved_names"] == 1
    said = tasksheet("import", "t.xlsx", "--yes", "--json")
    # the first reading, the list of tags, the batch
    assert (said.json["created"], said.json["requests"]) == (1, 3)
    assert sorted(workspace.store.tasks()[0]["tag_ids"]) == sorted([ids(workspace, "tags")[tag], fresh])


def test_ids_of_another_workspace_do_not_count(
    tasksheet: Terminal, workspace: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tasksheet("template", "t.xlsx").status == 0
    fill_in(tasksheet.here / "t.xlsx", Name="A", Status="Done")
    with Sandbox(tmp_path / "other.sqlite") as other:  # the same ids, elsewhere
        monkeypatch.setenv("TOGGL_FOCUS_BASE_URL", other.base_url)
        said = tasksheet("import", "t.xlsx", "--yes", "--json")
    assert (said.json["created"], said.json["requests"]) == (1, 3)


def test_a_lookups_sheet_of_ones_own_needs_no_more_than_the_workspaces_id(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    statuses = ids(workspace, "statuses")
    rows: list[list[object]] = [["Title", "Status"], ["A", "Finished"]]
    # not what the workspace calls it, so that it must come from the sheet
    own_lookups(Path("mine.xlsx"), rows, [["status", "Finished", statuses["Done"], 1]])
    said = tasksheet("import", "mine.xlsx", "--yes", "--json")
    assert (said.json["created"], said.json["requests"]) == (1, 2), said.err
    assert workspace.store.tasks()[0]["status_id"] == statuses["Done"]

    own_lookups(Path("theirs.xlsx"), rows, [["status", "Finished", statuses["Done"], 2]])
    assert tasksheet("check", "theirs.xlsx", "--online", "--json").json["invalid"] == 1


def test_offline_the_sheet_counts_when_it_is_of_one_workspace(tasksheet: Terminal) -> None:
    rows: list[list[object]] = [["Title", "Tags"], ["A", "web"]]
    own_lookups(Path("one.xlsx"), rows, [["tag", "web", 5, 7], ["tag", "text", "6", "7"]])
    own_lookups(Path("two.xlsx"), rows, [["tag", "web", 5, 7], ["tag", "web", 9, 8]])
    assert tasksheet("check", "one.xlsx", "--json").json["unresolved_names"] == 0
    assert tasksheet("check", "two.xlsx", "--json").json["unresolved_names"] == 1


def test_a_sheet_called_lookups_with_other_columns_is_somebodys_own_business(tasksheet: Terminal) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Title", "Tags"], ["A", "web"]):
        sheet.append(row)
    book.create_sheet("Lookups").append(["Colours", "Sizes"])
    book.save("p.xlsx")
    said = tasksheet("check", "p.xlsx", "--json")
    assert (said.status, said.json["unresolved_names"]) == (0, 1)
