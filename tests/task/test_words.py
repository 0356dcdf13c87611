"""Words of several languages: yes and no, priorities, nothing, marks, months, durations."""

from collections import defaultdict
from datetime import date, datetime
from unicodedata import normalize

import pandas as pd
import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from importer.task.dates import Kept, Relative, day, evidence
from importer.task.fields import BY_NAME, PRIORITIES
from importer.task.months import forms
from importer.task.values import Style, convert, is_mangled, unit_of
from importer.task.words import NO, UNDONE, YES
from importer.task.words import PRIORITIES as WORDS

PLAIN = Style()
BETWEEN = (" → ", "→", " - ", " – ", "  -  ", " to ", " bis ", "\u00a0–\u00a0")


def read(field: str, cell: object, style: Style = PLAIN) -> tuple[object, list[tuple[str, bool]]]:
    """A cell's value, and what is said of it: (text, loss)."""
    made = convert(BY_NAME[field], pd.Series([cell], index=[2], dtype=object), style)
    value = made.values.iloc[0]
    return (None if value is None or value is pd.NA else value), [(p.text, p.loss) for p in made.problems]


@pytest.mark.parametrize(
    "word", ["ja", "Oui", "sí", "SIM", "wahr", "vrai", "verdadero", "verdadeiro", "waar"]
)
def test_yes_in_other_languages(word: str) -> None:
    assert read("billable", word) == (True, [])


@pytest.mark.parametrize("word", ["nein", "Non", "não", "NEE", "falsch", "faux", "falso", "onwaar"])
def test_no_in_other_languages(word: str) -> None:
    assert read("billable", word) == (False, [])


def test_no_word_means_yes_and_no() -> None:
    assert not YES & NO
    assert not YES & UNDONE


@pytest.mark.parametrize("word", ["sí", "não", "février", "élevée"])
def test_a_word_may_have_its_accents_as_characters_of_their_own(word: str) -> None:
    apart = normalize("NFD", word)
    field, cell = {"février": ("end_date", "1 {} 2026"), "élevée": ("priority", "{}")}.get(
        word, ("billable", "{}")
    )
    assert read(field, cell.format(apart)) == read(field, cell.format(word))
    assert read(field, cell.format(apart))[1] == []


@pytest.mark.parametrize("field", ["end_date", "dates", "estimated_mins", "priority", "billable"])
def test_characters_that_nobody_sees_change_no_value(field: str) -> None:
    cell = {"priority": "high", "billable": "yes", "estimated_mins": "90"}.get(field, "2026-03-31")
    assert read(field, f"\ufeff{cell}\u200b") == read(field, cell)
    assert read(field, cell)[1] == []


def test_marks_of_direction_between_the_numbers_of_a_date_are_left_out() -> None:
    assert day("\u200e31\u200e/\u200e03\u200e/\u200e2026", "dmy") == "2026-03-31"
    assert evidence(["\u200e31\u200e/\u200e03\u200e/\u200e2026"]).dmy == 1


@pytest.mark.parametrize(
    ("word", "priority"),
    [
        ("Hoch", "high"), ("élevée", "high"), ("ALTA", "high"), ("hoog", "high"), ("Wichtig", "high"),
        ("mittel", "medium"), ("Média", "medium"), ("Normal", "medium"), ("gemiddeld", "medium"),
        ("Alto", "high"), ("Médio", "medium"), ("faible", "low"), ("elevee", "high"), ("aucune", "none"),
        ("niedrig", "low"), ("basse", "low"), ("baja", "low"), ("laag", "low"), ("keine", "none"), ("none", "none"),
    ],
)  # fmt: skip
def test_priorities_in_other_languages(word: str, priority: str) -> None:
    assert read("priority", word) == (priority, [])


