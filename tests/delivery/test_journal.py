"""The journal: where it can't be trusted or written nothing is sent, and what it was told survives."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest
from filelock import FileLock

from importer import Options, Source, connection, load
from importer.delivery.drafts import Kind, Outcome
from importer.delivery.journal import Entry, Head, Journal, journal_path, journals
from importer.delivery.journal_file import VERSION
from importer.delivery.settling import Mark
from importer.delivery.steps import Limits
from importer.errors import ComeBackLater, TasksheetError, UnwritableFile, WrongUse
from importer.run.summary import Summary
from importer.sandbox.server import Sandbox
from importer.settings import Connection

SECRET = "toggl_sk_very_secret"
PENDING = Outcome(2, Kind.PENDING, None, "not sent")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "workspace.sqlite") as sandbox:
        yield sandbox


class Desk:
    """A folder with a sheet and a state folder, and the workspace that it goes to."""

    def __init__(self, tmp_path: Path, workspace: Sandbox) -> None:
        self.here, self.state, self.workspace = tmp_path, tmp_path / "state", workspace
        self.sheet(3)

    def sheet(self, rows: int) -> Path:
        self.file = self.here / "p.csv"
        self.file.write_text("Title\n" + "".join(f"T{n}\n" for n in range(1, rows + 1)))
        return self.file

    @property
    def place(self) -> Connection:
        return connection(
            base_url=self.workspace.base_url,
            organization="1",
            workspace="1",
            environment={"TOGGL_API_KEY": SECRET},
        )

    @property
    def path(self) -> Path:
        return journal_path(self.state, self.place.known_as)

    def load(self, *, dry_run: bool = False, batch: int = 100) -> Summary:
        limits = Limits(batch=batch, settle=0)
        options = Options(dry_run, report=self.here / "report", limits=limits, state=self.state)
        return load(Source(self.file), self.place, options)

    def names(self) -> list[str]:
        return sorted(task["name"] for task in self.workspace.store.tasks())

    def untouched(self, error: type[TasksheetError]) -> str:
        """An import is stopped by that error, without a request and with the journal as it was; its words."""
        before = self.path.read_bytes() if self.path.is_file() else None
        self.workspace.store.requests.clear()
        with pytest.raises(error) as caught:
            self.load()
        assert self.workspace.store.requests == []
        assert (self.path.read_bytes() if self.path.is_file() else None) == before
        assert not (self.here / "report").exists(), "a report of nothing"
        message = caught.value.message
        assert "\n" not in message
        return message


@pytest.fixture
def desk(tmp_path: Path, workspace: Sandbox) -> Desk:
    return Desk(tmp_path, workspace)


def changed(desk: Desk, sql: str) -> None:
    base = sqlite3.connect(desk.path)
    base.execute(sql)
    base.commit()
    base.close()


# A journal that can't be trusted


def garbage(desk: Desk) -> None:
    desk.path.write_bytes(random.Random(1).randbytes(5000))


def text(desk: Desk) -> None:
    desk.path.write_text("row,outcome\n2,created\n" * 50)


def cut(desk: Desk) -> None:
    whole = desk.path.read_bytes()
    desk.path.write_bytes(whole[: len(whole) // 2])


def spoiled(desk: Desk) -> None:
    whole = bytearray(desk.path.read_bytes())
    for at in range(4096, len(whole), 512):
        whole[at : at + 64] = random.Random(at).randbytes(64)
    desk.path.write_bytes(bytes(whole))


def another_database(desk: Desk) -> None:
    desk.path.unlink()
    changed(desk, "CREATE TABLE bookmarks (url TEXT)")


def the_workspaces_own(desk: Desk) -> None:
    """What lies beside it in the state folder."""
    with Sandbox(desk.here / "other.sqlite"):
        pass
    shutil.copy(desk.here / "other.sqlite", desk.path)


def newer(desk: Desk) -> None:
    changed(desk, f"PRAGMA user_version = {VERSION + 1}")


def other_workspace(desk: Desk) -> None:
    changed(desk, "UPDATE about SET workspace = 'https://focus.example/api 7/8'")


def without_a_table(desk: Desk) -> None:
    changed(desk, "DROP TABLE items")


def nobodys(desk: Desk) -> None:
    changed(desk, "DELETE FROM about")


SPOILED = {
    garbage: "damaged",
    text: "damaged",
    cut: "damaged",
    spoiled: "damaged",
    another_database: "no journal of tasksheet",
    the_workspaces_own: "no journal of tasksheet",
    newer: "newer tasksheet",
    other_workspace: "another workspace",
    without_a_table: "journal",
    nobodys: "journal",
}


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda spoil: spoil.__name__)
def test_a_journal_that_can_not_be_trusted_stops_the_import_before_a_request(desk: Desk, spoil: Any) -> None:
    assert desk.load().status == 0
    shutil.rmtree(desk.here / "report")
    spoil(desk)
    desk.sheet(4)
    message = desk.untouched(WrongUse)
    assert str(desk.path) in message
    assert SPOILED[spoil] in message
    desk.untouched(WrongUse)  # and so it stays
    assert desk.names() == ["T1", "T2", "T3"]


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda spoil: spoil.__name__)
def test_a_dry_run_is_stopped_alike_and_changes_nothing(desk: Desk, spoil: Any) -> None:
    desk.load()
    spoil(desk)
    before = desk.path.read_bytes()
    with pytest.raises(WrongUse) as caught:
        desk.load(dry_run=True)
    assert caught.value.status == 2
    assert desk.path.read_bytes() == before


def test_a_journal_that_was_moved_away_is_made_anew(desk: Desk) -> None:
    desk.load()
    desk.path.rename(desk.here / "kept.sqlite")
    summary = desk.load()
    assert (summary.status, len(desk.names())) == (1, 3), (
        "the report, or the page of newest tasks, tells of it"
    )
    (desk.here / "kept.sqlite").rename(desk.path)
    assert (desk.load().status, len(desk.names())) == (0, 3)


def test_an_empty_file_is_as_good_as_none(desk: Desk) -> None:
    """What is left of a journal whose making was interrupted."""
    desk.state.mkdir()
    desk.path.touch()
    assert desk.load(dry_run=True).as_json()["pending"] == 3
    assert desk.path.read_bytes() == b""
    assert desk.load().as_json()["created"] == 3
    assert desk.load().as_json()["requests"] == 0


def test_journals_of_workspaces_lie_side_by_side(desk: Desk, tmp_path: Path) -> None:
    desk.load()
    with Sandbox(tmp_path / "second.sqlite") as second:
        other = Desk(tmp_path, second)
        assert other.path != desk.path
        other.load()
    assert journals(desk.state) == sorted([desk.path, other.path])


# A journal that can't be written


def test_a_file_in_place_of_the_state_folder_is_one_sentence(desk: Desk) -> None:
    desk.state.write_text("I was here first")
    message = desk.untouched(UnwritableFile)
    assert "--state-dir" in message
    assert desk.state.read_text() == "I was here first"


def test_a_folder_in_place_of_the_journal_is_one_sentence(desk: Desk) -> None:
    desk.path.mkdir(parents=True)
    assert str(desk.path) in desk.untouched(UnwritableFile)


CHILD = """
import contextlib, io, os, resource, sys
from importer.cli import main, run

