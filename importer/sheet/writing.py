"""Tables into files, the form chosen by the ending. A file is whole or it is not there."""

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from importer.errors import UnwritableFile
from importer.sheet.table import Table, Written

Writer: TypeAlias = Callable[[Path, Sequence[Table], bool], Written]


def _writer(ending: str) -> Writer | None:
    """The writer of a form, loaded when it is used."""
    if ending in (".csv", ".tsv"):
        from importer.sheet.write_delimited import write_delimited

        return write_delimited
    if ending == ".xlsx":
        from importer.sheet.write_workbook import write_workbook

        return write_workbook
    return None


ENDINGS = (".xlsx", ".csv", ".tsv")


def check_target(path: Path) -> None:
    """Raise UnwritableFile where it can be known beforehand that `path` can't be written."""
    if path.suffix.lower() not in ENDINGS:
        raise UnwritableFile(f"{path.name}: the ending decides the form; use {', '.join(ENDINGS)}.")
    folder = path.parent
    if not folder.is_dir():
        raise UnwritableFile(f"The folder {folder} does not exist; make it first or write elsewhere.")
    if path.is_dir():
        raise UnwritableFile(f"{path} is a folder; give a file name.")
    if path.exists() and not os.access(path, os.W_OK):
        raise UnwritableFile(f"{path} can't be written (no permission); write elsewhere.")
    with _aside(path) as probe:  # trying is the only way to know of a full or read-only disk
        probe.unlink()


def write(path: Path, tables: Sequence[Table], *, guard: bool = True) -> Written:
    """Write `tables` to `path`: aside first, then renamed over it. `guard` applies to CSV and TSV."""
    check_target(path)
    writer = _writer(path.suffix.lower())
    assert writer is not None
    with written_aside(path) as aside:
        return writer(aside, tables, guard)


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` when all went well, else goes away."""
    with _aside(path) as aside:
        try:
            yield aside
            _as_usual(aside)
            aside.replace(path)
        except OSError as error:
            raise UnwritableFile(f"{path} could not be written: {error.strerror or error}.") from error


def write_json(path: Path, told: Mapping[str, Any]) -> None:
    """Write an object to `path`, readable for people; halves of surrogate pairs as escapes."""
    text = json.dumps(told, ensure_ascii=False, indent=2)
    with written_aside(path) as aside:
        aside.write_text(f"{text}\n", "utf-8", "backslashreplace")


@contextmanager
def kept_aside(path: Path, *, ours: bool) -> Iterator[Path | None]:
    """Where `path` is a file that is not `ours` to replace, keep it under the name yielded.

    Should the writing fail the file has its own name still, and the other one goes away.
    """
    if ours or not path.is_file() or not path.stat().st_size:
        yield None
        return
    names = (path.with_name(f"{path.stem}.before{n or ''}{path.suffix}") for n in itertools.count())
    kept = next(name for name in names if not name.exists())
    try:
        shutil.copy2(path, kept)
    except OSError as error:
        raise UnwritableFile(f"{path} is there, and no copy of it can be kept: {error.strerror}.") from error
    try:
        yield kept
    except BaseException:
        kept.unlink(missing_ok=True)
        raise


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """An empty file in the folder of `path`, away again in the end."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise UnwritableFile(
            f"{path.parent} can't be written to: {error.strerror}; write elsewhere."
        ) from error
    try:
        yield Path(name)
    finally:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)


def _as_usual(path: Path) -> None:
    """mkstemp makes files that only their owner can read; give them the usual permissions."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
