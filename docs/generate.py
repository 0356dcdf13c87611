"""Writes what is listed in a table of the code and must not be typed twice.

docs/fields.md from FIELDS, docs/filters.md from PARAMETERS, templates/ from the template.
`--check` writes nothing and says which of them are out of date.
"""

import sys
import tempfile
from pathlib import Path

from importer.focus.ignored import CHECKS
from importer.focus.parameters import BY_NAME, NAMED, PARAMETERS, Kind, Parameter
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
        NOTE.format("importer/focus/parameters.py and ignored.py"),
        "They go to the server as they are; nothing is sorted out on this side. Several of them narrow each other",
        "down. A value that the API refuses ends the export with the API's words and status 2.\n",
        "## By name\n",
        "Compared trimmed and without regard to case, what was typed as a whole first, then its parts between",
        'commas (`"Fair, spring",Hiring` where a name holds one). They are looked up once and sent as ids, together',
        "with the ids of the option beside. *none*: takes `none` for tasks without one. A name that is nobody's or",
        "several's ends the export with status 2, before any task is read.\n",
        "| option | | what it takes | sent as |",
        "|---|---|---|---|",
    ]
    for named in NAMED.values():
        marks = "many, none" if named.ids.empty else "many"
        lines.append(f"| `{named.option}` | {marks} | {named.help} | `{named.ids.option}` |")
    lines += [
        "\n## By the API's parameters\n",
        "Every query parameter of List tasks. *many*: may be repeated, or joined by commas; *repeated*: only repeated,",
        "since a comma may belong to the value; *none*: takes `none` for tasks without one; *pages*: `/tasks/stream`",
        "has it not, so `--read stream` can't be; *newer*: not in the API's first description, and older servers",
        "ignore it. Other values than those listed are sent with a warning.\n",
        "*checked*: a server that doesn't know a filter gives all tasks without a word, so the tasks that come are",
        "compared with these filters. Where some certainly lie outside, the export says how many, is written all",
        "the same, and ends with status 1. What may be read in two ways doesn't count: a field that is missing, a",
        "task that overlaps a range of dates in part, a name that shares three letters with the one looked for; nor",
        "can `--no-is-priority`, `--no-recurring` and states of time blocks be told from a task.\n",
        "| option | kind | | what it does |",
        "|---|---|---|---|",
    ]
    for parameter in PARAMETERS:
        if parameter.paging:
            continue
        marks = (
            ("many", parameter.many and not parameter.repeated),
            ("repeated", parameter.repeated),
            ("none", parameter.empty),
            ("pages", not parameter.streamed),
            ("newer", parameter.newer),
            ("checked", parameter.name in CHECKS),
        )
        said = parameter.help
        if parameter.choices:
            said += f": {', '.join(f'`{choice}`' for choice in parameter.choices)}"
        if parameter.legacy:
            said += f". *Older spelling; use `{BY_NAME[parameter.legacy].option}`.*"
        true_marks = ", ".join(mark for mark, yes in marks if yes)
        lines.append(f"| {_spelt(parameter)} | {parameter.kind} | {true_marks} | {said} |")
    return "\n".join(lines) + "\n"


def _spelt(parameter: Parameter) -> str:
    off = f" `{parameter.option.replace('--', '--no-', 1)}`" if parameter.kind is Kind.BOOLEAN else ""
    return f"`{parameter.option}`{off}"


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
