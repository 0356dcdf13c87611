"""--create-missing: names that the workspace lacks are created once, whatever happens, and only for rows that are sent."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from importer.sandbox.server import Sandbox
from tests.whole.conftest import Terminal

COMMAND = [sys.executable, "-m", "importer"]
ALL = ("--create-missing", "tags,projects,clients")
# A client, a project of it, one of none and two tags; one of the names in two cases.
SHEET = (
    "Title,Project,Client,Tags\n"
    'Poster,Launch,Acme,"Marketing, Print"\n'
    "Flyer,Launch,Acme,marketing\n"
    "Letter,Chores,,\n"
)
CREATED = {"clients": ["Acme"], "projects": ["Chores", "Launch"], "tags": ["Marketing", "Print"]}


class Names:
    """What a workspace has beyond what it began with."""

    def __init__(self, workspace: Sandbox) -> None:
        self.workspace = workspace
        self.before = {kind: {row["id"] for row in workspace.store.table(kind)} for kind in CREATED}

    @property
    def rows(self) -> dict[str, list[dict[str, Any]]]:
        return {
            kind: [row for row in self.workspace.store.table(kind) if row["id"] not in before]
            for kind, before in self.before.items()
        }

    @property
    def new(self) -> dict[str, list[str]]:
        return {kind: sorted(row["name"] for row in rows) for kind, rows in self.rows.items()}

    def id(self, kind: str, name: str) -> int:
        (id,) = [row["id"] for row in self.workspace.store.table(kind) if row["name"] == name]
        return int(id)


NONE: dict[str, list[str]] = {"clients": [], "projects": [], "tags": []}


@pytest.fixture
def names(workspace: Sandbox) -> Names:
    return Names(workspace)


def tasks(workspace: Sandbox) -> dict[str, tuple[int | None, list[int]]]:
    """name → project, tags; every name once."""
    found = workspace.store.tasks()
    assert len({task["name"] for task in found}) == len(found)
    return {task["name"]: (task["project_id"], sorted(task["tag_ids"])) for task in found}


def expected(names: Names) -> dict[str, tuple[int | None, list[int]]]:
    """The tasks of SHEET with the ids that its names have."""
    marketing, print_ = names.id("tags", "Marketing"), names.id("tags", "Print")
    launch, chores = names.id("projects", "Launch"), names.id("projects", "Chores")
    return {
        "Poster": (launch, sorted([marketing, print_])),
        "Flyer": (launch, [marketing]),
        "Letter": (chores, []),
    }


def results(tasksheet: Terminal, column: str, folder: str = "p-import") -> dict[str, str]:
    """name → a column of results.csv."""
    with (tasksheet.here / folder / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["name"]: row[column] for row in csv.DictReader(file)}


# ── without trouble ───────────────────────────────────────────────────────────────────────────────


def test_names_are_listed_then_created_and_a_dry_run_promises_it(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    sheet = tasksheet.sheet("p.csv", SHEET)
    dry = tasksheet("import", sheet, "--dry-run", "--json", *ALL)
    assert dry.status == 0, dry.err
    assert dry.json["to_create"] == [
        {"kind": "client", "name": "Acme", "client": None, "near": None},
        {"kind": "project", "name": "Launch", "client": "Acme", "near": None},
        {"kind": "project", "name": "Chores", "client": None, "near": None},
        {"kind": "tag", "name": "Marketing", "client": None, "near": "meeting"},
        {"kind": "tag", "name": "Print", "client": None, "near": None},
    ]
    assert (names.new, tasks(workspace)) == (NONE, {})

    said = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (said.status, said.json["created"], said.json["created_names"]) == (0, 3, 5), said.err
    assert names.new == CREATED
    assert tasks(workspace) == expected(names)
    assert [row["client_id"] for row in names.rows["projects"]] == [names.id("clients", "Acme"), None]
    # the newest page, three lists; a client, two projects, the tags; the tasks
    assert (said.json["requests"], dry.json["planned_requests"]) == (9, 9)
    for line in (
        "New client 'Acme'",
        "New project 'Launch' of client 'Acme'",
        "New tag 'Print'",
        "3 tasks of 3 rows and 5 new names, in 5 requests.",
        "Created 1 client, 2 projects, 2 tags.",
    ):
        assert line in said.err

    again = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (again.status, again.json["requests"], again.json["created_names"]) == (0, 0, 0)
    assert names.new == CREATED


def test_what_is_near_is_told(tasksheet: Terminal, workspace: Sandbox, names: Names) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Tags,Project\nA,Urgnet,Intranett\nB,Xylophone,Intranet\n")
    said = tasksheet("import", sheet, "--dry-run", "--create-missing", "tags", *ALL[:1], "projects")
    assert "New project 'Intranett' (near: 'Intranet')" in said.err
    assert "New tag 'Urgnet' (near: 'urgent')" in said.err
    assert "New tag 'Xylophone'\n" in said.err
    assert names.new == NONE


def test_a_name_in_several_cases_and_spellings_is_one(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    sheet = tasksheet.sheet(
        "p.csv",
        "Title,Tags,Project,Client\n"
        "A,marketing,The  Move,ACME\n"
        'B,"MARKETING, Café",the move,Acme \n'
        "C,Cafe\u0301,The Move,acme\n",
    )
    assert tasksheet("import", sheet, "--yes", *ALL).status == 0
    assert names.new == {"clients": ["ACME"], "projects": ["The Move"], "tags": ["Café", "marketing"]}


def test_one_project_name_of_two_clients_is_two_projects(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    """One of a client that is there, one of a new one; and one that another client has already."""
    sheet = tasksheet.sheet(
        "p.csv", "Title,Project,Client\nA,Audit,Studio Quill\nB,Audit,Acme\nC,Intranet,Acme\n"
    )
    said = tasksheet("import", sheet, "--yes", *ALL)
    assert said.status == 0, said.err
    assert names.new == {"clients": ["Acme"], "projects": ["Audit", "Audit", "Intranet"], "tags": []}
    quill, acme = names.id("clients", "Studio Quill"), names.id("clients", "Acme")
    made = {(row["name"], row["client_id"]): row["id"] for row in names.rows["projects"]}
    assert made.keys() == {("Audit", quill), ("Audit", acme), ("Intranet", acme)}
    assert {name: project for name, (project, _) in tasks(workspace).items()} == {
        "A": made["Audit", quill],
        "B": made["Audit", acme],
        "C": made["Intranet", acme],
    }


def test_a_project_without_a_client_is_the_one_that_is_created_of_one(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Project,Client\nA,Audit,\nB,Audit,Acme\n")
    assert tasksheet("import", sheet, "--yes", *ALL).status == 0
    assert names.new["projects"] == ["Audit"]
    assert tasks(workspace) == dict.fromkeys("AB", (names.id("projects", "Audit"), []))

    sheet = tasksheet.sheet("q.csv", "Title,Project,Client\nC,Move,\nD,Move,Acme\nE,Move,Studio Quill\n")
    said = tasksheet("import", sheet, "--yes", *ALL)
    assert (said.status, names.new["projects"]) == (1, ["Audit"])
    assert (
        "'Move' is the name of several: Acme (to be created), Studio Quill (to be created)"
        in results(tasksheet, "problem", "q-import")["C"]
    )


def test_many_tags_go_a_hundred_a_request(tasksheet: Terminal, workspace: Sandbox, names: Names) -> None:
    rows = "".join(f"T{n},tag {n}\n" for n in range(150))
    sheet = tasksheet.sheet("p.csv", f"Title,Tags\n{rows}")
    dry = tasksheet("import", sheet, "--dry-run", "--json", *ALL)
    said = tasksheet("import", sheet, "--yes", "--json", *ALL)
    # the newest page, the list of tags; two batches of tags, two of tasks
    assert (dry.json["planned_requests"], said.json["requests"], said.json["created_names"]) == (6, 6, 150)
    by_id = {row["id"]: row["name"] for row in names.rows["tags"]}
    assert {name: [by_id[id] for id in ids] for name, (_, ids) in tasks(workspace).items()} == {
        f"T{n}": [f"tag {n}"] for n in range(150)
    }


def test_a_child_gets_the_new_project_of_its_parent(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Project,Parent\nA,Launch,\nB,,A\n")
    assert tasksheet("import", sheet, "--yes", *ALL).status == 0
    assert tasks(workspace) == dict.fromkeys("AB", (names.id("projects", "Launch"), []))


def test_names_of_children_whose_parent_has_still_to_be_found(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    """A was created, and nobody told its id; B is under it, C under B. A's id is read back, then they are sent."""
    workspace.set_faults(
        [
            {"on": "POST tasks/bulk", "do": "reply", "shape": "empty"},
            {"on": "GET tasks", "nth": 2, "times": 9, "do": "quota_spent", "resets_in": 600},
            {"on": "GET tasks/stream", "do": "quota_spent", "resets_in": 600},
        ]
    )
    sheet = tasksheet.sheet("p.csv", "Title,Parent,Tags\nA,,\nB,A,Print\nC,B,Web\n")
    tasksheet("import", sheet, "--yes", "--rows", 2, "--max-wait", 1, *ALL)
    workspace.set_faults(None)
    said = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (said.status, said.json["created"], names.new["tags"]) == (0, 3, ["Print", "Web"]), said.err
    assert [ids for _, ids in tasks(workspace).values()] == [
        [],
        [names.id("tags", "Print")],
        [names.id("tags", "Web")],
    ]


