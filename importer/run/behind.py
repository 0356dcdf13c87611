"""What an export of ours holds that no import brings along, counted over the rows that are sent."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from importer.task.fields import EVERYTHING

if TYPE_CHECKING:
    import pandas as pd

STAYS = "does not travel: "
OF_NEW_NAMES = "colours, rates and privacy of projects and tags that are created"


def _starting(*starts: str) -> tuple[str, ...]:
    return tuple(f.name for f in EVERYTHING if f.name.startswith(starts))


# What stays behind, and the columns that show that there is something of it.
BEHIND: Mapping[str, tuple[str, ...]] = {
    "owner": ("toggl_user_id",),
    "source": ("source",),
    "calendar data": _starting("metadata_"),
    "archived state": ("archived_at",),
    "tracked time": ("total_tracked_time", "time_entry_total_count"),
    "time blocks": _starting("total_blocked_", "total_scheduled_", "time_block_"),
    "ghost assignees": ("ghost_assignee_ids",),
    "permissions": ("project_permissions",),
    OF_NEW_NAMES: (
        *("project_color", "project_private", "tag_colors"),
        *_starting("project_rate_"),
    ),
    "times of creation and change": ("created_at", "updated_at", "status_updated_at"),
}
_NOTHING = frozenset({"0", "false", "FALSE", "focus"})  # focus: the source that everything created has


def what_stays(chunk: "pd.DataFrame", places: Mapping[str, int]) -> Iterator[tuple[str, list[int]]]:
    """What stays behind of a chunk's rows, with the rows; `places` are the columns by title."""
    for what, titles in BEHIND.items():
        there = [chunk[places[title]] for title in titles if title in places]
        rows = {int(row) for cells in there for row in cells.index[cells.notna() & ~cells.isin(_NOTHING)]}
        yield what, sorted(rows)


class Behind:
    """The rows of which something stays behind."""

    def __init__(self) -> None:
        self.rows: dict[str, set[int]] = {}

    def see(self, chunk: "pd.DataFrame", places: Mapping[str, int]) -> None:
        for what, rows in what_stays(chunk, places):
            self.add(what, rows)

    def add(self, what: str, rows: Iterable[int]) -> None:
        self.rows.setdefault(what, set()).update(rows)
