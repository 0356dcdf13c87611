"""Tables: what the data file holds. Instants are RFC 3339 texts in UTC of one width, so they sort as text."""

VERSION = 1
IN = "IN (SELECT value FROM json_each(?))"  # any number of ids in one placeholder
LARGEST = 2**31 - 1  # of positions and minutes: a guess, that they are Go's or PostgreSQL's int of 32 bits

# Lists of ids on a task: field → (table, column). The rowid keeps the order in which they were sent.
LISTS = {
    "tag_ids": ("task_tags", "tag_id"),
    "assignee_user_ids": ("task_assignees", "user_id"),
    "team_assignee_ids": ("task_teams", "team_id"),
    "ghost_assignee_ids": ("task_ghosts", "ghost_id"),
}

# table → (table, column) of what goes with its rows
LINKS = {
    "tasks": tuple((table, "task_id") for table, _ in LISTS.values()),
    "projects": (("project_tags", "project_id"),),
}

# A task's own columns, with their types; `name_key` is the name without regard to case.
TASK_COLUMNS = {
    "name": "TEXT NOT NULL",
    "name_key": "TEXT NOT NULL",
    "description": "TEXT",
    "notes": "TEXT",
    "project_id": "INTEGER",
    "parent_task_id": "INTEGER",
    "status_id": "INTEGER NOT NULL",
    "status_updated_at": "TEXT",
    "priority": "TEXT NOT NULL DEFAULT 'none'",
    "priority_at": "TEXT",
    "start_date": "TEXT",
    "end_date": "TEXT",
    "estimated_mins": "INTEGER",
    "estimate_type": "TEXT NOT NULL DEFAULT 'total'",
    "allocation_unit": "TEXT NOT NULL DEFAULT 'flat'",
    "billable": "INTEGER NOT NULL DEFAULT 0",
    "private": "INTEGER NOT NULL DEFAULT 0",
    "pinned": "INTEGER NOT NULL DEFAULT 0",
    "auto_log_time": "INTEGER NOT NULL DEFAULT 0",
    "color": "TEXT",
    "position": "INTEGER NOT NULL",
    "rrule": "TEXT",
    "recurring_task_id": "INTEGER",
    "recurrence_date": "TEXT",
    "source": "TEXT NOT NULL DEFAULT 'focus'",
    "metadata": "TEXT",  # JSON; only calendar tasks have any
    "toggl_user_id": "INTEGER NOT NULL",
    "integration_source": "TEXT",
    "integration_ext_id": "INTEGER",
    "created_at": "TEXT NOT NULL",
    "updated_at": "TEXT NOT NULL",
    "archived_at": "TEXT",
    "deleted_at": "TEXT",
}
FLAGS = ("billable", "private", "pinned", "auto_log_time")

_TASKS = ", ".join(f"{name} {kind}" for name, kind in TASK_COLUMNS.items())

STATEMENTS = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE clients (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, currency TEXT,"
    " active INTEGER NOT NULL DEFAULT 1, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)",
    "CREATE TABLE projects (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, client_id INTEGER,"
    " color TEXT, description TEXT, private INTEGER NOT NULL DEFAULT 0, billable INTEGER NOT NULL DEFAULT 0,"
    " pinned INTEGER NOT NULL DEFAULT 0, active INTEGER NOT NULL DEFAULT 0, draft INTEGER NOT NULL DEFAULT 0,"
    " start_date TEXT, end_date TEXT, estimated_mins INTEGER, hourly_rate REAL,"
    " toggl_user_id INTEGER NOT NULL, completed_at TEXT, archived_at TEXT, created_at TEXT NOT NULL,"
    " updated_at TEXT NOT NULL)",
    "CREATE TABLE project_tags (project_id INTEGER NOT NULL, tag_id INTEGER NOT NULL,"
    " UNIQUE (project_id, tag_id))",
    "CREATE TABLE statuses (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, type TEXT NOT NULL,"
    " emoji TEXT, position INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)",
    "CREATE TABLE tags (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,"
    " name_key TEXT NOT NULL UNIQUE, color TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)",
    "CREATE TABLE users (id INTEGER PRIMARY KEY, user_account_id INTEGER NOT NULL UNIQUE,"
    " workspace_user_id INTEGER NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL,"
    " active INTEGER NOT NULL DEFAULT 1, admin INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL)",
    "CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT NOT NULL, emoji TEXT)",
    "CREATE TABLE team_members (team_id INTEGER NOT NULL, user_id INTEGER NOT NULL,"
    " UNIQUE (team_id, user_id))",
    f"CREATE TABLE tasks (id INTEGER PRIMARY KEY AUTOINCREMENT, {_TASKS})",
    "CREATE INDEX tasks_by_age ON tasks (created_at, name_key, position, id)",
    "CREATE INDEX tasks_by_position ON tasks (position)",
    "CREATE INDEX tasks_by_parent ON tasks (parent_task_id)",
    "CREATE INDEX tasks_by_project ON tasks (project_id)",
    "CREATE INDEX tasks_by_integration ON tasks (integration_source, integration_ext_id)",
    *(
        f"CREATE TABLE {table} (task_id INTEGER NOT NULL, {column} INTEGER NOT NULL,"
        f" UNIQUE (task_id, {column}))"
        for table, column in LISTS.values()
    ),
    *(f"CREATE INDEX {table}_back ON {table} ({column}, task_id)" for table, column in LISTS.values()),
    # A block without a start is planned work that stands on no calendar yet.
    "CREATE TABLE time_blocks (id INTEGER PRIMARY KEY AUTOINCREMENT, task_id INTEGER NOT NULL, start TEXT,"
    " seconds INTEGER NOT NULL, completed INTEGER NOT NULL)",
    "CREATE INDEX time_blocks_by_task ON time_blocks (task_id)",
    "CREATE TABLE time_entries (id INTEGER PRIMARY KEY AUTOINCREMENT, task_id INTEGER NOT NULL,"
    " toggl_user_id INTEGER NOT NULL, description TEXT, start TEXT NOT NULL, stop TEXT NOT NULL,"
    " seconds INTEGER NOT NULL, billable INTEGER NOT NULL)",
    "CREATE INDEX time_entries_by_task ON time_entries (task_id)",
)