def test_a_given_project_for_every_row_is_created(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    sheet = tasksheet.sheet("p.csv", "Title\nA\nB\n")
    assert tasksheet("import", sheet, "--yes", "--set", "project=Launch", *ALL).status == 0
    assert tasks(workspace) == dict.fromkeys("AB", (names.id("projects", "Launch"), []))


def test_where_nothing_is_missing_it_costs_nothing(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Tags,Project,Client\nA,URGENT,intranet,\n")
    plain = tasksheet("import", sheet, "--dry-run", "--json")
    dry = tasksheet("import", sheet, "--dry-run", "--json", *ALL)
    said = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (dry.json["to_create"], said.json["created_names"], names.new) == ([], 0, NONE)
    # the newest page, two lists, the task
    assert {one.json["planned_requests"] for one in (plain, dry)} | {said.json["requests"]} == {4}


# ── what is not created ───────────────────────────────────────────────────────────────────────────


def test_kinds_that_nobody_asked_for_stay_problems(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Tags,Project,Client\nA,Print,,\nB,,Launch,Acme\n")
    said = tasksheet("import", sheet, "--yes", "--json", "--create-missing", "tags")
    assert (said.status, said.json["created"], said.json["created_names"], names.new) == (1, 0, 0, NONE)
    assert "there is no project 'Launch'" in results(tasksheet, "problem")["B"]
    said = tasksheet("import", sheet, "--yes", "--json", "--create-missing", "tags,projects")
    assert (said.status, names.new) == (1, NONE)
    assert results(tasksheet, "problem")["B"].startswith(
        "p!D3 client: there is no client 'Acme'; mend it, or use --create-missing clients"
    )
    said = tasksheet("import", sheet, "--yes", "--json", "--skip-invalid", "--create-missing", "tags")
    assert (said.status, said.json["created"], names.new) == (1, 1, NONE | {"tags": ["Print"]})


def test_no_name_is_created_of_rows_that_are_not_sent(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    """A wrong date, a row not asked for, a child of a wrong row; then all but one name is of such rows."""
    sheet = tasksheet.sheet(
        "p.csv",
        "Title,Tags,End date,Parent\nA,alpha,2026-02-31,\nB,beta,,\nC,gamma,,\nD,delta,,A\n",
    )
    options = ["--rows", "2-3,5", "--yes", "--json", *ALL]
    dry = tasksheet("import", sheet, "--dry-run", "--skip-invalid", *options)
    assert [one["name"] for one in dry.json["to_create"]] == ["beta"]
    assert tasksheet("import", sheet, "--dry-run", *options).json["to_create"] == []
    assert (tasksheet("import", sheet, *options).status, names.new) == (1, NONE)
    said = tasksheet("import", sheet, "--skip-invalid", *options)
    assert (said.status, said.json["created_names"], names.new) == (1, 1, NONE | {"tags": ["beta"]})
    assert results(tasksheet, "outcome") == {"A": "invalid", "B": "created", "C": "pending", "D": "rejected"}


def test_of_a_sheet_that_is_there_already_nothing_is_created(
    tasksheet: Terminal, workspace: Sandbox, names: Names, tmp_path: Path
) -> None:
    """Rows that were created before need no names, though these are gone by now."""
    sheet = tasksheet.sheet("p.csv", SHEET)
    assert tasksheet("import", sheet, "--yes", *ALL).status == 0
    workspace.store.take_out("tags", [names.id("tags", "Print")])
    more = tasksheet.sheet("p.csv", f"{SHEET}Stamp,,,Office\n")
    dry = tasksheet("import", more, "--dry-run", "--json", *ALL)
    assert [one["name"] for one in dry.json["to_create"]] == ["Office"]
    assert tasksheet("import", more, "--yes", *ALL).status == 0
    assert names.new["tags"] == ["Marketing", "Office"]


@pytest.mark.parametrize("answer", ["n\n", "y\n"])
def test_it_is_asked_first(tasksheet: Terminal, workspace: Sandbox, names: Names, answer: str) -> None:
    import pty

    sheet = tasksheet.sheet("p.csv", SHEET)
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [*COMMAND, "import", sheet, *ALL], cwd=tasksheet.here, env=dict(os.environ),
            stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            os.write(ours, answer.encode())
            _, err = process.communicate(timeout=30)
    finally:
        os.close(ours)
        os.close(theirs)
    assert err.index("New tag 'Print'") < err.index("Create them in")
    assert process.returncode == 0
    assert names.new == (CREATED if answer == "y\n" else NONE)


def test_where_the_list_is_refused_nothing_is_known_to_be_missing(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    workspace.set_faults([{"on": "GET tags", "do": "answer", "status": 403}])
    sheet = tasksheet.sheet("p.csv", "Title,Tags\nA,Print\n")
    said = tasksheet("import", sheet, "--yes", *ALL)
    assert (said.status, names.new) == (1, NONE)
    assert "give the id in a column `tag_ids`" in results(tasksheet, "problem")["A"]


def test_of_clients_whose_list_is_refused_too(tasksheet: Terminal, workspace: Sandbox, names: Names) -> None:
    workspace.set_faults([{"on": "GET clients", "do": "answer", "status": 403}])
    sheet = tasksheet.sheet("p.csv", "Title,Project,Client\nA,Launch,Acme\n")
    said = tasksheet("import", sheet, "--yes", *ALL)
    assert (said.status, names.new) == (1, NONE)
    assert "there is no client 'Acme'" in results(tasksheet, "problem")["A"]


@pytest.mark.parametrize("kinds", ["statuses", "tags,people", "tag"])
def test_other_kinds_can_not_be_created(tasksheet: Terminal, workspace: Sandbox, kinds: str) -> None:
    said = tasksheet("import", tasksheet.sheet("p.csv", SHEET), "--yes", "--create-missing", kinds)
    assert said.status == 2
    assert "only tags, projects, clients can be created" in said.err


@pytest.mark.parametrize("kinds", ["projects", "tags,projects,clients"])
def test_a_project_is_never_created_without_the_client_that_its_rows_tell(
    tasksheet: Terminal, workspace: Sandbox, names: Names, kinds: str
) -> None:
    """B names the project alone, and means the one that A can't have: its client isn't there."""
    sheet = tasksheet.sheet("p.csv", "Title,Project,Client\nA,Launch,Acme\nB,Launch,\nC,Chores,\n")
    if "clients" in kinds:
        workspace.set_faults([{"on": "GET clients", "do": "answer", "status": 403}])
    said = tasksheet("import", sheet, "--yes", "--json", "--skip-invalid", "--create-missing", kinds)
    assert (said.status, names.new) == (1, NONE | {"projects": ["Chores"]}), said.err
    assert "New project 'Launch'" not in said.err
    assert set(tasks(workspace)) == {"C"}
    told = results(tasksheet, "problem")
    assert told["A"].startswith("p!C2 client: there is no client 'Acme'")
    assert told["B"].startswith(
        "p!B3 project: other rows tell that project 'Launch' is of client 'Acme', which is not there"
    )


# ── refused ───────────────────────────────────────────────────────────────────────────────────────


def test_a_tag_that_came_in_between_is_used(tasksheet: Terminal, workspace: Sandbox, names: Names) -> None:
    """The list that is read first lacks the first tag, so that it seems to be missing."""
    first = workspace.store.table("tags")[0]["name"]
    workspace.set_faults([{"on": "GET tags", "nth": 1, "do": "rows", "skip": 1}])
    sheet = tasksheet.sheet("p.csv", f"Title,Tags\nA,{first}\nB,Print\n")
    said = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (said.status, said.json["created_names"], names.new["tags"]) == (0, 1, ["Print"]), said.err
    assert tasks(workspace) == {
        "A": (None, [names.id("tags", first)]),
        "B": (None, [names.id("tags", "Print")]),
    }


REFUSED = [{"on": "POST *", "do": "answer", "status": 422, "if_body": '"name": "Print"',
            "body": {"error": "validation", "error_description": "no such words here"}}]  # fmt: skip


@pytest.mark.parametrize("skip", [True, False])
def test_rows_of_a_name_that_the_server_refuses_are_wrong(
    tasksheet: Terminal, workspace: Sandbox, names: Names, skip: bool
) -> None:
    workspace.set_faults(REFUSED)
    sheet = tasksheet.sheet("p.csv", 'Title,Tags\nA,"Print, Web"\nB,Web\nC,Radio\nD,TV\nE,\n')
    said = tasksheet("import", sheet, "--yes", "--json", *ALL, *["--skip-invalid"][: int(skip)])
    assert said.status == 1, said.err
    assert results(tasksheet, "problem")["A"] == (
        "p!B2 tags: the tag 'Print' could not be created: no such words here; mend the name, or use "
        '--unmatched "tags=drop"'
    )
    assert results(tasksheet, "outcome") == {"A": "invalid"} | dict.fromkeys(
        "BCDE", "created" if skip else "pending"
    )
    if skip:
        assert names.new["tags"] == ["Radio", "TV", "Web"]
        assert set(tasks(workspace)) == set("BCDE")
    else:
        assert tasks(workspace) == {}
    workspace.set_faults(None)
    assert tasksheet("import", sheet, "--yes", *ALL).status == 0
    assert names.new["tags"] == ["Print", "Radio", "TV", "Web"]
    assert set(tasks(workspace)) == set("ABCDE")


def test_refusals_cost_no_more_than_max_split(tasksheet: Terminal, workspace: Sandbox, names: Names) -> None:
    """Each of 40 tags is refused: as many requests as there are parts of the batch, and one list for all
    that stood alone; or those that --max-split allows, the rest left for later."""
    workspace.set_faults([{"on": "POST tags*", "do": "answer", "status": 422}])
    sheet = tasksheet.sheet("p.csv", "Title,Tags\n" + "".join(f"T{n},tag {n}\n" for n in range(40)))
    said = tasksheet("import", sheet, "--yes", "--json", "--skip-invalid", "--max-split", 100, *ALL)
    # the newest page, the list of tags; the batch and a list; 78 parts of it; a list
    assert (said.status, said.json["invalid"], said.json["requests"]) == (1, 40, 2 + 2 + 78 + 1)

    said = tasksheet("import", sheet, "--yes", "--json", "--skip-invalid", "--max-split", 7, *ALL)
    # halves of 20, 10, 5 and 2, the first one alone, the second; then the 3 beside the 2: 7 parts
    assert (said.status, said.json["invalid"], said.json["pending"]) == (3, 2, 38), said.err
    assert said.json["requests"] == 2 + 2 + 7 + 1
    assert "--max-split" in said.json["error"]["message"]
    assert (names.new, tasks(workspace)) == (NONE, {})


@pytest.mark.parametrize("status", [404, 405])
def test_where_tags_can_not_be_sent_together_they_go_one_by_one(
    tasksheet: Terminal, workspace: Sandbox, names: Names, status: int
) -> None:
    workspace.set_faults([{"on": "POST tags/bulk", "do": "answer", "status": status}])
    sheet = tasksheet.sheet("p.csv", "Title,Tags\n" + "".join(f"T{n},tag {n}\n" for n in range(103)))
    said = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (said.status, said.json["created_names"]) == (0, 103), said.err
    assert said.json["requests"] == 2 + 1 + 103 + 2  # tags/bulk is tried once
    assert len(tasks(workspace)) == 103


@pytest.mark.parametrize("skip", [True, False])
def test_projects_of_a_client_that_is_refused_are_not_created(
    tasksheet: Terminal, workspace: Sandbox, names: Names, skip: bool
) -> None:
    workspace.set_faults([{"on": "POST clients", "do": "answer", "status": 409}])
    sheet = tasksheet.sheet("p.csv", "Title,Project,Client,Parent\nA,Launch,Acme,\nB,,,A\nC,Chores,,\n")
    said = tasksheet("import", sheet, "--yes", "--json", *ALL, *["--skip-invalid"][: int(skip)])
    assert said.status == 1
    assert results(tasksheet, "problem")["A"].startswith(
        "p!C2 client: the client 'Acme' could not be created"
    )
    assert names.new == NONE | {"projects": ["Chores"] if skip else []}
    assert set(tasks(workspace)) == ({"C"} if skip else set())
    workspace.set_faults(None)
    assert tasksheet("import", sheet, "--yes", *ALL).status == 0
    assert names.new == NONE | {"clients": ["Acme"], "projects": ["Chores", "Launch"]}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_who_may_not_create_is_stopped(
    tasksheet: Terminal, workspace: Sandbox, names: Names, status: int
) -> None:
    workspace.set_faults([{"on": "POST projects", "do": "answer", "status": status}])
    sheet = tasksheet.sheet("p.csv", SHEET)
    said = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (said.status, said.json["error"]["status"], said.json["created_names"]) == (4, 4, 1)
    assert "refused to create project 'Launch'" in said.err
    assert (names.new, tasks(workspace)) == (NONE | {"clients": ["Acme"]}, {})
    assert set(results(tasksheet, "outcome").values()) == {"pending"}
    workspace.set_faults(None)
    again = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (again.status, again.json["created_names"]) == (0, 4)
    assert (names.new, tasks(workspace)) == (CREATED, expected(names))


# ── faults ────────────────────────────────────────────────────────────────────────────────────────

FAULTS: list[dict[str, Any]] = [
    {"do": "answer", "status": 500, "written": "all"},
    {"do": "answer", "status": 500, "written": 0},
    {"do": "answer", "status": 202, "written": "all"},
    {"do": "cut", "written": "all"},
    {"do": "cut", "written": 0},
    {"do": "cut", "sent": "half"},
    {"do": "html", "written": "all"},
    {"do": "redirect", "written": "all"},
    {"do": "late", "status": 504, "seconds": 0.3},
    {"do": "late", "cut": True, "seconds": 0.3},
    {"do": "late", "status": 201, "seconds": 0.3},
    {"do": "reply", "shape": "empty"},
    {"do": "reply", "shape": "ids"},
    {"do": "reply", "shape": "message"},
    {"do": "reply", "shape": "message", "status": 200},
    {"do": "reply", "shape": "data"},
    {"do": "reply", "shape": ["reversed", "data"]},
    {"do": "slow_down", "written": 0},
    {"do": "slow_down", "written": "all"},
    {"do": "quota_spent", "resets_in": 1},
    {"do": "forget"},
]


@pytest.mark.parametrize("route", ["POST clients", "POST projects", "POST tags/bulk"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: " ".join(map(str, fault.values())))
def test_whatever_goes_wrong_every_name_is_created_once(
    tasksheet: Terminal, workspace: Sandbox, names: Names, fault: dict[str, Any], route: str
) -> None:
    workspace.set_faults([{"on": route, "nth": 1} | fault])
    sheet = tasksheet.sheet("p.csv", SHEET)
    said = tasksheet("import", sheet, "--yes", "--json", "--settle", 0.6, *ALL)
    time.sleep(fault.get("seconds", 0))  # what is written late is written by now
    if fault["do"] == "forget" or fault.get("status") == 201:
        assert said.status == 1  # promised, and not there: what uses it was refused
        workspace.set_faults(None)
        said = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert said.status == 0, said.err
    assert names.new == CREATED
    assert tasks(workspace) == expected(names)
    again = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (again.status, again.json["requests"]) == (0, 0)


def test_tasks_of_a_new_project_that_never_arrived_are_sent_again(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    """A project made through the API is not `active`; it is no archived one, whose tasks a list may hide."""
    workspace.set_faults([{"on": "POST tasks/bulk", "nth": 1, "do": "cut", "written": 0}])
    sheet = tasksheet.sheet("p.csv", "Title,Project\nA,Launch\nB,Launch\n")
    said = tasksheet("import", sheet, "--yes", "--settle", 0.2, *ALL)
    assert said.status == 0, said.err
    assert tasks(workspace) == dict.fromkeys("AB", (names.id("projects", "Launch"), []))


def test_half_of_the_tags_were_written(tasksheet: Terminal, workspace: Sandbox, names: Names) -> None:
    workspace.set_faults([{"on": "POST tags/bulk", "nth": 1, "do": "answer", "status": 500, "written": [1]}])
    said = tasksheet("import", tasksheet.sheet("p.csv", SHEET), "--yes", "--json", "--settle", 0.2, *ALL)
    assert (said.status, said.json["created_names"]) == (0, 5), said.err
    assert (names.new, tasks(workspace)) == (CREATED, expected(names))


def test_a_single_tag(tasksheet: Terminal, workspace: Sandbox, names: Names) -> None:
    workspace.set_faults([{"on": "POST tags", "nth": 1, "do": "answer", "status": 500, "written": 0}])
    sheet = tasksheet.sheet("p.csv", "Title,Tags\nA,Print\n")
    assert tasksheet("import", sheet, "--yes", "--settle", 0.2, *ALL).status == 0
    assert tasks(workspace) == {"A": (None, [names.id("tags", "Print")])}


def test_a_project_of_another_client_is_not_the_one_that_was_asked_for(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    """The workspace has an Intranet of another client; whether that of Acme was created is not known."""
    workspace.set_faults([{"on": "POST projects", "nth": 1, "do": "answer", "status": 500}])
    sheet = tasksheet.sheet("p.csv", "Title,Project,Client\nA,Intranet,Acme\n")
    assert tasksheet("import", sheet, "--yes", "--settle", 0.2, *ALL).status == 0
    ((project, _),) = tasks(workspace).values()
    (made,) = names.rows["projects"]
    assert (made["id"], made["client_id"]) == (project, names.id("clients", "Acme"))


def test_of_two_that_a_server_made_the_first_is_used_and_it_is_said(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    on = {"on": "POST projects", "nth": 1}
    workspace.set_faults([on | {"do": "twice"}, on | {"do": "cut", "written": "all"}])
    sheet = tasksheet.sheet("p.csv", "Title,Project\nA,Launch\n")
    said = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert said.status == 0, said.err
    assert said.json["warnings"] == [
        {"problem": "project 'Launch' is there 2 times; the first is used", "rows": 1}
    ]
    assert tasks(workspace) == {"A": (min(row["id"] for row in names.rows["projects"]), [])}


def test_a_server_that_takes_nothing_is_given_up(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    workspace.set_faults([{"on": "POST projects", "do": "answer", "status": 500}])
    sheet = tasksheet.sheet("p.csv", SHEET)
    said = tasksheet("import", sheet, "--yes", "--json", "--settle", 0.05, *ALL)
    assert (said.status, said.json["pending"], names.new) == (3, 3, NONE | {"clients": ["Acme"]})
    workspace.set_faults(None)
    assert tasksheet("import", sheet, "--yes", "--settle", 0.05, *ALL).status == 0
    assert (names.new, tasks(workspace)) == (CREATED, expected(names))


def test_a_quota_that_opens_too_late_ends_it_and_the_next_run_goes_on(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    workspace.set_faults([{"on": "POST tags/bulk", "do": "quota_spent", "resets_in": 600}])
    sheet = tasksheet.sheet("p.csv", SHEET)
    said = tasksheet("import", sheet, "--yes", "--json", "--max-wait", 5, *ALL)
    assert (said.status, said.json["created_names"], said.json["pending"]) == (3, 3, 3)
    workspace.set_faults(None)
    again = tasksheet("import", sheet, "--yes", "--json", "--settle", 0, *ALL)
    assert (again.status, again.json["created_names"]) == (0, 2)
    assert (names.new, tasks(workspace)) == (CREATED, expected(names))


# ── stopped ────────────────────────────────────────────────────────────────────────────────────────


def killed(tasksheet: Terminal, workspace: Sandbox, sheet: Path, route: str, fault: dict[str, Any]) -> None:
    """Run an import and kill it while a creation is under way."""
    workspace.set_faults([{"on": route, "nth": 1} | fault])
    workspace.store.requests.clear()
    with subprocess.Popen(
        [*COMMAND, "import", sheet, "--yes", *ALL], cwd=tasksheet.here, env=dict(os.environ),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        wait_for_flight(route)
        process.kill()
        process.wait(10)
    assert in_flight(route)


def wait_for_flight(route: str) -> None:
    deadline = time.monotonic() + 30
    while not in_flight(route) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)  # the request has left


def in_flight(route: str) -> bool:
    """Whether the journal says so."""
    state = Path(os.environ["TASKSHEET_STATE_DIR"])
    kind = {"POST clients": "client", "POST projects": "project", "POST tags/bulk": "tag"}[route]
    for path in state.glob("journal-*.sqlite"):
        try:
            base = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
            found = base.execute("SELECT count(*) FROM creations WHERE state = 'doubt' AND kind = ?", [kind])
            if found.fetchone()[0]:
                return True
        except sqlite3.Error:
            pass
    return False


@pytest.mark.parametrize("route", ["POST clients", "POST projects", "POST tags/bulk"])
@pytest.mark.parametrize(
    "fault",
    [
        {"do": "delay", "seconds": 1, "after": True},  # written when it is killed
        {"do": "delay", "seconds": 1.5},  # written after the next run has begun
    ],
    ids=["written", "late"],
)
def test_a_name_whose_answer_nobody_saw_is_looked_up_first(
    tasksheet: Terminal, workspace: Sandbox, names: Names, route: str, fault: dict[str, Any]
) -> None:
    sheet = tasksheet.sheet("p.csv", SHEET)
    killed(tasksheet, workspace, sheet, route, fault)
    said = tasksheet("import", sheet, "--yes", "--json", "--settle", 2.5, *ALL)
    time.sleep(fault["seconds"])  # what was under way is written by now
    assert said.status == 0, said.err
    assert names.new == CREATED
    assert tasks(workspace) == expected(names)


def test_a_list_of_clients_says_nothing_of_a_project_in_flight(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    """It is written after the list of projects was read; that of clients is read again later than --settle."""
    sheet = tasksheet.sheet("p.csv", "Title,Project,Client\nA,Launch,\n")
    killed(tasksheet, workspace, sheet, "POST projects", {"do": "delay", "seconds": 1.5})
    workspace.set_faults([{"on": "POST clients", "nth": 1, "do": "answer", "status": 500}])
    sheet = tasksheet.sheet("p.csv", "Title,Project,Client\nA,Launch,\nB,Chores,Acme\n")
    said = tasksheet("import", sheet, "--yes", "--settle", 2, *ALL)
    assert said.status == 0, said.err
    assert names.new == NONE | {"clients": ["Acme"], "projects": ["Chores", "Launch"]}


def test_a_stop_ends_after_the_name_in_flight(tasksheet: Terminal, workspace: Sandbox, names: Names) -> None:
    sheet = tasksheet.sheet("p.csv", SHEET)
    workspace.set_faults([{"on": "POST projects", "nth": 1, "do": "delay", "seconds": 1.5}])
    with subprocess.Popen(
        [*COMMAND, "import", sheet, "--yes", "--json", *ALL], cwd=tasksheet.here, env=dict(os.environ),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        wait_for_flight("POST projects")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in err) == (130, False)
    told = json.loads(out)
    assert (told["error"]["status"], told["created_names"], told["pending"]) == (130, 2, 3)
    assert names.new == NONE | {"clients": ["Acme"], "projects": ["Launch"]}
    again = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (again.status, again.json["created_names"]) == (0, 3)
    assert (names.new, tasks(workspace)) == (CREATED, expected(names))


def test_a_name_that_never_arrived_is_created_by_the_next_run(
    tasksheet: Terminal, workspace: Sandbox, names: Names
) -> None:
    sheet = tasksheet.sheet("p.csv", SHEET)
    fault = {"do": "answer", "status": 500}
    workspace.set_faults([{"on": "POST projects"} | fault, {"on": "GET projects", "nth": 2} | fault])
    said = tasksheet("import", sheet, "--yes", "--json", "--settle", 0, *ALL)
    assert said.status == 3
    workspace.set_faults(None)
    dry = tasksheet("import", sheet, "--dry-run", "--json", "--settle", 0, *ALL)
    said = tasksheet("import", sheet, "--yes", "--json", "--settle", 0, *ALL)
    assert said.status == 0, said.err
    assert said.json["requests"] == dry.json["planned_requests"]
    assert (names.new, tasks(workspace)) == (CREATED, expected(names))


@pytest.mark.parametrize("settle", [0, 3])
def test_names_left_open_cost_one_list_a_kind_and_none_when_that_is_long_ago(
    tasksheet: Terminal, workspace: Sandbox, names: Names, settle: int
) -> None:
    """Two runs end before they know whether a project was created; it was not."""
    for name in ("Alpha", "Beta"):
        workspace.set_faults(
            [
                {"on": "POST projects", "nth": 1, "do": "answer", "status": 500},
                {"on": "GET projects", "nth": 2, "do": "quota_spent", "resets_in": 600},
            ]
        )
        sheet = tasksheet.sheet(f"{name}.csv", f"Title,Project\n{name},{name}\n")
        assert tasksheet("import", sheet, "--yes", "--max-wait", 1, *ALL).status == 3
        assert in_flight("POST projects")
    workspace.set_faults(None)
    sheet = tasksheet.sheet("p.csv", "Title,Project\nA,Alpha\nB,Beta\nC,Gamma\n")
    options = ["--json", "--yes", "--settle", settle, *ALL]
    dry = tasksheet("import", sheet, "--dry-run", *options)
    said = tasksheet("import", sheet, *options)
    # the newest page, the list of projects, a second time within --settle; three projects; the tasks
    cost = 6 + (settle > 0)
    assert (said.status, dry.json["planned_requests"], said.json["requests"]) == (0, cost, cost), said.err
    assert names.new == NONE | {"projects": ["Alpha", "Beta", "Gamma"]}
    assert not in_flight("POST projects")


def test_an_older_journal_serves(tasksheet: Terminal, workspace: Sandbox, names: Names) -> None:
    """One that was begun before names were created; read alone first, as a dry run does."""
    assert tasksheet("import", tasksheet.sheet("o.csv", "Title\nOld\n"), "--yes").status == 0
    (journal,) = Path(os.environ["TASKSHEET_STATE_DIR"]).glob("journal-*.sqlite")
    with sqlite3.connect(journal) as base:
        base.execute("DROP TABLE creations")
    base.close()
    sheet = tasksheet.sheet("p.csv", SHEET)
    dry = tasksheet("import", sheet, "--dry-run", "--json", *ALL)
    assert (dry.status, len(dry.json["to_create"])) == (0, 5), dry.err
    said = tasksheet("import", sheet, "--yes", "--json", *ALL)
    assert (said.status, said.json["requests"]) == (0, dry.json["planned_requests"])
    assert names.new == CREATED
    with sqlite3.connect(journal) as base:
        told = base.execute("SELECT kind, name, state, made FROM creations ORDER BY id").fetchall()
    base.close()
    assert told == [
        ("client", "Acme", "created", names.id("clients", "Acme")),
        ("project", "Launch", "created", names.id("projects", "Launch")),
        ("project", "Chores", "created", names.id("projects", "Chores")),
        ("tag", "Marketing", "created", names.id("tags", "Marketing")),
        ("tag", "Print", "created", names.id("tags", "Print")),
    ]
