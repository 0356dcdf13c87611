"""Parquet out, through pyarrow (an extra): typed columns, rows in groups, so that memory stays flat.

A column's type follows its form. Where a value does not fit it, the column becomes text, since a
blank would lose the value; the groups that were written before are then written once more.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

from importer.errors import UnwritableFile
from importer.sheet.table import Form, OutColumn, Table, Written

GROUP_ROWS = 5_000
_MISFIT = {
    "integer": "are no integers",
    "number": "are no numbers that a float holds",
    "boolean": "are neither true nor false",
    "date": "are no dates",
    "instant": "are no instants",
}


def check_library() -> None:
    """Raise UnwritableFile where pyarrow is missing."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise UnwritableFile(
            "Parquet files need the library pyarrow: pip install 'tasksheet[parquet]', or write .csv instead."
        ) from None


def write_parquet(path: Path, tables: Sequence[Table], guard: bool) -> Written:
    """Write the first table; a Parquet file holds one. `guard` is for text files."""
    table = tables[0]
    rows = iter(table.rows)
    with _Growing(path, table.columns) as file:
        while group := list(islice(rows, GROUP_ROWS)):
            file.add(group)
    return Written(file.notes)


class _Growing:
    """A Parquet file to which groups of rows are added."""

    def __init__(self, path: Path, columns: Sequence[OutColumn]) -> None:
        self._path = path
        self._titles = [_storable(column.title) for column in columns]
        self._forms: list[Form] = [column.form for column in columns]
        self.notes: list[str] = []
        self._open()

    def __enter__(self) -> "_Growing":
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is None:
            self._close()
        else:  # the file goes away; what stopped the writing is told, not that it has no end
            with suppress(Exception):
                self._close()

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        columns = list(zip(*rows, strict=True))
        arrays: list[Any] = []
        misfits: list[int] = []
        for position, values in enumerate(columns):
            try:
                arrays.append(_array(values, self._forms[position]))
            except _Misfit as misfit:
                what = f"values that {_MISFIT[self._forms[position]]} (the first: {misfit.value!r})"
                self.notes.append(f"{self._titles[position]} holds {what}, so the column is text")
                arrays.append(_array(values, "text"))
                misfits.append(position)
        if misfits:
            self._as_text(misfits)
        self._write(arrays)

    def _as_text(self, positions: Sequence[int]) -> None:
        """Write the groups so far once more, with these columns as text."""
        import pyarrow.parquet as parquet

        self._close()
        before = self._path.rename(self._path.with_name(f"{self._path.name}.before"))
        try:
            for position in positions:
                self._forms[position] = "text"
            self._open()
            with parquet.ParquetFile(before) as file:
                for number in range(file.num_row_groups):
                    arrays = file.read_row_group(number).columns
                    for position in positions:
                        arrays[position] = _array(arrays[position].to_pylist(), "text")
                    self._write(arrays)
        finally:
            before.unlink(missing_ok=True)

    def _write(self, arrays: Sequence[Any]) -> None:
        import pyarrow as arrow

        self._writer.write_table(arrow.table(list(arrays), schema=self._schema))

    def _open(self) -> None:
        import pyarrow as arrow
        import pyarrow.parquet as parquet

        self._schema = arrow.schema(
            [(title, _type(form)) for title, form in zip(self._titles, self._forms, strict=True)]
        )
        # Python's own file: its errors say what is wrong with the disk
        self._stream = self._path.open("wb")
        self._writer = parquet.ParquetWriter(self._stream, self._schema)

    def _close(self) -> None:
        with self._stream:
            self._writer.close()


class _Misfit(Exception):
    def __init__(self, value: object) -> None:
        self.value = value


def _type(form: Form) -> Any:
    import pyarrow as arrow

    match form:
        case "integer":
            return arrow.int64()
        case "number":
            return arrow.float64()
        case "boolean":
            return arrow.bool_()
        case "date":
            return arrow.date32()
        case "instant":
            return arrow.timestamp("us", tz="UTC")
        case _:
            return arrow.string()


def _array(values: Sequence[Any], form: Form) -> Any:
    """The values in the type of `form`. Raises _Misfit at the first that is of another kind."""
    import pyarrow as arrow

    convert, blank = _CONVERT[form], form != "text"
    converted = []
    for value in values:
        try:
            converted.append(None if value is None or (blank and value == "") else convert(value))
        except (ValueError, TypeError, OverflowError):
            raise _Misfit(value) from None
    return arrow.array(converted, _type(form))


def _integer(value: Any) -> int:
    whole = int(value)
    if isinstance(value, str | bool) or whole != value or not -(2**63) <= whole < 2**63:
        raise ValueError
    return whole


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, str | bool) or (number != value and number == number):  # NaN is not itself
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _instant(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: Any) -> str:
    """As a CSV shows it."""
    if isinstance(value, str):
        return value if value.isascii() else _storable(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)


def _storable(text: str) -> str:
    """Halves of surrogate pairs, which UTF-8 has no bytes for, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


_CONVERT: dict[Form, Callable[[Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": date.fromisoformat,
    "instant": _instant,
}
