"""A record of the list response → one flat row, made from the paths in FIELDS.

Missing, null and ragged objects give None, never an error: shapes vary from record to record.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from importer.task.fields import EVERYTHING, Field, Kind
from importer.task.lists import join

Record: TypeAlias = Mapping[str, Any]
Getter: TypeAlias = Callable[[Record], Any]

_KNOWN_PATHS = {path for field in EVERYTHING for path in field.paths}
_KNOWN_LISTS = {path.partition("[]")[0] for path in _KNOWN_PATHS if "[]" in path}


def flattener(fields: Sequence[Field]) -> Callable[[Record], list[Any]]:
    """A function from a record to the row's values, in the order of `fields`.

    Lists are joined to one text; every other value is as the API gave it.
    """
    getters = [_getter(field) for field in fields]

    def flat(record: Record) -> list[Any]:
        return [get(record) for get in getters]

    return flat


def _getter(field: Field) -> Getter:
    ways = [_way(path) for path in field.paths]
    if len(ways) == 1:
        return ways[0]

    def first(record: Record) -> Any:
        for way in ways:
            if (value := way(record)) is not None:
                return value
        return None

    return first


def _way(path: str) -> Getter:
    outer, many, inner = path.partition("[].")
    *objects, last = outer.split(".")
    if many:
        return _each(objects, last, inner)
    if not objects:
        return lambda record: _cell(record.get(last))

    def get(record: Record) -> Any:
        here: Any = record
        for name in objects:
            here = here.get(name)
            if not isinstance(here, dict):
                return None
        return _cell(here.get(last))

    return get


def _each(objects: Sequence[str], name: str, key: str) -> Getter:
    def get(record: Record) -> Any:
        here: Any = record
        for outer in (*objects, name):
            here = here.get(outer) if isinstance(here, dict) else None
        if not isinstance(here, list):
            return None
        values = [item.get(key) for item in here if isinstance(item, dict)]
        # a blank keeps its place, so that tag_ids and tag_colors stay side by side
        return join("" if v is None else v for v in values) if any(v is not None for v in values) else None

    return get


def _cell(value: Any) -> Any:
    if isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(v, dict | list) for v in value)
    ):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return join(value) if value else None
    return value


class Beyond:
    """Whatever the records hold beyond FIELDS, in the order in which it turned up."""

    def __init__(self) -> None:
        self._found: dict[str, Field] = {}
        self._names = {field.name for field in EVERYTHING}

    def see(self, record: Record) -> None:
        self._look(record, "")

    @property
    def fields(self) -> list[Field]:
        """A column each."""
        return list(self._found.values())

    def _look(self, record: Record, prefix: str) -> None:
        for key, value in record.items():
            path = f"{prefix}{key}"
            if path in _KNOWN_PATHS or path in self._found or value is None:
                continue
            if isinstance(value, dict):
                self._look(value, f"{path}.")
            elif isinstance(value, list) and path in _KNOWN_LISTS:
                for item in value:
                    if isinstance(item, dict):
                        self._look(item, f"{path}[].")
            else:
                self._found[path] = Field(self._named(path), Kind.TEXT, "", (path,), default=False)

    def _named(self, path: str) -> str:
        """`tag.names` must not pass for the names of the tags."""
        name = path.replace("[]", "").replace(".", "_")
        while name in self._names:
            name += "_"
        self._names.add(name)
        return name
