"""Plan: a plan of faults read from JSON and refused, in one sentence, where it can't be carried out.

Knows every option with its default and kind; what they mean is told in `faults`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

from importer.sandbox import kinds, records, validation
from importer.sandbox.kinds import Kind
from importer.sandbox.parameters import MOST
from importer.sandbox.refusal import Refusal

# request → the fields that can be sent with it; only these requests create
CREATING: dict[str, Mapping[str, Any]] = {
    "POST tasks": validation.TASK,
    "POST tasks/bulk": validation.TASK,
    "POST projects": validation.PROJECT,
    "POST clients": validation.CLIENT,
    "POST tags": validation.TAG,
    "POST tags/bulk": validation.TAG,
}
# Of somebody else's task the owner may be told as well.
STRANGE = validation.TASK | {"toggl_user_id": int}
_KNOWN = records.NAMES.union(*CREATING.values())

SHAPES = ("list", "reversed", "shuffled", "more", "fewer")  # of lists, in any order
IDS = "ids"
ENVELOPES = ("data", "tasks", "object", "message", "empty", "null")  # last
_SHAPE = kinds.word(*SHAPES, IDS, *ENVELOPES)

_NAMES, _WRITTEN = kinds.names(_KNOWN), {"written": (0, kinds.WRITTEN)}
_STATUS = kinds.whole(200, 599)
# action → option → (default, kind)
ACTIONS: dict[str, dict[str, tuple[Any, Kind]]] = {
    "answer": {"status": (500, _STATUS), "headers": ({}, kinds.HEADERS), "body": (None, kinds.ANYTHING)}
    | _WRITTEN,
    "html": {"status": (502, _STATUS)} | _WRITTEN,
    "quota_spent": {"resets_in": (60, kinds.whole())} | _WRITTEN,
    "no_plan": {} | _WRITTEN,
    "slow_down": {"retry_after": (1, kinds.either(kinds.whole(), kinds.LINE))} | _WRITTEN,
    "redirect": {"status": (302, kinds.whole(300, 399)), "location": ("/login", kinds.LINE)} | _WRITTEN,
    "cut": {"sent": (-1, kinds.either(kinds.whole(-1), kinds.word("half"))), "written": (0, kinds.WRITTEN)},
    "late": {
        "status": (504, _STATUS),
        "seconds": (1.0, kinds.number()),
        "stamped": ("commit", kinds.word("request", "commit")),
        "cut": (False, kinds.FLAG),
    }
    | _WRITTEN,
    "delay": {"seconds": (1.0, kinds.number()), "after": (False, kinds.FLAG)},
    "forget": {},
    "twice": {},
    "reply": {
        "shape": ("list", kinds.either(_SHAPE, kinds.each("shapes", _SHAPE.fits))),
        "status": (201, kinds.whole(200, 299)),
        "count": (None, kinds.either(kinds.whole(), kinds.NOTHING)),
    },
    "change": {
        "set": ({}, kinds.OBJECT),
        "trim": ({}, kinds.lengths(_KNOWN)),
        **{name: ([], _NAMES) for name in ("drop", "strip", "collapse", "upper", "lower", "nfc", "instant")},
        "rows": (None, kinds.either(kinds.INDEXES, kinds.NOTHING)),
        "where": ("both", kinds.word("stored", "echoed", "both")),
    },
    "total": {
        "drop": (False, kinds.FLAG),
        "add": (0, kinds.whole(-(2**31))),
        "value": (None, kinds.either(kinds.whole(-(2**31)), kinds.NOTHING)),
    },
    "ignore": {"parameters": (["order_by"], kinds.TEXTS)},
    "rows": {"skip": (0, kinds.whole()), "repeat": (0, kinds.whole())},
    "meanwhile": {"create": ([], kinds.each("names and tasks", lambda one: isinstance(one, str | dict)))}
    | {"delete": ([], kinds.TEXTS)},
    "ndjson": {},
}
ENDINGS = {name for name, options in ACTIONS.items() if "written" in options}
_OF_CREATIONS = ("late", "forget", "twice", "reply")
_WHEN: dict[str, Kind] = {
    "nth": kinds.whole(1),
    "times": kinds.either(kinds.whole(1), kinds.NOTHING),
    "probability": kinds.number(0, 1),
    "if_query": kinds.TEXT,
    "if_body": kinds.TEXT,
}
_SETTINGS: dict[str, Kind] = {
    "quota": kinds.either(kinds.whole(), kinds.NOTHING),
    "quota_window": kinds.number(0.001),
    "required_fields": kinds.words_of(validation.CONSTRAINTS),
    "max_batch": kinds.whole(1),
    "max_batch_status": kinds.whole(400, 599),
    "max_body": kinds.either(kinds.whole(), kinds.NOTHING),
    **dict.fromkeys(("all_or_nothing", "skip_bad", "name_rows", "unique_external_ids"), kinds.FLAG),
    "content_type_required": kinds.FLAG,
    "over_100": kinds.word("refuse", "empty"),
    "ties": kinds.word("id", "shuffled"),
    "timezone": kinds.ZONE,
    "clock_skew": kinds.number(-(10.0**9), 10.0**9),
    "clock_step": kinds.number(),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for the whole workspace."""

    quota: int | None = None
    quota_window: float = 3600.0
    required_fields: list[str] = field(default_factory=list)
    max_batch: int = MOST
    max_batch_status: int = 400
    max_body: int | None = None
    all_or_nothing: bool = True
    skip_bad: bool = False
    name_rows: bool = True
    unique_external_ids: bool = False
    content_type_required: bool = True
    over_100: str = "refuse"
    ties: str = "id"
    timezone: str = "UTC"
    clock_skew: float = 0.0
    clock_step: float = 0.0


