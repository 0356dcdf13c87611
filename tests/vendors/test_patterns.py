"""The patterns of presets, cell by cell: what tools write into one cell, and what it comes to."""

from typing import Any

import pandas as pd
import pytest

from importer.run.presets import presets
from importer.task.arrange import Arranger
from importer.task.lists import split
from importer.task.mapping import fit


def arranged(tool: str, **cells: str) -> dict[str, Any]:
    """The filled fields of one row in the columns of a tool."""
    mapping = fit(list(cells), preset=presets()[tool])
    frame = pd.DataFrame([list(cells.values())], index=[2], dtype=object)
    found = Arranger(mapping).arrange(frame).cells
    return {name: column.at[2] for name, column in found.items() if isinstance(column.at[2], str)}


@pytest.mark.parametrize(
    ("content", "name", "labels"),
    [
        ("Buy paint @shop @30min", "Buy paint", ["shop", "30min"]),
        ("@shop buy @a/b @c.d-e @/f", "buy", ["shop", "a/b", "c.d-e", "/f"]),
        ("Ask (then @pay, please)", "Ask (then , please)", ["pay"]),
        ("Done @home.", "Done .", ["home"]),
        ("Write to mia@x.example @ 5", "Write to mia@x.example @ 5", []),
        (
            "[The @plan of it](https://x.example/@mia) @read",
            "[The @plan of it](https://x.example/@mia)",
            ["read"],
        ),
        ("* Heading @late", "Heading", ["late"]),
        ("2 * 3 *", "2 * 3 *", []),
    ],
)
def test_labels_of_todoist_stand_in_the_name(content: str, name: str, labels: list[str]) -> None:
    found = arranged("todoist", TYPE="task", CONTENT=content)
    assert (found["name"], split(found.get("tags", ""))) == (name, labels)


@pytest.mark.parametrize(
    ("date", "repeats"),
    [
        ("every day", True),
        ("every! 3 days", True),
        ("ev sun", True),
        ("Every other Monday at 9:00", True),
        ("jeden Montag", True),
        ("täglich", True),
        ("tous les jours", True),
        ("evening", False),
        ("4 Jan", False),
        ("2026-03-02", False),
        ("in 5 days", False),
    ],
)
def test_a_date_of_todoist_may_be_a_repeat(date: str, repeats: bool) -> None:
    found = arranged("todoist", TYPE="task", CONTENT="a", DATE=date)
    assert found == {"name": "a", "repeat" if repeats else "end_date": date}


@pytest.mark.parametrize(
    ("responsible", "person"),
    [("Mia Moor (123)", "Mia Moor"), ("Moor, Mia (123)", '"Moor, Mia"'), ("Mia", "Mia")],
)
def test_people_of_todoist_lose_their_ids(responsible: str, person: str) -> None:
    assert arranged("todoist", TYPE="task", CONTENT="a", RESPONSIBLE=responsible)["assignees"] == person


@pytest.mark.parametrize(
    ("labels", "tags"),
    [
        ("Shop (green), Urgent (red)", ["Shop", "Urgent"]),
        ("Bath, and floor (lime_dark), (blue)", ["Bath, and floor", "blue"]),
        ("Size (L) (sky)", ["Size (L)"]),
        ("Plain, Other", ["Plain", "Other"]),
        ("Shop (green), Plain, Other", ["Shop", "Plain", "Other"]),
        ("Nothing ()", ["Nothing"]),
    ],
)
def test_labels_of_trello_lose_their_colours(labels: str, tags: list[str]) -> None:
    assert split(arranged("trello", **{"Card Name": "a", "Labels": labels})["tags"]) == tags


@pytest.mark.parametrize(
    ("labels", "tags"),
    [
        ("Night shift-red Pumps-blue", ["Night shift", "Pumps"]),
        ("Co-op-green", ["Co-op"]),
        ("Press work ", ["Press work"]),
        ("Well-known", ["Well-known"]),
    ],
)
def test_labels_of_wekan_lose_their_colours(labels: str, tags: list[str]) -> None:
    assert split(arranged("wekan", Title="a", Labels=labels)["tags"]) == tags


@pytest.mark.parametrize(
    ("status", "progress", "archived"),
    [("0", "@todo", None), ("1", "@done", None), ("2", "@done", "archived"), ("7", "7", None)],
)
def test_status_of_ticktick(status: str, progress: str, archived: str | None) -> None:
    found = arranged("ticktick", Title="a", Status=status)
    assert (found["progress"], found.get("archived")) == (progress, archived)
