"""From a sheet's columns to cells by field, as a preset says, and the rows that are no task."""

from typing import Any

import pandas as pd
import pytest

from importer.task.arrange import Arranged, Arranger
from importer.task.mapping import fit
from importer.task.preset import parse
from importer.task.status import status_cells

OUTLINE = {
    "columns": {"name": "What", "indent": "Level", "tags": "Labels"},
    "rows": [
        {"where": {"Kind": "section"}, "are": "sections", "text": "What"},
        {"where": {"Kind": "note"}, "are": "notes", "text": "What"},
        {"where": {"Kind": "setting|"}, "are": "left out", "why": "a setting"},
    ],
}


def arranger(preset: dict[str, Any], header: list[str], above: list[list[str]] | None = None) -> Arranger:
    return Arranger(fit(header, preset=parse("tool", {"name": "Tool", **preset})), above or ())


def frame(rows: list[list[object]], first: int = 2) -> pd.DataFrame:
    index = range(first, first + len(rows))
    return (
        pd.DataFrame(rows, index=index, dtype=object).astype(object).where(lambda cells: cells.notna(), None)
    )


def cells_of(arranged: Arranged, name: str) -> dict[int, object]:
    return {int(row): cell for row, cell in arranged.cells[name].dropna().items()}


# ------------------------------------------------------------------------------- rows that are no task


def test_sections_go_on_below_and_notes_belong_to_the_task_above() -> None:
    tool = arranger(OUTLINE, ["Kind", "What", "Level"])
    first = tool.arrange(
        frame(
            [
                ["task", "Loose", "1"],
                ["note", "first line\r\nsecond line", None],
                ["Section", "Kitchen", None],
                ["note", "of nobody", None],
                ["task", "Sink", "1"],
                ["setting", "view=list", None],
                ["note", "of the sink", None],
            ]
        )
    )
    assert first.rows == [2, 6]
    assert first.lines == {2: ["first line\nsecond line"], 6: ["of the sink"]}
    assert cells_of(first, "section") == {6: "Kitchen"}
    assert {3, 4, 5, 7, 8} == first.others.keys()
    assert first.others[7] == "a setting"
    assert first.others[5] == "a note with no task above it"
    # The next chunk has neither section nor note: it stands below the same section all the same.
    second = tool.arrange(frame([["task", "Tap", "1"], ["task", "Drain", "1"]], first=9))
    assert cells_of(second, "section") == {9: "Kitchen", 10: "Kitchen"}


def test_an_outline_goes_on_in_the_next_chunk() -> None:
    tool = arranger(OUTLINE, ["Kind", "What", "Level"])
    rows: list[list[object]] = [
        ["task", "a", "1"],
        ["task", "b", "3"],
        ["task", "c", "2"],
        ["task", "d", None],
    ]
    assert tool.arrange(frame(rows)).parents == {3: 2, 4: 2}
    assert tool.arrange(frame([["task", "e", "3"], ["task", "f", "1"]], first=6)).parents == {6: 4}


# ------------------------------------------------------------------------------------ columns to fields


def test_what_another_column_of_the_field_says_besides_becomes_a_line_of_the_notes() -> None:
    preset = {"columns": {"name": "What", "end_date": ["Date", "Deadline"]}, "keep_all": ["end_date"]}
    rows: list[list[object]] = [
        ["a", "2026-01-02", "2026-02-03"],
        ["b", None, "2026-02-03"],
        ["c", "2026-01-02", None],
        ["d", "2026-01-02", "2026-01-02"],
    ]
    arranged = arranger(preset, ["What", "Date", "Deadline"]).arrange(frame(rows))
    assert cells_of(arranged, "end_date") == {
        2: "2026-01-02",
        3: "2026-02-03",
        4: "2026-01-02",
        5: "2026-01-02",
    }
    assert arranged.lines == {2: ["Deadline: 2026-02-03"]}