@dataclass(slots=True)
class Rule:
    """One line of the plan, with the count of the requests that it has met."""

    on: str
    do: str
    options: dict[str, Any]
    nth: int = 1
    times: int | None = None
    probability: float = 1.0
    if_query: str = ""
    if_body: str = ""
    met: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    settings: Settings
    rules: list[Rule]


def read(given: Any, routes: Iterable[str] = ()) -> Plan:
    """Raises ValueError with one sentence where the plan can't be carried out."""
    whole: Any = {} if given is None else {"rules": given} if isinstance(given, list) else given
    _only(whole, {"seed", "settings", "rules"}, "the fault plan")
    seed: Any = whole.get("seed", 1)
    rules: Any = whole.get("rules", [])
    kinds.whole().check("seed", seed, "the fault plan")
    Kind("a list", lambda value: isinstance(value, list)).check("rules", rules, "the fault plan")
    names = set(routes)
    return Plan(seed, _settings(whole.get("settings", {})), [_rule(rule, names) for rule in rules])


def _settings(given: Any) -> Settings:
    place = "the fault plan's settings"
    _only(given, {one.name for one in fields(Settings)}, place)
    for name, value in given.items():
        _SETTINGS[name].check(name, value, place)
    return Settings(**given)


def _rule(given: Any, routes: set[str]) -> Rule:
    if not isinstance(given, dict):
        raise ValueError(f"a rule of the fault plan must be an object, not {given!r}")
    do = given.get("do")
    if not isinstance(do, str) or do not in ACTIONS:
        raise ValueError(f"unknown action {do!r} in the fault plan; there are: {', '.join(ACTIONS)}")
    on = given.get("on", "* *")
    on = "* *" if on == "*" else on
    if not isinstance(on, str) or (routes and not any(fnmatchcase(route, on) for route in routes)):
        raise ValueError(f"{on!r} in the fault plan meets no request; write it like 'POST tasks/bulk'")
    place = f"the rule {do!r} of the fault plan"
    _only(given, {"on", "do", *_WHEN, *ACTIONS[do]}, place)
    when = {name: given[name] for name in _WHEN if name in given}
    options = {name: given.get(name, standard) for name, (standard, _) in ACTIONS[do].items()}
    for name, value in when.items():
        _WHEN[name].check(name, value, place)
    for name, value in options.items():
        ACTIONS[do][name][1].check(name, value, place)
    if "nth" in when:
        when.setdefault("times", 1)
    rule = Rule(on=on, do=do, options=options, **when)
    _sensible(rule, given, place)
    return rule


def _sensible(rule: Rule, given: Mapping[str, Any], place: str) -> None:
    """What no single option tells; brings `written` of a cut and `shape` into their full form."""
    options = rule.options
    creating = [route for route in CREATING if fnmatchcase(route, rule.on)]
    if rule.do in _OF_CREATIONS and not creating:
        raise ValueError(f"{place} is for requests that create; {rule.on!r} meets none")
    if rule.do == "twice" and all(route.startswith("POST tags") for route in creating):
        raise ValueError(f"{place} can't meet tags alone: their names are unique")
    if rule.do == "cut" and options["sent"] != -1:
        options["written"] = given.get("written", "all")
        if options["written"] in (0, []):
            raise ValueError(f"{place} sends a part of an answer, so something must be written")
    if rule.do == "reply":
        options["shape"] = _shapes(options["shape"], place)
    if rule.do == "change" and creating and options["where"] != "echoed":
        _storable(options, [CREATING[route] for route in creating], place)
    if rule.do == "meanwhile":
        options["create"] = [_task(one, place) for one in options["create"]]


def _shapes(given: str | list[str], place: str) -> list[str]:
    shapes = [given] if isinstance(given, str) else given
    ranks = [1 if one == IDS else 2 if one in ENVELOPES else 0 for one in shapes]
    if ranks != sorted(ranks) or any(ranks.count(rank) > 1 for rank in (1, 2)):
        raise ValueError(
            f"shape of {place} has to end with {IDS}, with one of {', '.join(ENVELOPES)}, or both"
        )
    return shapes


def _storable(change: Mapping[str, Any], bodies: list[Mapping[str, Any]], place: str) -> None:
    if "name" in change["drop"] or not change["set"].get("name", "some"):
        raise ValueError(f"{place} can't store a row without a name; say where='echoed'")
    for name, value in change["set"].items():
        kind = next((body[name] for body in bodies if name in body), None)
        if kind is None:
            raise ValueError(
                f"{place} can't store {name!r}, which is no field to be sent; say where='echoed'"
            )
        try:
            validation.shaped({name: value}, {name: kind}, "set")
        except Refusal as no:
            raise ValueError(f"{name} of {place} can't be stored as {value!r}: {no.description}") from None


def _task(given: str | dict[str, Any], place: str) -> dict[str, Any]:
    task = {"name": given} if isinstance(given, str) else given
    _only(task, set(STRANGE), f"a task of {place}")
    try:
        row = validation.shaped(task, STRANGE, "create")
    except Refusal as no:
        raise ValueError(f"a task of {place} is wrong: {no.description}") from None
    for failure in validation.broken(row):
        raise ValueError(f"a task of {place} is wrong: {failure.words('create')}")
    return row


def _only(given: Any, names: set[str], place: str) -> None:
    if not isinstance(given, dict):
        raise ValueError(f"{place} must be an object, not {given!r}")
    strange = sorted(set(given) - names)
    if strange:
        raise ValueError(f"{place} has no {strange[0]!r}; there are: {', '.join(sorted(names))}")
