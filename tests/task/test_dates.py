from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.task.dates import Evidence, Kept, Unreadable, day, decide, evidence, undecided, written

MARCH = date(2024, 3, 31)
days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
this_century = st.dates(date(2000, 1, 1), date(2099, 12, 31))
with_a_serial = st.dates(date(1954, 10, 3), date(2200, 12, 31))
separators = st.sampled_from("/.-")

# ------------------------------------------------------------------------- any day in every form


ISO_FORMS: list[Callable[[date], object]] = [
    lambda d: d,
    lambda d: datetime(d.year, d.month, d.day),
    lambda d: f"{d.year}-{d.month:02}-{d.day:02}",
    lambda d: f"  {d.year}-{d.month}-{d.day} ",
    lambda d: f"{d.year}/{d.month:02}/{d.day:02}",
    lambda d: f"{d.year}.{d.month:02}.{d.day:02}",
    lambda d: f"{d.year}{d.month:02}{d.day:02}",
    lambda d: f"{d.year}-{d.month:02}-{d.day:02}T00:00:00",
    lambda d: f"{d.year}-{d.month:02}-{d.day:02} 00:00",
    lambda d: f"{d.year}-{d.month:02}-{d.day:02}T00:00:00Z",
    lambda d: f"{d.year}-{d.month:02}-{d.day:02}T00:00:00.000+02:00",
    lambda d: f"{d.year}-{d.month:02}-{d.day:02}  12:00 AM",
]


@pytest.mark.parametrize("order", [None, "iso", "dmy", "mdy"])
@pytest.mark.parametrize("form", ISO_FORMS)
@given(d=days)
def test_a_day_with_its_year_first_is_that_day_in_every_order(
    form: Callable[[date], object], order: str | None, d: date
) -> None:
    assert day(form(d), order) == f"{d.year:04}-{d.month:02}-{d.day:02}"


@given(days, separators)
def test_a_numeric_date_is_read_in_the_order_told(d: date, sep: str) -> None:
    iso = f"{d.year:04}-{d.month:02}-{d.day:02}"
    assert day(f"{d.day}{sep}{d.month}{sep}{d.year}", "dmy") == iso
    assert day(f"{d.day:02}{sep}{d.month:02}{sep}{d.year}", "dmy") == iso
    assert day(f"{d.month}{sep}{d.day}{sep}{d.year}", "mdy") == iso
    assert day(f"{d.month:02}{sep}{d.day:02}{sep}{d.year} 12:00 AM", "mdy") == iso


@given(this_century, separators)
def test_a_year_of_two_digits_is_of_this_century(d: date, sep: str) -> None:
    iso = f"{d.year:04}-{d.month:02}-{d.day:02}"
    assert day(f"{d.day}{sep}{d.month}{sep}{d.year % 100:02}", "dmy") == iso
    assert day(f"{d.month}{sep}{d.day}{sep}{d.year % 100:02}", "mdy") == iso


@given(with_a_serial)
def test_a_serial_number_is_its_day(d: date) -> None:
    # 2024-01-01 is 45292 in every spreadsheet
    assert day(str(45292 + (d - date(2024, 1, 1)).days)) == f"{d.year:04}-{d.month:02}-{d.day:02}"


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("45292", None, "2024-01-01"),
        ("45292.0", None, "2024-01-01"),
        ("31/03/2024", "dmy", "2024-03-31"),
        ("31.3.2024", "dmy", "2024-03-31"),
        ("31. 03. 2024", "dmy", "2024-03-31"),
        ("3/31/24", "mdy", "2024-03-31"),
        ("2024-02-29", None, "2024-02-29"),
        ("1900-01-01", None, "1900-01-01"),
        ("2200-12-31", None, "2200-12-31"),
        ("20000", None, "1954-10-03"),
    ],
)
def test_a_text_is_a_day(text: str, order: str | None, expected: str) -> None:
    assert day(text, order) == expected


@pytest.mark.parametrize("order", [None, "iso", "dmy", "mdy"])
def test_equal_numbers_need_no_order(order: str | None) -> None:
    assert day("03/03/2024", order) == "2024-03-03"


