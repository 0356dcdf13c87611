"""Names to ids: projects, clients, statuses, tags and people of a workspace, as its lists give them.

Compared trimmed and without regard to case: the whole cell first, then its parts. Several matches
are a problem, and so is none. Each distinct text is looked up once.
"""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from importer.task.lists import split

ID_FIELD = {
    "project": "project_id",
    "status": "status_id",
    "tags": "tag_ids",
    "assignees": "assignee_user_ids",
}
MANY = ("tags", "assignees")


class Unmatched(ValueError):
    """A name that is nobody's, or more than one's; the text says which and what is near.

    `missing` holds the names that exist nowhere.
    """

    def __init__(self, text: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.missing = missing


@dataclass(slots=True)
class Names:
    """The names of one kind: plain name → the ids that bear it, with a label to tell them apart."""

    what: str
    known: dict[str, dict[int, str]] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)

    def add(self, name: object, id: object, label: str = "") -> None:
        if isinstance(name, str) and name.strip() and isinstance(id, int):
            self.known.setdefault(plain(name), {})[id] = label or name
            self.shown.setdefault(plain(name), name.strip())

    def one(self, name: str, within: str | None = None) -> int:
        """The id of a name. `within`: of several, the one whose label is that (a project's client)."""
        found = self.known.get(plain(name), {})
        if len(found) > 1 and within:
            found = {i: label for i, label in found.items() if plain(label) == plain(within)}
        if len(found) == 1:
            return next(iter(found))
        if found:
            which = ", ".join(f"{label} (id {i})" for i, label in found.items())
            raise Unmatched(f"{self.what} {name.strip()!r} is the name of several: {which}")
        near = difflib.get_close_matches(plain(name), self.known, n=3, cutoff=0.6)
        hint = f"; near: {', '.join(self.shown[n] for n in near)}" if near else ""
        raise Unmatched(f"there is no {self.what} {name.strip()!r}{hint}", (name.strip(),))

    def label(self, id: int) -> str:
        """What tells the bearer of an id apart: a project's client, a person's name and e-mail."""
        return next((ids[id] for ids in self.known.values() if id in ids), "")

    def many(self, text: str, drop: bool = False) -> tuple[int, ...]:
        """The ids of a cell of several names; `drop` leaves out those that are nobody's."""
        if plain(text) in self.known:
            return (self.one(text),)
        ids: dict[int, None] = {}
        wrong: list[Unmatched] = []
        for part in split(text):
            try:
                ids[self.one(part)] = None
            except Unmatched as unmatched:
                wrong.append(unmatched)
        if wrong and not (drop and all(w.missing for w in wrong)):
            missing = tuple(name for w in wrong for name in w.missing)
            raise Unmatched("; ".join(map(str, wrong)), missing)
        return tuple(ids)


def plain(name: str) -> str:
    return " ".join(name.casefold().split())


def of_projects(
    projects: Iterable[Mapping[str, Any]], clients: Callable[[], Iterable[Mapping[str, Any]]]
) -> Names:
    """Projects, labelled with their client's name, so that `client` can tell two of a name apart.

    `clients` is asked, since that costs a request, only where two share a name and a client is not told.
    """
    names = Names("project")
    rows = [(p.get("name"), p.get("id"), _client_of(p), p.get("client_id")) for p in projects]
    times = Counter(plain(name) for name, *_ in rows if isinstance(name, str))
    untold = any(times[plain(str(name))] > 1 and id and not told for name, _, told, id in rows)
    by_id = {c.get("id"): str(c.get("name") or "") for c in (clients() if untold else ())}
    for name, id, told, client_id in rows:
        names.add(name, id, told or by_id.get(client_id, ""))
    return names


def _client_of(project: Mapping[str, Any]) -> str:
    client = project.get("client")
    return str(client.get("name") or "") if isinstance(client, dict) else ""


def of_people(people: Iterable[Mapping[str, Any]], id_field: str) -> Names:
    """People by e-mail and by name."""
    names = Names("person")
    for person in people:
        label = f"{person.get('name')} <{person.get('email')}>"
        names.add(person.get("email"), person.get(id_field), label)
        names.add(person.get("name"), person.get(id_field), label)
        names.add(label, person.get(id_field), label)
    return names


def of_list(what: str, things: Iterable[Mapping[str, Any]]) -> Names:
    names = Names(what)
    for thing in things:
        names.add(thing.get("name"), thing.get("id"))
    return names
