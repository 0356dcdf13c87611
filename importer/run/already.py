"""Already: whether a sheet that no journal knows is in the workspace all the same. Pure, and best effort."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from importer.delivery.drafts import Draft
from importer.delivery.pairing import Task, canonical, shown, task_id

FEW = 3  # rows under which dates have to agree too


def agreeing(drafts: Sequence[Draft], tasks: Sequence[Task]) -> int:
    """How many rows agree with the newest tasks, where that are so many that the sheet seems to be there;
    else 0.

    Half of the smaller of both, and three, have to agree by name, project and parent; of a sheet of fewer
    rows all, by their dates as well.
    """
    dates = ("start_date", "end_date") if len(drafts) < FEW else ()
    names = {draft.row: draft.body.get("name") for draft in drafts}
    ours = Counter(_of_draft(draft, names, dates) for draft in drafts)
    by_id = {task_id(task): task for task in tasks}
    theirs = Counter(_of_task(task, by_id, dates) for task in tasks)
    agree = (ours & theirs).total()
    needed = len(drafts) if dates else max(FEW, -(-min(len(drafts), len(tasks)) // 2))
    return agree if agree >= needed else 0


def _of_draft(draft: Draft, names: Mapping[int, Any], dates: Sequence[str]) -> tuple[Any, ...]:
    parent = draft.body.get("parent_task_id") if draft.parent is None else names.get(draft.parent)
    return _told(draft.body, parent, dates)


def _of_task(task: Task, by_id: Mapping[int | None, Task], dates: Sequence[str]) -> tuple[Any, ...]:
    parent = shown(task, "parent_task_id")
    above = task.get("parent") if isinstance(task.get("parent"), dict) else by_id.get(parent)
    return _told(task, above.get("name", parent) if parent and above else parent, dates)


def _told(it: Mapping[str, Any], parent: Any, dates: Sequence[str]) -> tuple[Any, ...]:
    values = [canonical(name, shown(dict(it), name)) for name in ("name", "project_id", *dates)]
    return (*values, canonical("name", parent))
