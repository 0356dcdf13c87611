"""What the dates of the whole sheet say of their order."""

from pathlib import Path

import pytest

from importer.errors import UndecidedDates
from importer.run.check import read
from importer.run.source import Source

SHEET = "Task,Due\nPaint,03/04/2026\nSweep,2026-05-01\n"
CURE = '[values.end_date]\n"03/04/2026" = "2026-04-03"\n'


def test_a_date_that_is_replaced_needs_no_order(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(SHEET, "utf-8")
    (tmp_path / "m.toml").write_text(CURE, "utf-8")
    with pytest.raises(UndecidedDates, match="03/04/2026"):
        read(Source(tmp_path / "s.csv"))
    rows = read(Source(tmp_path / "s.csv", mapping=tmp_path / "m.toml"))
    assert {row: body["end_date"] for row, body in rows.bodies.items()} == {2: "2026-04-03", 3: "2026-05-01"}
