"""Two exports compared: every difference is named once, whatever form the earlier one has, and nothing else."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import UnreadableFile, WrongUse
from importer.run.changes import Changes, previous
from importer.settings import Connection, Key
from importer.sheet.table import Form, OutColumn, Table
from importer.sheet.writing import write, write_records
from importer.task.fields import BY_NAME, EXPORTED, Field, Kind
from importer.task.flatten import flattener

FORMS = [".xlsx", ".csv", ".tsv", ".jsonl", ".parquet"]
KINDS: dict[Kind, Form] = {
    Kind.INTEGER: "integer",
    Kind.MINUTES: "integer",
    Kind.SECONDS: "integer",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.INSTANT: "instant",
}
HERE = Connection("http://127.0.0.1:1/api", 1, 7, Key("k"))
CUSTOM = Field("custom", Kind.TEXT, "", ("custom",))
FIELDS = [*EXPORTED, CUSTOM]

Record = dict[str, Any]


def table(
    records: Iterable[Record], fields: Sequence[Field] = FIELDS, people: dict[int, str] | None = None
) -> Table:
    """As export makes it, with names looked up in `people`."""
    flat = flattener(fields)
    rows = [flat(record) for record in records]
    for place, field in enumerate(fields):
        if field.name == "assignee_names" and people:
            for row, record in zip(rows, records, strict=True):
                row[place] = ", ".join(people[one] for one in record.get("assignee_user_ids") or ()) or None
    return Table("Tasks", [OutColumn(f.name, KINDS.get(f.kind, "text")) for f in fields], rows)


def exported(path: Path, records: Sequence[Record], guard: bool = True, **more: Any) -> Path:
    if path.suffix == ".jsonl":
        write_records(path, records)
    else:
        write(path, [table(records, **more)], guard=guard)
    if not guard:
        path.with_name(f"{path.name}.manifest.json").write_text('{"guarded": false}')
    return path


def compared(path: Path, records: Sequence[Record], **more: Any) -> Changes:
    now = table(records, **more)
    changes = Changes(previous(path), now.columns)
    for row in now.rows:
        changes.see(row)
    return changes


def rows(changes: Changes) -> list[tuple[Any, ...]]:
    told = changes.table()
    assert told.name == "Changes"
    assert [column.title for column in told.columns] == ["change", "id", "name", "column", "before", "after"]
    return [tuple(row) for row in told.rows]


# ── what changes are ──────────────────────────────────────────────────────────────────────────────

TODO, DOING, DONE = (
    {"id": 1, "name": "To do", "type": "todo", "emoji": None},
    {"id": 2, "name": "Doing", "type": "in_progress", "emoji": None},
    {"id": 3, "name": "Done", "type": "done", "emoji": None},
)


def task(number: int, **more: Any) -> Record:
    status = more.pop("status", TODO)
    return {
        "id": number,
        "name": f"Task {number}",
        "status": status,
        "status_id": status and status["id"],
        "workspace_id": 7,
        "created_at": "2026-01-02T03:04:05.678901Z",
        "updated_at": "2026-01-02T03:04:05.678901Z",
        "status_updated_at": None,
        **more,
    }


@pytest.mark.parametrize("ending", FORMS)
def test_a_week_of_changes(tmp_path: Path, ending: str) -> None:
    before = [
        task(1),
        task(2),
        task(3, notes="=old", end_date="2026-01-05", estimated_mins=30, billable=False),
        task(4, project={"id": 5, "name": "Shop", "color": "#111111", "client": None}),
        task(5),
    ]
    after = [
        task(6, name="New"),
        task(1, updated_at="2026-01-09T00:00:00Z", status_updated_at="2026-01-09T00:00:00Z"),
        task(3, notes="+new", end_date="2026-01-12", estimated_mins=45, billable=True),
        task(4, status=DONE, project={"id": 6, "name": "Site", "color": "#222222", "client": None}),
        task(5, name="Renamed"),
    ]
    changes = compared(exported(tmp_path / f"t{ending}", before), after)
    assert rows(changes) == [
        ("added", 6, "New", None, None, None),
        ("gone", 2, "Task 2", None, None, None),
        ("status", 4, "Task 4", "status_name", "To do", "Done"),
        ("changed", 3, "Task 3", "notes", "=old", "+new"),
        ("changed", 3, "Task 3", "end_date", "2026-01-05", "2026-01-12"),
        ("changed", 3, "Task 3", "estimated_mins", "30", "45"),
        ("changed", 3, "Task 3", "billable", "false", "true"),
        ("changed", 4, "Task 4", "project_name", "Shop", "Site"),
        ("changed", 5, "Renamed", "name", "Task 5", "Renamed"),
    ]
    assert changes.counts == {"added": 1, "gone": 1, "changed": 3, "status_moves": 1}
    assert changes.summary == f"Since t{ending}: 1 added, 1 gone, 3 changed (1 to another status)."


@pytest.mark.parametrize("ending", FORMS)
def test_the_same_tasks_again_are_no_change(tmp_path: Path, ending: str) -> None:
    tasks = [
        task(
            2**53 + number,
            name=text,
            notes=text * 2,
            start_date="2026-01-02",
            archived_at="2026-01-02T23:59:59.999999+05:30",
            tags=[{"id": 1, "name": 'a, "b"'}, {"id": 2, "name": text}],
            custom=custom,
        )
        for number, (text, custom) in enumerate(
            [("=1+1", 5.0), ("'=x", 1e22), ("a\r\nb\rc", True), (" ", None), ("\t", 2**60), ("TRUE", "5.0"),
             ("#REF!", {"a": [1]}), ("_x000D_\x01", 0.1 + 0.2), ("𝄞\u2028", -0.0)]
        )
    ]  # fmt: skip
    changes = compared(exported(tmp_path / f"t{ending}", tasks), tasks)
    assert rows(changes) == []
    assert changes.counts == {"added": 0, "gone": 0, "changed": 0, "status_moves": 0}
    assert changes.summary == f"Since t{ending}: 0 added, 0 gone, 0 changed."


@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_text_that_was_never_guarded_is_taken_as_it_stands(tmp_path: Path, ending: str) -> None:
    path = exported(tmp_path / f"t{ending}", [task(1, notes="'=x"), task(2, notes="=y")], guard=False)
    changes = compared(path, [task(1, notes="=x"), task(2, notes="=y")])
    assert rows(changes) == [("changed", 1, "Task 1", "notes", "'=x", "=x")]


@pytest.mark.parametrize("ending", FORMS)
def test_an_empty_export_is_one_to_compare_with(tmp_path: Path, ending: str) -> None:
    changes = compared(exported(tmp_path / f"t{ending}", []), [task(1)])
    assert rows(changes) == [("added", 1, "Task 1", None, None, None)]
    changes = compared(exported(tmp_path / f"u{ending}", [task(1)]), [])
    assert rows(changes) == [("gone", 1, "Task 1", None, None, None)]


# ── what the earlier file could not hold ──────────────────────────────────────────────────────────


def test_what_a_workbook_could_not_hold_is_no_change(tmp_path: Path) -> None:
    tasks = [
        task(1, notes="y" * 40_000, archived_at="2026-01-02T03:04:05.999999Z"),
        task(2, notes="𝄞" * 20_000, start_date="1899-12-31", end_date="1900-01-15"),
        task(3, notes="a\ud800b\ufffe"),
        task(4, notes="x" + "𝄞" * 20_000, estimated_mins=2**60),
    ]
    path = exported(tmp_path / "t.xlsx", tasks)
    assert rows(compared(path, tasks)) == []
    [change] = rows(
        compared(path, [task(1, notes="z" + "y" * 40_000, archived_at="2026-01-02T03:04:05Z"), *tasks[1:]])
    )
    assert change[3] == "notes"
    [change] = rows(compared(path, [*tasks[:3], task(4, notes=tasks[3]["notes"], estimated_mins=2**60 + 1)]))
    assert change[3:] == ("estimated_mins", str(2**60), str(2**60 + 1))
    short = task(1, notes="y" * 32_766, archived_at="2026-01-02T03:04:05.5Z")
    assert [change[3] for change in rows(compared(path, [short, *tasks[1:]]))] == ["notes"]


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".jsonl"])
def test_what_text_files_show_as_escapes_is_no_change(tmp_path: Path, ending: str) -> None:
    tasks = [task(1, notes="a\ud800b", description="a\0b")]
    path = exported(tmp_path / f"t{ending}", tasks)
    assert rows(compared(path, tasks)) == []
    assert len(rows(compared(path, [task(1, notes="a\ud801b", description="ab")]))) == 2


def test_other_forms_keep_instants_whole(tmp_path: Path) -> None:
    before, after = (task(1, archived_at=f"2026-01-02T03:04:05.{part}Z") for part in ("1", "2"))
    for ending in FORMS:
        changes = rows(compared(exported(tmp_path / f"t{ending}", [before]), [after]))
        assert len(changes) == (0 if ending == ".xlsx" else 1)
    [change] = changes
    assert change[3:] == ("archived_at", "2026-01-02T03:04:05.100000Z", "2026-01-02T03:04:05.200000Z")


def test_rows_on_a_second_sheet_are_read_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, numbers in (
        ("Summary", []),
        ("Tasks", [1, 2]),
        ("Tasks 10", [5]),
        ("Tasks 2", [3, 4]),
        ("Tasks old", [9]),
    ):
        sheet = book.create_sheet(name)
        sheet.append(["id", "name"] if name != "Tasks 2" else ["name", "id"])
        for number in numbers:
            sheet.append([number, f"Task {number}"] if name != "Tasks 2" else [f"Task {number}", number])
    book.save(tmp_path / "t.xlsx")
    fields = [BY_NAME["id"], BY_NAME["name"]]
    assert rows(compared(tmp_path / "t.xlsx", [task(n) for n in range(1, 6)], fields=fields)) == []


def test_a_workbook_that_a_person_has_worked_in_can_be_compared(tmp_path: Path) -> None:
    path = exported(tmp_path / "t.xlsx", [task(1), task(2), task(3)])
    book = openpyxl.load_workbook(path)
    sheet = book["Tasks"]
    sheet.cell(1, sheet.max_column + 1, "What we think")
    sheet.cell(2, sheet.max_column, "fine")
    sheet.append([None, "a row of one's own"])
    sheet.append([3, "the same once more"])
    sheet.row_dimensions[3].hidden = True
    book.create_sheet("Mine", 0)
    book.save(path)
    changes = compared(path, [task(1), task(2), task(3)])
    assert rows(changes) == []
    notes = " ".join(changes.notes)
    for words in ("1 row of t.xlsx without an id", "1 row of t.xlsx repeat", "What we think"):
        assert words in notes


# ── names and what says the same ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ending", FORMS)
def test_what_a_name_says_is_not_said_again_by_its_id(tmp_path: Path, ending: str) -> None:
    def full(**more: Any) -> Record:
        return task(
            1,
            **{
                "project": {"id": 5, "name": "Shop", "color": "#111111"},
                "client": {"id": 8, "name": "ACME"},
                "tags": [{"id": 1, "name": "a"}],
                "parent": {"id": 9, "name": "Whole"},
                **more,
            },
        )

    path = exported(tmp_path / f"t{ending}", [full()])

    def columns(**more: Any) -> list[str]:
        return [row[3] for row in rows(compared(path, [full(**more)]))]

    assert columns(project={"id": 6, "name": "Site", "color": "#222222"}) == ["project_name"]
    assert columns(client={"id": 9, "name": "Other"}) == ["client_name"]
    assert columns(tags=[{"id": 2, "name": "b"}]) == ["tag_names"]
    assert columns(parent={"id": 10, "name": "Other"}) == ["parent_task_name"]
    assert columns(status=DOING) == ["status_name"]
    # the name is the same: another one of that name, or another colour
    assert columns(project={"id": 6, "name": "Shop", "color": "#222222"}) == ["project_id", "project_color"]
    assert columns(project={"id": 5, "name": "Shop", "color": "#222222"}) == ["project_color"]
    assert columns(tags=[{"id": 2, "name": "a"}]) == ["tag_ids"]
    assert columns(parent={"id": 10, "name": "Whole"}) == ["parent_task_id"]
    assert columns(client={"id": 9, "name": "ACME"}) == ["client_id"]


def test_a_move_is_told_from_a_status_that_was_renamed(tmp_path: Path) -> None:
    path = exported(tmp_path / "t.csv", [task(1), task(2)])
    changes = compared(path, [task(1, status={**TODO, "name": "Open"}), task(2, status={**TODO, "id": 4})])
    assert rows(changes) == [
        ("status", 2, "Task 2", "status_id", "1", "4"),
        ("changed", 1, "Task 1", "status_name", "To do", "Open"),
    ]
    assert changes.counts == {"added": 0, "gone": 0, "changed": 2, "status_moves": 1}
    fields = [BY_NAME[name] for name in ("id", "status_name")]
    changes = compared(path, [task(1, status=DONE), task(2)], fields=fields)
    assert rows(changes) == [("status", 1, None, "status_name", "To do", "Done")]


@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".parquet"])
def test_people_that_could_not_be_looked_up_are_no_change(tmp_path: Path, ending: str) -> None:
    people = {1: "Ann", 2: "Ben"}
    tasks = [task(1, assignee_user_ids=[1]), task(2, assignee_user_ids=[1]), task(3, assignee_user_ids=[2])]
    now = [tasks[0], task(2, assignee_user_ids=[2]), task(3, assignee_user_ids=[])]
    known = exported(tmp_path / f"known{ending}", tasks, people=people)
    unknown = exported(tmp_path / f"unknown{ending}", tasks)
    assert [row[1:] for row in rows(compared(known, now, people=people))] == [
        (2, "Task 2", "assignee_names", "Ann", "Ben"),
        (3, "Task 3", "assignee_names", "Ben", None),
    ]
    for path, more in ((known, {}), (unknown, {"people": people})):
        told = [row[1:] for row in rows(compared(path, now, **more))]
        assert (2, "Task 2", "assignee_user_ids", "1", "2") in told
        assert [row[0] for row in told] == [2, 3]


def test_only_columns_that_both_have_are_compared_and_the_others_named(tmp_path: Path) -> None:
    fields = [BY_NAME[name] for name in ("id", "name", "notes", "updated_at")]
    path = exported(tmp_path / "t.csv", [task(1, notes="a", priority="low")], fields=fields)
    now = [BY_NAME[name] for name in ("id", "name", "priority", "status_updated_at")]
    changes = compared(path, [task(1, notes="b", priority="high")], fields=now)
    assert rows(changes) == []
    assert changes.notes == [
        "not compared, since t.csv has no such columns: priority",
        "not compared, since this export has no such columns: notes",
    ]


# ── what can't be compared ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ending", FORMS)
def test_a_file_that_is_no_export_of_ours(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t{ending}"
    if ending == ".jsonl":
        path.write_text('{"name": "A", "key": 5}\n')
    else:
        write(path, [Table("Tasks", [OutColumn("name"), OutColumn("key")], [["A", "5"]])])
    with pytest.raises(WrongUse, match="no column `id`"):
        previous(path)


@pytest.mark.parametrize("ending", FORMS)
def test_a_file_that_can_not_be_read(tmp_path: Path, ending: str) -> None:
    with pytest.raises(UnreadableFile, match="does not exist"):
        previous(tmp_path / f"no{ending}")
    (tmp_path / f"d{ending}").mkdir()
    with pytest.raises(UnreadableFile):
        previous(tmp_path / f"d{ending}")
    for n, junk in enumerate(
        (b"", b"\xff\xfe\x00junk\n\n", b"PK\x03\x04" + bytes(90), b"[1]\n", b"PAR1" + bytes(50))
    ):
        path = tmp_path / f"junk{n}{ending}"
        path.write_bytes(junk)
        if ending == ".jsonl" and not junk:
            assert previous(path).rows == {}
            continue
        with pytest.raises(WrongUse) as told:
            previous(path)
        assert "\n" not in told.value.message
    with pytest.raises(UnreadableFile):
        previous(tmp_path / "t.doc")


@pytest.mark.parametrize("ending", FORMS)
def test_an_export_of_another_workspace_is_refused(tmp_path: Path, ending: str) -> None:
    path = exported(tmp_path / f"t{ending}", [task(1)])
    previous(path).check(HERE)
    elsewhere = Connection(HERE.base_url, 1, 8, HERE.credentials)
    with pytest.raises(WrongUse, match="another workspace"):
        previous(path).check(elsewhere)
    # the manifest knows better: an id alone may be that of another server's workspace
    manifest = path.with_name(f"{path.name}.manifest.json")
    manifest.write_text(json.dumps({"workspace": "https://other.example/api 1/7"}))
    with pytest.raises(WrongUse, match=r"https://other\.example/api 1/7"):
        previous(path).check(HERE)
    manifest.write_text(json.dumps({"workspace": HERE.known_as}))
    previous(path).check(HERE)
    for broken in ("", "[]", '{"workspace": 5, "filters": 7}'):
        manifest.write_text(broken)
        previous(path).check(HERE)


def test_the_sheet_about_names_the_workspace_of_a_workbook_that_was_sent_around(tmp_path: Path) -> None:
    about = Table(
        "About", [OutColumn("what"), OutColumn("value")], [["Workspace", "https://other.example/api 1/7"]]
    )
    write(tmp_path / "t.xlsx", [table([task(1)]), about])
    with pytest.raises(WrongUse, match=r"https://other\.example/api 1/7"):
        previous(tmp_path / "t.xlsx").check(HERE)


def test_columns_without_the_id_can_not_be_compared(tmp_path: Path) -> None:
    earlier = previous(exported(tmp_path / "t.csv", [task(1)]))
    with pytest.raises(WrongUse, match="--columns"):
        earlier.check(HERE, ["name", "status_name"])
    earlier.check(HERE, ["name", "id"])


def test_other_filters_are_said(tmp_path: Path) -> None:
    path = exported(tmp_path / "t.csv", [task(1)])
    assert "no manifest" in (previous(path).other_filters({}) or "")
    manifest = path.with_name(f"{path.name}.manifest.json")
    manifest.write_text(json.dumps({"filters": {"project_id": [3, None], "pinned": True}}))
    assert previous(path).other_filters({"pinned": True, "project_id": [3, None]}) is None
    assert "other filters" in (previous(path).other_filters({"pinned": True}) or "")
    manifest.write_text(json.dumps({"filters": {}, "with_archived": True}))
    assert previous(path).other_filters({}, with_archived=True, asked_for_too=["a"]) is None
    assert "other filters" in (previous(path).other_filters({}, with_archived=False) or "")


# ── any two sets of tasks ─────────────────────────────────────────────────────────────────────────

TEXTS = st.sampled_from(
    [None, "", " ", "\t", "A", "a", "=1", "'=1", "''=1", "-1", "@x", "x\ny", "x\r", "é", "e\u0301", "𝄞", "_x000D_",
     "\x01", "TRUE", "true", "5", "5.0", "05", "2026-01-02", "#REF!", "'x", "NULL", "a, b", '"', "x" * 40, " x", "x "]
)  # fmt: skip
DAYS = st.sampled_from([None, "2026-01-02", "2026-01-03", "1899-12-31", "1900-02-28", "9999-12-31", "soon"])
# whole seconds, since a workbook holds no parts of them
TIMES = st.sampled_from(
    [
        None,
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:06Z",
        "2026-01-02T05:04:05+02:00",
        "0001-01-01T00:00:00Z",
    ]
)
NUMBERS = st.sampled_from([None, 0, 5, 15, 2**53, 2**53 + 1, 2**60])
BOOLEANS = st.sampled_from([None, True, False])
FACTS = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "notes": TEXTS,
        "start_date": DAYS,
        "archived_at": TIMES,
        "estimated_mins": NUMBERS,
        "billable": BOOLEANS,
        "status": st.sampled_from([TODO, DOING, DONE]),
        "project": st.sampled_from([None, (5, "Shop"), (6, "Site"), (7, "Shop")]),
        "tags": st.lists(st.sampled_from([(1, "a"), (2, "b, c"), (3, "a")]), unique=True, max_size=2),
        "custom": st.sampled_from([None, 1.5, 2.0, 7, True, "t"]),
        "updated_at": TIMES,
    }
)
SETS = st.dictionaries(st.integers(1, 6) | st.just(2**60), FACTS, max_size=5)


def record(number: int, facts: Record) -> Record:
    status, project = facts["status"], facts["project"]
    return {
        **facts,
        "id": number,
        "status_id": status["id"],
        "project": project and {"id": project[0], "name": project[1], "color": f"#{project[0]}"},
        "tags": [{"id": one, "name": name} for one, name in facts["tags"]],
        "tag_ids": [one for one, _ in facts["tags"]],
    }


def meaning(value: Any) -> Any:
    """What is compared: blank is blank; an instant is the same in any zone."""
    if isinstance(value, str):
        if value == "2026-01-02T05:04:05+02:00":
            return "2026-01-02T03:04:05Z"
        return value if value.strip() else None
    return (type(value) is bool, value) if value is not None else None


def differences(before: dict[int, Record], after: dict[int, Record]) -> set[tuple[str, int, str | None]]:
    """(change, id, column), worked out of the facts alone."""
    found: set[tuple[str, int, str | None]] = {("added", one, None) for one in after.keys() - before.keys()}
    found |= {("gone", one, None) for one in before.keys() - after.keys()}
    for one in before.keys() & after.keys():
        old, new = before[one], after[one]
        for column in ("name", "notes", "start_date", "archived_at", "estimated_mins", "billable", "custom"):
            if meaning(old[column]) != meaning(new[column]):
                found.add(("changed", one, column))
        if old["status"] != new["status"]:
            found.add(("status", one, "status_name"))
        names = [project and project[1] for project in (old["project"], new["project"])]
        if names[0] != names[1]:
            found.add(("changed", one, "project_name"))
        elif old["project"] != new["project"]:
            found |= {("changed", one, "project_id"), ("changed", one, "project_color")}
        if [name for _, name in old["tags"]] != [name for _, name in new["tags"]]:
            found.add(("changed", one, "tag_names"))
        elif old["tags"] != new["tags"]:
            found.add(("changed", one, "tag_ids"))
    return found


@pytest.mark.parametrize("ending", FORMS)
@given(before=SETS, after=SETS)
@settings(max_examples=60, deadline=None)
def test_exactly_the_differences_of_two_sets_are_named(
    ending: str, before: dict[int, Record], after: dict[int, Record]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = exported(Path(folder, f"t{ending}"), [record(one, facts) for one, facts in before.items()])
        # the very file may be overwritten in the meantime
        earlier = previous(path)
        path.unlink()
    now = table([record(one, facts) for one, facts in after.items()])
    changes = Changes(earlier, now.columns)
    for row in now.rows:
        changes.see(row)
    told = rows(changes)
    wanted = differences(before, after)
    assert sorted((kind, one, column or "") for kind, one, _, column, _, _ in told) == sorted(
        (kind, one, column or "") for kind, one, column in wanted
    )
    changed = {one for kind, one, _ in wanted if kind in ("changed", "status")}
    assert changes.counts == {
        "added": len(after.keys() - before.keys()),
        "gone": len(before.keys() - after.keys()),
        "changed": len(changed),
        "status_moves": sum(kind == "status" for kind, _, _ in wanted),
    }
    for _, one, _, column, old, new in told:
        if column in ("name", "notes"):
            assert (meaning(old), meaning(new)) == (meaning(before[one][column]), meaning(after[one][column]))
        if column == "status_name":
            assert (old, new) == (before[one]["status"]["name"], after[one]["status"]["name"])
