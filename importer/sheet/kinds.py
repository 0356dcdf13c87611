"""What a file is: by its ending, and by its first bytes, which don't lie."""

import os
import zipfile
from pathlib import Path

from importer.errors import UnreadableFile
from importer.sheet.damage import damaged

TEXTS = frozenset({".csv", ".tsv", ".txt", ".tab"})
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".ods"})

# The old .xls, and the shell around an encrypted .xlsx. Old and binary workbooks are refused: their
# error cells and hidden rows can't be seen, and a damaged one can fill the memory.
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<meta", b"<?xml", b"<workbook")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

# A workbook unpacks to 5 to 20 times its size; these are files made to fill a memory.
MOST_UNPACKED = 2 << 30
SUSPECT_UNPACKED = 100 << 20
SUSPECT_RATIO = 200


def look_at(path: Path) -> str:
    """The ending (".csv", lower case) of a file that is there, readable and what its ending says.

    UnreadableFile for anything else, with the way out.
    """
    head, size = _beginning(path)
    ending = path.suffix.lower()
    if ending not in TEXTS | WORKBOOKS:
        raise UnreadableFile(
            f"{path.name}: {f'files ending in {ending}' if ending else 'files without an ending'} "
            f"can't be read; {_way_out(ending)}."
        )
    if size == 0:
        raise UnreadableFile(f"{path.name} is empty (0 bytes); export or copy it again.")
    if ending in TEXTS:
        _refuse_unless_text(path, head)
    elif head.startswith(_OLE):
        raise UnreadableFile(f"{path.name} is {_locked_or_old(path)}.")
    elif not head.startswith(_ZIP):
        raise UnreadableFile(f"{path.name} is not a workbook inside: {_instead(head)}.")
    else:
        check_archive(path)
        _refuse_unless_that_kind(path, ending)
    return ending


def _beginning(path: Path) -> tuple[bytes, int]:
    """The first bytes and the size; one sentence where they can't be had."""
    if path.is_dir():
        raise UnreadableFile(f"{path} is a folder; give a file in it.")
    try:
        with path.open("rb") as file:
            return file.read(1024), os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise UnreadableFile(f"{path} does not exist; check the name and the folder you are in.") from None
    except PermissionError:
        raise UnreadableFile(
            f"{path} may not be read by you; ask for the permission, or close the program that holds it."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UnreadableFile(f"{path} can't be opened ({reason}); check the path.") from None


def _way_out(ending: str) -> str:
    match ending:
        case ".zip":
            return "unpack it and give the file in it"
        case ".xls" | ".xlsb":
            return "open it in a spreadsheet program and save it as .xlsx"
        case ".numbers" | ".gsheet":
            return "export it as .xlsx or .csv and give that"
        case _:
            return "save it as .xlsx or .csv and give that"


def _refuse_unless_text(path: Path, head: bytes) -> None:
    if head.startswith(_ZIP):
        kind = _zipped_kind(path)
        way = f"rename it to end in {kind}" if kind else "unpack it and give the file in it"
        what = "a workbook" if kind else "a zip archive"
        raise UnreadableFile(f"{path.name} is {what}, not a text file; {way}.")
    if head.startswith(_OLE):
        raise UnreadableFile(f"{path.name} is {_locked_or_old(path)}.")
    if _is_markup(head):
        raise UnreadableFile(f"{path.name} is not a table inside: {_instead(head)}.")


def _instead(head: bytes) -> str:
    if _is_markup(head):
        return "it is a web page or XML; open it in a spreadsheet program and save it as .xlsx"
    if b"\0" in head:
        return "its content is of no known kind; export it again as .xlsx"
    return "it looks like text; if it is a CSV, rename it to end in .csv"


def _is_markup(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP)


def _locked_or_old(path: Path) -> str:
    data = path.read_bytes() if path.stat().st_size <= MOST_UNPACKED else b""
    if _ENCRYPTED in data:
        return (
            "protected by a password; open it in Excel, take the password off "
            "(File > Info > Protect Workbook) and save it"
        )
    return "a workbook of the old kind (.xls) inside; open it in a spreadsheet program and save it as .xlsx"


# ── zip archives ──────────────────────────────────────────────────────────────────────────────────


def check_archive(path: Path) -> None:
    """Refuses a damaged archive and one made to fill the memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise damaged(path) from None
    unpacked = sum(part.file_size for part in parts)
    ratio = unpacked / max(1, sum(part.compress_size for part in parts))
    if unpacked > MOST_UNPACKED or (unpacked > SUSPECT_UNPACKED and ratio > SUSPECT_RATIO):
        raise UnreadableFile(
            f"{path.name} would unpack to {unpacked >> 20:,} MB, {ratio:.0f} times its size, which "
            "no list of tasks does; save the sheet as CSV and give that."
        )


def _zipped_kind(path: Path) -> str | None:
    """The ending that a zip archive should have; None for one that is no workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.casefold() for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError):
        return None
    if "xl/workbook.xml" in names:
        return ".xlsm" if "xl/vbaproject.bin" in names else ".xlsx"
    return ".ods" if "content.xml" in names else None


def _refuse_unless_that_kind(path: Path, ending: str) -> None:
    kind = _zipped_kind(path)
    if kind is None:
        raise UnreadableFile(
            f"{path.name} is a zip archive without a workbook in it; "
            "if files are in it, unpack it and give one of them."
        )
    if kind != ending and {kind, ending} != {".xlsx", ".xlsm"}:
        raise UnreadableFile(f"{path.name} is a workbook of another kind; rename it to end in {kind}.")
