"""Faults: a plan of what goes wrong, and when. Decides which rules a request meets; `fate` carries them out.

A plan is a list of rules, or {"seed": 1, "settings": {…}, "rules": […]}. A rule says when, and what:

    {"on": "POST tasks/bulk", "nth": 2, "do": "answer", "status": 500, "written": "all"}

on           "METHOD route", * for any: tasks, tasks/bulk, tasks/stream, tasks/by-external-id, tasks/{id},
             projects, clients, tags, tags/bulk, statuses, users, settings, task-constraints (see app.ROUTES)
nth, times   from the nth such request on, that many times; 1 with "nth", without end where both are left out
probability  chance of each, drawn by the plan's "seed"
if_query, if_body   only requests whose decoded query string or body holds this text

do           options (with their defaults) and what happens
answer       status=500 headers={} body=…            this, instead of the true answer (no body: an error body)
html         status=502                              a proxy's HTML page
quota_spent  resets_in=60                            402 quota_exceeded, remaining 0
no_plan      -                                       402 that is about the plan, quota left
slow_down    retry_after=1 (seconds or a date)       429
redirect     status=302 location=/login
cut          sent=-1                                 connection broken off: -1 before the status line, else
                                                     after so many bytes of the body, or "half"
  All of these take written=0: how much is written first: "all", or the first k tasks of a bulk.
late         status=504 seconds=1                    answered now, written after; at a stop, at once
delay        seconds=1 after=false                   before the work, or after writing
forget       -                                       answers as usual, keeps nothing
twice        -                                       writes everything twice, answers once
reply        shape="list" status=201 count=…         of creations: list, reversed, data, tasks, object, ids,
                                                     message, empty, null, fewer (count of them)
change       set={} trim={} drop=[] strip=[] upper=[] of tasks: replaced, cut to n characters, left out …;
             rows=[…] where="both"                   "stored": the echo shows what was sent; "echoed"
total        drop=false add=0 value=…                of list envelopes
ignore       parameters=["order_by"]                 query parameters, as if never sent
rows         skip=0 repeat=0                         a list leaves out its first rows, or gives them twice
meanwhile    create=[names] delete=[names]           somebody else is at work just before the request
ndjson       -                                       lists come as newline-delimited JSON

settings     quota, quota_window=3600 (the window starts anew) · required_fields=[] of project, description,
  tags · max_batch=100 (per bulk; max_batch_status=400) · max_body (bytes, else 413) · all_or_nothing=true;
  false: a bulk is written up to its first bad task, then refused; with skip_bad=true it is written without
  the bad ones · name_rows=true (refusals say Tasks[n]) · unique_external_ids=false (else 409) ·
  over_100="refuse" or "empty" · clock_skew=0, clock_step=0 (seconds; instants cut to whole steps)
"""

import random
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

