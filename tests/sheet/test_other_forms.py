"""CSV, TSV, JSON Lines and Parquet: any text goes out and comes back, read by other libraries and by ours."""

import csv
import io
import json
import math
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.errors import UnwritableFile
from importer.sheet.base import Broken
from importer.sheet.guard import unguarded
from importer.sheet.table import OutColumn, Table
from importer.sheet.write_delimited import write_rows
from importer.sheet.write_lines import write_lines
from importer.sheet.write_parquet import GROUP_ROWS
from importer.sheet.writing import write, write_records
from tests.sheet.sheet_files import opened

TITLES = ["Title", "Notes", "Status"]
COLUMNS = [OutColumn(title) for title in TITLES]

ANY = st.text(st.characters(codec=None, exclude_characters="\0"), max_size=12)
HARD = st.sampled_from(
    [
        *(
            "\r",
            "\n",
            "\r\n",
            "a\rb",
            '"',
            '""',
            "a,b",
            "a\tb",
            " x",
            "x ",
            ' "x"',
            'a, "b"',
            "'",
            "'=x",
            "''=x",
        ),
        *("=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "NA", "null", "00123", "1e5", "TRUE", "#REF!", "#####"),
        *(
            "\ufeff",
            "\x85",
            "\u2028",
            "\x0b",
            "\x1c",
            "\x7f",
            "é\u0301",
            "𝄞",
            "\ud800",
            "a\udfffb",
            "\\ud800",
        ),
    ]
)
TEXTS = st.one_of(ANY, HARD)
ROWS = st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5)


def escaped(text: str) -> str:
    """A text as a text file has it: halves of surrogate pairs as \\ud800."""
    return "".join(f"\\u{ord(c):04x}" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)


# ── CSV and TSV ───────────────────────────────────────────────────────────────────────────────────


@given(ROWS, st.sampled_from([".csv", ".tsv"]), st.booleans())
@example([["a\rb", "c\r", "\r"]], ".csv", True)
@example([["\r\n", "x", ""], ["\n", "", "y"]], ".tsv", True)
@settings(max_examples=400, deadline=None)
def test_any_text_goes_through_a_text_file_and_back(rows: list[list[str]], ending: str, guard: bool) -> None:
    delimiter = "\t" if ending == ".tsv" else ","
    off = unguarded if guard else str
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"t{ending}")
        write(path, [Table("Tasks", COLUMNS, rows)], guard=guard)
        wanted = [[escaped(text) for text in row] for row in rows]

        with path.open(encoding="utf-8", newline="") as stream:
            head, *found = csv.reader(stream, delimiter=delimiter)
        assert head == TITLES
        assert [[off(text) for text in row] for row in found] == wanted

        frame = pd.read_csv(path, sep=delimiter, dtype=str, keep_default_na=False, skip_blank_lines=False)
        assert [[off(text) for text in row] for row in frame.to_numpy().tolist()] == wanted

        sheet = opened(path)
        assert sheet.header == tuple(TITLES)
        ours = [
            [off(cell.shown if isinstance(cell, Broken) else cell or "") for cell in cells]
            for frame in sheet.chunks()
            for cells in frame.itertuples(index=False, name=None)
        ]
        # our reader knows no blank rows, and no cells of blanks alone
        seen = [[text if text.strip() else "" for text in map(_raw(guard), row)] for row in wanted]
        assert ours == [[off(text) for text in row] for row in seen if any(row)]


def _raw(guard: bool) -> Any:
    """A text as it stands in the file, where the mark before a tab or CR makes the cell no blank one."""
    from importer.sheet.guard import guarded

    return guarded if guard else str


def test_lines_end_in_lf_and_a_lone_cr_tears_no_row(tmp_path: Path) -> None:
    write(tmp_path / "t.csv", [Table("Tasks", COLUMNS, [["a\rb", "c", None], ["d", "e\r\nf", "g\nh"]])])
    assert (tmp_path / "t.csv").read_bytes() == (b'Title,Notes,Status\n"a\rb",c,\nd,"e\r\nf","g\nh"\n')


def test_what_no_text_file_can_hold_is_shown_as_an_escape_and_said(tmp_path: Path) -> None:
    rows = [["a\0b", "\ud800", "é"], ["x", "y", "z"], ["\udfff", "", ""]]
    notes = write(tmp_path / "t.csv", [Table("Tasks", COLUMNS, rows)]).notes
    assert (tmp_path / "t.csv").read_text("utf-8").splitlines()[1:] == [
        "a\\x00b,\\ud800,é",
        "x,y,z",
        "\\udfff,,",
    ]
    assert len(notes) == 1
    assert notes[0].startswith("2 rows hold characters")
    assert write(tmp_path / "t.csv", [Table("Tasks", COLUMNS, rows[1:2])]).notes == []


