"""Refusal: an answer that says no, in the API's own error body.

Seen: `{"error", "error_description", "error_values", "trace_id"}`, the description in the words of the Go
validator. The values are described as an object of any shape; what stands in them here is a guess.
"""

import secrets
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """One rule that one field broke: `Tasks[3].Name`, `required`."""

    field: str
    rule: str

    def words(self, struct: str) -> str:
        last = self.field.rpartition(".")[2]
        what = f"Field validation for '{last}' failed on the '{self.rule}' tag"
        return f"Key: '{struct}.{self.field}' Error:{what}"


class Refusal(Exception):
    """Raised by an endpoint; becomes the answer."""

    def __init__(
        self, status: int, error: str, description: str, values: dict[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description
        self.values = values or {}

    def body(self) -> dict[str, Any]:
        return {
            "error": self.error,
            "error_description": self.description,
            "error_values": self.values,
            "trace_id": secrets.token_hex(16),
        }


def invalid(struct: str, failures: list[Failure]) -> Refusal:
    """400 for broken rules, all of them named, one a line."""
    words = "\n".join(failure.words(struct) for failure in failures)
    return Refusal(400, "validation", words, {failure.field: failure.rule for failure in failures})


def not_found(what: str) -> Refusal:
    return Refusal(404, "not_found", f"{what} not found")


def go_name(field: str) -> str:
    """`project_id` → `ProjectID`, as the messages spell it."""
    special = {"id": "ID", "ids": "IDs"}
    return "".join(special.get(part, part.capitalize()) for part in field.split("_"))
