"""`tasksheet check` of files that people really bring, against what expected.toml says of each.

A table a file, by its path below ../shared/realdata:

    preset, header_row, sheet   the preset (a list: any of them; "": none), the header's row, the sheet of a workbook
    rows, tasks                 rows with data below the header, and the tasks that they come to, valid or not
    invalid                     how many of those tasks are wrong; 0 if not said
    options                     of the command, where the file can't know
    status, says                where check refuses the file: exit status, and words of the message
    otherwise                   [{options, status, invalid, says}]: what comes of it with other options, or with none
    warns                       words of its warnings
    columns, ignored            title → field; titles that feed no field of the body
    cases                       rows, read by hand

A case's row is Excel's number, and the rest is what its task would be:

    skipped, why, folded_into   it is no task (with words of the reason), or a part of the task in that row
    invalid, field              it is wrong, in that field; without `invalid` it has to be right
    name, end_date, …           a field of the body; `…_has` a part of a text, or a list of parts
    told_has                    a part of the description or the notes
    absent                      fields that the body lacks
    key, project, client        the text to be looked up, "" for none; tags and assignees are lists
    status, status_type, section  the status' name; what type it is of where no status has that name
                                (todo, in_progress, done, blocked); the section that may be a status;
                                `status_type_not`: a type that it is not
    parent_row, parent_text     the row of its parent (0: none in the sheet); what the parent's cell says
"""

import json
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from importer.cli import run
from importer.run.check import read
from importer.run.completion import complete
from importer.run.resolve import Resolver
from importer.run.rows import Rows
from importer.run.source import Source
from importer.task.fields import BY_NAME
from importer.task.lists import split

REAL = Path(__file__).resolve().parents[3] / "shared" / "realdata"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("expected.toml").read_text("utf-8")
)

READABLE = [name for name, told in EXPECTED.items() if told.get("status") != 2]
CASES = [(name, case) for name in READABLE for case in EXPECTED[name].get("cases", ())]
OTHERWISE = [(name, other) for name, told in EXPECTED.items() for other in told.get("otherwise", ())]

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")


def test_every_file_is_written_down() -> None:
    files = {f"{path.parent.name}/{path.name}" for path in REAL.glob("*/*")}
    assert files == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_what_check_says_of_a_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = EXPECTED[name]
    status, answer, words = checked(name, told.get("options", ()), capsys)
    if told.get("status") == 2:
        assert status == 2
        assert told["says"] in words
        return
    invalid = told.get("invalid", 0)
    assert status == int(invalid > 0), words
    assert answer["preset"] in presets(told["preset"])
    assert answer["rows"] == told["rows"]
    assert (answer["invalid"], answer["valid"] + answer["invalid"]) == (invalid, told["tasks"])
    warnings = " ".join(warning["problem"] for warning in answer["warnings"])
    for word in told.get("warns", ()):
        assert word in warnings


@pytest.mark.parametrize(("name", "other"), OTHERWISE, ids=str)
def test_what_check_says_with_other_options(
    name: str, other: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    status, answer, words = checked(name, other.get("options", ()), capsys)
    assert status == other["status"]
    assert other.get("says", "") in words
    if "invalid" in other:
        assert answer["invalid"] == other["invalid"]


@pytest.mark.parametrize("name", READABLE)
def test_where_the_table_is_and_which_columns_are_taken(name: str) -> None:
    told, rows = EXPECTED[name], gathered(name)
    assert rows.sheet.header_row == told["header_row"]
    if "sheet" in told:
        assert rows.sheet.name == told["sheet"]
    found: dict[str, set[str | None]] = {}
    for column in rows.mapping.columns:
        found.setdefault(column.title.strip(), set()).add(None if column.line else column.field)
    wanted = {title: {field} for title, field in told["columns"].items()}
    assert {title: found.get(title) for title in wanted} == wanted
    ignored = {title: {None} for title in told.get("ignored", ())}
    assert {title: found.get(title) for title in ignored} == ignored


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}:{case['row']}" for name, case in CASES])
def test_what_a_row_comes_to(name: str, case: dict[str, Any]) -> None:
    rows = gathered(name)
    row = case["row"]
    assert row in rows.checked.names
    if case.get("skipped"):
        assert case.get("why", "") in rows.checked.aside[row].problem
        assert row not in {draft.row for draft in rows.checked.drafts}
        return
    assert rows.checked.folded.get(row) == case.get("folded_into")
    if "folded_into" in case:
        assert row not in rows.bodies
        return
    assert row not in rows.checked.aside
    wrong = {problem.field for problem in rows.checked.invalid.get(row, ())}
    assert case["field"] in wrong if case.get("invalid") else not wrong
    expected = {key: value for key, value in case.items() if key not in ("row", "invalid", "field")}
    assert {key: found_of(key, value, rows, row) for key, value in expected.items()} == expected


