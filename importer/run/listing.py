"""Listing: the tasks that the filters ask for, out of the workspace into a spool, looked at as they come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from importer.errors import BadRequest, ComeBackLater, Incomplete, Interrupted, RefusedFilter, TasksheetError
from importer.focus.answers import Record
from importer.focus.asking import HIDDEN
from importer.focus.client import Client
from importer.focus.ignored import Ignored
from importer.focus.pages import Reading, read_all
from importer.focus.parameters import BY_NAME, streamable
from importer.run.spool import Spool
from importer.run.wanted import Wanted
from importer.settings import Connection
from importer.task.fields import EVERYTHING, Field
from importer.task.flatten import Beyond
from importer.watch import Watch

_STATES: tuple[dict[str, object], ...] = ({"archived": False}, {"archived": True})


@dataclass
class Listed:
    """The tasks, in `spool`, and what was seen of them.

    `beyond`: fields that no table knows. `ignored`: a sentence a filter that the server did not follow.
    `assigned`: some task is somebody's. `notes` are about the reading.
    """

    spool: Spool
    readings: list[Reading] = field(default_factory=list)
    beyond: Beyond = field(default_factory=Beyond)
    ignored: list[str] = field(default_factory=list)
    assigned: bool = False
    count: int = 0

    def see(self, task: Record) -> None:
        self.count += 1
        self.beyond.see(task)
        self.assigned |= bool(task.get("assignee_user_ids"))

    def told(self, stop: TasksheetError | KeyboardInterrupt, *, kept: bool = False) -> TasksheetError:
        """What ends the export, with how far it came; `kept`: and that it goes on from there."""
        error = stop if isinstance(stop, TasksheetError) else Interrupted("Interrupted.")
        error.counts |= {"tasks": self.count, "pages": self.pages}
        if kept and self.spool.lasts and self.pages:
            error.message += (
                f" The {self.pages} pages read until now are kept: the same command goes on from there."
            )
        return error

    @property
    def pages(self) -> int:
        return sum(reading.pages for reading in self.readings)

    @property
    def distinct(self) -> int:
        return len(set().union(*(reading.ids for reading in self.readings)))

    @property
    def certified(self) -> bool | str:
        doubts = [reading.certified for reading in self.readings if reading.certified is not True]
        return doubts[0] if doubts else True

    @property
    def notes(self) -> list[str]:
        notes = [note for reading in self.readings for note in reading.notes]
        if self.spool.resumed:
            since = min(self.spool.times.values())
            notes.append(
                f"an interrupted export was gone on with: its {self.spool.resumed} pages are from {since} on"
            )
        if self.spool.stale:
            notes.append("an export interrupted long ago was not gone on with")
        return list(dict.fromkeys(notes))


def spool_of(connection: Connection, wanted: Wanted, filters: Mapping[str, object]) -> Spool:
    """Where the pages of just this question are kept."""
    what = {
        "workspace": connection.known_as,
        "filters": filters,
        "read": wanted.read,
        "active_projects_only": wanted.active_projects_only,
        "with_archived": wanted.with_archived,
    }
    return Spool(None if wanted.state is None else wanted.state / "exports", what)


def asked_by(fields: Sequence[Field] | None, wanted: Wanted) -> dict[str, object]:
    """The parameters without which the list leaves columns blank. `fields` None: every column."""
    names = [f.name for f in (EVERYTHING if fields is None else fields)]
    asked: dict[str, object] = {}
    if any("project_rate_" in name for name in names):
        asked["include_rates"] = True
    if any(name.endswith("ghost_assignee_ids") for name in names):
        asked["include_ghost_assignees"] = True
    return {name: value for name, value in asked.items() if wanted.read != "stream" or streamable([name])}


def read(client: Client, wanted: Wanted, filters: Mapping[str, object], spool: Spool, watch: Watch) -> Listed:
    """Read every task of the question; what stops it says how far it came, and that this is kept."""
    listed, ignored = Listed(spool), Ignored(filters)
    try:
        for number, state in enumerate(_states(client, wanted, filters, listed)):
            of_state, before = Ignored(state), [one.ids for one in listed.readings]
            for task in _tasks(client, wanted, {**filters, **state}, number, listed, watch):
                of_state.see(task)
                if any(task.get("id") in ids for ids in before):
                    continue  # it changed state between the two readings
                ignored.see(task)
                listed.see(task)
            listed.ignored += of_state.notes()
    except BadRequest as error:
        raise listed.told(
            RefusedFilter(
                f"The API refuses {_suspects(filters)}: {error.refusal}.", trace_id=error.refusal.trace_id
            )
        ) from error
    except Incomplete as error:
        spool.done()  # what did not fit together is nothing to go on with
        raise listed.told(error) from None
    except (ComeBackLater, KeyboardInterrupt) as stop:
        raise listed.told(stop, kept=True) from None
    except TasksheetError as error:
        raise listed.told(error) from None
    spool.whole()
    listed.ignored += ignored.notes()
    watch.done()
    return listed


def _states(
    client: Client, wanted: Wanted, filters: Mapping[str, object], listed: Listed
) -> Iterator[dict[str, object]]:
    """The lists that make up the export. A task that changes state while they are read may be in neither:
    where the first one is another by then, it is read once more."""
    if not wanted.with_archived:
        yield {}
        return
    yield from _STATES
    active = listed.readings[0]
    besides = dict.fromkeys(active.asked_for_too, True)
    now = client.list_tasks(1, {**filters, **besides, **_STATES[0]}, per_page=1)
    if active.totals and now.total != active.totals[-1]:
        yield _STATES[0]


def _tasks(
    client: Client, wanted: Wanted, filters: Mapping[str, object], number: int, listed: Listed, watch: Watch
) -> Iterator[Record]:
    """The tasks of one list."""
    reading = Reading()
    listed.readings.append(reading)
    pages = read_all(
        client,
        filters,
        reading,
        way=wanted.read,
        jobs=wanted.jobs,
        hidden=() if wanted.active_projects_only else HIDDEN,
        kept=listed.spool.part(number),
    )
    for page in pages:
        yield from page
        watch.progress(listed.count, reading.totals[-1] if reading.totals else None, "tasks")


def _suspects(filters: Mapping[str, object]) -> str:
    """The options whose value is none that the API's page knows, or all that were given."""
    said = []
    for name, given in filters.items():
        parameter = BY_NAME[name]
        values = given if isinstance(given, list) else [given]
        if strange := [str(value) for value in values if parameter.undocumented(value)]:
            said.append(f"{parameter.option} {', '.join(strange)} (expected: {parameter.documented})")
    if said or not filters:
        return "; ".join(said) or "the request"
    return "a value of " + ", ".join(BY_NAME[name].option for name in filters)
