"""Resolver: cells of names → columns of ids, each distinct text once, from the workspace's lists."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from importer.focus.directory import PERSON_ID, Directory
from importer.task.lists import split
from importer.task.names import MANY, Names, Unmatched, of_list, of_people, of_projects, plain
from importer.task.problem import Problem

if TYPE_CHECKING:
    import pandas as pd


class Resolver:
    """Looks names up; without a directory it only counts them.

    `drop` holds the fields whose unknown names are left out (`--unmatched FIELD=drop`).
    """

    def __init__(self, directory: Directory | None, drop: frozenset[str] = frozenset()) -> None:
        self.directory = directory
        self.drop = drop
        self.unresolved: set[tuple[str, str]] = set()
        self._names: dict[str, Names] = {}
        self._seen: dict[tuple[str, str, str], Any] = {}

    def ids(
        self,
        field: str,
        cells: "pd.Series[Any]",
        clients: "pd.Series[Any] | None" = None,
        positions: Mapping[str, int] = {},
    ) -> tuple["pd.Series[Any]", list[Problem]]:
        """Ids for the filled cells (None for the others), and a Problem for each name that fails.

        `clients` stands beside a project column and tells two projects of one name apart; `positions`
        are the columns of the fields.
        """
        import pandas as pd

        filled = cells.dropna()
        ids: dict[int, Any] = {}
        problems: list[Problem] = []
        beside = clients.reindex(filled.index) if clients is not None else pd.Series(None, filled.index)
        for row, text, client in zip(filled.index, filled, beside, strict=True):
            found = self._look(field, text, client if isinstance(client, str) else "")
            if isinstance(found, Unmatched):
                loss = field in self.drop and bool(found.missing)
                text_said = f"{found}; {_LEFT[field]}" if loss else f"{found}{_cure(field, found)}"
                problems.append(Problem(row, field, text, text_said, positions.get(field), loss))
                found = self._known_part(field, text) if loss else None
            elif found is not None and field == "project" and isinstance(client, str):
                own = self.names(field).label(found)
                if plain(own) != plain(client):
                    whose = f"of client {own!r}" if own else "of no client"
                    drop = "client" in self.drop
                    cure = "" if drop else '; --unmatched "client=drop" passes over it'
                    said = f"project {text!r} is {whose}, not of {client!r}{cure}"
                    problems.append(Problem(row, "client", client, said, positions.get("client"), drop))
            if found is not None:
                ids[row] = found
        return pd.Series(ids, index=cells.index, dtype=object), problems

    def _look(self, field: str, text: str, client: str) -> Any:
        if self.directory is None:
            parts = split(text) if field in MANY else [text]
            self.unresolved.update((field, plain(part)) for part in parts)
            return None
        key = (field, text, client)
        if key not in self._seen:
            try:
                names = self.names(field)
                self._seen[key] = names.many(text) if field in MANY else names.one(text, client or None)
            except Unmatched as unmatched:
                self._seen[key] = unmatched
        return self._seen[key]

    def _known_part(self, field: str, text: str) -> Any:
        return self.names(field).many(text, drop=True) or None if field in MANY else None

    def names(self, field: str) -> Names:
        """The names of one kind, fetched when a column first needs them."""
        if field not in self._names:
            assert self.directory is not None
            self._names[field] = _KINDS[field](self.directory)
        return self._names[field]


_LEFT = {
    "project": "the task gets no project",
    "status": "the task gets the first todo status",
    "tags": "left out",
    "assignees": "left out",
}


def _cure(field: str, unmatched: Unmatched) -> str:
    if unmatched.missing:
        return f'; mend it, or leave such names out with --unmatched "{field}=drop"'
    if field == "project":
        return "; say which with a column `client`, or give its id in a column `project_id`"
    return (
        "; give its id instead" if field == "status" else "; give the e-mail" if field == "assignees" else ""
    )


_KINDS: Mapping[str, Callable[[Directory], Names]] = {
    "project": lambda d: of_projects(d.projects, lambda: d.clients),
    "status": lambda d: of_list("status", d.statuses),
    "tags": lambda d: of_list("tag", d.tags),
    "assignees": lambda d: of_people(d.people, PERSON_ID),
}
