"""What changed since an earlier export: tasks that came and went, cells that differ, other statuses."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from importer.run.earlier import Held, plain, unpack
from importer.run.earlier import Previous as Previous
from importer.run.earlier import previous as previous
from importer.sheet.table import Form, OutColumn, Table
from importer.sheet.write_delimited import escaped

# They follow every change of a task or its parent, and tell nothing of their own.
_FOLLOW = {"updated_at", "status_updated_at", "parent_updated_at", "parent_status_updated_at"}

# Columns that say once more what a name says: where it differs, they do.
_TWINS = {
    "project_name": ("project_id", "project_color"),
    "client_name": ("client_id",),
    "status_name": ("status_id", "status_type", "status_emoji"),
    "tag_names": ("tag_ids", "tag_colors"),
    "assignee_names": ("assignee_user_ids", "assignee_emails"),
    "assignee_emails": ("assignee_user_ids",),
    "parent_task_name": ("parent_task_id",),
}
_STATUS = ("status_id", "status_name", "status_type")  # the first that both have decides on a move
_LOOKED_UP = ("assignee_names", "assignee_emails")  # blank where the look-up was refused

_NAMED = 8  # columns in a sentence
_CUT = 32_766  # UTF-16 units; a text of a workbook as long as this may have been longer
_UNSTORABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")
_HALVES = re.compile("[\ud800-\udfff]")

_COLUMNS = (
    OutColumn("change", width=10),
    OutColumn("id", "integer"),
    OutColumn("name", width=42),
    OutColumn("column", width=20),
    OutColumn("before", width=36),
    OutColumn("after", width=36),
)


class Changes:
    """Gets every row of the new export once and tells what differs from the earlier one.

    Only columns that both have are compared. What the earlier file could not hold (a text cut by the
    workbook, fractions of a second …) is no difference.
    """

    def __init__(self, previous: Previous, columns: Sequence[OutColumn]) -> None:
        self._previous = previous
        titles = [column.title for column in columns]
        self._id = titles.index("id")
        self._name = titles.index("name") if "name" in titles else None
        self._compared = [
            (place, previous.titles.index(column.title), column.title, column.form)
            for place, column in enumerate(columns)
            if column.title in previous.titles and column.title not in _FOLLOW | {"id"}
        ]
        both = {title for _, _, title, _ in self._compared}
        self._move = next((title for title in _STATUS if title in both), None)
        self._people = (
            (titles.index("assignee_user_ids"), previous.titles.index("assignee_user_ids"))
            if "assignee_user_ids" in both
            else None
        )
        self._gone = dict.fromkeys(previous.rows)  # not seen until now
        self._added: list[tuple[Any, ...]] = []
        self._moved: list[tuple[Any, ...]] = []
        self._changed: list[tuple[Any, ...]] = []
        self._tasks_changed = 0
        self._tasks_moved = 0
        self._nameless = 0
        self._not_compared = [*_lacking(titles, previous)]

    def see(self, row: Sequence[Any]) -> None:
        """Compare a row; its values are in the order of the columns."""
        task = plain(row[self._id])
        if not task:
            self._nameless += 1
            return
        name = None if self._name is None else row[self._name]
        packed = self._previous.rows.get(task)
        if packed is None:
            self._added.append(("added", row[self._id], name, None, None, None))
            return
        self._gone.pop(task, None)
        before = unpack(packed)
        held = self._previous.held
        differing = {
            title: (_shown(before[old], form), _shown(plain(row[new]), form))
            for new, old, title, form in self._compared
            if not _same(before[old], row[new], form, held)
        }
        if not differing:
            return
        self._leave_out(differing, row, before)
        moved = self._move in differing
        told = {twin for title in differing for twin in _twins(title, differing)}
        for title, (old_text, new_text) in differing.items():
            if title in told:
                continue
            if moved and title in _STATUS:
                self._moved.append(("status", row[self._id], name, title, old_text, new_text))
            else:
                self._changed.append(("changed", row[self._id], name, title, old_text, new_text))
        self._tasks_changed += bool(differing)
        self._tasks_moved += moved

    def _leave_out(self, differing: dict[str, Any], row: Sequence[Any], before: Sequence[str | None]) -> None:
        """Names that one of the two could not look up tell nothing of the people."""
        if self._people is None:
            return
        new, old = self._people
        for title in _LOOKED_UP:
            earlier, now = differing.get(title, (None, None))
            if (earlier and not now and row[new]) or (now and not earlier and before[old]):
                del differing[title]

    def table(self) -> Table:
        """The sheet Changes, once all rows were seen."""
        return Table("Changes", _COLUMNS, self._rows())

    def _rows(self) -> Iterator[Sequence[Any]]:
        yield from self._added
        titles = self._previous.titles
        for task in self._gone:
            name = unpack(self._previous.rows[task])[titles.index("name")] if "name" in titles else None
            yield "gone", int(task) if task.isdecimal() else task, name, None, None, None
        yield from self._moved
        yield from self._changed

    @property
    def counts(self) -> dict[str, int]:
        """Tasks. A task that changed counts once, also when its status is what changed."""
        return {
            "added": len(self._added),
            "gone": len(self._gone),
            "changed": self._tasks_changed,
            "status_moves": self._tasks_moved,
        }

    @property
    def summary(self) -> str:
        """The counts in a sentence."""
        counts = self.counts
        moves = f" ({counts['status_moves']:,} to another status)" if counts["status_moves"] else ""
        return (
            f"Since {self._previous.path.name}: {counts['added']:,} added, {counts['gone']:,} gone, "
            f"{counts['changed']:,} changed{moves}."
        )

    @property
    def notes(self) -> list[str]:
        nameless = f"{self._nameless:,} tasks without an id could not be compared"
        return [*self._previous.notes, *self._not_compared, *([nameless] if self._nameless else [])]


def _lacking(titles: Sequence[str], previous: Previous) -> Iterator[str]:
    """Sentences on the columns that only one of the two has."""
    ours = [title for title in titles if title not in previous.titles]
    theirs = [title for title in previous.titles if title and title not in titles]
    if previous.held == "lines":  # whole records, without what was looked up; nobody chose columns of them
        ours, theirs = [title for title in ours if title not in _LOOKED_UP], []
    for lacking, where in ((ours, previous.path.name), (theirs, "this export")):
        named = [title for title in lacking if title not in _FOLLOW]
        more = f" and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
        if named:
            yield f"not compared, since {where} has no such columns: {', '.join(named[:_NAMED])}{more}"


def _twins(title: str, differing: Any) -> Iterator[str]:
    yield from _TWINS.get(title, ())
    if title == "parent_task_name":  # another parent: all that is told of it is another's
        yield from (other for other in differing if other.startswith("parent_") and other != title)


def _shown(text: str | None, form: Form) -> str | None:
    """A text of either side as people are shown it."""
    if text and form == "date" and (day := _day(text)):
        return day.isoformat()
    if text and form == "instant" and (moment := _moment(text)):
        return moment.isoformat().replace("+00:00", "Z")
    if text and form == "boolean":
        return text.casefold()  # TRUE in a workbook
    return text or None


def _same(before: str | None, after: Any, form: Form, held: Held) -> bool:
    """Whether a value, put into the earlier file, would have come back as `before`."""
    shown = plain(after)
    if not before or not shown or before.isspace() or shown.isspace():
        return _is_blank(before) and _is_blank(shown)
    if before == shown:
        return True
    if isinstance(after, bool):
        return before.casefold() == shown  # TRUE in a workbook
    if isinstance(after, int | float):
        return _same_number(before, after, held)
    if form == "date" and (day := _day(before)):
        return day == _day(shown)
    if form == "instant" and (moment := _moment(before)):
        other = _moment(shown)
        apart = timedelta(seconds=1 if held == "workbook" else 0)
        return other is not None and (moment == other or abs(moment - other) < apart)
    return _same_text(before, shown, held)


def _same_text(before: str, after: str, held: Held) -> bool:
    match held:
        case "text":
            return before == escaped(after)
        case "parquet":
            return before == _HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", after)
        case "lines":
            return before == after
    before, after = (_LINE_END.sub("\n", _UNSTORABLE.sub("\ufffd", text)) for text in (before, after))
    cut = len(before.encode("utf-16-le")) // 2 >= _CUT
    return after.startswith(before) if cut else after == before


def _same_number(before: str, after: float, held: Held) -> bool:
    try:
        if isinstance(after, int) and "." not in before and "e" not in before.casefold():
            return int(before) == after
        number = float(before)
        # a workbook's number is shown to people with 15 digits
        return f"{number:.15g}" == f"{after:.15g}" if held == "workbook" else number == after
    except (ValueError, OverflowError):
        return False


def _is_blank(text: str | None) -> bool:
    return not text or text.isspace()


def _day(text: str) -> date | None:
    """The date of an ISO text; a workbook gives midnight with it."""
    try:
        return date.fromisoformat(text.removesuffix("T00:00:00"))
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    """An instant in UTC; without a zone it is in UTC already."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
