"""Store: the workspace's data in one SQLite file. Knows rows and SQL, nothing of HTTP or of the API's shapes.

Several processes may open one file: every write is one transaction that waits for its turn. One process
shares one connection between its threads, so that a test may look while the server writes.
"""

# ruff: noqa: S608  names of tables and columns come from the code alone, values never
import json
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from importer.sandbox.query import Query
from importer.sandbox.tables import FLAGS, LISTS, STATEMENTS, TASK_COLUMNS, VERSION

Row = dict[str, Any]
BUSY = 30.0  # seconds to wait for another process
_IN = "IN (SELECT value FROM json_each(?))"  # any number of ids in one placeholder


class Store:
    """Rows in and out. `requests` lists (method, path, status) of what this process served; 0: cut off."""

    def __init__(self, path: Path, fill: Callable[["Store"], None]) -> None:
        """Makes the file where there is none, and has it filled in the same transaction."""
        self.path = path
        self.requests: list[tuple[str, str, int]] = []
        self._lock = threading.RLock()
        self._held: sqlite3.Connection | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.writing() as connection:
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found not in (0, VERSION):
                raise ValueError(f"{path} was made by a newer sandbox: give another file with --data")
            if not found:
                for statement in STATEMENTS:
                    connection.execute(statement)
                connection.execute("INSERT INTO meta VALUES ('identity', ?)", (str(uuid.uuid4()),))
                fill(self)
                connection.execute(f"PRAGMA user_version = {VERSION}")

    # ── connection ──

    def open(self) -> None:
        """Holds one connection until `close`; without it every use opens its own."""
        with self._lock:
            self._held = self._held or self._connect()

    def close(self) -> None:
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None

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

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._held is not None:
                yield self._held
                return
            self._held = self._connect()
            try:
                yield self._held
            finally:
                self.close()

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

    # ── what there is ──

    @property
    def identity(self) -> str:
        return str(self.rows("SELECT value FROM meta WHERE key = 'identity'")[0]["value"])

    def tasks(self) -> list[Row]:
        """Every task ever stored, in order of id, deleted and archived ones included, with its lists of
        ids, `time_blocks` and `time_entries`, and the write-only integration fields."""
        tasks = self.rows("SELECT * FROM tasks ORDER BY id")
        ids = [task["id"] for task in tasks]
        lists, blocks, entries = self.lists(ids), self.blocks(ids), self.entries(ids)
        for task in tasks:
            del task["name_key"]
            task.update({flag: bool(task[flag]) for flag in FLAGS})
            task["metadata"] = json.loads(task["metadata"]) if task["metadata"] else None
            task.update({field: lists[field].get(task["id"], []) for field in LISTS})
            task["time_blocks"] = blocks.get(task["id"], [])
            task["time_entries"] = entries.get(task["id"], [])
        return tasks

    def table(self, name: str) -> list[Row]:
        """All rows of projects, clients, statuses, tags, users, teams or team_members."""
        return self.rows(f"SELECT * FROM {name} ORDER BY rowid")

    def known(self, table: str, column: str, ids: Iterable[int]) -> set[int]:
        living = " AND deleted_at IS NULL" if table == "tasks" else ""
        sql = f"SELECT {column} AS id FROM {table} WHERE {column} {_IN}{living}"
        return {row["id"] for row in self.rows(sql, (json.dumps(list(ids)),))}

    def count(self, query: Query) -> int:
        sql = f"SELECT count(*) AS n FROM tasks t WHERE {query.where}"
        return int(self.rows(sql, query.arguments)[0]["n"])

    def ids(self, query: Query, limit: int = -1, offset: int = 0) -> list[int]:
        sql = f"SELECT t.id FROM tasks t WHERE {query.where} ORDER BY {query.order} LIMIT ? OFFSET ?"
        return [
            row["id"] for row in self.rows(sql, (*query.arguments, *query.order_arguments, limit, offset))
        ]

    def by_id(self, table: str, ids: Iterable[int]) -> dict[int, Row]:
        sql = f"SELECT * FROM {table} WHERE id {_IN}"
        return {row["id"]: row for row in self.rows(sql, (json.dumps(list(ids)),))}

    def external(self, source: str, ext_id: int) -> int | None:
        """The newest living task with this integration identity."""
        found = self.rows(
            "SELECT id FROM tasks WHERE integration_source = ? AND integration_ext_id = ?"
            " AND deleted_at IS NULL ORDER BY id DESC LIMIT 1",
            (source, ext_id),
        )
        return found[0]["id"] if found else None

    def first_todo(self) -> int:
        found = self.rows("SELECT id FROM statuses WHERE type = 'todo' ORDER BY position, id LIMIT 1")
        return int(found[0]["id"])

    def lists(self, ids: Sequence[int]) -> dict[str, dict[int, list[int]]]:
        """Field → task → ids, in the order in which they were sent."""
        return {field: self._linked(table, column, ids) for field, (table, column) in LISTS.items()}

    def _linked(self, table: str, column: str, ids: Sequence[int]) -> dict[int, list[int]]:
        sql = f"SELECT task_id, {column} AS id FROM {table} WHERE task_id {_IN} ORDER BY rowid"
        linked: dict[int, list[int]] = {}
        for row in self.rows(sql, (json.dumps(ids),)):
            linked.setdefault(row["task_id"], []).append(row["id"])
        return linked

    def blocks(self, ids: Sequence[int]) -> dict[int, list[Row]]:
        return self._owned("time_blocks", ids)

    def entries(self, ids: Sequence[int]) -> dict[int, list[Row]]:
        return self._owned("time_entries", ids)

    def _owned(self, table: str, ids: Sequence[int]) -> dict[int, list[Row]]:
        owned: dict[int, list[Row]] = {}
        sql = f"SELECT * FROM {table} WHERE task_id {_IN} ORDER BY id"
        for row in self.rows(sql, (json.dumps(ids),)):
            owned.setdefault(row["task_id"], []).append(row)
        return owned

    def sub_tasks(self, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Parent → (how many sub-tasks, how many of them done)."""
        sql = (
            "SELECT t.parent_task_id AS parent, count(*) AS total, sum(s.type = 'done') AS done FROM tasks t"
            f" JOIN statuses s ON s.id = t.status_id WHERE t.deleted_at IS NULL AND t.parent_task_id {_IN}"
            " GROUP BY t.parent_task_id"
        )
        return {row["parent"]: (row["total"], row["done"]) for row in self.rows(sql, (json.dumps(ids),))}

    def project_sums(self) -> dict[int, Row]:
        """Project → its counts of tasks, estimated minutes and tracked seconds."""
        rows = self.rows(
            "SELECT project_id, count(*) AS total_tasks,"
            " coalesce(sum(estimated_mins), 0) AS task_estimated_mins,"
            " coalesce(sum((SELECT sum(seconds) FROM time_entries e WHERE e.task_id = t.id)), 0)"
            " AS total_tracked_secs FROM tasks t WHERE deleted_at IS NULL AND project_id IS NOT NULL"
            " GROUP BY project_id"
        )
        return {row.pop("project_id"): row for row in rows}

    # ── writing ──

    def create(self, tasks: Iterable[Row], now: str) -> list[int]:
        """Stores tasks in order, all or none, and gives their ids, which only ever rise."""
        columns = ", ".join(TASK_COLUMNS)
        marks = ", ".join("?" * len(TASK_COLUMNS))
        insert = f"INSERT INTO tasks ({columns}) VALUES ({marks})"
        ids = []
        with self.writing() as connection:
            last = connection.execute("SELECT coalesce(max(position), 0) FROM tasks").fetchone()[0]
            for task in tasks:
                last += 1
                row = {"position": last, "created_at": now, "updated_at": now, "status_updated_at": now}
                row |= _DEFAULTS | {k: v for k, v in task.items() if v is not None}
                row["name_key"] = row["name"].casefold()
                ids.append(connection.execute(insert, [row.get(column) for column in TASK_COLUMNS]).lastrowid)
                self._link(connection, ids[-1], task)
        return [task_id for task_id in ids if task_id is not None]

    def _link(self, connection: sqlite3.Connection, task_id: int | None, task: Row) -> None:
        for field, (table, column) in LISTS.items():
            insert = f"INSERT OR IGNORE INTO {table} (task_id, {column}) VALUES (?, ?)"
            connection.executemany(insert, ((task_id, other) for other in task.get(field) or ()))

    def change(self, task_id: int, changes: Row, now: str) -> None:
        """Sets the given fields; None clears one."""
        values = {name: value for name, value in changes.items() if name in TASK_COLUMNS}
        if "name" in values:
            values["name_key"] = values["name"].casefold()
        if "status_id" in values:
            values["status_updated_at"] = now
        values["updated_at"] = now
        # What can't be null falls back to its default: "null clears it" is all that is described.
        values = {name: _DEFAULTS.get(name) if value is None else value for name, value in values.items()}
        sets = ", ".join(f"{name} = ?" for name in values)
        with self.writing() as connection:
            connection.execute(f"UPDATE tasks SET {sets} WHERE id = ?", (*values.values(), task_id))
            for field in LISTS.keys() & changes.keys():
                connection.execute(f"DELETE FROM {LISTS[field][0]} WHERE task_id = ?", (task_id,))
            self._link(connection, task_id, changes)

    def forget(self, ids: Sequence[int]) -> None:
        """Takes tasks out as if they had never been; their ids are not given again."""
        with self.writing() as connection:
            for table, column in [("tasks", "id"), *((table, "task_id") for table, _ in LISTS.values())]:
                connection.execute(f"DELETE FROM {table} WHERE {column} {_IN}", (json.dumps(ids),))

    def mark(self, column: str, ids: Sequence[int], value: str | None) -> None:
        """Sets `deleted_at` or `archived_at` of tasks and, all the way down, of their sub-tasks."""
        sql = (
            f"WITH RECURSIVE family(id) AS (SELECT id FROM tasks WHERE id {_IN} UNION"
            " SELECT t.id FROM tasks t JOIN family f ON t.parent_task_id = f.id)"
            f" UPDATE tasks SET {column} = ? WHERE id IN (SELECT id FROM family)"
        )
        with self.writing() as connection:
            connection.execute(sql, (json.dumps(ids), value))

    def insert(self, table: str, row: Row) -> int:
        """One row of a look-up table, or a block or entry of a task; gives its id."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        with self.writing() as connection:
            sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
            return int(connection.execute(sql, list(row.values())).lastrowid or 0)


_DEFAULTS: Row = {
    "priority": "none",
    "estimate_type": "total",
    "allocation_unit": "flat",
    "source": "focus",
    **dict.fromkeys(FLAGS, 0),
}
