"""Lookups: the sheet of that name in a workbook, with names and ids of a workspace, out and in.

The template's drop-downs take their names from it. On the way in its names need no request, and no
connection either; its ids count only for the workspace that each row names.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.focus.answers import Record
from importer.focus.directory import PERSON_ID, Directory
from importer.settings import Connection
from importer.task.names import in_order, of_projects, plain

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

SHEET = "Lookups"
HEADER = ("Kind", "Name", "Id", "Client, e-mail or type", "Workspace id", "Workspace")
_KIND, _NAME, _ID, _DETAIL, _WORKSPACE, _PLACE = map(plain, HEADER)
_NEEDED = {_KIND, _NAME, _ID, _WORKSPACE}
_WIDTHS = (11, 36, 13, 34, 14, 46)
_SEARCHED_ROWS = 20  # for the header
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")

_EMPTY = (
    "The drop-downs of a template take the names of a workspace from this sheet. It is empty, since no "
    "workspace was given: with TOGGL_API_KEY set, “tasksheet template tasks.xlsx --workspace ADDRESS” fills "
    "it. Rows of your own count as well: kind (project, client, status, tag, person), name, id, and the id "
    "of the workspace that they are from."
)
_FILLED = (
    "Names of {place}, as of {day}. The drop-downs of the sheet Tasks take them from here, and "
    "an import into this workspace takes their ids from here without asking; names that are not here it "
    "looks up. Grey ones (archived, completed, deactivated) are in no drop-down."
)


@dataclass(slots=True)
class Kept:
    """What a workbook knows of one workspace: lists of records as the API gives them, as far as they go."""

    projects: list[Record] = field(default_factory=list)
    clients: list[Record] = field(default_factory=list)
    statuses: list[Record] = field(default_factory=list)
    tags: list[Record] = field(default_factory=list)
    people: list[Record] = field(default_factory=list)


# In


def kept_in(path: Path, connection: Connection | None) -> Kept | None:
    """What the workbook at `path` knows of the workspace; without a connection, of its only one."""
    rows = list(read(path))
    if connection is None:
        if len({(row.get(_WORKSPACE), row.get(_PLACE)) for row in rows}) != 1:
            return None
    else:
        here = {(str(connection.workspace), place) for place in ("", connection.known_as)}
        rows = [row for row in rows if (row.get(_WORKSPACE, ""), row.get(_PLACE, "")) in here]
    kept = Kept()
    for row in rows:
        _keep(kept, row)
    return kept if rows else None


def read(path: Path) -> Iterator[dict[str, str]]:
    """The rows of the sheet, by plain title; none where there is no such sheet with these titles."""
    if not _has_sheet(path):
        return
    from python_calamine import CalamineWorkbook

    from importer.sheet.damage import plain_errors

    titles: dict[int, str] = {}
    with plain_errors(path):
        workbook = CalamineWorkbook.from_path(path)
        name = next((n for n in workbook.sheet_names if plain(n) == plain(SHEET)), None)
        rows = workbook.get_sheet_by_name(name).iter_rows() if name else ()
        for number, cells in enumerate(rows):
            texts = [_text(cell) for cell in cells]
            if titles:
                yield {title: texts[position] for position, title in titles.items() if texts[position]}
            elif {plain(text) for text in texts} >= _NEEDED:
                titles = {position: plain(text) for position, text in enumerate(texts) if text}
            elif number >= _SEARCHED_ROWS:
                return


def _has_sheet(path: Path) -> bool:
    """Looks into the list of sheets alone: reading a workbook twice would cost as much as reading it."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f'name="{SHEET}"'.casefold().encode() in archive.read("xl/workbook.xml").lower()
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, NotImplementedError):
        return False


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _keep(kept: Kept, row: Mapping[str, str]) -> None:
    """Put a row where it belongs; one without a name, an id or a known kind is nobody's."""
    name, id, detail = row.get(_NAME, ""), row.get(_ID, ""), row.get(_DETAIL, "")
    if not name or not (id.isascii() and id.isdigit()):
        return
    record: Record = {"id": int(id), "name": name}
    match plain(row.get(_KIND, "")):
        case "project":
            kept.projects.append(record | {"client": {"name": detail}})
        case "client":
            kept.clients.append(record)
        case "status":
            kept.statuses.append(record | {"type": detail})
        case "tag":
            kept.tags.append(record)
        case "person":
            bare = name.removesuffix(f"<{detail}>").strip()
            kept.people.append({PERSON_ID: int(id), "name": bare, "email": detail})


