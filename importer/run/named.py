"""Filters by name: names of projects, clients, statuses, tags, people and parents → the filters by id.

Compared trimmed, composed and without regard to case: what was typed as a whole first, then its parts
between commas. Only those lists are looked up whose names are asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from unicodedata import normalize

from importer.errors import WrongUse
from importer.focus.directory import Directory
from importer.focus.pages import read_all
from importer.focus.parameters import NAMED
from importer.run.resolve import Resolver
from importer.task.lists import split
from importer.task.names import Names, Projects, of_list, plain

_FIELD = {"tag": "tags", "assignee": "assignees"}  # the resolver's word, where it is another
_TELLS_APART = {"project": "--client or ", "assignee": "an e-mail or "}
_SHOWN, _NEAR = 5, 3  # as many bearers and suggestions in a sentence


def resolved(
    directory: Directory, names: Mapping[str, Sequence[str]], filters: Mapping[str, object]
) -> dict[str, object]:
    """`filters` with the ids of `names` beside those that are there. `names`: option of NAMED → as typed.

    Raises WrongUse, saying of each name that is nobody's or several's what would do. What was taken where
    a look-up was refused stands in the directory's notes.
    """
    looked_up = _LookedUp(directory, names)
    merged = dict(filters)
    for option, texts in names.items():
        ids = [id for text in texts for id in looked_up.ids(option, text)]
        parameter = NAMED[option].ids.name
        beside = merged.get(parameter, [])
        both = [*(beside if isinstance(beside, list | tuple) else [beside]), *ids]
        if both:
            merged[parameter] = list(dict.fromkeys(both))
    if looked_up.wrong:
        raise WrongUse(f"{'; '.join(dict.fromkeys(looked_up.wrong))}.")
    return merged


@dataclass
class _LookedUp:
    """`wrong` gathers what is wrong with names, so that all of it is said at once."""

    directory: Directory
    names: Mapping[str, Sequence[str]]
    wrong: list[str] = field(default_factory=list)
    _tasks: dict[str, Names] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._resolver = Resolver(self.directory)

    def ids(self, option: str, text: str) -> list[int | None]:
        """The ids of what was typed; None stands for "none"."""
        parts = self._parts(option, text)
        if not parts:
            self.wrong.append(f"--{option} is empty")
        return [id for part in parts for id in self._of_one(option, part)]

    def _parts(self, option: str, text: str) -> list[str]:
        whole = _is_none(option, text) or self._list(option, text).find(text)
        return [text.strip()] if whole else split(text)

    def _list(self, option: str, name: str) -> Names:
        """The names among which this one is looked for. There is no list of tasks: those that hold it."""
        if option != "parent":
            return self._resolver.names(_FIELD.get(option, option))
        if plain(name) not in self._tasks:
            self._tasks[plain(name)] = of_list("task", self.directory.tasks_called(_sent(name)))
        return self._tasks[plain(name)]

    def _of_one(self, option: str, name: str) -> Sequence[int | None]:
        if _is_none(option, name):
            return [None]
        names = self._list(option, name)
        found = names.find(name)
        if not found and option == "parent":
            archived = read_all(self.directory.client, {"name": _sent(name), "archived": True})
            found = of_list("task", (task for page in archived for task in page)).find(name)
        if len(found) > 1 and isinstance(names, Projects) and (told := self._of_clients(names, found)):
            return told
        if len(found) == 1:
            return list(found)
        self.wrong.append(f"--{option}: {self._what_is_wrong(option, name, names, found)}")
        return []

    def _of_clients(self, projects: Projects, found: Iterable[int]) -> list[int]:
        """Those projects of one name that belong to the clients asked for; none where that doesn't tell."""
        asked = [part for text in self.names.get("client", ()) for part in self._parts("client", text)]
        clients = {"" if _is_none("client", client) else plain(client) for client in asked}
        by_client: dict[str, list[int]] = {}
        for id in found if clients else ():
            owner = projects.owner(id)
            if owner is not None and plain(owner) in clients:
                by_client.setdefault(plain(owner), []).append(id)
        told = all(len(ids) == 1 for ids in by_client.values())
        return [ids[0] for ids in by_client.values()] if told else []

    def _what_is_wrong(self, option: str, name: str, names: Names, found: Mapping[int, str]) -> str:
        ids = NAMED[option].ids.option
        if found:
            more = ", …" if len(found) > _SHOWN else ""
            several = names.several(name, dict(islice(found.items(), _SHOWN))).text + more
            if option == "project" and self.names.get("client"):
                return f"{several}, and --client doesn't tell which; say it with {ids}"
            return f"{several}; say which with {_TELLS_APART.get(option, '')}{ids}"
        holding = [] if names.near(name) else [n for n in names.spelt.values() if plain(name) in plain(n)]
        hint = f" (names that hold it: {', '.join(holding[:_NEAR])})" if holding else ""
        said = names.missing(name, hint).text
        if names.among:
            refused = "" if option == "assignee" else "their list was refused, "
            return f"{said} ({refused}{ids} takes ids)"
        return f"{said} ({ids} takes ids)" if name.isdecimal() else said


def _is_none(option: str, text: str) -> bool:
    return NAMED[option].ids.empty and text.strip().casefold() == "none"


def _sent(name: str) -> str:
    return normalize("NFC", name.strip())
