"""CSV and TSV out: UTF-8, lines end in LF, booleans as true and false."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from importer.sheet.guard import guarded
from importer.sheet.table import Table, Written


def write_delimited(path: Path, tables: Sequence[Table], guard: bool) -> Written:
    """Write the first table; a text file holds one."""
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as out:
        write_rows(out, tables[0], delimiter="\t" if path.suffix.lower() == ".tsv" else ",", guard=guard)
    return Written()


def write_rows(out: TextIO, table: Table, *, delimiter: str = ",", guard: bool) -> None:
    """Write a table to an open text stream."""
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow([column.title for column in table.columns])
    writer.writerows(_shown(table.rows, guard))


def _shown(rows: Any, guard: bool) -> Iterator[list[Any]]:
    for row in rows:
        yield [
            (guarded(value) if guard else value)
            if isinstance(value, str)
            else ("true" if value else "false")
            if isinstance(value, bool)
            else value
            for value in row
        ]
