"""Spool: the records of an export on disk between reading and writing.

All are read before the first is written, since only then is it known that they are whole and
which columns they have; memory stays flat all the same.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from importer.errors import UnwritableFile

_IN_MEMORY = 8 * 2**20  # bytes; beyond, a file in the system's folder for temporary ones


class Spool:
    """Records in, in order; records out, as often as wanted."""

    def __init__(self) -> None:
        # Closed by __exit__.
        self._file: IO[str] = tempfile.SpooledTemporaryFile(  # noqa: SIM115
            _IN_MEMORY, "w+", encoding="utf-8", errors="surrogatepass", newline="\n"
        )
        self.count = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def extend(self, records: Iterable[dict[str, Any]]) -> None:
        try:
            self._file.seek(0, 2)
            for record in records:
                self._file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
                self.count += 1
        except OSError as error:
            raise UnwritableFile(
                f"What was read can't be kept in {tempfile.gettempdir()}: {error.strerror}; "
                "make room there, or set TMPDIR to another folder."
            ) from error

    def clear(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self.count = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)
