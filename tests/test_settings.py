from pathlib import Path
from typing import Any

import pytest

from importer.errors import WrongUse
from importer.settings import (
    BASE_URL,
    Connection,
    Key,
    Login,
    connection,
    credentials,
    known_place,
    state_folder,
)

KEY = {"TOGGL_API_KEY": "toggl_sk_secret"}
SECRETS = ("toggl_sk_secret", "hunter2", "ada@example.com")


def connect(environment: dict[str, str] = KEY, **options: str) -> Connection:
    given = {"base_url": None, "organization": None, "workspace": None, **options}
    return connection(**given, environment=environment)


def test_options_beat_the_environment() -> None:
    environment = {
        **KEY,
        "TOGGL_ORGANIZATION_ID": "1",
        "TOGGL_WORKSPACE_ID": "2",
        "TOGGL_FOCUS_BASE_URL": "https://a.b/api",
    }
    assert (connect(environment).organization, connect(environment).workspace) == (1, 2)
    told = connect(environment, organization="3", workspace="4", base_url="https://c.d/api/")
    assert (told.organization, told.workspace, told.base_url) == (3, 4, "https://c.d/api")
    assert connect(KEY, organization="3", workspace="4").base_url == BASE_URL


@pytest.mark.parametrize(
    "address",
    [
        "https://focus.toggl.com/123/workspaces/456/tasks?x=1",
        "focus.toggl.com/organizations/123/workspaces/456",
        "https://focus.toggl.com/123/workspaces/456/",
    ],
)
def test_the_address_from_the_browser_gives_both_ids(address: str) -> None:
    told = connect(workspace=address)
    assert (told.organization, told.workspace) == (123, 456)


def test_the_key_wins_over_the_login() -> None:
    login = {"TOGGL_EMAIL": "ada@example.com", "TOGGL_PASSWORD": "hunter2"}
    assert credentials({**KEY, **login}) == Key("toggl_sk_secret")
    assert credentials({"TOGGL_FOCUS_API_TOKEN": "toggl_sk_secret"}) == Key("toggl_sk_secret")
    assert credentials(login) == Login("ada@example.com", "hunter2")


def test_secrets_do_not_show() -> None:
    for told in (connect(organization="1", workspace="1"), Login("ada@example.com", "hunter2")):
        assert not any(secret in repr(told) for secret in SECRETS)


@pytest.mark.parametrize(
    ("environment", "options", "words"),
    [
        (KEY, {"workspace": "1"}, "No organization: pass --organization"),
        (KEY, {"organization": "1"}, "No workspace: pass --workspace"),
        (KEY, {"organization": "1", "workspace": "main"}, "'main' is no id"),
        (KEY, {"organization": "-1", "workspace": "1"}, "'-1' is no id"),
        ({}, {"organization": "1", "workspace": "1"}, "No key: set TOGGL_API_KEY"),
        (KEY, {"base_url": "http://focus.toggl.com/api"}, "use https"),
        (KEY, {"base_url": "ftp://focus.toggl.com"}, "is no address"),
        (KEY, {"base_url": "focus.toggl.com/api"}, "is no address"),
        (KEY, {"base_url": "https://me:pw@focus.toggl.com/api"}, "must not hold a name or password"),
        (
            {"TOGGL_API_KEY": "0123456789abcdef0123456789abcdef"},
            {"organization": "1", "workspace": "1"},
            "Toggl Track token",
        ),
        (
            {"TOGGL_API_KEY": "toggl sk"},
            {"organization": "1", "workspace": "1"},
            "characters that no key has",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said_with_the_way_out(
    environment: dict[str, str], options: dict[str, str], words: str
) -> None:
    with pytest.raises(WrongUse, match=words) as caught:
        connect(environment, **options)
    assert "0123456789abcdef" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1:8321", "localhost", "[::1]:80"])
def test_plain_http_is_for_this_machine_alone(host: str) -> None:
    assert (
        connect(organization="1", workspace="1", base_url=f"http://{host}/api").base_url
        == f"http://{host}/api"
    )


def test_the_state_folder_is_told_or_the_systems_own(tmp_path: Path) -> None:
    assert state_folder(tmp_path, {"TASKSHEET_STATE_DIR": "/x"}) == tmp_path
    assert state_folder(None, {"TASKSHEET_STATE_DIR": "/x"}) == Path("/x")
    assert state_folder(None, {}).name == "tasksheet"


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({}, True),
        ({"base_url": "https://FOCUS.toggl.com:443/api/"}, True),
        ({"base_url": "https://other.example/api"}, False),
        ({"organization": "1", "workspace": "2"}, True),
        ({"workspace": "3"}, False),
        ({"workspace": "https://focus.toggl.com/1/workspaces/2/tasks"}, True),
        ({"sandbox": True}, False),
    ],
)
def test_imports_of_a_workspace_are_chosen_by_the_connection_options(
    options: dict[str, Any], chosen: bool
) -> None:
    assert known_place("https://focus.toggl.com/api 1/2", **options) is chosen
    assert known_place("practice-5f 1/1", sandbox=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://focus.toggl.com/api", "HTTPS://Focus.Toggl.com:443/api/"),
        ("http://127.0.0.1:8321/api", "http://localhost:8321/api"),
        ("http://127.0.0.1:8321/api", "http://[::1]:8321/api"),
    ],
)
def test_addresses_of_one_server_are_one_workspace(one: str, other: str) -> None:
    places = {connect(base_url=url, organization="1", workspace="2").known_as for url in (one, other)}
    assert len(places) == 1
