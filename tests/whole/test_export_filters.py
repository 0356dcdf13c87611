"""The filters of an export: what goes to the server, what names come to, and what a server makes of them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from importer.focus.ignored import CHECKS
from importer.focus.parameters import NAMED, PARAMETERS
from importer.sandbox.server import PLENTY, Sandbox
from tests.focus.loopback import Asked, Loopback, reply
from tests.whole.conftest import Terminal

Pairs = list[tuple[str, str]]


# What arrives


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """An empty workspace that keeps what it was asked."""
    with Loopback(lambda _: reply(200, {"data": [], "page": 1, "per_page": 100, "total": 0})) as server:
        monkeypatch.setenv("TOGGL_FOCUS_BASE_URL", server.base_url)
        monkeypatch.setenv("TOGGL_ORGANIZATION_ID", "3")
        monkeypatch.setenv("TOGGL_WORKSPACE_ID", "4")
        monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_test")
        yield server


def of_tasks(server: Loopback) -> list[Asked]:
    asked = [one for one in server.asked if one.path.endswith("/tasks")]
    assert asked
    return asked


def both(name: str) -> list[tuple[list[str], Pairs]]:
    option = name.replace("_", "-")
    return [([f"--{option}"], [(name, "true")]), ([f"--no-{option}"], [(name, "false")])]


def ids(name: str, *, empty: bool = False) -> list[tuple[list[str], Pairs]]:
    """Repeated and comma-joined; "none" as an empty value."""
    option = f"--{name.replace('_', '-')}"
    cases = [
        ([option, "7"], [(name, "7")]),
        ([option, "7, 8", option, "9"], [(name, "7,8,9")]),
    ]
    nones = [
        ([option, "none"], [(name, "")]),
        ([option, "7,None"], [(name, "7"), (name, "")]),
        ([option, "none", option, "7"], [(name, ""), (name, "7")]),
    ]
    return cases + (nones if empty else [])


def one(name: str, *values: str) -> list[tuple[list[str], Pairs]]:
    return [([f"--{name.replace('_', '-')}", value], [(name, value)]) for value in values]


# Every parameter of List tasks but page and per_page: words of the command → what the server gets of it.
ARRIVES: dict[str, list[tuple[list[str], Pairs]]] = {
    "with_entries": both("with_entries"),
    "pinned": both("pinned"),
    "order_by": [
        *one("order_by", "name", "-created_at", "cf_12", "-pcf_3"),
        (
            ["--order-by", "-end_date,name", "--order-by", "position"],
            [("order_by", "-end_date,name,position")],
        ),
    ],
    "status_id": ids("status_id"),
    "toggl_user_id": one("toggl_user_id", "7100001"),
    "name": one("name", "Ärger & Co, Ltd", "a=b?c#d", "none", " two words ", "日本"),
    "has_time_entries": both("has_time_entries"),
    "has_time_blocks": both("has_time_blocks"),
    "has_dates": both("has_dates"),
    "private": both("private"),
    "archived": both("archived"),
    "project_id": ids("project_id", empty=True),
    "parent_task_id": ids("parent_task_id", empty=True),
    "start_date": one("start_date", "2026-03-01"),
    "end_date": one("end_date", "2026-03-31"),
    "start_date_from": one("start_date_from", "2026-03-01"),
    "start_date_to": one("start_date_to", "2026-03-01"),
    "end_date_from": one("end_date_from", "2026-03-01"),
    "end_date_to": one("end_date_to", "2026-03-01"),
    "dates_overlap_start": one("dates_overlap_start", "2026-03-01"),
    "dates_overlap_end": one("dates_overlap_end", "2026-03-01"),
    "estimated_mins_min": one("estimated_mins_min", "0", "90"),
    "estimated_mins_max": one("estimated_mins_max", "0", "90"),
    "source": [
        *one("source", "focus"),
        (["--source", "plan", "--source", "google_calendar"], [("source", "plan,google_calendar")]),
    ],
    "priority": [*one("priority", "none"), (["--priority", "high,low"], [("priority", "high,low")])],
    "is_priority": both("is_priority"),
    "state": [*one("state", "done"), (["--state", "active, tracked"], [("state", "active,tracked")])],
    "timeblock_start_from": one("timeblock_start_from", "2026-03-01T08:00:00Z", "2026-03-01T08:00:00+01:00"),
    "timeblock_start_until": one("timeblock_start_until", "2026-03-01T08:00:00.5Z"),
    "time_block_id": ids("time_block_id"),
    "time_block_completed": both("time_block_completed"),
    "team_id": ids("team_id", empty=True),
    "assignee_user_id": ids("assignee_user_id", empty=True),
    "tag_id": ids("tag_id", empty=True),
    "recurring": both("recurring"),
    "recurring_task_ids": ids("recurring_task_ids"),
    "client_id": ids("client_id", empty=True),
    "include_rates": both("include_rates"),
    "include_ghost_assignees": both("include_ghost_assignees"),
    "assignee_ghost_id": ids("assignee_ghost_id"),
    "disable_aggregations": both("disable_aggregations"),
    "include_project_completed": both("include_project_completed"),
    "include_drafts": both("include_drafts"),
    "active_by_date": one("active_by_date", "2026-03-01"),
    "assignee_team_id": ids("assignee_team_id"),
    "include_assignees": both("include_assignees"),
    "include_parent_matches": both("include_parent_matches"),
    "cf_filter": [
        *one("cf_filter", "12:eq:a, b"),
        (["--cf-filter", "a,b", "--cf-filter", "c"], [("cf_filter", "a,b"), ("cf_filter", "c")]),
    ],
}


def test_there_is_a_case_for_every_parameter_that_is_an_option() -> None:
    assert ARRIVES.keys() == {parameter.name for parameter in PARAMETERS} - {"page", "per_page"}


@pytest.mark.parametrize(
    ("name", "words", "pairs"),
    [(name, words, pairs) for name, cases in ARRIVES.items() for words, pairs in cases],
    ids=lambda one: "·".join(one) if isinstance(one, list) and one and isinstance(one[0], str) else "",
)
def test_an_option_arrives_as_the_api_reads_it(
    tasksheet: Terminal, listening: Loopback, name: str, words: list[str], pairs: Pairs
) -> None:
    said = tasksheet("export", "out.csv", *words)
    assert said.status == 0, said.err
    for asked in of_tasks(listening):
        assert asked.path == "/api/organizations/3/workspaces/4/tasks"
        assert [pair for pair in asked.query if pair[0] == name] == pairs
    assert ("older spelling" in said.err) == (
        name[:8] in ("start_da", "end_date", "dates_ov") and name[-4:] != "date"
    )


def test_filters_stand_beside_each_other(tasksheet: Terminal, listening: Loopback) -> None:
    words = ["--pinned", "--status-id", "1,2", "--start-date", "2026-03-01", "--end-date", "2026-03-31"]
    assert tasksheet("export", "-", *words).status == 0
    wanted = {"pinned": "true", "status_id": "1,2", "start_date": "2026-03-01", "end_date": "2026-03-31"}
    assert dict(of_tasks(listening)[0].query).items() >= wanted.items()


def test_tasks_of_completed_and_draft_projects_are_asked_for_unless_told_not_to(
    tasksheet: Terminal, listening: Loopback
) -> None:
    hidden = {("include_project_completed", "true"), ("include_drafts", "true")}
    assert tasksheet("export", "-").status == 0
    assert all(hidden <= set(asked.query) for asked in of_tasks(listening))
    listening.asked.clear()
    assert tasksheet("export", "-", "--active-projects-only").status == 0
    assert not any(hidden & set(asked.query) for asked in of_tasks(listening))
    listening.asked.clear()
    assert tasksheet("export", "-", "--no-include-drafts").status == 0
    assert ("include_drafts", "false") in of_tasks(listening)[0].query


def test_both_states_are_asked_for_with_archived(tasksheet: Terminal, listening: Loopback) -> None:
    assert tasksheet("export", "-", "--with-archived", "--pinned").status == 0
    assert {dict(asked.query)["archived"] for asked in of_tasks(listening)} == {"false", "true"}
    assert all(dict(asked.query)["pinned"] == "true" for asked in of_tasks(listening))


# What is wrong before anything is asked


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--with-archived", "--archived"], "--with-archived"),
        (["--with-archived", "--no-archived"], "--with-archived"),
        (["--active-projects-only", "--include-drafts"], "--include-drafts"),
        (["--active-projects-only", "--include-project-completed"], "--include-project-completed"),
        (["--read", "stream", "--timeblock-start-from", "2026-03-01T00:00:00Z"], "--timeblock-start-from"),
        (["--read", "stream", "--disable-aggregations"], "--disable-aggregations"),
        (["--read", "all"], "--read"),
        (["--jobs", "0"], "--jobs"),
        (["--jobs", "9"], "--jobs"),
        (["--max-wait", "-1"], "--max-wait"),
        (["--status-id", "none"], "--status-id"),  # a task always has one
        (["--status-id", "1_000"], "--status-id"),
        (["--status-id", "1,,2"], "--status-id"),
        (["--project-id", "7,acme"], "--project-id"),
        (["--tag-id", "9" * 5000], "--tag-id"),
        (["--estimated-mins-min", "1.5"], "--estimated-mins-min"),
        (["--start-date", " "], "--start-date"),
        (["--name", ""], "--name"),
        (["--cf-filter", ""], "--cf-filter"),
        *((["--" + name, " "], f"--{name}") for name in NAMED),
        (["--sheets", "tasks"], "--sheets"),
        (["--page", "2"], "--page"),
        (["--status-ids", "2"], "--status-ids"),
    ],
    ids=lambda one: " ".join(one)[:60] if isinstance(one, list) else "",
)
def test_what_can_not_be_asked_is_said_at_no_request(
    tasksheet: Terminal, listening: Loopback, words: list[str], said: str
) -> None:
    answer = tasksheet("export", "out.csv", "--json", *words)
    assert answer.status == 2
    assert said in answer.json["error"]["message"]
    assert listening.asked == []
    assert list(tasksheet.here.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["--json"], ["--if-changed"], ["--compare", "old.csv"], ["--sheets", "tasks"]]
)
def test_stdout_takes_no_options_for_files(
    tasksheet: Terminal, listening: Loopback, words: list[str]
) -> None:
    said = tasksheet("export", "-", *words)
    assert (said.status, words[0] in said.err) == (2, True)
    assert listening.asked == []


def test_columns_of_whole_tasks_can_not_be_chosen(tasksheet: Terminal, listening: Loopback) -> None:
    said = tasksheet("export", "t.jsonl", "--columns", "id,name")
    assert (said.status, "--columns" in said.err, listening.asked) == (2, True, [])


# What is worth a word


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--priority", "high,urgent"], "--priority urgent"),
        (["--state", "open"], "--state open"),
        (["--source", "web"], "--source web"),
        (["--order-by", "id"], "--order-by id"),
        (["--start-date", "31.3.2026"], "--start-date 31.3.2026"),
        (["--end-date", "2026-02-30"], "--end-date 2026-02-30"),
        (["--active-by-date", "today"], "--active-by-date today"),
        (["--timeblock-start-until", "2026-03-01"], "--timeblock-start-until 2026-03-01"),
    ],
)
def test_a_value_that_the_page_does_not_know_is_sent_and_said(
    tasksheet: Terminal, listening: Loopback, words: list[str], said: str
) -> None:
    answer = tasksheet("export", "out.csv", *words)
    assert answer.status == 0
    assert f"{said}: outside the documented values" in answer.err
    assert words[1] in dict(of_tasks(listening)[0].query).values()


@pytest.mark.parametrize("words", [["--priority", "none,low,medium,high"], ["--start-date", "2024-02-29"]])
def test_documented_values_pass_without_a_word(
    tasksheet: Terminal, listening: Loopback, words: list[str]
) -> None:
    assert "outside" not in tasksheet("export", "out.csv", *words).err


@pytest.mark.parametrize(
    ("words", "named", "theirs"),
    [
        (["--priority", "urgent"], "--priority urgent", "oneof"),
        (["--state", "open"], "--state open", "oneof"),
        (["--order-by", "id"], "--order-by id", "oneof"),
        (["--start-date", "31.3.2026"], "--start-date 31.3.2026", "datetime"),
        (["--timeblock-start-from", "tomorrow"], "--timeblock-start-from tomorrow", "datetime"),
        (["--status-id", "99999999999999999999"], "--status-id", "ParseInt"),
        (["--order-by", "sub_tasks_grouped,name"], "--order-by", "excluded_with"),
    ],
)
def test_a_value_that_the_api_refuses_is_named_with_its_words(
    tasksheet: Terminal, workspace: Sandbox, words: list[str], named: str, theirs: str
) -> None:
    said = tasksheet("export", "out.csv", "--json", *words)
    assert said.status == 2
    message = said.json["error"]["message"]
    assert named in message and theirs in message
    assert list(tasksheet.here.iterdir()) == []


# Names

FAMILIES = [
    {"name": "Launch", "project_id": 1},
    {"name": "Posters", "project_id": 1, "status_id": 2, "tag_ids": [1, 2]},
    {"name": "Flyers", "project_id": 2, "status_id": 5, "tag_ids": [2]},
    {"name": "Tour", "project_id": 8, "assignee_user_ids": [7100040]},
    {"name": "Alone", "assignee_user_ids": [7100040, 7100053]},
]


def made(sandbox: Sandbox, *tasks: dict[str, Any]) -> list[int]:
    whole = [{"status_id": 1, "toggl_user_id": 7100001} | task for task in tasks]
    return sandbox.store.create(whole, "2026-01-01T00:00:00.000000Z")


@pytest.fixture
def families(workspace: Sandbox) -> Sandbox:
    """A few tasks in the practice workspace, Posters and Flyers beneath Launch."""
    [launch] = made(workspace, FAMILIES[0])
    beneath = {"Posters": launch, "Flyers": launch}
    made(workspace, *(task | {"parent_task_id": beneath.get(task["name"])} for task in FAMILIES[1:]))
    return workspace


def exported(tasksheet: Terminal, *words: object) -> list[str]:
    said = tasksheet("export", "out.csv", "--columns", "name", *words)
    assert said.status == 0, said.err
    rows = (tasksheet.here / "out.csv").read_text("utf-8-sig").splitlines()[1:]
    return sorted(rows)


def paths(workspace: Sandbox) -> list[str]:
    return [path.rpartition("/")[2] for _, path, _ in workspace.store.requests]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--project", "spring CAMPAIGN "], ["Tour"]),
        (["--project", "none"], ["Alone"]),
        (["--project", "None, Spring campaign"], ["Alone", "Tour"]),
        (["--project", "none", "--project-id", "8"], ["Alone", "Tour"]),
        (["--project", "Spring campaign", "--project-id", "2,none"], ["Alone", "Flyers", "Tour"]),
        (["--project", "Brand refresh", "--client", "tidewater books"], ["Launch", "Posters"]),
        (
            ["--project", "Brand refresh", "--client", "Tidewater Books", "--client", "Kestrel Insurance"],
            ["Flyers", "Launch", "Posters"],
        ),
        (["--client", "Kestrel Insurance"], ["Flyers"]),
        (["--client", "none"], ["Alone", "Tour"]),
        (["--status", "in progress"], ["Posters"]),
        (["--status", "Done,In Progress"], ["Flyers", "Posters"]),
        (["--status", "Done", "--status-id", "2"], ["Flyers", "Posters"]),
        (["--tag", "quick win"], ["Posters"]),
        (["--tag", "travel,quick win"], ["Flyers", "Posters"]),
        (["--tag", "none", "--project", "none"], ["Alone"]),
        (["--assignee", "Le\u0301a Moreau"], ["Alone", "Tour"]),  # é of two characters
        (["--assignee", "LA.4@practice.example"], ["Alone", "Tour"]),
        (["--assignee", "Hannah O'Neill <hannah.5@practice.example>"], ["Alone"]),
        (["--assignee", "none"], ["Flyers", "Launch", "Posters"]),
        (["--parent", "launch"], ["Flyers", "Posters"]),
        (["--parent", "none"], ["Alone", "Launch", "Tour"]),
        (["--parent", "Launch, Tour"], ["Flyers", "Posters"]),
    ],
    ids=lambda one: " ".join(one) if one and one[0].startswith("--") else "",
)
def test_names_become_ids(tasksheet: Terminal, families: Sandbox, words: list[str], found: list[str]) -> None:
    assert exported(tasksheet, *words) == found


def test_a_name_that_holds_a_comma_is_tried_as_a_whole_first(tasksheet: Terminal, families: Sandbox) -> None:
    with families.store.writing() as connection:
        connection.execute(
            "UPDATE tags SET name = 'travel, quick win', name_key = 'travel, quick win' WHERE id = 9"
        )
    made(families, {"name": "Fair", "tag_ids": [9]})
    assert exported(tasksheet, "--tag", "Travel, quick win") == ["Fair"]
    assert exported(tasksheet, "--tag", "travel", "--tag", "quick win") == ["Flyers", "Posters"]
    assert exported(tasksheet, "--tag", '"travel, quick win",quick win') == ["Fair", "Posters"]


def test_only_the_lists_that_are_asked_for_are_looked_up(tasksheet: Terminal, families: Sandbox) -> None:
    families.store.requests.clear()
    exported(tasksheet, "--tag", "travel", "--tag", "bug")
    assert paths(families) == ["tags", "tasks"]
    families.store.requests.clear()
    exported(tasksheet, "--project", "none")
    assert paths(families) == ["tasks"] or paths(families) == ["projects", "tasks"]


def test_an_archived_parent_is_found(tasksheet: Terminal, families: Sandbox) -> None:
    [launch, *_] = families.store.tasks()
    families.store.mark("archived_at", [launch["id"]], "2026-02-01T00:00:00.000000Z")
    assert exported(tasksheet, "--parent", "Launch", "--archived") == ["Flyers", "Posters"]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (
            ["--project", "Brand refresh"],
            ["--project", "Tidewater Books (id 1)", "Kestrel Insurance (id 2)", "--client", "--project-id"],
        ),
        (
            ["--project", "Brand refresh", "--client", "Studio Quill"],
            ["id 1", "id 2", "--client doesn't tell"],
        ),
        (["--project", "Spring"], ["no project 'Spring'", "Spring campaign"]),
        (["--assignee", "mei"], ["no person 'mei'", "Mei Tanaka <mei.7@practice.example>"]),
        (["--project", "Spring campain"], ["no project 'Spring campain'", "Spring campaign"]),
        (["--project", "8"], ["no project '8'", "--project-id takes ids"]),
        (["--client", "Tidewater"], ["no client 'Tidewater'", "Tidewater Books"]),
        (["--status", "Doone"], ["no status 'Doone'", "Done"]),
        (["--status", "none"], ["no status 'none'"]),
        (["--status", "@done"], ["no status '@done'"]),
        (["--tag", "travel,fronted"], ["no tag 'fronted'", "frontend"]),
        (["--tag", "7"], ["no tag '7'", "--tag-id takes ids"]),
        (["--assignee", "Léa Moro"], ["no person 'Léa Moro'", "Léa Moreau"]),
        (["--assignee", "7100040"], ["--assignee-user-id takes ids"]),
        (["--parent", "aunch"], ["no task 'aunch'", "Launch"]),
        (["--parent", "12"], ["no task '12'", "--parent-task-id takes ids"]),
        (["--tag", "nix", "--status", "nada"], ["no tag 'nix'", "no status 'nada'"]),
    ],
    ids=lambda one: " ".join(one) if one[0].startswith("--") else "",
)
def test_a_name_that_is_nobodys_or_severals_is_one_sentence(
    tasksheet: Terminal, families: Sandbox, words: list[str], parts: list[str]
) -> None:
    said = tasksheet("export", "out.csv", "--json", *words)
    assert said.status == 2
    message = said.json["error"]["message"]
    assert "\n" not in message
    for part in parts:
        assert part in message
    assert list(tasksheet.here.iterdir()) == []


def test_several_tasks_of_one_name_are_told_apart_by_id(tasksheet: Terminal, families: Sandbox) -> None:
    ids = made(families, {"name": "Twin"}, {"name": "TWIN"})
    said = tasksheet("export", "out.csv", "--parent", "twin")
    assert said.status == 2
    assert f"Twin (id {ids[0]}), TWIN (id {ids[1]})" in said.err and "--parent-task-id" in said.err


def test_two_people_of_one_name_are_told_apart_by_mail(tasksheet: Terminal, families: Sandbox) -> None:
    with families.store.writing() as connection:
        connection.execute("UPDATE users SET name = 'Hannah O''Neill' WHERE id = 504")
    said = tasksheet("export", "out.csv", "--assignee", "Hannah O'Neill")
    assert said.status == 2
    for part in ("la.4@practice.example", "hannah.5@practice.example", "e-mail", "--assignee-user-id"):
        assert part in said.err
    assert exported(tasksheet, "--assignee", "hannah.5@practice.example") == ["Alone"]


def test_a_refused_list_is_said_and_what_tasks_show_is_taken(tasksheet: Terminal, families: Sandbox) -> None:
    families.set_faults([{"on": "GET tags", "do": "answer", "status": 403}])
    said = tasksheet("export", "out.csv", "--columns", "name", "--tag", "travel")
    assert said.status == 0
    assert "the list of tags was refused" in said.err
    assert "Posters" in (tasksheet.here / "out.csv").read_text()
    said = tasksheet("export", "out.csv", "--tag", "legal")
    assert said.status == 2
    assert "among those that the workspace's tasks show" in said.err and "--tag-id" in said.err


def test_a_refused_list_of_people_is_said(tasksheet: Terminal, families: Sandbox) -> None:
    families.set_faults([{"on": "GET users", "do": "answer", "status": 403}])
    said = tasksheet("export", "out.csv", "--assignee", "Léa Moreau")
    assert said.status == 2
    assert "the list of people was refused" in said.err and "--assignee-user-id takes ids" in said.err
    assert exported(tasksheet, "--assignee-user-id", "7100040") == ["Alone", "Tour"]


def test_the_manifest_has_the_ids_that_were_asked_for(tasksheet: Terminal, families: Sandbox) -> None:
    exported(tasksheet, "--tag", "travel", "--pinned")
    told = json.loads((tasksheet.here / "out.csv.manifest.json").read_text())
    assert told["filters"] == {"pinned": True, "tag_id": [2]}


# A server that ignores a filter


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    data = tmp_path_factory.mktemp("practice") / "sandbox.sqlite"
    with Sandbox(data, tasks=250, quota=PLENTY) as sandbox:
        yield sandbox
        sandbox.set_faults(None)


IGNORED: dict[str, list[str]] = {
    "pinned": ["--pinned"],
    "status_id": ["--status-id", "2"],
    "toggl_user_id": ["--toggl-user-id", "7100014"],
    "name": ["--name", "café menu"],
    "has_time_entries": ["--no-has-time-entries"],
    "has_dates": ["--no-has-dates"],
    "private": ["--private"],
    "archived": ["--archived"],
    "project_id": ["--project-id", "3,none"],
    "parent_task_id": ["--parent-task-id", "none"],
    "start_date": ["--start-date", "2025-09-01"],
    "end_date": ["--end-date", "2025-03-01"],
    "start_date_from": ["--start-date-from", "2025-09-01"],
    "start_date_to": ["--start-date-to", "2025-03-01"],
    "end_date_from": ["--end-date-from", "2025-09-01"],
    "end_date_to": ["--end-date-to", "2025-03-01"],
    "dates_overlap_start": ["--dates-overlap-start", "2025-09-01"],
    "dates_overlap_end": ["--dates-overlap-end", "2025-03-01"],
    "estimated_mins_min": ["--estimated-mins-min", "90"],
    "estimated_mins_max": ["--estimated-mins-max", "90"],
    "source": ["--source", "plan"],
    "priority": ["--priority", "high"],
    "is_priority": ["--is-priority"],
    "state": ["--state", "done"],
    "assignee_user_id": ["--assignee-user-id", "7100027"],
    "tag_id": ["--tag-id", "4"],
    "recurring": ["--recurring"],
    "recurring_task_ids": ["--recurring-task-ids", "9999"],
    "client_id": ["--client-id", "none"],
    "assignee_ghost_id": ["--assignee-ghost-id", "8801", "--include-ghost-assignees"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_server_that_ignores_a_filter_is_noticed_and_said(
    tasksheet: Terminal, practice: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_test")
    where = ["--base-url", practice.base_url, "--organization", "1", "--workspace", "1"]
    words = ["export", "out.csv", "--columns", "id,name", "--json", *where, *IGNORED[name]]
    practice.set_faults(None)
    heeded = tasksheet(*words)
    assert heeded.status == 0, heeded.err

    practice.set_faults([{"on": "GET tasks", "do": "ignore", "parameters": [name]}])
    said = tasksheet(*words)
    assert said.status == 1
    typed = " ".join(IGNORED[name][:2])
    [note] = [one for one in said.json["notes"] if "ignores that filter" in one]
    assert f"outside {typed}: " in note and note in said.err
    told: dict[str, Any] = said.json
    assert told["tasks"] > heeded.json["tasks"] or name == "archived"
    with Path(told["files"][0]).open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == told["tasks"]  # they are in the file all the same
