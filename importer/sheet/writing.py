"""Tables into files, the form chosen by the ending. A file is whole or it is not there."""

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from importer.errors import UnwritableFile
from importer.sheet.table import Table, Written

Writer: TypeAlias = Callable[[Path, Sequence[Table], bool], Written]

SHEETS = (".xlsx", ".csv", ".tsv")  # what people fill in
LINES = ".jsonl"  # records as they are, not tables: write_records
ENDINGS = (*SHEETS, LINES, ".parquet")

_PROBE = bytes(4096)  # a block; a full disk still takes an empty file


def _writer(ending: str) -> Writer:
    """The writer of a form of tables, loaded when it is used."""
    if ending == ".parquet":
        from importer.sheet.write_parquet import write_parquet

        return write_parquet
    if ending == ".xlsx":
        from importer.sheet.write_workbook import write_workbook

        return write_workbook
    from importer.sheet.write_delimited import write_delimited

    return write_delimited


def check_target(path: Path, endings: Sequence[str] = ENDINGS) -> None:
    """Raise UnwritableFile where it can be known beforehand that `path` can't be written."""
    ending = path.suffix.lower()
    if ending not in endings:
        raise UnwritableFile(f"{path.name}: the ending decides the form; use {', '.join(endings)}.")
    if ending == ".parquet":
        from importer.sheet.write_parquet import check_library

        check_library()
    check_place(path)


def check_place(path: Path) -> None:
    """The same for a file of any ending: the folder, the file that is there, room on the disk."""
    try:
        folder = path.resolve().parent
        if not folder.is_dir():
            raise UnwritableFile(f"The folder {folder} does not exist; make it first or write elsewhere.")
        if path.is_dir():
            raise UnwritableFile(f"{path} is a folder; give a file name.")
        if path.exists():
            _check_replaceable(path)
        with _aside(path) as probe:  # trying is the only way to know of a full or read-only disk
            probe.write_bytes(_PROBE)
    except OSError as error:
        raise _unwritable(path, error) from error


def _check_replaceable(path: Path) -> None:
    """Raise where the file may not be replaced, or a program holds it open."""
    for mark, program in ((f".~lock.{path.name}#", "LibreOffice"), (f"~${path.name}", "Excel")):
        if (lock := path.with_name(mark)).exists():
            raise UnwritableFile(
                f"{path} is open in {program}; close it there first. "
                f"If it is not, remove {lock.name} beside it, which a crash left."
            )
    try:
        path.open("r+b").close()  # Windows lets nobody write what Excel holds
    except PermissionError:
        raise UnwritableFile(
            f"{path} can't be written: no permission, or a program has it open; "
            "close it there, or write elsewhere."
        ) from None


def write(path: Path, tables: Sequence[Table], *, guard: bool = True) -> Written:
    """Write `tables` to `path`: aside first, then renamed over it. `guard` applies to CSV and TSV.

    A workbook holds all of them, every other form the first.
    """
    check_target(path, [ending for ending in ENDINGS if ending != LINES])
    writer = _writer(path.suffix.lower())
    with written_aside(path) as aside:
        return writer(aside, tables, guard)


def write_records(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write records to `path`, one a line (.jsonl), in the same way."""
    from importer.sheet.write_lines import write_lines

    check_target(path, [LINES])
    with written_aside(path) as aside:
        write_lines(aside, records)


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` when all went well, else goes away."""
    try:
        with _aside(path) as aside:
            yield aside
            _as_usual(aside)
            aside.replace(path.resolve())  # a link stays one
    except OSError as error:
        raise _unwritable(path, error) from error


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
    path = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{path.stem[:20]}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> UnwritableFile:
    return UnwritableFile(
        f"{path} can't be written: {error.strerror or error}; make room or give a name elsewhere."
    )


def _as_usual(path: Path) -> None:
    """mkstemp makes files that only their owner can read; give them the usual permissions."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
