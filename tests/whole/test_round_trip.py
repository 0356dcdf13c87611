"""An exported sheet is a valid import file: into the same workspace, and into another one."""

import csv
import itertools
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.run.export import export
from importer.run.load import load
from importer.run.loading import Options
from importer.run.source import Source
from importer.run.wanted import Wanted
from importer.sandbox.server import PLENTY, Sandbox
from importer.settings import Connection, Key
from importer.task.names import plain
from tests.whole.conftest import Said, Terminal

CREATE = ("--create-missing", "tags,projects,clients")
SAME = (
    *("name", "description", "notes", "start_date", "end_date", "estimated_mins", "priority", "priority_at"),
    *("billable", "private", "pinned", "auto_log_time", "color", "position", "rrule"),
)  # the fields of a body that are no ids


@dataclass(frozen=True)
class Boxes:
    """Two served workspaces, `home` with tasks and `away` without."""

    home: Sandbox
    away: Sandbox


def at(box: Sandbox) -> list[str]:
    return ["--base-url", box.base_url, "--organization", "1", "--workspace", "1"]


@pytest.fixture
def boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Boxes]:
    monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_test")
    with (
        Sandbox(tmp_path / "home.sqlite", tasks=300, quota=PLENTY) as home,
        Sandbox(tmp_path / "away.sqlite", seed=2, quota=PLENTY) as away,
    ):
        yield Boxes(home, away)


def told(box: Sandbox) -> dict[int, dict[str, Any]]:
    """id → the task's body, by the names of what its ids mean."""
    tables = {
        kind: {row["id"]: row for row in box.store.table(kind)} for kind in ("projects", "clients", "tags")
    }
    statuses = {row["id"]: row["name"] for row in box.store.table("statuses")}
    people = {row["user_account_id"]: row["email"] for row in box.store.table("users")}

    def project(id: int | None) -> tuple[str, str | None] | None:
        if id is None:
            return None
        found = tables["projects"][id]
        client = tables["clients"].get(found["client_id"])
        return found["name"], client and client["name"]

    return {
        task["id"]: {name: task[name] for name in SAME}
        | {
            "project": project(task["project_id"]),
            "status": statuses[task["status_id"]],
            "tags": sorted(tables["tags"][id]["name"] for id in task["tag_ids"]),
            "assignees": sorted(people[id] for id in task["assignee_user_ids"]),
            "parent": task["parent_task_id"],
        }
        for task in box.store.tasks()
        if not task["deleted_at"]
    }


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def outcomes(said: Said) -> dict[int, dict[str, str]]:
    """Excel's row → its line of results.csv."""
    return {int(row["row"]): row for row in rows_of(Path(said.json["report"]) / "results.csv")}


def warnings(said: Said) -> dict[str, int]:
    return {one["problem"]: one["rows"] for one in said.json["warnings"]}


def about(said: Said) -> str:
    """What is said of where the export is from."""
    (one,) = (text for text in warnings(said) if "This is an export" in text)
    return one


def moved(exported: Path, said: Said) -> dict[int, int]:
    """id at home → id where it was imported. The sheet is a text file, a task a line."""
    ids = [int(row["id"]) for row in rows_of(exported)]
    return {
        ids[row - 2]: int(line["task_id"])
        for row, line in outcomes(said).items()
        if line["outcome"] == "created"
    }


# ── into another workspace ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx"])
def test_into_another_workspace_go_the_same_bodies(tasksheet: Terminal, boxes: Boxes, ending: str) -> None:
    """300 tasks of everything: a series and its instances, calendar data, ghosts, twins of projects."""
    exported = tasksheet.here / f"all.{ending}"
    assert tasksheet("export", exported, *at(boxes.home)).status == 0
    tasksheet("export", "all.csv", *at(boxes.home))  # to look into, whatever the ending
    options = [*CREATE, "--unmatched", "assignees=drop", "--unmatched", "parent=drop"]
    dry = tasksheet("import", exported, "--dry-run", "--json", *options, *at(boxes.away))
    said = tasksheet("import", exported, "--yes", "--json", *options, *at(boxes.away))
    assert said.status == 0, said.err
    assert said.json["requests"] == dry.json["planned_requests"]
    rows = rows_of(tasksheet.here / "all.csv")
    instances = {int(row["id"]) for row in rows if row["recurring_task_id"]}
    assert instances
    assert (said.json["created"], said.json["skipped"]) == (len(rows) - len(instances), len(instances))

    to = moved(tasksheet.here / "all.csv", said)
    then, now = told(boxes.home), told(boxes.away)
    assert sorted(now) == sorted(to.values())
    there = {row["email"] for row in boxes.away.store.table("users")}
    for old, new in to.items():
        task = then[old]
        task["parent"] = to.get(task["parent"])
        task["assignees"] = [mail for mail in task["assignees"] if mail in there]
        assert now[new] == task
    assert sum(task["parent"] is not None for task in now.values()) > 20
    clients: dict[str, set[str]] = {}
    for name, client in filter(None, (task["project"] for task in now.values())):
        clients.setdefault(name, set()).add(client)
    assert max(map(len, clients.values())) > 1, "projects of one name are still those of two clients"

    # exported again, it is the same sheet but for what stays behind
    assert tasksheet("export", "again.csv", *at(boxes.away)).status == 0
    again = {int(row["id"]): row for row in rows_of(tasksheet.here / "again.csv")}
    for row in rows:
        if (old := int(row["id"])) in to:
            new = again[to[old]]
            same = [*SAME, "project_name", "client_name", "status_name", "status_type"]
            assert {name: new[name] for name in same} == {name: row[name] for name in same}
            assert sorted(new["tag_names"].split(", ")) == sorted(row["tag_names"].split(", "))
            assert new["parent_task_id"] == str(to.get(int(row["parent_task_id"] or 0)) or "")


