"""An earlier export of ours, read to be compared with: its rows by the id of their task, kept compactly."""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

from importer.errors import UnreadableFile, WrongUse
from importer.run.manifest import told_of
from importer.run.origin import workspace_in
from importer.settings import Connection
from importer.sheet.base import Broken
from importer.sheet.guard import unguarded
from importer.task.fields import BY_NAME, EVERYTHING, Field, Kind
from importer.task.flatten import Beyond, flattener

Held: TypeAlias = Literal["workbook", "text", "parquet", "lines"]
Texts: TypeAlias = Sequence[str | None]

_SHEET = re.compile(r"Tasks(?: (\d+))?")  # further ones hold what one could not


@dataclass(frozen=True, slots=True)
class Previous:
    """An earlier export. `held` is what kind of file had it, which decides what it could not hold.

    `rows` has the cells of every task by its id, as `pack` makes them, in the order of `titles`.
    `workspace` is Connection.known_as where the export tells; `manifest` is what stands beside it.
    """

    path: Path
    held: Held
    titles: tuple[str, ...]
    rows: Mapping[str, bytes]
    workspace: str | None = None
    workspace_ids: frozenset[str] = frozenset()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def check(self, connection: Connection, titles: Iterable[str] = ("id",)) -> None:
        """Raise WrongUse where it is of another workspace, or the columns to come lack the id."""
        if "id" not in titles:
            raise WrongUse("Tasks are compared by their id; add id to --columns.")
        ours, theirs = connection.known_as, self.workspace
        if theirs is None and self.workspace_ids - {str(connection.workspace)}:
            ours, theirs = str(connection.workspace), ", ".join(sorted(self.workspace_ids))
        if theirs is not None and theirs != ours:
            raise WrongUse(
                f"{self.path.name} is an export of another workspace ({theirs}, and this is {ours}); "
                "compare with an earlier export of this one."
            )

    def other_filters(self, filters: Mapping[str, object], **also: object) -> str | None:
        """A note where it was made with other filters than these, or may have been. `also`: more that
        decides which tasks come, by its name in the manifest."""
        if not isinstance(self.manifest.get("filters"), dict):
            return (
                f"{self.path.name} has no manifest beside it that tells its filters; if they were others, "
                "tasks count as added or gone for that reason alone"
            )
        now = json.loads(json.dumps({"filters": filters, **also}, default=str))
        if all(self.manifest.get(name, value) == value for name, value in now.items()):
            return None
        return (
            f"{self.path.name} was made with other filters; tasks may count as added or gone for that "
            "reason alone"
        )


def previous(path: Path) -> Previous:
    """Read an earlier export of any form that export writes.

    Raises UnreadableFile, and WrongUse for a file that is none of ours.
    """
    manifest = told_of(path)
    workspace = manifest.get("workspace")
    held, titles, rows = _opened(path, manifest)
    if "id" not in titles:
        raise WrongUse(
            f"{path.name} is no export that can be compared: it has no column `id`; "
            "give an earlier export of this tool."
        )
    if held == "workbook" and workspace is None:
        workspace = workspace_in(path) or None
    place, place_workspace = titles.index("id"), _index(titles, "workspace_id")
    packed: dict[str, bytes] = {}
    workspaces: set[str] = set()
    nameless = repeats = 0
    for texts in rows:
        if not (task := texts[place]):
            nameless += 1
            continue
        repeats += task in packed
        packed.setdefault(task, pack(texts))
        if place_workspace is not None and (told := texts[place_workspace]):
            workspaces.add(told)
    notes = [
        f"{count:,} {'rows' if count > 1 else 'row'} of {path.name} {what}"
        for count, what in ((nameless, "without an id could not be compared"), (repeats, "repeat an id"))
        if count
    ]
    return Previous(
        path,
        held,
        titles,
        packed,
        workspace if isinstance(workspace, str) else None,
        frozenset(workspaces),
        manifest,
        tuple(notes),
    )


def pack(texts: Texts) -> bytes:
    """A row's texts in little room: a hundred thousand rows are held at once."""
    return zlib.compress(json.dumps(texts, separators=(",", ":")).encode(), 1)


def unpack(packed: bytes) -> Texts:
    texts: Texts = json.loads(zlib.decompress(packed))
    return texts


