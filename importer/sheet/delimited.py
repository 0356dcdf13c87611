"""Text files with delimiters (.csv .tsv .txt): streamed, never held as a whole."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from importer.errors import UnreadableFile, WrongUse
from importer.sheet.base import Sheet
from importer.sheet.cells import has_data, text_cells
from importer.sheet.encoding import MARK, MARKED, Encoding, decide_encoding
from importer.sheet.header import Known, Source, find_header, sheet_of

# Longer cells are a quote that was never closed: Excel holds 32,767 characters, Jira's text more.
LONGEST_CELL = 1 << 20

SAMPLE_CHARACTERS = 256 << 10
SAMPLE_ROWS = 100
SAMPLE_CELLS = 20_000

NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "bar": "|"}

# Fed to the parser after the last line. Where it comes back as a row of its own, every quote was
# closed; a file can't hold it, since NUL is refused.
_END = "\0"

_SEP_LINE = re.compile(r'\ufeff?"?sep=(\t|.)"?[\r\n]*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """How the text of a file is cut into cells."""

    encoding: Encoding
    delimiter: str
    blank_after: bool = False  # `a, "b"`: the blanks after a delimiter belong to no cell
    sep_line: bool = False  # the first line says `sep=;` and is no row


def open_text(
    path: Path,
    *,
    sheet: str | None,
    header_row: int | None,
    encoding: str | None,
    delimiter: str | None,
    known: Known,
) -> Sheet:
    """The table of a text file. `sheet` may only be 1 or the file's stem, its name as a sheet.

    Anything else was meant for another file: reading on would import what nobody asked for.
    """
    if sheet is not None and sheet.strip().casefold() not in ("1", path.stem.casefold()):
        raise UnreadableFile(
            f"{path.name} is a text file, which has one sheet and not {sheet!r}; "
            "leave out --sheet, or give the workbook."
        )
    form = find_form(path, decide_encoding(path, encoding), delimiter, known)
    source = Source(lambda: read_rows(path, form), text_cells)
    header = find_header(source, known, header_row, path.name)
    if header is None:
        raise UnreadableFile(f"{path.name} is empty: no cell in it holds anything; export it anew.")
    notes = [form.encoding.note] if form.encoding.note else []
    if form.delimiter != ("\t" if path.suffix.lower() == ".tsv" else ","):
        notes.append(f"cells are separated by {NAMES.get(form.delimiter, repr(form.delimiter))}")
    return sheet_of(source, header, path=path, name=path.stem, notes=notes)


# ── cutting lines into cells ──────────────────────────────────────────────────────────────────────


def read_rows(path: Path, form: Form) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of the rows that hold anything, read as one goes.

    A cell of several lines is one row, a blank line is a row too, as in Excel. UnreadableFile at
    the row where a quote stays open, a NUL stands or a byte can't be decoded.
    """
    csv.field_size_limit(LONGEST_CELL)
    number = 0

    def lines(file: Iterator[str]) -> Iterator[str]:
        for line in file:
            if "\0" in line:
                raise UnreadableFile(
                    f"{path.name}, row {number + 1}: a NUL character, which no text has; "
                    "export the file again as CSV UTF-8, or name its --encoding."
                )
            yield line
        yield _END

    try:
        with path.open(encoding=form.encoding.codec, newline="") as file:
            first = next(file, "").removeprefix("\ufeff")
            rest = lines(file if form.sep_line else _chain(first, file))
            reader = csv.reader(rest, delimiter=form.delimiter, skipinitialspace=form.blank_after)
            for number, row in enumerate(reader, 1):
                if row and row[-1].endswith(_END):
                    if row != [_END]:
                        raise _open_quote(path, number)
                    return
                if has_data(row):
                    yield number, row
    except UnicodeError as error:
        raise _undecodable(path, form, error) from None
    except csv.Error:
        raise UnreadableFile(
            f"{path.name}, row {number + 1}: a cell runs on for more than {LONGEST_CELL:,} characters, so a "
            'quote (") in this row is probably never closed; close it, or double the quotes of the text.'
        ) from None
    except OSError as error:
        raise UnreadableFile(f"{path.name} can't be read on: {error.strerror}.") from error


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _undecodable(path: Path, form: Form, error: UnicodeError) -> UnreadableFile:
    """The error for a byte that the encoding has no letter for.

    Text is decoded in blocks, ahead of the rows, so the file is read once more to find the row.
    """
    codec, row = form.encoding.codec, 1
    with path.open(encoding=codec, errors=MARKED, newline="") as file, suppress(csv.Error):
        lines = islice(file, int(form.sep_line), None)
        reader = csv.reader(lines, delimiter=form.delimiter, skipinitialspace=form.blank_after)
        row = next((n for n, cells in enumerate(reader, 1) if any(MARK in cell for cell in cells)), row)
    byte = ""
    if isinstance(error, UnicodeDecodeError) and error.start < len(error.object):
        byte = f" (byte 0x{error.object[error.start]:02X})"
    other = "cp1252" if codec.startswith("utf") else "utf-8"
    return UnreadableFile(
        f"{path.name}, row {row}: a character{byte} there is not {codec}; "
        f"name the file's encoding with --encoding, for instance --encoding {other}."
    )