def test_what_does_not_travel_is_listed_with_counts(tasksheet: Terminal, boxes: Boxes) -> None:
    exported = tasksheet.here / "all.csv"
    assert tasksheet("export", exported, "--columns", "all", "--archived", *at(boxes.home)).status == 0
    rows = rows_of(exported)
    said = tasksheet("import", exported, "--dry-run", "--json", *CREATE, "--unmatched", "assignees=drop",
                     "--unmatched", "parent=drop", *at(boxes.away))  # fmt: skip
    assert said.status == 0, said.err
    sent = [row for row in rows if not row["recurring_task_id"]]

    def count(*titles: str, usual: str = "0") -> int:
        return sum(any(row[title] not in ("", usual) for title in titles) for row in sent)

    behind = {
        k.removeprefix("does not travel: "): n for k, n in warnings(said).items() if k.startswith("does")
    }
    new = behind.pop("colours, rates and privacy of projects and tags that are created")
    assert 0 < new <= len(sent)
    assert behind == {
        "owner": len(sent),
        "source": count("source", usual="focus"),
        "calendar data": count("metadata_external_id", "metadata_calendar_id"),
        "archived state": len(sent),
        "tracked time": count("total_tracked_time", "time_entry_total_count"),
        "time blocks": count("total_blocked_time", "time_block_total_count"),
        "ghost assignees": count("ghost_assignee_ids"),
        "permissions": count("project_permissions"),
        "times of creation and change": len(sent),
    } | ({"instances of a series": len(rows) - len(sent)} if len(rows) > len(sent) else {})
    shown = " ".join(said.err.split())
    assert "Ignored: estimate_type, " in shown, "what is newer than this program"
    assert f"Does not travel: owner ({len(sent)} rows)" in shown
    assert f"ghost assignees ({count('ghost_assignee_ids')} rows)" in shown


def test_the_list_names_only_what_the_sheet_holds(tasksheet: Terminal, boxes: Boxes) -> None:
    exported = tasksheet.here / "few.csv"
    tasksheet("export", exported, "--columns", "id,name,project_name,client_name", *at(boxes.home))
    said = tasksheet("import", exported, "--dry-run", "--json", *CREATE, *at(boxes.away))
    assert said.status == 0, said.err
    assert not [text for text in warnings(said) if text.startswith("does not travel")]


# ── into the same workspace ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx"])
def test_into_the_same_workspace_all_are_skipped_at_no_request(
    tasksheet: Terminal, boxes: Boxes, ending: str
) -> None:
    exported = tasksheet.here / f"all.{ending}"
    count = tasksheet("export", exported, "--json", *at(boxes.home)).json["tasks"]
    before = told(boxes.home)
    said = tasksheet("import", exported, "--yes", "--json", *at(boxes.home))
    assert (said.status, said.json["skipped"], said.json["requests"]) == (0, count, 0), said.err
    assert told(boxes.home) == before
    assert warnings(said) == {about(said): count}
    assert about(said).startswith("This is an export of this workspace: ")
    assert "edits of them are not carried" in about(said)
    for row in outcomes(said).values():
        assert row["problem"].startswith("exists already")
        assert int(row["task_id"]) in before
        assert row["name"].removeprefix("'") == before[int(row["task_id"])]["name"]


def test_rows_that_people_add_are_created_and_edits_are_not(tasksheet: Terminal, boxes: Boxes) -> None:
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *at(boxes.home))
    rows = rows_of(exported)
    blank = dict.fromkeys(rows[0], "")
    above = next(row for row in rows if row["project_id"])
    other = next(row for row in rows if row["project_name"] and row["project_id"] != above["project_id"])
    outside = next(task for task in boxes.home.store.tasks() if task["archived_at"])["id"]
    rows[3]["name"] = "Edited"
    rows += [
        blank | {"name": "New", "project_name": other["project_name"], "client_name": other["client_name"],
                 "status_name": "done", "tag_names": "", "estimated_mins": "12"},
        blank | {"name": "Below one that is there", "parent_task_id": above["id"]},
        blank | {"name": "Below a new one", "parent_task_name": "New"},
        blank | {"name": "By its id", "project_id": other["project_id"]},
        blank | {"name": "Copied from", "project_id": above["project_id"],
                 "project_name": other["project_name"], "client_name": other["client_name"]},
        blank | {"name": "Below an archived one", "parent_task_id": str(outside)},
    ]  # fmt: skip
    write_rows(exported, rows)
    before = told(boxes.home)
    said = tasksheet("import", exported, "--yes", "--json", *at(boxes.home))
    assert (said.status, said.json["created"]) == (0, 6), said.err
    after = told(boxes.home)
    assert {id: task for id, task in after.items() if id in before} == before
    made = {task["name"]: task for id, task in after.items() if id not in before}
    project = (other["project_name"], other["client_name"] or None)
    assert made["New"] | {} == made["New"]
    assert {name: made["New"][name] for name in ("project", "status", "estimated_mins")} == {
        "project": project, "status": "Done", "estimated_mins": 12,
    }  # fmt: skip
    there = before[int(above["id"])]
    assert made["Below one that is there"]["parent"] == int(above["id"])
    assert made["Below one that is there"]["project"] == there["project"], "a child has its parent's project"
    assert after[made["Below a new one"]["parent"]]["name"] == "New"
    assert made["By its id"]["project"] == made["Copied from"]["project"] == project
    assert made["Below an archived one"]["parent"] == outside

    again = tasksheet("import", exported, "--yes", "--json", *at(boxes.home))
    assert (again.status, again.json["requests"], again.json["created_now"]) == (0, 0, 0)
    assert told(boxes.home) == after


def test_only_the_rows_asked_for_go_below_tasks_that_are_there(tasksheet: Terminal, boxes: Boxes) -> None:
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *at(boxes.home))
    rows = rows_of(exported)
    rows += [dict.fromkeys(rows[0], "") | {"name": name, "parent_task_id": rows[0]["id"]} for name in "AB"]
    write_rows(exported, rows)
    last = len(rows) + 1
    said = tasksheet("import", exported, "--rows", last, "--yes", "--json", *at(boxes.home))
    assert (said.status, said.json["created"], said.json["pending"]) == (0, 1, 1), said.err
    assert boxes.home.store.tasks()[-1]["parent_task_id"] == int(rows[0]["id"])


