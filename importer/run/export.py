"""Export: read every task that the filters ask for, flatten, and write files beside a manifest."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

from importer.errors import BadRequest, RefusedFilter, TasksheetError, WrongUse
from importer.focus.client import Client
from importer.focus.directory import PERSON_ID, Directory
from importer.focus.pages import Reading, read_all
from importer.focus.parameters import BY_NAME as BY_PARAMETER
from importer.focus.parameters import Kind as Sort
from importer.run.spool import Spool
from importer.settings import Connection
from importer.sheet.table import Form, OutColumn, Table
from importer.sheet.write_delimited import write_rows
from importer.sheet.writing import check_target, kept_aside, write, write_json
from importer.task.fields import BY_NAME, EVERYTHING, EXPORTED, Field, Kind
from importer.task.flatten import flattener, unknown_fields
from importer.task.lists import join
from importer.task.mapping import nearest
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
PEOPLE_COLUMNS = {"assignee_names": "name", "assignee_emails": "email"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `tasksheet export` was asked for. `out` None: CSV to `stdout`."""

    out: Path | None
    stdout: TextIO | None = None
    filters: Mapping[str, object] = field(default_factory=dict)  # by parameter
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)  # project, client, …: as typed
    columns: str | None = None  # names joined by commas, or "all"; None: the usual ones
    sheets: str | None = None  # names joined by commas; None: all
    read: Literal["auto", "pages", "stream"] = "auto"
    jobs: int = 4  # pages read ahead
    guard: bool = True
    max_wait: float = 3600  # seconds of waiting for quota in all
    active_projects_only: bool = False
    with_archived: bool = False
    compare: Path | None = None
    if_changed: bool = False
    state: Path | None = None  # the state folder; None: an interrupted reading keeps nothing


@dataclass(frozen=True, slots=True)
class Exported:
    tasks: int
    pages: int
    requests: int
    certified: bool | str
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        return 0

    def as_json(self) -> dict[str, Any]:
        return {
            "tasks": self.tasks,
            "pages": self.pages,
            "requests": self.requests,
            "certified": self.certified,
            "files": [str(path.resolve()) for path in self.files],
            "notes": list(self.notes),
        }


def export(connection: Connection, wanted: Wanted, watch: Watch = SILENT) -> Exported:
    """Read, flatten and write. The file is whole or it is not there."""
    began = datetime.now().astimezone()
    chosen = chosen_fields(wanted.columns)
    out = None if wanted.out is None else named(wanted.out, began, connection)
    if out is not None:
        check_target(out)
    patience = Patience(wanted.max_wait, watch)
    with (
        Client(connection, watch=watch.note, wait=patience) as client,
        counted(client),
        Spool() as spool,
    ):
        filters = {**_asked_by(chosen), **wanted.filters}
        reading = _read(client, filters, spool, watch)
        fields = [*EVERYTHING, *unknown_fields(spool)] if chosen is None else chosen
        people, refused = _people(client, spool, fields)
        table = Table("Tasks", [_column(f) for f in fields], _rows(spool, fields, people))
        notes = [*reading.notes, *refused]
        files: tuple[Path, ...] = ()
        if out is None:
            assert wanted.stdout is not None
            # never guarded: a pipe reads it, not a spreadsheet
            write_rows(wanted.stdout, table, guard=False)
        else:
            manifest = out.with_name(f"{out.name}.manifest.json")
            with kept_aside(out, ours=manifest.exists()) as kept:
                notes += write(out, [table], guard=wanted.guard).notes
            notes += (
                [f"{out.name} was there and no export of ours; it is kept as {kept.name}"] if kept else []
            )
            told = _manifest(connection, wanted, reading, client, out, began, notes)
            write_json(manifest, told)
            files = (out, manifest)
        return Exported(spool.count, reading.pages, client.requests, reading.certified, files, tuple(notes))


@contextmanager
def counted(client: Client) -> Iterator[None]:
    """Let what stops the command say how many requests it took."""
    try:
        yield
    except TasksheetError as error:
        error.counts["requests"] = client.requests
        raise


def chosen_fields(columns: str | None) -> Sequence[Field] | None:
    """The fields of `--columns`; None means every field there is."""
    if columns is None:
        return EXPORTED
    if columns.strip() == "all":
        return None
    known = {f.name: f for f in EVERYTHING}
    chosen = []
    for name in filter(None, (part.strip() for part in columns.split(","))):
        if name not in known:
            raise WrongUse(f"--columns: there is no column {name!r}{nearest(name, known)}.")
        chosen.append(BY_NAME[name])
    if not chosen:
        raise WrongUse('--columns is empty; give names joined by commas, or "all".')
    return chosen