@pytest.mark.parametrize(
    ("word", "priority"), [("Urgent", "high"), ("Highest", "high"), ("lowest", "low"), ("~high", "high")]
)
def test_a_priority_without_a_twin_is_rounded_and_that_is_said(word: str, priority: str) -> None:
    value, said = read("priority", word)
    assert (value, [loss for _, loss in said]) == (priority, [True])
    assert priority in said[0][0]


@pytest.mark.parametrize("word", ["1", "P1", "4", "A"])
def test_the_direction_of_numbers_is_not_guessed(word: str) -> None:
    value, said = read("priority", word)
    assert (value, said[0][1]) == (None, False)
    assert "--mapping" in said[0][0]


def test_every_priority_word_means_a_priority() -> None:
    assert {word.removeprefix("~") for word in WORDS.values()} == set(PRIORITIES)


@pytest.mark.parametrize("field", ["end_date", "estimated_mins", "tags", "status", "billable", "dates"])
@pytest.mark.parametrize("word", ["null", "None", "[]", "-", "–"])
def test_a_word_for_nothing_is_blank(field: str, word: str) -> None:
    assert read(field, word) == (None, [])


@pytest.mark.parametrize("word", ["null", "None", "NA", "-"])
def test_in_a_text_every_word_is_itself(word: str) -> None:
    assert read("name", word) == (word, [])


@pytest.mark.parametrize(
    "cell", ["x", "yes", "2026-03-01", "100%", "100", "1", "Done by Ann", "✓", "TRUE", "✔️", "[x]", "45292"]
)
def test_a_mark(cell: str) -> None:
    assert read("done", cell) == (True, [])


@pytest.mark.parametrize(
    "cell", ["no", "false", "0", "0%", "50%", "0.5", "99", "1%", "nein", "☐", "✗", "[ ]"]
)
def test_no_mark(cell: str) -> None:
    assert read("done", cell) == (False, [])


@pytest.mark.parametrize(
    "cell", ["Not done", "open", "Pending", "in progress", "offen", "À faire", "pendiente"]
)
def test_a_word_for_what_is_still_to_be_done_is_no_mark(cell: str) -> None:
    assert read("done", cell) == (False, [])


@pytest.mark.parametrize(
    "cell",
    ["0/0/00", "0.0.00", "0000-00-00", "1/0/1900", "00.01.1900", "1900-01-00", "30.12.1899", date(1899, 12, 31),
     datetime(1899, 12, 30)],
)  # fmt: skip
def test_an_empty_date_is_no_mark(cell: object) -> None:
    assert read("done", cell) == (False, [])


def test_a_day_is_a_mark() -> None:
    assert read("done", date(2026, 3, 1)) == (True, [])
    assert read("done", "12/03/00") == (True, [])


def test_no_word_is_the_name_of_two_months() -> None:
    named: dict[str, set[int]] = defaultdict(set)
    for word, number, _ in forms():
        named[word].add(number)
    assert [word for word, numbers in named.items() if len(numbers) > 1] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("March 4, 2026", "2026-03-04"), ("Mar 4 2026", "2026-03-04"), ("4th March 2026", "2026-03-04"),
        ("Mon, 2 Mar 2026", "2026-03-02"), ("2026-Mar-04", "2026-03-04"), ("12-Mar-2024", "2024-03-12"),
        ("12/Mar/24", "2024-03-12"), ("12/Mar/24 12:00 AM", "2024-03-12"),
        ("4. März 2026", "2026-03-04"), ("4. Mrz. 26", "2026-03-04"), ("31. Dezember 2025", "2025-12-31"),
        ("1er août 2026", "2026-08-01"), ("15 févr. 2026", "2026-02-15"), ("3 juin 2026", "2026-06-03"),
        ("4 de marzo de 2026", "2026-03-04"), ("16/abr/26", "2026-04-16"), ("2/ago/26", "2026-08-02"),
        ("4 de março de 2026", "2026-03-04"), ("1 de out. de 2026", "2026-10-01"), ("9/set/26", "2026-09-09"),
        ("9 setiembre 2026", "2026-09-09"), ("4 Jänner 2026", "2026-01-04"), ("3 Febr. 2026", "2026-02-03"),
        ("Montag, den 2. März 2026", "2026-03-02"), ("le 2 mars 2026", "2026-03-02"),
        ("Tues, Mar 3, 2026", "2026-03-03"),
        ("segunda-feira, 2 de março de 2026", "2026-03-02"), ("5 mei 2026", "2026-05-05"),
        ("5 mrt 2026", "2026-03-05"), ("1 Sept 2026", "2026-09-01"),
    ],
)  # fmt: skip
def test_days_with_the_month_in_words(text: str, expected: str) -> None:
    assert day(text) == expected


