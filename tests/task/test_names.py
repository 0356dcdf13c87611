import pytest

from importer.task.names import (
    Found,
    Names,
    Statuses,
    is_name,
    of_list,
    of_people,
    of_projects,
    of_statuses,
    of_tags,
)

PEOPLE = [
    {"user_account_id": 7, "id": 1, "name": "Ada Byron", "email": "ada@example.com"},
    {"user_account_id": 8, "id": 2, "name": "Sam Lee", "email": "sam@example.com"},
    {"user_account_id": 9, "id": 3, "name": "Sam Lee", "email": "sam.lee@example.com"},
    {"user_account_id": 10, "id": 4, "name": "Ito, Mei", "email": "mei@example.com"},
]
STATUSES = [
    {"id": 5, "name": "Done", "type": "done", "position": 5},
    {"id": 4, "name": "Shipped", "type": "done", "position": 4},
    {"id": 1, "name": "To do", "type": "todo", "position": 1},
    {"id": 2, "name": "Won|Lost", "type": "in_progress", "position": 2},
]


def said(found: Found) -> list[str]:
    return [remark.text for remark in found.remarks]


def refused(names: Names, cell: str, within: str = "") -> str:
    """What is wrong with a cell that comes to nothing."""
    found = names.look(cell, within)
    assert found.id is None
    [text] = said(found)
    return text


@pytest.mark.parametrize("cell", [" urgent NOW ", "Urgent  now", "URGENT\u00a0NOW"])
def test_names_are_compared_trimmed_and_without_regard_to_case(cell: str) -> None:
    assert of_tags([{"id": 5, "name": "Urgent  now"}]).look(cell) == Found((5,))


def test_a_name_is_the_same_however_its_accents_are_composed() -> None:
    assert of_list("client", [{"id": 5, "name": "Caf\u00e9"}]).look("Cafe\u0301") == Found(5)


def test_the_whole_cell_is_looked_up_before_its_parts() -> None:
    tags = of_tags(
        [{"id": 1, "name": "Bread, butter"}, {"id": 2, "name": "bread"}, {"id": 3, "name": "Butter"}]
    )
    assert tags.look("bread, butter") == Found((1,))
    assert tags.look("butter, bread") == Found((3, 2))


def test_an_unknown_name_comes_with_those_that_are_near_and_leaves_the_others() -> None:
    tags = of_tags([{"id": 1, "name": "Marketing"}, {"id": 2, "name": "Design"}])
    found = tags.look("Design, Marketting, Zzz")
    assert found.id == (2,)
    assert [(r.name, r.missing) for r in found.remarks] == [("Marketting", True), ("Zzz", True)]
    assert said(found) == ["there is no tag 'Marketting' (nearest: Marketing)", "there is no tag 'Zzz'"]


def test_what_is_near_is_never_taken() -> None:
    assert of_list("client", [{"id": 1, "name": "Acme Inc"}]).look("Acme Inc.").id is None


def test_a_name_of_several_lists_them() -> None:
    tags = of_tags([{"id": 1, "name": "Home"}, {"id": 2, "name": "home"}])
    assert refused(tags, "HOME") == "tag 'HOME' is the name of several: Home (id 1), home (id 2)"
    assert not tags.look("home").remarks[0].missing


# ── people ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        ("ada@example.com", (7,)),
        ("ADA byron", (7,)),
        ("Ada Byron <ada@example.com>", (7,)),
        ("A. Byron <ada@example.com>", (7,)),  # the mail counts, whatever is written beside it
        ("A. Byron (ada@example.com)", (7,)),
        ("<mailto:ada@example.com>", (7,)),
        ("Ada Byron <ada@old.example>", (7,)),  # an unknown mail: then the name
        ("Sam Lee <sam.lee@example.com>", (9,)),
        ("sam@example.com; Ada Byron, sam.lee@example.com", (8, 7, 9)),
        ("Ito, Mei <mei@example.com>", (10,)),
        ("Ito, Mei", (10,)),
    ],
)
def test_people_are_found_by_mail_before_name_and_go_by_their_account(
    cell: str, ids: tuple[int, ...]
) -> None:
    assert of_people(PEOPLE, "user_account_id").look(cell) == Found(ids)


def test_a_mail_wins_over_somebody_elses_name() -> None:
    people = of_people(
        [
            {"user_account_id": 1, "name": "ada@example.com", "email": "other@example.com"},
            {"user_account_id": 2, "name": "Ada", "email": "ada@example.com"},
        ],
        "user_account_id",
    )
    assert people.look("ada@example.com") == Found((2,))


def test_two_people_of_one_name_are_listed_with_their_mails() -> None:
    assert refused(of_people(PEOPLE, "user_account_id"), "Sam Lee") == (
        "person 'Sam Lee' is the name of several: Sam Lee <sam@example.com> (id 8), "
        "Sam Lee <sam.lee@example.com> (id 9)"
    )


