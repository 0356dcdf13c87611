"""What the fast reader of workbooks does not tell, read from the archive beside it: error cells,
formulas without a result, hidden rows, and how far a worksheet reaches.
"""

import posixpath
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from importer.errors import UnreadableFile
from importer.sheet.base import letters
from importer.sheet.findings import MOST_CELLS, Scan
from importer.sheet.parse import elements, parse_tables, parse_worksheet
from importer.sheet.search import Unusual, search

WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"


def scanner(path: Path, kind: str) -> Callable[[str], Scan | None]:
    """A function that scans the worksheet of a name; it gives None where that can't be done.

    Raises what zipfile and expat raise for a damaged archive, UnreadableFile for a worksheet that
    reaches too far to be read. Every table of an .ods file is scanned at once, since its reader
    reads them all; to be called before that one is.
    """
    if kind in (".xlsx", ".xlsm"):
        parts = worksheet_parts(path)
        return lambda name: _scan_part(path, name, parts[name]) if name in parts else None
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as part:
        scans = parse_tables(part)
    for name, scan in scans.items():
        _refuse_far(path, name, scan)
    return scans.get


def _scan_part(path: Path, name: str, part: str) -> Scan:
    with zipfile.ZipFile(path) as archive:
        scan = scan_worksheet(lambda: archive.open(part))
    _refuse_far(path, name, scan)
    return scan


def scan_worksheet(open_part: Callable[[], IO[bytes]]) -> Scan:
    """Scans the worksheet whose unpacked bytes `open_part` opens anew at every call."""
    with suppress(Unusual), open_part() as part:
        scan = search(part)
        # The search counts cells that are only formatted, too; the parser doesn't.
        if scan.cells <= MOST_CELLS:
            return scan
    with open_part() as part:
        return parse_worksheet(part)


def _refuse_far(path: Path, name: str, scan: Scan) -> None:
    if scan.cells > MOST_CELLS:
        raise UnreadableFile(
            f"{path.name}, sheet {name!r}: its cells reach to {letters(scan.columns - 1)}{scan.rows}, "
            "too far to be read at once; delete what strayed there, or save the sheet as CSV."
        )


# ── the archive of an .xlsx ───────────────────────────────────────────────────────────────────────


def worksheet_parts(path: Path) -> dict[str, str]:
    """Name of a worksheet → name of its part; sheets whose part is missing are left out."""
    with zipfile.ZipFile(path) as archive:
        names = {name.casefold(): name for name in archive.namelist()}
        if WORKBOOK not in names or _RELATIONS not in names:
            return {}
        sheets = elements(archive.read(names[WORKBOOK]), "sheet")
        relations = elements(archive.read(names[_RELATIONS]), "Relationship")
    targets = {relation["Id"]: relation["Target"] for relation in relations if "Id" in relation}
    parts = {}
    for sheet in sheets:
        target = targets.get(sheet.get("id", ""), "")
        # Targets are relative to xl/ or, with a slash in front, to the archive.
        part = names.get(posixpath.normpath(posixpath.join("/xl", target)).lstrip("/").casefold())
        if part and "name" in sheet:
            parts[sheet["name"]] = part
    return parts
