"""Spool: the pages of an export on disk, as they came, between reading and writing.

All are read before the first row is written, since only then is it known that they are whole and which
columns they have; memory stays flat all the same. In the state folder they also outlive a reading that
the quota, the network or somebody ended: the same command goes on from there.
"""

import hashlib
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from importer.errors import UnwritableFile
from importer.focus.answers import Page, Record
from importer.focus.asking import Place
from importer.focus.proof import identity_of

_PAGE = {"total", "count", "per_page", "at", "how", "tasks"}
_IN_MEMORY = 8 * 2**20  # bytes; beyond, a file in the system's folder for temporary ones
# Seconds without a new page after which a reading begins anew: an interrupted one, and one that was whole.
_FRESH, _WHOLE_FRESH = 12 * 3600, 3600
_WHOLE = b"whole\n"


class Spool:
    """Pages in, by part, reading and number; tasks out, each once, in the order of the list.

    `folder` is where a reading that may be gone on with lies, and `what` tells it from others. Without
    a folder, or where it can't be used, the pages go with the process. `resumed` counts the pages found;
    `times` says when each was read; `stale` whether an older reading was too old to go on with.
    """

    def __init__(self, folder: Path | None = None, what: Mapping[str, Any] | None = None) -> None:
        self.times: dict[tuple[int, int, int], str] = {}
        self.resumed = 0
        self.stale = False
        self._begins: dict[tuple[int, int, int], int] = {}  # where a page's line begins
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._claim: FileLock | None = None
        self._file: IO[bytes] | None = None
        if folder is not None:
            with suppress(OSError, Timeout):  # then nothing is kept
                self._keep_in(folder, json.dumps(what, sort_keys=True, default=str).encode())
        if self._file is None:
            self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115

    def _keep_in(self, folder: Path, what: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{hashlib.sha256(what).hexdigest()[:24]}.pages"
        claim = FileLock(path.with_suffix(".lock"), blocking=False)
        claim.acquire()
        self._claim = claim
        age = time.time() - path.stat().st_mtime if path.exists() else 0.0
        path.open("ab").close()
        self._file, self._path = path.open("r+b"), path
        if self._file.readline() == what + b"\n":
            whole = self._read_index(self._file)
            self.stale = age > (_WHOLE_FRESH if whole else _FRESH)
        if self.stale or not self._begins:
            self._begins.clear()
            self.times.clear()
            self._file.seek(0)
            self._file.truncate()
            self._file.write(what + b"\n")
        self.resumed = len(self._begins)

    def _read_index(self, file: IO[bytes]) -> bool:
        """Note where the pages are; says whether they are all. What is damaged is as if it were not there."""
        line = b""
        while True:
            begin, before = file.tell(), line
            line = file.readline()
            if not line.endswith(b"\n"):  # the end, or half a page
                file.truncate(begin)
                return before == _WHOLE
            with suppress(ValueError, TypeError):
                *place, read = json.loads(line.partition(b"\t")[0])
                self._note(tuple(place), begin, str(read))

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None
            if self._claim:
                self._claim.release()

    @property
    def lasts(self) -> bool:
        """Will the pages be there after an interruption?"""
        return self._path is not None

    def whole(self) -> None:
        """All pages are there; what follows may still fail, and go on without a request for a while."""
        with self._lock, suppress(OSError):
            if self._path and self._file:
                self._file.seek(0, 2)
                self._file.write(_WHOLE)
                self._file.flush()

    def done(self) -> None:
        """The export is written: nothing is left to go on with."""
        if self._path and self._claim:
            with suppress(OSError):
                self._path.unlink()
                Path(self._claim.lock_file).unlink()

    def part(self, number: int) -> "Part":
        """The pages of one of the lists that make up the export."""
        return Part(self, number)

    def get(self, place: tuple[int, int, int]) -> Record | None:
        with self._lock:
            begin = self._begins.get(place)
            page = None if begin is None else self._at(begin)
            if page is None:
                self._begins.pop(place, None)
            return page

    def put(self, place: tuple[int, int, int], page: Record) -> None:
        read = datetime.now(UTC).isoformat(timespec="seconds")
        text = json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        with self._lock:
            if self._file is None:
                return  # it was under way when the reading ended
            try:
                begin = self._file.seek(0, 2)
                self._file.write(b"%b\t%b\n" % (json.dumps([*place, read]).encode(), text))
                self._file.flush()
            except OSError as error:
                where = self._path.parent if self._path else tempfile.gettempdir()
                raise UnwritableFile(
                    f"What was read can't be kept in {where}: {error.strerror}; make room there, or choose "
                    f"another folder ({'--state-dir' if self._path else 'TMPDIR'})."
                ) from error
            self._note(place, begin, read)

    def drop(self, place: tuple[int, int, int]) -> None:
        """Leave a page out of what comes out."""
        with self._lock:
            self._begins.pop(place, None)
            self.times.pop(place, None)

    def _note(self, place: tuple[int, ...], begin: int, read: str) -> None:
        part, reading, number = place
        self._begins[part, reading, number] = begin
        self.times[part, reading, number] = read

    def _at(self, begin: int) -> Record | None:
        """A page; None where it is damaged."""
        assert self._file is not None
        self._file.seek(begin)
        try:
            page = json.loads(self._file.readline().partition(b"\t")[2])
        except ValueError:
            return None
        return page if isinstance(page, dict) and page.keys() == _PAGE else None

    def __iter__(self) -> Iterator[Record]:
        """Every task once, in the order of the pages, what a later reading found behind; those without an id
        from one reading alone."""
        seen: set[object] = set()
        for place in sorted(self._begins, key=_order):
            page = self.get(place)
            for task in page["tasks"] if page else ():
                identity = identity_of(task)
                if identity is not None:
                    if identity not in seen:
                        seen.add(identity)
                        yield task
                elif place[1] < 2 and place[1:] not in ((1, 0), (0, 1)):
                    yield task


def _order(place: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Parts, their readings, and in those the pages, those read on the way to the end among them."""
    part, reading, number = place
    return part, abs(reading), max(1, number), reading


class Part:
    """One list of the export, as focus.pages keeps it."""

    def __init__(self, spool: Spool, number: int) -> None:
        self._spool = spool
        self._number = number

    def get(self, place: Place) -> tuple[Page, Record] | None:
        kept = self._spool.get((self._number, *place))
        if kept is None:
            return None
        at = kept["at"] and datetime.fromisoformat(kept["at"])
        return Page(kept["tasks"], kept["total"], kept["count"], kept["per_page"], at), kept["how"]

    def put(self, place: Place, page: Page, how: Record) -> None:
        told: Record = {
            "total": page.total,
            "count": page.count,
            "per_page": page.per_page,
            "how": how,
        }
        told |= {"at": page.at and page.at.isoformat(), "tasks": page.tasks}
        self._spool.put((self._number, *place), told)

    def drop(self, place: Place) -> None:
        self._spool.drop((self._number, *place))
