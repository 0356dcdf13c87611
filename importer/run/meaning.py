"""What an answer to a POST of tasks means. One pure function, tested as a table.

| answer | meaning |
|---|---|
| 201 or 200 with tasks of what was sent, as many as were sent | Created |
| the same with fewer | Created for those paired, Unclear for the others |
| 201 with nothing that names tasks (empty, a message, bare ids in the right number) | Created, ids unknown |
| 400, 409, 413, 422 | Refused |
| 402 with the quota spent, 429 | NotNow |
| 401, 402 of a plan, 403, 404, any other 4xx | Stop |
| name not found, connection refused, TLS, connect timeout | NeverSent |
| everything else: 5xx, timeout, reset, cut or unreadable body, other 2xx, 3xx, HTML | Unclear |

Documented are 201, 400, 403 and 500; 402 as spent quota has been seen; the rest is caution.
Tasks are paired with what was sent by content, never by position alone: no page promises order.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from importer.focus.answers import Answer, Refusal
from importer.run.drafts import Body

DATES = ("start_date", "end_date", "priority_at")
NEVER_ECHOED = ("integration_source", "integration_ext_id")
IDENTITY = ("name", "project_id", "parent_task_id")


@dataclass(frozen=True, slots=True)
class Landed:
    """One sent body that is a task now. `id` None: not told. `changed`: field → what was kept."""

    index: int
    id: int | None = None
    changed: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Created:
    """`landed` for each body that was paired; `unclear` are the indexes of the others."""

    landed: tuple[Landed, ...]
    unclear: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The server took none. `index` names the bad body where the error does; `limit` a batch size."""

    refusal: Refusal
    status: int
    index: int | None = None
    limit: int | None = None


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
    if status in (400, 409, 413, 422):
        return Refused(refusal, status, *_clues(refusal, status, len(sent)))
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
    tasks = [t for t in body if isinstance(t, dict) and _id(t) is not None and "name" in t]
    return list({task["id"]: task for task in reversed(tasks)}.values())[::-1]


def _says_nothing(body: Any, count: int) -> bool:
    """Whether a 201 is empty, a message, or just ids, as many as were sent."""
    if isinstance(body, dict) and set(body) == {"data"}:
        body = body["data"]
    if isinstance(body, dict) and set(body) == {"ids"}:
        body = body["ids"]
    if isinstance(body, list):
        ids = {
            i if _is_id(i) else i.get("id")
            for i in body
            if _is_id(i) or (isinstance(i, dict) and set(i) == {"id"})
        }
        return not body or len(ids) == len(body) == count
    if isinstance(body, dict):
        return set(body) <= {"message", "status", "success", "ok"} and False not in body.values()
    return body is None or isinstance(body, str)


def pair(
    sent: Sequence[Body], tasks: Sequence[dict[str, Any]], *, all_ours: bool = True
) -> tuple[tuple[Landed, ...], tuple[int, ...]]:
    """Pair bodies and tasks one to one by content, and name the bodies left over.

    First those that agree in every sent field, the fullest bodies first, since a sparse one agrees
    with its fuller twin as well; then those that differ in a name alone that was cut or came back
    in other case; then those of the same project and parent and of the same name, or of such a
    one. Where as many tasks came as were sent, what is left over landed as well (`all_ours`): the
    last one under the last id, several under no id, since whose it is can't be told. A task of
    which nothing sent speaks is left alone.
    """
    free: dict[int, dict[str, Any]] = dict(enumerate(tasks))
    found: dict[int, int] = {}
    fullest = sorted(range(len(sent)), key=lambda index: -len(sent[index]))

    def match(shelf_of: Callable[[Body], Any], agree: Callable[[Body, Body], bool]) -> None:
        shelves: dict[Any, list[int]] = {}
        for place, task in free.items():
            shelves.setdefault(shelf_of(task), []).append(place)
        for index in fullest:
            if index in found:
                continue
            shelf = shelves.get(shelf_of(sent[index]), [])
            for place in shelf:
                if agree(sent[index], free[place]):
                    shelf.remove(place)
                    found[index] = place
                    del free[place]
                    break

    match(lambda it: canonical("name", it.get("name")), lambda body, task: not differences(body, task))
    if free and len(found) < len(sent):
        match(lambda it: identity(it)[1:], _same_but_for_name)
    if free and len(found) < len(sent):
        match(identity, lambda body, task: True)
    if free and len(found) < len(sent):
        match(lambda it: identity(it)[1:], lambda body, task: _cut(body.get("name"), task.get("name")))
    nameless: list[int] = []
    if free and len(found) < len(sent) and len(tasks) == len(sent) and all_ours:
        nameless = [index for index in range(len(sent)) if index not in found]
        if len(nameless) == 1:
            found[nameless.pop()] = next(iter(free))
    landed = [
        Landed(index, _id(tasks[place]), tuple(differences(sent[index], tasks[place])))
        for index, place in found.items()
    ]
    landed += [Landed(index) for index in nameless]
    taken = found.keys() | set(nameless)
    left = tuple(index for index in range(len(sent)) if index not in taken)
    return tuple(sorted(landed, key=lambda one: one.index)), left


