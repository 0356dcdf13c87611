from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.task.fields import BY_NAME, INPUT
from importer.task.problem import Problem
from importer.task.values import Converted, Style, convert, decode, unit_of

PLAIN = Style()


@dataclass(frozen=True)
class Hollow:
    """A cell that shows something and holds nothing, as a sheet gives it."""

    shown: str
    why: str


def converted(field: str, *cells: object, style: Style = PLAIN, **more: Any) -> Converted:
    column = pd.Series(list(cells), dtype=object, index=range(2, 2 + len(cells)))
    return convert(BY_NAME[field], column, style, **more)


def one(field: str, cell: object, style: Style = PLAIN) -> tuple[object, str | None, bool]:
    """The value of a cell, what is said about it, and whether that is a loss."""
    result = converted(field, cell, style=style)
    value = result.values.tolist()[0]
    value = None if value is pd.NA else value
    if not result.problems:
        return value, None, False
    (said,) = result.problems
    return value, said.text, said.loss


def right(field: str, cell: object, style: Style = PLAIN) -> object:
    value, said, _ = one(field, cell, style)
    assert said is None
    return value


def wrong(field: str, cell: object, style: Style = PLAIN) -> str:
    value, said, loss = one(field, cell, style)
    assert value is None
    assert said is not None
    assert not loss
    return said


# -------------------------------------------------------------------------------- every kind alike


@pytest.mark.parametrize("field", [f.name for f in INPUT])
@pytest.mark.parametrize("blank", [None, "", "  ", "\n", "\u00a0\u200b"])
def test_a_blank_cell_is_missing_and_no_problem(field: str, blank: object) -> None:
    assert one(field, blank) == (None, None, False)


@pytest.mark.parametrize("field", [f.name for f in INPUT])
def test_a_broken_cell_is_missing_and_says_why(field: str) -> None:
    result = converted(field, Hollow("#REF!", "is an error of the sheet"), position=4)
    assert result.values.isna().all()
    assert result.problems == [Problem(2, field, "#REF!", "is an error of the sheet", 4)]


@pytest.mark.parametrize(
    ("field", "dtype"),
    [
        ("project_id", "Int64"),
        ("estimated_mins", "Int64"),
        ("total_tracked_time", "Int64"),
        ("billable", "boolean"),
        ("project_rate_hourly_rate", "Float64"),
        ("name", "object"),
        ("end_date", "object"),
        ("tag_ids", "object"),
        ("priority", "object"),
        ("color", "object"),
        ("rrule", "object"),
        ("tags", "object"),
    ],
)
def test_a_column_has_its_kinds_dtype_whatever_it_holds(field: str, dtype: str) -> None:
    for cells in ((), (None,), ("1", None), (object(),)):
        result = converted(field, *cells)
        assert result.values.dtype == dtype
        assert list(result.values.index) == list(range(2, 2 + len(cells)))


def test_a_problem_stands_at_every_row_of_its_value_in_the_order_of_the_rows() -> None:
    result = converted("project_id", "x", "7", "y", "x", position=3)
    assert [(p.row, p.field, p.value, p.position, p.loss) for p in result.problems] == [
        (2, "project_id", "x", 3, False),
        (4, "project_id", "y", 3, False),
        (5, "project_id", "x", 3, False),
    ]


def test_a_problem_shows_a_date_as_people_write_it() -> None:
    moment, length = datetime(2026, 3, 31, 9, 5), timedelta(hours=1, minutes=5)
    result = converted("project_id", moment, date(2026, 3, 31), length)
    assert [p.value for p in result.problems] == ["2026-03-31 09:05", "2026-03-31", "1:05"]


def test_equal_values_are_read_once() -> None:
    class Counted:
        read = 0
        shown = "?"

        def __hash__(self) -> int:
            return 1

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Counted)

        @property
        def why(self) -> str:
            Counted.read += 1
            return "is broken"

    assert len(converted("end_date", *(Counted() for _ in range(50))).problems) == 50
    assert Counted.read == 1


# ------------------------------------------------------------------------------------------- texts


