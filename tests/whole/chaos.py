"""Chaos: imports that are killed again and again against a failing workspace, and in the end every row is there once.

    python -m tests.whole.chaos --seeds 1000 --first 0 --workers 4

A seed draws a sheet, a server and what goes wrong (chaos_draws). The tool runs as a process of its own, round
after round; after every round its results.csv must be true, and after the last the workspace must hold every
row that fits exactly once. The folder of a seed that failed is kept.
"""

import argparse
import contextlib
import csv
import json
import logging
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from importer.sandbox import alterations, plan
from importer.sandbox.creation import ME
from importer.sandbox.server import Sandbox
from tests.whole.chaos_draws import LATE, Round, Row, draw
from tests.whole.chaos_process import Process

SECRET = "toggl_sk_chaos_never_to_be_seen"
KINDS = ("created", "invalid", "rejected", "skipped", "pending", "doubt")
Results = dict[int, dict[str, str]]  # the lines of results.csv by row
FIELDS = (
    "name",
    "notes",
    "end_date",
    "project_id",
    "status_id",
    "tag_ids",
    "priority",
    "estimated_mins",
    "rrule",
)
_LONGEST = 8.0  # seconds that a round with faults may take; then it is killed as well
_HANGING = 90.0


logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # of callers that were killed while asking


@dataclass
class Result:
    seed: int
    violations: list[str] = field(default_factory=list)
    processes: int = 0
    kills: int = 0
    requests: int = 0
    seconds: float = 0.0
    folder: Path | None = None


class Violated(Exception):
    """What must never happen did."""


class Watched(list[tuple[str, str, int]]):
    """The sandbox's log of requests: tells of each when it was worked, before the answer goes out."""

    hook: Callable[[int], None] | None = None

    def append(self, one: tuple[str, str, int]) -> None:
        super().append(one)
        if self.hook:
            self.hook(len(self))


# ── one seed ──


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(sorted(value)) or None
    return None if value in ("", "none") else value


