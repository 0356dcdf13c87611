"""Watch: what a command tells about itself while it runs. The terminal implements it."""

import math
import threading
import time
from collections.abc import Callable
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


class Stopped:
    """Whether somebody asked a run to stop. While `patient` it ends after the request in flight, and
    a second asking ends it at once; otherwise the first does."""

    def __init__(self) -> None:
        self.asked = False
        self.patient = False

    def ask(self, told: Callable[[str], None] = lambda text: None) -> None:
        """Raises KeyboardInterrupt where it is to end at once."""
        again, self.asked = self.asked, True
        if again or not self.patient:
            raise KeyboardInterrupt
        told("Stopping after the request in flight; once more stops at once.")

    def check(self) -> None:
        """Raises KeyboardInterrupt where a stop was asked for: nothing is in flight here."""
        if self.asked:
            raise KeyboardInterrupt


class Patience:
    """Waits for quota while readings need it, `most` seconds in all (--max-wait); one wait is for all
    threads that meet the end of the quota."""

    def __init__(self, most: float, watch: Watch, stopped: Stopped | None = None) -> None:
        self.left = most
        self.watch = watch
        self.stopped = stopped or Stopped()
        self._one = threading.Lock()
        self._over = -math.inf  # when the last wait was over

    def __call__(self, spent: QuotaSpent) -> None:
        """Wait until requests are let through again; beyond what is allowed `spent` is raised."""
        met = time.monotonic()
        with self._one:
            if met < self._over:
                return  # another thread waited meanwhile
            seconds = 60.0 if spent.resets_in is None else max(1.0, spent.resets_in)
            if seconds > self.left:
                raise spent
            self.left -= seconds
            pause(seconds, "the quota is spent", self.watch, self.stopped)
            self._over = time.monotonic()


def pause(seconds: float, why: str, watch: Watch, stopped: Stopped | None = None) -> None:
    """Wait, with a countdown."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if stopped:
            stopped.check()
        watch.waiting(left, why)
        time.sleep(min(1.0 if stopped is None else 0.2, left))
    watch.waiting(0, why)
