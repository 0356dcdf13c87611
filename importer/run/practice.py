"""The embedded practice workspace: a loopback server for the time of a command."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from importer.errors import UnwritableFile, WrongUse


@contextmanager
def practice_workspace(state: Path) -> Iterator[tuple[str, str]]:
    """Serve `sandbox.sqlite` of the state folder on a free port; yields base URL and identity.

    Its quota is no obstacle: on one's own machine there is nothing to wait for.
    """
    from importer.sandbox.server import PLENTY, Sandbox

    with _told("move it away or choose another folder with --state-dir"):
        sandbox = Sandbox(data_file(state), quota=PLENTY)
    with sandbox:
        yield sandbox.base_url, sandbox.identity


def data_file(state: Path) -> Path:
    """Where the practice data lies; the folder is made when it is missing."""
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFile(
            f"The state folder {state} can't be made: {error.strerror}. Choose one with --state-dir."
        ) from error
    return state / "sandbox.sqlite"


def serve_workspace(
    data: Path, port: int, seed: int, tasks: int, faults: Any, ready: Callable[[str], None]
) -> None:
    """Serve until told to stop; `ready` gets the base URL."""
    from importer.sandbox.server import serve

    try:
        with _told("choose another with --data"):
            serve(data, port, seed, tasks, faults, ready)
    except ValueError as error:
        raise WrongUse(f"The fault plan is wrong: {error}") from error
    except OSError as error:
        raise WrongUse(f"Port {port} can't be used: {error.strerror}; choose another with --port.") from error


@contextmanager
def _told(advice: str) -> Iterator[None]:
    """Data files that can't be used, as what stops a command."""
    from importer.sandbox.datafile import Unusable, Unwritable

    try:
        yield
    except Unwritable as error:
        raise UnwritableFile(f"The practice data can't be kept: {error}; {advice}.") from error
    except Unusable as error:
        raise WrongUse(f"The practice data can't be used: {error}; {advice}.") from error
