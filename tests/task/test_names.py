import pytest

from importer.task.names import Unmatched, of_list, of_people, of_projects

PEOPLE = [
    {"user_account_id": 7, "id": 1, "name": "Ada Byron", "email": "ada@example.com"},
    {"user_account_id": 8, "id": 2, "name": "Sam Lee", "email": "sam@example.com"},
    {"user_account_id": 9, "id": 3, "name": "Sam Lee", "email": "sam.lee@example.com"},
]


def test_names_are_compared_trimmed_and_without_regard_to_case() -> None:
    assert of_list("tag", [{"id": 5, "name": "Urgent  now"}]).one(" urgent NOW ") == 5


def test_a_client_tells_two_projects_of_one_name_apart() -> None:
    projects = of_projects(
        [
            {"id": 1, "name": "Site", "client_id": 10},
            {"id": 2, "name": "Site", "client": {"id": 11, "name": "Beta"}},
        ],
        lambda: [{"id": 10, "name": "Acme"}],
    )
    assert (projects.one("site", "acme"), projects.one("Site", "Beta")) == (1, 2)
    with pytest.raises(Unmatched, match=r"several: Acme \(id 1\), Beta \(id 2\)"):
        projects.one("Site")


def test_people_are_found_by_mail_or_name_and_go_by_their_account() -> None:
    people = of_people(PEOPLE, "user_account_id")
    assert people.many("ada@example.com; Ada Byron, sam.lee@example.com") == (7, 9)
    with pytest.raises(Unmatched, match="Sam Lee <sam@example"):
        people.many("Sam Lee")


def test_the_whole_cell_is_looked_up_before_its_parts() -> None:
    tags = of_list(
        "tag", [{"id": 1, "name": "Bread, butter"}, {"id": 2, "name": "bread"}, {"id": 3, "name": "Butter"}]
    )
    assert tags.many("bread, butter") == (1,)
    assert tags.many("butter, bread") == (3, 2)


def test_an_unknown_name_comes_with_those_that_are_near() -> None:
    tags = of_list("tag", [{"id": 1, "name": "Marketing"}])
    with pytest.raises(Unmatched, match="there is no tag 'Marketting'; near: Marketing") as caught:
        tags.many("Marketing, Marketting")
    assert caught.value.missing == ("Marketting",)
    assert tags.many("Marketing, Marketting", drop=True) == (1,)


def test_clients_are_asked_for_only_when_two_projects_share_a_name_and_one_does_not_tell() -> None:
    def never() -> list:
        raise AssertionError("a request for nothing")

    told = [
        {"id": 1, "name": "Site", "client": {"name": "Acme"}},
        {"id": 2, "name": "Site", "client": {"name": "Beta"}},
    ]
    assert of_projects(told, never).one("Site", "Beta") == 2
    assert (
        of_projects([{"id": 1, "name": "Site", "client_id": 4}, {"id": 2, "name": "App"}], never).one("app")
        == 2
    )