def test_a_pipe_gets_halves_of_pairs_as_escapes_too() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    assert write_rows(out, Table("Tasks", COLUMNS[:1], [["\ud800"]]), guard=False).notes
    out.flush()
    assert out.buffer.getvalue() == b"Title\n\\ud800\n"  # type: ignore[attr-defined]


def test_one_blank_column_is_still_a_row(tmp_path: Path) -> None:
    write(tmp_path / "t.csv", [Table("Tasks", COLUMNS[:1], [[None], ["x"], [""]])])
    with (tmp_path / "t.csv").open(newline="") as stream:
        assert list(csv.reader(stream)) == [["Title"], [""], ["x"], [""]]


# ── JSON Lines ────────────────────────────────────────────────────────────────────────────────────

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**80), 2**80),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(TEXTS, VALUES, max_size=4), max_size=5)


@given(RECORDS)
@settings(deadline=None)
def test_records_come_back_from_lines_as_the_api_gave_them(records: list[dict[str, Any]]) -> None:
    records = [json.loads(json.dumps(record)) for record in records]  # as an answer's body is read
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.jsonl")
        write_records(path, records)
        text = path.read_bytes().decode("utf-8")
        assert [json.loads(line) for line in text.splitlines()] == records
        frame = pd.read_json(path, lines=True) if all(records) and records and _plain(records) else None
        assert frame is None or len(frame) == len(records)


def _plain(records: list[dict[str, Any]]) -> bool:
    """Whether pandas takes the records: its reader knows no halves of pairs and no integers of 80 bits."""
    text = json.dumps(records)
    return "\\ud8" not in text and "\\udf" not in text and not any(len(w) > 18 for w in text.split())


def test_lines_are_utf_8_and_also_go_to_a_stream(tmp_path: Path) -> None:
    out = io.StringIO()
    record = {
        "id": 1,
        "name": "Größe ❤",
        "project": {"name": None, "rate": [1.5]},
        "half": "\ud800",
        "sep": "\u2028",
    }
    write_lines(out, [record])
    assert out.getvalue() == (
        '{"id":1,"name":"Größe ❤","project":{"name":null,"rate":[1.5]},"half":"\\ud800","sep":"\\u2028"}\n'
    )
    write_lines(tmp_path / "t.jsonl", [record, record])
    assert (tmp_path / "t.jsonl").read_bytes() == 2 * out.getvalue().encode("utf-8")


def test_lines_are_records_and_every_other_form_is_a_table(tmp_path: Path) -> None:
    with pytest.raises(UnwritableFile):
        write(tmp_path / "t.jsonl", [Table("Tasks", COLUMNS, [])])
    with pytest.raises(UnwritableFile):
        write_records(tmp_path / "t.csv", [])


# ── Parquet ───────────────────────────────────────────────────────────────────────────────────────

TYPED = [
    OutColumn("id", "integer"),
    OutColumn("name"),
    OutColumn("day", "date"),
    OutColumn("at", "instant"),
    OutColumn("share", "number"),
    OutColumn("yes", "boolean"),
]
TYPES = [pa.int64(), pa.string(), pa.date32(), pa.timestamp("us", tz="UTC"), pa.float64(), pa.bool_()]


def parquet(path: Path, rows: Any, columns: list[OutColumn] = TYPED) -> tuple[pa.Table, list[str]]:
    notes = write(path, [Table("Tasks", columns, rows)]).notes
    return pq.read_table(path), notes


def test_parquet_columns_are_typed(tmp_path: Path) -> None:
    rows = [
        [7, "=1+1", "2026-01-02", "2026-01-02T03:04:05.25+02:00", 1, True],
        [2**62, "é\0", "0001-01-01", "2026-01-02T03:04:05Z", 0.1, False],
        [None, None, None, None, None, None],
        [8.0, "", "", "2026-01-02T03:04:05", -0.5, None],
    ]
    table, notes = parquet(tmp_path / "t.parquet", rows)
    assert notes == []
    assert table.schema.names == [column.title for column in TYPED]
    assert table.schema.types == TYPES
    second = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert table.to_pydict() == {
        "id": [7, 2**62, None, 8],
        "name": ["=1+1", "é\0", None, ""],
        "day": [date(2026, 1, 2), date(1, 1, 1), None, None],
        "at": [datetime(2026, 1, 2, 1, 4, 5, 250_000, tzinfo=UTC), second, None, second],
        "share": [1.0, 0.1, None, -0.5],
        "yes": [True, False, None, None],
    }
    frame = pd.read_parquet(tmp_path / "t.parquet")
    assert list(frame["name"][:2]) == ["=1+1", "é\0"]
    assert str(frame["at"].dtype) == "datetime64[us, UTC]"


