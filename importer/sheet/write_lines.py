"""JSON Lines out: one record a line, nested, as the API gave it; UTF-8."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

# Halves of surrogate pairs, which UTF-8 has no bytes for, and what other readers take for the end of a
# line. All of them can stand in strings alone, where the escape means the same.
_ESCAPED = re.compile("[\x85\u2028\u2029\ud800-\udfff]")


def write_lines(out: Path | TextIO, records: Iterable[Mapping[str, Any]]) -> None:
    """Write records to a file or an open text stream."""
    if isinstance(out, Path):
        with out.open("w", encoding="utf-8", newline="") as stream:
            write_lines(stream, records)
        return
    for record in records:
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        out.write(_ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", line) + "\n")
