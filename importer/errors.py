"""What stops a command, one class per thing that somebody can do about it.

TasksheetError            exit status, one sentence: what, where, what to do next
├─ Interrupted      130   somebody pressed Ctrl-C
├─ WrongUse           2   an option, setting or value that can't be used as given
│  ├─ UnreadableFile  2   the input file or sheet can't be read
│  ├─ UnusableMapping 2   the columns can't be brought together with the fields
│  ├─ UndecidedDates  2   nothing in the sheet tells day from month
│  ├─ UnwritableFile  2   the output can't be written there
│  ├─ RefusedFilter   2   the API refuses a value that was asked for
│  └─ BadRequest      2   the same before anybody knows which value: holds the API's refusal
├─ NotAllowed         4   key, organization, workspace, permission, or no Focus API there
├─ ComeBackLater      3   nothing is wrong with the rows: run again to resume
│  ├─ Unreachable     3   no answer from the workspace
│  └─ QuotaSpent      3   the hour's requests are used up; says when to come back
├─ Incomplete         3   what was read is not whole, so nothing was written
└─ Unforeseen         2   a mistake in this program; what was done until then is told

A row that fails is never an exception: it is a Problem (task/problem.py) or an Outcome
(run/drafts.py). No class bears the name of a built-in one.
"""

from typing import Any


class TasksheetError(Exception):
    """Stops a command. `status` is the exit status; `trace_id` is the server's, where it gave one.

    `counts` holds what is known so far under the names of `--json`, so that a failure loses none.
    """

    status = 2

    def __init__(self, message: str, *, trace_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.trace_id = trace_id
        self.counts: dict[str, Any] = {}

    def as_json(self) -> dict[str, Any]:
        """The `error` of `--json`."""
        return {"status": self.status, "message": self.message, "trace_id": self.trace_id}


class Interrupted(TasksheetError):
    status = 130


class WrongUse(TasksheetError):
    status = 2


class UnreadableFile(WrongUse):
    pass


class UnusableMapping(WrongUse):
    pass


class UndecidedDates(WrongUse):
    pass


class UnwritableFile(WrongUse):
    pass


class RefusedFilter(WrongUse):
    pass


class BadRequest(WrongUse):
    """The API refused a reading (400, 422). `refusal` is its error body."""

    def __init__(self, message: str, refusal: Any, *, trace_id: str | None = None) -> None:
        super().__init__(message, trace_id=trace_id)
        self.refusal = refusal


class NotAllowed(TasksheetError):
    """`answered` is the HTTP status, None where what answered is no Focus API."""

    status = 4

    def __init__(self, message: str, *, trace_id: str | None = None, answered: int | None = None) -> None:
        super().__init__(message, trace_id=trace_id)
        self.answered = answered


class ComeBackLater(TasksheetError):
    status = 3


class Unreachable(ComeBackLater):
    pass


class QuotaSpent(ComeBackLater):
    """`resets_in`: seconds until requests are let through again, where the server said."""

    def __init__(self, message: str, *, trace_id: str | None = None, resets_in: float | None = None) -> None:
        super().__init__(message, trace_id=trace_id)
        self.resets_in = resets_in


class Incomplete(TasksheetError):
    status = 3


class Unforeseen(TasksheetError):
    status = 2

    @classmethod
    def of(cls, error: Exception) -> "Unforeseen":
        """What to tell of a mistake in this program; the mistake itself is its cause."""
        told = cls(
            f"Something went wrong that should not have ({type(error).__name__}: {error}); please report "
            "it, with what is shown when TASKSHEET_DEBUG=1 is set."
        )
        told.__cause__ = error
        return told