words, user, limit = sys.argv[1:-2], int(sys.argv[-2]), int(sys.argv[-1])
if user:  # who may not be allowed to read the modules that are loaded late
    import filelock
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        run(["import", words[-1], "--dry-run", "--state-dir", words[-1] + ".none"])
        run(["runs", "--state-dir", words[-1] + ".none"])
    os.setgid(user)
    os.setuid(user)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
main(words)
"""


def child(desk: Desk, *words: object, user: int = 0, limit: int = 0) -> "subprocess.CompletedProcess[str]":
    """The command in a process that has fewer rights, or less room."""
    told = desk.place
    environment = {
        **os.environ,
        "TOGGL_FOCUS_BASE_URL": told.base_url,
        "TOGGL_ORGANIZATION_ID": "1",
        "TOGGL_WORKSPACE_ID": "1",
        "TOGGL_API_KEY": SECRET,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-c", CHILD, *map(str, words), str(user), str(limit)],
        capture_output=True, text=True, check=False, env=environment, cwd=tempfile.gettempdir(), timeout=60,
    )  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="gives its rights away, which it must have first")
def test_a_state_folder_without_the_right_to_write_is_one_sentence(desk: Desk) -> None:
    with tempfile.TemporaryDirectory() as name:
        open_ = Path(name)
        open_.chmod(0o777)
        shutil.copy(desk.file, open_ / "p.csv")
        (open_ / "p.csv").chmod(0o644)
        (open_ / "report").mkdir(mode=0o777)
        (open_ / "report").chmod(0o777)
        state = open_ / "state"
        state.mkdir(mode=0o755)
        last = ["--state-dir", state, open_ / "p.csv"]
        words = ["import", "--yes", "--report", open_ / "report"]
        for _ in range(2):  # without a journal, and with one that somebody else wrote
            said = child(desk, *words, *last, user=65534)
            assert said.returncode == 2, said.stderr
            assert len(said.stderr.strip().splitlines()) <= 3, said.stderr
            assert "--state-dir" in said.stderr
            assert "Traceback" not in said.stderr
            if not journals(state):
                assert desk.names() == []
                assert child(desk, *words, "--rows", "2", *last).returncode == 0
        assert desk.names() == ["T1"]
        dry = child(desk, "import", "--dry-run", "--json", *last, user=65534)
        assert dry.returncode == 0, dry.stderr
        assert json.loads(dry.stdout)["created"] == 1, "reading needs no right to write"


@pytest.mark.parametrize(("room", "batches"), [(40_000, False), (240_000, True), (420_000, True)])
def test_a_disk_that_fills_up_in_the_middle_loses_nothing(desk: Desk, room: int, batches: bool) -> None:
    desk.sheet(240)
    words = ["import", desk.file, "--yes", "--batch-size", "10", "--settle", "0", "--json"]
    words += ["--state-dir", desk.state, "--report", desk.here / "report"]
    said = child(desk, *words, limit=room)
    assert "Traceback" not in said.stderr
    assert said.returncode == 2, said.stderr
    assert "make room" in said.stderr
    sent = desk.names()
    assert (len(sent) > 0) is batches, "the room is to be spent while batches go out"
    assert len(sent) < 240
    if batches:
        told = json.loads(said.stdout)
        assert told["created"] <= len(sent) <= told["created"] + told["doubt"]

    told = desk.load(batch=10).as_json()
    assert (told["created"], told["created_now"] + len(sent)) == (240, 240)
    assert desk.names() == sorted(f"T{n}" for n in range(1, 241))


# Who is at work


def test_a_second_run_is_told_of_the_first_and_sends_nothing(desk: Desk) -> None:
    desk.load()
    shutil.rmtree(desk.here / "report")
    with Journal(desk.path, desk.place.known_as, run="20260331-101500-a1b2", file="/x/first.csv"):
        message = desk.untouched(ComeBackLater)
        assert ComeBackLater.status == 3
        for text in ("20260331-101500-a1b2", "first.csv", str(os.getpid())):
            assert text in message
        assert desk.load(dry_run=True).as_json()["created"] == 3, "a dry run needs no lock"
    assert desk.load().status == 0


def test_a_real_run_is_named_while_it_is_at_work(desk: Desk, workspace: Sandbox) -> None:
    workspace.set_faults([{"on": "POST tasks/bulk", "nth": 1, "times": 1, "do": "delay", "seconds": 3}])
    words = ["import", "--yes", "--state-dir", desk.state, "--report", desk.here / "report", desk.file]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(child, desk, *words)
        deadline = time.monotonic() + 30
        while not any(method == "GET" for method, _, _ in list(workspace.store.requests)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with pytest.raises(ComeBackLater) as caught:
            desk.load()
        assert first.result().returncode == 0
    [run] = Journal(desk.path, "", writing=False).runs()
    assert f"Run {run['run']} (p.csv, process " in caught.value.message
    assert desk.names() == ["T1", "T2", "T3"]
    assert desk.load().as_json()["requests"] == 0


def test_a_lock_without_a_run_is_told_of_too(desk: Desk) -> None:
    desk.load()
    shutil.rmtree(desk.here / "report")
    with FileLock(desk.path.with_suffix(".lock")):
        assert "one import goes at a time" in desk.untouched(ComeBackLater)


def test_another_workspace_is_not_held_up(desk: Desk, tmp_path: Path) -> None:
    desk.load()
    with Journal(desk.path, desk.place.known_as), Sandbox(tmp_path / "second.sqlite") as second:
        assert Desk(tmp_path, second).load().status == 0


def test_a_failed_opening_holds_nothing_afterwards(desk: Desk) -> None:
    desk.load()
    kept = desk.path.read_bytes()
    garbage(desk)
    for _ in range(2):
        with pytest.raises(WrongUse):
            Journal(desk.path, desk.place.known_as)
    desk.path.write_bytes(kept)
    assert desk.load().status == 0


# A dry run


def test_a_dry_run_makes_no_state_folder(desk: Desk) -> None:
    summary = desk.load(dry_run=True)
    assert summary.as_json()["planned_requests"] == 2
    assert not desk.state.exists()
    assert not (desk.here / "report").exists()


def test_a_dry_run_leaves_the_journal_as_it_is(desk: Desk) -> None:
    desk.load()
    before = desk.path.read_bytes()
    desk.sheet(5)
    assert desk.load(dry_run=True).as_json()["pending"] == 2
    assert desk.path.read_bytes() == before


# What it writes, and how


class Counted(sqlite3.Connection):
    """Counts the transactions that were asked for, and what is written outside of one."""

    commits = 0
    loose: ClassVar[list[str]] = []

    def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
        Counted.commits += sql.startswith("COMMIT")
        if not self.in_transaction and sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE")):
            Counted.loose.append(sql)
        return super().execute(sql, *more)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    real = sqlite3.connect

    def connect(place: Any, **options: Any) -> sqlite3.Connection:
        kind = Counted if "journal-" in str(place) else sqlite3.Connection
        return real(place, factory=kind, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)
    Counted.commits, Counted.loose = 0, []
    return Counted


def commits(desk: Desk, counted: type[Counted], rows: int, batch: int) -> int:
    desk.sheet(rows)
    shutil.rmtree(desk.state, ignore_errors=True)
    shutil.rmtree(desk.here / "report", ignore_errors=True)
    workspace, counted.commits = desk.workspace, 0
    with Sandbox(Path(tempfile.mkdtemp(dir=desk.here)) / "s.sqlite") as desk.workspace:
        assert desk.load(batch=batch).as_json()["created_now"] == rows
    desk.workspace = workspace
    return counted.commits


def test_a_batch_is_one_transaction_before_it_leaves_and_one_after_the_answer(
    desk: Desk, counted: type[Counted]
) -> None:
    one = commits(desk, counted, 10, 10)
    assert commits(desk, counted, 200, 200 // 2) == one + 2
    assert commits(desk, counted, 100, 100) == one, "whatever the number of its rows"
    assert commits(desk, counted, 100, 10) == one + 2 * 9
    assert counted.loose == []


def test_it_is_on_the_disk_before_anything_else_happens(desk: Desk) -> None:
    with Journal(desk.path, "w") as journal:
        base = journal._base
        assert base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert base.execute("PRAGMA synchronous").fetchone()[0] >= 2


def test_a_batch_is_in_flight_before_it_leaves(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another reader of the file, as a later run would be, sees the rows while the request is under way."""
    from importer.focus.client import Client

    seen: list[list[tuple[str, bool]]] = []
    create = Client.create_tasks

    def watched(self: Client, bodies: Any) -> Any:
        base = sqlite3.connect(f"{desk.path.as_uri()}?mode=ro", uri=True)
        seen.append(base.execute("SELECT kind, flight NOT NULL FROM items ORDER BY id").fetchall())
        base.close()
        return create(self, bodies)

    monkeypatch.setattr(Client, "create_tasks", watched)
    desk.load(batch=2)
    assert seen == [
        [("doubt", 1), ("doubt", 1), ("pending", 0)],
        [("created", 0), ("created", 0), ("doubt", 1)],
    ]


