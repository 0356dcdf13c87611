"""Seed of tasks: believable work for a new workspace, with something for every filter to find."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from importer.sandbox.datafile import Row
from importer.sandbox.instants import stamp
from importer.sandbox.store import Store

_FIRST = datetime(2025, 1, 13, 8, tzinfo=UTC)
_SPAN = timedelta(days=300)
_VERBS = [
    "Draft",
    "Review",
    "Fix",
    "Plan",
    "Update",
    "Test",
    "Prepare",
    "Translate",
    "Call about",
    "Measure",
    "Clean up",
    "Agree on",
]
_THINGS = [
    "home page",
    "invoice template",
    "login flow",
    "Q3 figures",
    "newsletter",
    "price list",
    "contract",
    "photo shoot",
    "search index",
    "privacy notice",
    "onboarding guide",
    "checkout",
    "press kit",
    "backup",
    "survey",
    "café menu",
]
_EVENTS = ["Weekly sync", "Kick-off", "Design review", "1:1", "Retrospective", "Client call"]
_NOTES = (
    "Ask for the latest figures first.",
    "See the thread of last week.\nSecond line: two drafts.",
    None,
    None,
)


def make(store: Store, seed: int, count: int) -> None:
    """`count` tasks, spread over 300 days of 2025, oldest first."""
    maker = _Maker(store, random.Random(seed + 1))
    for number in range(count):
        maker.add(number, _FIRST + _SPAN * number / max(count, 1))


class _Maker:
    def __init__(self, store: Store, dice: random.Random) -> None:
        self._store = store
        self._dice = dice
        self._projects = [row["id"] for row in store.table("projects")]
        self._statuses = [row["id"] for row in store.table("statuses")]
        self._tags = [row["id"] for row in store.table("tags")]
        self._people = [row["user_account_id"] for row in store.table("users")]
        self._teams = [row["id"] for row in store.table("teams")]
        self._roots: list[tuple[int, int | None]] = []
        self._series: tuple[int, date] | None = None

    def add(self, number: int, born: datetime) -> None:
        now = stamp(born)
        task = self._task(number, born)
        (task_id,) = self._store.create([task], now)
        if not task.get("parent_task_id"):
            self._roots.append((task_id, task.get("project_id")))
        if task.get("rrule"):
            self._series = (task_id, born.date())
        self._time(task_id, task, born)

    def _task(self, number: int, born: datetime) -> Row:
        if number % 20 == 9:
            return self._recurring(born)
        dice = self._dice
        task: Row = {
            "name": f"{dice.choice(_VERBS)} {dice.choice(_THINGS)}",
            "description": f"Part {dice.randint(1, 9)} of the plan." if dice.random() < 0.4 else None,
            "notes": dice.choice(_NOTES),
            "project_id": dice.choice(self._projects) if dice.random() < 0.85 else None,
            "status_id": dice.choice(self._statuses),
            "priority": dice.choice(("none", "none", "low", "medium", "high")),
            "estimated_mins": dice.choice((15, 30, 45, 60, 90, 120, 240, 480, None, None)),
            "estimate_type": "daily" if dice.random() < 0.1 else "total",
            "billable": dice.random() < 0.4,
            "private": dice.random() < 0.08,
            "pinned": dice.random() < 0.1,
            "auto_log_time": dice.random() < 0.1,
            "color": dice.choice(("#0B83D9", "#E36A00", None)),
            "toggl_user_id": self._people[0] if dice.random() < 0.6 else dice.choice(self._people),
            "tag_ids": self._some(self._tags, (0, 0, 1, 1, 2, 3)),
            "assignee_user_ids": self._some(self._people, (0, 1, 1, 1, 2)),
            "team_assignee_ids": self._some(self._teams, (0,) * 9 + (1,)),
            "ghost_assignee_ids": self._some((8801, 8802, 8803), (0,) * 11 + (1, 2)),
        }
        task |= self._dates(born) | self._origin(number, born)
        if dice.random() < 0.04:
            task |= {"integration_source": "asana", "integration_ext_id": 120_000 + number}
        if self._roots and dice.random() < 0.2:
            task["parent_task_id"], task["project_id"] = dice.choice(self._roots[-30:])
        if dice.random() < 0.07:
            task["archived_at"] = stamp(born + timedelta(days=20))
        elif dice.random() < 0.02:
            task["deleted_at"] = stamp(born + timedelta(days=3))
        return task

    def _some(self, ids: Sequence[int], counts: Sequence[int]) -> list[int]:
        return self._dice.sample(ids, self._dice.choice(counts))

    def _dates(self, born: datetime) -> Row:
        dice = self._dice
        start = born.date() + timedelta(days=dice.randint(0, 30))
        end = start + timedelta(days=dice.randint(0, 14))
        kind = dice.choice(("both", "both", "both", "end", "start", "none"))
        return {
            "start_date": start.isoformat() if kind in ("both", "start") else None,
            "end_date": end.isoformat() if kind in ("both", "end") else None,
            "priority_at": start.isoformat() if dice.random() < 0.1 else None,
        }

    def _origin(self, number: int, born: datetime) -> Row:
        """Where a task came from: mostly made here, some from calendars or the planning product."""
        source = self._dice.choice(("focus",) * 7 + ("plan", "google_calendar", "outlook_calendar"))
        if source in ("focus", "plan"):
            return {"source": source}
        metadata: dict[str, Any] = {
            "all_day": self._dice.random() < 0.3,
            "calendar_event_id": 30_000 + number,
            "calendar_id": 31 if source == "google_calendar" else 32,
            "external_id": f"event-{number}",
            "ical_uid": f"{number}@calendar.example",
            "meeting_link": f"https://meet.example/{number}" if self._dice.random() < 0.5 else None,
            "updated_at": stamp(born),
        }
        return {"source": source, "name": self._dice.choice(_EVENTS), "metadata": json.dumps(metadata)}

    def _recurring(self, born: datetime) -> Row:
        """A weekly series, then its instances, as tasks of their own."""
        owner = {
            "toggl_user_id": self._people[0],
            "status_id": self._statuses[0],
            "project_id": self._projects[2],
        }
        if self._series is None:
            day = born.date().isoformat()
            rule = {"rrule": "FREQ=WEEKLY;BYDAY=MO", "start_date": day, "end_date": day}
            return owner | rule | {"name": "Weekly report", "estimated_mins": 45}
        series, last = self._series
        self._series = (series, last + timedelta(days=7))
        day = self._series[1].isoformat()
        instance = {"recurring_task_id": series, "recurrence_date": day}
        return owner | instance | {"name": "Weekly report", "start_date": day, "end_date": day}

    def _time(self, task_id: int, task: Row, born: datetime) -> None:
        dice = self._dice
        for _ in range(dice.choice((0, 0, 0, 1, 2))):
            start = born + timedelta(days=dice.randint(0, 20), hours=dice.randint(0, 8))
            block = {"task_id": task_id, "start": stamp(start) if dice.random() < 0.85 else None}
            self._store.insert("time_blocks", block | {"seconds": 3600, "completed": dice.random() < 0.4})
        for _ in range(dice.choice((0, 0, 0, 1, 3))):
            start = born + timedelta(days=dice.randint(0, 20), hours=dice.randint(0, 8))
            seconds = 900 * dice.randint(1, 12)
            entry = {"task_id": task_id, "toggl_user_id": task["toggl_user_id"], "description": task["name"]}
            entry |= {"start": stamp(start), "stop": stamp(start + timedelta(seconds=seconds))}
            self._store.insert("time_entries", entry | {"seconds": seconds, "billable": dice.random() < 0.5})
