"""JournalFile: the SQLite file under a journal: opened only where it can be trusted, and held by one writer.

WAL, and every change on the disk before anything else happens (synchronous=FULL).
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from importer.errors import ComeBackLater, UnwritableFile, WrongUse

VERSION = 1
_MAGIC = 0x7461736B  # "task"

_SCHEMA = """
CREATE TABLE about (workspace TEXT NOT NULL);
CREATE TABLE runs (id TEXT PRIMARY KEY, began TEXT NOT NULL, ended TEXT, pid INTEGER, file TEXT, sheet TEXT,
  label TEXT NOT NULL DEFAULT '', requests INTEGER, said TEXT);
CREATE TABLE lists (id INTEGER PRIMARY KEY, label TEXT NOT NULL, run TEXT NOT NULL);
CREATE TABLE heads (id INTEGER PRIMARY KEY, titles TEXT NOT NULL, fixed TEXT NOT NULL, blank TEXT NOT NULL,
  UNIQUE (titles, fixed, blank));
CREATE TABLE flights (id INTEGER PRIMARY KEY, run TEXT NOT NULL, began REAL NOT NULL, ended REAL, took REAL,
  mark TEXT NOT NULL, ignoring TEXT NOT NULL);
CREATE TABLE items (id INTEGER PRIMARY KEY, list INTEGER NOT NULL, run TEXT NOT NULL, row INTEGER NOT NULL,
  head INTEGER NOT NULL, cells TEXT NOT NULL, seen_head INTEGER, seen TEXT,
  kind TEXT NOT NULL, task_id INTEGER, problem TEXT NOT NULL DEFAULT '', body TEXT,
  look INTEGER NOT NULL DEFAULT 0, flight INTEGER, came INTEGER, at REAL);