# ------------------------------------------------------------------------------- times and zones


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2018-12-11T23:00:00+0000", "Europe/Berlin", "2018-12-12"),
        ("2018-12-11T23:00:00Z", "Europe/Berlin", "2018-12-12"),
        ("2018-12-11 23:00:00.000Z", "Europe/Berlin", "2018-12-12"),
        ("2026-06-30T22:00:00+00:00", "Europe/Berlin", "2026-07-01"),  # summer time
        ("2026-07-01T00:00:00+02:00", "Europe/Berlin", "2026-07-01"),
        ("2026-07-01T00:00:00", "America/New_York", "2026-07-01"),  # no offset: no instant
    ],
)
def test_an_instant_at_a_zones_midnight_is_that_day_and_loses_nothing(
    text: str, zone: str, expected: str
) -> None:
    assert day(text, None, zone) == expected


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]),
)
def test_any_instant_is_the_day_it_has_in_the_zone(naive: datetime, offset: int, zone: str) -> None:
    instant = naive.replace(tzinfo=timezone(timedelta(minutes=offset)))
    there = instant.astimezone(ZoneInfo(zone))
    for cell in (instant, instant.isoformat(), instant.isoformat(" ")):
        found = day(cell, None, zone)
        assert (found.value if isinstance(found, Kept) else found) == there.strftime("%Y-%m-%d")
        assert isinstance(found, Kept) == (there.strftime("%H:%M:%S") != "00:00:00")


def test_an_instant_without_a_zone_is_the_day_as_written() -> None:
    found = day("2018-12-11T23:00:00+0000")
    said = "an instant's day is taken as written; --timezone says where it is meant"
    assert found == Kept("2018-12-11", said)
    assert day(datetime(2026, 3, 31, 14, 30, tzinfo=UTC)) == Kept("2026-03-31", said)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-31 14:30",
        "2026-03-31T14:30:00",
        "2026-03-31 2:30 PM",
        "2026-03-31  2:30 p.m.",
        "31/03/2026, 14:30",
        "46112.5",
        datetime(2026, 3, 31, 14, 30),
        datetime(2026, 3, 31, 0, 0, 1),
    ],
)
def test_a_time_of_day_is_lost_aloud(cell: object) -> None:
    assert day(cell, "dmy") == Kept("2026-03-31", "the time of day is left out")


def test_an_unknown_zone_is_a_problem_only_where_it_is_needed() -> None:
    assert day("2026-03-31", None, "Mars/Olympus") == "2026-03-31"
    for zone in ("Mars/Olympus", "Europe", "../etc/passwd"):
        with pytest.raises(Unreadable, match="is no time zone; write one such as Europe/Berlin"):
            day("2026-03-31T10:00:00Z", None, zone)


# ------------------------------------------------------------------------------- what is no day


