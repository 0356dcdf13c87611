"""The command as a process of its own: served workspaces, signals, pipes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pytest
import requests

from importer.run.demo import SAMPLES
from importer.sandbox.server import Sandbox
from tests.whole.conftest import Terminal

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "importer"]


@contextmanager
def served(*options: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """`tasksheet sandbox` on a free port."""
    with subprocess.Popen(
        [*COMMAND, "sandbox", "--port", "0", *options], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process
        finally:
            process.send_signal(signal.SIGTERM)


def test_the_sandbox_says_where_it_is_serves_and_stops_when_told(tasksheet: Terminal, tmp_path: Path) -> None:
    with served("--data", str(tmp_path / "s.sqlite"), "--tasks", "30") as (url, process):
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/api")
        tasks = f"{url}/organizations/1/workspaces/1/tasks"
        assert requests.get(tasks, auth=("ada@example.com", "pw"), timeout=10).json()["total"] > 0
        revoked = requests.get(tasks, headers={"Authorization": "Bearer toggl_sk_revoked"}, timeout=10)
        assert revoked.status_code == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_port_in_use_and_a_wrong_fault_plan_are_one_sentence(
    tasksheet: Terminal, workspace: Sandbox
) -> None:
    port = workspace.base_url.split(":")[2].split("/")[0]
    said = tasksheet("sandbox", "--port", port)
    assert (said.status, "--port" in said.err) == (2, True)
    (tasksheet.here / "faults.json").write_text('[{"on": "POST tasks", "do": "explode"}]')
    said = tasksheet("sandbox", "--port", "0", "--faults", "faults.json")
    assert (said.status, "explode" in said.err) == (2, True)
    (tasksheet.here / "faults.json").write_text("{")
    assert tasksheet("sandbox", "--port", "0", "--faults", "faults.json").status == 2


def test_sandbox_and_embedded_workspace_see_the_same_tasks(tasksheet: Terminal) -> None:
    assert tasksheet("import", tasksheet.sheet("p.csv", "Title\nA\nB\n"), "--sandbox", "--yes").status == 0
    with served() as (url, _):
        answer = requests.get(
            f"{url}/organizations/1/workspaces/1/tasks", headers={"Authorization": "Bearer x"}, timeout=10
        )
    assert sorted(task["name"] for task in answer.json()["data"]) == ["A", "B"]


def test_the_demo_imports_every_sample_and_its_workbook_holds_the_tasks(tasksheet: Terminal) -> None:
    for _ in range(2):  # it starts anew each time
        said = tasksheet("demo", "--json")
        assert said.status == 0, said.err
        assert len(said.json["imports"]) == len(SAMPLES) >= 4
        assert {i["sample"] for i in said.json["imports"]} == {
            p.name for p in (ROOT / "samples").iterdir() if p.suffix in (".csv", ".xlsx")
        }
        created = sum(i["created"] for i in said.json["imports"])
        assert created == said.json["tasks"] >= 80
    sheet = openpyxl.load_workbook(tasksheet.here / "out/tasks.xlsx")["Tasks"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    titles = [cell.value for cell in sheet[1]]
    assert len(rows) == created
    by_name = {row[titles.index("name")]: dict(zip(titles, row, strict=True)) for row in rows}
    assert by_name["Draft A"]["parent_task_name"] == "Poster"
    assert by_name["Draft A"]["project_name"] == "Spring campaign"
    assert by_name["Dubletten zusammenführen"]["end_date"].date().isoformat() == "2027-01-22"
    assert by_name["Feldliste mit Kundin abstimmen"]["estimated_mins"] == 90
    assert by_name["Go live"]["status_name"] == "Todo"


def test_export_into_a_closed_pipe_is_no_traceback(tasksheet: Terminal, workspace: Sandbox) -> None:
    text = "Title\n" + "".join(f"Task {n} {'x' * 200}\n" for n in range(800))
    assert tasksheet("import", tasksheet.sheet("p.csv", text), "--yes").status == 0
    pipe = subprocess.run(
        f"set -o pipefail; {sys.executable} -m importer export - --columns name | head -1",
        shell=True, executable="/bin/bash", capture_output=True, text=True, check=True, cwd=tasksheet.here, env=dict(os.environ),
    )  # fmt: skip
    assert pipe.stdout == "name\n"
    assert "Traceback" not in pipe.stderr
    assert "Exception" not in pipe.stderr


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("times", [1, 2])
def test_a_stop_ends_after_the_request_in_flight_and_a_second_one_at_once(
    tasksheet: Terminal, workspace: Sandbox, asked: signal.Signals, times: int
) -> None:
    text = "Title\n" + "".join(f"T{n}\n" for n in range(250))
    sheet = tasksheet.sheet("p.csv", text)
    workspace.set_faults([{"on": "POST tasks/bulk", "nth": 2, "do": "delay", "seconds": 3}])
    with subprocess.Popen(
        [*COMMAND, "import", sheet, "--yes", "--json"], cwd=tasksheet.here, env=dict(os.environ),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 30
        while len(workspace.store.tasks()) < 100 and time.monotonic() < deadline:
            time.sleep(0.05)
        for _ in range(times):
            time.sleep(0.5)  # the second batch is on its way
            process.send_signal(asked)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    told = json.loads(out)
    assert told["error"]["status"] == 130
    assert (told["created"], told["doubt"], told["pending"]) == (
        (200, 0, 50) if times == 1 else (100, 100, 50)
    )
    results = (tasksheet.here / "p-import/results.csv").read_text("utf-8-sig").splitlines()
    assert len(results) == 251
    time.sleep(3)
    kept = {task["name"] for task in workspace.store.tasks()}
    for line in results[1:]:
        _, outcome, _, name, *_ = line.split(",")
        if outcome in ("created", "pending"):
            assert (name in kept) == (outcome == "created")

    workspace.set_faults(None)
    again = tasksheet("import", sheet, "--yes", "--json", "--settle", 0.2)
    assert (again.status, again.json["created"]) == (0, 250)
    assert sorted(task["name"] for task in workspace.store.tasks()) == sorted(f"T{n}" for n in range(250))


@pytest.mark.parametrize("answer", ["n\n", "y\n"])
def test_on_a_terminal_the_import_is_asked_about(
    tasksheet: Terminal, workspace: Sandbox, answer: str
) -> None:
    import pty

    sheet = tasksheet.sheet("p.csv", "Title\nA\nB\n")
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [*COMMAND, "import", sheet], cwd=tasksheet.here, env=dict(os.environ),
            stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            os.write(ours, answer.encode())
            _, err = process.communicate(timeout=30)
    finally:
        os.close(ours)
        os.close(theirs)
    assert "2 tasks of 2 rows, in 1 request." in err
    assert process.returncode == 0
    assert len(workspace.store.tasks()) == (2 if answer == "y\n" else 0)


def test_a_report_folder_of_another_sheet_is_left_alone(tasksheet: Terminal, workspace: Sandbox) -> None:
    assert tasksheet("import", tasksheet.sheet("p.csv", "Title\nA\n"), "--yes").status == 0
    before = (tasksheet.here / "p-import/results.csv").read_bytes()
    (tasksheet.here / "sub").mkdir()
    other = tasksheet.sheet("sub/p.csv", "Title\nB\n")
    said = tasksheet("import", other, "--yes", "--json")
    assert said.json["report"].endswith("p-import-2")
    assert (tasksheet.here / "p-import/results.csv").read_bytes() == before
    assert tasksheet("import", "p.csv", "--yes", "--json").json["report"].endswith("p-import")
