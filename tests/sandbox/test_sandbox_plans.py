"""Plans that can't be carried out are refused in one sentence, before anything is made."""

from typing import Any

import pytest
from sandbox_caller import Start

from importer.sandbox import faults, plan
from importer.sandbox.app import NAMES
from importer.sandbox.plan import ACTIONS, Settings

BULK = "POST tasks/bulk"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            [{"on": BULK, "do": "explode"}],
            "unknown action 'explode' in the fault plan; there are: answer, html",
        ),
        ([{"on": BULK}], "unknown action None"),
        ([{"on": "POST task/bulk", "do": "answer"}], "'POST task/bulk' in the fault plan meets no request"),
        ([{"on": BULK, "do": "delay", "second": 1}], "the rule 'delay' of the fault plan has no 'second'"),
        (
            [{"on": BULK, "do": "delay", "seconds": "long"}],
            "seconds of the rule 'delay' of the fault plan can't be 'long'",
        ),
        ([{"on": BULK, "do": "cut", "written": "some"}], "written of the rule 'cut'"),
        ([{"on": BULK, "do": "answer", "nth": "two"}], "nth of the rule 'answer'"),
        (
            [{"on": BULK, "do": "reply", "shape": "circle"}],
            "shape of the rule 'reply' of the fault plan can't be 'circle'",
        ),
        (["fail"], "a rule of the fault plan must be an object, not 'fail'"),
        ({"settings": {"quota": 5, "speed": 1}}, "the fault plan's settings has no 'speed'"),
        (
            {"settings": {"required_fields": ["colour"]}},
            "required_fields of the fault plan's settings can't be ['colour']; it must be a list of these words: "
            "project, description, tags",
        ),
        ({"settings": {"max_batch": "few"}}, "max_batch of the fault plan's settings can't be 'few'"),
        ({"rule": []}, "the fault plan has no 'rule'"),
        ("fail", "the fault plan must be an object, not 'fail'"),
        (0, "the fault plan must be an object, not 0"),
        ({"rules": {}}, "rules of the fault plan can't be {}; it must be a list"),
        ({"seed": "one"}, "seed of the fault plan can't be 'one'; it must be a whole number from 0"),
        ({"settings": None}, "the fault plan's settings must be an object, not None"),
        ({"settings": {"timezone": "Mars/Olympus"}}, "timezone of the fault plan's settings can't be"),
        (
            [{"on": "GET tags", "do": "late"}],
            "the rule 'late' of the fault plan is for requests that create;",
        ),
        ([{"on": "GET *", "do": "reply"}], "the rule 'reply' of the fault plan is for requests that create;"),
        ([{"on": "POST tags*", "do": "twice"}], "the rule 'twice' of the fault plan can't meet tags alone"),
        (
            [{"do": "cut", "sent": 5, "written": 0}],
            "the rule 'cut' of the fault plan sends a part of an answer",
        ),
        (
            [{"on": BULK, "do": "reply", "shape": ["data", "shuffled"]}],
            "shape of the rule 'reply' of the fault plan has to end with ids, with one of data,",
        ),
        (
            [{"on": BULK, "do": "change", "drop": ["name"]}],
            "the rule 'change' of the fault plan can't store a row without a name; say where='echoed'",
        ),
        (
            [{"on": BULK, "do": "change", "set": {"colour": "red"}}],
            "the rule 'change' of the fault plan can't store 'colour', which is no field to be sent;",
        ),
        (
            [{"on": BULK, "do": "change", "set": {"position": "first"}}],
            "position of the rule 'change' of the fault plan can't be stored as 'first': json: cannot unmarshal",
        ),
        (
            [{"do": "meanwhile", "create": [{"name": "A", "colour": "red"}]}],
            "a task of the rule 'meanwhile' of the fault plan has no 'colour'",
        ),
        (
            [{"do": "meanwhile", "create": [{"name": "A", "priority": "urgent"}]}],
            "a task of the rule 'meanwhile' of the fault plan is wrong: Key: 'create.Priority'",
        ),
    ],
)
def test_a_wrong_plan_is_told_in_one_sentence(start: Start, given: Any, words: str) -> None:
    with pytest.raises(ValueError) as caught:
        start(faults=given)
    assert str(caught.value).startswith(words) and "\n" not in str(caught.value)


