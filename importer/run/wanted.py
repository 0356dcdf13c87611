"""What an export is asked for, and what it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TextIO

from importer.errors import WrongUse
from importer.run.changes import Changes
from importer.settings import Connection
from importer.task.fields import BY_NAME, EVERYTHING, EXPORTED, Field
from importer.task.mapping import nearest


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
    """`ignored`: filters that the server did not follow. `changes`: where it was compared."""

    tasks: int
    pages: int
    requests: int
    certified: bool | str
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    changes: Changes | None = None

    @property
    def status(self) -> int:
        return 1 if self.ignored else 0

    def as_json(self) -> dict[str, Any]:
        told = {
            "tasks": self.tasks,
            "pages": self.pages,
            "requests": self.requests,
            "certified": self.certified,
            "files": [str(path.resolve()) for path in self.files],
            "notes": [*self.notes, *self.ignored],
        }
        return told if self.changes is None else {**told, "changes": self.changes.counts}


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


def named(out: Path, now: datetime, connection: Connection) -> Path:
    """`{date}`, `{time}` and `{workspace}` in the file's name filled in."""
    return filled(out, f"{now:%Y-%m-%d}", f"{now:%H%M%S}", connection)


def filled(out: Path, date: str, time: str, connection: Connection) -> Path:
    words = {"{date}": date, "{time}": time, "{workspace}": str(connection.workspace)}
    text = str(out)
    for word, value in words.items():
        text = text.replace(word, value)
    return Path(text)
