"""Watch: what a command tells about itself while it runs. The terminal implements it."""

import time
from typing import Protocol

from importer.errors import QuotaSpent


class Watch(Protocol):
    def note(self, text: str) -> None:
        """A line for people."""

    def progress(self, done: int, total: int | None, what: str) -> None:
        """How far it is: `done` of `total` (None: not known) rows or tasks."""

    def done(self) -> None:
        """The progress is over; something else is about to be written."""

    def waiting(self, seconds: float, why: str) -> None:
        """Called about every second of a wait with the seconds left; 0 ends it."""


class Silent:
    """Tells nobody."""

    def note(self, text: str) -> None:
        pass

    def progress(self, done: int, total: int | None, what: str) -> None:
        pass

    def done(self) -> None:
        pass

    def waiting(self, seconds: float, why: str) -> None:
        pass


SILENT = Silent()


class Patience:
    """Waits for quota while readings need it, `most` seconds in all (--max-wait)."""

    def __init__(self, most: float, watch: Watch) -> None:
        self.left = most
        self.watch = watch

    def __call__(self, spent: QuotaSpent) -> None:
        """Wait until requests are let through again; beyond what is allowed `spent` is raised."""
        seconds = 60.0 if spent.resets_in is None else max(1.0, spent.resets_in)
        if seconds > self.left:
            raise spent
        self.left -= seconds
        pause(seconds, "the quota is spent", self.watch)


def pause(seconds: float, why: str, watch: Watch) -> None:
    """Wait, with a countdown."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        watch.waiting(left, why)
        time.sleep(min(1.0, left))
    watch.waiting(0, why)
