"""The same command again, and all that people do to a sheet between two imports: nothing is there twice, and
nothing is left out without a word."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer.sandbox.server import Sandbox
from tests.whole.conftest import Said, Terminal

KINDS = ("created", "invalid", "rejected", "skipped", "pending", "doubt")
QUESTION = "new, or edited?"
CHANGED = re.compile(r"changed since it was imported: ([a-z_, ]+)")


@dataclass(frozen=True)
class Case:
    """A sheet is imported, changed, and imported again; ` / ` ends a line of it.

    `rows` is what became of each row then: `A` is the task A from before, `A~name,notes` is said to be
    changed there, `+A` is a new task, `?` is asked about, `!` is invalid, `.` is pending. `requests` are
    those of the second import, `heard` what it says on stderr, `{run}` in a sheet the first run.
    """

    title: str
    first: str
    then: str
    rows: str
    status: int = 0
    requests: int = 0
    heard: tuple[str, ...] = ()
    options: str = ""
    options_then: str | None = None
    name_then: str = "list.csv"
    status_first: int = 0


def many(word: str, count: int, first: int = 1, between: str = " / ") -> str:
    return between.join(word.replace("{}", str(number)) for number in range(first, first + count))


NOT_SENT = "not sent again."
ASKED: Any = {"status": 1, "heard": (QUESTION,)}
TEN = f"Title / {many('A{}', 10)}"
TEN_ROWS = many("A{}", 10, between=" ")
PROJECT = "Title,Project"
IN_INTRANET, IN_HIRING = f"{PROJECT} / {many('A{},Intranet', 4)}", f"{PROJECT} / {many('A{},Hiring', 4)}"

SAME_LIST = [
    Case(
        "the same sheet", "Title / A / B / C", "Title / A / B / C", "A B C",
        heard=("3 rows imported before, as run ", NOT_SENT, "3 rows: 3 created."),
    ),
    Case("a typo mended", "Title / A / B / Tpyo / D", "Title / A / B / Typo / D", "A B ? D", **ASKED),
    Case(
        "a typo mended, with keys", "Key,Title / 1,A / 2,B / 3,Tpyo / 4,D", "Key,Title / 1,A / 2,B / 3,Typo / 4,D",
        "A B Tpyo~name D",
    ),
    Case("two adjacent typos", "Title / A / Bb / Cc / D / E", "Title / A / B / C / D / E", "A ? ? D E", **ASKED),
    Case(
        "two adjacent typos, with keys", "Key,Title / 1,A / 2,Bb / 3,Cc / 4,D", "Key,Title / 1,A / 2,B / 3,C / 4,D",
        "A Bb~name Cc~name D",
    ),
    Case("a date changed", "Title,Due date / A,2026-01-01 / B,", "Title,Due date / A,2026-01-02 / B,", "A~end_date B"),
    Case("an unknown column added", "Title / A / B", "Title,Mood / A,good / B,bad", "A B"),
    Case("a column of notes added", "Title / A / B", "Title,Notes / A,late / B,", "A~notes B"),
    Case("a column taken away", "Title,Notes / A,late / B,", "Title / A / B", "A~notes B"),
    Case("columns in another order", "Title,Notes / A,late / B,", "Notes,Title / late,A / ,B", "A B"),
    Case("a header in other words", "Title,Notes / A,late / B,", "Task name,Comment / A,late / B,", "A B"),
    Case("rows sorted", "Title / B / D / A / C", "Title / A / B / C / D", "A B C D"),
    Case("a row inserted", "Title / A / B / C", "Title / A / New / B / C", "A +New B C", requests=2, heard=("3 rows imported before",)),
    Case("a row appended", "Title / A / B / C", "Title / A / B / C / New", "A B C +New", requests=2),
    Case("a row deleted", "Title / A / B / C", "Title / A / C", "A C"),
    Case("blank rows between", "Title / A / B / C", "Title / A /  / B /  /  / C", "A B C"),
    Case("half of it replaced", "Title / A / B / C / D", "Title / A / B / X / Y", "A B ? ?", **ASKED),
    Case("all of it overwritten", "Title / A / B / C / D", "Title / W / X / Y / Z", "+W +X +Y +Z", requests=2),
    Case("the file renamed", "Title / A / B / C", "Title / A / B / C", "A B C", name_then="other name.csv"),
    Case("other case and blanks", "Title / call Bob / B / C", "Title / CALL  BOB / B / C", "call_Bob~name B C"),
    Case("another normal form", "Title / Cafe\u0301 / B", "Title / Caf\u00e9 / B", "Cafe\u0301 B"),
    Case(
        "a template re-used with other dates", "Title,Due date / A,2026-01-01 / B,2026-01-02",
        "Title,Due date / A,2026-02-01 / B,2026-02-02", "A~end_date B~end_date",
    ),
    Case("twins", "Title / A / A / B", "Title / A / A / B", "A A B"),
    Case("a twin more", "Title / A / A / B", "Title / A / A / A / B", "A A +A B", requests=2),
    Case("a twin less", "Title / A / A / B", "Title / A / B", "A B"),
    Case(
        "a parent renamed", "Title,Parent / P, / Q,P / R,P", "Title,Parent / Pp, / Q,Pp / R,Pp",
        "? Q~parent R~parent", **ASKED,
    ),
    Case(
        "a child for a parent that is there", "Title,Parent / P, / Q,P", "Title,Parent / P, / Q,P / R,P",
        "P Q +R", requests=2,
    ),
    Case("one row again", "Title / A", "Title / A", "A"),
    Case("one row, another", "Title / A", "Title / B", "+B", requests=2),
    Case("two rows, one mended", "Title / A / Bb", "Title / A / B", "A ?", **ASKED),
]  # fmt: skip

KEYS = [
    Case("a key column added", "Title / A / B / C", "Key,Title / 1,A / 2,B / 3,C", "A B C"),
    Case(
        "a row copied and mended, its key not", "Key,Title / 1,A / 2,B / 3,C", "Key,Title / 1,A / 1,New / 2,B / 3,C",
        "A ! B C", status=1, heard=("the key stands in rows 2 and 3",),
    ),
    Case(
        "keys of another list", f"Key,Title / {many('{},A{}', 10)}", f"Key,Title / {many('{},B{}', 10)}",
        many("+B{}", 10, between=" "), requests=2,
    ),
    Case(
        "keys of another list, and a name alike", f"Key,Title / 1,Kick / {many('{},A{}', 9, 2)}",
        f"Key,Title / 1,Kick / {many('{},B{}', 9, 2)}", f"+Kick {many('+B{}', 9, 2, ' ')}", requests=2,
        heard=("A new list, of which 1 row",),
    ),
]  # fmt: skip

PROJECTS = [
    Case("a project renamed in all rows", IN_INTRANET, IN_HIRING, "? ? ? ?", **ASKED),
    Case("a project renamed in one row", IN_INTRANET, IN_INTRANET.replace("A2,Intranet", "A2,Hiring"), "A1 A2~project A3 A4"),
    Case("a project in other case", IN_INTRANET, IN_INTRANET.replace("Intranet", "INTRANET"), many("A{}~project", 4, 1, " ")),
    Case("--set as before", TEN, TEN, TEN_ROWS, options="--set project=Intranet"),
    Case(
        "--set project to another", TEN, TEN, "? " * 10, options="--set project=Intranet",
        options_then="--set project=Hiring", **ASKED,
    ),
    Case("--set project afterwards", TEN, TEN, "? " * 10, options_then="--set project=Hiring", **ASKED),
    Case("--set of another field", TEN, TEN, many("A{}~priority", 10, 1, " "), options_then="--set priority=high"),
    Case("--default for what was blank", "Title,Notes / A,x / B,", "Title,Notes / A,x / B,", "A B~notes", options_then="--default notes=none"),
    Case(
        "a project by --set that is a column later", "Title / A / B", f"{PROJECT} / A,Intranet / B,Intranet", "A B",
        options="--set project=Intranet", options_then="",
    ),
]  # fmt: skip

LISTS = [
    Case(
        "a few rows shared with another list", TEN, f"Title / A1 / A2 / A3 / {many('N{}', 17)}",
        f"+A1 +A2 +A3 {many('+N{}', 17, 1, ' ')}", requests=2,
        heard=("A new list, of which 3 rows stand in earlier imports too; they are sent again.",),
    ),
    Case(
        "a third shared with another list", TEN, f"Title / A1 / A2 / A3 / {many('N{}', 6)}", "? " * 9, **ASKED,
    ),
    Case("a few rows of it in a file of their own", TEN, "Title / A3 / A4", "A3 A4", name_then="few.csv"),
    Case("rows of it in a longer list", "Title / A / B / C", f"Title / A / B / C / {many('N{}', 18)}",
         f"A B C {many('+N{}', 18, 1, ' ')}", requests=2, name_then="long.csv"),
]  # fmt: skip

NOT_CREATED = [
    Case(
        "an invalid row mended", "Title,Due date / A, / B,2026-02-30 / C,", "Title,Due date / A, / B,2026-02-28 / C,",
        "A +B C", requests=2, options="--skip-invalid", status_first=1,
    ),
    Case(
        "an invalid row mended in its name", "Title,Notes / A, / ,what / C,", "Title,Notes / A, / B,what / C,",
        "A +B C", requests=2, options="--skip-invalid", status_first=1,
    ),
    Case(
        "an invalid row as it was", "Title,Due date / A, / B,2026-02-30", "Title,Due date / A, / B,2026-02-30",
        "A !", status=1, options="--skip-invalid", status_first=1, heard=("1 created, 1 invalid",),
    ),
    Case(
        "nothing was created yet", "Title,Due date / A, / B,2026-02-30 / C,", "Title,Due date / A, / B,2026-02-28 / C,",
        "+A +B +C", requests=2, status_first=1,
    ),
    Case(
        "all rows were invalid", "Title,Due date / A,x / B,x", "Title,Due date / A,2026-02-28 / B,2026-02-28",
        "+A +B", requests=2, status_first=1,
    ),
    Case(
        "nothing was created yet, and other names", "Title,Due date / A,x / B,x / C,x", "Title,Due date / X, / Y, / Z,",
        "+X +Y +Z", requests=2, status_first=1,
    ),
    Case(
        "rejects.csv, whatever was mended", "Title,Due date / A, / Bb,x / C, / Dd,y",
        "tasksheet_row,Title,Due date,Notes / {run}:3,B,2026-02-28,new / {run}:5,D,,", "+B +D", requests=2,
        options="--skip-invalid", status_first=1, name_then="rejects.csv",
    ),
    Case(
        "tasksheet_row of a created row", "Title / A / B", "tasksheet_row,Title / {run}:3,Other", "B~name",
        name_then="rejects.csv",
    ),
    Case(
        "rejects.csv with a row copied", "Title,Due date / Aa,x / Bb,x",
        "tasksheet_row,Title / {run}:2,A / {run}:2,A2 / {run}:3,B", "+A +A2 +B", requests=2, status_first=1,
        name_then="rejects.csv",
    ),
    Case(
        "rows without a name", f"Title,Mood / A, / {many(',good', 8)} / B,", f"Title,Mood / A, / {many(',good', 8)} / B,",
        "A ! ! ! ! ! ! ! ! B", status=1, options="--skip-invalid", status_first=1,
    ),
]  # fmt: skip

TWO_TYPOS, MENDED = "Title / A / Bb / Cc / D", "Title / A / B / C / D"
ANSWERED = [
    Case("--new", TWO_TYPOS, MENDED, "A +B +C D", requests=2, options_then="--new all"),
    Case("--new of a row", TWO_TYPOS, MENDED, "A +B ? D", requests=2, options_then="--new 3", **ASKED),
    Case("--edited", TWO_TYPOS, MENDED, "A Bb~name Cc~name D", options_then="--edited all"),
    Case("--edited of a row", TWO_TYPOS, MENDED, "A Bb~name ? D", options_then="--edited 3", **ASKED),
    Case(
        "--new and --edited", TWO_TYPOS, MENDED, "A +B Cc~name D", requests=2, options_then="--new 3 --edited 4",
    ),
    Case(
        "--edited beside a row that is gone", "Title / A / Call Ann / Write Bob / D", "Title / A / Write to Bob / D",
        "A Write_Bob~name D", options_then="--edited 3",
    ),
    Case("--new for rows that are known", "Title / A / B", "Title / A / B", "A B", options_then="--new all"),
    Case("--new: another list", IN_INTRANET, IN_HIRING, many("+A{}", 4, 1, " "), requests=3, options_then="--new all"),
    Case("--edited: the same list", IN_INTRANET, IN_HIRING, many("A{}~project", 4, 1, " "), options_then="--edited all"),
    Case(
        "some rows of another list, the others of the same", IN_INTRANET, IN_HIRING, "+A1 A2~project +A3 A4~project",
        requests=3, options_then="--new 2,4 --edited 3,5",
    ),
    Case(
        "a third shared: new", TEN, f"Title / A1 / A2 / A3 / {many('N{}', 6)}", f"+A1 +A2 +A3 {many('+N{}', 6, 1, ' ')}",
        requests=2, options_then="--new all",
    ),
]  # fmt: skip

CASES = [*SAME_LIST, *KEYS, *PROJECTS, *LISTS, *NOT_CREATED, *ANSWERED]


class Imports:
    """Imports sheets and holds every report against the workspace."""

    def __init__(self, tasksheet: Terminal, workspace: Sandbox) -> None:
        self.tasksheet, self.workspace = tasksheet, workspace
        self.said = Said(0, "{}", "")
        self.before: set[int] = set()

    def __call__(self, text: str, *options: object, name: str = "list.csv") -> dict[int, dict[str, str]]:
        """Import; gives the lines of results.csv by row."""
        path = self.tasksheet.sheet(name, text.replace(" / ", "\n") + "\n")
        self.before = {task["id"] for task in self.workspace.store.tasks()}
        self.workspace.store.requests.clear()
        self.said = self.tasksheet("import", path, "--yes", "--json", *options)
        told = self.said.json
        assert told["requests"] == len(self.workspace.store.requests)
        rows = results(Path(told["report"]))
        assert len(rows) == told["rows"] == sum(told[kind] for kind in KINDS)
        assert {kind: told[kind] for kind in KINDS} == {
            kind: sum(row["outcome"] == kind for row in rows.values()) for kind in KINDS
        }
        assert told["tasks"] == told["created"]
        now = {task["id"] for task in self.workspace.store.tasks()}
        ids = [int(row["task_id"]) for row in rows.values() if row["outcome"] == "created"]
        assert len(ids) == len(set(ids)), "a task stands for two rows"
        assert set(ids) <= now
        assert now - self.before == set(ids) - self.before, "a task that no row tells of"
        assert told["created_now"] == len(now - self.before)
        return rows

    @property
    def json(self) -> Any:
        return self.said.json

    def posts(self) -> int:
        return sum(method == "POST" for method, _, _ in self.workspace.store.requests)

    def names(self) -> list[str]:
        return sorted(task["name"] for task in self.workspace.store.tasks())

    def words(self, rows: dict[int, dict[str, str]]) -> str:
        """What became of each row, as the table says it."""
        names = {task["id"]: task["name"].replace(" ", "_") for task in self.workspace.store.tasks()}
        return " ".join(self._word(row, names) for row in rows.values())

    def _word(self, row: dict[str, str], names: dict[int, str]) -> str:
        if row["outcome"] == "created":
            task = int(row["task_id"])
            found = CHANGED.search(row["problem"])
            changed = "~" + found[1].replace(" ", "") if found else ""
            return ("" if task in self.before else "+") + names[task] + changed
        if row["outcome"] == "skipped":
            assert row["problem"] == QUESTION
            return "?"
        return {"invalid": "!", "pending": "."}.get(row["outcome"], row["outcome"])


def results(folder: Path) -> dict[int, dict[str, str]]:
    with (folder / "results.csv").open(encoding="utf-8-sig", newline="") as stream:
        return {int(line["row"]): line for line in csv.DictReader(stream)}


@pytest.fixture
def imports(tasksheet: Terminal, workspace: Sandbox) -> Imports:
    return Imports(tasksheet, workspace)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_what_a_changed_sheet_comes_to(imports: Imports, case: Case) -> None:
    imports(case.first, *case.options.split())
    assert imports.said.status == case.status_first, imports.said.err
    names = imports.names()
    then = case.then.replace("{run}", imports.json["run"])
    options = (case.options if case.options_then is None else case.options_then).split()

    rows = imports(then, *options, name=case.name_then)
    assert imports.words(rows) == case.rows.strip(), imports.said.err
    assert (imports.said.status, imports.json["requests"]) == (case.status, case.requests)
    for text in case.heard:
        assert text in imports.said.err
    new = [word[1:] for word in case.rows.split() if word.startswith("+")]
    assert imports.names() == sorted([*names, *(word.replace("_", " ") for word in new)])

    kept = [word for word in options if not word.startswith("--new") and not word.startswith("--edited")]
    kept = [] if len(kept) != len(options) else kept  # … and their values
    rows = imports(then, *kept, name=case.name_then)
    assert imports.words(rows) == " ".join(word.removeprefix("+") for word in case.rows.split())
    assert (imports.said.status, imports.posts()) == (case.status, 0)
    assert "invalid" in imports.said.err or imports.json["requests"] == 0


def test_a_dry_run_of_what_is_there_already_promises_no_request(imports: Imports) -> None:
    imports(TEN)
    said = imports.tasksheet("import", "list.csv", "--dry-run", "--json")
    assert said.status == 0
    told = said.json
    assert (told["run"], told["dry_run"], told["planned_requests"]) == (None, True, 0)
    assert (told["created"], told["requests"], imports.posts()) == (10, 0, 1)
    assert NOT_SENT in said.err


def test_a_dry_run_asks_what_the_import_would_ask(imports: Imports) -> None:
    imports(TWO_TYPOS)
    imports.tasksheet.sheet("list.csv", MENDED.replace(" / ", "\n") + "\n")
    said = imports.tasksheet("import", "list.csv", "--dry-run", "--json")
    assert (said.status, said.json["created"], said.json["skipped"]) == (1, 2, 2)
    said = imports.tasksheet("import", "list.csv", "--dry-run", "--json", "--new", "all")
    assert (said.status, said.json["pending"], said.json["planned_requests"]) == (0, 2, 2)
    assert imports(MENDED, "--new", "all")[3]["outcome"] == "created"
    assert imports.json["requests"] == 2


# A further copy on purpose


def test_a_label_makes_one_copy_more_and_no_second_one(imports: Imports) -> None:
    imports(TEN)
    for label in ("2026-W01", "2026-W02"):
        rows = imports(TEN, "--again", label)
        assert imports.words(rows) == many("+A{}", 10, between=" ")
        assert (imports.said.status, imports.json["requests"]) == (0, 2)
        rows = imports(TEN, "--again", label)
        assert imports.words(rows) == TEN_ROWS
        assert (imports.said.status, imports.json["requests"], imports.json["created"]) == (0, 0, 10)
    rows = imports(TEN)
    assert (imports.said.status, imports.json["requests"]) == (0, 0)
    assert Counter(imports.names()) == {f"A{n}": 3 for n in range(1, 11)}


def test_a_label_with_the_date_is_todays(imports: Imports, monkeypatch: pytest.MonkeyPatch) -> None:
    imports("Title / A / B")
    for _ in range(2):
        imports("Title / A / B", "--again", "week of {date}")
    assert imports.names() == ["A", "A", "B", "B"]
    labels = [run["label"] for run in imports.tasksheet("runs", "--json").json["runs"]]
    assert re.fullmatch(r"week of \d{4}-\d\d-\d\d", labels[0])
    assert labels == [labels[0], labels[0], ""]
    said = imports.tasksheet("import", "list.csv", "--yes", "--again", " ")
    assert (said.status, "--again" in said.err) == (2, True)


def test_a_copy_that_was_begun_goes_on_under_its_label(imports: Imports) -> None:
    imports(TEN)
    rows = imports(TEN, "--again", "copy", "--rows", "2-4")
    assert imports.words(rows) == "+A1 +A2 +A3 . . . . . . ."
    rows = imports(TEN, "--again", "copy")
    assert imports.words(rows) == f"A1 A2 A3 {many('+A{}', 7, 4, ' ')}"
    assert Counter(imports.names()) == {f"A{n}": 2 for n in range(1, 11)}


def test_a_label_knows_its_own_rows_alone(imports: Imports) -> None:
    """A name mended before the copy is made is no question; one mended afterwards is."""
    imports(TWO_TYPOS)
    assert imports.words(imports(MENDED, "--again", "copy")) == "+A +B +C +D"
    assert imports.words(imports(MENDED.replace("B", "Bob"), "--again", "copy")) == "A ? C D"
    assert imports.said.status == 1


# A trial of some rows


def test_a_trial_of_some_rows_and_then_the_whole(imports: Imports) -> None:
    rows = imports(TEN, "--rows", "2-3,5")
    assert imports.words(rows) == "+A1 +A2 . +A4 . . . . . ."
    assert (imports.said.status, imports.json["requests"]) == (0, 2)
    assert rows[4]["problem"] == "not asked for"
    rows = imports(TEN, "--rows", "2-3,5")
    assert imports.words(rows) == "A1 A2 . A4 . . . . . ."
    assert (imports.said.status, imports.json["requests"]) == (0, 0)
    rows = imports(TEN, "--rows", "5-6")
    assert imports.words(rows) == "A1 A2 . A4 +A5 . . . . ."
    rows = imports(TEN)
    assert imports.words(rows) == "A1 A2 +A3 A4 A5 +A6 +A7 +A8 +A9 +A10"
    rows = imports(TEN, "--rows", "2-3")
    assert imports.words(rows) == TEN_ROWS
    assert (imports.said.status, imports.json["requests"]) == (0, 0)
    assert len(imports.names()) == 10


def test_a_trial_of_rows_whose_names_were_mended_afterwards(imports: Imports) -> None:
    imports("Title / Aa / B / C / D", "--rows", "2")
    rows = imports("Title / A / B / C / D")
    assert imports.words(rows) == "? +B +C +D"
    assert imports.said.status == 1


# Another mapping


def test_earlier_rows_are_read_with_todays_mapping(imports: Imports) -> None:
    """What was the description is the name now, of the earlier rows as well."""
    text = "Short,Long / a,Alpha / b,Beta / c,Gamma"
    imports(text, "--map", "Short=name", "--map", "Long=description")
    rows = imports(text, "--map", "Long=name", "--map", "Short=description")
    assert imports.words(rows) == "a b c"
    assert (imports.said.status, imports.json["requests"]) == (0, 0)
    rows = imports(text, "--map", "Short=name", "--map", "Long=notes+")
    assert (imports.words(rows), imports.json["requests"]) == ("a b c", 0)


def test_a_header_renamed_so_that_a_map_is_not_needed_any_more_doubles_nothing(imports: Imports) -> None:
    text = "Ticket text,Notes / A,x / B,y / C,z"
    imports(text, "--map", "Ticket text=name")
    imports(text.replace("Ticket text", "Title"))
    assert (imports.names(), imports.posts()) == (["A", "B", "C"], 0)


# A journal that knows nothing of it


def elsewhere(imports: Imports, text: str, *options: object) -> dict[int, dict[str, str]]:
    """The import on another machine: neither journal nor report are there."""
    folder = imports.tasksheet.here.parent / "elsewhere"
    return imports(text, "--state-dir", folder, "--report", folder / "report", *options)


def test_on_a_fresh_machine_a_sheet_that_is_there_already_is_seen(imports: Imports) -> None:
    imports(TEN)
    for _ in range(2):
        rows = elsewhere(imports, TEN)
        assert (imports.said.status, imports.json["requests"], imports.posts()) == (1, 1, 0)
        assert {row["outcome"] for row in rows.values()} == {"skipped"}
        assert "seems to be there already" in imports.said.err
        assert "--again" in imports.said.err
    rows = elsewhere(imports, TEN, "--again", "copy")
    assert (imports.said.status, imports.json["created_now"]) == (0, 10)
    rows = elsewhere(imports, TEN, "--again", "copy")
    assert (imports.said.status, imports.json["requests"]) == (0, 0)
    assert imports.words(rows) == TEN_ROWS


AGREEING = [
    ("half of the rows", TEN, f"Title / {many('A{}', 5)} / {many('N{}', 5)}", 1),
    ("less than half of them", TEN, f"Title / {many('A{}', 4)} / {many('N{}', 6)}", 0),
    ("half of a short page", "Title / A / B / C / D", f"Title / A / B / C / {many('N{}', 20)}", 1),
    ("two of four", "Title / A / B / C / D", "Title / A / B / Y / Z", 0),
    ("three rows with other dates", "Title,Due date / A, / B, / C,", f"Title,Due date / {many('{},2026-01-01', 0)}A,2026-01-01 / B, / C,", 1),
    ("two rows", "Title,Due date / A,2026-01-01 / B,", "Title,Due date / A,2026-01-01 / B,", 1),
    ("two rows, another date", "Title,Due date / A,2026-01-01 / B,", "Title,Due date / A,2026-01-08 / B,", 0),
    ("one of two rows", "Title / A / B", "Title / A / C", 0),
    ("one row", "Title / A", "Title / A", 1),
    ("another project", IN_INTRANET, IN_HIRING, 0),
    ("the same project", IN_INTRANET, IN_INTRANET, 1),
    ("another parent", "Title,Parent / P, / A,P / B,P / C,P", "Title,Parent / Q, / A,Q / B,Q / C,Q", 0),
    ("the same parent", "Title,Parent / P, / A,P / B,P / C,P", "Title,Parent / P, / A,P / B,P / C,P", 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "then", "status"), [row[1:] for row in AGREEING], ids=[row[0] for row in AGREEING]
)
def test_how_much_has_to_agree_for_a_sheet_to_be_there_already(
    imports: Imports, first: str, then: str, status: int
) -> None:
    imports(first)
    elsewhere(imports, then)
    assert imports.said.status == status, imports.said.err
    assert bool(imports.posts()) == (status == 0)


def test_a_report_of_tasks_that_no_journal_knows_stops_the_import_without_a_request(imports: Imports) -> None:
    imports(TEN)
    folder = imports.tasksheet.here / "list-import"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    state = imports.tasksheet.here.parent / "fresh"
    for _ in range(2):
        imports(TEN, "--state-dir", state)
        assert (imports.said.status, imports.json["requests"], imports.json["skipped"]) == (1, 0, 10)
        assert str(folder) in imports.said.err.replace("\n", "")
        assert imports.json["report"].endswith("list-import-2")
    imports(TEN, "--state-dir", state, "--again", "copy")
    assert (imports.said.status, imports.json["created_now"]) == (0, 10)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_report_of_another_workspace_stops_nothing(imports: Imports) -> None:
    imports.tasksheet.sheet("list.csv", TEN.replace(" / ", "\n"))
    assert imports.tasksheet("import", "list.csv", "--sandbox", "--yes").status == 0
    before = (imports.tasksheet.here / "list-import/run.json").read_bytes()
    imports(TEN)
    assert (imports.said.status, imports.json["created_now"]) == (0, 10)
    assert imports.json["report"].endswith("list-import-2")
    assert (imports.tasksheet.here / "list-import/run.json").read_bytes() == before


def test_the_same_sheet_goes_into_every_workspace_once(imports: Imports) -> None:
    sheet = imports.tasksheet.sheet("list.csv", TEN.replace(" / ", "\n") + "\n")
    for expected in (10, 0):
        said = imports.tasksheet("import", sheet, "--sandbox", "--yes", "--json")
        assert (said.status, said.json["created_now"], said.json["created"]) == (0, expected, 10)
        imports(TEN, "--report", "other")
        assert (imports.said.status, imports.json["created_now"]) == (0, expected)


# What was not created


def test_a_rejected_row_is_tried_again(imports: Imports, workspace: Sandbox) -> None:
    refuse = {"on": "POST tasks*", "if_body": "Bad", "do": "answer", "status": 422}
    workspace.set_faults([refuse])
    rows = imports("Title / A / Bad / C")
    assert imports.words(rows) == "+A rejected +C"
    assert imports.said.status == 1
    workspace.set_faults(None)
    rows = imports("Title / A / Bad / C")
    assert imports.words(rows) == "A +Bad C"
    assert (imports.said.status, imports.json["requests"]) == (0, 2)


def test_rows_that_the_quota_left_go_on_the_next_time(imports: Imports, workspace: Sandbox) -> None:
    workspace.set_faults([{"on": "POST tasks/bulk", "nth": 3, "do": "quota_spent", "resets_in": 3000}])
    imports(TEN, "--batch-size", "3", "--max-wait", "5", "--settle", "0")
    assert (imports.said.status, imports.json["created"], imports.json["pending"]) == (3, 6, 4)
    workspace.set_faults(None)
    rows = imports(TEN, "--batch-size", "3", "--settle", "0")
    assert imports.words(rows) == f"{many('A{}', 6, 1, ' ')} {many('+A{}', 4, 7, ' ')}"
    assert imports.said.status == 0


def test_a_mended_row_takes_its_children_along(imports: Imports) -> None:
    text = "Title,Parent,Due date / P,,2026-02-30 / Q,P, / R,,"
    assert imports.words(imports(text, "--skip-invalid")) == "! rejected +R"
    rows = imports(text.replace("02-30", "02-28"))
    assert imports.words(rows) == "+P +Q R"
    by_name = {task["name"]: task for task in imports.workspace.store.tasks()}
    assert by_name["Q"]["parent_task_id"] == by_name["P"]["id"]


def test_a_new_row_goes_under_a_parent_of_an_earlier_import(imports: Imports) -> None:
    imports("Key,Title,Parent,Project / 1,P,,Intranet / 2,Q,1,")
    imports("Key,Title,Parent,Project / 1,P,,Intranet / 2,Q,1, / 3,R,1, / 4,S,3,")
    by_name = {task["name"]: task for task in imports.workspace.store.tasks()}
    assert by_name["R"]["parent_task_id"] == by_name["P"]["id"]
    assert by_name["S"]["parent_task_id"] == by_name["R"]["id"]
    assert len({task["project_id"] for task in by_name.values()}) == 1


def test_a_child_of_a_row_in_question_waits(imports: Imports) -> None:
    imports("Title,Parent / Pp, / B, / C,")
    rows = imports("Title,Parent / P, / B, / C, / Q,P")
    assert imports.words(rows) == "? B C ?"
    rows = imports("Title,Parent / P, / B, / C, / Q,P", "--new", "5")
    assert imports.words(rows) == "? B C ."
    assert "row 2" in rows[5]["problem"]
    assert imports.said.status == 1
    rows = imports("Title,Parent / P, / B, / C, / Q,P", "--edited", "2", "--new", "5")
    assert imports.words(rows) == "Pp~name B C +Q"


@pytest.mark.parametrize(
    ("first", "then", "sheet", "imported"),
    [
        (TWO_TYPOS, MENDED, {3: "B", 4: "C"}, {3: "Bb", 4: "Cc"}),
        (IN_INTRANET, IN_HIRING, *[{2: "A1", 5: "A4"}] * 2),
    ],
    ids=["edited rows", "another list"],
)
def test_where_nobody_can_be_asked_both_lists_and_the_answers_are_shown(
    imports: Imports, first: str, then: str, sheet: dict[int, str], imported: dict[int, str]
) -> None:
    imports(first)
    run = imports.json["run"]
    imports(then)
    for row, name in sheet.items():
        assert re.search(rf"^{row} +{name}\s*$", imports.said.err, re.MULTILINE)
    for row, name in imported.items():
        assert re.search(rf"^{run}:{row} +{name}\s*$", imports.said.err, re.MULTILINE)
    assert "--new" in imports.said.err
    assert "--edited" in imports.said.err


# Asked on a terminal


class Typed(io.StringIO):
    """A terminal at which somebody typed something."""

    def isatty(self) -> bool:
        return True


TYPED = [
    ("nothing", MENDED, "\n", "A ? ? D", 1),
    ("new", MENDED, "new\n", "A +B +C D", 0),
    ("edited", MENDED, "edited\n", "A Bb~name Cc~name D", 0),
    ("in capitals", MENDED, " Edited \n", "A Bb~name Cc~name D", 0),
    ("the rows that are new", MENDED, "3\n", "A +B Cc~name D", 0),
    ("… both", MENDED, "3-4\n", "A +B +C D", 0),
    ("another", MENDED.replace("/ D", "/ X / Y"), "another\n", "+A +B +C +X +Y", 0),
    ("the same", "Title / A / X / Y / Z", "same\n", "A Bb~name Cc~name D~name", 0),
]


@pytest.mark.parametrize(
    ("then", "typed", "expected", "status"), [row[1:] for row in TYPED], ids=[row[0] for row in TYPED]
)
def test_on_a_terminal_it_is_asked_and_the_answer_is_kept(
    imports: Imports,
    monkeypatch: pytest.MonkeyPatch,
    then: str,
    typed: str,
    expected: str,
    status: int,
) -> None:
    imports(TWO_TYPOS)
    monkeypatch.setattr("sys.stdin", Typed(typed))
    rows = imports(then)
    assert imports.said.status == status, imports.said.err
    heard = " ".join(imports.said.err.split())
    assert "Enter leaves them" in heard
    for name in ("Bb", "Cc", "B", "C") if "C" in then else ("A", "Bb", "X", "Z"):
        assert re.search(rf"\b{name}\b", heard), f"{name} is not shown"
    assert imports.words(rows) == expected
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    again = imports(then)
    assert (imports.said.status, imports.json["requests"]) == (status, 0)
    assert {r: row["task_id"] for r, row in again.items()} == {r: row["task_id"] for r, row in rows.items()}


def test_what_was_typed_wrongly_sends_nothing(imports: Imports, monkeypatch: pytest.MonkeyPatch) -> None:
    imports(TWO_TYPOS)
    sheet = imports.tasksheet.sheet("list.csv", MENDED.replace(" / ", "\n") + "\n")
    for typed, expected in (("perhaps\n", 2), ("4-3\n", 2), ("", 130)):
        monkeypatch.setattr("sys.stdin", Typed(typed))
        said = imports.tasksheet("import", sheet, "--yes")
        assert said.status == expected, said.err
    assert imports.names() == ["A", "Bb", "Cc", "D"]


def test_where_nothing_is_in_question_nobody_is_asked(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports(TWO_TYPOS)
    monkeypatch.setattr("sys.stdin", Typed(""))
    assert imports.words(imports(TWO_TYPOS)) == "A Bb Cc D"
    assert imports.words(imports(f"{TWO_TYPOS} / E")) == "A Bb Cc D +E"
    assert imports.said.status == 0


def test_wrong_answers_on_the_command_line_are_one_sentence(imports: Imports) -> None:
    imports(TWO_TYPOS)
    for option in ("--new", "--edited"):
        for rows in ("x", "4-3", "2;3", ""):
            said = imports.tasksheet("import", "list.csv", "--yes", option, rows)
            assert (said.status, option in said.err) == (2, True), rows
            assert len(said.err.strip().splitlines()) == 1


# The same list in another form


def test_a_list_saved_as_a_workbook_is_the_same_list(imports: Imports) -> None:
    imports("Key,Title,Due date,Estimate / 1,A,2026-01-01,90 / 2,Bb,2026-01-02,30 / 3,C,,15")
    book = openpyxl.Workbook()
    book.active.append(["Key", "Title", "Due date", "Estimate"])
    for row in ((1, "A", date(2026, 1, 1), 90), (2, "B", date(2026, 1, 2), 30.0), (3, "C", None, 15)):
        book.active.append(row)
    book.save(imports.tasksheet.here / "list.xlsx")
    said = imports.tasksheet("import", "list.xlsx", "--yes", "--json")
    assert (said.status, said.json["requests"], said.json["created"]) == (0, 0, 3)
    rows = results(Path(said.json["report"]))
    assert {row["name"]: row["problem"] for row in rows.values()} == {
        "A": "", "B": "changed since it was imported: name", "C": "",
    }  # fmt: skip
    assert "changed since" in said.err, "nobody has to open the report to hear of it"


def test_hidden_rows_that_were_left_out_are_sent_when_they_are_asked_for(imports: Imports) -> None:
    book = openpyxl.Workbook()
    for name in ("Title", "A", "B", "C"):
        book.active.append([name])
    book.active.row_dimensions[3].hidden = True
    book.save(imports.tasksheet.here / "list.xlsx")
    for options, names in (["--skip-hidden"], "AC"), (["--skip-hidden"], "AC"), ([], "ABC"), ([], "ABC"):
        said = imports.tasksheet("import", "list.xlsx", "--yes", "--json", *options)
        assert (said.status, imports.names()) == (0, [*names])
    assert said.json["requests"] == 0


def test_a_row_that_was_never_created_is_sent_once_whatever_is_answered(imports: Imports) -> None:
    """It is beside rows that may be another list's."""
    first = f"{PROJECT},Due date / A,Intranet, / B,Intranet, / C,Intranet,2026-02-30"
    then = f"{PROJECT},Due date / A,Hiring, / B,Hiring, / C,Hiring,2026-02-28"
    imports(first, "--skip-invalid")
    imports(then)
    assert (imports.said.status, QUESTION in imports.said.err) == (1, True)
    imports(then, "--new", "all")
    assert imports.said.status == 0
    assert imports.names() == ["A", "A", "B", "B", "C"]
    imports(then)
    assert (imports.said.status, imports.json["requests"], imports.json["created"]) == (0, 0, 3)


