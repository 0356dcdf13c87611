"""Store: the workspace's rows in its data file. Knows rows and SQL, nothing of HTTP or the API's shapes."""

# ruff: noqa: S608  names of tables and columns come from the code alone, values never
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from importer.sandbox.datafile import DataFile, Row
from importer.sandbox.query import Query
from importer.sandbox.tables import FLAGS, IN, LARGEST, LINKS, LISTS, TASK_COLUMNS

Taken = dict[str, list[Row]]  # table → rows


class Store(DataFile):
    """Rows in and out. `requests` lists (method, path, status) of what this process served; 0: cut off."""

    def __init__(self, path: Path, fill: Callable[["Store"], None]) -> None:
        """Makes the file where there is none. Raises Unusable for one that can't be used."""
        self.requests: list[tuple[str, str, int]] = []

        def filled(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO meta VALUES ('identity', ?)", (str(uuid.uuid4()),))
            fill(self)

        super().__init__(path, filled)

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
        sql = f"SELECT {column} AS id FROM {table} WHERE {column} {IN}{living}"
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
        sql = f"SELECT * FROM {table} WHERE id {IN}"
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
        sql = f"SELECT task_id, {column} AS id FROM {table} WHERE task_id {IN} ORDER BY rowid"
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
        sql = f"SELECT * FROM {table} WHERE task_id {IN} ORDER BY id"
        for row in self.rows(sql, (json.dumps(ids),)):
            owned.setdefault(row["task_id"], []).append(row)
        return owned

    def sub_tasks(self, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Parent → (how many sub-tasks, how many of them done)."""
        sql = (
            "SELECT t.parent_task_id AS parent, count(*) AS total, sum(s.type = 'done') AS done FROM tasks t"
            f" JOIN statuses s ON s.id = t.status_id WHERE t.deleted_at IS NULL AND t.parent_task_id {IN}"
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
                last = min(last + 1, LARGEST)
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

    def take_out(self, table: str, ids: Sequence[int]) -> Taken:
        """Takes rows out as if they had never been, with their links; their ids are not given again."""
        taken: Taken = {}
        with self.writing() as connection:
            for name, column in ((table, "id"), *LINKS.get(table, ())):
                where = f"FROM {name} WHERE {column} {IN}"
                taken[name] = self.rows(f"SELECT * {where} ORDER BY rowid", (json.dumps(ids),))
                connection.execute(f"DELETE {where}", (json.dumps(ids),))
        return taken

    def put_back(self, taken: Taken, now: str | None) -> None:
        """What was taken out, stamped `now` where that is given."""
        with self.writing():
            for table, rows in taken.items():
                for row in rows:
                    stamps = {name: now for name in _STAMPS if now and name in row}
                    # A name that must be unique may have been taken meanwhile.
                    self.insert(table, row | stamps, "INSERT OR IGNORE")

    def family(self, ids: Sequence[int]) -> set[int]:
        """These tasks and, all the way down, their sub-tasks."""
        return {row["id"] for row in self.rows(f"{_FAMILY} SELECT id FROM family", (json.dumps(ids),))}

    def mark(self, column: str, ids: Sequence[int], value: str | None) -> None:
        """Sets `deleted_at` or `archived_at` of tasks and, all the way down, of their sub-tasks."""
        sql = f"{_FAMILY} UPDATE tasks SET {column} = ? WHERE id IN (SELECT id FROM family)"
        with self.writing() as connection:
            connection.execute(sql, (json.dumps(ids), value))

    def insert(self, table: str, row: Row, how: str = "INSERT") -> int:
        """One row of a look-up table, or a block or entry of a task; gives its id."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        with self.writing() as connection:
            sql = f"{how} INTO {table} ({columns}) VALUES ({marks})"
            return int(connection.execute(sql, list(row.values())).lastrowid or 0)


_FAMILY = (
    f"WITH RECURSIVE family(id) AS (SELECT id FROM tasks WHERE id {IN} UNION"
    " SELECT t.id FROM tasks t JOIN family f ON t.parent_task_id = f.id)"
)
_STAMPS = ("created_at", "updated_at", "status_updated_at")
_DEFAULTS: Row = {
    "priority": "none",
    "estimate_type": "total",
    "allocation_unit": "flat",
    "source": "focus",
    **dict.fromkeys(FLAGS, 0),
}
