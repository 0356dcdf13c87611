"""Which workspace an export is of: what lies beside the file or in it, and whether two of them are one."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from importer.run.origin import Home, Origin, home_of, origin_of, sheets_of, shown

REAL = "https://focus.toggl.com/api 1/2"
SERVED = "http://127.0.0.1:8321/api 1/1"
EMBEDDED = "0b9c7c1e-8d0f-4b6e-9f57-0d1f6a3c2b11 1/1"


@pytest.mark.parametrize(
    ("origin", "here", "home"),
    [
        (REAL, REAL, Home.HERE),
        (REAL, "https://focus.toggl.com/api 1/3", Home.ELSEWHERE),
        (REAL, "https://focus.toggl.com/api 2/2", Home.ELSEWHERE),
        (REAL, "https://focus.example/api 1/2", Home.ELSEWHERE),
        (REAL, SERVED, Home.ELSEWHERE),
        ("https://focus.toggl.com/api 1/1", SERVED, Home.ELSEWHERE),
        (SERVED, SERVED, Home.HERE),
        (SERVED, "http://127.0.0.1:9000/api 1/1", Home.UNSURE),
        (SERVED, "http://127.0.0.1:9000/api 1/2", Home.ELSEWHERE),
        (SERVED, EMBEDDED, Home.UNSURE),
        (EMBEDDED, SERVED, Home.UNSURE),
        (EMBEDDED, EMBEDDED, Home.HERE),
        (EMBEDDED, EMBEDDED.replace("0b", "1c"), Home.ELSEWHERE),
    ],
)
def test_whether_two_workspaces_are_one(origin: str, here: str, home: Home) -> None:
    assert home_of(origin, here) is home


def test_how_people_see_a_workspace() -> None:
    assert shown(REAL) == "workspace 2 of organization 1 (focus.toggl.com)"
    assert shown(EMBEDDED) == "a practice workspace"
    assert shown(SERVED) == "a practice workspace at http://127.0.0.1:8321/api"


def exported(folder: Path, name: str = "all.csv", **told: Any) -> Path:
    path = folder / name
    path.write_text("id,name\n1,A\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = {"file": name, "sha256": digest, "workspace": REAL, "guarded": True} | told
    path.with_name(f"{name}.manifest.json").write_text(json.dumps(manifest))
    return path


def test_the_manifest_beside_a_file_tells(tmp_path: Path) -> None:
    path = exported(tmp_path)
    assert origin_of(path) == Origin(REAL, guarded=True, untouched=True)
    path.write_text("id,name\n1,B\n")
    assert origin_of(path) == Origin(REAL, guarded=True, untouched=False)
    assert origin_of(exported(tmp_path, guarded=False)) == Origin(REAL, guarded=False, untouched=True)


def test_a_pair_that_was_renamed_still_belongs_together(tmp_path: Path) -> None:
    path = exported(tmp_path, file="before.csv")
    assert origin_of(path) == Origin(REAL, untouched=True)
    path.write_text("id,name\n1,B\n")
    assert origin_of(path) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"x"', '{"file": "all.csv"}', '{"file": "all.csv", "workspace": "here"}']
)
def test_a_manifest_that_tells_nothing_is_none(tmp_path: Path, text: str) -> None:
    path = exported(tmp_path)
    path.with_name("all.csv.manifest.json").write_text(text)
    assert origin_of(path) is None


def workbook(folder: Path, *about: tuple[object, ...]) -> Path:
    book = Workbook()
    book.active.title = "Tasks & more"
    page = book.create_sheet("About")
    for row in about:
        page.append(row)
    book.save(folder / "all.xlsx")
    return folder / "all.xlsx"


def test_the_sheet_about_tells_and_beats_a_manifest_of_another_file(tmp_path: Path) -> None:
    path = workbook(tmp_path, ("What", "Value"), (), ("Workspace", SERVED))
    assert sheets_of(path) == ["Tasks & more", "About"]
    assert origin_of(path) == Origin(SERVED)
    manifest = {"file": path.name, "sha256": "0", "workspace": REAL}
    path.with_name("all.xlsx.manifest.json").write_text(json.dumps(manifest))
    assert origin_of(path) == Origin(SERVED)


def test_somebodys_own_sheet_about_tells_nothing(tmp_path: Path) -> None:
    assert (
        origin_of(workbook(tmp_path, ("Workspace",), ("Workspace", "the big one"), ("Workspace", 7))) is None
    )
    assert sheets_of(tmp_path) == sheets_of(tmp_path / "none.xlsx") == []
