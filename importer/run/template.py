"""Template: a workbook or CSV ready to fill in: typed columns, drop-downs, what each column is for.

What is filled in imports without options. With a workspace the drop-downs hold its own names.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import UnwritableFile
from importer.task.fields import BY_NAME, PRIORITIES, Field, Kind
from importer.watch import SILENT, Watch

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from importer.focus.directory import Directory
    from importer.settings import Connection


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the template. `says` is its comment, `example` what the example row has there."""

    title: str
    field: str
    says: str
    example: Any = None

    @property
    def of(self) -> Field:
        return BY_NAME[self.field]


# In the order in which one thinks of a task: names rather than ids.
COLUMNS = (
    Column(
        "Name",
        "name",
        "What is to be done. The one column that every row needs.",
        "Example: replace or delete this row",
    ),
    Column("Project", "project", "The name of a project of the workspace.", "Website relaunch"),
    Column(
        "Client",
        "client",
        "The project's client. Needed only where two projects share a name; else leave it.",
    ),
    Column("Status", "status", "The name of a status of the workspace. Blank: the first one to do.", "Todo"),
    Column("Priority", "priority", "none, low, medium or high.", "high"),
    Column(
        "Start date", "start_date", "The first day: a date, or text such as 2026-03-31.", date(2026, 3, 23)
    ),
    Column("Due date", "end_date", "The last day: a date, or text such as 2026-03-31.", date(2026, 3, 31)),
    Column("Estimate (h)", "estimated_mins", "Hours such as 1.5; or with units, such as 1h 30m.", 1.5),
    Column(
        "Assignees",
        "assignees",
        "Who does it: e-mails or names. Several are separated by commas; the list gives one.",
        "ada@example.com",
    ),
    Column(
        "Tags",
        "tags",
        "Names of tags. Several are separated by commas; the list gives one.",
        "writing, launch",
    ),
    Column(
        "Description",
        "description",
        "A longer text that says what the task is.",
        "For the newsletter and the website",
    ),
    Column("Notes", "notes", "Free notes; line breaks are kept."),
    Column(
        "Key",
        "key",
        "A name of your own for the row, such as A-1, that the column Parent of other rows may give. "
        "A key belongs to one row. It stays in the sheet.",
        "A-1",
    ),
    Column(
        "Parent",
        "parent",
        "Makes the row a sub-task: the key of its parent's row, or its name where no other row has it. "
        "The parent may stand above or below.",
    ),
    Column("Billable", "billable", "yes or no: whether time on it is billable.", "yes"),
    Column("Private", "private", "yes or no: whether only its people see it.", "no"),
    Column("Pinned", "pinned", "yes or no: whether it is pinned."),
    Column("Color", "color", "A colour such as #2C7DFA."),
    Column("Repeat rule", "rrule", "How it repeats, as an iCalendar rule such as FREQ=WEEKLY;BYDAY=MO."),
)
EXAMPLE: Mapping[str, Any] = {c.title: c.example for c in COLUMNS if c.example is not None}