def test_a_copied_row_that_kept_its_id_is_pointed_out(tasksheet: Terminal, boxes: Boxes) -> None:
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *at(boxes.home))
    rows = rows_of(exported)
    write_rows(exported, [*rows, rows[0] | {"name": "Copied"}, rows[1]])
    said = tasksheet("import", exported, "--yes", "--json", *at(boxes.home))
    assert (said.status, said.json["skipped"], said.json["created"]) == (1, len(rows) + 2, 0)
    assert "blank the id" in outcomes(said)[len(rows) + 2]["problem"]
    assert "exists already" in outcomes(said)[len(rows) + 3]["problem"]
    assert "row 276: skipped: task 1 exists already" in said.err or "blank the id" in said.err


def test_copies_are_made_on_purpose(tasksheet: Terminal, boxes: Boxes) -> None:
    """As the hint says; the parts of a copy belong to the copy."""
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *at(boxes.home))
    before = told(boxes.home)
    hint = ["--map", "id=key", "--again", "copy"]
    assert " ".join(hint).replace("id=key", '"id=key"').replace("copy", "LABEL") in about(
        tasksheet("import", exported, "--yes", "--json", *at(boxes.home))
    )
    said = tasksheet("import", exported, *hint, "--yes", "--json", "--unmatched=parent=drop", *at(boxes.home))
    assert said.status == 0, said.err
    assert "its rows count as new tasks" in about(said)
    to = moved(exported, said)
    now = told(boxes.home)
    assert len(now) == len(before) + len(to)
    outside = {task["id"] for task in boxes.home.store.tasks() if task["archived_at"]}
    for old, new in to.items():
        above = now[old]["parent"]
        assert now[new] == now[old] | {"parent": to.get(above, above if above in outside else None)}


# ── which workspace it is of ──────────────────────────────────────────────────────────────────────


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Boxes]:
    """Two workspaces that have the same tasks and the same ids, made at other times."""
    monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_test")
    with (
        Sandbox(tmp_path / "home.sqlite", quota=PLENTY) as home,
        Sandbox(tmp_path / "away.sqlite", quota=PLENTY) as away,
    ):
        for box, now in ((home, "2026-01-01T10:00:00.000000Z"), (away, "2026-01-01T10:00:01.000000Z")):
            box.store.create(
                [{"name": name, "status_id": 1, "toggl_user_id": 7100001} for name in "ABCD"], now
            )
        yield Boxes(home, away)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_manifest_or_the_sheet_about_tells_which_workspace(
    tasksheet: Terminal, small: Boxes, ending: str
) -> None:
    exported = tasksheet.here / f"all.{ending}"
    assert tasksheet("export", exported, *at(small.home)).status == 0
    here = ["--again", "x", "--dry-run", "--json"]  # else the tasks look as if they were there already
    assert tasksheet("import", exported, *here, *at(small.away)).json["pending"] == 4
    moved_on = tasksheet.here / "elsewhere"
    moved_on.mkdir()
    alone = shutil.copy(exported, moved_on / f"other.{ending}")
    for box, skipped in ((small.home, 4), (small.away, 0)):
        said = tasksheet("import", alone, *here, *at(box))
        assert said.json["skipped"] == skipped, said.err
        if ending == "xlsx" and skipped:
            assert said.json["requests"] == 0  # a text file alone has the tasks tell


def test_an_edited_file_still_belongs_to_its_manifest(tasksheet: Terminal, small: Boxes) -> None:
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *at(small.home))
    rows = rows_of(exported)
    rows[0]["name"] = "Edited"
    write_rows(exported, [*rows, dict.fromkeys(rows[0], "") | {"name": "New"}])
    said = tasksheet("import", exported, "--yes", "--json", *at(small.home))
    assert (said.status, said.json["skipped"], said.json["created"]) == (0, 4, 1), said.err
    said = tasksheet("import", exported, "--yes", "--json", *at(small.away))
    assert said.json["created"] + said.json["skipped"] == 5


def test_a_manifest_of_another_file_does_not_count(tasksheet: Terminal, small: Boxes) -> None:
    """Somebody's own list took the name of an export; so did an export of another workspace."""
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *at(small.home))
    rows = rows_of(exported)
    write_rows(exported, [row | {"workspace_id": "77"} for row in rows])
    said = tasksheet("import", exported, "--dry-run", "--json", "--again", "x", *at(small.home))
    assert (said.json["pending"], said.json["skipped"]) == (4, 0)
    assert "another workspace" in about(said)
    exported.write_text("Title,Due date\nMine,2026-03-01\n")
    said = tasksheet("import", exported, "--dry-run", "--json", *at(small.home))
    assert (said.json["pending"], said.json["warnings"]) == (1, [])
    manifest = exported.with_name("all.csv.manifest.json")
    for text in ("", "[]", '{"workspace": 7, "file": "all.csv"}', '{"workspace": "x", "file": "all.csv"}'):
        manifest.write_text(text)
        write_rows(exported, rows)
        assert tasksheet("import", exported, "--yes", "--json", *at(small.home)).json["skipped"] == 4


