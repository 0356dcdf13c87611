"""Faults: a plan of what goes wrong, and when. Decides which rules a request meets; `fate` carries them out.

A plan is a list of rules, or {"seed": 1, "settings": {…}, "rules": […]}. A rule says when, and what:

    {"on": "POST tasks/bulk", "nth": 2, "do": "answer", "status": 500, "written": "all"}

on           "METHOD route", * for any: tasks, tasks/bulk, tasks/stream, tasks/by-external-id, tasks/{id},
             projects, clients, tags, tags/bulk, statuses, users, settings, task-constraints (see app.ROUTES)
nth, times   from the nth such request on, that many times; 1 with "nth", without end where both are left out
probability  chance of each, drawn by the plan's "seed"
if_query, if_body   only requests whose decoded query string or body (\u00e9 and é are one) holds this text

do           options (with their defaults) and what happens
answer       status=500 headers={} body=…            this, instead of the true answer (no body: an
                                                     error body); a header of null is left out
html         status=502                              a proxy's HTML page, without the API's headers
quota_spent  resets_in=60                            402 quota_exceeded, remaining 0
no_plan      -                                       402 that is about the plan, quota left
slow_down    retry_after=1 (seconds or a date)       429
redirect     status=302 location=/login
cut          sent=-1                                 connection broken off: -1 before the status line, else
                                                     after so many bytes of the body, or "half"
late         status=504 seconds=1 cut=false          answered now (201: as if all were there; cut: broken
             stamped="commit"                        off), written after, at a stop at once; "request":
                                                     created_at is that of the request
  All of these take written=0: what is written before the answer: "all", the first k rows of a creation, or
  the rows [0, 2, …]. With 0 the request is not even looked at (late does, and writes all of it later); else
  it is carried out, and where it is refused, that is the answer (which a cut cuts). A cut that sends
  something of the answer writes "all" unless told otherwise.
delay        seconds=1 after=false                   before the work, or after writing
forget       -                                       answers as usual, keeps nothing
twice        -                                       writes everything twice, answers once; tags, whose names
                                                     are unique, once
reply        shape="list" status=201 count=…         list, reversed, shuffled, more (a stranger's in front),
                                                     fewer (count of them), ids, data, tasks, object, message,
                                                     empty, null; or several: ["shuffled", "data"]
  These four, from late on, are of creations: tasks, projects, clients, tags.
change       set={} trim={} drop=[] strip=[]         values replaced, cut to n characters, left out, trimmed,
             collapse=[] upper=[] lower=[] nfc=[]    runs of blanks made one, in another case, composed, dates
             instant=[] rows=[…] where="both"        as midnights. "stored": the echo shows what was sent;
                                                     "echoed": kept as sent. Of what is read and created
total        drop=false add=0 value=…                of list envelopes
ignore       parameters=["order_by"]                 query parameters, as if never sent
rows         skip=0 repeat=0                         a list leaves out its first rows, or gives them twice
meanwhile    create=[names, tasks] delete=[names]    somebody else is at work just before the request; tasks
                                                     as in a body, with toggl_user_id for another owner
ndjson       -                                       lists come as newline-delimited JSON

settings     quota, quota_window=3600 (the window starts anew) · required_fields=[] of project, description,
  tags · max_batch=100 (per bulk; max_batch_status=400) · max_body (bytes, else 413) · all_or_nothing=true;
  false: a bulk is written up to its first bad task, then refused; with skip_bad=true it is written without
  the bad ones · name_rows=true (refusals say Tasks[n]) · unique_external_ids=false (else 409) ·
  content_type_required=true (of bodies: 400 unless application/json) · over_100="refuse" or "empty" ·
  ties="id" or "shuffled" (what an order leaves open is in another order at each request) · timezone="UTC"
  (of the person who asks) · clock_skew=0, clock_step=0 (seconds; instants cut to whole steps)
"""

import json
import random
import threading
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from importer.sandbox import plan
from importer.sandbox.plan import Rule


class Faults:
    """A plan in force."""

    def __init__(self, given: Any = None, routes: Iterable[str] = ()) -> None:
        """Raises ValueError with one sentence where the plan can't be carried out."""
        read = plan.read(given, routes)
        self.settings = read.settings
        self._rules = read.rules
        self._dice = random.Random(read.seed)
        self._salts = random.Random(read.seed)
        self._lock = threading.Lock()

    def met(self, method: str, route: str, query: str, body: bytes) -> list[Rule]:
        """The rules that this request meets, in the plan's order; asking counts the request."""
        text = _readable(body) if any(rule.if_body for rule in self._rules) else ""
        with self._lock:
            return [rule for rule in self._rules if self._strikes(rule, f"{method} {route}", query, text)]

    def salt(self) -> int | None:
        """What shuffles the ties of one answer; None where they are in order of id."""
        if self.settings.ties == "id":
            return None
        with self._lock:
            return self._salts.randrange(2**20, 2**31 - 1)

    def _strikes(self, rule: Rule, request: str, query: str, body: str) -> bool:
        if not fnmatchcase(request, rule.on) or rule.if_query not in query or rule.if_body not in body:
            return False
        rule.met += 1
        if rule.met < rule.nth or (rule.times is not None and rule.met >= rule.nth + rule.times):
            return False
        return rule.probability >= 1 or self._dice.random() < rule.probability


def _readable(body: bytes) -> str:
    """The body as it came, and again without the escapes that JSON leaves to the sender's taste."""
    text = body.decode("utf-8", "replace")
    try:
        return f"{text}\n{json.dumps(json.loads(text), ensure_ascii=False)}"
    except (ValueError, RecursionError):
        return text