CREATE INDEX items_of_task ON items (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX items_in_flight ON items (flight) WHERE flight IS NOT NULL;
CREATE INDEX items_nameless ON items (at) WHERE task_id IS NULL AND kind = 'created';
CREATE TABLE rows (run TEXT NOT NULL, row INTEGER NOT NULL, name TEXT NOT NULL, item INTEGER,
  kind TEXT NOT NULL, problem TEXT NOT NULL, PRIMARY KEY (run, row)) WITHOUT ROWID;
"""
# Of a journal that was begun without it nothing is missing: it is added when it is opened.
_CREATIONS = """
CREATE {} creations (id INTEGER PRIMARY KEY, run TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  plain TEXT NOT NULL, client INTEGER NOT NULL, began REAL NOT NULL, ended REAL, took REAL,
  state TEXT NOT NULL, made INTEGER)
"""
_TABLES = {"about", "runs", "lists", "heads", "flights", "items", "rows"}
_MEND = "nothing was sent. Put back a copy of it, or move it away: then no earlier import is known any more."


class JournalFile:
    """Raises what stops a command where it can't be trusted or written."""

    def __init__(
        self, path: Path | None, workspace: str, *, writing: bool = True, run: str = "", file: str = ""
    ) -> None:
        """Open, and with `writing` make it where there is none. `path` None keeps it in memory. `run`
        and `file` are what another run is told that finds this one at work.
        """
        self.path = path
        self.workspace = workspace
        self._lock: Any = None
        self._base = sqlite3.connect(":memory:", isolation_level=None)
        try:
            with self.told():
                self._base = self._opened(writing)
                self._hold(run, file)
                self._prepare(writing)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._base.close()
        if self._lock is not None and self.path is not None:
            with suppress(OSError):
                self.path.with_suffix(".held").unlink(missing_ok=True)
            self._lock.release()

    # Opening

    def _opened(self, writing: bool) -> sqlite3.Connection:
        if self.path is None or (not writing and not _has_bytes(self.path)):
            return self._base
        if not writing:
            try:
                return self._reading("mode=ro")
            except sqlite3.OperationalError:  # a folder that can't be written, so that no -shm can be made
                return self._reading("immutable=1")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnwritableFile(
                f"The state folder {self.path.parent} can't be made: {error.strerror}; nothing was sent. "
                "Choose one with --state-dir."
            ) from error
        self._take_lock()
        return sqlite3.connect(self.path, isolation_level=None, timeout=10)

    def _reading(self, how: str) -> sqlite3.Connection:
        assert self.path is not None
        base = sqlite3.connect(f"{self.path.resolve().as_uri()}?{how}", uri=True, isolation_level=None)
        base.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return base

    def _take_lock(self) -> None:
        """Raises ComeBackLater where another run holds it."""
        from filelock import FileLock, Timeout

        assert self.path is not None
        self._lock = FileLock(self.path.with_suffix(".lock"))
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            self._lock = None
            raise ComeBackLater(
                f"{self._at_work()} is at work on this workspace; one import goes at a time. "
                "Run again when it is done."
            ) from None
        except OSError as error:
            self._lock = None
            raise UnwritableFile(
                f"The state folder {self.path.parent} can't be written: {error.strerror}; nothing was sent. "
                "Choose one with --state-dir."
            ) from error

    def _hold(self, run: str, file: str) -> None:
        """Leave word of who is at work."""
        if self._lock is not None and self.path is not None:
            told = f"Run {run} ({Path(file).name}, process {os.getpid()})" if run else ""
            with suppress(OSError):
                self.path.with_suffix(".held").write_text(plain(told), "utf-8")

    def _at_work(self) -> str:
        assert self.path is not None
        with suppress(OSError, UnicodeDecodeError):
            return self.path.with_suffix(".held").read_text("utf-8") or "Another run"
        return "Another run"

    def _prepare(self, writing: bool) -> None:
        """Look whether it can be trusted before anything in it is changed."""
        tables = {name for (name,) in self.all("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables or self.one("PRAGMA application_id"):
            self._test(writing, tables)
        if writing and self.path is not None:
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
        if not tables:
            with self.change():
                for statement in (*_SCHEMA.split(";"), _CREATIONS.format("TABLE")):
                    self._base.execute(statement)
                self._base.execute(f"PRAGMA application_id = {_MAGIC}")
                self._base.execute(f"PRAGMA user_version = {VERSION}")
                self._base.execute("INSERT INTO about VALUES (?)", [self.workspace])
        elif "creations" not in tables:  # in a file that is only read it lives as long as the connection
            self._base.execute(_CREATIONS.format("TABLE" if writing else "TEMP TABLE"))
        self.workspace = self.one("SELECT workspace FROM about")

    def _test(self, writing: bool, tables: set[str]) -> None:
        if self.one("PRAGMA application_id") != _MAGIC:
            raise WrongUse(f"{self.path} is no journal of tasksheet; {_MEND}")
        version = self.one("PRAGMA user_version")
        if version > VERSION:
            raise WrongUse(
                f"The journal {self.path} was written by a newer tasksheet (version {version} of its form, "
                f"this one knows {VERSION}); nothing was sent. Update tasksheet."
            )
        if missing := _TABLES - tables:
            raise sqlite3.DatabaseError(f"{', '.join(sorted(missing))} missing")
        if writing and (said := self.one("PRAGMA quick_check(1)")) != "ok":
            raise sqlite3.DatabaseError(said)
        whose = self.one("SELECT workspace FROM about")
        if self.workspace and whose != self.workspace:
            raise WrongUse(f"The journal {self.path} is of another workspace ({whose}); {_MEND}")

    def all(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.told():
            return self._base.execute(sql, arguments).fetchall()

    def one(self, sql: str, arguments: Sequence[Any] = ()) -> Any:
        with self.told():
            row = self._base.execute(sql, arguments).fetchone()
        return row[0] if row else None

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on the disk when this ends."""
        with self.told():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield self._base
                self._base.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._base.execute("ROLLBACK")
                raise

    @contextmanager
    def told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise UnwritableFile(
                f"The journal {self.path} can't be used: {_line(error)}. Without it nothing is sent; "
                "make room or give the right to write there, or choose another folder with --state-dir."
            ) from error
        except sqlite3.DatabaseError as error:
            raise WrongUse(f"The journal {self.path} is damaged ({_line(error)}); {_MEND}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _has_bytes(path: Path) -> bool:
    """A journal that was never begun is as good as none."""
    return path.exists() and path.stat().st_size > 0


def plain(text: str) -> str:
    """Halves of surrogate pairs, as file names and servers may give them, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
