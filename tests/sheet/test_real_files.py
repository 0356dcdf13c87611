"""Files that people really bring, read from ../shared/realdata."""

from datetime import date
from pathlib import Path

import pytest
from sheet_files import opened, rows

from importer.sheet.base import Broken

REAL = Path(__file__).resolve().parents[3] / "shared" / "realdata"
FILES = sorted(path for path in REAL.glob("*/*") if path.suffix in (".csv", ".tsv", ".xlsx"))

pytestmark = pytest.mark.skipif(not FILES, reason="the real files are not here")


# header row, columns, rows with data below it, the last one's number; counted with csv and openpyxl
COUNTED = {
    "asana/export-16col.csv": (1, 16, 13, 14),
    "asana/masked-18col-excel-resaved.csv": (1, 18, 1, 2),
    "asana/masked-sheets-preamble.csv": (4, 12, 3, 7),
    "clickup/importer-layout.csv": (1, 10, 6, 7),
    "clickup/masked-workspace-34col.csv": (1, 34, 6, 7),
    "clickup/small-crlf.csv": (1, 11, 2, 3),
    "github/csv-tools-1.csv": (1, 3, 2, 3),
    "github/csv-tools-2.csv": (1, 3, 2, 3),
    "github/csv-tools-3.csv": (1, 4, 2, 3),
    "github/csv-tools-4.csv": (1, 4, 2, 3),
    "github/csv-tools-5.csv": (1, 4, 49, 50),
    "github/csv-tools-6.csv": (1, 4, 2, 3),
    "github/csv-tools-noTitle.csv": (1, 2, 2, 3),
    "github/csv-tools-semicolonSeparator.csv": (1, 3, 2, 3),
    "github/csv-tools-uppercaseTitle.csv": (1, 3, 2, 3),
    "jira/masked-cloud-2023-current-excel.csv": (1, 14, 19, 20),
    "jira/masked-cloud-2024-excel-twin.csv": (1, 77, 40, 41),
    "jira/masked-cloud-2024-original.csv": (1, 77, 40, 41),
    "jira/masked-cloud-2025-all.csv": (1, 56, 22, 23),
    "jira/masked-cloud-2026-parents.csv": (1, 92, 40, 41),
    "jira/masked-server-2018-all.csv": (1, 53, 40, 41),
    "jira/masked-spanish-current-bom.csv": (1, 15, 40, 41),
    "linear/masked-30col-short-rows.csv": (1, 30, 28, 29),
    "linear/masked-34col.csv": (1, 34, 50, 51),
    "linear/plane-to-linear-import.csv": (1, 17, 1, 2),
    "linear/shortcut-25col.csv": (1, 25, 10, 11),
    "monday/masked-groups-subitems.xlsx": (3, 8, 125, 130),
    "notion/ganttchart-bom-crlf.csv": (1, 4, 39, 40),
    "notion/visualizer-books-all.csv": (1, 9, 10, 11),
    "notion/visualizer-tasks-all.csv": (1, 4, 3, 4),
    "notion/visualizer-tasks-view.csv": (1, 3, 0, None),
    "outlook/masked-tasks-12-columns-crlf.csv": (1, 12, 2, 3),
    "outlook/masked-tasks-23-columns.csv": (1, 23, 4, 5),
    "outlook/masked-tasks-german.csv": (1, 10, 1, 2),
    "own/masked-gantt-formulas.xlsx": (5, 9, 9, 14),
    "own/masked-header-in-row-12.xlsx": (12, 10, 7, 25),
    "own/masked-legend-beside-table.xlsx": (3, 17, 7, 10),
    "planner/masked-2021.xlsx": (5, 17, 55, 60),
    "planner/masked-2025-portuguese.xlsx": (1, 18, 59, 60),
    "planner/plannr-test-plan.csv": (1, 17, 32, 33),
    "planner/plannr-test-plan.xlsx": (5, 17, 32, 37),
    "ticktick/testdata_ticktick_export.csv": (4, 24, 11, 15),
    "ticktick/testdata_ticktick_invalid_numbers.csv": (4, 24, 2, 6),
    "todoist/masked-12col-bom.csv": (1, 12, 25, 30),
    "todoist/masked-15col-meta.csv": (1, 15, 18, 19),
    "todoist/masked-19col-backup.csv": (1, 19, 2, 3),
    "todoist/masked-9col-bom.csv": (1, 9, 17, 25),
    "toggl/masked-detailed-2016.csv": (1, 14, 31, 32),
    "toggl/masked-detailed-2022.csv": (1, 14, 11, 12),
    "toggl/masked-stop-date.csv": (1, 7, 2, 3),
    "toggl/togglcsv-tool-own-format.csv": (1, 7, 7, 8),
    "trello/masked-11col.csv": (1, 11, 2, 3),
    "trello/official-names.csv": (1, 23, 3, 4),
    "trello/wekan-board-import.csv": (1, 11, 25, 26),
    "trello/wekan-board-import.tsv": (1, 11, 25, 26),
    "wrike/custom-status.csv": (2, 8, 4, 6),
    "wrike/import-template-sample.xlsx": (1, 13, 9, 10),
}


def test_every_real_file_is_counted() -> None:
    assert {f"{path.parent.name}/{path.name}" for path in FILES} == COUNTED.keys()


@pytest.mark.parametrize("name", COUNTED)
def test_their_rows_are_where_excel_shows_them(name: str) -> None:
    sheet = opened(REAL / name)
    found = rows(sheet)
    assert (sheet.header_row, len(sheet.header), len(found), max(found, default=None)) == COUNTED[name]
    assert min(found, default=sheet.header_row + 1) > sheet.header_row


def test_what_stands_above_their_headers() -> None:
    assert opened(REAL / "planner/plannr-test-plan.xlsx").above == (
        ("Plan name", "Test Plan"),
        ("Plan ID", "11aa22bb33cc"),
        ("Date of export", "10/06/2020"),
    )
    assert opened(REAL / "monday/masked-groups-subitems.xlsx").above == (
        ("Q4 2025",),
        ("Secret Dollar (OLIVE)",),
    )
    assert opened(REAL / "wrike/custom-status.csv").above == (("Exported from somewhere",),)


def test_the_legends_beside_a_table_are_no_part_of_it() -> None:
    sheet = opened(REAL / "own/masked-legend-beside-table.xlsx")
    assert {"STATUS \nKEY", "PRIORITY \nKEY"} <= {sheet.header[position] for position in sheet.beside}
    assert sheet.beside.isdisjoint(range(1, 10))


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
    assert opened(REAL / "monday/masked-groups-subitems.xlsx", sheet="2").name == "q4 2025-updates"
