"""--mapping and --save-mapping: columns and values in a file."""

import pytest

from importer.sandbox.server import Sandbox
from tests.whole.conftest import Terminal

SHEET = "What to do;Bis wann;Wo;Prio;Wer\nPaint;31.03.2026;Hall;A;old@x.com\nSweep;;Yard;B;\n"
FILE = """
dates = "dmy"
[columns]
"What to do" = "name"
"Bis wann" = "end_date"
"Wo" = "notes+"
"Prio" = "priority"
"Wer" = ""
"Not there" = "tags"
[values.priority]
"A" = "high"
b = "low"
[set]
billable = true
"""


def test_columns_values_and_fixed_fields_come_from_a_file(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet("s.csv", SHEET)
    mapping = tasksheet.sheet("m.toml", FILE)
    assert tasksheet("import", sheet, "--mapping", mapping, "--yes").status == 0
    paint, sweep = workspace.store.tasks()
    assert (paint["name"], paint["end_date"], paint["priority"], paint["notes"], paint["billable"]) == (
        "Paint", "2026-03-31", "high", "Wo: Hall", True,
    )  # fmt: skip
    assert (sweep["priority"], sweep["notes"]) == ("low", "Wo: Yard")


def test_options_beat_the_file(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet("s.csv", SHEET)
    mapping = tasksheet.sheet("m.toml", FILE)
    more = ["--map", "Wo=description", "--set", "billable=no"]
    assert tasksheet("import", sheet, "--mapping", mapping, *more, "--yes").status == 0
    paint = workspace.store.tasks()[0]
    assert (paint["description"], paint["notes"] or "", paint["billable"]) == ("Hall", "", False)


def test_a_saved_mapping_reads_the_same_sheet_the_same(tasksheet: Terminal) -> None:
    sheet = tasksheet.sheet("s.csv", SHEET.replace("A;old@x.com", "high;").replace(";B;", ";low;"))
    options = [
        "--map",
        "What to do=name",
        "--map",
        "Bis wann=end_date",
        "--map",
        "Wo=notes+",
        "--dates",
        "dmy",
    ]
    first = tasksheet("check", sheet, *options, "--save-mapping", "saved.toml", "--json").json
    again = tasksheet("check", sheet, "--mapping", "saved.toml", "--json").json
    assert first["valid"] == again["valid"] == 2
    assert first["mapping"] == again["mapping"]
    assert [m["field"] for m in again["mapping"]] == ["name", "end_date", "notes+", "priority", "assignees"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("columns = 3", "[columns]"),
        ("[colums]\na='b'", "colums"),
        ("dates = 'ymd'", "dates"),
        ("timezone = 'Mars/Base'", "Mars/Base"),
        ("[values]\ntags = 'x'", "values.tags"),
        ("[values.wheather]\na = 'b'", "wheather"),
        ("[columns]\n'What to do' = 'nmae'", "did you mean 'name'"),
        ("a =", "TOML"),
        ("preset = 'jirra'", "did you mean 'jira'"),
    ],
)
def test_a_file_that_cant_be_used_is_one_sentence(tasksheet: Terminal, text: str, says: str) -> None:
    sheet = tasksheet.sheet("s.csv", SHEET)
    said = tasksheet("check", sheet, "--mapping", tasksheet.sheet("m.toml", text))
    assert said.status == 2
    assert says in said.err


def test_a_file_that_is_not_there_is_said(tasksheet: Terminal) -> None:
    said = tasksheet("check", tasksheet.sheet("s.csv", SHEET), "--mapping", "gone.toml")
    assert said.status == 2
    assert "gone.toml" in said.err