def test_a_change_that_fails_half_way_leaves_nothing_of_it(desk: Desk) -> None:
    with Journal(desk.path, "w") as journal:
        head = journal.head(Head(("Title",), {}, {}))
        book = journal.begin("r1", [Entry(n, "A", PENDING, '["A"]') for n in (2, 3)], head=head)

        def rows() -> Iterator[tuple[int, dict[str, Any]]]:
            yield book[2], {"name": "A"}
            raise RuntimeError

        with pytest.raises(RuntimeError):
            journal.leaving("r1", rows(), Mark(), (), 0.0)
        assert [one.kind for one in journal.items()] == [Kind.PENDING, Kind.PENDING]
        assert journal.flights(0, 0) == []
        journal.leaving("r1", [(book[3], {"name": "A"})], Mark(), (), 0.0)
        assert [one.kind for one in journal.items()] == [Kind.PENDING, Kind.DOUBT]


def test_what_was_in_flight_is_so_after_a_kill(desk: Desk) -> None:
    """A journal that was not closed: its changes stand in the log beside it."""
    journal = Journal(desk.path, "w")
    head = journal.head(Head(("Title",), {"project": "P"}, {"notes": "n"}))
    book = journal.begin("r1", [Entry(2, "A", PENDING, '["A"]')], head=head, label="x", file="f", sheet="s")
    mark = Mark(ids=frozenset([7]), total=3, empty=False, taken=5.0)
    journal.leaving("r1", [(book[2], {"name": "A"})], mark, ["notes"], 100.0)
    beside = desk.here / "copy"
    shutil.copytree(desk.state, beside)  # as a kill would leave it
    journal.close()
    with Journal(beside / desk.path.name, "w") as found:
        [kept] = found.items()
        assert (kept.kind, kept.label, kept.cells, found.heads()[kept.head].fixed) == (
            Kind.DOUBT, "x", '["A"]', {"project": "P"},
        )  # fmt: skip
        [flight] = found.flights(1000.0, 2000.0)
        assert [(sent.draft.row, dict(sent.body)) for sent in flight.rows] == [(-book[2], {"name": "A"})]
        assert (flight.mark, flight.ignoring) == (mark, frozenset(["notes"]))
        assert [run["run"] for run in found.runs()] == ["r1"]


def test_no_secret_is_in_the_state_folder(desk: Desk, workspace: Sandbox) -> None:
    workspace.set_faults([{"on": "POST tasks/bulk", "nth": 1, "times": 1, "do": "cut"}])
    desk.load()
    workspace.set_faults(None)
    desk.load()
    files = [path for path in desk.state.rglob("*") if path.is_file()]
    assert desk.path in files
    for path in [*files, *(desk.here / "report").iterdir()]:
        assert SECRET.encode() not in path.read_bytes(), path


def test_a_key_as_text_of_a_task_is_not_taken_for_a_secret(desk: Desk) -> None:
    """Cells are kept as they are, whatever they look like."""
    desk.file.write_text("Title\ntoggl_sk_in_a_cell\n")
    assert desk.load().status == 0
    assert desk.load().as_json()["requests"] == 0
