"""The pandera schema of a task to be created, made from FIELDS, and its findings in our words.

| field | holds |
|---|---|
| `name` | text that is not blank, in every row |
| other texts | text |
| ids and lists of ids | whole numbers above 0 |
| `position` | any whole number |
| `estimated_mins` | 0 or more |
| `start_date`, `end_date`, `priority_at` | a real day as `YYYY-MM-DD`; the end not before the start |
| `priority` | none, low, medium or high |
| `color` | `#` and 3, 6 or 8 hexadecimal digits: the API names no form, `#RRGGBB` is what it gives |
| `rrule` | what dateutil reads as an iCalendar rule, with or without `RRULE:`; it is never expanded |

Texts are looked at once a distinct value, and pandera is imported when it is first needed.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.task.fields import BODY, PRIORITIES, Field, Kind
from importer.task.problem import Problem

if TYPE_CHECKING:
    import pandas as pd
    from pandera.pandas import Check, Column, DataFrameSchema

_NAMELESS = "a task needs a name"
_NO_TEXT = "is no text"
_NO_NUMBER = "is no whole number; write digits only, such as 7"
_NO_BOOLEAN = "is neither yes nor no; write yes or no"
_NO_DAY = "is no day of the calendar; write 2026-03-31"
_DTYPES = {Kind.INTEGER: "Int64", Kind.MINUTES: "Int64", Kind.BOOLEAN: "boolean"}
_ANY_NUMBER = ("position",)


# --------------------------------------------------------------------------------------- the schema


@lru_cache(maxsize=1)
def schema() -> "DataFrameSchema":
    """A column a body field; all but `name` are optional, other columns are nobody's business."""
    import pandera.pandas as pa

    in_order = pa.Check(lambda frame: ~_backwards(frame), name="order", error="ends before it starts")
    return pa.DataFrameSchema(
        {field.name: _column(field) for field in BODY}, checks=in_order, strict=False, name="task"
    )


def _column(field: Field) -> "Column":
    import pandera.pandas as pa

    needed = field.name == "name"
    return pa.Column(
        _DTYPES.get(field.kind, object),
        checks=_check(field),
        nullable=not needed,
        required=needed,
        name=field.name,
        description=field.help,
    )


def _check(field: Field) -> "Check | None":
    import pandera.pandas as pa

    def distinct(right: Callable[[Any], bool], error: str) -> "Check":
        return pa.Check(lambda column: _each_once(right, column), name=field.name, error=error)

    if field.name == "name":
        return distinct(lambda v: isinstance(v, str) and not v.isspace() and v != "", _NAMELESS)
    if field.name in _ANY_NUMBER:
        return None
    match field.kind:
        case Kind.INTEGER:
            return pa.Check(lambda column: column > 0, error="is no id; ids are whole numbers above 0")
        case Kind.MINUTES:
            return pa.Check(lambda column: column >= 0, error="is negative; a duration is 0 or more")
        case Kind.INTEGERS:
            return distinct(_is_ids, "is no list of ids; write whole numbers above 0, such as 7, 12")
        case Kind.DATE:
            return distinct(_is_day, _NO_DAY)
        case Kind.PRIORITY:
            return distinct(PRIORITIES.__contains__, f"is no priority; write one of {', '.join(PRIORITIES)}")
        case Kind.COLOR:
            return distinct(_is_color, "is no colour; write one such as #1F77B4")
        case Kind.RRULE:
            return distinct(_is_rule, "is no repeat rule; write one such as FREQ=WEEKLY;BYDAY=MO")
        case Kind.TEXT:
            return distinct(lambda v: isinstance(v, str), _NO_TEXT)
    return None


def _each_once(right: Callable[[Any], bool], column: "pd.Series[Any]") -> "pd.Series[bool]":
    import numpy as np
    import pandas as pd

    codes, values = pd.factorize(column.to_numpy(dtype=object), use_na_sentinel=False)
    verdicts = np.fromiter((right(value) for value in values), dtype=bool, count=len(values))
    return pd.Series(verdicts[codes], index=column.index)


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")
_NO_TIMES = re.compile(r"(?:INTERVAL|COUNT)=(?!0*[1-9]\d*(?:[;\s]|$))", re.IGNORECASE)


def _is_day(value: Any) -> bool:
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        return False
    try:
        return date.fromisoformat(value) is not None
    except ValueError:
        return False


def _is_color(value: Any) -> bool:
    return isinstance(value, str) and _COLOR.fullmatch(value) is not None


def _is_ids(value: Any) -> bool:
    return isinstance(value, tuple) and all(type(one) is int and one > 0 for one in value)


