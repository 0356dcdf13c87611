"""Directory: the names of a workspace, each kind looked up when first asked for, and once.

Where a look-up is refused, the names that the workspace's own tasks show take its place, as far as they
go, and a note says so. Nothing of it is a reason to stop; only the caller knows whether it matters.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from importer.errors import BadRequest, NotAllowed
from importer.focus.answers import Record
from importer.focus.asking import HIDDEN
from importer.focus.client import Client
from importer.focus.pages import read_all

# Of a person's three ids the one that assignee_user_ids and toggl_user_id mean.
PERSON_ID = "user_account_id"
_REFUSED = {402, 403, 404}
_SHOWN = {"projects": "project", "clients": "client", "statuses": "status", "tags": "tags"}  # where in a task


@dataclass
class Directory:
    """Lists as the API gives them. `refused` says per kind why its list is not the workspace's own."""

    client: Client
    refused: dict[str, str] = field(default_factory=dict)
    _known: dict[str, list[Record]] = field(default_factory=dict, repr=False)
    _tasks: list[Record] | None = field(default=None, repr=False)

    @property
    def projects(self) -> list[Record]:
        return self._once("projects", self.client.projects)

    @property
    def clients(self) -> list[Record]:
        return self._once("clients", self.client.clients)

    @property
    def statuses(self) -> list[Record]:
        return self._once("statuses", self.client.statuses)

    @property
    def tags(self) -> list[Record]:
        return self._once("tags", self.client.tags)

    @property
    def people(self) -> list[Record]:
        """The organization's people; those that no task can be given to are left out."""
        everybody = self._once("people", self.client.users)
        return [person for person in everybody if isinstance(person.get(PERSON_ID), int)]

    @property
    def notes(self) -> list[str]:
        return list(self.refused.values())

    def forget(self, kind: str) -> None:
        """Look `kind` up again when next asked for: something was created in between."""
        self._known.pop(kind, None)
        self.refused.pop(kind, None)

    def tasks_called(self, name: str) -> list[Record]:
        """Tasks whose names hold `name`, completed and draft projects included; one request a hundred."""
        return [task for page in read_all(self.client, {"name": name}) for task in page]

    @property
    def tasks(self) -> list[Record]:
        """All tasks, with ids and names alone: their own and those of what they belong to. Read once."""
        if self._tasks is None:
            self._tasks = [_slim(task) for task in self._read_tasks()]
        return self._tasks

    def _once(self, kind: str, look_up: Callable[[], Iterator[Record]]) -> list[Record]:
        if kind not in self._known:
            try:
                self._known[kind] = list(look_up())
            except NotAllowed as refused:
                if refused.answered not in _REFUSED:
                    raise
                self._known[kind] = []
                self.refused[kind] = f"the list of {kind} was refused: {refused.message}"
                if kind in _SHOWN:
                    self._known[kind] = self._shown(kind)
                    self.refused[kind] += f" The {kind} that the workspace's tasks show are taken instead."
        return self._known[kind]

    def _shown(self, kind: str) -> list[Record]:
        """The records of a kind that stand in tasks, each once."""
        try:
            tasks = self.tasks
        except NotAllowed as refused:
            if refused.answered not in _REFUSED:
                raise
            return []
        found: dict[object, Record] = {}
        for task in tasks:
            there = task[_SHOWN[kind]]
            for record in there if isinstance(there, list) else [there]:
                if record.get("id") is not None:
                    found.setdefault(record["id"], record)
        return list(found.values())

    def _read_tasks(self) -> Iterator[Record]:
        try:
            yield from self.client.stream_tasks(dict.fromkeys(HIDDEN, True)).tasks
        except (BadRequest, NotAllowed):
            for page in read_all(self.client, {}):
                yield from page


def _slim(task: Mapping[str, Any]) -> Record:
    project, tags = task.get("project"), task.get("tags")
    of_project = project.get("client") if isinstance(project, Mapping) else None
    client = _named(task.get("client")) or _named(of_project)
    return {
        **_named(task),
        "project": {**_named(project, "client_id"), "client": client},
        "client": client,
        "status": _named(task.get("status"), "type"),
        "tags": [_named(tag) for tag in tags] if isinstance(tags, list) else [],
    }


def _named(record: object, *more: str) -> Record:
    """Id, name and what else is wanted of a record; nothing of what is none."""
    if not isinstance(record, Mapping):
        return {}
    return {key: record[key] for key in ("id", "name", *more) if key in record}
