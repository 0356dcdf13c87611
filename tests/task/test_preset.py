"""Presets as data: how a file of one is read, and which of them a header asks for."""

from typing import Any

import pytest

from importer.errors import UnusableMapping
from importer.task.mapping import fit
from importer.task.preset import PLAIN, Preset, detect, parse

TOOL = {
    "name": "Tool",
    "signatures": [["Card No", "Card", "Lane"]],
    "ignore": ["Start"],
    "add_up": ["tags"],
    "columns": {
        "name": "Card",
        "parent": ["Parent no", "Parent"],
        "tags": ["Label"],
        "notes+": ["Link"],
    },
    "values": {"priority": {"Very  High": "~high"}, "status": {"Shipped": "@done"}},
}
HEADER = ["Card no.", "CARD", "lane", "Label", "Label", "Parent", "Parent No", "Link", "Start", "Due date"]


def test_a_header_asks_for_the_preset_whose_longest_signature_it_holds() -> None:
    short = Preset("short", signatures=(("Card",),))
    long = parse("long", TOOL)
    assert detect(HEADER, [short, long]) is long
    assert detect(["CARD", "Due"], [long, short]) is short
    assert detect(["Task"], [short, long]) is None


def test_columns_come_in_order_of_trust_repeat_and_become_lines() -> None:
    mapping = fit(HEADER, preset=parse("tool", TOOL))
    assert mapping.feeds == {"name": (1,), "tags": (3, 4), "parent": (6, 5), "end_date": (9,)}
    assert [column.title for column in mapping.lines] == ["Link"]
    assert [column.title for column in mapping.ignored] == ["Card no.", "lane", "Start"]
    assert mapping.preset == "tool"


def test_what_a_person_says_beats_the_preset() -> None:
    mapping = fit(
        HEADER,
        ["Label=", "Lane=parent"],
        preset=parse("tool", TOOL),
        values={"priority": {"very high": "medium"}, "tags": {"Old": "New"}},
    )
    assert mapping.feeds["parent"] == (2,)
    assert "tags" not in mapping.feeds
    assert mapping.values["priority"] == {"very high": "medium"}
    assert mapping.values["tags"] == {"old": "New"}
    assert mapping.values["status"] == {"shipped": "@done"}


def test_in_a_tools_file_an_alias_counts_only_where_it_is_the_only_one() -> None:
    header = ["Card No", "Card", "Lane", "Deadline", "Due"]
    assert "end_date" not in fit(header, preset=parse("tool", TOOL)).feeds
    with pytest.raises(UnusableMapping, match="Two columns would be end_date"):
        fit(header[1:], ["Card=name"], preset=PLAIN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"colums": {}},
        {"rows": [{"where": {"A": "x"}, "are": "gone"}]},
        {"rows": [{"are": "notes"}]},
        {"clean": {"name": {"replace": [["(", ""]]}}},
        {"moves": [{"from": "name", "to": "tags"}]},
        {"values": ["a"]},
    ],
)
def test_a_preset_that_cant_be_used_says_which_and_where_its_form_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnusableMapping, match=r"The preset tool .*presets\.md"):
        parse("tool", {**TOOL, **wrong})


def test_the_first_column_may_have_any_title() -> None:
    preset = parse("tool", {**TOOL, "first": "name"})
    header = ["Deliverable", "Lane", "Task"]
    assert fit(header, preset=preset).feeds["name"] == (0,)
    assert fit(["Deliverable", "Card"], preset=preset).feeds["name"] == (1,)
    assert fit(header, ["Task=name"], preset=preset).feeds["name"] == (2,)
    with pytest.raises(UnusableMapping, match="tasks' names"):
        fit(["Link", "Deliverable"], preset=preset)
