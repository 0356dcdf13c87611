"""Writes what is listed in a table of the code and must not be typed twice.

docs/fields.md from FIELDS, docs/filters.md from PARAMETERS, templates/ from the template.
`--check` writes nothing and says which of them are out of date.
"""

import sys
import tempfile
from pathlib import Path

from importer.focus.parameters import PARAMETERS
from importer.run.template import COLUMNS, template
from importer.task.fields import BODY, EVERYTHING, INPUT

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Made by `make docs` from {0}; change that instead. -->\n"


def fields() -> str:
    """The fields' reference."""
    lines = [
        "# Fields\n",
        NOTE.format("importer/task/fields.py"),
        "## Columns that a sheet to import may have\n",
        "A header is recognised by the field's name or by one of the other headers, whatever its case and",
        "punctuation. First the body fields of the API, then names that are looked up.\n",
        "| field | kind | what it is | also recognised |",
        "|---|---|---|---|",
    ]
    for field in INPUT:
        aliases = ", ".join(field.aliases).replace("|", "\\|")
        lines.append(f"| `{field.name}` | {field.kind} | {field.help} | {aliases} |")
    lines += [
        "\n## Columns of an export\n",
        "In this order. *usual*: exported without `--columns all`. Where several places are given the first",
        "that is there wins; `[]` stands for one value each, joined by commas.\n",
        "| column | kind | place in the API's answer | usual |",
        "|---|---|---|---|",
    ]
    for field in EVERYTHING:
        places = ", ".join(f"`{path}`" for path in field.paths) or "look-up of people"
        lines.append(f"| `{field.name}` | {field.kind} | {places} | {'usual' if field.default else ''} |")
    assert len(BODY) == 23
    return "\n".join(lines) + "\n"


def filters() -> str:
    """The reference of export's filters."""
    lines = [
        "# Filters of `tasksheet export`\n",
        NOTE.format("importer/focus/parameters.py"),
        "Every query parameter of List tasks. *many*: may be repeated, or joined by commas; *none*: takes",
        "`none` for tasks without one.\n",
        "| option | kind | | what it does |",
        "|---|---|---|---|",
    ]
    for parameter in PARAMETERS:
        if parameter.name in ("page", "per_page"):
            continue
        option = f"--{parameter.name.replace('_', '-')}"
        marks = [
            w
            for w, yes in (("many", parameter.many), ("none", parameter.empty), ("newer", parameter.newer))
            if yes
        ]
        said = parameter.help + (f" *Older spelling: {parameter.legacy}.*" if parameter.legacy else "")
        lines.append(f"| `{option}` | {parameter.kind} | {', '.join(marks)} | {said} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check; 1 when something is out of date."""
    check = "--check" in sys.argv
    stale = []
    for path, text in ((ROOT / "docs/fields.md", fields()), (ROOT / "docs/filters.md", filters())):
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.name)
            if not check:
                path.write_text(text, "utf-8")
    csv = ROOT / "templates/tasks.csv"
    with tempfile.TemporaryDirectory() as folder:
        fresh = template(Path(folder) / "tasks.csv").path.read_bytes()
    if not csv.exists() or csv.read_bytes() != fresh:
        stale.append(csv.name)
        if not check:
            template(csv, force=True)
    if not check:  # a workbook holds the time of its making, so its cells are compared by a test
        template(ROOT / "templates/tasks.xlsx", force=True)
    print(f"out of date: {', '.join(stale)}" if stale else f"up to date: {len(COLUMNS)} template columns")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
