"""Repeat rules: those that are certain, and those that are not."""

import pandas as pd
import pytest
from dateutil.rrule import rrulestr

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
     "every jan 4", "FREQ=SOMETIMES", "FREQ=WEEKLY;BYDAY=XX", "Monday", ""],
)  # fmt: skip
def test_what_is_not_certain_is_no_rule(text: str) -> None:
    assert rule(text) is None


def test_a_rule_that_is_not_certain_is_a_loss_and_no_problem() -> None:
    made = convert(BY_NAME["repeat"], pd.Series(["every day", "every 27th"], index=[2, 3], dtype=object))
    assert made.values.tolist() == ["FREQ=DAILY", None]
    assert [(p.row, p.loss) for p in made.problems] == [(3, True)]
