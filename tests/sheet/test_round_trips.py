"""Whatever table of texts is written comes back, cell for cell, at its row numbers."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sheet_files import opened, rows, xlsx

# No NUL (refused), no surrogates (in no file). A lone CR is a line's end to whoever reads one unquoted.
LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
TEXTS = st.text(LETTERS, max_size=8) | st.sampled_from(
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


# What XML can hold; Excel reads _x0041_ in a text as the letter it stands for.
XML = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff_", include_characters="\t\n"
    ),
    max_size=8,
)


@given(st.lists(st.lists(XML, max_size=5), max_size=6), st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_workbooks(table: list[list[str]], above: int, left: int) -> None:
    lines = [[]] * above + [[None] * left + line for line in (HEAD, *table)]
    with tempfile.TemporaryDirectory() as folder:
        sheet = opened(xlsx(Path(folder, "t.xlsx"), Tasks=lines))
        assert sheet.header == ("",) * left + tuple(HEAD)
        blanks: list[str | None] = [None] * left
        assert rows(sheet) == {n: blanks + cells for n, cells in expected(table, above + 2).items()}