def test_another_field_stands_for_a_blank_cell() -> None:
    preset = {"columns": {"name": ["Task", "Text"], "project": "Project"}, "instead": {"name": "project"}}
    rows: list[list[object]] = [["a", "b", "p"], [None, "b", "p"], [None, None, "p"], [None, None, None]]
    arranged = arranger(preset, ["Task", "Text", "Project"]).arrange(frame(rows))
    assert cells_of(arranged, "name") == {2: "a", 3: "b", 4: "p"}
    place = arranged.places["name"]
    assert isinstance(place, pd.Series)
    assert [place.at[row] for row in (2, 3, 4)] == [0, 1, 2]
    assert cells_of(arranged, "project") == {2: "p", 3: "p", 4: "p"}


def test_a_field_may_be_told_by_another_alone() -> None:
    preset = {"columns": {"name": "Task", "project": "Project"}, "instead": {"name": "project"}}
    arranged = arranger(preset, ["Project", "Hours"]).arrange(frame([["p", "3"]]))
    assert cells_of(arranged, "name") == {2: "p"}


def test_a_column_of_units_belongs_to_bare_numbers() -> None:
    preset = {"columns": {"name": "What", "estimated_mins": "Length"}, "units": {"estimated_mins": "Unit"}}
    rows: list[list[object]] = [
        ["a", "10", "minute"],
        ["b", "2", "day"],
        ["c", "1h", "day"],
        ["d", "5", None],
    ]
    arranged = arranger(preset, ["What", "Length", "Unit"]).arrange(frame(rows))
    told = {row: str(cell).strip() for row, cell in cells_of(arranged, "estimated_mins").items()}
    assert told == {2: "10 minute", 3: "2 day", 4: "1h", 5: "5"}


@pytest.mark.parametrize(
    ("status", "progress", "done", "section", "told"),
    [
        (None, None, None, "Later", "?Later"),
        (None, None, True, "Later", "@done"),
        (None, None, False, "Later", "?Later"),
        (None, "@done", None, "Later", "@done"),
        ("Shipped", None, False, "Later", "Shipped"),
        ("Shipped", "@done", None, "Later", "Shipped|@done"),
        # The type of a status that the workspace lacks: by the progress, the vocabulary, the mark.
        ("Shipped|@done", "@todo", None, None, "Shipped|@todo"),
        ("Shipped|@in_progress", None, True, None, "Shipped|@in_progress"),
        ("Shipped", None, True, "Later", "Shipped|@done"),
        ("Shipped", "@in_progress", True, None, "Shipped|@in_progress"),
        ("On hold|@blocked", "@in_progress", None, None, "On hold|@blocked"),
        ("On hold|@blocked", "@done", None, None, "On hold|@done"),
        # Without a status the mark counts more than the progress.
        (None, "@in_progress", True, None, "@done"),
        (None, "@in_progress", False, None, "@in_progress"),
        # Of what is still to do, a section tells more than the type.
        (None, "@todo", None, "Later", "?Later|@todo"),
        ("Open|@todo", None, None, "Later", "Open|?Later|@todo"),
        ("Open|@todo", None, None, None, "Open|@todo"),
        ("Doing|@in_progress", None, None, "Later", "Doing|@in_progress"),
        # A bar would begin another choice.
        (None, None, None, "Week 1 | Week 2", "?Week 1 / Week 2"),
        (None, None, None, None, None),
    ],
)
def test_what_four_columns_say_of_the_status(
    status: str | None, progress: str | None, done: bool | None, section: str | None, told: str | None
) -> None:
    index = pd.Index([2])
    parts = [pd.Series([cell], index=index, dtype=object) for cell in (status, progress, done, section)]
    found = status_cells(*parts, index=index).at[2]
    assert (None if pd.isna(found) else found) == told


# ---------------------------------------------------------------------------------------------- blocks

BOARD = {
    "blocks": ["Name"],
    "nested": "Subitems",
    "ignore": ["Subitems"],
    "columns": {"name": "Name", "key": "Id", "assignees": ["Person", "Owner"], "status": "Status"},
}
GROUP: list[object] = ["Name", "Subitems", "Person", "Status", "Id"]
SUB: list[object] = ["Subitems", "Name", "Owner", "Estimate (h)", "Files", "Id"]


