from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.task.fields import BY_NAME, EVERYTHING, Kind
from importer.task.flatten import Beyond, flattener
from importer.task.lists import split


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


# Flat and back: nothing of a record is lost, whatever of it is there.

texts = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() and max(text) < "\ud800")
ids = st.integers(1, 2**60)
SCALARS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.INTEGER: ids,
    Kind.MINUTES: ids,
    Kind.SECONDS: ids,
    Kind.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
    Kind.BOOLEAN: st.booleans(),
    Kind.INTEGERS: st.lists(ids, max_size=3),
    Kind.TEXTS: st.lists(texts, max_size=3),
}
OBJECTS = ("client", "metadata", "parent", "project", "status", "tags")
TWINS = {"project_id": "project", "client_id": "client", "status_id": "status", "tag_ids": "tags"}


def some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have some of these fields, some of those null."""
    return st.fixed_dictionaries({}, optional={k: st.none() | values for k, values in fields.items()})


def scalars(prefix: str) -> dict[str, st.SearchStrategy[Any]]:
    """What the table knows right below an object: name → values."""
    found = {}
    for field in EVERYTHING:
        for path in field.paths:
            name = path.removeprefix(prefix)
            if path.startswith(prefix) and "." not in name and name not in ("client_id", "reucrrence_date"):
                found[name] = SCALARS.get(field.kind, texts)
    return found


def records(prefix: str = "") -> st.SearchStrategy[dict[str, Any]]:
    """Tasks in the shape of the list, as far as each part is there; the parent's too."""
    tag = st.fixed_dictionaries({"id": ids, "name": texts, "color": texts})
    rate = some(scalars(f"{prefix}project.rate."))
    parts: dict[str, st.SearchStrategy[Any]] = {
        **{name: values for name, values in scalars(prefix).items() if name not in TWINS},
        "tags": st.lists(tag, max_size=3),
        "client": some(scalars(f"{prefix}client.")),
        "metadata": some(scalars(f"{prefix}metadata.")),
        "status": some(scalars(f"{prefix}status.")),
        "project": st.builds(
            lambda project, rate: project | {"rate": rate}, some(scalars(f"{prefix}project.")), rate
        ),
    }
    if not prefix:
        parts["parent"] = records("parent.")
    return some(parts)


def rebuilt(row: dict[str, Any]) -> dict[str, Any]:
    """The nested record that a flat row was made from, by the paths of the table alone."""
    record: dict[str, Any] = {}
    for field in EVERYTHING:
        value = row[field.name]
        nested = [path for path in field.paths if "." in path and "reucrrence" not in path]
        own = not nested or field.name.endswith(("parent_task_id", "parent_task_name"))
        path = "".join(field.paths[:1]) if own else nested[-1]
        if value is None or not path:
            continue
        if field.kind in (Kind.INTEGERS, Kind.TEXTS):
            value = [int(one) if field.kind is Kind.INTEGERS else one for one in split(value)]
        outer, many, inner = path.partition("[].")
        *objects, last = outer.split(".")
        here = record
        for name in objects:
            here = here.setdefault(name, {})
        if not many:
            here[last] = value
            continue
        items = here.setdefault(last, [{} for _ in value])
        for item, one in zip(items, value, strict=True):
            item[inner] = one
    return record


def with_twins(record: dict[str, Any]) -> dict[str, Any]:
    """A parent's id and name fill what the task itself says of its parent, where it says nothing."""
    parent = record.get("parent") or {}
    told = {"parent_task_id": parent.get("id"), "parent_task_name": parent.get("name")}
    return {**told, **{key: value for key, value in record.items() if value is not None}}


def without_blanks(value: Any) -> Any:
    """Null, missing and empty are one and the same in a cell."""
    if isinstance(value, dict):
        kept = {key: without_blanks(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in (None, {}, [])}
    return [without_blanks(one) for one in value] if isinstance(value, list) else value


@given(records())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_flat_and_back_is_the_nested_record(record: dict[str, Any]) -> None:
    row = flattener(EVERYTHING)(record)
    assert rebuilt(dict(zip((field.name for field in EVERYTHING), row, strict=True))) == without_blanks(
        with_twins(record)
    )
