"""Whatever table of texts is written comes back, cell for cell, at its row numbers."""

import csv
import io
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sheet_files import opened, rows, xlsx

from importer.sheet.base import Broken
from importer.sheet.cells import text_cells

# No NUL (refused), no surrogates (in no file). A lone CR is a line's end to whoever reads one unquoted.
LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")


def is_text(text: str) -> bool:
    """Not what a formula's error looks like, which is no text to the reader."""
    return not isinstance(text_cells([text])[0], Broken)


TEXTS = st.text(LETTERS, max_size=8).filter(is_text) | st.sampled_from(
    ['"', "a,b", "x;y", "1\t2", "a\nb", "c\r\nd", "'", " x", "NA"]
)
TABLES = st.lists(st.lists(TEXTS, max_size=5), max_size=6)
HEAD = ["Title", "Due date", "Notes"]


def expected(table: list[list[str]], first: int) -> dict[int, list[str | None]]:
    found: dict[int, list[str | None]] = {}
    for number, line in enumerate(table, first):
        cells: list[str | None] = [cell if cell.strip() else None for cell in line]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            found[number] = cells
    return found


@given(
    TABLES,
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\r\n", "\n"]),
)
@settings(max_examples=300, deadline=None)
def test_text_files(table: list[list[str]], delimiter: str, encoding: str, quoting: int, end: str) -> None:
    text = io.StringIO(newline="")
    # The writer quotes a cell for the characters of its line end; quoting both costs it nothing.
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows(table)
    content = (
        text.getvalue()
        if end == "\r\n" or "\r" in "".join(map("".join, table))
        else text.getvalue().replace("\r\n", end)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_bytes(content.encode(encoding))
        sheet = opened(path, encoding=encoding if encoding == "gb18030" else None)
        assert sheet.header == tuple(HEAD)
        assert rows(sheet) == expected(table, 2)


# ── tasks, in every dialect ───────────────────────────────────────────────────────────────────────

WORDS = st.sampled_from(
    [
        *("Übergabe prüfen", "Straßenfest – Plan B", "Größe messen", "Préparer la réunion à Paris"),
        *("Écrire le résumé", "¿Diseñar la página?", "Reunião às três", "Één ding tegelijk"),
        *(
            "Buy “smart” quotes",
            "5 € fee; 3 £ tip",
            'the "best" one',
            "plan, then do",
            "a|b",
            "NA",
            "Call Bob",
        ),
    ]
)
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31)).map(str)
NOTES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
TASKS = st.lists(
    st.tuples(WORDS, DAYS | st.just(""), NOTES | st.just(""), st.sampled_from(["", "1,5", "2.5", "90"])),
    min_size=1,
    max_size=8,
).map(lambda tasks: [list(task) for task in tasks])
TITLES = ["Title", "Due date", "Notes", "Estimate"]


@given(
    TASKS,
    st.sampled_from(",;\t|"),
    st.booleans(),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
)
@settings(max_examples=300, deadline=None)
def test_tasks_come_back_from_text_files(
    tasks: list[list[str]], delimiter: str, every: bool, end: str, blank: bool, encoding: str
) -> None:
    def written(cell: str) -> str:
        quoted = every or any(character in cell for character in f'{delimiter}"\n')
        return '"' + cell.replace('"', '""') + '"' if quoted else cell

    between = delimiter + " " * blank
    text = "".join(between.join(map(written, cells)) + end for cells in (TITLES, *tasks))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_bytes(text.encode(encoding))
        sheet = opened(path)
        assert sheet.header == tuple(TITLES)
        found = {n: [cell and cell.strip() for cell in cells] for n, cells in rows(sheet).items()}
        assert found == expected(tasks, 2)


@given(TASKS, st.integers(0, 3), st.booleans())
@settings(max_examples=60, deadline=None)
def test_tasks_come_back_from_workbooks(tasks: list[list[str]], left: int, dates: bool) -> None:
    blank: list[Any] = [None] * left
    lines = [[*blank, *TITLES]]
    for name, day, notes, estimate in tasks:
        when = date.fromisoformat(day) if dates and day else day
        lines.append([*blank, name, when, notes, float(estimate) if estimate == "2.5" else estimate])
    with tempfile.TemporaryDirectory() as folder:
        sheet = opened(xlsx(Path(folder, "t.xlsx"), Tasks=[["My tasks"], [], *lines]))
        assert (sheet.header_row, sheet.header) == (3, (*[""] * left, *TITLES))
        found = {
            n: [cell if cell is None else str(cell) for cell in cells[left:]]
            for n, cells in rows(sheet).items()
        }
        assert found == expected(tasks, 4)


# What XML can hold; Excel reads _x0041_ in a text as the letter it stands for.
XML = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff_", include_characters="\t\n"
    ),
    max_size=8,
).filter(is_text)


@given(st.lists(st.lists(XML, max_size=5), max_size=6), st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_workbooks(table: list[list[str]], above: int, left: int) -> None:
    lines = [[]] * above + [[None] * left + line for line in (HEAD, *table)]
    with tempfile.TemporaryDirectory() as folder:
        sheet = opened(xlsx(Path(folder, "t.xlsx"), Tasks=lines))
        assert sheet.header == ("",) * left + tuple(HEAD)
        blanks: list[str | None] = [None] * left
        assert rows(sheet) == {n: blanks + cells for n, cells in expected(table, above + 2).items()}
