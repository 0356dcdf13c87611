"""What a seed of the simulator draws: sheets, what kind of server stands there, and what goes wrong."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from importer.delivery.drafts import Draft
from importer.delivery.steps import Limits

ME, STRANGER = 7100001, 7100014
SETTLE = 60.0  # seconds that a run waits before it believes that a row is not there
LATEST = 45.0  # seconds after which a server has surely written what it is going to write
BITTER = "bitter"  # rows with this word in their notes are always refused
NO_TAG = 99  # … and those with a tag that there is not, in words that name the field
PLAIN, COMPLETED, DRAFT, ARCHIVED = (1, 2), 3, 4, 5  # projects
OTHER = 1000  # rows of the second sheet, if there is one, begin here
Body = dict[str, Any]


@dataclass
class Nature:
    """What holds for a server all the time."""

    per_page: int = 100
    tells_per_page: bool = True
    order: str = "newest"  # else what it sorts by whatever it is asked for: id, name, random
    repeats: bool = False  # a page gives its first task twice
    ties: str = "id"  # or shuffled: another order at each request
    step: float = 0.0  # created_at is cut to whole steps of so many seconds
    skew: float = 0.0  # its clock against ours
    total: str = "right"  # none, more, fewer, constant, random
    completed: str = "honoured"  # the parameter that asks for their tasks: honoured, refused, ignored
    drafts: str = "honoured"
    archived: bool = False  # lists show tasks of archived projects
    series: str = "listed"  # hidden: tasks that repeat are in no list; spawned: their instances are as well
    stream: str = "works"  # or the status that refuses it
    projects: str = "told"  # or refused
    change: dict[str, Any] | None = None
    where: str = "both"  # stored: the echo shows what was sent; echoed: kept as sent
    half: str = ""  # what it does with a batch that has a bad row: first, others (then refuse); skip (201)
    honest: bool = False  # where it refuses, nothing is written
    names_rows: bool = True
    bad_status: int = 400  # of bad rows
    max_batch: int = 100
    max_batch_status: int = 400
    quota: int | None = None  # requests an hour
    unique: bool = False  # 409 on an external id that is there
    by_external_id: str = "works"  # absent: the address is not known; refused
    owner: bool = True  # records tell whose they are
    envelope: str = "list"
    busy: float = 0.0  # how often somebody else creates a task between two requests
    alike: str = ""  # what those are like: namesake, twin, or "" for neither
    impostor: bool = False  # … and of our own user


@dataclass
class Fault:
    """What becomes of one POST. `written`: rows written before the answer; `late` of the others after it."""

    do: str
    status: int | None = None
    written: str = "none"  # all, some
    late: float = 0.0
    stamped: str = "commit"
    took: float = 0.3
    shapes: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass
class Mishaps:
    """What goes wrong in one run, by the number of the request or of the moment."""

    posts: dict[int, Fault] = field(default_factory=dict)
    gets: dict[int, tuple[str, float]] = field(default_factory=dict)
    strikes: dict[int, str] = field(default_factory=dict)  # crash, stop, interrupt, disk
    late: float = 0.0  # a request on its way when we died is carried out so much later; 0: never
    pause: float = 5.0  # seconds until the next run
    sheet: int = 0  # which of the sheets is imported
    verify: bool = False


@dataclass
class Draw:
    """All that a seed decides. `drafts` are of one sheet, or of two, the other's rows from OTHER on."""

    seed: int
    drafts: list[Draft]
    limits: Limits
    nature: Nature
    before: list[tuple[Body, float]]  # and how long ago
    runs: list[Mishaps]

    def sheet(self, number: int) -> list[Draft]:
        """The rows of one of the sheets."""
        return [draft for draft in self.drafts if (draft.row >= OTHER) == bool(number)]

    @property
    def bad(self) -> set[int]:
        """Rows that can't be created: refused, or below one that is."""
        found: set[int] = set()
        for draft in sorted(self.drafts, key=lambda draft: draft.wave):
            if is_bad(draft.body) or draft.parent in found:
                found.add(draft.row)
        return found

    @property
    def plain(self) -> bool:
        """Nothing about the server or its people can leave a row in doubt."""
        nature = self.nature
        refused = any(
            what not in ("stumble", "spent", "slow") for run in self.runs for what, _ in run.gets.values()
        )
        told = nature.projects == "told" or not any("project_id" in draft.body for draft in self.drafts)
        lists = _believed(nature) and nature.per_page == 100
        late = any(fault.do == "reply" and fault.late for run in self.runs for fault in run.posts.values())
        changed = nature.change or nature.alike or refused or late
        return lists and told and not changed and not _hidden(self.drafts)