def test_a_practice_workspace_served_elsewhere_is_told_by_its_tasks(
    tasksheet: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same data on another port, and embedded: nothing is doubled, and it is said why."""
    monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_test")
    data = tmp_path / "state" / "sandbox.sqlite"
    exported = tasksheet.here / "all.xlsx"
    with Sandbox(data, tasks=40, quota=PLENTY) as box:
        count = tasksheet("export", exported, "--json", *at(box)).json["tasks"]
    with Sandbox(data, quota=PLENTY) as box, Sandbox(tmp_path / "o.sqlite", quota=PLENTY):
        said = tasksheet("import", exported, "--yes", "--json", *at(box))
        assert (said.status, said.json["skipped"], said.json["created"]) == (0, count, 0), said.err
        assert "This is an export of this workspace, as task" in about(said)
    said = tasksheet("import", exported, "--yes", "--json", "--sandbox")
    assert (said.status, said.json["skipped"]) == (0, count), said.err
    online = tasksheet("check", exported, "--online", "--sandbox", "--json").json
    assert (online["valid"], online["invalid"]) == (0, 0)


def test_two_embedded_workspaces(tasksheet: Terminal, tmp_path: Path) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Parent\nMum,\nKid,Mum\n")
    one, two = (["--sandbox", "--state-dir", str(tmp_path / name)] for name in ("one", "two"))
    assert tasksheet("import", sheet, "--yes", *one).status == 0
    assert tasksheet("export", "all.csv", *one).status == 0
    assert tasksheet("import", "all.csv", "--yes", "--json", *one).json["skipped"] == 2
    said = tasksheet("import", "all.csv", "--yes", "--json", *two)
    assert (said.status, said.json["created"]) == (0, 2), said.err
    assert "of another workspace (a practice workspace)" in about(said)
    tasksheet("export", "back.csv", *two)
    assert [row["parent_task_name"] for row in rows_of(tasksheet.here / "back.csv")] == ["", "Mum"]


def test_an_export_from_stdout_has_the_tasks_tell(tasksheet: Terminal, small: Boxes) -> None:
    piped = tasksheet.sheet("piped.csv", tasksheet("export", "-", *at(small.home)).out)
    said = tasksheet("import", piped, "--yes", "--json", *at(small.home))
    assert (said.status, said.json["skipped"]) == (0, 4), said.err
    said = tasksheet("import", piped, "--dry-run", "--again", "x", "--json", *at(small.away))
    assert said.json["pending"] == 4


def test_a_workspace_of_another_number(
    tasksheet: Terminal, boxes: Boxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its ids stand in the sheet, and none of them is sent."""
    with monkeypatch.context() as patch:
        for module in ("app", "records"):
            patch.setattr(f"importer.sandbox.{module}.WORKSPACE", 9)
        where = ["--base-url", boxes.home.base_url, "--organization", "1", "--workspace", "9"]
        assert tasksheet("export", "all.csv", *where).status == 0
    for beside in ("with its manifest", "without"):
        said = tasksheet("import", "all.csv", "--dry-run", "--json", *CREATE, "--unmatched", "assignees=drop",
                         "--unmatched", "parent=drop", *at(boxes.away))  # fmt: skip
        assert said.status == 0, said.err
        assert said.json["skipped"] == warnings(said)["does not travel: instances of a series"]
        assert about(said).startswith("This is an export of another workspace"), beside
        (tasksheet.here / "all.csv.manifest.json").unlink(missing_ok=True)


# ── single fields ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Boxes]:
    """Two workspaces of the same people and names, without tasks."""
    monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_test")
    with (
        Sandbox(tmp_path / "home.sqlite", quota=PLENTY) as home,
        Sandbox(tmp_path / "away.sqlite", quota=PLENTY) as away,
    ):
        yield Boxes(home, away)


def make(box: Sandbox, *tasks: dict[str, Any]) -> list[int]:
    """Tasks, each a second after the one before."""
    usual = {"status_id": 1, "toggl_user_id": 7100001}
    count = len(box.store.tasks())
    stamps = (
        f"2026-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.000000Z" for n in itertools.count(count)
    )
    return [box.store.create([usual | task], stamp)[0] for task, stamp in zip(tasks, stamps, strict=False)]


def project(box: Sandbox, name: str, client: int | None = None) -> int:
    usual = {"color": "#0B83D9", "active": True, "toggl_user_id": 7100001}
    row = usual | {"name": name, "client_id": client, "created_at": "2026", "updated_at": "2026"}
    return box.store.insert("projects", row)


def carried(tasksheet: Terminal, pair: Boxes, ending: str, *options: str, columns: str = "") -> Said:
    """The export of one workspace imported into the other."""
    exported = tasksheet.here / f"all.{ending}"
    chosen = ["--columns", columns] if columns else []
    assert tasksheet("export", exported, *chosen, *at(pair.home)).status == 0
    return tasksheet("import", exported, "--yes", "--json", *options, *at(pair.away))


def test_chosen_columns_without_an_id(tasksheet: Terminal, pair: Boxes) -> None:
    tag = pair.home.store.table("tags")[2]
    person = pair.home.store.table("users")[3]
    (mum,) = make(pair.home, {"name": "=Mum", "status_id": 5, "project_id": 1, "tag_ids": [tag["id"]]})
    make(pair.home, {"name": "Kid", "parent_task_id": mum, "assignee_user_ids": [person["user_account_id"]]})
    columns = "name,project_name,client_name,status_name,tag_names,assignee_names,parent_task_name"
    assert carried(tasksheet, pair, "csv", columns=columns).status == 0
    then, now = told(pair.home), told(pair.away)
    for task in now.values():
        task["parent"] = task["parent"] and now[task["parent"]]["name"]
    assert [task["name"] for task in now.values()] == ["=Mum", "Kid"]
    for name in ("project", "status", "tags", "assignees"):
        assert [task[name] for task in now.values()] == [task[name] for task in then.values()]
    assert [task["parent"] for task in now.values()] == [None, "=Mum"]


@pytest.mark.parametrize("columns", ["", "all", "id,name,project_id,status_id,tag_ids,assignee_user_ids"])
def test_ids_of_another_workspace_are_never_sent(tasksheet: Terminal, pair: Boxes, columns: str) -> None:
    """Not either where a column was added, which makes the sheet look like anybody's."""
    ids = {"project_id": 2, "status_id": 4, "tag_ids": [3, 4], "assignee_user_ids": [7100014]}
    make(pair.home, {"name": "A", "ghost_assignee_ids": [7100027]} | ids)
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *(["--columns", columns] if columns else []), *at(pair.home))
    for table in ("projects", "tags", "users"):  # their names are nobody's over there
        with pair.away.store.writing() as base:
            base.execute(f"UPDATE {table} SET name = name || ' 2'")
    with pair.away.store.writing() as base:
        base.execute("UPDATE tags SET name_key = name_key || ' 2'")
        base.execute("UPDATE users SET email = 'x' || email")
        base.execute("UPDATE statuses SET name = name || ' 2'")
    drop = [f"--unmatched={name}=drop" for name in ("project", "tags", "assignees")]
    rows = rows_of(exported)
    write_rows(exported, [row | {"Remark": "mine"} for row in rows])
    said = tasksheet("import", exported, "--yes", "--json", *drop, *at(pair.away))
    assert (said.status, said.json["created"]) == (0, 1), said.err
    (task,) = pair.away.store.tasks()
    assert (task["project_id"], task["tag_ids"], task["assignee_user_ids"]) == (None, [], [])
    assert task["ghost_assignee_ids"] == []
    if columns in ("", "all"):
        assert task["status_id"] == 2  # the first of its type
        assert any("'In Review' is not in the workspace" in text for text in warnings(said))
    else:
        assert "does not travel: tags whose names the sheet does not tell" in warnings(said)
        assert task["status_id"] == 1


