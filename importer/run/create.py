"""Create: which names `--create-missing` is to create, and what becomes of the rows that use them.

Until it is created a name has an id below 0, which the resolver learns: so rows resolve, are counted and
asked about once, and the ids that names get are put in their places afterwards. A name that no row uses which
is sent is never created.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from importer.delivery.creating import ORDER, Name, Names
from importer.delivery.drafts import Body, Draft
from importer.run.completion import cells_of
from importer.run.resolve import Resolver
from importer.run.rows import Rows
from importer.task.names import NO_CLIENT, plain
from importer.task.problem import Problem

KINDS = ("tags", "projects", "clients")  # as --create-missing calls them
_FIELD = {"client": "client", "project": "project", "tag": "tags"}


def missing(rows: Rows, resolver: Resolver, wanted: Collection[int], kinds: Collection[str]) -> Names:
    """The names of `kinds` that the `wanted` rows have and the workspace lacks; the resolver knows them then.

    A project's client has to be there, or to be created: else the row has a problem, and so have those that
    name the project alone.
    """
    made = _Made(resolver)
    if "tags" in kinds:
        for (name, _), near in resolver.missing("tags", cells_of(rows, "tags", wanted)).items():
            made.add("tag", name, near)
    if "projects" in kinds:
        _projects(rows, resolver, wanted, made, with_clients="clients" in kinds)
    return made.names


class _Made:
    """The names so far, each with the next id below 0."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.names: dict[int, Name] = {}

    def add(
        self, kind: str, name: str, near: Sequence[str], client: str = "", client_id: int | None = None
    ) -> None:
        place = -1 - len(self.names)
        name = " ".join(name.split())
        self.names[place] = Name(kind, name, near[0] if near else "", client, client_id)
        self.resolver.learn(_FIELD[kind], name, place, client)


def _projects(
    rows: Rows, resolver: Resolver, wanted: Collection[int], made: _Made, *, with_clients: bool
) -> None:
    import pandas as pd

    cells = cells_of(rows, "project", wanted)
    clients = cells_of(rows, "client", wanted)
    lacking = resolver.missing("project", cells, clients)
    among = {(plain(name), plain(client)) for name, client in lacking}
    told = {row: text for row, text in clients.items() if (plain(cells.get(row, "")), plain(text)) in among}
    beside = pd.Series({row: text for row, text in told.items() if text != NO_CLIENT}, dtype=object)
    if with_clients:
        for (client, _), near in resolver.missing("client", beside).items():
            made.add("client", client, near)
    ids, problems = resolver.ids("client", beside, positions=rows.positions)
    rows.note(rows.placed([problem for problem in problems if not problem.loss]))
    found = dict(zip(map(plain, beside), ids, strict=True))
    left_out = {plain(problem.value) for problem in problems if problem.loss}
    bare: dict[tuple[str, str], tuple[str, ...]] = {}
    homeless: dict[str, str] = {}  # project → the client that it can't be created for
    for (name, client), nearest in lacking.items():
        if not plain(client) or plain(client) in left_out:
            bare[name, client if client == NO_CLIENT else ""] = nearest
            continue
        made.add("project", name, nearest, client, found[plain(client)])
        if found[plain(client)] is None:
            homeless[plain(name)] = client
    for (name, client), nearest in bare.items():  # one of a client that is created as well is that one
        if not resolver.names("project").find(name, client):
            made.add("project", name, nearest)
    for row, text in zip(map(int, cells.index), map(str, cells), strict=True):
        if plain(str(clients.get(row, ""))) not in {"", *left_out} or plain(text) not in homeless:
            continue
        client = homeless[plain(text)]
        if len(resolver.names("project").find(text)) == 1:
            said = (
                f"other rows tell that project {text.strip()!r} is of client {client!r}, which is not there; "
                f"mend that client{'' if with_clients else ', or use --create-missing clients'}"
            )
            rows.note([Problem(row, "project", text, said, rows.place(row, "project"))])


def in_use(names: Names, drafts: Iterable[Draft]) -> dict[int, Name]:
    """The names that some draft uses, in the order in which they are created."""
    used: set[int] = set()
    for draft in drafts if names else ():
        used.update(waiting(draft.body))
    used.update(client for place in [*used] if (client := names[place].client_id) is not None and client < 0)
    ranked = sorted(used, key=lambda place: (ORDER.index(names[place].kind), -place))
    return {place: names[place] for place in ranked}


def waiting(body: Body) -> set[int]:
    """The ids of a body that stand for names not created yet."""
    return {id for id in (body.get("project_id", 0), *body.get("tag_ids", ())) if id < 0}


def fill(rows: Rows, drafts: Iterable[Draft], ids: Mapping[int, int]) -> None:
    """Put the ids of created names where they belong."""
    for draft in drafts:
        body = rows.bodies[draft.row]
        if waiting(body) & ids.keys():
            if "project_id" in body:
                body["project_id"] = ids.get(body["project_id"], body["project_id"])
            if "tag_ids" in body:
                body["tag_ids"] = list(dict.fromkeys(ids.get(id, id) for id in body["tag_ids"]))


def refuse(rows: Rows, drafts: Iterable[Draft], names: Names, refused: Mapping[int, str]) -> None:
    """Rows that use a name which the server does not want are wrong there."""
    problems = []
    for draft in drafts:
        for place in waiting(draft.body) & names.keys():
            client = names[place].client_id
            wrong = place if client is None or client not in refused else client
            if wrong in refused:
                name = names[wrong]
                field = _FIELD[name.kind]
                said = (
                    f"the {name.kind} {name.name!r} could not be created: {refused[wrong]}; mend the name, "
                    f'or use --unmatched "{field}=drop"'
                )
                problems.append(Problem(draft.row, field, name.name, said, rows.place(draft.row, field)))
    rows.note(problems)
    rows.checked.problems.sort(key=lambda p: (p.row, -1 if p.position is None else p.position))
