"""Fate: what the rules that a request meets do to it: to its parameters, to what is stored, to its answer."""

import json
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from importer.sandbox import alterations
from importer.sandbox.datafile import Row
from importer.sandbox.plan import ENDINGS, Rule
from importer.sandbox.quota import LEFT, RESETS
from importer.sandbox.refusal import Refusal

HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
NULL = object()  # a JSON null, where None means no body at all
NDJSON = "application/x-ndjson"
Headers = dict[str, str | None]


@dataclass(slots=True)
class Reply:
    """An answer before it is sent. `body` is JSON, or already text; a header of None is left out.

    `later`: what was promised and is still to be written.
    """

    status: int = 200
    body: Any = None
    headers: Headers = field(default_factory=dict)
    kind: str = "application/json"
    later: Callable[[], None] | None = None

    def encoded(self) -> bytes:
        if self.body is None:
            return b""
        if self.body is NULL:
            return b"null"
        if isinstance(self.body, str) and self.kind != "application/json":
            return self.body.encode()
        if self.kind == NDJSON:
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.body).encode()
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
    def late(self) -> dict[str, Any] | None:
        """The options of an ending that has everything written, only later."""
        return self.ending.options if self.ending and self.ending.do == "late" else None

    @property
    def ignored(self) -> set[str]:
        return {name for one in self.each("ignore") for name in one["parameters"]}

    def written(self, count: int) -> list[int]:
        """Which of so many rows are written before the answer."""
        told: Any = "all" if self.ending is None else self.ending.options["written"]
        if isinstance(told, list):
            return [at for at in range(count) if at in told]
        return list(range(count if told == "all" else min(told, count)))

    def delay(self, *, after: bool) -> float:
        return float(sum(one["seconds"] for one in self.each("delay") if bool(one["after"]) is after))

    # ── fields ──

    def stored(self, rows: Sequence[Row], names: Collection[str]) -> list[Row]:
        """What is kept instead of what was sent; `names` are the fields that there are."""
        changed = self._changed(rows, ("stored", "both"), gone=False)
        return [{name: value for name, value in row.items() if name in names} for row in changed]

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
                    alterations.changed(row, change, gone=gone) if at in chosen else row
                    for at, row in enumerate(rows)
                ]
        return list(rows)

    # ── answers ──

    def created(self, records: list[Row], *, bulk: bool) -> Reply:
        """The answer to a creation, in the shape that the plan asks for."""
        reply = Reply(201, records if bulk else records[0])
        for one in self.each("reply"):
            body: Any = records
            for shape in one["shape"]:
                body = _shape(body, shape, one["count"])
            kind = "text/plain" if isinstance(body, str) else "application/json"
            reply = Reply(one["status"], body, kind=kind)
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
            return Reply(reply.status, rows, reply.headers, NDJSON)
        return reply

    def ended(self, rule: Rule, worked: Reply) -> Reply:
        """The answer that takes the true one's place."""
        options = rule.options
        if rule.do == "answer":
            return _answer(options)
        if rule.do == "html":
            page = HTML.format(f"{options['status']} Bad Gateway")
            return Reply(options["status"], page, {LEFT: None, RESETS: None}, "text/html")
        if rule.do == "quota_spent":
            refusal = Refusal(402, "quota_exceeded", "the API quota of this hour is used up")
            return Reply(402, refusal.body(), {LEFT: "0", RESETS: str(options["resets_in"])})
        if rule.do == "no_plan":
            return Reply(402, Refusal(402, "payment_required", "this is not part of your plan").body())
        if rule.do == "slow_down":
            words = Refusal(429, "too_many_requests", "too many requests").body()
            return Reply(429, words, {"Retry-After": str(options["retry_after"])})
        if rule.do == "redirect":
            return Reply(options["status"], None, {"Location": options["location"]})
        if options["status"] < 300:
            worked.status = options["status"]
            return worked
        return Reply(options["status"], Refusal(options["status"], "timeout", "upstream timed out").body())


def _answer(options: dict[str, Any]) -> Reply:
    status, body = options["status"], options["body"]
    if body is None and status >= 400:
        body = Refusal(status, "error", f"answered {status} by the fault plan").body()
    kind = "text/plain" if isinstance(body, str) else "application/json"
    return Reply(status, body, dict(options["headers"]), kind)


def _shape(records: list[Row], shape: str, count: int | None) -> Any:
    if shape == "shuffled":
        mixed = random.Random(len(records)).sample(records, len(records))
        return mixed if mixed != records else records[::-1]
    if shape == "more":
        return [_stranger(record) for record in records[:1]] + records
    shapes: dict[str, Any] = {
        "list": records,
        "reversed": records[::-1],
        "fewer": records[: max(len(records) - 1, 0) if count is None else count],
        "data": {"data": records},
        "tasks": {"tasks": records},
        "object": {"data": records[0]} if records else {},
        "message": "Task created successfully",
        "empty": None,
        "null": NULL,
    }
    return [record.get("id") for record in records] if shape == "ids" else shapes[shape]


def _stranger(record: Row) -> Row:
    return record | {"id": 999_999_999, "name": "Somebody else's"}


def _falsify(envelope: dict[str, Any], how: dict[str, Any]) -> None:
    if how["drop"]:
        envelope.pop("total", None)
        return
    if how["value"] is not None:
        envelope["total"] = how["value"]
    envelope["total"] = envelope.get("total", 0) + how["add"]