def test_an_export_and_its_twin_saved_by_excel_come_to_the_same_tasks() -> None:
    original = gathered("jira/masked-cloud-2024-original.csv")
    twin = gathered("jira/masked-cloud-2024-excel-twin.csv")
    assert len(original.bodies) == 40
    assert original.bodies == twin.bodies
    assert original.texts == twin.texts
    assert original.family == twin.family


# --------------------------------------------------------------------------------- what the tests look at


def checked(
    name: str, options: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any], str]:
    """Exit status, the JSON answer, and every word that was said."""
    status = run(["check", str(REAL / name), *options, "--json"])
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    return status, json.loads(said.out), said.out + said.err


@cache
def gathered(name: str) -> Rows:
    """The rows of a file as check has them, names not looked up."""
    options = EXPECTED[name].get("options", ())
    given = list(zip(options[::2], options[1::2], strict=True))
    values = dict(given)
    assert values.keys() <= {"--map", "--dates", "--unmatched"}
    source = Source(
        REAL / name,
        maps=tuple(value for option, value in given if option == "--map"),
        dates=values.get("--dates"),
        drop=frozenset(value.removesuffix("=drop") for option, value in given if option == "--unmatched"),
    )
    rows = read(source)
    complete(rows, Resolver(None, source.drop))
    return rows


def presets(told: str | list[str]) -> list[str | None]:
    return [one or None for one in (told if isinstance(told, list) else [told])]


def found_of(key: str, wanted: Any, rows: Rows, row: int) -> Any:
    """What a row has where a case's key looks, as the case would write it."""
    body = rows.bodies[row]

    def text(field: str) -> str:
        return rows.texts[field].get(row, "")

    if key == "parent_row":
        return rows.family.parent.get(row, 0)
    if key == "parent_text":
        return text("parent")
    if key in ("status", "status_type", "section"):
        mark = {"status": "", "status_type": "@", "section": "?"}[key]
        return next(
            (part[1:] if mark else part for part in text("status").split("|") if mark_of(part) == mark), ""
        )
    if key == "status_type_not":
        return wanted if f"@{wanted}" not in text("status").split("|") else f"not {wanted}"
    if key in ("tags", "assignees"):
        return list(split(text(key)))
    if key in rows.texts:
        return text(key)
    if key == "absent":
        return [field for field in wanted if field not in body]
    if key.endswith("_has"):
        field = key.removesuffix("_has")
        there = f"{body.get('description')}\n{body.get('notes')}" if field == "told" else str(body.get(field))
        parts = wanted if isinstance(wanted, list) else [wanted]
        return wanted if all(part in there for part in parts) else there
    assert BY_NAME[key].body, f"expected.toml: {key}"
    if key == "priority":
        return body.get("priority", "none")  # none is what a task has by itself
    return body.get(key)


def mark_of(part: str) -> str:
    return part[:1] if part[:1] in ("@", "?") else ""
