"""Whose ids count in an export of ours, which of its rows are tasks already, and what is said of it."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from importer.focus.directory import Directory
from importer.run.behind import OF_NEW_NAMES, STAYS
from importer.run.origin import Home, shown
from importer.run.own_export import Own
from importer.task.fields import BY_NAME
from importer.task.names import ID_FIELD, NO_CLIENT
from importer.task.values import decode

if TYPE_CHECKING:
    from importer.run.rows import Rows

_NAMELESS = {
    "project_id": "projects whose names the sheet does not tell",
    "status_id": "statuses whose names the sheet does not tell",
    "tag_ids": "tags whose names the sheet does not tell",
    "assignee_user_ids": "assignees whose e-mails and names the sheet does not tell",
}
_NAME_OF = {id: name for name, id in ID_FIELD.items()}
_GHOSTS, _THEIR_IDS = "ghost assignees", "ghost_assignee_ids"
_HERE = (
    "This is an export of this workspace{why}: its rows are tasks already and are skipped; edits of them are "
    'not carried, since an import changes no task. Rows without an id are created, and --map "id=key" '
    "--again LABEL makes copies of all"
)
_COPIES = "This is an export of this workspace without its ids: its rows count as new tasks"
_LONG = 80  # characters of a name that is looked for


def settle_ids(rows: "Rows", own: Own) -> None:
    """Let ids in the cells of rows count at home alone, and there where no name is told."""
    for title, cells in own.alone.items():
        for row in cells.keys() & rows.bodies.keys():
            body = rows.bodies[row]
            if not own.at_home(row):
                body.pop(title, None)
                own.behind.add(_NAMELESS[title], [row])
            elif row not in rows.texts[_NAME_OF[title]]:
                body.setdefault(title, decode(BY_NAME[title], cells[row]))
    for row in own.behind.rows.get(_GHOSTS, set()) & rows.bodies.keys():
        if not own.at_home(row):
            rows.bodies[row].pop(_THEIR_IDS, None)
    if "client_name" in own.places:
        for row in filter(own.is_exported, rows.texts["project"]):
            rows.texts["client"].setdefault(row, NO_CLIENT)
    existing = [row for row, home in own.homes.items() if home is Home.HERE and row in rows.bodies]
    for row in existing:  # for their children, which have the projects of their parents
        if row in own.projects:
            rows.bodies[row].setdefault("project_id", int(own.projects[row]))
    if existing:
        rows.warn(_HERE.format(why=""), len(existing))


def settle_home(rows: "Rows", own: Own, directory: Directory | None, wanted: set[int]) -> set[int]:
    """Which of the `wanted` rows are to be sent. Of practice workspaces their tasks tell whose they are."""
    unsure = [row for row in wanted if own.homes.get(row) is Home.UNSURE]
    if unsure and directory:
        names = {row: str(rows.bodies[row].get("name", "")) for row in unsure}
        if task := _found(own, directory, names):
            own.settle(Home.HERE)
            rows.checked.aside |= {row: outcome for row in unsure if (outcome := own.outcome(row))}
            rows.warn(_HERE.format(why=f", as task {task} shows, which is there"), len(unsure))
            return wanted.difference(unsure)
    if wanted and not own.bears_ids and own.whole is Home.HERE:
        rows.warn(_COPIES, len(wanted))
    strange = sum(own.is_exported(row) and not own.at_home(row) for row in wanted)
    if strange and (own.origin or own.bears_ids):
        rows.warn(_whence(own, looked=bool(unsure and directory)), strange)
    return wanted


def _found(own: Own, directory: Directory, names: Mapping[int, str]) -> int | None:
    """A task of the sheet that is in the workspace: of the same id, name and time of creation.

    Of the rows with these `names` the first, one from the middle and the last are looked for, at the cost of
    three requests or so.
    """
    rows = sorted(names)
    for row in dict.fromkeys((rows[0], rows[len(rows) // 2], rows[-1])):
        created = _seconds(own.created.get(row))
        for task in directory.tasks_called(names[row].strip()[:_LONG].strip()):
            if task.get("id") == own.ids[row] and created in (None, _seconds(task.get("created_at"))):
                return own.ids[row]
    return None


def _whence(own: Own, *, looked: bool) -> str:
    """That the sheet is of another workspace, as far as that can be told."""
    if own.origin:
        which = shown(own.origin.known_as)
    elif own.numbers:
        which = f"workspace {' and '.join(sorted(own.numbers))}"
    else:
        return "This is an export of an unknown workspace (it has no workspace_id): names count, not its ids"
    if own.number is None:
        return f"This is an export of {which}: there its rows are tasks already, elsewhere names count"
    none = ", and none of the tasks looked for is here" if looked else ""
    return f"This is an export of another workspace ({which}{none}): names count here, not its ids"


def tell_behind(rows: "Rows", own: Own, sent: Collection[int]) -> None:
    """Say what does not travel of the rows that are sent, and which of the others don't."""
    exported = {row for row in sent if own.is_exported(row)}
    new = {row for row in exported if _needs_new_names(rows.bodies[row])}
    for what, its in own.behind.rows.items():
        if count := len(its & (new if what == OF_NEW_NAMES else exported)):
            rows.warn(f"{STAYS}{what}", count)
    if count := sum(not own.at_home(row) for row in own.left_out & rows.checked.aside.keys()):
        rows.warn(f"{STAYS}instances of a series", count)


def _needs_new_names(body: Mapping[str, Any]) -> bool:
    """Whether a project or tag of a task is to be created; until then it has an id below 0."""
    return any(id < 0 for id in (body.get("project_id", 0), *body.get("tag_ids", ())))


def _seconds(moment: object) -> int | None:
    """An instant as a workbook keeps it: in UTC, without parts of a second. None where it can't be read."""
    try:
        told = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    except ValueError:
        return None
    return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp())
