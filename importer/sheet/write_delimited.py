"""CSV and TSV out: UTF-8, lines end in LF, booleans as true and false."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from importer.sheet.guard import guarded
from importer.sheet.table import Table, Written


def write_delimited(path: Path, tables: Sequence[Table], guard: bool) -> Written:
    """Write the first table; a text file holds one."""
    with path.open("w", encoding="utf-8", newline="") as out:
        delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
        return write_rows(out, tables[0], delimiter=delimiter, guard=guard)


def write_rows(out: TextIO, table: Table, *, delimiter: str = ",", guard: bool) -> Written:
    """Write a table to an open text stream."""
    lines = _Lines(out)
    writer = csv.writer(lines, delimiter=delimiter)
    # titles, too: a field that the API adds may be called anything
    writer.writerows(_shown([[column.title for column in table.columns]], guard))
    writer.writerows(_shown(table.rows, guard))
    what = "hold characters that no text file can store; they stand there as \\x00 or \\ud800"
    return Written([f"{lines.lossy:,} {'rows' if lines.lossy > 1 else 'row'} {what}"] if lines.lossy else [])


def escaped(text: str) -> str:
    """NUL and halves of surrogate pairs, which UTF-8 or its readers refuse, as escapes."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


class _Lines:
    """Takes a csv.writer's lines, which end in CR LF so that it quotes both, and ends them in LF."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.lossy = 0  # lines with escapes

    def write(self, line: str) -> int:
        if "\0" in line or not _encodes(line):
            line = escaped(line)
            self.lossy += 1
        return self._out.write(f"{line[:-2]}\n")


def _encodes(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(rows: Iterable[Sequence[Any]], guard: bool) -> Iterator[list[Any]]:
    for row in rows:
        yield [
            (guarded(value) if guard else value)
            if isinstance(value, str)
            else ("true" if value else "false")
            if isinstance(value, bool)
            else value
            for value in row
        ]