LOCALES = ["en", "en_GB", "de", "de_AT", "fr", "fr_CA", "es", "es_MX", "pt", "pt_PT", "nl"]


@pytest.mark.parametrize("locale", LOCALES)
@given(
    d=st.dates(date(1900, 1, 1), date(2200, 12, 31)),
    form=st.sampled_from(
        ["full", "long", "d MMM yyyy", "d/MMM/yyyy", "d-MMMM-yyyy", "yyyy-MMM-dd", "EEE d MMM y"]
    ),
)
def test_any_day_in_the_words_of_a_language_is_that_day(locale: str, d: date, form: str) -> None:
    assert day(format_date(d, form, locale)) == f"{d.year:04}-{d.month:02}-{d.day:02}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12/Mar/24 9:41 AM", "2024-03-12"),
        ("03/October/2025  04:00:18 PM", "2025-10-03"),
        ("Thu Feb 05 2026 08:46:08 GMT+0000 (GMT)", "2026-02-05"),
        ("2026-03-04T10:00:00+01:00[Europe/Berlin]", "2026-03-04"),
        ("Qxz Feb 05 2026 08:46:08 GMT+0100 (Central European Standard Time)", "2026-02-05"),
        ("21/abr/26 11:37 p. m.", "2026-04-21"),
        ("4. März 2026 um 14:30 Uhr", "2026-03-04"),
        ("4 mars 2026 à 14h30", "2026-03-04"),
        ("March 4, 2026 9:00 AM (GMT+1)", "2026-03-04"),
        ("1432068621596", "2015-05-19"),
        ("1432068621596.0", "2015-05-19"),
    ],
)
def test_what_tools_write_with_a_time_of_day(text: str, expected: str) -> None:
    made = day(text)
    assert not isinstance(made, str)
    assert made.value == expected


@pytest.mark.parametrize("text", ["4 Jan", "10 Apr 17:15", "Jan 4", "in 5 days", "today at 05:30", "morgen", "tomorrow",
     "nächsten Montag", "Friday", "fri 9:00", "4 de enero", "Mon 4 Jan", "31. Dez."])  # fmt: skip
def test_a_day_that_depends_on_the_day_of_the_export(text: str) -> None:
    with pytest.raises(Relative):
        day(text)


@pytest.mark.parametrize("text", ["every day", "soon", "4 Quatsch 2026", "32/Mar/24", "March 2026", "Mar-24",
     "after 4 March 2026", "ca. 4. März 2026", "2026-03-04 (tentative)", "4 March 2026 [old]"])  # fmt: skip
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match="2026-03-31") as caught:
        day(text)
    assert not isinstance(caught.value, Relative)


