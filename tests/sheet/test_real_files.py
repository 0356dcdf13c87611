"""Files that people really bring, read from ../shared/realdata."""

from datetime import date
from pathlib import Path

import pytest
from sheet_files import opened, rows

from importer.sheet.base import Broken

REAL = Path(__file__).resolve().parents[3] / "shared" / "realdata"
FILES = sorted(path for path in REAL.glob("*/*") if path.suffix in (".csv", ".tsv", ".xlsx"))

pytestmark = pytest.mark.skipif(not FILES, reason="the real files are not here")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_real_file_opens(path: Path) -> None:
    sheet = opened(path)
    assert len([title for title in sheet.header if title]) >= 2
    found = rows(sheet)
    assert all(number > sheet.header_row for number in found)
    assert list(found) == sorted(found)
    assert found or path.name == "visualizer-tasks-view.csv"


# header row, columns, rows, the last row's number; counted in the files themselves
@pytest.mark.parametrize(
    ("name", "header_row", "columns", "count", "last"),
    [
        ("ticktick/testdata_ticktick_export.csv", 4, 24, 11, 15),
        ("asana/masked-sheets-preamble.csv", 4, 12, 3, 7),
        ("asana/export-16col.csv", 1, 16, 13, 14),
        ("planner/masked-2021.xlsx", 5, 17, 55, 60),
        ("planner/plannr-test-plan.xlsx", 5, 17, 32, 37),
        ("planner/plannr-test-plan.csv", 1, 17, 32, 33),
        ("wrike/custom-status.csv", 2, 8, 4, 6),
        ("wrike/import-template-sample.xlsx", 1, 13, 9, 10),
        ("linear/masked-30col-short-rows.csv", 1, 30, 28, 29),
        ("trello/wekan-board-import.tsv", 1, 11, 25, 26),
        ("notion/visualizer-tasks-view.csv", 1, 3, 0, None),
        ("own/masked-header-in-row-12.xlsx", 12, 10, 7, 25),
    ],
)
def test_their_rows_are_where_excel_shows_them(
    name: str, header_row: int, columns: int, count: int, last: int | None
) -> None:
    sheet = opened(REAL / name)
    found = rows(sheet)
    assert (sheet.header_row, len(sheet.header)) == (header_row, columns)
    assert (len(found), max(found, default=None)) == (count, last)


def test_formulas_of_a_gantt_chart_are_broken_and_not_blank() -> None:
    sheet = opened(REAL / "own/masked-gantt-formulas.xlsx")
    assert sheet.header[1:9] == ("#", "Activity", "Assigned to", "Start", "End", "Days", "Status", "% Done")
    first = rows(sheet)[6]
    assert first[1:6:2] == ["1", "Laurel", date(2024, 7, 17)]
    assert isinstance(first[6], Broken)
    assert first[6].shown.startswith("=")
    assert first[8] == "0.6"


def test_an_export_and_its_twin_saved_by_excel_have_the_same_rows() -> None:
    original = opened(REAL / "jira/masked-cloud-2024-original.csv")
    twin = opened(REAL / "jira/masked-cloud-2024-excel-twin.csv")
    assert original.header == twin.header
    assert list(rows(original)) == list(rows(twin))


def test_blanks_after_commas_and_other_delimiters() -> None:
    assert rows(opened(REAL / "github/csv-tools-2.csv"))[3][2] == "question,bug"
    assert opened(REAL / "github/csv-tools-semicolonSeparator.csv").header == ("title", "body", "labels")
    assert opened(REAL / "outlook/masked-tasks-german.csv").header[:2] == ("Betreff", "Fällig am")


def test_the_sheet_with_the_tasks_is_taken() -> None:
    assert opened(REAL / "planner/masked-2025-portuguese.xlsx").name == "Tarefas"
    assert opened(REAL / "own/masked-legend-beside-table.xlsx").name == "Backend"
    assert opened(REAL / "monday/masked-groups-subitems.xlsx").name == "q4 2025"