def is_bad(body: Mapping[str, Any]) -> bool:
    """Whether every server refuses such a row."""
    return BITTER in body.get("notes", "") or NO_TAG in body.get("tag_ids", ())


def _hidden(drafts: list[Draft]) -> bool:
    """Whether a list may leave out some of the rows."""
    return any(
        draft.body.get("rrule") or draft.body.get("project_id") in (COMPLETED, DRAFT, ARCHIVED)
        for draft in drafts
    )


def _tells(nature: Nature, drafts: list[Draft]) -> bool:
    """Whether one reading tells that a server writes and refuses: its list is believed and hides nothing."""
    return _believed(nature) and nature.per_page == 100 and not _hidden(drafts)


def _believed(nature: Nature) -> bool:
    """Whether lists are in order, say nothing wrong and when they are over, and can be had as a whole."""
    ends = nature.total == "right" or (nature.total == "none" and nature.tells_per_page)
    return nature.order == "newest" and ends and nature.stream == "works"


def draw(seed: int) -> Draw:
    dice = random.Random(seed)
    drafts = _sheet(dice)
    if dice.random() < 0.2:
        drafts += _other_sheet(dice, drafts)
    nature = _nature(dice)
    if not _tells(nature, drafts) or nature.bad_status in (403, 404):
        nature.half = "skip" if nature.half == "skip" else ""
        nature.honest = True
    split = dice.choice([50, 50, 50, 10_000])
    limits = Limits(batch=min(dice.randint(1, 20), dice.randint(1, 20)), settle=SETTLE, max_split=split)
    before = _before(dice, drafts, nature)
    posts = 2 + len(drafts) // limits.batch
    runs = [_mishaps(dice, posts, drafts) for _ in range(dice.randint(1, 4))]
    return Draw(seed, drafts, limits, nature, before, runs)


# ── the sheet ──

_COMMON = ["Review", "review", "Call  the bank", "U\u0308ben", "Review of the second draft", "Plan"]


def _sheet(dice: random.Random) -> list[Draft]:
    """Families, twins, namesakes, rows that repeat, of hidden projects, with external ids, bad ones."""
    count = dice.choice(
        [1, dice.randint(1, 3), dice.randint(4, 15), dice.randint(4, 15), dice.randint(16, 60)]
    )
    family, twin = dice.choice([0, 0.2, 0.5]), dice.choice([0, 0.1, 0.3])
    common, bad = dice.choice([0, 0.2, 0.6]), dice.choice([0, 0, 0, 0.06, 0.3])
    repeating, external = dice.choice([0, 0, 0, 0.2]), dice.choice([0, 0, 0, 0.5])
    projects = dice.choice([(), (), PLAIN, PLAIN, (*PLAIN, COMPLETED, DRAFT, ARCHIVED)])
    drafts: list[Draft] = []
    for row in range(2, count + 2):
        if drafts and dice.random() < twin:
            old = dice.choice(drafts)
            drafts.append(Draft(row, old.body, old.wave, old.parent))
            continue
        body: Body = {"name": dice.choice(_COMMON) if dice.random() < common else f"Task {row} of the list"}
        if dice.random() < 0.5:
            body["notes"] = dice.choice([f"note {row}", "some notes", " two\nlines "])
        if dice.random() < bad:
            body |= dice.choice([{"notes": f"{body.get('notes', '')} {BITTER}"}, {"tag_ids": [NO_TAG]}])
        if dice.random() < 0.3:
            body["end_date"] = f"2031-01-{dice.randint(1, 28):02}"
        if dice.random() < 0.2 and "tag_ids" not in body:
            body["tag_ids"] = dice.sample([1, 2, 3], dice.randint(1, 3))
        if dice.random() < repeating:
            body["rrule"] = "FREQ=WEEKLY;BYDAY=MO"
        if dice.random() < external:
            body |= {"integration_source": "jira", "integration_ext_id": row}
        parent = dice.choice(drafts) if drafts and dice.random() < family else None
        if parent and "project_id" in parent.body:
            body["project_id"] = parent.body["project_id"]
        elif projects and dice.random() < 0.6:
            body["project_id"] = dice.choice(projects)
        drafts.append(Draft(row, body, parent.wave + 1, parent.row) if parent else Draft(row, body))
    return drafts


