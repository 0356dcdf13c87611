"""Creating names: the clients, projects and tags that rows need and the workspace lacks, each of them once.

As with tasks there is no idempotency key, and names of clients and projects may repeat; but here a name is
its own proof. The journal knows of it before it leaves. What an answer leaves open is looked up in the list:
a name that is there is used, whoever made it, and it is created again only where a list that was read later
than `--settle` after the failure lacks it. What an earlier run left open is looked up like that first.

Tags go a hundred a request (`tags/bulk`), since a free plan grants 30 an hour. The server refuses such a
request as a whole where it refuses one of them; it is split then until that one stands alone. Where there is
no `tags/bulk` they go one by one.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from importer.delivery.drafts import Kind
from importer.delivery.journal import Journal, NameInFlight, NameKey
from importer.delivery.meaning import Created, NeverSent, NotNow, Refused, Stop, Unclear, meaning
from importer.delivery.sending import NOTHING_LANDED, TIMED_OUT
from importer.delivery.steps import Limits
from importer.errors import ComeBackLater, NotAllowed, TasksheetError, Unreachable
from importer.focus.answers import Answer, Record, Refusal
from importer.focus.client import Client
from importer.focus.directory import Directory
from importer.task.names import plain
from importer.watch import Patience, Stopped

ORDER = ("client", "project", "tag")  # a project's client has to be there before it
A_REQUEST = {"client": 1, "project": 1, "tag": 100}


@dataclass(frozen=True, slots=True)
class Name:
    """A name to be created: of a client, project or tag. `near` is the nearest that there is, "" for none.

    `client` and `client_id` are those of a project; an id below 0 is that of a client to be created as well.
    """

    kind: str
    name: str
    near: str = ""
    client: str = ""
    client_id: int | None = None


Names: TypeAlias = Mapping[int, Name]  # by ids below 0, which stand for those that they will have
_Group: TypeAlias = tuple[int, ...]


def requests(names: Names, in_flight: Mapping[NameKey, NameInFlight], settle: float, read: float) -> int:
    """What creating them costs without trouble. `read`: since when their lists were read; one is read again
    where an earlier run left names of its kind open too shortly before that."""
    count = Counter(name.kind for name in names.values())
    ours = {NameKey(name.kind, plain(name.name), name.client_id or 0) for name in names.values()}
    again = {key.kind for key, it in in_flight.items() if key in ours and it.believed(settle) > read}
    return sum(-(-count[kind] // A_REQUEST[kind]) for kind in ORDER) + len(again)


@dataclass(slots=True)
class Creator:
    """One run's creating. `ids` has what is there at the end, `refused` why the server wants others not.

    `clock` gives seconds that only grow, `today` those of the epoch; `listed` is when on that clock the
    lists were begun that lack the names. `created` counts this run's own work.
    """

    client: Client
    directory: Directory
    journal: Journal
    run: str
    limits: Limits
    patience: Patience
    stopped: Stopped
    pause: Callable[[float, str], None]
    clock: Callable[[], float]
    today: Callable[[], float]
    listed: float
    ids: dict[int, int] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    created: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    names: Names = field(default_factory=dict)
    denied: dict[int, str] = field(default_factory=dict)  # refused alone; perhaps for being there
    read: float = 0.0  # when the last list of the kind was begun
    unreachable: int = 0  # times in a row
    fruitless: int = 0
    refusals: int = 0
    splitting: bool = False
    one_by_one: bool = False

    def create(self, names: Names, *, go_on: bool) -> None:
        """Create them. With `go_on` False the first that is refused ends it.

        Raises what stops the run: NotAllowed, ComeBackLater, KeyboardInterrupt. What was done until then
        stands in `ids`, and what is open in the journal.
        """
        self.names = names
        earlier = self.journal.names_in_flight(self.clock(), self.today())
        for kind in ORDER:
            if self.refused and not go_on:
                return
            self.read = self.listed
            every = tuple(place for place, name in names.items() if name.kind == kind)
            places = self.settled_before(self.without_client_refused(every), earlier)
            size = A_REQUEST[kind]
            queue = deque(places[at : at + size] for at in range(0, len(places), size))
            while queue and (go_on or not self.refused):
                if self.refusals > self.limits.max_split:
                    raise self.too_many()
                queue.extendleft(reversed(self.send(queue.popleft())))
                if self.denied and not (queue and go_on and self.refusals <= self.limits.max_split):
                    self.confirm_denied()

    def send(self, group: _Group) -> list[_Group]:
        """One request for names of one kind; gives what is to be sent again."""
        if self.one_by_one and len(group) > 1:
            return [(place,) for place in group]
        self.stopped.check()
        bodies = [self.body(place) for place in group]
        self.journal.creating(self.run, [(self.key(p), self.names[p].name) for p in group], self.today())
        began = self.clock()
        answer = self.post(group)
        ended = self.clock()
        match meaning(answer, bodies):
            case Created(landed):
                self.there({group[one.index]: one.id for one in landed if one.id is not None}, ours=True)
                untold = tuple(place for place in group if place not in self.ids)
                return self.look_for(untold, "the answer does not show them", ended, ended - began)
            case Refused(status=404) | Stop(status=405) if len(group) > 1:
                self.absent(group)
                self.one_by_one = True
                return [group]
            case Refused(refusal, status) if status in (403, 404):
                self.absent(group)
                raise self.stop(group, refusal, status)
            case Refused() as said:
                return self.narrow(group, said)
            case NotNow():
                self.failed(group, ended, ended - began)
                self.patience(self.client.wording.spent(answer))
                return self.again(self.look(group, ours=False))  # somebody may have made it meanwhile
            case NeverSent(why):
                self.absent(group)
                self.retry(why)
                return [group]
            case Unclear(why):
                return self.look_for(group, why, ended, ended - began)
            case Stop(refusal, status):
                if status in TIMED_OUT:
                    self.failed(group, ended, ended - began)
                else:
                    self.absent(group)
                raise self.stop(group, refusal, status)

    # What is sent

    def key(self, place: int) -> NameKey:
        name = self.names[place]
        return NameKey(name.kind, plain(name.name), self.client_of(place) or 0)

    def client_of(self, place: int) -> int | None:
        """The id of a project's client, which is there by now."""
        id = self.names[place].client_id
        return self.ids.get(id) if id is not None and id < 0 else id

    def without_client_refused(self, group: _Group) -> _Group:
        for place in group:
            if (why := self.refused.get(self.names[place].client_id or 0)) is not None:
                self.refused[place] = why
        return tuple(place for place in group if place not in self.refused)

    def body(self, place: int) -> Record:
        client = self.client_of(place)
        return {"name": self.names[place].name} | ({} if client is None else {"client_id": client})

    def post(self, group: _Group) -> Answer:
        first = self.names[group[0]]
        match first.kind:
            case "client":
                return self.client.create_client(first.name)
            case "project":
                return self.client.create_project(first.name, self.client_of(group[0]))
            case _ if len(group) == 1:
                return self.client.create_tag(first.name)
            case _:
                return self.client.create_tags([self.names[place].name for place in group])

    # What came of it

    def there(self, found: Mapping[int, int], *, ours: bool) -> None:
        self.ids.update(found)
        self.unreachable = 0
        if found:
            self.fruitless = 0
            self.journal.creation_settled((self.key(p), Kind.CREATED, id) for p, id in found.items())
        if ours:
            self.created.update(self.names[place].kind for place in found)

    def failed(self, group: _Group, ended: float, took: float) -> None:
        """It may be there or not."""
        at = self.today() - (self.clock() - ended)
        self.journal.creation_failed((self.key(place) for place in group), at, took)

    def absent(self, group: _Group) -> None:
        self.journal.creation_settled((self.key(place), Kind.PENDING, None) for place in group)

    def again(self, group: _Group) -> list[_Group]:
        self.absent(group)
        return [group] if group else []

    def look_for(self, group: _Group, why: str, ended: float, took: float) -> list[_Group]:
        """Settle names that may be there; those that are not go again."""
        if not group:
            return []
        self.failed(group, ended, took)
        left = self.settle(group, ended, took, ours=True)
        self.fruitless = self.fruitless + 1 if left == group else 0
        if self.fruitless >= NOTHING_LANDED:
            self.absent(left)
            raise Unreachable(
                f"The workspace took no name {self.fruitless} times in a row ({why}). Run again to resume."
            )
        return self.again(left)

    def narrow(self, group: _Group, said: Refused) -> list[_Group]:
        """Of a refused request: what is there all the same, and what is to be asked for alone."""
        self.refusals += 1
        if len(group) == 1:
            self.denied[group[0]] = said.words
            return []
        if not self.splitting and len(left := self.look(group, ours=False)) < len(group):  # that was why
            return self.again(left)
        self.splitting = True
        self.absent(group)
        half = len(group) // 2
        return [group[:half], group[half:]]

    def confirm_denied(self) -> None:
        """Of the names that were refused alone take those that are there; one list for all of them."""
        for place in self.look(tuple(self.denied), ours=False):
            self.refused[place] = self.denied[place]
            self.journal.creation_settled([(self.key(place), Kind.REJECTED, None)])
        self.denied.clear()

    def too_many(self) -> TasksheetError:
        return ComeBackLater(
            f"The workspace refused {self.refusals} requests for new names, more than --max-split allows; "
            "mend the names that the report calls wrong, or give a larger --max-split, and run again."
        )

    def retry(self, why: str) -> None:
        self.unreachable += 1
        if self.unreachable >= self.limits.tries:
            raise Unreachable(f"The workspace could not be reached: {why}. Run again to resume.")
        self.pause(2.0 ** (self.unreachable - 1), why)

    def stop(self, group: _Group, refusal: Refusal, status: int) -> TasksheetError:
        what = f"{self.names[group[0]].kind} {self.names[group[0]].name!r}"
        if len(group) > 1:
            what = f"{len(group)} tags"
        return NotAllowed(
            f"The workspace refused to create {what} ({status}): {str(refusal) or 'no reason given'}. "
            "Check the key and what its user may do there, or create it in the app, and run again.",
            trace_id=refusal.trace_id,
            answered=status,
        )

    # Reading back

    def settled_before(self, group: _Group, earlier: Mapping[NameKey, NameInFlight]) -> _Group:
        """Settle first what an earlier run left open; gives what is not there. The lists that lack the names
        were read just now: one is read again only where that was too early to be believed."""
        known = tuple(place for place in group if self.key(place) in earlier)
        if known:
            believed = max(earlier[self.key(place)].believed(self.limits.settle) for place in known)
            self.absent(self.wait_for(known, believed, ours=False))
        return tuple(place for place in group if place not in self.ids)

    def settle(self, group: _Group, failed: float, took: float, *, ours: bool) -> _Group:
        """What is surely not there: present is believed at once, absent only later."""
        left = self.look(group, ours=ours)
        return self.wait_for(left, NameInFlight(failed, took).believed(self.limits.settle), ours=ours)

    def wait_for(self, left: _Group, believed: float, *, ours: bool) -> _Group:
        """What a list lacks that was begun when it is believed."""
        while left and self.read < believed:
            self.pause(max(0.0, believed - self.clock()), "the server may still be writing")
            left = self.look(left, ours=ours)
        return left

    def look(self, group: _Group, *, ours: bool) -> _Group:
        """Read the list again and take from it what is there; gives the others. `ours`: we asked for them."""
        kind = f"{self.names[group[0]].kind}s"
        self.read = self.clock()
        self.directory.forget(kind)
        records: Sequence[Record] = getattr(self.directory, kind)
        if kind in self.directory.refused:
            raise NotAllowed(f"{self.directory.refused[kind]} Names may be there or not; run again later.")
        by_name: dict[str, list[Record]] = {}
        for record in records:
            by_name.setdefault(plain(str(record.get("name"))), []).append(record)
        found = {}
        for place in group:
            ids = [r["id"] for r in by_name.get(plain(self.names[place].name), ()) if self.is_it(place, r)]
            if len(ids) > 1:
                name = self.names[place]
                self.warnings[f"{name.kind} {name.name!r} is there {len(ids)} times; the first is used"] += 1
            if ids:
                found[place] = min(ids)
        self.there(found, ours=ours)
        return tuple(place for place in group if place not in found)

    def is_it(self, place: int, record: Record) -> bool:
        """Whether a record of the same name is it: a project of another client is not."""
        if not isinstance(record.get("id"), int):
            return False
        if self.names[place].kind != "project" or not {"client", "client_id"} & record.keys():
            return True
        client = record.get("client")
        told = record.get("client_id") or (client.get("id") if isinstance(client, dict) else None)
        return told == self.client_of(place)
