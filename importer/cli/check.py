"""tasksheet check"""

import re
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.console import Console, answer_json, one_line, plural
from importer.cli.options import (
    Command,
    connected,
    connection_of,
    connection_options,
    grouped,
    json_option,
    opt,
    reading_options,
    source_of,
)

if TYPE_CHECKING:
    from importer.run.source import Checked
    from importer.sheet.base import Sheet
    from importer.task.mapping import Mapping as Columns
    from importer.task.problem import Problem

_NEAREST = re.compile(r" \(nearest: ([^)]*)\)")
WARNINGS, IGNORED = 12, 20  # kinds and columns shown


@click.command(
    "check",
    cls=Command,
    short_help="Read, map and validate a sheet.",
    example='tasksheet check tasks.xlsx\ntasksheet check export.csv --map "Comments=notes" --online',
)
@click.argument("file", type=click.Path(path_type=Path))
@reading_options
@grouped("Connection", opt("--online", is_flag=True, help="Look names up in the workspace."))
@connection_options
@json_option
def command(file: Path, as_json: bool, online: bool, **options: Any) -> int:
    """Read FILE, map its columns, and say what is wrong with which cell. Nothing is sent."""
    from importer.run.check import check
    from importer.run.resolve import resolver_for

    where = connection_of(options)
    source = source_of(file, **options)
    console = Console()
    with connected(**where) if online else nullcontext() as connection:
        if connection is None:
            checked = check(source)
        else:
            from importer.focus.client import Client

            with Client(connection, watch=console.note) as client:
                resolver = resolver_for(source, client)
                checked = check(source, resolver, workspace=connection)
    invalid = checked.invalid
    if as_json:
        answer_json(_as_json(checked))
    else:
        show_columns(console, checked.sheet, checked.mapping)
        show_problems(console, checked)
        console.note(_verdict(checked))
    return int(bool(invalid))


def _verdict(checked: "Checked") -> str:
    from importer.delivery.drafts import Kind

    if not checked.names:
        return "No tasks found: there is no row with data below the header."
    said = f"{plural(len(checked.names), 'row')}: {len(checked.drafts):,} valid"
    said += f", {len(checked.invalid):,} invalid"
    later = sum(outcome.kind is Kind.PENDING for outcome in checked.aside.values())
    if left := len(checked.aside) - later:
        said += f", {left:,} left out"
    if later:
        said += f", {later:,} left for later"
    if checked.folded:
        said += f", {len(checked.folded):,} one task with an earlier row"
    if checked.unresolved:
        said += f"; {plural(checked.unresolved, 'name')} not looked up (--online does)"
    return said + "."


def _as_json(checked: "Checked") -> dict[str, Any]:
    sheet = checked.sheet
    return {
        "rows": len(checked.names),
        "valid": len(checked.drafts),
        "invalid": len(checked.invalid),
        "unresolved_names": checked.unresolved,
        "preset": checked.mapping.preset,
        "sheet": sheet.name,
        "header_row": sheet.header_row,
        "mapping": [
            {
                "column": column.title,
                "cell": sheet.cell(sheet.header_row, column.position),
                "field": f"{column.field}+" if column.line else column.field,
            }
            for column in checked.mapping.columns
            if column.title
        ],
        "warnings": [{"problem": text, "rows": rows} for text, rows in checked.warnings.items()],
        "problems": [
            {
                "row": p.row,
                "column": sheet.title(p.position) if p.position is not None else None,
                "field": p.field,
                "value": p.value,
                "problem": p.text,
                "cell": sheet.cell(p.row, p.position) if p.position is not None else None,
            }
            for p in checked.problems
        ],
    }


