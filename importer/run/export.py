"""Export: read every task that the filters ask for, flatten, and write files beside a manifest."""

import glob
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from importer.errors import TasksheetError
from importer.focus.client import Client
from importer.focus.directory import PERSON_ID, Directory
from importer.focus.parameters import BY_NAME as BY_PARAMETER
from importer.run.changes import Changes, Previous, previous
from importer.run.listing import Listed, asked_by, read, spool_of
from importer.run.manifest import beside, sha256, told_of
from importer.run.named import resolved
from importer.run.reports import task_url
from importer.run.wanted import Exported, Wanted, chosen_fields, filled, named
from importer.settings import Connection
from importer.sheet.table import Form, OutColumn, Table
from importer.sheet.write_delimited import write_rows
from importer.sheet.writing import check_place, check_target, kept_aside, write, write_json, write_records
from importer.task.fields import EVERYTHING, Field, Kind
from importer.task.flatten import flattener
from importer.task.lists import join
from importer.task.summing import Sums
from importer.version import __version__
from importer.watch import SILENT, Patience, Watch

_FORMS: dict[Kind, Form] = {
    Kind.INTEGER: "integer",
    Kind.MINUTES: "integer",
    Kind.SECONDS: "integer",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.INSTANT: "instant",
}
_OF_PEOPLE = {"assignee_names": 0, "assignee_emails": 1}  # column → place of it in a person


def export(connection: Connection, wanted: Wanted, watch: Watch = SILENT) -> Exported:
    """Read, flatten and write. The file is whole or it is not there."""
    began = datetime.now().astimezone()
    chosen = chosen_fields(wanted.columns)
    out = None if wanted.out is None else named(wanted.out, began, connection)
    if out is not None:
        _check(out, wanted)
    sheets = _sheets_of(out, wanted.sheets)
    earlier = _earlier(wanted, out, connection)
    if earlier:
        earlier.check(connection, ["id"] if chosen is None else [one.name for one in chosen])
    patience = Patience(wanted.max_wait, watch)
    with Client(connection, watch=watch.note, wait=patience) as client, _counted(client):
        directory = Directory(client)
        filters = resolved(directory, wanted.names, wanted.filters)
        asked = {**asked_by(chosen, wanted), **filters}
        with spool_of(connection, wanted, asked) as spool:
            listed = read(client, wanted, asked, spool, watch)
            fields = [*EVERYTHING, *listed.beyond.fields] if chosen is None else chosen
            writing = _Writing(connection, wanted, out, began, filters, sheets, listed, fields, earlier)
            writing.look_up_people(directory)
            writing.notes += directory.notes
            if out is None:
                spool.done()  # whoever reads may leave, and the next one wants the tasks as they are then
            try:
                exported = writing.write(client)
            except (TasksheetError, KeyboardInterrupt) as stop:
                raise listed.told(stop, kept=isinstance(stop, KeyboardInterrupt)) from stop
            spool.done()
    return exported


def _check(out: Path, wanted: Wanted) -> None:
    """Raise UnwritableFile where the file, or one beside it, can't be written."""
    check_target(out)
    check_place(beside(out))
    if (wanted.compare or wanted.if_changed) and out.suffix.lower() != ".xlsx":
        check_place(_changes_of(out))


def _sheets_of(out: Path | None, sheets: str | None) -> Sequence[str]:
    if out is None or out.suffix.lower() != ".xlsx":
        return ()
    from importer.run.side_sheets import chosen_sheets

    return chosen_sheets(sheets)


@contextmanager
def _counted(client: Client) -> Iterator[None]:
    """Let what stops the command say how many requests it took."""
    try:
        yield
    except TasksheetError as error:
        error.counts["requests"] = client.requests
        raise


def _earlier(wanted: Wanted, out: Path | None, connection: Connection) -> Previous | None:
    """The export to compare with; None where there is none yet."""
    path = wanted.compare or (_last(wanted.out, connection) if wanted.out and wanted.if_changed else None)
    if path is None or (not path.exists() and out is not None and path.absolute() == out.absolute()):
        return None
    return previous(path)


