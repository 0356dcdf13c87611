"""Seed: the people, clients, projects, statuses and tags that a new workspace starts with.

The same seed gives the same data; ids don't depend on it. What exists for a filter to find is fixed, what
things are called is drawn. All lies in 2025, so that whatever is created later is newer.
"""

import random
from datetime import UTC, datetime

from importer.sandbox.datafile import Row
from importer.sandbox.instants import stamp
from importer.sandbox.store import Store

_BORN = stamp(datetime(2025, 1, 7, 9, tzinfo=UTC))
_PEOPLE = [
    "Anna Becker",
    "Jonas Weber",
    "Priya Natarajan",
    "Tomás Herrera",
    "Léa Moreau",
    "Oskar Lindqvist",
    "Mei Tanaka",
    "Samuel Okafor",
    "Ines Carvalho",
    "Marek Nowak",
    "Hannah O'Neill",
    "Davide Conti",
]
_CLIENTS = [
    "Nordlicht Energie",
    "Harbour & Finch",
    "Café Marrón",
    "Alder Logistics",
    "Studio Quill",
    "Brightwell Clinics",
    "Müller Maschinenbau",
    "Tidewater Books",
    "Kestrel Insurance",
]
_PROJECTS = [
    "Website relaunch",
    "Mobile app",
    "Annual report",
    "Brand refresh",
    "Data migration",
    "Onboarding",
    "Spring campaign",
    "Support desk",
    "Warehouse dashboard",
    "Intranet",
]
_TAGS = [
    "urgent",
    "design",
    "backend",
    "frontend",
    "research",
    "waiting",
    "meeting",
    "writing",
    "review",
    "bug",
    "finance",
    "legal",
    "quick win",
    "client call",
    "content",
    "travel",
]
_COLORS = [
    "#0B83D9",
    "#9E5BD9",
    "#D94182",
    "#E36A00",
    "#BF7000",
    "#2DA608",
    "#06A893",
    "#C9806B",
    "#465BB3",
    "#990099",
    "#566614",
    "#525266",
]


def fill(store: Store, seed: int) -> None:
    """Look-up data into an empty store."""
    dice = random.Random(seed)
    _statuses(store)
    _people(store, dice)
    _tags(store, dice)
    _projects(store, dice, _clients(store, dice))


def _statuses(store: Store) -> None:
    rows = (
        ("Todo", "todo", "📋"),
        ("In Progress", "in_progress", "🚧"),
        ("Blocked", "blocked", "⛔"),
        ("In Review", "in_progress", "👀"),
        ("Done", "done", "✅"),
    )
    for position, (name, kind, emoji) in enumerate(rows, 1):
        row = {"name": name, "type": kind, "emoji": emoji, "position": position}
        store.insert("statuses", row | {"created_at": _BORN, "updated_at": _BORN})


def _people(store: Store, dice: random.Random) -> None:
    """Eight, with three different ids each, the last no longer active; two teams of three."""
    for index, name in enumerate(dice.sample(_PEOPLE, 8)):
        row: Row = {
            "id": 501 + index,
            "user_account_id": 7100001 + 13 * index,
            "workspace_user_id": 90301 + index,
        }
        first = "".join(letter for letter in name.split()[0].lower() if letter.isascii())
        row |= {"name": name, "email": f"{first}.{index + 1}@practice.example", "active": index < 7}
        store.insert("users", row | {"admin": index == 0, "created_at": _BORN})
    for team, (name, emoji, members) in enumerate(
        (("Product", "🧭", (0, 1, 2)), ("Studio", "🎨", (2, 3, 4))), 31
    ):
        store.insert("teams", {"id": team, "name": name, "emoji": emoji})
        for index in members:
            store.insert("team_members", {"team_id": team, "user_id": 7100001 + 13 * index})


def _tags(store: Store, dice: random.Random) -> None:
    for name in dice.sample(_TAGS, 15):
        row = {"name": name, "name_key": name, "color": dice.choice(_COLORS)}
        store.insert("tags", row | {"created_at": _BORN, "updated_at": _BORN})


def _clients(store: Store, dice: random.Random) -> list[int]:
    born = {"created_at": _BORN, "updated_at": _BORN}
    return [
        store.insert("clients", {"name": name, "currency": "EUR"} | born) for name in dice.sample(_CLIENTS, 6)
    ]


def _projects(store: Store, dice: random.Random, clients: list[int]) -> None:
    """Twelve: the first two share a name under two clients, three have no client, four are special."""
    names = dice.sample(_PROJECTS, 9)
    planned = [(names[0], clients[0]), *zip(names[:7], [*clients[1:], clients[1], None], strict=False)]
    rows: list[Row] = [{"name": name, "client_id": client, "active": True} for name, client in planned]
    rows += [
        {"name": f"{names[7]} 2024", "client_id": clients[2], "completed_at": "2025-03-31T15:00:00.000000Z"},
        {"name": f"{names[8]} (draft)", "client_id": clients[3], "draft": True, "active": True},
        {"name": f"{names[7]} archive", "client_id": None, "archived_at": "2025-05-02T10:00:00.000000Z"},
        {"name": "Hiring", "client_id": None, "private": True, "active": True},
    ]
    for index, row in enumerate(rows):
        row |= {"color": _COLORS[index % len(_COLORS)], "billable": index % 2 == 0, "toggl_user_id": 7100001}
        row |= {"start_date": "2025-01-15", "end_date": "2025-12-19" if index % 3 else None}
        row |= {"hourly_rate": dice.choice((75.0, 90.0, 120.5)) if index % 2 == 0 else None}
        project = store.insert("projects", row | {"created_at": _BORN, "updated_at": _BORN})
        store.insert("project_tags", {"project_id": project, "tag_id": index % 15 + 1})