def _is_rule(value: Any) -> bool:
    from dateutil.rrule import rrulestr

    if not isinstance(value, str) or "FREQ=" not in value.upper() or _NO_TIMES.search(value):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # dateutil only warns of a zone that it doesn't know
            rrulestr(value)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, Warning):
        return False
    return True


# ---------------------------------------------------------------------------------------- the check


def check(frame: "pd.DataFrame", positions: Mapping[str, int] = {}) -> list[Problem]:
    """Every wrong cell of a typed frame once, by row and then in the order of FIELDS.

    The frame's columns are fields as values.convert() types them, its index Excel's row numbers;
    `positions` say which column of the sheet fed a field. Only `name` must be filled.
    """
    rows: list[int] = frame.index.tolist()
    found: list[tuple[int, int, Problem]] = []
    for order, field in enumerate(BODY):
        wrong: Iterable[_Wrong] = ()
        if field.name in frame.columns:
            wrong = _wrong_cells(field, frame[field.name])
        elif field.name == "name":
            wrong = ((place, "", _NAMELESS) for place in range(len(rows)))
        if field.name == "end_date":
            wrong = chain(wrong, _ends_before_start(frame))
        position = positions.get(field.name)
        for place, value, text in wrong:
            row = rows[place]
            found.append((row, order, Problem(row, field.name, value, text, position)))
    found.sort(key=lambda entry: entry[:2])
    return [problem for _, _, problem in found]


_Wrong: TypeAlias = tuple[int, str, str]  # the row's place in the frame, the value, what is wrong


def _wrong_cells(field: Field, column: "pd.Series[Any]") -> Iterator[_Wrong]:
    """pandera judges the distinct values; what it finds is spread back over the rows."""
    import numpy as np
    import pandas as pd

    cells = column.array if str(column.dtype) in ("Int64", "boolean") else column.to_numpy(dtype=object)
    codes, distinct = pd.factorize(cells, use_na_sentinel=False)
    wrong = _wrong_values(field, distinct)
    if wrong:
        bad = np.zeros(len(distinct), dtype=bool)
        bad[list(wrong)] = True
        shown = {code: _shown(distinct[code]) for code in wrong}
        for place in np.flatnonzero(bad[codes]).tolist():
            code = int(codes[place])
            yield place, shown[code], wrong[code]


def _wrong_values(field: Field, distinct: Any) -> dict[int, str]:
    """What is wrong with which of the distinct values."""
    import pandas as pd
    from pandera.errors import SchemaErrors

    dtype = _DTYPES.get(field.kind)
    wrong: dict[int, str] = {}
    if dtype and str(distinct.dtype) != dtype:  # filled by hand, with bare values
        distinct, wrong = _as_dtype(distinct, dtype)
    values = pd.Series(distinct, dtype=dtype or object)
    try:
        schema().columns[field.name].validate(values.to_frame(field.name), lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        for code, text in zip(cases["index"].tolist(), cases["check"].tolist(), strict=True):
            wrong.setdefault(int(code), _NAMELESS if text == "not_nullable" else text)
    return wrong


def _as_dtype(distinct: Any, dtype: str) -> tuple[list[Any], dict[int, str]]:
    """Bare Python and numpy values for an array of a dtype, those of another type missing and named."""
    import pandas as pd

    right = pd.api.types.is_integer if dtype == "Int64" else pd.api.types.is_bool
    fitting = [value if right(value) else None for value in distinct]
    text = _NO_NUMBER if dtype == "Int64" else _NO_BOOLEAN
    missing = pd.isna(distinct)
    return fitting, {code: text for code, value in enumerate(fitting) if value is None and not missing[code]}


def _ends_before_start(frame: "pd.DataFrame") -> Iterator[_Wrong]:
    import numpy as np

    for place in np.flatnonzero(_backwards(frame).to_numpy()).tolist():
        start, end = frame["start_date"].iloc[place], frame["end_date"].iloc[place]
        yield place, end, f"is before the start date {start}; write a day on or after it"


def _backwards(frame: "pd.DataFrame") -> "pd.Series[bool]":
    """Where the end is before the start, both being days."""
    import numpy as np
    import pandas as pd

    if "start_date" not in frame.columns or "end_date" not in frame.columns:
        return pd.Series(False, index=frame.index)
    both = np.concatenate([frame[name].to_numpy(dtype=object) for name in ("start_date", "end_date")])
    codes, days = pd.factorize(both)
    numbers = [date.fromisoformat(day).toordinal() if _is_day(day) else -1 for day in days]
    of_code = np.array([*numbers, -1])  # the last for a missing one
    start, end = np.split(of_code[codes], 2)
    return pd.Series((start > end) & (end > 0), index=frame.index)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else "" if value is None or value != value else str(value)
