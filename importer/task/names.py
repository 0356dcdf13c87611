"""Names to ids: projects, clients, statuses, tags and people of a workspace, as its lists give them.

Compared trimmed, composed (NFC) and without regard to case: the whole cell first, then its parts.
Several matches are a problem, and so is none; spelling that is near only suggests.

A status cell may say more than a name. The words of other tools become this with their presets:

    Doing             the status of that name
    @done             the first status of that type: @todo, @in_progress, @done or @blocked
    ?Backlog          the status of that name, else nothing: sections and lists may be no statuses here
    Completed|@done   the first of these that there is, with what was passed over said as a loss
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unicodedata import normalize

from importer.task.lists import split

ID_FIELD = {
    "project": "project_id",
    "status": "status_id",
    "tags": "tag_ids",
    "assignees": "assignee_user_ids",
}
MANY = ("tags", "assignees")
NO_CLIENT = " "  # beside a project: that it has none, rather than that nobody says
STATUS_TYPES = ("todo", "in_progress", "done", "blocked")
_NEAR, _ALIKE = 3, 72  # as many suggestions, and how alike they are at least, of 100

Ids = int | tuple[int, ...] | None
Record = Mapping[str, Any]
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with one name, or lost of it.

    `missing`: it is nobody's, rather than several's. `field`: where another column is wrong than the
    one looked at.
    """

    name: str
    text: str
    missing: bool = False
    loss: bool = False
    field: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a cell comes to: an id, or a tuple of them where it may hold several names."""

    id: Ids = None
    remarks: tuple[Remark, ...] = ()


@dataclass(slots=True)
class Names:
    """The names of one kind. `among` is said of a name that is missing where the list is not whole."""

    what: str
    among: str = ""
    known: dict[str, dict[int, str]] = field(default_factory=dict)  # plain name → id → the bearer, shown
    spelt: dict[str, str] = field(default_factory=dict)  # how it is spelt → what to suggest

    def add(self, name: object, id: object, shown: str = "") -> None:
        """`shown` tells the bearer from others of that name."""
        if isinstance(name, str) and name.strip() and isinstance(id, int):
            self.known.setdefault(plain(name), {})[id] = shown or name.strip()
            self.spelt.setdefault(_spelling(name), shown or name.strip())

    def find(self, name: str, within: str = "") -> Mapping[int, str]:
        """The bearers of a name. `within` counts for projects alone: the client."""
        return self.known.get(plain(name), {})

    def parts(self, cell: str) -> list[str]:
        """The names that a cell holds."""
        return [cell.strip()]

    def look(self, cell: str, within: str = "") -> Found:
        """What a cell comes to."""
        return self.one(cell)

    def one(self, name: str) -> Found:
        found = self.find(name)
        if len(found) == 1:
            return Found(next(iter(found)))
        return Found(None, (self.several(name, found) if found else self.missing(name),))

    def several(self, name: str, found: Mapping[int, str]) -> Remark:
        which = ", ".join(
            f"{self.bearer(id, shown)} ({f'id {id}' if id > 0 else 'to be created'})"
            for id, shown in found.items()
        )
        return Remark(name.strip(), f"{self.what} {name.strip()!r} is the name of several: {which}")

    def bearer(self, id: int, shown: str) -> str:
        """What tells a bearer from others of its name."""
        return shown

    def missing(self, name: str, besides: str = "") -> Remark:
        near = ", ".join(self.near(name))
        hint = f" (nearest: {near})" if near else ""
        text = f"there is no {self.what} {name.strip()!r}{self.among}{hint}{besides}"
        return Remark(name.strip(), text, missing=True)

    def near(self, name: str) -> tuple[str, ...]:
        """What is spelt most like it, the likest first."""
        from rapidfuzz import fuzz, process

        found = process.extract(
            _spelling(name), self.spelt.keys(), scorer=fuzz.ratio, limit=2 * _NEAR, score_cutoff=_ALIKE
        )
        return tuple(dict.fromkeys(self.spelt[key] for key, *_ in found))[:_NEAR]


class Several(Names):
    """Names of which a cell may hold several: tags, people."""

    def parts(self, cell: str) -> list[str]:
        return [cell.strip()] if plain(cell) in self.known else split(cell)

    def look(self, cell: str, within: str = "") -> Found:
        ids: dict[int, None] = {}
        remarks: list[Remark] = []
        for name in self.parts(cell):
            found = self.one(name)
            remarks += found.remarks
            if isinstance(found.id, int):
                ids[found.id] = None
        return Found(tuple(ids) or None, tuple(remarks))


_MAIL = re.compile(r"(.*?)[\s<(\[]*(?:mailto:)?([^\s<>()\[\]:]+@[^\s<>()\[\]]+?)[>)\]]?")


@dataclass(slots=True)
class People(Several):
    """People, by e-mail before name; `Name <mail>` and `Name (mail)` are both."""

    mails: dict[str, dict[int, str]] = field(default_factory=dict)

    def add_person(self, name: object, mail: object, id: object) -> None:
        if not isinstance(id, int):
            return
        shown = f"{name} <{mail}>" if name and mail else str(name or mail)
        self.add(name, id, shown)
        self.known.setdefault(plain(shown), {})[id] = shown
        if isinstance(mail, str) and mail.strip():
            self.mails.setdefault(plain(mail), {})[id] = shown
            self.spelt.setdefault(_spelling(mail), shown)

    def find(self, name: str, within: str = "") -> Mapping[int, str]:
        if match := _MAIL.fullmatch(name.strip()):
            if found := self.mails.get(plain(match[2])):
                return found
            if found := self.known.get(plain(match[1])):
                return found
        return self.known.get(plain(name), {})


@dataclass(slots=True)
class Projects(Names):
    """Projects; their clients tell those of one name apart.

    `owners` has each one's client, "" for none; where only its id was told, in `untold`, `clients` is
    asked, since that costs a request.
    """

    owners: dict[int, str | None] = field(default_factory=dict)
    untold: dict[int, object] = field(default_factory=dict)
    clients: Callable[[], Iterable[Record]] = tuple

    def owner(self, id: int) -> str | None:
        """The client of a project; None where nobody tells."""
        if id in self.untold:
            names = {client.get("id"): client.get("name") for client in self.clients()}
            self.owners |= {project: names.get(client) for project, client in self.untold.items()}
            self.untold.clear()
        return self.owners.get(id, "")

    def find(self, name: str, within: str = "") -> Mapping[int, str]:
        found = self.known.get(plain(name), {})
        if not within:
            return found
        return {id: shown for id, shown in found.items() if plain(self.owner(id) or "") == plain(within)}

    def look(self, cell: str, within: str = "") -> Found:
        every = self.find(cell)
        if not within or not every:
            return self.one(cell)
        found = self.find(cell, within) or {i: s for i, s in every.items() if self.owner(i) is None}
        if found:
            return Found(next(iter(found))) if len(found) == 1 else Found(None, (self.several(cell, found),))
        whose = " and ".join(_whose(self.owner(id)) for id in every)
        other = f"of {within.strip()!r}" if within.strip() else "of none"
        said = f"project {cell.strip()!r} is {whose}, not {other}"
        remark = Remark(within.strip(), said, field="client")
        return Found(next(iter(every)) if len(every) == 1 else None, (remark,))

    def bearer(self, id: int, shown: str) -> str:
        return self.owner(id) or "no client"


def _whose(client: str | None) -> str:
    return f"of client {client!r}" if client else "of no client"


@dataclass(slots=True)
class Statuses(Names):
    """Statuses, and the first one of each type; cells in the grammar that stands above."""

    first: dict[str, int] = field(default_factory=dict)

    def look(self, cell: str, within: str = "") -> Found:
        if is_name(cell) or self.find(cell):
            return self.one(cell)
        passed: list[str] = []  # names that there are not
        left: list[Remark] = []
        wanted: list[str] = []  # types that there are not
        for part in _choices(cell):
            if kind := _type(part):
                if kind in self.first:
                    taken = f"the first {kind} status is taken"
                    return Found(self.first[kind], (*left, *_passed_over(passed, taken)))
                wanted.append(kind)
                continue
            soft = part.startswith("?")
            name = part[1:].strip() if soft else part
            found = self.one(name)
            if found.id is not None:
                return Found(found.id, (*left, *_passed_over(passed, f"{name!r} is taken")))
            if soft:
                said = (
                    f"section {name!r} is no status here and is left out; "
                    "a column that is mapped as notes+ becomes a line of the notes"
                )
                left.append(Remark(name, said, loss=True))
            elif not found.remarks[0].missing:
                return found
            else:
                passed.append(name)
        if passed:
            besides = f", and none of type {' or '.join(wanted)}" if wanted else ""
            return Found(None, (self.missing(passed[0], besides),))
        if wanted:
            said = f"the workspace has no status of type {' or '.join(wanted)}"
            return Found(None, (Remark(cell.strip(), said, missing=True),))
        return Found(None, tuple(left))


def _passed_over(names: Iterable[str], taken: str) -> Iterable[Remark]:
    for name in names:
        yield Remark(name, f"status {name!r} is not in the workspace; {taken}", loss=True)


def is_name(cell: str) -> bool:
    """Whether a status cell is no more than a name."""
    choices = _choices(cell)
    return len(choices) < 2 and not any(_type(part) or part.startswith("?") for part in choices)


def _choices(cell: str) -> list[str]:
    parts = (part.strip() for part in cell.split("|"))
    return [part for part in parts if part.strip("?")]


def _type(part: str) -> str:
    word = part[1:].strip().casefold()
    return word if part.startswith("@") and word in STATUS_TYPES else ""


def plain(name: str) -> str:
    """A name as it is compared."""
    return " ".join(normalize("NFC", name).casefold().split())


def _spelling(name: str) -> str:
    """A name as it is measured: of an e-mail what stands before the @, which is mostly a name."""
    text = plain(name)
    return re.sub(r"[._+-]+", " ", text.partition("@")[0]).strip() if "@" in text[1:] else text


# The kinds, made of the records that the lists give.


def of_list(what: str, things: Iterable[Record]) -> Names:
    names = Names(what)
    for thing in things:
        names.add(thing.get("name"), thing.get("id"))
    return names


def of_tags(tags: Iterable[Record]) -> Several:
    names = Several("tag")
    for tag in tags:
        names.add(tag.get("name"), tag.get("id"))
    return names


def of_statuses(statuses: Iterable[Record]) -> Statuses:
    names = Statuses("status")
    for status in in_order(statuses):
        names.add(status.get("name"), status.get("id"))
        if isinstance(id := status.get("id"), int):
            names.first.setdefault(str(status.get("type")), id)
    return names


def in_order(statuses: Iterable[R]) -> list[R]:
    """By position; those without one last, as they come."""

    def place(status: Record) -> float:
        position = status.get("position")
        return position if isinstance(position, int | float) else float("inf")

    return sorted(statuses, key=place)


def of_projects(projects: Iterable[Record], clients: Callable[[], Iterable[Record]] = tuple) -> Projects:
    """Projects, labelled with their clients' names. `clients` gives the records of clients."""
    names = Projects("project", clients=clients)
    for project in projects:
        if not isinstance(id := project.get("id"), int):
            continue
        client = project.get("client")
        if isinstance(client, dict) and client.get("name"):
            names.owners[id] = str(client["name"])
        elif project.get("client_id"):
            names.untold[id] = project["client_id"]
        names.add(project.get("name"), id)
    return names


def of_people(people: Iterable[Record], id_field: str) -> People:
    """People by e-mail and by name; `id_field` is the one of their ids that tasks know."""
    names = People("person")
    for person in people:
        names.add_person(person.get("name"), person.get("email"), person.get(id_field))
    return names
