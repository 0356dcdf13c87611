"""Repeat rules: those that are certain, and those that are not."""

from datetime import datetime
from unicodedata import normalize

import pandas as pd
import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from importer.task.fields import BY_NAME
from importer.task.repeats import rule
from importer.task.values import convert

CERTAIN = [
    ("every day", "FREQ=DAILY"),
    ("Daily", "FREQ=DAILY"),
    ("jeden Tag", "FREQ=DAILY"),
    ("täglich", "FREQ=DAILY"),
    ("every weekday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("werktags", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("every Monday", "FREQ=WEEKLY;BYDAY=MO"),
    ("ev sun", "FREQ=WEEKLY;BYDAY=SU"),
    ("jeden Montag", "FREQ=WEEKLY;BYDAY=MO"),
    ("every 2 weeks", "FREQ=WEEKLY;INTERVAL=2"),
    ("alle 2 Wochen", "FREQ=WEEKLY;INTERVAL=2"),
    ("every other day", "FREQ=DAILY;INTERVAL=2"),
    ("every year", "FREQ=YEARLY"),
    ("every mon", "FREQ=WEEKLY;BYDAY=MO"),
    ("every other week", "FREQ=WEEKLY;INTERVAL=2"),
    (" Every  2   Weeks ", "FREQ=WEEKLY;INTERVAL=2"),
    ("wöchentlich", "FREQ=WEEKLY"),
    (normalize("NFD", "wöchentlich"), "FREQ=WEEKLY"),
    ("jede Woche", "FREQ=WEEKLY"),
    ("jeden Monat", "FREQ=MONTHLY"),
    ("jährlich", "FREQ=YEARLY"),
    ("every other tuesday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    ("every month", "FREQ=MONTHLY"),
    ("monatlich", "FREQ=MONTHLY"),
    ("every 3 months", "FREQ=MONTHLY;INTERVAL=3"),
    ("jedes Jahr", "FREQ=YEARLY"),
    ("RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"),
    ("freq=daily;count=3", "FREQ=DAILY;COUNT=3"),
]


@pytest.mark.parametrize(("text", "expected"), CERTAIN)
def test_a_certain_rule(text: str, expected: str) -> None:
    assert rule(text) == expected
    rrulestr(expected)


@pytest.mark.parametrize(
    "text",
    ["every! 3 days", "every 27th", "every 0 days", "every 2 mondays", "every morning", "every day at 9", "after 3 days",
     "every jan 4", "FREQ=SOMETIMES", "FREQ=WEEKLY;BYDAY=XX", "Monday", "",
     "every! day", "DTSTART:20260101T000000\nRRULE:FREQ=DAILY", "FREQ=DAILY\nFREQ=WEEKLY", "FREQ=DAILY;INTERVAL=0",
     "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;INTERVAL=", "https://example.com/?freq=1", "RRULE:FREQ=WEEKLY;TT_SKIP=HOLIDAY"],
)  # fmt: skip
def test_what_is_not_certain_is_no_rule(text: str) -> None:
    assert rule(text) is None


def test_a_rule_that_is_not_certain_is_a_loss_and_no_problem() -> None:
    made = convert(BY_NAME["repeat"], pd.Series(["every day", "every 27th"], index=[2, 3], dtype=object))
    assert made.values.tolist() == ["FREQ=DAILY", None]
    assert [(p.row, p.loss) for p in made.problems] == [(3, True)]


@given(
    st.integers(1, 999),
    st.sampled_from(
        [("day", "DAILY", 1), ("week", "WEEKLY", 7), ("Tage", "DAILY", 1), ("Wochen", "WEEKLY", 7)]
    ),
)
def test_every_so_many_days_is_a_rule_whose_days_lie_so_far_apart(
    times: int, unit: tuple[str, str, int]
) -> None:
    word, rate, days = unit
    text = rule(f"alle {times} {word}" if word[0].isupper() else f"every {times} {word}s")
    assert text is not None
    assert text.startswith(f"FREQ={rate}")
    first, second = rrulestr(f"{text};COUNT=2", dtstart=datetime(2026, 3, 2))
    assert (second - first).days == times * days


@given(st.text())
def test_no_text_at_all_breaks_the_reading_of_a_rule(text: str) -> None:
    for told in (text, f"RRULE:FREQ=DAILY;{text}"):
        found = rule(told)
        if found is not None:
            rrulestr(found)