def _same_but_for_name(body: Body, task: Body) -> bool:
    return _cut(body.get("name"), task.get("name")) and {n for n, _ in differences(body, task)} <= {"name"}


def _cut(sent: Any, kept: Any) -> bool:
    """Whether a kept name is a sent one in other case or blanks, or its beginning."""
    ours, theirs = (" ".join(str(name or "").casefold().split()) for name in (sent, kept))
    return bool(theirs) and ours.startswith(theirs)


def differences(body: Body, task: Body) -> list[tuple[str, Any]]:
    """The fields that `body` sent and `task` shows otherwise, with what it shows."""
    return [
        (name, kept)
        for name, value in body.items()
        if name not in NEVER_ECHOED and canonical(name, value) != canonical(name, kept := _shown(task, name))
    ]


def identity(it: Body) -> tuple[Any, ...]:
    return tuple(canonical(name, _shown(it, name)) for name in IDENTITY)


def canonical(name: str, value: Any) -> Any:
    """One form for values that mean the same: trimmed NFC text, days, sorted ids, nothing is None."""
    if value is None or value is False or value == "" or value == []:
        return None
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if name in DATES:
            text = text[:10]
        elif name == "rrule":
            text = text.removeprefix("RRULE:")
        elif name == "color":
            text = text.lower()
        elif name == "priority" and text == "none":
            return None
        return text or None
    if isinstance(value, list | tuple):
        return tuple(sorted(value, key=str))
    return value


def _shown(task: Body, name: str) -> Any:
    """The field as the task shows it, or by its nested object."""
    value = task.get(name)
    nested = {"project_id": "project", "status_id": "status", "parent_task_id": "parent"}.get(name)
    if value is None and nested and isinstance(task.get(nested), dict):
        return task[nested].get("id")
    if value is None and name == "tag_ids" and isinstance(task.get("tags"), list):
        return [tag.get("id") for tag in task["tags"] if isinstance(tag, dict)]
    return value


_INDEX = re.compile(r"[Tt]asks\[(\d+)\]")
_TOO_MANY = re.compile(r"for 'Tasks' failed on the 'max' tag")
_MOST = re.compile(r"(?:at most|max\w*)\D{0,20}(\d+)\s*(?:tasks|items)", re.IGNORECASE)


def _clues(refusal: Refusal, status: int, count: int) -> tuple[int | None, int | None]:
    """The index of the bad body, and a batch size to go on with, where the error names them."""
    text = f"{refusal.description} {refusal.values or ''}"
    named = {int(i) for i in _INDEX.findall(text)}
    index = next(iter(named)) if len(named) == 1 and max(named) < count else None
    limit = None
    if status == 413 or (_TOO_MANY.search(text) and not named):
        limit = max(1, count // 2)
        if most := _MOST.search(text):
            limit = max(1, min(count - 1, int(most[1])))
    return index, limit


def _id(task: dict[str, Any]) -> int | None:
    return task["id"] if _is_id(task.get("id")) else None


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
