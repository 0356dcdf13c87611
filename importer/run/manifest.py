"""The manifest beside an export: where it lies, and what it says."""

import hashlib
import json
from pathlib import Path
from typing import Any


def beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.manifest.json")


def told_of(file: Path) -> dict[str, Any]:
    """What the manifest beside a file says; nothing where there is none that can be read."""
    try:
        told = json.loads(beside(file).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
