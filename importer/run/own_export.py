"""An export of ours on its way in: what its rows tell of the tasks that they were, and whose ids they bear.

Ids count in the workspace that they are from alone. Which that is tells the file's origin, else the column
workspace_id of each row; of practice workspaces, which all bear the same ids, that tells nothing.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from importer.delivery.drafts import Kind, Outcome
from importer.run.behind import Behind
from importer.run.origin import Home, Origin, home_of, is_practice
from importer.settings import Connection
from importer.task.fields import BY_NAME
from importer.task.fields import Kind as Value
from importer.task.lists import split
from importer.task.mapping import IN_REJECTS, OURS, OWN_IDS, Mapping
from importer.task.names import MANY

if TYPE_CHECKING:
    import pandas as pd

# Rows that become no task, by the column that says so.
NO_TASK = {
    "recurring_task_id": "an instance of a series, which the server makes of the repeating task by itself",
    "deleted_at": "deleted in the workspace that it is from",
}
_WORDS = (Value.TEXT, Value.NAME, Value.NAMES)  # fields in which every word is itself


class Own:
    """What an export of ours tells of its rows, by Excel's row number."""

    def __init__(
        self,
        origin: Origin | None,
        here: Connection | int | None,
        mapping: Mapping,
        told: Collection[int] = (),
    ) -> None:
        """`here`: the workspace that it is for, or its id alone, as far as anybody says. `told`: columns of
        which somebody says what they are."""
        self.origin = origin
        self.known_as = here.known_as if isinstance(here, Connection) else ""
        self.number = here.workspace if isinstance(here, Connection) else here
        columns = [c for c in reversed(mapping.columns) if c.title and c.position not in told]
        self.places = {c.title: c.position for c in columns}
        self.bears_ids = "id" in self.places
        bare = IN_REJECTS in mapping.titles.values() or (origin is not None and not origin.guarded)
        self.guarded = not bare  # whether texts of a text file bear the guard against formulas
        self.anybodys = origin is None and OURS.isdisjoint(self.places)  # nobody says whose ids these are
        self.ids: dict[int, int] = {}  # row → the task that it was
        self.homes: dict[int, Home] = {}  # of those rows
        self.kinds: set[Home] = set()  # that these are of
        self.numbers: set[str] = set()  # what the column workspace_id tells
        self.first: dict[int, tuple[int, object]] = {}  # task → its first row, and its name there
        self.copies: dict[int, int] = {}  # row → an earlier row of the same id and another name
        self.created: dict[int, object] = {}  # row → when its task was created, where that may tell something
        self.no_task: dict[int, str] = {}  # row → why it becomes none
        self.alone: dict[str, dict[int, str]] = {title: {} for title in OWN_IDS}  # ids without names beside
        self.projects: dict[int, str] = {}  # row → the id of its project
        self.parents: dict[int, tuple[str, str]] = {}  # row → its parent's id and name
        self.behind = Behind()

    def is_exported(self, row: int) -> bool:
        """Whether a row is as it was exported, as far as anybody can know, rather than typed below."""
        return not self.anybodys and (row in self.ids or not self.bears_ids)

    # What the rows say

    def see(self, chunk: "pd.DataFrame") -> None:
        """Take down what a chunk's rows tell of themselves."""
        if self.bears_ids:
            titles = ("id", "workspace_id", "name", "created_at")
            for row, id, *told in self._cells(chunk, *titles):
                if _is_id(id):
                    self._bears(row, int(id), *told)
        for title, why in NO_TASK.items():
            self.no_task |= {row: why for row, cell in self._cells(chunk, title) if cell is not None}
        for title, names in OWN_IDS.items():
            self.alone[title] |= {
                row: ids
                for row, ids, *beside in self._cells(chunk, title, *names)
                if isinstance(ids, str) and _lacks_names(ids, beside)
            }
        for row, project in self._cells(chunk, "project_id"):
            if _is_id(project):
                self.projects[row] = project
        for row, parent, name in self._cells(chunk, "parent_task_id", "parent_task_name"):
            if _is_id(parent):
                self.parents[row] = parent, name if isinstance(name, str) else ""
        self.behind.see(chunk, self.places)

    def _cells(self, chunk: "pd.DataFrame", *titles: str) -> "Iterator[tuple[Any, ...]]":
        """Each row with its cells below some titles, None below one that is not there."""
        if self.places.keys().isdisjoint(titles):
            return
        blank = [None] * len(chunk)
        columns = (chunk[self.places[t]].tolist() if t in self.places else blank for t in titles)
        yield from zip(chunk.index.tolist(), *columns, strict=True)

    def _bears(self, row: int, id: int, where: object, name: object, created: object) -> None:
        """A row that was a task; `where` is its workspace_id."""
        self.ids[row] = id
        self.homes[row] = home = self._home(where)
        self.kinds.add(home)
        if isinstance(where, str):
            self.numbers.add(where)
        if home is Home.ELSEWHERE:
            return
        if home is Home.UNSURE:
            self.created[row] = created
        first, its_name = self.first.setdefault(id, (row, name))
        if name != its_name:
            self.copies[row] = first

    # Where they are at home

    def _home(self, where: object) -> Home:
        if self.number is None:
            return Home.ELSEWHERE
        if self.origin and self.known_as and where in (None, str(self.origin.workspace)):
            return home_of(self.origin.known_as, self.known_as)
        if where != str(self.number):
            return Home.ELSEWHERE
        return Home.UNSURE if self.known_as and is_practice(self.known_as) else Home.HERE

    @property
    def whole(self) -> Home:
        """Where the sheet as a whole is at home, and with it rows without an id."""
        if self.origin and self.known_as:
            return home_of(self.origin.known_as, self.known_as)
        return next(iter(self.kinds)) if len(self.kinds) == 1 else Home.ELSEWHERE

    def at_home(self, row: int) -> bool:
        """Whether the ids in the row's cells are those of this workspace."""
        home = self.homes.get(row) or self.whole
        return self.anybodys or home is Home.HERE

    def settle(self, home: Home) -> None:
        """What was unsure has turned out."""
        self.homes |= {row: home for row, its in self.homes.items() if its is Home.UNSURE}
        self.kinds = set(self.homes.values())

    # What they come to

    def outcome(self, row: int) -> Outcome | None:
        """That of a row which is a task already, or becomes none; None of the others."""
        if self.homes.get(row) is Home.HERE:
            id, why = self.ids[row], "the row was exported from this workspace"
            if row in self.copies:
                why = f"row {self.copies[row]} bears its id too: blank the id of a row that is a new task"
            said = f"exists already as task {id}: {why}"
            return Outcome(row, Kind.SKIPPED, id, said, look=row in self.copies)
        if row in self.no_task:
            return Outcome(row, Kind.SKIPPED, None, self.no_task[row])
        return None

    @property
    def left_out(self) -> set[int]:
        """Rows that are no tasks here and become none."""
        return {row for row in self.no_task if self.homes.get(row) is not Home.HERE}

    def parent(self, row: int, text: str) -> int | str:
        """What a parent's cell means that names no row: a task by its id at home, elsewhere by its name."""
        id, name = self.parents.get(row, ("", ""))
        if text != id:
            return text
        return int(id) if self.at_home(row) else name

    def has_no_project(self, row: int) -> bool:
        """Whether the task that the row was is known to have none."""
        told = not self.places.keys().isdisjoint(("project_name", "project_id"))
        return told and self.is_exported(row) and row not in self.projects

    # Their cells

    def plain(self, name: str, cells: "pd.Series[Any]") -> "pd.Series[Any]":
        """Texts that look like a broken cell, such as #N/A, where nobody can have broken any."""
        if BY_NAME[name].kind not in _WORDS or self.origin is None or not self.origin.untouched:
            return cells
        return cells.map(lambda cell: getattr(cell, "shown", cell))

    def exact(self, name: str, cells: "pd.Series[Any]", values: "pd.Series[Any]") -> "pd.Series[Any]":
        """A field's values, of texts to the letter as they were exported; what people typed stays as read."""
        import pandas as pd

        if BY_NAME[name].kind not in _WORDS or self.anybodys:
            return values
        told = cells.map(_apart) if name in MANY else cells
        typed = self.bears_ids and not self.ids.keys() >= set(cells.index)
        exact = [
            text if isinstance(text, str) and not (typed and row not in self.ids) else value
            for row, text, value in zip(cells.index.tolist(), told.tolist(), values.tolist(), strict=True)
        ]
        return pd.Series(exact, index=cells.index, dtype=object)


def _apart(cell: object) -> object:
    """Several names, each in quotes, so that no name of the workspace is all of them."""
    if not isinstance(cell, str) or len(parts := split(cell)) < 2:
        return cell
    return ", ".join('"' + part.replace('"', '""') + '"' for part in parts)


def _is_id(cell: object) -> bool:
    return isinstance(cell, str) and cell.isascii() and cell.isdigit()


def _lacks_names(ids: str, beside: Collection[object]) -> bool:
    """Whether there are more ids than names in the best of the columns beside."""
    texts = [cell for cell in beside if isinstance(cell, str)]
    if not texts or "," not in ids:
        return not texts
    return len(split(ids)) > max(len(split(text)) for text in texts)
