"""Text files with delimiters (.csv .tsv .txt): streamed, never held as a whole."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import dropwhile, islice
from pathlib import Path
from typing import NamedTuple

from importer.errors import UnreadableFile, WrongUse
from importer.sheet.base import Sheet
from importer.sheet.cells import has_data, text_cells
from importer.sheet.encoding import MARK, MARKED, Encoding, decide_encoding
from importer.sheet.frames import sheet_of
from importer.sheet.header import Known, Source, find_header

# Longer cells are a quote that was never closed: Excel holds 32,767 characters, Jira's text more.
LONGEST_CELL = 1 << 20

SAMPLE_CHARACTERS = 256 << 10
SAMPLE_ROWS = 100
SAMPLE_CELLS = 20_000

# Shares of the rows that a delimiter must cut where no title is known; the larger one where a row of
# one known title stands above them.
MOST, ALL_BUT_FEW = 0.5, 0.8

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
    width: int = 1  # cells of most rows of the sample


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
        cut = f"cells are separated by {NAMES.get(form.delimiter, repr(form.delimiter))}"
        whole = "every line is one cell, since its commas belong to the text; --delimiter overrules"
        notes.append(cut if form.width > 1 else whole)
    return sheet_of(source, header, path=path, name=path.stem, notes=notes)


# ── cutting lines into cells ──────────────────────────────────────────────────────────────────────


def read_rows(path: Path, form: Form) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of the rows that hold anything, read as one goes.

    A cell of several lines is one row, a blank line is a row too, as in Excel. UnreadableFile at
    the row where a quote stays open or swallows rows, a NUL stands or a byte can't be decoded.
    """
    csv.field_size_limit(LONGEST_CELL)
    number = 0
    present: list[str] = []  # lines of the row that is being read
    keep = present.append

    def lines(file: Iterator[str]) -> Iterator[str]:
        for line in file:
            if "\0" in line:
                raise UnreadableFile(
                    f"{path.name}, row {number + 1}: a NUL character, which no text has; "
                    "export the file again as CSV UTF-8, or name its --encoding."
                )
            keep(line)
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
                if len(present) > 1 and _swallows(present, form):
                    raise _late_quote(path, number, len(present))
                present.clear()
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


def _swallows(lines: list[str], form: Form) -> bool:
    """Whether a cell of several lines took in rows: they have as many delimiters as a row, and the
    quote that ends it stands before text, as one that was meant to begin a cell."""
    if not any(line.count(form.delimiter) >= form.width - 1 for line in lines[1:]):
        return False
    strict = csv.reader(lines, delimiter=form.delimiter, skipinitialspace=form.blank_after, strict=True)
    try:
        return not list(strict)
    except csv.Error:
        return True


def _late_quote(path: Path, row: int, lines: int) -> UnreadableFile:
    return UnreadableFile(
        f'{path.name}, row {row}: a quote (") that opens a cell in this row is closed only {lines - 1:,} '
        "lines further down, in the middle of another row; close it where its cell ends, or double the "
        "quotes that belong to the text, and try again."
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
    fits = [_fitness(text, form, known) for form in forms]
    best = fits.index(max(fits))  # the first of the best
    return replace(forms[best], width=max(fits[best].width, 1))


def one_character(asked: str) -> str:
    """The delimiter that --delimiter means: a character or its name."""
    mark = _WORDS.get(asked.strip().casefold(), asked)
    if len(mark) != 1 or mark in '"\r\n\0':
        raise WrongUse(f"--delimiter {asked!r}: give one character, or comma, semicolon, tab or pipe.")
    return mark


class Fitness(NamedTuple):
    """How well a form cuts the sample; what stands first weighs most."""

    titles: int = 0  # known ones in a row
    share: float = 0.0  # of the rows that have the usual width
    width: int = 0
    quotes: int = 0  # less one for each cell that begins with a blank and a quote


def _fitness(text: str, form: Form, known: Known) -> Fitness:
    rows = _sample_rows(text, form)
    table = list(dropwhile(lambda row: len(row) == 1, rows))
    cut = [row for row in table if len(row) > 1]
    if not cut:
        return Fitness()
    titles = max(len({cell.strip() for cell in row if known(cell.strip())}) for row in cut)
    # A list of one column, whose texts hold a comma now and then.
    alone = any(known(row[0].strip()) for row in rows[: len(rows) - len(table)])
    if not titles and len(cut) < len(table) * (ALL_BUT_FEW if alone else MOST):
        return Fitness(width=-len(cut))
    width, often = Counter(map(len, cut)).most_common(1)[0]
    quotes = sum(cell.startswith(' "') for row in cut for cell in row)
    return Fitness(titles, often / len(table), width, -quotes)


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
