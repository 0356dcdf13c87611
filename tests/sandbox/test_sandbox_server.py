"""Starting, stopping, opening again, several processes, and the command's blocking form."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from sandbox_caller import Start

from importer.sandbox.server import Sandbox

WITHOUT_TIME = ("created_at", "updated_at", "status_updated_at")
OPEN = "import sys; from pathlib import Path; from importer.sandbox.server import Sandbox\n"


def python(code: str, *arguments: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_data_is_there_again_when_the_file_is_opened_again(start: Start, tmp_path: Path) -> None:
    caller = start(tasks=20)
    caller.bulk("A", "B")
    identity, tasks = caller.box.identity, caller.box.store.tasks()
    caller.box.stop()
    again = Sandbox(tmp_path / "sandbox.sqlite", seed=9, tasks=500)
    assert again.identity == identity and again.store.tasks() == tasks
    with again:
        assert requests.get(f"{again.base_url}/users/me/settings", timeout=5).status_code == 401
    assert again.store.tasks() == tasks


def test_a_sandbox_can_be_started_again(tmp_path: Path) -> None:
    box = Sandbox(tmp_path / "sandbox.sqlite")
    for _ in range(2):
        with box:
            assert box.start() == box.base_url
            assert requests.get(box.base_url, timeout=5).status_code == 404
        with pytest.raises(requests.ConnectionError):
            requests.get(box.base_url, timeout=5)
    box.stop()


def test_the_seed_decides_the_data_and_not_the_identity(tmp_path: Path) -> None:
    def data(name: str, seed: int) -> tuple[str, Any]:
        box = Sandbox(tmp_path / name, seed=seed, tasks=60)
        tables = ("clients", "projects", "statuses", "tags", "users", "teams")
        return box.identity, (box.store.tasks(), [box.store.table(table) for table in tables])

    (first, one), (second, same), (_, other) = data("a", 3), data("b", 3), data("c", 4)
    assert one == same != other
    assert first != second and len(first) == 36


def test_the_look_up_data_has_the_awkward_cases(tmp_path: Path) -> None:
    store = Sandbox(tmp_path / "sandbox.sqlite").store
    projects, people = store.table("projects"), store.table("users")
    names = [(row["name"], row["client_id"]) for row in projects]
    twins = [name for name, _ in names if sum(name == other for other, _ in names) == 2]
    assert len(twins) == 2 and len(set(names)) == len(projects) == 12
    assert [
        sum(bool(row[flag]) for row in projects)
        for flag in ("completed_at", "draft", "archived_at", "private")
    ] == [1] * 4
    assert any(row["client_id"] is None for row in projects)
    assert [row["name"] for row in store.table("statuses")] == [
        "Todo",
        "In Progress",
        "Blocked",
        "In Review",
        "Done",
    ]
    assert len(store.table("clients")) == 6 and len(store.table("tags")) == 15 and len(people) == 8
    assert not {row["id"] for row in people} & {row["user_account_id"] for row in people}
    assert len({row["email"] for row in people}) == 8
    assert store.tasks() == []


def test_two_processes_that_open_a_new_file_at_once_fill_it_once(tmp_path: Path) -> None:
    code = OPEN + "print(Sandbox(Path(sys.argv[1]), tasks=300).identity)"
    started = [python(code, tmp_path / "sandbox.sqlite") for _ in range(4)]
    ended = [(*process.communicate(timeout=60), process.returncode) for process in started]
    assert [code for *_, code in ended] == [0] * 4, ended
    assert len({identity for identity, *_ in ended}) == 1
    assert len(Sandbox(tmp_path / "sandbox.sqlite").store.tasks()) == 300


def test_two_servers_on_one_file_lose_nothing(tmp_path: Path) -> None:
    code = OPEN + (
        "import requests\n"
        "with Sandbox(Path(sys.argv[1])) as box, requests.Session() as session:\n"
        "    session.headers['Authorization'] = 'Bearer key'\n"
        "    url = box.base_url + '/organizations/1/workspaces/1/tasks/bulk'\n"
        "    for turn in range(25):\n"
        "        tasks = [{'name': f'{sys.argv[2]} {turn} {n}', 'tag_ids': [1]} for n in range(20)]\n"
        "        assert session.post(url, json={'tasks': tasks}, timeout=30).status_code == 201\n"
    )
    started = [python(code, tmp_path / "sandbox.sqlite", who) for who in "AB"]
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in started]
    assert [code for _, code in ended] == [0, 0], ended
    store = Sandbox(tmp_path / "sandbox.sqlite").store
    assert len({task["name"] for task in store.tasks()}) == len(store.tasks()) == 1000
    assert store.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    code = OPEN + "box = Sandbox(Path(sys.argv[1])); print(box.start(), flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path / "sandbox.sqlite")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip() + "/organizations/1/workspaces/1/tasks"
        answer = requests.post(url, json={"name": "A"}, headers={"Authorization": "Bearer key"}, timeout=10)
        process.kill()
    assert answer.status_code == 201
    assert [task["name"] for task in Sandbox(tmp_path / "sandbox.sqlite").store.tasks()] == ["A"]


def test_a_port_in_use_is_an_os_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        box = Sandbox(tmp_path / "sandbox.sqlite", port=port)
        with pytest.raises(OSError):
            box.start()
    with box:
        assert box.base_url == f"http://127.0.0.1:{port}/api"


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    store = Sandbox(tmp_path / "sandbox.sqlite").store
    with store.writing() as connection:
        connection.execute("INSERT INTO meta VALUES ('later', 'x')")
    store.open()
    store.rows("SELECT 1")
    with store._connection() as connection:
        connection.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(ValueError, match="newer sandbox"):
        Sandbox(tmp_path / "sandbox.sqlite")


def test_a_wrong_plan_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        Sandbox(tmp_path / "sandbox.sqlite", faults=[{"do": "explode"}])
    assert list(tmp_path.iterdir()) == []


def test_requests_are_listed_with_their_status(start: Start) -> None:
    caller = start()
    caller.get("tags", ("page", 1))
    caller.get("nothing")
    assert caller.box.store.requests == [
        ("GET", "/api/workspaces/1/tags", 200),
        ("GET", "/api/workspaces/1/nothing", 404),
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_commands_server_stops_cleanly_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    code = (
        "import sys; from pathlib import Path; from importer.sandbox.server import serve\n"
        "serve(Path(sys.argv[1]), 0, 1, 30, [{'on': 'GET tags', 'do': 'delay', 'seconds': 600}],\n"
        "      lambda url: print(url, flush=True))\n"
        "print('stopped')"
    )
    process = python(code, tmp_path / "sandbox.sqlite")
    assert process.stdout
    try:
        url = process.stdout.readline().strip()
        host, port = url.split("/")[2].split(":")
        with socket.create_connection((host, int(port))) as waiting:  # somebody who is kept waiting
            waiting.sendall(
                b"GET /api/workspaces/1/tags HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n\r\n"
            )
            answer = requests.get(
                f"{url}/users/me/settings", headers={"Authorization": "Bearer key"}, timeout=5
            )
            assert answer.headers["X-Toggl-Quota-Remaining"] == "598"
            process.send_signal(number)
            out, err = process.communicate(timeout=10)
    finally:
        process.kill()
        process.communicate()
    assert (out.strip(), err, process.returncode) == ("stopped", "", 0)
    assert len(Sandbox(tmp_path / "sandbox.sqlite").store.tasks()) == 30


def test_a_plan_comes_from_json_as_it_stands(start: Start, tmp_path: Path) -> None:
    plan = tmp_path / "faults.json"
    plan.write_text('{"rules": [{"on": "GET tags", "do": "answer", "status": 503}]}', "utf-8")
    assert start(faults=json.loads(plan.read_text("utf-8"))).get("tags").status_code == 503


def test_twenty_thousand_tasks_are_paged_quickly(tmp_path: Path) -> None:
    import time

    with Sandbox(tmp_path / "sandbox.sqlite", quota=10_000) as box, requests.Session() as session:
        session.headers["Authorization"] = "Bearer key"
        box.store.create(
            ({"name": f"Task {n % 977}", "status_id": 1, "toggl_user_id": 1} for n in range(20_000)), "2025"
        )
        url = f"{box.base_url}/organizations/1/workspaces/1/tasks"
        began = time.monotonic()
        for page in range(1, 201, 20):
            order = {"order_by": "created_at,name,position", "per_page": 100, "page": page}
            assert len(session.get(url, params=order, timeout=10).json()["data"]) == 100
        assert time.monotonic() - began < 3  # ten pages; a tenth of that is usual
