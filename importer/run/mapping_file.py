"""The file of --mapping: columns, values and what else a sheet needs to be told, as TOML.

preset = "none"
dates = "dmy"
[columns]
"Room" = "notes+"
[values.assignees]
"old@x.com" = "new@x.com"
[set]
billable = "yes"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importer.errors import UnusableMapping, WrongUse
from importer.run.source import Source
from importer.task.dates import zone_of
from importer.task.mapping import Mapping as Columns
from importer.task.preset import title_of as plain

_TASK_IDS = "task ids"
_ORDERS = ("iso", "dmy", "mdy")


@dataclass(frozen=True, slots=True)
class Saved:
    """What such a file says; its keys bear the same names.

    `columns`: title → field, "" to ignore it, `notes+` for a line. `parent_ids`: a number in a parent's
    cell that is no row's key is the id of a task.
    """

    preset: str | None = None
    dates: str | None = None
    timezone: str | None = None
    parent_ids: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    default: Mapping[str, str] = field(default_factory=dict)


def read(path: Path) -> Saved:
    """Raises WrongUse where it can't be read, UnusableMapping where it says what no such file can."""
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise WrongUse(f"--mapping {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableMapping(f"--mapping {path.name} is no TOML: {error}.") from error
    saved = Saved(
        preset=_text(told.pop("preset", None), path, "preset"),
        dates=_text(told.pop("dates", None), path, "dates"),
        timezone=_text(told.pop("timezone", None), path, "timezone"),
        parent_ids=told.pop("parents", None) == _TASK_IDS,
        columns=_table(told.pop("columns", {}), path, "columns"),
        values={
            name: _table(words, path, f"values.{name}")
            for name, words in _nested(told.pop("values", {}), path).items()
        },
        fixed=_table(told.pop("set", {}), path, "set"),
        default=_table(told.pop("default", {}), path, "default"),
    )
    if told:
        raise UnusableMapping(
            f"--mapping {path.name} says {', '.join(told)}; it can say preset, dates, timezone, parents, "
            "[columns], [values.FIELD], [set] and [default]."
        )
    if saved.dates not in (None, *_ORDERS):
        raise UnusableMapping(f"--mapping {path.name}: dates is one of {', '.join(_ORDERS)}.")
    if saved.timezone:
        try:
            zone_of(saved.timezone)
        except ValueError as error:
            raise UnusableMapping(f"--mapping {path.name}: timezone {error}.") from None
    return saved


def _text(value: object, path: Path, where: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise UnusableMapping(f'--mapping {path.name}: {where} has to be text, such as {where} = "…".')


def _nested(value: object, path: Path) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise UnusableMapping(f"--mapping {path.name}: values are tables, such as [values.tags].")


def _table(value: object, path: Path, where: str) -> dict[str, str]:
    """A table of texts; numbers and booleans are taken as they are written."""
    if not isinstance(value, dict) or any(isinstance(cell, dict | list) for cell in value.values()):
        raise UnusableMapping(f'--mapping {path.name}: [{where}] holds lines such as "a" = "b".')
    return {key: str(cell).lower() if isinstance(cell, bool) else str(cell) for key, cell in value.items()}


def of(mapping: Columns, source: Source) -> Saved:
    """What a sheet's mapping comes to, with the options of the run: with it the same sheet is read the same.

    A preset's own columns are left to the preset.
    """
    told = {plain(title): target for title, _, target in (text.rpartition("=") for text in source.maps)}
    columns = {
        column.title: f"{column.field}+" if column.line else column.field or ""
        for column in mapping.columns
        if column.title and (mapping.preset is None or plain(column.title) in told)
    }
    return Saved(
        mapping.preset or "none",
        source.dates,
        source.timezone,
        source.parent_ids,
        columns,
        source.values,
        mapping.fixed,
        {name: value for name, value in mapping.default.items() if name not in mapping.rules.from_file},
    )


def write(path: Path, saved: Saved) -> None:
    """Raises UnwritableFile."""
    import tomli_w

    from importer.sheet.writing import written_aside

    told: dict[str, Any] = {}
    for key in ("preset", "dates", "timezone"):
        if value := getattr(saved, key):
            told[key] = value
    if saved.parent_ids:
        told["parents"] = _TASK_IDS
    tables = {"columns": saved.columns, "set": saved.fixed, "default": saved.default}
    told |= {key: dict(table) for key, table in tables.items() if table}
    if values := {name: dict(words) for name, words in saved.values.items() if words}:
        told["values"] = values
    with written_aside(path) as aside:
        aside.write_text(tomli_w.dumps(told), "utf-8")