def plain(value: Any) -> str | None:
    """A value of a row as text: `true`, `5`, `0.5`, ISO dates."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _index(titles: Sequence[str], title: str) -> int | None:
    return titles.index(title) if title in titles else None


def _opened(path: Path, manifest: Mapping[str, Any]) -> tuple[Held, tuple[str, ...], Iterator[Texts]]:
    """Kind, titles and rows of a file."""
    ending = path.suffix.lower()
    if ending == ".jsonl":
        return "lines", *_lines(path)
    if ending == ".parquet":
        return "parquet", *_parquet(path)
    from importer.sheet.kinds import TEXTS, look_at

    if look_at(path) in TEXTS:
        take_off = ending in (".csv", ".tsv") and manifest.get("guarded", True)
        return "text", *_sheets(path, [None], unguarded if take_off else str)
    names = [name for name, _ in sorted(_parts(path), key=lambda part: part[1])]
    return "workbook", *_sheets(path, names or [None], str)


def _parts(path: Path) -> Iterator[tuple[str, int]]:
    """The worksheets that hold the tasks, with their numbers."""
    for name in _worksheets(path).sheet_names:
        if found := _SHEET.fullmatch(name):
            yield name, int(found[1] or 1)


def _worksheets(path: Path) -> Any:
    from python_calamine import CalamineWorkbook

    from importer.sheet.damage import plain_errors

    with plain_errors(path):
        return CalamineWorkbook.from_path(path)


def _sheets(
    path: Path, names: Sequence[str | None], unmarked: Callable[[str], str]
) -> tuple[tuple[str, ...], Iterator[Texts]]:
    """Titles of the first sheet, and the rows of all of them in its order."""
    from importer.sheet.reading import open_sheet

    def opened(name: str | None) -> Any:
        return open_sheet(path, sheet=name, known=BY_NAME.__contains__)

    first = opened(names[0])
    titles: tuple[str, ...] = first.header

    def rows() -> Iterator[Texts]:
        for name in names:
            sheet = first if name == names[0] else opened(name)
            places = [_index(sheet.header, title) for title in titles]
            for frame in sheet.chunks():
                for cells in frame.itertuples(index=False, name=None):
                    yield [None if place is None else _cell_text(cells[place], unmarked) for place in places]

    return titles, rows()


def _cell_text(cell: Any, unmarked: Callable[[str], str]) -> str | None:
    if isinstance(cell, str):
        return unmarked(cell)
    if isinstance(cell, datetime):  # a serial number, which is not exact
        return (cell + timedelta(milliseconds=500)).replace(microsecond=0).isoformat()
    return cell.shown if isinstance(cell, Broken) else plain(cell)


def _lines(path: Path) -> tuple[tuple[str, ...], Iterator[Texts]]:
    """The records of a .jsonl file, flat; a column is there where a record has its outermost name."""
    names: set[str] = set()
    beyond = Beyond()
    for record in _records(path):
        names.update(record)
        beyond.see(record)
    known = [*EVERYTHING, *beyond.fields]
    fields = [field for field in known if not names or _outermost(field) & names]
    # null in every record, and perhaps not in the next export
    blank = names.difference(*(_outermost(field) for field in known))
    fields += [Field(name, Kind.TEXT, "", (name,), default=False) for name in sorted(blank)]
    flat = flattener(fields)
    rows = ([plain(value) for value in flat(record)] for record in _records(path))
    return tuple(field.name for field in fields), rows


def _outermost(field: Field) -> set[str]:
    return {re.split(r"\.|\[\]", path)[0] for path in field.paths}


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    number = 0
    with _plain_errors(path), path.open(encoding="utf-8-sig", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict):
                raise UnreadableFile(
                    f"{path.name}, line {number}: no JSON object; give an export that is whole."
                )
            yield record


def _parquet(path: Path) -> tuple[tuple[str, ...], Iterator[Texts]]:
    from importer.sheet.write_parquet import check_library

    check_library()
    import pyarrow.parquet as parquet

    with _plain_errors(path), parquet.ParquetFile(path) as file:
        titles = tuple(file.schema_arrow.names)

    def rows() -> Iterator[Texts]:
        with _plain_errors(path), parquet.ParquetFile(path) as file:
            for number in range(file.num_row_groups):
                group = file.read_row_group(number)
                columns = [map(plain, column.to_pylist()) for column in group.columns]
                yield from map(list, zip(*columns, strict=True))

    return titles, rows()


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    """One sentence for what keeps a file from being read."""
    try:
        yield
    except FileNotFoundError:
        raise UnreadableFile(f"{path} does not exist; check the name and the folder you are in.") from None
    except OSError as error:
        raise UnreadableFile(f"{path} can't be read: {error.strerror or error}.") from None
    except ValueError as error:  # bytes that are no UTF-8, or no Parquet
        raise UnreadableFile(
            f"{path.name} is damaged, or not what its ending says ({error}); give another export."
        ) from None
