"""Where the workspace is and who asks: options and environment become one frozen Connection.

A secret lives in `Key` or `Login` alone, which show nothing of it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from importer.errors import WrongUse

BASE_URL = "https://focus.toggl.com/api"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# Both shapes have been seen: …/123/workspaces/456/… and …/organizations/123/workspaces/456/…
_ADDRESS = re.compile(r"/(?:organizations/)?(\d+)/workspaces/(\d+)(?:[/?#]|$)")
_TRACK_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, sent as Bearer."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """E-mail and password, sent as Basic."""

    email: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """A workspace and the credentials for it."""

    base_url: str
    organization: int
    workspace: int
    credentials: Key | Login
    identity: str = ""  # of the embedded workspace, whose address changes with every start

    @property
    def known_as(self) -> str:
        """What tells this workspace from every other, however its address is written."""
        where = self.identity or _plain_url(self.base_url)
        return f"{where} {self.organization}/{self.workspace}"


def connection(
    *,
    base_url: str | None = None,
    organization: str | None = None,
    workspace: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Connection:
    """Bring options and environment together; an option beats its environment variable.

    Raises WrongUse naming what is missing and where to find it.
    """
    url = checked_url(base_url or environment.get("TOGGL_FOCUS_BASE_URL") or BASE_URL)
    place = workspace or environment.get("TOGGL_WORKSPACE_ID") or ""
    org = organization or ""
    if both := _ADDRESS.search(place):
        org, place = org or both[1], both[2]
    org = org or environment.get("TOGGL_ORGANIZATION_ID") or ""
    return Connection(
        base_url=url,
        organization=_number(org, "organization", "--organization", "TOGGL_ORGANIZATION_ID"),
        workspace=_number(place, "workspace", "--workspace", "TOGGL_WORKSPACE_ID"),
        credentials=credentials(environment),
    )


def known_place(
    known_as: str,
    *,
    base_url: str | None = None,
    organization: str | None = None,
    workspace: str | None = None,
    sandbox: bool = False,
) -> bool:
    """Whether a workspace, as `known_as` has it, is among those that the options choose."""
    where, _, ids = known_as.rpartition(" ")
    if both := _ADDRESS.search(workspace or ""):
        organization, workspace = organization or both[1], both[2]
    return (
        (not sandbox or not where.startswith("http"))
        and (not base_url or where == _plain_url(checked_url(base_url)))
        and (not organization or ids.split("/")[0] == organization.strip())
        and (not workspace or ids.split("/")[-1] == workspace.strip())
    )


def credentials(environment: Mapping[str, str] = os.environ) -> Key | Login:
    """The key, or e-mail and password, from the environment alone; the key wins."""
    key = environment.get("TOGGL_API_KEY") or environment.get("TOGGL_FOCUS_API_TOKEN")
    if key and (key := key.strip()):
        if not key.isascii() or not key.isprintable() or " " in key:
            raise WrongUse(
                "TOGGL_API_KEY holds characters that no key has; copy it again from the profile settings."
            )
        if _TRACK_TOKEN.fullmatch(key):
            raise WrongUse(
                "TOGGL_API_KEY holds a Toggl Track token; Toggl Focus needs a key that starts with "
                "toggl_sk_ (Profile settings, API keys)."
            )
        return Key(key)
    email, password = environment.get("TOGGL_EMAIL"), environment.get("TOGGL_PASSWORD")
    if email and password:
        return Login(email, password)
    raise WrongUse(
        "No key: set TOGGL_API_KEY (or TOGGL_EMAIL and TOGGL_PASSWORD) in the environment, "
        "or practise with --sandbox."
    )


def checked_url(url: str) -> str:
    """The base URL without a trailing slash; https, or http on this machine alone."""
    parts = urlsplit(url.strip())
    try:
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if "@" in url:
        raise WrongUse("--base-url must not hold a name or password; set TOGGL_API_KEY instead.")
    if parts.scheme not in ("http", "https") or not host:
        raise WrongUse(f"{url!r} is no address; --base-url looks like {BASE_URL}.")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise WrongUse(f"{url!r} would send the key unencrypted; use https://.")
    return url.strip().rstrip("/")


def _plain_url(url: str) -> str:
    """One form for addresses of the same server: case, default ports, the names of this machine."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname in _LOOPBACK else parts.hostname or ""
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _number(text: str, what: str, option: str, variable: str) -> int:
    if not text:
        raise WrongUse(
            f"No {what}: pass {option} (or set {variable}). Both ids stand in the web app's address, "
            "focus.toggl.com/ORGANIZATION/workspaces/WORKSPACE; --workspace takes that address as well."
        )
    if not re.fullmatch(r"[1-9]\d{0,17}", text.strip()):
        raise WrongUse(f"{what.capitalize()} {text!r} is no id; {option} takes a positive whole number.")
    return int(text)


def state_folder(option: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Where journal, practice data and caches lie."""
    if option is not None:
        return option
    if told := environment.get("TASKSHEET_STATE_DIR"):
        return Path(told)
    import platformdirs

    return Path(platformdirs.user_state_dir("tasksheet", appauthor=False))