@pytest.mark.parametrize(
    ("text", "hours", "expected"),
    [
        ("Tue Feb 28 2023 00:00:00 GMT+0000 (GMT)", 0, "2023-02-28"),
        ("Mon Feb 27 2023 23:00:00 GMT+0000 (GMT)", 0, "2023-02-28"),  # midnight in Berlin
        ("Tue Feb 28 2023 05:00:00 GMT+0000 (GMT)", 0, "2023-02-28"),  # midnight in New York
        ("2026-10-09T02:00:00Z", 4, "2026-10-09"),  # 4:00 in Berlin in summer
        ("2026-10-09T12:00:00Z", 4, "2026-10-09"),  # 4:00 in California in winter
        ("2026-10-08T18:00:00Z", 4, "2026-10-09"),  # 4:00 in Brisbane
        ("2026-10-08T22:30:00Z", 4, "2026-10-09"),  # 4:00 in Mumbai
    ],
)
def test_an_instant_that_is_a_hour_of_a_day_in_an_unknown_zone(
    text: str, hours: float, expected: str
) -> None:
    assert day(text, None, None, hours) == expected


def test_an_instant_that_is_no_such_hour_in_any_zone_is_its_day_in_utc() -> None:
    told = day("1740071500204", None, None, 4)  # 2025-02-20 17:11:40
    assert isinstance(told, Kept)
    assert told.value == "2025-02-20"


def test_where_the_zone_is_known_the_instant_is_exact() -> None:
    assert day("2018-12-11T23:00:00+0000", None, "Europe/Berlin", 0) == "2018-12-12"
    assert day("2018-12-11T10:00:00+0000", None, "America/New_York", 0) != "2018-12-12"
    assert day("2026-10-09T02:00:00Z", None, "Europe/Berlin", 4) == "2026-10-09"
    evening = day("2026-10-09T20:00:00Z", None, "Europe/Berlin", 4)
    assert isinstance(evening, Kept)
    assert evening.value == "2026-10-09"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("October 8, 2021 → October 29, 2021", ("2021-10-08", "2021-10-29")),
        ("2025-11-15 to 2025-12-01", ("2025-11-15", "2025-12-01")),
        ("2024-01-05 - 2024-01-12", ("2024-01-05", "2024-01-12")),
        ("1. März 2026 bis 5. März 2026", ("2026-03-01", "2026-03-05")),
        ("2024-01-05\u00a0 – 2024-01-12", ("2024-01-05", "2024-01-12")),
        ("2025-01-15 → 2025-01-15", ("2025-01-15", "2025-01-15")),
        ("March 4, 2026", (None, "2026-03-04")),
        ("2026-06-15", (None, "2026-06-15")),
    ],
)
def test_ranges_of_days(text: str, expected: tuple[str | None, str]) -> None:
    assert read("dates", text) == (expected, [])


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 400), st.sampled_from(BETWEEN))
def test_any_two_days_are_a_range(first: date, length: int, between: str) -> None:
    last = date.fromordinal(min(first.toordinal() + length, date(2099, 12, 31).toordinal()))
    both = (first.strftime("%Y-%m-%d"), last.strftime("%Y-%m-%d"))
    assert read("dates", between.join(both)) == (both, [])
    assert read("dates", between.join((f"{first:%d/%m/%y}", f"{last:%d/%m/%y}")), Style("dmy")) == (both, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("March 4, 2026 9:00 AM → 11:00 AM", ("2026-03-04", "2026-03-04")),
        ("March 4, 2026 9:00 AM (GMT+1) → March 5, 2026 11:00 AM (GMT+1)", ("2026-03-04", "2026-03-05")),
        ("12 March 2026 - 09:41", (None, "2026-03-12")),
    ],
)
def test_a_range_with_times_of_day_keeps_its_days(text: str, expected: tuple[str | None, str]) -> None:
    value, said = read("dates", text)
    assert (value, said) == (expected, [("the time of day is left out", True)])


def test_both_ends_of_a_range_are_days_of_the_rows_own_zone() -> None:
    column = pd.Series(["2026-03-01T23:00:00Z → 2026-03-04T23:00:00Z"] * 2, index=[2, 3], dtype=object)
    zones = pd.Series(["Europe/Berlin", None], index=[2, 3], dtype=object)
    made = convert(BY_NAME["dates"], column, Style(zone="Etc/GMT-1"), zones=zones)
    assert made.values.tolist() == [("2026-03-02", "2026-03-05")] * 2
    assert made.problems == []