def test_a_running_list_that_loses_its_oldest_rows_and_gains_new_ones(imports: Imports) -> None:
    """What is gone may have been edited, so the rows that came are asked about."""
    imports("Title / W1a / W1b / W1c / W2a / W2b")
    rows = imports("Title / W1c / W2a / W2b / W3a")
    assert imports.words(rows) == "W1c W2a W2b ?"
    rows = imports("Title / W1c / W2a / W2b / W3a", "--new", "all")
    assert imports.words(rows) == "W1c W2a W2b +W3a"
    rows = imports("Title / W2a / W2b / W3a / W4a", "--new", "all")
    assert imports.words(rows) == "W2a W2b W3a +W4a"
    assert imports.names() == ["W1a", "W1b", "W1c", "W2a", "W2b", "W3a", "W4a"]


def test_rows_that_a_new_list_shares_with_known_ones_do_not_make_it_seem_there(imports: Imports) -> None:
    imports("Title / A / B", name="one.csv")
    imports("Title / C / D", name="two.csv")
    imports("Title / " + " / ".join(["A", "B", "C", *(f"N{n}" for n in range(20))]), name="three.csv")
    assert (imports.said.status, imports.json["created"]) == (0, 23)
    assert "3 rows stand in earlier imports too" in imports.said.err
