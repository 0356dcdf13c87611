"""Directory: the names of a workspace, each kind looked up when first asked for, and once.

What may not be looked up is empty and noted; only the caller knows whether it matters.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from importer.errors import NotAllowed
from importer.focus.client import Record

# Of a person's three ids the one that assignee_user_ids and toggl_user_id mean.
PERSON_ID = "user_account_id"
_REFUSED = {402, 403, 404}


class Lookups(Protocol):
    """What of the client is needed."""

    def projects(self) -> Iterator[Record]: ...
    def clients(self) -> Iterator[Record]: ...
    def statuses(self) -> Iterator[Record]: ...
    def tags(self) -> Iterator[Record]: ...
    def users(self) -> Iterator[Record]: ...


@dataclass
class Directory:
    """Lists as the API gives them. `refused` says per kind why its list is empty."""

    client: Lookups
    refused: dict[str, str] = field(default_factory=dict)
    _known: dict[str, list[Record]] = field(default_factory=dict, repr=False)

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

    def _once(self, kind: str, look_up: Callable[[], Iterator[Record]]) -> list[Record]:
        if kind not in self._known:
            try:
                self._known[kind] = list(look_up())
            except NotAllowed as refused:
                if refused.answered not in _REFUSED:
                    raise
                self._known[kind] = []
                self.refused[kind] = f"the list of {kind} was refused: {refused.message}"
        return self._known[kind]
