"""Journal: what every import into one workspace sent and what became of it. The only SQL of the tool's own.

One SQLite file a workspace, WAL, every change synchronous. Before a request leaves, the rows in it are
written down as in flight; after the answer, what became of them. Whoever sends holds the lock.

    lists    imports: rows that belong together through all runs of their sheet
    items    a row of a sheet, its cells as imported, its task, the flight that it is in or came in
    heads    the titles of cells, and what --set and --default gave
    runs, rows   what each run looked at: which row is which item, and why others were left
    flights  requests whose answers are not known: the newest task known before
    creations   names that were to be created, and what became of them
"""

import hashlib
import json
import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

from importer.delivery.drafts import Body, Draft, Kind, Outcome
from importer.delivery.journal_file import JournalFile, plain
from importer.delivery.settling import Mark, Sent, as_text, from_text
from importer.delivery.steps import Flight

_LONGEST_REQUEST = 90.0  # seconds after which a request of ours is over, whatever became of us
_NAMELESS = "SELECT id, body FROM items WHERE task_id IS NULL AND kind = 'created' AND at >= ? ORDER BY id"


@dataclass(frozen=True, slots=True)
class Head:
    """What the cells of a row are cells of. `fixed` and `blank` are field → value; `fields` is what the
    mapping of then made of the titles."""

    titles: tuple[str, ...]
    fixed: Mapping[str, str]
    blank: Mapping[str, str]
    fields: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of an earlier import. `cells` is a JSON list, as it was imported and as last seen."""

    id: int
    list: int
    label: str
    run: str
    row: int
    head: int
    cells: str
    seen_head: int | None
    seen: str | None
    kind: Kind
    task_id: int | None
    problem: str
    look: bool
    began: str
    file: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as a run begins. `item` is the journal's row that it is; None with `cells`: a new one of
    `list`; without: none, the outcome alone is kept. `tried`: its cells and kind replace what was."""

    row: int
    name: str
    outcome: Outcome
    cells: str | None = None
    item: int | None = None
    tried: bool = True


class NameKey(NamedTuple):
    """What a name to be created is known by: client, project or tag; the name as it is compared; the id of
    a project's client, 0 for none."""

    kind: str
    plain: str
    client: int = 0


@dataclass(frozen=True, slots=True)
class NameInFlight:
    """A name whose creation came to no clear end. `failed` is on our clock, as in Flight."""

    failed: float
    took: float

    def believed(self, settle: float) -> float:
        """Since when a list that lacks it is believed."""
        return self.failed + max(settle, 2 * self.took)


