"""The terminal: the only file that prints. People's text goes to stderr, `--json` alone to stdout."""

import json
import os
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from importer.errors import TasksheetError


class Console:
    """Tells people on stderr; implements importer.watch.Watch. Progress is drawn on a terminal alone."""

    def __init__(self, *, err: bool = True) -> None:
        """`err` False: what is told is the answer itself, and goes to stdout."""
        self.err = err
        self.lively = (sys.stderr if err else sys.stdout).isatty()
        self._drawn = False

    def note(self, text: str) -> None:
        self._clear()
        click.echo(printable(text), err=self.err)

    def warn(self, text: str) -> None:
        self._clear()
        click.secho(printable(text), fg="yellow", err=self.err)

    def done(self) -> None:
        self._clear()

    def progress(self, done: int, total: int | None, what: str) -> None:
        if self.lively:
            of = f" of {total:,}" if total else ""
            self._draw(f"{done:,}{of} {what}")

    def waiting(self, seconds: float, why: str) -> None:
        if seconds <= 0:
            self._clear()
        elif self.lively:
            minutes, rest = divmod(round(seconds), 60)
            self._draw(f"Waiting {minutes}:{rest:02d} ({why}); Ctrl-C stops, and the rest can be sent later")
        elif not self._drawn:
            self.note(f"Waiting {round(seconds)} seconds ({why}).")
            self._drawn = True

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A plain table; columns as wide as the terminal allows."""
        from rich.console import Console as Rich
        from rich.table import Table
        from rich.text import Text

        self._clear()
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in titles:
            table.add_column(title, overflow="fold")
        for row in rows:
            table.add_row(*(Text("" if cell is None else one_line(printable(str(cell)))) for cell in row))
        width = None if self.lively else 120
        Rich(stderr=self.err, width=width, highlight=False, soft_wrap=False).print(table)

    def _draw(self, text: str) -> None:
        click.echo(f"\r\x1b[K{text}", err=self.err, nl=False)
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn and self.lively:
            click.echo("\r\x1b[K", err=self.err, nl=False)
        self._drawn = False


def answer_json(told: Mapping[str, Any]) -> None:
    """The one object of `--json`."""
    click.echo(json.dumps(told, ensure_ascii=True))


def explain(error: TasksheetError) -> None:
    """What stopped a command; with TASKSHEET_DEBUG also where a mistake of ours was made."""
    trace = f" (trace {error.trace_id})" if error.trace_id else ""
    click.echo(printable(f"tasksheet: {error.message}{trace}"), err=True)
    if error.__cause__ and os.environ.get("TASKSHEET_DEBUG"):
        traceback.print_exception(error.__cause__)


def printable(text: str) -> str:
    """Halves of surrogate pairs, as file names and servers may give them, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def one_line(text: str, most: int | None = None) -> str:
    """Line breaks as blanks, and at most so many characters, the last a … where it is cut."""
    line = " ".join(text.split())
    return line if most is None or len(line) <= most else line[: most - 1] + "…"


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