ROWS = 1000  # rows that the drop-downs cover
_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.MINUTES: "0.##", Kind.TEXT: "@", Kind.NAME: "@", Kind.NAMES: "@"}
_CHOICES = {Kind.PRIORITY: PRIORITIES, Kind.BOOLEAN: ("yes", "no")}
_LISTS = {"project": "project", "client": "client", "status": "status", "tags": "tag", "assignees": "person"}
_REWRITTEN = (Kind.DATE, Kind.MINUTES)  # whose texts a spreadsheet program writes anew when it saves a CSV


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it. `names` counts what the drop-downs hold by kind; `notes` say what they lack."""

    path: Path
    names: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    notes: tuple[str, ...] = ()


def template(
    out: Path, *, force: bool = False, connection: "Connection | None" = None, watch: Watch = SILENT
) -> Made:
    """Write the template; an existing file is kept unless `force`.

    With a connection a workbook's drop-downs hold the names of that workspace; a CSV has none.
    """
    from importer.sheet.writing import SHEETS, check_target

    check_target(out, SHEETS)
    if out.exists() and not force:
        raise UnwritableFile(f"{out} is there already; choose another name, or replace it with --force.")
    if out.suffix.lower() != ".xlsx":
        _text(out)
        return Made(out)
    if connection is None:
        _workbook(out, None, None)
        return Made(out)

    from importer.focus.client import Client
    from importer.focus.directory import Directory

    with Client(connection, watch=watch.note) as client:
        directory = Directory(client)
        names = _workbook(out, connection, directory)
        return Made(out, names, client.requests, tuple(directory.notes))


def is_example(cells: Mapping[str, object]) -> bool:
    """Whether a row's cells, by title, are those of the example row as it was written.

    Columns may have been taken away. Texts of dates and numbers are not compared: a spreadsheet
    program that opened the CSV has written them in its own way.
    """
    if _shown(cells.get("Name")) != EXAMPLE["Name"]:
        return False
    rewritten = {c.title for c in COLUMNS if c.of.kind in _REWRITTEN and c.example is not None}
    return all(
        _shown(cell) == _shown(EXAMPLE.get(title)) or (title in rewritten and isinstance(cell, str))
        for title, cell in cells.items()
    )


def _shown(cell: object) -> str:
    if isinstance(cell, datetime):
        cell = cell.date()
    return "" if cell is None else str(cell).strip()


def _text(out: Path) -> None:
    from importer.sheet.writing import written_aside

    with (
        written_aside(out) as aside,
        aside.open("w", encoding="utf-8-sig", newline="") as stream,
    ):
        delimiter = "\t" if out.suffix.lower() == ".tsv" else ","
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
        writer.writerow(column.title for column in COLUMNS)
        writer.writerow(_shown(column.example) for column in COLUMNS)


def _workbook(out: Path, connection: "Connection | None", directory: "Directory | None") -> dict[str, int]:
    from openpyxl import Workbook

    from importer.run import lookups
    from importer.sheet.writing import written_aside

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    offered = lookups.write(book.create_sheet(), connection, directory)
    _tasks(sheet, {kind: place for kind, (place, _) in offered.items()})
    with written_aside(out) as aside:
        book.save(aside)
    return {kind: count for kind, (_, count) in offered.items()}


def _tasks(sheet: "Worksheet", ranges: Mapping[str, str]) -> None:
    """The sheet to fill in. `ranges`: kind of name → where the names stand that can be chosen."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.title = "Tasks"
    sheet.freeze_panes = "B2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.row_dimensions[1].height = 24
    for position, column in enumerate(COLUMNS, 1):
        letter, form = get_column_letter(position), _FORMATS.get(column.of.kind, "General")
        header = sheet.cell(1, position, column.title)
        header.font = Font(name="Calibri", bold=True, color="FFFFFF")
        header.fill = PatternFill("solid", start_color="7A3B69" if column.field == "name" else "4B3869")
        header.alignment = Alignment(vertical="center")
        header.comment = _comment(column.says)
        sheet.column_dimensions[letter].width = max(column.of.width, len(column.title) + 4)
        sheet.column_dimensions[letter].number_format = form
        sheet.cell(2, position, column.example).number_format = form
        if rule := _rule(column, ranges):
            rule.add(f"{letter}2:{letter}{ROWS + 1}")
            sheet.add_data_validation(rule)
    _fade_example(sheet)


def _comment(says: str) -> Any:
    from openpyxl.comments import Comment

    comment = Comment(says, "tasksheet")
    comment.width, comment.height = 300, 24 + 20 * (1 + len(says) // 42)  # pixels
    return comment


def _rule(column: Column, ranges: Mapping[str, str]) -> Any:
    """The drop-down of a column, or what its cells should be; None where anything goes."""
    from openpyxl.worksheet.datavalidation import DataValidation

    if choices := _CHOICES.get(column.of.kind):
        rule = DataValidation("list", formula1=f'"{",".join(choices)}"', allow_blank=True)
        rule.error, rule.showErrorMessage = f"One of {', '.join(choices)}.", True
    elif column.of.kind is Kind.DATE:
        rule = DataValidation("date", operator="greaterThan", formula1="36526", allow_blank=True)  # 2000
        rule.error, rule.showErrorMessage = "A date such as 2026-03-31. Keep it as it is?", True
        rule.errorStyle = "warning"
    elif place := ranges.get(_LISTS.get(column.field, "")):
        rule = DataValidation("list", formula1=place, allow_blank=True)
        rule.showErrorMessage = column.of.kind is Kind.NAME  # the others may hold several
        rule.error = "The workspace had no such name when this template was made. Keep it all the same?"
        rule.errorStyle = "warning"
    else:
        return None
    rule.errorTitle = column.title
    return rule


def _fade_example(sheet: "Worksheet") -> None:
    """Grey and italic as long as the row is the example, so that what replaces it looks like the others."""
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    grey = Font(italic=True, color="8A8A8A")
    untouched = FormulaRule(  # type: ignore[no-untyped-call]
        formula=[f'$A$2="{EXAMPLE["Name"]}"'], font=grey
    )
    sheet.conditional_formatting.add(f"A2:{get_column_letter(len(COLUMNS))}2", untouched)
