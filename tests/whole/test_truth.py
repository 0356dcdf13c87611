"""Whatever goes wrong within one run, its report is true and no row is there twice."""

import csv
import random
from collections import Counter
from typing import Any

import pytest

from importer.sandbox.server import Sandbox
from tests.whole.conftest import Terminal

FAULTS: list[dict[str, Any]] = [
    {"do": "answer", "status": 500},
    {"do": "answer", "status": 500, "written": "all"},
    {"do": "answer", "status": 503, "written": 3},
    {"do": "html"},
    {"do": "cut"},
    {"do": "cut", "written": "all"},
    {"do": "cut", "sent": "half"},
    {"do": "redirect"},
    {"do": "slow_down", "retry_after": 0},
    {"do": "answer", "status": 400, "body": '{"error": "validation", "error_description": "no"}'},
    {"do": "late", "status": 504, "seconds": 0.1},
    *({"do": "reply", "shape": shape} for shape in ("reversed", "shuffled", "data", "fewer", "empty", "ids", "message")),
    {"do": "reply", "shape": ["shuffled", "data"]},
    {"do": "change", "upper": ["name"]},
    {"do": "change", "drop": ["notes"]},
    {"do": "change", "trim": {"name": 6}},
]  # fmt: skip


def sheet(dice: random.Random) -> str:
    """Rows with families of any depth, twins, and some that the server will not have."""
    lines = ["Key,Title,Notes,Parent,Due date,Start date"]
    for row in range(1, dice.randint(8, 60)):
        name = dice.choice(["Review", "Call", f"Task {row}"])
        parent = f"K{dice.randint(1, row - 1)}" if row > 1 and dice.random() < 0.3 else ""
        notes = dice.choice(["", f"note {row}", f"note {row}"])
        lines.append(f"K{row},{name},{notes},{parent},,")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(24))
def test_a_report_is_true_whatever_goes_wrong(tasksheet: Terminal, workspace: Sandbox, seed: int) -> None:
    dice = random.Random(seed)
    rules = [
        {
            **dice.choice(FAULTS),
            "on": "POST tasks/bulk",
            "nth": dice.randint(1, 5),
            "times": dice.randint(1, 3),
        }
        for _ in range(dice.randint(1, 3))
    ]
    workspace.set_faults({"seed": seed, "rules": rules})
    text = sheet(dice)
    path = tasksheet.sheet("p.csv", text)
    said = tasksheet("import", path, "--yes", "--json", "--batch-size", dice.randint(2, 20), "--settle", 0.5)
    told = said.json
    assert said.status in (0, 1, 3), f"{rules}\n{said.err}"

    with (tasksheet.here / "p-import/results.csv").open(encoding="utf-8-sig", newline="") as stream:
        results = {int(line["row"]): line for line in csv.DictReader(stream)}
    rows = list(csv.DictReader(text.splitlines()))
    assert len(results) == len(rows) == told["rows"]
    assert Counter(line["outcome"] for line in results.values()) == {
        kind: told[kind]
        for kind in ("created", "invalid", "rejected", "skipped", "pending", "doubt")
        if told[kind]
    }
    stored = workspace.store.tasks()
    by_id = {task["id"]: task for task in stored}
    places = {row["Key"]: number for number, row in enumerate(rows, 2)}
    created = [number for number, line in results.items() if line["outcome"] == "created"]
    doubtful = [number for number, line in results.items() if line["outcome"] == "doubt"]
    assert len(created) <= len(stored) <= len(created) + len(doubtful)

    ids = [int(results[number]["task_id"]) for number in created if results[number]["task_id"]]
    assert len(ids) == len(set(ids)), "one task stands for two rows"
    for number in created:
        if not results[number]["task_id"]:
            continue
        row, task = rows[number - 2], by_id[int(results[number]["task_id"])]
        assert row["Title"].casefold().startswith(task["name"].casefold())
        assert task["notes"] in (row["Notes"] or None, None)
        if row["Parent"]:
            assert task["parent_task_id"] == int(results[places[row["Parent"]]]["task_id"])
        else:
            assert task["parent_task_id"] is None
