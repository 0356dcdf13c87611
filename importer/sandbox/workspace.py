"""Workspace: what the endpoints share: the data, the plan of faults, the quota and the clock."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from importer.sandbox import parameters
from importer.sandbox.fate import Fate
from importer.sandbox.faults import Faults
from importer.sandbox.instants import stamp
from importer.sandbox.quota import Quota
from importer.sandbox.store import Store


class Workspace:
    def __init__(self, store: Store, quota: int, plan: Any, routes: Iterable[str]) -> None:
        self.store = store
        self._routes = tuple(routes)
        self.quota = Quota(quota)
        self.faults = Faults()
        self.set_faults(plan)

    def set_faults(self, plan: Any) -> None:
        """Puts another plan in force, from the next request on. Raises ValueError for a wrong one."""
        self.faults = Faults(plan, self._routes)
        settings = self.faults.settings
        if settings.quota is not None:
            self.quota.reset(settings.quota, settings.quota_window)

    def now(self) -> datetime:
        settings = self.faults.settings
        seconds = time.time() + settings.clock_skew
        if settings.clock_step:
            seconds -= seconds % settings.clock_step
        return datetime.fromtimestamp(seconds, UTC)

    def instant(self) -> str:
        return stamp(self.now())

    @property
    def zone(self) -> ZoneInfo:
        """Of the person who asks."""
        return ZoneInfo(self.faults.settings.timezone)


@dataclass(frozen=True, slots=True)
class Call:
    """A request, read whole. `query` keeps repeats and order."""

    query: list[tuple[str, str]]
    body: bytes = b""
    path: Mapping[str, str] = field(default_factory=dict)
    fate: Fate = field(default_factory=lambda: Fate([]))

    def number(self, name: str) -> int:
        """An id in the path; a word there gets 400 (seen)."""
        return parameters.integer(name, self.path[name])