class Journal(JournalFile):
    """The journal of one workspace."""

    # A run

    def head(self, head: Head) -> int:
        """The number of these titles and given values."""
        told = [json.dumps(part) for part in ([head.titles, head.fields], head.fixed, head.blank)]
        find = "SELECT id FROM heads WHERE titles = ? AND fixed = ? AND blank = ?"
        if (number := self.one(find, told)) is None:
            with self.change() as base:
                number = base.execute(
                    "INSERT INTO heads (titles, fixed, blank) VALUES (?, ?, ?)", told
                ).lastrowid
        return int(number)

    def begin(
        self,
        run: str,
        entries: Iterable[Entry],
        *,
        head: int,
        list: int | None = None,
        file: str = "",
        sheet: str = "",
        label: str = "",
        now: datetime | None = None,
    ) -> dict[int, int]:
        """Write a run down with all its rows; gives each row's item. One transaction."""
        book: dict[int, int] = {}
        self._hold(run, file)
        with self.change() as base:
            began = (now or datetime.now(UTC)).isoformat(timespec="seconds")
            base.execute(
                "INSERT INTO runs (id, began, pid, file, sheet, label) VALUES (?, ?, ?, ?, ?, ?)",
                [run, began, os.getpid(), plain(file), plain(sheet), plain(label)],
            )
            base.execute(
                "DELETE FROM flights WHERE id NOT IN (SELECT flight FROM items WHERE flight IS NOT NULL)"
                " AND id NOT IN (SELECT came FROM items WHERE task_id IS NULL AND kind = 'created'"
                " AND came IS NOT NULL)"
            )
            for entry in entries:
                item = entry.item
                if item is None and entry.cells is not None:
                    if list is None:
                        made = base.execute("INSERT INTO lists (label, run) VALUES (?, ?)", [label, run])
                        list = made.lastrowid
                    item = self._new_item(run, list, head, entry)
                elif item is not None:
                    self._again(run, head, item, entry)
                if item is not None:
                    book[entry.row] = item
                base.execute(
                    "INSERT INTO rows (run, row, name, item, kind, problem) VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        run,
                        entry.row,
                        plain(entry.name),
                        item,
                        entry.outcome.kind,
                        plain(entry.outcome.problem),
                    ],
                )
        return book

    def _new_item(self, run: str, list: int | None, head: int, entry: Entry) -> int | None:
        return self._base.execute(
            "INSERT INTO items (list, run, row, head, cells, kind, problem) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [list, run, entry.row, head, entry.cells, entry.outcome.kind, plain(entry.outcome.problem)],
        ).lastrowid

    def _again(self, run: str, head: int, item: int, entry: Entry) -> None:
        if entry.tried:
            self._base.execute(
                "UPDATE items SET run = ?, row = ?, head = ?, cells = ?, seen = NULL, seen_head = NULL,"
                " kind = ?, problem = ? WHERE id = ?",
                [run, entry.row, head, entry.cells, entry.outcome.kind, plain(entry.outcome.problem), item],
            )
        elif entry.cells is not None:
            self._base.execute(
                "UPDATE items SET (seen_head, seen) = (SELECT ?1, ?2 WHERE (head, cells) IS NOT (?1, ?2))"
                " WHERE id = ?3 AND (seen_head, seen) IS NOT (?1, ?2)",
                [head, entry.cells, item],
            )

    def end(self, run: str, requests: int, said: str = "") -> None:
        with self.change() as base:
            ended = datetime.now(UTC).isoformat(timespec="seconds")
            base.execute(
                "UPDATE runs SET ended = ?, requests = ?, said = ? WHERE id = ?",
                [ended, requests, plain(said), run],
            )

    # A request

    def leaving(
        self, run: str, rows: Iterable[tuple[int, Body]], mark: Mark, ignoring: Iterable[str], now: float
    ) -> None:
        """Write down, before they leave, which items go and as what."""
        with self.change() as base:
            told = [run, now, json.dumps(as_text(mark)), json.dumps(sorted(ignoring))]
            flight = base.execute(
                "INSERT INTO flights (run, began, mark, ignoring) VALUES (?, ?, ?, ?)", told
            ).lastrowid
            base.executemany(
                "UPDATE items SET flight = ?1, came = ?1, body = ?2, kind = 'doubt', task_id = NULL,"
                " problem = 'may be there or not: in flight; the next run looks' WHERE id = ?3",
                [(flight, json.dumps(body), item) for item, body in rows],
            )

    def failed(self, items: Iterable[int], why: str, now: float, took: float) -> None:
        """The request came to no clear end; its rows stay in flight."""
        with self.change() as base:
            items = list(items)
            base.executemany(
                "UPDATE items SET problem = ? WHERE id = ?", [(plain(why), item) for item in items]
            )
            base.execute(
                "UPDATE flights SET ended = ?, took = ? WHERE id = (SELECT flight FROM items WHERE id = ?)",
                [now, took, items[0]],
            )

    def absent(self, items: Iterable[int]) -> None:
        with self.change() as base:
            base.executemany(
                "UPDATE items SET flight = NULL, kind = 'pending', problem = '' WHERE id = ?",
                [(item,) for item in items],
            )

    def settled(self, outcomes: Iterable[tuple[int, Outcome]], now: float) -> None:
        with self.change() as base:
            base.executemany(
                "UPDATE items SET flight = NULL, kind = ?, task_id = ?, problem = ?, look = ?, at = ?"
                " WHERE id = ?",
                [(o.kind, o.task_id, plain(o.problem), o.look, now, item) for item, o in outcomes],
            )

    def said(self, outcomes: Iterable[tuple[int, Outcome]]) -> None:
        """What a person says of rows in doubt."""
        self.settled(outcomes, time.time())

    # A name to be created

    def creating(self, run: str, names: Iterable[tuple[NameKey, str]], now: float) -> None:
        """Write down, before they leave, which names go, each with its spelling."""
        with self.change() as base:
            base.executemany(
                "INSERT INTO creations (run, kind, plain, client, name, began, state)"
                " VALUES (?, ?, ?, ?, ?, ?, 'doubt')",
                [(run, key.kind, plain(key.plain), key.client, plain(name), now) for key, name in names],
            )

    def creation_failed(self, keys: Iterable[NameKey], now: float, took: float) -> None:
        """The request came to no clear end; its names stay in flight."""
        with self.change() as base:
            base.executemany(
                "UPDATE creations SET ended = ?, took = ?"
                " WHERE state = 'doubt' AND kind = ? AND plain = ? AND client = ?",
                [(now, took, key.kind, plain(key.plain), key.client) for key in keys],
            )

    def creation_settled(self, told: Iterable[tuple[NameKey, Kind, int | None]]) -> None:
        """What became of names, with the ids of those that are there."""
        with self.change() as base:
            base.executemany(
                "UPDATE creations SET state = ?, made = ?"
                " WHERE state = 'doubt' AND kind = ? AND plain = ? AND client = ?",
                [(kind, made, key.kind, plain(key.plain), key.client) for key, kind, made in told],
            )

    def names_in_flight(self, clock: float, now: float) -> dict[NameKey, NameInFlight]:
        """Names whose creation nobody saw the end of; `clock` and `now` as for flights()."""
        found = self.all(
            "SELECT kind, plain, client, began, ended, took FROM creations WHERE state = 'doubt' ORDER BY id"
        )
        names = {}
        for kind, name, client, began, ended, took in found:
            over = min(now, (began + _LONGEST_REQUEST) if ended is None else ended)
            names[NameKey(kind, name, client)] = NameInFlight(clock - (now - over), took or 0.0)
        return names

    # Questions

    def items(self, label: str | None = None) -> Iterator[Kept]:
        """The rows of all imports, or of those with a label, the oldest first."""
        sql = (
            "SELECT i.id, i.list, l.label, i.run, i.row, i.head, i.cells, i.seen_head, i.seen, i.kind,"
            " i.task_id, i.problem, i.look, r.began, r.file"
            " FROM items i JOIN lists l ON l.id = i.list JOIN runs r ON r.id = i.run"
            " WHERE ? IS NULL OR l.label = ? ORDER BY i.id"
        )
        names = [one.name for one in fields(Kept)]
        with self.told():
            for row in self._base.execute(sql, [label, label]):
                told = dict(zip(names, row, strict=True))
                yield Kept(**told | {"kind": Kind(told["kind"]), "look": bool(told["look"])})

    def heads(self) -> dict[int, Head]:
        heads = {}
        for number, told, fixed, blank in self.all("SELECT id, titles, fixed, blank FROM heads"):
            titles, fields = json.loads(told)
            heads[number] = Head(tuple(titles), json.loads(fixed), json.loads(blank), tuple(fields))
        return heads

    def item_of(self, run: str, row: int) -> int | None:
        number = self.one("SELECT item FROM rows WHERE run = ? AND row = ?", [run, row])
        return None if number is None else int(number)

    def outcome_of(self, item: int, row: int) -> Outcome:
        found = self.all("SELECT kind, task_id, problem, look FROM items WHERE id = ?", [item])
        kind, task_id, problem, look = found[0]
        return Outcome(row, Kind(kind), task_id, problem, bool(look))

    def body_of(self, item: int) -> Body:
        body = self.one("SELECT body FROM items WHERE id = ?", [item])
        return json.loads(body) if body else {}

    def claimed(self, ids: Collection[int]) -> set[int]:
        """Which of these tasks stand for a row."""
        found = self.all(
            "SELECT task_id FROM items WHERE task_id IN (SELECT value FROM json_each(?))",
            [json.dumps([*ids])],
        )
        return {number for (number,) in found}

    def promised(self, source: str, ext_id: int | str) -> bool:
        """Whether the task of an external id stands for a row whose id nobody told."""
        return bool(
            self.one(
                "SELECT count(*) FROM items WHERE task_id IS NULL AND kind = 'created'"
                " AND json_extract(body, '$.integration_source') = ?"
                " AND json_extract(body, '$.integration_ext_id') = ?",
                [source, ext_id],
            )
        )

    def has_run(self, run: str) -> bool:
        return bool(self.one("SELECT count(*) FROM runs WHERE id = ?", [run]))

    def flights(self, clock: float, now: float) -> list[Flight]:
        """Requests whose answers nobody saw, the oldest first. `clock` and `now` are the present moment
        on the clock of the run and on that of the epoch. A row is known by its item's negative number."""
        found = self.all(
            "SELECT id, began, ended, took, mark, ignoring FROM flights"
            " WHERE id IN (SELECT flight FROM items WHERE flight IS NOT NULL) ORDER BY id"
        )
        flights = []
        for number, began, ended, took, mark, ignoring in found:
            over = min(now, (began + _LONGEST_REQUEST) if ended is None else ended)
            before = from_text(json.loads(mark))
            rows = self._sent("SELECT id, body FROM items WHERE flight = ? ORDER BY id", number)
            claimants = self._sent(_NAMELESS, before.taken)
            flights.append(
                Flight(
                    rows,
                    before,
                    clock - (now - over),
                    took or 0.0,
                    frozenset(json.loads(ignoring)),
                    claimants,
                )
            )
        return flights

    def nameless(self, rows: Mapping[int, int]) -> Flight | None:
        """Of some rows of a sheet (row → item) those that are tasks whose ids nobody told, with the oldest
        mark before them."""
        sent: list[Sent] = []
        marks: list[Mark] = []
        for row, item in rows.items():
            found = "SELECT i.body, f.mark FROM items i LEFT JOIN flights f ON f.id = i.came WHERE i.id = ?"
            ((body, mark),) = self.all(found, [item])
            if body and mark:
                told = json.loads(body)
                sent.append(Sent(Draft(row, told), told))
                marks.append(from_text(json.loads(mark)))
        return Flight(tuple(sent), reduce(lambda a, b: a if a.before(b) else b, marks), 0.0) if sent else None

    def _sent(self, sql: str, argument: float) -> tuple[Sent, ...]:
        return tuple(
            Sent(Draft(-item, body), body)
            for item, text in self.all(sql, [argument])
            if (body := json.loads(text or "{}"))
        )

    # For people

    def runs(self) -> list[dict[str, Any]]:
        """Past runs, the newest first, with the outcomes of their rows as they stand now."""
        found = self.all(
            "SELECT r.id, r.began, r.ended, r.file, r.sheet, r.label, r.requests, r.said"
            " FROM runs r ORDER BY r.began DESC, r.rowid DESC"
        )
        names = ("run", "began", "ended", "file", "sheet", "label", "requests", "said")
        return [dict(zip(names, row, strict=True)) | self.counts(row[0]) for row in found]

    def counts(self, run: str) -> dict[str, int]:
        found = dict(
            self.all(
                "SELECT coalesce(i.kind, w.kind), count(*) FROM rows w LEFT JOIN items i ON i.id = w.item"
                " WHERE w.run = ? GROUP BY 1",
                [run],
            )
        )
        return {"rows": sum(found.values())} | {kind.value: found.get(kind.value, 0) for kind in Kind}

    def rows(self, run: str) -> list[dict[str, Any]]:
        found = self.all(
            "SELECT w.row, coalesce(i.kind, w.kind), i.task_id, w.name,"
            " coalesce(i.problem, w.problem)"
            " FROM rows w LEFT JOIN items i ON i.id = w.item WHERE w.run = ? ORDER BY w.row",
            [run],
        )
        names = ("row", "outcome", "task_id", "name", "problem")
        return [dict(zip(names, row, strict=True)) for row in found]


def journal_path(state: Path, workspace: str) -> Path:
    """Where the journal of a workspace lies."""
    return state / f"journal-{hashlib.sha256(workspace.encode()).hexdigest()[:16]}.sqlite"


def journals(state: Path) -> list[Path]:
    return sorted(state.glob("journal-*.sqlite"))
