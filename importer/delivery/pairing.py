"""Pairing: which of the tasks that the workspace shows are which of the bodies that were sent. Pure.

By content alone, never by position: no page promises an order. Two uses: the tasks of an answer (`pair`), and
the tasks that a reading found after an answer that left it open (`exact`, then `may_be`).
"""

import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from importer.delivery.drafts import Body
from importer.task.fields import BODY

DATES = ("start_date", "end_date", "priority_at")
NEVER_ECHOED = ("integration_source", "integration_ext_id")
IDENTITY = ("name", "project_id", "parent_task_id")
_WRITTEN = ("notes", "description")  # by people alone: where a row has none, its task has none
# What a server fills in by itself: no sign that a task is another one than was sent.
_FILLED_IN = ("status_id", "position", "color")

Task = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Landed:
    """One sent body that is a task now. `id` None: not told. `changed`: field → what was kept."""

    index: int
    id: int | None = None
    changed: tuple[tuple[str, Any], ...] = ()


def pair(
    sent: Sequence[Body], tasks: Sequence[Task], *, all_ours: bool = True
) -> tuple[tuple[Landed, ...], tuple[int, ...]]:
    """Pair bodies and the tasks of an answer one to one, and name the bodies left over.

    First those that agree in every sent field, be it for a name in other case; the fullest bodies
    first, since a sparse one agrees with its fuller twin as well. Then those whose name alone was
    cut; then those of the same project and parent and of the same name, or of such a
    one. Where as many tasks came as were sent, what is left over landed as well (`all_ours`): the
    last one under the last id, several under no id, since whose it is can't be told. A task of
    which nothing sent speaks is left alone.
    """
    free = dict(enumerate(tasks))
    found: dict[int, Task] = {}
    for shelf_of, agree in (
        (lambda it: (_folded(it.get("name")), *_place(it)), _same_but_for_name),
        (_place, _same_but_for_name),
        (identity, lambda body, task: True),
        (_place, lambda body, task: _cut(body.get("name"), task.get("name"))),
    ):
        if free and len(found) < len(sent):
            contested = _match(sent, free, found, shelf_of, agree, sure=len(tasks) < len(sent))
            free = {place: task for place, task in free.items() if place not in contested}
    nameless: list[int] = []
    if free and len(found) < len(sent) and len(tasks) == len(sent) and all_ours:
        nameless = [index for index in range(len(sent)) if index not in found]
        if len(nameless) == 1:
            found[nameless.pop()] = next(iter(free.values()))
    landed = [
        Landed(index, task_id(task), tuple(differences(sent[index], task))) for index, task in found.items()
    ]
    landed += [Landed(index) for index in nameless]
    taken = found.keys() | set(nameless)
    left = tuple(index for index in range(len(sent)) if index not in taken)
    return tuple(sorted(landed, key=lambda one: one.index)), left


def exact(
    sent: Sequence[Body],
    free: dict[int, Task],
    ignoring: Collection[str] = (),
    *,
    series: bool = True,
    first: int = 0,
) -> dict[int, Task]:
    """Index → the task that agrees in every sent field; what is found leaves `free`.

    `ignoring` are fields that this server changes. Of several the one is taken that has least
    beyond what was sent. With `series` False an instance of a series agrees with no body without
    a repeat rule of its own. The `first` bodies choose first where a task is as like to another.
    """
    found: dict[int, Task] = {}

    def agree(body: Body, task: Task) -> bool:
        if any(name not in body and canonical(name, task.get(name)) is not None for name in _WRITTEN):
            return False
        if not series and not body.get("rrule") and (task.get("rrule") or task.get("recurring_task_id")):
            return False
        if not body.get("parent_task_id") and shown(task, "parent_task_id") is not None:
            return False  # nobody gives a row without a parent one
        return {name for name, _ in differences(body, task, ignoring)} <= {"name"}

    # Names in other case take part, so that a sparse twin doesn't get the task of a fuller one; then they
    # give it back.
    _match(sent, free, found, lambda it: _folded(it.get("name")), agree, first=first)
    for index, task in list(found.items()):
        if differences(sent[index], task, ignoring):
            del found[index]
            free[max(free, default=0) + 1] = task
    return found


