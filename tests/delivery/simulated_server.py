"""The world of the simulator: a clock that is told to pass, a workspace, and a client without a wire.

Server is what the practice workspace is to the whole tool, faults included, but made of a dict, so that a
seed takes milliseconds.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from importer.delivery.drafts import Body
from importer.errors import BadRequest, NotAllowed, QuotaSpent, Unreachable
from importer.focus.answers import PER_PAGE, Answer, Page, Quota, Refusal
from importer.sandbox import alterations
from importer.watch import SILENT, Patience, Stopped
from tests.delivery.simulated_draws import (
    ARCHIVED,
    COMPLETED,
    DRAFT,
    LATEST,
    ME,
    NO_TAG,
    PLAIN,
    STRANGER,
    Draw,
    Fault,
    Mishaps,
    is_bad,
)

Task = dict[str, Any]
Result = TypeVar("Result")
Key = tuple[Any, ...]
MOMENTS = 4000  # that a run may have; more is a run without an end
FIELDS = ("name", "notes", "end_date", "project_id", "rrule", "tag_ids", "priority")
BORN = 1_900_000_000.0  # when the simulated world begins


class Crash(BaseException):
    """The process dies here."""


class Endless(BaseException):
    """A run that does not come to an end."""


class VirtualClock:
    """Time that passes when it is told to. What only grows begins anew with every process."""

    def __init__(self) -> None:
        self.now, self._boot = BORN, 0.0

    def restart(self, boot: float) -> None:
        self._boot = boot

    def clock(self) -> float:
        return self.now - self._boot

    def today(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)


class Moments:
    """Counts what a run does, and strikes at the moments that were drawn."""

    def __init__(self, strikes: Mapping[int, str], stopped: Stopped, trace: list[str] | None = None) -> None:
        self.strikes, self.stopped, self.trace = dict(strikes), stopped, trace
        self.count = self.crashes = 0
        self.full = False  # the disk

    def __call__(self, what: str) -> None:
        self.count += 1
        if self.count > MOMENTS:
            raise Endless(what)
        strike = self.strikes.get(self.count)
        if strike is None:
            return
        if self.trace is not None:
            self.trace.append(f"  !! {strike} at moment {self.count}: {what}")
        if strike == "crash":
            self.crashes += 1
            raise Crash(what)
        if strike == "interrupt":
            raise KeyboardInterrupt
        if strike == "stop":
            self.stopped.asked = True
        else:
            self.full = True


class Server:
    """The workspace. `origin` tells who made a task: before, ours, other, series."""

    def __init__(
        self, plan: Draw, clock: VirtualClock, dice: random.Random, trace: list[str] | None = None
    ) -> None:
        self.nature, self.clock, self.dice, self.trace = plan.nature, clock, dice, trace
        self.good = [draft for draft in plan.drafts if not is_bad(draft.body)]
        self.tasks: dict[int, Task] = {}
        self.at: dict[int, float] = {}
        self.origin: dict[int, str] = {}
        self.keys: dict[int, tuple[Any, ...]] = {}
        self.external: dict[tuple[str, Any], int] = {}
        self.promised: dict[int, Task] = {}  # answered as if they were there, and still to be written
        self.waiting: list[tuple[float, list[Task], bool]] = []  # due, tasks, stamped when they are committed
        self.last = 1000
        self.spent, self.window = 0, 0.0
        self.new_run()
        for body, ago in plan.before:
            self.store([body], "before", clock.now - ago)

    def new_run(self) -> None:
        """What this run has not been told yet: a server that writes and refuses does so from the start."""
        self.refused = self.waited = False
        self.refusing_writes = self.waiting_writes = False

    # storing

    def record(self, body: Body, owner: int) -> Task:
        """A body as this server keeps it."""
        task: Task = {"status_id": 1, "project_id": None, "parent_task_id": None, "priority": "none", **body}
        task.pop("integration_source", None)
        task.pop("integration_ext_id", None)
        if self.nature.owner:
            task.setdefault("toggl_user_id", owner)
        else:
            task.pop("toggl_user_id", None)
        return self.kept(task)

    def kept(self, task: Task) -> Task:
        nature = self.nature
        if nature.change and nature.where != "echoed":
            return alterations.changed(task, nature.change, gone=False)
        return task

    def store(
        self, bodies: Sequence[Body], origin: str, at: float | None = None, owner: int = ME
    ) -> list[Task]:
        made = [self.born(body, origin, owner) for body in bodies]
        self.commit(made, at)
        return made

    def born(self, body: Body, origin: str, owner: int = ME) -> Task:
        """A task with its id, not to be seen yet."""
        self.last += 1
        task = self.record(body, owner)
        task["id"] = self.last
        self.origin[self.last] = origin
        if body.get("integration_source"):
            task["external"] = (body["integration_source"], body["integration_ext_id"])
        return task

    def commit(self, tasks: Sequence[Task], at: float | None = None) -> None:
        at = (self.clock.now if at is None else at) + self.nature.skew
        if step := self.nature.step:
            at -= at % step
        told = datetime.fromtimestamp(at, UTC).isoformat()
        for task in tasks:
            task["created_at"] = told
            self.at[task["id"]] = at
            if held := task.pop("external", None):
                self.external[held] = task["id"]
            self.tasks[task["id"]] = task
            self.keys[task["id"]] = key(task)
            if self.nature.series == "spawned" and task.get("rrule") and self.origin[task["id"]] == "ours":
                instance = {**task, "recurring_task_id": task["id"]}
                del instance["rrule"]
                self.store([instance], "series")

    def passed(self) -> None:
        """What was to be written later, and is due."""
        for one in sorted(self.waiting, key=lambda one: one[0]):
            due, tasks, stamped = one
            if due <= self.clock.now:
                self.waiting.remove(one)
                asked = tasks[0].pop("asked")
                for task in tasks:
                    self.promised.pop(task["id"], None)
                self.commit(tasks, due if stamped else asked)
                if self.trace is not None:
                    self.trace.append(f"  .. the server writes {[task['name'] for task in tasks]} at last")

    def later(self, bodies: Sequence[Body], seconds: float, stamped: str) -> list[Task]:
        """Writes these bodies in so many seconds."""
        tasks = [self.born(body, "ours") for body in bodies]
        for task in tasks:
            self.keys[task["id"]] = key(task)
        if tasks:
            tasks[0]["asked"] = self.clock.now
            self.waiting.append((self.clock.now + seconds, tasks, stamped == "commit"))
        return tasks

    def hurry(self, seconds: float) -> None:
        """All that is still to be written is so within some seconds: nobody waits for the answer any more."""
        self.waiting = [
            (min(due, self.clock.now + seconds), tasks, stamped) for due, tasks, stamped in self.waiting
        ]

    # other people

    def somebody(self) -> None:
        """Somebody else may be at work between two requests."""
        nature, dice = self.nature, self.dice
        if not nature.busy or dice.random() > nature.busy:
            return
        body: Task = {"name": f"Foreign {self.last}"}
        if self.good and nature.alike and dice.random() < 0.6:
            body = dict(dice.choice(self.good).body)
            body.pop("integration_source", None)
            if nature.alike == "namesake":
                body["notes"] = "somebody else's"
        self.store([body], "other", owner=ME if nature.impostor else STRANGER)
        if dice.random() < 0.2:
            strange = [one for one in self.tasks if self.origin[one] == "before"]
            if strange:
                del self.tasks[dice.choice(strange)]
        if self.trace is not None:
            self.trace.append(f"  .. somebody creates {body}")

    # requests

    def quota(self) -> Quota:
        limit = self.nature.quota
        if limit is None:
            return Quota()
        return Quota(max(0, limit - self.spent), max(1.0, self.window + 3600 - self.clock.now))

    def counted(self) -> bool:
        """Counts a request; whether the quota let it through."""
        if self.nature.quota is None:
            return True
        if self.clock.now >= self.window + 3600:
            self.window, self.spent = self.clock.now, 0
        self.spent += 1
        return self.spent <= self.nature.quota

    def refusal(self, bodies: Sequence[Body]) -> tuple[int, Refusal, set[int]] | None:
        """Why a batch is refused, with the rows that are bad."""
        nature = self.nature
        if len(bodies) > nature.max_batch:
            words = (
                "Key: 'BulkCreatePayload.Tasks' Error:Field validation for 'Tasks' failed on the 'max' tag"
            )
            return nature.max_batch_status, Refusal("validation", words), set()
        bad = {place for place, body in enumerate(bodies) if is_bad(body)}
        bad |= {
            place
            for place, body in enumerate(bodies)
            if body.get("parent_task_id") is not None
            and body["parent_task_id"] not in self.tasks.keys() | self.promised.keys()
        }
        if bad:
            first = min(bad)
            where = f"Tasks[{first}]" if nature.names_rows and len(bodies) > 1 else "a task"
            words = f"{where} is bad"
            if NO_TAG in bodies[first].get("tag_ids", ()):
                words = f"{where}: the tag_ids are not of this workspace"
            return nature.bad_status, Refusal("validation", words), bad
        if nature.unique:
            seen = set(self.external)
            for place, body in enumerate(bodies):
                if held := identity(body):
                    if held in seen:
                        return 409, Refusal("conflict", "another task holds this identity"), {place}
                    seen.add(held)
        return None

    def create(self, bodies: Sequence[Body], fault: Fault | None, *, alone: bool) -> Answer:
        """Carries a creation out, or doesn't, and answers, or doesn't."""
        quota = self.quota()
        if fault is None or fault.do in ("reply", "twice", "forget") or fault.written != "none" or fault.late:
            if refused := self.refusal(bodies):
                return self.refuse(bodies, *refused, alone=alone)
            if fault and fault.status and 400 <= fault.status < 500 and fault.written != "none":
                fault = self.consistent(fault, bodies)
        if fault is None:
            records = self.store(bodies, "ours")
            return Answer(
                201, self.shaped(records, bodies, (self.nature.envelope,), alone=alone), quota=quota
            )
        if fault.do in ("reply", "twice", "forget"):
            records = self.replied(bodies, fault)
            told = self.shaped(records, bodies, fault.shapes, alone=alone)
            return Answer(fault.status, told, quota=quota)
        now, then = self.divided(bodies, fault)
        self.store(now, "ours")
        self.later(then, fault.took + fault.late, fault.stamped)
        if fault.do == "unreadable":
            return Answer(fault.status, readable=False, trouble="no JSON", quota=quota)
        if fault.status is None:
            return Answer(None, trouble="cut off")
        self.refused |= fault.status in (400, 403, 404, 409, 413, 422)
        self.waited |= fault.status == 429 or fault.do == "quota"
        if fault.do == "quota":
            return Answer(402, _error("quota_exceeded"), quota=Quota(0, fault.seconds))
        location = "/login" if fault.status // 100 == 3 else None
        return Answer(
            fault.status, _error("as drawn"), quota=quota, retry_after=fault.seconds, location=location
        )

    def replied(self, bodies: Sequence[Body], fault: Fault) -> list[Task]:
        """The tasks of an answer that is a success; some servers are liars."""
        if fault.do == "forget":
            return [self.born(body, "ours") for body in bodies]
        if fault.do == "twice":
            self.store(bodies, "ours")
        if not fault.late:
            return self.store(bodies, "ours")
        records = self.later(bodies, fault.took + fault.late, fault.stamped)
        self.promised |= {task["id"]: task for task in records}
        return [{name: value for name, value in task.items() if name != "asked"} for task in records]

    def consistent(self, fault: Fault, bodies: Sequence[Body]) -> Fault:
        """A refusal that writes all the same is told from one that doesn't by the first of a run."""
        if self.nature.honest or fault.status in (403, 404):
            return replace(fault, written="none")
        if fault.status in (402, 429):
            first, self.waited = not self.waited, True
            self.waiting_writes |= first
            return fault if self.waiting_writes else replace(fault, written="none")
        first, self.refused = not self.refused, True
        self.refusing_writes |= first
        return fault if self.refusing_writes else replace(fault, written="none")

    def divided(self, bodies: Sequence[Body], fault: Fault) -> tuple[list[Body], list[Body]]:
        """What is written now, and what later."""
        if fault.written == "all":
            return list(bodies), []
        if fault.written == "none":
            return [], list(bodies) if fault.late else []
        chosen = [self.dice.random() < 0.5 for _ in bodies]
        if fault.status is not None and fault.status // 100 == 4:
            chosen[0] = True  # else its first refusal would not tell
        if self.dice.random() < 0.5:
            chosen.sort(reverse=True)
        now = [body for body, there in zip(bodies, chosen, strict=True) if there]
        rest = [body for body, there in zip(bodies, chosen, strict=True) if not there]
        return now, rest if fault.late else []

    def refuse(
        self, bodies: Sequence[Body], status: int, why: Refusal, bad: set[int], *, alone: bool
    ) -> Answer:
        """A batch with bad rows; some servers write the good ones, or those before the first bad one."""
        good = [body for place, body in enumerate(bodies) if place not in bad] if bad else []
        told = _error(why.error, why.description)
        if alone or not good or not self.nature.half:
            self.refused = True
            return Answer(status, told, quota=self.quota())
        if self.nature.half == "skip":
            records = self.store(good, "ours")
            return Answer(201, self.shaped(records, good, ("list",), alone=False), quota=self.quota())
        written = good if self.nature.half == "others" else list(bodies[: min(bad)])
        first, self.refused = not self.refused, True
        self.refusing_writes |= first and bool(written)
        if self.refusing_writes:
            self.store(written, "ours")
        return Answer(status, told, quota=self.quota())

    def shaped(
        self, records: Sequence[Task], bodies: Sequence[Body], shapes: Sequence[str], *, alone: bool
    ) -> Any:
        """The answer to a creation in the shape that was drawn."""
        told = [self.echoed(record, body) for record, body in zip(records, bodies, strict=True)]
        for shape in shapes:
            if shape == "reversed":
                told.reverse()
            elif shape == "shuffled":
                self.dice.shuffle(told)
            elif shape == "more":
                told.insert(0, {"id": 999_999_999, "name": "Somebody else's"})
            elif shape == "fewer":
                told = told[: self.dice.randrange(len(told))]
        match shapes[-1] if shapes else "list":
            case "data" | "tasks" as name:
                return {name: told}
            case "object":
                return {"data": told[0]} if told else {}
            case "ids":
                return [task["id"] for task in told]
            case "message":
                return {"message": "created"}
            case "empty" | "null":
                return None
        return told[0] if alone and len(told) == 1 else told

    def echoed(self, record: Task, body: Body) -> Task:
        nature = self.nature
        if not nature.change or nature.where == "both":
            return record
        if nature.where == "echoed":
            return alterations.changed(record, nature.change, gone=True)
        return {**record, **{name: value for name, value in body.items() if name in record}}

    # lists

    def listed(self, filters: Mapping[str, object]) -> list[Task]:
        """What a list shows. Raises where it takes no such parameter."""
        nature = self.nature
        hidden = {ARCHIVED} if not nature.archived else set()
        for project, name, how in (
            (COMPLETED, "include_project_completed", nature.completed),
            (DRAFT, "include_drafts", nature.drafts),
        ):
            if how == "refused" and name in filters:
                raise BadRequest(f"no parameter {name}", Refusal("validation"))
            if how != "honoured" or name not in filters:
                hidden.add(project)
        secret = nature.series == "hidden"
        return [
            task
            for task in self.tasks.values()
            if task["project_id"] not in hidden
            and not (secret and (task.get("rrule") or task.get("recurring_task_id")))
        ]

    def page(self, number: int, filters: Mapping[str, object]) -> Page:
        nature = self.nature
        tasks = self.listed(filters)
        if nature.ties == "shuffled" or nature.order == "random":
            self.dice.shuffle(tasks)
        if nature.order == "newest" and "order_by" in filters:
            tasks.sort(key=lambda task: -self.at[task["id"]])
        elif nature.order == "name":
            tasks.sort(key=lambda task: task["name"])
        size = min(PER_PAGE, nature.per_page)
        part = tasks[(number - 1) * size : number * size]
        if nature.repeats:
            part = [*part[:1], *part]
        return Page(part, self.total(len(tasks)), len(part), size if nature.tells_per_page else None)

    def total(self, count: int) -> int | None:
        match self.nature.total:
            case "none":
                return None
            case "more":
                return count + 3
            case "fewer":
                return max(0, count - 2)
            case "constant":
                return 50
            case "random":
                return max(0, count + self.dice.randint(-3, 3))
        return count

    def stream(self, filters: Mapping[str, object]) -> Page:
        if self.nature.stream == "400":
            raise BadRequest("no stream", Refusal("validation"))
        if self.nature.stream in ("403", "404"):
            raise NotAllowed("no stream", answered=int(self.nature.stream))
        if self.nature.stream == "500":
            raise Unreachable("the stream fails")
        tasks = self.listed(filters)
        self.dice.shuffle(tasks)
        return Page(tasks, None, len(tasks))

    def found(self, held: tuple[str, Any]) -> Task | None:
        if self.nature.by_external_id == "absent":
            return None
        if self.nature.by_external_id == "refused":
            raise BadRequest("no such address", Refusal("validation"))
        return self.tasks.get(self.external.get(held, 0))

    def projects(self) -> list[Task]:
        if self.nature.projects == "refused":
            raise NotAllowed("no right to see projects", answered=403)
        return [
            *({"id": one, "name": f"Project {one}", "active": True} for one in PLAIN),
            {"id": COMPLETED, "completed_at": "2030-01-01T00:00:00Z", "active": True},
            {"id": DRAFT, "draft": True, "active": True},
            {"id": ARCHIVED, "archived_at": "2030-01-01T00:00:00Z", "active": False},
        ]