@pytest.mark.parametrize(
    ("cell", "order", "reason"),
    [
        ("2026-02-30", None, "is no day of the calendar; write a day such as 2026-03-31"),
        ("2026-13-01", None, "is no day of the calendar; write a day such as 2026-03-31"),
        (
            "31/31/2024",
            "dmy",
            "is no day of the calendar in the order day/month/year; write a day such as 2026-03-31",
        ),
        ("12/31/2024", "dmy", "is no day of the calendar in the order day/month/year; write 2024-12-31"),
        ("31/12/2024", "mdy", "is no day of the calendar in the order month/day/year; write 2024-12-31"),
        (
            "01/02/2024",
            None,
            "needs its order told: --dates dmy or --dates mdy, or write a day such as 2026-03-31",
        ),
        (
            "31/03/2024",
            "iso",
            "needs its order told: --dates dmy or --dates mdy, or write a day such as 2026-03-31",
        ),
        ("2024", None, "is a year and no day; write one such as 2024-03-31"),
        ("7", None, "is a number and no date; write a day such as 2026-03-31"),
        ("1711843200", None, "is a number and no date; write a day such as 2026-03-31"),
        ("-45292", None, "is a number and no date; write a day such as 2026-03-31"),
        ("1.23E+15", None, "is no date; write a day such as 2026-03-31"),
        ("soon", None, "is no date; write a day such as 2026-03-31"),
        ("2026-03", None, "is no date; write a day such as 2026-03-31"),
        ("31/03-2024", "dmy", "is no date; write a day such as 2026-03-31"),
        ("٢٠٢٦-٠٣-٣١", None, "is no date; write a day such as 2026-03-31"),
        ("2026-03-31T25:00", None, "has no such time of day; write a day such as 2026-03-31"),
        ("2026-03-31 13:00 PM", None, "has no such time of day; write a day such as 2026-03-31"),
        ("2026-03-31T10:00+99:00", None, "has no such time of day; write a day such as 2026-03-31"),
        ("1899-06-01", None, "is not between 1900 and 2200; write a day such as 2026-03-31"),
        ("2201-01-01", None, "is not between 1900 and 2200; write a day such as 2026-03-31"),
        (date(9999, 12, 31), None, "is not between 1900 and 2200; write a day such as 2026-03-31"),
        (timedelta(hours=1), None, "is no date; write a day such as 2026-03-31"),
    ],
)
def test_what_is_no_day_says_what_would_be(cell: object, order: str | None, reason: str) -> None:
    with pytest.raises(Unreadable) as wrong:
        day(cell, order)
    assert str(wrong.value) == reason


@pytest.mark.parametrize(
    "zero", ["0", "1900-01-00", "00/01/1900", datetime(1899, 12, 30), date(1899, 12, 31)]
)
def test_excels_zero_is_a_problem_and_no_day(zero: object) -> None:
    with pytest.raises(Unreadable, match="is Excel's zero, an empty date; clear the cell"):
        day(zero, "dmy")


@given(st.text())
def test_no_text_at_all_breaks_the_reading(text: str) -> None:
    try:
        found = day(text, "dmy", "Europe/Berlin")
    except Unreadable:
        return
    assert date.fromisoformat(str(found.value if isinstance(found, Kept) else found))


def test_a_date_is_shown_as_people_write_it() -> None:
    assert written(MARCH) == "2024-03-31"
    assert written(datetime(2024, 3, 31)) == "2024-03-31"
    assert written(datetime(2024, 3, 31, 14, 30)) == "2024-03-31 14:30"
    assert written(datetime(2024, 3, 31, 14, 30, 5)) == "2024-03-31 14:30:05"


# ---------------------------------------------------------------------- the order of text dates


@pytest.mark.parametrize(
    ("columns", "order"),
    [
        ([["31/03/2024", "01/02/2024"]], "dmy"),
        ([["3/31/2024", "01/02/2024"]], "mdy"),
        ([["01/02/2024"], ["31.03.2024"]], "dmy"),  # one column decides for the other
        ([["31/03/2024", "03/31/2024"]], None),
        ([["31/03/2024"], ["03/31/2024"]], None),
        ([["01/02/2024"]], None),
        ([["03/03/2024"]], "iso"),
        ([["2024-03-31", None, "soon", "45292", MARCH]], "iso"),
        ([[]], "iso"),
        ([], "iso"),
        ([["31/31/2024", "0/5/2024"]], "iso"),  # no days in any order, so they prove nothing
        ([[MARCH], ["31/03/2024"]], "dmy"),  # not in one column
        ([[MARCH, "31/03/2024"]], None),
        ([[datetime(2024, 3, 1), "3/31/2024"]], None),
        ([[MARCH, "2024-03-31"]], "iso"),
        ([[MARCH, "31/03/2024"], ["31/03/2024"]], None),
        ([["31/03/24 14:30"]], "dmy"),
        ([["06-09-2024 13:47"]], None),
        ([["06-09-2024 13:47", "16-02-2017 15:26"]], "dmy"),
        ([["12/21/2023 15:44"]], "mdy"),
        ([["4/20/2014, 4:00:00 AM"]], "mdy"),
        ([["31. 3. 2024"]], "dmy"),
        ([["12/Mar/24 9:41 AM", "March 4, 2026", "1432068621596"]], "iso"),  # clear by themselves
        ([["31/03/2024 → 02/04/2024"]], "dmy"),
        ([[datetime(1899, 12, 30), "31/03/2024"]], "dmy"),  # an empty date is no date that was swapped
    ],
)
def test_the_order_is_what_the_values_prove(columns: list[list[object]], order: str | None) -> None:
    assert decide([evidence(column) for column in columns]) == order