def _other_sheet(dice: random.Random, drafts: list[Draft]) -> list[Draft]:
    """Another list for the same workspace; some rows are those of the first."""
    others = [
        replace(draft, row=draft.row + OTHER, parent=draft.parent and draft.parent + OTHER)
        for draft in _sheet(dice)[: dice.randint(1, 15)]
    ]
    return [
        replace(draft, body=dice.choice(drafts).body) if dice.random() < 0.3 else draft for draft in others
    ]


def _before(dice: random.Random, drafts: list[Draft], nature: Nature) -> list[tuple[Body, float]]:
    """Tasks of earlier times, ours and others', some the twins of rows."""
    count = dice.choice([0, dice.randint(1, 5), dice.randint(1, 30), dice.randint(90, 120)])
    tasks: list[Body] = [{"name": f"Old {number}"} for number in range(count)]
    shown = [draft for draft in drafts if not _hidden([draft])]
    if shown and dice.random() < 0.3:
        tasks += [dict(dice.choice(shown).body) for _ in range(dice.randint(1, 3))]
    for task in tasks:
        task.pop("integration_source", None)
        task.pop("integration_ext_id", None)
    dice.shuffle(tasks)
    age = dice.choice([10.0, 1000.0, 90_000.0])
    ages = sorted((dice.uniform(0, age) for _ in tasks), reverse=True)
    return [
        ({"toggl_user_id": dice.choice([ME, STRANGER]), **body}, ago)
        for body, ago in zip(tasks, ages, strict=True)
    ]


# ── the server ──

_CHANGES: list[dict[str, Any]] = [
    *({word: ["name"]} for word in ("upper", "lower", "strip", "collapse", "nfc")),
    {"trim": {"name": 9}},
    {"trim": {"notes": 5}},
    {"strip": ["notes"]},
    {"upper": ["notes"]},
    {"drop": ["notes"]},
    {"drop": ["tag_ids"]},
    {"instant": ["end_date"]},
    {"set": {"priority": "high"}},
]
_NO_CHANGE: dict[str, Any] = {
    "set": {},
    "trim": {},
    **{word: [] for word in ("nfc", "strip", "collapse", "upper", "lower", "instant", "drop")},
}


def _nature(dice: random.Random) -> Nature:
    """A server; most are sound in most respects."""

    def rarely(chance: float, *others: Any, usual: Any) -> Any:
        return dice.choice(others) if dice.random() < chance else usual

    nature = Nature(
        per_page=rarely(0.3, 3, 7, 20, usual=100),
        order=rarely(0.15, "id", "name", "random", usual="newest"),
        tells_per_page=dice.random() < 0.8,
        repeats=dice.random() < 0.05,
        ties=dice.choice(["id", "shuffled"]),
        step=dice.choice([0.0, 0.0, 1.0, 2.0]),
        skew=dice.choice([0.0, 0.0, -90.0, 90.0]),
        total=rarely(0.2, "none", "none", "more", "fewer", "constant", "random", usual="right"),
        completed=rarely(0.15, "refused", "ignored", usual="honoured"),
        drafts=rarely(0.15, "refused", "ignored", usual="honoured"),
        archived=dice.random() < 0.5,
        series=rarely(0.4, "hidden", "spawned", usual="listed"),
        stream=rarely(0.2, "400", "403", "404", "500", usual="works"),
        projects=rarely(0.1, "refused", usual="told"),
        half=rarely(0.2, "first", "others", "skip", usual=""),
        names_rows=dice.random() < 0.7,
        bad_status=rarely(0.2, 403, 404, 422, usual=400),
        unique=dice.random() < 0.2,
        by_external_id=rarely(0.3, "absent", "refused", usual="works"),
        owner=dice.random() < 0.9,
        envelope=rarely(
            0.3, "data", "tasks", "reversed", "shuffled", "message", "ids", "empty", usual="list"
        ),
    )
    if dice.random() < 0.2:
        nature.change = _NO_CHANGE | dice.choice(_CHANGES)
        nature.where = dice.choice(["stored", "both", "both", "echoed"])
        if nature.envelope in ("message", "ids", "empty"):
            nature.envelope = "list"  # what a server changes must be seen for once
    if dice.random() < 0.15:
        nature.max_batch, nature.max_batch_status = dice.randint(1, 15), dice.choice([400, 413, 422])
    if dice.random() < 0.1:
        nature.quota = dice.randint(6, 60)
    if dice.random() < 0.3:
        nature.busy = dice.choice([0.1, 0.4])
        nature.alike = dice.choice(["", "", "namesake", "twin"])
        nature.impostor = dice.random() < 0.3
    if nature.order != "newest" or nature.total == "fewer":
        nature.per_page = 100  # nobody can tell that pages fall short just as the wrong total says
    return nature