def test_an_unknown_mail_suggests_by_what_stands_before_the_at() -> None:
    people = of_people(PEOPLE, "user_account_id")
    assert people.near("ada.byron@old.example") == ("Ada Byron <ada@example.com>",)
    assert people.near("zoltan@example.com") == ()  # the same host makes nobody near


# ── projects ──────────────────────────────────────────────────────────────────────────────────────


def never() -> list:
    raise AssertionError("a request for nothing")


def test_a_client_tells_two_projects_of_one_name_apart() -> None:
    projects = of_projects(
        [
            {"id": 1, "name": "Site", "client_id": 10},
            {"id": 2, "name": "Site", "client": {"id": 11, "name": "Beta"}},
        ],
        lambda: [{"id": 10, "name": "Acme"}],
    )
    assert projects.look("site", "acme") == Found(1)
    assert projects.look("Site", "Beta") == Found(2)
    assert refused(projects, "Site") == "project 'Site' is the name of several: Acme (id 1), Beta (id 2)"
    assert refused(projects, "Site", "Gamma") == (
        "project 'Site' is of client 'Acme' and of client 'Beta', not of 'Gamma'"
    )


def test_a_project_of_another_client_is_told_apart_from_one_without() -> None:
    projects = of_projects([{"id": 1, "name": "Site", "client": None}, {"id": 2, "name": "App", "client": {"name": "Acme"}}])  # fmt: skip
    found = projects.look("Site", "Acme")
    assert (found.id, found.remarks[0].field) == (1, "client")
    assert said(found) == ["project 'Site' is of no client, not of 'Acme'"]
    assert said(projects.look("App", "Beta")) == ["project 'App' is of client 'Acme', not of 'Beta'"]


def test_a_client_that_nobody_tells_is_believed() -> None:
    assert of_projects([{"id": 1, "name": "Site", "client_id": 4}], list).look("Site", "Acme") == Found(1)


def test_clients_are_asked_for_only_where_they_decide_and_are_not_told() -> None:
    told = [
        {"id": 1, "name": "Site", "client": {"name": "Acme"}},
        {"id": 2, "name": "Site", "client": {"name": "Beta"}},
        {"id": 3, "name": "App", "client_id": 4},
    ]
    projects = of_projects(told, never)
    assert projects.look("Site", "Beta") == Found(2)
    assert projects.look("app") == Found(3)


# ── statuses ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cell", "id", "loss"),
    [
        ("to do", 1, None),
        ("@done", 4, None),  # the first by position, not the first of the list
        ("@ Done", 4, None),
        ("Won|Lost", 2, None),  # the whole cell first
        ("Done|@done", 5, None),
        (
            "Completed|@done",
            4,
            "status 'Completed' is not in the workspace; the first done status is taken",
        ),
        ("Doing|To do", 1, "status 'Doing' is not in the workspace; 'To do' is taken"),
        ("?To do", 1, None),
        (
            "?Backlog",
            None,
            "section 'Backlog' is no status here and is left out; a column that is mapped as notes+ becomes a line of the notes",
        ),
        (
            "?Backlog|@todo",
            1,
            "section 'Backlog' is no status here and is left out; a column that is mapped as notes+ becomes a line of the notes",
        ),
    ],
)
def test_a_status_cell_may_say_more_than_a_name(cell: str, id: int | None, loss: str | None) -> None:
    found = of_statuses(STATUSES).look(cell)
    assert found.id == id
    assert said(found) == ([loss] if loss else [])
    assert all(remark.loss for remark in found.remarks)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("Completd", "there is no status 'Completd'"),
        ("@blocked", "the workspace has no status of type blocked"),
        ("Stuck|@blocked", "there is no status 'Stuck', and none of type blocked"),
        ("A|B", "there is no status 'A'"),
        ("@soon", "there is no status '@soon'"),  # no type, so a name
        ("?", "there is no status '?'"),
    ],
)
def test_a_status_that_there_is_not_is_a_problem(cell: str, problem: str) -> None:
    statuses = of_statuses(STATUSES)
    assert refused(statuses, cell) == problem
    assert statuses.look(cell).remarks[0].missing


def test_a_status_of_several_is_a_problem_and_no_reason_to_take_the_next() -> None:
    statuses = of_statuses(
        [{"id": 1, "name": "Done", "type": "done"}, {"id": 2, "name": "done", "type": "done"}]
    )
    assert refused(statuses, "Done|@done") == "status 'Done' is the name of several: Done (id 1), done (id 2)"


def test_what_is_no_more_than_a_name() -> None:
    assert all(map(is_name, ["Done", "Done?", "@home", "?", "a@b"]))
    assert not any(map(is_name, ["@done", "?Backlog", "Done|@done", "A|B"]))


def test_the_first_of_a_type_without_positions_is_the_first_of_the_list() -> None:
    statuses: Statuses = of_statuses(
        [{"id": 9, "name": "B", "type": "todo"}, {"id": 3, "name": "A", "type": "todo"}]
    )
    assert statuses.first == {"todo": 9}
