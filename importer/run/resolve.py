"""Resolver: cells of names → columns of ids, each distinct text once, from the workspace's lists.

What the workbook's own Lookups sheet knows is not asked for; the other lists are fetched when a column
first needs them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from importer.focus.client import Client
from importer.focus.directory import PERSON_ID, Directory
from importer.run.lookups import Kept, kept_in
from importer.run.source import Source
from importer.task import names as kinds
from importer.task.lists import split
from importer.task.names import ID_FIELD, MANY, Found, Names, Projects, Remark, is_name, plain
from importer.task.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

_ASKED_ALONE = 3  # tasks looked for by name, a request each; for more the whole list is read, once


def resolver_for(source: Source, client: Client | None = None) -> "Resolver":
    """The resolver of a sheet: with a client online, else from what the workbook itself knows."""
    kept = kept_in(source.path, client.connection if client else None)
    return Resolver(Directory(client) if client else None, source.drop, kept)


class Resolver:
    """Looks names up; what can't be known without a workspace is only counted, in `unresolved`.

    `drop` holds the fields whose unknown names are left out (`--unmatched FIELD=drop`).
    """

    def __init__(
        self, directory: Directory | None, drop: frozenset[str] = frozenset(), kept: Kept | None = None
    ) -> None:
        self.directory = directory
        self.drop = drop
        self.kept = kept
        self.unresolved: set[tuple[str, str]] = set()
        self._names: dict[str, Names] = {}
        self._names_kept: dict[str, Names] = {}
        self._answers: dict[tuple[str, str, str], Found] = {}
        self._tasks: dict[str, int | str | None] = {}

    @property
    def notes(self) -> list[str]:
        """Look-ups that were refused, and what was taken instead."""
        return self.directory.notes if self.directory else []

    def ids(
        self,
        field: str,
        cells: "pd.Series[Any]",
        clients: "pd.Series[Any] | None" = None,
        positions: Mapping[str, int] = {},
    ) -> tuple["pd.Series[Any]", list[Problem]]:
        """Ids for the filled cells (None for the others), and a Problem for each name that fails.

        `clients` stands beside a project column and tells two projects of one name apart; `positions`
        are the columns of the fields. Statuses are in the grammar of task/names.py.
        """
        import pandas as pd

        filled = cells.dropna()
        pairs = _pairs(filled, clients)
        found = {pair: self._answer(field, *pair) for pair in dict.fromkeys(pairs)}
        ids = pd.Series([found[pair].id for pair in pairs], index=filled.index, dtype=object)
        problems = [
            Problem(
                int(row),
                remark.field or field,
                remark.name,
                remark.text,
                positions.get(remark.field or field),
                remark.loss,
            )
            for row, pair in zip(filled.index.tolist(), pairs, strict=True)
            for remark in found[pair].remarks
        ]
        return ids.reindex(cells.index), problems

    def missing(
        self, field: str, cells: "pd.Series[Any]", clients: "pd.Series[Any] | None" = None
    ) -> dict[tuple[str, str], tuple[str, ...]]:
        """(name, client) that the workspace lacks → the nearest names that it has.

        `field` is project, client or tags; the client is "" where none is told. Empty without a
        workspace, and where the list was refused: what is not in it may be there all the same.
        """
        if self.directory is None:
            return {}
        lacking: dict[tuple[str, str], tuple[str, str]] = {}
        for text, client in dict.fromkeys(_pairs(cells.dropna(), clients)):
            for remark in self._look(field, text, client).remarks:
                if remark.missing or remark.field == "client":
                    name = remark.name if remark.missing else text.strip()
                    lacking.setdefault((plain(name), plain(client)), (name, client))
        if not lacking or self.names(field).among:
            return {}
        return {(name, client): self.names(field).near(name) for name, client in lacking.values()}

    def learn(self, field: str, name: str, id: int, client: str = "") -> None:
        """Something was created: its name is known from now on. `client` is that of a project."""
        names = self.names(field)
        names.add(name, id)
        if isinstance(names, Projects):
            names.owners[id] = client
        self._answers.clear()

    def task(self, text: str) -> int | str | None:
        """The id of the workspace's task of that name; what is wrong where several bear it; None where
        none does, or nobody can be asked."""
        name = plain(text)
        if self.directory is not None and name not in self._tasks:
            alone = len(self._tasks) < _ASKED_ALONE
            tasks = self.directory.tasks_called(text.strip()) if alone else self.directory.tasks
            ids = [task["id"] for task in tasks if plain(str(task.get("name"))) == name]
            which = ", ".join(map(str, ids[:5]))
            several = f"the tasks {which} of the workspace all bear this name; give the id of one"
            self._tasks[name] = (ids[0] if len(ids) == 1 else several) if ids else None
        return self._tasks.get(name)

    def names(self, field: str) -> Names:
        """The names that the workspace's list has, fetched at the first call; `field` may be client too."""
        assert self.directory is not None
        if field not in self._names:
            kind = _KINDS[field]
            names = self._names[field] = kind.made(self.directory)
            if kind.list in self.directory.refused:
                names.among = kind.among
        return self._names[field]

    def _answer(self, field: str, text: str, client: str) -> Found:
        """What a cell comes to, with what is said of it."""
        key = (field, text, client)
        if key not in self._answers:
            found = self._look(field, text, client)
            remarks = tuple(self._said(field, remark, found) for remark in found.remarks)
            self._answers[key] = replace(found, remarks=remarks)
        return self._answers[key]

    def _look(self, field: str, text: str, client: str) -> Found:
        """From the workbook where that settles it, else from the workspace."""
        known = self._kept_names(field)
        found = known.look(text, client) if known else None
        if found is not None and not found.remarks:
            return found
        if self.directory is not None:
            return self.names(field).look(text, client)
        if found is None:
            names = split(text) if field in MANY else [text] if field != "status" or is_name(text) else []
            self.unresolved.update((field, plain(name)) for name in names)
            return Found()
        open_ = [remark for remark in found.remarks if remark.missing or remark.field]
        self.unresolved.update((field, plain(remark.name)) for remark in open_)
        return replace(found, remarks=tuple(r for r in found.remarks if r not in open_))

    def _kept_names(self, field: str) -> Names | None:
        """The names of a kind that the workbook knows; None where it has none of the kind."""
        kind = _KINDS[field]
        if self.kept is None or not getattr(self.kept, kind.list):
            return None
        if field not in self._names_kept:
            self._names_kept[field] = kind.made(self.kept)
        return self._names_kept[field]

    def _said(self, field: str, remark: Remark, found: Found) -> Remark:
        """A remark with what comes of it, or the ways to mend it."""
        if remark.loss:
            return remark
        kind = _KINDS[field]
        other = f'--unmatched "{remark.field or field}=drop"'
        if remark.field == "client":
            loss = "client" in self.drop and found.id is not None
            cure = "" if loss else f"; mend it, or use --create-missing projects or {other}"
            return replace(remark, text=f"{remark.text}{cure}", loss=loss)
        if not remark.missing:
            return replace(remark, text=f"{remark.text}; {kind.several}")
        if field in self.drop:
            return replace(remark, text=f"{remark.text}; {kind.left}", loss=True)
        if self.directory and self.names(field).among:
            id = f"give the id in a column `{ID_FIELD[field]}`, or " if field in ID_FIELD else ""
            cure = f"{id}use {other}"
        else:
            create = f"--create-missing {kind.create}, " if kind.create else ""
            cure = f"mend it, or use {create}{other} or [values.{field}] in a --mapping file"
        return replace(remark, text=f"{remark.text}; {cure}")


