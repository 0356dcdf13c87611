"""Fate: what the rules that a request meets do to it: to its parameters, to what is stored, to its answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from importer.sandbox.faults import ENDINGS, Rule
from importer.sandbox.refusal import Refusal
from importer.sandbox.store import Row

HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
NULL = object()  # a JSON null, where None means no body at all


@dataclass(slots=True)
class Reply:
    """An answer before it is sent. `body` is JSON, or already text."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"

    def encoded(self) -> bytes:
        if self.body is None:
            return b""
        if self.body is NULL:
            return b"null"
        if isinstance(self.body, str) and self.kind != "application/json":
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Fate:
    rules: list[Rule]

    def each(self, do: str) -> list[dict[str, Any]]:
        return [rule.options for rule in self.rules if rule.do == do]

    @property
    def ending(self) -> Rule | None:
        """The rule that takes the true answer's place; the first of several."""
        return next((rule for rule in self.rules if rule.do in ENDINGS), None)

    @property
    def ignored(self) -> set[str]:
        return {name for one in self.each("ignore") for name in one["parameters"]}

    def written(self, rows: Sequence[Row]) -> list[Row]:
        """Those of the rows to create that are written at all, twice where the plan says so."""
        ending = self.ending
        first = "all" if ending is None else ending.options.get("written", "all")
        if first != "all":
            rows = rows[: int(first)]
        return [row for row in rows for _ in range(2 if self.each("twice") else 1)]

    def delay(self, *, after: bool) -> float:
        return float(sum(one["seconds"] for one in self.each("delay") if bool(one["after"]) is after))

    # ── fields ──

    def stored(self, rows: Sequence[Row]) -> list[Row]:
        """What is kept instead of what was sent."""
        return self._changed(rows, ("stored", "both"), gone=False)

    def echoed(self, records: Sequence[Row], sent: Sequence[Row] | None = None) -> list[Row]:
        """What is shown instead of what is kept; `sent` where the records are of a creation."""
        records = [dict(record) for record in records]
        for change in self.each("change"):
            if change["where"] == "stored" and sent is not None:
                for record, row in zip(records, sent, strict=False):
                    record |= {name: value for name, value in row.items() if name in record}
        if sent is not None:
            return self._changed(records, ("echoed",), gone=True)
        return self._changed(records, ("echoed", "both"), gone=True)

    def _changed(self, rows: Sequence[Row], places: Sequence[str], *, gone: bool) -> list[Row]:
        for change in self.each("change"):
            if change["where"] in places:
                chosen = range(len(rows)) if change["rows"] is None else change["rows"]
                rows = [
                    _change(row, change, gone=gone) if at in chosen else row for at, row in enumerate(rows)
                ]
        return list(rows)

    # ── answers ──

    def created(self, records: list[Row], *, bulk: bool) -> Reply:
        """The answer to a creation, in the shape that the plan asks for."""
        reply = Reply(201, records if bulk else records[0])
        for one in self.each("reply"):
            reply = Reply(one["status"], _shape(records, one["shape"], one["count"]))
            if one["shape"] == "message":
                reply.kind = "text/plain"
        return reply

    def listed(self, reply: Reply) -> Reply:
        """The answer of a list: its rows, its total, its form."""
        rows = reply.body["data"] if isinstance(reply.body, dict) and "data" in reply.body else reply.body
        if isinstance(rows, list):
            for one in self.each("rows"):
                rows[:] = rows[: one["repeat"]] + rows[one["skip"] :]
        if isinstance(reply.body, dict) and "total" in reply.body:
            for one in self.each("total"):
                _falsify(reply.body, one)
        if self.each("ndjson") and isinstance(rows, list):
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            return Reply(reply.status, lines, reply.headers, "application/x-ndjson")
        return reply

    def ended(self, rule: Rule, quota: dict[str, str]) -> Reply:
        """The answer that takes the true one's place; `quota` holds the headers of this moment."""
        options = rule.options
        if rule.do == "answer":
            return _answer(options)
        if rule.do == "html":
            return Reply(options["status"], HTML.format(f"{options['status']} Bad Gateway"), {}, "text/html")
        if rule.do == "quota_spent":
            spent = {"X-Toggl-Quota-Remaining": "0", "X-Toggl-Quota-Resets-In": str(options["resets_in"])}
            refusal = Refusal(402, "quota_exceeded", "the API quota of this hour is used up")
            return Reply(402, refusal.body(), quota | spent)
        if rule.do == "no_plan":
            return Reply(402, Refusal(402, "payment_required", "this is not part of your plan").body())
        if rule.do == "slow_down":
            words = Refusal(429, "too_many_requests", "too many requests").body()
            return Reply(429, words, {"Retry-After": str(options["retry_after"])})
        if rule.do == "redirect":
            return Reply(options["status"], None, {"Location": options["location"]})
        return Reply(options["status"], Refusal(options["status"], "timeout", "upstream timed out").body())


def _answer(options: dict[str, Any]) -> Reply:
    status, body = options["status"], options["body"]
    if body is None and status >= 400:
        body = Refusal(status, "error", f"answered {status} by the fault plan").body()
    kind = "text/plain" if isinstance(body, str) else "application/json"
    return Reply(status, body, dict(options["headers"]), kind)


def _change(row: Row, change: dict[str, Any], *, gone: bool) -> Row:
    row = row | change["set"]
    for names, alter in ((change["strip"], str.strip), (change["upper"], str.upper)):
        row |= {name: alter(row[name]) for name in names if isinstance(row.get(name), str)}
    for name, length in change["trim"].items():
        if isinstance(row.get(name), str):
            row[name] = row[name][:length]
    for name in change["drop"]:
        if gone:
            row.pop(name, None)
        else:
            row[name] = None
    return row


def _shape(records: list[Row], shape: str, count: int | None) -> Any:
    shapes: dict[str, Any] = {
        "list": records,
        "reversed": records[::-1],
        "data": {"data": records},
        "tasks": {"tasks": records},
        "object": {"data": records[0]} if records else {},
        "ids": [record["id"] for record in records],
        "message": "Task created successfully",
        "empty": None,
        "null": NULL,
        "fewer": records[: len(records) - 1 if count is None else count],
    }
    return shapes[shape]


def _falsify(envelope: dict[str, Any], how: dict[str, Any]) -> None:
    if how["value"] is not None:
        envelope["total"] = how["value"]
    envelope["total"] += how["add"]
    if how["drop"]:
        del envelope["total"]
