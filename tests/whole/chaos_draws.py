"""What chaos draws from a seed: a sheet, what kind of server stands there, and what goes wrong in every round."""

import csv
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from importer.sandbox.creation import ME
from importer.sandbox.instants import stamp
from importer.sandbox.store import Store

SETTLE = 1.0  # --settle of every run
LATE = 0.3  # seconds until the latest commit: well below SETTLE, whatever the machine is busy with
STRANGER = 7100014
BITTER = "bitter"  # rows with this word in their notes are refused by a rule of the plan
CLEAN = {"quota": 10**6}
Rule = dict[str, Any]


@dataclass
class Row:
    """A row of the sheet. `body` is what shall be there in the end, `parent` the parent's row."""

    number: int
    cells: dict[str, Any]
    body: dict[str, Any]
    parent: int | None = None
    outcome: str = "created"  # in the end


@dataclass
class Strike:
    """A signal, so many seconds after the start or `lag` after the n-th request of the round was worked."""

    signal: str
    request: int = 0
    lag: float = 0.0


@dataclass
class Round:
    """One run of the tool and what it has to bear."""

    plan: dict[str, Any]
    options: list[str] = field(default_factory=list)
    strike: Strike | None = None
    special: str = ""  # "full disk", "read-only", "second run", "real": a process of python's own making
    room: int = 0  # bytes that files may grow on a full disk
    timeout: float | None = None  # the client's patience for an answer


@dataclass
class Draw:
    """All that a seed decides before anything runs."""

    path: Path
    rows: list[Row]
    options: list[str]
    before: list[tuple[dict[str, Any], str]]  # tasks that are there already, and since when
    change: Rule | None  # how this server alters what it keeps
    rounds: list[Round]
    clean: dict[str, Any]  # the plan when nothing goes wrong
    liar: str = ""  # "forget" or "twice": what the server does that nobody survives


