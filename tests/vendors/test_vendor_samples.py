"""Our samples of other tools' exports, and the tasks that they come to.

`<sample>.json` beside this file belongs to samples/vendors/<sample>.<ending> and was written by reading it:

    preset, header_row   the tool that the header shows, and where the header stands
    options              of the command, where the file can't know
    tasks                one a row that is a task: its row, the filled fields of its body, and as texts what is to
                         be looked up (project, client, status in the grammar of names.py, tags, assignees);
                         parent_row is the row that it is a part of
    skipped, folded      the other rows: row → a word of the reason, row → the row whose task it is part of
    warnings             words of what is said about the file
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from importer.resources import folder
from importer.run.check import read
from importer.run.completion import complete
from importer.run.resolve import Resolver
from importer.run.rows import Rows
from importer.run.source import Source
from importer.task.lists import split
from importer.task.names import MANY

HERE = Path(__file__).parent
SAMPLES = {path.stem: path for path in sorted((folder("samples") / "vendors").iterdir())}
EXPECTED: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("*.json"))
}
TOLD = ("project", "client", "status", *MANY)  # what is to be looked up


def test_every_sample_has_its_tasks_written_down() -> None:
    assert SAMPLES.keys() == EXPECTED.keys()


def test_every_preset_has_a_sample() -> None:
    usable = {
        p.stem
        for p in (folder("templates") / "presets").glob("*.toml")
        if "\nrefuse" not in p.read_text("utf-8")
    }
    assert usable == {expected["preset"] for expected in EXPECTED.values()}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_shows_its_tool_and_its_header(name: str) -> None:
    rows = gathered(name)
    assert rows.mapping.preset == EXPECTED[name]["preset"]
    assert rows.sheet.header_row == EXPECTED[name]["header_row"]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_comes_to_its_tasks(name: str) -> None:
    rows = gathered(name)
    assert [task_of(rows, row) for row in tasks_of(rows)] == EXPECTED[name]["tasks"]
    assert rows.checked.problems == []


@pytest.mark.parametrize("name", EXPECTED)
def test_every_other_row_of_a_sample_has_its_reason(name: str) -> None:
    rows, expected = gathered(name), EXPECTED[name]
    assert {str(row): into for row, into in rows.checked.folded.items()} == expected["folded"]
    reasons = {str(row): outcome.problem for row, outcome in rows.checked.aside.items()}
    assert reasons.keys() == expected["skipped"].keys()
    assert {row: word for row, word in expected["skipped"].items() if word not in reasons[row]} == {}
    others = {int(row) for row in (*expected["folded"], *expected["skipped"])}
    assert rows.checked.names.keys() == others | set(tasks_of(rows))


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_said_of_a_sample(name: str) -> None:
    said = "\n".join(gathered(name).checked.warnings)
    assert [word for word in EXPECTED[name]["warnings"] if word not in said] == []


@cache
def gathered(name: str) -> Rows:
    """The rows of a sample as check has them, names not looked up."""
    options = EXPECTED[name]["options"]
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert given.keys() <= {"--dates", "--timezone", "--unmatched"}
    rows = read(
        Source(
            SAMPLES[name],
            dates=given.get("--dates"),
            timezone=given.get("--timezone"),
            drop=frozenset({given["--unmatched"].removesuffix("=drop")} if "--unmatched" in given else ()),
        )
    )
    complete(rows, Resolver(None, rows.source.drop))
    return rows


def tasks_of(rows: Rows) -> list[int]:
    return [row for row in rows.bodies if row not in rows.checked.aside]


def task_of(rows: Rows, row: int) -> dict[str, Any]:
    """A task as the JSON files write it."""
    told = {name: rows.texts[name][row] for name in TOLD if row in rows.texts[name]}
    lists = {name: split(text) for name, text in told.items() if name in MANY}
    parent = {"parent_row": rows.family.parent[row]} if row in rows.family.parent else {}
    return {"row": row, **rows.bodies[row], **told, **lists, **parent}