def test_ids_without_names_count_at_home(tasksheet: Terminal, pair: Boxes) -> None:
    ids = {"project_id": 2, "status_id": 4, "tag_ids": [3, 4], "assignee_user_ids": [7100014]}
    make(pair.home, {"name": "A"} | ids)
    exported = tasksheet.here / "few.csv"
    tasksheet("export", exported, "--columns", f"id,name,{','.join(ids)}", *at(pair.home))
    (row,) = rows_of(exported)
    write_rows(exported, [row, row | {"id": "", "name": "B"}])
    said = tasksheet("import", exported, "--yes", "--json", *at(pair.home))
    assert (said.status, said.json["created"], said.json["skipped"]) == (0, 1, 1), said.err
    assert {name: pair.home.store.tasks()[-1][name] for name in ids} == ids


def test_anybodys_sheet_with_ids_is_taken_as_it_is(tasksheet: Terminal, pair: Boxes) -> None:
    """A column id is no sign of an export; nobody says that the ids of projects are another workspace's."""
    sheet = tasksheet.sheet("p.csv", "id,name,project_id,source\n7,A,3,mine\n")
    said = tasksheet("import", sheet, "--yes", "--json", *at(pair.away))
    assert (said.status, said.json["warnings"]) == (0, [])
    assert pair.away.store.tasks()[0]["project_id"] == 3


def test_projects_of_one_name_under_clients_and_under_none(tasksheet: Terminal, pair: Boxes) -> None:
    clients = pair.home.store.table("clients")
    made = [project(pair.home, "Internal", client) for client in (clients[0]["id"], clients[1]["id"], None)]
    make(pair.home, *({"name": f"T{id}", "project_id": id} for id in made))
    project(pair.away, "Internal", clients[0]["id"])
    refused = carried(tasksheet, pair, "csv")
    assert (refused.status, refused.json["invalid"]) == (1, 2)
    said = carried(tasksheet, pair, "csv", *CREATE)
    assert (said.status, said.json["created_names"]) == (0, 2), said.err
    projects = [task["project"] for task in told(pair.away).values()]
    assert projects == [task["project"] for task in told(pair.home).values()]
    assert "does not travel: colours, rates and privacy of projects and tags that are created" in warnings(
        said
    )


def test_tags_whose_names_hold_what_separates_them(tasksheet: Terminal, pair: Boxes) -> None:
    names = [
        "a",
        "b",
        "a, b",
        'say "x"',
        "c;d",
        " e",
        "none",
        "NULL",
        "00123",
        "=1+1",
        "two\nlines",
        "x|y",
        "@done",
    ]
    tags = [
        pair.home.store.insert("tags", {"name": name, "name_key": name.casefold(), "color": "#0B83D9",
                               "created_at": "2026", "updated_at": "2026"})
        for name in names
    ]  # fmt: skip
    sets = [
        tags[:2],
        [tags[2]],
        tags[:3],
        tags[3:5],
        [tags[5], tags[6]],
        [tags[7]],
        tags[8:10],
        tags[10:],
        [],
    ]
    make(pair.home, *({"name": f"T{n}", "tag_ids": ids} for n, ids in enumerate(sets)))
    said = carried(tasksheet, pair, "csv", *CREATE)
    assert said.status == 0, said.err
    for then, now in zip(told(pair.home).values(), told(pair.away).values(), strict=True):
        assert [" ".join(tag.split()) for tag in then["tags"]] == [" ".join(t.split()) for t in now["tags"]]


def test_names_that_read_like_nothing(tasksheet: Terminal, pair: Boxes) -> None:
    names = ["none", "-", "n/a", "TBD", "@done", "#N/A"]
    ids = [project(pair.home, name) for name in names]
    make(
        pair.home,
        *({"name": name, "notes": name, "project_id": id} for name, id in zip(names, ids, strict=True)),
    )
    for ending in ("csv", "xlsx"):
        said = carried(tasksheet, pair, ending, *CREATE, "--again", ending)
        assert said.status == 0, said.err
        now = list(told(pair.away).values())[-len(names) :]
        assert [(t["name"], t["notes"], t["project"]) for t in now] == [(n, n, (n, None)) for n in names]


def test_a_child_without_a_project_keeps_none(tasksheet: Terminal, pair: Boxes) -> None:
    (mum,) = make(pair.home, {"name": "Mum", "project_id": 1})
    make(pair.home, {"name": "Kid", "parent_task_id": mum}, {"name": "Total", "estimated_mins": 5})
    assert carried(tasksheet, pair, "xlsx").status == 0
    assert [task["project"] is None for task in told(pair.away).values()] == [False, True, True]


def test_children_come_in_any_order(tasksheet: Terminal, pair: Boxes) -> None:
    ids = make(pair.home, *({"name": f"T{n}"} for n in range(6)))
    with pair.home.store.writing() as base:
        for child, parent in ((0, 5), (1, 0), (2, 1), (5, 4)):
            base.execute("UPDATE tasks SET parent_task_id = ? WHERE id = ?", (ids[parent], ids[child]))
    assert carried(tasksheet, pair, "csv").status == 0
    for then, now in ((told(pair.home), told(pair.away)),):
        parents = [
            {task["name"]: all_[task["parent"]]["name"] for task in all_.values() if task["parent"]}
            for all_ in (then, now)
        ]
        assert parents[0] == parents[1] == {"T0": "T5", "T1": "T0", "T2": "T1", "T5": "T4"}