def test_the_table_of_the_module_names_every_action_and_option() -> None:
    for action, options in ACTIONS.items():
        assert f"\n{action} " in str(faults.__doc__)
        assert all(option in str(faults.__doc__) for option in options)
    assert all(name in str(faults.__doc__) for name in Settings.__dataclass_fields__)


WRONG: list[tuple[str, str, list[Any]]] = [
    ("answer", "status", [99, 199, 600, "500", 500.0, True, None]),
    ("answer", "written", [-1, "none", [1, "2"], [-1], 1.5, None, True]),
    ("answer", "nth", [0, -1, 1.5, None]),
    ("answer", "times", [0, "2", 0.5]),
    ("answer", "probability", [-0.1, 1.1, "half", float("nan"), True]),
    ("answer", "if_body", [None, 5]),
    ("answer", "headers", [[], {"X Y": "1"}, {"X": 1}, {"X": "a\r\nb"}, {"content-length": "5"}, {"": "x"}]),
    ("html", "status", [0, "502"]),
    ("quota_spent", "resets_in", [-1, "60"]),
    ("slow_down", "retry_after", [-1, None, "a\nb", 1.5]),
    ("redirect", "status", [200, 400]),
    ("redirect", "location", [None, 5, "a\r\nb"]),
    ("cut", "sent", [-2, "all", 1.5, None]),
    ("late", "seconds", [-1, "1", float("inf"), float("nan"), 10**9]),
    ("late", "stamped", ["later", None]),
    ("late", "cut", ["yes", 1]),
    ("delay", "after", ["no", 0]),
    ("reply", "shape", ["circle", ["circle"], 5, None, [["list"]]]),
    ("reply", "status", [404, 99]),
    ("reply", "count", [-1, "1"]),
    ("change", "set", [[], "notes"]),
    ("change", "trim", [{"nmae": 3}, {"name": -1}, {"name": "3"}, ["name"]]),
    ("change", "drop", [["nmae"], "notes", [5], [["notes"]]]),
    ("change", "instant", ["start_date", ["start"]]),
    ("change", "rows", [[-1], ["1"], 1]),
    ("total", "drop", ["yes"]),
    ("total", "add", ["1", None, 1.5]),
    ("total", "value", ["1", 1.5]),
    ("ignore", "parameters", ["order_by", [1]]),
    ("rows", "skip", [-1, "1", None]),
    ("meanwhile", "create", ["A", [5], [None]]),
    ("meanwhile", "delete", ["A", [5]]),
]


@pytest.mark.parametrize(
    ("do", "option", "value"), [(do, option, one) for do, option, values in WRONG for one in values]
)
def test_every_option_has_its_kind(do: str, option: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{option} of the rule '{do}' of the fault plan can't be ") as no:
        plan.read([{"on": BULK, "do": do, option: value}], NAMES)
    assert "\n" not in str(no.value) and "; it must be " in str(no.value)


@pytest.mark.parametrize("name", sorted(Settings.__dataclass_fields__))
def test_every_setting_has_its_kind(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} of the fault plan's settings can't be "):
        plan.read({"settings": {name: {"no": "such"}}}, NAMES)
    standard = getattr(Settings(), name)
    assert getattr(plan.read({"settings": {name: standard}}, NAMES).settings, name) == standard


def test_every_default_is_of_its_own_kind() -> None:
    for do in ACTIONS:
        (rule,) = plan.read([{"on": BULK, "do": do}], NAMES).rules
        assert rule.options.keys() == ACTIONS[do].keys()


def test_every_field_that_is_shown_can_be_named(start: Start) -> None:
    caller = start(tasks=30)
    asked = [("include_assignees", "true"), ("with_entries", "true"), ("include_rates", "true")]
    shown = set().union(*(task.keys() for task in caller.get("tasks", *asked).json()["data"]))
    shown |= caller.post("tasks", {"name": "A"}).json().keys()
    plan.read([{"on": "GET tasks", "do": "change", "drop": sorted(shown)}], NAMES)