@given(st.text(min_size=1).filter(lambda t: t.strip() and "\r" not in t))
def test_a_text_stays_as_it_stands(text: str) -> None:
    assert right("notes", f" {text} ") == f" {text} "


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("name", "  Paint the fence\u00a0 ", "Paint the fence"),
        ("notes", "one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("name", "007", "007"),
        ("name", "None", "None"),
        ("name", "=1+1", "=1+1"),
        ("notes", date(2026, 3, 31), "2026-03-31"),
        ("notes", datetime(2026, 3, 31), "2026-03-31"),
        ("notes", datetime(2026, 3, 31, 14, 30), "2026-03-31 14:30"),
        ("name", timedelta(hours=26, minutes=5), "26:05"),
        ("notes", timedelta(seconds=61), "0:01:01"),
        ("project", " Garden ", "Garden"),
        ("tags", ' red, "green, dark" ', 'red, "green, dark"'),
        ("timezone", " Europe/Berlin ", "Europe/Berlin"),
        ("rrule", " FREQ=DAILY ", "FREQ=DAILY"),
        ("color", " #1F77B4 ", "#1F77B4"),
        ("tag_names", 'red, "green, dark"', ("red", "green, dark")),
    ],
)
def test_texts(field: str, cell: object, value: object) -> None:
    assert right(field, cell) == value


def test_an_unknown_zone_is_a_problem() -> None:
    assert "is no time zone" in wrong("timezone", "Mars/Olympus")


@pytest.mark.parametrize("word", ["high", "High", " HIGH "])
def test_a_priority_is_known_in_any_case(word: str) -> None:
    assert right("priority", word) == "high"


def test_an_unknown_priority_is_a_problem_that_lists_the_known() -> None:
    assert wrong("priority", "someday").startswith("is no priority; write one of none, low, medium, high, or")


# ----------------------------------------------------------------------------- yes, no and numbers


@pytest.mark.parametrize("word", ["true", "TRUE", "yes", "Yes", "1", "x", "X", "on", "✓", " y "])
def test_words_for_yes(word: str) -> None:
    assert right("billable", word) is True


@pytest.mark.parametrize("word", ["false", "FALSE", "no", "No", "0", "off", "n"])
def test_words_for_no(word: str) -> None:
    assert right("billable", word) is False


@pytest.mark.parametrize("cell", ["maybe", "2", date(2026, 3, 31)])
def test_other_words_are_neither(cell: object) -> None:
    assert wrong("billable", cell) == "is neither yes nor no; write yes or no"


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(["{}", " {} ", "{}.0", "{}.00"]))
def test_a_whole_number_keeps_every_digit(number: int, form: str) -> None:
    assert right("position", form.format(number)) == number


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("7.5", "is no whole number; write digits only, such as 7"),
        ("seven", "is no whole number; write digits only, such as 7"),
        ("٧", "is no whole number; write digits only, such as 7"),
        (date(2026, 3, 31), "is no whole number; write digits only, such as 7"),
        ("1e3", "is a shortened number, digits are lost; write all of them"),
        ("1.23E+15", "is a shortened number, digits are lost; write all of them"),
        ("1,23E+15", "is a shortened number, digits are lost; write all of them"),
        ("1,234", "has marks between its digits; write 1234 if that is meant"),
        ("1.234.567", "has marks between its digits; write 1234567 if that is meant"),
        ("1 000", "has marks between its digits; write 1000 if that is meant"),
        ("1.000", "has marks between its digits; write 1000 if that is meant"),
        ("9223372036854775808", "has more digits than an id or a number can have"),
        ("9" * 5000, "has more digits than an id or a number can have"),
    ],
)
def test_what_is_no_whole_number_is_a_problem(cell: object, reason: str) -> None:
    assert wrong("project_id", cell) == reason


@pytest.mark.parametrize(
    "text", ["1, 2;3", "[1, 2, 3]", "1\n2\n3", '["1", "2", "3"]', "1,2,3,", "1, 2, 3, 2"]
)
def test_a_list_of_ids_in_every_form(text: str) -> None:
    assert right("tag_ids", text) == (1, 2, 3)


def test_a_single_id_is_a_list_of_one() -> None:
    assert right("tag_ids", "7.0") == (7,)


def test_an_empty_list_is_blank() -> None:
    assert right("tag_ids", "[]") is None


@pytest.mark.parametrize("cell", ["1, two", "1.5", "[1", date(2026, 3, 31)])
def test_a_list_with_a_wrong_part_is_wrong(cell: object) -> None:
    assert wrong("tag_ids", cell) == "is no whole number; write digits only, such as 7"


def test_lists_of_equal_length_stay_lists() -> None:
    assert list(converted("tag_ids", "1, 2", "3, 4").values) == [(1, 2), (3, 4)]


