"""Stopping: Ctrl-C and SIGTERM end an import after the request in flight, a second one at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.cli.console import Console
    from importer.watch import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable(console: "Console") -> "Iterator[Stopped]":
    """What tells an import that it shall stop. Signals arrive in the main thread alone."""
    from importer.watch import Stopped

    stopped = Stopped()

    def asked(number: int, frame: FrameType | None) -> None:
        stopped.ask(console.warn)

    with caught(asked):
        yield stopped


@contextmanager
def caught(handler: "signal._HANDLER") -> Iterator[None]:
    """Both signals go to `handler` as long as this lasts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [signal.signal(one, handler) for one in SIGNALS]
    try:
        yield
    finally:
        for one, old in zip(SIGNALS, before, strict=True):
            signal.signal(one, old)


def interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