class SimulatedClient:
    """What the client offers, for one run. Readings are repeated as the real client repeats them."""

    def __init__(self, server: Server, mishaps: Mishaps, moments: Moments, patience: Patience) -> None:
        self.server, self.mishaps, self.moments, self.patience = server, mishaps, moments, patience
        self.clock, self.dice = server.clock, server.dice
        self.quota = Quota()
        self.connection = None  # no workbook of names is read here
        self.requests = self.posts = self.gets = 0

    # writings

    def create_tasks(self, bodies: Sequence[Body]) -> Answer:
        return self._post(bodies, alone=False)

    def create_task(self, body: Body) -> Answer:
        return self._post([body], alone=True)

    def _post(self, bodies: Sequence[Body], *, alone: bool) -> Answer:
        server = self.server
        self.posts += 1
        fault = self.mishaps.posts.get(self.posts)
        self.moments("before the request leaves")
        if fault and fault.do == "never":
            self.clock.sleep(5)
            return Answer(None, sent=False, trouble="connection refused")
        self.requests += 1
        self._arrive()
        try:
            self.moments("the request is on its way")
        except (Crash, KeyboardInterrupt):
            if self.mishaps.late and server.refusal(bodies) is None:
                server.later(bodies, self.mishaps.late, "commit")
            raise
        if server.counted():
            answer = server.create(bodies, fault, alone=alone)
        else:
            quota, server.waited = server.quota(), True
            answer = Answer(402, _error("quota_exceeded"), quota=Quota(0, quota.resets_in))
        try:
            self.moments("the request is carried out, nothing was heard of it")
        except (Crash, KeyboardInterrupt):
            server.hurry(LATEST)
            raise
        self.clock.sleep(fault.took if fault else self.dice.choice((0.05, 0.3, 2.0)))
        self.moments("the answer is on its way")
        if answer.quota != Quota():
            self.quota = answer.quota
        return answer

    def _arrive(self) -> None:
        self.clock.sleep(0.02)
        self.server.passed()
        self.server.somebody()

    # readings

    def list_tasks(self, page: int, filters: Mapping[str, object]) -> Page:
        return self._get(lambda: self.server.page(page, filters))

    def stream_tasks(self, filters: Mapping[str, object]) -> Page:
        return self._get(lambda: self.server.stream(filters))

    def task_by_external_id(self, source: str, ext_id: int | str) -> Task | None:
        number = int(ext_id)
        return self._get(lambda: self.server.found((source, number)))

    def projects(self) -> list[Task]:
        return self._get(self.server.projects)

    def task_constraints(self) -> Task | None:
        return self._get(lambda: {"required_fields": []})

    def _get(self, work: Callable[[], Result]) -> Result:
        self.gets += 1
        what, seconds = self.mishaps.gets.get(self.gets, ("", 0.0))
        while True:
            self.moments("before a reading")
            self.requests += 1
            self._arrive()
            self.clock.sleep(0.1)
            self.moments("a reading was answered")
            counted = self.server.counted()
            if (quota := self.server.quota()) != Quota():
                self.quota = quota
            if not counted:
                self.patience(QuotaSpent("the quota is spent", resets_in=quota.resets_in))
                continue
            match what:
                case "spent" | "slow":
                    what = ""
                    if seconds > 60 or self.dice.random() < 0.5:
                        self.patience(QuotaSpent("the quota is spent", resets_in=seconds))
                    else:
                        self.clock.sleep(seconds)
                    continue
                case "stumble":
                    what = ""
                    self.clock.sleep(seconds)
                    continue
                case "unreachable":
                    self.clock.sleep(seconds)
                    raise Unreachable("no answer")
                case "bad":
                    raise BadRequest("refused", Refusal("validation"))
                case "forbidden":
                    raise NotAllowed("refused", answered=403)
                case "unauthorized":
                    raise NotAllowed("refused", answered=401)
                case "html":
                    raise NotAllowed("no Focus API")
            return work()


class VirtualPatience(Patience):
    """Waits on the simulated clock."""

    def __init__(self, most: float, clock: VirtualClock, moments: Moments, stopped: Stopped) -> None:
        super().__init__(most, stopped=stopped, watch=SILENT)
        self.clock, self.moments = clock, moments

    def __call__(self, spent: QuotaSpent) -> None:
        seconds = 60.0 if spent.resets_in is None else max(1.0, spent.resets_in)
        if seconds > self.left:
            raise spent
        self.left -= seconds
        self.pause(seconds, "the quota is spent")

    def pause(self, seconds: float, why: str) -> None:
        self.clock.sleep(seconds / 2)
        self.moments(f"amid a wait: {why}")
        self.stopped.check()
        self.clock.sleep(seconds / 2)


def key(task: Task) -> Key:
    """What a task is, without its parent."""
    values = map(task.get, FIELDS)
    return tuple([tuple(sorted(value)) if isinstance(value, list) else value or None for value in values])


def identity(body: Body) -> tuple[str, Any] | None:
    source = body.get("integration_source")
    return (source, body["integration_ext_id"]) if source else None


def _error(error: str, words: str = "") -> dict[str, Any]:
    return {"error": error, "error_description": words}