class Seed:
    """Plays one seed in a folder of its own."""

    def __init__(self, number: int, folder: Path, result: Result) -> None:
        self.folder, self.result = folder, result
        self.here, self.state = folder / "here", folder / "state"
        self.here.mkdir()
        self.box = Sandbox(folder / "workspace.sqlite")
        self.log = self.box.store.requests = Watched()
        self.draw = draw(number, self.here, self.box.store)
        self.rows = {row.number: row for row in self.draw.rows}
        for task, since in self.draw.before:
            self.box.store.create([task], since)
        self.before = {task["id"] for task in self.box.store.tasks()}
        self.change = plan.read([self.draw.change]).rules[0].options if self.draw.change else None
        self.todo = self.box.store.first_todo()
        self.argv = ["import", self.draw.path.name, "--yes", "--json", *self.draw.options]
        self.rounds = 0
        self.started: list[Process] = []

    def play(self) -> None:
        with self.box:
            if self.draw.liar:
                self.lied_to()
                return
            for one in self.draw.rounds:
                self.faulty(one)
            told, results = self.finished()
            self.whole(told, results)

    def env(self) -> dict[str, str]:
        return {
            "TOGGL_FOCUS_BASE_URL": self.box.base_url,
            "TOGGL_ORGANIZATION_ID": "1",
            "TOGGL_WORKSPACE_ID": "1",
            "TOGGL_API_KEY": SECRET,
            "TASKSHEET_STATE_DIR": str(self.state),
            "HOME": str(self.folder),
        }

    def start(self, argv: list[str], name: str, **how: Any) -> Process:
        self.result.processes += 1
        self.started.append(Process(argv, self.folder / name, self.here, self.env(), **how))
        return self.started[-1]

    # the rounds

    def faulty(self, one: Round) -> None:
        """A run that may fail in any way, save in what it claims."""
        self.rounds += 1
        name = f"round-{self.rounds}"
        (self.folder / name).mkdir()
        (self.folder / name / "round.json").write_text(json.dumps(asdict(one), indent=1, ensure_ascii=False))
        self.box.set_faults(one.plan)
        how: dict[str, Any] = {"timeout": one.timeout, "real": one.special == "real"}
        if one.special == "full disk":
            how["most"] = one.room + max([0, *(file.stat().st_size for file in self._files(self.state))])
        elif one.special == "read-only":
            self.locked(True)
            how["meek"] = True
        since, reports = len(self.log), self.reports()
        process = self.start([*self.argv, *one.options], name, **how)
        struck = self.struck(one, process, since, name)
        status = process.status()
        self.box.store.requests.hook = None
        if struck or one.timeout or any(rule["do"] == "late" for rule in one.plan["rules"]):
            delays = [rule["seconds"] for rule in one.plan["rules"] if rule["do"] == "delay"]
            time.sleep(LATE + sum(delays) + 0.1)  # until what the server was asked to write is written
        if one.special == "read-only":
            self.locked(False)
        written = [method for method, _, _ in self.log[since:] if method == "POST"]
        self.expected(one, process, status, struck, written)
        if not struck and not one.timeout and one.special in ("", "real") and process.json is not None:
            sent, told = len(self.log) - since, process.json.get("requests", 0)
            self.demand(sent == told, f"{sent} requests came, --json says {told}")
        alone = one.special != "second run"
        self.claims(process.json if alone else None, self.changed(reports))

    def struck(self, one: Round, process: Process, since: int, name: str) -> str:
        """Sees the run to its end, or brings that about; the signal that did."""
        hit: list[str] = []
        turn = threading.Lock()
        strike = one.strike
        timers: list[threading.Timer] = []

        def kill(signal_name: str) -> None:
            with turn:
                if not hit and process.kill(signal_name):
                    hit.append(signal_name)

        def later(seconds: float, signal_name: str) -> None:
            timers.append(threading.Timer(seconds, kill, [signal_name]))
            timers[-1].start()

        def seen(count: int) -> None:
            if strike and strike.request and count - since == strike.request:
                later(strike.lag, strike.signal) if strike.lag else kill(strike.signal)

        self.log.hook = seen
        if strike and not strike.request:
            later(strike.lag, strike.signal)
        if one.special == "second run":
            self.twice(process, since, name)
        if not process.ended(_LONGEST) and not hit:
            kill("SIGKILL")
        over = process.ended(_HANGING)
        for timer in timers:
            timer.cancel()
            timer.join()
        if not over:
            process.kill()
            raise Violated(f"{hit} did not end the run")
        with turn:  # it may have ended before whoever killed it could say so
            self.result.kills += len(hit)
            return hit[0] if hit else ""

    def twice(self, first: Process, since: int, name: str) -> None:
        """A second run while the first is about to write."""
        until = time.monotonic() + 5
        while time.monotonic() < until and not first.ended(0.01):
            if any(method == "GET" and path.endswith("/tasks") for method, path, _ in self.log[since:]):
                break
        second = self.start(self.argv, f"{name}-second")
        if not second.ended(_HANGING):
            second.kill()
        alive, posts = not first.ended(0), self.posts()
        status = second.status()
        if alive and first.ended(_LONGEST) and self.posts() > posts:
            words = second.err.read_text()
            self.demand(status == 3, f"a second run beside the first: status {status}")
            run = (first.json or {}).get("run") or "?"
            self.demand(run in words or str(first.pid) in words, f"the first is not named: {words}")

    def posts(self) -> int:
        return sum(method == "POST" for method, _, _ in self.log)

    def locked(self, locked: bool) -> None:
        """Makes the state folder read-only, or undoes it."""
        self.state.mkdir(exist_ok=True)
        for file in self._files(self.state):
            file.chmod(0o444 if locked else 0o644)
        self.state.chmod(0o555 if locked else 0o755)

    def expected(self, one: Round, process: Process, status: int, struck: str, written: list[str]) -> None:
        """The exit status and what was printed fit what happened."""
        words = process.err.read_text("utf-8", "replace")
        self.demand("Traceback" not in words, f"a traceback: {words[-600:]}")
        self.demand("should not have" not in words, f"a mistake of ours: {words[-600:]}")
        if struck == "SIGKILL":
            return
        if one.special == "read-only":
            self.demand(status == 2, f"status {status} on a read-only state folder: {words}")
            self.demand(not written, "something was sent although nothing could be journalled")
            return
        if one.special != "full disk":
            self.demand(
                process.json is not None, f"status {status} without one JSON object on stdout: {words}"
            )
        if struck and (status == 130 or (status < 0 and process.json)):
            return
        may = {0, 1, 3} | ({2} if one.special == "full disk" else set())
        if any(rule.get("status") in (401, 403, 404) for rule in one.plan["rules"]):
            may.add(4)
        self.demand(status in may, f"status {status}{f' after {struck}' if struck else ''}: {words}")

    def finished(self) -> tuple[dict[str, Any], Results]:
        """Runs without faults, until nothing is pending and nothing in doubt."""
        self.box.set_faults(self.draw.clean)
        told: dict[str, Any] = {}
        for attempt in range(5):
            told, results = self.clean_run()
            if not told["pending"] and not told["doubt"] and told.get("error") is None:
                return told, results
            nameless = any(line["outcome"] == "created" and not line["task_id"] for line in results.values())
            if told["doubt"] or (told["pending"] and nameless):
                self.settled(told["run"], results)
            self.demand(attempt < 4, f"not finished after five runs without faults: {told}")
        raise AssertionError

    def clean_run(self) -> tuple[dict[str, Any], Results]:
        self.rounds += 1
        reports, since = self.reports(), len(self.log)
        process = self.start(self.argv, f"clean-{self.rounds}")
        if not process.ended(_HANGING):
            process.kill()
            raise Violated("a run without faults hangs")
        status, told = process.status(), process.json
        words = process.err.read_text()
        self.demand(status in (0, 1, 3) and told is not None, f"status {status} without faults: {words}")
        assert told is not None
        told["status"] = status
        sent = len(self.log) - since
        self.demand(told["requests"] == sent, f"{sent} requests came, --json says {told['requests']}")
        files = self.changed(reports)
        self.demand(bool(files), "a run without faults wrote no report")
        return told, self.claims(told, files)

    def settled(self, run: str, results: Results) -> None:
        """Does what a person does with rows in doubt or without an id: looks for each in the workspace."""
        taken = {line["task_id"] for line in results.values()}
        free = [task for task in self.ours() if str(task["id"]) not in taken]
        answer, absent = [], []
        for number, line in results.items():
            if line["outcome"] != "doubt" and (line["outcome"] != "created" or line["task_id"]):
                continue
            row = self.rows[number]
            above = results[row.parent]["task_id"] if row.parent else ""
            for task in free:
                if self.key(task) == self.key(row.body) and str(task["parent_task_id"] or "") == above:
                    free.remove(task)
                    answer += ["--landed", f"{number}={task['id']}"]
                    break
            else:
                self.demand(line["outcome"] == "doubt", f"row {number} is created, but nowhere")
                absent.append(str(number))
        answer += ["--absent", ",".join(absent)] if absent else []
        process = self.start(["runs", run, *answer], f"doubt-{self.rounds}")
        process.ended(_HANGING)
        self.demand(process.status() == 0, f"tasksheet runs {answer}: {process.err.read_text()}")

    # the truth

    def demand(self, true: bool, what: str) -> None:
        if not true:
            raise Violated(f"round {self.rounds}: {what}")

    def ours(self) -> list[dict[str, Any]]:
        """What we created: not what was there before, nor what somebody else made."""
        return [
            task
            for task in self.box.store.tasks()
            if task["id"] not in self.before and task["toggl_user_id"] == ME and task["deleted_at"] is None
        ]

    def key(self, it: dict[str, Any]) -> tuple[Any, ...]:
        """What a row or a task is, once this server has altered it."""
        bare = {name: it.get(name) for name in FIELDS} | {"status_id": it.get("status_id") or self.todo}
        if self.change:
            bare = alterations.changed(bare, self.change, gone=False)
        return tuple(map(_plain, bare.values()))

    def reports(self) -> dict[Path, int]:
        return {file: file.stat().st_mtime_ns for file in self.here.glob("*-import*/results.csv")}

    def changed(self, before: dict[Path, int]) -> list[Path]:
        return [file for file, at in self.reports().items() if before.get(file) != at]

    def claims(self, told: dict[str, Any] | None, files: list[Path]) -> Results:
        """No row is there too often, and a results.csv written by this run says nothing untrue."""
        tasks = self.ours()
        there = Counter(self.key(task) for task in tasks)
        fit = Counter(self.key(row.body) for row in self.rows.values() if row.outcome == "created")
        for key, count in there.items():
            self.demand(count <= fit[key], f"{count} times instead of at most {fit[key]}: {key}")
        self.demand(len(files) <= 1, f"two reports of one run: {files}")
        if not files:
            return {}
        with files[0].open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.DictReader(stream))
        self.demand(
            [int(line["row"]) for line in lines] == list(self.rows), "results.csv lacks rows or their order"
        )
        results = {int(line["row"]): line for line in lines}
        outcomes = Counter(line["outcome"] for line in lines)
        if told and "rows" in told:  # a run that was told to stop when all was done may say no more than that
            counts = {kind: told[kind] for kind in KINDS if told[kind]}
            self.demand(counts == outcomes, f"--json says {counts}, results.csv {dict(outcomes)}")
        by_id = {task["id"]: task for task in tasks}
        used = Counter(line["task_id"] for line in lines if line["task_id"])
        low: Counter[tuple[Any, ...]] = Counter()
        high: Counter[tuple[Any, ...]] = Counter()
        for number, line in results.items():
            row, key = self.rows[number], self.key(self.rows[number].body)
            high[key] += line["outcome"] in ("created", "doubt")
            if line["outcome"] == "created":
                low[key] += 1
                if line["task_id"]:
                    self.demand(used[line["task_id"]] == 1, f"task {line['task_id']} stands for two rows")
                    self.same(number, row, by_id.get(int(line["task_id"])), results)
        for key in low | high | there:
            said = (
                f"{there[key]} there; results.csv has {low[key]} created and {high[key] - low[key]} in doubt"
            )
            self.demand(low[key] <= there[key] <= high[key], f"{said}: {key}")
        return results

    def same(self, number: int, row: Row, task: dict[str, Any] | None, results: Results) -> None:
        """The task that a row is said to be is it, under the right parent."""
        self.demand(task is not None, f"row {number} is created, but its task is not there")
        assert task is not None
        self.demand(
            self.key(task) == self.key(row.body), f"row {number} {self.key(row.body)} is {self.key(task)}"
        )
        above = results[row.parent]["task_id"] if row.parent else ""
        if row.parent is None or above:
            self.demand(str(task["parent_task_id"] or "") == above, f"row {number} is under another parent")

    def whole(self, told: dict[str, Any], results: Results) -> None:
        """Everything is there once, under its parent, and one more run has nothing to do."""
        for number, row in self.rows.items():
            got = results[number]["outcome"]
            self.demand(
                got == row.outcome, f"row {number} is {got} in the end, not {row.outcome}: {results[number]}"
            )
        bad = sum(row.outcome != "created" for row in self.rows.values())
        self.demand(told["status"] == (bad > 0), f"status {told['status']} in the end, {bad} rows bad")
        fit = {number: row for number, row in self.rows.items() if row.outcome == "created"}
        wanted = self.trees({n: (self.key(row.body), row.parent) for n, row in fit.items()})
        tasks = {task["id"]: (self.key(task), task["parent_task_id"]) for task in self.ours()}
        self.demand(wanted == self.trees(tasks), "the families in the workspace are not those of the sheet")
        posts, requests = self.posts(), len(self.log)
        again, _ = self.clean_run()
        self.demand(
            again["status"] == told["status"], f"once more: status {again['status']}, not {told['status']}"
        )
        if not bad:
            self.demand(len(self.log) == requests, f"once more: {len(self.log) - requests} requests")
        rejected = any(row.outcome == "rejected" for row in self.rows.values())
        self.demand(rejected or self.posts() == posts, "once more: something was sent")
        for file in [*self._files(self.state), *self._files(self.here)]:
            self.demand(SECRET.encode() not in file.read_bytes(), f"the key stands in {file}")

    def trees(self, nodes: dict[int, tuple[Any, int | None]]) -> Counter[Any]:
        """The families without numbers, so that two that look the same are the same."""
        below: dict[int | None, list[int]] = {}
        for number, (_, parent) in nodes.items():
            below.setdefault(parent if parent in nodes else None, []).append(number)

        def shape(number: int) -> Any:
            return nodes[number][0], tuple(sorted(map(shape, below.get(number, [])), key=repr))

        return Counter(map(shape, below.get(None, [])))

    def lied_to(self) -> None:
        """A server that loses or doubles what it accepts can't be survived, but verification sees it."""
        self.rounds = 1
        self.box.set_faults(self.draw.rounds[0].plan)
        process = self.start([*self.argv, *self.draw.rounds[0].options], "round-1")
        self.demand(process.ended(_HANGING), "hangs")
        status = process.status()
        self.demand(
            status == 1, f"status {status} though the server did {self.draw.liar}: {process.err.read_text()}"
        )
        with next(self.here.glob("*-import*/results.csv")).open(encoding="utf-8-sig", newline="") as stream:
            named = [line for line in csv.DictReader(stream) if line["problem"]]
        self.demand(bool(named), f"no row is named though the server did {self.draw.liar}")

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        return [path for path in folder.rglob("*") if path.is_file()]