def draw(seed: int, folder: Path, store: Store) -> Draw:
    dice = random.Random(seed)
    path, rows = _sheet(dice, folder, store)
    batch = dice.choice([1, 2, 3, 5, 8, 13, 20, 50, 100, 100]) if len(rows) < 60 else dice.randint(15, 100)
    options = ["--settle", str(SETTLE), "--batch-size", str(batch), "--max-split", "1000"]
    if any(row.outcome == "invalid" for row in rows) or dice.random() < 0.3:
        options.append("--skip-invalid")
    change = _change(dice) if dice.random() < 0.3 else None
    settings = _settings(dice)
    refused = any(row.outcome == "rejected" for row in rows)
    nature = [{"on": "POST tasks*", "do": "answer", "status": 400, "if_body": BITTER}] if refused else []
    nature += [change] if change else []
    nature += _lists(dice, 0.08)
    clean = {"seed": seed, "settings": settings, "rules": nature}
    waves = 1 + max(_depth(row, rows) for row in rows)
    posts = -(-len(rows) // batch) + waves
    if seed % 25 == 7 and not refused:
        lie = {"on": "POST tasks*", "do": dice.choice(["forget", "twice"])}
        plan = clean | {"rules": [lie, *nature]}
        return Draw(path, rows, options, [], change, [Round(plan, ["--verify"])], clean, str(lie["do"]))
    rounds = [_round(dice, seed, number, posts, clean, rows, refused) for number in range(dice.randint(1, 4))]
    if seed % 10 == 3:
        rounds[0].special = "real"
    return Draw(path, rows, options, _before(dice, rows, store), change, rounds, clean)


# ── the sheet ──

_COMMON = ["Review", "review", "Call", "Überprüfen 📋", 'Plan "B", then C', "Review of the second draft"]


def _sheet(dice: random.Random, folder: Path, store: Store) -> tuple[Path, list[Row]]:
    """Families of any depth, twins, namesakes, invalid rows and such as the server refuses."""
    count = dice.choice(
        [1, dice.randint(1, 3), *(dice.randint(4, 40) for _ in range(5)), dice.randint(41, 250)]
    )
    keyed = dice.random() < 0.6  # else parents are named, and identical rows are identical in every cell
    family = dice.choice([0, 0.2, 0.5])
    bad, refused = dice.choice([0, 0, 0.05]), dice.choice([0, 0, 0, 0.04])
    columns = {
        title: dice.random() < 0.4 for title in ("Project", "Status", "Tags", "Estimate (min)", "rrule")
    }
    columns["rrule"] &= dice.random() < 0.2
    projects, statuses, tags = _names(store, hidden=dice.random() < 0.2)
    rows: list[Row] = []
    for number in range(2, count + 2):
        above = rows[max(0, number - dice.choice([4, 40, 400])) :]
        parent = dice.choice(above) if above and dice.random() < family else None
        if parent and not keyed and parent.cells["Title"] in _COMMON:
            parent = None
        if rows and dice.random() < 0.2:  # a twin, or a child or parent of one
            old = dice.choice(rows)
            if keyed or old.cells["Title"] in _COMMON:
                twin = Row(number, dict(old.cells), dict(old.body), old.parent, old.outcome)
                twin.cells["Key"] = f"K{number}"
                rows.append(twin)
                continue
        name = dice.choice([*_COMMON, *[f"Task {number} of the list"] * 6])
        notes = dice.choice(["", "", f"note {number}", "first line\nsecond line", "ß – note"])
        body: dict[str, Any] = {"name": name, "notes": notes}
        cells: dict[str, Any] = {"Key": f"K{number}", "Title": name, "Notes": notes, "Due date": ""}
        row = Row(number, cells, body)
        if dice.random() < 0.4:
            cells["Due date"] = body["end_date"] = date(2031, 1, dice.randint(1, 28)).isoformat()
        for title, there in columns.items():
            if there and dice.random() < 0.6:
                _fill(dice, row, title, projects, statuses, tags)
        if dice.random() < bad:
            cells["Due date"], row.outcome = "soon", "invalid"
        elif dice.random() < refused:
            row.outcome = "rejected"
            if dice.random() < 0.5:
                cells["Notes"] = body["notes"] = f"{notes} {BITTER}".strip()
            else:
                cells["assignee_user_ids"] = "424242"
        if parent:
            row.parent = parent.number
            cells["Parent"] = parent.cells["Key" if keyed else "Title"]
            body.setdefault("project_id", parent.body.get("project_id"))
            if parent.outcome != "created" and row.outcome == "created":
                row.outcome = "rejected"
        rows.append(row)
    titles = ["Key"] * keyed + ["Title", "Notes", "Due date", "Parent", "assignee_user_ids"]
    titles += [title for title, there in columns.items() if there]
    return _written(dice, folder, titles, rows), rows


def _names(store: Store, *, hidden: bool) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Names of projects, statuses and tags; `hidden`: also of projects that lists leave out."""
    every = store.table("projects")
    names = [project["name"] for project in every]
    projects = {
        project["name"]: project["id"]
        for project in every
        if names.count(project["name"]) == 1
        and (hidden or not (project["completed_at"] or project["draft"] or project["archived_at"]))
    }
    statuses, tags = store.table("statuses"), store.table("tags")
    return projects, {s["name"]: s["id"] for s in statuses}, {t["name"]: t["id"] for t in tags}


def _fill(dice: random.Random, row: Row, title: str, projects: Rule, statuses: Rule, tags: Rule) -> None:
    cells, body = row.cells, row.body
    if title == "Project":
        cells[title] = dice.choice(sorted(projects))
        body["project_id"] = projects[cells[title]]
    elif title == "Status":
        cells[title] = dice.choice(sorted(statuses))
        body["status_id"] = statuses[cells[title]]
    elif title == "Tags":
        chosen = dice.sample(sorted(tags), dice.randint(1, 3))
        cells[title] = ", ".join(chosen)
        body["tag_ids"] = [tags[name] for name in chosen]
    elif title == "rrule":
        cells[title] = body["rrule"] = "FREQ=WEEKLY;BYDAY=MO"
    else:
        body["estimated_mins"] = dice.randint(25, 900)
        cells[title] = str(body["estimated_mins"])


def _written(dice: random.Random, folder: Path, titles: list[str], rows: list[Row]) -> Path:
    table = [titles, *([row.cells.get(title, "") for title in titles] for row in rows)]
    if dice.random() < 0.2:
        path = folder / "tasks.xlsx"
        book = openpyxl.Workbook()
        for line in table:
            book.worksheets[0].append([cell or None for cell in line])
        book.save(path)
        return path
    path = folder / "tasks.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(table)
    return path


def _depth(row: Row, rows: list[Row]) -> int:
    return 0 if row.parent is None else 1 + _depth(rows[row.parent - 2], rows)


# ── the server ──


def _settings(dice: random.Random) -> dict[str, Any]:
    settings: dict[str, Any] = dict(CLEAN)
    settings["clock_skew"] = dice.choice([0, 0, -90, 90])
    settings["clock_step"] = dice.choice([0, 0, 1, 2])
    settings["ties"] = dice.choice(["id", "shuffled"])
    settings["name_rows"] = dice.random() < 0.7
    settings["timezone"] = dice.choice(["UTC", "Europe/Berlin", "America/Los_Angeles"])
    if dice.random() < 0.2:
        settings |= {"max_batch": dice.randint(1, 30), "max_batch_status": dice.choice([400, 413, 422])}
    if dice.random() < 0.15:
        settings |= {"all_or_nothing": False, "skip_bad": dice.random() < 0.3}
    return settings


def _change(dice: random.Random) -> Rule:
    """Each gives the same when it is done twice, so that what is kept can be told by doing it again."""
    what: Rule = dice.choice(
        [
            *({word: ["name"]} for word in ("upper", "lower", "strip", "collapse", "nfc")),
            {"trim": {"name": 12}},
            {"trim": {"notes": 5}},
            {"drop": ["notes"]},
            {"drop": ["tag_ids"]},
            {"collapse": ["notes"]},
            {"instant": ["end_date"]},
            {"set": {"priority": "high"}},
        ]
    )
    return {"on": "* tasks*", "do": "change", "where": dice.choice(["stored", "both"])} | what


def _lists(dice: random.Random, chance: float) -> list[Rule]:
    """How lists may fall short without hiding a task for good."""
    rules: list[Rule] = [
        {"on": "GET tasks/stream", "do": "answer", "status": dice.choice([400, 403, 404, 500])},
        {"on": "GET tasks*", "do": "ignore"},
        {"on": "GET tasks", "do": "total", **dice.choice([{"drop": True}, {"add": 3}, {"add": -2}])},
        {"on": "GET tasks", "do": "answer", "status": 400, "if_query": "include_drafts"},
        {"on": "GET tasks", "do": "answer", "status": 400, "if_query": "include_project_completed"},
        {"on": "GET tasks/stream", "do": "ndjson"},
        {"on": "GET tasks", "do": "rows", "repeat": 1},
    ]
    return [rule for rule in rules if dice.random() < chance]


def _before(dice: random.Random, rows: list[Row], store: Store) -> list[tuple[dict[str, Any], str]]:
    """Tasks of earlier days, ours and others'; some like rows, but too few for the sheet to seem imported."""
    count = dice.choice([0, 0, dice.randint(1, 12), dice.randint(90, 230)])
    tasks: list[dict[str, Any]] = [{"name": f"Old {number}"} for number in range(count)]
    if len(rows) > 5 and count > 5:
        twins = [row.body for row in dice.sample(rows, dice.randint(0, 2))]
        alike = sum(row.body["name"] in {twin["name"] for twin in twins} for row in rows)
        if alike < 0.4 * min(count, 100, len(rows)):
            tasks += twins
    dice.shuffle(tasks)
    owners = [{"status_id": store.first_todo(), "toggl_user_id": dice.choice([ME, STRANGER])} for _ in tasks]
    born = [
        stamp(datetime(2025, 6, 1 + place // 50, 8, place % 50, tzinfo=UTC)) for place in range(len(tasks))
    ]
    return [(owner | task, at) for task, owner, at in zip(tasks, owners, born, strict=True)]


# ── what goes wrong ──


def _round(
    dice: random.Random,
    seed: int,
    number: int,
    posts: int,
    clean: dict[str, Any],
    rows: list[Row],
    refused: bool,
) -> Round:
    rules = [_accident(dice, posts) for _ in range(dice.choice([0, 1, 1, 2, 3, 4]))]
    no = [rule for rule in rules if rule["do"] == "answer" and rule["status"] < 500]
    if (
        len(no) == 1
        and not refused
        and "max_batch" not in clean["settings"]
        and no[0]["status"] in (400, 422)
    ):
        no[0]["written"] = dice.choice([0, "all"])  # told by the first refusal of a run, which this will be
    rules += _readings(dice) + _lists(dice, 0.05) + _meanwhile(dice, number, rows)
    settings = dict(clean["settings"])
    if dice.random() < 0.05:
        settings |= {"quota": dice.randint(3, 30), "quota_window": 1}
    one = Round({"seed": seed * 10 + number, "settings": settings, "rules": [*clean["rules"], *rules]})
    one.options += ["--verify"] * (dice.random() < 0.2)
    if dice.random() < 0.08:  # a trial: some rows first
        one.options += ["--rows", f"2-{dice.randint(2, len(rows) + 1)}"]
    one.special = dice.choices(["", "full disk", "read-only", "second run"], [0.8, 0.08, 0.06, 0.06])[0]
    if one.special == "full disk":
        one.room = dice.choice([dice.randint(0, 4096), dice.randint(0, 40_000), dice.randint(0, 300_000)])
    elif one.special == "read-only":
        one.plan = clean
    elif one.special == "second run":
        one.plan["rules"].append({"on": "POST tasks*", "nth": 1, "do": "delay", "seconds": 0.8})
    elif dice.random() < 0.1:
        one.timeout = 0.25
        slow = {"on": "POST tasks*", "do": "delay", "seconds": 0.4, "after": dice.random() < 0.5}
        one.plan["rules"].append(slow | {"nth": dice.randint(1, posts)})
    elif dice.random() < 0.75:
        name = dice.choice(["SIGKILL"] * 6 + ["SIGTERM", "SIGINT"])
        at = (
            1 + dice.randrange(dice.choice([3, 6, 4 + posts]))
            if dice.random() < 0.75 or name != "SIGKILL"
            else 0
        )
        lag = dice.choice([0.0, 0.0, dice.uniform(0, 0.03)]) if at else dice.uniform(0.02, 0.7)
        one.strike = Strike(name, at, round(lag, 4))
    return one


def _accident(dice: random.Random, posts: int) -> Rule:
    """Something that goes wrong with a writing."""
    kept = dice.choice([0, 0, "all", "all", dice.randint(1, 20), [0, 2, 3]])
    late = {"seconds": round(dice.uniform(0.02, LATE), 2), "stamped": dice.choice(["commit", "request"])}
    late |= {"written": dice.choice([0, 0, 2]), "cut": dice.random() < 0.4}
    unclear: list[Rule] = [
        {"do": "answer", "status": dice.choice([500, 502, 503, 504]), "written": kept},
        {"do": "answer", "status": 504, "written": kept, "body": ""},
        {"do": "html", "status": dice.choice([200, 502]), "written": kept},
        {"do": "redirect", "status": dice.choice([302, 307]), "written": kept},
        {"do": "cut", "written": kept},
        {"do": "cut", "sent": dice.choice(["half", 0, dice.randint(1, 300)])},
        {"do": "late", "status": dice.choice([201, 502, 504]), **late},
    ]
    shape = dice.choice(
        [
            *("list", "reversed", "shuffled", "fewer", "ids", "data", "tasks", "message", "empty", "null"),
            *(["shuffled", "data"], ["reversed", "ids"], ["fewer", "data"], ["shuffled", "tasks"]),
        ]
    )
    told: list[Rule] = [
        {"do": "reply", "shape": shape, "status": dice.choice([200, 201, 201])},
        {"do": "reply", "shape": "fewer", "count": dice.randint(0, 5)},
        {
            "do": "change",
            "where": "echoed",
            **dice.choice([{"set": {"priority": "low"}}, {"instant": ["end_date"]}]),
        },
    ]
    waits: list[Rule] = [
        {"do": "delay", "seconds": 0.1, "after": dice.random() < 0.5},
        {"do": "slow_down", "retry_after": dice.choice([0, 1])},
        {"do": "quota_spent", "resets_in": 1},
    ]
    no: list[Rule] = [
        {"do": "answer", "status": dice.choice([400, 409, 422, 413]), "body": {"error": "validation"}},
        {"do": "answer", "status": dice.choice([401, 403, 404])},
    ]
    rule = dice.choice(dice.choices([unclear, told, waits, no], [0.6, 0.2, 0.1, 0.1])[0])
    if dice.random() < 0.7:
        when = {"nth": dice.randint(1, posts + 1), "times": dice.choice([1, 1, 2])}
    else:
        when = {"probability": round(min(0.6, dice.uniform(0.5, 2) / posts), 3)}
    return {"on": "POST tasks*", **rule, **when}


def _readings(dice: random.Random) -> list[Rule]:
    what = dice.choice(
        [
            {"do": "answer", "status": dice.choice([500, 502, 503, 504])},
            {"do": "cut", "sent": dice.choice([-1, "half"])},
            {"do": "html"},
            {"do": "slow_down", "retry_after": 0},
            {"do": "delay", "seconds": 0.1},
        ]
    )
    where = {"on": dice.choice(["GET tasks*", "GET *"]), "probability": round(dice.uniform(0.05, 0.5), 2)}
    return [where | what] if dice.random() < 0.25 else []


def _meanwhile(dice: random.Random, number: int, rows: list[Row]) -> list[Rule]:
    """Somebody else makes tasks: one at most is named as a row is, and differs, for nothing else would tell."""
    if dice.random() > 0.2:
        return []
    tasks: list[dict[str, Any]] = [
        {"name": f"Stranger's {n}", "toggl_user_id": STRANGER} for n in range(dice.randint(1, 5))
    ]
    if number == 0 and len(rows) > 5 and dice.random() < 0.5:
        name = dice.choice(rows).body["name"]
        tasks.append({"name": name, "toggl_user_id": STRANGER, "notes": "not ours", "end_date": "2032-02-02"})
    return [{"on": "POST tasks*", "nth": dice.randint(1, 3), "do": "meanwhile", "create": tasks}]
