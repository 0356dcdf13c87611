"""Exports as people run them: whole in spite of what happens meanwhile, gone on with, compared, in every form."""

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import requests

from importer.errors import UnwritableFile
from importer.sandbox.server import Sandbox
from tests.whole.conftest import Terminal

HEADERS = {"Authorization": "Bearer toggl_sk_test"}
Serve = Callable[..., Sandbox]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serves a workspace with so many tasks; set_faults says later what goes wrong."""
    with ExitStack() as running:

        def start(tasks: int, quota: int = 100_000) -> Sandbox:
            sandbox = Sandbox(tmp_path / "workspace.sqlite", tasks=tasks, quota=quota)
            running.enter_context(sandbox)
            monkeypatch.setenv("TOGGL_FOCUS_BASE_URL", sandbox.base_url)
            monkeypatch.setenv("TOGGL_ORGANIZATION_ID", "1")
            monkeypatch.setenv("TOGGL_WORKSPACE_ID", "1")
            monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_test")
            return sandbox

        yield start


def shown(sandbox: Sandbox, **filters: str) -> set[int]:
    """The ids that the list gives at this moment."""
    ids: set[int] = set()
    page = 1
    while True:
        told = requests.get(
            f"{sandbox.base_url}/organizations/1/workspaces/1/tasks",
            params={"page": str(page), "per_page": "100", "include_project_completed": "true",
                    "include_drafts": "true", "order_by": "created_at", **filters},
            headers=HEADERS,
            timeout=30,
        ).json()  # fmt: skip
        ids |= {task["id"] for task in told["data"]}
        if len(told["data"]) < 100:
            return ids
        page += 1


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def manifest_of(path: Path) -> Any:
    return json.loads(path.with_name(f"{path.name}.manifest.json").read_text("utf-8"))


def ids_of(path: Path) -> list[int]:
    return [int(row["id"]) for row in rows_of(path)]


# Whole


@pytest.mark.parametrize("jobs", [1, 4])
def test_tasks_that_stay_are_there_once_while_others_come_and_go(
    tasksheet: Terminal, serve: Serve, jobs: int
) -> None:
    sandbox = serve(1_503)
    before = shown(sandbox)
    sandbox.set_faults(at_work(sandbox, before, every=1, times=14))
    said = tasksheet("export", "t.csv", "--jobs", jobs, "--columns", "id,name", "--json")
    assert (said.status, said.json["certified"]) == (0, True), said.err
    found = ids_of(tasksheet.here / "t.csv")
    assert len(found) == len(set(found)) == said.json["tasks"]
    sandbox.set_faults([])
    after = shown(sandbox)
    assert len(before - after) >= 10
    assert before & after <= set(found)


def at_work(sandbox: Sandbox, visible: set[int], every: int, times: int) -> list[dict[str, Any]]:
    """Somebody who deletes one of the oldest tasks and creates another, before every so manieth page."""
    names = [task["name"] for task in sandbox.store.tasks()]
    alone = [t["name"] for t in sandbox.store.tasks() if t["id"] in visible and names.count(t["name"]) == 1]
    victims = alone[:times]
    if len(victims) < times:  # practice names repeat; these come first in the order of creation
        made = [{"name": f"Passing {number}", "status_id": 1, "toggl_user_id": 1} for number in range(times)]
        visible |= set(sandbox.store.create(made, "2024-01-01T00:00:00.000000Z"))
        victims = [one["name"] for one in made]
    return [
        {"on": "GET tasks", "nth": 2 + every * number, "times": 1, "do": "meanwhile",
         "create": [f"New {number}"], "delete": [name]}
        for number, name in enumerate(victims)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "total", [{"drop": True}, {"add": 5_000}, {"add": -700}, {"value": 0}], ids=["none", "more", "fewer", "0"]
)
def test_whatever_total_the_list_tells_nothing_is_missing(
    tasksheet: Terminal, serve: Serve, total: dict[str, Any]
) -> None:
    sandbox = serve(1_203)
    before = shown(sandbox)
    sandbox.set_faults([{"on": "GET tasks", "do": "total", **total}])
    said = tasksheet("export", "t.csv", "--columns", "id", "--json")
    assert said.status == 0, said.err
    assert sorted(ids_of(tasksheet.here / "t.csv")) == sorted(before)
    assert isinstance(said.json["certified"], str)
    assert manifest_of(tasksheet.here / "t.csv")["certified"] == said.json["certified"]


@pytest.mark.timeout(300)
def test_20_003_tasks_are_whole_while_the_workspace_is_at_work(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(22_000)
    before = standing(sandbox)
    assert len(before) > 20_003
    sandbox.set_faults(at_work(sandbox, before, every=4, times=60))
    said = tasksheet("export", "t.csv", "--columns", "id", "--json")
    assert (said.status, said.json["certified"]) == (0, True), said.err
    found = ids_of(tasksheet.here / "t.csv")
    assert len(found) == len(set(found))
    after = standing(sandbox)
    assert len(before - after) > 40
    assert before & after <= set(found)


def standing(sandbox: Sandbox) -> set[int]:
    """The ids of all tasks neither deleted nor archived, from the data itself."""
    rows = sandbox.store.rows("SELECT id FROM tasks WHERE deleted_at IS NULL AND archived_at IS NULL")
    return {row["id"] for row in rows}


def test_both_states_are_read_and_no_task_comes_twice(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(400)
    active, archived = shown(sandbox, archived="false"), shown(sandbox, archived="true")
    assert active and archived
    said = tasksheet("export", "t.csv", "--with-archived", "--json")
    assert (said.status, said.json["tasks"]) == (0, len(active) + len(archived))
    rows = rows_of(tasksheet.here / "t.csv")
    assert {int(row["id"]) for row in rows if row["archived_at"]} == archived
    assert {int(row["id"]) for row in rows if not row["archived_at"]} == active
    sandbox.set_faults([{"on": "GET tasks", "do": "ignore", "parameters": ["archived"]}])
    said = tasksheet("export", "t.csv", "--with-archived", "--json")
    found = ids_of(tasksheet.here / "t.csv")
    assert len(found) == len(set(found)) == said.json["tasks"]
    assert said.status == 1
    assert sum("--archived" in note or "archived" in note for note in said.json["notes"]) == 1


def test_a_task_that_changes_state_between_the_two_readings_is_there(
    tasksheet: Terminal, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = serve(150)
    archived = min(shown(sandbox, archived="true"))
    from importer.focus.client import Client

    ask = Client.list_tasks

    def meanwhile(self: Client, page: int, filters: dict[str, Any], *more: Any, **named: Any) -> Any:
        if filters.get("archived") is True:
            change(sandbox, "UPDATE tasks SET archived_at = NULL WHERE id = ?", archived)
        return ask(self, page, filters, *more, **named)

    monkeypatch.setattr(Client, "list_tasks", meanwhile)
    said = tasksheet("export", "t.csv", "--with-archived", "--json")
    assert said.status == 0, said.err
    found = ids_of(tasksheet.here / "t.csv")
    assert archived in found
    assert len(found) == len(set(found)) == said.json["tasks"]


def test_only_active_projects_are_asked_for_where_that_is_wanted(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(400)
    everything = shown(sandbox)
    usual = shown(sandbox, include_project_completed="false", include_drafts="false")
    assert usual < everything
    tasksheet("export", "all.csv")
    assert set(ids_of(tasksheet.here / "all.csv")) == everything
    tasksheet("export", "some.csv", "--active-projects-only")
    assert set(ids_of(tasksheet.here / "some.csv")) == usual


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ("include_drafts", "include_drafts was refused"),
        ("order_by", "order_by was refused"),
        ("include_", "include_project_completed was refused"),
    ],
)
def test_what_the_server_refuses_beside_the_filters_is_done_without_and_said(
    tasksheet: Terminal, serve: Serve, refused: str, words: str
) -> None:
    sandbox = serve(250)
    sandbox.set_faults([{"on": "GET tasks", "if_query": refused, "do": "answer", "status": 400}])
    said = tasksheet("export", "t.csv", "--json")
    assert said.status == 0, said.err
    assert any(words in note for note in said.json["notes"])
    sandbox.set_faults([])
    without = {} if refused == "order_by" else {"include_drafts": "false"}
    if refused == "include_":
        without["include_project_completed"] = "false"
    assert set(ids_of(tasksheet.here / "t.csv")) == shown(sandbox, **without)


def test_the_file_is_in_the_order_of_the_list(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(730)
    for count in (730, 800):  # the last page is short, and full
        assert tasksheet("export", "t.csv").status == 0
        rows = rows_of(tasksheet.here / "t.csv")
        assert [row["created_at"] for row in rows] == sorted(row["created_at"] for row in rows)
        assert tasksheet("export", "n.csv", "--order-by", "-name,created_at").status == 0
        names = [row["name"].casefold() for row in rows_of(tasksheet.here / "n.csv")]
        assert names == sorted(names, reverse=True)
        more = [{"name": "More", "status_id": 1, "toggl_user_id": 1}] * (-len(shown(sandbox)) % 100)
        sandbox.store.create(more, "2026-02-01T00:00:00.000000Z")
        assert len(shown(sandbox)) % 100 == 0 or count == 800


# The stream


def test_the_stream_is_one_request(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(700)
    said = tasksheet("export", "t.csv", "--read", "stream", "--columns", "id", "--json")
    assert (said.status, said.json["requests"]) == (0, 1), said.err
    assert set(ids_of(tasksheet.here / "t.csv")) == shown(sandbox)
    assert "stream gives no total" in said.json["certified"]


def test_auto_takes_the_stream_where_pages_cost_more_than_is_left(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(1_500, quota=5)
    said = tasksheet("export", "t.csv", "--columns", "id", "--json")
    assert (said.status, said.json["requests"], said.json["certified"]) == (0, 2, True), said.err
    sandbox.set_faults({"settings": {"quota": 100_000}})
    assert set(ids_of(tasksheet.here / "t.csv")) == shown(sandbox)


@pytest.mark.parametrize("status", [403, 404, 400, 500])
def test_auto_falls_back_to_pages_where_the_stream_is_refused_or_short(
    tasksheet: Terminal, serve: Serve, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importer.focus.client._FIRST_PAUSE", 0.01)
    sandbox = serve(900)
    plan = [{"on": "GET tasks/stream", "do": "answer", "status": status}]
    sandbox.set_faults({"settings": {"quota": 7, "quota_window": 1}, "rules": plan})
    said = tasksheet("export", "t.csv", "--columns", "id", "--json")
    assert (said.status, said.json["certified"]) == (0, True), said.err
    assert any("tasks/stream was no help" in note for note in said.json["notes"])
    sandbox.set_faults({"settings": {"quota": 100_000}})
    assert set(ids_of(tasksheet.here / "t.csv")) == shown(sandbox)


def test_nothing_of_a_stream_that_is_another_list_comes_into_the_file(
    tasksheet: Terminal, serve: Serve
) -> None:
    sandbox = serve(900)
    high = shown(sandbox, priority="high")
    assert len(high) > 100
    plan = [{"on": "GET tasks/stream", "do": "ignore", "parameters": ["priority"]}]
    sandbox.set_faults({"settings": {"quota": 1, "quota_window": 1}, "rules": plan})
    said = tasksheet("export", "t.csv", "--priority", "high", "--columns", "id", "--json")
    assert said.status == 0, said.err
    found = ids_of(tasksheet.here / "t.csv")
    assert any("pages were read instead" in note for note in said.json["notes"])
    assert (set(found), len(found)) == (high, said.json["tasks"])


# Gone on with


def test_an_export_that_the_quota_ended_is_gone_on_with(
    tasksheet: Terminal, serve: Serve, tmp_path: Path
) -> None:
    sandbox = serve(1_503)
    everything = shown(sandbox)
    short = [{"on": "GET tasks/stream", "do": "answer", "status": 404}]
    limited = {"settings": {"quota": 6, "quota_window": 3600}, "rules": short}
    asked, runs = 0, 0
    while True:
        sandbox.set_faults(limited)  # the next hour
        said = tasksheet("export", "t.csv", "--columns", "id", "--max-wait", "0", "--json")
        runs += 1
        asked += said.json["requests"]
        if said.status == 0:
            break
        assert said.status == 3
        assert not (tasksheet.here / "t.csv").exists()
        assert said.json["tasks"] > 0
        assert "are kept" in said.json["error"]["message"]
        assert runs < 9
    pages = -(-len(everything) // 100)
    assert runs > 2
    assert set(ids_of(tasksheet.here / "t.csv")) == everything
    assert asked <= pages + 2 * runs  # the stream is tried, and one request meets the quota's end
    told = manifest_of(tasksheet.here / "t.csv")
    assert len(told["pages_read"]) >= pages
    assert any("gone on with" in note for note in told["notes"])
    assert list((tmp_path / "state/exports").iterdir()) == []


def test_pages_of_another_question_or_another_day_are_not_taken(
    tasksheet: Terminal, serve: Serve, tmp_path: Path
) -> None:
    sandbox = serve(900)
    sandbox.set_faults([{"on": "GET tasks", "nth": 4, "do": "answer", "status": 400}])
    assert tasksheet("export", "t.csv", "--jobs", "1").status == 2
    cut = [{"on": "GET tasks", "nth": 4, "times": 1, "do": "quota_spent", "resets_in": 600}]
    sandbox.set_faults(cut)
    assert tasksheet("export", "t.csv", "--jobs", "1", "--max-wait", "0").status == 3
    [kept] = (tmp_path / "state/exports").glob("*.pages")
    sandbox.set_faults([])
    said = tasksheet("export", "t.csv", "--priority", "high", "--json")
    assert not any("gone on with" in note for note in said.json["notes"])
    os.utime(kept, (kept.stat().st_atime, kept.stat().st_mtime - 13 * 3600))
    said = tasksheet("export", "t.csv", "--json")
    assert any("long ago" in note for note in said.json["notes"])
    assert said.json["pages"] == said.json["requests"] - 1  # and the people


def test_kept_pages_that_are_damaged_are_read_again(
    tasksheet: Terminal, serve: Serve, tmp_path: Path
) -> None:
    sandbox = serve(900)
    everything = shown(sandbox)
    for damage in (
        lambda raw: raw[:-40],
        lambda raw: raw[:20],
        lambda raw: b"\xff\x00" * 50,
        lambda raw: b"",
        lambda raw: raw.replace(b'"count":100', b'"count":1:0', 1),
        lambda raw: raw.replace(b"[0, 1,", b"[0; 1,", 2),
        lambda raw: raw[:3000] + bytes(500) + raw[3500:],
        lambda raw: raw.split(b"\n")[0] + b"\n[0, 1, 1, 7]\t[]\n{}\n",
    ):
        sandbox.set_faults([{"on": "GET tasks", "nth": 4, "times": 1, "do": "quota_spent", "resets_in": 600}])
        assert tasksheet("export", "t.csv", "--jobs", "1", "--max-wait", "0").status == 3
        [kept] = (tmp_path / "state/exports").glob("*.pages")
        kept.write_bytes(damage(kept.read_bytes()))
        said = tasksheet("export", "t.csv", "--columns", "id", "--json")
        assert (said.status, said.json["certified"]) == (0, True), said.err
        assert set(ids_of(tasksheet.here / "t.csv")) == everything


def test_what_was_read_to_the_end_is_written_later_but_not_much_later(
    tasksheet: Terminal, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = serve(250)

    def full(*_: object, **__: object) -> Any:
        raise UnwritableFile("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr("importer.run.export.write", full)
        said = tasksheet("export", "t.csv", "--columns", "id", "--json")
        assert (said.status, said.json.get("pages"), said.json["requests"]) == (2, 3, 3), said.err
    [kept] = (tmp_path / "state/exports").glob("*.pages")
    raw = kept.read_bytes()
    said = tasksheet("export", "t.csv", "--columns", "id", "--json")
    assert (said.status, said.json["requests"]) == (0, 0)
    sandbox.store.create([{"name": "New", "status_id": 1, "toggl_user_id": 1}], "2026-06-02T00:00:00.000000Z")
    kept.write_bytes(raw)
    os.utime(kept, (kept.stat().st_atime, kept.stat().st_mtime - 2 * 3600))
    said = tasksheet("export", "t.csv", "--columns", "id", "--json")
    assert said.json["requests"] == 3
    assert set(ids_of(tasksheet.here / "t.csv")) == shown(sandbox)


def test_what_did_not_fit_together_is_read_anew(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(150)
    rows = [{"on": "GET tasks", "nth": nth, "times": 1, "do": "rows", "skip": nth} for nth in range(1, 9)]
    sandbox.set_faults(rows)
    said = tasksheet("export", "t.csv", "--json")
    assert (said.status, (tasksheet.here / "t.csv").exists()) == (3, False)
    sandbox.set_faults([])
    assert tasksheet("export", "t.csv", "--columns", "id").status == 0
    assert set(ids_of(tasksheet.here / "t.csv")) == shown(sandbox)


def test_without_a_state_folder_an_export_works_and_keeps_nothing(
    tasksheet: Terminal, serve: Serve, tmp_path: Path
) -> None:
    serve(250)
    (tmp_path / "file").write_text("no folder")
    said = tasksheet("export", "t.csv", "--state-dir", tmp_path / "file" / "state")
    assert said.status == 0, said.err


# Compared


def change(sandbox: Sandbox, sql: str, *values: object) -> None:
    with sandbox.store.writing() as connection:
        connection.execute(sql, values)


@pytest.mark.parametrize("ending", ["xlsx", "csv", "tsv", "jsonl", "parquet"])
def test_a_second_export_names_exactly_what_changed(tasksheet: Terminal, serve: Serve, ending: str) -> None:
    sandbox = serve(300)
    family = {t["parent_task_id"] for t in sandbox.store.tasks()}
    alone = {t["id"] for t in sandbox.store.tasks() if not t["parent_task_id"]} - family
    one, two, three, *_ = sorted(shown(sandbox) & alone)
    change(sandbox, "UPDATE tasks SET status_id = 1, end_date = '2026-05-01' WHERE id = ?", one)
    assert tasksheet("export", f"last.{ending}").status == 0
    done = next(s for s in lookup(sandbox, "statuses") if s["type"] == "done")
    was = next(s for s in lookup(sandbox, "statuses") if s["id"] == 1)
    change(
        sandbox,
        "UPDATE tasks SET status_id = ?, updated_at = '2026-06-01T00:00:00Z' WHERE id = ?",
        done["id"],
        one,
    )
    change(sandbox, "UPDATE tasks SET notes = 'Said', end_date = '2026-07-01' WHERE id = ?", two)
    change(sandbox, "UPDATE tasks SET deleted_at = '2026-06-01T00:00:00Z' WHERE id = ?", three)
    [new] = sandbox.store.create(
        [{"name": "=New", "status_id": 1, "toggl_user_id": 1}], "2026-06-02T00:00:00.000000Z"
    )
    said = tasksheet("export", "now.xlsx", "--compare", f"last.{ending}", "--json")
    assert said.status == 0, said.err
    counts = {"added": 1, "gone": 1, "changed": 2, "status_moves": 1}
    assert said.json["changes"] == counts
    sheet = openpyxl.load_workbook(tasksheet.here / "now.xlsx")["Changes"]
    titles, *rows = sheet.iter_rows(values_only=True)
    assert titles == ("change", "id", "name", "column", "before", "after")
    told = {(row[0], row[1], row[3], row[4], row[5]) for row in rows}
    assert len(told) == len(rows) == 5
    assert ("added", new, None, None, None) in told
    assert ("gone", three, None, None, None) in told
    assert ("status", one, "status_name", was["name"], done["name"]) in told
    assert {row[2] for row in told if row[:2] == ("changed", two)} == {"notes", "end_date"}
    assert "1 added, 1 gone" in tasksheet("export", "now.xlsx", "--compare", f"last.{ending}").err


def lookup(sandbox: Sandbox, path: str) -> list[dict[str, Any]]:
    told = requests.get(f"{sandbox.base_url}/workspaces/1/{path}", headers=HEADERS, timeout=10).json()
    return told if isinstance(told, list) else told["data"]


def test_a_file_without_sheets_gets_its_changes_beside_it(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(120)
    assert tasksheet("export", "t.csv").status == 0
    [new] = sandbox.store.create(
        [{"name": "New", "status_id": 1, "toggl_user_id": 1}], "2026-06-02T00:00:00.000000Z"
    )
    said = tasksheet("export", "t.csv", "--compare", "t.csv", "--json")  # the same name, week after week
    assert [Path(file).name for file in said.json["files"]] == [
        "t.csv",
        "t.csv.manifest.json",
        "t.changes.csv",
    ]
    [row] = rows_of(tasksheet.here / "t.changes.csv")
    assert (row["change"], row["id"], row["name"]) == ("added", str(new), "New")


def test_the_first_of_many_weeks_has_nothing_to_compare_with(tasksheet: Terminal, serve: Serve) -> None:
    serve(5)
    said = tasksheet("export", "t.xlsx", "--compare", "t.xlsx")
    assert (said.status, "no earlier export" in said.err) == (0, True)
    said = tasksheet("export", "t.xlsx", "--compare", "typo.xlsx", "--json")
    assert (said.status, said.json.get("requests", 0)) == (2, 0)


def test_where_nothing_changed_nothing_is_written(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(150)
    for out in ("t.xlsx", "t-{date}.csv", "t.jsonl"):
        first = tasksheet("export", out, "--if-changed", "--json")
        assert (first.status, len(first.json["files"])) == (0, 2), first.err
        file = Path(first.json["files"][0])
        before = file.read_bytes()
        again = tasksheet("export", out, "--if-changed", "--json")
        assert (again.status, again.json["files"], again.json["tasks"]) == (0, [], first.json["tasks"])
        assert "nothing changed" in " ".join(again.json["notes"])
        assert file.read_bytes() == before
        change(sandbox, "UPDATE tasks SET notes = ? WHERE id = ?", f"Changed {out}", min(shown(sandbox)))
        third = tasksheet("export", out, "--if-changed", "--json")
        assert len(third.json["files"]) >= 2


def test_another_series_of_files_is_not_taken_for_its_own(
    tasksheet: Terminal, serve: Serve, tmp_path: Path
) -> None:
    serve(40)
    state = ["--state-dir", tmp_path / "other"]
    assert tasksheet("export", "due-acme-{date}.csv").status == 0
    assert tasksheet("export", "due-2026-01-05.csv", "--sandbox", *state, "--columns", "id,name").status == 0
    first = tasksheet("export", "due-{date}.csv", "--if-changed", "--json")
    assert (first.status, len(first.json["files"])) == (0, 2), first.err
    for out in ("due-{date}.csv", "t[1]-{time}.csv", "t+(x)-{date}-{time}-{workspace}.csv"):
        tasksheet("export", out, "--if-changed")
        again = tasksheet("export", out, "--if-changed", "--json")
        assert (again.status, again.json["files"]) == (0, [])


def test_what_is_summed_up_is_summed_up_once(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(60)
    assert tasksheet("export", "t.xlsx").status == 0
    change(sandbox, "UPDATE tasks SET notes = 'Changed' WHERE id = ?", min(shown(sandbox)))
    assert len(tasksheet("export", "t.xlsx", "--if-changed", "--json").json["files"]) == 2
    rows = list(openpyxl.load_workbook(tasksheet.here / "t.xlsx")["Statuses"].iter_rows(values_only=True))
    place = rows[0].index("tasks")
    assert sum(row[place] for row in rows[1:]) == len(shown(sandbox))


def test_a_reader_that_leaves_keeps_no_pages(
    tasksheet: Terminal, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(60)

    def left(*_: object, **__: object) -> Any:
        raise BrokenPipeError

    monkeypatch.setattr("importer.run.export.write_rows", left)
    assert tasksheet("export", "-").status == 0
    assert list((tmp_path / "state/exports").iterdir()) == []


# Files


def test_every_form_holds_the_same_tasks(tasksheet: Terminal, serve: Serve) -> None:
    import pyarrow.parquet

    sandbox = serve(300)
    expected = sorted(shown(sandbox))
    for ending in ("xlsx", "csv", "tsv", "jsonl", "parquet"):
        assert tasksheet("export", f"t.{ending}").status == 0
    here = tasksheet.here
    assert sorted(ids_of(here / "t.csv")) == expected
    with (here / "t.tsv").open(encoding="utf-8", newline="") as stream:
        assert sorted(int(row["id"]) for row in csv.DictReader(stream, delimiter="\t")) == expected
    lines = (here / "t.jsonl").read_text("utf-8").splitlines()
    nested = [json.loads(line) for line in lines]
    assert sorted(task["id"] for task in nested) == expected
    assert any(isinstance(task["project"], dict) for task in nested)
    assert sorted(pyarrow.parquet.read_table(here / "t.parquet").column("id").to_pylist()) == expected
    sheet = openpyxl.load_workbook(here / "t.xlsx")["Tasks"]
    assert sorted(row[0] for row in sheet.iter_rows(min_row=2, values_only=True)) == expected


def test_the_workbook_has_a_table_links_charts_and_sums(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(300)
    assert tasksheet("export", "t.xlsx").status == 0
    book = openpyxl.load_workbook(tasksheet.here / "t.xlsx")
    assert book.sheetnames == [
        "Tasks", "Summary", "Projects", "Clients", "Statuses", "Tags", "Assignees", "About"
    ]  # fmt: skip
    tasks = book["Tasks"]
    count = len(shown(sandbox))
    [table] = tasks.tables.values()
    assert table.ref.startswith("A1:") and table.ref.endswith(str(count + 1))
    origin = sandbox.base_url.removesuffix("/api")
    assert tasks["A2"].hyperlink.target == f"{origin}/1/workspaces/1/tasks/{tasks['A2'].value}"
    assert len(book["Summary"]._charts) == 3
    statuses = list(book["Statuses"].iter_rows(values_only=True))
    by_title = dict(zip(statuses[0], zip(*statuses[1:], strict=True), strict=True))
    assert sum(by_title["tasks"]) == count
    about = {row[0]: row[1] for row in book["About"].iter_rows(values_only=True)}
    assert about["Workspace"].endswith(" 1/1")
    assert tasksheet("export", "s.xlsx", "--sheets", "summary,tags").status == 0
    assert openpyxl.load_workbook(tasksheet.here / "s.xlsx").sheetnames == ["Summary", "Tags"]


@pytest.mark.parametrize("ids", [[None, "a", 1.5, {}, []], 7, "abc", {"a": 1}, True, [[1], 2]])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_people_of_an_odd_shape_stop_no_export(
    tasksheet: Terminal, serve: Serve, ending: str, ids: Any
) -> None:
    sandbox = serve(3)
    sandbox.set_faults(
        [{"on": "GET tasks", "do": "change", "set": {"assignee_user_ids": ids}, "where": "echoed"}]
    )
    said = tasksheet("export", f"t.{ending}", "--json")
    assert said.status == 0, said.err


@pytest.mark.parametrize("out", ["no/t.csv", "t.doc", "folder.csv", "readonly/t.xlsx"])
def test_what_can_be_known_is_said_before_the_first_request(
    tasksheet: Terminal, workspace: Sandbox, out: str
) -> None:
    (tasksheet.here / "folder.csv").mkdir()
    readonly = tasksheet.here / "readonly"
    readonly.mkdir()
    readonly.chmod(0o500)
    if out.startswith("readonly") and os.access(readonly, os.W_OK):
        shutil.rmtree(readonly)  # root may write anywhere: a file in its place can't be a folder
        readonly.write_text("")
    said = tasksheet("export", out, "--json")
    assert (said.status, workspace.store.requests) == (2, [])
    assert said.json["error"]["message"]


def test_the_old_file_is_untouched_where_the_reading_fails(tasksheet: Terminal, serve: Serve) -> None:
    sandbox = serve(250)
    assert tasksheet("export", "t.csv").status == 0
    before = {path.name: path.read_bytes() for path in tasksheet.here.iterdir()}
    sandbox.set_faults([{"on": "GET tasks", "nth": 2, "do": "quota_spent", "resets_in": 600}])
    assert tasksheet("export", "t.csv", "--max-wait", "0").status == 3
    assert {path.name: path.read_bytes() for path in tasksheet.here.iterdir()} == before
