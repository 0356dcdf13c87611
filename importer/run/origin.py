"""Origin: which workspace an export of ours was made of, by what lies beside the file or in it.

The manifest says it, and the sheet About of a workbook, which travels with it. Somebody may have edited the
file since; a manifest of other content is believed where it bears the file's name.
"""

import re
import zipfile
from dataclasses import dataclass
from enum import Enum
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from importer.run.manifest import sha256, told_of

_ABOUT = "About"
_SHEET = re.compile(r'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]*)"')
_KNOWN_AS = re.compile(r"(\S.*) (\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Origin:
    """`known_as` is Connection.known_as of the workspace. `guarded`: whether texts bear the guard against
    formulas; `untouched`: whether the file is to the letter what was exported."""

    known_as: str
    guarded: bool = True
    untouched: bool = False

    @property
    def workspace(self) -> int:
        return _ids(self.known_as)[1]


class Home(Enum):
    """Whether something was exported from the workspace that it is for."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    UNSURE = "unsure"  # practice workspaces all bear the same ids, and one may be served at any address


def origin_of(path: Path) -> Origin | None:
    """What tells where an export comes from; None where nothing does."""
    told = told_of(path)
    known_as, fits = told.get("workspace"), bool(told) and told.get("sha256") == sha256(path)
    if not fits and (inside := workspace_in(path)):
        return Origin(inside)
    if not _is_known_as(known_as) or not (fits or told.get("file") == path.name):
        return None
    return Origin(str(known_as), told.get("guarded") is not False, fits)


def home_of(origin: str, here: str) -> Home:
    """Whether two workspaces, as Connection.known_as has them, are one."""
    if origin == here:
        return Home.HERE
    if _ids(origin) != _ids(here):
        return Home.ELSEWHERE
    addresses = [_is_address_of_practice(one) for one in (origin, here)]
    if any(addresses) and is_practice(origin) and is_practice(here):
        return Home.UNSURE
    return Home.ELSEWHERE


def is_practice(known_as: str) -> bool:
    """Whether it is a workspace on this machine, embedded or served."""
    return not known_as.startswith("http") or _is_address_of_practice(known_as)


def _is_address_of_practice(known_as: str) -> bool:
    return known_as.startswith("http") and urlsplit(known_as).hostname == "127.0.0.1"


def shown(known_as: str) -> str:
    """A workspace for people."""
    organization, workspace = _ids(known_as)
    if is_practice(known_as):
        where = known_as.rpartition(" ")[0]
        return "a practice workspace" + (f" at {where}" if where.startswith("http") else "")
    return f"workspace {workspace} of organization {organization} ({urlsplit(known_as).hostname})"


def _ids(known_as: str) -> tuple[int, int]:
    found = _KNOWN_AS.fullmatch(known_as)
    return (int(found[2]), int(found[3])) if found else (0, 0)


def _is_known_as(told: object) -> bool:
    return isinstance(told, str) and _KNOWN_AS.fullmatch(told) is not None


def sheets_of(path: Path) -> list[str]:
    """The names of a workbook's sheets, without reading it; none of another file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [unescape(name) for name in _SHEET.findall(archive.read("xl/workbook.xml").decode())]
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, NotImplementedError):
        return []


def workspace_in(path: Path) -> str:
    """The workspace that the sheet About tells; "" where there is none."""
    if _ABOUT not in sheets_of(path):
        return ""
    from python_calamine import CalamineWorkbook

    for row in CalamineWorkbook.from_path(path).get_sheet_by_name(_ABOUT).iter_rows():
        what, told = (*row, "", "")[:2]
        if what == "Workspace" and _is_known_as(told):
            return str(told)
    return ""