DMY, MDY, OPEN = "31/03/2024", "3/30/2024", "01/02/2024"


@pytest.mark.parametrize(
    ("texts", "alone", "beside_a_column_of_real_dates", "mixed_with_real_dates"),
    [
        ([], "iso", "iso", "iso"),
        ([OPEN], None, None, None),
        ([DMY], "dmy", "dmy", None),
        ([DMY, OPEN], "dmy", "dmy", None),
        ([MDY], "mdy", "mdy", None),
        ([MDY, OPEN], "mdy", "mdy", None),
        ([DMY, MDY], None, None, None),
        ([DMY, MDY, OPEN], None, None, None),
    ],
)
def test_the_order_of_every_mixture(
    texts: list[object],
    alone: str | None,
    beside_a_column_of_real_dates: str | None,
    mixed_with_real_dates: str | None,
) -> None:
    apart = [[text] for text in texts]
    for columns in ([texts], apart, apart[::-1]):
        assert decide(map(evidence, columns)) == alone
        assert decide(map(evidence, [*columns, [MARCH]])) == beside_a_column_of_real_dates
        assert decide(map(evidence, [[*column, MARCH] for column in columns])) == mixed_with_real_dates
    assert decide(map(evidence, [[MARCH, *texts[:1]], texts[1:]])) == mixed_with_real_dates


def test_evidence_counts_distinct_cells_and_keeps_one_of_each() -> None:
    found = evidence(["31/03/2024", "31/03/2024", " 30/03/2024", "1/2/2024", "3/13/2024", "5/5/2024", MARCH])
    assert found == Evidence(
        dmy=2,
        mdy=1,
        open=1,
        real=1,
        dmy_sample="31/03/2024",
        mdy_sample="3/13/2024",
        open_sample="1/2/2024",
        real_sample="2024-03-31",
    )


cells = st.lists(
    days.map(lambda d: f"{d.day}/{d.month}/{d.year}") | days | st.sampled_from([None, "soon", "2024-01-05"]),
    max_size=6,
    unique=True,
)


@given(cells, cells)
def test_evidence_of_two_chunks_decides_as_that_of_both_at_once(a: list[object], b: list[object]) -> None:
    parts = evidence(a) + evidence([cell for cell in b if cell not in a])
    assert parts == evidence([*a, *b])


@given(st.lists(days, min_size=1))
def test_days_written_in_one_order_never_prove_the_other(dates: list[date]) -> None:
    assert decide([evidence(f"{d.day}/{d.month}/{d.year}" for d in dates)]) in ("dmy", "iso", None)
    assert decide([evidence(f"{d.month}/{d.day}/{d.year}" for d in dates)]) in ("mdy", "iso", None)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (
            ["31/03/2024", "3/30/2024"],
            "31/03/2024 has the day first and 3/30/2024 the month: "
            "the dates of the sheet contradict each other.",
        ),
        (["01/02/2024"], "01/02/2024 can be read in two orders, and no date of the sheet decides which."),
        (
            ["31/03/2024", date(2024, 2, 1)],
            "31/03/2024 is text beside real dates such as 2024-02-01: "
            "a spreadsheet program may have swapped day and month of those.",
        ),
    ],
)
def test_what_is_undecided_is_named_with_its_values(column: list[object], words: str) -> None:
    assert undecided([evidence(column)]) == words


def test_a_date_that_may_begin_with_its_year_proves_no_order() -> None:
    assert decide([evidence(["24-03-15", "24-03-02"])]) is None
    assert decide([evidence(["24-03-15", "31/03/2024"])]) == "dmy"
