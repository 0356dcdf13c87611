"""What a reading that failed means: try again, wait for the quota, or which error to stop with.

Pure functions on an Answer; what an answer to a POST means is decided elsewhere.
"""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from importer.errors import BadRequest, NotAllowed, QuotaSpent, TasksheetError, Unreachable
from importer.focus.answers import Answer
from importer.focus.wire import WEB_PAGE
from importer.settings import Connection, Key

_LATER = {408, 425, 429}  # beside every 5xx
_REFUSED = {400, 413, 414, 422, 431}
_LONG_WORDS = 400


def usable(answer: Answer) -> bool:
    """A success with JSON in it. Nothing, or null, is no list and no object."""
    return answer.status is not None and answer.status // 100 == 2 and answer.body is not None


def quota_spent(answer: Answer) -> bool:
    """402 also says that the plan lacks something: waiting for that would never end."""
    spent = answer.quota.remaining == 0 or answer.refusal.error == "quota_exceeded"
    return answer.status == HTTPStatus.PAYMENT_REQUIRED and spent


def passing(answer: Answer) -> bool:
    """Is it worth asking again: nothing came, the server stumbled, or the answer was damaged?"""
    status = answer.status
    damaged = status is not None and status // 100 == 2 and answer.trouble != WEB_PAGE
    return status is None or status in _LATER or status >= 500 or damaged


@dataclass(frozen=True, slots=True)
class Wording:
    """Puts failures into words for one connection; `tries` is how often it was tried."""

    connection: Connection

    @property
    def host(self) -> str:
        return urlsplit(self.connection.base_url).netloc

    def spent(self, answer: Answer) -> QuotaSpent:
        wait = answer.quota.resets_in
        if wait is None or answer.status != HTTPStatus.PAYMENT_REQUIRED:
            wait = answer.retry_after
        when = "later" if wait is None else f"in {_duration(wait)}"
        return QuotaSpent(
            f"The requests of this hour are used up ({answer.status}); run the same command again {when}.",
            trace_id=answer.refusal.trace_id,
            resets_in=wait,
        )

    def trouble(self, answer: Answer) -> str:
        """What happened, without advice."""
        if answer.status is None:
            return f"{self.host}: {answer.trouble}"
        if answer.status // 100 == 2:
            return f"{self.host} sent {'nothing' if answer.readable else 'something that is no JSON'}"
        return f"{self.host} answered {_status(answer)}{_words(answer)}"

    def failure(self, answer: Answer, path: str, tries: int = 1) -> TasksheetError:
        """The error to stop with."""
        status, trace = answer.status, answer.refusal.trace_id
        often = f" ({tries} tries)" if tries > 1 else ""
        if status is None:
            return Unreachable(
                f"No answer from {self.trouble(answer)}{often}. Check the network and --base-url, "
                "then run the same command again.",
            )
        if status // 100 == 2:
            return self.no_api(f"{path} gave {'nothing' if answer.readable else 'no JSON'}{often}")
        if status // 100 == 3:
            return self.no_api(f"it redirects to {place(answer.location)}")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return self.spent(answer)
        what = f"{self.trouble(answer)}{often}"
        if passing(answer):
            return Unreachable(f"{what}. Run the same command again later.", trace_id=trace)
        if status in _REFUSED:
            advice = "Correct the value it names."
            return BadRequest(f"{what}. {advice}", answer.refusal, trace_id=trace)
        return NotAllowed(f"{what}. {self._advice(status, answer)}", trace_id=trace, answered=status)

    def no_api(self, why: str) -> NotAllowed:
        return NotAllowed(f"No Focus API answers at {self.connection.base_url}: {why}. Check --base-url.")

    def _advice(self, status: int, answer: Answer) -> str:
        ids = f"organization {self.connection.organization} and workspace {self.connection.workspace}"
        if status == HTTPStatus.UNAUTHORIZED:
            if isinstance(self.connection.credentials, Key):
                return (
                    "The key was revoked (a new key revokes the old one), has expired or is not one of "
                    "Toggl Focus; make a new one in the profile settings and set TOGGL_API_KEY."
                )
            return "Check TOGGL_EMAIL and TOGGL_PASSWORD, or set TOGGL_API_KEY to a key instead."
        if status == HTTPStatus.PAYMENT_REQUIRED:
            return "The plan of this organization does not include it; ask its owner."
        if status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND) and answer.readable:
            return (
                f"Check {ids} (--organization, --workspace; both stand in the web app's address), "
                "and what the user of this key may do there."
            )
        return f"Check --base-url (is a Focus API there?), {ids}."


def _status(answer: Answer) -> str:
    assert answer.status is not None
    try:
        return f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        return str(answer.status)


def _words(answer: Answer) -> str:
    words = " ".join(str(answer.refusal).split()).rstrip(".")
    if len(words) > _LONG_WORDS:
        words = words[:_LONG_WORDS] + "…"
    return f": {words}" if words else ""


def place(url: str | None) -> str:
    """Where a redirect points, without what may be secret in it."""
    try:
        parts = urlsplit(url or "")
        return f"{parts.scheme}://{parts.hostname}/" if parts.hostname else "nowhere"
    except ValueError:
        return "nowhere"


def _duration(seconds: float) -> str:
    minutes = -(-seconds // 60)
    return f"{seconds:.0f} seconds" if seconds < 90 else f"{minutes:.0f} minutes"
