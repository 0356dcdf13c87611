from importer.task.fields import BY_NAME, EVERYTHING
from importer.task.flatten import Beyond, flattener


def flat(record: dict, *names: str) -> list:
    return flattener([BY_NAME[name] for name in names])(record)


def test_a_nested_id_fills_its_twin_and_the_twin_wins() -> None:
    assert flat({"project": {"id": 3}}, "project_id") == [3]
    assert flat({"project_id": 4, "project": {"id": 3}}, "project_id") == [4]
    assert flat({"parent": {"id": 9, "name": "P"}}, "parent_task_id", "parent_task_name") == [9, "P"]


def test_either_spelling_feeds_recurrence_date() -> None:
    assert flat({"reucrrence_date": "2026-01-01"}, "recurrence_date") == ["2026-01-01"]
    assert flat({"recurrence_date": "2026-01-02"}, "recurrence_date") == ["2026-01-02"]


def test_many_values_stand_in_one_cell() -> None:
    record = {"tag_ids": [1, 2], "tags": [{"id": 1, "name": "a, b"}, {"id": 2, "name": "c"}]}
    assert flat(record, "tag_ids", "tag_names", "tag_colors") == ["1, 2", '"a, b", c', None]


def test_missing_null_and_ragged_objects_give_blanks() -> None:
    names = [field.name for field in EVERYTHING]
    for record in (
        {},
        {"project": None, "tags": None, "parent": None},
        {"project": 3, "tags": [None, 1], "status": []},
    ):
        assert set(flat(record, *names)) <= {None}


def test_the_parents_own_objects_have_columns() -> None:
    record = {"parent": {"project": {"name": "P", "rate": {"hourly_rate": 12.5}}, "tags": [{"name": "t"}]}}
    assert flat(record, "parent_project_name", "parent_project_rate_hourly_rate", "parent_tag_names") == [
        "P",
        12.5,
        "t",
    ]


def test_fields_that_the_api_adds_later_come_out_as_columns() -> None:
    records = [
        {"id": 1, "estimate_type": "total", "project": {"id": 2, "draft": True}},
        {
            "id": 2,
            "custom": {"a": {"b": 1}},
            "links": [{"x": 1}],
            "assignees": [],
            "parent": {"is_template": False},
        },
    ]
    beyond = Beyond()
    for record in records:
        beyond.see(record)
    fields = beyond.fields
    assert [f.name for f in fields] == [
        "estimate_type", "project_draft", "custom_a_b", "links", "assignees", "parent_is_template",
    ]  # fmt: skip
    assert flattener(fields)(records[1]) == [None, None, 1, '[{"x": 1}]', None, False]
