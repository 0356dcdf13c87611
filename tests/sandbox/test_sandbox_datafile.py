"""The data file: made by several at once, of another kind, damaged, in the wrong place."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sandbox_caller import Start

from importer.errors import UnwritableFile, WrongUse
from importer.run.practice import practice_workspace, serve_workspace
from importer.sandbox.datafile import Unusable, Unwritable
from importer.sandbox.server import PLENTY, Sandbox

MAKING = """
import sys, time
from pathlib import Path
from importer.sandbox.server import Sandbox
sys.stdin.readline()
for number in range(40):
    box = Sandbox(Path(sys.argv[1]) / f"{number}.sqlite")
    print(box.identity, len(box.store.table("tags")))
"""


def test_several_processes_make_one_file_at_the_same_moment(tmp_path: Path) -> None:
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", MAKING, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for maker in makers:
        assert maker.stdin
        maker.stdin.write("go\n")
        maker.stdin.flush()
    told = [(maker.communicate(timeout=60), maker.returncode) for maker in makers]
    assert [(err, status) for (_, err), status in told] == [("", 0)] * 3
    assert len({out for (out, _), _ in told}) == 1
    lines = told[0][0][0].splitlines()
    assert len(set(lines)) == len(lines) == 40 and all(line.endswith(" 15") for line in lines)


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE tasks (id INTEGER)")
        connection.execute("CREATE TABLE recipes (title TEXT)")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()


def newer(path: Path) -> None:
    with Sandbox(path).store.writing() as connection:
        connection.execute("PRAGMA user_version = 99")


def text(path: Path) -> None:
    path.write_text("Title,Due\nA,2026-01-01\n" * 200)


def shortened(path: Path) -> None:
    Sandbox(path, tasks=50)
    path.write_bytes(path.read_bytes()[:-9000])


def scribbled(path: Path) -> None:
    Sandbox(path, tasks=50)
    whole = bytearray(path.read_bytes())
    whole[4096:40960] = b"x" * 36864
    path.write_bytes(whole)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign, "holds the data of another program"),
        (newer, "was made by a newer sandbox"),
        (text, "is damaged or no SQLite file"),
        (shortened, "is damaged"),
        (scribbled, "is damaged"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "sandbox.sqlite"
    make(path)
    before = path.read_bytes()
    with pytest.raises(Unusable, match=words) as no:
        Sandbox(path, tasks=5)
    assert str(path) in str(no.value) and "\n" not in str(no.value)
    with pytest.raises(WrongUse, match=rf"^The practice data can't be used: .*{words}.*--data\.$"):
        serve_workspace(path, 0, 1, 0, None, lambda url: None)
    with pytest.raises(WrongUse, match=rf"{words}.*--state-dir\.$"), practice_workspace(tmp_path):
        pass
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["sandbox.sqlite"]


def test_an_empty_file_becomes_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "made.sqlite").touch()
    assert Sandbox(tmp_path / "made.sqlite").store.made


@pytest.mark.parametrize("place", ["file/sandbox.sqlite", "folder"])
def test_a_place_that_takes_no_file_is_told_as_that(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unwritable):
        Sandbox(tmp_path / place)
    with pytest.raises(UnwritableFile, match=r"^The practice data can't be kept: .*--data\.$"):
        serve_workspace(tmp_path / place, 0, 1, 0, None, lambda url: None)


@pytest.mark.parametrize(("asked", "told"), [(["--tasks", "9"], True), (["--seed", "2"], True), ([], False)])
def test_what_is_for_new_files_is_told_to_be_ignored(tmp_path: Path, asked: list[str], told: bool) -> None:
    path = tmp_path / "sandbox.sqlite"
    Sandbox(path)
    command = [sys.executable, "-m", "importer", "sandbox", "--port", "0", "--data", str(path), *asked]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as served:
        assert served.stdout
        assert served.stdout.readline().startswith("http://127.0.0.1:")
        served.terminate()
        _, err = served.communicate(timeout=20)
    assert ("--tasks and --seed are for a new file" in err) is told
    assert Sandbox(path).store.tasks() == []


def test_the_embedded_workspace_lets_nobody_wait(tmp_path: Path) -> None:
    import requests

    with practice_workspace(tmp_path / "state") as (url, _):
        answer = requests.get(f"{url}/users/me/settings", headers={"Authorization": "Bearer key"}, timeout=5)
    assert int(answer.headers["X-Toggl-Quota-Remaining"]) == PLENTY - 1


def test_what_breaks_in_the_server_is_an_answer_of_the_api(
    start: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    caller = start()
    with caller.box.store.writing() as connection:
        connection.execute("DROP TABLE time_blocks")
    answer = caller.get("tasks")
    assert (answer.status_code, answer.json()["error"]) == (500, "internal_server_error")
    assert len(answer.json()["trace_id"]) == 32 and answer.headers["X-Toggl-Quota-Remaining"] == "599"
    assert caller.box.store.requests[-1][2] == 500
    assert "no such table: time_blocks" in capfd.readouterr().err
    assert caller.get("tags").status_code == 200


def test_a_file_that_breaks_before_the_start_is_told_to_who_starts(tmp_path: Path) -> None:
    box = Sandbox(tmp_path / "sandbox.sqlite")
    box.store.path = tmp_path / "nowhere" / "sandbox.sqlite"
    with pytest.raises(sqlite3.OperationalError):
        box.start()