@pytest.mark.parametrize(("text", "number"), [("7", 7.0), ("7.25", 7.25), ("7,25", 7.25), ("-0.5", -0.5)])
def test_a_number_has_a_point_or_a_comma(text: str, number: float) -> None:
    assert right("project_rate_hourly_rate", text) == number


@pytest.mark.parametrize("text", ["nan", "inf", "1e5", "seven"])
def test_what_is_no_number_is_a_problem(text: str) -> None:
    assert wrong("project_rate_hourly_rate", text) == "is no number; write one such as 7.5"


# --------------------------------------------------------------------------------------- durations

DURATIONS: list[Callable[[int, int], object]] = [
    lambda h, m: f"{60 * h + m}",
    lambda h, m: f"{60 * h + m}.0",
    lambda h, m: f"{60 * h + m} min",
    lambda h, m: f"{60 * h + m}m",
    lambda h, m: f"{h}:{m:02}",
    lambda h, m: f"{h:02}:{m:02}:00",
    lambda h, m: f"{h}:{m:02} h",
    lambda h, m: f"{h}h {m}m",
    lambda h, m: f"{h}h{m:02}",
    lambda h, m: f"{h} Hours, {m} Minutes",
    lambda h, m: f"{h} hour and {m} minutes",
    lambda h, m: f"{h}h {m} min. 0s",
    lambda h, m: f"PT{h}H{m}M",
    lambda h, m: f"{(60 * h + m) * 60} sec",
    lambda h, m: f"{h + m / 60!r} h",
    lambda h, m: f"{h + m / 60!r} hours".replace(".", ","),
    lambda h, m: timedelta(hours=h, minutes=m),
]


@pytest.mark.parametrize("form", DURATIONS)
@given(hours=st.integers(0, 3000), minutes=st.integers(0, 59))
def test_any_minutes_in_every_form_are_those_minutes(
    form: Callable[[int, int], object], hours: int, minutes: int
) -> None:
    assert right("estimated_mins", form(hours, minutes)) == 60 * hours + minutes


@pytest.mark.parametrize(
    ("cell", "unit", "minutes"),
    [
        ("90", "minutes", 90),
        ("1.5", "hours", 90),
        ("1,5", "hours", 90),
        ("5400", "seconds", 90),
        ("1:30", "hours", 90),
        ("1h 30m", "seconds", 90),
        ("90 min", "hours", 90),
        ("0", "minutes", 0),
        ("0.09999999999999998", "hours", 6),  # 0.1 as a spreadsheet may store it
        ("1,5 h", "minutes", 90),
        ("73:26:00", "minutes", 4406),
        (datetime(1899, 12, 30, 1, 30), "minutes", 90),  # a time of day without a date
        (timedelta(days=1), "minutes", 1440),
    ],
)
def test_a_bare_number_has_the_unit_told_and_a_named_unit_wins(cell: object, unit: str, minutes: int) -> None:
    assert right("estimated_mins", cell, Style(unit=unit)) == minutes


@pytest.mark.parametrize(
    ("cell", "minutes", "loss"),
    [
        ("90.5", 91, "rounded to 91 minutes"),
        ("0.33 h", 20, "rounded to 20 minutes"),
        ("1:30:29", 90, "rounded to 90 minutes"),
        ("50s", 1, "rounded to 1 minute"),
        (timedelta(seconds=5401), 90, "rounded to 90 minutes"),
        ("2d", 960, "a day is taken as 8 hours of work"),
        ("5 days 1 hour", 2460, "a day is taken as 8 hours of work"),
        ("1w", 2400, "a day is taken as 8 hours of work"),
    ],
)
def test_a_rounded_duration_and_a_day_of_work_are_losses(cell: object, minutes: int, loss: str) -> None:
    assert one("estimated_mins", cell) == (minutes, loss, True)


def test_a_bare_number_of_days_is_of_days_of_work() -> None:
    assert one("estimated_mins", "2", Style(unit="days")) == (
        960,
        "a day is taken as 8 hours of work",
        True,
    )