_WRITTEN = {"written": 0}
# action → options and their defaults; None: no default
ACTIONS: dict[str, dict[str, Any]] = {
    "answer": {"status": 500, "headers": {}, "body": None} | _WRITTEN,
    "html": {"status": 502} | _WRITTEN,
    "quota_spent": {"resets_in": 60} | _WRITTEN,
    "no_plan": {} | _WRITTEN,
    "slow_down": {"retry_after": 1} | _WRITTEN,
    "redirect": {"status": 302, "location": "/login"} | _WRITTEN,
    "cut": {"sent": -1} | _WRITTEN,
    "late": {"status": 504, "seconds": 1.0},
    "delay": {"seconds": 1.0, "after": False},
    "forget": {},
    "twice": {},
    "reply": {"shape": "list", "status": 201, "count": None},
    "change": {"set": {}, "trim": {}, "drop": [], "strip": [], "upper": [], "rows": None, "where": "both"},
    "total": {"drop": False, "add": 0, "value": None},
    "ignore": {"parameters": ["order_by"]},
    "rows": {"skip": 0, "repeat": 0},
    "meanwhile": {"create": [], "delete": []},
    "ndjson": {},
}
ENDINGS = {*(name for name, options in ACTIONS.items() if "written" in options), "late"}
CHOICES = {
    "shape": ("list", "reversed", "data", "tasks", "object", "ids", "message", "empty", "null", "fewer"),
    "where": ("stored", "echoed", "both"),
    "over_100": ("refuse", "empty"),
    "required_fields": ("project", "description", "tags"),
}
_WHEN_STANDARD = {"nth": 1, "times": 1, "probability": 1.0, "if_query": "", "if_body": ""}
_WHEN = {"on", "do", *_WHEN_STANDARD}
# These may be words as well as numbers.
_WORDS = {"written": ("all",), "sent": ("half",)}


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for the whole workspace."""

    quota: int | None = None
    quota_window: float = 3600.0
    required_fields: list[str] = field(default_factory=list)
    max_batch: int = 100
    max_batch_status: int = 400
    max_body: int | None = None
    all_or_nothing: bool = True
    skip_bad: bool = False
    name_rows: bool = True
    unique_external_ids: bool = False
    over_100: str = "refuse"
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

    def strikes(self, request: str, query: str, body: str, dice: random.Random) -> bool:
        if not fnmatchcase(request, self.on) or self.if_query not in query or self.if_body not in body:
            return False
        self.met += 1
        if self.met < self.nth or (self.times is not None and self.met >= self.nth + self.times):
            return False
        return self.probability >= 1 or dice.random() < self.probability


class Faults:
    """A plan in force."""

    def __init__(self, plan: Any = None, routes: Iterable[str] = ()) -> None:
        """Raises ValueError with one sentence where the plan can't be carried out."""
        whole: dict[str, Any] = {"rules": plan} if isinstance(plan, list) else dict(plan or {})
        _only(whole, {"seed", "settings", "rules"}, "the fault plan")
        self.settings = _settings(whole.get("settings", {}))
        self._rules = [_rule(rule, set(routes)) for rule in whole.get("rules", [])]
        self._dice = random.Random(int(whole.get("seed", 1)))
        self._lock = threading.Lock()

    def met(self, method: str, route: str, query: str, body: bytes) -> list[Rule]:
        """The rules that this request meets, in the plan's order; asking counts the request."""
        text = body.decode("utf-8", "replace")
        with self._lock:
            return [r for r in self._rules if r.strikes(f"{method} {route}", query, text, self._dice)]


def _settings(given: Any) -> Settings:
    _only(given, {one.name for one in fields(Settings)}, "the fault plan's settings")
    standard = asdict(Settings())
    for name, value in given.items():
        _chosen(name, value, standard[name], "the fault plan's settings")
    return Settings(**given)


def _rule(given: Any, routes: set[str]) -> Rule:
    if not isinstance(given, dict):
        raise ValueError(f"a rule of the fault plan must be an object, not {given!r}")
    do = given.get("do")
    if do not in ACTIONS:
        raise ValueError(f"unknown action {do!r} in the fault plan; there are: {', '.join(ACTIONS)}")
    on = given.get("on", "* *")
    on = "* *" if on == "*" else on
    if not isinstance(on, str) or (routes and not any(fnmatchcase(route, on) for route in routes)):
        raise ValueError(f"{on!r} in the fault plan meets no request; write it like 'POST tasks/bulk'")
    place = f"the rule {do!r} of the fault plan"
    _only(given, _WHEN | set(ACTIONS[do]), place)
    when = {name: given[name] for name in _WHEN - {"on", "do"} if name in given}
    options = ACTIONS[do] | {name: value for name, value in given.items() if name in ACTIONS[do]}
    for name, value in {**when, **options}.items():
        _chosen(name, value, {**_WHEN_STANDARD, **ACTIONS[do]}[name], place)
    if "nth" in when:
        when.setdefault("times", 1)
    return Rule(on=on, do=do, options=options, **when)


def _only(given: Any, names: set[str], place: str) -> None:
    if not isinstance(given, dict):
        raise ValueError(f"{place} must be an object, not {given!r}")
    strange = sorted(set(given) - names)
    if strange:
        raise ValueError(f"{place} has no {strange[0]!r}; there are: {', '.join(sorted(names))}")


def _chosen(name: str, value: Any, standard: Any, place: str) -> None:
    kinds = (int, float) if isinstance(standard, float) else type(standard)
    # A date is the other form of Retry-After.
    fits = isinstance(value, kinds) or value in _WORDS.get(name, ()) or name == "retry_after"
    if standard is not None and not fits:
        raise ValueError(f"{name} of {place} can't be {value!r}")
    for one in value if isinstance(value, list) else [value]:
        if name in CHOICES and one not in CHOICES[name]:
            raise ValueError(f"{name} of {place} can't be {one!r}; there are: {', '.join(CHOICES[name])}")
