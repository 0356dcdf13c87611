"""Steps: what a delivery asks of whoever carries it out, and what it is told in return.

Post      send these bodies in one request              ← Reply
ReadBack  read what came after a mark                   ← Seen
Find      look a task up by its external id             ← Seen
Ask       look up `projects` or `constraints`           ← the records, None where they are refused
Wait      wait so many seconds                          ← None
InDoubt   these rows may be there or not, for now       ← None
Absent    these rows are surely not there, so far       ← None
Settled   these rows have their outcome                 ← None
Halted    no use in going on; the error says why        ← None
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from importer.delivery.drafts import Body, Draft, Kind, Outcome
from importer.delivery.settling import Mark, Seen, Sent
from importer.errors import TasksheetError
from importer.focus.answers import Answer


@dataclass(frozen=True, slots=True)
class Post:
    """One request with these bodies: to `/tasks/bulk`, or to `/tasks` where `alone`.

    `mark` is the newest task known before it, `ignoring` the fields that this server changes: what
    is needed to read back what became of it.
    """

    drafts: tuple[Draft, ...]
    bodies: tuple[Body, ...]
    alone: bool = False
    mark: Mark = field(default_factory=Mark)
    ignoring: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a Post. `began` and `ended` are our clock's, in seconds."""

    answer: Answer
    began: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True, slots=True)
class ReadBack:
    """`counting`: rows are only to be counted, not to be sent again for being absent."""

    mark: Mark
    counting: bool = False


@dataclass(frozen=True, slots=True)
class Find:
    source: str
    ext_id: int | str


@dataclass(frozen=True, slots=True)
class Ask:
    what: str


@dataclass(frozen=True, slots=True)
class Wait:
    """`quota`: it counts as waiting for quota."""

    seconds: float
    why: str
    quota: bool = False


@dataclass(frozen=True, slots=True)
class InDoubt:
    """`took` are the seconds from the first byte to the failure; `kind` is what is told of the rows
    if it ends here: what was refused, or told to wait, is looked for out of caution alone."""

    drafts: tuple[Draft, ...]
    why: str
    took: float = 0.0
    kind: Kind = Kind.DOUBT


@dataclass(frozen=True, slots=True)
class Absent:
    drafts: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """Outcomes that are final for this run; `changed` names fields that the server kept otherwise."""

    outcomes: tuple[Outcome, ...]
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Noted:
    text: str


@dataclass(frozen=True, slots=True)
class Halted:
    error: TasksheetError


Step: TypeAlias = Post | ReadBack | Find | Ask | Wait | InDoubt | Absent | Settled | Noted | Halted
Told: TypeAlias = Reply | Seen | list[dict[str, Any]] | None
Steps: TypeAlias = Generator[Step, Told, None]


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_wait`: seconds of waiting for quota in all. `settle`: seconds after a failure in which a
    server may still write. `tries`: attempts at a server out of reach."""

    batch: int = 100
    max_wait: float = 3600
    settle: float = 60
    max_split: int = 50
    verify: bool = False
    tries: int = 5


@dataclass(frozen=True, slots=True)
class Flight:
    """A batch of an earlier run whose answer is not known. `failed` is on our clock.

    `claimants` are rows of that time that are tasks whose ids nobody told.
    """

    rows: tuple[Sent, ...]
    mark: Mark
    failed: float
    took: float = 0.0
    ignoring: frozenset[str] = frozenset()
    claimants: tuple[Sent, ...] = ()
