"""What the API's own descriptions say, read out of them, so that no test can forget a line."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"

# Required in the description, yet null wherever there is nothing to tell, as pointers are in Go.
REALLY_NULL = {"account_locked_at", "deleted_at", "rate", "working_hours"}


@cache
def page() -> str:
    return (REFERENCE / "tasks-api.txt").read_text("utf-8")


def query_parameters() -> dict[str, str]:
    """Name → type of the list's query parameters."""
    table = page().split("\nQuery\n", 1)[1].split("\nResponse\n", 1)[0]
    rows = re.findall(r"^\| (\w+) \| (\S+) \| (?:true|false) \|", table, re.MULTILINE)
    return dict(rows)


def fields_at_every_level() -> dict[str, set[str]]:
    """Path of an object in the list's answer ("", "client", "parent", "parent.project", …) → its fields."""
    text = page().split("\nResponse\n200\n", 1)[1].split("\n400\n", 1)[0]
    blocks = re.split(r"^(?=\w+\n(?:\| Name|\w+\n|$))", text, flags=re.MULTILINE)
    levels: dict[str, set[str]] = {}
    order = [
        (block.split("\n", 1)[0], set(re.findall(r"^\| (\w+) \| (?!Type)", block, re.MULTILINE)))
        for block in blocks
    ]
    seen = [(name, fields) for name, fields in order if fields and not name.startswith("|")]
    # The page lists depth first, by alphabet: client, metadata, parent {…}, project {rate}, status, tags.
    prefix = ""
    for name, fields in seen:
        if name == "data":
            levels[""] = fields
            continue
        if name == "parent":
            levels["parent"] = fields
            prefix = "parent."
            continue
        place = "project.rate" if name == "rate" else name
        if f"{prefix}{place}" in levels:
            prefix = ""
        levels[f"{prefix}{place}"] = fields
    return levels


def samples(language: str) -> list[tuple[str, str]]:
    """(endpoint, sample) of one language with the page's escaping undone: curl, javascript, python."""
    found = []
    for part in re.split(r"^(?=(?:GET|POST) \w)", page(), flags=re.MULTILINE)[1:]:
        title = part.split("\n", 1)[0]
        code = part.split("- Rust\n", 1)[1]
        starts = {"curl": "curl ", "javascript": "fetch(", "python": "import requests"}
        ends = {
            "curl": "<email>:<password>\n",
            "javascript": "console.error(err));",
            "python": "print(data.json())",
        }
        start = code.index(starts[language])
        end = code.index(ends[language], start) + len(ends[language])
        found.append((title, code[start:end].replace("\\{", "{").replace("\\}", "}")))
    return found


@cache
def schema() -> dict[str, Any]:
    return json.loads((REFERENCE / "focus-schema.json").read_text("utf-8"))


def _tolerant(node: Any) -> Any:
    """Swagger 2.0 knows no null: a field that is not required may be null in reality."""
    if isinstance(node, list):
        return [_tolerant(one) for one in node]
    if not isinstance(node, dict):
        return node
    node = {name: _tolerant(value) for name, value in node.items()}
    if isinstance(node.get("properties"), dict):
        required = set(node.get("required", [])) - REALLY_NULL
        node["properties"] = {
            name: value if name in required else {"anyOf": [value, {"type": "null"}]}
            for name, value in node["properties"].items()
        }
    return node


@cache
def _definitions() -> dict[str, Any]:
    return _tolerant(schema()["definitions"])


def fits(body: Any, shape: dict[str, Any]) -> None:
    """Fails where the body is not of that shape: a schema, or a reference into the definitions."""
    validator = Draft4Validator({**shape, "definitions": _definitions()}, format_checker=None)
    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message[:300]}" for error in validator.iter_errors(body)
    ]
    assert not errors, errors[:5]


def answer_shape(method: str, path: str, status: int) -> dict[str, Any]:
    responses = schema()["paths"][path][method.lower()]["responses"]
    return responses[str(status)]["schema"]
