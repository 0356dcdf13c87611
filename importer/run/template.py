"""Template: a workbook or CSV ready to fill in, made from FIELDS.

What is filled in imports without options.
"""

import csv
from pathlib import Path

from importer.errors import UnwritableFile
from importer.task.fields import BY_NAME, PRIORITIES, Field, Kind

# What a person fills in, in the order in which one thinks of a task: names rather than ids.
TITLES = {
    "key": "Key",
    "name": "Name",
    "parent": "Parent",
    "project": "Project",
    "client": "Client",
    "status": "Status",
    "priority": "Priority",
    "start_date": "Start date",
    "end_date": "Due date",
    "estimated_mins": "Estimate (h)",
    "assignees": "Assignees",
    "tags": "Tags",
    "description": "Description",
    "notes": "Notes",
    "billable": "Billable",
    "private": "Private",
    "pinned": "Pinned",
    "color": "Color",
    "rrule": "Repeat rule",
}
_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.MINUTES: "0.##", Kind.TEXT: "@", Kind.NAME: "@", Kind.NAMES: "@"}
_CHOICES = {Kind.PRIORITY: PRIORITIES, Kind.BOOLEAN: ("yes", "no")}
_HINTS = {
    Kind.DATE: "A date such as 2026-03-31.",
    Kind.MINUTES: "Hours such as 1.5, or 1h 30m.",
    Kind.BOOLEAN: "yes or no.",
    Kind.PRIORITY: f"One of {', '.join(PRIORITIES)}.",
    Kind.COLOR: "Such as #2C7DFA.",
    Kind.RRULE: "Such as FREQ=WEEKLY;BYDAY=MO.",
}
ROWS = 1000  # rows that the drop-downs cover


def template(out: Path, *, force: bool = False) -> Path:
    """Write the template; an existing file is kept unless `force`."""
    from importer.sheet.writing import check_target

    check_target(out)
    if out.exists() and not force:
        raise UnwritableFile(f"{out} is there already; choose another name, or replace it with --force.")
    if out.suffix.lower() == ".xlsx":
        _workbook(out)
    else:
        _text(out)
    return out


def _fields() -> list[tuple[str, Field]]:
    return [(title, BY_NAME[name]) for name, title in TITLES.items()]


def _text(out: Path) -> None:
    from importer.sheet.writing import written_aside

    with (
        written_aside(out) as aside,
        aside.open("w", encoding="utf-8-sig", newline="") as stream,
    ):
        delimiter = "\t" if out.suffix.lower() == ".tsv" else ","
        csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerow(TITLES.values())


def _workbook(out: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.properties import PageSetupProperties

    from importer.sheet.writing import written_aside

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Tasks"
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for position, (title, field) in enumerate(_fields(), 1):
        letter = get_column_letter(position)
        header = sheet.cell(1, position, title)
        header.font = Font(bold=True, color="FFFFFF")
        header.fill = PatternFill("solid", start_color="B03060" if field.name == "name" else "4B3869")
        said = f"{field.help[:1].upper()}{field.help[1:]}. {_HINTS.get(field.kind, '')}"
        comment = Comment(said.strip(), "tasksheet")
        comment.width, comment.height = 280, 90
        header.comment = comment
        sheet.column_dimensions[letter].width = max(field.width, len(title) + 4)
        sheet.column_dimensions[letter].number_format = _FORMATS.get(field.kind, "General")
        for row in range(2, 102):
            sheet.cell(row, position).number_format = _FORMATS.get(field.kind, "General")
        if choices := _CHOICES.get(field.kind):
            rule = DataValidation("list", formula1=f'"{",".join(choices)}"', allow_blank=True)
            rule.error = f"One of {', '.join(choices)}."
            rule.showErrorMessage = True
            rule.add(f"{letter}2:{letter}{ROWS + 1}")
            sheet.add_data_validation(rule)
    with written_aside(out) as aside:
        book.save(aside)
