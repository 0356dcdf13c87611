"""Answer: what came back from a request, as plain data. Reads headers and bodies, sends nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

PER_PAGE = 100  # the API's maximum; more may be answered with an empty page

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Quota:
    """The two headers that come on every answer; None where one is missing or no number."""

    remaining: int | None = None
    resets_in: float | None = None  # seconds


@dataclass(frozen=True, slots=True)
class Refusal:
    """The API's error body: code, words, values and the id to quote to its support."""

    error: str = ""
    description: str = ""
    values: Any = None
    trace_id: str | None = None

    def __str__(self) -> str:
        return self.description or self.error


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` None: nothing did, and `trouble` says why.

    `sent` is False where the request surely never reached the server (name not found, connection
    refused, TLS, connect timeout). `readable` is False where there was a body and it was no JSON
    (HTML, cut off). `body` is the decoded JSON, None where there was none.
    """

    status: int | None
    body: Any = None
    readable: bool = True
    quota: Quota = Quota()
    retry_after: float | None = None  # seconds
    sent: bool = True
    trouble: str = ""
    location: str | None = None  # where a redirect points
    at: datetime | None = None  # by the server's clock, cut to the second

    @property
    def refusal(self) -> Refusal:
        return refusal(self.body)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list. `count` includes records that are no objects, which `tasks` leaves out."""

    tasks: list[Record]
    total: int | None
    count: int
    per_page: int | None = None  # what the server says that it applied
    at: datetime | None = None  # by the server's clock, cut to the second


def quota(headers: Mapping[str, str]) -> Quota:
    remaining = _number(headers.get("X-Toggl-Quota-Remaining"))
    return Quota(
        None if remaining is None else int(remaining),
        _number(headers.get("X-Toggl-Quota-Resets-In")),
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait: the header gives seconds or an HTTP date."""
    text = headers.get("Retry-After")
    if text is None or (seconds := _number(text)) is not None:
        return None if text is None else seconds
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def clock(headers: Mapping[str, str]) -> datetime | None:
    """When the answer was made, by the server's own clock."""
    try:
        at = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def refusal(body: Any) -> Refusal:
    """The error body, as far as it is one; an older form says `message`."""
    if not isinstance(body, dict):
        return Refusal(description=body if isinstance(body, str) else "")
    trace = body.get("trace_id")
    return Refusal(
        error=str(body.get("error") or ""),
        description=str(body.get("error_description") or body.get("message") or ""),
        values=body.get("error_values"),
        trace_id=str(trace) if trace else None,
    )


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e12 else None