def _pairs(cells: "pd.Series[Any]", clients: "pd.Series[Any] | None") -> list[tuple[str, str]]:
    """Each cell with the client beside it, "" for none."""
    if clients is None:
        return [(text, "") for text in cells]
    beside = clients.reindex(cells.index)
    return [(text, c if isinstance(c, str) else "") for text, c in zip(cells, beside, strict=True)]


@dataclass(frozen=True, slots=True)
class _Kind:
    """`list`: its name in the directory. `among`: said of a missing name where the list was refused.
    `left`: what comes of a name that is dropped. `create`: its word for --create-missing."""

    list: str
    made: Callable[[Directory | Kept], Names]
    among: str = " among those that the workspace's tasks show"
    left: str = "left out"
    create: str = ""
    several: str = "give its id instead"


_KINDS = {
    "project": _Kind(
        "projects",
        lambda lists: kinds.of_projects(lists.projects, lambda: lists.clients),
        left="the task gets no project",
        create="projects",
        several="say which with a column `client`, or give its id in a column `project_id`",
    ),
    "client": _Kind(
        "clients",
        lambda lists: kinds.of_list("client", lists.clients),
        left="the project gets no client",
        create="clients",
    ),
    "status": _Kind(
        "statuses",
        lambda lists: kinds.of_statuses(lists.statuses),
        left="the task gets the first todo status",
        several="give its id in a column `status_id`",
    ),
    "tags": _Kind(
        "tags",
        lambda lists: kinds.of_tags(lists.tags),
        create="tags",
        several="give ids in a column `tag_ids`",
    ),
    "assignees": _Kind(
        "people",
        lambda lists: kinds.of_people(lists.people, PERSON_ID),
        among=", since the list of people was refused",
        several="give the e-mail",
    ),
}
