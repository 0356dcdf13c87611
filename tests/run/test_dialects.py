"""Valid tasks written down in any dialect, encoding, order of dates or as a workbook come back as they were."""

import csv
import io
import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from importer.run.check import read
from importer.run.source import Source

WORDS = st.text(st.sampled_from("abcäéñÜ ,;|'\"1-/&"), min_size=1, max_size=12).filter(
    lambda text: text.strip(" ") == text and any(letter.isalpha() for letter in text)
)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
TASK = st.fixed_dictionaries(
    {"name": WORDS},
    optional={
        "description": WORDS | st.just("two\nlines"),
        "start_date": DAYS,
        "estimated_mins": st.integers(0, 6000),
        "priority": st.sampled_from(["none", "low", "medium", "high"]),
        "billable": st.booleans(),
        "tags": st.lists(st.text(st.sampled_from("abcä "), min_size=1, max_size=5).map(str.strip).filter(bool), min_size=1, max_size=3, unique_by=str.casefold),
    },
)  # fmt: skip
TITLES = {
    "name": "Title", "description": "Description", "start_date": "Start date", "estimated_mins": "Estimate (min)",
    "priority": "Priority", "billable": "Billable", "tags": "Tags",
}  # fmt: skip
ORDERS = {"iso": "%Y-%m-%d", "dmy": "%d.%m.%Y", "mdy": "%m/%d/%Y"}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]


def as_text(value: Any, order: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.strftime(ORDERS[order])
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def expected(task: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in task.items()
        if name != "tags"
    }


def check(path: Path, tasks: list[dict[str, Any]], order: str | None) -> None:
    rows = read(Source(path, dates=order))
    assert rows.checked.problems == []
    assert list(rows.bodies.values()) == [expected(task) for task in tasks]
    tags = rows.texts["tags"]
    assert [tags.get(row) for row in rows.bodies] == [
        ", ".join(t["tags"]) if "tags" in t else None for t in tasks
    ]


@given(
    st.lists(TASK, min_size=1, max_size=8),
    st.permutations(list(TITLES)),
    st.sampled_from(",;\t|"),
    st.sampled_from(ENCODINGS),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(sorted(ORDERS)),
    st.integers(0, 3),
)
@settings(max_examples=150, deadline=None)
def test_as_text(
    tasks: list[dict[str, Any]], fields: list[str], delimiter: str, encoding: str, end: str, quoting: Any, order: str, above: int
) -> None:  # fmt: skip
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end)
    for _ in range(above):
        writer.writerow(["Our list"])
    writer.writerow([TITLES[name] for name in fields])
    for task in tasks:
        writer.writerow([as_text(task.get(name), order) for name in fields])
    if encoding == "cp1252":  # runs of such letters could as well be Greek or Japanese: nobody can know
        assume(not re.search(r"[^\x00-\x7f]{2}", out.getvalue()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(out.getvalue().encode(encoding))
        check(path, tasks, None if order == "iso" else order)


@given(
    st.lists(TASK, min_size=1, max_size=8),
    st.permutations(list(TITLES)),
    st.integers(0, 3),
    st.integers(0, 2),
)
@settings(max_examples=60, deadline=None)
def test_as_a_workbook(tasks: list[dict[str, Any]], fields: list[str], above: int, left: int) -> None:
    book = openpyxl.Workbook()
    page: Any = book.active
    lines = [["Our list"]] * above + [[TITLES[name] for name in fields]]
    for task in tasks:
        values = [task.get(name) for name in fields]
        lines.append([", ".join(v) if isinstance(v, list) else v for v in values])
    for number, line in enumerate(lines, 1):
        for place, value in enumerate(line, 1 + left):
            cell = page.cell(number, place, value)
            if isinstance(value, str):
                cell.data_type = "s"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        book.save(path)
        check(path, tasks, None)