def test_parts_of_an_instance_become_tasks_of_their_own(tasksheet: Terminal, pair: Boxes) -> None:
    (series,) = make(
        pair.home, {"name": "Weekly", "rrule": "FREQ=WEEKLY;BYDAY=MO", "start_date": "2026-01-05"}
    )
    one = {"name": "Weekly", "recurring_task_id": series, "recurrence_date": "2026-01-12"}
    (instance,) = make(pair.home, one)
    make(pair.home, {"name": "Slides", "parent_task_id": instance})
    said = carried(tasksheet, pair, "csv")
    assert (said.status, said.json["created"], said.json["skipped"], said.json["pending"]) == (0, 2, 1, 0)
    assert [(t["name"], t["parent"]) for t in told(pair.away).values()] == [
        ("Weekly", None),
        ("Slides", None),
    ]
    assert any("gets no parent" in text for text in warnings(said))
    assert warnings(said)["does not travel: instances of a series"] == 1


def test_a_parent_outside_the_sheet_is_found_by_its_name_or_asked_about(
    tasksheet: Terminal, pair: Boxes
) -> None:
    mum, dad = make(pair.home, {"name": "Mum"}, {"name": "Dad"})
    make(pair.home, {"name": "Kid", "parent_task_id": mum, "priority": "high"})
    make(pair.home, {"name": "Cub", "parent_task_id": dad, "priority": "high"})
    (there,) = make(pair.away, {"name": "Mum"})
    exported = tasksheet.here / "part.csv"
    tasksheet("export", exported, "--priority", "high", *at(pair.home))
    said = tasksheet("import", exported, "--yes", "--json", *at(pair.away))
    assert (said.status, said.json["invalid"]) == (1, 1)
    assert "the parent is not in the sheet" in next(
        row["problem"] for row in outcomes(said).values() if row["outcome"] == "invalid"
    )
    said = tasksheet("import", exported, "--yes", "--json", "--unmatched", "parent=drop", *at(pair.away))
    assert said.status == 0, said.err
    assert [(t["name"], t["parent"]) for t in told(pair.away).values()] == [
        ("Mum", None), ("Kid", there), ("Cub", None),
    ]  # fmt: skip


def test_assignees_without_an_email_are_said(tasksheet: Terminal, pair: Boxes) -> None:
    """The list of people was refused when it was exported: the ids alone are known."""
    make(pair.home, {"name": "A", "assignee_user_ids": [7100001]})
    pair.home.set_faults([{"on": "GET users", "do": "answer", "status": 403}])
    said = carried(tasksheet, pair, "csv")
    assert said.status == 0
    assert warnings(said)["does not travel: assignees whose e-mails and names the sheet does not tell"] == 1


# ── its cells ─────────────────────────────────────────────────────────────────────────────────────

HARD = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1", "'text", "' '=", "=cmd|' /C calc'!A0"),
    *('=HYPERLINK("http://x.example","y")', "=IMPORTXML(CONCAT(\"http://x\"),\"//a\")", "@=1", "-@1", "+-+1"),
    *("=\"=\"", "%=1", "|=1", ";=1", ",=1", '"=1"', "'", "''", "='x'!A1", "=1\n=2", "\n=1", " =1", "\u00a0=1"),
    *("\uff1d1+1", "=A1&B1", "+cmd|' /C notepad'!'A1'", "-2+3+cmd|' /C calc'!D2", "@SUM(1+9)*cmd|' /C calc'!A0"),
    *("=10+20+cmd|' /C calc'!A0", "=DDE(\"a\";\"b\";\"c\")", "=SUM(1+1)*cmd|' /C calc'!A0", "{=1}", "==1"),
    *("none", "NULL", "null", "NaN", "n/a", "-", "TRUE", "false", "00123", "1e5", "1E+15", "0x1F", "007"),
    *("2026-03-31", "31/03/2024", "3-4", "12:30", "1,5", "1.000.000", "9007199254740993", "#N/A", "#REF!"),
    *("######", " leading", "trailing ", "two  blanks", "a,b", "a;b", "a\tb", 'say "x"', '"', '""', "a\nb"),
    *("a\r\nb", "a\rb", "\u202eabc", "\U0001f9ed\u200d\U0001f525", "e\u0301", "\ufeffbom", "_x000D_", "_x0041_"),
    *("name", "Total", "sep=,", "$weird", "\\", "\\n", "<b>&amp;</b>", "x" * 32_767),
]  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx"])
def test_hard_texts_come_through_to_the_letter(tasksheet: Terminal, pair: Boxes, ending: str) -> None:
    make(pair.home, *({"name": text, "notes": text, "description": f"{text}\n"} for text in HARD))
    said = carried(tasksheet, pair, ending)
    assert said.status == 0, said.err
    for text, task in zip(HARD, pair.away.store.tasks(), strict=True):
        assert (task["name"], task["notes"]) == (text, text)
        assert task["description"] == (f"{text}\n" if len(text) < 32_767 or ending != "xlsx" else text)


def test_texts_without_a_guard_keep_their_quotes(tasksheet: Terminal, pair: Boxes) -> None:
    make(pair.home, {"name": "'=1+1", "notes": "=1+1"})
    for option in ([], ["--no-guard"]):
        exported = tasksheet.here / "all.csv"
        tasksheet("export", exported, *option, *at(pair.home))
        label = f"x{len(option)}"
        assert tasksheet("import", exported, "--yes", "--again", label, *at(pair.away)).status == 0
        task = pair.away.store.tasks()[-1]
        assert (task["name"], task["notes"]) == ("'=1+1", "=1+1")


def test_what_people_type_below_is_read_as_ever(tasksheet: Terminal, pair: Boxes) -> None:
    make(pair.home, {"name": "A"})
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *at(pair.home))
    (row,) = rows_of(exported)
    new = dict.fromkeys(row, "") | {
        "name": " B ",
        "project_name": "n/a",
        "end_date": "31.3.2026",
        "billable": "x",
    }
    write_rows(exported, [row, new])
    assert tasksheet("import", exported, "--yes", *at(pair.home)).status == 0
    task = pair.home.store.tasks()[-1]
    assert (task["name"], task["project_id"], task["end_date"], task["billable"]) == (
        "B",
        None,
        "2026-03-31",
        True,
    )


# ── whatever it is ────────────────────────────────────────────────────────────────────────────────

texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=12
) | (st.sampled_from(HARD[:-1]))
words = texts.filter(lambda text: bool(text.strip()))
names = words.map(lambda text: " ".join(text.split()))
days = st.dates(date(1901, 1, 1), date(2090, 1, 1)).map(str)
bodies = st.fixed_dictionaries(
    {"name": words, "status": st.integers(1, 5)},
    optional={
        "description": words,
        "notes": words,
        "project": st.integers(0, 3),
        "tags": st.lists(st.integers(0, 3), unique=True),
        "assignees": st.lists(st.integers(0, 6), unique=True),
        "days": st.tuples(days, days).map(sorted),
        "estimated_mins": st.integers(0, 10_000),
        "priority": st.sampled_from(["none", "low", "medium", "high"]),
        "priority_at": days,
        **dict.fromkeys(("billable", "private", "pinned", "auto_log_time"), st.booleans()),
        "color": st.sampled_from(["#0B83D9", "#e36a00"]),
        "position": st.integers(1, 10_000),
        "rrule": st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU", "FREQ=MONTHLY;COUNT=3"]),
        "parent": st.integers(0, 5),
    },
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(
    st.lists(bodies, min_size=1, max_size=6),
    st.lists(names, min_size=4, max_size=4, unique_by=plain),
    st.lists(names, min_size=4, max_size=4, unique_by=plain),
    st.sampled_from(["csv", "xlsx", "tsv"]),
)
def test_any_bodies_come_through(
    drawn: list[dict[str, Any]], projects: list[str], tags: list[str], ending: str
) -> None:
    with TemporaryDirectory() as folder:
        one, two = Path(folder, "one"), Path(folder, "two")
        with (
            Sandbox(one / "box.sqlite", quota=PLENTY) as home,
            Sandbox(two / "box.sqlite", quota=PLENTY) as away,
        ):
            clients = [row["id"] for row in home.store.table("clients")]
            its = [
                project(home, name, client)
                for name, client in zip(projects, [*clients[:3], None], strict=True)
            ]
            its_tags = [
                home.store.insert("tags", {"name": name, "name_key": f"{plain(name)} x", "color": "#0B83D9",
                                  "created_at": "2026", "updated_at": "2026"})
                for name in tags
            ]  # fmt: skip
            people = [row["user_account_id"] for row in home.store.table("users")]
            ids = make(home, *(stored(body, its, its_tags, people) for body in drawn))
            with home.store.writing() as base:
                for id, body in zip(ids, drawn, strict=True):
                    above = ids[body["parent"] % len(ids)] if "parent" in body else None
                    if above and above > id:  # no circles; the child stands first
                        base.execute("UPDATE tasks SET parent_task_id = ? WHERE id = ?", (above, id))
            exported = one / f"all.{ending}"
            export(reached(home), Wanted(exported))
            options = Options(
                state=two, report=two / "report", create=frozenset({"tags", "projects", "clients"})
            )
            summary = load(Source(exported), reached(away), options)
            assert summary.status == 0, summary.as_json()
            new = {old: summary.outcomes[row].task_id for row, old in enumerate(ids, 2)}
            then, now = told(home), told(away)
            for old in ids:
                then[old]["parent"] = new.get(then[old]["parent"])
                assert now[new[old]] == then[old]


def reached(box: Sandbox) -> Connection:
    return Connection(box.base_url, 1, 1, Key("toggl_sk_test"))


def stored(body: dict[str, Any], projects: list[int], tags: list[int], people: list[int]) -> dict[str, Any]:
    """A drawn body as the workspace keeps it."""
    row = {name: value for name, value in body.items() if name in SAME}
    row["status_id"] = body["status"]
    row["project_id"] = projects[body["project"]] if "project" in body else None
    row["tag_ids"] = [tags[n] for n in body.get("tags", ())]
    row["assignee_user_ids"] = [people[n] for n in body.get("assignees", ())]
    row["start_date"], row["end_date"] = body.get("days", (None, None))
    return row


# ── again, and after a crash ──────────────────────────────────────────────────────────────────────


def test_twice_into_another_workspace_doubles_nothing(tasksheet: Terminal, boxes: Boxes) -> None:
    """Nor does a later export of both: tasks that came meanwhile are created, those imported are known."""
    options = [*CREATE, "--unmatched=assignees=drop", "--unmatched=parent=drop", "--json", "--yes"]
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *at(boxes.home))
    first = tasksheet("import", exported, *options, *at(boxes.away))
    after = told(boxes.away)
    again = tasksheet("import", exported, *options, *at(boxes.away))
    assert (again.status, again.json["requests"], again.json["created_now"]) == (0, 0, 0)
    assert (again.json["created"], told(boxes.away)) == (first.json["created"], after)
    make(boxes.home, {"name": "Came later"})
    tasksheet("export", "later.xlsx", *at(boxes.home))
    later = tasksheet("import", "later.xlsx", *options, *at(boxes.away))
    assert (later.status, later.json["created_now"]) == (0, 1), later.err
    tasksheet("export", "away.csv", *at(boxes.away))
    back = tasksheet("import", "away.csv", *options, *at(boxes.away))
    assert (back.status, back.json["created"], back.json["requests"]) == (0, 0, 0)