def test_an_empty_parquet_file_still_has_typed_columns(tmp_path: Path) -> None:
    table, _ = parquet(tmp_path / "t.parquet", [])
    assert (table.num_rows, table.schema.types) == (0, TYPES)


@pytest.mark.parametrize(
    ("place", "bad"),
    [
        *((0, bad) for bad in ("x", "7", 1.5, 2**63, True, math.inf, math.nan)),
        *((2, bad) for bad in ("2026-02-30", "soon", "2026-01-02T00:00:00Z", 5, True)),
        *((3, bad) for bad in ("yesterday", 5, "0001-01-01T00:00:00+05:00")),
        *((4, bad) for bad in ("1,5", 2**53 + 1, 10**400, True)),
        *((5, bad) for bad in ("true", 1, 0.0)),
    ],
)
def test_a_value_that_does_not_fit_makes_the_column_text(tmp_path: Path, place: int, bad: Any) -> None:
    good = [1, "n", "2026-01-02", "2026-01-02T03:04:05.5Z", 0.5, True]
    wrong = [*good[:place], bad, *good[place + 1 :]]
    table, notes = parquet(tmp_path / "t.parquet", [*[good] * (GROUP_ROWS + 1), wrong, [None] * 6])
    assert [kind for kind in table.schema.types if kind != pa.string()] == [
        kind for n, kind in enumerate(TYPES) if n not in (1, place)
    ]
    texts = table.column(place).to_pylist()
    before = {0: "1", 2: "2026-01-02", 3: "2026-01-02T03:04:05.500000Z", 4: "0.5", 5: "true"}[place]
    assert set(texts[:GROUP_ROWS]) == {before}
    assert texts[-1] is None
    shown = "true" if bad is True else str(bad)
    assert texts[-2] == shown
    assert len(notes) == 1
    assert repr(bad) in notes[0] and TYPED[place].title in notes[0]
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_columns_turn_into_text_one_after_the_other(tmp_path: Path) -> None:
    def rows() -> Iterator[list[Any]]:
        for number in range(3 * GROUP_ROWS):
            yield [
                number,
                "n",
                "soon" if number == 2 * GROUP_ROWS else "2026-01-02",
                None,
                "x" if not number else 1,
                None,
            ]

    table, notes = parquet(tmp_path / "t.parquet", rows())
    assert (table.num_rows, len(notes)) == (3 * GROUP_ROWS, 2)
    assert table.column("id").to_pylist() == list(range(3 * GROUP_ROWS))
    assert table.column("share").to_pylist() == ["x"] + ["1"] * (3 * GROUP_ROWS - 1)
    assert set(table.column("day").to_pylist()) == {"2026-01-02", "soon"}
    assert pq.ParquetFile(tmp_path / "t.parquet").num_row_groups == 3


CELLS = [
    st.integers(-(2**63), 2**63 - 1),
    TEXTS,
    st.dates().map(date.isoformat),
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.sampled_from(
        [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=8))]
    )).map(datetime.isoformat),
    st.floats(allow_nan=False),
    st.booleans(),
]  # fmt: skip


@given(st.lists(st.tuples(*(st.none() | cell for cell in CELLS)), max_size=6))
@settings(deadline=None)
def test_values_of_their_kind_come_back_from_parquet(rows: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table, notes = parquet(Path(folder, "t.parquet"), rows)
    assert (notes, table.schema.types) == ([], TYPES)
    read = [
        lambda value: value,
        escaped,
        date.fromisoformat,
        datetime.fromisoformat,
        lambda value: value,
        lambda value: value,
    ]
    for position, column in enumerate(table.columns):
        assert column.to_pylist() == [row[position] and read[position](row[position]) for row in rows]


@given(st.lists(st.tuples(*[st.none() | st.one_of(*CELLS)] * 6), max_size=4))
@settings(deadline=None)
def test_values_of_any_kind_make_no_error_and_none_is_lost(rows: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table, _ = parquet(Path(folder, "t.parquet"), rows)
    for position, column in enumerate(table.columns):
        blank = [row[position] in (None, "") for row in rows]
        assert [value in (None, "") for value in column.to_pylist()] == blank