def _asked_by(fields: Sequence[Field] | None) -> dict[str, object]:
    """The parameters without which the list leaves columns blank. `fields` None: every column."""
    names = [f.name for f in (EVERYTHING if fields is None else fields)]
    asked: dict[str, object] = {}
    if any("project_rate_" in name for name in names):
        asked["include_rates"] = True
    if any(name.endswith("ghost_assignee_ids") for name in names):
        asked["include_ghost_assignees"] = True
    return asked


def named(out: Path, now: datetime, connection: Connection) -> Path:
    """`{date}`, `{time}` and `{workspace}` in the file's name filled in."""
    text = str(out)
    for word, value in (
        ("{date}", f"{now:%Y-%m-%d}"),
        ("{time}", f"{now:%H%M%S}"),
        ("{workspace}", str(connection.workspace)),
    ):
        text = text.replace(word, value)
    return Path(text)


def _read(client: Client, filters: Mapping[str, object], spool: Spool, watch: Watch) -> Reading:
    reading = Reading()
    try:
        for page in read_all(client, filters, reading, restart=spool.clear):
            spool.extend(page)
            watch.progress(spool.count, reading.totals[-1] if reading.totals else None, "tasks")
    except BadRequest as error:
        raise RefusedFilter(
            f"The API refuses {_suspects(filters)}: {error.refusal}.", trace_id=error.refusal.trace_id
        ) from error
    watch.done()
    return reading


def _suspects(filters: Mapping[str, object]) -> str:
    """The options whose value is none that the API's page knows, or all that were given."""
    said = []
    for name, given in filters.items():
        parameter, option = BY_PARAMETER[name], f"--{name.replace('_', '-')}"
        values = given if isinstance(given, list) else [given]
        if strange := [value for value in values if isinstance(value, str) and parameter.unknown(value)]:
            said.append(f"{option} {', '.join(strange)} (it knows {', '.join(parameter.choices)})")
        elif parameter.kind is Sort.DATE and not all(_is_day(value) for value in values):
            said.append(f"{option} {', '.join(map(str, values))} (a date such as 2026-03-31)")
    if said or not filters:
        return "; ".join(said) or "the request"
    return "a value of " + ", ".join(f"--{name.replace('_', '-')}" for name in filters)


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _people(
    client: Client, spool: Spool, fields: Sequence[Field]
) -> tuple[dict[str, dict[int, str]], Sequence[str]]:
    """Names and e-mails by id, for the columns that want them: one look-up, and only when needed."""
    wanted = [f.name for f in fields if f.name in PEOPLE_COLUMNS]
    if not wanted or not any(record.get("assignee_user_ids") for record in spool):
        return {}, ()
    directory = Directory(client)
    people = {
        name: {p[PERSON_ID]: p.get(PEOPLE_COLUMNS[name]) or "" for p in directory.people if PERSON_ID in p}
        for name in wanted
    }
    return people, directory.notes


def _rows(
    spool: Spool, fields: Sequence[Field], people: Mapping[str, Mapping[int, str]]
) -> Iterator[list[Any]]:
    flat = flattener(fields)
    places = [(place, people[f.name]) for place, f in enumerate(fields) if f.name in people]
    for record in spool:
        row = flat(record)
        for place, by_id in places:
            told = [by_id.get(person, "") for person in record.get("assignee_user_ids") or ()]
            row[place] = join(told) if any(told) else None
        yield row


def _column(field_: Field) -> OutColumn:
    return OutColumn(field_.name, _FORMS.get(field_.kind, "text"), field_.width)


def _manifest(
    connection: Connection,
    wanted: Wanted,
    reading: Reading,
    client: Client,
    out: Path,
    began: datetime,
    notes: Sequence[str],
) -> dict[str, Any]:
    return {
        "file": out.name,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "workspace": connection.known_as,
        "filters": dict(wanted.filters),
        "asked_for_too": reading.asked_for_too,
        "pages": reading.pages,
        "requests": client.requests,
        "distinct_ids": reading.distinct,
        "totals_seen": reading.totals,
        "certified": reading.certified,
        "guarded": wanted.guard and out.suffix.lower() in (".csv", ".tsv"),
        "began": began.isoformat(timespec="seconds"),
        "ended": datetime.now().astimezone().isoformat(timespec="seconds"),
        "notes": list(notes),
        "tasksheet": __version__,
    }