def _last(out: Path, connection: Connection) -> Path | None:
    """The newest export of this workspace under this name, whatever date stands in it."""
    literal = filled(Path(glob.escape(str(out))), "*", "*", connection)
    name = re.escape(str(out)).replace(r"\{", "{").replace(r"\}", "}")
    exact = re.compile(str(filled(Path(name), r"\d{4}-\d\d-\d\d", r"\d{6}", connection)))
    there = [Path(path) for path in glob.glob(str(literal)) if exact.fullmatch(path)]  # noqa: PTH207
    ours = [path for path in there if told_of(path).get("workspace") == connection.known_as]
    return max(ours, key=lambda path: path.stat().st_mtime, default=None)


def _changes_of(out: Path) -> Path:
    """Where the changes stand for a file without sheets."""
    return out.with_name(f"{out.stem}.changes.csv")


@dataclass
class _Writing:
    """One export on its way from the spool to files."""

    connection: Connection
    wanted: Wanted
    out: Path | None
    began: datetime
    filters: dict[str, object]
    sheets: Sequence[str]
    listed: Listed
    fields: Sequence[Field]
    earlier: Previous | None
    people: dict[int, tuple[str, str]] = field(default_factory=dict)  # id → name, e-mail
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = [self._column(one) for one in self.fields]
        self.sums = Sums(self.began.date()) if set(self.sheets) - {"tasks", "about"} else None
        self.changes = Changes(self.earlier, self.columns) if self.earlier else None
        self.compared = False
        self.notes += self.listed.notes
        if self.earlier and (other := self._other_filters(self.earlier)):
            self.notes.append(other)
        if self.wanted.compare and not self.earlier:
            self.notes.append(f"there is no earlier export {self.wanted.compare.name} yet to compare with")

    def _other_filters(self, earlier: Previous) -> str | None:
        return earlier.other_filters(
            self.filters,
            with_archived=self.wanted.with_archived,
            asked_for_too=list(self.listed.readings[0].asked_for_too),
        )

    def _column(self, one: Field) -> OutColumn:
        link = task_url(self.connection, "{}") or None if one.name == "id" else None
        return OutColumn(one.name, _FORMS.get(one.kind, "text"), one.width, link)

    @property
    def form(self) -> str:
        return "" if self.out is None else self.out.suffix.lower()

    def look_up_people(self, directory: Directory) -> None:
        """Names and e-mails by id, where columns or sheets want them: one look-up, and only when needed."""
        columns = any(one.name in _OF_PEOPLE for one in self.fields) and self.form != ".jsonl"
        if self.listed.assigned and (columns or (self.form == ".xlsx" and "assignees" in self.sheets)):
            for person in directory.people:
                self.people[person[PERSON_ID]] = person.get("name") or "", person.get("email") or ""

    def write(self, client: Client) -> Exported:
        files: tuple[Path, ...] = ()
        if self.out is None:
            assert self.wanted.stdout is not None
            # never guarded: a pipe reads it, not a spreadsheet
            self.notes += write_rows(self.wanted.stdout, self._tasks(), guard=False).notes
        elif self.wanted.if_changed and self._nothing_changed():
            self.notes.append(f"nothing changed, so {self.out.name} was not written")
        else:
            manifest = beside(self.out)
            with kept_aside(self.out, ours=manifest.exists()) as kept:
                more = self._write_files(self.out)
            if kept:
                self.notes.append(
                    f"{self.out.name} was there and no export of ours; it is kept as {kept.name}"
                )
            write_json(manifest, self._manifest(self.out, client))
            files = (self.out, manifest, *more)
        listed = self.listed
        return Exported(
            listed.count,
            listed.pages,
            client.requests,
            listed.certified,
            files,
            tuple(self.notes),
            tuple(listed.ignored),
            self.changes,
        )

    def _write_files(self, out: Path) -> list[Path]:
        """The file itself, and what can't be in it."""
        if self.form == ".jsonl":
            write_records(out, self.listed.spool)
            self._compare()
        elif self.form == ".xlsx":
            self.notes += write(out, list(self._sheets())).notes
        else:
            self.notes += write(out, [self._tasks()], guard=self.wanted.guard).notes
        if self.changes is None:
            return []
        self.notes += self.changes.notes
        if self.form == ".xlsx":
            return []
        changes = _changes_of(out)
        write(changes, [self.changes.table()], guard=self.wanted.guard)
        return [changes]

    def _sheets(self) -> Iterator[Table]:
        """The sheets of the workbook; what they sum up is seen while the tasks are written."""
        if "tasks" in self.sheets:
            yield self._tasks()
        else:
            for _ in self._rows():
                pass
        from importer.run.side_sheets import side_sheets

        sides = side_sheets(self.sums, self.sheets, self._about(), self.people)
        if self.changes:
            sides.insert(len(sides) - ("about" in self.sheets), self.changes.table())
        yield from sides

    def _tasks(self) -> Table:
        return Table("Tasks", self.columns, self._rows())

    def _rows(self) -> Iterator[list[Any]]:
        flat = flattener(self.fields)
        places = [(place, _OF_PEOPLE[f.name]) for place, f in enumerate(self.fields) if f.name in _OF_PEOPLE]
        for record in self.listed.spool:
            row = flat(record)
            for place, which in places:
                row[place] = self._names(record.get("assignee_user_ids"), which)
            if self.sums and not self.compared:  # else every task was seen before
                self.sums.add(record)
            if self.changes and not self.compared:
                self.changes.see(row)
            yield row
        self.compared = True

    def _names(self, ids: Any, which: int) -> str | None:
        """What is known of a task's people, side by side with their ids."""
        people = ids if isinstance(ids, list) else []
        told = [self.people.get(one, ("", ""))[which] if isinstance(one, int) else "" for one in people]
        return join(told) if any(told) else None

    def _compare(self) -> None:
        """See every row, where none is written."""
        if self.changes and not self.compared:
            for _ in self._rows():
                pass

    def _nothing_changed(self) -> bool:
        if self.changes is None or self.earlier is None:
            return False
        self._compare()
        same_columns = {*self.earlier.titles} == {column.title for column in self.columns}
        return not any(self.changes.counts.values()) and (same_columns or self.earlier.held == "lines")

    def _about(self) -> list[tuple[str, object]]:
        """What the sheet About says."""
        listed = self.listed
        asked = [BY_PARAMETER[name].option for name in listed.readings[0].asked_for_too]
        return [
            ("Workspace", self.connection.known_as),
            ("Exported", self.began.isoformat(sep=" ", timespec="seconds")),
            ("Tasks", listed.count),
            ("Count certified", "yes" if listed.certified is True else listed.certified),
            *((BY_PARAMETER[name].option, _typed(value)) for name, value in self.filters.items()),
            ("Asked for too", ", ".join(asked) or "nothing that the list leaves out"),
            ("Archived tasks", "yes" if self.wanted.with_archived else "as the filters say"),
            ("Made by", f"tasksheet {__version__}"),
            *(("Note", note) for note in [*self.notes, *listed.ignored]),
        ]

    def _manifest(self, out: Path, client: Client) -> dict[str, Any]:
        listed = self.listed
        return {
            "file": out.name,
            "sha256": sha256(out),
            "workspace": self.connection.known_as,
            "filters": self.filters,
            "asked_for_too": list(listed.readings[0].asked_for_too),
            "with_archived": self.wanted.with_archived,
            "pages": listed.pages,
            "pages_read": [[*place, read] for place, read in listed.spool.times.items()],
            "requests": client.requests,
            "distinct_ids": listed.distinct,
            "totals_seen": [total for reading in listed.readings for total in reading.totals],
            "certified": listed.certified,
            "ignored": listed.ignored,
            "guarded": self.wanted.guard and self.form in (".csv", ".tsv"),
            "changes": self.changes.counts if self.changes else None,
            "began": self.began.isoformat(timespec="seconds"),
            "ended": datetime.now().astimezone().isoformat(timespec="seconds"),
            "notes": self.notes,
            "tasksheet": __version__,
        }


def _typed(value: object) -> str:
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(
        "none" if one is None else "yes" if one is True else "no" if one is False else str(one)
        for one in values
    )