def board(*rows: list[object]) -> Arranged:
    tool = arranger(BOARD, [str(title) for title in GROUP], above=[["The board"], ["First group"]])
    width = max(len(row) for row in rows)
    return tool.arrange(frame([row + [None] * (width - len(row)) for row in rows], first=4))


def test_groups_and_sub_tasks_of_a_board() -> None:
    arranged = board(
        ["One", "Half,Other half", "Mia", "Open", "11"],
        SUB,
        [None, "Half", "Jo", "1.5", None, "12"],
        [None, "Other half", None, "2h", None, "13"],
        ["Two", None, None, None, "14"],
        [None, None, None, None, None],
        [None, None, None, "2025-01-01 to 2025-02-01", None],
        ["Second group"],
        GROUP,
        ["Third group"],
        GROUP,
        ["Three", None, "Mia", None, "15"],
    )
    assert arranged.rows == [4, 6, 7, 8, 15]
    assert cells_of(arranged, "name") == {4: "One", 6: "Half", 7: "Other half", 8: "Two", 15: "Three"}
    assert cells_of(arranged, "key") == {4: "11", 6: "12", 7: "13", 8: "14", 15: "15"}
    assert cells_of(arranged, "assignees") == {4: "Mia", 6: "Jo", 15: "Mia"}
    assert cells_of(arranged, "section") == {4: "First group", 8: "First group", 15: "Third group"}
    # The header of the block tells the unit, which the sheet's header can't.
    assert cells_of(arranged, "estimated_mins") == {6: "1.5 hours", 7: "2h"}
    assert arranged.parents == {6: 4, 7: 4}
    assert arranged.others[10] == "the summary of a group"
    assert [row for row, why in arranged.others.items() if why == "the title of a group"] == [11, 13]


def test_a_row_with_an_id_is_a_task_though_its_name_is_missing() -> None:
    arranged = board(
        ["One", None, None, None, "11"], [None, None, None, "Done", "12"], [None, None, None, "Done"]
    )
    assert arranged.rows == [4, 5]
    assert arranged.others == {6: "the summary of a group"}


def test_columns_of_sub_tasks_that_nothing_takes_are_remembered() -> None:
    tool = arranger(BOARD, [str(title) for title in GROUP])
    rows = [["One", None, None, None, "11", None], SUB, [None, "Half", None, None, "a.pdf", "12"]]
    tool.arrange(frame(rows, first=4))
    assert tool.unused == {"Files": 1}


# ------------------------------------------------------------------- several values where one can be taken


def test_of_several_values_the_first_is_taken_and_the_others_are_said() -> None:
    preset = {
        "columns": {"name": "What", "project": ["Boards", "Board"]},
        "clean": {"project": {"split": ", "}},
    }
    rows: list[list[object]] = [
        ["a", "Shop, Garden", None],
        ["b", "Shop", "Garden, Attic"],
        ["c", None, "Garden, Attic"],
        ["d", ", Shop", None],
        ["e", None, None],
    ]
    arranged = arranger(preset, ["What", "Boards", "Board"]).arrange(frame(rows))
    assert cells_of(arranged, "project") == {2: "Shop", 3: "Shop", 4: "Garden", 5: "Shop"}
    assert [(p.row, p.value, p.position, p.loss) for p in arranged.losses] == [
        (2, "Shop, Garden", 1, True),
        (4, "Garden, Attic", 2, True),
    ]


def test_a_persons_word_for_a_whole_cell_beats_the_first_of_its_values() -> None:
    preset = parse(
        "tool", {"columns": {"name": "What", "project": "Board"}, "clean": {"project": {"split": ", "}}}
    )
    words = {"project": {"Sales, Marketing": "Sales, Marketing"}}
    arranged = Arranger(fit(["What", "Board"], preset=preset, values=words)).arrange(
        frame([["a", "Sales, Marketing"]])
    )
    assert cells_of(arranged, "project") == {2: "Sales, Marketing"}
    assert not arranged.losses
