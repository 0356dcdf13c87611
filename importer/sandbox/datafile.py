"""Data file: one SQLite file, opened, made or refused. Knows connections and transactions, not what is kept.

Several processes may open one file, and make it at the same moment: every write is one transaction that
waits for its turn. One process shares one connection between its threads, so that a test may look while the
server writes.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from importer.sandbox.tables import STATEMENTS, VERSION

Row = dict[str, Any]
T = TypeVar("T")
BUSY = 30.0  # seconds to wait for another process
_PAUSE = 0.01
_NO_PLACE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_FULL", "SQLITE_PERM", "SQLITE_IOERR")
_TAKEN = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")


class Unusable(ValueError):
    """The data file can't be used as it is: one sentence that names it."""


class Unwritable(Unusable):
    """The data file can't be made or written where it lies."""


class DataFile:
    """`made`: whether it was new."""

    def __init__(self, path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
        """Makes the file where there is none, and has it filled in the same transaction."""
        self.path = path
        self.made = False
        self._lock = threading.RLock()
        self._held: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unwritable(f"the folder {path.parent} can't be made: {error.strerror}") from error
        with self._told():
            if path.exists():
                _patiently(self._look)
            with self.writing() as connection:
                if not self._filled(connection):
                    for statement in STATEMENTS:
                        connection.execute(statement)
                    fill(connection)
                    connection.execute(f"PRAGMA user_version = {VERSION}")
                    self.made = True

    def open(self) -> None:
        """Holds one connection until `close`; without it every use opens its own."""
        with self._lock:
            self._held = self._held or _patiently(self._connect)

    def close(self) -> None:
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; inside another it is part of that one."""
        with self._connection() as connection:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def rows(self, sql: str, arguments: Sequence[Any] = ()) -> list[Row]:
        with self._connection() as connection:
            cursor = connection.execute(sql, arguments)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._held is not None:
                yield self._held
                return
            self._held = _patiently(self._connect)
            try:
                yield self._held
            finally:
                self.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _look(self) -> None:
        """Refuses what is not ours before anything is written into it, which choosing WAL would do."""
        with closing(sqlite3.connect(self.path, timeout=BUSY, isolation_level=None)) as connection:
            connection.execute("BEGIN")  # one state of it, should another process be making it
            if self._filled(connection):
                found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if found != "ok":
                    raise Unusable(f"{self.path} is damaged: {found.splitlines()[-1]}")

    def _filled(self, connection: sqlite3.Connection) -> bool:
        """False where there is nothing in it yet."""
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if not tables and not version:
            return False
        if not {"meta", "tasks"} <= tables or not version:
            raise Unusable(f"{self.path} holds the data of another program")
        if version > VERSION:
            raise Unusable(f"{self.path} was made by a newer sandbox")
        return True

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            name = str(getattr(error, "sqlite_errorname", ""))
            if name.startswith(_NO_PLACE):
                raise Unwritable(f"{self.path} can't be written: {error}") from error
            if name.startswith(_TAKEN):
                raise Unusable(f"{self.path} is held by another program: {error}") from error
            raise Unusable(f"{self.path} is damaged or no SQLite file: {error}") from error


def _patiently(action: Callable[[], T]) -> T:
    """SQLite's own waiting does not cover a change of the journal's mode, so it is tried again from here."""
    deadline = time.monotonic() + BUSY
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(_TAKEN) or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE)
