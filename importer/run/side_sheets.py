"""The sheets of a workbook beside Tasks: Summary, one a kind of name with counts and times, and About.

They are made of Sums that are looked at only when it is their turn to be written: by then all tasks went by.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from importer.errors import WrongUse
from importer.sheet.table import Chart, OutColumn, Page, Panel, Table
from importer.task.mapping import nearest
from importer.task.summing import Group, Groups, Sum, Sums

SHEETS = ("tasks", "summary", "projects", "clients", "statuses", "tags", "assignees", "about")
NONE = "(none)"
_COUNT, _HOURS = "#,##0", "#,##0.0"
_MOST_BARS = 15  # of a chart; the others are added up
_MOST_WEEKS = 26
_LONGEST_LABEL = 36  # characters beside a bar
_OPEN, _DONE = "8E7CC3", "6AA84F"
_TINTS = {"todo": "B4A7D6", "in_progress": "3D85C6", "blocked": "CC4125", "done": _DONE}
_TYPES = tuple(_TINTS)  # in the order of a task's life
_ESTIMATED, _TRACKED = "B4A7D6", "4B3869"

_TYPE = OutColumn("type", width=14)
_SUMS = (
    OutColumn("tasks", "integer", 10, shown=_COUNT),
    OutColumn("done", "integer", 10, shown=_COUNT),
    OutColumn("overdue", "integer", 10, shown=_COUNT),
    OutColumn("estimated hours", "number", 16, shown=_HOURS),
    OutColumn("tracked hours", "number", 16, shown=_HOURS),
)
_RULES = (
    ("Done", "tasks whose status is of the type done"),
    ("Open", "tasks neither done nor archived"),
    ("Overdue", "open tasks whose end_date is before {today}"),
    ("Estimated, tracked", "in hours: what each task has itself; sub-tasks count as tasks of their own"),
    ("Several tags or assignees", "a task counts under each of them, so those sheets add up to more"),
)


def chosen_sheets(text: str | None) -> tuple[str, ...]:
    """The sheets of `--sheets`, in their order; None means all. Raises WrongUse for what is no sheet."""
    if text is None or text.strip().casefold() == "all":
        return SHEETS
    names = [name for part in text.split(",") if (name := part.strip().casefold())]
    for name in names:
        if name == "changes":
            raise WrongUse("--sheets: Changes comes with --compare and is not to be chosen.")
        if name not in SHEETS:
            known = dict.fromkeys(SHEETS)
            raise WrongUse(f"--sheets: there is no sheet {name!r}{nearest(name, known)}; use {_listed()}.")
    if not names:
        raise WrongUse(f"--sheets is empty; use {_listed()}.")
    return tuple(name for name in SHEETS if name in names)


def _listed() -> str:
    return f"{', '.join(SHEETS[:-1])} or {SHEETS[-1]}"


def side_sheets(
    sums: Sums | None,
    chosen: Sequence[str],
    about: Iterable[tuple[str, object]],
    people: Mapping[int, tuple[str, str]],
) -> list[Table]:
    """The chosen sheets beside Tasks, in their order.

    `sums` None: nothing was summed, and only About can be made. `about`: what is said of the export.
    `people`: name and e-mail by id.
    """
    if sums is None:
        return [_about(None, about)] if "about" in chosen else []
    columns = {
        "projects": (sums.projects, OutColumn("client", width=24), _own),
        "clients": (sums.clients, None, _own),
        "statuses": (sums.statuses, _TYPE, _own),
        "tags": (sums.tags, None, _own),
        "assignees": (sums.assignees, OutColumn("e-mail", width=32), _of(people)),
    }
    tables: list[Table] = [_summary(sums)] if "summary" in chosen else []
    tables += [_table(name.title(), *made) for name, made in columns.items() if name in chosen]
    return [*tables, _about(sums, about)] if "about" in chosen else tables


def _own(group: Group) -> tuple[str, str]:
    return group.name, group.more


def _of(people: Mapping[int, tuple[str, str]]) -> Callable[[Group], tuple[str, str]]:
    return lambda group: people.get(group.id, ("", "")) if isinstance(group.id, int) else ("", "")


def _table(
    name: str, groups: Groups, more: OutColumn | None, told: Callable[[Group], tuple[str, str]]
) -> Table:
    """A row a group; `told`: its name and what the column `more` has."""

    def rows() -> Iterator[list[Any]]:
        for group in _sorted(groups.values(), told, by_type=more is _TYPE):
            shown, besides = told(group)
            id_ = None if group.id == shown else group.id  # one that is known by its name alone
            yield [id_, _label(group, shown), *([besides or None] if more else []), *_cells(group.sum)]

    columns = (OutColumn("id", "integer"), OutColumn("name", width=36), *([more] if more else []), *_SUMS)
    return Table(name, columns, rows())


def _sorted(
    groups: Iterable[Group], told: Callable[[Group], tuple[str, str]] = _own, *, by_type: bool = False
) -> list[Group]:
    """By name, statuses by type before; those without one come last."""

    def place(group: Group) -> tuple[bool, int, str, str]:
        name, more = told(group)
        of_type = _TYPES.index(more) if by_type and more in _TYPES else len(_TYPES)
        return group.id is None, of_type, name.casefold(), str(group.id)

    return sorted(groups, key=place)


def _label(group: Group, name: str) -> str:
    return NONE if group.id is None else name or f"#{group.id}"


def _cells(sum_: Sum) -> list[Any]:
    return [sum_.tasks, sum_.done, sum_.overdue, *_times(sum_)]


def _times(sum_: Sum) -> list[float]:
    """Hours estimated and tracked."""
    return [round(sum_.estimated_mins / 60, 4), round(sum_.tracked_seconds / 3600, 4)]


# Summary


def _summary(sums: Sums) -> Page:
    def figures() -> Iterator[tuple[str, float, str]]:
        whole = sums.all
        estimated, tracked = _times(whole)
        yield "tasks", whole.tasks, _COUNT
        yield "open", whole.open, _COUNT
        yield "done", whole.done, _COUNT
        yield "overdue", whole.overdue, _COUNT
        yield "estimated hours", estimated, _COUNT
        yield "tracked hours", tracked, _COUNT

    return Page(
        "Summary",
        title="Summary",
        says=f"as of {sums.today}",
        figures=figures(),
        panels=[
            Panel(
                "Tasks by status",
                (OutColumn("status", width=24), _TYPE, _count("tasks")),
                _by_status(sums),
                Chart("bars", "tasks", by=1, tints=_TINTS),
            ),
            Panel(
                "Estimated and tracked by project",
                (OutColumn("project", width=36), _hours("estimated"), _hours("tracked")),
                _by_project(sums),
                Chart("bars", "hours", (_ESTIMATED, _TRACKED)),
            ),
            Panel(
                "Due by week",
                (OutColumn("week from", width=14), _count("open"), _count("done")),
                _by_week(sums),
                Chart("stack", "tasks", (_OPEN, _DONE), ends=False),
                wide=True,
            ),
        ],
    )


def _count(title: str) -> OutColumn:
    return OutColumn(title, "integer", 12, shown=_COUNT)


def _hours(title: str) -> OutColumn:
    return OutColumn(title, "number", 12, shown=_HOURS)


def _by_status(sums: Sums) -> Iterator[list[Any]]:
    first, others = _most(sums.statuses.values(), lambda sum_: sum_.tasks)
    for group in _sorted(first, by_type=True):
        yield [_short(_label(group, group.name)), group.more or None, group.sum.tasks]
    if others:
        yield [f"{len(others)} others", None, sum(group.sum.tasks for group in others)]


def _by_project(sums: Sums) -> Iterator[list[Any]]:
    """The projects with most hours; two of one name are told apart by their clients."""
    timed = [group for group in sums.projects.values() if any(_times(group.sum))]
    first, others = _most(timed, lambda sum_: sum(_times(sum_)))
    names = Counter(group.name for group in sums.projects.values())
    for group in first:
        name = _label(group, group.name)
        if names[group.name] > 1 and group.more:
            name = f"{name} ({group.more})"
        yield [_short(name), *_times(group.sum)]
    if others:
        both = zip(*(_times(group.sum) for group in others), strict=True)
        yield [f"{len(others)} others", *(round(sum(hours), 4) for hours in both)]


def _by_week(sums: Sums) -> Iterator[list[Any]]:
    before, weeks, after = sums.weeks(_MOST_WEEKS)
    if weeks:
        yield ["earlier", *before]
        yield from ([monday.isoformat(), *due] for monday, due in weeks)
        yield ["later", *after]


def _most(groups: Iterable[Group], size: Callable[[Sum], float]) -> tuple[list[Group], list[Group]]:
    """The largest groups that a chart has bars for, and the others."""
    ordered = sorted(groups, key=lambda group: -size(group.sum))
    return ordered[:_MOST_BARS], ordered[_MOST_BARS:]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


# About


def _about(sums: Sums | None, about: Iterable[tuple[str, object]]) -> Table:
    def rows() -> Iterator[Sequence[Any]]:
        yield from about
        yield "Instants", "in UTC, to the second"
        if sums is not None:
            yield from ((what, rule.format(today=sums.today)) for what, rule in _RULES)

    columns = (OutColumn("what", width=26, wrap=True), OutColumn("value", width=100, wrap=True))
    return Table("About", columns, rows())
