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


@pytest.mark.parametrize(
    ("labels", "tags"),
    [
        ("bug", ["bug"]),
        (" question,help wanted", ["question", "help wanted"]),
        ('["bug", "a, b"]', ["bug", "a, b"]),
        ("['bug', \"won't fix\"]", ["bug", "won't fix"]),
        ('[{"id":1,"name":"say \\"no\\"","color":"ededed"},{"name":"x: y, z"}]', ['say "no"', "x: y, z"]),
        ("[{'name': 'bug', 'color': 'd73a4a', 'default': True}]", ["bug"]),
        ("[{'color': 'd73a4a', 'description': None, 'name': 'it, and more'}]", ["it, and more"]),
    ],
)
def test_labels_of_github_are_text_json_or_what_python_shows(labels: str, tags: list[str]) -> None:
    assert split(arranged("github", Title="a", Labels=labels)["tags"]) == tags


@pytest.mark.parametrize(
    ("assignees", "people"),
    [
        ("anna, bo", ["anna", "bo"]),
        ('["anna","bo"]', ["anna", "bo"]),
        ("[{'login': 'anna', 'id': 7, 'url': 'u'}, {'login': 'bo', 'id': 8}]", ["anna", "bo"]),
        ('{"login": "anna", "id": 7}', ["anna"]),
    ],
)
def test_people_of_github_are_their_logins(assignees: str, people: list[str]) -> None:
    assert split(arranged("github", Title="a", Assignees=assignees)["assignees"]) == people


@pytest.mark.parametrize("nothing", ["None", "null", "nan"])
def test_nothing_as_scripts_write_it_for_github(nothing: str) -> None:
    assert arranged("github", Title="a", Body=nothing, Labels=nothing, Milestone=nothing) == {"name": "a"}


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("7/1/2026, 4:00:00 AM GMT+5", "Etc/GMT-5"),
        ("7/1/2026, 1:00 PM GMT-3", "Etc/GMT+3"),
        ("25/12/2026, 04:00 GMT+10", "Etc/GMT-10"),
        ("4/4/2026, 4:00:00 AM EDT", "Etc/GMT+4"),
        ("4/4/2026, 4:00:00 AM PST", "Etc/GMT+8"),
        ("4/4/2026, 4:00:00 AM GMT+5:30", "Asia/Kolkata"),
        ("4/4/2026, 4:00:00 AM UTC", "UTC"),
        ("4/4/2026, 4:00:00 AM GMT+9:30", None),
        ("4/4/2026", None),
    ],
)
def test_zones_of_clickup_stand_behind_its_dates(text: str, zone: str | None) -> None:
    found = arranged("clickup", **{"Task ID": "1", "Task Name": "a", "Due Date Text": text})
    assert found.get("timezone") == zone


@pytest.mark.parametrize(
    ("assignees", "people"),
    [
        ("[Mia Moor, Ben Achter]", ["Mia Moor", "Ben Achter"]),
        ("[Mia Moor]", ["Mia Moor"]),
        ("mia@x.example|ben@x.example", ["mia@x.example", "ben@x.example"]),
    ],
)
def test_people_of_clickup(assignees: str, people: list[str]) -> None:
    assert split(arranged("clickup", **{"Task Name": "a", "Assignees": assignees})["assignees"]) == people


@pytest.mark.parametrize(("project", "name"), [("Shop:May|Print", "Shop:May"), ("Ops | 2026", "Ops | 2026")])
def test_a_list_of_clickup_may_hold_a_bar(project: str, name: str) -> None:
    assert arranged("clickup", **{"Task Name": "a", "List Name": project})["project"] == name


@pytest.mark.parametrize(
    ("parent", "name"),
    [
        ("Plan (https://www.notion.so/Plan-0a1b?pvs=21)", "Plan"),
        ("Plan (draft) (https://www.notion.so/acme/Plan-draft-0a1b)", "Plan (draft)"),
        ("Plan (../Tasks/Plan%200a1b.md)", "Plan"),
        ("Plan (Tasks%20all/Plan%200a1b.md), Other (Tasks%20all/Other%200c.md)", "Plan"),
        ("Plan (draft)", "Plan (draft)"),
        ("Plan, and more", "Plan, and more"),
    ],
)
def test_pages_of_notion_lose_their_links(parent: str, name: str) -> None:
    assert arranged("notion", **{"Task name": "a", "Parent item": parent})["parent"] == name


@pytest.mark.parametrize(
    ("id", "key"),
    [("1208811200010001", "1208811200010001"), ("121,700", None), ("121.700", None), ("1234", "1234")],
)
def test_what_a_spreadsheet_program_leaves_of_an_id_of_asana_identifies_nothing(
    id: str, key: str | None
) -> None:
    assert arranged("asana", **{"Task ID": id, "Name": "a"}).get("key") == key


@pytest.mark.parametrize(
    ("projects", "project"),
    [("Open day", "Open day"), ("Open day, Print jobs", "Open day"), ("Q1,Q2 plan", "Q1,Q2 plan")],
)
def test_the_first_project_of_asana_counts(projects: str, project: str) -> None:
    assert arranged("asana", Name="a", Projects=projects)["project"] == project


@pytest.mark.parametrize("section", ["(no section)", "Untitled section"])
def test_a_section_of_asana_that_nobody_named_is_none(section: str) -> None:
    assert "section" not in arranged("asana", **{"Name": "a", "Section/Column": section})


@pytest.mark.parametrize(
    ("parents", "parent"),
    [
        ({"Parent": "10013", "Parent key": "FERRY-13", "Custom field (Epic Link)": "FERRY-12"}, "FERRY-13"),
        ({"Custom field (Epic Link)": "FERRY-12", "Parent": "10013"}, "10013"),
        ({"Custom field (Epic Link)": "FERRY-12", "Parent": ""}, "FERRY-12"),
        ({"Parent id": "10013", "Parent summary": "Barcode gate"}, "10013"),
    ],
)
def test_parents_of_jira_in_order_of_trust(parents: dict[str, str], parent: str) -> None:
    filled = {title: cell or None for title, cell in parents.items()}
    assert arranged("jira", Summary="a", **filled)["parent"] == parent  # type: ignore[arg-type]
