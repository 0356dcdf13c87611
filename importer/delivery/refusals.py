"""Refusals: what the refusals of one run have in common. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from importer.delivery.drafts import Body, Draft, Kind, Outcome
from importer.delivery.meaning import DEMANDED, Refused
from importer.delivery.pairing import canonical
from importer.delivery.settling import Sent

LOOKS = 5  # readings after which refusals are believed
ALIKE = 3  # rows alone refused in the same words


class Refusals:
    """What refusals of this run have in common."""

    def __init__(self) -> None:
        self.believed: set[str] = set()  # words of refusals that were read back and had written nothing
        self.forbidden_read = False  # … after 403 or 404
        self.waited: set[int | None] = set()  # statuses that said "not now"
        self.accepted = False  # the server has taken some row
        self.demanded: tuple[str, ...] | None = None  # what the workspace makes compulsory; None: not asked
        self.held: list[Outcome] = []
        self._looks = 0
        self._alone: Counter[tuple[str, str | None, Any]] = Counter()
        self._words: dict[tuple[str, Any], str] = {}

    def to_be_read(self, said: Refused, rows: int) -> bool:
        """Whether a refusal is to be read back: the first of its words, and not without end.

        Later a row alone tells nothing of half a batch, nor does a batch whose first row is bad: what a
        server writes of that it had written of the first one that was read back.
        """
        if rows == 1 or said.first == 0 or self._looks >= LOOKS:
            return self._looks == 0
        return _wording(said) not in self.believed

    def looked(self, said: Refused, *, telling: bool) -> None:
        """One was read back and nothing of it was there; `telling`: something could have been."""
        self._looks += 1
        if telling:
            self.believed.add(_wording(said))

    def count(self, row: Sent, said: Refused) -> None:
        """A row alone was refused; the third of one value in one field condemns the value."""
        value = canonical(said.field, row.body.get(said.field)) if said.field else None
        self._alone[said.words, said.field, value] += 1
        if said.field and self._alone[said.words, said.field, value] >= ALIKE:
            self._words[said.field, value] = said.words

    def not_ours(self, words: str) -> bool:
        """Whether as many rows were refused in words that name no field that it can't be their fault."""
        return self._alone[words, None, None] >= ALIKE and not self.accepted

    def hopeless(self, drafts: Iterable[Draft]) -> list[Outcome]:
        """Rows of a refused batch with a value that was refused three times."""
        told = []
        for draft in drafts if self._words else ():
            for (field, value), words in self._words.items():
                if canonical(field, draft.body.get(field)) == value:
                    why = f"not sent, since rows with the same {field} were refused: {words}"
                    told.append(Outcome(draft.row, Kind.REJECTED, None, why))
                    break
        return told

    def wanting(self, body: Body) -> str:
        """What the workspace demands and the row lacks, to be said beside the server's words."""
        lacking = [kind for kind in self.demanded or () if kind in DEMANDED and not body.get(DEMANDED[kind])]
        return f"; this workspace demands: {', '.join(lacking)}" if lacking else ""


def _wording(said: Refused) -> str:
    """The words of a refusal, whichever rows they name."""
    return f"{said.status} {re.sub(r'[0-9]+', '', said.words)}"