@pytest.mark.parametrize("text", ["2026-03-01 →", "soon → later", "2026-03-01 → later", "→"])
def test_half_a_range_is_a_problem(text: str) -> None:
    value, said = read("dates", text)
    assert (value, said[0][1]) == (None, False)


def test_a_range_that_ends_before_it_begins_is_a_problem() -> None:
    value, said = read("dates", "2026-03-05 → 2026-03-01")
    assert value is None
    assert "2026-03-01 → 2026-03-05" in said[0][0]


def test_the_days_of_a_range_prove_the_order_of_dates() -> None:
    found = evidence(["01/02/2024 → 31/03/2024"])
    assert (found.dmy, found.open) == (1, 1)


def test_a_day_that_no_calendar_has_proves_no_order() -> None:
    assert evidence(["31/02/2026"]).dmy == 0
    assert evidence(["31/03/2026"]).dmy == 1


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2 Std.", 120), ("1 Stunde 30 Minuten", 90), ("2 heures", 120), ("3 horas", 180), ("1 uur", 60),
        ("1 hora y 15 minutos", 75), ("1:30 Std.", 90), ("1:30 uur", 90), ("4 Stdn.", 240),
        ("PT1H30M", 90), ("73:26:00", 4406),
    ],
)  # fmt: skip
def test_durations_in_other_languages(text: str, minutes: int) -> None:
    assert read("estimated_mins", text) == (minutes, [])


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2 Tage", 960), ("1 Woche", 2400), ("3 jours", 1440), ("2 semaines", 4800), ("2 días", 960), ("2 dias", 960),
        ("1 semana", 2400), ("3 dagen", 1440), ("2 weken", 4800), ("P1W", 2400), ("P1DT2H", 600),
        ("5 days 1 hour 30 minutes", 2490),
    ],
)  # fmt: skip
def test_days_and_weeks_of_work_in_other_languages(text: str, minutes: int) -> None:
    assert read("estimated_mins", text) == (minutes, [("a day is taken as 8 hours of work", True)])


def test_a_bare_number_of_weeks_is_of_weeks_of_work() -> None:
    assert read("estimated_mins", "2", Style(unit="weeks")) == (
        4800,
        [("a day is taken as 8 hours of work", True)],
    )


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("Aufwand (Std.)", "hours"), ("Schätzung in Stunden", "hours"), ("Aufwand in Tagen", "days"),
        ("Durée (j)", "days"), ("Duración (horas)", "hours"), ("Tempo estimado (min.)", "minutes"),
        ("Geschat (uur)", "hours"), ("Time Estimated (ms)", "milliseconds"), ("Estimate (weeks)", "weeks"),
        ("Aufwand in Wochen", "weeks"), ("Hours per week", "hours"), ("Estimate this week", None),
    ],
)  # fmt: skip
def test_a_header_of_another_language_names_the_unit(title: str, unit: str | None) -> None:
    assert unit_of(title) == unit


@pytest.mark.parametrize("text", ["1.23E+15", "1,21143E+15", " 1.21143e+15 ", "1E+15", "-1.2E+15"])
def test_a_number_that_a_spreadsheet_has_shortened_is_mangled(text: str) -> None:
    assert is_mangled(text)


@pytest.mark.parametrize(
    "text", ["", "1211431234567890", "A-12", "86e5", "1E5", "12e34", "1.23E-15", "E+15", "1.23"]
)
def test_an_id_is_not_mangled(text: str) -> None:
    assert not is_mangled(text)


def test_milliseconds_and_seconds_as_tools_count() -> None:
    assert read("estimated_mins", "5400000", Style(unit="milliseconds")) == (90, [])
    assert read("estimated_mins", "5400", Style(unit="seconds")) == (90, [])
