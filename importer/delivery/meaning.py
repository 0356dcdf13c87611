"""What an answer to a POST of tasks means. One pure function, tested as a table.

| answer | meaning |
|---|---|
| 201 or 200 with tasks of what was sent, as many as were sent | Created |
| the same with fewer | Created for those paired, Unclear for the others |
| 201 with an empty list | fewer: all Unclear |
| 201 with nothing that names tasks (empty, a message, bare ids in the right number) | Created, ids unknown |
| 400, 403, 404, 409, 413, 422 | Refused; after 403 and 404 the list is asked whether it is the rows' fault |
| 402 with the quota spent, 429 | NotNow |
| 401, 402 of a plan, any other 4xx | Stop |
| name not found, connection refused, TLS, connect timeout | NeverSent |
| everything else: 5xx, timeout, reset, cut or unreadable body, other 2xx, 3xx, HTML | Unclear |

Documented are 201, 400, 403 and 500; 402 as spent quota has been seen; the rest is caution.
Tasks are paired with what was sent by content (`pairing`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from importer.delivery.drafts import Body
from importer.delivery.pairing import Landed, is_id, pair, task_id
from importer.focus.answers import Answer, Refusal
from importer.task.fields import BODY


@dataclass(frozen=True, slots=True)
class Created:
    """`landed` for each body that was paired; `unclear` are the indexes of the others."""

    landed: tuple[Landed, ...]
    unclear: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The server took none. `index` names the bad body where the error does, `field` what is wrong
    with it; `limit` a batch size."""

    refusal: Refusal
    status: int
    index: int | None = None
    limit: int | None = None
    field: str | None = None
    first: int | None = None  # of the bodies that the error names

    @property
    def words(self) -> str:
        return str(self.refusal) or f"the server refused it ({self.status})"


@dataclass(frozen=True, slots=True)
class NotNow:
    """The quota is spent, or too much at once: wait so many seconds (None: nobody says)."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class NeverSent:
    why: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """The tasks may be there or not."""

    why: str


@dataclass(frozen=True, slots=True)
class Stop:
    """No row's fault, and no use in going on."""

    refusal: Refusal
    status: int


Meaning: TypeAlias = Created | Refused | NotNow | NeverSent | Unclear | Stop


def meaning(answer: Answer, sent: Sequence[Body]) -> Meaning:
    """Decide what `answer` says about the bodies that were `sent`."""
    status = answer.status
    if status is None:
        why = answer.trouble or "no answer came"
        return Unclear(why) if answer.sent else NeverSent(why)
    if status in (200, 201):
        return _created(answer, sent)
    refusal = answer.refusal
    if status in (400, 403, 404, 409, 413, 422):
        index, limit = _clues(refusal, status, len(sent))
        return Refused(
            refusal, status, index, limit, field_named(refusal), min(_named(refusal), default=None)
        )
    if status == 429:
        waits = [s for s in (answer.retry_after, answer.quota.resets_in) if s is not None]
        return NotNow(waits[0] if waits else None)
    if status == 402 and (answer.quota.remaining == 0 or refusal.error == "quota_exceeded"):
        return NotNow(answer.quota.resets_in)
    if 400 <= status < 500:
        return Stop(refusal, status)
    return Unclear(f"the server answered {status}" + (f" ({refusal})" if str(refusal) else ""))


def _created(answer: Answer, sent: Sequence[Body]) -> Meaning:
    if not answer.readable:
        return Unclear(f"the answer {answer.status} could not be read")
    tasks = tasks_of(answer.body)
    if tasks:
        landed, left = pair(sent, tasks, all_ours=answer.status == 201)
        if landed:
            return Created(landed, left)
    if answer.status == 201 and (answer.body == [] or answer.body == {"data": []}):
        return Created((), tuple(range(len(sent))))
    if answer.status == 201 and not tasks and _says_nothing(answer.body, len(sent)):
        return Created(tuple(Landed(index) for index in range(len(sent))))
    return Unclear(f"the answer {answer.status} does not show the tasks that were sent")


def tasks_of(body: Any) -> list[dict[str, Any]]:
    """The tasks of an answer, each id once: a list, a list under `data` or `tasks`, or one task alone."""
    if isinstance(body, dict):
        inner = next((body[k] for k in ("data", "tasks", "task") if k in body), None)
        body = [body] if inner is None else inner if isinstance(inner, list) else [inner]
    if not isinstance(body, list):
        return []
    tasks = [t for t in body if isinstance(t, dict) and task_id(t) is not None and "name" in t]
    return list({task["id"]: task for task in reversed(tasks)}.values())[::-1]


def _says_nothing(body: Any, count: int) -> bool:
    """Whether a 201 is empty, a message, or just ids, as many as were sent."""
    if isinstance(body, dict) and set(body) == {"data"}:
        body = body["data"]
    if isinstance(body, dict) and set(body) == {"ids"}:
        body = body["ids"]
    if isinstance(body, list):
        ids = {
            i if is_id(i) else i.get("id")
            for i in body
            if is_id(i) or (isinstance(i, dict) and set(i) == {"id"})
        }
        return len(ids) == len(body) == count
    if isinstance(body, dict):
        return set(body) <= {"message", "status", "success", "ok"} and False not in body.values()
    return body is None or isinstance(body, str)


_INDEX = re.compile(r"[Tt]asks\[(\d+)\]")
_TOO_MANY = re.compile(r"for 'Tasks' failed on the 'max' tag")
_MOST = re.compile(r"(?:at most|max\w*)\D{0,20}(\d+)\s*(?:tasks|items)", re.IGNORECASE)


def _named(refusal: Refusal) -> set[int]:
    """The indexes of the bodies that an error names."""
    return {int(i) for i in _INDEX.findall(f"{refusal.description} {refusal.values or ''}")}


def _clues(refusal: Refusal, status: int, count: int) -> tuple[int | None, int | None]:
    """The index of the bad body, and a batch size to go on with, where the error names them."""
    text = f"{refusal.description} {refusal.values or ''}"
    named = _named(refusal)
    index = next(iter(named)) if len(named) == 1 and max(named) < count else None
    limit = None
    if status == 413 or (_TOO_MANY.search(text) and not named):
        limit = max(1, count // 2)
        if most := _MOST.search(text):
            limit = max(1, min(count - 1, int(most[1])))
    return index, limit


_GO_FIELD = re.compile(r"for '(\w+)' failed|Key: '[\w.\[\]]*?(\w+)'")
_API_FIELD = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
DEMANDED = {
    "project": "project_id",
    "tags": "tag_ids",
    "description": "description",
}  # task-constraints' words
_PLAIN = {field.name.replace("_", ""): field.name for field in BODY} | DEMANDED


def field_named(refusal: Refusal) -> str | None:
    """The one body field that an error names, in Go's spelling or the API's; None: none, or several."""
    words = [word for pair in _GO_FIELD.findall(refusal.description) for word in pair if word]
    words += _API_FIELD.findall(refusal.description)
    if isinstance(refusal.values, dict):
        fields = refusal.values.get("fields")
        words += map(str, fields if isinstance(fields, list) else refusal.values)
    named = {_PLAIN.get(word.split(".")[-1].replace("_", "").casefold()) for word in words} - {None}
    return named.pop() if len(named) == 1 else None
