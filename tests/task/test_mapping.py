import pytest

from importer.errors import UnusableMapping
from importer.task.mapping import fit, is_own_export, recognise


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("name", "name"),
        ("Title", "name"),
        ("SUMMARY", "name"),
        ("Due date", "end_date"),
        ("due-date", "end_date"),
        ("Deadline", "end_date"),
        ("Start Date", "start_date"),
        ("Estimate (h)", "estimated_mins"),
        ("Est. [min]", "estimated_mins"),
        ("estimated_mins", "estimated_mins"),
        ("taskId", "key"),
        ("parentId", "parent"),
        ("Parent task", "parent"),
        ("#", "key"),
        ("Assigned To", "assignees"),
        ("Labels", "tags"),
        ("integration_ext_id", "integration_ext_id"),
        ("Weather", None),
        ("", None),
    ],
)
def test_a_header_is_recognised_by_name_or_alias(title: str, field: str | None) -> None:
    assert recognise(title) == field


def test_columns_that_nothing_takes_are_listed_as_ignored() -> None:
    mapping = fit(["Title", "Weather", "", "Due date"])
    assert mapping.positions == {"name": 0, "end_date": 3}
    assert [c.title for c in mapping.ignored] == ["Weather"]


def test_what_is_told_beats_what_is_recognised() -> None:
    mapping = fit(["Title", "Subject", "Remarks"], maps=["Title=", "subject=name", "Remarks=description"])
    assert mapping.positions == {"name": 1, "description": 2}


def test_a_plus_adds_a_line_and_leaves_the_column_of_the_field_alone() -> None:
    mapping = fit(["Title", "Notes", "Room"], maps=["Room=notes+"])
    assert mapping.positions == {"name": 0, "notes": 1}
    assert [(c.position, c.field) for c in mapping.lines] == [(2, "notes")]


def test_a_column_name_may_hold_an_equals_sign() -> None:
    assert fit(["Title", "a=b"], maps=["a=b=notes"]).positions == {"name": 0, "notes": 1}


@pytest.mark.parametrize(
    ("header", "options", "words"),
    [
        (["Weather"], {}, ["No column holds the tasks' names", "'Weather'", "--header-row"]),
        (
            ["Title", "Task"],
            {},
            ["Two columns would be name", "'Title' (column 1)", "'Task' (column 2)", '--map "Task="'],
        ),
        (["Title"], {"maps": ["Titel=name"]}, ["no column 'Titel'", "did you mean 'Title'"]),
        (["Title", "x"], {"maps": ["x=end_dat"]}, ["no field 'end_dat'", "'end_date'"]),
        (["Title", "x"], {"maps": ["x=created_at"]}, ["no field 'created_at' to import"]),
        (["Title", "x"], {"maps": ["x=name+"]}, ["only notes and description take a +"]),
        (["Title"], {"maps": ["name"]}, ['"Column=field"']),
        (["Title"], {"fixed": ["priority"]}, ["--set", "field=value"]),
        (["Title"], {"default": ["prio=high"]}, ["--default", "no field 'prio'", "'priority'"]),
    ],
)
def test_what_does_not_fit_is_one_sentence_with_the_way_out(
    header: list[str], options: dict[str, list[str]], words: list[str]
) -> None:
    with pytest.raises(UnusableMapping) as caught:
        fit(header, **options)
    for word in words:
        assert word in str(caught.value)


def test_a_name_for_every_row_will_do() -> None:
    assert fit(["Weather"], fixed=["name=Look out"]).fixed == {"name": "Look out"}


def test_a_column_that_is_told_takes_the_field_from_one_that_is_guessed() -> None:
    mapping = fit(["Title", "Due date", "Closed"], maps=["Closed=end_date"])
    assert mapping.positions == {"name": 0, "end_date": 2}
    assert [c.title for c in mapping.ignored] == ["Due date"]


def test_in_our_own_export_task_ids_point_into_the_sheet_and_names_count() -> None:
    header = ["id", "name", "project_id", "project_name", "status_id", "tag_ids", "tag_names", "parent_task_id",
              "parent_task_name", "assignee_names", "created_at", "workspace_id"]  # fmt: skip
    mapping = fit(header)
    assert mapping.own
    assert mapping.feeds == {
        "key": (0,), "name": (1,), "project": (3,), "status_id": (4,), "tags": (6,), "parent": (7, 8),
        "assignees": (9,),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "own"),
    [
        (["name", "project_name", "status_name", "parent_task_name"], True),
        (["id", "name"], True),
        (["id", "name", "tag_names", "created_at", "workspace_id", "Weather"], True),  # a person added one
        (["id", "name", "created_at", "Weather", "Wind"], False),
        (["id", "name", "tag_names", "created_at", "workspace_id", "A", "B", "C", "D", "E"], False),
        (["id", "name", "tag_names", "created_at", "workspace_id", "tasksheet_row"], False),  # rejects.csv
        (["name", "parent_task_id"], False),
        (["name", "start_date", "notes"], False),
        (["id", "project_name", "status_name"], False),
    ],
)
def test_a_header_shows_whether_it_is_that_of_our_own_export(header: list[str], own: bool) -> None:
    assert is_own_export(header) is own


def test_what_else_tells_of_our_own_export_helps_a_header_that_shows_little() -> None:
    assert is_own_export(["name", "notes"], surely=True)
    assert is_own_export(["Task", "notes", "start_date"], surely=True)
    assert not is_own_export(["Title", "Weather", "notes"], surely=True)
    mapping = fit(["id", "Task", "notes", "Owner", "assignee_emails", "Weather"], own=True)
    assert mapping.positions == {"key": 0, "name": 1, "notes": 2, "assignees": 4}
    assert [c.title for c in mapping.ignored] == ["Owner", "Weather"]