NO_DURATION = "is no duration; write minutes such as 90, or 1:30, or 1h 30m"
NEGATIVE = "is negative; a duration is 0 or more"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("-5", NEGATIVE),
        ("-1:30", NEGATIVE),
        (timedelta(minutes=-1), NEGATIVE),
        ("1:75", NO_DURATION),
        ("1:5", NO_DURATION),
        ("2-3h", NO_DURATION),
        ("~2h", NO_DURATION),
        ("30m 1h", NO_DURATION),
        ("1h 2h", NO_DURATION),
        ("1 fortnight", NO_DURATION),
        ("50%", NO_DURATION),
        ("1e3", NO_DURATION),
        ("h", NO_DURATION),
        ("1,000", "can be read in two ways; write 1000, or another number of decimals"),
        ("2.500", "can be read in two ways; write 2500, or another number of decimals"),
        (date(2026, 3, 31), "is a date and no duration; write minutes such as 90, or 1:30"),
    ],
)
def test_what_is_no_duration_is_a_problem(cell: object, reason: str) -> None:
    assert wrong("estimated_mins", cell) == reason


def test_a_duration_beyond_any_number_is_a_problem() -> None:
    assert wrong("total_tracked_time", "999999999999999 weeks") == "is too long for a duration"


@given(st.text())
def test_no_text_at_all_breaks_the_reading_of_a_duration(text: str) -> None:
    value, said, loss = one("estimated_mins", text)
    assert (value is None) or (isinstance(value, int) and value >= 0)
    assert said is None or value is None or loss


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("Estimate (h)", "hours"),
        ("Estimated hours", "hours"),
        ("Est. (min)", "minutes"),
        ("Planned [s]", "seconds"),
        ("Effort in days", "days"),
        ("Effort (d)", "days"),
        ("Estimate (m)", "minutes"),
        ("estimated_mins", "minutes"),
        ("EST (HRS)", "hours"),
        ("Hours (min)", "minutes"),
        ("Time (h:mm)", None),
        ("Estimate", None),
        ("What's left", None),
        ("Plan D", None),
        ("", None),
    ],
)
def test_a_header_names_the_unit(title: str, unit: str | None) -> None:
    assert unit_of(title) == unit


# -------------------------------------------------------------------------------- days in a column


def test_a_rows_own_zone_beats_the_sheets() -> None:
    instant = "2026-03-31T22:30:00Z"
    zones = pd.Series(["Europe/Berlin", None, " ", "UTC", Hollow("#N/A", "is an error")], dtype=object)
    zones.index = pd.RangeIndex(2, 7)
    result = converted("end_date", *[instant] * 5, style=Style(zone="Asia/Tokyo"), zones=zones)
    assert list(result.values) == ["2026-04-01", "2026-04-01", "2026-04-01", "2026-03-31", "2026-04-01"]
    assert {(p.text, p.loss) for p in result.problems} == {("the time of day is left out", True)}
    assert [p.row for p in result.problems] == [2, 3, 4, 5, 6]


def test_an_unknown_zone_of_a_row_spoils_only_the_instants_of_that_row() -> None:
    zones = pd.Series(["Mars", "Mars", "UTC"], dtype=object, index=[2, 3, 4])
    result = converted("end_date", "2026-03-31T00:00Z", "2026-03-31", "2026-03-31T00:00Z", zones=zones)
    assert list(result.values) == [None, "2026-03-31", "2026-03-31"]
    assert [(p.row, p.text) for p in result.problems] == [
        (2, "'Mars' is no time zone; write one such as Europe/Berlin")
    ]


def test_a_loss_keeps_its_value() -> None:
    assert one("end_date", "2026-03-31 14:30") == ("2026-03-31", "the time of day is left out", True)


def test_the_order_of_text_dates_is_the_sheets() -> None:
    assert right("end_date", "01/02/2026", Style(order="dmy")) == "2026-02-01"
    assert right("end_date", "01/02/2026", Style(order="mdy")) == "2026-01-02"
    assert "--dates" in wrong("end_date", "01/02/2026")


# ---------------------------------------------------------------------------- a value from an option


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("billable", "yes", True),
        ("project_id", "7", 7),
        ("estimated_mins", "1h 30m", 90),
        ("estimated_mins", "90.5", 91),
        ("end_date", "2026-03-31", "2026-03-31"),
        ("tag_ids", "1, 2", (1, 2)),
        ("project", " Garden ", "Garden"),
        ("priority", "", None),
    ],
)
def test_an_option_gives_a_value_as_a_cell_would(field: str, text: str, value: object) -> None:
    assert decode(BY_NAME[field], text) == value


def test_an_option_that_can_not_be_understood_says_why() -> None:
    with pytest.raises(ValueError, match="is no priority; write one of none, low, medium, high"):
        decode(BY_NAME["priority"], "someday")
