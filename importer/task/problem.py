"""What is said about a cell."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should know about one cell.

    `row` is Excel's number. `position` is the column's (0 …), None where the row as a whole is
    meant or the value came from `--set` or `--default`. `text` says what is wrong and what would
    be right, without repeating where. A `loss` is a warning: the value is understood, and part of
    it doesn't travel (time of day dropped, estimate rounded); `--strict` makes it an error.
    """

    row: int
    field: str
    value: str
    text: str
    position: int | None = None
    loss: bool = False
