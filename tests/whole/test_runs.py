"""tasksheet runs: past imports, and what a person says of rows in doubt."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from importer.sandbox.server import Sandbox
from tests.whole.conftest import Said, Terminal

KINDS = ("created", "invalid", "rejected", "skipped", "pending", "doubt")
RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")

SHEET = "Title,Notes / Alpha,a / Beta,b / Gamma,c / Delta,d"


def losing(*rows: int) -> list[dict[str, Any]]:
    """The first batch is written, some rows of it in another form, and the answer is lost: every second one
    of them in another name, the others with other notes."""
    names = {"do": "change", "upper": ["name"], "rows": [*rows[::2]]}
    notes = {"do": "change", "set": {"notes": "none"}, "rows": [*rows[1::2]]}
    lost = {"do": "answer", "status": 500, "written": "all"}
    return [{"on": "POST tasks/bulk", "nth": 1, "times": 1, **one} for one in (names, notes, lost)]


class Runs:
    """Imports and settles, and knows what the workspace holds."""

    def __init__(self, tasksheet: Terminal, workspace: Sandbox) -> None:
        self.tasksheet, self.workspace = tasksheet, workspace

    def load(self, text: str, *options: object, name: str = "list.csv") -> Said:
        sheet = self.tasksheet.sheet(name, text.replace(" / ", "\n") + "\n")
        self.workspace.store.requests.clear()
        return self.tasksheet("import", sheet, "--yes", "--json", "--settle", "0", *options)

    def doubtful(self, text: str, *rows: int) -> str:
        """Import so that some rows, counted from 0, are in doubt; gives the run."""
        self.workspace.set_faults(losing(*rows))
        said = self.load(text)
        self.workspace.set_faults(None)
        assert (said.status, said.json["doubt"]) == (1, len(rows)), said.err
        return str(said.json["run"])

    def __call__(self, *words: object) -> Said:
        return self.tasksheet("runs", *words)

    def rows(self, run: str) -> dict[int, dict[str, Any]]:
        return {row["row"]: row for row in self(run, "--json").json["rows"]}

    def outcomes(self, run: str) -> str:
        return " ".join(row["outcome"] for row in self.rows(run).values())

    @property
    def tasks(self) -> dict[str, int]:
        return {task["name"]: task["id"] for task in self.workspace.store.tasks()}


@pytest.fixture
def runs(tasksheet: Terminal, workspace: Sandbox) -> Runs:
    return Runs(tasksheet, workspace)


def results(tasksheet: Terminal) -> dict[int, dict[str, str]]:
    path = tasksheet.here / "list-import/results.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {int(line["row"]): line for line in csv.DictReader(stream)}


# Past imports


def test_without_an_import_there_is_nothing_to_list(runs: Runs, tmp_path: Path) -> None:
    said = runs("--json")
    assert (said.status, said.json) == (0, {"runs": []})
    assert "No import yet." in said.err
    assert not (tmp_path / "state").exists(), "looking makes no folder"


def test_past_imports_are_listed_the_newest_first(runs: Runs) -> None:
    first = runs.load("Title,Due date / A, / B,2026-02-30", "--skip-invalid").json["run"]
    second = runs.load("Title / C / D", "--again", "week 1", name="other.csv").json["run"]
    said = runs("--json")
    assert said.status == 0
    newest, oldest = said.json["runs"]
    assert (newest["run"], oldest["run"]) == (second, first)
    assert RUN.fullmatch(first)
    assert {k: oldest[k] for k in ("rows", *KINDS)} == {
        "rows": 2, "created": 1, "invalid": 1, "rejected": 0, "skipped": 0, "pending": 0, "doubt": 0,
    }  # fmt: skip
    assert (newest["label"], oldest["label"], newest["sheet"], oldest["requests"]) == (
        "week 1",
        "",
        "other",
        2,
    )
    assert Path(newest["file"]) == runs.tasksheet.here / "other.csv"
    assert oldest["workspace"].endswith("1/1")
    assert oldest["began"] <= oldest["ended"] <= newest["began"] or oldest["began"] == newest["began"]
    listed = said.err
    assert listed.index(second) < listed.index(first)
    for text in ("list.csv", "other.csv", "1 created, 1 invalid", "2 created"):
        assert text in listed


def test_one_run_with_its_rows(runs: Runs) -> None:
    run = runs.load("Title,Due date / A, / B,2026-02-30 / C,", "--skip-invalid").json["run"]
    said = runs(run, "--json")
    assert said.status == 0
    told = said.json
    assert (told["run"], told["created"], told["invalid"], told["rows_total"]) == (run, 2, 1, 3)
    assert [(row["row"], row["outcome"], row["task_id"], row["name"]) for row in told["rows"]] == [
        (2, "created", runs.tasks["A"], "A"),
        (3, "invalid", None, "B"),
        (4, "created", runs.tasks["C"], "C"),
    ]
    assert "2026-02-30" in told["rows"][1]["problem"] or "no day" in told["rows"][1]["problem"]
    assert [row["problem"] for row in told["rows"] if row["outcome"] == "created"] == ["", ""]
    assert "2 created, 1 invalid" in said.err
    assert re.search(r"3\s+invalid", said.err)
    assert not re.search(r"\d\s+created\s+\d", said.err), "what is in order is not listed"


def test_a_run_is_told_as_it_stands_now(runs: Runs) -> None:
    """A row that a later run created is created in the earlier one as well."""
    run = runs.load("Title,Due date / A, / B,2026-02-30", "--skip-invalid").json["run"]
    runs.load("Title,Due date / A, / B,2026-02-28")
    assert runs.outcomes(run) == "created created"
    assert runs.rows(run)[3]["task_id"] == runs.tasks["B"]


def test_the_runs_of_all_workspaces_are_listed(runs: Runs) -> None:
    runs.load("Title / A")
    sheet = runs.tasksheet.sheet("p.csv", "Title\nB\n")
    assert runs.tasksheet("import", sheet, "--sandbox", "--yes").status == 0
    told = runs("--json").json["runs"]
    assert len({run["workspace"] for run in told}) == 2
    assert {row["name"] for run in told for row in runs(run["run"], "--json").json["rows"]} == {"A", "B"}


def test_a_run_of_which_nothing_was_left_is_listed_with_its_rows(runs: Runs) -> None:
    runs.load("Title / A / B")
    run = runs.load("Title / A / B").json["run"]
    assert runs.outcomes(run) == "created created"
    assert runs("--json").json["runs"][0]["requests"] == 0


def test_rows_in_question_are_told_of_and_belong_to_no_import(runs: Runs) -> None:
    runs.load("Title / A / Bb / C")
    run = runs.load("Title / A / B / C").json["run"]
    assert runs.outcomes(run) == "created skipped created"
    assert runs.rows(run)[3]["problem"] == "new, or edited?"


def test_other_folders_have_other_runs(runs: Runs, tmp_path: Path) -> None:
    run = runs.load("Title / A").json["run"]
    said = runs("--json", "--state-dir", tmp_path / "other")
    assert (said.status, said.json) == (0, {"runs": []})
    assert runs(run, "--state-dir", tmp_path / "other").status == 2


# Rows in doubt


def test_a_row_in_doubt_is_not_sent_again_by_itself(runs: Runs) -> None:
    run = runs.doubtful(SHEET, 1)
    assert runs.outcomes(run) == "created doubt created created"
    assert "BETA" in runs.tasks
    for _ in range(2):
        said = runs.load(SHEET)
        assert (said.status, said.json["doubt"], said.json["requests"]) == (1, 1, 0)
        assert len(runs.tasks) == 4
    said = runs(run)
    assert "--landed" in said.out
    assert str(runs.tasks["BETA"]) in said.out, "the task that is like it is named"


def test_a_row_that_landed_is_created_from_then_on(runs: Runs) -> None:
    run = runs.doubtful(SHEET, 1)
    task = runs.tasks["BETA"]
    said = runs(run, "--landed", f"3={task}", "--json")
    assert (said.status, said.json["created"], said.json["doubt"]) == (0, 4, 0)
    assert runs.rows(run)[3]["task_id"] == task
    said = runs.load(SHEET)
    assert (said.status, said.json["created"], said.json["requests"]) == (0, 4, 0)
    assert results(runs.tasksheet)[3]["task_id"] == str(task)
    assert len(runs.tasks) == 4


def test_a_row_that_is_absent_is_sent_by_the_next_import(runs: Runs) -> None:
    run = runs.doubtful(SHEET, 1)
    said = runs(run, "--absent", "3", "--json")
    assert (said.status, said.json["pending"], said.json["doubt"]) == (0, 1, 0)
    said = runs.load(SHEET)
    assert (said.status, said.json["created"], said.json["created_now"], said.json["requests"]) == (
        0,
        4,
        1,
        2,
    )
    assert sorted(runs.tasks) == ["Alpha", "BETA", "Beta", "Delta", "Gamma"]
    assert runs.outcomes(run) == "created created created created"


def test_several_rows_are_settled_at_once_and_by_a_later_run_too(runs: Runs) -> None:
    text = f"{SHEET} / Epsilon,e / Zeta,f"
    runs.doubtful(text, 0, 2, 3, 5)
    later = runs.load(text).json["run"]
    assert runs.outcomes(later) == "doubt created doubt doubt created doubt"
    tasks = runs.tasks
    said = runs(
        later, "--landed", f"2={tasks['ALPHA']}", "--landed", f" 4 = {tasks['Gamma']} ", "--absent", "5,7-9"
    )
    assert said.status == 0, said.err
    assert runs.outcomes(later) == "created created created pending created pending"
    said = runs.load(text)
    assert (said.status, said.json["created_now"], said.json["created"]) == (0, 2, 6)
    assert len(runs.workspace.store.tasks()) == 8


def test_children_of_a_row_in_doubt_wait_until_it_is_settled(runs: Runs) -> None:
    text = "Title,Parent / Alpha, / Beta, / Child,Beta"
    runs.workspace.set_faults(losing(1))
    said = runs.load(text)
    runs.workspace.set_faults(None)
    assert (said.json["created"], said.json["doubt"], said.json["pending"]) == (1, 1, 1)
    assert runs(said.json["run"], "--landed", f"3={runs.tasks['BETA']}").status == 0
    said = runs.load(text)
    assert (said.status, said.json["created_now"]) == (0, 1)
    by_name = {task["name"]: task for task in runs.workspace.store.tasks()}
    assert by_name["Child"]["parent_task_id"] == by_name["BETA"]["id"]


def test_rows_whose_tasks_nobody_named_are_named_by_a_person(runs: Runs) -> None:
    """All were created, under a name that the server chose; the answer shows none of them."""
    runs.workspace.set_faults(
        [
            {"on": "POST tasks/bulk", "do": "change", "set": {"name": "Same"}},
            {"on": "POST tasks/bulk", "do": "reply", "shape": "empty"},
        ]
    )
    text = "Title,Parent / Alpha, / Beta, / Child,Alpha"
    said = runs.load(text)
    runs.workspace.set_faults(None)
    assert said.json["created"] + said.json["doubt"] == 2
    assert said.json["pending"] == 1, "its parent has no known id"
    run = said.json["run"]
    first, second = (task["id"] for task in runs.workspace.store.tasks())
    assert runs(run, "--landed", f"2={first}", "--landed", f"3={second}").status == 0
    assert [row["task_id"] for row in runs.rows(run).values()] == [first, second, None]
    said = runs.load(text)
    assert (said.status, said.json["created_now"], said.json["created"]) == (0, 1, 3)
    assert runs.workspace.store.tasks()[-1]["parent_task_id"] == first


# Wrong use

WRONG = [
    ("a created row as landed", ["--landed", "2=999"], "Row 2 is not in doubt"),
    ("a created row as absent", ["--absent", "2"], "Row 2 is not in doubt"),
    ("a created row among doubtful ones", ["--absent", "2-3"], "Row 2 is not in doubt"),
    ("a row that there is not", ["--landed", "99=999"], "no row 99"),
    ("an absent row that there is not", ["--absent", "99"], "no row 99"),
    ("the header", ["--landed", "1=999"], "no row 1"),
    ("a task that stands for another row", ["--landed", "3={alpha}"], "stands for another row"),
    ("one task for two rows", ["--landed", "3=999", "--landed", "5=999"], "999"),
    ("a row both ways", ["--landed", "3=999", "--absent", "3"], "both"),
    ("a row as two tasks", ["--landed", "3=998", "--landed", "3=999"], "3"),
    ("a good one and a wrong one", ["--landed", "3=999", "--absent", "2"], "Row 2 is not in doubt"),
    ("no task id", ["--landed", "3"], "--landed"),
    ("no number", ["--landed", "3=x"], "--landed"),
    ("task 0", ["--landed", "3=0"], "--landed"),
    ("a negative row", ["--landed", "-3=5"], "--landed"),
    ("rows backwards", ["--absent", "5-3"], "--absent"),
    ("no rows", ["--absent", "x"], "--absent"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "heard"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_use_is_one_sentence_and_changes_nothing(runs: Runs, words: list[str], heard: str) -> None:
    run = runs.doubtful(SHEET, 1, 3)
    before = runs.rows(run)
    said = runs(run, *(word.format(alpha=runs.tasks["Alpha"]) for word in words))
    assert said.status == 2, said.err
    assert len(said.err.strip().splitlines()) == 1
    assert heard in said.err
    assert runs.rows(run) == before
    said = runs.load(SHEET)
    assert (said.json["doubt"], said.json["requests"]) == (2, 0)


def test_an_unknown_run_is_one_sentence(runs: Runs) -> None:
    runs.load("Title / A")
    for words in (["no-such-run"], ["no-such-run", "--landed", "2=5"], ["no-such-run", "--absent", "2"]):
        said = runs(*words)
        assert (said.status, "'no-such-run'" in said.err, "tasksheet runs" in said.err) == (2, True, True)
        assert len(said.err.strip().splitlines()) == 1
    said = runs("--landed", "2=5")
    assert (said.status, "Which run?" in said.err) == (2, True)
    said = runs("no-such-run", "--json")
    assert (said.status, said.json["error"]["status"]) == (2, 2)


# A journal that somebody else holds, or that can't be read


def test_while_an_import_is_at_work_runs_are_told_and_not_settled(runs: Runs, tmp_path: Path) -> None:
    run = runs.doubtful(SHEET, 1)
    [journal] = (tmp_path / "state").glob("journal-*.sqlite")
    with FileLock(journal.with_suffix(".lock")):
        assert runs.outcomes(run) == "created doubt created created"
        assert runs("--json").json["runs"][0]["doubt"] == 1
        said = runs(run, "--absent", "3")
        assert (said.status, "at work" in said.err) == (3, True)
        assert len(said.err.strip().splitlines()) == 1
        said = runs.load(SHEET)
        assert (said.status, said.json["error"]["status"]) == (3, 3)
        assert runs.workspace.store.requests == []
    assert runs(run, "--absent", "3").status == 0


def test_a_damaged_journal_is_one_sentence_for_every_command(runs: Runs, tmp_path: Path) -> None:
    run = runs.load(SHEET).json["run"]
    [journal] = (tmp_path / "state").glob("journal-*.sqlite")
    journal.write_bytes(b"What was I?" * 1000)
    before = journal.read_bytes()
    runs.workspace.store.requests.clear()
    for words in (
        ["import", "list.csv", "--yes", "--json"],
        ["import", "list.csv", "--dry-run", "--json"],
        ["runs", "--json"],
        ["runs", run, "--json"],
        ["runs", run, "--absent", "3", "--json"],
    ):
        said = runs.tasksheet(*words)
        assert (said.status, said.json["error"]["status"]) == (2, 2)
        told = said.json["error"]["message"]
        assert str(journal) in told
        assert "\n" not in told
        assert said.err.strip().splitlines()[-1] == f"tasksheet: {told}"
    assert runs.workspace.store.requests == []
    assert journal.read_bytes() == before
    assert runs.tasksheet("check", "list.csv").status == 0, "which needs no journal"


def test_two_runs_of_one_second_have_two_names(
    tasksheet: Terminal, workspace: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four hexadecimal digits tell them apart, by chance the same ones."""
    drawn = iter(["20260331-101500-a1b2", "20260331-101500-a1b2", "20260331-101500-c3d4"])
    monkeypatch.setattr("importer.run.load._new_run", lambda: next(drawn))
    for name in ("A", "B"):
        said = tasksheet("import", tasksheet.sheet(f"{name}.csv", f"Title\n{name}\n"), "--yes", "--json")
        assert said.status == 0, said.err
    assert (said.json["run"], said.json["created"]) == ("20260331-101500-c3d4", 1)
