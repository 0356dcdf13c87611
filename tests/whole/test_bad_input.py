"""What people get wrong: one clear sentence, the contract's status, nothing sent."""

import io
import json
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pytest

from importer import Options, Source, connection, load
from importer.sandbox.server import Sandbox
from tests.whole.conftest import Said, Terminal

SECRET = "toggl_sk_very_secret"


def workbook(name: str = "Tasks") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = name
    book.active.append(["Title"])
    book.active.append(["A"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def not_a_workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return out.getvalue()


FILES = {
    "empty.csv": b"",
    "blank.csv": b"\n\n , ,\n",
    "empty.xlsx": b"",
    "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "cut.xlsx": workbook()[:900],
    "text.xlsx": b"Title,Due\nA,2026-01-01\n",
    "zip.xlsx": not_a_workbook(),
    "book.csv": workbook(),
    "page.xlsx": b"<html><body><table><tr><td>Title</td></tr></table></body></html>",
    "picture.png": b"\x89PNG\r\n",
    "nul.csv": b"Title\nA\0B\n",
    "books.csv": b"Author,Pages\nWoolf,200\n",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", ["check", "import"])
def test_a_file_that_can_not_be_read_is_one_sentence_and_status_2(
    tasksheet: Terminal, workspace: Sandbox, name: str, command: str
) -> None:
    (tasksheet.here / name).write_bytes(FILES[name])
    said = tasksheet(command, name, *(["--yes"] if command == "import" else []), "--json")
    assert said.status == 2
    one_sentence(said, name if name not in ("books.csv", "blank.csv") else "")
    assert workspace.store.requests == []
    assert sorted(p.name for p in tasksheet.here.iterdir()) == [name]


def one_sentence(said: Said, word: str = "") -> str:
    """The error's message: on stderr in one line, and in the JSON object."""
    message: str = said.json["error"]["message"]
    lines = [line for line in said.err.splitlines() if line.startswith("tasksheet: ")]
    assert lines == [
        f"tasksheet: {message}"
        + (f" (trace {said.json['error']['trace_id']})" if said.json["error"]["trace_id"] else "")
    ]
    assert word in message
    assert said.json["error"]["status"] == said.status
    assert "Error(" not in message
    assert "object at 0x" not in message
    return message


@pytest.mark.parametrize("command", ["check", "import"])
def test_a_missing_file_and_a_folder(tasksheet: Terminal, command: str) -> None:
    (tasksheet.here / "folder.csv").mkdir()
    for name in ("gone.csv", "folder.csv"):
        said = tasksheet(command, name, "--sandbox", *(["--yes"] if command == "import" else []), "--json")
        assert said.status == 2
        one_sentence(said, name)
    assert not (tasksheet.here / "gone-import").exists()


def test_an_unknown_sheet_names_those_there_are(tasksheet: Terminal) -> None:
    (tasksheet.here / "b.xlsx").write_bytes(workbook("Plan"))
    said = tasksheet("check", "b.xlsx", "--sheet", "Tasks", "--json")
    assert said.status == 2
    assert "Plan" in one_sentence(said, "Tasks")


def test_a_header_without_rows_is_nothing_to_do(tasksheet: Terminal, workspace: Sandbox) -> None:
    said = tasksheet("import", tasksheet.sheet("p.csv", "Title,Due date\n"), "--yes", "--json")
    assert (said.status, said.json["rows"], said.json["requests"]) == (0, 0, 0)
    assert "No tasks found" in said.err
    assert tasksheet("check", "p.csv").status == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--map", "Titel=name"], "did you mean 'Title'"),
        (["--set", "priority=soonish"], "--set priority=soonish"),
        (["--default", "end_date=tomorrow-ish"], "--default end_date=tomorrow-ish"),
        (["--header-row", "9"], "9"),
        (["--encoding", "utf-99"], "utf-99"),
        (["--rows", "two"], "--rows"),
        (["--timezone", "Mars/Olympus"], "Mars/Olympus"),
        (["--unmatched", "colour=drop"], "--unmatched"),
        (["--dates", "ymd"], "--dates"),
        (["--batch-size", "101"], "--batch-size"),
    ],
)
def test_options_that_do_not_fit_are_status_2(
    tasksheet: Terminal, workspace: Sandbox, options: list[str], words: str
) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Due date\nA,2026-01-02T10:00:00Z\n")
    said = tasksheet("import", sheet, "--yes", "--json", *options)
    assert said.status == 2
    one_sentence(said, words)
    assert workspace.store.tasks() == []


def test_undecided_dates_are_asked_about_and_never_guessed(tasksheet: Terminal, workspace: Sandbox) -> None:
    sheet = tasksheet.sheet("p.csv", "Title,Due date\nA,01/02/2026\nB,03/04/2026\n")
    said = tasksheet("import", sheet, "--yes", "--json")
    assert said.status == 2
    assert "--dates" in one_sentence(said, "01/02/2026")
    assert tasksheet("import", sheet, "--yes", "--dates", "dmy").status == 0
    assert sorted(t["end_date"] for t in workspace.store.tasks()) == ["2026-02-01", "2026-04-03"]


def test_without_a_terminal_import_wants_yes(tasksheet: Terminal, workspace: Sandbox) -> None:
    said = tasksheet("import", tasksheet.sheet("p.csv", "Title\nA\n"), "--json")
    assert (said.status, "--yes" in one_sentence(said)) == (2, True)
    assert workspace.store.requests == []


def test_a_revoked_key_is_refused_before_anything_is_written(
    tasksheet: Terminal, workspace: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_revoked")
    for words in (["import", tasksheet.sheet("p.csv", "Title\nA\n"), "--yes"], ["export", "t.xlsx"]):
        said = tasksheet(*words, "--json")
        assert said.status == 4
        assert "toggl_sk" not in said.err + said.out
        assert said.json["error"]["trace_id"]
        one_sentence(said)
    assert {request[0] for request in workspace.store.requests} == {"GET"}
    assert not (tasksheet.here / "t.xlsx").exists()


def test_a_wrong_organization_is_refused(tasksheet: Terminal, workspace: Sandbox) -> None:
    said = tasksheet(
        "import", tasksheet.sheet("p.csv", "Title\nA\n"), "--yes", "--organization", "77", "--json"
    )
    assert said.status == 4
    one_sentence(said, "organization")


@pytest.mark.parametrize("missing", ["TOGGL_ORGANIZATION_ID", "TOGGL_WORKSPACE_ID", "TOGGL_API_KEY"])
def test_a_missing_setting_is_status_2(
    tasksheet: Terminal, workspace: Sandbox, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    for words in (["import", tasksheet.sheet("p.csv", "Title\nA\n"), "--yes"], ["export", "t.csv"]):
        said = tasksheet(*words, "--json")
        assert said.status == 2
        one_sentence(said, missing)
    assert workspace.store.requests == []


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """A server that says the same to everybody."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(5)
                    connection.recv(65536)
                    connection.sendall(raw)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/api"
        finally:
            over.set()
            thread.join()


HTML = b"<!doctype html><title>Welcome</title>"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        % (len(HTML), HTML),
        b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/login\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["html", "redirect"],
)
def test_an_address_that_is_no_focus_api_is_status_4(
    tasksheet: Terminal, workspace: Sandbox, raw: bytes
) -> None:
    with answering(raw) as url:
        for words in (["import", tasksheet.sheet("p.csv", "Title\nA\n"), "--yes"], ["export", "t.csv"]):
            said = tasksheet(*words, "--base-url", url, "--json")
            assert said.status == 4, said.err
            one_sentence(said)
    assert workspace.store.requests == []


def test_a_workspace_out_of_reach_is_status_3(
    tasksheet: Terminal, workspace: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    said = tasksheet("export", "t.csv", "--base-url", f"http://127.0.0.1:{port}/api", "--json")
    assert said.status == 3
    one_sentence(said, "127.0.0.1")


@pytest.mark.parametrize(("out", "words"), [("no/t.xlsx", "no"), ("t.doc", ".xlsx"), ("folder", "folder")])
def test_an_output_that_can_not_be_written_is_said_before_the_first_request(
    tasksheet: Terminal, workspace: Sandbox, out: str, words: str
) -> None:
    (tasksheet.here / "folder").mkdir()
    said = tasksheet("export", out, "--json")
    assert said.status == 2
    one_sentence(said, words)
    assert workspace.store.requests == []


def test_a_report_that_can_not_be_written_stops_before_anything_is_sent(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    (tasksheet.here / "taken").write_text("a file")
    said = tasksheet(
        "import", tasksheet.sheet("p.csv", "Title\nA\n"), "--yes", "--report", "taken/here", "--json"
    )
    assert said.status == 2
    one_sentence(said, "--report")
    assert workspace.store.requests == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--columns", "name,colour"], "'colour'"),
        (["--project-id", "seven"], "--project-id"),
        (["--order-by", "id"], "--order-by"),
        (["--start-date", "31/03/2026"], "--start-date"),
    ],
)
def test_a_filter_or_column_that_is_refused_is_named(
    tasksheet: Terminal, workspace: Sandbox, options: list[str], words: str
) -> None:
    said = tasksheet("export", "t.csv", "--json", *options)
    assert said.status == 2
    one_sentence(said, words)
    assert not (tasksheet.here / "t.csv").exists()


def test_json_and_stdout_do_not_mix(tasksheet: Terminal, workspace: Sandbox) -> None:
    said = tasksheet("export", "-", "--json")
    assert said.status == 2
    one_sentence(said, "--json")


def test_secrets_show_nowhere(
    tasksheet: Terminal, workspace: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGGL_API_KEY", SECRET)
    workspace.set_faults([{"on": "POST tasks/bulk", "do": "answer", "status": 401}])
    said = tasksheet("import", tasksheet.sheet("p.csv", "Title\nA\n"), "--yes", "--json")
    assert said.status == 4
    assert said.json["pending"] == 1
    assert SECRET not in said.out + said.err
    for path in tasksheet.here.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()


def test_a_folder_that_takes_no_files(tasksheet: Terminal, workspace: Sandbox) -> None:
    said = tasksheet("export", "/proc/t.csv", "--json")  # where not even root can write
    assert said.status == 2
    one_sentence(said, "/proc")
    assert workspace.store.requests == []


def test_a_report_that_fails_at_the_end_still_tells_what_was_done(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    folder = tasksheet.here / "report"

    def sabotage(preview: object) -> bool:
        folder.rmdir()  # made and tried by now
        folder.write_text("a file where the report should go")
        return True

    source = Source(tasksheet.sheet("p.csv", "Title\nA\n"))
    summary = load(source, connection(), Options(report=folder), ask=sabotage)
    told = summary.as_json()
    assert (summary.status, told["created"], told["error"]["status"]) == (2, 1, 2)
    assert [task["name"] for task in workspace.store.tasks()] == ["A"]


def test_a_run_that_is_refused_tells_how_every_row_stands(
    tasksheet: Terminal, workspace: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_revoked")
    said = tasksheet("import", tasksheet.sheet("p.csv", "Title\nA\n"), "--yes", "--json")
    assert (said.status, said.json["requests"]) == (4, 1)
    assert said.json["pending"] == 1
    results = (tasksheet.here / "p-import/results.csv").read_text("utf-8-sig").splitlines()
    assert results[1].startswith("2,pending,,A,")


def test_a_mistake_of_ours_is_one_sentence_too(tasksheet: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("boom")

    monkeypatch.setattr("importer.run.template.template", broken)
    said = tasksheet("template", "t.xlsx", "--json")
    assert said.status == 2
    one_sentence(said, "TASKSHEET_DEBUG")


@pytest.mark.parametrize("option", ["--name", "--project-id", "--status-id", "--priority"])
def test_an_empty_filter_asks_for_nothing_and_is_refused(
    tasksheet: Terminal, workspace: Sandbox, option: str
) -> None:
    said = tasksheet("export", "t.csv", option, "", "--json")
    assert said.status == 2
    one_sentence(said, option)
    assert workspace.store.requests == []


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"x" * 4096])
def test_practice_data_that_is_damaged(tasksheet: Terminal, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/sandbox.sqlite").write_bytes(content)
    said = tasksheet("import", tasksheet.sheet("p.csv", "Title\nA\n"), "--sandbox", "--yes", "--json")
    assert said.status == 2
    one_sentence(said, "sandbox.sqlite")
    assert (tmp_path / "state/sandbox.sqlite").read_bytes() == content
    assert tasksheet("sandbox", "--port", "0").status == 2


def test_a_state_folder_that_can_not_be_made(tasksheet: Terminal) -> None:
    said = tasksheet("export", "t.csv", "--sandbox", "--state-dir", "/proc/none", "--json")
    assert said.status == 2
    one_sentence(said, "/proc/none")


def test_names_of_files_that_are_hard_to_write(tasksheet: Terminal, workspace: Sandbox) -> None:
    strange = b"caf\xe9.csv".decode("utf-8", "surrogateescape")
    (tasksheet.here / strange).write_text("Title\nA\n")
    said = tasksheet("import", strange, "--yes", "--json")
    assert (said.status, said.json["created"]) == (0, 1)
    long = "x" * 250 + ".csv"
    (tasksheet.here / long).write_text("Title\nA\n")
    said = tasksheet("import", long, "--yes", "--json")
    assert said.status == 2
    one_sentence(said, "--report")
    assert len(workspace.store.tasks()) == 1


def test_a_servers_words_with_half_a_character_are_reported(tasksheet: Terminal, workspace: Sandbox) -> None:
    words = '{"error": "x", "error_description": "no \\ud83d good"}'
    workspace.set_faults([{"on": "POST *", "do": "answer", "status": 400, "body": words}])
    said = tasksheet("import", tasksheet.sheet("p.csv", "Title\nA\n"), "--yes", "--json")
    assert (said.status, said.json["rejected"]) == (1, 1)
    assert "good" in (tasksheet.here / "p-import/results.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("words", ["check p.csv --json", "export - --columns name", "export t.csv --json"])
@pytest.mark.parametrize("where", [">/dev/full", ">&-"])
def test_an_output_that_takes_nothing_is_said(
    tasksheet: Terminal, workspace: Sandbox, words: str, where: str
) -> None:
    tasksheet.sheet("p.csv", "Title\nA\n")
    done = subprocess.run(
        f"{sys.executable} -m importer {words} {where}",
        shell=True, capture_output=True, text=True, check=False, cwd=tasksheet.here,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "tasksheet: " in done.stderr


@pytest.mark.parametrize("where", ["2>&-", "<&-"])
def test_closed_channels_do_not_matter_where_they_are_not_needed(
    tasksheet: Terminal, workspace: Sandbox, where: str
) -> None:
    tasksheet.sheet("p.csv", "Title\nA\n")
    done = subprocess.run(
        f"{sys.executable} -m importer import p.csv --yes --json {where}",
        shell=True, capture_output=True, text=True, check=False, cwd=tasksheet.here,
    )  # fmt: skip
    assert (done.returncode, json.loads(done.stdout)["created"]) == (0, 1)
