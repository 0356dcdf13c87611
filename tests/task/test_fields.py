"""FIELDS against the API's documentation, both ways.

`documented-fields.txt` holds the tables of tasks-api.txt as they stand there: the answer of the
list with everything nested in it, and the bodies of create and bulk create.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.task.fields import BY_NAME, FIELDS, Field, Kind

DOCUMENTED = Path(__file__).with_name("documented-fields.txt").read_text("utf-8")

# What the documentation calls a value, and what a field may make of it.
KINDS = {
    "integer": {Kind.INTEGER, Kind.MINUTES, Kind.SECONDS},
    "number": {Kind.NUMBER},
    "boolean": {Kind.BOOLEAN},
    "string": {Kind.TEXT, Kind.DATE, Kind.INSTANT, Kind.PRIORITY, Kind.COLOR, Kind.RRULE},
    "object": {Kind.DATE},  # only reucrrence_date, of which nothing else is told
    "Array of integer": {Kind.INTEGERS},
    "Array of string": {Kind.TEXTS},
}
EXACT = {
    "start_date": Kind.DATE,
    "end_date": Kind.DATE,
    "priority_at": Kind.DATE,
    "priority": Kind.PRIORITY,
    "color": Kind.COLOR,
    "rrule": Kind.RRULE,
    "estimated_mins": Kind.MINUTES,
}


def leaves(title: str) -> dict[str, str]:
    """Path → type of every leaf below a title; a list's are at `tags[].id`."""
    lines = DOCUMENTED.split(f"{title}\n", 1)[1].splitlines()
    return dict(_table(lines, ""))


def _table(lines: list[str], above: str) -> Iterator[tuple[str, str]]:
    """Reads one table off the lines, then the ones of its objects, which follow in its order."""
    assert lines.pop(0) == "| Name | Type | Description |"
    lines.pop(0)
    nested: list[tuple[str, str]] = []
    while lines and lines[0].startswith("|"):
        name, kind, _ = (cell.strip() for cell in lines.pop(0).strip("|").split("|"))
        if kind.endswith("object"):
            nested.append((name, kind))
        else:
            yield above + name, kind
    for name, kind in nested:
        assert lines.pop(0) == name
        if lines and lines[0].startswith("|"):
            yield from _table(lines, f"{above}{name}{'[]' if 'Array' in kind else ''}.")
        else:
            yield above + name, kind


ANSWER = {
    path.removeprefix("data[]."): kind
    for path, kind in leaves("List tasks: Response").items()
    if path.startswith("data[].")
}
CREATE = leaves("Create a new task: Body")
BULK = {path.removeprefix("tasks[]."): kind for path, kind in leaves("Creates tasks in bulk: Body").items()}
BODY = [field for field in FIELDS if field.body]


def test_the_tables_were_read_to_their_ends() -> None:
    assert len(CREATE) == 23
    assert sum(not path.startswith("parent.") for path in ANSWER) == 76
    assert sum(path.startswith("parent.") for path in ANSWER) == 66
    assert "parent.project.rate.hourly_rate" in ANSWER
    assert ANSWER["tags[].name"] == "string"
    assert DOCUMENTED.splitlines()[-1].strip("| ").startswith("tag_ids")


def test_one_task_and_a_task_in_bulk_take_the_same_body() -> None:
    assert CREATE == BULK


def test_body_fields_are_the_documented_ones_and_no_others() -> None:
    assert sorted(field.name for field in BODY) == sorted(CREATE)


@pytest.mark.parametrize(("name", "kind"), CREATE.items())
def test_a_body_field_has_a_kind_that_fits_its_type(name: str, kind: str) -> None:
    assert BY_NAME[name].kind in KINDS[kind]
    if name in EXACT:
        assert BY_NAME[name].kind is EXACT[name]
    elif kind == "string":
        assert BY_NAME[name].kind is Kind.TEXT


@pytest.mark.parametrize(("path", "kind"), ANSWER.items())
def test_everything_in_an_answer_has_a_field(path: str, kind: str) -> None:
    takers = [field for field in FIELDS if path in field.paths]
    assert takers
    for field in takers:
        in_list = path.rpartition(".")[0].endswith("[]")
        many = {"integer": Kind.INTEGERS, "string": Kind.TEXTS}
        assert field.kind in ({many[kind]} if in_list else KINDS[kind])


def test_no_path_leads_to_what_is_not_documented_but_these() -> None:
    undocumented = {path for field in FIELDS for path in field.paths} - set(ANSWER)
    assert undocumented == {
        *("recurrence_date", "parent.recurrence_date"),  # as it is spelt right
        *("client_id", "parent.client_id"),  # the twin of client.id, should it come like the others
        *("parent.parent.id", "parent.parent.name"),  # a parent's parent, by the twins' paths
    }


def test_the_right_spelling_is_asked_before_the_wrong_one() -> None:
    assert BY_NAME["recurrence_date"].paths == ("recurrence_date", "reucrrence_date")


def test_names_are_unique() -> None:
    assert len({field.name for field in FIELDS}) == len(FIELDS)


@pytest.mark.parametrize("field", [f for f in FIELDS if not f.paths], ids=lambda f: f.name)
def test_a_field_without_a_path_is_a_cell_a_look_up_or_never_answered(field: Field) -> None:
    assert field.cell or field.name in {
        "assignee_names",
        "assignee_emails",
        "integration_source",
        "integration_ext_id",
    }


def test_a_nested_id_fills_its_twin() -> None:
    for twin in ("project", "client", "status"):
        assert BY_NAME[f"{twin}_id"].paths[-1] == f"{twin}.id"
    assert BY_NAME["parent_task_id"].paths == ("parent_task_id", "parent.id")
    assert BY_NAME["tag_ids"].paths == ("tag_ids", "tags[].id")