def _match(
    sent: Sequence[Body],
    free: dict[int, Task],
    found: dict[int, Task],
    shelf_of: Callable[[Body], Any],
    agree: Callable[[Body, Task], bool],
    *,
    sure: bool = False,
    first: int = 0,
) -> set[int]:
    """Put the bodies that are not found yet and the free tasks of the same shelf together: those that
    differ least first, of these the fullest bodies. With `sure` a task that two unlike bodies want as
    much is nobody's; gives those tasks.
    """
    shelves: dict[Any, list[int]] = {}
    for place, task in free.items():
        shelves.setdefault(shelf_of(task), []).append(place)
    claims = dict.fromkeys(free, 0)  # by what a server fills in otherwise: whose task it may be
    for body in sent:
        told = [name for name in _FILLED_IN if name in body]
        like = [
            (len(differences(body, free[place])), place)
            for place in (shelves.get(shelf_of(body), ()) if told else ())
            if all(body[name] == free[place].get(name) for name in told)
        ]
        nearest = min(like, default=(0, 0))[0]
        for distance, place in like:
            claims[place] += distance == nearest
    wanted: list[tuple[tuple[int, int, int, bool], bool, int, int, int, int]] = []
    for index, body in enumerate(sent):
        if index in found:
            continue
        for place in shelves.get(shelf_of(body), []):
            if agree(body, free[place]):
                own = any(name in body for name in _FILLED_IN)
                far, claimed = _strangeness(body, free[place]), 0 if own else claims[place]
                wanted.append((far, index >= first, -len(body), claimed, index, place))
    rivals: dict[tuple[Any, int], set[str]] = {}
    for strangeness, _, _, _, index, place in wanted if sure else ():
        rivals.setdefault((strangeness, place), set()).add(_visible(sent[index]))
    contested: set[int] = set()
    for strangeness, _, _, _, index, place in sorted(wanted):
        if index in found or place not in free:
            continue
        if len(rivals.get((strangeness, place), ())) > 1:
            contested.add(place)
        elif place not in contested:
            found[index] = free.pop(place)
    return contested


def _visible(body: Body) -> str:
    """What of a body a task can show: bodies that are alike in it may have each other's tasks."""
    return repr(sorted((name, value) for name, value in body.items() if name not in NEVER_ECHOED))


def _strangeness(body: Body, task: Task) -> tuple[int, int, int, bool]:
    """How far a task is from a body: fields that differ, fields that were not sent (nobody but people fills
    them in), those that differ in case or were cut, the name as it is written."""
    other_name = canonical("name", body.get("name")) != canonical("name", task.get("name"))
    beyond = [
        field.name
        for field in BODY
        if field.name not in body
        and field.name not in _FILLED_IN
        and canonical(field.name, shown(task, field.name)) is not None
    ]
    differ = differences(body, task)
    softly = sum(_cut(body[name], kept) for name, kept in differ if isinstance(body[name], str))
    return len(differ) - softly, len(beyond), softly, other_name


def may_be(body: Body, task: Task) -> bool:
    """Whether a task may be this body in spite of differences: same project and parent, and the same
    name, be it cut, trimmed or in other case."""
    return _place(body) == _place(task) and _cut(body.get("name"), task.get("name"))


def _place(it: Body) -> tuple[Any, ...]:
    return identity(it)[1:]


def _same_but_for_name(body: Body, task: Body) -> bool:
    return _cut(body.get("name"), task.get("name")) and {n for n, _ in differences(body, task)} <= {"name"}


def _cut(sent: Any, kept: Any) -> bool:
    """Whether a kept name is a sent one in other case or blanks, or its beginning."""
    ours, theirs = _folded(sent), _folded(kept)
    return bool(theirs) and ours.startswith(theirs)


def _folded(name: Any) -> str:
    return " ".join(unicodedata.normalize("NFC", str(name or "")).casefold().split())


def differences(body: Body, task: Body, ignoring: Collection[str] = ()) -> list[tuple[str, Any]]:
    """The fields that `body` sent and `task` shows otherwise, with what it shows."""
    return [
        (name, kept)
        for name, value in body.items()
        if name not in NEVER_ECHOED
        and name not in ignoring
        and canonical(name, value) != canonical(name, kept := shown(task, name))
    ]


def content(task: Task) -> tuple[Any, ...]:
    """All that people give a task; equal where two tasks are the same."""
    return tuple(canonical(field.name, shown(task, field.name)) for field in BODY if field.name != "position")


def identity(it: Body) -> tuple[Any, ...]:
    return tuple(canonical(name, shown(it, name)) for name in IDENTITY)


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


def shown(task: Body, name: str) -> Any:
    """The field as the task shows it, or by its nested object."""
    value = task.get(name)
    nested = {"project_id": "project", "status_id": "status", "parent_task_id": "parent"}.get(name)
    if value is None and nested and isinstance(task.get(nested), dict):
        return task[nested].get("id")
    if value is None and name == "tag_ids" and isinstance(task.get("tags"), list):
        return [tag.get("id") for tag in task["tags"] if isinstance(tag, dict)]
    return value


def task_id(task: Task) -> int | None:
    return task["id"] if is_id(task.get("id")) else None


def is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
