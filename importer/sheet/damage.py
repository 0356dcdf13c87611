"""One sentence for whatever a library raises about a damaged workbook."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers.expat import ExpatError

from importer.errors import TasksheetError, UnreadableFile


def damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name} is damaged or not whole; download or copy it again, or open it in a spreadsheet "
        "program and save it anew."
    )


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turns what the libraries raise for a damaged workbook into one sentence."""
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except TasksheetError:
        raise
    except PasswordError:
        raise UnreadableFile(
            f"{path.name} is protected by a password; take it off in the program that set it, "
            "and save the file."
        ) from None
    except (
        CalamineError,
        zipfile.BadZipFile,
        zlib.error,
        ExpatError,
        EOFError,
        OSError,
        LookupError,
        ValueError,
        RuntimeError,
        NotImplementedError,
    ):
        raise damaged(path) from None
    except BaseException as error:
        # A panic of the Rust reader is no Exception, so that nobody catches it unaware.
        if type(error).__name__ == "PanicException":
            raise damaged(path) from None
        raise