# ── what goes wrong ──


def _mishaps(dice: random.Random, posts: int, drafts: list[Draft]) -> Mishaps:
    told = Mishaps(
        sheet=int(drafts[-1].row >= OTHER and dice.random() < 0.5),
        verify=dice.random() < 0.2,
        pause=dice.choice([0.5, 5.0, 20.0, 70.0, 4000.0]),
        late=dice.choice([0.0, 0.1, dice.uniform(0, LATEST)]),
    )
    for _ in range(dice.choice([0, 1, 1, 1, 2, 3, 5])):
        told.posts[dice.randint(1, posts)] = _fault(dice)
    if dice.random() < 0.08:  # the same again and again
        first, fault = dice.randint(1, posts), _fault(dice)
        told.posts |= {number: replace(fault) for number in range(first, first + dice.randint(2, 6))}
    for _ in range(dice.choice([0, 0, 0, 1, 2])):
        what = dice.choice(
            ["stumble", "stumble", "unreachable", "spent", "slow", "bad", "forbidden", "unauthorized", "html"]
        )
        told.gets[dice.randint(1, 6)] = (what, dice.choice([1.0, 30.0, 600.0]))
    if dice.random() < 0.6:
        what = dice.choice(["crash", "crash", "crash", "crash", "interrupt", "stop", "disk"])
        told.strikes[dice.randint(1, dice.choice([8, 30, 12 * posts]))] = what
    return told


def _fault(dice: random.Random) -> Fault:
    written = dice.choice(["none", "none", "all", "all", "some"])
    took = dice.choice([0.01, 0.3, 8.0, 30.0])
    kind = dice.choice(
        ["fails"] * 3
        + ["late"] * 3
        + ["timeout", "cut", "unreadable", "html", "redirect", "other", "reply", "reply"]
        + ["quota", "slow", "refused", "refused", "stop", "never"]
    )
    if kind == "fails":
        return Fault("answer", dice.choice([500, 502, 503, 504]), written, took=took)
    if kind == "late":
        return Fault(
            "answer",
            dice.choice([504, 504, 502, None]),
            dice.choice(["none", "none", "some"]),
            late=dice.uniform(0.0, LATEST),
            stamped=dice.choice(["commit", "request"]),
            took=dice.choice([0.01, 8.0, 60.0]),
        )
    if kind == "timeout":
        return Fault("answer", None, written, took=60.0)
    if kind == "cut":
        return Fault("answer", None, written, took=took)
    if kind == "unreadable":
        return Fault("unreadable", dice.choice([200, 201]), dice.choice(["all", "some"]), took=took)
    if kind == "html":
        return Fault("unreadable", dice.choice([200, 502, 503]), written, took=took)
    if kind == "redirect":
        return Fault("answer", dice.choice([301, 302, 307, 308]), written, took=took)
    if kind == "other":
        return Fault("answer", dice.choice([202, 204, 206]), written, took=took)
    if kind == "reply":
        return _reply(dice)
    if kind == "quota":
        return Fault(
            "quota",
            402,
            "none" if dice.random() < 0.7 else written,
            seconds=dice.choice([5.0, 900.0, 5000.0]),
        )
    if kind == "slow":
        return Fault(
            "answer", 429, "none" if dice.random() < 0.7 else written, seconds=dice.choice([None, 1.0, 30.0])
        )
    if kind == "refused":
        status = dice.choice([400, 400, 403, 404, 409, 413, 422])
        return Fault("answer", status, "none" if dice.random() < 0.7 else written)
    if kind == "stop":
        return Fault("answer", dice.choice([401, 402, 405, 418]))
    return Fault("never")


def _reply(dice: random.Random) -> Fault:
    """Everything is written; the answer shows it in a shape of its own."""
    shapes = tuple(dice.sample(["reversed", "shuffled"], dice.randint(0, 1)))
    shapes += tuple(dice.sample(["more", "fewer"], dice.randint(0, 1)))
    last = ["list", "data", "tasks", "ids", "message", "empty", "null"]
    shapes += (dice.choice(last if "more" in shapes else [*last, "object"]),)
    late = dice.uniform(0.0, LATEST) if dice.random() < 0.1 else 0.0
    return Fault("reply", dice.choice([200, 201, 201]), "all", shapes=shapes, late=late)
