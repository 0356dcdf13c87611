"""The table of query parameters against the documentation, and how values get into a URL."""

from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.focus.parameters import BY_NAME, NAMED, PARAMETERS, Kind, query, streamable

DOCUMENTED = Path(__file__).with_name("list-tasks-query.txt").read_text("utf-8")
KINDS = {"integer": {Kind.INTEGER}, "boolean": {Kind.BOOLEAN}, "string": {Kind.TEXT, Kind.DATE, Kind.INSTANT}}
# Single in tasks-api.txt, lists in newer descriptions; one value is written the same way.
LISTS_SINCE = {"source", "priority"}


def documented() -> list[tuple[str, str, str]]:
    rows = [[cell.strip() for cell in line.strip("| \n").split("|")] for line in DOCUMENTED.splitlines()]
    return [(name, kind, text) for name, kind, _required, text in rows[2:]]


def test_every_documented_parameter_is_there_once_and_in_order() -> None:
    assert [name for name, _, _ in documented()] == [p.name for p in PARAMETERS if not p.newer]
    assert len({p.name for p in PARAMETERS}) == len(PARAMETERS)
    assert len(documented()) == 43


@pytest.mark.parametrize(("name", "kind", "text"), documented())
def test_a_parameter_is_as_documented(name: str, kind: str, text: str) -> None:
    parameter = BY_NAME[name]
    assert parameter.kind in KINDS[kind.removeprefix("[]")]
    assert parameter.many == kind.startswith("[]") or name in LISTS_SINCE
    legacy = text.removeprefix("[LEGACY] use ").removesuffix(" instead") if "LEGACY" in text else ""
    assert parameter.legacy == legacy
    assert parameter.empty or f"?{name}=" not in text


def test_only_paging_is_marked_as_paging() -> None:
    assert [p.name for p in PARAMETERS if p.paging] == ["page", "per_page"]


def test_values_outside_the_documented_ones_are_known_as_such() -> None:
    order = BY_NAME["order_by"]
    assert not any(map(order.unknown, ("name", "-name", "cf_12", "-pcf_3")))
    assert order.unknown("id")
    assert BY_NAME["priority"].unknown("urgent")
    assert not BY_NAME["name"].unknown("anything")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start_date", "2024-02-29"),
        ("start_date", date(2024, 2, 29)),
        ("timeblock_start_from", "2026-03-31T08:00:00Z"),
        ("timeblock_start_from", "2026-03-31t08:00:00.25+05:30"),
        ("order_by", "-name"),
        ("priority", "none"),
        ("name", "31.3.2026"),
        ("status_id", 7),
        ("project_id", None),
    ],
)
def test_documented_values_are_known_as_such(name: str, value: object) -> None:
    assert not BY_NAME[name].undocumented(value)


@pytest.mark.parametrize(
    ("name", "value", "documented"),
    [
        ("start_date", "2026-02-29", "a date such as 2026-03-31"),
        ("start_date", "20260331", "a date such as 2026-03-31"),
        ("start_date", "2026-W14-2", "a date such as 2026-03-31"),
        ("start_date", "2026-03-31T08:00:00Z", "a date such as 2026-03-31"),
        ("start_date", "２０２６-03-31", "a date such as 2026-03-31"),
        ("timeblock_start_from", "2026-03-31", "a time such as 2026-03-31T08:00:00Z"),
        ("timeblock_start_from", "2026-03-31T08:00:00", "a time such as 2026-03-31T08:00:00Z"),
        ("timeblock_start_from", "2026-03-31T25:00:00Z", "a time such as 2026-03-31T08:00:00Z"),
        ("priority", "urgent", "none, low, medium, high"),
        ("priority", "High", "none, low, medium, high"),
    ],
)
def test_other_values_are_known_as_well(name: str, value: object, documented: str) -> None:
    assert BY_NAME[name].undocumented(value)
    assert BY_NAME[name].documented == documented


def test_filters_by_name_stand_for_ids_and_take_several() -> None:
    assert {named.option: named.ids.option for named in NAMED.values()} == {
        "--project": "--project-id",
        "--client": "--client-id",
        "--status": "--status-id",
        "--tag": "--tag-id",
        "--assignee": "--assignee-user-id",
        "--parent": "--parent-task-id",
    }
    assert all(named.ids.many and named.ids.kind is Kind.INTEGER for named in NAMED.values())


@pytest.mark.parametrize(
    ("filters", "written"),
    [
        ({"pinned": True, "private": False}, "pinned=true&private=false"),
        ({"status_id": [1, 2, 3]}, "status_id=1,2,3"),
        ({"status_id": 1}, "status_id=1"),
        ({"project_id": None}, "project_id="),
        ({"project_id": [None]}, "project_id="),
        ({"project_id": [None, 3, 4]}, "project_id=&project_id=3&project_id=4"),
        ({"tag_id": []}, ""),
        ({"start_date": date(2026, 2, 1)}, "start_date=2026-02-01"),
        (
            {"timeblock_start_from": datetime(2026, 2, 1, 8, tzinfo=UTC)},
            "timeblock_start_from=2026-02-01T08:00:00+00:00",
        ),
        ({"order_by": ("-created_at", "name")}, "order_by=-created_at,name"),
        ({"cf_filter": ["a,b", "c"]}, "cf_filter=a,b&cf_filter=c"),
        ({"name": "Ärger & Co, Ltd"}, "name=Ärger & Co, Ltd"),
    ],
)
def test_values_are_written_as_the_api_reads_them(filters: dict[str, object], written: str) -> None:
    pairs = query(filters)
    assert "&".join(f"{name}={value}" for name, value in pairs) == written
    assert parse_qsl(urlencode(pairs), keep_blank_values=True) == pairs


def test_a_name_that_the_server_would_silently_ignore_is_refused_here() -> None:
    with pytest.raises(KeyError):
        query({"project_ids": [1]})


@pytest.mark.parametrize("filters", [{"pinned": None}, {"status_id": [1, None]}, {"name": ["a", "b"]}])
def test_a_value_of_the_wrong_shape_is_refused_here(filters: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="takes"):
        query(filters)


@given(st.lists(st.one_of(st.none(), st.integers(1, 10**12)), min_size=1))
def test_every_id_and_every_none_arrives(ids: list[int | None]) -> None:
    arrived = [part for _, value in query({"project_id": ids}) for part in value.split(",")]
    assert arrived == ["" if one is None else str(one) for one in ids]


@given(st.text(st.characters(codec="utf-8")))
def test_any_name_survives_the_url(name: str) -> None:
    assert parse_qsl(urlencode(query({"name": name})), keep_blank_values=True) == [("name", name)]


def test_the_stream_takes_filters_but_not_everything() -> None:
    assert streamable(["status_id", "include_drafts", "page"])
    assert not streamable(["status_id", "include_rates"])