def test_killed_in_the_middle_and_run_again(tasksheet: Terminal, boxes: Boxes) -> None:
    options = [*CREATE, "--unmatched=assignees=drop", "--unmatched=parent=drop", "--json", "--yes"]
    tasksheet("export", "all.csv", *at(boxes.home))
    boxes.away.set_faults([{"on": "POST tasks/bulk", "nth": 2, "do": "delay", "seconds": 2, "after": True}])
    words = ["import", "all.csv", *options, *at(boxes.away)]
    with subprocess.Popen(
        [sys.executable, "-m", "importer", *map(str, words)],
        cwd=tasksheet.here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 60
        while len(boxes.away.store.tasks()) <= 100 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
    assert 100 < len(boxes.away.store.tasks()) < 250
    boxes.away.set_faults(None)
    said = tasksheet(*words, "--settle", 0.2)
    assert said.status == 0, said.err
    to = moved(tasksheet.here / "all.csv", said)
    assert sorted(to.values()) == sorted(told(boxes.away))
    then, now = told(boxes.home), told(boxes.away)
    for old, new in to.items():
        assert (now[new]["name"], now[new]["parent"]) == (then[old]["name"], to.get(then[old]["parent"]))


# ── what stands beside ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_is_checked_without_a_problem(tasksheet: Terminal, boxes: Boxes, ending: str) -> None:
    exported = tasksheet.here / f"all.{ending}"
    tasksheet("export", exported, "--columns", "all", *at(boxes.home))
    said = tasksheet("check", exported, "--json", "--unmatched", "parent=drop")
    assert (said.status, said.json["preset"], said.json["problems"]) == (0, "tasksheet", []), said.err
    if ending == "xlsx":
        assert said.json["sheet"] == "Tasks"
    assert "there its rows are tasks already, elsewhere names count" in about(said)
    online = tasksheet("check", exported, "--online", "--json", *at(boxes.home))
    assert (online.status, online.json["valid"], online.json["problems"]) == (0, 0, [])
    shown = tasksheet("check", exported, "--online", *at(boxes.home)).err
    assert "This is an export of this workspace" in " ".join(shown.split())


def test_an_empty_export_is_a_valid_import_file(tasksheet: Terminal, pair: Boxes) -> None:
    for ending in ("csv", "xlsx"):
        said = carried(tasksheet, pair, ending)
        assert (said.status, said.json["rows"]) == (0, 0), said.err


def test_further_sheets_of_tasks_are_pointed_out(
    tasksheet: Terminal, pair: Boxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(pair.home, *({"name": f"T{n}"} for n in range(7)))
    monkeypatch.setattr("importer.sheet.write_workbook.write_workbook.__defaults__", (4,))
    said = carried(tasksheet, pair, "xlsx")
    assert (said.status, said.json["created"]) == (0, 4), said.err
    assert "'Tasks 2' and are not read; --sheet \"Tasks 2\" reads them" in " ".join(said.err.split())
    said = tasksheet("import", "all.xlsx", "--sheet", "Tasks 2", "--yes", "--json", *at(pair.away))
    assert (said.status, said.json["created"]) == (0, 3), said.err
    assert [task["name"] for task in told(pair.away).values()] == [f"T{n}" for n in range(7)]


@pytest.mark.parametrize("more", [0, 7])
def test_rejects_of_an_export_finish_the_job(tasksheet: Terminal, pair: Boxes, more: int) -> None:
    """Also where the new id of a parent is the old one of another task, and where it is not."""
    make(pair.away, *({"name": f"Other {n}"} for n in range(more)))
    people = [row["user_account_id"] for row in pair.home.store.table("users")]
    (mum,) = make(pair.home, {"name": "=Mum", "tag_ids": [1, 2], "status_id": 4})
    make(pair.home, {"name": "Kid", "parent_task_id": mum, "assignee_user_ids": people[:2], "project_id": 1})
    make(pair.home, {"name": "Cub", "parent_task_id": mum, "project_id": 2})
    (dad,) = make(pair.home, {"name": "'=Dad", "project_id": 3})
    make(pair.home, {"name": "'=Pup", "parent_task_id": dad})
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *at(pair.home))
    rows = rows_of(exported)
    rows[0]["end_date"] = rows[4]["end_date"] = "2026-02-30"
    write_rows(exported, rows)
    said = tasksheet("import", exported, "--yes", "--json", "--skip-invalid", *at(pair.away))
    assert (said.status, said.json["invalid"], said.json["rejected"]) == (1, 2, 2), said.err
    rejects = Path(said.json["report"]) / "rejects.csv"
    bad = rows_of(rejects)
    bad[0]["end_date"] = bad[3]["end_date"] = "2026-02-28"
    write_rows(rejects, bad)
    mapping = ["--mapping", rejects.with_suffix(".toml")]
    said = tasksheet("import", rejects, *mapping, "--yes", "--json", *at(pair.away))
    assert (said.status, said.json["created"]) == (0, 4), said.err
    then = {task["name"]: task for task in told(pair.home).values()}
    all_ = told(pair.away)
    now = {task["name"]: task for task in all_.values() if not task["name"].startswith("Other")}
    assert len(all_) == more + 5
    parents = {name: task["parent"] and all_[task["parent"]]["name"] for name, task in now.items()}
    assert parents == {"=Mum": None, "Kid": "=Mum", "Cub": "=Mum", "'=Dad": None, "'=Pup": "'=Dad"}
    for name, task in now.items():
        for field in ("project", "status", "tags", "assignees"):
            assert task[field] == then[name][field]
    again = tasksheet("import", exported, "--yes", "--json", *at(pair.away))
    assert (again.json["created_now"], len(told(pair.away))) == (0, more + 5)


def test_estimates_and_a_last_task_called_total_are_as_they_were(tasksheet: Terminal, pair: Boxes) -> None:
    """People's own lists are asked whether they mean hours, and end in sums; an export does neither."""
    make(
        pair.home, {"name": "A", "estimated_mins": 2, "project_id": 5}, {"name": "Total", "estimated_mins": 2}
    )
    said = carried(tasksheet, pair, "csv", columns="name,project_name,project_color,estimated_mins")
    assert (said.status, said.json["created"]) == (0, 2), said.err
    assert list(warnings(said)) == [about(said)]  # nor is anything lost of names that are there already
    assert [task["estimated_mins"] for task in told(pair.away).values()] == [2, 2]


def test_names_win_over_ids_that_stand_beside_them(tasksheet: Terminal, pair: Boxes) -> None:
    make(pair.home, {"name": "A", "assignee_user_ids": [7100001, 7100014], "tag_ids": [1, 2]})
    exported = tasksheet.here / "all.csv"
    tasksheet("export", exported, *at(pair.home))
    (row,) = rows_of(exported)
    tags = {tag["id"]: tag["name"] for tag in pair.home.store.table("tags")}
    new = row | {
        "id": "",
        "name": "B",
        "assignee_emails": row["assignee_emails"].split(", ")[1],
        "tag_names": tags[5],
    }
    write_rows(exported, [row, new])
    assert tasksheet("import", exported, "--yes", *at(pair.home)).status == 0
    task = pair.home.store.tasks()[-1]
    assert (task["name"], task["assignee_user_ids"], task["tag_ids"]) == ("B", [7100014], [5])