def _open_quote(path: Path, row: int) -> UnreadableFile:
    return UnreadableFile(
        f'{path.name}, row {row}: a quote (") that opens a cell in this row is never closed; '
        "close it, or double the quotes that belong to the text, and try again."
    )


# ── how it is cut ─────────────────────────────────────────────────────────────────────────────────


def find_form(path: Path, encoding: Encoding, asked: str | None, known: Known) -> Form:
    """The delimiter asked for, named by a `sep=` line, or found on the first rows."""
    with path.open(encoding=encoding.codec, errors="replace", newline="") as file:
        text = file.read(SAMPLE_CHARACTERS)
    sep = _SEP_LINE.match(text)
    if sep:
        text = text[sep.end() :]
    if asked is not None:
        wanted: tuple[str, ...] = (one_character(asked),)
    elif sep:
        wanted = (sep[1],)
    else:
        wanted = ("\t", ",", ";", "|") if path.suffix.lower() == ".tsv" else (",", ";", "\t", "|")
    forms = [
        Form(encoding, mark, blank, bool(sep))
        for mark in wanted
        for blank in ((False, True) if f'{mark} "' in text else (False,))
    ]
    return max(forms, key=lambda form: _fitness(text, form, known))  # the first of the best


def one_character(asked: str) -> str:
    """The delimiter that --delimiter means: a character or its name."""
    mark = _WORDS.get(asked.strip().casefold(), asked)
    if len(mark) != 1 or mark in '"\r\n\0':
        raise WrongUse(f"--delimiter {asked!r}: give one character, or comma, semicolon, tab or pipe.")
    return mark


def _fitness(text: str, form: Form, known: Known) -> tuple[int, float, int]:
    """How well `form` cuts the sample: titles known, share of rows of the usual width, width."""
    rows = _sample_rows(text, form)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0, 0.0, 0
    width, often = widths.most_common(1)[0]
    titles = max(len({cell.strip() for cell in row if known(cell.strip())}) for row in rows)
    return titles, often / len(rows), width


def _sample_rows(text: str, form: Form) -> list[list[str]]:
    """The first filled rows; the last of a sample that was cut is perhaps not whole and left out."""
    csv.field_size_limit(LONGEST_CELL)
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    reader = csv.reader(lines, delimiter=form.delimiter, skipinitialspace=form.blank_after)
    rows: list[list[str]] = []
    cells = 0
    for row in reader:
        if any(row):
            rows.append(row)
            cells += len(row)
        if len(rows) == SAMPLE_ROWS or cells > SAMPLE_CELLS:
            return rows
    if len(text) >= SAMPLE_CHARACTERS - 1 and len(rows) > 1:
        rows.pop()
    return rows
