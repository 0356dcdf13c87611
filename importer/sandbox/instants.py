"""Instants: dates and times as text, in and out.

Kept are RFC 3339 texts in UTC of one width, so that they sort as text. Shown they are in the zone of the
person who asks (documented), the fraction cut where it ends in noughts and Z for no offset, as Go writes it
(a guess, from the API being written in Go).
"""

import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:]{8}(\.[0-9]+)?([Zz]|[+ -][0-9]{2}:[0-9]{2})")
_KEPT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z")
_SECONDS = len("2026-03-02T08:00:00.000000")


def stamp(instant: datetime) -> str:
    """As it is kept."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def plain_date(text: str) -> str | None:
    """The text itself where it is a real `YYYY-MM-DD`."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return text


def kept(text: str) -> str | None:
    """RFC 3339 as it is kept. A bare date counts as its midnight: a guess, the page says but "string"."""
    if plain_date(text):
        text += "T00:00:00Z"
    if not _RFC3339.fullmatch(text):
        return None
    try:  # a plus that was not escaped arrives as a blank
        return stamp(datetime.fromisoformat(text.upper().replace(" ", "+")))
    except (ValueError, OverflowError):  # OverflowError: the offset leads out of the calendar
        return None


def shown(value: Any, zone: ZoneInfo) -> Any:
    """A body with the instants of its fields in that zone; texts of people stay as they are."""
    if isinstance(value, list):
        return [shown(one, zone) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _local(one, zone)
        if isinstance(one, str) and (name.endswith("_at") or name in ("start", "stop"))
        else shown(one, zone)
        for name, one in value.items()
    }


def _local(text: str, zone: ZoneInfo) -> str:
    if not _KEPT.fullmatch(text):
        return text
    if zone.key != "UTC":
        try:
            text = datetime.fromisoformat(text).astimezone(zone).isoformat(timespec="microseconds")
        except (ValueError, OverflowError):
            return text
    offset = text[_SECONDS:].replace("+00:00", "Z")
    return text[:_SECONDS].rstrip("0").removesuffix(".") + offset
