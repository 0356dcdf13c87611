"""The command line as people use it, in an empty folder, with the embedded workspace."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from importer.cli import run
from importer.sandbox.server import Sandbox


@dataclass
class Said:
    """What a command left: status, stdout, stderr."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as one JSON object."""
        return json.loads(self.out)


class Terminal:
    """Runs commands in a folder of its own."""

    def __init__(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.here = here
        self.capsys = capsys

    def __call__(self, *words: object) -> Said:
        self.capsys.readouterr()
        status = run([str(word) for word in words])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return Said(status, said.out, said.err)

    def sheet(self, name: str, text: str) -> Path:
        path = self.here / name
        path.write_text(text, "utf-8")
        return path


@pytest.fixture
def tasksheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("TASKSHEET_STATE_DIR", str(tmp_path / "state"))
    return Terminal(here, capsys)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A served workspace that the environment points at."""
    with Sandbox(tmp_path / "workspace.sqlite") as sandbox:
        monkeypatch.setenv("TOGGL_FOCUS_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("TOGGL_ORGANIZATION_ID", "1")
        monkeypatch.setenv("TOGGL_WORKSPACE_ID", "1")
        monkeypatch.setenv("TOGGL_API_KEY", "toggl_sk_test")
        yield sandbox
