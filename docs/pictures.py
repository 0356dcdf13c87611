"""Draws sheets of an exported workbook, as LibreOffice prints them, to docs/pictures/.

Needs soffice and pdftoppm; `make pictures` installs them. The tasks are a practice workspace's, moved to around
today and most of the past ones done, so that it looks like a workspace where work is going on.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
from datetime import date, datetime
from pathlib import Path

from importer.cli import run
from importer.sandbox.server import Sandbox

PICTURES = Path(__file__).parent / "pictures"
SHEETS = ("summary", "tasks", "projects")
TODAY_THEN = date(2025, 8, 20)  # practice tasks are due from January to December 2025
DOTS = 110  # an inch
MOVED = (
    "UPDATE tasks SET start_date = date(start_date, :days), end_date = date(end_date, :days),"
    " priority_at = date(priority_at, :days), recurrence_date = date(recurrence_date, :days)"
)
DONE = (
    "UPDATE tasks SET status_id = (SELECT id FROM statuses WHERE type = 'done')"
    " WHERE end_date < date(:today, '-10 days') AND id % 7"
)


def draw(workbook: Path, picture: Path) -> None:
    """The first page of a workbook."""
    own = f"-env:UserInstallation={(workbook.parent / 'office').as_uri()}"  # leaves a running one alone
    _run("soffice", own, "--headless", "--convert-to", "pdf", "--outdir", workbook.parent, workbook)
    pages = workbook.with_suffix(".pdf")
    _run("pdftoppm", "-r", DOTS, "-png", "-singlefile", pages, picture.with_suffix(""))


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True, timeout=300)  # noqa: S603


def main() -> int:
    PICTURES.mkdir(exist_ok=True)
    today = datetime.now().astimezone().date()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        sandbox = Sandbox(here / "workspace.sqlite", tasks=400)
        with sqlite3.connect(here / "workspace.sqlite") as data:
            data.execute(MOVED, {"days": f"{(today - TODAY_THEN).days:+} days"})
            data.execute(DONE, {"today": today.isoformat()})
        data.close()
        with sandbox:
            os.environ |= {
                "TASKSHEET_STATE_DIR": str(here / "state"),
                "TOGGL_FOCUS_BASE_URL": sandbox.base_url,
                "TOGGL_ORGANIZATION_ID": "1",
                "TOGGL_WORKSPACE_ID": "1",
                "TOGGL_API_KEY": "toggl_sk_practice",
            }
            for sheet in SHEETS:
                workbook = here / f"{sheet}.xlsx"
                if status := run(["export", str(workbook), "--sheets", sheet]):
                    return status
                draw(workbook, PICTURES / f"{sheet}.png")
                print(PICTURES / f"{sheet}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
