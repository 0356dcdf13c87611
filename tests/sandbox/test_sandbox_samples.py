"""The page's own samples are let in: its flaws mended, its placeholders filled, nothing else changed."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
from sandbox_caller import Caller, Start
from sandbox_page import REFERENCE, samples

WHO = "anna@practice.example:secret"
PAGE = "https://focus.toggl.com/api/organizations/{organization_id}/workspaces/{workspace_id}"
VALUES: dict[str, Any] = {
    "assignee_user_ids": [7100014],
    "ghost_assignee_ids": [8801],
    "tag_ids": [1, 2],
    "end_date": "2026-03-09",
    "start_date": "2026-03-02",
    "priority_at": "2026-03-02",
    "priority": "medium",
    "project_id": 1,
    "status_id": 1,
    "rrule": "FREQ=WEEKLY",
}
KINDS: dict[str, Any] = {"string": "text", "boolean": True, "integer": 3}


def cases(language: str) -> list[Any]:
    found = samples(language) if REFERENCE.is_dir() else []
    return [pytest.param(code, id=title) for title, code in found]


def value(name: str, kind: str) -> Any:
    return VALUES.get(name, KINDS.get(kind))


def filled(code: str, caller: Caller, *, python: bool = False) -> str:
    """Ids, login and example values put in; `[{}]`, the page's array of anything, becomes ids."""
    parent = caller.box.store.create([{"name": "Parent", "status_id": 1, "toggl_user_id": 1}], "2026")[0]
    known = VALUES | {"parent_task_id": parent}

    def put(match: re.Match[str]) -> str:
        name, kind = match["name"], match["kind"]
        chosen = known.get(name, KINDS.get(kind or ""))
        return f'"{name}":{chosen!r}' if python else f'"{name}":{json.dumps(chosen)}'

    code = code.replace(PAGE, caller.box.base_url + "/organizations/1/workspaces/1")
    code = code.replace("<email>:<password>", WHO)
    return re.sub(r'"(?P<name>\w+)":(?:"(?P<kind>string|boolean|integer)"|\[\{\}\])', put, code)


def answered(caller: Caller, code: str) -> tuple[str, str, int]:
    """What the server says of the one request that came."""
    ((method, path, status),) = caller.box.store.requests
    bulk, post = "/bulk" in code, re.search(r"POST|\.post\(", code)
    assert method == ("POST" if post else "GET")
    assert path == "/api/organizations/1/workspaces/1/tasks" + ("/bulk" if bulk else "")
    assert status == (201 if post else 200)
    if post:
        task = caller.box.store.tasks()[-1]
        assert (task["tag_ids"], task["rrule"], task["estimated_mins"], task["integration_ext_id"]) == (
            [1, 2],
            "FREQ=WEEKLY",
            3,
            3,
        )
    return method, path, status


@pytest.mark.parametrize("code", cases("python"))
def test_the_python_sample_is_answered(start: Start, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    caller = start()
    exec(filled(code, caller, python=True), {})
    answered(caller, code)
    assert "'data'" in capsys.readouterr().out or "post" in code


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
@pytest.mark.parametrize("code", cases("curl"))
def test_the_curl_sample_is_answered(start: Start, code: str) -> None:
    caller = start()
    done = subprocess.run(
        ["sh", "-c", filled(code, caller)], capture_output=True, text=True, timeout=20, check=True
    )
    answered(caller, code)
    assert json.loads(done.stdout)


@pytest.mark.skipif(not shutil.which("node"), reason="no node here")
@pytest.mark.parametrize("code", cases("javascript"))
def test_the_javascript_sample_is_answered(start: Start, code: str) -> None:
    """Mended: the login has no quotes, `base64` is not defined, and the body is an object, not its JSON."""
    caller = start()
    code = code.replace("base64.encode(<email>:<password>)", 'base64.encode("<email>:<password>")')
    code = re.sub(r"^body: (.*),$", r"body: JSON.stringify(\1),", code, flags=re.MULTILINE)
    helper = 'const base64 = {encode: (text) => Buffer.from(text).toString("base64")};\n'
    script = helper + filled(code, caller)
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, timeout=20, check=True)
    assert done.stderr == ""
    answered(caller, code)


def test_the_page_has_three_samples_a_language(reference: object) -> None:
    assert [len(samples(language)) for language in ("python", "curl", "javascript")] == [3, 3, 3]