def show_columns(console: Console, sheet: "Sheet", mapping: "Columns") -> None:
    """Which column feeds which field, and which are left aside."""
    console.note(f"{sheet.path.name}, sheet {sheet.name!r}, header in row {sheet.header_row}.")
    if mapping.preset:
        name = "tasksheet" if mapping.own else mapping.rules.name
        console.note(f"Taken as an export of {name} (--preset {mapping.preset}; none for nobody's).")
    for note in sheet.notes:
        console.note(note)
    used = [f"{one_line(c.title)} → {c.field}{'+' if c.line else ''}" for c in mapping.columns if c.field]
    used += [f"{name} = {value} (--set)" for name, value in mapping.fixed.items()]
    for name, value in mapping.default.items():
        whence = "from the file's name" if name in mapping.rules.from_file else "--default"
        used.append(f"{name} = {value} ({whence})")
    console.note(f"Columns: {', '.join(used)}.")
    if mapping.unused:
        titles = list(dict.fromkeys(one_line(column.title) for column in mapping.unused))
        ignored = ", ".join(titles[:IGNORED])
        if len(titles) > IGNORED:
            ignored += f" and {len(titles) - IGNORED:,} more"
        console.warn(f'Ignored: {ignored} (--map "Column=field" takes one in).')


def show_problems(console: Console, checked: "Checked", most: int = 20) -> None:
    """Warnings, then the problems grouped by kind, with the first cells of each."""
    from importer.run.behind import STAYS

    behind = {text: rows for text, rows in checked.warnings.items() if text.startswith(STAYS)}
    warnings = {text: rows for text, rows in checked.warnings.items() if text not in behind}
    for text, rows in islice(warnings.items(), WARNINGS):
        console.warn(f"Note: {one_line(text, 300)} ({_rows(rows, checked.where.get(text, []))}).")
    if behind:
        told = (f"{text.removeprefix(STAYS)} ({plural(rows, 'row')})" for text, rows in behind.items())
        console.warn(f"{STAYS.capitalize()}{', '.join(told)}.")
    if (more := len(warnings) - WARNINGS) > 0:
        console.warn(f"… and {plural(more, 'note')} more; --json has them all.")
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in checked.problems:
        groups.setdefault((problem.field, _kind_of(problem)), []).append(problem)
    if not groups:
        return
    console.table(
        ("where", "field", "value", "problem"),
        [
            (_places(checked.sheet, same), field, _values(same), text)
            for (field, text), same in islice(groups.items(), most)
        ],
    )
    if len(groups) > most:
        console.note(f"… and {len(groups) - most:,} more kinds of problems; --json has them all.")
    console.note(
        'Mend the cells, or leave a column out with --map "Column=", '
        'or keep it as text with --map "Column=notes+".'
    )


def _kind_of(problem: "Problem") -> str:
    """What is said but for the value, so that 400 unknown names are one line."""
    text = _NEAREST.sub("", problem.text)
    return text.replace(f" {problem.value!r}", "") if problem.value else text


def _rows(count: int, first: "list[int]") -> str:
    """`2 rows: 7, 9`; of what concerns a whole sheet the number alone."""
    if not first:
        return plural(count, "row")
    more = " …" if count > len(first) else ""
    return f"{plural(count, 'row')}: {', '.join(map(str, first))}{more}"


def _places(sheet: "Sheet", problems: "list[Problem]") -> str:
    """The first cells, each once; the sheet is named once."""
    cells = list(
        dict.fromkeys(
            f"row {p.row}" if p.position is None else sheet.cell(p.row, p.position) for p in problems
        )
    )
    shown = [cells[0], *(cell.rpartition("!")[2] for cell in cells[1:3])]
    return ", ".join(shown) + (f" and {len(cells) - 3:,} more" if len(cells) > 3 else "")


def _values(problems: "list[Problem]") -> str:
    """Up to three of the values, each once, with the nearest names beside."""
    distinct = list(dict.fromkeys((p.value, _near(p)) for p in problems))
    shown = [f"{one_line(value, 40)}{near}" for value, near in distinct[:3]]
    return " · ".join(shown) + (" …" if len(distinct) > 3 else "")


def _near(problem: "Problem") -> str:
    found = _NEAREST.search(problem.text)
    return f" (near: {found[1]})" if found else ""