# ── many seeds ──


def run_seed(seed: int) -> Result:
    """One seed in a folder of its own, which is kept when something was violated."""
    result = Result(seed)
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-"))
    begun = time.monotonic()
    try:
        played = Seed(seed, folder, result)
        try:
            played.play()
        finally:
            for process in played.started:  # what a violation left at work
                process.kill()
            result.requests = len(played.log)
    except Violated as violated:
        result.violations.append(str(violated))
    except Exception as error:  # of the harness: told like a violation, one of many seeds must not end all
        result.violations.append(f"{type(error).__name__}: {error}")
        (folder / "harness").write_text(traceback.format_exc())
    result.seconds = time.monotonic() - begun
    if result.violations:
        result.folder = folder
        (folder / "violations").write_text("\n".join(result.violations) + "\n")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def run_seeds(
    seeds: range, workers: int, tell: Callable[[Result], None] = lambda result: None
) -> list[Result]:
    """Several at a time: most of their time is waiting."""
    results = []
    with ThreadPoolExecutor(workers) as pool:
        for done in as_completed([pool.submit(run_seed, seed) for seed in seeds]):
            results.append(done.result())
            tell(results[-1])
    return results


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--workers", type=int, default=4, help="seeds at a time")
    asked = parser.parse_args()
    begun = time.monotonic()

    def tell(result: Result) -> None:
        for violation in result.violations:
            print(f"seed {result.seed}: {violation}\n  kept in {result.folder}", flush=True)
            print(f"  again: python -m tests.whole.chaos --first {result.seed} --seeds 1", flush=True)

    results = run_seeds(range(asked.first, asked.first + asked.seeds), asked.workers, tell)
    failed = sum(bool(result.violations) for result in results)
    totals = {name: sum(getattr(r, name) for r in results) for name in ("processes", "kills", "requests")}
    print(
        f"{len(results)} seeds, {failed} failed; {totals['processes']} runs of the tool, {totals['kills']} kills, "
        f"{totals['requests']} requests; {time.monotonic() - begun:.0f} seconds"
    )
    return int(failed > 0)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
