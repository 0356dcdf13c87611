"""tasksheet moves tasks between spreadsheets and a Toggl Focus workspace.

The names below are the package's public face. Each loads what it needs when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from importer.version import __version__

if TYPE_CHECKING:
    from importer.errors import TasksheetError
    from importer.focus.client import Client
    from importer.run.check import check
    from importer.run.export import export
    from importer.run.load import load
    from importer.run.loading import Options
    from importer.run.source import Source
    from importer.run.wanted import Wanted
    from importer.settings import connection
    from importer.task.schema import schema

__all__ = [
    "Client",
    "Options",
    "Source",
    "TasksheetError",
    "Wanted",
    "__version__",
    "check",
    "connection",
    "export",
    "load",
    "schema",
]

_WHERE = {
    "Client": "importer.focus.client",
    "Options": "importer.run.loading",
    "Source": "importer.run.source",
    "TasksheetError": "importer.errors",
    "Wanted": "importer.run.export",
    "check": "importer.run.check",
    "connection": "importer.settings",
    "export": "importer.run.export",
    "load": "importer.run.load",
    "schema": "importer.task.schema",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
