"""Rows that are one task, such as the time entries of a report."""

from pathlib import Path

import pytest

from importer.run.check import read
from importer.run.source import Source

REPORT = """Email,Client,Project,Task,Description,Start date,Start time,Duration,Tags
mia@x.example,,Shop,,Count the stock,2026-01-05,08:00:00,01:00:00,stock
jo@x.example,,Shop,,count the  stock,2026-01-05,08:00:00,01:00:00,"stock, night"
mia@x.example,,Shop,,Labels,2026-01-06,08:00:00,01:00:00,
kim@x.example,,Shop,,Count the stock,2026-01-07,08:00:00,01:00:00,
jo@x.example,Inn,Shop,,Count the stock,2026-01-07,08:00:00,01:00:00,
"""


@pytest.mark.parametrize("chunk", [1, 2, 5_000])
def test_tags_and_people_of_all_entries_are_the_tasks(
    chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importer.sheet.frames.CHUNK_ROWS", chunk)
    (tmp_path / "report.csv").write_text(REPORT, "utf-8")
    rows = read(Source(tmp_path / "report.csv"))
    assert rows.checked.folded == {3: 2, 5: 2}
    assert list(rows.bodies) == [2, 4, 6]
    assert rows.texts["tags"] == {2: "stock, night"}
    assert rows.texts["assignees"] == {
        2: "mia@x.example, jo@x.example, kim@x.example",
        4: "mia@x.example",
        6: "jo@x.example",
    }
    assert rows.texts["client"] == {6: "Inn"}