# Out


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    id: int
    detail: str = ""
    chosen: bool = True  # whether a drop-down offers it


def write(
    sheet: "Worksheet", connection: Connection | None, directory: Directory | None
) -> dict[str, tuple[str, int]]:
    """Fill the sheet; kind → the range of the names that a drop-down offers, and how many they are.

    Without a workspace it has its header and says what it is for.
    """
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.title = SHEET
    sheet.sheet_properties.tabColor = "B8B0C4"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    today = f"{datetime.now().astimezone():%Y-%m-%d}"
    said = _FILLED.format(place=_place(connection), day=today) if connection else _EMPTY
    sheet.append([said])
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(HEADER))
    sheet["A1"].alignment = Alignment(wrap_text=True, vertical="center")
    sheet["A1"].font = Font(name="Calibri", color="595959")
    sheet.row_dimensions[1].height = 52
    sheet.append(HEADER)
    sheet.freeze_panes = "A3"
    for position, width in enumerate(_WIDTHS, 1):
        header = sheet.cell(2, position)
        header.font = Font(name="Calibri", bold=True, color="FFFFFF")
        header.fill = PatternFill("solid", start_color="6E6480")
        header.alignment = Alignment(vertical="center")
        sheet.column_dimensions[get_column_letter(position)].width = width
    sheet.row_dimensions[2].height = 20
    ranges = {}
    if connection and directory:
        for kind, rows in _rows(directory):
            first = sheet.max_row + 1
            _append(sheet, kind, rows, connection)
            if offered := sum(row.chosen for row in rows):
                ranges[kind] = (f"{SHEET}!$B${first}:$B${first + offered - 1}", offered)
        sheet.auto_filter.ref = f"A2:{get_column_letter(len(HEADER))}{sheet.max_row}"
    return ranges


def _place(connection: Connection) -> str:
    if connection.identity:
        return "the practice workspace"
    return f"workspace {connection.workspace} of organization {connection.organization}"


def _append(sheet: "Worksheet", kind: str, rows: Sequence[_Row], connection: Connection) -> None:
    from openpyxl.styles import Alignment, Font

    grey = Font(name="Calibri", color="9A9A9A")
    for row in rows:
        place = sheet.max_row + 1
        texts = (kind, row.name, None, row.detail, None, connection.known_as)
        for position, text in enumerate(texts, 1):
            if text:
                written = sheet.cell(place, position, _UNWRITABLE.sub("", text))
                written.data_type = "s"  # else a name such as `=1+1` would be a live formula
        for position, id in ((3, row.id), (5, connection.workspace)):
            number = sheet.cell(place, position, id)
            number.number_format, number.alignment = "0", Alignment(horizontal="left")
        if not row.chosen:
            for cell in sheet[place]:
                cell.font = grey


def _rows(directory: Directory) -> Iterator[tuple[str, list[_Row]]]:
    """The kinds with their rows, those that a drop-down offers first, by name; statuses in their order."""
    projects = of_projects(directory.projects, lambda: directory.clients)
    yield (
        "project",
        _sorted(
            _Row(
                name,
                id,
                projects.owner(id) or "",
                not (record.get("archived_at") or record.get("completed_at")),
            )
            for name, id, record in _named(directory.projects)
        ),
    )
    yield "client", _sorted(_Row(name, id) for name, id, _ in _named(directory.clients))
    statuses = _named(in_order(directory.statuses))
    yield "status", [_Row(name, id, str(record.get("type") or "")) for name, id, record in statuses]
    yield "tag", _sorted(_Row(name, id) for name, id, _ in _named(directory.tags))
    people = list(_named(directory.people, PERSON_ID))
    often = Counter(plain(name) for name, *_ in people)
    yield (
        "person",
        _sorted(
            _Row(
                f"{name} <{mail}>" if often[plain(name)] > 1 and mail else name,
                id,
                mail,
                record.get("active") is not False,
            )
            for name, id, record in people
            for mail in [str(record.get("email") or "")]
        ),
    )


def _named(records: Sequence[Record], id_field: str = "id") -> Iterator[tuple[str, int, Record]]:
    for record in records:
        name = record.get("name") or record.get("email")
        id: Any = record.get(id_field)
        if isinstance(name, str) and name.strip() and isinstance(id, int):
            yield name.strip(), id, record


def _sorted(rows: Iterator[_Row]) -> list[_Row]:
    return sorted(rows, key=lambda row: (not row.chosen, plain(row.name), row.detail))
